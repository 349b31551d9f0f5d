"""How each world is named to the reader, on every page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from transdx.errors import InputError, nearest

__all__ = ["Banner", "banner"]


@dataclass(frozen=True)
class Banner:
    """What a page says about its data: a few words, and a sentence that explains them."""

    world: str
    words: str
    sentence: str

    def html(self) -> str:
        """Write the banner; the words carry the meaning, the colour only repeats it."""
        return (
            f'<div class="transdx-banner transdx-banner-{self.world}" role="note" '
            f'aria-label="Which data this page shows" data-world="{self.world}">'
            f'<span class="transdx-banner-words">{self.words}</span> '
            f'<span class="transdx-banner-sentence">{self.sentence}</span></div>'
        )


_BANNERS = {
    "simulated": Banner(
        "simulated",
        "Simulated data",
        "No real participants; effects were planted.",
    ),
    "open": Banner("open", "Open data", "AOMIC PIOP2, 226 people."),
    "ukb": Banner("ukb", "UK Biobank data", "Real participants; aggregates only."),
}
#: What is said of a simulated cohort in which nothing was planted.
_UNPLANTED = "No real participants; nothing was planted."


def banner(world: str, *, planted: bool = True) -> Banner:
    """Look up the banner of a world; `planted` tells whether a simulated cohort has effects.

    Examples
    --------
    >>> banner("open").words
    'Open data'
    """
    if world not in _BANNERS:
        raise InputError(
            f"world must be one of {', '.join(_BANNERS)}, got '{world}'{nearest(world, _BANNERS)}"
        )
    found = _BANNERS[world]
    if world == "simulated" and not planted:
        return replace(found, sentence=_UNPLANTED)
    return found
