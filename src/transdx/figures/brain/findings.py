"""Findings on brains: what the scores share, where one differs, and what is specific to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from transdx import atlas
from transdx.figures.brain.paint import LINE, TWO_ROWS, draw_brain
from transdx.figures.brain.views import Part
from transdx.figures.canvas.layout import WIDTH, colour_bar, colour_limit, paper, readable_on, wrap
from transdx.figures.canvas.picture import Gallery, Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check, modalities_in, regional
from transdx.figures.canvas.scores import initials
from transdx.figures.canvas.style import Theme, signed
from transdx.figures.canvas.words import tally
from transdx.naming import direction_word, label
from transdx.results.select import scores_of, shared
from transdx.writing import all_of, counted, decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Shades of what all scores share: shown by one, two, three or more measures.
_SHADES = {
    "light": ("#f3d98b", "#dca521", "#9a6a00"),
    "dark": ("#94742a", "#d0a035", "#ffe08a"),
}
#: So many structures are numbered and named; more would be too small to find.
_NAMED = 16
#: Inches of a line of a list.
_LINE = 0.2


class _Key(NamedTuple):
    """An entry of the legend: its look, what it means, what stands behind it."""

    look: str
    sign: str
    words: str
    details: str = ""

    @property
    def wrapped(self) -> str:
        return wrap(self.details, inches=WIDTH - 0.56, points=9)

    @property
    def height(self) -> float:
        return 0.4 + 0.15 * self.wrapped.count("\n") if self.details else 0.27

    def draw(self, axes: Axes, theme: Theme, colour: str, *, top: float) -> None:
        from matplotlib.patches import Rectangle

        axes.add_patch(
            Rectangle((0.1, top), 0.26, 0.2, facecolor=colour, edgecolor=theme.border, lw=0.6)
        )
        axes.text(
            0.23, top + 0.105, self.sign, ha="center", va="center", fontsize=9.5,
            fontweight="bold", color=readable_on(colour),
        )  # fmt: skip
        axes.text(0.46, top + 0.105, self.words, va="center", color=theme.ink)
        axes.text(
            0.46, top + 0.21, self.wrapped, va="top", fontsize=9, color=theme.muted,
            linespacing=1.15,
        )  # fmt: skip


@reads()
def overview(specificity: pd.DataFrame) -> Gallery:
    """Draw where the scores share their findings, and where one differs.

    A brain of what all scores share and a brain of what is specific to one, over all modalities.
    Connections appear through the means of their regions.
    """
    rows = regional(check(specificity))
    return Gallery([_shared(rows), _specific(rows)])


def _shared(rows: pd.DataFrame) -> Picture:
    everything = all_of(len(scores_of(rows)))
    found = rows[shared(rows)]
    depth = found.groupby("region")["modality"].nunique()
    shades = depth.clip(upper=3).astype(str)
    names = {"1": "in one measure", "2": "in two measures", "3": "in three or more measures"}
    counts = {shade: int((shades == shade).sum()) for shade in names}
    how = ", by number of measures" if len(depth) else f" go with {everything}"
    return _brain(
        title=f"Shared: where the brain goes with {everything}",
        subtitle=f"{len(depth)} of {rows['region'].nunique()} regions{how}",
        looks={str(region): [shade] for region, shade in shades.items()},
        marks={str(region): str(number) for region, number in depth.items()},
        keys=[_Key(s, s, _regions(counts[s], name)) for s, name in names.items() if counts[s]],
        colour=lambda theme, shade: _SHADES[theme.name][int(shade) - 1],
        note=f"By measure: {tally(found)}." if len(found) else "",
    )


def _specific(rows: pd.DataFrame) -> Picture:
    specific = rows[rows["specific"] != ""]
    scores = scores_of(rows)
    letters = initials(scores)
    differing = {
        str(region): [score for score in scores if score in set(found)]
        for region, found in specific.groupby("region")["specific"]
    }
    keys = []
    for score in scores:
        of_score = specific[specific["specific"] == score]
        words = _regions(of_score["region"].nunique(), label(score))
        keys.append(_Key(score, letters[score], words, tally(of_score) if len(of_score) else ""))
    several = any(len(who) > 1 for who in differing.values())
    return _brain(
        title="Specific: where one score differs from every other",
        subtitle=f"{len(differing)} of {rows['region'].nunique()} regions",
        looks=differing,
        marks={
            region: "".join(letters[score] for score in who) for region, who in differing.items()
        },
        keys=keys,
        colour=Theme.score,
        note="Striped: another score in another measure." if several else "",
    )


def _regions(number: int, words: str) -> str:
    return f"{sentence_case(words)}: {counted(number, 'region', 'regions')}"


def _brain(
    *,
    title: str,
    subtitle: str,
    looks: Mapping[str, list[str]],
    marks: Mapping[str, str],
    keys: list[_Key],
    colour: Callable[[Theme, str], str],
    note: str,
) -> Picture:
    """Draw regions in the colours of their looks, which the keys of the legend explain."""
    told = wrap(note, inches=WIDTH - 0.2, points=9)
    lines = told.count("\n") + 1 if note else 0
    legend = sum(key.height for key in keys) + 0.17 * lines + 0.1

    def draw(figure: Figure, theme: Theme) -> None:
        fills = {region: [colour(theme, look) for look in held] for region, held in looks.items()}
        draw_brain(figure, theme, fills, bottom=legend, marks=marks)
        axes = paper(figure, theme, bottom=0, height=legend)
        top = 0.03
        for key in keys:
            key.draw(axes, theme, colour(theme, key.look), top=top)
            top += key.height
        axes.text(0.1, top, told, va="top", fontsize=9, color=theme.muted, linespacing=1.25)

    words = "; ".join(f"{key.words}{f' ({key.details})' if key.details else ''}" for key in keys)
    alt = f"{title}. {subtitle}. {f'{words}. ' if words else ''}{note}"
    return titled(draw, title, subtitle, height=legend + LINE + TWO_ROWS, alt=alt)


@reads()
def disorder_brain(specificity: pd.DataFrame, score: str) -> Gallery | Note:
    """Draw which regions go with one score and not with the others, by modality.

    A picture per modality that has specific regions, all with one colour scale; a sentence where
    there is none.
    """
    rows = check(specificity, score=score)
    specific = rows[rows["specific"] == score]
    also = _elsewhere(specific[specific["kind"] != "region"], score)
    found, measured = regional(specific), regional(rows)
    if found.empty:
        none = f"No region is specific to {label(score)}: associated with it, and differing from"
        return Note(f"{none} every other score. {also}".strip())
    limit = colour_limit(found["beta"].astype(float))
    pictures = [
        _of_modality(
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


def _of_modality(rows: pd.DataFrame, *, measured: set[str], score: str, limit: float) -> Picture:
    values = rows.set_index("region")["beta"].astype(float)
    bare = {str(region): atlas.split(str(region))[1] for region in values.index}
    named = _numbered(values)
    numbers = {name: str(place) for place, name in enumerate(named, start=1)}
    marks = {region: numbers[name] for region, name in bare.items() if name in numbers}
    title = f"Specific to {label(score)}: {label(str(rows['modality'].iloc[0]))}"
    held = f"{len(values)} of {len(measured)} regions"
    if len(set(rows["feature"])) == 1 < len(rows):
        held = "both sides measured together"
    subtitle = f"{held}, {_directions(rows)}"
    held_by: dict[Part, tuple[str, ...]] = {"cortex": atlas.CORTEX, "subcortex": atlas.SUBCORTEX}
    bare_measured = {atlas.split(region)[1] for region in measured}
    parts = [part for part, names in held_by.items() if bare_measured.intersection(names)]
    more = len(set(bare.values())) - len(named)
    foot = 0.74 + _LINE * (len(named) + 1 + bool(more))

    def draw(figure: Figure, theme: Theme) -> None:
        fills = {str(region): (signed(value, limit, theme),) for region, value in values.items()}
        draw_brain(figure, theme, fills, bottom=foot, marks=marks, parts=parts)
        _draw_names(figure, theme, named, values, more=more, height=foot - 0.68)
        colour_bar(figure, theme, (-limit, limit), text="standardised beta")

    listed = "; ".join(f"{label(str(region))} {decimal(value)}" for region, value in values.items())
    return titled(
        draw, title, subtitle, height=foot + LINE * (len(parts) - 1) + TWO_ROWS,
        alt=f"{title}. {subtitle}. Standardised betas: {listed}.",
    )  # fmt: skip


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


def _draw_names(
    figure: Figure, theme: Theme, named: list[str], values: pd.Series, *, more: int, height: float
) -> None:
    """Name the numbers of the brain, with the values of both sides."""
    axes = paper(figure, theme, left=0.1, bottom=0.56, height=height)
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
