"""Rows of estimates with intervals, under the headings of their groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    heading,
    heading_height,
    readable_ticks,
    text_width,
)
from transdx.figures.canvas.picture import Picture, render
from transdx.figures.canvas.style import Theme, check_known, scores_in
from transdx.figures.scores import marker
from transdx.modalities import STRUCTURE
from transdx.writing import count, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "GROUP",
    "ROW",
    "TOTALS",
    "Groups",
    "Row",
    "by_score",
    "draw_estimates",
    "n_words",
    "of_feature",
    "wanted_features",
]

#: The global features of structure, which most plots of estimates show.
TOTALS = tuple((modality, "total") for modality in STRUCTURE)

#: Heights of a row and of a heading in inches.
ROW = 0.25
GROUP = 0.3


@dataclass(frozen=True)
class Row:
    """One estimate of a plot.

    Parameters
    ----------
    name : str
        What is written on the left.
    estimate, low, high : float
        The estimate and its interval, in the unit of the axis.
    text : str
        What is written on the right.
    score : str, optional
        Decides colour and shape of the mark.
    planted : float, optional
        Planted value; NaN for none.
    filled : bool, default True
        Whether the mark is filled.
    """

    name: str
    estimate: float
    low: float
    high: float
    text: str
    score: str = ""
    planted: float = math.nan
    filled: bool = True


Groups = dict[str, list[Row]]


def wanted_features(
    frame: pd.DataFrame, features: Sequence[tuple[str, str]] | None
) -> Sequence[tuple[str, str]]:
    """Take what was asked for; else the global features of structure that the table holds.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table with the columns modality and feature.
    features : sequence of (modality, feature) or None
        What was asked for.

    Returns
    -------
    sequence of (modality, feature)

    Raises
    ------
    InputError
        If something else than pairs was asked for, or nothing and the table has no
        global feature at all.
    """
    if features is not None:
        for pair in features:
            if isinstance(pair, str) or len(pair) != 2:
                raise InputError(
                    "expected features as pairs such as ('surface_area', 'total'), "
                    f"got {pair!r}; name the modality too"
                )
        return features
    held = set(zip(frame["modality"], frame["feature"], strict=True))
    found = [pair for pair in TOTALS if pair in held] or sorted(
        pair for pair in held if pair[1] == "total"
    )
    if not found:
        raise InputError("expected rows with the feature 'total', got none; name the features")
    return found


def of_feature(frame: pd.DataFrame, modality: str, feature: str) -> pd.DataFrame:
    """Take the rows of one feature.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table with the columns modality and feature.
    modality, feature : str
        Which.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the table has no such rows.
    """
    check_known(modality, frame["modality"].astype(str), what="modality")
    of_modality = frame[frame["modality"] == modality]
    check_known(feature, of_modality["feature"].astype(str), what=f"feature of {modality}")
    return of_modality[of_modality["feature"] == feature]


def by_score(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Put rows in the reading order of the scores.

    Parameters
    ----------
    rows : pandas.DataFrame
        A table with the column score.

    Returns
    -------
    list of dict
    """
    order = {score: place for place, score in enumerate(scores_in(rows))}
    return rows.sort_values("score", key=lambda score: score.map(order)).to_dict("records")


def n_words(values: pd.Series) -> str:
    """Write a sample size, or the range of several.

    Parameters
    ----------
    values : pandas.Series
        Counts of people.

    Returns
    -------
    str
    """
    low, high = values.min(), values.max()
    return count(high) if low == high else f"{count(low)} to {count(high)}"


