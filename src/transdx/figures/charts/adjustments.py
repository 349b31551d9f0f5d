"""What becomes of claims where nuisances are held constant too."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.layout import readable_ticks
from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Note, Picture
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import require
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import score_name, short_quantity
from transdx.naming import label
from transdx.results.each import listed
from transdx.results.schema import TABLES
from transdx.writing import VERDICT_SIGNS, decimal, inside, interval, write

#: Inches between two adjustments of a claim.
_APART = 0.075


@reads()
def adjustments_plot(adjustments: pd.DataFrame, claims: pd.DataFrame) -> Picture | Note:
    """Draw every claim with each adjustment: estimates, intervals, and the signs of verdicts.

    A note says so where the data hold no nuisances.
    """
    if adjustments.empty:
        return Note("These data hold no nuisances that claims could be held against.")
    require(adjustments, TABLES["adjustments"].names, table="adjustments")
    rows = adjustments[adjustments["score"] != "all"]
    names = [label(name) for name in dict.fromkeys(rows["adjustment"])]
    about = dict(zip(claims["claim"], claims["quantity"].astype(str), strict=True))
    groups: dict[str, list[Line]] = {}
    for (claim, score), own in rows.groupby(["claim", "score"], sort=False):
        signs = " ".join(VERDICT_SIGNS[verdict] for verdict in own["verdict"])
        records = own.to_dict("records")
        spoken = ", ".join(
            f"{label(row['adjustment'])} {decimal(row['estimate'])} "
            f"({interval(row['ci_low'], row['ci_high'])}), {row['verdict']}"
            for row in records
        )
        mark = partial(_marks, str(score), records)
        room = _APART * max(len(records) - 3, 0)
        line = Line(score_name(score), signs, mark, spoken, room=room)
        groups.setdefault(f"{claim}: {short_quantity(about[claim])}", []).append(line)
    told = "; ".join(
        f"{claim}, {inside(line.name)}: {line.words}"
        for claim, lines in groups.items()
        for line in lines
    )
    return lined(
        groups,
        "The claims, with more held constant",
        f"from above, and signs from the left: {listed(names)}",
        axis="standardised beta (95 % bootstrap interval)",
        alt=f"Claims in standardised betas under each adjustment, with 95 % intervals. {told}.",
        finish=_scale,
        reference=0.0,
    )


def _marks(score: str, records: list[dict[Any, Any]], axes: Axes, theme: Theme, at: float) -> None:
    """Draw the estimates of a claim under each other; that of the study alone is filled."""
    colour = theme.score(score)
    for place, row in enumerate(records):
        y = at + _APART * (place - (len(records) - 1) / 2)
        axes.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, linewidth=1.1)
        axes.plot(
            row["estimate"], y, "o", color=colour, markersize=3.6, markeredgewidth=1,
            markerfacecolor=colour if place == 0 else theme.background,
        )  # fmt: skip


def _scale(figure: Figure, theme: Theme, axes: Axes) -> None:
    low, high = axes.dataLim.intervalx
    room = 0.04 * (high - low or 1.0)
    axes.set_xlim(low - room, high + room)
    ticks = readable_ticks(low, high, most=4)
    axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])
