"""How reliable measures are, region by region, and what relatives do to standard errors."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Note, Picture
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import people
from transdx.naming import label
from transdx.writing import decimal, sentence_case


@reads()
def reliability_plot(reliability: pd.DataFrame) -> Picture | Note:
    """Draw the reliability of every region, a tick each, and of their middle and the total.

    A note says so where nobody was measured twice.
    """
    if reliability.empty:
        return Note("Nobody in the cohorts that are here was measured twice.")
    groups: dict[str, list[Line]] = {}
    for (repeat, modality), rows in reliability.groupby(["repeat", "modality"], sort=False):
        everybody = people(reliability[reliability["repeat"] == repeat])
        heading = f"Images taken {label(str(repeat))} the second time, {everybody}"
        whole = rows["feature"] == "total"
        regions, total = rows.loc[~whole, "icc"], rows.loc[whole, "icc"]
        middle = float(regions.median())
        words = f"median {decimal(middle, places=2)}, from {decimal(regions.min(), places=2)}"
        mark = partial(_ticks, regions.to_list(), middle, float(total.iloc[0]))
        line = Line(sentence_case(label(str(modality))), decimal(middle, places=2), mark, words)
        groups.setdefault(heading, []).append(line)
    spoken = "; ".join(
        f"{name}: {', '.join(f'{line.name} {line.words}' for line in lines)}"
        for name, lines in groups.items()
    )
    return lined(
        groups,
        "Reliability of regions, measured twice",
        "ticks: regions; filled: their median; open: total or mean",
        axis="intraclass correlation",
        alt=f"Intraclass correlation of two measurements, region by region. {spoken}.",
        finish=_scale,
        reference=0.0,
    )


def _ticks(
    regions: list[float], middle: float, total: float, axes: Axes, theme: Theme, at: float
) -> None:
    axes.plot(regions, [at] * len(regions), "|", color=theme.muted, markersize=9, alpha=0.7)
    axes.plot(middle, at, "o", color=theme.ink, markersize=6)
    axes.plot(
        total, at, "D", color=theme.ink, markersize=6, markerfacecolor=theme.background,
        markeredgewidth=1.3,
    )  # fmt: skip


def _scale(figure: Figure, theme: Theme, axes: Axes) -> None:
    low = min(0.0, float(axes.dataLim.intervalx[0]))
    axes.set(xlim=(low - 0.03, 1.03), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
