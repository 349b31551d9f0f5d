"""What follows under every specification, and which choice matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    paper,
    readable_on,
    readable_ticks,
    score_columns,
    widest,
)
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import by_score, modalities_in, scores_in, taken
from transdx.figures.canvas.style import Theme, sequential
from transdx.figures.canvas.words import score_name
from transdx.figures.charts.cells import Grid
from transdx.naming import label
from transdx.results.curves import CHOICES, NULL, TOGETHER
from transdx.results.select import ALPHA, LEVEL
from transdx.writing import count, decimal, percent, sentence_case, write

#: Inches: a curve with its options below, a row of these, the head of a choice.
_CURVE, _OPTION, _HEAD = 1.7, 0.165, 0.21
#: Inches: a curve among many, and what is left of its axis.
_SMALL, _BESIDE = 0.8, 0.62
#: Below a curve so many places at most tell which options its estimates take.
_BINS = 70
#: Inches: a row of shares, and a cell.
_ROW, _CELL = 0.235, 0.57
_HEADS = {
    "covariates": "Covar.",
    "outliers": "Outliers",
    "definition": "Score",
    "scaling": "Scaling",
    NULL: "Null",
    TOGETHER: "Rest",
}


@reads()
def specification_curve(
    specifications: pd.DataFrame,
    specification_options: pd.DataFrame,
    *,
    modality: str,
    score: str,
) -> Picture:
    """Draw the estimates of a measure under every specification, sorted, and what each takes.

    Above are estimates with 95 % intervals of least squares, coloured where the p of the study is
    significant, and that of the study circled. Below, in the same order, the darker an option the
    more of the estimates above take it.
    """
    rows = taken(taken(specifications, "modality", modality), "score", score)
    rows = rows.sort_values("beta", kind="stable", ignore_index=True)
    there = [
        (choice, option)
        for choice in CHOICES
        for option in specification_options.query("choice == @choice")["option"]
        if option in set(rows[choice])
    ]
    told = specification_options.set_index(["choice", "option"])["label"]
    names = {pair: str(told[pair]) for pair in there}
    left = widest(list(names.values()), points=8.5) + 0.2
    below = sum(_HEAD + _OPTION * sum(c == choice for c, _ in there) for choice in CHOICES)
    name = _named(rows)
    many = (rows["p"] <= ALPHA).mean()
    subtitle = (
        f"{count(len(rows))} specifications of {name} and {label(score)}; "
        f"coloured: p at most {write(ALPHA, 'g')} ({percent(100 * many, places=0)})"
    )

    def draw(figure: Figure, theme: Theme) -> None:
        width = WIDTH - left - 0.08
        axes = axes_in(figure, theme, left=left, bottom=below + 0.12, width=width, height=_CURVE)
        _curve(axes, theme, rows, theme.score(score))
        axes.set_ylabel("β (95 % interval)", fontsize=9)
        _dashboard(figure, theme, rows, names, left=left, height=below)

    own = rows.loc[rows["study"] == "yes", "beta"]
    as_study = f"; as in the study {decimal(float(own.iloc[0]))}" if len(own) else ""
    middle = decimal(float(rows["beta"].median()))
    ends = f"{decimal(rows['beta'].iloc[0])} to {decimal(rows['beta'].iloc[-1])}"
    spoken = "; ".join(
        f"{choice}: " + ", ".join(f"{names[pair]} {_mean(rows, *pair)}" for pair in there
                                  if pair[0] == choice)
        for choice in CHOICES
    )  # fmt: skip
    alt = (
        f"Sorted β of {name} with {label(score)} under {count(len(rows))} specifications: {ends}, "
        f"median {middle}{as_study}. Means by choice: {spoken}."
    )
    title = f"{sentence_case(name)}, every way"
    return titled(draw, title, subtitle, height=_CURVE + below + 0.2, alt=alt)


def _named(rows: pd.DataFrame) -> str:
    """Name the measure that rows are of."""
    modality, feature = str(rows["modality"].iloc[0]), str(rows["feature"].iloc[0])
    return label(feature, modality=modality)


def _mean(rows: pd.DataFrame, choice: str, option: str) -> str:
    return decimal(float(rows.loc[rows[choice] == option, "beta"].mean()))


def _curve(axes: Axes, theme: Theme, rows: pd.DataFrame, colour: str, *, size: float = 1.6) -> None:
    """Draw sorted estimates from the left, with their intervals."""
    places = np.arange(len(rows))
    axes.fill_between(
        places, rows["ci_low"], rows["ci_high"], color=theme.pale, linewidth=0, zorder=1
    )
    axes.axhline(0, color=theme.muted, linewidth=0.8, zorder=2)
    sure = (rows["p"] <= ALPHA).to_numpy()
    for some, ink in ((~sure, theme.muted), (sure, colour)):
        axes.plot(
            places[some], rows["beta"][some], "o", color=ink, markersize=size, markeredgewidth=0,
            zorder=3,
        )  # fmt: skip
    own = np.flatnonzero(rows["study"] == "yes")
    axes.plot(
        own, rows["beta"].iloc[own], "o", color=theme.ink, markersize=size + 4.4,
        markerfacecolor=theme.background, markeredgewidth=1.3, zorder=4,
    )  # fmt: skip
    low, high = float(rows["ci_low"].min()), float(rows["ci_high"].max())
    ticks = readable_ticks(low, high, most=5)
    axes.set(xlim=(-0.02 * len(rows), 1.02 * len(rows)), xticks=[], yticks=ticks)
    axes.set_yticklabels([write(tick, "g") for tick in ticks])
    axes.spines["bottom"].set_visible(False)


def _dashboard(
    figure: Figure,
    theme: Theme,
    rows: pd.DataFrame,
    names: dict[tuple[str, str], str],
    *,
    left: float,
    height: float,
) -> None:
    """Draw a row for each option: how many of the estimates at a place take it."""
    axes = paper(figure, theme, bottom=0.06, height=height)
    width = WIDTH - left - 0.08
    margin = width * 0.02 / 1.04
    ends = (left + margin, left + width - margin)
    at, before = 0.0, ""
    for (choice, option), name in names.items():
        if choice != before:
            head = sentence_case(_HEADS[choice] if choice == "definition" else choice)
            axes.text(0.06, at + _HEAD - 0.06, head, fontsize=8.5, fontweight="bold")
            at, before = at + _HEAD, choice
        axes.text(0.12, at + _OPTION / 2, name, fontsize=8.5, va="center")
        shares = _shares_at((rows[choice] == option).to_numpy())
        axes.imshow(
            shares[None] / max(shares.max(), 1e-9), cmap=sequential(theme), vmin=0, vmax=1,
            aspect="auto", interpolation="nearest",
            extent=(*ends, at + _OPTION - 0.015, at + 0.015),
        )  # fmt: skip
        at += _OPTION
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))


def _shares_at(taken_here: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the share that takes an option at each of at most so many places along the curve."""
    parts = np.array_split(taken_here.astype(float), min(_BINS, len(taken_here)))
    return np.array([part.mean() for part in parts])


