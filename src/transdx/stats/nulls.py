"""Nulls for maps over regions: the cortex rotated as a sphere, or regions simply shuffled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from transdx import atlas
from transdx._arrays import Floats, Indices
from transdx._checks import check_choice
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.stats.resampling import generator, seed_blocks

#: How much the two sides of a map may be alike, correlations, where nulls are held to their level.
SIDES = (0.0, 0.8, 0.95)
#: Radius of the sphere that the cortex is inflated to, mm.
RADIUS = 100.0


def spins(n: int, *, seed: int, method: Literal["unique", "nearest"] = "unique") -> Indices:
    """Draw n random rotations of the cortex as rearrangements of the 82 regions, shape (n, 82).

    ``map[spins[i]]`` is a map after rotation i. The centres of the regions on the sphere are
    rotated, those of the right hemisphere by the mirror image of the rotation of the left, so that
    the two stay alike (Alexander-Bloch et al. 2018, doi:10.1016/j.neuroimage.2018.05.070). A region
    takes its value from another by the assignment that moves the regions the least in all and uses
    each once, or from the nearest, which can use one twice and another never (compared in Markello
    and Misic 2021, doi:10.1016/j.neuroimage.2021.118052). The subcortical regions have no place on
    the sphere; they are shuffled as seven pairs, since a structure is much alike on both sides.

    >>> found = spins(3, seed=1)
    >>> found.shape, bool((np.sort(found, axis=1) == np.arange(82)).all())
    ((3, 82), True)
    """
    check_choice(method, "method", ("unique", "nearest"))
    assign = _unique if method == "unique" else _nearest
    centres = atlas.sphere()
    mirror = np.diag([-1.0, 1.0, 1.0])

    def one(rng: np.random.Generator) -> Indices:
        turn = rotations(1, rng)[0]
        left = assign(centres["left"], centres["left"] @ turn.T)
        right = assign(centres["right"], centres["right"] @ (mirror @ turn @ mirror).T)
        return np.concatenate([_pairs(rng), 14 + left, 48 + right])

    return _draw(n, one, "spin", seed)


def shuffles(n: int, *, seed: int) -> Indices:
    """Shuffle the regions one by one, cortex and subcortex within themselves, shape (n, 82).

    This null takes regions for exchangeable, which neighbours are not, nor the two sides of a
    structure: it rejects too often, see `spin_validity`.
    """

    def one(rng: np.random.Generator) -> Indices:
        return np.concatenate([rng.permutation(14), 14 + rng.permutation(68)])

    return _draw(n, one, "shuffle", seed)


def rotations(n: int, rng: np.random.Generator) -> Floats:
    """Draw rotations, uniform over all there are, shape (n, 3, 3).

    The orthogonal part of a matrix of normal numbers, signs settled so that it is unique
    (Stewart 1980, doi:10.1137/0717034).
    """
    q, r = np.linalg.qr(rng.standard_normal((n, 3, 3)))
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    q[:, :, 0] *= np.sign(np.linalg.det(q))[:, None]
    return np.asarray(q)


def spin_p(observed: ArrayLike, null: Floats) -> Floats:
    """Count how often a rearranged statistic lies as far from the middle as the observed one.

    Two-sided around the mean of the null (last axis: n rearrangements, NaN ones do not count), with
    the observed one counted: at least 1 / (1 + n). NaN where the statistic is missing.

    >>> spin_p([1.0], np.array([[0.4, 0.6, 0.5, 1.1]]))
    array([0.4])
    """
    middle = np.nanmean(null, axis=-1)
    distance = np.abs(np.asarray(observed, dtype=float) - middle)
    # Rounding must not make an equal arrangement a lesser one.
    beyond = np.abs(null - middle[..., None]) >= distance[..., None] * (1 - 1e-9)
    p = (1 + beyond.sum(axis=-1)) / (1 + np.isfinite(null).sum(axis=-1))
    return np.where(np.isfinite(distance), p, np.nan)


def spin_validity(
    turns: Indices, *, maps: int = 1000, seed: int = 1, reach: float = 60.0
) -> pd.DataFrame:
    """Measure how often nulls call two unrelated maps correlated, by how alike their sides are.

    Maps of the cortex are smooth: at a distance of `reach`, in mm on a sphere with a radius of
    100, the correlation of two regions has fallen to 1/e. Those of the deep structures are not.
    The null is that of `turns` (see `spins`), beside it as many `shuffles`. The rate is the share
    of pairs of maps with p <= 0.05, its interval Wilson's (doi:10.1080/01621459.1927.10502953).

    >>> found = spin_validity(spins(19, seed=1), maps=20)
    >>> found[["structure", "null", "sides"]].values.tolist()[:2]
    [['cortex', 'spin', 0.0], ['cortex', 'shuffle', 0.0]]
    """
    from statsmodels.stats.proportion import proportion_confint

    nulls = {"spin": turns, "shuffle": shuffles(len(turns), seed=seed)}
    rows = []
    for structure, inside in (("cortex", slice(14, 82)), ("deep", slice(0, 14))):
        for sides in SIDES:
            rng = generator("map", seed)
            one, other = (_maps(structure, maps, sides, reach, rng) for _ in range(2))
            for name, null in nulls.items():
                moved = null[:, inside] - inside.start
                turned = np.stack([_r(one, other[:, places]) for places in moved], axis=1)
                hits = int((spin_p(_r(one, other), turned) <= ALPHA).sum())
                ends = proportion_confint(hits, maps, method="wilson")
                rows.append((structure, name, sides, hits / maps, *ends, maps))
    return pd.DataFrame(rows, columns=TABLES["spin_validity"].names)


def _maps(structure: str, n: int, sides: float, reach: float, rng: np.random.Generator) -> Floats:
    """Draw normal maps of the regions of a structure whose two sides correlate so much."""
    count = 34 if structure == "cortex" else 7
    left, own = rng.standard_normal((2, n, count))
    right = sides * left + np.sqrt(1 - sides**2) * own
    if structure == "deep":
        return np.hstack([left, right])
    return np.hstack([_smooth(left, "left", reach), _smooth(right, "right", reach)])


def _smooth(noise: Floats, side: str, reach: float) -> Floats:
    """Let independent values of the cortical regions of a side go with those of neighbours."""
    centres = atlas.sphere()[side]
    distance = RADIUS * np.arccos(np.clip(centres @ centres.T, -1, 1))
    root = np.linalg.cholesky(np.exp(-distance / reach) + 1e-9 * np.eye(len(centres)))
    return np.asarray(noise @ root.T)


def _pairs(rng: np.random.Generator) -> Indices:
    """Shuffle the seven deep structures, each with both of its sides."""
    order = rng.permutation(7)
    return np.concatenate([order, 7 + order])


def _r(one: Floats, other: Floats) -> Floats:
    """Correlate each row with the one in its place."""
    a, b = (maps - maps.mean(axis=1, keepdims=True) for maps in (one, other))
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def _draw(
    n: int, one: Callable[[np.random.Generator], Indices], purpose: str, seed: int
) -> Indices:
    """Make n draws in seeded blocks, so that more of them begin with the same ones."""
    drawn = np.empty((n, len(atlas.REGIONS)), dtype=np.intp)
    for block, start, stop in seed_blocks(0, n):
        rng = generator(purpose, seed, block)
        for row in range(start, stop):
            drawn[row] = one(rng)
    return drawn


def _unique(places: Floats, turned: Floats) -> Indices:
    from scipy.optimize import linear_sum_assignment

    return np.asarray(linear_sum_assignment(-places @ turned.T)[1])


def _nearest(places: Floats, turned: Floats) -> Indices:
    return np.asarray((places @ turned.T).argmax(axis=1))
