"""Meshes of a brain that readers turn: the inflated cortex, and the surface of each structure."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from transdx import atlas
from transdx.figures.brain import deep, raster
from transdx.figures.brain.views import ELSEWHERE, meshes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]

#: Steps per millimetre in which places are kept, as 16-bit integers.
_STEPS = 200
#: Of a volume in voxels of 1 mm, every second is a corner of the net.
_COARSE = 2
_CORNERS = list(product((0, 1), repeat=3))
#: Pairs of corners of a cell that an edge joins.
_EDGES = [
    (a, b)
    for a, b in product(range(8), repeat=2)
    if a < b and np.abs(np.subtract(_CORNERS[a], _CORNERS[b])).sum() == 1
]


@dataclass(frozen=True)
class Mesh:
    """Triangles of a part of the brain on one side.

    `points` are in mm (right, front, up), shape (v, 3); `triangles` run counter-clockwise when seen
    from outside, shape (f, 3). Of each vertex, `places` is the region in ``atlas.REGIONS``, -2 for
    none; `leads` how far its share there is above that of the next region, so that borders run
    between vertices; and `sulci` whether it lies in the depth of a fold.
    """

    points: Floats = field(repr=False)
    triangles: Ints = field(repr=False)
    places: Ints = field(repr=False)
    leads: Floats = field(repr=False)
    sulci: npt.NDArray[np.bool_] = field(repr=False)

    def packed(self) -> dict[str, str]:
        """Write the arrays in base64, as little-endian integers."""
        arrays = {
            "points": np.rint(_STEPS * self.points).astype("<i2"),
            "triangles": self.triangles.astype("<u2"),
            "places": self.places.astype("i1"),
            "leads": np.rint(255 * self.leads).astype("u1"),
            "sulci": self.sulci.astype("u1"),
        }
        return {name: base64.b64encode(held.tobytes()).decode() for name, held in arrays.items()}


def cortex(hemisphere: str) -> Mesh:
    """Give the inflated cortex of a hemisphere: fsaverage5, 10,242 vertices."""
    points, triangles, depth = meshes()[hemisphere]
    labels, keys = atlas.surface_labels(hemisphere)
    places = np.full(labels.shape, ELSEWHERE)
    for region, key in keys.items():
        places[labels == key] = atlas.REGIONS.index(f"{hemisphere}_{region}")
    shares, kept = raster.smooth_labels(places, triangles)
    second, first = np.partition(shares, -2, axis=1)[:, -2:].T
    return Mesh(points, triangles, kept[shares.argmax(axis=1)], first - second, depth > 0)


def subcortex(hemisphere: str) -> Mesh:
    """Give the seven structures of a hemisphere, each a closed surface."""
    from scipy import ndimage

    volume, keys = deep.labelled()
    points: list[Floats] = []
    triangles: list[Ints] = []
    places: list[Ints] = []
    for name in atlas.SUBCORTEX:
        region = f"{hemisphere}_{name}"
        smooth = ndimage.gaussian_filter((volume == keys[region]).astype(float), 1.1)
        net, faces = _net(smooth[::_COARSE, ::_COARSE, ::_COARSE] - deep.SURFACE)
        triangles.append(faces + sum(len(each) for each in points))
        points.append(_COARSE * net)
        places.append(np.full(len(net), atlas.REGIONS.index(region)))
    centred = np.concatenate(points) - np.array(volume.shape) / 2
    known = np.concatenate(places)
    even = np.ones(len(known))
    return Mesh(centred, np.concatenate(triangles), known, even, np.zeros(len(known), dtype=bool))


def _net(values: Floats) -> tuple[Floats, Ints]:
    """Wrap a net around what lies above zero: a vertex per cell, a square per edge that crosses.

    The vertex of a cell is the mean of where its edges cross zero (surface nets, Gibson 1998,
    doi:10.1007/BFb0056277).
    """
    cells = np.array(values.shape) - 1
    corners = np.stack([values[tuple(map(slice, at, cells + at))] for at in _CORNERS])
    above = corners > 0
    mixed = above.any(axis=0) & ~above.all(axis=0)
    number = np.full(mixed.shape, -1)
    number[mixed] = np.arange(mixed.sum())
    held = corners[:, mixed]
    total, crossed = np.zeros((held.shape[1], 3)), np.zeros((held.shape[1], 1))
    for a, b in _EDGES:
        cut = (held[a] > 0) != (held[b] > 0)
        share = held[a, cut] / (held[a, cut] - held[b, cut])
        start, end = np.array(_CORNERS[a]), np.array(_CORNERS[b])
        total[cut] += start + share[:, None] * (end - start)
        crossed[cut] += 1
    faces = np.concatenate([_squares(values > 0, number, axis) for axis in range(3)])
    return np.argwhere(mixed) + total / crossed, faces


def _squares(above: npt.NDArray[np.bool_], number: Ints, axis: int) -> Ints:
    """Join the four cells around each edge along an axis that crosses, as two triangles."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    first, second = (np.take(above, range(k, above.shape[axis] - 1 + k), axis) for k in (0, 1))
    edges: Any = np.argwhere(first != second)
    edges = edges[(edges[:, one] > 0) & (edges[:, other] > 0)]
    step_one, step_other = np.eye(3, dtype=int)[[one, other]]
    around = [edges - step_one - step_other, edges - step_other, edges, edges - step_one]
    a, b, c, d = (number[tuple(cell.T)] for cell in around)
    leaves = first[tuple(edges.T)]
    b, d = np.where(leaves, b, d), np.where(leaves, d, b)
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
