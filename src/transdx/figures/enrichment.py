"""Do betas follow receptors, cognitive domains and networks? Heat maps, and two nulls."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.figures.layout import (
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    heading,
    heading_height,
    readable_on,
    text_width,
)
from transdx.figures.maps import ALPHA
from transdx.figures.picture import Gallery, Picture, render
from transdx.figures.style import (
    MARKERS,
    Theme,
    check_known,
    diverging,
    label,
    require,
    scores_in,
)
from transdx.writing import decimal, probability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "KIND_NAMES",
    "differing",
    "enrichment_heatmap",
    "enrichment_heatmaps",
    "null_comparison",
]

#: Kinds of annotations in reading order, one and several.
KIND_NAMES = {
    "receptor": ("receptor or transporter", "receptors and transporters"),
    "domain": ("cognitive domain", "cognitive domains"),
    "network": ("network", "networks"),
}

_NEEDED = ("modality", "kind", "annotation", "score", "estimate", "p_fdr", "p_spin_fdr")
#: Inches: height of a row, and width of a cell.
_ROW, _CELL = 0.25, 0.74


def enrichment_heatmaps(
    enrichment: pd.DataFrame, enrichment_contrasts: pd.DataFrame, *, modality: str
) -> Gallery:
    """Draw a heat map per kind of annotation, with one colour scale.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    enrichment_contrasts : pandas.DataFrame
        The table of differences between scores.
    modality : str
        Whose betas.

    Returns
    -------
    Gallery
    """
    rows = _of_modality(enrichment, modality)
    limit = colour_limit(rows["estimate"])
    kinds = [kind for kind in KIND_NAMES if (rows["kind"] == kind).any()]
    return Gallery(
        [
            enrichment_heatmap(
                enrichment, enrichment_contrasts, modality=modality, kind=kind, limit=limit
            )
            for kind in kinds
        ]
    )


def enrichment_heatmap(
    enrichment: pd.DataFrame,
    enrichment_contrasts: pd.DataFrame,
    *,
    modality: str,
    kind: str | None = None,
    limit: float | None = None,
) -> Picture:
    """Draw the weighted mean beta of each annotation and score.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    enrichment_contrasts : pandas.DataFrame
        The table of differences between scores.
    modality : str
        Whose betas.
    kind : {'receptor', 'domain', 'network'}, optional
        Which annotations; all by default.
    limit : float, optional
        End of the colour scale; by default that of all annotations of the modality.

    Returns
    -------
    Picture
        A row per annotation, the strongest first within its kind; a dot where the mean
        survives FDR 5 % against permuted scores, a diamond where it also survives
        against spun maps; at the right, which scores differ.
    """
    everyone = _of_modality(enrichment, modality)
    scale = limit or colour_limit(everyone["estimate"])
    rows = everyone
    if kind is not None:
        check_known(kind, everyone["kind"].astype(str), what="kind of annotation")
        rows = everyone[everyone["kind"] == kind]
    scores = scores_in(everyone)
    groups = _groups(rows)
    differ = _differences(enrichment_contrasts, modality=modality, scores=scores)
    permuted, spun = _marks(rows)
    title = f"{label(modality).capitalize()}: {KIND_NAMES[kind][1] if kind else 'annotations'}"
    subtitle = (
        f"{int(permuted.sum())} of {len(rows)} survive FDR 5 % against permuted scores, "
        f"{int(spun.sum())} also against spun maps"
    )
    body = 0.3 + sum(0.28 * (len(groups) > 1) + _ROW * len(names) for names in groups.values())

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0, bottom=0.98, width=WIDTH, height=body)
        axes.set(xlim=(0, WIDTH), ylim=(body, 0))
        axes.set_axis_off()
        _rows(axes, theme, rows, groups=groups, scores=scores, differ=differ, limit=scale)
        _key(figure, theme)
        colour_bar(figure, theme, limit=scale, bottom=0.27, text="weighted mean beta")

    alt = f"{title}: weighted mean betas. {subtitle}. {_spoken(rows, groups, scores, differ)}."
    return render(draw, size=(WIDTH, 1.02 + body + heading_height(title, subtitle)), alt=alt)


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
    require(enrichment, (*_NEEDED, "p_permutation", "p_spin"), table="enrichment")
    rows = _of_modality(enrichment, modality)
    rows = rows[rows["p_permutation"].notna() & rows["p_spin"].notna()]
    require(rows, _NEEDED, table=f"enrichment of {modality} with p under both nulls")
    under = {name: int((rows[name] <= ALPHA).sum()) for name in ("p_permutation", "p_spin")}
    permuted, spun = _marks(rows)
    title = (
        f"p ≤ 5 % in {under['p_permutation']} of {len(rows)} against permuted scores, in "
        f"{under['p_spin']} against spun maps"
    )
    subtitle = (
        f"{label(modality)}; after FDR {int(permuted.sum())} and "
        f"{int((rows['p_spin_fdr'] <= ALPHA).sum())}, under both {int(spun.sum())}"
    )

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0.86, bottom=1.0, width=WIDTH - 1.3, height=3.0)
        _scatter(axes, theme, rows)
        _null_key(figure, theme, scores=scores_in(rows), kinds=set(rows["kind"]))

    smallest = rows.iloc[int(rows["p_spin"].to_numpy().argmin())]
    alt = (
        f"Each annotation and score by its p against permuted scores and against spun maps: "
        f"{title}. {subtitle}. Smallest p against spun maps: {label(smallest['annotation'])} and "
        f"{label(smallest['score'])}, {probability(float(smallest['p_spin']))}."
    )
    return render(draw, size=(WIDTH, 4.22 + heading_height(title, subtitle)), alt=alt)


def differing(pairs: set[frozenset[str]], scores: list[str]) -> str:
    """Say briefly which scores differ.

    Parameters
    ----------
    pairs : set of frozenset of str
        Pairs of scores that differ.
    scores : list of str
        All scores, in reading order.

    Returns
    -------
    str
        With initials.

    Examples
    --------
    >>> three = ["insomnia", "depression", "anxiety"]
    >>> differing({frozenset({"anxiety", "insomnia"})}, three)
    'I ≠ A'
    >>> differing({frozenset({"anxiety", "insomnia"}), frozenset({"anxiety", "depression"})}, three)
    'A ≠ I, D'
    """
    found = [pair for pair in combinations(scores, 2) if frozenset(pair) in pairs]
    if len(found) == len(scores) * (len(scores) - 1) / 2 and len(found) > 1:
        return "all differ"
    for score in scores:
        if len(found) > 1 and all(score in pair for pair in found):
            others = [other for pair in found for other in pair if other != score]
            return f"{_initial(score)} ≠ {', '.join(map(_initial, others))}"
    return "; ".join(" ≠ ".join(map(_initial, pair)) for pair in found)


def _initial(score: str) -> str:
    return score[:1].upper()


def _of_modality(enrichment: pd.DataFrame, modality: str) -> pd.DataFrame:
    require(enrichment, _NEEDED, table="enrichment")
    check_known(modality, enrichment["modality"].astype(str), what="modality")
    return enrichment[enrichment["modality"] == modality]


def _marks(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Say what survives against permuted scores, and what against both nulls."""
    permuted = rows["p_fdr"].astype(float) <= ALPHA
    return permuted, permuted & (rows["p_spin_fdr"].astype(float) <= ALPHA)


