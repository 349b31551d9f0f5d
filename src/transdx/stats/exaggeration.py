"""What studies report where only what is significant is reported: too much, at times reversed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from transdx.results.select import ALPHA
from transdx.stats.power import power_of

__all__ = ["Reported", "draw_estimates", "exaggeration", "reported"]

_Floats = NDArray[np.float64]


class Reported(NamedTuple):
    """What is significant, of many studies of one effect."""

    power: float  # share of studies that are
    exaggeration: float  # mean of their estimates, in size, over the true one (type M)
    wrong_sign: float  # share of them with the other sign (type S)


def exaggeration(beta: float, *, n: int, covariates: int, alpha: float = ALPHA) -> Reported:
    """Give what significant studies of a true beta report on average (Gelman and Carlin 2014).

    An estimate is taken as normal around `beta`, with the standard error that n people and that
    many covariates leave, which do not go with the feature. The mean of those beyond the critical
    value is that of a truncated normal (doi:10.1177/1745691614551642; in closed form by Lu et al.
    2019, doi:10.1111/bmsp.12132).

    >>> found = exaggeration(-0.05, n=200, covariates=6)
    >>> round(found.power, 2), round(found.exaggeration, 1), round(found.wrong_sign, 2)
    (0.11, 3.5, 0.04)
    """
    # It refuses too few people.
    power_of(beta, n=n, covariates=covariates, alpha=alpha)
    size = abs(beta) / np.sqrt((1 - beta**2) / (n - covariates - 2))
    critical = float(stats.norm.isf(alpha / 2))
    right, wrong = stats.norm.sf(critical - size), stats.norm.sf(critical + size)
    # Of a normal beyond a point: density there, and the share of its middle.
    beyond = stats.norm.pdf(critical - size) + stats.norm.pdf(critical + size)
    mean = (beyond + size * (right - wrong)) / (right + wrong)
    return Reported(*map(float, (right + wrong, mean / size, wrong / (right + wrong))))


def draw_estimates(
    beta: float, *, n: int, covariates: int, draws: int, seed: int
) -> tuple[_Floats, _Floats]:
    """Draw studies of n people: the standardised coefficient that each finds, and its p.

    Feature, score and covariates are normal, and the covariates go with neither. What a regression
    asks of the two is their covariance, with the covariates taken out and whole: each is drawn as
    such (Wishart 1928, doi:10.1093/biomet/20A.1-2.32), which takes no longer for many people.

    >>> found, p = draw_estimates(-0.05, n=200, covariates=6, draws=2_000, seed=1)
    >>> bool(abs(found.mean() + 0.05) < 0.006)
    True
    """
    power_of(beta, n=n, covariates=covariates)
    scale = np.array([[1.0, beta], [beta, 1.0]])
    rng = np.random.default_rng(seed)
    df = n - covariates - 2
    rest = stats.wishart(df + 1, scale).rvs(draws, random_state=rng).reshape(-1, 2, 2)
    taken = rng.multivariate_normal([0, 0], scale, size=(draws, covariates))
    whole = rest + np.swapaxes(taken, 1, 2) @ taken
    slope = rest[:, 0, 1] / rest[:, 0, 0]
    left = (rest[:, 1, 1] - slope * rest[:, 0, 1]) / df
    t = slope / np.sqrt(left / rest[:, 0, 0])
    return slope * np.sqrt(whole[:, 0, 0] / whole[:, 1, 1]), 2 * stats.t.sf(np.abs(t), df)


def reported(found: _Floats, p: _Floats, *, beta: float, alpha: float = ALPHA) -> Reported:
    """Say what the significant ones among drawn studies report.

    >>> reported(np.array([-0.2, 0.2, -0.1]), np.array([0.01, 0.03, 0.2]), beta=-0.1)
    Reported(power=0.6666666666666666, exaggeration=2.0, wrong_sign=0.5)
    """
    some = p <= alpha
    if not some.any():
        return Reported(0.0, float("nan"), float("nan"))
    wrong = np.sign(found[some]) != np.sign(beta)
    return Reported(
        float(some.mean()), float(np.abs(found[some]).mean() / abs(beta)), float(wrong.mean())
    )
