"""Odds ratios and rates at both ends, by hand and by another fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx.errors import InputError
from transdx.stats import impact


def test_covariates_that_add_nothing_change_nothing(reference):
    x, y, c = reference.make(n=400, gaps=(0.0, 0.2))
    y = y[["insomnia"]]
    more = c.assign(months=12 * c["age"] + 3 * c["sex"] - 5, site=2.0)
    found = impact(x, y, more)
    assert found["odds_ratio"].notna().all()
    pd.testing.assert_frame_equal(found, impact(x, y, c), rtol=1e-6)


def test_a_covariate_constant_in_those_with_a_feature_is_dropped_there(reference):
    # Only women have the feature: sex explains nothing there, and age times sex is nothing.
    x, y, c = reference.make(n=400, gaps=(0.0,))
    y = y[["insomnia"]]
    c["sex"] = np.arange(400) % 2
    c["age_by_sex"] = c["age"] * c["sex"]
    x["women"] = x["f0"].where(c["sex"] == 0)
    found = impact(x, y, c).set_index("feature").loc["women"]
    women = c["sex"] == 0
    z = -(x["f0"][women] - x["f0"][women].mean()) / x["f0"][women].std()
    design = sm.add_constant(np.column_stack([z, c.loc[women, ["age", "height"]]]))
    fit = sm.Logit((y["insomnia"][women] > 0).to_numpy(float), design).fit(disp=0)
    assert found["odds_ratio"] == pytest.approx(np.exp(fit.params[1]), rel=1e-6)
    assert found["p"] == pytest.approx(fit.pvalues[1], rel=1e-5)


def test_a_feature_that_nobody_has_gives_nothing(reference):
    x, y, c = reference.make(n=60, gaps=(0.0,))
    row = impact(x * np.nan, y[["insomnia"]], c).iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["odds_ratio"])
    assert row["n_top"] == 0


def test_a_p_is_never_zero():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"total": rng.normal(size=30_000)})
    y = pd.DataFrame({"anxiety": (rng.logistic(size=30_000) > 3 * x["total"]) * 1.0})
    c = pd.DataFrame({"age": rng.normal(size=30_000)})
    row = impact(x, y, c).iloc[0]
    assert row["odds_ratio"] == pytest.approx(np.exp(3), rel=0.15)
    assert 0 < row["p"] < 1e-300


def test_a_negative_score_is_refused(reference):
    x, y, c = reference.make(n=60, gaps=(0.0,))
    with pytest.raises(InputError, match="a score is negative"):
        impact(x, y[["anxiety"]], c)


def test_half_points_are_a_symptom():
    # 100 people in the order of the feature; the mean of two visits may be half a point.
    x = pd.DataFrame({"total": np.arange(100.0)})
    score = np.zeros(100)
    score[90:] = 0.5
    score[[3, 7, 8, 10]] = 1
    y = pd.DataFrame({"anxiety": score})
    c = pd.DataFrame({"age": np.random.default_rng(0).normal(size=100)})
    row = impact(x, y, c).iloc[0]
    assert (row["rate_top"], row["n_top"]) == (1.0, 10)
    # Three of the four lie in the lowest tenth, the fourth is the first above it.
    assert (row["rate_bottom"], row["n_bottom"]) == (0.3, 10)
    assert row["n"] == 100


def test_the_ends_are_whole_tenths_and_no_more():
    x = pd.DataFrame({"total": np.arange(59.0)})
    y = pd.DataFrame({"anxiety": np.isin(np.arange(59), [5, 53, 58]).astype(float)})
    c = pd.DataFrame({"age": np.random.default_rng(0).normal(size=59)})
    row = impact(x, y, c).iloc[0]
    # 59 people have tenths of 5: places 0 to 4 and 54 to 58.
    assert (row["n_bottom"], row["n_top"]) == (5, 5)
    assert (row["rate_bottom"], row["rate_top"]) == (0.0, 0.2)


def test_of_equal_people_the_first_and_the_last_make_up_a_tenth():
    # 200 people with four values, mixed; 50 share the lowest, and a tenth are 20.
    value = np.random.default_rng(5).permutation(np.arange(200) % 4)
    lowest, highest = (value == 0).nonzero()[0], (value == 3).nonzero()[0]
    score = np.zeros(200)
    score[lowest[:20]] = score[highest[-20:]] = 1
    x, y = pd.DataFrame({"total": value.astype(float)}), pd.DataFrame({"anxiety": score})
    c = pd.DataFrame({"age": np.random.default_rng(0).normal(size=200)})
    row = impact(x, y, c).iloc[0]
    assert (row["rate_bottom"], row["rate_top"]) == (1.0, 1.0)


@pytest.mark.filterwarnings("ignore:.*separation:Warning", "ignore:overflow:RuntimeWarning")
def test_a_model_that_did_not_converge_is_not_reported():
    # Everybody above the middle has a symptom: the odds ratio grows with every step.
    x = pd.DataFrame({"total": np.arange(40.0)})
    y = pd.DataFrame({"anxiety": (np.arange(40) >= 20).astype(float)})
    c = pd.DataFrame({"age": np.random.default_rng(0).normal(size=40)})
    row = impact(x, y, c).iloc[0]
    assert row[["odds_ratio", "ci_low", "ci_high", "p"]].isna().all()
    assert (row["rate_bottom"], row["rate_top"]) == (0.0, 1.0)