def _groups(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Name the annotations of each kind, the strongest first."""
    strength = rows["estimate"].abs().groupby([rows["kind"], rows["annotation"]]).max()
    return {
        kind: list(strength[kind].sort_values(ascending=False, kind="stable").index)
        for kind in KIND_NAMES
        if kind in strength.index.get_level_values(0)
    }


def _differences(
    contrasts: pd.DataFrame, *, modality: str, scores: list[str]
) -> dict[tuple[str, str], str]:
    """Say for each annotation that has any which scores differ."""
    needed = ("modality", "kind", "annotation", "score_a", "score_b", "p_fdr")
    if contrasts.empty:
        return {}
    require(contrasts, needed, table="enrichment_contrasts")
    rows = contrasts[(contrasts["modality"] == modality) & (contrasts["p_fdr"] <= ALPHA)]
    return {
        (str(kind), str(name)): differing(
            {frozenset(pair) for pair in zip(found["score_a"], found["score_b"], strict=True)},
            scores,
        )
        for (kind, name), found in rows.groupby(["kind", "annotation"])
    }


def _by_place(rows: pd.DataFrame) -> dict[tuple[str, str, str], dict[Hashable, Any]]:
    """Find the row of a kind, an annotation and a score."""
    return {
        (str(row["kind"]), str(row["annotation"]), str(row["score"])): row
        for row in rows.to_dict("records")
    }


def _rows(
    axes: Axes,
    theme: Theme,
    rows: pd.DataFrame,
    *,
    groups: dict[str, list[str]],
    scores: list[str],
    differ: dict[tuple[str, str], str],
    limit: float,
) -> None:
    cells = _by_place(rows)
    right = max([text_width(words, points=9) for words in [*differ.values(), "differ"]]) + 0.14
    left = WIDTH - right - _CELL * len(scores)
    for place, score in enumerate(scores):
        at = left + (place + 0.5) * _CELL
        axes.text(at, 0.14, label(score), ha="center", va="center", fontsize=9)
    axes.text(WIDTH - right + 0.08, 0.14, "differ", va="center", fontsize=9, color=theme.muted)
    top = 0.28
    for kind, names in groups.items():
        if len(groups) > 1:
            axes.text(0.06, top + 0.15, KIND_NAMES[kind][1], va="center", color=theme.muted)
            top += 0.28
        for name in names:
            axes.text(left - 0.08, top + _ROW / 2, label(name), ha="right", va="center", fontsize=9)
            for place, score in enumerate(scores):
                if (kind, name, score) in cells:
                    _cell(
                        axes,
                        cells[kind, name, score],
                        left=left + place * _CELL,
                        top=top,
                        limit=limit,
                    )
            words = differ.get((kind, name), "")
            axes.text(WIDTH - right + 0.08, top + _ROW / 2, words, va="center", fontsize=9)
            top += _ROW


def _cell(
    axes: Axes, cell: Mapping[Hashable, Any], *, left: float, top: float, limit: float
) -> None:
    from matplotlib.patches import Rectangle

    fill = np.array(diverging()(0.5 + 0.5 * float(cell["estimate"]) / limit)[:3])
    size = _CELL - 0.02, _ROW - 0.02
    axes.add_patch(Rectangle((left + 0.01, top + 0.01), *size, facecolor=fill, linewidth=0))
    ink = readable_on(fill)
    axes.text(
        left + 0.52, top + _ROW / 2, decimal(float(cell["estimate"])), ha="right", va="center",
        fontsize=9, color=ink,
    )  # fmt: skip
    if cell["p_fdr"] <= ALPHA:
        both = cell["p_spin_fdr"] <= ALPHA
        axes.plot(
            left + 0.63, top + _ROW / 2, "D" if both else "o", color=ink,
            markersize=5.5 if both else 3.4, markeredgewidth=0,
        )  # fmt: skip


def _key(figure: Figure, theme: Theme) -> None:
    """Explain the marks, between the rows and the colour bar."""
    axes = axes_in(figure, theme, left=0, bottom=0.64, width=WIDTH, height=0.3)
    axes.set(xlim=(0, WIDTH), ylim=(0, 0.3))
    axes.set_axis_off()
    entries = (("o", 3.4, "permuted scores"), ("D", 5.5, "and spun maps"))
    left = 0.2
    for marker, size, words in entries:
        axes.plot(left, 0.14, marker, color=theme.ink, markersize=size, markeredgewidth=0)
        axes.text(left + 0.12, 0.14, words, va="center", fontsize=9, color=theme.muted)
        left += text_width(words, points=9) + 0.36
    axes.text(left, 0.14, "≠ scores differ", va="center", fontsize=9, color=theme.muted)


def _spoken(
    rows: pd.DataFrame,
    groups: dict[str, list[str]],
    scores: list[str],
    differ: dict[tuple[str, str], str],
) -> str:
    cells = _by_place(rows)
    told = []
    for kind, names in groups.items():
        for name in names:
            values = []
            for score in (one for one in scores if (kind, name, one) in cells):
                cell = cells[kind, name, score]
                mark = ""
                if cell["p_fdr"] <= ALPHA:
                    mark = " (both)" if cell["p_spin_fdr"] <= ALPHA else " (permuted)"
                values.append(f"{label(score)} {decimal(float(cell['estimate']))}{mark}")
            unlike = f", {differ[kind, name]}" if (kind, name) in differ else ""
            told.append(f"{label(name)}: {', '.join(values)}{unlike}")
    return "; ".join(told)


_FILLS: dict[str, Any] = {"receptor": "full", "domain": "none", "network": "left"}


def _scatter(axes: Axes, theme: Theme, rows: pd.DataFrame) -> None:
    line = -math.log10(ALPHA)
    axes.axvline(line, color=theme.muted, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.axhline(line, color=theme.muted, linewidth=0.9, linestyle=(0, (4, 2)))
    for (score, kind), points in rows.groupby(["score", "kind"], sort=False):
        axes.plot(
            -np.log10(points["p_permutation"]), -np.log10(points["p_spin"]),
            MARKERS.get(str(score), "o"), color=theme.score(str(score)), markersize=6,
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
    axes.annotate("5 %", (end, line), xytext=(5, 0), va="center", **look)
    axes.annotate("5 %", (line, end), xytext=(0, 2), ha="center", **look)


def _null_key(figure: Figure, theme: Theme, *, scores: list[str], kinds: set[str]) -> None:
    axes = axes_in(figure, theme, left=0, bottom=0.04, width=WIDTH, height=0.5)
    axes.set(xlim=(0, WIDTH), ylim=(0, 0.5))
    axes.set_axis_off()
    left = 0.2
    for score in scores:
        axes.plot(left, 0.37, MARKERS.get(score, "o"), color=theme.score(score), markersize=6)
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
