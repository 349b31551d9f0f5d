"""The model once more, one fit at a time, with statsmodels and plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm


def make(
    n=240,
    *,
    gaps=(0.0, 0.0, 0.1, 0.3, 0.7),
    scores=2,
    covariates=3,
    seed=5,
    effect=0.15,
    linked=0.4,
):
    """Features (some with gaps), scores and covariates on shuffled ids.

    `effect` is how much the scores go into the features, `linked` how much the covariates go into
    both. The first score has four values, as a symptom score has; the others are continuous.
    """
    rng = np.random.default_rng(seed)
    ids = pd.Index(rng.permutation(np.arange(90_000_001, 90_000_001 + n)), name="participant")
    c = rng.normal(size=(n, covariates))
    common = c.sum(axis=1, keepdims=True)
    y = rng.normal(size=(n, scores)) + linked * common
    y[:, 0] = np.digitize(y[:, 0], [0.2, 0.9, 1.6])
    x = rng.normal(size=(n, len(gaps))) + linked * common + effect * y.sum(axis=1, keepdims=True)
    x = 3 + 700 * x
    for column, share in zip(x.T, gaps, strict=True):
        column[rng.random(n) < share] = np.nan
    return (
        pd.DataFrame(x, ids, [f"f{i}" for i in range(len(gaps))]),
        pd.DataFrame(y, ids, ["insomnia", "anxiety", "depression"][:scores]),
        pd.DataFrame(
            c * [7.0, 0.1, 100.0][:covariates], ids, ["age", "sex", "height"][:covariates]
        ),
    )


def by_id(*frames):
    """Arrays in order of id: the order in which participants are drawn."""
    return tuple(frame.sort_index().to_numpy(dtype=float) for frame in frames)


def standardise(values):
    return (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)


def ols(x, y, c):
    """Fit y on an intercept, x and c, all scaled to unit SD, on the rows where x is there."""
    there = np.isfinite(x)
    predictors = sm.add_constant(np.column_stack([standardise(x[there]), c[there]]))
    return sm.OLS(standardise(y[there]), predictors).fit()


def slope(x, y, c):
    """Coefficient of x in `ols`."""
    return ols(x, y, c).params[1]


def permuted_slope(x, y, c, order):
    """As `slope` for a permuted score, of which the first n values are used."""
    there = np.isfinite(x)
    return slope(x[there], y[order][: there.sum()], c[there])


def aligned_slope(x, y, c, order):
    """As `slope` for a permuted score, of which the values of those with the feature are used."""
    there = np.isfinite(x)
    return slope(x[there], y[order][there], c[there])


def freedman_lane_slope(x, y, c, order):
    """As `slope`, with the permuted residuals of the score added to its fitted values."""
    there = np.isfinite(x)
    model = sm.OLS(y, sm.add_constant(c)).fit()
    new = model.fittedvalues[there] + model.resid[order][: there.sum()]
    return slope(x[there], new, c[there])


def resampled_slope(x, y, c, counts):
    """As `slope`, on participants repeated as often as they were drawn."""
    rows = np.repeat(np.arange(len(x)), counts)
    return slope(x[rows], y[rows], c[rows])


def loop(function, frames, draws):
    """Apply one of the above to every feature, score and draw."""
    x, y, c = by_id(*frames)
    return np.array(
        [[[function(f, s, c, draw) for draw in draws] for s in y.T] for f in x.T], dtype=float
    )