@reads()
def specification_curves(specifications: pd.DataFrame) -> Picture:
    """Draw the sorted estimates of every measure and score, with the same axis for a measure."""
    scores = scores_in(specifications)
    width, heads = score_columns(scores, left=_BESIDE, least=1.0)
    groups = [
        specifications[specifications["modality"] == name] for name in modalities_in(specifications)
    ]
    tall = len(groups) * (_SMALL + 0.3) + 0.24

    def draw(figure: Figure, theme: Theme) -> None:
        across = (width - _BESIDE - 0.06) / len(scores)
        top = paper(figure, theme, bottom=0, height=tall)
        for column, head in enumerate(heads):
            middle = _BESIDE + (column + 0.5) * across
            top.text(middle, 0.1, head, ha="center", va="center", fontsize=9)
        for row, rows in enumerate(groups):
            above = 0.24 + row * (_SMALL + 0.3)
            name = sentence_case(_named(rows))
            top.text(0.06, above + 0.1, name, va="center", fontsize=9, fontweight="bold")
            ends = (float(rows["ci_low"].min()), float(rows["ci_high"].max()))
            for column, score in enumerate(scores):
                own = rows[rows["score"] == score].sort_values("beta", ignore_index=True)
                axes = axes_in(
                    figure, theme, left=_BESIDE + column * across + 0.04,
                    bottom=tall - above - 0.24 - _SMALL, width=across - 0.1, height=_SMALL,
                )  # fmt: skip
                if len(own):
                    _curve(axes, theme, own, theme.score(score), size=1.2)
                ticks = readable_ticks(*ends, most=3)
                axes.set(ylim=ends, yticks=ticks)
                axes.set_yticklabels([write(tick, "g") for tick in ticks] if not column else [])

    spoken = "; ".join(
        f"{_named(own)} with {label(str(score))} median {decimal(own['beta'].median())}, "
        f"{percent(100 * (own['p'] <= ALPHA).mean(), places=0)} significant"
        for rows in groups
        for score, own in by_score(rows).groupby("score", sort=False)
    )
    title = "All measures and scores, every way"
    subtitle = "sorted β with 95 % intervals; circled: as in the study"
    alt = f"{title}: sorted standardised betas. {spoken}."
    return titled(draw, title, subtitle, height=tall, width=width, alt=alt)


