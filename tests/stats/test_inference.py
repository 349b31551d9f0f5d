"""p values and intervals by hand, by other people's code, and under the null."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from transdx.stats import associate, inference


def test_study_p_by_hand():
    # Five permuted values: mean 0.01, SD 0.0158114; t = 0.05 / (0.0158114 * sqrt(1.2)).
    null = np.array([-0.01, 0.0, 0.01, 0.02, 0.03])
    t = 0.05 / (np.sqrt(0.00025) * np.sqrt(1.2))
    assert t == pytest.approx(2.8867513)
    expected = 2 * stats.t.sf(t, 4)
    assert inference.study_p(0.06, null) == pytest.approx(expected)
    # It is the two-sample t test of one value against five, with pooled variance.
    pooled = stats.ttest_ind([0.06], null, equal_var=True)
    assert pooled.pvalue == pytest.approx(expected)


def test_study_p_without_spread_or_value_is_missing():
    assert np.isnan(inference.study_p(0.1, np.zeros(5)))
    assert np.isnan(inference.study_p(np.nan, np.arange(5.0)))


def test_permutation_p_by_hand():
    null = np.array([0.3, -0.2, 0.1, -0.4])
    assert inference.permutation_p(0.3, null) == pytest.approx(3 / 5)
    assert inference.permutation_p(-0.3, null) == pytest.approx(3 / 5)
    assert inference.permutation_p(9.0, null) == pytest.approx(1 / 5)
    assert inference.permutation_p(0.0, null) == 1


def test_familywise_p_by_hand():
    null = np.array([[0.1, -0.5, 0.2, 0.3], [0.4, 0.0, -0.1, 0.6], [np.nan] * 4])
    # Largest sizes: 0.4, 0.5, 0.2, 0.6.
    p = inference.familywise_p([0.45, -0.6, np.nan], null)
    np.testing.assert_allclose(p, [3 / 5, 2 / 5, np.nan])
    # In units of 0.1 and 0.2: largest 2, 5, 2, 3; observed 4.5 and 3.
    p = inference.familywise_p([0.45, -0.6, np.nan], null, scale=[0.1, 0.2, 1.0])
    np.testing.assert_allclose(p, [2 / 5, 3 / 5, np.nan])


def test_bootstrap_p_by_hand():
    few = np.array([0.9, 1.1, 1.0, -0.8])
    t = few.mean() / (few.std(ddof=1) * np.sqrt(1.25))
    assert inference.bootstrap_p(few) == pytest.approx(2 * stats.t.sf(t, 3))


def test_interval_and_spread_leave_missing_draws_out():
    draws = np.random.default_rng(0).normal(size=(2, 3, 200))
    draws[0, 1, :40] = np.nan
    draws[1, 2] = np.nan
    low, high = inference.percentile_interval(draws)
    finite = draws[0, 1, 40:]
    assert (low[0, 1], high[0, 1]) == pytest.approx(tuple(np.percentile(finite, [2.5, 97.5])))
    assert inference.spread(draws)[0, 1] == pytest.approx(finite.std(ddof=1))
    assert np.isnan([low[1, 2], high[1, 2], inference.spread(draws)[1, 2]]).all()


@pytest.mark.parametrize("size", [1, 2, 17, 400])
def test_fdr_is_that_of_statsmodels(size):
    rng = np.random.default_rng(size)
    p = rng.random(size) ** 3
    p[: size // 3] = p[0]
    expected = multipletests(p, method="fdr_bh")[1]
    np.testing.assert_allclose(inference.benjamini_hochberg(p), expected, rtol=1e-12)


def test_fdr_tie_at_alpha_counts():
    # 0.05 * rank / 4: the third is exactly at its line and takes the first two along.
    p = np.array([0.03, 0.0375, 0.0375, 0.9])
    adjusted = inference.benjamini_hochberg(p)
    rejected, expected = multipletests(p, alpha=0.05, method="fdr_bh")[:2]
    np.testing.assert_allclose(adjusted, expected, rtol=1e-12)
    assert (adjusted <= 0.05).tolist() == rejected.tolist() == [True, True, True, False]


def test_fdr_leaves_missing_p_out():
    p = np.array([0.01, np.nan, 0.2, 0.03])
    adjusted = inference.benjamini_hochberg(p)
    np.testing.assert_allclose(adjusted[[0, 2, 3]], multipletests(p[[0, 2, 3]], method="fdr_bh")[1])
    assert np.isnan(adjusted[1])


def test_table_follows_from_the_draws(reference):
    x, y, c = reference.make(gaps=(0.0, 0.0, 0.2, 0.0, 0.1, 0.0), scores=3)
    names = [("area", "total"), ("area", "left_insula"), ("area", "right_insula")]
    names += [("thick", "left_insula"), ("thick", "total"), ("thick", "left_insula--right_insula")]
    x.columns = pd.MultiIndex.from_tuples(names, names=["modality", "feature"])
    found = associate(x, y, c, permutations=99, bootstraps=50)
    table = found.table()
    assert len(table) == 18
    beta = found.beta.to_numpy()
    rows = table.set_index(["modality", "feature", "score"])
    for i, name in enumerate(names):
        for j, score in enumerate(y):
            row, null = rows.loc[(*name, score)], found.null[i, j].astype(float)
            assert row["beta"] == beta[i, j]
            t = (beta[i, j] - null.mean()) / (null.std(ddof=1) * np.sqrt(1 + 1 / 99))
            assert row["p"] == pytest.approx(2 * stats.t.sf(abs(t), 98), rel=1e-6)
            count = (np.abs(null) >= abs(beta[i, j])).sum()
            assert row["p_permutation"] == pytest.approx((1 + count) / 100)
    # Families: the regions of a modality, per score; its connections; the total alone.
    for family in (names[1:3], names[3:4], names[5:]):
        for score in y:
            part = rows.loc[[(*name, score) for name in family]]
            expected = multipletests(part["p"], method="fdr_bh")[1]
            np.testing.assert_allclose(part["p_fdr"], expected, rtol=1e-9)
    totals = rows.xs("total", level="feature")
    np.testing.assert_array_equal(totals["p_fdr"], totals["p"])
    np.testing.assert_array_equal(totals["p_familywise"], totals["p_permutation"])
    assert (rows["p_familywise"] >= rows["p_permutation"] - 1e-12)[6:9].all()
    places = table.drop_duplicates(["modality", "feature"])
    assert places["region"].tolist() == [
        "total", "insula", "insula", "insula", "total", "left_insula--right_insula",
    ]  # fmt: skip
    assert places["hemisphere"].tolist() == ["both", "left", "right", "left", "both", "both"]


def test_no_p_is_zero(reference):
    x, y, c = reference.make(effect=30.0, linked=0.0)
    table = associate(x, y, c, permutations=20, bootstraps=20).table()
    assert table["beta"].max() > 0.6
    for name in ("p", "p_fdr", "p_permutation", "p_familywise"):
        assert (table[name] > 0).all(), name
    assert table["p_permutation"].min() == pytest.approx(1 / 21)
    assert inference.t_p(1e9, 5000) > 0
    assert inference.study_p(1e9, np.random.default_rng(0).normal(size=5000)) > 0


@pytest.fixture(scope="module")
def under_the_null(reference):
    # 240 families of 5 independent features, each family a modality; the scores depend on the
    # covariates but not on the features; some features have gaps.
    _, y, c = reference.make(n=300, scores=2, seed=21)
    rng = np.random.default_rng(22)
    x = rng.normal(size=(300, 1200)) + 0.4 * reference.standardise(c.to_numpy())[:, [0]]
    x[:, ::2][rng.random((300, 600)) < 0.2] = np.nan
    columns = pd.MultiIndex.from_product([[f"m{i}" for i in range(240)], list("abcde")])
    frame = pd.DataFrame(x, y.index, columns)
    return {
        null: associate(
            frame, y, c, permutations=999, bootstraps=2, null=null, keep_draws=False
        ).table()
        for null in ("permute", "freedman-lane")
    }


def band(trials, rate=0.05):
    return stats.binom.ppf([0.005, 0.995], trials, rate) / trials


@pytest.mark.parametrize("score", ["insomnia", "anxiety"])
@pytest.mark.parametrize("column", ["p", "p_permutation"])
def test_freedman_lane_is_calibrated(under_the_null, column, score):
    table = under_the_null["freedman-lane"]
    p = table.loc[table["score"] == score, column]
    low, high = band(len(p))
    assert low <= (p <= 0.05).mean() <= high


@pytest.mark.parametrize("score", ["insomnia", "anxiety"])
def test_familywise_rate_is_calibrated(under_the_null, score):
    table = under_the_null["freedman-lane"]
    smallest = table[table["score"] == score].groupby("modality")["p_familywise"].min()
    low, high = band(len(smallest))
    assert low <= (smallest <= 0.05).mean() <= high


def test_study_scheme_is_calibrated_without_effect_of_covariates(reference):
    _, y, c = reference.make(n=300, scores=1, linked=0.0, seed=23)
    x = pd.DataFrame(np.random.default_rng(24).normal(size=(300, 1200)), y.index)
    x = x.where(np.random.default_rng(25).random(x.shape) > 0.1)
    table = associate(x, y, c, permutations=999, bootstraps=2, keep_draws=False).table()
    low, high = band(len(table))
    assert low <= (table["p"] <= 0.05).mean() <= high
    assert low <= (table["p_permutation"] <= 0.05).mean() <= high


def test_study_scheme_is_cautious_where_covariates_explain_the_score(reference, under_the_null):
    # The permuted score keeps the variance R2 that covariates explain in the observed one, so the
    # null is wider by 1 / sqrt(1 - R2) and there are fewer false positives, by as much.
    table = under_the_null["permute"]
    _, y, c = reference.make(n=300, scores=2, seed=21)
    for score, p in table.groupby("score")["p_permutation"]:
        explained = reference.ols(c.to_numpy()[:, 0], y[score].to_numpy(), c.to_numpy()[:, 1:])
        rate = 2 * stats.norm.sf(stats.norm.isf(0.025) / np.sqrt(1 - explained.rsquared))
        low, high = band(len(p), rate)
        assert low <= (p <= 0.05).mean() <= high
        assert rate < 0.03


def test_share_of_intervals_that_hold_varies_more_where_estimates_hang_together():
    rng = np.random.default_rng(3)
    own, common = rng.normal(size=(200, 2000)), rng.normal(size=2000)
    apart = inference.shares_inside(own)
    together = inference.shares_inside(np.sqrt(0.3) * own + np.sqrt(0.7) * common)
    # Independent: binomial around 95 %, SD sqrt(0.95 x 0.05 / 200); both are right on average.
    assert apart.mean() == pytest.approx(0.95, abs=0.003)
    assert together.mean() == pytest.approx(0.95, abs=0.01)
    assert apart.std() == pytest.approx(np.sqrt(0.95 * 0.05 / 200), rel=0.1)
    assert together.std() > 5 * apart.std()
    # A draw that was lost is no miss.
    own[0, 0] = np.nan
    rest = inference.shares_inside(own)
    assert rest[0] == pytest.approx(apart[0], abs=0.006)
