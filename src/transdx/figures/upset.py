"""Which scores the findings go with: every combination, counted and split by modality."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from transdx.figures.layout import WIDTH, axes_in, heading, heading_height
from transdx.figures.patterns import THREE, check, modalities_in
from transdx.figures.picture import Note, Picture, render
from transdx.figures.style import MARKERS, Theme, label
from transdx.writing import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["intersections", "upset_plot"]

#: The seven combinations, all three first.
COMBINATIONS = tuple(
    "+".join(members) for size in (3, 2, 1) for members in combinations(THREE, size)
)

_LEFT = 1.62
_STEP = (WIDTH - _LEFT - 0.08) / len(COMBINATIONS)
_BARS, _DOTS, _LINE = 1.5, 0.27, 0.25


def intersections(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the findings of every combination of scores.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, associated, specific, beta, direction.

    Returns
    -------
    pandas.DataFrame
        For every modality and combination: modality, connections (whether connections
        are counted or regions and global features), associated, findings, specific (how
        many of the findings are specific to one score).
    """
    rows = check(specificity)
    rows = rows.assign(connections=rows["kind"] == "connection", alone=rows["specific"] != "")
    groups = [
        (modality, connections)
        for connections in (False, True)
        for modality in modalities_in(rows[rows["connections"] == connections])
    ]
    found = rows.groupby(["modality", "connections", "associated"])["alone"].agg(["size", "sum"])
    index = pd.MultiIndex.from_tuples(
        [(*group, associated) for group in groups for associated in COMBINATIONS],
        names=found.index.names,
    )
    table = found.reindex(index, fill_value=0).astype(int).reset_index()
    return table.rename(columns={"size": "findings", "sum": "specific"})


def upset_plot(specificity: pd.DataFrame) -> Picture | Note:
    """Draw how many findings go with which combination of the three scores.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, associated, specific, beta, direction.

    Returns
    -------
    Picture or Note
        Bars over regions and global features, the specific ones among them hatched; below
        them the combination, and counts by modality, those of connections apart. A
        sentence where nothing is associated.
    """
    table = intersections(specificity)
    if not table["findings"].sum():
        return Note("No feature of any modality survives FDR 5 % for any score.")
    small = table[~table["connections"]]
    bars = small.groupby("associated")[["findings", "specific"]].sum().reindex(COMBINATIONS)
    total, alone = int(bars["findings"].sum()), int(bars["specific"].sum())
    title = "Which scores the findings go with"
    subtitle = f"{count(total)} regional and global findings, {count(alone)} specific to one score"
    groups = table[["modality", "connections"]].drop_duplicates()
    lines = len(groups) + groups["connections"].nunique()
    foot = 0.3
    body = _BARS + 3 * _DOTS + 0.12 + lines * _LINE

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0, bottom=foot, width=WIDTH, height=body)
        axes.set(xlim=(0, WIDTH), ylim=(body, 0))
        axes.set_axis_off()
        _draw_bars(axes, theme, bars)
        _draw_combinations(axes, theme, top=_BARS + 0.06)
        _draw_counts(axes, theme, table, top=_BARS + 3 * _DOTS + 0.12)
        _key(figure, theme)

    return render(
        draw,
        size=(WIDTH, foot + body + heading_height(title, subtitle)),
        alt=f"{title}. {subtitle}. {_spoken(table)}.",
    )


def _spoken(table: pd.DataFrame) -> str:
    parts = []
    for associated in COMBINATIONS:
        rows = table[(table["associated"] == associated) & (table["findings"] > 0)]
        counts = ", ".join(
            f"{_line(modality, connections)} {count(findings)}"
            + (f" ({count(specific)} specific)" if specific else "")
            for modality, connections, findings, specific in zip(
                rows["modality"], rows["connections"], rows["findings"], rows["specific"],
                strict=True,
            )
        )  # fmt: skip
        names = associated.replace("+", " and ")
        parts.append(f"{names}: {counts or 'none'}")
    return "; ".join(parts)


def _line(modality: str, connections: bool) -> str:
    return f"{label(modality)} of connections" if connections else label(modality)


def _middle(place: int) -> float:
    return _LEFT + (place + 0.5) * _STEP


def _draw_bars(axes: Axes, theme: Theme, bars: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle

    most = max(int(bars["findings"].max()), 1)
    scale = (_BARS - 0.42) / most
    axes.text(0.06, _BARS - 0.62, "regions and", va="center", color=theme.ink)
    axes.text(0.06, _BARS - 0.44, "global measures", va="center", color=theme.ink)
    axes.plot([_LEFT, WIDTH - 0.06], [_BARS] * 2, color=theme.muted, linewidth=0.8)
    for place, (findings, specific) in enumerate(bars.to_numpy()):
        left, width = _middle(place) - 0.13, 0.26
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
            _middle(place), _BARS - height - 0.1, count(findings), ha="center", va="center",
            fontweight="bold",
        )  # fmt: skip
        if specific:
            axes.text(
                _middle(place), _BARS - height - 0.27, f"({count(specific)})", ha="center",
                va="center", fontsize=9, color=theme.muted,
            )  # fmt: skip


def _draw_combinations(axes: Axes, theme: Theme, *, top: float) -> None:
    for row, score in enumerate(THREE):
        at = top + (row + 0.5) * _DOTS
        axes.text(0.06, at, label(score).capitalize(), va="center", fontweight="bold")
        for place, associated in enumerate(COMBINATIONS):
            member = score in associated.split("+")
            axes.plot(
                _middle(place), at, MARKERS[score] if member else "o", zorder=3 if member else 1,
                markersize=8.5 if member else 4, markeredgewidth=0,
                color=theme.score(score) if member else theme.grid,
            )  # fmt: skip
    for place, associated in enumerate(COMBINATIONS):
        ats = [top + (THREE.index(score) + 0.5) * _DOTS for score in associated.split("+")]
        axes.plot([_middle(place)] * 2, [min(ats), max(ats)], color=theme.muted, lw=2, zorder=2)


def _draw_counts(axes: Axes, theme: Theme, table: pd.DataFrame, *, top: float) -> None:
    at = top
    for connections, half in table.groupby("connections", sort=False):
        words = "connections" if connections else "by measure"
        at += _LINE
        axes.plot([0.06, WIDTH - 0.06], [at - _LINE + 0.02] * 2, color=theme.grid, linewidth=0.8)
        axes.text(0.06, at - _LINE / 2 + 0.02, words, va="center", fontsize=9, color=theme.muted)
        for modality, rows in half.groupby("modality", sort=False):
            axes.text(0.06, at + _LINE / 2, _short(str(modality)), va="center", fontsize=9)
            findings = rows.set_index("associated")["findings"]
            for place, associated in enumerate(COMBINATIONS):
                number = int(findings[associated])
                axes.text(
                    _middle(place), at + _LINE / 2, count(number) if number else "·",
                    ha="center", va="center", fontsize=9,
                    color=theme.ink if number else theme.muted,
                )  # fmt: skip
            at += _LINE


def _short(modality: str) -> str:
    return label(modality).replace("connectivity", "connect.").capitalize()


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
