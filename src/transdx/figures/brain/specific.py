"""What is specific to one score: a brain per modality, its findings numbered and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transdx import atlas
from transdx.figures.brain.paint import CORTEX_HEIGHT, SUBCORTEX_HEIGHT, draw_cortex, draw_subcortex
from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    heading,
    heading_height,
)
from transdx.figures.canvas.picture import Gallery, Note, Picture, render
from transdx.figures.canvas.rows import check, modalities_in, regional, tally
from transdx.figures.canvas.style import Theme, diverging, label
from transdx.naming import direction_word
from transdx.writing import decimal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["disorder_brain"]

#: So many structures are numbered and named; more would be too small to find.
_NAMED = 16
_LINE = 0.2


def disorder_brain(specificity: pd.DataFrame, score: str) -> Gallery | Note:
    """Draw which regions go with one score and not with the others, by modality.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.
    score : str
        Whose findings.

    Returns
    -------
    Gallery or Note
        A picture per modality that has specific regions, all with one colour scale; a
        sentence where there is none.

    Raises
    ------
    InputError
        If the score is unknown or the table lacks a column.
    """
    rows = check(specificity, score=score)
    specific = rows[rows["specific"] == score]
    elsewhere = specific[specific["kind"] != "region"]
    also = _elsewhere(elsewhere, score)
    found = regional(specific)
    if found.empty:
        none = f"No region is specific to {label(score)}: associated with it, and differing from"
        return Note(f"{none} every other score. {also}".strip())
    limit = colour_limit(found["beta"].astype(float))
    measured = regional(rows)
    pictures = [
        _picture(
            found[found["modality"] == modality],
            measured=set(measured.loc[measured["modality"] == modality, "region"]),
            score=score,
            limit=limit,
        )
        for modality in modalities_in(found)
    ]
    return Gallery(pictures, caption=also)


def _elsewhere(rows: pd.DataFrame, score: str) -> str:
    if rows.empty:
        return ""
    parts = [
        f"{words} ({tally(rows[rows['kind'] == kind])})"
        for kind, words in (("total", "global measures"), ("connection", "connections"))
        if (rows["kind"] == kind).any()
    ]
    return f"Specific to {label(score)} beside regions: {' and '.join(parts)}."


def _picture(rows: pd.DataFrame, *, measured: set[str], score: str, limit: float) -> Picture:
    modality = str(rows["modality"].iloc[0])
    values = rows.set_index("region")["beta"].astype(float)
    named = _numbered(values)
    numbers = _signs(named, values)
    title = f"Specific to {label(score)}: {label(modality)}"
    held = f"{len(values)} of {len(measured)} regions"
    if len(set(rows["feature"])) == 1 < len(rows):
        held = "both sides measured together"
    subtitle = f"{held}, {_directions(rows)}"
    cortical = any(atlas.split(region)[1] in atlas.CORTEX for region in measured)
    deep = any(atlas.split(region)[1] in atlas.SUBCORTEX for region in measured)
    more = len({atlas.split(region)[1] for region in values.index}) - len(named)
    foot = 0.74 + _LINE * (len(named) + 1 + bool(more))
    low = SUBCORTEX_HEIGHT if cortical and deep else 0.0

    def draw(figure: Figure, theme: Theme) -> None:
        fills = {str(region): (_colour(value, limit),) for region, value in values.items()}
        heading(figure, theme, title, subtitle)
        if cortical:
            draw_cortex(figure, theme, fills, bottom=foot + low, marks=numbers)
        if deep:
            draw_subcortex(figure, theme, fills, bottom=foot, marks=numbers, large=not cortical)
        _draw_names(figure, theme, named, values, more=more, height=foot - 0.68)
        colour_bar(figure, theme, limit=limit, bottom=0.27, text="standardised beta")

    listed = "; ".join(f"{label(str(region))} {decimal(value)}" for region, value in values.items())
    return render(
        draw,
        size=(
            WIDTH,
            foot + low + max(cortical, deep) * CORTEX_HEIGHT + heading_height(title, subtitle),
        ),
        alt=f"{title}. {subtitle}. Standardised betas: {listed}.",
    )


def _directions(rows: pd.DataFrame) -> str:
    words = [
        direction_word(str(modality), str(direction))
        for modality, direction in zip(rows["modality"], rows["direction"], strict=True)
    ]
    counts = pd.Series(words).value_counts()
    if len(counts) == 1:
        return f"all {counts.index[0]}" if len(set(rows["feature"])) > 1 else str(counts.index[0])
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def _numbered(values: pd.Series) -> list[str]:
    """List the structures, both sides together, strongest first; only so many."""
    bare = [atlas.split(str(region))[1] for region in values.index]
    strongest = values.abs().groupby(np.array(bare)).max().sort_values(ascending=False)
    return [str(name) for name in strongest.index[:_NAMED]]


def _signs(named: list[str], values: pd.Series) -> dict[str, str]:
    places = {name: str(place) for place, name in enumerate(named, start=1)}
    bare = {str(region): atlas.split(str(region))[1] for region in values.index}
    return {region: places[name] for region, name in bare.items() if name in places}


def _colour(value: float, limit: float) -> str:
    from matplotlib.colors import to_hex

    return to_hex(diverging()(0.5 + 0.5 * value / limit))


def _draw_names(
    figure: Figure, theme: Theme, named: list[str], values: pd.Series, *, more: int, height: float
) -> None:
    """Name the numbers of the brain, with the values of both sides."""
    axes = axes_in(figure, theme, left=0.1, bottom=0.56, width=WIDTH - 0.2, height=height)
    axes.set(xlim=(0, WIDTH - 0.2), ylim=(height, 0))
    axes.set_axis_off()
    columns = {"left": WIDTH - 0.85, "right": WIDTH - 0.25}
    for side, right in columns.items():
        axes.text(right, _LINE / 2, side, ha="right", va="center", fontsize=9, color=theme.muted)
    for row, name in enumerate(named, start=1):
        at = _LINE * (row + 0.5)
        axes.text(0.2, at, str(row), ha="right", va="center", fontsize=9, fontweight="bold")
        axes.text(0.3, at, label(name), va="center", fontsize=9)
        for side, right in columns.items():
            value = values.get(f"{side}_{name}")
            words = "–" if value is None else decimal(float(value))
            axes.text(right, at, words, ha="right", va="center", fontsize=9)
    if more:
        words = f"and {more} more, coloured but not numbered"
        axes.text(0.3, height - _LINE / 2, words, va="center", fontsize=9, color=theme.muted)
