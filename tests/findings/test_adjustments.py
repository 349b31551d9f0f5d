"""What claims become where something that may confound them is held constant."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm, spearmanr

from transdx import associate, figures, stats
from transdx.errors import InputError
from transdx.findings import describe
from transdx.findings.adjustments import hold, judged, under_adjustments
from transdx.findings.claims import judge
from transdx.findings.told import explain_claim, write_claims
from transdx.results import Findings
from transdx.results.disclosure import protect
from transdx.results.schema import TABLES
from transdx.results.select import held_under
from transdx.sample import draw_sample
from transdx.simulate import simulate
from transdx.sources import read_cohort
from transdx.study import Study, load_study
from transdx.writing import decimal, interval

from .test_ledger import RICH, SCORES, _pairs, _structure, receptors, turns

MANY = 14_000
DRAWS = {"permutations": 200, "bootstraps": 200, "seed": 1}
RUN = SimpleNamespace(**DRAWS)
STUDY = load_study("ukb")


def people(
    goes_with: dict[str, tuple[float, float, float]],
    effects: dict[tuple[str, str], tuple[float, float, float]] | None = None,
    *,
    study: Study = STUDY,
    seed: int = 4,
) -> SimpleNamespace:
    """Make a sample whose nuisances show in images, and go with the scores as said."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((MANY, 3))
    names = [one.name for one in study.nuisances]
    nuisances = pd.DataFrame(rng.standard_normal((MANY, len(names))), columns=names)
    for name, sizes in goes_with.items():
        latent += nuisances[[name]].to_numpy() * np.array(sizes)
    columns = [*_structure(), ("surface_area", "total"), ("amygdala_reactivity", "amygdala")]
    columns += [("functional_connectivity", name) for name in (*_pairs(), "total")]
    shown = {label: _of(nuisances, *label) for label in columns}
    values = pd.DataFrame(rng.standard_normal((MANY, len(columns))), columns=columns)
    for label, sizes in (effects or {}).items():
        # What is left beyond the nuisances goes with the scores.
        latent += values[[label]].to_numpy() * np.array(sizes)
    features = values + pd.DataFrame(shown)
    features.columns = pd.MultiIndex.from_tuples(columns, names=["modality", "feature"])
    scores = pd.DataFrame(np.maximum(latent + 0.3, 0), columns=SCORES)
    covariates = pd.DataFrame({"age": rng.standard_normal(MANY)})
    return SimpleNamespace(
        study=study, features=features, scores=scores, covariates=covariates, nuisances=nuisances
    )


def _of(nuisances: pd.DataFrame, modality: str, feature: str) -> pd.Series:
    """Say what nuisances do to a feature: large heads have large parts, moved ones connect less."""
    if modality in ("surface_area", "subcortical_volume"):
        return nuisances["head_size"] * (1.3 if feature == "total" else 0.8)
    if modality == "functional_connectivity":
        rich = set(feature.split("--")) <= set(RICH)
        return -nuisances["head_motion_at_rest"] * (
            1.5 if rich else 0.2 + 0.6 * (feature == "total")
        )
    return nuisances["head_size"] * 0


