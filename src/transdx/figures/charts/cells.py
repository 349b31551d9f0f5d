"""Values in cells: pairs of networks, of maps and of scores, each in the colour of its value."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from transdx import atlas
from transdx.figures.canvas.layout import (
    BAR,
    THIRD,
    colour_bar,
    colour_limit,
    paper,
    readable_on,
    score_columns,
    widest,
)
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import require, scores_in, taken
from transdx.figures.canvas.style import Theme, signed
from transdx.figures.canvas.words import scale_words, score_name, survival
from transdx.naming import label
from transdx.results.select import FDR, survives
from transdx.writing import count, decimal, p_value, sentence_case

#: Networks in the order of rows: the subcortex, which is listed last elsewhere, comes first.
NETWORKS = (atlas.NETWORKS[-1], *atlas.NETWORKS[:-1])

#: Inches: a cell of a pair of networks, and left of the triangle.
_CELL, _LEFT = 0.29, 0.06
#: Inches: a row of a pair of maps, left of its cells, and what a printed r with its star needs.
_ROW, _NAMES, _PRINTED = 0.42, 1.72, 0.6
#: Inches: of a picture of scores, which stands beside another, and a row of it.
_SMALL, _SCORE = 3.4, 0.5
_STAR = "\N{NO-BREAK SPACE}*"


class Grid(NamedTuple):
    """Cells on paper, in inches: where the first begins, how wide and how tall each is."""

    left: float
    top: float
    across: float
    down: float

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """Give the middle of a cell: right, and down."""
        return self.left + (column + 0.5) * self.across, self.top + (row + 0.5) * self.down

    def write(self, axes: Axes, row: int, column: int, text: str, **look: Any) -> None:
        """Write in the middle of a cell."""
        axes.text(*self.middle(row, column), text, ha="center", va="center", **look)

    def fill(
        self, axes: Axes, theme: Theme, row: int, column: int, value: float, *, limit: float
    ) -> str:
        """Colour a cell by its signed value, if it has one; give the ink to write on it with."""
        known = math.isfinite(value)
        fill = signed(value, limit, theme) if known else theme.surface
        corner = self.left + column * self.across + 0.01, self.top + row * self.down + 0.01
        axes.add_patch(
            Rectangle(corner, self.across - 0.02, self.down - 0.02, facecolor=fill, linewidth=0)
        )
        return readable_on(fill) if known else theme.muted


@reads(networks="modality network_a network_b score beta p_fdr")
def network_matrices(networks: pd.DataFrame, *, modality: str) -> Gallery:
    """Draw every score's mean betas between networks as a triangle, with one colour scale.

    A star stands where a pair survives FDR 5 %, a dash where no connection is included.
    """
    rows = taken(networks, "modality", modality)
    limit, unit = colour_limit(rows["beta"]), scale_words(rows, "mean beta of a pair")
    return Gallery(
        [
            _network_matrix(rows[rows["score"] == score], limit=limit, unit=unit)
            for score in scores_in(rows)
        ]
    )


def _network_matrix(rows: pd.DataFrame, *, limit: float, unit: str) -> Picture:
    rows = rows.assign(strong=survives(rows))
    modality, score = str(rows["modality"].iloc[0]), str(rows["score"].iloc[0])
    told = survival(rows[rows["beta"].notna()], what="pairs", level="")
    title = f"{score_name(score)}: {told}"
    subtitle = f"{sentence_case(label(modality))}; * survives {FDR}"
    cells = {
        frozenset((row["network_a"], row["network_b"])): (float(row["beta"]), row["strong"])
        for row in rows.to_dict("records")
    }

    def draw(figure: Figure, theme: Theme) -> None:
        _triangle(figure, theme, cells, limit=limit)
        colour_bar(figure, theme, (-limit, limit), text=unit)

    strongest = rows[rows["beta"].notna()].sort_values("beta", key=lambda b: -b.abs()).head()
    spoken = "; ".join(
        f"{row['network_a']} with {row['network_b']} {decimal(row['beta'])}"
        f"{' (survives)' if row['strong'] else ''}"
        for row in strongest.to_dict("records")
    )
    height = BAR + 0.04 + len(NETWORKS) * _CELL
    alt = f"{title}. {subtitle}. Strongest: {spoken}."
    return titled(draw, title, subtitle, height=height, width=THIRD, alt=alt)


def _triangle(
    figure: Figure, theme: Theme, cells: dict[frozenset[str], tuple[float, bool]], *, limit: float
) -> None:
    """Fill the lower triangle; the name of a network ends its row and heads its column."""
    axes = paper(figure, theme, bottom=BAR, height=len(NETWORKS) * _CELL)
    grid = Grid(_LEFT, 0, _CELL, _CELL)
    for row, below in enumerate(NETWORKS):
        for column, beside in enumerate(NETWORKS[: row + 1]):
            beta, star = cells.get(frozenset((below, beside)), (math.nan, False))
            ink = grid.fill(axes, theme, row, column, beta, limit=limit)
            left, middle = grid.middle(row, column)
            look: Any = {"ha": "center", "va": "center", "fontweight": "bold", "color": ink}
            if math.isnan(beta):
                axes.text(left, middle, "–", **look)
            elif star:
                # A star hangs high in its line.
                axes.text(left, middle + 0.08 * _CELL, "*", fontsize=14, **look)
        end = _LEFT + (row + 1) * _CELL + 0.05
        axes.text(end, (row + 0.5) * _CELL, below, va="center", fontsize=9)


@reads(map_correlations="modality_a modality_b score regions r p_spin p_fdr")
def map_correlation_plot(map_correlations: pd.DataFrame) -> Picture:
    """Draw how alike the regional maps of two modalities are, for each score.

    There is a row per pair of modalities and a column per score; a star stands where r survives
    FDR 5 % under the spin null.
    """
    rows = map_correlations[map_correlations["r"].notna()]
    require(rows, (), table="map_correlations with a correlation")
    rows = rows.assign(strong=survives(rows))
    title = f"Maps beside maps: {survival(rows, what='correlations', level='')}"
    subtitle = f"Pearson r over regions; * survives {FDR} (spun maps)"
    by_pair = rows.groupby(["modality_a", "modality_b"], sort=False)
    pairs: list[tuple[Any, pd.DataFrame]] = list(by_pair)
    scores = scores_in(rows)
    width, heads = score_columns(scores, left=_NAMES, least=_PRINTED)
    body = 0.26 + _ROW * len(pairs)

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=BAR, height=body)
        grid = Grid(_NAMES, 0.26, (width - _NAMES - 0.06) / len(scores), _ROW)
        for column, head in enumerate(heads):
            axes.text(grid.middle(0, column)[0], 0.12, head, ha="center", va="center")
        for line, ((a, b), of_pair) in enumerate(pairs):
            for words, at in ((sentence_case(label(a)), 0.13), (f"– {label(b)}", 0.29)):
                axes.text(0.06, 0.26 + line * _ROW + at, words, va="center", fontsize=9)
            for row in of_pair.to_dict("records"):
                column = scores.index(row["score"])
                ink = grid.fill(axes, theme, line, column, row["r"], limit=1.0)
                text = decimal(row["r"], places=2) + (_STAR if row["strong"] else "")
                weight = "bold" if row["strong"] else "normal"
                grid.write(axes, line, column, text, color=ink, fontweight=weight)
        colour_bar(figure, theme, (-1.0, 1.0), text="correlation r")

    spoken = "; ".join(
        f"{label(a)} with {label(b)}: {', '.join(map(_told, of_pair.to_dict('records')))}"
        for (a, b), of_pair in pairs
    )
    alt = f"{title}. {subtitle}. {spoken}."
    return titled(draw, title, subtitle, height=BAR + body, width=width, alt=alt)


def _told(row: dict[Any, Any]) -> str:
    survival = ", survives" if row["strong"] else ""
    return (
        f"{label(str(row['score']))} {decimal(row['r'], places=2)} over {row['regions']} regions "
        f"({p_value(row['p_spin'])}{survival})"
    )


@reads(score_correlations="score_a score_b rho")
def score_correlation_plot(score_correlations: pd.DataFrame) -> Picture:
    """Draw the rank correlations between the scores as a triangle."""
    both = pd.concat([score_correlations["score_a"], score_correlations["score_b"]])
    scores = scores_in(both.to_frame("score"))
    pairs = [(r["score_a"], r["score_b"], r["rho"]) for r in score_correlations.to_dict("records")]
    rho = {frozenset((a, b)): value for a, b, value in pairs}
    n = score_correlations["n"].max() if "n" in score_correlations else None
    subtitle = f"between symptom scores, n = {count(n)}" if n else "between symptom scores"
    names = [label(score) for score in scores]
    size, left = len(scores) - 1, widest(names) + 0.2

    def draw(figure: Figure, theme: Theme) -> None:
        axes = paper(figure, theme, bottom=0.1, height=_SCORE * size + 0.25)
        grid = Grid(left, 0, min(0.85, (_SMALL - left - 0.1) / size), _SCORE)
        for row in range(size):
            for column in range(row + 1):
                value = rho.get(frozenset((scores[column], scores[row + 1])), math.nan)
                ink = grid.fill(axes, theme, row, column, value, limit=1.0)
                grid.write(axes, row, column, decimal(value, places=2), color=ink)
            beside = left - 0.06, grid.middle(row, 0)[1]
            axes.text(*beside, names[row + 1], ha="right", va="center", fontsize=9)
            below = grid.middle(0, row)[0], _SCORE * size + 0.14
            axes.text(*below, names[row], ha="center", va="center", fontsize=9)

    spoken = "; ".join(f"{label(a)} with {label(b)} {decimal(r, places=2)}" for a, b, r in pairs)
    return titled(
        draw, "Spearman correlations", subtitle, height=_SCORE * size + 0.45, width=_SMALL,
        alt=f"Spearman correlations between scores: {spoken}.",
    )  # fmt: skip
