"""Which scores the findings go with: every combination, counted and split by modality."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from transdx.figures.canvas.layout import WIDTH, paper, text_width, widest
from transdx.figures.canvas.picture import Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check, modalities_in
from transdx.figures.canvas.scores import marker
from transdx.figures.canvas.style import Theme
from transdx.figures.charts.cells import Grid
from transdx.naming import label
from transdx.results.select import FDR, scores_of
from transdx.writing import count, counted, sentence_case

#: So many combinations are all shown; of more, those that hold findings.
_MOST_SHOWN = 7
#: Inches: bars are tall, a row of dots, a line of counts, and below all.
_BARS, _DOTS, _LINE, _FOOT = 1.5, 0.27, 0.25, 0.3
_HATCHED: dict[str, Any] = {"hatch": "//////", "linewidth": 0.8}


def intersections(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the findings of every combination of scores, the largest combinations first.

    For every modality and combination: modality, connections (whether connections are counted
    or regions and global features), associated, findings, specific (how many of the findings
    are specific to one score).
    """
    rows = check(specificity)
    scores = scores_of(rows)
    sizes = range(len(scores), 0, -1)
    everything = ["+".join(members) for size in sizes for members in combinations(scores, size)]
    rows = rows.assign(connections=rows["kind"] == "connection", alone=rows["specific"] != "")
    groups = [
        (modality, connections)
        for connections in (False, True)
        for modality in modalities_in(rows[rows["connections"] == connections])
    ]
    found = rows.groupby(["modality", "connections", "associated"])["alone"].agg(["size", "sum"])
    index = pd.MultiIndex.from_tuples(
        [(*group, associated) for group in groups for associated in everything],
        names=found.index.names,
    )
    table = found.reindex(index, fill_value=0).astype(int).reset_index()
    return table.rename(columns={"size": "findings", "sum": "specific"})


@reads()
def upset_plot(specificity: pd.DataFrame) -> Picture | Note:
    """Draw how many findings go with which combination of scores.

    Bars count regions and global features, the specific ones among them hatched; below them
    stand the combination, and counts by modality, those of connections apart. A note says so
    where nothing is associated.
    """
    table = intersections(specificity)
    if not table["findings"].sum():
        return Note(f"No feature of any modality survives {FDR} for any score.")
    scores, shown = scores_of(specificity), _shown(table)
    small = table[~table["connections"]].groupby("associated")[["findings", "specific"]].sum()
    bars = small.reindex(shown, fill_value=0)
    total, alone = int(bars["findings"].sum()), int(bars["specific"].sum())
    found = counted(total, "regional or global finding", "regional and global findings")
    title = "Which scores the findings go with"
    subtitle = f"{found}, {count(alone)} specific to one score"
    largest = max(table["findings"].max(), bars["findings"].max())
    grid = _grid(scores, shown, largest=count(largest))
    width = grid.left + grid.across * len(shown) + 0.08
    groups = table[["modality", "connections"]].drop_duplicates()
    counts = grid.top + len(scores) * _DOTS + 0.06
    body = counts + _LINE * (len(groups) + groups["connections"].nunique())

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=0, height=body + _FOOT)
        _draw_bars(axes, theme, bars, grid)
        _draw_combinations(axes, theme, scores, shown, grid)
        _draw_counts(axes, theme, table[table["associated"].isin(shown)], grid, top=counts)
        _key(axes, theme, at=body + _FOOT - 0.13)

    return titled(
        draw, title, subtitle, height=body + _FOOT, width=width,
        alt=f"{title}. {subtitle}. {_spoken(table, shown)}.",
    )  # fmt: skip


def _shown(table: pd.DataFrame) -> list[str]:
    combined = list(dict.fromkeys(table["associated"]))
    held = set(table.loc[table["findings"] > 0, "associated"])
    return combined if len(combined) <= _MOST_SHOWN else [one for one in combined if one in held]


def _grid(scores: list[str], shown: list[str], *, largest: str) -> Grid:
    """Give a column to each combination, with the room that names and the widest count need."""
    names = [sentence_case(label(score)) for score in scores]
    left = max(1.62, widest(names, weight="bold") + 0.2)
    needed = text_width(largest, points=9, weight="bold") + 0.08
    across = max(needed, (WIDTH - left - 0.08) / len(shown))
    return Grid(left, _BARS + 0.06, across, _DOTS)


