"""Connectomes: typical ones as fitted, people around them, planted effects and nothing else."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transdx.atlas import REGIONS, connections
from transdx.connectomes import open_connectomes
from transdx.fields import read_table
from transdx.simulate import build, simulate
from transdx.simulate.connectome import wire
from transdx.simulate.constants import number, numbers, planted
from transdx.simulate.effects import Drivers, LowRank, make_room
from transdx.simulate.group import group_mean, predictors
from transdx.simulate.people import draw_people
from transdx.simulate.quality import scan

SC, FC = "structural_connectivity", "functional_connectivity"
SCORES = ["insomnia", "depression", "anxiety"]
PEOPLE = 4000
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def exports():
    return {effects: build(PEOPLE, seed=31, effects=effects) for effects in ("study", "none")}


@pytest.fixture(scope="module")
def drawn(exports):
    """Everybody's connectomes, by effects and modality."""
    return {
        effects: {
            modality: np.concatenate([block[modality] for block in export.wiring.blocks()])
            for modality in (SC, FC)
        }
        for effects, export in exports.items()
    }


@pytest.fixture(scope="module")
def usual(drawn):
    """Whose connectomes exist and were not spoiled, told by sight of their means."""
    correlations, weights = drawn["none"][FC], drawn["none"][SC]
    kept = ~np.isnan(correlations[:, 0]) & ~np.isnan(weights[:, 0])
    for value in (correlations.mean(axis=1), (weights > 0).sum(axis=1), weights.sum(axis=1)):
        kept &= np.abs(value - np.median(value[kept])) < 4 * np.nanstd(value[kept])
    return kept


