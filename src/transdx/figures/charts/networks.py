"""Betas of connections between pairs of networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, check_known, diverging, label, require, scores_in
from transdx.figures.charts.connectomes import NETWORKS
from transdx.results.select import ALPHA, FDR, survives
from transdx.writing import counted, decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["network_matrices", "network_matrix"]

#: Inches: a cell, and the space left of the triangle.
_CELL, _LEFT = 0.39, 0.08
_NEEDED = ("modality", "network_a", "network_b", "score", "beta", "p_fdr")


def network_matrices(networks: pd.DataFrame, *, modality: str) -> Gallery:
    """Draw every score's mean betas between networks with one colour scale.

    Parameters
    ----------
    networks : pandas.DataFrame
        The table of pairs of networks.
    modality : {'structural_connectivity', 'functional_connectivity'}
        What is measured.

    Returns
    -------
    Gallery
    """
    scores = scores_in(_of_modality(networks, modality))
    return Gallery([network_matrix(networks, modality=modality, score=score) for score in scores])


def network_matrix(
    networks: pd.DataFrame, *, modality: str, score: str, limit: float | None = None
) -> Picture:
    """Draw mean betas of the connections within and between networks.

    Parameters
    ----------
    networks : pandas.DataFrame
        The table of pairs of networks.
    modality : {'structural_connectivity', 'functional_connectivity'}
        What is measured.
    score : str
        Which symptom score.
    limit : float, optional
        End of the colour scale; by default that of all scores of the modality.

    Returns
    -------
    Picture
        A triangle; a star where a pair survives FDR 5 %, a dash where no connection is
        included.
    """
    everyone = _of_modality(networks, modality)
    check_known(score, everyone["score"].astype(str), what="score")
    rows = everyone[everyone["score"] == score]
    scale = limit or colour_limit(everyone["beta"])
    strong = survives(rows)
    pairs = f"of {int(rows['beta'].notna().sum())} pairs of networks"
    title = f"{sentence_case(label(modality))} and {label(score)}: " + counted(
        int(strong.sum()), f"{pairs} survives", f"{pairs} survive"
    )
    subtitle = f"mean beta of the connections of a pair; * survives {FDR}"
    cells = {
        frozenset((row["network_a"], row["network_b"])): (float(row["beta"]), bool(star))
        for row, star in zip(rows.to_dict("records"), strong, strict=True)
    }

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        _triangle(figure, theme, cells, limit=scale)
        colour_bar(figure, theme, limit=scale, bottom=0.27, text="standardised beta")

    alt = f"{title}. {subtitle}. {_spoken(rows)}."
    size = (WIDTH, 0.72 + len(NETWORKS) * _CELL + heading_height(title, subtitle))
    return render(draw, size=size, alt=alt)


def _of_modality(networks: pd.DataFrame, modality: str) -> pd.DataFrame:
    require(networks, _NEEDED, table="networks")
    check_known(modality, networks["modality"].astype(str), what="modality")
    return networks[networks["modality"] == modality]


def _triangle(
    figure: Figure,
    theme: Theme,
    cells: dict[frozenset[str], tuple[float, bool]],
    *,
    limit: float,
) -> None:
    """Fill the lower triangle; the name of a network ends its row and heads its column."""
    from matplotlib.patches import Rectangle

    size = len(NETWORKS) * _CELL
    axes = axes_in(figure, theme, left=0, bottom=0.68, width=WIDTH, height=size)
    axes.set(xlim=(0, WIDTH), ylim=(size, 0))
    axes.set_axis_off()
    for row, below in enumerate(NETWORKS):
        for column, beside in enumerate(NETWORKS[: row + 1]):
            beta, star = cells.get(frozenset((below, beside)), (np.nan, False))
            left, top = _LEFT + column * _CELL, row * _CELL
            missing = not np.isfinite(beta)
            fill = np.array(diverging()(0.5 if missing else 0.5 + 0.5 * beta / limit)[:3])
            box = (left + 0.01, top + 0.01), _CELL - 0.02, _CELL - 0.02
            axes.add_patch(Rectangle(*box, facecolor=theme.surface if missing else fill, lw=0))
            if missing or star:
                axes.text(
                    left + _CELL / 2, top + _CELL * (0.5 if missing else 0.58),
                    "–" if missing else "*", ha="center", va="center", fontweight="bold",
                    fontsize=9.5 if missing else 14,
                    color=theme.muted if missing else readable_on(fill),
                )  # fmt: skip
        axes.text(
            _LEFT + (row + 1) * _CELL + 0.05, (row + 0.5) * _CELL, below, va="center", fontsize=9
        )


def _spoken(rows: pd.DataFrame) -> str:
    """Name the strongest pairs."""
    known = rows[rows["beta"].notna()]
    top = known.loc[known["beta"].abs().sort_values(ascending=False, kind="stable").index[:5]]
    return "Strongest: " + "; ".join(
        f"{row['network_a']} with {row['network_b']} {decimal(row['beta'])}"
        f"{' (survives)' if row['p_fdr'] <= ALPHA else ''}"
        for row in top.to_dict("records")
    )
