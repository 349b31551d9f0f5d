"""Contrasts, impact and power, against independent computations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.power import FTestPower

from transdx.errors import InputError
from transdx.stats import associate, contrast, impact, smallest_beta


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(8)
    n = 1500
    area = rng.normal(size=n)
    shared = rng.normal(size=n)
    columns = pd.MultiIndex.from_tuples([("surface_area", "total"), ("thickness", "total")])
    features = pd.DataFrame(np.column_stack([area, rng.normal(size=n)]), columns=columns)
    covariates = pd.DataFrame(
        {"age": rng.normal(size=n) + 0.3 * area, "sex": rng.integers(0, 2, n)}
    )
    scores = pd.DataFrame(
        {
            "insomnia": np.clip(np.round(shared + rng.normal(size=n)), 0, None),
            "depression": np.clip(np.round(shared + rng.normal(size=n) - 0.3 * area), 0, None),
            "anxiety": np.clip(np.round(shared + rng.normal(size=n)), 0, None),
        }
    )
    return features, scores, covariates


@pytest.fixture(scope="module")
def contrasts(tables):
    found = associate(*tables, permutations=100, bootstraps=2000, seed=3)
    return contrast(found, features=[("surface_area", "total")]), found


def test_a_planted_difference_is_found_and_no_other(contrasts):
    table = contrasts[0].set_index(["score_a", "score_b"])
    assert table.loc[("insomnia", "depression"), "p_fdr"] < 1e-6
    assert table.loc[("depression", "anxiety"), "p_fdr"] < 1e-6
    assert table.loc[("insomnia", "anxiety"), "p_fdr"] > 0.05
    assert (table["p"] > 0).all()


def test_a_difference_and_its_spread_are_those_of_the_difference_score(tables, contrasts):
    # With both scores scaled to unit SD, beta_a - beta_b is the coefficient of the difference
    # of the scaled scores: an ordinary regression gives it and its standard error.
    features, scores, covariates = tables
    scaled = scores / scores.std()
    design = pd.concat([features["surface_area"], covariates], axis=1)
    fit = sm.OLS(
        scaled["insomnia"] - scaled["depression"], sm.add_constant(design / design.std())
    ).fit()
    row = contrasts[0].iloc[0]
    assert row["difference"] == pytest.approx(fit.params["total"], abs=1e-6)
    low, high = fit.conf_int().loc["total"]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(high - low, rel=0.1)


def test_contrasts_need_draws_and_known_features(tables, contrasts):
    with pytest.raises(InputError, match="keep_draws"):
        contrast(
            associate(*tables, permutations=10, bootstraps=10, keep_draws=False),
            features=[("surface_area", "total")],
        )
    with pytest.raises(InputError, match="was not associated"):
        contrast(contrasts[1], features=["nowhere"])


def test_odds_ratios_are_those_of_a_binomial_glm(tables):
    features, scores, covariates = tables
    table = impact(features, scores, covariates).set_index(["modality", "score"])
    design = pd.concat([features["surface_area"], covariates], axis=1)
    design["total"] /= -design["total"].std()
    model = sm.GLM(scores["depression"] > 0, sm.add_constant(design), sm.families.Binomial())
    fit = model.fit()
    row = table.loc[("surface_area", "depression")]
    assert row["odds_ratio"] == pytest.approx(np.exp(fit.params["total"]), rel=1e-6)
    low, high = np.exp(fit.conf_int().loc["total"])
    assert (row["ci_low"], row["ci_high"]) == (
        pytest.approx(low, rel=1e-4),
        pytest.approx(high, rel=1e-4),
    )
    assert row["p"] == pytest.approx(fit.pvalues["total"], rel=1e-3)


def test_rates_of_the_ends_by_hand():
    x = pd.DataFrame({"total": np.arange(40.0)})
    y = pd.DataFrame({"anxiety": [2, 1, 0, 1] + [0] * 32 + [0, 0, 0, 3]})
    c = pd.DataFrame({"age": np.tile([1.0, 2.0, 3.0, 5.0], 10)})
    row = impact(x, y, c).iloc[0]
    assert (row["n_bottom"], row["n_top"]) == (4, 4)
    assert (row["rate_bottom"], row["rate_top"]) == (0.75, 0.25)


def test_a_score_that_everybody_has_gives_no_odds_ratio():
    x = pd.DataFrame({"total": np.arange(40.0)})
    y = pd.DataFrame({"anxiety": np.ones(40)})
    row = impact(x, y, pd.DataFrame({"age": np.tile([1.0, 2.0], 20)})).iloc[0]
    assert np.isnan(row["odds_ratio"])
    assert row["rate_bottom"] == 1


@pytest.mark.parametrize(("n", "covariates", "alpha"), [(224, 5, 0.05), (3000, 6, 0.001)])
def test_power_is_that_of_an_f_test(n, covariates, alpha):
    beta = smallest_beta(n=n, covariates=covariates, alpha=alpha)
    # One coefficient: t squared is F with 1 and n - K - 2 degrees of freedom.
    f = beta / np.sqrt(1 - beta**2)
    found = FTestPower().solve_power(
        effect_size=f, df_num=n - covariates - 2, df_denom=1, alpha=alpha, ncc=covariates + 2
    )
    assert found == pytest.approx(0.8, abs=0.002)


def test_power_by_simulation():
    n, k = 120, 2
    beta = smallest_beta(n=n, covariates=k)
    rng = np.random.default_rng(12)
    hits, draws = 0, 4000
    critical = 1.9806  # t quantile 0.975 at 116 degrees of freedom
    for _ in range(draws):
        x, noise = rng.normal(size=(2, n))
        design = np.column_stack([np.ones(n), x, rng.normal(size=(n, k))])
        y = beta * x + np.sqrt(1 - beta**2) * noise
        inverse = np.linalg.inv(design.T @ design)
        b = inverse @ design.T @ y
        rest = y - design @ b
        hits += abs(b[1]) > critical * np.sqrt(rest @ rest / (n - k - 2) * inverse[1, 1])
    assert hits / draws == pytest.approx(0.8, abs=3 * np.sqrt(0.16 / draws))


def test_power_counts_the_degrees_of_freedom_of_few_people():
    # 12 people, 4 covariates: 6 degrees of freedom, where one more or less is seen.
    beta = smallest_beta(n=12, covariates=4)
    shift = np.sqrt(12) * beta / np.sqrt(1 - beta**2)
    critical = 2.4469  # t quantile 0.975 at 6 degrees of freedom
    draws = np.random.default_rng(4).normal(size=(7, 400_000))
    t = (draws[0] + shift) / np.sqrt((draws[1:] ** 2).mean(axis=0))
    assert (np.abs(t) > critical).mean() == pytest.approx(0.8, abs=0.003)


def test_a_feature_that_covariates_explain_needs_a_larger_effect():
    plain = smallest_beta(n=500, covariates=3)
    assert smallest_beta(n=500, covariates=3, explained=0.75) == pytest.approx(2 * plain)


@pytest.mark.parametrize("wrong", [{"n": 5}, {"alpha": 0}, {"power": 1.2}, {"explained": 1}])
def test_power_refuses_what_cannot_be(wrong):
    with pytest.raises(InputError):
        smallest_beta(**({"n": 100, "covariates": 5} | wrong))


def test_power_needs_a_degree_of_freedom():
    assert smallest_beta(n=9, covariates=6) > smallest_beta(n=10, covariates=6)
    with pytest.raises(InputError, match="power needs more than 8 participants, got 8"):
        smallest_beta(n=8, covariates=6)
