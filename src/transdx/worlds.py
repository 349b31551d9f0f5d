"""How each world is named to the reader, on every page and above every notebook."""

from __future__ import annotations

from typing import NamedTuple

from transdx.errors import InputError, nearest
from transdx.results.stamp import WORDS

__all__ = ["band", "banner"]


class _Said(NamedTuple):
    """A sentence that explains the words for a world, and its colours."""

    sentence: str
    line: str
    #: Ink and ground, those of the book's style.
    light: tuple[str, str]
    dark: tuple[str, str]


_SAID = {
    "simulated": _Said(
        *("No real participants; effects were planted.", "dashed"),
        *(("#7a3e00", "#ffe8c7"), ("#ffd9a1", "#4a2a05")),
    ),
    "open": _Said(
        *("Real people, published without restriction.", "solid"),
        *(("#0b5132", "#d5f2e2"), ("#b9f0d3", "#0d3b28")),
    ),
    "ukb": _Said(
        *("Real participants; aggregates only.", "double"),
        *(("#123f7a", "#d9e8fd"), ("#cfe1ff", "#16305a")),
    ),
}
#: What is said of a simulated cohort in which nothing was planted.
_UNPLANTED = "No real participants; nothing was planted."
#: Where JupyterLab, VS Code and Colab say that they are dark.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')


def _said(world: str, *, planted: bool) -> _Said:
    if world not in _SAID:
        raise InputError(
            f"world must be one of {', '.join(_SAID)}, got '{world}'{nearest(world, _SAID)}"
        )
    bare = world == "simulated" and not planted
    return _SAID[world]._replace(sentence=_UNPLANTED) if bare else _SAID[world]


def banner(world: str, *, planted: bool = True) -> str:
    """Write the banner of a world; the words carry the meaning, the colour only repeats it.

    `planted` tells whether a simulated cohort has effects.
    """
    said = _said(world, planted=planted)
    return (
        f'<div class="transdx-banner transdx-banner-{world}" role="note" '
        f'aria-label="Which data this page shows" data-world="{world}">'
        f'<span class="transdx-banner-words">{WORDS[world]}</span> '
        f'<span class="transdx-banner-sentence">{said.sentence}</span></div>'
    )


def band(world: str, *, planted: bool = True) -> tuple[str, str]:
    """Write the banner for a notebook, which has no style of the book's: as HTML and as text."""
    said = _said(world, planted=planted)
    (ink, ground), (light_ink, dark_ground) = said.light, said.dark
    dark = ", ".join(f"{where} .transdx-band" for where in _DARK)
    shown = (
        f'<div class="transdx-band" role="note" aria-label="Which data this notebook shows" '
        'style="padding: 0.45rem 1rem; line-height: 1.4; text-align: center; '
        f"color: var(--transdx-ink, {ink}); background: var(--transdx-ground, {ground}); "
        f'border-bottom: 3px {said.line}"><strong>{WORDS[world]}:</strong> {said.sentence}</div>'
        f"<style>{dark} {{ --transdx-ink: {light_ink}; --transdx-ground: {dark_ground} }}</style>"
    )
    return shown, f"{WORDS[world]}: {said.sentence}"
