"""Two nulls of enrichment beside each other: permuted scores and spun maps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.figures.canvas.layout import WIDTH, axes_in, heading, heading_height, text_width
from transdx.figures.canvas.picture import Picture, render
from transdx.figures.canvas.style import Theme, label, require, scores_in
from transdx.figures.charts.enrichment import KIND_NAMES, NEEDED, found_words, of_modality
from transdx.figures.scores import marker
from transdx.results.select import ALPHA, LEVEL, survives
from transdx.writing import p_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["null_comparison"]

#: How the mark of a kind of annotation is filled.
_FILLS: dict[str, Any] = {"receptor": "full", "domain": "none", "network": "left"}


def null_comparison(enrichment: pd.DataFrame, *, modality: str) -> Picture:
    """Set the p of two nulls beside each other: permuted scores and spun maps.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    modality : str
        Whose betas.

    Returns
    -------
    Picture
        A mark per annotation and score, on axes of minus the logarithm of p.
    """
    require(enrichment, (*NEEDED, "p_permutation"), table="enrichment")
    rows = of_modality(enrichment, modality)
    rows = rows[rows["p_permutation"].notna() & rows["p_spin"].notna()]
    require(rows, NEEDED, table=f"enrichment of {modality} with p under both nulls")
    under = {name: int(survives(rows, name).sum()) for name in ("p_permutation", "p_spin")}
    title = (
        f"p ≤ {LEVEL} in {under['p_permutation']} of {len(rows)} against permuted scores, in "
        f"{under['p_spin']} against spun maps"
    )
    subtitle = f"{label(modality)}; {found_words(rows)}"

    scores = scores_in(rows)
    width = max(WIDTH, 0.2 + sum(text_width(label(score), points=9) + 0.42 for score in scores))

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0.86, bottom=1.0, width=width - 1.3, height=3.0)
        _scatter(axes, theme, rows)
        _null_key(figure, theme, scores=scores, kinds=set(rows["kind"]))

    smallest = rows.iloc[int(rows["p_spin"].to_numpy().argmin())]
    alt = (
        f"Each annotation and score by its p against permuted scores and against spun maps: "
        f"{title}. {subtitle}. Smallest p against spun maps: {label(smallest['annotation'])} and "
        f"{label(smallest['score'])}, {p_value(float(smallest['p_spin']))}."
    )
    height = 4.22 + heading_height(title, subtitle, width=width)
    return render(draw, size=(width, height), alt=alt)


def _scatter(axes: Axes, theme: Theme, rows: pd.DataFrame) -> None:
    line = -math.log10(ALPHA)
    axes.axvline(line, color=theme.muted, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.axhline(line, color=theme.muted, linewidth=0.9, linestyle=(0, (4, 2)))
    for (score, kind), points in rows.groupby(["score", "kind"], sort=False):
        axes.plot(
            -np.log10(points["p_permutation"]), -np.log10(points["p_spin"]),
            marker(str(score)), color=theme.score(str(score)), markersize=6,
            fillstyle=_FILLS.get(str(kind), "full"), markerfacecoloralt=theme.background,
            markeredgewidth=1.0, clip_on=False, alpha=0.85,
        )  # fmt: skip
    most = max(-math.log10(float(rows[["p_permutation", "p_spin"]].min().min())), 1.6)
    ticks = [1, 0.1, 0.01, 0.001]
    names = ["1", "0.1", "0.01", "0.001"]
    places = [-math.log10(tick) for tick in ticks]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(places, names)
    axes.set(xlim=(-0.05, most * 1.05), ylim=(-0.05, most * 1.05))
    axes.set_xlabel("p against permuted scores (smaller →)")
    axes.set_ylabel("p against spun maps (smaller →)")
    look: Any = {"textcoords": "offset points", "fontsize": 9, "color": theme.muted}
    end = most * 1.05
    axes.annotate(LEVEL, (end, line), xytext=(5, 0), va="center", **look)
    axes.annotate(LEVEL, (line, end), xytext=(0, 2), ha="center", **look)


def _null_key(figure: Figure, theme: Theme, *, scores: list[str], kinds: set[str]) -> None:
    width = float(figure.get_size_inches()[0])
    axes = axes_in(figure, theme, left=0, bottom=0.04, width=width, height=0.5)
    axes.set(xlim=(0, width), ylim=(0, 0.5))
    axes.set_axis_off()
    left = 0.2
    for score in scores:
        axes.plot(left, 0.37, marker(score), color=theme.score(score), markersize=6)
        axes.text(left + 0.12, 0.37, label(score), va="center", fontsize=9)
        left += text_width(label(score), points=9) + 0.42
    left = 0.2
    for kind in (one for one in KIND_NAMES if one in kinds):
        axes.plot(
            left, 0.12, "o", color=theme.ink, markersize=6, fillstyle=_FILLS[kind],
            markerfacecoloralt=theme.background,
        )  # fmt: skip
        axes.text(left + 0.12, 0.12, KIND_NAMES[kind][0], va="center", fontsize=9)
        left += text_width(KIND_NAMES[kind][0], points=9) + 0.36
