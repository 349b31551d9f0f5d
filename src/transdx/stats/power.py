"""What a sample can show: the smallest effect that is found with a given power."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from transdx.errors import InputError
from transdx.results.select import ALPHA, POWER


def smallest_beta(
    *,
    n: int,
    covariates: int,
    alpha: float = ALPHA,
    power: float = POWER,
    explained: float = 0.0,
) -> float:
    """Give the smallest absolute beta that a two-sided test of a level finds with a given power.

    The covariates are K in number and explain that share of the variance of the feature. The t
    test of one coefficient has n - K - 2 degrees of freedom and, at a partial correlation r, the
    noncentrality sqrt(n) * r / sqrt(1 - r^2) (Cohen 1988, doi:10.4324/9780203771587). The
    standardised coefficient is r / sqrt(1 - explained) where the covariates explain little of the
    score, as they do here.

    >>> round(smallest_beta(n=224, covariates=5), 3)
    0.185
    >>> round(smallest_beta(n=25_604, covariates=6), 4)
    0.0175
    """
    df = n - covariates - 2
    if df < 1:
        raise InputError(f"power needs more than {covariates + 2} participants, got {n}")
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise InputError(f"expected {name} between 0 and 1, got {value!r}")
    if not 0 <= explained < 1:
        raise InputError(f"expected explained from 0 to below 1, got {explained!r}")
    critical = stats.t.isf(alpha / 2, df)

    def lacking(r: float) -> float:
        noncentrality = np.sqrt(n) * r / np.sqrt(1 - r**2)
        upper = stats.nct.sf(critical, df, noncentrality)
        lower = stats.nct.cdf(-critical, df, noncentrality)
        # Far out in the other tail scipy gives NaN for what is nothing.
        return float(upper + np.nan_to_num(lower) - power)

    r = optimize.brentq(lacking, 1e-9, 1 - 1e-9)
    return float(r / np.sqrt(1 - explained))
