"""Motion and body mass go with age, with each other and with the scores as assumed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx.simulate.constants import number, numbers


@pytest.fixture(scope="module")
def nuisance(cohorts):
    """Logarithms of motion and body mass of those with everything, and what goes with them."""
    data = cohorts(11)
    frame = data.everyone.loc[data.features.index]
    names = {"rest": "p25741_i2", "task": "p25742_i2", "bmi": "p21001_i2"}
    table = np.log(frame[[*names.values()]]).set_axis([*names], axis=1)
    return data, table


def _left(values, z):
    return sm.OLS(values, sm.add_constant(z), missing="drop").fit().resid


def test_motion_goes_with_age_and_body_mass(nuisance):
    data, table = nuisance
    z = data.covariates
    assert table["rest"].corr(z["age"]) == pytest.approx(0.10, abs=0.025)
    assert 0.20 < table["rest"].corr(table["bmi"]) < 0.30
    # Two scans of one person on one day; task motion is that of the faces task.
    assert 0.3 < table["rest"].corr(table["task"]) < 0.8
    reacting = data.everyone["p25052_i2"].notna()
    assert (data.everyone["p25742_i2"].notna() == reacting).all()


@pytest.mark.parametrize("score", [0, 1, 2])
def test_motion_and_body_mass_go_with_scores(cohorts, reference, score):
    asked = {
        "p25741_i2": numbers("quality.motion_symptoms")[score],
        "p25742_i2": numbers("quality.motion_symptoms")[score],
        "p21001_i2": numbers("people.bmi.symptoms")[score],
    }
    found = {name: [] for name in asked}
    for seed in (11, 12):
        frame = cohorts(seed).everyone
        y, z = reference.scores(frame), reference.covariates(frame)
        there = y.notna().all(axis=1) & z.notna().all(axis=1)
        left = _left(y.loc[there].iloc[:, score], z.loc[there])
        for name, pairs in found.items():
            other = _left(np.log(frame.loc[there, name]), z.loc[there])
            pairs.append(other.corr(left.loc[other.index]))
    # Two cohorts of 33,000: a standard error of 0.004.
    for name, r in asked.items():
        assert np.mean(found[name]) == pytest.approx(r, abs=0.015), name


def test_body_mass_has_its_spread_and_lasts(nuisance):
    data, _ = nuisance
    frame = data.everyone
    for sex, name in ((0, "women"), (1, "men")):
        middle, spread = numbers(f"people.bmi.{name}")
        own = np.log(frame.loc[frame["p31"] == sex, "p21001_i2"] / middle)
        assert (own.mean(), own.std()) == pytest.approx((0, spread), abs=0.01)
    logs = np.log(frame[["p21001_i0", "p21001_i2", "p21001_i3"]])
    later, earlier = numbers("people.bmi.remeasured")
    for visit, change in ((3, later), (0, earlier)):
        assert (logs[f"p21001_i{visit}"] - logs["p21001_i2"]).std() == pytest.approx(
            change, abs=0.003
        )
    assert frame["p21001_i2"].isna().mean() == pytest.approx(
        number("people.missing.bmi"), abs=0.004
    )


def test_motion_is_not_all_that_people_are(nuisance):
    """Head size, by contrast, goes with area and volumes, and hardly with motion."""
    data, table = nuisance
    head = data.everyone.loc[table.index, "p26521_i2"]
    totals = data.features.xs("total", axis=1, level=1)
    r = pd.concat([totals, table], axis=1).corrwith(head)
    assert r["surface_area"] > 0.7
    assert r["subcortical_volume"] > 0.4
    assert abs(r["rest"]) < 0.05


def test_what_replications_hold_constant_goes_with_scores_and_area(cohorts, reference):
    data = cohorts(11)
    frame, z = data.everyone.loc[data.features.index], data.covariates
    poor = _left(frame["p22189"], z)
    area = _left(data.features[("surface_area", "total")], z)
    assert poor.corr(area.loc[poor.index]) == pytest.approx(-0.04, abs=0.02)
    for score, r in zip(data.scores, numbers("further.deprivation.symptoms"), strict=True):
        left = _left(data.scores[score], z)
        assert poor.corr(left.loc[poor.index]) == pytest.approx(r, abs=0.02), score
    everyone = data.everyone
    smokes = everyone["p20116_i2"].dropna().value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(smokes, numbers("further.smoking.shares"), atol=0.01)
    taken = everyone["p20003_i2"].fillna("").str.contains("1140921600")
    assert taken.mean() == pytest.approx(numbers("further.medication.rates")[0], abs=0.006)
    # Who has answered online has been asked about adversity, and nobody else.
    asked = everyone["p20499"].notna()
    assert (everyone["p20487"].notna() == asked).all()
