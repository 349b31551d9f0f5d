"""What of the findings is there again, with other people, scores or covariates."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.layout import BAR, WIDTH, colour_bar, paper, readable_ticks, widest
from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Gallery, Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import scores_in
from transdx.figures.canvas.scores import initials
from transdx.figures.canvas.style import Theme
from transdx.figures.charts.cells import Grid
from transdx.naming import label
from transdx.results.robustness import NOTHING_AGAIN
from transdx.results.select import ALPHA
from transdx.writing import count, decimal, interval, p_value, sentence_case, write

#: Inches: a row of cells, and above the first one.
_ROW, _HEAD = 0.36, 0.26


@reads()
def replications_plot(replications: pd.DataFrame) -> Picture | Note:
    """Draw how large the effects of all findings are in each repeat, of what they were.

    Beside it stands how many are found again. A note says so where there is none.
    """
    rows = replications[replications["retained"].notna()]
    if rows.empty:
        return Note(NOTHING_AGAIN)
    lines = [
        Line(
            sentence_case(str(row["label"])),
            f"{row['again']:.0f} of {row['findings']:.0f}",
            partial(_mark, row),
            f"{decimal(row['retained'], places=2)} "
            f"({interval(row['retained_low'], row['retained_high'], places=2)}), "
            f"{row['again']:.0f} of {row['findings']:.0f} again",
        )
        for row in rows.to_dict("records")
    ]
    told = "; ".join(f"{line.name}: {line.words}" for line in lines)
    return lined(
        {"": lines},
        "The findings in each repeat",
        "dashed: as large as they were; at the right: how many are found again",
        axis="size of effects, of what it was (95 % interval)",
        alt=f"Size of the effects of all findings in each repeat, of what it was. {told}.",
        finish=_scale,
        reference=0.0,
    )


def _mark(row: dict[Any, Any], axes: Axes, theme: Theme, at: float) -> None:
    axes.plot([row["retained_low"], row["retained_high"]], [at, at], color=theme.ink, linewidth=1.3)
    axes.plot(row["retained"], at, "o", color=theme.ink, markersize=4.5)


def _scale(figure: Figure, theme: Theme, axes: Axes) -> None:
    low, high = axes.dataLim.intervalx
    low, high = min(float(low), 0.0), max(float(high), 1.0)
    axes.axvline(1, color=theme.muted, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))
    ticks = readable_ticks(low, high, most=4)
    axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])


@reads()
def replication_heat(replication_maps: pd.DataFrame, replications: pd.DataFrame) -> Gallery | Note:
    """Draw how alike each map is in each repeat, a picture for each kind of measure.

    Below a correlation stands how many findings are found again, of how many. A note says so where
    nothing was repeated.
    """
    rows = replication_maps[replication_maps["r"].notna()]
    if rows.empty:
        return Note(NOTHING_AGAIN)
    names = dict(zip(replications["replication"], replications["label"].astype(str), strict=True))
    left = widest([sentence_case(name) for name in names.values()], points=9) + 0.16
    return Gallery([_heat(own, names, left) for _, own in rows.groupby("modality", sort=False)])


def _heat(rows: pd.DataFrame, names: dict[str, str], left: float) -> Picture:
    scores, modality = scores_in(rows), str(rows["modality"].iloc[0])
    lines = [name for name in names if name in set(rows["replication"])]
    body = _HEAD + _ROW * len(lines)
    cells = {(row["replication"], row["score"]): row for row in rows.to_dict("records")}
    width = max(WIDTH, left + 0.62 * len(scores) + 0.06)

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=BAR, height=body)
        grid = Grid(left, _HEAD, (width - left - 0.06) / len(scores), _ROW)
        for column, head in enumerate(_heads(scores, grid.across)):
            axes.text(grid.middle(0, column)[0], 0.12, head, ha="center", va="center", fontsize=9)
        for line, name in enumerate(lines):
            words = sentence_case(names[name])
            axes.text(0.06, grid.middle(line, 0)[1], words, va="center", fontsize=9)
            for column, score in enumerate(scores):
                if (name, score) in cells:
                    _cell(axes, theme, grid, line, column, cells[name, score])
        colour_bar(figure, theme, (-1.0, 1.0), text="correlation r with the map of the analysis")

    title = f"{sentence_case(label(modality))}: maps again"
    subtitle = "bold: more alike than by chance; below: findings found again"
    # All numbers are in the data of the picture; words name the least and the most alike.
    order = sorted(cells.values(), key=lambda row: float(row["r"]))
    least, most = ("; ".join(_told(row, names) for row in some) for some in (order[:4], order[-2:]))
    spoken = f"Least alike: {least}. Most alike: {most}"
    alt = f"{title}. {spoken}."
    return titled(draw, title, subtitle, height=BAR + body, width=width, alt=alt)


def _heads(scores: list[str], across: float) -> list[str]:
    names = [label(score) for score in scores]
    return names if widest(names, points=9) < across else list(initials(scores).values())


def _cell(
    axes: Axes, theme: Theme, grid: Grid, line: int, column: int, row: dict[Any, Any]
) -> None:
    """Write a correlation, and below it the findings, where there is any."""
    ink = grid.fill(axes, theme, line, column, row["r"], limit=1.0)
    across, down = grid.middle(line, column)
    look: Any = {"ha": "center", "va": "center", "color": ink}
    weight = "bold" if row["p"] <= ALPHA else "normal"
    found = _found(row)
    above = down - 0.075 * bool(found)
    axes.text(across, above, decimal(row["r"], places=2), fontsize=9, fontweight=weight, **look)
    axes.text(across, down + 0.085, found, fontsize=8, **look)


def _found(row: dict[Any, Any]) -> str:
    if not row["findings"] or math.isnan(row["findings"]):
        return ""
    return f"{count(row['again'])} of {count(row['findings'])}"


def _told(row: dict[Any, Any], names: dict[str, str]) -> str:
    found = f", {_found(row)} again" if _found(row) else ""
    where = f"{names[row['replication']]}, {label(row['score'])}"
    return f"{where} {decimal(row['r'], places=2)} ({p_value(row['p'])}){found}"
