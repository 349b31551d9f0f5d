"""From a mesh to pixels: which triangle a pixel sees, and where in it.

One rasterisation per view serves every map drawn on it, since only colours change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]


@dataclass(frozen=True)
class Raster:
    """What an orthographic camera sees of a triangle mesh.

    Of each pixel, row 0 at the top, `face` is its triangle (-1 for none) and `weights`, shape
    (height, width, 3), its barycentric coordinates in it; `triangles` are vertices, shape (f, 3).
    """

    face: Ints = field(repr=False)
    weights: Floats = field(repr=False)
    triangles: Ints = field(repr=False)

    def interpolate(self, values: Floats) -> Floats:
        """Carry values of vertices to pixels, in the order of ``self.face[self.face >= 0]``."""
        seen = self.face >= 0
        corners = values[self.triangles[self.face[seen]]]
        return np.asarray(np.einsum("pk,pk...->p...", self.weights[seen], corners))


def rasterise(points: Floats, triangles: Ints, *, pixels_per_unit: float) -> Raster:
    """Project a mesh (right, up, towards the viewer) along its third axis onto a grid of pixels.

    Triangles run counter-clockwise when seen from outside; there is a margin of one pixel.
    """
    grid = (points[:, :2] - points[:, :2].min(0)) * pixels_per_unit + 1.0
    width, height = np.ceil(grid.max(0)).astype(int) + 2
    a, b, c = (grid[triangles[:, corner]] for corner in range(3))
    area = _cross(b - a, c - a)
    front = np.flatnonzero(area > 1e-9)
    a, b, c, area = a[front], b[front], c[front], area[front]
    depth = points[triangles[front], 2]
    low = np.floor(np.minimum(np.minimum(a, b), c)).astype(int)
    extent = (np.ceil(np.maximum(np.maximum(a, b), c)).astype(int) - low).max(0, initial=0)

    nearest = np.full(height * width, -np.inf)
    face = np.full(height * width, -1)
    weights = np.zeros((height * width, 3))
    for down in range(extent[1] + 1):
        for across in range(extent[0] + 1):
            pixel = low + np.array([across, down])
            share = np.stack(
                [_cross(c - b, pixel - b), _cross(a - c, pixel - c), _cross(b - a, pixel - a)], 1
            )
            share /= area[:, None]
            inside = np.flatnonzero((share >= -1e-9).all(1))
            height_here = (share[inside] * depth[inside]).sum(1)
            # Nearest last, so that it stays where triangles share a pixel.
            order = np.argsort(height_here, kind="stable")
            inside, height_here = inside[order], height_here[order]
            cell = pixel[inside, 1] * width + pixel[inside, 0]
            better = height_here > nearest[cell]
            cell, inside = cell[better], inside[better]
            nearest[cell] = height_here[better]
            face[cell] = front[inside]
            weights[cell] = share[inside]
    return Raster(
        face=face.reshape(height, width)[::-1],
        weights=weights.reshape(height, width, 3)[::-1],
        triangles=triangles,
    )


def _cross(first: Floats, second: Floats) -> Floats:
    product: Floats = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    return product


def smooth_labels(labels: Ints, triangles: Ints, *, rounds: int = 2) -> tuple[Floats, Ints]:
    """Spread labels of vertices over their neighbours, so that borders run smoothly.

    Gives the share of each label per vertex, shape (v, l), and the label of each column.
    """
    from scipy import sparse

    keys, index = np.unique(labels, return_inverse=True)
    membership = np.eye(len(keys))[index]
    rows = triangles[:, [0, 1, 2, 1, 2, 0]].ravel()
    columns = triangles[:, [1, 2, 0, 0, 1, 2]].ravel()
    pairs = sparse.coo_array((np.ones(rows.size), (rows, columns)), shape=(labels.size,) * 2)
    links: Any = (pairs.tocsr() > 0).astype(float) + sparse.eye_array(labels.size)
    mean = sparse.diags_array(1.0 / links.sum(axis=1)) @ links
    for _ in range(rounds):
        membership = np.asarray(mean @ membership)
    return membership, keys


def nearest_label(raster: Raster, membership: Floats, keys: Ints, *, outside: int = -1) -> Ints:
    """Give every pixel the label with the largest share, and `outside` where it sees nothing."""
    seen = raster.face >= 0
    image = np.full(raster.face.shape, outside)
    largest = membership.argmax(1)[raster.triangles[raster.face[seen]]]
    # A label that leads at all three corners leads everywhere between them.
    place = largest[:, 0].copy()
    mixed = (largest != largest[:, :1]).any(axis=1)
    within = np.zeros_like(seen)
    within[seen] = mixed
    part = Raster(np.where(within, raster.face, -1), raster.weights, raster.triangles)
    place[mixed] = part.interpolate(membership.astype(np.float32)).argmax(1)
    image[seen] = keys[place]
    return image


def boundaries(image: npt.NDArray[np.integer[Any]], *, width: int = 1) -> npt.NDArray[np.bool_]:
    """Mark pixels where labels meet, in lines of half this width."""
    from scipy.ndimage import maximum_filter, minimum_filter

    size = 2 * width
    edge: npt.NDArray[np.bool_] = maximum_filter(image, size) != minimum_filter(image, size)
    return edge


def shrink(image: Floats, *, factor: int) -> Floats:
    """Average blocks of pixels, which smooths edges; an incomplete block at the end is dropped."""
    height, width = (side // factor * factor for side in image.shape[:2])
    corners = [(row, column) for row in range(factor) for column in range(factor)]
    total = sum(image[row:height:factor, column:width:factor] for row, column in corners)
    return np.asarray(total) / len(corners)
