"""Which scores the findings go with: every combination, counted and split by modality."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from transdx.figures.canvas.layout import WIDTH, axes_in, heading, heading_height, text_width
from transdx.figures.canvas.picture import Note, Picture, render
from transdx.figures.canvas.rows import check, modalities_in
from transdx.figures.canvas.style import Theme, label
from transdx.figures.scores import marker
from transdx.results.select import FDR, scores_of
from transdx.writing import count, counted, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["intersections", "upset_plot"]

#: So many combinations are all shown; of more, those that hold findings.
_MOST_SHOWN = 7
_BARS, _DOTS, _LINE = 1.5, 0.27, 0.25


class _Grid(NamedTuple):
    """Where the columns stand: a combination each."""

    scores: list[str]
    columns: list[str]
    left: float
    step: float

    @property
    def width(self) -> float:
        return self.left + self.step * len(self.columns) + 0.08

    def middle(self, place: int) -> float:
        return self.left + (place + 0.5) * self.step


def intersections(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the findings of every combination of scores.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.

    Returns
    -------
    pandas.DataFrame
        For every modality and combination: modality, connections (whether connections
        are counted or regions and global features), associated, findings, specific (how
        many of the findings are specific to one score). The largest combinations come first.
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


def upset_plot(specificity: pd.DataFrame) -> Picture | Note:
    """Draw how many findings go with which combination of scores.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.

    Returns
    -------
    Picture or Note
        Bars over regions and global features, the specific ones among them hatched; below
        them the combination, and counts by modality, those of connections apart. A
        sentence where nothing is associated.
    """
    table = intersections(specificity)
    if not table["findings"].sum():
        return Note(f"No feature of any modality survives {FDR} for any score.")
    small = table[~table["connections"]]
    sums = small.groupby("associated")[["findings", "specific"]].sum()
    largest = max(table["findings"].max(), sums["findings"].max())
    grid = _grid(table, scores_of(specificity), largest=largest)
    bars = sums.reindex(grid.columns, fill_value=0)
    total, alone = int(bars["findings"].sum()), int(bars["specific"].sum())
    title = "Which scores the findings go with"
    found = counted(total, "regional or global finding", "regional and global findings")
    subtitle = f"{found}, {count(alone)} specific to one score"
    groups = table[["modality", "connections"]].drop_duplicates()
    lines = len(groups) + groups["connections"].nunique()
    foot = 0.3
    dots = len(grid.scores) * _DOTS
    body = _BARS + dots + 0.12 + lines * _LINE

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0, bottom=foot, width=grid.width, height=body)
        axes.set(xlim=(0, grid.width), ylim=(body, 0))
        axes.set_axis_off()
        _draw_bars(axes, theme, bars, grid)
        _draw_combinations(axes, theme, grid, top=_BARS + 0.06)
        _draw_counts(axes, theme, table, grid, top=_BARS + dots + 0.12)
        _key(figure, theme)

    return render(
        draw,
        size=(grid.width, foot + body + heading_height(title, subtitle, width=grid.width)),
        alt=f"{title}. {subtitle}. {_spoken(table, grid)}.",
    )


def _grid(table: pd.DataFrame, scores: list[str], *, largest: int) -> _Grid:
    """Choose the columns, and give them the room that the widest count needs."""
    columns = list(dict.fromkeys(table["associated"]))
    if len(columns) > _MOST_SHOWN:
        held = set(table.loc[table["findings"] > 0, "associated"])
        columns = [name for name in columns if name in held]
    names = [text_width(sentence_case(label(score)), weight="bold") for score in scores]
    left = max(1.62, max(names) + 0.2)
    widest = text_width(count(largest), points=9, weight="bold") + 0.08
    return _Grid(scores, columns, left, max(widest, (WIDTH - left - 0.08) / len(columns)))


def _spoken(table: pd.DataFrame, grid: _Grid) -> str:
    parts = []
    for associated in grid.columns:
        rows = table[(table["associated"] == associated) & (table["findings"] > 0)]
        counts = ", ".join(
            f"{_line(modality, connections)} {count(findings)}"
            + (f" ({count(specific)} specific)" if specific else "")
            for modality, connections, findings, specific in zip(
                rows["modality"], rows["connections"], rows["findings"], rows["specific"],
                strict=True,
            )
        )  # fmt: skip
        names = " and ".join(map(label, associated.split("+")))
        parts.append(f"{names}: {counts or 'none'}")
    return "; ".join(parts)


def _line(modality: str, connections: bool) -> str:
    return f"{label(modality)} of connections" if connections else label(modality)


def _draw_bars(axes: Axes, theme: Theme, bars: pd.DataFrame, grid: _Grid) -> None:
    from matplotlib.patches import Rectangle

    most = max(int(bars["findings"].max()), 1)
    scale = (_BARS - 0.42) / most
    axes.text(0.06, _BARS - 0.62, "regions and", va="center", color=theme.ink)
    axes.text(0.06, _BARS - 0.44, "global measures", va="center", color=theme.ink)
    axes.plot([grid.left, grid.width - 0.06], [_BARS] * 2, color=theme.muted, linewidth=0.8)
    for place, (findings, specific) in enumerate(bars.to_numpy()):
        width = min(0.26, 0.7 * grid.step)
        left = grid.middle(place) - width / 2
        height, part = findings * scale, specific * scale
        axes.add_patch(
            Rectangle((left, _BARS - height), width, height, facecolor=theme.muted, lw=0)
        )
        axes.add_patch(
            Rectangle(
                (left, _BARS - part), width, part, facecolor=theme.background, hatch="//////",
                edgecolor=theme.muted, lw=0.8,
            )
        )  # fmt: skip
        axes.text(
            grid.middle(place), _BARS - height - 0.1, count(findings), ha="center", va="center",
            fontweight="bold",
        )  # fmt: skip
        if specific:
            axes.text(
                grid.middle(place), _BARS - height - 0.27, f"({count(specific)})", ha="center",
                va="center", fontsize=9, color=theme.muted,
            )  # fmt: skip


def _draw_combinations(axes: Axes, theme: Theme, grid: _Grid, *, top: float) -> None:
    for row, score in enumerate(grid.scores):
        at = top + (row + 0.5) * _DOTS
        axes.text(0.06, at, sentence_case(label(score)), va="center", fontweight="bold")
        for place, associated in enumerate(grid.columns):
            member = score in associated.split("+")
            axes.plot(
                grid.middle(place), at, marker(score) if member else "o", zorder=3 if member else 1,
                markersize=8.5 if member else 4, markeredgewidth=0,
                color=theme.score(score) if member else theme.grid,
            )  # fmt: skip
    for place, associated in enumerate(grid.columns):
        ats = [top + (grid.scores.index(score) + 0.5) * _DOTS for score in associated.split("+")]
        axes.plot([grid.middle(place)] * 2, [min(ats), max(ats)], color=theme.muted, lw=2, zorder=2)


def _draw_counts(axes: Axes, theme: Theme, table: pd.DataFrame, grid: _Grid, *, top: float) -> None:
    at = top
    for connections, half in table.groupby("connections", sort=False):
        words = "connections" if connections else "by measure"
        at += _LINE
        axes.plot(
            [0.06, grid.width - 0.06], [at - _LINE + 0.02] * 2, color=theme.grid, linewidth=0.8
        )
        axes.text(0.06, at - _LINE / 2 + 0.02, words, va="center", fontsize=9, color=theme.muted)
        for modality, rows in half.groupby("modality", sort=False):
            axes.text(0.06, at + _LINE / 2, _short(str(modality)), va="center", fontsize=9)
            findings = rows.set_index("associated")["findings"]
            for place, associated in enumerate(grid.columns):
                number = int(findings[associated])
                axes.text(
                    grid.middle(place), at + _LINE / 2, count(number) if number else "·",
                    ha="center", va="center", fontsize=9,
                    color=theme.ink if number else theme.muted,
                )  # fmt: skip
            at += _LINE


def _short(modality: str) -> str:
    return sentence_case(label(modality).replace("connectivity", "connect."))


def _key(figure: Figure, theme: Theme) -> None:
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    figure.add_artist(
        Rectangle(
            (0.08 / width, 0.06 / height), 0.2 / width, 0.14 / height, hatch="//////",
            transform=figure.transFigure, facecolor=theme.background, edgecolor=theme.muted,
            linewidth=0.8,
        )
    )  # fmt: skip
    words = "hatched and in brackets: specific to one score"
    figure.text(0.36 / width, 0.13 / height, words, va="center", fontsize=9, color=theme.muted)
