"""From a sample to findings: what is left out, and what leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx.findings.analyse import analyse
from transdx.findings.run import plan_run
from transdx.sample import draw_sample
from transdx.sources import read_cohort
from transdx.stats import smallest_beta


@pytest.fixture
def found(write_export):
    """Analyse an export with few draws; gives the sample and the findings."""

    def analysed(table: pd.DataFrame, world: str = "simulated", **more):
        folder: Path = write_export(table, **more)
        sample = draw_sample(read_cohort(world, folder))
        run = plan_run(world=world, data=folder, permutations=100, bootstraps=100)
        return sample, analyse(sample, run=run)

    return analysed


ONE_SEX = {
    "women": ({"p31": 0}, ["age", "age_squared", "height", "right_handed"]),
    "men": ({"p31": 1}, ["age", "age_squared", "height", "right_handed"]),
    "women of one age": ({"p31": 0, "p21003_i2": 60}, ["height", "right_handed"]),
}


@pytest.mark.parametrize(("same", "left"), ONE_SEX.values(), ids=ONE_SEX)
def test_covariates_without_variance_are_dropped_everywhere(export, found, same, left, caplog):
    sample, findings = found(export.assign(**same))
    assert findings.number("model.covariates") == len(left)
    assert findings.number("power.one") == smallest_beta(n=60, covariates=len(left))
    total = sample.features[("surface_area", "total")]
    fit = sm.OLS(total, sm.add_constant(sample.covariates[left])).fit()
    assert findings.number("global.r2") == pytest.approx(fit.rsquared, rel=1e-6)
    table = findings.table("associations")
    row = table[(table["feature"] == "total") & (table["score"] == "anxiety")].iloc[0]
    design = pd.concat([total, sample.covariates[left]], axis=1)
    score = sample.scores["anxiety"]
    fit = sm.OLS(score / score.std(), sm.add_constant(design / design.std())).fit()
    assert row["beta"] == pytest.approx(fit.params.iloc[1], abs=1e-8)
    assert "Covariate age_by_sex" in caplog.text


def test_covariates_that_vary_all_stay(export, found, caplog):
    _, findings = found(export)
    assert findings.number("model.covariates") == 6
    assert "dropped" not in caplog.text
    assert np.isfinite(findings.table("associations")["beta"]).all()
