"""Maps on the cortex: the fsaverage5 surface, coloured by Desikan-Killiany region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas
from transdx.errors import InputError
from transdx.figures.brain import raster
from transdx.figures.canvas.layout import (
    WIDTH,
    colour_bar,
    colour_limit,
    heading,
    heading_height,
    hex_to_rgb,
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, diverging, label, select
from transdx.figures.canvas.words import map_title, plan_maps, subtitle_of, survival
from transdx.results.select import survives
from transdx.writing import decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cortex_map", "cortex_maps", "region_pixels"]

VIEWS = (("left", "lateral"), ("right", "lateral"), ("left", "medial"), ("right", "medial"))
_PIXELS_PER_MM = 4.0
_OVERSAMPLING = 2


@dataclass(frozen=True)
class _View:
    """What does not depend on the values: regions, shading and borders of the pixels."""

    regions: npt.NDArray[np.int_] = field(repr=False)
    shade: npt.NDArray[np.float64] = field(repr=False)
    borders: npt.NDArray[np.bool_] = field(repr=False)


def cortex_maps(associations: pd.DataFrame, *, modality: str) -> Gallery:
    """Draw every score's map of a modality: all regions, then those that survive.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str
        What is measured: surface area, thickness or a connectivity, of which regions have
        the mean over their connections.

    Returns
    -------
    Gallery
        Two pictures per score with one colour scale; one where nothing survives for
        any score, with a caption that says so.
    """
    rows = select(associations, modality=modality)
    limit = colour_limit(rows["beta"])
    pairs, caption = plan_maps(_cortical(rows, modality=modality))
    pictures = [
        cortex_map(associations, modality=modality, score=score, survivors=survivors, limit=limit)
        for score, survivors in pairs
    ]
    return Gallery(pictures, caption=caption)


def cortex_map(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str,
    survivors: bool = False,
    limit: float | None = None,
) -> Picture:
    """Draw betas on the inflated cortex, from both sides of both hemispheres.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str
        What is measured: surface area, thickness or a connectivity, of which regions have
        the mean over their connections.
    score : str
        Which symptom score.
    survivors : bool, default False
        Colour only regions with ``p_fdr <= 0.05``.
    limit : float, optional
        End of the colour scale; by default that of all scores of the modality, so
        that their maps can be compared.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If the modality has no cortical regions, or the table lacks modality or score.
    """
    rows = _cortical(select(associations, modality=modality, score=score), modality=modality)
    values = rows.set_index("feature")["beta"].astype(float)
    kept = values[survives(rows).to_numpy()] if survivors else values
    scale = limit or colour_limit(select(associations, modality=modality)["beta"])
    absent = [feature for feature in _all_features() if feature not in values.dropna().index]
    title = f"{sentence_case(map_title(modality))} and {label(score)}"
    if survivors:
        title += f": {survival(rows)}"
    subtitle = subtitle_of(rows)

    foot = 0.58 if absent or len(kept) < len(values) else 0.28

    def draw(figure: Figure, theme: Theme) -> None:
        colours = _region_colours(values, kept, theme=theme, limit=scale)
        heading(figure, theme, title, subtitle)
        _draw(figure, theme, colours, limit=scale, foot=foot)
        _legend(figure, theme, absent=absent, pale=len(values) - len(kept))

    alt = _alt(rows, modality=modality, score=score, survivors=survivors, absent=absent)
    return render(draw, size=(WIDTH, 3.37 + foot + heading_height(title, subtitle)), alt=alt)


def region_pixels(hemisphere: str, view: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Give the pixels in which a view shows each region.

    Parameters
    ----------
    hemisphere : {'left', 'right'}
        The side of the brain.
    view : {'lateral', 'medial'}
        Seen from outside or from between the hemispheres.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (height, width)
        Regions that are not visible are left out.
    """
    regions = _view(hemisphere, view).regions
    keys = atlas.surface_labels(hemisphere)[1]
    masks = {f"{hemisphere}_{region}": regions == key for region, key in keys.items()}
    return {feature: mask for feature, mask in masks.items() if mask.any()}


def _all_features() -> list[str]:
    return [f"{side}_{region}" for side in atlas.HEMISPHERES for region in atlas.CORTEX]


def _cortical(rows: pd.DataFrame, *, modality: str) -> pd.DataFrame:
    kept = rows[rows["feature"].isin(_all_features())]
    if kept.empty:
        raise InputError(f"expected cortical regions, got the modality '{modality}'")
    return kept


def _alt(
    rows: pd.DataFrame, *, modality: str, score: str, survivors: bool, absent: list[str]
) -> str:
    strongest = rows.iloc[int(np.nanargmax(rows["beta"].abs()))]
    shown = ", only regions that survive in colour," if survivors else ""
    text = (
        f"Map of standardised betas of {map_title(modality)} with {label(score)}{shown} on the "
        f"left and right hemisphere, lateral and medial; strongest {label(strongest['feature'])} "
        f"{decimal(strongest['beta'])}; {survival(rows, what='regions')}."
    )
    if absent:
        text += f" Without values: {', '.join(label(feature) for feature in absent)}."
    return text


def _region_colours(
    values: pd.Series, kept: pd.Series, *, theme: Theme, limit: float
) -> Mapping[str, npt.NDArray[np.float64] | None]:
    """Colour per feature; None where the table holds no value."""
    colours: dict[str, npt.NDArray[np.float64] | None] = dict.fromkeys(_all_features())
    palette = diverging()
    for feature, value in values.dropna().items():
        shown = feature in kept.index
        colours[str(feature)] = (
            np.array(palette(0.5 + 0.5 * float(value) / limit)[:3])
            if shown
            else hex_to_rgb(theme.pale)
        )
    return colours


