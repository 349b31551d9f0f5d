"""Do betas follow receptors, cognitive domains and networks? Heat maps, and two nulls."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    key_line,
    paper,
    score_columns,
    text_width,
    widest,
)
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import require, scores_in, taken
from transdx.figures.canvas.scores import initials, marker
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import found_words
from transdx.figures.charts.cells import Grid
from transdx.naming import label
from transdx.results.select import ALPHA, FDR, LEVEL, stands_out, survives
from transdx.writing import decimal, p_value, sentence_case

#: Kinds of annotations in reading order, one and several, and how their marks are filled.
_KINDS: dict[str, tuple[str, str, Any]] = {
    "receptor": ("receptor or transporter", "receptors and transporters", "full"),
    "domain": ("cognitive domain", "cognitive domains", "none"),
    "network": ("network", "networks", "left"),
}
_NEEDED = "modality kind annotation score estimate p_fdr p_centred_fdr p_spin"
#: Inches: height of a row, and width of a cell.
_ROW, _CELL = 0.25, 0.74
#: A dot for the level and a diamond around it for the place.
_LOOKS: dict[str, dict[str, Any]] = {
    "level": {"marker": "o", "markersize": 3.2, "markeredgewidth": 0},
    "place": {
        "marker": "D", "markersize": 6.5, "markeredgewidth": 1.0, "markerfacecolor": "none",
    },
}  # fmt: skip
_KEY = (
    (_LOOKS["level"], f"level ({FDR})"),
    (_LOOKS["place"], "stands out as a place"),
    ({"marker": "$≠$", "markersize": 6, "markeredgewidth": 0}, "scores differ"),
)


@reads(enrichment=_NEEDED)
def enrichment_heatmaps(
    enrichment: pd.DataFrame, enrichment_contrasts: pd.DataFrame, *, modality: str
) -> Gallery:
    """Draw the weighted mean beta of each annotation and score, in a heat map per kind.

    They share one colour scale, and have a row per annotation, the strongest first; a dot where
    the mean survives FDR 5 % as a level, a diamond where it stands out as a place (see
    `transdx.results.select.stands_out`); at the right, which scores differ.
    """
    rows = taken(enrichment, "modality", modality)
    rows = rows.assign(level=survives(rows), place=stands_out(rows))
    scores, limit = scores_in(rows), colour_limit(rows["estimate"])
    apart = _differences(enrichment_contrasts, modality=modality, scores=scores)
    # The same for all kinds, so that their columns stand below each other.
    right = widest([*apart.values(), "differ"], points=9) + 0.14
    pictures = []
    for kind in (kind for kind in _KINDS if (rows["kind"] == kind).any()):
        differ = {name: words for (of, name), words in apart.items() if of == kind}
        of_kind = rows[rows["kind"] == kind]
        pictures.append(_heatmap(of_kind, scores, differ, limit=limit, right=right))
    return Gallery(pictures)


def _heatmap(
    rows: pd.DataFrame, scores: list[str], differ: dict[str, str], *, limit: float, right: float
) -> Picture:
    strength = rows["estimate"].abs().groupby(rows["annotation"]).max()
    names = [str(name) for name in strength.sort_values(ascending=False, kind="stable").index]
    cells = {(str(row["annotation"]), row["score"]): row for row in rows.to_dict("records")}
    modality, kind = (str(rows[column].iloc[0]) for column in ("modality", "kind"))
    title = f"{sentence_case(label(modality))}: {_KINDS[kind][1]}"
    subtitle = found_words(rows)
    wide = widest([label(name) for name in names], points=9) + 0.14 + right
    width = max(WIDTH, wide + _CELL * len(scores))
    grid = Grid(width - right - _CELL * len(scores), 0.28, _CELL, _ROW)
    body = 0.3 + _ROW * len(names)
    _, heads = score_columns(scores, left=grid.left, right=right, least=_CELL)

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=0.98, height=body)
        for column, head in enumerate(heads):
            axes.text(grid.middle(0, column)[0], 0.14, head, ha="center", va="center", fontsize=9)
        end = width - right + 0.08
        axes.text(end, 0.14, "differ", va="center", fontsize=9, color=theme.muted)
        for row, name in enumerate(names):
            at = grid.middle(row, 0)[1]
            axes.text(grid.left - 0.08, at, label(name), ha="right", va="center", fontsize=9)
            axes.text(end, at, differ.get(name, ""), va="center", fontsize=9)
            for column, score in enumerate(scores):
                if cell := cells.get((name, score)):
                    ink = grid.fill(axes, theme, row, column, cell["estimate"], limit=limit)
                    _mark(axes, grid.middle(row, column), cell, ink)
        key_line(paper(figure, theme, bottom=0.64, height=0.3), theme, _KEY, at=0.16)
        colour_bar(figure, theme, (-limit, limit), text="weighted mean beta")

    spoken = "; ".join(
        _told(name, [cells[name, s] for s in scores if (name, s) in cells], differ.get(name, ""))
        for name in names
    )
    alt = f"{title}: weighted mean betas. {subtitle}. {spoken}."
    return titled(draw, title, subtitle, height=1.02 + body, width=width, alt=alt)


def _mark(axes: Axes, middle: tuple[float, float], cell: dict[Any, Any], ink: str) -> None:
    """Write an estimate in its cell, with what it survives."""
    across, at = middle
    estimate = decimal(cell["estimate"])
    axes.text(across + 0.15, at, estimate, ha="right", va="center", fontsize=9, color=ink)
    for name, look in _LOOKS.items():
        if cell[name]:
            axes.plot(across + 0.26, at, color=ink, **look)


def _told(name: str, cells: list[dict[Any, Any]], differ: str) -> str:
    values = []
    for cell in cells:
        marks = ", ".join(mark for mark in _LOOKS if cell[mark])
        value = f"{label(cell['score'])} {decimal(cell['estimate'])}"
        values.append(f"{value} ({marks})" if marks else value)
    return f"{label(name)}: {', '.join(filter(None, [*values, differ]))}"


def differing(pairs: set[frozenset[str]], scores: list[str]) -> str:
    """Say with initials which pairs of all scores differ: ``A ≠ I, D``."""
    found = [pair for pair in combinations(scores, 2) if frozenset(pair) in pairs]
    if len(found) == len(scores) * (len(scores) - 1) / 2 and len(found) > 1:
        return "all differ"
    short, told = initials(scores), []
    while found:
        # The score in most of the pairs that are left first.
        one = max(scores, key=lambda score: sum(score in pair for pair in found))
        others = [other for pair in found for other in pair if one in pair and other != one]
        told.append(f"{short[one]} ≠ {', '.join(short[other] for other in others)}")
        found = [pair for pair in found if one not in pair]
    return "; ".join(told)


def _differences(
    contrasts: pd.DataFrame, *, modality: str, scores: list[str]
) -> dict[tuple[str, str], str]:
    """Say for each kind and annotation that has any which scores differ."""
    if contrasts.empty:
        return {}
    needed = "modality kind annotation score_a score_b p_fdr"
    require(contrasts, needed.split(), table="enrichment_contrasts")
    rows = contrasts[(contrasts["modality"] == modality) & survives(contrasts)]
    return {
        (str(kind), str(name)): differing(
            {frozenset(pair) for pair in zip(found["score_a"], found["score_b"], strict=True)},
            scores,
        )
        for (kind, name), found in rows.groupby(["kind", "annotation"])
    }


@reads(enrichment=f"{_NEEDED} p_permutation")
def null_comparison(enrichment: pd.DataFrame, *, modality: str) -> Picture:
    """Set the p of two nulls beside each other: permuted scores and spun maps.

    There is a mark per annotation and score, on axes of minus the logarithm of p.
    """
    rows = taken(enrichment, "modality", modality)
    rows = rows[rows["p_permutation"].notna() & rows["p_spin"].notna()]
    require(rows, (), table=f"enrichment of {modality} with p under both nulls")
    under = {name: int(survives(rows, name).sum()) for name in ("p_permutation", "p_spin")}
    title = (
        f"p ≤ {LEVEL} in {under['p_permutation']} of {len(rows)} against permuted scores, in "
        f"{under['p_spin']} against spun maps"
    )
    subtitle = f"{label(modality)}; {found_words(rows)}"
    scores = scores_in(rows)
    width = max(WIDTH, 0.2 + sum(text_width(label(score), points=9) + 0.42 for score in scores))

    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=0.86, bottom=1.0, width=width - 1.3, height=3.0)
        _scatter(axes, theme, rows)
        key = paper(figure, theme, bottom=0.04, height=0.5)
        looks = [({"marker": marker(s), "color": theme.score(s)}, label(s)) for s in scores]
        key_line(key, theme, looks, at=0.13)
        kinds = [
            ({"marker": "o", "fillstyle": fill, "markerfacecoloralt": theme.background}, words)
            for kind, (words, _, fill) in _KINDS.items()
            if (rows["kind"] == kind).any()
        ]
        key_line(key, theme, kinds, at=0.38)

    smallest = rows.iloc[int(rows["p_spin"].to_numpy().argmin())]
    alt = (
        f"Each annotation and score by its p against permuted scores and against spun maps: "
        f"{title}. {subtitle}. Smallest p against spun maps: {label(smallest['annotation'])} and "
        f"{label(smallest['score'])}, {p_value(float(smallest['p_spin']))}."
    )
    return titled(draw, title, subtitle, height=4.22, width=width, alt=alt)


def _scatter(axes: Axes, theme: Theme, rows: pd.DataFrame) -> None:
    line = -math.log10(ALPHA)
    for rule in (axes.axvline, axes.axhline):
        rule(line, color=theme.muted, linewidth=0.9, linestyle=(0, (4, 2)))
    for (score, kind), points in rows.groupby(["score", "kind"], sort=False):
        axes.plot(
            -np.log10(points["p_permutation"]), -np.log10(points["p_spin"]),
            marker(str(score)), color=theme.score(str(score)), markersize=6,
            fillstyle=_KINDS[str(kind)][2], markerfacecoloralt=theme.background,
            markeredgewidth=1.0, clip_on=False, alpha=0.85,
        )  # fmt: skip
    end = 1.05 * max(-math.log10(float(rows[["p_permutation", "p_spin"]].min().min())), 1.6)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 1, 2, 3], ["1", "0.1", "0.01", "0.001"])
    axes.set(xlim=(-0.05, end), ylim=(-0.05, end))
    axes.set_xlabel("p against permuted scores (smaller →)")
    axes.set_ylabel("p against spun maps (smaller →)")
    look: Any = {"textcoords": "offset points", "fontsize": 9, "color": theme.muted}
    axes.annotate(LEVEL, (end, line), xytext=(5, 0), va="center", **look)
    axes.annotate(LEVEL, (line, end), xytext=(0, 2), ha="center", **look)
