"""The analysis once more: by hand from the columns of an export, and where columns lack."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.multivariate.pca import PCA

from transdx import associate
from transdx.findings.claims import load_claims
from transdx.findings.components import component_scores
from transdx.findings.criteria import corrected, of_replications
from transdx.findings.robustness import replicated
from transdx.results.select import verdict_of
from transdx.sample import draw_sample
from transdx.sample.scores import further
from transdx.simulate import simulate
from transdx.simulate.export import WITHDRAWAL_LIST
from transdx.sources import read_cohort

RUN = SimpleNamespace(permutations=200, bootstraps=200, seed=1)
#: Strong ones, so that a small cohort has findings, and others see them again.
PLANTED = pd.DataFrame(
    [
        ("thickness", f"{side}_{region}", "depression", -0.22)
        for side in ("left", "right")
        for region in ("insula", "superiortemporal", "entorhinal", "parsorbitalis")
    ]
    + [("subcortical_volume", f"{side}_putamen", "insomnia", -0.2) for side in ("left", "right")],
    columns=["modality", "feature", "score", "beta"],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("export"), participants=2_500, seed=7, effects=PLANTED)


@pytest.fixture(scope="module")
def raw(folder):
    return pd.read_parquet(folder / "participants.parquet").set_index("eid")


@pytest.fixture(scope="module")
def sample(folder):
    cohort = read_cohort("simulated", folder)
    return draw_sample(replace(cohort, connectomes=None))


@pytest.fixture(scope="module")
def tables(sample):
    return _repeat(sample)


def _repeat(sample):
    found = associate(
        sample.features, sample.scores, sample.covariates, permutations=200, bootstraps=200
    )
    return found.table(), replicated(found, found.table(), sample, run=RUN)


def _of(sample, name):
    return next(one for one in sample.study.replications if one.name == name)


def _beta(features, score, covariates):
    z = pd.concat([features, covariates], axis=1).astype(float)
    return sm.OLS(score / score.std(), sm.add_constant(z / z.std())).fit().params.iloc[1]


def test_what_was_planted_is_found_again_in_other_people_and_at_another_visit(tables):
    made = tables[1]
    rows = made["replications"].set_index("replication")
    assert (rows["lacks"] == "").all()
    assert rows["findings"].ge(8).all()
    for name in ("hold_out", "second_visit", "bmi", "medication", "without_relatives"):
        assert rows.loc[name, "retained"] > 0.5, name
        assert rows.loc[name, "p_retained"] < 0.01, name
        assert rows.loc[name, "p"] > 0.01, name
    # Of those that the findings were not chosen in, less is expected than by the rule of the study.
    assert (rows["expected"] < rows["expected_study"]).loc[["hold_out", "second_visit"]].all()
    assert made["replicated"].groupby("replication").size().eq(rows["findings"].iloc[0]).all()
    assert verdict_of(corrected(of_replications(_c9(), made["replications"]))) == "supported"


def test_findings_are_counted_again_among_themselves(tables):
    made = tables[1]
    told = made["replicated"]
    for name, rows in told[told["again"] == "yes"].groupby("replication"):
        assert (np.sign(rows["beta"]) == np.sign(rows["beta_again"])).all(), name
    again = told.assign(again=told["again"] == "yes").groupby("replication")["again"].sum()
    rows = made["replications"].set_index("replication")
    assert again.to_dict() == rows["again"].astype(int).to_dict()
    by_map = made["replication_maps"].groupby("replication")["again"].sum()
    assert by_map.to_dict() == again.to_dict()


def test_a_further_covariate_is_held_constant_as_by_hand(sample, raw, tables):
    people = sample.scores.index
    mass = raw["p21001_i2"].loc[people].dropna()
    told = tables[1]["replicated"].query("replication == 'bmi'").iloc[0]
    where = (told["modality"], told["feature"])
    some = sample.covariates.loc[mass.index].assign(mass=mass)
    beta = _beta(
        sample.features.loc[mass.index, where], sample.scores[told["score"]].loc[mass.index], some
    )
    assert told["beta_again"] == pytest.approx(beta, abs=1e-6)
    row = tables[1]["replications"].set_index("replication").loc["bmi"]
    assert row["n"] == len(mass)


def test_the_second_visit_is_analysed_as_by_hand(sample, raw, tables):
    told = tables[1]["replicated"].query("replication == 'second_visit'")
    told = told[told["score"] == "depression"].iloc[0]
    again = draw_sample(
        replace(
            sample.cohort, study=sample.study.again(_of(sample, "second_visit")), connectomes=None
        )
    )
    own = raw.loc[again.scores.index]
    assert own["p25926_i3"].eq(6).all()
    assert own["p25759_i3"].eq(-1042).all()
    score = own["p2050_i3"] + own["p2060_i3"] - 2
    pd.testing.assert_series_equal(
        score.astype(float), again.scores["depression"], check_names=False
    )
    age, sex = own["p21003_i3"].astype(float), own["p31"].astype(float)
    covariates = pd.DataFrame(
        {"age": age, "sex": sex, "a2": age**2, "as": age * sex, "height": own["p12144_i3"],
         "right": (own["p1707_i0"] == 1).astype(float)}
    )  # fmt: skip
    field = {"left_insula": "p26788", "left_entorhinal": "p26760"}
    value = again.features[("thickness", told["feature"])]
    if told["feature"] in field:
        np.testing.assert_allclose(value, own[f"{field[told['feature']]}_i3"])
    assert told["beta_again"] == pytest.approx(_beta(value, score, covariates), abs=1e-6)


def test_other_scores_are_first_components(sample, raw):
    made = component_scores(sample)
    pd.testing.assert_series_equal(made["insomnia"], sample.scores["insomnia"])
    own = raw.loc[sample.scores.index]
    first, later = (
        own[[f"p{item}_i{visit}" for item in (1970, 1990, 2010)]]
        .where(lambda v: v >= 0)
        .sum(axis=1, skipna=False)
        for visit in (0, 2)
    )
    held = sample.validation["anxiety"]
    columns = pd.concat([first, later, held], axis=1).dropna()
    there = PCA(columns, ncomp=1, standardize=True).factors.iloc[:, 0]
    both = made["anxiety"].dropna()
    assert set(both.index) == set(columns.index)
    assert np.corrcoef(both, sample.scores["anxiety"].loc[both.index])[0, 1] > 0.5
    assert abs(np.corrcoef(both, there.loc[both.index])[0, 1]) == pytest.approx(1)


def test_further_covariates_are_read_as_the_study_file_says(sample, raw):
    names = ("education", "childhood_adversity", "diabetes", "medication", "smoking", "alcohol")
    made = pd.concat(
        [further(sample.cohort, _of(sample, name).added) for name in names], axis=1
    ).loc[sample.scores.index]
    own = raw.loc[sample.scores.index]
    years = {"1": 20, "2": 13, "3": 10, "4": 10, "5": 19, "6": 15, "-7": 7}
    pd.testing.assert_series_equal(
        made["education"], own["p6138_i0"].map(years).astype(float), check_names=False
    )
    items = own[[f"p{item}" for item in range(20487, 20492)]].where(lambda v: v >= 0)
    plain = items[["p20487", "p20488", "p20490"]].sum(axis=1, skipna=False)
    turned = items[["p20489", "p20491"]].sum(axis=1, skipna=False)
    np.testing.assert_allclose(made["childhood_adversity"], plain - turned)
    np.testing.assert_array_equal(made["diabetes"], own["p130709"].notna())
    taken = own["p20003_i2"].fillna("").str.split("|")
    np.testing.assert_array_equal(made["antidepressants"], taken.map(lambda t: "1140921600" in t))
    np.testing.assert_array_equal(made["mood_stabilisers"], taken.map(lambda t: "1140867490" in t))
    assert 0.03 < made["antidepressants"].mean() < 0.15


def test_several_answers_count_as_the_largest(sample, tmp_path, folder):
    table = pd.read_parquet(folder / "participants.parquet")
    told = ["1|2", "[-7]", "-3", "6|5", None]
    table["p6138_i0"] = (told * len(table))[: len(table)]
    table.to_parquet(tmp_path / "participants.parquet")
    made = further(read_cohort("simulated", tmp_path), _of(sample, "education").added)
    assert made["education"].head(5).fillna(-1).to_list() == [20, 7, -1, 19, -1]


def test_a_replication_that_the_data_lack_something_for_is_left_out(folder, tmp_path, tables):
    table = pd.read_parquet(folder / "participants.parquet")
    gone = ["p22189", "p20003_i2", "p22021", *(c for c in table if c.endswith("_i3"))]
    table.drop(columns=gone).to_parquet(tmp_path / "participants.parquet")
    shutil.copy(folder / WITHDRAWAL_LIST, tmp_path)
    sample = draw_sample(read_cohort("simulated", tmp_path))
    made = _repeat(sample)[1]["replications"].set_index("replication")
    lacking = made[made["lacks"] != ""]
    assert set(lacking.index) == {
        "hold_out", "second_visit", "deprivation", "medication", "without_relatives",
    }  # fmt: skip
    assert "later_release" in lacking.loc["hold_out", "lacks"]
    whole = tables[1]["replications"].set_index("replication")
    pd.testing.assert_series_equal(made.loc["bmi"], whole.loc["bmi"])


def test_why_a_replication_is_left_out_counts_nobody(sample):
    few = sample.cohort.table.index[:4]
    cohort = replace(sample.cohort, beside={"hold_out": _only(sample.cohort, few)})
    made = _repeat(replace(sample, cohort=cohort))[1]["replications"].set_index("replication")
    assert made.loc["hold_out", "lacks"] == "too few people have what it asks for"


def _only(cohort, people):
    return replace(cohort, table=cohort.table.loc[people], beside={})


def test_people_of_a_later_release_are_others_and_have_not_withdrawn(folder, tmp_path, sample):
    cohort = sample.cohort
    later = cohort.beside["hold_out"]
    assert len(later) == round(2_500 * 0.155)
    assert not set(later.table.index) & set(cohort.table.index)
    # Somebody of the study among them counts once; who withdrew, not at all.
    both = tmp_path / "both"
    (both / "later_release").mkdir(parents=True)
    main = pd.read_parquet(folder / "participants.parquet")
    other = pd.read_parquet(folder / "later_release" / "participants.parquet")
    main.to_parquet(both / "participants.parquet")
    pd.concat([other, main.head(3)]).to_parquet(both / "later_release" / "participants.parquet")
    (both / "w12345_20260101.csv").write_text(f"{other['eid'][0]}\n")
    read = read_cohort("simulated", both)
    assert len(read.beside["hold_out"]) == len(other) - 1
    assert any(Path(name).parent.name == "later_release" for name in read.inputs)


def _c9():
    return next(claim for claim in load_claims() if claim.id == "C9")


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "supported"),
        # An effect in the other direction, one by chance, too few again: each alone is enough.
        ({"retained": -0.1, "p_retained": 0.7}, "not supported"),
        ({"p_retained": 0.06}, "same direction"),
        ({"p": 0.001}, "same direction"),
        # Of three that are corrected together, this p is none.
        ({"p": 0.03}, "supported"),
        # What was not made says nothing.
        ({"lacks": "no such column", "p": np.nan, "retained": np.nan}, "supported"),
    ],
)
def test_all_replications_have_to_hold(changed, verdict):
    row = {
        "label": "a", "n": 900, "findings": 10, "same_sign": 10, "again": 8, "expected": 7.5,
        "p": 0.6, "retained": 0.9, "retained_low": 0.5, "retained_high": 1.3, "p_retained": 0.003,
        "lacks": "",
    }  # fmt: skip
    rows = pd.DataFrame([row, row | changed, row])
    assert verdict_of(corrected(of_replications(_c9(), rows))) == verdict


def test_without_findings_nothing_can_be_found_again():
    row = {"label": "a", "findings": 0, "lacks": ""}
    assert of_replications(_c9(), pd.DataFrame([row])) == []
    assert of_replications(_c9(), pd.DataFrame()) == []