def paint(
    hemisphere: str,
    view: str,
    colours: Mapping[str, npt.NDArray[np.float64] | None],
    theme: Theme,
) -> npt.NDArray[np.float64]:
    """Colour the pixels of one view, at the density of the picture."""
    seen = _view(hemisphere, view)
    keys = atlas.surface_labels(hemisphere)[1]
    table = np.tile(hex_to_rgb(theme.absent), (max(keys.values()) + 2, 1))
    table[-1] = hex_to_rgb(theme.background)
    missing = np.zeros(len(table), dtype=bool)
    for region, key in keys.items():
        colour = colours[f"{hemisphere}_{region}"]
        missing[key] = colour is None
        if colour is not None:
            table[key] = colour
    table = table.astype(np.float32)
    image = table[seen.regions] * np.where(seen.regions >= 0, seen.shade, np.float32(1))[..., None]
    rows, columns = np.indices(seen.regions.shape)
    stripes = missing[seen.regions] & ((rows + columns) % 14 < 4)
    image[stripes] = hex_to_rgb(theme.muted)
    image[seen.borders] = 0.35 * image[seen.borders] + 0.65 * hex_to_rgb(theme.border)
    return raster.shrink(image, factor=_OVERSAMPLING)


def _draw(
    figure: Figure,
    theme: Theme,
    colours: Mapping[str, npt.NDArray[np.float64] | None],
    *,
    limit: float,
    foot: float,
) -> None:
    width, height = figure.get_size_inches()
    for place, (hemisphere, view) in enumerate(VIEWS):
        across, down = place % 2, place // 2
        image = paint(hemisphere, view, colours, theme)
        box = (0.03 + across * 2.2, foot + 1.97 - down * 1.55, 2.14, 1.35)
        axes = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
        axes.imshow(image, interpolation="antialiased")
        axes.set_axis_off()
        axes.text(
            0.5, -0.01, f"{hemisphere} {view}", transform=axes.transAxes, ha="center", va="top",
            color=theme.muted, fontsize=9,
        )  # fmt: skip
    colour_bar(figure, theme, limit=limit, bottom=foot, text="standardised beta")


def _legend(figure: Figure, theme: Theme, *, absent: list[str], pale: int) -> None:
    """Name what is not coloured, below the colour bar."""
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    entries: list[tuple[str, dict[str, Any]]] = []
    if pale:
        entries.append(("does not survive", {"facecolor": theme.pale}))
    if absent:
        regions = list(dict.fromkeys(atlas.split(feature)[1] for feature in absent))
        names = ", ".join(label(region) for region in regions[:2])
        more = f" and {len(regions) - 2} more" if len(regions) > 2 else ""
        entries.append((f"no value: {names}{more}", {"facecolor": theme.absent, "hatch": "/////"}))
    left = 0.12
    for text, look in entries:
        patch = Rectangle(
            (left / width, 0.06 / height), 0.2 / width, 0.13 / height,
            transform=figure.transFigure, edgecolor=theme.muted, linewidth=0.5, **look,
        )  # fmt: skip
        figure.add_artist(patch)
        drawn = figure.text(
            (left + 0.27) / width, 0.125 / height, text, fontsize=9, va="center", color=theme.muted
        )
        left += 0.27 + drawn.get_window_extent().width / figure.dpi + 0.25


@cache
def _meshes() -> dict[str, tuple[Any, Any, Any]]:
    """Read vertices, triangles and sulcal depth of both hemispheres from nilearn's files."""
    from nilearn.datasets import load_fsaverage, load_fsaverage_data

    inflated = load_fsaverage("fsaverage5")["inflated"]
    depth = load_fsaverage_data("fsaverage5", data_type="sulcal")
    return {
        side: (
            np.asarray(inflated.parts[side].coordinates, dtype=float),
            np.asarray(inflated.parts[side].faces, dtype=int),
            np.asarray(depth.data.parts[side], dtype=float).ravel(),
        )
        for side in atlas.HEMISPHERES
    }


@cache
def _view(hemisphere: str, view: str) -> _View:
    points, triangles, depth = _meshes()[hemisphere]
    # Towards the viewer is -x for the left hemisphere seen from outside.
    side = -1.0 if (hemisphere == "left") == (view == "lateral") else 1.0
    turned = np.column_stack([side * points[:, 1], points[:, 2], side * points[:, 0]])
    pixels = raster.rasterise(turned, triangles, pixels_per_unit=_PIXELS_PER_MM)
    labels = atlas.surface_labels(hemisphere)[0]
    membership, keys = raster.smooth_labels(labels, triangles)
    regions = raster.nearest_label(pixels, membership, keys)
    shade = np.ones(regions.shape)
    normals = pixels.interpolate(_normals(turned, triangles))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    facing = normals @ (np.array([-0.25, 0.45, 0.86]) / np.linalg.norm([-0.25, 0.45, 0.86]))
    sulci = np.clip(pixels.interpolate(depth) / np.abs(depth).max(), -1, 1)
    # Shallow, so that a colour can still be read off against the bar.
    relief = 0.80 + 0.20 * np.clip(facing, 0, 1) - 0.07 * (sulci > 0)
    shade[regions >= 0] = relief / relief.max()
    return _View(regions, shade.astype(np.float32), raster.boundaries(regions, width=1))


def _normals(
    points: npt.NDArray[np.float64], triangles: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    return normals
