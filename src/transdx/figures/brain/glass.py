"""Connections in glass brains: lines between the centres of regions, seen from four sides.

The outlines are those of nilearn's glass brain. They are drawn in the colours of the page
and the lines by one collection per view, which is quick and stays readable in the dark.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError
from transdx.figures.canvas.layout import (
    THIRD,
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    contrast,
    paper,
)
from transdx.figures.canvas.picture import Gallery, Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check_known, group_of, require, scores_in
from transdx.figures.canvas.style import Theme, sequential, signed
from transdx.figures.canvas.words import scale_words, score_name, survival
from transdx.naming import label
from transdx.results.select import FDR, survives
from transdx.writing import count, decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

Floats = npt.NDArray[np.float64]

#: Columns of a table of associations.
_NEEDED = "modality feature score n beta p_fdr"

#: Views: the direction as nilearn names it, and the coordinates across and up.
VIEWS = {
    "left": ("l", "y", "z"),
    "right": ("r", "y", "z"),
    "from above": ("z", "x", "y"),
    "from behind": ("y", "x", "z"),
}

_DASHES = (0, (3, 1.6))
#: How many connections are drawn of the group, how many of a score, and how many are told.
_OF_GROUP, _OF_SCORE, _TOLD = 60, 30, 5
#: The height of the four views as a share of their width, and inches of the bar below them.
_HEIGHT, _FOOT = 0.966, 0.62


@reads()
def connectome_brains(connections: pd.DataFrame) -> Gallery:
    """Draw the strongest connections of the group, functional and structural."""
    return Gallery([_of_group(connections, "functional"), _of_group(connections, "structural")])


def _of_group(connections: pd.DataFrame, kind: str) -> Picture:
    rows = group_of(connections, kind)
    modality, included = f"{kind}_connectivity", rows[rows["included"]]
    require(included, ("mean",), table=f"connections included in {modality}")
    top = included["mean"].nlargest(_OF_GROUP)
    shown = top.map(math.log10) if kind == "structural" else top
    ends = float(shown.min()), float(shown.max())
    # The weakest of them still has to stand out from the page.
    share = (0.35 + 0.65 * (shown - ends[0]) / (ends[1] - ends[0] or 1.0)).sort_values()
    title = f"{sentence_case(label(modality))}: the {len(top)} strongest connections of the group"
    subtitle = f"of {count(len(included))} included"
    spoken = count if kind == "structural" else partial(decimal, places=2)
    unit = "log\u2081\u2080 of mean weight" if kind == "structural" else "mean correlation"

    def draw(figure: Figure, theme: Theme) -> None:
        from matplotlib.colors import ListedColormap, to_hex

        palette = sequential(theme)
        colours = [to_hex(palette(value)) for value in share]
        _draw_views(figure, theme, _lines(share, colours, 0.7 + 1.6 * share))
        drawn = ListedColormap(palette(np.linspace(0.35, 1, 256)))
        colour_bar(figure, theme, ends, text=unit, colours=drawn)

    alt = (
        f"{title}, {subtitle}, in four glass brains; "
        f"{'weights' if kind == 'structural' else 'mean correlations'} from "
        f"{spoken(float(top.min()))} to {spoken(float(top.max()))}. "
        f"{_sides(list(top.index))} Strongest: {_listed(top, spoken)}."
    )
    return titled(draw, title, subtitle, height=_FOOT + _HEIGHT * WIDTH, alt=alt)


@reads(kind="connection", associations=_NEEDED)
def strongest_connections_gallery(associations: pd.DataFrame, *, modality: str) -> Gallery | Note:
    """Draw every score's strongest connections with one colour scale.

    A sentence where nothing survives for any score.
    """
    rows = _connections_of(associations, modality=modality)
    if not survives(rows).any():
        return Note(
            f"None of the {count(rows['feature'].nunique())} connections survives {FDR} for any "
            "score, so none is drawn."
        )
    return Gallery([_of_score(rows, score) for score in scores_in(rows)])


@reads(kind="connection", associations=_NEEDED)
def strongest_connections(associations: pd.DataFrame, *, modality: str, score: str) -> Picture:
    """Draw the connections that go with a score in glass brains.

    Solid lines coloured by beta are connections that survive FDR 5 %, on the scale of all scores of
    the modality; where none does, the strongest are drawn dashed and grey.
    """
    rows = _connections_of(associations, modality=modality)
    check_known(score, rows["score"].astype(str), what="score")
    return _of_score(rows, score)


def _of_score(everyone: pd.DataFrame, score: str) -> Picture:
    rows, scale = everyone[everyone["score"] == score], colour_limit(everyone["beta"])
    survivors = rows[survives(rows)]
    pool = rows if survivors.empty else survivors
    betas = pool.set_index("feature")["beta"].astype(float).dropna()
    top = betas[betas.abs().sort_values(ascending=False, kind="stable").index[:_OF_SCORE]]
    title, subtitle = _words(rows, survivors, drawn=len(top))

    def draw(figure: Figure, theme: Theme) -> None:
        if survivors.empty:
            _draw_views(figure, theme, _lines(top, theme.muted, 0.9), dashed=True)
            _dashed_key(figure, theme)
            return
        weakest_first = top[::-1]
        colours = [signed(beta, scale, theme) for beta in weakest_first]
        widths = 0.9 + 1.7 * (weakest_first.abs() / scale).clip(upper=1.0)
        _draw_views(figure, theme, _lines(weakest_first, colours, widths))
        colour_bar(figure, theme, (-scale, scale), text=scale_words(everyone))

    alt = (
        f"{title}. {subtitle}, in four glass brains. {_sides(list(top.index))} "
        f"Strongest: {_listed(top, decimal)}."
    )
    return titled(draw, title, subtitle, height=_FOOT + _HEIGHT * THIRD, width=THIRD, alt=alt)


def line_places(view: str, names: list[str]) -> Floats:
    """Locate connections in a view: of each its two ends, each across and up, in mm."""
    _, across, up = VIEWS[view]
    centres = atlas.regions()[[across, up]]
    ends = [centres.loc[name.split("--")].to_numpy() for name in names]
    return np.array(ends, dtype=float).reshape(len(names), 2, 2)


def _connections_of(associations: pd.DataFrame, *, modality: str) -> pd.DataFrame:
    check_known(modality, modalities.CONNECTIVITY, what="modality of connections")
    rows = associations[associations["modality"] == modality]
    rows = rows[rows["feature"].map(atlas.is_connection)]
    if rows.empty:
        raise InputError(
            f"expected connections of {modality} in the table 'associations', got none; "
            "run the associations of connections first"
        )
    return rows


def _words(rows: pd.DataFrame, survivors: pd.DataFrame, *, drawn: int) -> tuple[str, str]:
    title = f"{score_name(rows['score'].iloc[0])}: {survival(rows)}"
    what = f"{sentence_case(label(str(rows['modality'].iloc[0])))}, "
    if survivors.empty:
        return title, f"{what}the {drawn} strongest"
    return title, what + (f"the {drawn} strongest" if drawn < len(survivors) else "all of them")


def _lines(values: pd.Series, colours: str | list[str], widths: float | pd.Series) -> pd.DataFrame:
    """Say how to draw connections, in the order of drawing."""
    return pd.DataFrame({"colour": colours, "width": widths}, index=values.index)


def _draw_views(figure: Figure, theme: Theme, lines: pd.DataFrame, *, dashed: bool = False) -> None:
    whole = float(figure.get_size_inches()[0])
    for place, view in enumerate(VIEWS):
        across, down = place % 2, place // 2
        # The lower views are taller than the upper ones are.
        height, up = ((0.386, 0.573), (0.489, 0.039))[down]
        axes = axes_in(
            figure, theme, left=(0.014 + across * 0.493) * whole, bottom=_FOOT + up * whole,
            width=0.48 * whole, height=height * whole,
        )  # fmt: skip
        _outline(axes, theme, view)
        seen = lines[[_shown(str(name), view) for name in lines.index]]
        if len(seen):
            _draw_lines(axes, theme, seen, line_places(view, list(seen.index)), dashed=dashed)
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.text(
            0.5, -0.02, view, transform=axes.transAxes, ha="center", va="top",
            color=theme.muted, fontsize=9,
        )  # fmt: skip


def _outline(axes: Axes, theme: Theme, view: str) -> None:
    from matplotlib.patches import PathPatch

    path, (left, right, low, high) = _schematic(VIEWS[view][0])
    # Limits are set below: to find them from a thousand curves takes longer than to draw these.
    axes.add_artist(PathPatch(path, edgecolor=theme.absent, facecolor="none", linewidth=0.7))
    # Seen from the left, the front of the head is on the left.
    axes.set_xlim(*((right, left) if view == "left" else (left, right)))
    axes.set_ylim(low, high)


@cache
def _schematic(direction: str) -> tuple[Path, tuple[float, float, float, float]]:
    """Give nilearn's outline of the brain as one path, mm, and its bounds; it has hundreds."""
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from nilearn.plotting import glass_brain

    axes, draw = Figure().add_subplot(), glass_brain.plot_brain_schematics
    bounds = draw(axes, direction)
    parts = [
        (one.get_transform() - axes.transData).transform_path(one.get_path())
        for one in axes.patches
    ]
    return Path.make_compound_path(*parts), bounds


