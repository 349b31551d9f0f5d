"""Weighted means of betas from one composite each, against those of all features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.stats import associate, associate_means, combine, pick

DRAWS = {"permutations": 200, "bootstraps": 400, "seed": 3}


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(8)
    n, many = 900, 300
    covariates = pd.DataFrame(rng.normal(size=(n, 3)), columns=["age", "sex", "motion"])
    common = rng.normal(size=(n, 1)) + covariates[["motion"]].to_numpy()
    spread = rng.uniform(0.5, 40, size=many)
    features = pd.DataFrame((rng.normal(size=(n, many)) + common) * spread + 7)
    features.columns = [f"f{place}" for place in range(many)]
    scores = pd.DataFrame({"a": rng.normal(size=n), "b": rng.integers(0, 4, n).astype(float)})
    scores["a"] += 0.2 * common[:, 0]
    weights = pd.DataFrame(
        [np.full(many, 1 / many), rng.random(many) / many, rng.normal(size=many) / many],
        index=["mean", "weighted", "contrast"],
        columns=features.columns,
    )
    weights.loc["one"] = (features.columns == "f7").astype(float)
    return features, scores, covariates, weights


@pytest.mark.parametrize("null", ["permute", "freedman-lane"])
def test_they_are_those_that_combine_makes_of_all_features(tables, null):
    features, scores, covariates, weights = tables
    every = associate(features, scores, covariates, null=null, **DRAWS)
    want = combine(every, weights)
    beta, got = associate_means(features, scores, covariates, weights, null=null, **DRAWS)
    np.testing.assert_allclose(beta, every.beta, atol=1e-10)
    np.testing.assert_allclose(got.beta, want.beta, atol=1e-10)
    np.testing.assert_allclose(got.null, want.null, atol=1e-6)
    assert (got.n == len(features)).all()
    # What the composite does not know is a small part of what a resample varies by.
    gap = (got.bootstrap - want.bootstrap).std(axis=2) / want.bootstrap.std(axis=2)
    assert gap.max() < 0.2
    np.testing.assert_allclose(got.table()["se"], want.table()["se"], rtol=0.03)
    # One feature alone is its own composite.
    np.testing.assert_allclose(got.bootstrap[3], want.bootstrap[3], atol=1e-5)


def test_one_target_is_taken_with_its_draws_and_rows(tables):
    features, scores, covariates, weights = tables
    _, means = associate_means(features, scores, covariates, weights, **DRAWS)
    one = pick(means, "contrast")
    assert one.beta.index.to_list() == ["contrast"]
    np.testing.assert_array_equal(one.null[0], means.null[2])
    np.testing.assert_array_equal(one.bootstrap[0], means.bootstrap[2])
    assert one.table()["feature"].to_list() == ["contrast"] * 2
    np.testing.assert_array_equal(one.table()["beta"], means.beta.loc["contrast"])