@reads()
def specification_shares_plot(specification_shares: pd.DataFrame) -> Gallery:
    """Draw which choice matters: the share of the differences that each makes.

    One picture is of the estimate, one of whether it is significant, to which the null is a choice.
    """
    titles = {
        "estimate": "What the estimate depends on",
        "significance": f"What significance at {LEVEL} depends on",
    }
    return Gallery(
        [
            _shares_picture(taken(specification_shares, "outcome", outcome), title)
            for outcome, title in titles.items()
        ]
    )


def _shares_picture(rows: pd.DataFrame, title: str) -> Picture:
    choices = list(dict.fromkeys(rows["choice"]))
    groups = [by_score(rows[rows["modality"] == name]) for name in modalities_in(rows)]
    names = [score_name(score) for score in scores_in(rows)]
    left = widest(names, points=9) + 0.2
    across = max(_CELL, (WIDTH - left - 0.06) / len(choices))
    width = left + across * len(choices) + 0.06
    lines = sum(group["score"].nunique() + 1 for group in groups)
    body = 0.24 + _ROW * lines

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=0.06, height=body)
        grid = Grid(left, 0.24, across, _ROW)
        for column, choice in enumerate(choices):
            axes.text(
                grid.middle(0, column)[0], 0.1, _HEADS[choice], ha="center", va="center", fontsize=9
            )
        line = 0
        for group in groups:
            at = grid.middle(line, 0)[1]
            name = sentence_case(_named(group))
            axes.text(0.06, at, name, va="center", fontsize=9, fontweight="bold")
            for score, own in group.groupby("score", sort=False):
                line += 1
                beside = grid.middle(line, 0)[1]
                axes.text(0.12, beside, score_name(score), va="center", fontsize=9)
                for column, row in enumerate(own.to_dict("records")):
                    filled = row["choice"] != TOGETHER
                    _cell(axes, theme, grid, line, column, float(row["share"]), filled=filled)
            line += 1

    spoken = "; ".join(
        f"{_named(own)} with {label(str(score))}: "
        + ", ".join(f"{row['choice']} {_percent(row['share'])}" for row in own.to_dict("records"))
        for group in groups
        for score, own in group.groupby("score", sort=False)
    )
    subtitle = "% of the variance over specifications; – where none"
    alt = f"{title}, in per cent of the variance over specifications. {spoken}."
    return titled(draw, title, subtitle, height=body + 0.06, width=width, alt=alt)


def _cell(
    axes: Axes, theme: Theme, grid: Grid, row: int, column: int, share: float, *, filled: bool
) -> None:
    """Write a share, in a cell that is filled by it where it is that of a choice."""
    known = share == share
    fill: Any = sequential(theme)(share if known else 0.0) if filled else theme.background
    x, y = grid.left + column * grid.across, grid.top + row * grid.down
    axes.add_patch(
        Rectangle(
            (x + 0.01, y + 0.01), grid.across - 0.02, grid.down - 0.02, facecolor=fill, linewidth=0
        )
    )
    text = write(100 * share, ".0f") if known else "–"
    grid.write(axes, row, column, text, fontsize=9, color=readable_on(fill))


def _percent(share: float) -> str:
    return percent(100 * share, places=0) if share == share else "nothing to explain"
