"""Brains in a picture: regions in their colours, in stripes where several share one, with signs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from transdx import atlas
from transdx.figures.brain import raster
from transdx.figures.brain.views import (
    ELSEWHERE,
    OUTSIDE,
    VIEWS,
    Bools,
    Part,
    View,
    region_pixels,
    view,
)
from transdx.figures.canvas.layout import axes_in, readable_on, rgb
from transdx.figures.canvas.style import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours of a region: one, or several that share it in stripes; none where there is no value. A
#: region that is left out is pale.
Fills = Mapping[str, Sequence[str]]

#: Inches that two rows of views take, from one row to the next, and that all four in a line take.
TWO_ROWS, ROW, LINE = 2.98, 1.5, 1.06

#: Stored pixels per painted pixel, and of a stripe of colour.
_SHRUNK, _STRIPE = 2, 28
#: Stored pixels of the outline of a region.
_OUTLINE = 4
#: Half the width, in painted pixels, that a structure must show to bear a sign.
_ROOM = 9.0


def draw_views(
    figure: Figure,
    theme: Theme,
    part: Part,
    fills: Fills,
    *,
    bottom: float,
    marks: Mapping[str, str] | None = None,
    views: Sequence[tuple[str, str]] = VIEWS,
    row: float = ROW,
    bold: Collection[str] = (),
) -> list[Axes]:
    """Draw views in two columns, so many inches from row to row, with signs on regions.

    With rows of no height, all stand in one line. Regions that are `bold` have an outline.
    """
    drawn = []
    column = (float(figure.get_size_inches()[0]) - 0.06) / 2
    for place, (hemisphere, side) in enumerate(views):
        down = (len(views) - 1) // 2 - place // 2
        left, up = 0.03 + place % 2 * column, 0.15 + down * row
        width, height = column - 0.06, min(row - 0.17, 0.62 * column)
        if not row:
            left, up, width, height = 0.06 + place * 1.08, 0.16, 1.0, 0.86
        axes = axes_in(figure, theme, left=left, bottom=bottom + up, width=width, height=height)
        image = paint(view(part, hemisphere, side), fills, theme, bold=bold)
        axes.imshow(image, interpolation="antialiased")
        axes.set_axis_off()
        axes.text(
            0.5, -0.01, f"{hemisphere} {side}", transform=axes.transAxes, ha="center", va="top",
            color=theme.muted, fontsize=9,
        )  # fmt: skip
        spots = _spots(part, hemisphere, side) if marks else {}
        for region, sign in (marks or {}).items():
            if region in spots:
                _print(axes, theme, fills.get(region, ()), spots[region], sign)
        drawn.append(axes)
    return drawn


def draw_brain(
    figure: Figure,
    theme: Theme,
    fills: Fills,
    *,
    bottom: float,
    marks: Mapping[str, str],
    parts: Sequence[Part] = ("cortex", "subcortex"),
    views: Sequence[tuple[str, str]] = VIEWS,
) -> None:
    """Draw one part of the brain in rows; another stands below it in a line."""
    first, *below = parts
    up = LINE * len(below)
    draw_views(figure, theme, first, fills, bottom=bottom + up, marks=marks, views=views)
    for part in below:
        draw_views(figure, theme, part, fills, bottom=bottom, marks=marks, row=0)


def paint(
    seen: View, fills: Fills, theme: Theme, *, bold: Collection[str] = ()
) -> npt.NDArray[np.float64]:
    """Colour the pixels of a view, at the density of the picture; outline what is bold."""
    layers = max([len(colours) for colours in fills.values()], default=1) or 1
    table = np.tile(rgb(theme.pale), (layers, len(atlas.REGIONS) + 2, 1)).astype(np.float32)
    # Counted from the end, these are the last two.
    table[:, OUTSIDE], table[:, ELSEWHERE] = rgb(theme.background), rgb(theme.absent)
    for place, region in enumerate(atlas.REGIONS):
        for at in range(layers):
            colours = fills.get(region, (theme.pale,)) or (theme.absent,)
            table[at, place] = rgb(colours[at % len(colours)])
    rows, columns = np.ogrid[: seen.regions.shape[0], : seen.regions.shape[1]]
    diagonal = rows + columns
    layer = diagonal // _STRIPE % layers if layers > 1 else 0
    image = table[layer, seen.regions] * seen.light[..., None]
    missing = [atlas.REGIONS.index(region) for region, colours in fills.items() if not colours]
    if missing:
        image[np.isin(seen.regions, missing) & (diagonal % 14 < 4)] = rgb(theme.muted)
    image[seen.borders] = 0.35 * image[seen.borders] + 0.65 * rgb(theme.border)
    if bold:
        inside = np.isin(seen.regions, [atlas.REGIONS.index(region) for region in bold])
        image[inside & raster.boundaries(seen.regions, width=_OUTLINE)] = rgb(theme.ink)
    return raster.shrink(image, factor=_SHRUNK)


def _print(
    axes: Axes, theme: Theme, colours: Sequence[str], spot: tuple[float, float], sign: str
) -> None:
    from matplotlib.patheffects import withStroke

    ink = readable_on(*(colours or (theme.pale,)))
    # A rim of the other shade keeps a sign readable where it crosses a border or a stripe.
    rim = withStroke(linewidth=1.6 if len(colours) > 1 else 0.9, foreground=readable_on(ink))
    axes.text(
        *spot, sign, ha="center", va="center_baseline", fontsize=9.5, fontweight="bold",
        color=ink, path_effects=[rim],
    )  # fmt: skip


def _spots(part: Part, hemisphere: str, side: str) -> dict[str, tuple[float, float]]:
    """Choose where signs go: on the cortex where there is most room, else where there is some."""
    here, sides = _middles(part, hemisphere, side), dict.fromkeys(side for _, side in VIEWS)

    def best(region: str) -> bool:
        if part == "subcortex":
            return here[region][2] >= _ROOM
        nowhere = (0.0, 0.0, 0.0)
        rooms = {s: _middles(part, hemisphere, s).get(region, nowhere)[2] for s in sides}
        return max(rooms, key=lambda name: rooms[name]) == side

    return {region: spot[:2] for region, spot in here.items() if best(region)}


@cache
def _middles(part: Part, hemisphere: str, side: str) -> dict[str, tuple[float, float, float]]:
    masks = region_pixels(part, hemisphere, side)
    return {region: _middle(mask) for region, mask in masks.items()}


def _middle(mask: Bools) -> tuple[float, float, float]:
    """Find the point of a mask that is farthest from its edge, and how far, when painted."""
    from scipy.ndimage import distance_transform_edt

    room = np.asarray(distance_transform_edt(np.pad(mask[::_SHRUNK, ::_SHRUNK], 1)))
    row, column = np.unravel_index(int(room.argmax()), room.shape)
    return float(column - 1), float(row - 1), float(room.max())
