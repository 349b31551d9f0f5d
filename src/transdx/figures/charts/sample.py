"""Who is in the sample and how good the data are: flow, distributions, quality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    heading,
    heading_height,
    readable_on,
    text_width,
    wrap,
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, diverging, label, require, scores_in
from transdx.writing import count, counted, decimal, inside, percent, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "flow_diagram",
    "quality_overview",
    "score_correlation_plot",
    "score_distributions",
]

#: Inches; two fit beside each other in the book's column with room to spare.
_SMALL = 3.4
#: More values than this are drawn as a curve of bars without a number on each.
_MOST_BARS = 8
_MOST_MEASURES = 15
#: Inches a box of the flow is tall.
_FLOW_BOX = 0.27


def flow_diagram(flow: pd.DataFrame) -> Picture:
    """Draw how many people each step left out and how many remained.

    Parameters
    ----------
    flow : pandas.DataFrame
        Step, label, excluded, remaining; the first row is where all begins.

    Returns
    -------
    Picture
    """
    require(flow, ("label", "excluded", "remaining"), table="flow")
    steps: list[dict[Any, Any]] = flow.to_dict("records")
    first, last = steps[0], steps[-1]
    share = 100 * last["remaining"] / first["remaining"] if first["remaining"] else 0.0
    title = (
        f"From {count(first['remaining'])} to {count(last['remaining'])} participants "
        f"({percent(share, places=0)})"
    )
    drawn = [step for step in steps[1:] if step["excluded"] != 0]
    idle = [str(step["label"]) for step in steps[1:] if step["excluded"] == 0]
    notes = [
        wrap(f"{step['label']}: {count(step['excluded'])}", inches=2.35, points=9) for step in drawn
    ]
    foot = wrap(f"Nobody left for: {'; '.join(map(inside, idle))}.", inches=WIDTH - 0.2, points=9)
    heights = [0.17 * (note.count("\n") + 1) + 0.13 for note in notes]
    body = 0.42 + sum(height + _FLOW_BOX for height in heights) + 0.1
    below_all = 0.17 * (foot.count("\n") + 1) + 0.08 if idle else 0.0

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title)
        axes = axes_in(figure, theme, left=0, bottom=below_all, width=WIDTH, height=body)
        axes.set(xlim=(0, WIDTH), ylim=(body, 0))
        axes.set_axis_off()
        _flow_box(axes, theme, 0.04, f"{first['label']}\n{count(first['remaining'])}", tall=0.42)
        at = 0.46
        for place, (step, note, height) in enumerate(zip(drawn, notes, heights, strict=True)):
            final = place == len(notes) - 1
            below = at + height
            axes.annotate(
                "", (0.85, below), (0.85, at),
                arrowprops={"arrowstyle": "-|>", "color": theme.muted, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            middle = (at + below) / 2
            axes.plot([0.85, 1.82], [middle, middle], color=theme.muted, linewidth=0.8)
            axes.text(1.9, middle, note, va="center", fontsize=9, linespacing=1.2)
            words = f"analysed: {count(step['remaining'])}" if final else count(step["remaining"])
            _flow_box(axes, theme, below, words, tall=_FLOW_BOX, strong=final)
            at = below + _FLOW_BOX
        if idle:
            tall = figure.get_size_inches()[1]
            figure.text(
                0.1 / WIDTH, 0.05 / tall, foot, fontsize=9, color=theme.muted, linespacing=1.2
            )

    spoken = "; ".join(
        f"{step['label']}: {count(step['excluded'])} left out, {count(step['remaining'])} remain"
        for step in steps[1:]
    )
    alt = f"Participant flow. {first['label']}: {count(first['remaining'])}; {spoken}."
    return render(draw, size=(WIDTH, heading_height(title) + body + below_all), alt=alt)


def _flow_box(
    axes: Axes, theme: Theme, top: float, text: str, *, tall: float, strong: bool = False
) -> None:
    from matplotlib.patches import FancyBboxPatch

    box = FancyBboxPatch(
        (0.1, top), 1.5, tall, boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=theme.ink if strong else theme.surface,
        edgecolor=theme.ink if strong else theme.muted, linewidth=0.8,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(
        0.85, top + tall / 2, text, ha="center", va="center", linespacing=1.25,
        color=theme.background if strong else theme.ink, fontweight="bold" if strong else "normal",
    )  # fmt: skip


def score_distributions(score_distribution: pd.DataFrame) -> Gallery:
    """Draw how the scores are distributed, each at its own scale.

    Parameters
    ----------
    score_distribution : pandas.DataFrame
        Score, value, count, percent.

    Returns
    -------
    Gallery
        One picture per score.
    """
    require(score_distribution, ("score", "value", "count", "percent"), table="score_distribution")
    return Gallery(
        [
            _distribution(score_distribution[score_distribution["score"] == score], score)
            for score in scores_in(score_distribution)
        ]
    )


def _distribution(rows: pd.DataFrame, score: str) -> Picture:
    rows = rows.sort_values("value").dropna(subset="percent")
    values = [float(value) for value in rows["value"]]
    shares = [float(share) for share in rows["percent"]]
    total = int(rows["count"].sum())
    title = sentence_case(label(score))
    subtitle = f"n = {count(total)}"
    step = float(np.diff(values).min()) if len(values) > 1 else 1.0

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0.62, bottom=0.5, width=_SMALL - 0.75, height=1.55)
        bars = axes.bar(values, shares, width=0.82 * step, color=theme.score(score))
        if len(values) <= _MOST_BARS:
            axes.bar_label(
                bars, [decimal(share, places=1) for share in shares], padding=2, fontsize=9,
                color=theme.ink,
            )  # fmt: skip
            axes.margins(y=0.14)
        whole = [value for value in values if float(value).is_integer()]
        if len(whole) <= 10:
            axes.set_xticks(whole, [f"{value:g}" for value in whole])
        axes.set_xlabel(f"{label(score)} score (points)")
        axes.set_ylabel("per cent of people")

    spoken = ", ".join(
        f"{value:g}: {percent(share)}" for value, share in zip(values, shares, strict=True)
    )
    alt = f"Distribution of the {label(score)} score, n = {count(total)}; points and share: "
    return render(
        draw, size=(_SMALL, heading_height(title, subtitle, width=_SMALL) + 2.15),
        alt=f"{alt}{spoken}.",
    )  # fmt: skip


def score_correlation_plot(score_correlations: pd.DataFrame) -> Picture:
    """Draw the rank correlations between the scores as a triangle.

    Parameters
    ----------
    score_correlations : pandas.DataFrame
        Score_a, score_b, n, rho, p, p_fdr.

    Returns
    -------
    Picture
    """
    require(score_correlations, ("score_a", "score_b", "rho"), table="score_correlations")
    both = pd.concat([score_correlations["score_a"], score_correlations["score_b"]])
    names = scores_in(both.to_frame("score"))
    rho = {
        frozenset((row["score_a"], row["score_b"])): float(row["rho"])
        for row in score_correlations.to_dict("records")
    }
    title = "Spearman correlations"
    n = score_correlations["n"].max() if "n" in score_correlations else None
    subtitle = f"between symptom scores, n = {count(n)}" if n else "between symptom scores"
    left = max(text_width(label(name)) for name in names) + 0.2
    cell = min(0.85, (_SMALL - left - 0.1) / (len(names) - 1))
    tall = 0.5

    def draw(figure: Figure, theme: Theme) -> None:
        from matplotlib.patches import Rectangle

        heading(figure, theme, title, subtitle)
        size = len(names) - 1
        axes = axes_in(figure, theme, left=left, bottom=0.35, width=cell * size, height=tall * size)
        axes.set(xlim=(0, size), ylim=(size, 0))
        for row, down in enumerate(names[1:]):
            for column, across in enumerate(names[: row + 1]):
                value = rho.get(frozenset((across, down)), np.nan)
                shown = np.isfinite(value)
                fill = np.array(diverging()(0.5 + 0.5 * value)[:3]) if shown else None
                box = Rectangle(
                    (column + 0.02, row + 0.03), 0.96, 0.94, linewidth=0,
                    facecolor=theme.surface if fill is None else fill,
                )  # fmt: skip
                axes.add_patch(box)
                ink = theme.ink if fill is None else readable_on(fill)
                axes.text(
                    column + 0.5, row + 0.5, decimal(value, places=2), ha="center", va="center",
                    color=ink,
                )  # fmt: skip
        axes.set_xticks(np.arange(size) + 0.5, [label(name) for name in names[:-1]])
        axes.set_yticks(np.arange(size) + 0.5, [label(name) for name in names[1:]])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    spoken = "; ".join(
        f"{label(row['score_a'])} with {label(row['score_b'])} {decimal(row['rho'], places=2)}"
        for row in score_correlations.to_dict("records")
    )
    height = heading_height(title, subtitle, width=_SMALL) + tall * (len(names) - 1) + 0.45
    return render(
        draw, size=(_SMALL, height), alt=f"Spearman correlations between scores: {spoken}."
    )


def quality_overview(quality: pd.DataFrame) -> Gallery:
    """Draw quartiles, fences and the share outside them, per group of measures.

    Parameters
    ----------
    quality : pandas.DataFrame
        Measure, label, group, n, q1, median, q3, lower, upper, below, above, minimum,
        maximum.

    Returns
    -------
    Gallery
        A picture per group; of a large group the measures with most values outside.
    """
    needed = ("label", "group", "n", "q1", "median", "q3", "lower", "upper", "below", "above")
    require(quality, (*needed, "minimum", "maximum"), table="quality")
    return Gallery(
        [_quality(rows, str(group)) for group, rows in quality.groupby("group", sort=False)],
        caption="Distances from the median in interquartile ranges (IQR). Box: quartiles; "
        "upright strokes: fences; line: range, with an arrow where it goes on.",
    )


def _quality(rows: pd.DataFrame, group: str) -> Picture:
    outside = rows["below"].fillna(0) + rows["above"].fillna(0)
    rows = rows.assign(outside=outside, share=100 * outside / rows["n"])
    chosen = rows.sort_values("share", ascending=False, kind="stable").head(_MOST_MEASURES)
    name = label(group)
    title = f"{sentence_case(name)}: quartiles and fences"
    people = f"n = {count(rows['n'].max())}"
    subtitle = (
        f"{len(chosen)} of {len(rows)} measures with most values outside, {people}"
        if len(chosen) < len(rows)
        else f"{counted(len(rows), 'measure', 'measures')}, {people}"
    )
    members: list[dict[Any, Any]] = chosen.to_dict("records")
    names = [wrap(label(str(row["label"])), inches=1.62, points=9) for row in members]
    steps = [0.12 + 0.14 * (text.count("\n") + 1) for text in names]
    body = sum(steps) + 0.05

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        left, right = 1.75, 0.7
        axes = axes_in(
            figure, theme, left=left, bottom=0.5, width=WIDTH - left - right, height=body
        )
        axes.set(xlim=(-6.4, 6.4), ylim=(body, 0))
        across, inch = axes.get_yaxis_transform(), 1 / (WIDTH - left - right)
        at = 0.02
        for row, text, step in zip(members, names, steps, strict=True):
            middle = at + step / 2
            _quartiles(axes, theme, row, middle)
            axes.text(
                (0.08 - left) * inch, middle, text, transform=across, va="center", fontsize=9,
                linespacing=1.1,
            )  # fmt: skip
            axes.text(
                1 + (right - 0.05) * inch, middle, percent(row["share"], places=2),
                transform=across, va="center", ha="right", fontsize=9,
            )  # fmt: skip
            at += step
        axes.axvline(0, color=theme.grid, linewidth=0.8, zorder=0)
        axes.set_yticks([])
        axes.set_xticks([-6, -3, 0, 3, 6], ["−6", "−3", "0", "3", "6"])
        axes.spines["left"].set_visible(False)
        tall = figure.get_size_inches()[1]
        figure.text((WIDTH - 0.05) / WIDTH, 0.1 / tall, "outside", ha="right", fontsize=9)
        words = "IQRs from the median"
        axis_middle = (left + (WIDTH - left - right) / 2) / WIDTH
        figure.text(axis_middle, 0.1 / tall, words, ha="center", fontsize=9)

    spoken = "; ".join(
        f"{label(str(row['label']))} {percent(row['share'], places=2)}" for row in members
    )
    alt = (
        f"Quartile boxes, fences and ranges of {len(members)} of {len(rows)} measures of {name}, "
        f"{people}. Share of values outside the fences: {spoken}."
    )
    size = (WIDTH, heading_height(title, subtitle) + body + 0.5)
    return render(draw, size=size, alt=alt)


def _quartiles(axes: Axes, theme: Theme, row: dict[Any, Any], at: float) -> None:
    """Draw one measure in units of its own interquartile range."""
    spread = row["q3"] - row["q1"]
    if not spread > 0:
        return
    names = ("minimum", "lower", "q1", "q3", "upper", "maximum")
    place = {name: (row[name] - row["median"]) / spread for name in names}
    low, high = max(place["minimum"], -6.0), min(place["maximum"], 6.0)
    axes.plot([low, high], [at, at], color=theme.muted, linewidth=0.9)
    for end, true, shape in ((low, place["minimum"], "<"), (high, place["maximum"], ">")):
        if abs(true) > 6:
            # The range goes on beyond the axis.
            axes.plot(end, at, shape, color=theme.muted, markersize=4)
    axes.barh(
        at, place["q3"] - place["q1"], left=place["q1"], height=0.13,
        color=theme.scores["insomnia"],
    )  # fmt: skip
    axes.plot([0, 0], [at - 0.065, at + 0.065], color=theme.background, linewidth=1.4)
    for fence in ("lower", "upper"):
        if np.isfinite(place[fence]) and abs(place[fence]) <= 6.4:
            axes.plot(
                [place[fence]] * 2, [at - 0.085, at + 0.085], color=theme.scores["depression"],
                linewidth=1.6,
            )  # fmt: skip
