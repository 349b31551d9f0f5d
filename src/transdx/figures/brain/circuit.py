"""The circuit of amygdala, hippocampus and medial prefrontal cortex, and what lies in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx import atlas
from transdx.figures.brain.paint import LINE, ROW, draw_brain
from transdx.figures.canvas.layout import paper, score_columns
from transdx.figures.canvas.lines import Line, draw_lines, set_lines
from transdx.figures.canvas.picture import Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check
from transdx.figures.canvas.scores import marker
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import score_name
from transdx.naming import label
from transdx.results.select import count_specific, scores_of
from transdx.writing import counted, decimal, p_value, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Shades of a region of the circuit with none, one, two, three or more findings.
_SHADES = {
    "light": ("#e3d8f1", "#bfa3df", "#8f62bd", "#5a3189"),
    "dark": ("#564a68", "#7d5fa6", "#a884d6", "#d9c2f5"),
}
_VIEWS = (("left", "medial"), ("right", "medial"))
#: Inches of a line of the table, left of its columns, and that a column needs for two counts.
_LINE, _LEFT, _COLUMN = 0.23, 1.95, 0.45

_Record = Mapping[Any, Any]


def circuit_counts(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the modalities with a specific finding, by region of the circuit and by score.

    The reactivity of the amygdala, which is measured nowhere else, is not counted.
    """
    table = check(specificity)
    counts = {score: count_specific(table, [score]) for score in scores_of(table)}
    return pd.DataFrame(counts).loc[list(atlas.CIRCUIT)]


@reads(circuit="score findings inside expected p")
def circuit_picture(specificity: pd.DataFrame, circuit: pd.DataFrame) -> Picture:
    """Draw the circuit with its specific findings, and how many chance would put there."""
    counts = circuit_counts(specificity)
    tests = circuit.to_dict("records")
    title = "Amygdala, hippocampus, medial prefrontal cortex"
    subtitle = "Findings specific to one score, counted per region"
    lines = set_lines(
        {
            "In the circuit, against chance": [
                Line(_name(row["score"]), _short(row), partial(_mark, row)) for row in tests
            ]
        }
    )
    chart = 0.5 + lines.height
    low = chart + 0.3 + _LINE * len(counts) / 2
    columns, _ = score_columns(list(counts.columns), left=_LEFT, least=_COLUMN, weight="bold")

    def draw(figure: Figure, theme: Theme) -> None:
        total = counts.sum(axis=1)
        fills = {str(region): (_SHADES[theme.name][min(n, 3)],) for region, n in total.items()}
        marks = {str(region): str(n) for region, n in total.items()}
        draw_brain(figure, theme, fills, bottom=low, marks=marks, views=_VIEWS)
        _draw_table(figure, theme, counts, bottom=chart, height=low - chart)
        axes = draw_lines(
            figure, theme, lines, bottom=0.5, axis="findings; diamond: expected by chance"
        )
        _scale(axes, tests)

    return titled(
        draw, title, subtitle, height=low + LINE + ROW + 0.12, width=max(columns, lines.width),
        alt=f"{title}. {subtitle}. {_spoken(counts)}. {'; '.join(map(_tested, tests))}.",
    )  # fmt: skip


def _spoken(counts: pd.DataFrame) -> str:
    parts = []
    for region, row in counts.iterrows():
        found = row[row > 0].items()
        words = ", ".join(f"{label(str(score))} {number}" for score, number in found)
        parts.append(f"{label(str(region))}: {words or 'none'}")
    return "; ".join(parts)


def _name(score: object) -> str:
    return score_name(score, every="Any score")


def _tested(row: _Record) -> str:
    of_all = f"of {row['findings']} specific findings"
    inside = counted(row["inside"], f"{of_all} lies in the circuit", f"{of_all} lie in the circuit")
    by_chance = f"{decimal(row['expected'], places=1)} expected by chance"
    return f"{_name(row['score'])}: {inside}, {by_chance}, {p_value(row['p'])}"


def _short(row: _Record) -> str:
    if not math.isfinite(row["p"]):
        return "no findings"
    return f"{row['inside']} of {row['findings']}, {p_value(row['p'])}"


def _draw_table(
    figure: Figure, theme: Theme, counts: pd.DataFrame, *, bottom: float, height: float
) -> None:
    """Print how many findings each region has: left and right, by score."""
    axes = paper(figure, theme, bottom=bottom, height=height)
    width = axes.get_xlim()[1]
    _, heads = score_columns(list(counts.columns), left=_LEFT, least=_COLUMN, weight="bold")
    step = (width - _LEFT - 0.06) / len(heads)
    axes.text(0.06, 0.12, "left | right", va="center", fontsize=9, color=theme.muted)
    axes.plot([0.06, width - 0.06], [0.24] * 2, color=theme.grid, linewidth=0.8)
    names = list(dict.fromkeys(atlas.split(str(region))[1] for region in counts.index))
    for line, name in enumerate(names):
        at = 0.27 + (line + 0.5) * _LINE
        axes.text(0.06, at, sentence_case(label(name)), va="center", fontsize=9)
    for place, (score, head) in enumerate(zip(counts, heads, strict=True)):
        middle = _LEFT + (place + 0.5) * step
        axes.text(
            middle, 0.12, head, ha="center", va="center", color=theme.score(str(score)),
            fontweight="bold", fontsize=9,
        )  # fmt: skip
        for line, name in enumerate(names):
            left, right = (int(counts[score][f"{side}_{name}"]) for side in atlas.HEMISPHERES)
            axes.text(
                middle, 0.27 + (line + 0.5) * _LINE, f"{left or '·'} | {right or '·'}",
                ha="center", va="center", fontsize=9,
                color=theme.ink if left or right else theme.muted,
            )  # fmt: skip


def _scale(axes: Axes, tests: list[dict[Any, Any]]) -> None:
    from matplotlib.ticker import MaxNLocator

    most = max(max(float(row["inside"]), float(row["expected"])) for row in tests) or 1.0
    axes.set_xlim(-0.04 * most, 1.06 * most)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _mark(row: _Record, axes: Axes, theme: Theme, at: float) -> None:
    """Set what lies in the circuit against what chance puts there."""
    score, inside, expected = str(row["score"]), row["inside"], row["expected"]
    axes.plot([expected, inside], [at, at], color=theme.muted, linewidth=1.2, zorder=1)
    axes.plot(
        expected, at, "D", markersize=6.5, markerfacecolor=theme.background,
        markeredgecolor=theme.ink, markeredgewidth=1.1,
    )  # fmt: skip
    axes.plot(inside, at, marker(score), markersize=8, color=theme.score(score))
