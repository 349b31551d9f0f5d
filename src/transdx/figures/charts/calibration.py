"""Whether steps hold their word: rates over cohorts beside what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Gallery, Note, Picture
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.style import Theme
from transdx.results.calibration import FALSE, NULLS, PROMISES, SITUATIONS, STEPS
from transdx.results.select import LEVEL
from transdx.writing import percent, sentence_case

#: Inches between two marks of a line.
_APART = 0.1
#: Marks of nulls, of which those that are open are no one's usual.
_OPEN, _SHAPES = ("freedman_lane", "shuffle"), {"aligned": "D"}
_SPINS = ("cortex", "deep")
_Row = Mapping[Any, Any]


@reads()
def false_positives_plot(calibration: pd.DataFrame) -> Gallery | Note:
    """Draw how often each step finds what is not there, by null, beside the level of 5 %.

    Bars are bands over cohorts. A note says so where nothing was measured.
    """
    rows = calibration[calibration["measure"].isin([FALSE, "fdr"])]
    if rows.empty:
        return Note("This copy comes without rates of error.")
    maps = rows["step"].isin(_SPINS)
    tests = _picture(
        rows[~maps], "How often a step finds what is not there",
        "filled: scores permuted; diamond: with people in their places; open: residuals "
        "permuted; bars: 95 % over cohorts",
    )  # fmt: skip
    spun = _picture(
        rows[maps], "How often unrelated maps are called related",
        "filled: spins; open: regions shuffled one by one",
        by="step",
    )  # fmt: skip
    return Gallery([tests, spun])


def _picture(rows: pd.DataFrame, title: str, subtitle: str, by: str = "situation") -> Picture:
    """Draw a line per step and situation, with a mark for each null."""
    groups: dict[str, list[Line]] = {}
    names = {"situation": SITUATIONS, "step": STEPS}
    other = "step" if by == "situation" else "situation"
    for (group, name), own in rows.groupby([by, other], sort=False):
        records = own.to_dict("records")
        text = " / ".join(_share(row["estimate"]) for row in records)
        words = ", ".join(f"{NULLS[row['null']]} {_share(row['estimate'])}" for row in records)
        mark = partial(_marks, records)
        line = Line(
            sentence_case(names[other][str(name)]), f"{text} %", mark, words,
            room=_APART * max(0, len(records) - 2),
        )  # fmt: skip
        groups.setdefault(sentence_case(names[by][str(group)]), []).append(line)
    spoken = "; ".join(
        f"{group}: " + ", ".join(f"{line.name}: {line.words}" for line in lines)
        for group, lines in groups.items()
    )
    return lined(
        groups, title, subtitle, axis=f"per cent of tests (root scale); line: {LEVEL}",
        alt=f"{title}, in per cent. {spoken}.",
        finish=_roots, reference=float(np.sqrt(PROMISES[FALSE][1])),
    )  # fmt: skip


def _share(value: float) -> str:
    return percent(100 * value).removesuffix("%").strip()


def _marks(records: list[dict[Any, Any]], axes: Axes, theme: Theme, at: float) -> None:
    for place, row in enumerate(records):
        y = at + _APART * (place - (len(records) - 1) / 2)
        ends = np.sqrt(np.clip([row["ci_low"], row["ci_high"]], 0, 1))
        axes.plot(ends, [y, y], color=theme.ink, linewidth=1.2, solid_capstyle="butt")
        axes.plot(
            np.sqrt(row["estimate"]), y, _SHAPES.get(row["null"], "o"), color=theme.ink,
            markersize=4.5, markeredgewidth=1.1, clip_on=False,
            markerfacecolor=theme.background if row["null"] in _OPEN else theme.ink,
        )  # fmt: skip


def _roots(figure: Figure, theme: Theme, axes: Axes) -> None:
    """Set a scale of roots: small rates have room, and none is at its end."""
    ticks = [0.0, 0.01, 0.05, 0.2, 0.5]
    most = max(float(axes.dataLim.intervalx[1]), np.sqrt(0.12))
    ticks = [tick for tick in ticks if np.sqrt(tick) <= most]
    axes.set_xlim(-0.01, most + 0.02)
    axes.set_xticks(np.sqrt(ticks), [f"{100 * tick:g}" for tick in ticks])


@reads()
def coverage_plot(calibration: pd.DataFrame) -> Picture | Note:
    """Draw what share of intervals holds the truth: the mean over cohorts, and its cohorts.

    A note says so where nothing was measured.
    """
    rows = calibration[calibration["measure"] == "coverage"]
    if rows.empty:
        return Note("This copy comes without shares of intervals that hold the truth.")
    lines = [
        Line(
            sentence_case(STEPS[row["step"]]), percent(100 * row["estimate"]),
            partial(_cohorts, row),
            f"{percent(100 * row['estimate'])}, single cohorts {_share(row['low'])} to "
            f"{percent(100 * row['high'])}",
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip
    spoken = "; ".join(f"{line.name}: {line.words}" for line in lines)
    return lined(
        {"": lines}, "Intervals that hold the truth",
        "dots: mean over cohorts; bars: its 95 % band; pale: the central 95 % of cohorts",
        axis="per cent of 95 % intervals; line: what is promised",
        alt=f"Share of 95 % intervals that hold the truth. {spoken}.",
        finish=_percents, reference=100 * PROMISES["coverage"][1],
    )  # fmt: skip


def _cohorts(row: _Row, axes: Axes, theme: Theme, at: float) -> None:
    # A cohort gives one odds ratio, which holds the truth or does not.
    if row["low"] > 0:
        axes.plot([100 * row["low"], 100 * row["high"]], [at, at], color=theme.pale, linewidth=7)
    ends = [100 * row["ci_low"], 100 * row["ci_high"]]
    axes.plot(ends, [at, at], color=theme.ink, linewidth=1.4)
    axes.plot(100 * row["estimate"], at, "o", color=theme.ink, markersize=5)


def _percents(figure: Figure, theme: Theme, axes: Axes) -> None:
    low = min(float(axes.dataLim.intervalx[0]), 85.0)
    axes.set_xlim(low - 1, 100.5)
    axes.set_xticks([tick for tick in (60, 70, 80, 90, 95, 100) if tick >= low])
