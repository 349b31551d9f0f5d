"""A whole brain in one picture: cortex and subcortex, coloured by kind and marked with signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from transdx import atlas
from transdx.figures.brain import deep, views
from transdx.figures.canvas.layout import axes_in, contrast, hex_to_rgb, readable_on
from transdx.figures.canvas.style import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CORTEX_HEIGHT", "SUBCORTEX_HEIGHT", "Fills", "draw_cortex", "draw_subcortex", "swatch"]

#: Inches from the bottom of the four cortical or subcortical views to their top.
CORTEX_HEIGHT = 2.98
SUBCORTEX_HEIGHT = 1.06

#: Colours of a region, as hexadecimals: one, or several that share it in stripes.
Fills = Mapping[str, Sequence[str]]
Bools = npt.NDArray[np.bool_]

# Stripes in pixels of the painted views, and the smoothing of views before painting.
_STRIPE = 14
_SHRUNK = 2


def draw_cortex(
    figure: Figure,
    theme: Theme,
    fills: Fills,
    *,
    bottom: float,
    marks: Mapping[str, str] | None = None,
    views: Sequence[tuple[str, str]] = views.VIEWS,
) -> None:
    """Draw cortical views in two columns, each region in its own colours.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to; 4.4 inches wide.
    theme : Theme
        Colours.
    fills : mapping of str to sequence of str
        Colours per region; a region that is left out stays pale.
    bottom : float
        Inches from the lower edge.
    marks : mapping of str to str, optional
        A sign to print on a region, once, where it is seen best.
    views : sequence of (hemisphere, view), optional
        All four by default.
    """
    rows = (len(views) + 1) // 2
    for place, (hemisphere, view) in enumerate(views):
        across, down = place % 2, rows - 1 - place // 2
        axes = axes_in(
            figure, theme, left=0.03 + across * 2.2, bottom=bottom + 0.15 + down * 1.5,
            width=2.14, height=1.33,
        )  # fmt: skip
        axes.imshow(_cortex(hemisphere, view, fills, theme), interpolation="antialiased")
        _finish(axes, theme, f"{hemisphere} {view}")
        for region, sign in (marks or {}).items():
            if _best_view(region) == view:
                spots = _cortex_spots(hemisphere, view)
                _print(axes, theme, fills.get(region, ()), spots.get(region), sign)


def draw_subcortex(
    figure: Figure,
    theme: Theme,
    fills: Fills,
    *,
    bottom: float,
    marks: Mapping[str, str] | None = None,
    large: bool = False,
) -> None:
    """Draw the four subcortical views, each structure in its own colours.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to; 4.4 inches wide.
    theme : Theme
        Colours.
    fills : mapping of str to sequence of str
        Colours per structure; one that is left out stays pale.
    bottom : float
        Inches from the lower edge.
    marks : mapping of str to str, optional
        A sign to print on a structure, in every view that shows enough of it.
    large : bool, default False
        In two columns, as tall as the cortex, instead of in one row.
    """
    for place, (hemisphere, view) in enumerate(deep.VIEWS):
        if large:
            left, up = 0.15 + place % 2 * 2.2, 0.15 + (1 - place // 2) * 1.5
            width, height = 1.9, 1.33
        else:
            left, up, width, height = 0.06 + place * 1.08, 0.16, 1.0, 0.86
        axes = axes_in(figure, theme, left=left, bottom=bottom + up, width=width, height=height)
        axes.imshow(_subcortex(hemisphere, view, fills, theme), interpolation="antialiased")
        _finish(axes, theme, f"{hemisphere} {view}")
        for region, sign in (marks or {}).items():
            spot = _subcortex_spots(hemisphere, view).get(region)
            _print(axes, theme, fills.get(region, ()), spot, sign)


def swatch(
    axes: Axes, theme: Theme, colours: Sequence[str], *, left: float, top: float, sign: str
) -> None:
    """Draw the entry of a legend: the colours of a region with its sign.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        In inches, with the vertical axis pointing down.
    theme : Theme
        Colours.
    colours : sequence of str
        As in the fills of a brain.
    left, top : float
        Upper left corner in inches.
    sign : str
        What is printed on such regions.
    """
    from matplotlib.patches import Polygon, Rectangle

    axes.add_patch(
        Rectangle((left, top), 0.26, 0.2, facecolor=colours[0], edgecolor=theme.border, lw=0.6)
    )
    if len(colours) > 1:
        corners = [(left, top + 0.2), (left + 0.26, top + 0.2), (left + 0.26, top)]
        axes.add_patch(Polygon(corners, facecolor=colours[1], lw=0))
    axes.text(
        left + 0.13, top + 0.105, sign, ha="center", va="center", fontsize=9.5, fontweight="bold",
        color=_ink(colours),
    )  # fmt: skip


def _finish(axes: Axes, theme: Theme, words: str) -> None:
    axes.set_axis_off()
    axes.text(
        0.5, -0.01, words, transform=axes.transAxes, ha="center", va="top",
        color=theme.muted, fontsize=9,
    )  # fmt: skip


def _ink(colours: Sequence[str]) -> str:
    """Choose the text that is readable on the least favourable of the colours."""
    fills = [hex_to_rgb(colour) for colour in colours]
    inks = ("#000000", "#ffffff")
    return max(inks, key=lambda ink: min(contrast(fill, hex_to_rgb(ink)) for fill in fills))


def _print(
    axes: Axes, theme: Theme, colours: Sequence[str], spot: tuple[float, float] | None, sign: str
) -> None:
    from matplotlib.patheffects import withStroke

    if spot is None:
        return
    ink = _ink(colours or (theme.pale,))
    # A rim of the other shade keeps a sign readable where it crosses a border or a stripe.
    rim = readable_on(hex_to_rgb(ink))
    several = len(colours) > 1
    axes.text(
        spot[0], spot[1], sign, ha="center", va="center_baseline", fontsize=9.5, fontweight="bold",
        color=ink, path_effects=[withStroke(linewidth=1.6 if several else 0.9, foreground=rim)],
    )  # fmt: skip


def _layer(fills: Fills, place: int, theme: Theme) -> dict[str, npt.NDArray[np.float64] | None]:
    """Give each region its first, second, ... colour; starting over where there are fewer."""
    layer: dict[str, npt.NDArray[np.float64] | None] = {}
    for region in atlas.REGIONS:
        colours = fills.get(region) or (theme.pale,)
        layer[region] = hex_to_rgb(colours[place % len(colours)])
    return layer


def _cortex(hemisphere: str, view: str, fills: Fills, theme: Theme) -> npt.NDArray[np.float64]:
    most = max((len(colours) for colours in fills.values()), default=1)
    layers = [
        views.paint(hemisphere, view, _layer(fills, place, theme), theme)
        for place in range(max(most, 1))
    ]
    return _striped(layers)


def _subcortex(hemisphere: str, view: str, fills: Fills, theme: Theme) -> npt.NDArray[np.float64]:
    most = max((len(colours) for colours in fills.values()), default=1)
    layers = [
        deep.paint(hemisphere, view, _layer(fills, place, theme), theme)
        for place in range(max(most, 1))
    ]
    return _striped(layers)


def _striped(layers: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    rows, columns = np.indices(layers[0].shape[:2])
    image = layers[0].copy()
    which = (rows + columns) // _STRIPE % len(layers)
    for place, layer in enumerate(layers):
        image[which == place] = layer[which == place]
    return image


@cache
def _cortex_spots(hemisphere: str, view: str) -> dict[str, tuple[float, float]]:
    masks = views.region_pixels(hemisphere, view)
    return {region: _middle(mask)[:2] for region, mask in masks.items()}


@cache
def _subcortex_spots(hemisphere: str, view: str) -> dict[str, tuple[float, float]]:
    """Leave out what a view hides but for a rim too narrow for a sign."""
    masks = deep.structure_pixels(hemisphere, view)
    middles = {region: _middle(mask) for region, mask in masks.items()}
    return {region: spot[:2] for region, spot in middles.items() if spot[2] >= _ROOM}


#: Half the width, in painted pixels, that a structure must show to bear a sign.
_ROOM = 9.0


@cache
def _best_view(region: str) -> str:
    """Name the view that has the most room for a sign within a cortical region."""
    hemisphere = atlas.split(region)[0]
    room = {}
    for view in ("lateral", "medial"):
        mask = views.region_pixels(hemisphere, view).get(region)
        room[view] = 0.0 if mask is None else _middle(mask)[2]
    return max(room, key=lambda view: room[view])


def _middle(mask: Bools) -> tuple[float, float, float]:
    """Find the point of a mask that is farthest from its edge, and how far, when painted."""
    from scipy.ndimage import distance_transform_edt

    step = 2
    room = np.asarray(distance_transform_edt(np.pad(mask[::step, ::step], 1)))
    row, column = np.unravel_index(int(room.argmax()), room.shape)
    scale = step / _SHRUNK
    return float(column - 1) * scale, float(row - 1) * scale, float(room.max()) * scale
