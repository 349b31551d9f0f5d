"""What is found again: against other implementations, and against worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from transdx import associate
from transdx.stats.replication import Maps, associate_plainly, found_again, rejected


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(8)
    n = 400
    covariates = pd.DataFrame({"age": rng.normal(60, 7, n), "sex": rng.integers(0, 2, n)})
    features = pd.DataFrame(rng.normal(size=(n, 5)), columns=list("abcde"))
    features["a"] += covariates["age"] / 5
    scores = pd.DataFrame(rng.integers(0, 4, (n, 2)), columns=["anxiety", "insomnia"])
    scores["anxiety"] += 0.2 * features["b"] + covariates["age"] / 20
    return features, scores, covariates


@pytest.mark.parametrize("null", ["permute", "freedman-lane"])
def test_betas_and_draws_are_those_of_the_whole_engine(tables, null):
    found = associate_plainly(*tables, permutations=120, seed=3, null=null)
    whole = associate(*tables, permutations=120, bootstraps=2, seed=3, null=null)
    np.testing.assert_allclose(found.beta, whole.beta, atol=1e-10)
    np.testing.assert_allclose(found.null, whole.null, atol=2e-6)
    assert found.n == 400


def test_p_is_that_of_endless_permutations(tables):
    found = associate_plainly(*tables, permutations=2, seed=3)
    drawn = associate_plainly(*tables, permutations=4_000, seed=5).null
    np.testing.assert_allclose(
        found.p, 2 * norm.sf(np.abs(found.beta) / drawn.std(axis=2)), atol=0.03
    )
    # With residuals permuted it is the t test of ordinary least squares.
    features, scores, covariates = tables
    by_residuals = associate_plainly(*tables, permutations=2, seed=3, null="freedman-lane")
    for place, name in enumerate("abcde"):
        design = sm.add_constant(covariates.assign(x=features[name]))
        p = sm.OLS(scores["anxiety"], design).fit().pvalues["x"]
        assert by_residuals.p[place, 0] == pytest.approx(p, rel=0.15)


def test_rejected_is_what_statsmodels_rejects_among_those_asked_about():
    rng = np.random.default_rng(4)
    p = rng.uniform(size=(30, 50)) ** 3
    p[3, 5] = np.nan
    among = rng.uniform(size=p.shape) < 0.4
    found = rejected(p, among, 0.05)
    for column in range(50):
        asked = among[:, column] & np.isfinite(p[:, column])
        p_asked = np.where(np.isnan(p[:, column]), 1.0, p[:, column])[among[:, column]]
        right = np.zeros(30, dtype=bool)
        right[among[:, column]] = multipletests(p_asked, 0.05, "fdr_bh")[0]
        np.testing.assert_array_equal(found[:, column], right & asked)
    assert not rejected(p, np.zeros_like(among), 0.05).any()


def test_a_finding_of_the_other_sign_is_not_found_again():
    first, second = np.array([[0.1], [-0.1]]), np.array([[0.1], [0.1]])
    strong, found = np.array([[1e-6], [1e-6]]), np.array([[True], [True]])
    held = found_again(first, found, second, strong, [np.arange(2)], 0.05)
    assert held[:, 0].tolist() == [True, False]


def _world(rng, truth, n, again, draws=400):
    """Do a study and its replication of independent features whose betas are known."""
    error = np.sqrt(1 / n)
    beta = truth + error * rng.standard_normal(len(truth))
    p = 2 * norm.sf(np.abs(beta) / error)
    maps = Maps(
        beta=beta,
        found=multipletests(p, 0.05, "fdr_bh")[0],
        null_sd=np.full(len(truth), error),
        resampled=(beta[:, None] + error * rng.standard_normal((len(truth), draws))),
        families=[np.arange(len(truth))],
        draws=5_000,
        alpha=0.05,
    )
    other = truth + np.sqrt(1 / again) * rng.standard_normal(len(truth))
    p = 2 * norm.sf(np.abs(other) * np.sqrt(again))
    held = found_again(
        beta[:, None], maps.found[:, None], other[:, None], p[:, None], maps.families, 0.05
    )
    return maps, held[:, 0]


def test_other_people_find_less_again_than_the_rule_of_the_study_lets_expect():
    """What was chosen because it is large is smaller in others: that is no failure to replicate."""
    rng = np.random.default_rng(6)
    truth = 0.05 * rng.standard_normal(60)
    shares, fresh, plain, rare = [], [], [], 0
    for _ in range(80):
        maps, held = _world(rng, truth, 2_000, 1_000)
        shares.append(held.sum() / max(maps.found.sum(), 1))
        drawn = maps.expected(0.5, fresh=True).whole
        fresh.append(np.nanmean(drawn))
        plain.append(np.nanmean(maps.expected(0.5, fresh=False).whole))
        rare += np.nanmean(drawn <= shares[-1] + 1e-9) <= 0.05
    assert np.mean(fresh) == pytest.approx(np.mean(shares), abs=0.05)
    assert np.mean(plain) > np.mean(shares) + 0.05
    # Where all findings hold, so few are found again about as seldom as p says.
    assert rare / 80 < 0.12


def test_findings_that_are_not_there_again_are_too_few():
    rng = np.random.default_rng(7)
    truth = np.where(np.arange(60) < 20, 0.12, 0.0)
    maps, _ = _world(rng, truth, 2_000, 2_000)
    lost = _world(rng, 0 * truth, 2_000, 2_000)[0].beta
    p = 2 * norm.sf(np.abs(lost) * np.sqrt(2_000))
    held = found_again(
        maps.beta[:, None], maps.found[:, None], lost[:, None], p[:, None], maps.families, 0.05
    )
    drawn = maps.expected(1.0, fresh=True).whole
    assert np.nanmean(drawn <= held.sum() / maps.found.sum()) < 0.01
