"""The simulated people and brains are like those that the facts describe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from transdx.fields import read_table
from transdx.simulate.constants import number, numbers

SEED = 11
TOTAL = ("surface_area", "total")


@pytest.fixture(scope="module")
def data(cohorts):
    return cohorts(SEED)


def test_flow_ends_as_in_the_study(whole):
    _, data = whole
    assert data.flow["imaged"] == 33_000
    assert data.flow["analysed"] == pytest.approx(25_604, abs=250)
    losses = -np.diff([n for step, n in data.flow.items() if "outliers" not in step])
    assert (losses > 0).all()
    assert data.flow["quality outliers"] > 1000
    assert data.flow["regional outliers"] > 500
    assert data.flow["connectome outliers"] > 150


def test_covariates_explain_a_third_of_total_area(data):
    z = (data.covariates - data.covariates.mean()) / data.covariates.std()
    area = data.features[TOTAL]
    # Printed: 1 - R2 = (0.995 / 0.0076563)^2 / 25763, that is 0.344.
    assert sm.OLS(area, sm.add_constant(z)).fit().rsquared == pytest.approx(0.344, abs=0.02)
    assert area.mean() / area.std() == pytest.approx(10.5, abs=0.5)


def test_models_printed_by_the_authors(data, reference):
    y = data.scores["anxiety"]
    design = reference.design_of_the_study(data, TOTAL)
    linear = sm.OLS(y / y.std(), design).fit()
    assert linear.bse["x"] == pytest.approx(0.0077, abs=0.0002)
    assert linear.params["x"] == pytest.approx(-0.0499, abs=4 * 0.0077)
    assert linear.rsquared == pytest.approx(0.010, abs=0.004)
    # The intercept moves with the slope: mean(y)/sd(y) - slope * mean(x)/sd(x).
    ratio = linear.params["const"] + linear.params["x"] * design["x"].mean()
    assert ratio == pytest.approx(1.1856 - 0.0499 * 10.5, abs=0.03)
    any_symptom = (y > 0).astype(float)
    logistic = sm.Logit(any_symptom, design).fit(disp=0)
    middle = logistic.params["const"] + logistic.params["x"] * design["x"].mean()
    assert middle == pytest.approx(0.6029 - 0.0963 * 10.5, abs=0.08)
    assert any_symptom.mean() == pytest.approx(0.40, abs=0.02)
    # Women and the younger have more.
    z = pd.DataFrame({"man": data.covariates["sex"], "decades": data.covariates["age"] / 10})
    plain = sm.OLS(y / y.std(), sm.add_constant(z)).fit().params
    assert -0.16 < plain["man"] < -0.04
    assert -0.15 < plain["decades"] < -0.05


def test_scores(data, reference):
    rho = data.scores.corr("spearman")
    assert rho.loc["insomnia", "depression"] == pytest.approx(0.20, abs=0.03)
    assert rho.loc["depression", "anxiety"] == pytest.approx(0.30, abs=0.03)
    assert rho.loc["insomnia", "anxiety"] == pytest.approx(0.15, abs=0.03)
    imaging = reference.visit_scores(data.everyone, 2)
    assert 0.40 < imaging["depression"].mean() < 0.50
    assert imaging["depression"].std() == pytest.approx(1.0, abs=0.06)
    assert (imaging["depression"] == 0).sum() / imaging["depression"].count() > 0.70
    first = reference.visit_scores(data.everyone, 0)
    for name in reference.SCORES:
        assert 0.3 < first[name].corr(imaging[name], "spearman") < 0.75


@pytest.mark.parametrize("item", ["1200", "2050", "2060", "1970", "1990", "2010"])
def test_item_frequencies(data, item):
    wanted = numbers(f"symptoms.{item}.shares")
    for visit in (0, 2, 3):
        codes = data.everyone[f"p{item}_i{visit}"].dropna()
        given = codes[codes >= 0]
        shares = given.value_counts(normalize=True).sort_index()
        margin = 4 * np.sqrt(0.25 / len(given))
        assert shares.to_numpy() == pytest.approx(wanted, abs=margin)


def test_questionnaire_and_diagnoses(data, reference):
    frame = data.everyone
    phq9 = reference.sum_of_items(frame, reference.PHQ9)
    gad7 = reference.sum_of_items(frame, reference.GAD7)
    assert (phq9.mean(), phq9.std()) == pytest.approx((2.8, 3.7), abs=0.2)
    assert (gad7.mean(), gad7.std()) == pytest.approx((2.1, 3.4), abs=0.2)
    taken = frame["p20499"].notna()
    assert taken.mean() == pytest.approx(0.65, abs=0.01)
    told = frame.loc[taken, "p20544"].fillna("").str.split("|")
    for code, name in (("11", "depression"), ("15", "anxiety"), ("6", "panic")):
        share = told.map(lambda codes, code=code: code in codes).mean()
        assert share == pytest.approx(number(f"mhq.{name}"), rel=0.06)
    scores = reference.scores(frame)
    assert scores["depression"].corr(phq9, "spearman") > 0.3
    assert scores["anxiety"].corr(gad7, "spearman") > 0.3
    ill = told.map(lambda codes: "11" in codes)
    symptomatic = scores["depression"].loc[ill.index] >= 1
    assert symptomatic[ill].mean() > 1.5 * symptomatic[~ill].mean()


def test_people(data):
    frame = data.everyone
    age = frame["p21003_i2"]
    # Ages are whole years, on average half a year less than exact ones.
    assert age.mean() == pytest.approx(64.1 - 0.5, abs=0.2)
    assert age.std() == pytest.approx(7.5, abs=0.15)
    assert (age.min() >= 44, age.max() <= 82) == (True, True)
    assert frame["p21003_i0"].between(40, 69).all()
    assert (frame["p21003_i0"] < age).all()
    assert (frame["p31"] == 0).mean() == pytest.approx(0.527, abs=0.012)
    women, men = frame["p31"] == 0, frame["p31"] == 1
    assert frame["p50_i2"][women].agg(["mean", "std"]).tolist() == pytest.approx(
        [163.5, 6.2], abs=0.2
    )
    assert frame["p12144_i2"][men].agg(["mean", "std"]).tolist() == pytest.approx(
        [176, 6.8], abs=0.2
    )
    hands = frame["p1707_i0"]
    shares = hands[hands > 0].value_counts(normalize=True).sort_index()
    assert shares.to_numpy() == pytest.approx([0.889, 0.095, 0.016], abs=0.008)
    centres = frame["p54_i2"].value_counts(normalize=True)
    assert centres[[11025, 11027, 11026]].tolist() == pytest.approx(
        [0.714, 0.223, 0.063], abs=0.012
    )


def test_regional_norms(data, norms):
    z = data.covariates
    wanted = norms[(norms["field"] != "") & (norms["modality"] != "global")]
    wanted = wanted.set_index(["modality", "feature"])
    design = np.column_stack([np.ones(len(z)), 1 - z["sex"], z["age"] - 64])
    regions = data.features[wanted.index]
    fitted, *_ = np.linalg.lstsq(design, regions.to_numpy(), rcond=None)
    column = {
        name: wanted[name].astype(float).to_numpy()
        for name in ("mean_women", "sd_women", "mean_men", "sd_men")
    }
    spread = (column["sd_women"] + column["sd_men"]) / 2
    # Everything in units of the regional SD; a standard error is about 0.009 of it.
    assert np.abs((fitted[0] - column["mean_men"]) / spread).max() < 0.05
    sexes = (fitted[1] - (column["mean_women"] - column["mean_men"])) / spread
    assert np.abs(sexes).max() < 0.06
    slope = wanted["slope_per_year"].astype(float).to_numpy()
    assert np.abs((fitted[2] - slope) * 10 / spread).max() < 0.05
    left = regions.to_numpy() - design @ fitted
    for sex, name in ((0, "sd_women"), (1, "sd_men")):
        rows = (z["sex"] == sex).to_numpy()
        assert left[rows].std(axis=0) / column[name] == pytest.approx(
            np.ones(len(spread)), abs=0.04
        )


def test_correlations_of_regions_follow_the_factor_model(data):
    factors = read_table("morphometry_factors.csv").set_index(["modality", "feature"])
    regions = data.features.drop(columns="total", level=1)
    factors = factors.loc[regions.columns]
    loadings = factors.filter(like="factor_").to_numpy(dtype=float)
    model = loadings @ loadings.T + np.diag(factors["uniqueness"].astype(float))
    z = data.covariates
    design = np.column_stack([np.ones(len(z)), z["sex"], z["age"]])
    left = regions.to_numpy() - design @ np.linalg.lstsq(design, regions.to_numpy(), rcond=None)[0]
    found = np.corrcoef(left, rowvar=False)
    # The largest of 10,585 differences, each with a standard error of up to 0.006,
    # and the trimming of outliers.
    assert np.abs(found - model).max() < 0.05
    assert np.abs(found - model).mean() < 0.01


def test_second_visit_repeats_the_first(data, norms, reference):
    frame = data.everyone[data.everyone["p21003_i3"].notna()]
    first = frame[list(reference.regional_columns(norms, 2).values())]
    later = frame[list(reference.regional_columns(norms, 3).values())]
    both = (first.notna().all(axis=1) & later.notna().all(axis=1)).to_numpy()
    rho = [
        stats.spearmanr(first[both].iloc[:, i], later[both].iloc[:, i]).statistic
        for i in range(0, first.shape[1], 15)
    ]
    assert min(rho) > 0.75
    assert max(rho) < 0.99
    assert len(frame) / len(data.everyone) == pytest.approx(0.10, abs=0.01)


def test_hemisphere_totals(data, norms):
    frame = data.everyone
    table = norms[(norms["modality"] == "surface_area") & (norms["field"] != "")]
    for side, field in (("left", "26721"), ("right", "26822")):
        fields = table[table["feature"].str.startswith(side)]["field"]
        regions = frame[[f"p{field}_i2" for field in fields]].sum(axis=1, skipna=False)
        pole = frame[f"p{field}_i2"] - regions
        # What is left over is the temporal pole, which has no field of its own.
        assert pole.median() == pytest.approx(475, abs=30)
    thickness = frame["p26755_i2"].median()
    assert thickness == pytest.approx(data.features["thickness", "total"].median(), abs=0.1)
    assert frame["p26521_i2"].corr(frame["p26721_i2"]) > 0.6
