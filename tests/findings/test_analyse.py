"""From a sample to findings: what is left out, and what leaves."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx.findings.analyse import analyse, read_truth
from transdx.measured import open_measured
from transdx.results.schema import TABLES
from transdx.run import plan
from transdx.sample import draw_sample
from transdx.sources import read_cohort
from transdx.stats import smallest_beta, spin_validity
from transdx.stats.inference import study_p
from transdx.stats.resampling import permutations
from transdx.writing import Withheld

DRAWS = 60


@pytest.fixture
def found(write_export, monkeypatch):
    """Analyse an export with few draws; gives the sample and the findings."""
    # How well spins do has nothing to do with the data, and takes longer than all the rest.
    few = partial(spin_validity, maps=20)
    monkeypatch.setattr("transdx.stats.spin_validity", few)

    def analysed(table: pd.DataFrame, world: str = "simulated", **more):
        folder: Path = write_export(table, **more)
        sample = draw_sample(read_cohort(world, folder))
        run = plan(world=world, data=folder, permutations=DRAWS, bootstraps=DRAWS)
        return sample, analyse(sample, run=run, truth=read_truth(folder / "truth.csv"))

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


def test_regions_are_tested_at_the_level_of_bonferroni(export, found):
    _, findings = found(export)
    # 66 areas, 66 thicknesses, 14 volumes and the amygdala's reactivity.
    rows = findings.table("power").query("n == 60").set_index("label")
    assert rows["alpha"].to_dict() == {
        "one test": 0.05,
        "147 regions (Bonferroni)": pytest.approx(0.05 / 147),
    }
    many = smallest_beta(n=60, covariates=6, alpha=0.05 / 147)
    assert findings.number("power.many") == pytest.approx(many)
    assert findings.number("power.many") > findings.number("power.one")


@pytest.fixture(scope="module")
def once():
    """What was computed for several tests."""
    return {}


@pytest.fixture
def real(export, connectomes, found, tmp_path, once):
    """Findings in 60 people whose ids are as long as real ones, with few of everything."""
    if once:
        return once["found"]
    ids = np.random.default_rng().choice(np.arange(1_000_000, 6_000_000), 60, replace=False)
    export["eid"] = ids
    connectomes = {name: table.set_axis(ids) for name, table in connectomes.items()}
    export["p31"] = (np.arange(60) < 3).astype(int)
    # Insomnia: 2 points in three people; everybody else has none of the three symptoms.
    for item in (1200, 2050, 2060, 1970, 1990, 2010):
        export[[f"p{item}_i0", f"p{item}_i2"]] = int(item in (1200, 2050, 2060))
    export[["p1970_i0", "p1970_i2"]] = (np.arange(60) % 2)[:, None].repeat(2, axis=1)
    export.loc[np.arange(60) >= 54, ["p2050_i0", "p2050_i2"]] = 2
    export.loc[10:12, ["p1200_i0", "p1200_i2"]] = 3
    # Two leave for their head motion, one for a missing score.
    export.loc[20:21, "p25741_i2"] = 100
    export.loc[22, ["p1970_i0", "p1970_i2"]] = np.nan
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "truth.csv").write_text("modality,feature,score,planted\n")
    once["found"] = found(export, world="ukb", connectomes=connectomes)
    return once["found"]


PEOPLE = ["n", "count", "excluded", "structural_n", "below", "above", "n_bottom", "n_top"]


def test_no_table_of_real_people_counts_few_or_shows_one(real):
    sample, findings = real
    assert len(sample) == 57
    for name, table in findings.tables.items():
        for column in set(PEOPLE) & set(table):
            assert not table[column].between(1, 4).any(), (name, column)
        for column in {"minimum", "maximum"} & set(table):
            assert table[column].isna().all(), (name, column)
    # There were such counts to hide.
    assert (sample.covariates["sex"] == 1).sum() == 3
    assert sum(0 < step.excluded < 5 for step in sample.flow) == 2
    assert sample.quality["above"].between(1, 4).any()
    assert sample.quality["maximum"].notna().all()
    assert (sample.scores["insomnia"] == 2).sum() == 3
    assert sample.connections["structural_n"].between(1, 4).any()


def test_how_many_lack_a_connection_does_not_follow_from_the_sizes(real):
    sample, findings = real
    lacking = sample.features.isna().sum()
    assert lacking.between(1, 4).any()
    for name in ("associations", "networks", "claims"):
        assert not (57 - findings.table(name)["n"]).between(1, 4).any(), name


def test_numbers_of_real_people_are_those_of_the_protected_tables(real):
    _, findings = real
    numbers = findings.numbers
    assert numbers["flow.analysed"] == 57
    assert findings.say("{sample.people.men.n}") == "[not shown: too few people]"
    assert findings.say("{sample.age.men.mean:.1f}") == "[not shown: too few people]"
    assert numbers["sample.people.all.n"] == 57
    few = {
        key: value
        for key, value in numbers.items()
        if key.endswith(".n") or key.startswith("flow.excluded")
        if not isinstance(value, Withheld) and 0 < value < 5
    }
    assert few == {}


def test_every_table_of_a_run_has_a_rule_and_every_rule_a_table(real, of_cohorts):
    _, findings = real
    # What was measured beforehand is of no run.
    assert set(findings.tables) == set(TABLES) - of_cohorts - set(open_measured().tables)


def test_the_null_of_a_mean_over_connections_with_gaps_moves_people_together(
    export, connectomes, found
):
    del connectomes["functional_connectivity"]
    sample, findings = found(export, connectomes=connectomes)
    structural = sample.features["structural_connectivity"]
    own = [name for name in structural if "left_insula" in name.split("--")]
    gappy = structural[own].to_numpy(float)
    assert np.isnan(gappy).any(axis=0).sum() > 10
    score = sample.scores["anxiety"].to_numpy()
    c = sample.covariates.to_numpy()

    def mean_of_slopes(y):
        slopes = []
        for x in gappy.T:
            there = np.isfinite(x)
            z = (x[there] - x[there].mean()) / x[there].std(ddof=1)
            design = np.column_stack([z, np.ones(there.sum()), c[there] / c.std(axis=0)])
            outcome = y[there] / y[there].std(ddof=1)
            slopes.append(np.linalg.lstsq(design, outcome, rcond=None)[0][0])
        return np.mean(slopes)

    drawn = [permutations(60, block=block, seed=1, draws=50) for block in range(2)]
    null = np.array([mean_of_slopes(score[order]) for order in np.concatenate(drawn)[:DRAWS]])
    table = findings.table("associations").set_index(["modality", "feature", "score"])
    row = table.loc[("structural_connectivity", "left_insula", "anxiety")]
    assert row["beta"] == pytest.approx(mean_of_slopes(score), abs=1e-6)
    assert row["p"] == pytest.approx(float(study_p(row["beta"], null)), rel=1e-3)