def test_the_model_is_what_the_fetched_matrices_give(fetched):
    what = ("Matrix", "Labels")
    fetched(*(f"enigma/{kind}{name}_with_sctx.csv" for kind in ("func", "struc") for name in what))
    path = ROOT / "benchmarks" / "connectome_model.py"
    spec = importlib.util.spec_from_file_location("connectome_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept = read_table("connectome_model.csv")
    fitted, quality = module.fit()
    names = ["equation", "term"]
    assert fitted[names].to_numpy().tolist() == kept[names].to_numpy().tolist()
    assert fitted["value"].to_numpy() == pytest.approx(kept["value"].astype(float), abs=2e-6)
    # And the package applies the coefficients to the connections that they belong to.
    measured = np.tanh(module.matrix("func"))
    found = np.corrcoef(group_mean("functional"), measured)[0, 1]
    reported = read_table("connectome_fit.csv")
    assert found == pytest.approx(float(reported["value"].iloc[0]), abs=6e-4)
    assert found > 0.8
    assert quality.astype(str).to_numpy().tolist() == reported.to_numpy().tolist()


def test_predictors_of_one_connection_by_hand():
    terms = predictors("functional").loc["left_insula--right_insula"]
    # Centres at (-37.5, 0.5, -0.7) and (36.5, 1.1, -1.4) mm, both in ventral attention.
    assert terms["distance"] == pytest.approx(0.740, abs=1e-3)
    assert terms["lateral"] == pytest.approx(0.740)
    assert terms["anterior"] == pytest.approx(0.016)
    assert terms["superior"] == pytest.approx(-0.021)
    assert (terms["homotopic"], terms["same hemisphere"]) == (1, 0)
    assert (terms["ends in ventral attention"], terms["within ventral attention"]) == (2, 1)
    assert terms.drop(["ends in ventral attention"]).filter(like="ends in").sum() == 0


def test_as_many_connections_as_in_the_study(drawn, usual):
    correlations, weights = drawn["study"][FC][usual], drawn["study"][SC][usual]
    functional = (correlations.mean(axis=0) > 0.3).sum()
    structural = ((weights > 0).mean(axis=0) > 0.6).sum()
    assert 1000 < functional < 1400
    assert 1100 < structural < 1500
    assert functional + structural == pytest.approx(2600, abs=100)
    expected = group_mean("functional")
    assert np.abs(correlations.mean(axis=0) - expected).max() < 6 * 0.16 / np.sqrt(usual.sum())
    assert (weights >= 0).all()
    assert np.abs(correlations).max() < 1


def test_missing_images_are_missing_everywhere(exports, drawn):
    table = exports["study"].table
    for modality, field in ((SC, "p25746_i2"), (FC, "p25741_i2")):
        empty = np.isnan(table.column(field).to_numpy(zero_copy_only=False).astype(float))
        lacking = np.isnan(drawn["study"][modality])
        assert (lacking == empty[:, None]).all()
        assert 0 < empty.mean() < 0.05
    faces = pd.Series(table.column("p25052_i2").to_numpy())
    assert 0 < faces.isna().mean() < 0.05
    assert (faces.mean(), faces.median()) == pytest.approx((0.4, 0.4), abs=0.04)
    assert 0.36 < faces.std() < 0.6


def test_a_person_is_the_same_in_any_company(exports, drawn):
    wiring = exports["study"].wiring
    for many in (1, 250, 251, 4000):
        for modality, values in wiring.first(many).items():
            assert values.tobytes() == drawn["study"][modality][:many].tobytes()


def test_what_is_on_disk_is_what_is_drawn(tmp_path):
    folder = simulate(tmp_path, participants=300, seed=8)
    packed, export = open_connectomes(folder), build(300, seed=8)
    assert packed.participants.tolist() == export.table.column("eid").to_pylist()
    for modality, values in export.wiring.first(300).items():
        assert packed.matrices[modality].tobytes() == values.tobytes()


def test_structural_connections_know_nothing_of_symptoms(exports, drawn):
    assert drawn["study"][SC].tobytes() == drawn["none"][SC].tobytes()
    truth = exports["study"].truth
    assert (truth[truth["modality"] == SC]["planted"] == 0).all()
    assert drawn["study"][FC].tobytes() != drawn["none"][FC].tobytes()


def _answers(export, reference):
    frame = reference.numeric(export.table)
    scores, covariates = reference.scores(frame), reference.covariates(frame)
    return scores, covariates, (scores.notna().all(axis=1) & covariates.notna().all(axis=1))


def test_what_planting_adds_to_connections(exports, drawn, usual, reference):
    scores, covariates, complete = _answers(exports["study"], reference)
    rows = complete.to_numpy() & usual
    truth = exports["study"].truth.query(f"modality == '{FC}'")
    truth = truth.pivot_table("planted", "feature", "score")[SCORES]
    betas = {}
    for effects in ("study", "none"):
        table = pd.DataFrame(drawn[effects][FC][rows], columns=connections().index, dtype=float)
        table["total"] = table.loc[:, group_mean("functional") > 0.3].sum(axis=1)
        betas[effects] = reference.residual_betas(
            table, scores[rows].reset_index(drop=True), covariates[rows].reset_index(drop=True)
        )
    wanted = truth.loc[betas["study"].index]
    away = betas["study"] - betas["none"] - wanted
    # The same seed has the same chance in it; what is left is that of the few left out.
    assert away.abs().to_numpy().max() < 0.006
    assert away.mean().abs().max() < 0.001
    assert away.loc["total"].abs().max() < 0.002
    asked = planted().query(f"modality == '{FC}' and feature == 'total'").set_index("score")
    assert wanted.loc["total"].to_numpy() == pytest.approx(asked["beta"][SCORES], abs=1e-6)


def test_receptor_rich_regions_are_weaker_in_anxiety(exports):
    truth = exports["study"].truth.query(f"modality == '{FC}'")
    truth = truth.pivot_table("planted", "feature", "score")[SCORES]
    # Both cingulates lie in all four sets, the cuneus in none.
    rich = truth.loc["left_caudalanteriorcingulate--right_caudalanteriorcingulate"]
    poor = truth.loc["left_cuneus--right_cuneus"]
    extra = planted().query("claim == 'C7'")["beta"].iloc[0]
    assert rich["anxiety"] - poor["anxiety"] == pytest.approx(extra, abs=0.012)
    assert rich["anxiety"] < 3 * rich["depression"] < 0
    assert (truth < 0).all(axis=None)


def test_planted_pattern_is_recovered_at_the_size_of_the_study(whole, reference):
    wires, data = whole
    rows = wires.index.get_indexer(data.scores.index)
    kept = wires.correlations[rows].mean(axis=0) > 0.3
    names = connections().index[wires.columns[kept]]
    table = pd.DataFrame(wires.correlations[rows][:, kept], data.scores.index, names)
    betas = reference.residual_betas(table, data.scores, data.covariates)
    truth = data.export.truth.query(f"modality == '{FC}'")
    truth = truth.pivot_table("planted", "feature", "score").loc[names, SCORES]
    ends = connections().loc[names]
    regional = {}
    for name, values in (("found", betas), ("planted", truth)):
        both = pd.concat([values.set_index(ends[f"region_{end}"]) for end in "ab"])
        regional[name] = both.groupby(level=0).mean()["anxiety"]
    assert set(regional["found"].index) <= set(REGIONS)
    assert len(regional["found"]) > 60
    assert regional["found"].corr(regional["planted"]) > 0.8
    error = (betas - truth).to_numpy() * np.sqrt(len(rows))
    assert 0.8 < error.std() < 1.4


def test_sex_age_and_motion_act(exports, drawn, usual, reference):
    frame = reference.numeric(exports["none"].table)[usual]
    middle, spread = numbers("quality.25741")
    moved = np.log(frame["p25741_i2"] / middle) / spread
    design = np.column_stack(
        [np.ones(len(frame)), frame["p31"], frame["p21003_i2"] / 10, moved - moved.mean()]
    )
    correlations = drawn["none"][FC][usual]
    found = np.linalg.lstsq(design, correlations, rcond=None)[0][1:]
    standing = _standing()
    scale = 0.16 * (1 - group_mean("functional") ** 2)
    for row, name in zip(found, ("men", "decade", "motion"), strict=True):
        overall, further = numbers(f"connectome.functional.{name}")
        fitted = np.polyfit(standing, row / scale, 1)
        # Connections share half of their chance: a standard error is about 0.02.
        assert fitted == pytest.approx([further, overall], abs=0.05)
    weights = drawn["none"][SC][usual]
    strong = np.log(np.where(weights > 0, weights, np.nan))
    found = np.linalg.lstsq(design, np.nanmean(strong, axis=1), rcond=None)[0]
    assert found[1] > 0 > found[2]


@pytest.fixture(scope="module")
def restless():
    """1,500 people who move 2 SD more per decade of age, men 1 SD more, and their connectomes."""
    people = draw_people(1500, seed=4)
    rng = np.random.default_rng(4)
    moved = people.male + 0.2 * people.age[2] + rng.standard_normal(len(people))
    moved[:10] = np.nan
    middle, spread = numbers("quality.25741")
    visit = scan(people, 2)
    measures = visit.measures | {"25741": middle * np.exp(spread * (moved - np.nanmean(moved)))}
    nothing = Drivers(
        tuple(SCORES), np.zeros((1500, 3)), np.ones(3), np.eye(3), np.ones(1500, dtype=bool)
    )
    visit = replace(visit, measures=measures)
    wiring = wire(people, nothing, planted().iloc[:0], visit)
    design = np.column_stack([np.ones(1500), people.male, people.age[2] / 10])
    return wiring, design, moved


def _standing():
    distance = np.log(connections()["distance"].to_numpy())
    return (distance - distance.mean()) / distance.std()


def test_sex_and_age_act_through_motion_too(restless):
    wiring, design, moved = restless
    drawn = wiring.first(1500)[FC]
    assert np.isnan(drawn[:10]).all()
    usual = ~np.isnan(moved) & (np.abs(drawn.mean(axis=1) - np.nanmedian(drawn)) < 0.25)
    found = np.linalg.lstsq(design[usual], drawn[usual], rcond=None)[0][1:]
    scale = 0.16 * (1 - group_mean("functional") ** 2)
    # Nobody's motion is in this regression: a man has his own effect and that of 1 SD of motion.
    for row, name, more in zip(found, ("men", "decade"), (1, 2), strict=True):
        own, motion = (
            numbers(f"connectome.functional.{name}"),
            numbers("connectome.functional.motion"),
        )
        overall, further = own + more * motion
        fitted = np.polyfit(_standing(), row / scale, 1)
        assert fitted == pytest.approx([further, overall], abs=0.07)


@pytest.mark.parametrize("equation", ["functional", "presence", "weight"])
def test_what_varies_in_each_equation(restless, equation):
    wiring, design, moved = restless
    there = ~np.isnan(moved)
    follows = np.linalg.lstsq(design[there], moved[there], rcond=None)[0][1:]
    kind = wiring.kinds[equation]
    spread = numbers(f"connectome.{equation}.sd")[0]
    if equation == "functional":
        spread = spread * (1 - group_mean(equation) ** 2)
    # Neither motion, sex nor age: common factors and what is a connection's own make the SD.
    common = (kind.loadings[:-1] / spread) ** 2
    assert common.sum(axis=0) + (kind.unique / spread) ** 2 == pytest.approx(1, abs=1e-5)
    everywhere, network, place = numbers(f"connectome.{equation}.shares")
    table = connections()
    if equation == "functional":
        # Sensory and motor regions take part most in what the whole brain has in common.
        sensory, limbic = (
            ((table["network_a"] == name) & (table["network_b"] == name)).to_numpy()
            for name in ("visual", "limbic")
        )
        assert common[0].mean() == pytest.approx(everywhere)
        assert common[0][sensory].mean() > 3 * common[0][limbic].mean()
    else:
        assert common[0] == pytest.approx(everywhere)
    within = (table["network_a"] == table["network_b"]).to_numpy()
    assert common[1:-3].sum(axis=0) == pytest.approx(np.where(within, 2, 1) * network)
    assert common[-3:].mean(axis=1) == pytest.approx(place / 3)
    # Motion, and sex and age with the motion that goes with them.
    effects = {
        name: np.polynomial.Polynomial(numbers(f"connectome.{equation}.{name}"))(_standing())
        for name in ("men", "decade", "motion")
    }
    assert kind.loadings[-1] / spread == pytest.approx(effects["motion"], abs=1e-6)
    for slope, name, more in zip(kind.slopes, ("men", "decade"), follows, strict=False):
        wanted = effects[name] + more * effects["motion"]
        assert slope / spread == pytest.approx(wanted, abs=0.003)
    # The scanner shifts everything, some connections more than others.
    common = number("scanner.common")
    shifted = kind.slopes[2] / spread
    assert (shifted.mean(), shifted.std()) == pytest.approx(
        (np.sqrt(common), np.sqrt(1 - common)), abs=0.05
    )


def test_motion_acts_on_the_regions_that_a_scenario_names():
    made = {name: build(500, seed=5, effects=name) for name in ("none", "motion-topography")}
    kinds = {name: export.wiring.kinds["functional"] for name, export in made.items()}
    more = (kinds["motion-topography"].loadings - kinds["none"].loadings)[-1] / kinds["none"].spread
    found = pd.Series(more, index=connections().index)
    assert found["left_insula--right_insula"] == pytest.approx(-0.3, abs=1e-6)
    assert found["left_insula--right_cuneus"] == pytest.approx(-0.15, abs=1e-6)
    assert found["left_cuneus--right_cuneus"] == pytest.approx(0, abs=1e-6)


def test_motion_besides_sex_and_age_has_unit_spread_and_none_without_a_scan(restless):
    wiring, design, moved = restless
    there = ~np.isnan(moved)
    assert (wiring.motion[~there] == 0).all()
    rest = wiring.motion[there].astype(float)
    assert rest.std() == pytest.approx(1)
    assert np.linalg.lstsq(design[there], rest, rcond=None)[0] == pytest.approx(0, abs=0.02)


def test_room_for_the_drivers_is_exact():
    rng = np.random.default_rng(3)
    covariance = LowRank(rng.standard_normal((7, 2)), rng.uniform(0.5, 2, 7))
    dense = covariance.loadings @ covariance.loadings.T + np.diag(covariance.unique)
    weights = rng.standard_normal((7, 3))
    assert covariance @ weights == pytest.approx(dense @ weights)
    assert covariance.diagonal() == pytest.approx(np.diag(dense))
    assert covariance.solve(weights) == pytest.approx(np.linalg.solve(dense, weights))
    signal = rng.standard_normal((50, 3))
    drivers = Drivers(tuple(SCORES), signal, np.ones(3), np.eye(3), np.ones(50, dtype=bool))
    for gamma in (0.1 * weights, 0.1 * weights * [0, 0, 1]):
        left = np.eye(7) - gamma @ make_room(covariance, drivers, gamma).T
        wanted = dense - gamma @ np.cov(signal, rowvar=False) @ gamma.T
        assert left @ dense @ left.T == pytest.approx(wanted)
