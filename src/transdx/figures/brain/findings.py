"""Shared and specific findings on one brain, over all modalities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from transdx.figures.brain.paint import (
    CORTEX_HEIGHT,
    SUBCORTEX_HEIGHT,
    Fills,
    draw_cortex,
    draw_subcortex,
    swatch,
)
from transdx.figures.canvas.layout import WIDTH, axes_in, heading, heading_height, wrap
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.rows import check, regional, tally
from transdx.figures.canvas.style import LIGHT, Theme, label
from transdx.figures.scores import initials
from transdx.results.select import scores_of, shared
from transdx.writing import all_of, counted, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["overview"]

#: Shades of what all scores share: shown by one, two, three or more measures.
_SHADES = {
    "light": ("#f3d98b", "#dca521", "#9a6a00"),
    "dark": ("#94742a", "#d0a035", "#ffe08a"),
}
_LINE = 0.15


class _Key(NamedTuple):
    """An entry of the legend: its look, what it means, what stands behind it."""

    colours: Sequence[str]
    sign: str
    words: str
    details: str


def overview(specificity: pd.DataFrame) -> Gallery:
    """Draw where the scores share their findings, and where one differs.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.

    Returns
    -------
    Gallery
        A brain of what all scores share and a brain of what is specific to one, over all
        modalities. Connections appear through the means of their regions.
    """
    rows = regional(check(specificity))
    return Gallery([_shared(rows), _specific(rows)])


def _shared(rows: pd.DataFrame) -> Picture:
    everything = all_of(len(scores_of(rows)))
    found = rows[shared(rows)]
    depth = found.groupby("region")["modality"].nunique()
    marks = {str(region): str(number) for region, number in depth.items()}
    counts = [int((depth == 1).sum()), int((depth == 2).sum()), int((depth >= 3).sum())]
    how = ", by number of measures" if len(depth) else f" go with {everything}"
    names = ("in one measure", "in two measures", "in three or more measures")

    def keys(theme: Theme) -> list[_Key]:
        looks = zip(_SHADES[theme.name], ("1", "2", "3"), names, counts, strict=True)
        held = [look for look in looks if look[3]]
        return [_Key((shade,), sign, _regions(n, name), "") for shade, sign, name, n in held]

    def fills(theme: Theme) -> Fills:
        shades = _SHADES[theme.name]
        return {str(region): (shades[min(n, 3) - 1],) for region, n in depth.items()}

    return _brain(
        title=f"Shared: where the brain goes with {everything}",
        subtitle=f"{len(depth)} of {rows['region'].nunique()} regions{how}",
        fills=fills, marks=marks, keys=keys, note=_sentence(tally(found)),
    )  # fmt: skip


def _specific(rows: pd.DataFrame) -> Picture:
    specific = rows[rows["specific"] != ""]
    scores = scores_of(rows)
    letters = initials(scores)
    differing = {
        str(region): [score for score in scores if score in set(found)]
        for region, found in specific.groupby("region")["specific"]
    }
    marks = {region: "".join(letters[score] for score in who) for region, who in differing.items()}

    def keys(theme: Theme) -> list[_Key]:
        entries = []
        for score in scores:
            of_score = specific[specific["specific"] == score]
            words = _regions(of_score["region"].nunique(), label(score))
            details = tally(of_score) if len(of_score) else ""
            entries.append(_Key((theme.score(score),), letters[score], words, details))
        return entries

    def fills(theme: Theme) -> Fills:
        return {region: [theme.score(score) for score in who] for region, who in differing.items()}

    several = sum(len(who) > 1 for who in differing.values())
    stripes = "Striped: another score in another measure." if several else ""
    return _brain(
        title="Specific: where one score differs from every other",
        subtitle=f"{len(differing)} of {rows['region'].nunique()} regions",
        fills=fills, marks=marks, keys=keys, note=stripes,
    )  # fmt: skip


def _regions(number: int, words: str) -> str:
    return f"{sentence_case(words)}: {counted(number, 'region', 'regions')}"


def _sentence(counts: str) -> str:
    return "" if counts == "none" else f"By measure: {counts}."


def _brain(
    *,
    title: str,
    subtitle: str,
    fills: Callable[[Theme], Fills],
    marks: dict[str, str],
    keys: Callable[[Theme], list[_Key]],
    note: str,
) -> Picture:
    entries = keys(LIGHT)
    told = wrap(note, inches=WIDTH - 0.2, points=9)
    lines = told.count("\n") + 1 if note else 0
    legend = sum(_height(key) for key in entries) + 0.17 * lines + 0.1

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        colours = fills(theme)
        draw_cortex(figure, theme, colours, bottom=legend + SUBCORTEX_HEIGHT, marks=marks)
        draw_subcortex(figure, theme, colours, bottom=legend, marks=marks)
        _legend(figure, theme, keys(theme), told, height=legend)

    words = "; ".join(f"{key.words}{f' ({key.details})' if key.details else ''}" for key in entries)
    return render(
        draw,
        size=(WIDTH, legend + SUBCORTEX_HEIGHT + CORTEX_HEIGHT + heading_height(title, subtitle)),
        alt=f"{title}. {subtitle}. {f'{words}. ' if words else ''}{note}",
    )


def _height(key: _Key) -> float:
    return 0.27 + _LINE * (_wrapped(key).count("\n") + 1) - 0.02 if key.details else 0.27


def _wrapped(key: _Key) -> str:
    return wrap(key.details, inches=WIDTH - 0.56, points=9)


def _legend(figure: Figure, theme: Theme, keys: list[_Key], note: str, *, height: float) -> None:
    axes = axes_in(figure, theme, left=0, bottom=0, width=WIDTH, height=height)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    top = 0.03
    for key in keys:
        swatch(axes, theme, key.colours, left=0.1, top=top, sign=key.sign)
        axes.text(0.46, top + 0.105, key.words, va="center", color=theme.ink)
        if key.details:
            axes.text(
                0.46, top + 0.21, _wrapped(key), va="top", fontsize=9, color=theme.muted,
                linespacing=1.15,
            )  # fmt: skip
        top += _height(key)
    axes.text(0.1, top, note, va="top", fontsize=9, color=theme.muted, linespacing=1.25)
