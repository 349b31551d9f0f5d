"""What a sample can show: the power for an effect, the smallest effect, the people it takes."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from transdx.errors import InputError
from transdx.results.select import ALPHA, POWER

#: More people than these are not counted.
MOST_PEOPLE = 10**9


def power_of(
    beta: float, *, n: int, covariates: int, alpha: float = ALPHA, explained: float = 0.0
) -> float:
    """Give the power of a two-sided test of a level to find a standardised coefficient.

    The covariates are K in number and explain that share of the variance of the feature. The t
    test of one coefficient has n - K - 2 degrees of freedom and, at a partial correlation r, the
    noncentrality sqrt(n) * r / sqrt(1 - r^2) (Cohen 1988, doi:10.4324/9780203771587). The
    standardised coefficient is r / sqrt(1 - explained) where the covariates explain little of the
    score, as they do here.

    >>> round(power_of(-0.05, n=4_000, covariates=6), 3)
    0.886
    """
    _check(n, covariates, alpha=alpha, explained=explained)
    r = abs(beta) * np.sqrt(1 - explained)
    if not r < 1:
        raise InputError(f"expected beta between -1 and 1 once covariates are out, got {beta!r}")
    return _power(r, n, n - covariates - 2, alpha)


def smallest_beta(
    *,
    n: int,
    covariates: int,
    alpha: float = ALPHA,
    power: float = POWER,
    explained: float = 0.0,
) -> float:
    """Give the smallest absolute beta that a test finds with a given power, see `power_of`.

    >>> round(smallest_beta(n=224, covariates=5), 3)
    0.185
    >>> round(smallest_beta(n=25_604, covariates=6), 4)
    0.0175
    """
    _check(n, covariates, alpha=alpha, explained=explained, power=power)

    def lacking(r: float) -> float:
        return _power(r, n, n - covariates - 2, alpha) - power

    ends = 1e-9, 1 - 1e-9
    if lacking(ends[1]) < 0:
        raise InputError(
            f"{n} participants and {covariates} covariates find no effect, however large, at a "
            f"level of {alpha:.2g}; more are needed"
        )
    r = optimize.brentq(lacking, *ends, xtol=1e-13)
    return float(r / np.sqrt(1 - explained))


def smallest_n(
    beta: float,
    *,
    covariates: int,
    alpha: float = ALPHA,
    power: float = POWER,
    explained: float = 0.0,
) -> int:
    """Give the fewest people among whom a test finds a beta with a given power, see `power_of`.

    >>> smallest_n(-0.05, covariates=6)
    3134
    """
    low, high = covariates + 2, covariates + 3
    given = {"covariates": covariates, "alpha": alpha, "explained": explained}
    _check(high, covariates, alpha=alpha, explained=explained, power=power)
    while power_of(beta, n=high, **given) < power:  # type: ignore[arg-type]
        low, high = high, 2 * high
        if high > MOST_PEOPLE:
            raise InputError(f"beta {beta!r} takes more than {MOST_PEOPLE:,} people")
    while high - low > 1:
        middle = (low + high) // 2
        enough = power_of(beta, n=middle, **given) >= power  # type: ignore[arg-type]
        low, high = (low, middle) if enough else (middle, high)
    return high


def _power(r: float, n: int, df: int, alpha: float) -> float:
    critical = stats.t.isf(alpha / 2, df)
    noncentrality = np.sqrt(n) * r / np.sqrt(1 - r**2)
    upper = stats.nct.sf(critical, df, noncentrality)
    lower = stats.nct.cdf(-critical, df, noncentrality)
    # Far out in the other tail scipy gives NaN for what is nothing.
    return float(upper + np.nan_to_num(lower))


def _check(
    n: int, covariates: int, *, alpha: float, explained: float, power: float = POWER
) -> None:
    if n - covariates - 2 < 1:
        raise InputError(f"power needs more than {covariates + 2} participants, got {n}")
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise InputError(f"expected {name} between 0 and 1, got {value!r}")
    if not 0 <= explained < 1:
        raise InputError(f"expected explained from 0 to below 1, got {explained!r}")
