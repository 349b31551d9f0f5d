"""The circuit of amygdala, hippocampus and medial prefrontal cortex, and what lies in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx import atlas
from transdx.figures.brain.paint import SUBCORTEX_HEIGHT, draw_cortex, draw_subcortex
from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    heading,
    heading_height,
    score_columns,
    text_width,
)
from transdx.figures.canvas.picture import Picture, render
from transdx.figures.canvas.rows import check
from transdx.figures.canvas.style import Theme, label, require
from transdx.figures.scores import marker
from transdx.results.select import count_specific, scores_of
from transdx.writing import counted, decimal, p_value, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["circuit_counts", "circuit_picture"]

#: Shades of a region of the circuit with none, one, two, three or more findings.
_SHADES = {
    "light": ("#e3d8f1", "#bfa3df", "#8f62bd", "#5a3189"),
    "dark": ("#564a68", "#7d5fa6", "#a884d6", "#d9c2f5"),
}
_VIEWS = (("left", "medial"), ("right", "medial"))
_CORTEX = 1.5
_LINE = 0.23
_LEFT = 1.95
#: What a score needs to print two counts.
_COLUMN = 0.45


def circuit_counts(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the specific findings of each region of the circuit.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.

    Returns
    -------
    pandas.DataFrame
        Regions of `transdx.atlas.CIRCUIT` x scores: modalities with a finding that is
        specific to the score. The reactivity of the amygdala, which is measured nowhere
        else, is not counted.
    """
    table = check(specificity)
    counts = {score: count_specific(table, [score]) for score in scores_of(table)}
    return pd.DataFrame(counts).loc[list(atlas.CIRCUIT)]


def circuit_picture(specificity: pd.DataFrame, circuit: pd.DataFrame) -> Picture:
    """Draw the circuit with its specific findings, and how many chance would put there.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.
    circuit : pandas.DataFrame
        Score (each and ``all``), findings, inside, expected, p.

    Returns
    -------
    Picture
    """
    require(circuit, ("score", "findings", "inside", "expected", "p"), table="circuit")
    counts = circuit_counts(specificity)
    tests = circuit.to_dict("records")
    title = "Amygdala, hippocampus, medial prefrontal cortex"
    subtitle = "Findings specific to one score, counted per region"
    names = list(dict.fromkeys(atlas.split(region)[1] for region in atlas.CIRCUIT))
    chart = 0.78 + 0.27 * len(tests)
    table = 0.3 + _LINE * len(names)
    size = chart + table + SUBCORTEX_HEIGHT + _CORTEX + 0.12
    width, _ = score_columns(list(counts.columns), left=_LEFT, least=_COLUMN, weight="bold")

    def draw(figure: Figure, theme: Theme) -> None:
        shades = _SHADES[theme.name]
        total = counts.sum(axis=1)
        fills = {str(region): (shades[min(int(n), 3)],) for region, n in total.items()}
        marks = {str(region): str(n) for region, n in total.items()}
        heading(figure, theme, title, subtitle)
        low = chart + table
        draw_cortex(figure, theme, fills, bottom=low + SUBCORTEX_HEIGHT, marks=marks, views=_VIEWS)
        draw_subcortex(figure, theme, fills, bottom=low, marks=marks)
        _draw_table(figure, theme, counts, names, bottom=chart, height=table)
        _draw_tests(figure, theme, tests, height=chart)

    return render(
        draw,
        size=(width, size + heading_height(title, subtitle, width=width)),
        alt=f"{title}. {subtitle}. {_spoken(counts)}. {_tested(tests)}.",
    )


def _spoken(counts: pd.DataFrame) -> str:
    parts = []
    for region, row in counts.iterrows():
        found = row[row > 0].items()
        words = ", ".join(f"{label(str(score))} {number}" for score, number in found)
        parts.append(f"{label(str(region))}: {words or 'none'}")
    return "; ".join(parts)


def _name(score: str) -> str:
    return "Any score" if score == "all" else sentence_case(label(score))


