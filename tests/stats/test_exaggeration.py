"""What significant studies report: the formula, drawn studies, and studies made in full, agree."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import integrate, stats

from transdx.errors import InputError
from transdx.stats.exaggeration import draw_estimates, exaggeration, reported


@pytest.mark.parametrize("beta", [-0.05, 0.2])
@pytest.mark.parametrize("n", [100, 1_000])
def test_formula_is_the_integral_over_what_is_significant(beta, n):
    error = np.sqrt((1 - beta**2) / (n - 8))
    line = stats.norm.isf(0.025) * error
    density = stats.norm(beta, error).pdf
    parts = ((-10, -line), (line, 10)) if beta > 0 else ((line, 10), (-10, -line))
    wrong, right = (integrate.quad(density, *ends, points=[beta])[0] for ends in parts)
    sizes = [
        integrate.quad(lambda x: abs(x) * density(x), *ends, points=[beta])[0] for ends in parts
    ]
    found = exaggeration(beta, n=n, covariates=6)
    assert found.power == pytest.approx(wrong + right, rel=1e-6)
    assert found.wrong_sign == pytest.approx(wrong / (wrong + right), rel=1e-5)
    assert found.exaggeration == pytest.approx(sum(sizes) / (wrong + right) / abs(beta), rel=1e-5)


def test_drawn_studies_are_like_studies_made_of_people():
    beta, n, covariates, many = 0.3, 40, 3, 1_500
    rng = np.random.default_rng(7)
    made = []
    for _ in range(many):
        x, *rest = rng.standard_normal((2 + covariates, n))
        y = beta * x + np.sqrt(1 - beta**2) * rest[0]
        fit = sm.OLS(y, sm.add_constant(np.column_stack([x, *rest[1:]]))).fit()
        made.append((fit.params[1] * x.std() / y.std(), fit.pvalues[1]))
    drawn = draw_estimates(beta, n=n, covariates=covariates, draws=20_000, seed=1)
    for ours, theirs in zip(drawn, np.transpose(made), strict=True):
        assert stats.ks_2samp(ours, theirs).pvalue > 0.01
    assert drawn[0].mean() == pytest.approx(np.mean(made, axis=0)[0], abs=0.012)


def test_p_of_drawn_studies_is_flat_where_nothing_is():
    _, p = draw_estimates(0.0, n=25, covariates=6, draws=20_000, seed=3)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_what_is_reported_counts_only_what_is_significant():
    found, p = np.array([-0.3, 0.1, -0.2, 0.5]), np.array([0.01, 0.05, 0.06, 0.9])
    # Significant: -0.3 and 0.1, of which the second has the wrong sign.
    assert reported(found, p, beta=-0.1) == (0.5, 2.0, 0.5)
    assert np.isnan(reported(found, np.ones(4), beta=-0.1).exaggeration)


def test_too_few_people_are_refused():
    with pytest.raises(InputError, match="more than 8 participants, got 8"):
        exaggeration(-0.05, n=8, covariates=6)
