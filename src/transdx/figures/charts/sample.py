"""Who is in the sample and how good the data are: flow, distributions, quality."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from transdx.figures.canvas.layout import WIDTH, axes_in, paper, wrap
from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import scores_in
from transdx.figures.canvas.style import Theme
from transdx.naming import label
from transdx.writing import count, counted, decimal, inside, percent, sentence_case

#: Inches; two fit beside each other in the book's column with room to spare.
_SMALL = 3.4
#: More values than this are drawn as a curve of bars without a number on each.
_MOST_BARS = 8
_MOST_MEASURES = 15
#: Inches: a box of the flow is tall, the first of them, and the middle of all.
_BOX, _FIRST, _MIDDLE = 0.27, 0.42, 0.85
#: Interquartile ranges from the median to the end of the axis.
_END = 6.0

_Record = Mapping[Any, Any]


@reads(flow="label excluded remaining")
def flow_diagram(flow: pd.DataFrame) -> Picture:
    """Draw how many people each step left out and how many remained, from the first row on."""
    first, *steps = flow.to_dict("records")
    last = steps[-1] if steps else first
    share = 100 * last["remaining"] / first["remaining"] if first["remaining"] else 0.0
    title = (
        f"From {count(first['remaining'])} to {count(last['remaining'])} participants "
        f"({percent(share, places=0)})"
    )
    drawn = [step for step in steps if step["excluded"] != 0]
    idle = "; ".join(inside(str(step["label"])) for step in steps if step["excluded"] == 0)
    foot = wrap(f"Nobody left for: {idle}." if idle else "", inches=WIDTH - 0.2, points=9)
    notes = [
        wrap(f"{step['label']}: {count(step['excluded'])}", inches=2.35, points=9) for step in drawn
    ]
    arrows = [0.17 * (note.count("\n") + 1) + 0.13 for note in notes]
    body = _FIRST + sum(arrow + _BOX for arrow in arrows) + 0.1
    below = 0.17 * (foot.count("\n") + 1) + 0.08 if idle else 0.0

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=0, height=body + below)
        _box(axes, theme, 0.04, f"{first['label']}\n{count(first['remaining'])}", tall=_FIRST)
        at = 0.04 + _FIRST
        for step, note, arrow in zip(drawn, notes, arrows, strict=True):
            _leave(axes, theme, note, top=at, bottom=at + arrow)
            final, remain = step is drawn[-1], count(step["remaining"])
            words = f"analysed: {remain}" if final else remain
            _box(axes, theme, at + arrow, words, tall=_BOX, strong=final)
            at += arrow + _BOX
        axes.text(
            0.1, body + below - 0.05, foot, fontsize=9, color=theme.muted, linespacing=1.2,
            va="bottom",
        )  # fmt: skip

    spoken = "; ".join(
        f"{step['label']}: {count(step['excluded'])} left out, {count(step['remaining'])} remain"
        for step in steps
    )
    alt = f"Participant flow. {first['label']}: {count(first['remaining'])}; {spoken}."
    return titled(draw, title, height=body + below, alt=alt)


def _leave(axes: Axes, theme: Theme, note: str, *, top: float, bottom: float) -> None:
    """Draw the arrow to the next box, and who leaves on the way."""
    look = {"arrowstyle": "-|>", "color": theme.muted, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (_MIDDLE, bottom), (_MIDDLE, top), arrowprops=look)
    middle = (top + bottom) / 2
    axes.plot([_MIDDLE, 1.82], [middle, middle], color=theme.muted, linewidth=0.8)
    axes.text(1.9, middle, note, va="center", fontsize=9, linespacing=1.2)


def _box(
    axes: Axes, theme: Theme, top: float, text: str, *, tall: float, strong: bool = False
) -> None:
    box = FancyBboxPatch(
        (0.1, top), 1.5, tall, boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=theme.ink if strong else theme.surface,
        edgecolor=theme.ink if strong else theme.muted, linewidth=0.8,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(
        _MIDDLE, top + tall / 2, text, ha="center", va="center", linespacing=1.25,
        color=theme.background if strong else theme.ink, fontweight="bold" if strong else "normal",
    )  # fmt: skip


@reads(score_distribution="score value count percent")
def score_distributions(score_distribution: pd.DataFrame) -> Gallery:
    """Draw how the scores are distributed, each at its own scale in a picture of its own."""
    return Gallery(
        [
            _distribution(score_distribution[score_distribution["score"] == score], score)
            for score in scores_in(score_distribution)
        ]
    )


def _distribution(rows: pd.DataFrame, score: str) -> Picture:
    rows = rows.sort_values("value").dropna(subset="percent")
    values, shares = (rows[name].astype(float).to_list() for name in ("value", "percent"))
    subtitle = f"n = {count(int(rows['count'].sum()))}"
    step = float(np.diff(values).min()) if len(values) > 1 else 1.0

    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=0.62, bottom=0.5, width=_SMALL - 0.75, height=1.55)
        bars = axes.bar(values, shares, width=0.82 * step, color=theme.score(score))
        if len(values) <= _MOST_BARS:
            axes.bar_label(
                bars, [decimal(share, places=1) for share in shares], padding=2, fontsize=9,
                color=theme.ink,
            )  # fmt: skip
            axes.margins(y=0.14)
        whole = [value for value in values if value.is_integer()]
        if len(whole) <= 10:
            axes.set_xticks(whole, [f"{value:g}" for value in whole])
        axes.set(xlabel=f"{label(score)} score (points)", ylabel="per cent of people")

    spoken = ", ".join(
        f"{value:g}: {percent(share)}" for value, share in zip(values, shares, strict=True)
    )
    alt = f"Distribution of the {label(score)} score, {subtitle}; points and share: {spoken}."
    return titled(
        draw, sentence_case(label(score)), subtitle, height=2.15, width=_SMALL, alt=alt
    )  # fmt: skip


@reads(quality="label group n q1 median q3 lower upper below above minimum maximum")
def quality_overview(quality: pd.DataFrame) -> Gallery:
    """Draw quartiles, fences and the share outside them, in a picture per group of measures.

    Of a large group those measures are drawn that have most values outside.
    """
    return Gallery(
        [_quality(rows, str(group)) for group, rows in quality.groupby("group", sort=False)],
        caption="Distances from the median in interquartile ranges (IQR). Box: quartiles; "
        "upright strokes: fences; line: range, with an arrow where it goes on.",
    )


def _quality(rows: pd.DataFrame, group: str) -> Picture:
    outside = rows["below"].fillna(0) + rows["above"].fillna(0)
    ordered = rows.assign(share=100 * outside / rows["n"]).sort_values(
        "share", ascending=False, kind="stable"
    )
    chosen = ordered.head(_MOST_MEASURES).to_dict("records")
    held = f"n = {count(rows['n'].max())}"
    most = f"{len(chosen)} of {len(rows)} measures with most values outside"
    few = counted(len(rows), "measure", "measures")
    subtitle = f"{most if len(chosen) < len(rows) else few}, {held}"

    def finish(figure: Figure, theme: Theme, axes: Axes) -> None:
        width, tall = figure.get_size_inches()
        figure.text(1 - 0.04 / width, 0.08 / tall, "outside", ha="right", fontsize=9)
        axes.axvline(0, color=theme.grid, linewidth=0.8, zorder=0)
        axes.set_xlim(-_END - 0.4, _END + 0.4)
        axes.set_xticks([-6, -3, 0, 3, 6], ["−6", "−3", "0", "3", "6"])

    spoken = "; ".join(
        f"{label(str(row['label']))} {percent(row['share'], places=2)}" for row in chosen
    )
    return lined(
        {"": [_measure(row) for row in chosen]},
        f"{sentence_case(label(group))}: quartiles and fences",
        subtitle,
        axis="IQRs from the median",
        finish=finish,
        alt=f"Quartile boxes, fences and ranges of {len(chosen)} of {few} of "
        f"{label(group)}, {held}. Share of values outside the fences: {spoken}.",
    )


def _measure(row: _Record) -> Line:
    name = wrap(label(str(row["label"])), inches=1.72)
    return Line(name, percent(row["share"], places=2), partial(_quartiles, row))


def _quartiles(row: _Record, axes: Axes, theme: Theme, at: float) -> None:
    """Draw one measure in units of its own interquartile range."""
    spread = row["q3"] - row["q1"]
    if not spread > 0:
        return
    names = ("minimum", "lower", "q1", "q3", "upper", "maximum")
    place = {name: (row[name] - row["median"]) / spread for name in names}
    low, high = max(place["minimum"], -_END), min(place["maximum"], _END)
    axes.plot([low, high], [at, at], color=theme.muted, linewidth=0.9)
    for end, true, shape in ((low, place["minimum"], "<"), (high, place["maximum"], ">")):
        if abs(true) > _END:
            # The range goes on beyond the axis.
            axes.plot(end, at, shape, color=theme.muted, markersize=4)
    axes.barh(at, place["q3"] - place["q1"], left=place["q1"], height=0.13, color=theme.box)
    axes.plot([0, 0], [at - 0.065, at + 0.065], color=theme.background, linewidth=1.4)
    for fence in (place["lower"], place["upper"]):
        if np.isfinite(fence) and abs(fence) <= _END + 0.4:
            axes.plot([fence] * 2, [at - 0.085, at + 0.085], color=theme.fence, linewidth=1.6)