def _draw_lines(
    axes: Axes, theme: Theme, lines: pd.DataFrame, places: Floats, *, dashed: bool
) -> None:
    """Draw connections, and a dot at each of their ends."""
    from matplotlib.collections import LineCollection

    if not dashed:
        rims = [_rim(colour, theme) for colour in lines["colour"]]
        broader = lines["width"] + 1.0
        axes.add_collection(LineCollection(list(places), colors=rims, linewidths=broader))
    style: Any = _DASHES if dashed else "solid"
    look: Any = {"colors": list(lines["colour"]), "linewidths": lines["width"]}
    axes.add_collection(LineCollection(list(places), linestyles=style, **look))
    dots = np.unique(places.reshape(-1, 2), axis=0)
    axes.plot(
        *dots.T, "o", markersize=3.2, markerfacecolor=theme.ink,
        markeredgecolor=theme.background, markeredgewidth=0.5, zorder=3,
    )  # fmt: skip


def _rim(colour: str, theme: Theme) -> str:
    """Choose the rim of a line: that of the page, unless the line would drown in it."""
    return theme.muted if contrast(colour, theme.background) < 2 else theme.background


@cache
def _shown(name: str, view: str) -> bool:
    """Say whether a view shows a connection: from the side, only those within that side."""
    sides = {atlas.split(end)[0] for end in name.split("--")}
    return view not in atlas.HEMISPHERES or sides == {view}


def _dashed_key(figure: Figure, theme: Theme) -> None:
    axes = paper(figure, theme, bottom=0.2, height=0.2)
    axes.plot([0.1, 0.45], [0.1, 0.1], color=theme.muted, linewidth=0.9, linestyle=_DASHES)
    words = "dashed: does not survive"
    axes.text(0.55, 0.1, words, va="center", fontsize=9, color=theme.muted)


def _sides(names: list[str]) -> str:
    kinds = atlas.connections().loc[names, "hemispheres"].value_counts()
    counted = [f"{kinds.get(side, 0)} within the {side} hemisphere" for side in atlas.HEMISPHERES]
    return f"{', '.join(counted)}, {kinds.get('between', 0)} between the hemispheres."


def _listed(values: pd.Series, write: Callable[[float], str]) -> str:
    told = values.iloc[:_TOLD].items()
    return "; ".join(f"{label(str(name))} {write(float(value))}" for name, value in told)
