"""Weighted means of betas, at the cost of one feature each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transdx._arrays import Floats
from transdx.stats.association import Associations, associate
from transdx.stats.design import Space, make_space
from transdx.stats.estimates import Estimates, draws_of, summarise
from transdx.stats.tables import Tables, align

#: Features held in memory at a time.
AT_ONCE = 128


def associate_means(
    features: pd.DataFrame,
    scores: pd.DataFrame,
    covariates: pd.DataFrame,
    weights: pd.DataFrame,
    **draws: Any,
) -> tuple[pd.DataFrame, Estimates]:
    """Associate features with scores, and weighted means of their betas with draws.

    Parameters
    ----------
    features, scores, covariates : pandas.DataFrame
        As in `transdx.associate`; features have no gaps.
    weights : pandas.DataFrame, shape (targets, R)
        Columns as in the features.
    **draws
        Permutations, bootstraps, seed and null, as in `transdx.associate`.

    Returns
    -------
    beta : pandas.DataFrame, shape (R, S)
        Of every feature.
    means : Estimates
        Of every target, as `combine` makes them of the associations of all features.

    Raises
    ------
    InputError
        As `transdx.associate` does.

    Notes
    -----
    With what is left of a feature beyond the covariates, x, its coefficient is x'y / x'x in units
    of SD, so that a weighted mean of coefficients is z'y of the one composite z, the sum of the
    features, each by its weight and divided by its x'x. Estimates and permutations are therefore
    those of `combine` up to rounding. In a resample x'x differs a little from that of everybody,
    by a part of about one in the root of N, which the composite does not know: so do intervals.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame(rng.normal(size=(100, 2)), columns=["left_insula", "right_insula"])
    >>> y = pd.DataFrame({"anxiety": rng.normal(size=100)})
    >>> mean = pd.DataFrame(0.5, index=["insula"], columns=x.columns)
    >>> none = y.drop(columns="anxiety")
    >>> beta, means = associate_means(x, y, none, mean, permutations=100, bootstraps=100)
    >>> bool(np.isclose(means.beta.iloc[0, 0], beta["anxiety"].mean()))
    True
    """
    tables = align(features, scores, covariates)
    space = make_space(tables)
    beta, composites = _composites(tables, space, weights.to_numpy(dtype=np.float64))
    people = features.index[tables.rows]
    made = pd.DataFrame(composites, index=people, columns=weights.index)
    found = associate(made, scores, covariates, **draws)
    scale = _left(composites, space) / composites.std(axis=0, ddof=1)
    betas = pd.DataFrame(beta, index=features.columns, columns=found.beta.columns)
    return betas, _scaled(found, scale)


def _composites(tables: Tables, space: Space, weights: Floats) -> tuple[Floats, Floats]:
    """Give the betas of features, (R, S), and the composite of every target, (N, T)."""
    count, scores, n = tables.shape
    basis = space.covariates
    outcome = space.scores - basis @ (basis.T @ space.scores) / n
    betas, composites = np.empty((count, scores)), np.zeros((n, len(weights)))
    for first in range(0, count, AT_ONCE):
        part = slice(first, min(first + AT_ONCE, count))
        x = tables.feature_block(part.start, part.stop)
        x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
        left = _left(x, space)
        betas[part] = (x.T @ outcome) / left[:, None]
        composites += x @ (weights[:, part] / left).T
    return betas, composites


def _left(values: Floats, space: Space) -> Floats:
    """Sum the squares of what is left of columns, centred or not, beyond the covariates."""
    on_covariates = space.covariates.T @ values
    squares = (values**2).sum(axis=0) - (on_covariates**2).sum(axis=0) / len(values)
    return np.asarray(squares)


def _scaled(found: Associations, scale: Floats) -> Estimates:
    """Turn the betas of composites, per SD of them, into means of betas."""
    draws = draws_of(found)
    beta = found.beta.mul(scale, axis=0)
    many = scale.astype(np.float32)[:, None, None]
    null, bootstrap = (each * many for each in draws)
    spread = null.std(axis=2, ddof=1).mean(axis=1).astype(np.float64)
    table = summarise(beta, found.n, null, bootstrap, scale=spread)
    return Estimates(beta, found.n, null, bootstrap, table)
