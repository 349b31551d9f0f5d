"""The connectomes of the group: matrices, and what the rules of inclusion keep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError
from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    heading,
    heading_height,
    hex_to_rgb,
    readable_ticks,
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, check_known, label, require, sequential
from transdx.study import Connections, load_study
from transdx.writing import count, decimal, sentence_case, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "NETWORKS",
    "connection_distributions",
    "connectome_matrices",
    "connectome_matrix",
    "matrix_order",
]

Floats = npt.NDArray[np.float64]

#: Networks in the order of rows: the subcortex, which is listed last elsewhere, comes first.
NETWORKS = (atlas.NETWORKS[-1], *atlas.NETWORKS[:-1])

_MODALITIES = ("functional_connectivity", "structural_connectivity")
#: Inches: side of the matrix (seven stored pixels per region), and the labels at its left.
_SIDE = 82 * 7 / 192
_LEFT = 1.52
_WIDTH = _LEFT + _SIDE + 0.06
#: How much of its colour a connection keeps that is not included.
_FADED = 0.3


def connectome_matrices(connections: pd.DataFrame) -> Gallery:
    """Draw the functional and the structural connectome of the group.

    Parameters
    ----------
    connections : pandas.DataFrame
        The table of connections.

    Returns
    -------
    Gallery
    """
    return Gallery([connectome_matrix(connections, modality=name) for name in _MODALITIES])


def connectome_matrix(connections: pd.DataFrame, *, modality: str) -> Picture:
    """Draw a connectome of the group as a matrix of 82 regions by 82 regions.

    Parameters
    ----------
    connections : pandas.DataFrame
        The table of connections.
    modality : {'structural_connectivity', 'functional_connectivity'}
        What is measured.

    Returns
    -------
    Picture
        Rows are ordered by hemisphere and network; connections that are not included are
        pale, absent ones have the colour of the page.
    """
    check_known(modality, modalities.CONNECTIVITY, what="modality")
    kind = modality.partition("_")[0]
    needed = ("connection", f"{kind}_mean", f"{kind}_included")
    require(connections, needed, table="connections")
    rows = connections.set_index("connection").loc[atlas.connections().index]
    values: Floats = rows[f"{kind}_mean"].to_numpy(dtype=np.float64)
    unit = "mean correlation"
    if kind == "structural":
        values = np.asarray(np.log10(np.where(values > 0, values, np.nan)), dtype=np.float64)
        unit = "log\u2081\u2080 of mean weight"
    included = rows[f"{kind}_included"].astype(bool).to_numpy()
    ends = float(np.nanmin(values)), float(np.nanmax(values))
    title = f"{sentence_case(label(modality))} of the group"
    subtitle = f"{count(included.sum())} of {count(len(rows))} connections included; others pale"
    if np.isnan(values).any():
        subtitle += f"; {count(np.isnan(values).sum())} absent"

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=_LEFT, bottom=0.68, width=_SIDE, height=_SIDE)
        axes.imshow(
            _painted(values, included, theme=theme, ends=ends), interpolation="nearest",
            extent=(0, len(atlas.REGIONS), len(atlas.REGIONS), 0), aspect="auto",
        )  # fmt: skip
        _name_groups(axes, theme)
        _bar(figure, theme, ends=ends, text=unit)

    alt = (
        f"{title}: matrix of 82 regions by 82, ordered by hemisphere and network. {subtitle}. "
        f"{sentence_case(unit)} from {decimal(ends[0], places=2)} to {decimal(ends[1], places=2)}; "
        f"{_spoken_means(rows, values, unit=unit)}."
    )
    size = (_WIDTH, 0.68 + _SIDE + 0.22 + heading_height(title, subtitle, width=_WIDTH))
    return render(draw, size=size, alt=alt)


def connection_distributions(
    connections: pd.DataFrame, *, rules: Mapping[str, Connections] | None = None
) -> Gallery:
    """Draw how strong and how common connections are, and where the rules cut.

    Parameters
    ----------
    connections : pandas.DataFrame
        The table of connections.
    rules : mapping of str to Connections, optional
        Which connections of a modality are included; by default those of the study of UK
        Biobank.

    Returns
    -------
    Gallery
        Histograms of the functional means and of the structural prevalences.

    Raises
    ------
    InputError
        If the table includes connections by other rules.
    """
    chosen = load_study("ukb").connections if rules is None else rules
    needed = ("functional_mean", "functional_included", "structural_prevalence")
    require(connections, (*needed, "structural_included"), table="connections")
    functional, structural = (chosen.get(modality, Connections()) for modality in _MODALITIES)
    return Gallery(
        [
            _histogram(
                connections["functional_mean"].astype(float),
                connections["functional_included"].astype(bool),
                rule=functional.mean_above,
                modality=_MODALITIES[0],
                axis="mean correlation",
            ),
            _histogram(
                100 * connections["structural_prevalence"].astype(float),
                connections["structural_included"].astype(bool),
                rule=100 * (structural.prevalence_above or np.nan),
                modality=_MODALITIES[1],
                axis="people who have the connection (%)",
            ),
        ]
    )


@cache
def matrix_order() -> tuple[list[str], list[tuple[str, str, int]]]:
    """Order the regions by hemisphere and network.

    Returns
    -------
    regions : list of str
        All 82.
    groups : list of (hemisphere, network, int)
        Consecutive groups of them with their sizes.

    Examples
    --------
    >>> matrix_order()[1][0]
    ('left', 'subcortex', 7)
    """
    table = atlas.regions()
    regions: list[str] = []
    groups: list[tuple[str, str, int]] = []
    for side in atlas.HEMISPHERES:
        for network in NETWORKS:
            members = table[(table["hemisphere"] == side) & (table["network"] == network)]
            if len(members):
                regions += [str(region) for region in members.index]
                groups.append((side, network, len(members)))
    return regions, groups


def _painted(
    values: Floats, included: npt.NDArray[np.bool_], *, theme: Theme, ends: tuple[float, float]
) -> Floats:
    """Colour the matrix, both triangles, in the order of the rows."""
    page = hex_to_rgb(theme.background)
    share = (values - ends[0]) / (ends[1] - ends[0] or 1.0)
    colours = np.asarray(sequential(theme)(np.nan_to_num(share)))[:, :3]
    colours = np.where(included[:, None], colours, page + _FADED * (colours - page))
    colours[np.isnan(values)] = page
    image = np.empty((len(atlas.REGIONS), len(atlas.REGIONS), 3))
    image[:] = hex_to_rgb(theme.grid)
    a, b = atlas.ends()
    image[a, b] = image[b, a] = colours
    order = [atlas.REGIONS.index(region) for region in matrix_order()[0]]
    return image[np.ix_(order, order)]


def _name_groups(axes: Axes, theme: Theme) -> None:
    """Write networks at the left, where labels of small groups are pushed apart."""
    groups = matrix_order()[1]
    sizes = np.array([size for *_, size in groups])
    edges = np.concatenate([[0], sizes.cumsum()])
    whole = int(edges[-1])
    for edge in edges[1:-1]:
        half = edge == whole / 2
        look: Any = {"color": theme.ink if half else theme.muted, "linewidth": 1.2 if half else 0.4}
        axes.plot([0, whole], [edge, edge], **look)
        axes.plot([edge, edge], [0, whole], **look)
    middles = (edges[:-1] + edges[1:]) / 2
    inch = whole / _SIDE
    for place, (_, network, _) in enumerate(groups):
        at = _pushed_apart(middles, room=0.155 * inch)[place]
        axes.text(-0.17 * inch, at, network, ha="right", va="center", fontsize=9, color=theme.ink)
        axes.plot(
            [-0.14 * inch, -0.02 * inch], [at, middles[place]], color=theme.muted, linewidth=0.6,
            clip_on=False,
        )  # fmt: skip
    for place, side in enumerate(atlas.HEMISPHERES):
        axes.text(
            whole * (0.25 + place / 2), -0.05 * inch, side, ha="center", va="bottom", fontsize=9,
            color=theme.ink,
        )  # fmt: skip
        axes.text(
            -(_LEFT - 0.05) * inch, whole * (0.25 + place / 2), side, rotation=90, va="center",
            ha="left", fontsize=9, color=theme.ink, fontweight="bold",
        )  # fmt: skip
    axes.set(xlim=(0, whole), ylim=(whole, 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.6, color=theme.muted)


def _pushed_apart(places: Floats, *, room: float) -> Floats:
    """Move labels as little as needed for a distance of `room` between neighbours."""
    moved = places.astype(float).copy()
    for _ in range(200):
        gaps = np.diff(moved)
        short = np.clip(room - gaps, 0, None)
        if not short.any():
            break
        moved[:-1] -= short / 2
        moved[1:] += short / 2
    return moved


def _bar(figure: Figure, theme: Theme, *, ends: tuple[float, float], text: str) -> None:
    axes = axes_in(figure, theme, left=_LEFT + _SIDE / 2 - 1.1, bottom=0.27, width=2.2, height=0.1)
    low, high = ends
    axes.imshow(
        np.linspace(0, 1, 256)[None], cmap=sequential(theme), vmin=0, vmax=1, aspect="auto",
        extent=(low, high, 0, 1),
    )  # fmt: skip
    ticks = readable_ticks(low, high, most=5)
    axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])
    axes.set_yticks([])
    axes.tick_params(length=2, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(text, fontsize=9, color=theme.muted, pad=3)


def _spoken_means(rows: pd.DataFrame, values: Floats, *, unit: str) -> str:
    known = atlas.connections()
    of = {
        "within networks": (known["network_a"] == known["network_b"]).to_numpy(),
        "between networks": (known["network_a"] != known["network_b"]).to_numpy(),
        "between homotopic regions": known["homotopic"].to_numpy(),
    }
    return "average " + ", ".join(
        f"{name} {decimal(float(np.nanmean(values[mask])), places=2)}" for name, mask in of.items()
    )


def _histogram(
    values: pd.Series, included: pd.Series, *, rule: float | None, modality: str, axis: str
) -> Picture:
    rule = np.nan if rule is None else rule
    # A hidden value follows no rule.
    others = int(((values > rule) != included)[values.notna()].sum())
    if others:
        raise InputError(
            f"expected connections of {label(modality)} to be included above {rule:g} ({axis}), "
            f"got {others} that follow another rule; give the rules of the study that made the "
            "table (rules=study.connections)"
        )
    edges = _edges(values, rule=rule)
    kept, left_out = (
        np.histogram(values[mask].dropna(), bins=edges)[0] for mask in (included, ~included)
    )
    counts = f"{count(included.sum())} of {count(len(values))}"
    heading_text = f"{sentence_case(label(modality))}: {counts} connections included"
    subtitle = f"included where the {axis} is above {rule:g}"
    if "people" in axis:
        subtitle = f"included where the share of people who have it is above {rule:g} %"

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, heading_text, subtitle)
        axes = axes_in(figure, theme, left=0.62, bottom=0.55, width=WIDTH - 0.78, height=1.75)
        solid = sequential(theme)(0.62)
        look: Any = {"width": np.diff(edges), "align": "edge", "linewidth": 0.5}
        axes.bar(edges[:-1], kept, color=solid, edgecolor=theme.background, **look)
        axes.bar(
            edges[:-1], left_out, bottom=kept, color="none", edgecolor=theme.muted, hatch="////",
            **look,
        )  # fmt: skip
        axes.axvline(rule, color=theme.ink, linewidth=1.4)
        _name_sides(axes, theme, rule=rule)
        axes.set(xlabel=axis, ylabel="connections", xlim=(edges[0], edges[-1]))

    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    places = 0 if high > 2 else 2
    alt = (
        f"Histogram: {heading_text}, {subtitle}. Median {decimal(middle, places=places)}, "
        f"quartiles {decimal(low, places=places)} and {decimal(high, places=places)} ({axis})."
    )
    return render(draw, size=(WIDTH, 2.42 + heading_height(heading_text, subtitle)), alt=alt)


def _edges(values: pd.Series, *, rule: float) -> Floats:
    """Bins of one width, one of which begins at the rule."""
    width = rule / 12
    first = np.floor((values.min() - rule) / width)
    last = np.ceil((values.max() - rule) / width)
    return np.asarray(rule + width * np.arange(first, last + 1))


def _name_sides(axes: Axes, theme: Theme, *, rule: float) -> None:
    """Say at the rule which side is kept."""
    axes.set_ylim(0, axes.get_ylim()[1] * 1.18)
    look: Any = {
        "textcoords": "offset points", "xycoords": axes.get_xaxis_transform(), "fontsize": 9,
        "va": "top",
    }  # fmt: skip
    axes.annotate("included →", (rule, 1), xytext=(4, 0), color=theme.ink, **look)
    axes.annotate("← left out", (rule, 1), xytext=(-4, 0), color=theme.muted, ha="right", **look)
