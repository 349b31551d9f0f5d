"""How alike the maps of two modalities are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.figures.canvas.layout import (
    axes_in,
    colour_bar,
    heading,
    heading_height,
    readable_on,
    score_columns,
)
from transdx.figures.canvas.picture import Picture, render
from transdx.figures.canvas.style import Theme, diverging, label, require, scores_in
from transdx.results.select import ALPHA, FDR, survives
from transdx.writing import counted, decimal, p_value, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["map_correlation_plot"]

_ROW, _LEFT = 0.42, 1.72
#: What a printed r with its star needs.
_CELL = 0.6
_STAR = "\N{NO-BREAK SPACE}*"


def map_correlation_plot(map_correlations: pd.DataFrame) -> Picture:
    """Draw how alike the regional maps of two modalities are, for each score.

    Parameters
    ----------
    map_correlations : pandas.DataFrame
        Modality_a, modality_b, score, regions, r, p_spin, p_fdr.

    Returns
    -------
    Picture
        A row per pair of modalities and a column per score; a star where r survives
        FDR 5 % under the spin null.
    """
    needed = ("modality_a", "modality_b", "score", "regions", "r", "p_spin", "p_fdr")
    require(map_correlations, needed, table="map_correlations")
    rows = map_correlations[map_correlations["r"].notna()]
    require(rows, needed, table="map_correlations with a correlation")
    scores = scores_in(rows)
    cells = {
        (str(a), str(b)): {row["score"]: row for row in of_pair.to_dict("records")}
        for (a, b), of_pair in rows.groupby(["modality_a", "modality_b"], sort=False)
    }
    of_all, number = f"of {len(rows)} correlations", int(survives(rows).sum())
    title = f"Maps beside maps: {counted(number, f'{of_all} survives', f'{of_all} survive')}"
    subtitle = f"Pearson r over regions; * survives {FDR} (spun maps)"
    body = 0.26 + _ROW * len(cells)

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        _draw(figure, theme, cells, scores, body=body)
        colour_bar(figure, theme, limit=1.0, bottom=0.27, text="correlation r")

    spoken = "; ".join(
        f"{label(a)} with {label(b)}: "
        + ", ".join(
            f"{label(score)} {decimal(row['r'], places=2)} over {row['regions']} regions "
            f"({p_value(row['p_spin'])}{', survives' if row['p_fdr'] <= ALPHA else ''})"
            for score, row in by_score.items()
        )
        for (a, b), by_score in cells.items()
    )
    width, _ = score_columns(scores, left=_LEFT, least=_CELL)
    size = (width, 0.68 + body + heading_height(title, subtitle, width=width))
    return render(draw, size=size, alt=f"{title}. {subtitle}. {spoken}.")


def _draw(
    figure: Figure,
    theme: Theme,
    cells: dict[tuple[str, str], dict[Any, dict[Any, Any]]],
    scores: list[str],
    *,
    body: float,
) -> None:
    from matplotlib.patches import Rectangle

    width, heads = score_columns(scores, left=_LEFT, least=_CELL)
    axes = axes_in(figure, theme, left=0, bottom=0.68, width=width, height=body)
    axes.set(xlim=(0, width), ylim=(body, 0))
    axes.set_axis_off()
    step = (width - _LEFT - 0.06) / len(scores)
    for place, head in enumerate(heads):
        axes.text(_LEFT + (place + 0.5) * step, 0.12, head, ha="center", va="center")
    for line, ((a, b), by_score) in enumerate(cells.items()):
        top = 0.26 + line * _ROW
        for words, at in ((sentence_case(label(a)), 0.13), (f"– {label(b)}", 0.29)):
            axes.text(0.06, top + at, words, va="center", fontsize=9, color=theme.ink)
        for place, score in enumerate(scores):
            row = by_score.get(score)
            if row is None:
                continue
            r = float(row["r"])
            fill = np.array(diverging()(0.5 + 0.5 * r)[:3])
            left = _LEFT + place * step
            axes.add_patch(
                Rectangle((left + 0.02, top + 0.02), step - 0.04, _ROW - 0.04, fc=fill, lw=0)
            )
            strong = float(row["p_fdr"]) <= ALPHA
            axes.text(
                left + step / 2, top + _ROW / 2, decimal(r, places=2) + (_STAR if strong else ""),
                ha="center", va="center", color=readable_on(fill),
                fontweight="bold" if strong else "normal",
            )  # fmt: skip
