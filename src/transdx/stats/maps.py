"""Maps over regions held against each other."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from transdx import atlas
from transdx._arrays import Floats, Indices
from transdx.errors import InputError
from transdx.stats.nulls import spin_p

#: Maps with fewer regions in common than this are not correlated.
LEAST = 5


class Overlap(NamedTuple):
    """How much of a map lies in some regions."""

    observed: float  # mean of the map over the regions
    expected: float  # its mean under the null
    p: float  # one-sided: more inside than under the null


def correlate_maps(maps: pd.DataFrame, spins: Indices) -> pd.DataFrame:
    """Correlate every two maps, rows in the order of the atlas, over the regions that both have.

    The p is two-sided: one map stays, the other is rearranged, and a region that lands where a
    value is missing does not count in that draw.

    >>> from transdx.stats import spins
    >>> maps = pd.DataFrame(np.random.default_rng(0).normal(size=(82, 2)), columns=["a", "b"])
    >>> correlate_maps(maps, spins(99, seed=1))["regions"].tolist()
    [82]
    """
    _check(len(maps))
    values = maps.to_numpy(dtype=float)
    rows = []
    for one, other in combinations(range(values.shape[1]), 2):
        a, b = values[:, one], values[:, other]
        both = int((np.isfinite(a) & np.isfinite(b)).sum())
        if both >= LEAST:
            r = float(_r(a, b[None])[0])
            p = float(spin_p(r, _r(a, b[spins])))
            rows.append((maps.columns[one], maps.columns[other], both, r, p))
    return pd.DataFrame(rows, columns=["modality_a", "modality_b", "regions", "r", "p_spin"])


def overlap(values: pd.Series, inside: list[str], spins: Indices) -> Overlap:
    """Ask whether a map is larger in some regions than elsewhere: the map is moved, they stay.

    >>> from transdx.stats import spins
    >>> where = pd.Series(0.0, index=list(atlas.REGIONS))
    >>> where["left_amygdala"] = 1.0
    >>> overlap(where, ["left_amygdala"], spins(999, seed=1)).observed
    1.0
    """
    _check(len(values))
    places = [atlas.REGIONS.index(region) for region in inside]
    numbers = values.to_numpy(dtype=float)
    observed = float(numbers[places].mean())
    null = numbers[spins[:, places]].mean(axis=1)
    reached = int((null >= observed - 1e-12).sum())
    return Overlap(observed, float(null.mean()), (1 + reached) / (1 + len(null)))


def _check(length: int) -> None:
    if length != len(atlas.REGIONS):
        raise InputError(
            f"expected a value for each of the {len(atlas.REGIONS)} regions, got {length}; "
            "reindex the map by transdx.atlas.REGIONS"
        )


def _r(one: Floats, others: Floats) -> Floats:
    """Correlate a map with each row of others where both have values."""
    both = np.isfinite(one) & np.isfinite(others)
    count = both.sum(axis=1, keepdims=True)
    a, b = np.where(both, one, 0.0), np.where(both, others, 0.0)
    a = np.where(both, a - a.sum(axis=1, keepdims=True) / count, 0.0)
    b = np.where(both, b - b.sum(axis=1, keepdims=True) / count, 0.0)
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))
