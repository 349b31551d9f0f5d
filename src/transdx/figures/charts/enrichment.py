"""Do betas follow receptors, cognitive domains and networks? Heat maps, and two nulls."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    heading,
    heading_height,
    readable_on,
    score_columns,
    text_width,
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, check_known, diverging, label, require, scores_in
from transdx.figures.canvas.words import survival
from transdx.figures.scores import initials
from transdx.results.select import ALPHA, FDR, stands_out, survives
from transdx.writing import counted, decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "KIND_NAMES",
    "NEEDED",
    "differing",
    "enrichment_heatmap",
    "enrichment_heatmaps",
    "found_words",
    "of_modality",
]

#: Kinds of annotations in reading order, one and several.
KIND_NAMES = {
    "receptor": ("receptor or transporter", "receptors and transporters"),
    "domain": ("cognitive domain", "cognitive domains"),
    "network": ("network", "networks"),
}

#: Columns of the table of enrichment that its figures read.
NEEDED = (
    *("modality", "kind", "annotation", "score", "estimate"),
    *("p_fdr", "p_centred_fdr", "p_spin"),
)
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
    rows = of_modality(enrichment, modality)
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
        survives FDR 5 % as a level, a diamond where it stands out as a place (see
        `transdx.results.select.stands_out`); at the right, which scores differ.
    """
    everyone = of_modality(enrichment, modality)
    scale = limit or colour_limit(everyone["estimate"])
    rows = everyone
    if kind is not None:
        check_known(kind, everyone["kind"].astype(str), what="kind of annotation")
        rows = everyone[everyone["kind"] == kind]
    scores = scores_in(everyone)
    groups = _groups(rows)
    differ = _differences(enrichment_contrasts, modality=modality, scores=scores)
    title = f"{sentence_case(label(modality))}: {KIND_NAMES[kind][1] if kind else 'annotations'}"
    subtitle = found_words(rows)
    width = _width(rows, scores=scores, differ=differ)
    body = 0.3 + sum(0.28 * (len(groups) > 1) + _ROW * len(names) for names in groups.values())

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0, bottom=0.98, width=width, height=body)
        axes.set(xlim=(0, width), ylim=(body, 0))
        axes.set_axis_off()
        _rows(axes, theme, rows, groups=groups, scores=scores, differ=differ, limit=scale)
        _key(figure, theme)
        colour_bar(figure, theme, limit=scale, bottom=0.27, text="weighted mean beta")

    alt = f"{title}: weighted mean betas. {subtitle}. {_spoken(rows, groups, scores, differ)}."
    size = (width, 1.02 + body + heading_height(title, subtitle, width=width))
    return render(draw, size=size, alt=alt)


def found_words(rows: pd.DataFrame) -> str:
    """Count in words what survives as a level, and what stands out as a place.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the table of enrichment.

    Returns
    -------
    str

    Examples
    --------
    >>> one = {"p_fdr": [0.2], "p_centred_fdr": [0.01], "p_spin": [0.01]}
    >>> found_words(pd.DataFrame(one))
    '0 of 1 survive FDR 5 % as a level; 1 stands out as a place'
    """
    placed = counted(int(stands_out(rows).sum()), "stands out", "stand out")
    return f"{survival(rows)} as a level; {placed} as a place"


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
    short, told = initials(scores), []
    while found:
        # The score in most of the pairs that are left first.
        one = max(scores, key=lambda score: sum(score in pair for pair in found))
        others = [other for pair in found for other in pair if one in pair and other != one]
        told.append(f"{short[one]} ≠ {', '.join(short[other] for other in others)}")
        found = [pair for pair in found if one not in pair]
    return "; ".join(told)


def of_modality(enrichment: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Take the rows of one modality.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    modality : str
        Which.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the table lacks a column or the modality.
    """
    require(enrichment, NEEDED, table="enrichment")
    check_known(modality, enrichment["modality"].astype(str), what="modality")
    return enrichment[enrichment["modality"] == modality]


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
    """Find the row of a kind, an annotation and a score, and what it shows."""
    told = rows.assign(level=survives(rows), place=stands_out(rows))
    return {
        (str(row["kind"]), str(row["annotation"]), str(row["score"])): row
        for row in told.to_dict("records")
    }


def _right(differ: dict[tuple[str, str], str]) -> float:
    return max(text_width(words, points=9) for words in [*differ.values(), "differ"]) + 0.14


def _width(rows: pd.DataFrame, *, scores: list[str], differ: dict[tuple[str, str], str]) -> float:
    """Give the names of the annotations and the cells of all scores the room they need."""
    names = [text_width(label(str(name)), points=9) for name in pd.unique(rows["annotation"])]
    return max(WIDTH, max(names) + 0.14 + _CELL * len(scores) + _right(differ))


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
    width, right = axes.get_xlim()[1], _right(differ)
    left = width - right - _CELL * len(scores)
    _, heads = score_columns(scores, left=left, right=right, least=_CELL)
    for place, head in enumerate(heads):
        at = left + (place + 0.5) * _CELL
        axes.text(at, 0.14, head, ha="center", va="center", fontsize=9)
    axes.text(width - right + 0.08, 0.14, "differ", va="center", fontsize=9, color=theme.muted)
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
            axes.text(width - right + 0.08, top + _ROW / 2, words, va="center", fontsize=9)
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
    for name, look in _LOOKS.items():
        if cell[name]:
            axes.plot(left + 0.63, top + _ROW / 2, color=ink, **look)


def _key(figure: Figure, theme: Theme) -> None:
    """Explain the marks, between the rows and the colour bar."""
    axes = axes_in(figure, theme, left=0, bottom=0.64, width=WIDTH, height=0.3)
    axes.set(xlim=(0, WIDTH), ylim=(0, 0.3))
    axes.set_axis_off()
    left = 0.2
    for name, words in (("level", f"level ({FDR})"), ("place", "stands out as a place")):
        axes.plot(left, 0.14, color=theme.ink, **_LOOKS[name])
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
                marks = [mark for mark in _LOOKS if cell[mark]]
                mark = f" ({', '.join(marks)})" if marks else ""
                values.append(f"{label(score)} {decimal(float(cell['estimate']))}{mark}")
            unlike = f", {differ[kind, name]}" if (kind, name) in differ else ""
            told.append(f"{label(name)}: {', '.join(values)}{unlike}")
    return "; ".join(told)


#: A dot for the level and a diamond around it for the place.
_LOOKS: dict[str, dict[str, Any]] = {
    "level": {"marker": "o", "markersize": 3.2, "markeredgewidth": 0},
    "place": {
        "marker": "D",
        "markersize": 6.5,
        "markeredgewidth": 1.0,
        "markerfacecolor": "none",
    },
}
