"""The connectomes of the group: matrices, and what the rules of inclusion keep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx import atlas
from transdx.errors import InputError
from transdx.figures.canvas.layout import BAR, WIDTH, axes_in, colour_bar, rgb
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import group_of
from transdx.figures.canvas.style import Theme, sequential
from transdx.figures.charts.cells import NETWORKS
from transdx.naming import label
from transdx.study import Connections, load_study
from transdx.writing import count, decimal, sentence_case

Floats = npt.NDArray[np.float64]

_KINDS = ("functional", "structural")
#: Inches: side of the matrix (seven stored pixels per region), and the labels at its left.
_SIDE = 82 * 7 / 192
_LEFT = 1.52
_WIDTH = _LEFT + _SIDE + 0.06
#: How much of its colour a connection keeps that is not included.
_FADED = 0.3


@reads()
def connectome_matrices(connections: pd.DataFrame) -> Gallery:
    """Draw the functional and the structural connectome of the group, 82 regions by 82.

    Rows are ordered by hemisphere and network; connections that are not included are pale,
    absent ones have the colour of the page.
    """
    return Gallery([_matrix(connections, kind) for kind in _KINDS])


def _matrix(connections: pd.DataFrame, kind: str) -> Picture:
    rows = group_of(connections, kind).loc[atlas.connections().index]
    values, unit = rows["mean"], "mean correlation"
    if kind == "structural":
        values, unit = np.log10(values.where(values > 0)), "log\u2081\u2080 of mean weight"
    ends = float(values.min()), float(values.max())
    title = f"{sentence_case(label(f'{kind}_connectivity'))} of the group"
    included = f"{count(rows['included'].sum())} of {count(len(rows))} connections included"
    absent = f"; {count(values.isna().sum())} absent" if values.isna().any() else ""
    subtitle = f"{included}; others pale{absent}"

    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=_LEFT, bottom=BAR, width=_SIDE, height=_SIDE)
        shown = values.to_numpy(), rows["included"].to_numpy()
        axes.imshow(
            _painted(*shown, theme=theme, ends=ends), interpolation="nearest", aspect="auto",
            extent=(0, len(atlas.REGIONS), len(atlas.REGIONS), 0),
        )  # fmt: skip
        _name_groups(axes, theme)
        middle = _LEFT + _SIDE / 2
        colour_bar(figure, theme, ends, text=unit, colours=sequential(theme), middle=middle)

    alt = (
        f"{title}: matrix of 82 regions by 82, ordered by hemisphere and network. {subtitle}. "
        f"{sentence_case(unit)} from {decimal(ends[0], places=2)} to {decimal(ends[1], places=2)}; "
        f"{_spoken_means(values)}."
    )
    return titled(draw, title, subtitle, height=BAR + _SIDE + 0.22, width=_WIDTH, alt=alt)


@reads(
    connections="functional_mean functional_included structural_prevalence structural_included",
    rules="Which connections of a modality are included; by default as in UK Biobank.",
)
def connection_distributions(
    connections: pd.DataFrame, *, rules: Mapping[str, Connections] | None = None
) -> Gallery:
    """Draw how strong and how common connections are, and where the rules cut.

    Histograms of the functional means and of the structural prevalences; a table that was made
    by other rules is refused.
    """
    chosen = load_study("ukb").connections if rules is None else rules
    functional, structural = (chosen.get(f"{kind}_connectivity", Connections()) for kind in _KINDS)
    means = connections["functional_mean"].astype(float)
    percents = 100 * connections["structural_prevalence"].astype(float)
    included = (connections[f"{kind}_included"].astype(bool) for kind in _KINDS)
    cuts = functional.mean_above or np.nan, 100 * (structural.prevalence_above or np.nan)
    axes = "mean correlation", "people who have the connection (%)"
    every = zip(_KINDS, (means, percents), included, cuts, axes, strict=True)
    return Gallery([_histogram(*one) for one in every])


@cache
def matrix_order() -> tuple[list[str], list[tuple[str, str, int]]]:
    """Order the regions by hemisphere and network: all 82, then side, network, size of groups."""
    table = atlas.regions()
    places = table.assign(place=table["network"].map(NETWORKS.index))
    order = places.sort_values(["hemisphere", "place"], kind="stable")
    sizes = order.groupby(["hemisphere", "network"], sort=False).size()
    groups = [(side, network, n) for side, network, n in sizes.reset_index().to_numpy()]
    return [str(region) for region in order.index], groups


def _painted(
    values: Floats, included: npt.NDArray[np.bool_], *, theme: Theme, ends: tuple[float, float]
) -> Floats:
    """Colour the matrix, both triangles, in the order of the rows."""
    page = rgb(theme.background)
    share = (values - ends[0]) / (ends[1] - ends[0] or 1.0)
    colours = np.asarray(sequential(theme)(np.nan_to_num(share)))[:, :3]
    colours = np.where(included[:, None], colours, page + _FADED * (colours - page))
    colours[np.isnan(values)] = page
    image = np.empty((len(atlas.REGIONS), len(atlas.REGIONS), 3))
    image[:] = rgb(theme.grid)
    a, b = atlas.ends()
    image[a, b] = image[b, a] = colours
    order = [atlas.REGIONS.index(region) for region in matrix_order()[0]]
    return image[np.ix_(order, order)]


def _name_groups(axes: Axes, theme: Theme) -> None:
    """Part groups by lines, and write networks at the left, those of small groups pushed apart."""
    groups = matrix_order()[1]
    edges = np.cumsum([0, *(size for *_, size in groups)])
    whole = int(edges[-1])
    inch = whole / _SIDE
    for edge in edges[1:-1]:
        half = edge == whole / 2
        look: Any = {"color": theme.ink if half else theme.muted, "linewidth": 1.2 if half else 0.4}
        axes.plot([0, whole], [edge, edge], **look)
        axes.plot([edge, edge], [0, whole], **look)
    middles = (edges[:-1] + edges[1:]) / 2
    moved = _pushed_apart(middles, room=0.155 * inch)
    for (_, network, _), at, middle in zip(groups, moved, middles, strict=True):
        axes.text(-0.17 * inch, at, network, ha="right", va="center", fontsize=9)
        axes.plot(
            [-0.14 * inch, -0.02 * inch], [at, middle], color=theme.muted, linewidth=0.6,
            clip_on=False,
        )  # fmt: skip
    for side, at in zip(atlas.HEMISPHERES, (0.25 * whole, 0.75 * whole), strict=True):
        axes.text(at, -0.05 * inch, side, ha="center", va="bottom", fontsize=9)
        axes.text(
            -(_LEFT - 0.05) * inch, at, side, rotation=90, va="center", ha="left", fontsize=9,
            fontweight="bold",
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


def _spoken_means(values: pd.Series) -> str:
    known = atlas.connections()
    of = {
        "within networks": known["network_a"] == known["network_b"],
        "between networks": known["network_a"] != known["network_b"],
        "between homotopic regions": known["homotopic"],
    }
    return "average " + ", ".join(
        f"{name} {decimal(float(values[mask].mean()), places=2)}" for name, mask in of.items()
    )


def _histogram(
    kind: str, values: pd.Series, included: pd.Series, rule: float, axis: str
) -> Picture:
    name = label(f"{kind}_connectivity")
    # A hidden value follows no rule.
    others = int(((values > rule) != included)[values.notna()].sum())
    if others:
        raise InputError(
            f"expected connections of {name} to be included above {rule:g} ({axis}), "
            f"got {others} that follow another rule; give the rules of the study that made the "
            "table (rules=study.connections)"
        )
    counts = f"{count(included.sum())} of {count(len(values))}"
    title = f"{sentence_case(name)}: {counts} connections included"
    subtitle = f"included where the {axis} is above {rule:g}"
    if kind == "structural":
        subtitle = f"included where the share of people who have it is above {rule:g} %"

    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=0.62, bottom=0.55, width=WIDTH - 0.78, height=1.75)
        _draw_bars(axes, theme, values, included, rule=rule)
        axes.set(xlabel=axis, ylabel="connections")

    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    places = 0 if high > 2 else 2
    alt = (
        f"Histogram: {title}, {subtitle}. Median {decimal(middle, places=places)}, "
        f"quartiles {decimal(low, places=places)} and {decimal(high, places=places)} ({axis})."
    )
    return titled(draw, title, subtitle, height=2.42, alt=alt)


def _draw_bars(
    axes: Axes, theme: Theme, values: pd.Series, included: pd.Series, *, rule: float
) -> None:
    """Draw what is kept and, hatched on it, what is left out, and say so at the rule."""
    edges = _edges(values, rule=rule)
    kept, left_out = (
        np.histogram(values[mask].dropna(), bins=edges)[0] for mask in (included, ~included)
    )
    look: Any = {"width": np.diff(edges), "align": "edge", "linewidth": 0.5}
    hatched: Any = {"color": "none", "edgecolor": theme.muted, "hatch": "////", **look}
    axes.bar(edges[:-1], kept, color=sequential(theme)(0.62), edgecolor=theme.background, **look)
    axes.bar(edges[:-1], left_out, bottom=kept, **hatched)
    axes.axvline(rule, color=theme.ink, linewidth=1.4)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, axes.get_ylim()[1] * 1.18))
    for words, side, colour in (
        ("included →", "left", theme.ink),
        ("← left out", "right", theme.muted),
    ):
        axes.annotate(
            words, (rule, 1), xytext=(4 if side == "left" else -4, 0), color=colour, ha=side,
            textcoords="offset points", xycoords=axes.get_xaxis_transform(), fontsize=9, va="top",
        )  # fmt: skip


def _edges(values: pd.Series, *, rule: float) -> Floats:
    """Bins of one width, one of which begins at the rule."""
    width = rule / 12
    first = np.floor((values.min() - rule) / width)
    last = np.ceil((values.max() - rule) / width)
    return np.asarray(rule + width * np.arange(first, last + 1))
