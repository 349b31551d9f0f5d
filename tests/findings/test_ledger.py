"""Verdicts, on associations whose draws are made to measure."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, norm

from transdx import atlas, modalities
from transdx.annotations import Annotation
from transdx.errors import InputError
from transdx.findings.claims import judge, load_claims
from transdx.findings.connectivity import of_networks, of_regions, planted_in_regions
from transdx.findings.told import explain_claim, write_claims
from transdx.results import Findings, load_findings, save_findings, summaries
from transdx.results.schema import TABLES
from transdx.results.select import verdict_of
from transdx.stats import Estimates, contrast, spins
from transdx.stats.estimates import summarise

SCORES = ["insomnia", "depression", "anxiety"]
SE = 0.006
#: An odds ratio and its interval.
Odds = tuple[float, float, float]
RICH = ("left_insula", "right_insula", "left_rostralanteriorcingulate")
#: Regions that are connected.
ENDS = (*RICH, "left_cuneus", "right_cuneus", "left_thalamus", "left_precuneus", "right_precuneus")


def estimates(
    wanted: dict[tuple[str, str], tuple[float, ...]], *, scores: list[str] = SCORES, se: float = SE
) -> Estimates:
    """Estimates with the betas wanted, and normal draws around them that are independent."""
    rng = np.random.default_rng(11)
    labels = [("surface_area", "total"), *_structure(), ("amygdala_reactivity", "amygdala")]
    pairs = [("functional_connectivity", pair) for pair in _pairs()]
    labels += [*pairs, ("functional_connectivity", "total")]
    index = pd.MultiIndex.from_tuples(labels, names=["modality", "feature"])
    beta = pd.DataFrame(0.0, index=index, columns=scores)
    for label, values in wanted.items():
        beta.loc[label] = values
    noise = se * rng.standard_normal((2, *beta.shape, 500)).astype(np.float32)
    null, bootstrap = noise[0], noise[1] + beta.to_numpy(dtype=np.float32)[..., None]
    n = pd.Series(25_000, index=index)
    table = summarise(beta, n, null, bootstrap, scale=np.full(len(beta), se))
    return Estimates(beta, n, null, bootstrap, table)


def _structure() -> list[tuple[str, str]]:
    volumes = [("subcortical_volume", f) for f in modalities.features("subcortical_volume")]
    return volumes + [("thickness", f) for f in modalities.features("thickness")]


def _pairs() -> list[str]:
    table = atlas.connections()
    return list(table[table["region_a"].isin(ENDS) & table["region_b"].isin(ENDS)].index)


@cache
def turns():
    """Rearrange the eight regions that are connected here; one in 56 keeps the three in place."""
    rng, moved = np.random.default_rng(5), np.tile(np.arange(82), (600, 1))
    places = [atlas.REGIONS.index(region) for region in ENDS]
    for row in moved:
        row[places] = rng.permutation(places)
    return moved


def receptors() -> list[Annotation]:
    """Four receptors in the same three regions."""
    weights = pd.Series(np.isin(atlas.REGIONS, RICH) / len(RICH), index=list(atlas.REGIONS))
    names = ("D1", "DAT", "mGluR5", "H3")
    return [Annotation("receptor", name, weights, "set") for name in names]


@pytest.fixture(autouse=True)
def alone(no_whole_maps):
    """The ledger does not depend on what was fetched."""


def test_maps_of_the_whole_brain_are_asked_where_they_are(monkeypatch):
    without = ledger(the_study()).loc[("C7b", "anxiety")]
    assert without["verdict"] == "cannot be tested here"
    assert "were not fetched" in without["test"]
    # Dense in the thalamus alone, whose connections are not weaker than others.
    weights = pd.Series(np.isin(atlas.REGIONS, ENDS[5:]) / 3.0, index=list(atlas.REGIONS))
    whole = [replace(one, weights=weights, extent="whole brain") for one in receptors()]
    monkeypatch.setattr("transdx.findings.claims.whole_brain", lambda: whole)
    rows = ledger(the_study())
    # What is judged by the cortex stays as it was.
    assert rows.loc[("C7", "anxiety"), "verdict"] == "supported"
    assert rows.loc[("C7b", "anxiety"), "verdict"] != "supported"
    assert rows.loc[("C7b", "anxiety"), "estimate"] > rows.loc[("C7", "anxiety"), "estimate"]
    # Of four receptors one without a map is no claim about four.
    monkeypatch.setattr("transdx.findings.claims.whole_brain", lambda: whole[:3])
    assert ledger(the_study()).loc[("C7b", "anxiety"), "verdict"] == "cannot be tested here"


def ledger(
    wanted, *, findings: int = 30, inside: int = 9, p: float = 0.001, truth=None,
    odds: Odds = (1.1, 1.04, 1.17), scores: list[str] = SCORES, se: float = SE,
) -> pd.DataFrame:  # fmt: skip
    table, _ = judged(
        wanted, findings=findings, inside=inside, p=p, truth=truth, odds=odds, scores=scores, se=se
    )
    return table.set_index(["claim", "score"])


def judged(
    wanted, *, findings: int = 30, inside: int = 9, p: float = 0.001, truth=None,
    odds: Odds = (1.1, 1.04, 1.17), scores: list[str] = SCORES, se: float = SE,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    found = estimates(wanted, scores=scores, se=se)
    ratio = {"modality": "surface_area", "feature": "total", "score": "anxiety"}
    ratio |= dict(zip(("odds_ratio", "ci_low", "ci_high"), odds, strict=True))
    tables = {
        "circuit": pd.DataFrame(
            [("all", findings, inside, 4.0, p)],
            columns=["score", "findings", "inside", "expected", "p"],
        ),
        "impact": pd.DataFrame([ratio]),
    }
    tables |= {} if truth is None else {"truth": truth}
    return judge(found, tables, annotations=receptors(), spins=turns(), smallest=0.02)


def the_study() -> dict[tuple[str, str], tuple[float, float, float]]:
    """Effects as the study reports them."""
    wanted = {("surface_area", "total"): (-0.035, -0.03, -0.05)}
    wanted |= {("functional_connectivity", "total"): (-0.03, -0.03, -0.03)}
    wanted |= {("amygdala_reactivity", "amygdala"): (0.0, 0.0, -0.04)}
    for claim in load_claims():
        if claim.id == "C2":
            wanted |= {(claim.modality, f): (-0.04,) * 3 for f in claim.features}
        if claim.id == "C4":
            wanted |= {(claim.modality, f): (-0.04, 0.0, 0.0) for f in claim.features}
        if claim.id == "C5":
            wanted |= {(claim.modality, f): (0.0, -0.04, 0.0) for f in claim.features}
    for place, pair in enumerate(_pairs()):
        rich = set(pair.split("--")) <= set(RICH)
        level = -0.02 - 0.001 * (place % 3)
        wanted[("functional_connectivity", pair)] = (level, level, level - 0.06 * rich)
    return wanted


def test_effects_as_reported_support_every_claim_but_the_repeats():
    table = ledger(the_study())
    untested = [("C7b", "anxiety"), ("C9", "all")]
    assert table["verdict"].drop(untested).unique().tolist() == ["supported"]
    assert table.loc[("C9", "all"), "verdict"] == "cannot be tested here"
    assert list(table.reset_index()[["claim", "score"]].itertuples(index=False, name=None))[:3] == [
        ("C1", score) for score in SCORES
    ]
    assert table.loc[("C1", "anxiety"), "estimate"] == -0.05
    assert table.loc[("C2", "insomnia"), "estimate"] == pytest.approx(-0.04)


def test_no_effect_supports_nothing():
    table = ledger({}, inside=4, p=0.5)
    assert "supported" not in set(table["verdict"])
    # As many inside as expected are not more.
    assert table.loc[("C8", "all"), "verdict"] == "not supported"
    # An estimate of exactly zero is not below zero.
    assert table.loc[("C1", "anxiety"), "verdict"] == "not supported"


def test_effect_that_other_scores_share_is_not_specific():
    shared = the_study()
    shared[("amygdala_reactivity", "amygdala")] = (-0.04, -0.04, -0.04)
    assert ledger(shared).loc[("C6", "anxiety"), "verdict"] == "same direction"
    one_other = the_study()
    one_other[("amygdala_reactivity", "amygdala")] = (-0.04, 0.0, -0.04)
    assert ledger(one_other).loc[("C6", "anxiety"), "verdict"] == "same direction"


def test_weaker_everywhere_is_not_weaker_where_receptors_are():
    # All connections are weaker in anxiety, with no pattern. The other scores have the opposite
    # pattern, so that anxiety lies below them: only the test of the place is left to object.
    flat, rng = the_study(), np.random.default_rng(3)
    for pair in _pairs():
        level, rich = -0.05 + 0.002 * rng.standard_normal(), set(pair.split("--")) <= set(RICH)
        flat[("functional_connectivity", pair)] = (*[level + 0.06 * rich] * 2, level)
    table, tests = judged(flat)
    row = table.set_index("claim").loc["C7"]
    assert row["verdict"] == "same direction"
    assert row["test"].startswith("lower there")
    level = tests[(tests["claim"] == "C7") & (tests["role"] == "level")].iloc[0]
    assert level["p"] < 0.001
    assert level["passes"] == "yes"
    there = dict(flat)
    for pair in _pairs():
        rich = set(pair.split("--")) <= set(RICH)
        *others, level = flat[("functional_connectivity", pair)]
        there[("functional_connectivity", pair)] = (*others, level - 0.03 * rich)
    # Lower there than in the others, in whom it is not absent: it goes the other way.
    assert ledger(there).loc[("C7", "anxiety"), "verdict"] == "stronger than in the others"


def test_opposite_effect_is_not_supported():
    wanted = the_study() | {("surface_area", "total"): (0.04, -0.03, -0.05)}
    assert ledger(wanted).loc[("C1", "insomnia"), "verdict"] == "not supported"


@pytest.mark.parametrize(
    ("total", "se", "odds", "verdict", "decides"),
    [
        (-0.05, SE, (1.12, 1.06, 1.183), "supported", "odds ratio below 1.21"),
        # Small, and too far from what was published (1.96 x sqrt(0.006² + 0.0077²) = 0.019).
        (-0.022, SE, (1.1, 1.04, 1.17), "same direction", "β as published"),
        # Near, but the interval reaches beyond 0.1: z = 0.03 / 0.025, p = 0.115.
        (-0.07, 0.025, (1.1, 1.04, 1.17), "same direction", "|β| below 0.1"),
        # Near and small, and the odds may be even.
        (-0.05, SE, (1.06, 0.99, 1.135), "same direction", "odds ratio above 1"),
        # Above one, and less than was published.
        (-0.05, SE, (1.04, 1.01, 1.07), "same direction", "odds ratio of 1.10"),
        # As published, and perhaps not small.
        (-0.05, SE, (1.14, 1.02, 1.27), "same direction", "odds ratio below 1.21"),
        # Near, small enough, and not different from zero.
        (-0.02, 0.02, (1.1, 1.04, 1.17), "same direction", "β below zero"),
        (0.05, SE, (1.1, 1.04, 1.17), "not supported", "β below zero"),
    ],
)
def test_small_means_small_and_what_was_published_in_both_units(total, se, odds, verdict, decides):
    wanted = {("surface_area", "total"): (-0.03, -0.03, total)}
    row = ledger(wanted, se=se, odds=odds).loc[("C10", "anxiety")]
    assert row["estimate"] == total
    assert row["verdict"] == verdict
    assert row["test"] == decides


def test_p_of_a_claim_is_corrected_over_its_scores():
    wanted = {("surface_area", "total"): (-0.0125, -0.0123, 0.001)}
    raw = estimates(wanted).table().set_index(["modality", "feature", "score"])["p"]
    alone = raw.loc["surface_area", "total"][SCORES].to_numpy()
    table = ledger(wanted).loc["C1"].loc[SCORES]
    assert set(table["test"]) == {"β below zero"}
    np.testing.assert_allclose(table["p"], false_discovery_control(alone))
    # Each alone would have been significant.
    assert (alone[:2] < 0.05).all()
    assert table["verdict"].tolist() == ["same direction", "same direction", "not supported"]


def test_all_scores_together_are_as_strong_as_the_weakest():
    wanted = the_study() | {("surface_area", "total"): (-0.05, -0.0125, -0.04)}
    raw = estimates(wanted).table().set_index(["modality", "feature", "score"])["p"]
    row = ledger(wanted).loc[("C1", "all")]
    # Each has to hold at its own p, which takes no correction.
    weakest = raw.loc[("surface_area", "total", "depression")]
    assert row["p"] == weakest < 0.05
    assert (row["verdict"], row["test"]) == ("supported", "depression: β below zero")
    assert row["estimate"] == -0.0125
    one_of_three = the_study() | {("surface_area", "total"): (-0.05, 0.001, -0.04)}
    table = ledger(one_of_three).loc["C1"]
    assert table["verdict"].tolist() == [
        *("supported", "not supported", "supported", "not supported")
    ]


#: What better measurement of insomnia alone, and nothing else, makes of equal effects.
UNRELIABLE = (-0.04, -0.02, -0.018)


def test_better_measurement_of_one_score_does_not_make_an_effect_its_own():
    claim = next(one for one in load_claims() if one.id == "C4")
    same = the_study() | {(claim.modality, f): UNRELIABLE for f in claim.features}
    table, tests = judged(same)
    row = table.set_index("claim").loc["C4"]
    # The association is clear and so are the differences: this was all that was asked.
    own = tests[(tests["claim"] == "C4") & (tests["role"] != "others absent")]
    assert set(own["passes"]) == {"yes"}
    assert row["verdict"] == "stronger than in the others"
    assert row["test"] == "depression practically absent, |β| below 0.02"
    assert row["p"] > 0.4


def test_absence_is_shown_by_two_one_sided_tests():
    found = the_study() | {("amygdala_reactivity", "amygdala"): (0.009, -0.004, -0.04)}
    table, tests = judged(found)
    own = tests[(tests["claim"] == "C6") & (tests["role"] == "others absent")].set_index("of")
    rows = estimates(found).table().query("modality == 'amygdala_reactivity'").set_index("score")
    for score in ("insomnia", "depression"):
        beta, se = rows.loc[score, ["beta", "se"]]
        above, below = norm.sf((beta + 0.02) / se), norm.cdf((beta - 0.02) / se)
        assert own.loc[score, "p"] == pytest.approx(max(above, below))
    assert table.set_index("claim").loc["C6", "verdict"] == "supported"
    # Larger than what matters is not absent, whichever way it goes.
    for opposite in (0.03, -0.015):
        wide = found | {("amygdala_reactivity", "amygdala"): (opposite, 0.0, -0.04)}
        verdict = ledger(wide).loc[("C6", "anxiety"), "verdict"]
        assert verdict == "stronger than in the others"


def test_differences_are_corrected_over_all_that_the_ledger_asks_for():
    wanted = the_study() | {("amygdala_reactivity", "amygdala"): (-0.02, 0.0, -0.0366)}
    _, tests = judged(wanted)
    gaps = tests[tests["test"].isin([f"below {score}" for score in SCORES])]
    assert len(gaps) == 8
    found = estimates(wanted)
    rows = contrast(found, features=[("amygdala_reactivity", "amygdala")])
    raw = rows.set_index(["score_a", "score_b"])["p"][("insomnia", "anxiety")]
    # It is the largest of the eight, so that the correction leaves it.
    row = gaps[(gaps["claim"] == "C6") & (gaps["test"] == "below insomnia")].iloc[0]
    assert row["p"] == gaps["p"].max() == pytest.approx(raw)
    assert row["estimate"] == pytest.approx(-0.0166)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_a_place_is_corrected_over_all_annotations_and_takes_the_spins():
    wanted = the_study()
    tests = judged(wanted)[1].set_index(["claim", "test"])
    centred = tests.loc[("C7", "lower there than elsewhere")]
    rich = [set(pair.split("--")) <= set(RICH) for pair in _pairs()]
    beta = [wanted[("functional_connectivity", pair)][2] for pair in _pairs()]
    assert centred["estimate"] == pytest.approx(np.mean(np.array(beta)[rich]) - np.mean(beta))
    # With annotations that nothing follows beside it, its p is larger.
    many = pd.DataFrame({"modality": "functional_connectivity", "p_centred": [0.9] * 97})
    found = estimates(wanted)
    _, again = judge(
        found, {"enrichment": many}, annotations=receptors(), spins=turns(), smallest=0.02
    )
    again = again.set_index(["claim", "test"]).loc[("C7", "lower there than elsewhere")]
    assert again["p"] / centred["p"] == pytest.approx(100 / 3, rel=1e-6)
    # Without enough turns no p can be small: the place is not shown.
    few, _ = judge(found, {}, annotations=receptors(), spins=spins(9, seed=1), smallest=0.02)
    row = few.set_index("claim").loc["C7"]
    assert (row["verdict"], row["test"]) == ("same direction", "lower there, under spins")


def test_a_verdict_follows_from_the_roles_of_what_fails():
    roles = ("level", "required", "others absent")
    wanted = {
        (): "supported",
        ("others absent",): "stronger than in the others",
        ("required",): "same direction",
        ("required", "others absent"): "same direction",
        ("level", "others absent"): "same direction",
    }
    for failed, verdict in wanted.items():
        passes = ["no" if role in failed else "yes" for role in roles]
        tests = pd.DataFrame({"role": roles, "right": "yes", "agrees": "no", "passes": passes})
        assert verdict_of(tests) == verdict
        wrong = tests.assign(right=["no", "yes", "yes"], passes=["no", *passes[1:]])
        assert verdict_of(wrong) == "not supported"


def test_a_claim_is_explained_by_its_rule_each_test_and_what_would_have_changed_it():
    claim = next(one for one in load_claims() if one.id == "C4")
    same = the_study() | {(claim.modality, f): (-0.04, -0.02, 0.0) for f in claim.features}
    text = explain_claim(*judged(same), "C4")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0].startswith("C4: Subcortical volumes")
    assert lines[2] == "Insomnia: stronger than in the others"
    assert "Rule: supported where" in text
    level = next(line for line in lines if "β below zero" in line)
    assert level.startswith("passes β below zero −0.040 (")
    assert level.endswith("p <0.001 had it failed: same direction")
    absent = next(line for line in lines if "depression practically absent" in line)
    assert absent.startswith("fails")
    assert absent.endswith("had it passed: supported")
    assert lines[-2] == "Decided by: depression practically absent, |β| below 0.02"
    assert lines[-1] == "The p of the estimate as in the study: <0.001"
    with pytest.raises(InputError, match=r"expected a claim \(C1, .*\), got 'C11'"):
        explain_claim(*judged(same), "C11")


FOUR = [*SCORES, "fatigue"]


def with_fatigue(shares: set[str]) -> dict[tuple[str, str], tuple[float, ...]]:
    """Effects as the study reports them, and a fourth score that shares those of some claims."""
    wanted = {label: (*betas, 0.0) for label, betas in the_study().items()}
    for claim in load_claims():
        if claim.id in shares:
            labels = [(claim.modality, feature) for feature in claim.features]
            labels += [("functional_connectivity", p) for p in _pairs() if claim.receptors]
            for label in labels:
                wanted[label] = (*wanted[label][:3], min(wanted[label]))
    return wanted


def test_claims_on_three_scores_are_judged_as_before_where_a_fourth_was_measured():
    three, four = ledger(the_study()), ledger(with_fatigue(set()), scores=FOUR)
    pd.testing.assert_index_equal(three.index, four.index)
    assert four["verdict"].tolist() == three["verdict"].tolist()
    # The family of a claim is its own scores, whatever else was measured.
    wanted = {("surface_area", "total"): (-0.0125, -0.0123, 0.001, -0.1)}
    raw = estimates(wanted, scores=FOUR).table().set_index(["modality", "feature", "score"])["p"]
    p = ledger(wanted, scores=FOUR).loc["C1"].loc[SCORES, "p"]
    by_hand = false_discovery_control(raw.loc["surface_area", "total"][SCORES])
    np.testing.assert_allclose(p, by_hand)


@pytest.mark.parametrize(
    ("claim", "score"), [("C4", "insomnia"), ("C5", "depression"), ("C6", "anxiety")]
)
def test_only_means_less_than_in_the_newcomer_too(claim, score):
    table = ledger(with_fatigue({claim}), scores=FOUR)
    assert table.loc[(claim, score), "verdict"] == "same direction"
    others = {"C4", "C5", "C6"} - {claim}
    kept = table[table.index.get_level_values("claim").isin(others)]
    assert set(kept["verdict"]) == {"supported"}


def test_only_in_one_score_cannot_be_said_where_it_is_the_only_one():
    wanted = {label: betas[2:] for label, betas in the_study().items()}
    table = ledger(wanted, scores=["anxiety"])["verdict"]
    assert table[("C6", "anxiety")] == table[("C7", "anxiety")] == "cannot be tested here"
    # What is claimed of anxiety alone, and of nothing else, can be.
    assert table[("C10", "anxiety")] == "supported"
    two = ledger({k: v[::2] for k, v in the_study().items()}, scores=["insomnia", "anxiety"])
    assert two.loc[("C6", "anxiety"), "verdict"] == "supported"
    assert two.loc[("C1", "insomnia"), "verdict"] == "cannot be tested here"


def test_no_specific_finding_leaves_the_circuit_open():
    row = ledger(the_study(), findings=0, inside=0, p=float("nan")).loc[("C8", "all")]
    assert row["verdict"] == "cannot be tested here"
    assert row["test"] == "no finding is specific to one score"


def test_without_odds_the_size_is_left_open():
    found = estimates(the_study())
    table, _ = judge(found, {}, annotations=receptors(), spins=turns(), smallest=0.02)
    table = table.set_index("claim")
    assert table.loc["C10", "verdict"] == "cannot be tested here"
    assert set(table.loc["C1", "verdict"]) == {"supported"}


def test_other_scores_leave_every_claim_open():
    found = estimates(the_study())
    alone = Estimates(
        found.beta[["anxiety"]].rename(columns={"anxiety": "neuroticism"}),
        found.n,
        found.null[:, :1],
        found.bootstrap[:, :1],
        found.table(),
    )
    table, tests = judge(alone, {}, annotations=[], spins=spins(5, seed=1), smallest=0.02)
    assert tests.empty
    assert set(table["verdict"]) == {"cannot be tested here"}


def test_planted_values_are_means_by_hand_and_held_against_the_intervals():
    truth = {label: dict(zip(SCORES, betas, strict=True)) for label, betas in the_study().items()}
    truth[("subcortical_volume", "left_thalamus")] = dict.fromkeys(SCORES, -0.07)
    truth[("subcortical_volume", "right_thalamus")] = dict.fromkeys(SCORES, -0.01)
    truth[("surface_area", "total")]["insomnia"] = -0.06
    truth[("surface_area", "total")]["depression"] = 0.001
    rows = [(*label, score, b) for label, of in truth.items() for score, b in of.items()]
    everything = pd.DataFrame(rows, columns=["modality", "feature", "score", "planted"])
    table = ledger(the_study(), truth=everything)
    assert table.loc[("C2", "anxiety"), "planted"] == pytest.approx(-0.04)
    # Of the connections, only those between regions with the receptors count, all the same.
    rich = [pair for pair in _pairs() if set(pair.split("--")) <= set(RICH)]
    assert 1 < len(rich) < len(_pairs())
    by_hand = np.mean([truth[("functional_connectivity", pair)]["anxiety"] for pair in rich])
    assert table.loc[("C7", "anxiety"), "planted"] == pytest.approx(by_hand)
    # The estimates are -0.035, -0.03 and -0.05, with intervals of about 0.012 to both sides.
    assert table.loc["C1"].loc[SCORES, "covered"].tolist() == ["no", "no", "yes"]
    assert table.loc[("C2", "anxiety"), "covered"] == "yes"
    assert table.loc[("C8", "all"), "covered"] == ""


def test_ledger_is_printed_row_by_row_within_the_terminal():
    table = ledger(the_study()).reset_index()
    for width in (60, 140):
        lines = write_claims(table, width=width).splitlines()
        head, rows = lines[0], [line for line in lines if line.startswith("C")]
        assert head.split()[:3] == ["Claim", "Score", "Verdict"]
        rows = rows[1:]
        told = [(row.split()[0], row.split()[1]) for row in rows]
        assert told == list(zip(table["claim"], table["score"], strict=True))
        # What has to stand in one line is as wide as it is; everything else is wrapped.
        assert max(map(len, (line for line in lines if line[:4] == "    "))) <= width
        words = " ".join(" ".join(lines).split())
        assert "β of total surface area; smaller in all three; 02-global" in words
    assert max(map(len, lines)) <= 140
    first = rows[0].split("  ")
    first = [cell.strip() for cell in first if cell.strip()]
    assert first[:3] == ["C1", "insomnia", "supported"]
    assert first[3].startswith("−0.035 (−0.04")
    assert first[4:6] == ["<0.001", "25,000"]
    all_together = next(line for line in lines if line.startswith("C8")).split()
    assert all_together[3:5] == ["9", "0.001"]


def test_ledger_is_kept_as_it_was_judged(tmp_path):
    table = ledger(the_study()).reset_index()
    save_findings(Findings("simulated", {"claims": table}, {}), tmp_path / "run")
    kept = json.loads((tmp_path / "run" / "claims.json").read_text(encoding="utf-8"))
    assert [list(row) for row in kept] == [TABLES["claims"].names] * len(table)
    assert [row["verdict"] for row in kept] == table["verdict"].tolist()
    assert kept[0]["estimate"] == pytest.approx(-0.035)
    assert kept[-2]["estimate"] is None, "what cannot be tested has no number"
    back = load_findings(tmp_path / "run").table("claims")
    pd.testing.assert_frame_equal(back, table)


def test_summaries_begin_with_a_symbol_as_it_is_written():
    said = summaries.claims(ledger(the_study()).reset_index())
    assert ". β of total surface area: insomnia: β" in said["claims.c1.summary"]
    assert ". Mean β of left and right thalamus volume:" in said["claims.c2.summary"]


def test_regions_and_networks_are_means_of_their_connections():
    found = estimates(the_study())
    (regions,) = of_regions(found)
    beta = found.beta["anxiety"]
    own = [pair for pair in _pairs() if "left_insula" in pair.split("--")]
    by_hand = np.mean([beta["functional_connectivity", pair] for pair in own])
    assert regions.beta.loc[("functional_connectivity", "left_insula"), "anxiety"] == pytest.approx(
        by_hand
    )
    networks = of_networks(found).set_index(["network_a", "network_b", "score"])
    # The insulae are of the ventral attention network, the cunei of the visual one.
    groups = {"left_insula", "right_insula"}, {"left_cuneus", "right_cuneus"}
    across = [pair for pair in _pairs() if all(set(pair.split("--")) & side for side in groups)]
    row = networks.loc[("visual", "ventral attention", "anxiety")]
    assert row["connections"] == len(across) == 4
    assert row["beta"] == pytest.approx(
        np.mean([beta["functional_connectivity", pair] for pair in across])
    )


def test_planted_regions_are_means_over_what_is_analysed():
    truth = pd.DataFrame(
        [("functional_connectivity", pair, "anxiety", i) for i, pair in enumerate(_pairs())],
        columns=["modality", "feature", "score", "planted"],
    )
    analysed = pd.MultiIndex.from_tuples(
        [("functional_connectivity", pair) for pair in _pairs()[2:]],
        names=["modality", "feature"],
    )
    found = planted_in_regions(truth, analysed).set_index("feature")["planted"]
    own = [i for i, pair in enumerate(_pairs()) if i >= 2 and "left_thalamus" in pair.split("--")]
    assert found["left_thalamus"] == pytest.approx(np.mean(own))
