"""The planted effects are in the data, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx.errors import TransdxError
from transdx.fields import read_table
from transdx.simulate.effects import make_drivers, plan_effects

SEEDS = (11, 12)
TOTAL = ("surface_area", "total")


@pytest.fixture(scope="module")
def betas(cohorts, reference):
    return {
        (seed, effects): reference.marginal_betas(cohorts(seed, effects))
        for seed in SEEDS
        for effects in ("study", "none")
    }


def test_reference_betas_are_those_of_statsmodels(cohorts, reference, betas):
    data = cohorts(SEEDS[0])
    for feature, score in ((TOTAL, "anxiety"), (("thickness", "left_insula"), "depression")):
        y = data.scores[score]
        fit = sm.OLS(y / y.std(), reference.design_of_the_study(data, feature)).fit()
        assert betas[SEEDS[0], "study"].loc[feature, score] == pytest.approx(fit.params["x"])


def test_what_planting_adds_is_what_was_planted(cohorts, reference, betas):
    # The same seed without effects has the same chance in it, so that the difference
    # shows the planted part almost without noise, for each feature and score.
    gained = [betas[seed, "study"] - betas[seed, "none"] for seed in SEEDS]
    wanted = [reference.planted(cohorts(seed)) for seed in SEEDS]
    bias = sum(got - want for got, want in zip(gained, wanted, strict=True)) / len(SEEDS)
    assert bias.abs().to_numpy().max() < 0.002
    assert bias.mean().abs().max() < 0.0005


def test_recovered_betas_scatter_around_the_planted_ones(cohorts, reference, betas):
    n = len(cohorts(SEEDS[0]).scores)
    away = [betas[seed, "study"] - reference.planted(cohorts(seed)) for seed in SEEDS]
    # Features explained by the covariates scatter more, by at most 1 / sqrt(1 - R2).
    error = np.concatenate([table.to_numpy().ravel() for table in away]) * np.sqrt(n)
    assert 0.8 < error.std() < 1.4
    assert np.abs(error).max() < 6
    # Features share noise, so the mean has far fewer degrees of freedom than entries.
    assert abs(error.mean()) < 1


def test_planted_table_is_what_the_truth_says(cohorts):
    truth = cohorts(SEEDS[0]).export.truth.set_index(["modality", "feature", "score"])["planted"]
    plan = read_table("planted_effects.csv")
    plan = plan[~plan["feature"].str.startswith("among:")]
    rows = plan.set_index(["modality", "feature", "score"])["beta"].astype(float)
    assert truth.loc[rows.index].to_numpy() == pytest.approx(rows.to_numpy(), abs=1e-6)
    totals = plan[plan["feature"] == "total"]["modality"].unique()
    regional = truth[truth.index.get_level_values("feature") != "total"]
    free = regional.drop(rows.index, errors="ignore")
    free = free[~free.index.get_level_values("modality").isin(totals)]
    assert (free == 0).all()
    assert len(truth) == 3 * (66 + 66 + 14 + 3 + 2 * (3321 + 1) + 1)
    assert (regional.xs("surface_area", level="modality") < 0).all()


def test_anxiety_effect_on_total_area_is_the_printed_one(cohorts):
    truth = cohorts(SEEDS[0]).export.truth.set_index(["modality", "feature", "score"])["planted"]
    assert truth["surface_area", "total", "anxiety"] == pytest.approx(-0.050, abs=1e-6)


def test_logistic_coefficient_is_the_printed_one(cohorts, reference):
    gained = []
    for seed in SEEDS:
        fits = []
        for effects in ("study", "none"):
            data = cohorts(seed, effects)
            any_symptom = (data.scores["anxiety"] > 0).astype(float)
            fits.append(
                sm.Logit(any_symptom, reference.design_of_the_study(data, TOTAL)).fit(disp=0)
            )
        gained.append(fits[0].params["x"] - fits[1].params["x"])
        # Printed: -0.0963 with standard error 0.0160; and one cohort scatters like that.
        assert abs(fits[0].params["x"] + 0.0963) < 4 * 0.016
        assert fits[0].bse["x"] == pytest.approx(0.0160, abs=0.0006)
    assert np.mean(gained) == pytest.approx(-0.0963, abs=0.003)


def test_no_effects_plants_zeros(cohorts, betas):
    truth = cohorts(SEEDS[0], "none").export.truth
    assert (truth["planted"] == 0).all()
    n = len(cohorts(SEEDS[0]).scores)
    z = np.concatenate([betas[seed, "none"].to_numpy().ravel() for seed in SEEDS]) * np.sqrt(n)
    assert 0.8 < z.std() < 1.4


def _small_plan(effects):
    rng = np.random.default_rng(5)
    n = 4000
    covariates = rng.standard_normal((n, 2))
    scores = rng.poisson(0.6, (n, 3)) + 0.0
    everyone = np.ones(n, dtype=bool)
    names = ("insomnia", "depression", "anxiety")
    drivers = make_drivers(names, scores, scores, covariates, everyone)
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])
    explained = np.column_stack([covariates[:, 0], 2 * covariates[:, 1]])
    plan = plan_effects(
        pd.DataFrame(effects, columns=["modality", "feature", "score", "beta"]),
        drivers,
        names=[("m", "a"), ("m", "b")],
        totals={"m": np.ones(2)},
        covariance=covariance,
        explained=np.cov(explained, rowvar=False),
    )
    return scores, covariates, drivers, covariance, explained, *plan


def test_planning_by_hand():
    # Noise made exactly independent of scores and covariates, with exactly the wanted
    # covariance: then least squares must return the planted numbers to the last digit.
    effects = [("m", "a", "anxiety", -0.10), ("m", "a", "insomnia", 0.04)]
    scores, covariates, drivers, covariance, explained, gamma, implied = _small_plan(effects)
    rng = np.random.default_rng(6)
    known = np.column_stack([np.ones(len(scores)), covariates, scores, drivers.signal])
    noise = rng.standard_normal((len(scores), 2))
    noise -= known @ np.linalg.lstsq(known, noise, rcond=None)[0]
    driven = drivers.signal @ gamma.T
    left = covariance - np.cov(driven, rowvar=False)
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise, rowvar=False))).T
    x = explained + driven + noise @ np.linalg.cholesky(left).T
    x = np.column_stack([x, x.sum(axis=1)])
    implied = implied.set_index(["feature", "score"])["planted"]
    for column, feature in enumerate(("a", "b", "total")):
        for score, name in enumerate(("insomnia", "depression", "anxiety")):
            design = np.column_stack(
                [np.ones(len(x)), x[:, column] / x[:, column].std(ddof=1), covariates]
            )
            y = scores[:, score] / scores[:, score].std(ddof=1)
            beta = np.linalg.lstsq(design, y, rcond=None)[0][1]
            # The SD of x holds a chance covariance of noise-free parts; hence not exact.
            assert beta == pytest.approx(implied[feature, name], abs=1e-3)
    assert implied["a", "anxiety"] == pytest.approx(-0.10)
    assert implied["b", "anxiety"] == 0


def test_a_total_is_exact_beside_planted_regions():
    # By hand: the total of a and b has variance 4 + 9 + 2 x 1 = 15 and goes with a as 5, with
    # b as 10; what a alone does not account for is spread 1 : 2.
    alone = _small_plan([("m", "a", "anxiety", -0.1)])[-1]
    plan = _small_plan([("m", "a", "anxiety", -0.1), ("m", "total", "anxiety", -0.2)])[-1]
    table = [each.set_index(["feature", "score"])["planted"] for each in (alone, plan)]
    assert table[1]["total", "anxiety"] == pytest.approx(-0.2)
    assert table[0]["total", "anxiety"] != pytest.approx(-0.2)
    gained = {name: table[1][name, "anxiety"] - table[0][name, "anxiety"] for name in "ab"}
    covariance, explained = _small_plan([])[3:5]
    spread = np.sqrt(np.diag(covariance) + explained.var(axis=0, ddof=1))
    # From beta to covariance, in units of the score's SD.
    shares = np.array([gained["a"], gained["b"]]) * np.diag(covariance) / spread
    assert shares[1] / shares[0] == pytest.approx(2)
    assert (plan.set_index("score").loc["insomnia", "planted"] == 0).all()


def test_what_is_not_simulated_cannot_be_planted():
    with pytest.raises(TransdxError, match="m c, which is not simulated"):
        _small_plan([("m", "c", "anxiety", -0.1)])
