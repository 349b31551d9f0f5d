"""From draws to p values and intervals: pure functions on arrays whose last axis is the draws.

Nothing here knows about features or scores, so that means over regions, weighted maps and
differences of maps go through the same functions as single betas. A p value is never 0; it is NaN
where a value is missing. Observed statistics have shape (...), their draws (..., P) or (..., B).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr
from scipy.stats import norm

from transdx._arrays import Floats, Indices

# The smallest p that is reported: what a t test gives below it cannot be told from 0.
SMALLEST = float(np.finfo(np.float64).tiny)

# Draws that are reduced at a time: they stay in the cache.
AT_ONCE = 2**17

# The central 95 % of draws.
CENTRAL = np.array([1 - 0.95, 1 + 0.95]) / 2

#: The rows of a results table that agree in these columns are one family: their p values are
#: adjusted together. The kinds of features are regions, connections, and the total of a modality.
FAMILIES = {
    "associations": ["modality", "kind", "score"],
    "contrasts": ["modality", "feature"],
    "enrichment": ["modality"],
    "enrichment_contrasts": ["modality"],
    "map_correlations": ["score"],
    "claims": ["claim"],
}


def study_p(observed: ArrayLike, null: NDArray[Any]) -> Floats:
    """Compare observed values with permuted ones as the study does.

    Two-sided p of a two-sample t test of one observed value against P permuted ones:
    t = (observed - mean) / (sd * sqrt(1 + 1 / P)) with P - 1 degrees of freedom; NaN where the
    permuted ones do not vary.

    >>> study_p([0.5], np.array([[-0.1, 0.0, 0.1, 0.0, -0.1, 0.1]])).round(4)
    array([0.0035])
    """
    draws = null.shape[-1]
    centre, sd = _moments(null)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (np.asarray(observed, dtype=np.float64) - centre) / (sd * np.sqrt(1 + 1 / draws))
    return t_p(np.where(sd > 0, t, np.nan), draws - 1)


def bootstrap_p(bootstrap: NDArray[Any]) -> Floats:
    """Test whether a bootstrap distribution lies beside zero, by a t test of the study's form.

    Two-sided: t = mean / (sd * sqrt(1 + 1 / B)) with B - 1 degrees of freedom. It takes the
    distribution to be normal, and so is not bounded below by 1 / B as counting is.
    """
    return study_p(np.zeros(bootstrap.shape[:-1]), bootstrap)


def permutation_p(observed: ArrayLike, null: NDArray[Any]) -> Floats:
    """Count how often a permuted value is at least as far from zero as the observed one.

    (1 + #{abs(null) >= abs(observed)}) / (1 + P): the observed arrangement is one of the possible
    ones, so p is at least 1 / (1 + P).
    """
    observed = np.asarray(observed, dtype=np.float64)
    # In the precision of the draws, so that an equal value counts as equal.
    size = np.abs(observed).astype(null.dtype)[..., None]
    p = (1 + (np.abs(null) >= size).sum(axis=-1)) / (1 + null.shape[-1])
    return np.where(np.isfinite(observed), p, np.nan)


def familywise_p(
    observed: ArrayLike, null: NDArray[Any], *, scale: ArrayLike | None = None
) -> Floats:
    """Compare each of R features with the largest permuted value of the whole family.

    (1 + #{max over features of abs(null) >= abs(observed)}) / (1 + P), the same permutations for
    all: it controls the chance of any false positive, whatever the correlation among features.
    `scale` (R,) divides the statistics of each feature first, so that features measured in fewer
    people do not fill the maximum; it must not depend on the outcome.
    """
    observed = np.asarray(observed, dtype=np.float64)
    factor = np.ones(len(observed)) if scale is None else 1 / np.asarray(scale, dtype=np.float64)
    part = np.isfinite(observed) & np.isfinite(factor)
    p = np.full(len(observed), np.nan)
    if not part.any():
        return p
    largest = np.zeros(null.shape[-1], dtype=null.dtype)
    weights = factor.astype(null.dtype)
    for row in np.flatnonzero(part):
        np.fmax(largest, np.abs(null[row] * weights[row]), out=largest)
    size = np.abs(observed[part].astype(null.dtype) * weights[part])
    # Position of each observed value among the sorted maxima gives the count in one go.
    reached = null.shape[-1] - np.searchsorted(np.sort(largest), size, side="left")
    p[part] = (1 + reached) / (1 + null.shape[-1])
    return p


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjust p values of one family for the false discovery rate; NaN ones take no part.

    A feature is significant where the adjusted p is at most alpha: a value exactly at alpha counts,
    as in the original procedure (doi:10.1111/j.2517-6161.1995.tb02031.x).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, np.nan])
    array([0.03, 0.04, 0.04,  nan])
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    valid = np.flatnonzero(np.isfinite(p))
    order = valid[np.argsort(p[valid], kind="stable")]
    rank = np.arange(1, len(order) + 1)
    steps = p[order] * len(order) / rank
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted


def families(table: pd.DataFrame, name: str) -> list[Indices]:
    """Give the positions of the rows of each family of a results table."""
    return alike(table, FAMILIES[name])


def alike(table: pd.DataFrame, columns: Sequence[str]) -> list[Indices]:
    """Give the positions of the rows that agree in some columns; of all of them where in none."""
    if not columns or table.empty:
        return [np.arange(len(table))]
    groups = table.groupby(list(columns), sort=False).indices
    return [np.asarray(rows) for rows in groups.values()]


def adjust(table: pd.DataFrame, name: str, p: str = "p") -> Floats:
    """Adjust the p values of each family of a results table for the false discovery rate."""
    values = table[p].to_numpy()
    adjusted = np.full(len(values), np.nan)
    for rows in families(table, name):
        adjusted[rows] = benjamini_hochberg(values[rows])
    return adjusted


def percentile_interval(draws: NDArray[Any]) -> tuple[Floats, Floats]:
    """Take the 2.5 and 97.5 percentiles of draws that are not NaN, by linear interpolation."""
    return _of_finite(draws, lambda rows: np.quantile(rows, CENTRAL, axis=1).T, least=1)


def spread(draws: NDArray[Any]) -> Floats:
    """Take the SD (ddof 1) over draws that are not NaN: the bootstrap standard error."""
    return _moments(draws)[1]


def t_p(t: ArrayLike, df: ArrayLike) -> Floats:
    """Turn t values into two-sided p values, at least the smallest normal double (2e-308)."""
    t = np.asarray(t, dtype=np.float64)
    p: Floats = np.asarray(2 * stdtr(np.asarray(df, dtype=np.float64), -np.abs(t)))
    return np.where(np.isfinite(p), np.maximum(p, SMALLEST), np.nan)


def shares_inside(null: NDArray[Any]) -> Floats:
    """Give the share of estimates (..., P) in the central 95 % of their null, draw by draw.

    It is 95 % on average, and varies the more from draw to draw the more the estimates hang
    together: so varies, from cohort to cohort, the share of intervals that hold the truth.

    >>> one = np.random.default_rng(0).normal(size=4000)
    >>> shares_inside(np.stack([one, one])).round(2).tolist()[:3]
    [1.0, 1.0, 1.0]
    """
    flat = null.reshape(-1, null.shape[-1])
    inside, known = np.zeros(flat.shape[1]), np.zeros(flat.shape[1])
    # Row by row, to spare memory.
    for values, centre, sd in zip(flat, *(part.ravel() for part in _moments(null)), strict=True):
        inside += np.abs(values - centre) <= norm.isf(CENTRAL[0]) * sd
        known += np.isfinite(values)
    return np.asarray(inside / known)


def _moments(draws: NDArray[Any]) -> tuple[Floats, Floats]:
    """Mean and SD over the finite draws, summed in double."""

    def moments(rows: NDArray[Any]) -> Floats:
        doubles = rows.astype(np.float64)
        return np.stack([doubles.mean(axis=1), doubles.std(axis=1, ddof=1)], axis=1)

    return _of_finite(draws, moments, least=2)


def _of_finite(
    draws: NDArray[Any], reduce: Callable[[NDArray[Any]], Floats], *, least: int
) -> tuple[Floats, Floats]:
    """Reduce the finite draws of each row, at least so many, to two numbers.

    Some rows at a time, to spare memory; those with missing draws, which are few, one by one.
    """
    flat = draws.reshape(-1, draws.shape[-1])
    result = np.full((len(flat), 2), np.nan)
    step = max(1, AT_ONCE // max(1, flat.shape[1]))
    for first in range(0, len(flat), step):
        part = flat[first : first + step]
        finite = np.isfinite(part)
        whole = finite.all(axis=1)
        if part.shape[1] >= least and whole.any():
            result[first : first + step][whole] = reduce(part[whole])
        for row in np.flatnonzero(~whole & (finite.sum(axis=1) >= least)):
            result[first + row] = reduce(part[row][finite[row]][None])[0]
    one, other = result.T.reshape(2, *draws.shape[:-1])
    return one, other
