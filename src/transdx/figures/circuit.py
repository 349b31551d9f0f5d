"""The circuit of amygdala, hippocampus and medial prefrontal cortex, and what lies in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx import atlas
from transdx.figures.brains import SUBCORTEX_HEIGHT, draw_cortex, draw_subcortex
from transdx.figures.layout import WIDTH, axes_in, heading, heading_height
from transdx.figures.patterns import THREE, check
from transdx.figures.picture import Picture, render
from transdx.figures.style import MARKERS, Theme, label, require
from transdx.findings.patterns import count_specific
from transdx.writing import decimal, probability

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


def circuit_counts(specificity: pd.DataFrame) -> pd.DataFrame:
    """Count the specific findings of each region of the circuit.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, associated, specific, beta, direction.

    Returns
    -------
    pandas.DataFrame
        Regions of `transdx.atlas.CIRCUIT` x scores: modalities with a finding that is
        specific to the score. The reactivity of the amygdala, which is measured nowhere
        else, is not counted.
    """
    table = check(specificity)
    counts = {score: count_specific(table, [score]) for score in THREE}
    return pd.DataFrame(counts).loc[list(atlas.CIRCUIT)]


def circuit_picture(specificity: pd.DataFrame, circuit: pd.DataFrame) -> Picture:
    """Draw the circuit with its specific findings, and how many chance would put there.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, associated, specific, beta, direction.
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
        size=(WIDTH, size + heading_height(title, subtitle)),
        alt=f"{title}. {subtitle}. {_spoken(counts)}. {_tested(tests)}.",
    )


def _spoken(counts: pd.DataFrame) -> str:
    parts = []
    for region, row in counts.iterrows():
        words = ", ".join(f"{label(score)} {row[score]}" for score in THREE if row[score])
        parts.append(f"{label(str(region))}: {words or 'none'}")
    return "; ".join(parts)


def _name(score: str) -> str:
    return "Any score" if score == "all" else label(score).capitalize()


def _p(value: float) -> str:
    return f"p = {probability(value)}".replace("= <", "< ")


def _tested(tests: list[dict[Any, Any]]) -> str:
    return "; ".join(
        f"{_name(row['score'])}: {row['inside']} of {row['findings']} specific findings lie in "
        f"the circuit, {decimal(row['expected'], places=1)} expected by chance, {_p(row['p'])}"
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
    axes = axes_in(figure, theme, left=0, bottom=bottom, width=WIDTH, height=height)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    step = (WIDTH - _LEFT - 0.06) / len(THREE)
    axes.text(0.06, 0.12, "left | right", va="center", fontsize=9, color=theme.muted)
    for place, score in enumerate(THREE):
        axes.text(
            _LEFT + (place + 0.5) * step, 0.12, label(score), ha="center", va="center",
            color=theme.score(score), fontweight="bold", fontsize=9,
        )  # fmt: skip
    axes.plot([0.06, WIDTH - 0.06], [0.24] * 2, color=theme.grid, linewidth=0.8)
    for line, name in enumerate(names):
        at = 0.27 + (line + 0.5) * _LINE
        axes.text(0.06, at, label(name).capitalize(), va="center", fontsize=9)
        for place, score in enumerate(THREE):
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
    left, right = 1.05, 1.38
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
            1 + (right - 0.06) * inch, at, f"{row['inside']} of {row['findings']}, {_p(row['p'])}"
            if math.isfinite(row["p"]) else "no findings",
            transform=across, ha="right", va="center", fontsize=9,
        )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    width, tall = figure.get_size_inches()
    words = "findings; diamond: expected by chance"
    figure.text(left / width, 0.08 / tall, words, fontsize=9, color=theme.muted, va="center")


def _draw_test(axes: Axes, theme: Theme, row: dict[Any, Any], at: float) -> None:
    score = str(row["score"])
    axes.plot(
        [row["expected"], row["inside"]], [at, at], color=theme.muted, linewidth=1.2, zorder=1
    )
    axes.plot(
        row["expected"], at, "D", markersize=6.5, markerfacecolor=theme.background,
        markeredgecolor=theme.ink, markeredgewidth=1.1,
    )  # fmt: skip
    axes.plot(row["inside"], at, MARKERS.get(score, "o"), markersize=8, color=theme.score(score))