def _tested(tests: list[dict[Any, Any]]) -> str:
    return "; ".join(
        f"{_name(row['score'])}: "
        + counted(
            row["inside"],
            f"of {row['findings']} specific findings lies in the circuit",
            f"of {row['findings']} specific findings lie in the circuit",
        )
        + f", {decimal(row['expected'], places=1)} expected by chance, {p_value(row['p'])}"
        for row in tests
    )


def _draw_table(
    figure: Figure,
    theme: Theme,
    counts: pd.DataFrame,
    names: list[str],
    *,
    bottom: float,
    height: float,
) -> None:
    """Print how many findings each region has: left and right, by score."""
    width, heads = score_columns(list(counts.columns), left=_LEFT, least=_COLUMN, weight="bold")
    axes = axes_in(figure, theme, left=0, bottom=bottom, width=width, height=height)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    step = (width - _LEFT - 0.06) / len(heads)
    axes.text(0.06, 0.12, "left | right", va="center", fontsize=9, color=theme.muted)
    for place, (score, head) in enumerate(zip(counts, heads, strict=True)):
        axes.text(
            _LEFT + (place + 0.5) * step, 0.12, head, ha="center", va="center",
            color=theme.score(str(score)), fontweight="bold", fontsize=9,
        )  # fmt: skip
    axes.plot([0.06, width - 0.06], [0.24] * 2, color=theme.grid, linewidth=0.8)
    for line, name in enumerate(names):
        at = 0.27 + (line + 0.5) * _LINE
        axes.text(0.06, at, sentence_case(label(name)), va="center", fontsize=9)
        for place, score in enumerate(counts):
            left, right = (int(counts[score][f"{side}_{name}"]) for side in atlas.HEMISPHERES)
            axes.text(
                _LEFT + (place + 0.5) * step, at, f"{left or '·'} | {right or '·'}", ha="center",
                va="center", fontsize=9, color=theme.ink if left or right else theme.muted,
            )  # fmt: skip


def _draw_tests(
    figure: Figure, theme: Theme, tests: list[dict[Any, Any]], *, height: float
) -> None:
    """Set what lies in the circuit against what chance puts there."""
    from matplotlib.ticker import MaxNLocator

    most = max(max(float(row["inside"]), float(row["expected"])) for row in tests)
    left = max(1.05, *(text_width(_name(row["score"])) + 0.16 for row in tests))
    right = 1.38
    axes = axes_in(
        figure, theme, left=left, bottom=0.42, width=WIDTH - left - right, height=height - 0.72
    )
    axes.set(xlim=(-0.04 * (most or 1), 1.06 * (most or 1)), ylim=(len(tests), 0))
    across = axes.get_yaxis_transform()
    inch = 1 / (WIDTH - left - right)
    axes.text(
        (0.06 - left) * inch, -0.42, "In the circuit, against chance", transform=across,
        va="center", fontweight="bold",
    )  # fmt: skip
    for line, row in enumerate(tests):
        at = line + 0.5
        _draw_test(axes, theme, row, at)
        axes.text((0.06 - left) * inch, at, _name(row["score"]), transform=across, va="center")
        axes.text(
            1 + (right - 0.06) * inch, at, _short(row), transform=across, ha="right",
            va="center", fontsize=9,
        )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    width, tall = figure.get_size_inches()
    words = "findings; diamond: expected by chance"
    figure.text(left / width, 0.08 / tall, words, fontsize=9, color=theme.muted, va="center")


def _short(row: dict[Any, Any]) -> str:
    if not math.isfinite(row["p"]):
        return "no findings"
    return f"{row['inside']} of {row['findings']}, {p_value(row['p'])}"


def _draw_test(axes: Axes, theme: Theme, row: dict[Any, Any], at: float) -> None:
    score = str(row["score"])
    axes.plot(
        [row["expected"], row["inside"]], [at, at], color=theme.muted, linewidth=1.2, zorder=1
    )
    axes.plot(
        row["expected"], at, "D", markersize=6.5, markerfacecolor=theme.background,
        markeredgecolor=theme.ink, markeredgewidth=1.1,
    )  # fmt: skip
    axes.plot(row["inside"], at, marker(score), markersize=8, color=theme.score(score))