def draw_estimates(
    groups: Groups,
    *,
    title: str,
    axis: str,
    alt: str,
    subtitle: str = "",
    reference: float = 0.0,
    limits: tuple[float, float] | None = None,
    planted: bool = False,
) -> Picture:
    """Draw rows of estimates under the headings of their groups.

    Parameters
    ----------
    groups : dict of str to list of Row
        Rows by heading.
    title, subtitle, axis, alt : str
        Words above, below and instead of the picture.
    reference : float, default 0.0
        Where "no effect" is; 1 makes the axis logarithmic.
    limits : tuple of float, optional
        Ends of the axis; by default what the rows need.
    planted : bool, default False
        Whether to explain the marks of planted values.

    Returns
    -------
    Picture
    """
    rows = [row for members in groups.values() for row in members]
    left = max(text_width(row.name) for row in rows) + 0.25
    right = max(text_width(row.text, points=9) for row in rows) + 0.15
    # Wide names or numbers make the picture wider rather than the plot too narrow.
    widest = max(text_width(name) for name in groups) + 0.16
    width = max(WIDTH, left + right + 1.4, widest)
    body = len(groups) * GROUP + len(rows) * ROW + 0.08
    top = heading_height(title, subtitle, width=width)
    bottom = 0.5 + (0.24 if planted else 0.0)

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(
            figure, theme, left=left, bottom=bottom, width=width - left - right, height=body
        )
        axes.set_ylim(body, 0)
        _scale(axes, rows, reference=reference, limits=limits)
        across = axes.get_yaxis_transform()
        inch = 1 / (width - left - right)
        at = 0.04
        for name, members in groups.items():
            axes.text(
                (0.06 - left) * inch, at + GROUP / 2, name, transform=across, va="center",
                fontsize=9.5, color=theme.muted,
            )  # fmt: skip
            at += GROUP
            if limits is None:
                axes.plot(
                    [reference] * 2, [at - 0.04, at + len(members) * ROW + 0.04],
                    color=theme.muted, linewidth=0.8, zorder=0,
                )  # fmt: skip
            for row in members:
                _mark(axes, theme, row, at + ROW / 2)
                axes.text(
                    (0.16 - left) * inch, at + ROW / 2, row.name, transform=across, va="center"
                )
                axes.text(
                    1 + (right - 0.04) * inch, at + ROW / 2, row.text, transform=across,
                    va="center", ha="right", fontsize=9,
                )  # fmt: skip
                at += ROW
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        half = text_width(axis) / 2 + 0.05
        # Below the middle of the axis, unless the words would leave the picture.
        middle = min(max(left + (width - left - right) / 2, half), width - half)
        height = figure.get_size_inches()[1]
        figure.text(middle / width, (bottom - 0.42) / height, axis, ha="center")
        if planted:
            _planted_key(figure, theme)

    return render(draw, size=(width, top + body + bottom), alt=alt)


def _scale(
    axes: Axes,
    rows: list[Row],
    *,
    reference: float,
    limits: tuple[float, float] | None,
) -> None:
    values = [reference]
    for row in rows:
        values += [v for v in (row.low, row.high, row.estimate, row.planted) if math.isfinite(v)]
    if limits is not None:
        axes.set_xlim(*limits)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    elif reference == 1.0:
        axes.set_xscale("log")
        low, high = min(values), max(values)
        axes.set_xlim(low / 1.03, high * 1.03)
        ticks = readable_ticks(low, high, most=4)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    else:
        room = 0.06 * (max(values) - min(values) or 1.0)
        axes.set_xlim(min(values) - room, max(values) + room)
        ticks = readable_ticks(min(values), max(values), most=3)
        axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])


def _mark(axes: Axes, theme: Theme, row: Row, at: float) -> None:
    colour = theme.score(row.score)
    axes.plot([row.low, row.high], [at, at], color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        row.estimate, at, marker(row.score), color=colour, markersize=6,
        markerfacecolor=colour if row.filled else theme.background, markeredgewidth=1.3,
    )  # fmt: skip
    if math.isfinite(row.planted):
        axes.plot(
            row.planted, at, "D", markersize=7.5, markerfacecolor="none",
            markeredgecolor=theme.ink, markeredgewidth=1.1,
        )  # fmt: skip


def _planted_key(figure: Figure, theme: Theme) -> None:
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    mark = Line2D(
        [0.22 / width], [0.12 / height], marker="D", markersize=7, markerfacecolor="none",
        markeredgecolor=theme.ink, markeredgewidth=1.1, linestyle="none",
    )  # fmt: skip
    figure.add_artist(mark)
    words = "planted value; filled marks: estimates"
    figure.text(0.36 / width, 0.125 / height, words, va="center", fontsize=9, color=theme.muted)
