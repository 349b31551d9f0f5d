"""Power is that of statsmodels, of simulated people, and of itself turned round."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress
from statsmodels.stats.power import FTestPower

from transdx.errors import InputError
from transdx.stats import power_of, smallest_beta, smallest_n

CASES = [
    (60, 0, 0.3, 0.05),
    (224, 5, -0.185, 0.05),
    (4_000, 6, 0.05, 0.05 / 208),
    (20, 3, 0.7, 0.2),
]


@pytest.mark.parametrize(("n", "covariates", "beta", "alpha"), CASES)
def test_power_is_that_of_statsmodels(n, covariates, beta, alpha):
    df = n - covariates - 2
    # Its F test takes people for the sum of the degrees of freedom and one.
    size = abs(beta) / np.sqrt(1 - beta**2) * np.sqrt(n / (df + 2))
    expected = FTestPower().power(size, df, 1, alpha, ncc=1)
    assert power_of(beta, n=n, covariates=covariates, alpha=alpha) == pytest.approx(
        expected, abs=1e-8
    )


def test_power_is_how_often_simulated_people_show_it():
    rng = np.random.default_rng(0)
    n, beta, hits, rounds = 40, 0.35, 0, 4_000
    for _ in range(rounds):
        x = rng.standard_normal(n)
        x = (x - x.mean()) / x.std()
        y = beta * x + np.sqrt(1 - beta**2) * rng.standard_normal(n)
        hits += linregress(x, y).pvalue <= 0.05
    expected = power_of(beta, n=n, covariates=0)
    assert hits / rounds == pytest.approx(expected, abs=3 * np.sqrt(0.25 / rounds))


@pytest.mark.parametrize("explained", [0.0, 0.4])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 208])
def test_the_smallest_effect_and_the_fewest_people_have_the_power_asked_for(alpha, explained):
    given = {"covariates": 6, "alpha": alpha, "explained": explained}
    beta = smallest_beta(n=500, power=0.9, **given)
    assert power_of(beta, n=500, **given) == pytest.approx(0.9, abs=1e-9)
    n = smallest_n(0.05, power=0.9, **given)
    assert power_of(0.05, n=n - 1, **given) < 0.9 <= power_of(0.05, n=n, **given)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: power_of(0.1, n=8, covariates=6), "power needs more than 8 participants, got 8"),
        (lambda: power_of(0.1, n=90, covariates=6, alpha=0), "expected alpha between 0 and 1"),
        (lambda: power_of(1.2, n=90, covariates=6), "expected beta between -1 and 1"),
        (lambda: smallest_n(1e-6, covariates=6), "takes more than 1,000,000,000 people"),
        (lambda: smallest_n(0.0, covariates=6), "takes more than 1,000,000,000 people"),
        (
            lambda: smallest_beta(n=9, covariates=6, alpha=1e-9),
            "9 participants and 6 covariates find no effect, however large",
        ),
    ],
)
def test_what_has_no_power_is_refused(ask, message):
    with pytest.raises(InputError, match=message):
        ask()