def ledger(sample: SimpleNamespace) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Judge the claims as with the covariates alone, under the adjustments, and held by them."""
    found = associate(sample.features, sample.scores, sample.covariates, **DRAWS)
    total = sample.features[[("surface_area", "total")]]
    tables = {"impact": stats.impact(total, sample.scores, sample.covariates)}
    known = {"annotations": receptors(), "spins": turns()}
    tables["claims"], _ = judge(found, tables, smallest=0.02, **known)
    table = under_adjustments(sample, tables, run=RUN, **known)
    keys = ["claim", "score"]
    held = hold(tables["claims"], table)
    return tables["claims"].set_index(keys), table, held.set_index(keys)


def explained(claims: pd.DataFrame, adjustments: pd.DataFrame, claim: str) -> str:
    none = pd.DataFrame(columns=TABLES["claim_tests"].names)
    return explain_claim(claims, none, claim, adjustments=adjustments)


@pytest.fixture(scope="module", autouse=True)
def alone(no_whole_maps):
    """The ledger does not depend on what was fetched."""


@pytest.fixture(scope="module")
def large_heads():
    """Head size alone goes with all symptoms, and nothing else does."""
    return ledger(people({"head_size": (-0.07, -0.07, -0.07)}))


def test_head_size_alone_holds_no_volume_and_is_said_of_total_area(large_heads):
    before, _, held = large_heads
    for claim in ("C1", "C2", "C10"):
        assert set(before.loc[claim, "verdict"]) == {"supported"}
    assert set(held.loc["C2", "verdict"]) == {"depends on adjustment"}
    # Of total area head size is a part of the question: required is that it be said.
    for claim in ("C1", "C10"):
        assert set(held.loc[claim, "verdict"]) == {"supported"}
    for claim in ("C1", "C2", "C10"):
        assert set(held.loc[claim, "falls_with"]) == {"head_size+all_nuisances"}


def test_where_covariates_go_with_scores_the_ledger_holds_its_level_and_the_study_is_timid():
    sample = people({}, {("amygdala_reactivity", "amygdala"): (0, 0, -0.08)})
    sample.scores = sample.scores.add(2 * sample.covariates["age"], axis=0)
    found = associate(sample.features, sample.scores, sample.covariates, **DRAWS)
    known = {"annotations": receptors(), "spins": turns()}
    tables = judged(found, {}, sample, run=RUN, **known)
    row = tables["claim_tests"].query("claim == 'C6' and role == 'level'").iloc[0]
    shown = tables["claims"].set_index("claim").loc["C6"]
    x = sm.add_constant(sample.features[[("amygdala_reactivity", "amygdala")]])
    fit = sm.OLS(sample.scores["anxiety"], x.join(sample.covariates)).fit()
    t = fit.tvalues.iloc[1]
    # The spread of 200 draws is known to about a twentieth.
    assert norm.isf(row["p"] / 2) == pytest.approx(abs(t), rel=0.15)
    explained = sm.OLS(sample.scores["anxiety"], sm.add_constant(sample.covariates)).fit().rsquared
    assert explained > 0.8
    timid = np.sqrt(1 - explained)
    assert norm.isf(shown["p_study"] / 2) == pytest.approx(timid * abs(t), rel=0.15)
    # Estimates and intervals are those of the other chapters.
    own = found.table().query("feature == 'amygdala' and score == 'anxiety'").iloc[0]
    assert [row["estimate"], row["ci_low"]] == pytest.approx([own["beta"], own["ci_low"]])


def test_an_estimate_under_an_adjustment_is_that_of_ordinary_least_squares(large_heads):
    sample = people({"head_size": (-0.07, -0.07, -0.07)})
    table = large_heads[1].set_index(["claim", "score", "adjustment"])
    sides = [("subcortical_volume", f"{side}_thalamus") for side in ("left", "right")]
    score = sample.scores["anxiety"]
    for name, nuisances in {
        "study": [],
        "motion": ["head_motion_at_rest", "head_motion_in_task"],
        "head_size": ["head_size"],
        "all_nuisances": list(sample.nuisances),
    }.items():
        betas = []
        for side in sides:
            design = pd.concat([sample.features[side], sample.covariates], axis=1)
            design = design.join(sample.nuisances[nuisances])
            fit = sm.OLS(score / score.std(), sm.add_constant(design / design.std())).fit()
            betas.append(fit.params[side])
        assert table.loc[("C2", "anxiety", name), "estimate"] == pytest.approx(np.mean(betas))
    # The interval, from resamples of everybody, is about as wide as that of the model.
    row = table.loc[("C1", "anxiety", "head_size")]
    design = pd.concat(
        [sample.features["surface_area", "total"], sample.nuisances.head_size], axis=1
    )
    fit = sm.OLS(score / score.std(), sm.add_constant(design / design.std())).fit()
    assert (row["ci_high"] - row["ci_low"]) / (4 * fit.bse.iloc[1]) == pytest.approx(0.98, abs=0.12)


def test_what_a_verdict_falls_with_is_said_in_text_table_and_sentence(large_heads):
    _, table, held = large_heads
    ledger_of = held.reset_index()
    lines = [" ".join(line.split()) for line in explained(ledger_of, table, "C2").splitlines()]
    assert "Anxiety: depends on adjustment" in lines
    (row,) = [line for line in lines[lines.index("Anxiety: depends on adjustment") :]
              if line.startswith("head size")][:1]  # fmt: skip
    assert row.startswith("head size required")
    assert "n 14,000" in row
    assert "lower with head size, all nuisances; β below zero;" in write_claims(
        ledger_of, width=400
    )
    cells = figures.claims_table(ledger_of)
    printed = [cells.row_formats["verdict"](one) for one in ledger_of.to_dict("records")]
    assert printed[0] == "✓ supported, not with head size, all nuisances"
    assert printed[4] == "± depends on adjustment: head size, all nuisances"
    said = Findings("simulated", {"claims": ledger_of, "adjustments": table}, {})
    text = said.say("{adjustments.text}")
    after = table[(table["claim"] == "C1") & (table["adjustment"] == "head_size")].iloc[0]
    assert f"C1 for insomnia (β {decimal(held['estimate'].iloc[0])}, then " in text
    assert f"then {decimal(after['estimate'])}, which is not required)" in text
    assert text.startswith("With head size held constant, lower are C1 for insomnia")
    assert text.endswith("Held constant, imaging and motion lower no verdict.")
    depends = (held["verdict"] == "depends on adjustment").sum()
    assert said.number("claims.depends_on_adjustment") == depends == 4


def test_every_claim_is_drawn_with_each_of_its_adjustments(large_heads):
    _, table, held = large_heads
    picture = figures.adjustments_plot(table, held.reset_index())
    rows = table[table["score"] != "all"]
    assert picture.alt.count(" to ") == len(rows) == 5 * 14
    row = rows[(rows["claim"] == "C2") & (rows["adjustment"] == "head_size")].iloc[2]
    told = f"{decimal(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"
    assert f"head size {told}, {row['verdict']}" in picture.alt
    none = figures.adjustments_plot(table.iloc[:0], held.reset_index())
    assert "hold no nuisances" in none.text


def test_head_size_with_one_score_makes_no_volume_its_own():
    before, _, held = ledger(people({"head_size": (-0.08, 0, 0)}))
    assert before.loc[("C4", "insomnia"), "verdict"] == "supported"
    row = held.loc[("C4", "insomnia")]
    assert (row["verdict"], row["falls_with"]) == (
        "depends on adjustment",
        "head_size+all_nuisances",
    )


def test_motion_with_one_score_makes_no_connection_weaker():
    before, table, held = ledger(people({"head_motion_at_rest": (0, 0, 0.066)}))
    for claim in ("C3", "C7"):
        assert before.loc[(claim, "anxiety"), "verdict"] == "supported"
        row = held.loc[(claim, "anxiety")]
        assert (row["verdict"], row["falls_with"]) == (
            "depends on adjustment",
            "motion+all_nuisances",
        )
    under = table[(table["claim"] == "C3") & (table["score"] == "anxiety")]
    required = dict(zip(under["adjustment"], under["required"], strict=True))
    # Head size has to be held constant for volumes alone, and all at once for nothing.
    asked = {"study": "yes", "imaging": "yes", "motion": "yes"}
    assert required == {**asked, "head_size": "no", "all_nuisances": "no"}
    of_volumes = table[(table["claim"] == "C2") & (table["adjustment"] == "head_size")]
    assert set(of_volumes["required"]) == {"yes"}


def test_an_effect_beyond_the_nuisances_stays_supported():
    goes = {"head_size": (-0.02, -0.02, -0.02), "head_motion_at_rest": (0.02, 0.02, 0.02)}
    effects = {("surface_area", "total"): (-0.05,) * 3}
    effects |= {("amygdala_reactivity", "amygdala"): (0.0, 0.0, -0.07)}
    effects |= {("functional_connectivity", "total"): (-0.05,) * 3}
    for side in ("left", "right"):
        effects[("subcortical_volume", f"{side}_thalamus")] = (-0.06,) * 3
    _, _, held = ledger(people(goes, effects))
    for claim in ("C1", "C2", "C3", "C6"):
        assert set(held.loc[claim, "verdict"]) == {"supported"}, claim
        assert set(held.loc[claim, "falls_with"]) == {""}


def test_the_rule_by_hand():
    def after(verdict: str, **under: tuple[str, str]) -> tuple[str, list[str]]:
        rows = [(name, *one) for name, one in under.items()]
        table = pd.DataFrame(rows, columns=["adjustment", "required", "verdict"])
        return held_under(verdict, table)

    same, alone = ("yes", "supported"), ("yes", "stronger than in the others")
    assert after("supported", imaging=same, motion=same) == ("supported", [])
    assert after("supported", imaging=same, motion=alone) == ("depends on adjustment", ["motion"])
    low, lower = ("no", "same direction"), ("yes", "not supported")
    assert after("supported", motion=same, all=low) == ("supported", ["all"])
    assert after("supported", motion=lower, all=low) == (
        "depends on adjustment",
        ["motion", "all"],
    )
    assert after(alone[1], motion=lower) == ("depends on adjustment", ["motion"])
    # What is better under an adjustment stays what it is without; so does what claims nothing.
    assert after(alone[1], motion=same) == (alone[1], [])
    assert after("same direction", motion=lower) == ("same direction", [])
    assert after("cannot be tested here") == ("cannot be tested here", [])


def test_who_lacks_a_nuisance_is_left_out_of_its_adjustment_alone():
    sample = people({})
    sample.nuisances.loc[:499, "head_motion_in_task"] = np.nan
    _, table, _ = ledger(sample)
    n = table.groupby("adjustment")["n"].agg(set)
    assert n["study"] == n["imaging"] == n["head_size"] == {MANY}
    assert n["motion"] == n["all_nuisances"] == {MANY - 500}


def test_an_adjustment_that_nobody_can_have_is_refused_or_left_out(caplog):
    sample = people({})
    sample.nuisances.loc[:, "head_motion_in_task"] = np.nan
    said = "expected 6 people or more who have all of head motion at rest, head motion during the"
    with pytest.raises(InputError, match=f"adjustment 'motion': {said} task, got 0; fill these"):
        ledger(sample)
    unasked = [replace(one, required=False) for one in STUDY.adjustments]
    sample.study = replace(STUDY, adjustments=tuple(unasked))
    _, table, _ = ledger(sample)
    assert set(table["adjustment"]) == {"study", "imaging", "head_size"}
    assert "'motion': expected 6" in caplog.text


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("export"), participants=400, seed=5)


def test_nuisances_and_scores_are_correlated_by_rank_but_for_a_few_people():
    sample = people({"head_size": (-0.08, 0, 0)})
    sample.nuisances.loc[: MANY // 2, "head_size"] = np.nan
    for name, few in {"scanned_in_reading": 9, "scanned_in_bristol": 10}.items():
        sample.nuisances[name] = (np.arange(MANY) < few).astype(float)
    table = describe.nuisances(sample).set_index(["nuisance", "score"])
    row = table.loc[("head_size", "insomnia")]
    there = sample.nuisances["head_size"].notna()
    rho = spearmanr(sample.nuisances["head_size"][there], sample.scores["insomnia"][there])
    assert row["rho"] == pytest.approx(rho.statistic)
    assert row["n"] == there.sum()
    assert row["ci_low"] < row["rho"] < row["ci_high"] < 0
    # Of nine people a correlation would tell the scores.
    assert table.loc["scanned_in_reading", ["rho", "ci_low", "ci_high"]].isna().all(axis=None)
    assert table.loc["scanned_in_bristol"].notna().all(axis=None)
    said = Findings("simulated", {"nuisances": table.reset_index()[TABLES["nuisances"].names]}, {})
    text = said.say("{nuisances.text}")
    assert f"(intracranial volume) with insomnia (ρ\u00a0=\u00a0{decimal(row['rho'])})" in text


def test_few_people_more_or_less_are_not_told_of_real_ones(large_heads):
    table = large_heads[1].assign(n=MANY)
    table.loc[table["adjustment"] == "motion", "n"] = MANY - 4
    table.loc[table["adjustment"] == "imaging", "n"] = MANY - 5
    left = pd.DataFrame([("all", "All", 0, MANY)], columns=TABLES["flow"].names)
    safe = protect({"flow": left, "adjustments": table}, world="ukb")["adjustments"]
    told = safe.groupby("adjustment")["n"].unique().map(list)
    assert told.pop("imaging") == [MANY - 5]
    assert set(map(tuple, told)) == {(MANY,)}
    counted = pd.DataFrame(
        [("head_size", "head size", "anxiety", n, 0.1, 0.0, 0.2) for n in (MANY, MANY - 3)],
        columns=TABLES["nuisances"].names,
    )
    safe = protect({"flow": left, "nuisances": counted}, world="ukb")["nuisances"]
    assert safe["n"].to_list() == [MANY, MANY]


def test_nuisances_are_read_from_an_export_in_their_own_units(export):
    sample = draw_sample(read_cohort("simulated", export))
    raw = pd.read_parquet(export / "participants.parquet").set_index("eid").loc[sample.scores.index]
    made = sample.nuisances
    assert list(made) == [one.name for one in sample.study.nuisances]
    for name, column in {"head_size": "p26521_i2", "head_motion_in_task": "p25742_i2"}.items():
        np.testing.assert_array_equal(made[name], raw[column])
    np.testing.assert_array_equal(made["scanned_in_reading"], raw["p54_i2"] == 11026)
    # A code that says that a position was not determined is no position.
    assert made["head_position_x"].dropna().gt(-1000).all()


def test_an_export_that_lacks_a_nuisance_is_told_which(export, tmp_path):
    table = pd.read_parquet(export / "participants.parquet")
    table.drop(columns="p25742_i2").to_parquet(tmp_path / "participants.parquet")
    with pytest.raises(InputError, match=r"1 column\(s\) that the study needs .*: p25742_i2"):
        read_cohort("simulated", tmp_path)
    # Not required, it is not there, and what takes it is left out.
    (tmp_path / "study.toml").write_text(
        'extends = "ukb"\n[adjustments.motion]\nrequired = false\n', encoding="utf-8"
    )
    sample = draw_sample(read_cohort("simulated", tmp_path))
    assert "head_motion_in_task" not in sample.nuisances
    assert "head_motion_at_rest" in sample.nuisances
