"""Verdicts, on associations whose draws are made to measure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.annotations import Annotation
from transdx.findings.claims import COLUMNS, VERDICTS, judge, load_claims, write_claims
from transdx.findings.connectivity import of_networks, of_regions, planted_in_regions
from transdx.stats import Estimates, spins
from transdx.stats.estimates import summarise

SCORES = ["insomnia", "depression", "anxiety"]
SE = 0.006
RICH = ("left_insula", "right_insula", "left_rostralanteriorcingulate")


def estimates(wanted: dict[tuple[str, str], tuple[float, float, float]]) -> Estimates:
    """Estimates with the betas wanted, and normal draws around them that are independent."""
    rng = np.random.default_rng(11)
    labels = [("surface_area", "total"), *_structure(), ("amygdala_reactivity", "amygdala")]
    pairs = [("functional_connectivity", pair) for pair in _pairs()]
    labels += [*pairs, ("functional_connectivity", "total")]
    index = pd.MultiIndex.from_tuples(labels, names=["modality", "feature"])
    beta = pd.DataFrame(0.0, index=index, columns=SCORES)
    for label, values in wanted.items():
        beta.loc[label] = values
    noise = SE * rng.standard_normal((2, *beta.shape, 500)).astype(np.float32)
    null, bootstrap = noise[0], noise[1] + beta.to_numpy(dtype=np.float32)[..., None]
    n = pd.Series(25_000, index=index)
    table = summarise(beta, n, null, bootstrap, scale=np.full(len(beta), SE))
    return Estimates(beta, n, null, bootstrap, table)


def _structure() -> list[tuple[str, str]]:
    volumes = [("subcortical_volume", f) for f in atlas.features("subcortical_volume")]
    return volumes + [("thickness", f) for f in atlas.features("thickness")]


def _pairs() -> list[str]:
    ends = {*RICH, "left_cuneus", "right_cuneus", "left_thalamus"}
    table = atlas.connections()
    return list(table[table["region_a"].isin(ends) & table["region_b"].isin(ends)].index)


def receptors() -> list[Annotation]:
    """Four receptors in the same three regions."""
    weights = pd.Series(np.isin(atlas.REGIONS, RICH) / len(RICH), index=list(atlas.REGIONS))
    names = ("D1", "DAT", "mGluR5", "H3")
    return [Annotation("receptor", name, weights, "set", "") for name in names]


def ledger(
    wanted, *, findings: int = 30, inside: int = 9, p: float = 0.001, truth=None
) -> pd.DataFrame:
    found = estimates(wanted)
    total = found.beta.loc[("surface_area", "total"), "anxiety"]
    odds = {"modality": "surface_area", "feature": "total", "score": "anxiety"}
    odds |= {"odds_ratio": np.exp(-2 * total), "ci_low": np.exp(-2 * total - 0.03)}
    table = judge(
        found,
        annotations=receptors(),
        spins=spins(50, seed=1),
        circuit=pd.DataFrame(
            [("all", findings, inside, 4.0, p)],
            columns=["score", "findings", "inside", "expected", "p"],
        ),
        impact=pd.DataFrame([odds | {"ci_high": np.exp(-2 * total + 0.03)}]),
        truth=truth,
    )
    return table.set_index(["claim", "score"])


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
    assert table["verdict"].drop(("C9", "all")).unique().tolist() == ["supported"]
    assert table.loc[("C9", "all"), "verdict"] == "cannot be tested here"
    assert list(table.reset_index()[COLUMNS[:2]].itertuples(index=False, name=None))[:3] == [
        ("C1", score) for score in SCORES
    ]
    assert table.loc[("C1", "anxiety"), "estimate"] == -0.05
    assert table.loc[("C2", "insomnia"), "estimate"] == pytest.approx(-0.04)


def test_no_effect_supports_nothing():
    table = ledger({}, inside=4, p=0.5)
    assert "supported" not in set(table["verdict"])
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
    # All connections weaker in anxiety: the weighted mean is negative, the pattern is flat.
    flat = the_study()
    for place, pair in enumerate(_pairs()):
        level = -0.02 - 0.001 * (place % 3)
        flat[("functional_connectivity", pair)] = (level, level, level - 0.03)
    row = ledger(flat).loc[("C7", "anxiety")]
    assert row["p"] < 0.001
    assert row["verdict"] == "same direction"


def test_opposite_effect_is_not_supported():
    wanted = the_study() | {("surface_area", "total"): (0.04, -0.03, -0.05)}
    assert ledger(wanted).loc[("C1", "insomnia"), "verdict"] == "not supported"


@pytest.mark.parametrize(("total", "verdict"), [(-0.2, "same direction"), (-0.05, "supported")])
def test_small_means_small_and_near_what_was_published(total, verdict):
    wanted = the_study() | {("surface_area", "total"): (-0.03, -0.03, total)}
    assert ledger(wanted).loc[("C10", "anxiety"), "verdict"] == verdict


def test_no_specific_finding_leaves_the_circuit_open():
    row = ledger(the_study(), findings=0, inside=0, p=float("nan")).loc[("C8", "all")]
    assert row["verdict"] == "cannot be tested here"
    assert row["test"] == "no finding is specific to one score"


def test_without_odds_the_size_is_left_open():
    found = estimates(the_study())
    nothing = pd.DataFrame(columns=["score"])
    table = judge(found, annotations=receptors(), spins=spins(9, seed=1), circuit=nothing,
                  impact=nothing).set_index("claim")  # fmt: skip
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
    nothing = pd.DataFrame(columns=["score"])
    table = judge(
        alone, annotations=[], spins=spins(5, seed=1), circuit=nothing, impact=pd.DataFrame()
    )
    assert set(table["verdict"]) == {"cannot be tested here"}


def test_planted_values_are_weighted_as_the_estimates_are():
    wanted = the_study()
    rows = [
        (*label, s, b)
        for label, betas in wanted.items()
        for s, b in zip(SCORES, betas, strict=True)
    ]
    everything = pd.DataFrame(rows, columns=["modality", "feature", "score", "planted"])
    table = ledger(wanted, truth=everything)
    estimated = table.drop([("C8", "all"), ("C9", "all")])
    np.testing.assert_allclose(estimated["planted"], estimated["estimate"], rtol=1e-6)
    assert set(estimated["covered"]) == {"yes"}
    assert table.loc[("C8", "all"), "covered"] == ""


def test_ledger_is_printed_and_kept(tmp_path):
    table = ledger(the_study()).reset_index()
    for width in (60, 140):
        text = write_claims(table, width=width)
        assert max(map(len, text.splitlines())) <= max(width, 100)
        assert all(claim.id in text for claim in load_claims())
        told = " ".join(text.split())
        assert "β of total surface area; smaller in all three; 02-global" in told
    assert json.loads(table.to_json(orient="records"))[0]["verdict"] in VERDICTS


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