def _spoken(table: pd.DataFrame, shown: list[str]) -> str:
    parts = []
    for associated in shown:
        rows = table[(table["associated"] == associated) & (table["findings"] > 0)]
        counts = ", ".join(
            f"{label(row['modality'])}{' of connections' if row['connections'] else ''} "
            f"{count(row['findings'])}"
            + (f" ({count(row['specific'])} specific)" if row["specific"] else "")
            for row in rows.to_dict("records")
        )
        names = " and ".join(map(label, associated.split("+")))
        parts.append(f"{names}: {counts or 'none'}")
    return "; ".join(parts)


def _draw_bars(axes: Axes, theme: Theme, bars: pd.DataFrame, grid: Grid) -> None:
    scale = (_BARS - 0.42) / max(int(bars["findings"].max()), 1)
    axes.text(0.06, _BARS - 0.62, "regions and", va="center", color=theme.ink)
    axes.text(0.06, _BARS - 0.44, "global measures", va="center", color=theme.ink)
    axes.plot([grid.left, axes.get_xlim()[1] - 0.06], [_BARS] * 2, color=theme.muted, linewidth=0.8)
    look: Any = {"ha": "center", "va": "center"}
    hatched = {"facecolor": theme.background, "edgecolor": theme.muted, **_HATCHED}
    for column, (findings, specific) in enumerate(bars.to_numpy()):
        middle, width = grid.middle(0, column)[0], min(0.26, 0.7 * grid.across)
        height = findings * scale
        axes.bar(middle, -height, width, _BARS, color=theme.muted, linewidth=0)
        axes.bar(middle, -specific * scale, width, _BARS, **hatched)
        top = _BARS - height
        axes.text(middle, top - 0.1, count(findings), fontweight="bold", **look)
        if specific:
            words = f"({count(specific)})"
            axes.text(middle, top - 0.27, words, fontsize=9, color=theme.muted, **look)


def _draw_combinations(
    axes: Axes, theme: Theme, scores: list[str], shown: list[str], grid: Grid
) -> None:
    for row, score in enumerate(scores):
        name = sentence_case(label(score))
        axes.text(0.06, grid.middle(row, 0)[1], name, va="center", fontweight="bold")
    for column, associated in enumerate(shown):
        members = associated.split("+")
        for row, score in enumerate(scores):
            member = score in members
            axes.plot(
                *grid.middle(row, column), marker(score) if member else "o",
                zorder=3 if member else 1, markersize=8.5 if member else 4, markeredgewidth=0,
                color=theme.score(score) if member else theme.grid,
            )  # fmt: skip
        ends = [scores.index(members[0]), scores.index(members[-1])]
        places = [grid.middle(row, column) for row in ends]
        axes.plot(*zip(*places, strict=True), color=theme.muted, linewidth=2, zorder=2)


def _draw_counts(axes: Axes, theme: Theme, table: pd.DataFrame, grid: Grid, *, top: float) -> None:
    right = axes.get_xlim()[1] - 0.06
    lines = Grid(grid.left, top, grid.across, _LINE)
    line = 0
    for connections, half in table.groupby("connections", sort=False):
        words, at = "connections" if connections else "by measure", lines.middle(line, 0)[1]
        axes.plot([0.06, right], [at - _LINE / 2 + 0.02] * 2, color=theme.grid, linewidth=0.8)
        axes.text(0.06, at + 0.02, words, va="center", fontsize=9, color=theme.muted)
        for modality, rows in half.groupby("modality", sort=False):
            line += 1
            name = sentence_case(label(str(modality)).replace("connectivity", "connect."))
            axes.text(0.06, lines.middle(line, 0)[1], name, va="center", fontsize=9)
            for column, number in enumerate(rows["findings"]):
                colour, text = (theme.ink, count(number)) if number else (theme.muted, "·")
                lines.write(axes, line, column, text, fontsize=9, color=colour)
        line += 1


def _key(axes: Axes, theme: Theme, *, at: float) -> None:
    look = {"facecolor": theme.background, "edgecolor": theme.muted, **_HATCHED}
    axes.add_patch(Rectangle((0.08, at - 0.07), 0.2, 0.14, **look))
    words = "hatched and in brackets: specific to one score"
    axes.text(0.36, at, words, va="center", fontsize=9, color=theme.muted)
