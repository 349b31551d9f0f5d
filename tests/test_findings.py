"""Findings: computed as said, written whole, computed again only when something changed."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from transdx.cli import main
from transdx.errors import InputError, TransdxError
from transdx.findings import describe, open_run, open_sample
from transdx.results import Findings, load_findings, save_findings
from transdx.results.phrases import Numbers
from transdx.run import plan
from transdx.sample import draw_sample
from transdx.study import load_study

SMALL = {"permutations": 200, "bootstraps": 200}
OPEN, SIMULATED = "open-quick-p200-b200", "simulated-quick-n1500-p200-b200"


@pytest.fixture(scope="module")
def sample(open_cohort):
    return draw_sample(open_cohort)


@pytest.fixture(scope="module")
def root(tmp_path_factory, open_cohort):
    """A folder in which the open world and a small simulated one were run once."""
    folder = tmp_path_factory.mktemp("book")
    open_run(world="open", root=folder, **SMALL)
    open_run(world="simulated", participants=1500, root=folder, **SMALL)
    return folder


def test_the_open_numbers_are_those_of_associate_on_the_same_tables(root, tmp_path):
    assert main(["fetch", "--tables", str(tmp_path)]) == 0
    words = ["associate", "--out", str(tmp_path / "out.parquet")]
    for name in ("features", "scores", "covariates"):
        words += [f"--{name}", str(tmp_path / f"{name}.csv")]
    assert main([*words, "--permutations", "200", "--bootstraps", "200"]) == 0
    again = pd.read_parquet(tmp_path / "out.parquet")
    chapter = load_findings(root / "results" / OPEN).table("associations")
    # Which of them are corrected together is declared by the study alone.
    own = chapter.assign(p_fdr=chapter["p_fdr_study"]).drop(columns="p_fdr_study")
    regions = own["feature"] != "total"
    pd.testing.assert_frame_equal(again[regions], own[regions], rtol=1e-6)
    pd.testing.assert_frame_equal(
        again.drop(columns="p_familywise"), own.drop(columns="p_familywise"), rtol=1e-6
    )


def test_the_flow_ends_with_the_people_analysed(root):
    for name in (OPEN, SIMULATED):
        findings = load_findings(root / "results" / name)
        flow = json.loads((root / "results" / name / "flow.json").read_text())
        table = findings.table("associations")
        assert flow[-1]["remaining"] == findings.number("flow.analysed") == table["n"].max()


def test_the_people_of_a_run_are_those_of_its_findings_and_stay_as_they_are(root):
    data = root / "data" / SIMULATED
    written = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    people = open_sample(world="simulated", participants=1500, root=root, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == written
    rows = load_findings(root / "results" / SIMULATED).table("associations")
    row = rows.query("feature == 'left_insula' and modality == 'thickness' and score == 'anxiety'")
    x = people.features[("thickness", "left_insula")]
    table = pd.concat([people.scores["anxiety"], x.rename("x"), people.covariates], axis=1)
    z = ((table - table.mean()) / table.std()).to_numpy()
    beta = np.linalg.lstsq(z[:, 1:], z[:, 0], rcond=None)[0][0]
    assert beta == pytest.approx(row["beta"].item(), abs=1e-6)


def test_people_whose_data_were_taken_away_are_simulated_again(root):
    before = open_sample(world="simulated", participants=1500, root=root, **SMALL)
    shutil.rmtree(root / "data" / SIMULATED)
    after = open_sample(world="simulated", participants=1500, root=root, **SMALL)
    pd.testing.assert_frame_equal(before.features, after.features)


def test_a_sample_shows_how_many_people_it_holds_and_none_of_them(root):
    people = open_sample(world="simulated", participants=1500, root=root, **SMALL)
    shown = f"{people!r} {people.cohort!r}"
    assert f"{len(people):,} people" in shown
    assert not [who for who in people.scores.index if str(who) in shown]


def test_totals_are_no_part_of_the_regional_families(root):
    table = load_findings(root / "results" / SIMULATED).table("associations")
    regional = table[
        (table["modality"] == "thickness")
        & (table["feature"] != "total")
        & (table["score"] == "anxiety")
    ]
    ordered = np.sort(regional["p"].to_numpy())
    steps = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
    by_hand = np.minimum.accumulate(steps[::-1])[::-1]
    np.testing.assert_allclose(np.sort(regional["p_fdr"]), np.minimum(by_hand, 1))
    # The global measures of all modalities and scores are one family.
    wholes = table[(table["feature"] == "total") | (table["feature"] == "amygdala")]
    assert len(wholes) == 18
    np.testing.assert_allclose(wholes["p_fdr"], stats.false_discovery_control(wholes["p"]))
    np.testing.assert_array_equal(wholes["p_fdr_study"], wholes["p"])


def test_numbers_are_those_of_the_tables(root):
    findings = load_findings(root / "results" / SIMULATED)
    table = findings.table("associations").set_index(["modality", "feature", "score"])
    row = table.loc[("surface_area", "left_insula", "anxiety")]
    assert findings.number("surface_area.left_insula.anxiety.beta") == row["beta"]
    area = table.loc["surface_area"].drop("total").xs("anxiety", level="score")
    assert findings.number("surface_area.significant.anxiety") == (area["p_fdr"] <= 0.05).sum()
    strongest = area["beta"].abs().idxmax()
    assert findings.number("surface_area.strongest.anxiety.beta") == area.loc[strongest, "beta"]


def test_the_truth_is_kept_beside_the_estimates(root):
    truth = load_findings(root / "results" / SIMULATED).truth
    planted = truth.set_index(["modality", "feature", "score"])["planted"]
    assert planted[("surface_area", "total", "anxiety")] == pytest.approx(-0.05)
    assert load_findings(root / "results" / OPEN).truth is None


def test_nothing_changed_computes_nothing(root):
    manifest = root / "results" / OPEN / "manifest.json"
    before = manifest.stat().st_mtime_ns
    stages: list[object] = []
    open_run(world="open", root=root, progress=lambda *told: stages.append(told), **SMALL)
    assert stages == []
    assert manifest.stat().st_mtime_ns == before


def test_another_seed_computes_again_and_moves_only_what_is_random(root, tmp_path):
    one = load_findings(root / "results" / OPEN).table("associations")
    other = open_run(world="open", seed=2, root=tmp_path, **SMALL).table("associations")
    pd.testing.assert_series_equal(one["beta"], other["beta"])
    assert (one["se"] != other["se"]).all()


def test_a_lost_result_is_made_again(open_cohort, tmp_path):
    first = open_run(world="open", root=tmp_path, **SMALL)
    (tmp_path / "results" / OPEN / "manifest.json").unlink()
    with pytest.raises(TransdxError, match="no finished run"):
        load_findings(tmp_path / "results" / OPEN)
    again = open_run(world="open", root=tmp_path, **SMALL)
    pd.testing.assert_frame_equal(first.table("associations"), again.table("associations"))


def test_a_failed_write_leaves_the_old_findings(tmp_path):
    rows = {"step": ["a"], "label": ["A"], "excluded": [0], "remaining": [9]}
    good = Findings("open", {"flow": pd.DataFrame(rows)}, {})
    save_findings(good, tmp_path / "run")
    bad = replace(good, tables={"flow": pd.DataFrame(rows | {"label": [object()]})})
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the writer of Parquet raises
        save_findings(bad, tmp_path / "run")
    assert load_findings(tmp_path / "run").number("flow.analysed") == 9
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_sentences_take_their_numbers_from_the_run():
    numbers = {"b": -0.0512, "n": 25604, "p": 4e-9, "q": 0.0312}
    findings = Findings("open", {}, {"parameters": numbers})
    said = findings.say("β = {run.b:.3f}, n = {run.n:,}, {run.p:p}, {run.q:p}")
    assert said == "β = −0.051, n = 25,604, p < 0.001, p = 0.031"
    with pytest.raises(InputError, match=r"no number 'run\.c' .* open run; did you mean"):
        findings.say("{run.c}")
    with pytest.raises(InputError, match=r"'run\.b' is -0\.0512 and cannot be written as 'd'"):
        findings.say("{run.b:d}")


def test_spearman_against_ranks_by_hand(sample):
    two = replace(sample, scores=sample.covariates[["age", "age_squared", "sex"]])
    table = describe.score_correlations(two)
    ranks = two.scores.rank()
    assert table["rho"].iloc[0] == pytest.approx(1)
    assert table["rho"].iloc[1] == pytest.approx(np.corrcoef(ranks["age"], ranks["sex"])[0, 1])
    ordered = stats.false_discovery_control(table["p"])
    np.testing.assert_allclose(table["p_fdr"], ordered)
    assert (table["p"] > 0).all()


def test_demographics_by_hand(sample):
    table = describe.demographics(sample).set_index(["characteristic", "group"])
    women = sample.covariates["sex"] == 0
    assert table.loc[("Participants", "women"), "n"] == women.sum()
    assert table.loc[("Age (years)", "women"), "mean"] == pytest.approx(
        sample.covariates["age"][women].sum() / women.sum()
    )
    right = (sample.covariates["right_handed"] == 1) & ~women
    assert table.loc[("Right-handed", "men"), "n"] == right.sum()
    assert table.loc[("Right-handed", "men"), "percent"] == pytest.approx(
        100 * right.sum() / (~women).sum()
    )


def test_spread_of_a_sample_has_one_degree_less(sample):
    table = describe.demographics(sample).set_index(["characteristic", "group"])
    age = sample.covariates["age"]
    for group, chosen in {"all": age, "men": age[sample.covariates["sex"] == 1]}.items():
        values = chosen.to_numpy()
        by_hand = np.sqrt(((values - values.mean()) ** 2).sum() / (len(values) - 1))
        assert table.loc[("Age (years)", group), "sd"] == pytest.approx(by_hand, rel=1e-12)


def test_names_of_scores_keep_their_spelling_in_tables(sample):
    named = replace(sample, scores=sample.scores.set_axis(["ADHD_symptoms"], axis="columns"))
    table = describe.demographics(named)
    assert "ADHD symptoms (points)" in set(table["characteristic"])


def test_validity_is_that_of_a_table_of_two_by_two(sample):
    held = replace(load_study("ukb").validation[0], score="depression", threshold=1)
    people = pd.Index(range(12))
    # Diagnosed: four of five score at the threshold or above, two of them exactly there.
    # Not diagnosed: two of six do. One person did not say.
    score = pd.Series([1, 1, 2, 6, 0.5, 0, 0, 0, 0.5, 1, 3, 2], index=people, dtype=float)
    diagnosis = pd.Series([1] * 5 + [0] * 6 + [np.nan], index=people)
    scale = pd.Series([4, 5, 9, 20, 3, 0, 1, 2, 3, 6, 12, 8], index=people, dtype=float)
    made = replace(
        sample,
        study=replace(sample.study, validation=(held,)),
        scores=pd.DataFrame({"depression": score}),
        validation=pd.DataFrame(
            {("depression", "diagnosis"): diagnosis, ("depression", held.questionnaire): scale}
        ),
    )
    table = describe.validation(made).set_index("statistic")
    assert table.loc["sensitivity", ["estimate", "n"]].tolist() == [4 / 5, 5]
    assert table.loc["specificity", ["estimate", "n"]].tolist() == [4 / 6, 6]
    low, high = proportion_confint(4, 6, method="wilson")
    assert table.loc["specificity", ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    ranks = np.corrcoef(score.rank(), scale.rank())[0, 1]
    assert table.loc["spearman", "estimate"] == pytest.approx(ranks)
    assert table.loc["spearman", "n"] == 12


def test_worst_measure_has_most_values_outside_on_both_sides(root):
    tables = dict(load_findings(root / "results" / OPEN).tables)
    rows = [
        # Label, group, n, below, above: the most above, the most in all, the most in number.
        ("T1 warping", "image quality", 100, 0, 6),
        ("Head motion", "image quality", 100, 7, 1),
        ("Brain position X", "image quality", 1_000, 5, 5),
        ("left insula", "thickness", 100, 50, 50),
    ]
    tables["quality"] = pd.DataFrame(rows, columns=["label", "group", "n", "below", "above"])
    numbers = Numbers(tables)
    assert numbers["quality.measures"] == 3
    assert numbers["quality.worst.label"] == "Head motion"
    assert numbers["quality.worst.percent"] == pytest.approx(8)


def test_rules_that_sentences_cite_are_those_of_the_study_file():
    text = files("transdx").joinpath("studies", "ukb.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    found = Numbers({"study": describe.rules(load_study("ukb"))})
    assert {key: found[key] for key in found if key.startswith("study.")} == {
        "study.smallest_effect": raw["smallest_effect"],
        "study.smallest_group": raw["smallest_group"],
        "study.fences": raw["outliers"]["fences"],
        "study.functional_connectivity.mean_above": (
            raw["connections"]["functional_connectivity"]["mean_above"]
        ),
        "study.structural_connectivity.percent_above": (
            100 * raw["connections"]["structural_connectivity"]["prevalence_above"]
        ),
        "study.depression.threshold": raw["validation"]["depression"]["threshold"],
        "study.anxiety.threshold": raw["validation"]["anxiety"]["threshold"],
        "study.depression.questionnaire": "PHQ-9",
        "study.anxiety.questionnaire": "GAD-7",
        **{
            f"study.{score}.{rule}": raw["scores"][score][rule]
            for score in ("insomnia", "depression", "anxiety")
            for rule in ("about", "highest")
        },
    }
    neuroticism = {"neuroticism.about", "neuroticism.highest"}
    assert set(describe.rules(load_study("open"))["rule"]) == neuroticism | {
        *("smallest_effect", "smallest_group")
    }


@pytest.mark.parametrize("wrong", [True, -1, 2.5, "1"])
def test_sizes_are_whole_numbers(wrong):
    with pytest.raises(InputError, match="permutations to be a whole number"):
        plan(permutations=wrong)


def test_the_order_of_people_changes_no_number(open_cohort, root, tmp_path):
    from transdx.findings.analyse import analyse

    shuffled = replace(open_cohort, table=open_cohort.table.sample(frac=1, random_state=1))
    run = plan(world="open", **SMALL)
    one = analyse(draw_sample(open_cohort), run=run).table("associations")
    other = analyse(draw_sample(shuffled), run=run).table("associations")
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_a_run_that_fails_leaves_the_findings_that_were_there(open_cohort, tmp_path, monkeypatch):
    open_run(world="open", root=tmp_path, **SMALL)
    before = load_findings(tmp_path / "results" / OPEN).manifest

    def gone(*given, **options):
        raise TransdxError("no network")

    monkeypatch.setattr("transdx.sources.read_cohort", gone)
    with pytest.raises(TransdxError, match="no network"):
        open_run(world="open", root=tmp_path, force=True, **SMALL)
    assert load_findings(tmp_path / "results" / OPEN).manifest == before
