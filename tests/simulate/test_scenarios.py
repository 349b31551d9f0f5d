"""Scenarios: what each plants, what looks like it, and that it looks so as strongly as it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transdx import atlas
from transdx.fields import read_table
from transdx.scenarios import SCENARIOS
from transdx.simulate import build
from transdx.simulate.constants import number, numbers, planted, supposing
from transdx.simulate.planting import plant
from transdx.simulate.shape import cubic
from transdx.study import load_study

STUDY = load_study("simulated")


def wide(name):
    with supposing(SCENARIOS[name].supposed):
        table = plant(SCENARIOS[name], STUDY)
    return table.set_index(["modality", "feature", "score"])["beta"].sort_index()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_changes_constants_that_there_are(name):
    one, known = SCENARIOS[name], read_table("assumptions.csv").set_index("quantity")
    assert one.about[0].islower()
    claims = set(planted()["claim"])
    assert set(one.claims or ()) <= claims
    for quantity, given in one.assumptions.items():
        assert len(given.value.split()) == len(known["value"][quantity].split()), quantity
        assert given.value != known["value"][quantity]
        assert given.basis in set(known["basis"])
        with supposing(one.supposed):
            assert numbers(quantity).tolist() == [float(part) for part in given.value.split()]
    assert (numbers("quality.motion_symptoms") == 0.03).all()


def test_the_study_is_planted_as_its_table_has_it_and_nothing_in_none():
    table = planted().set_index(["modality", "feature", "score"])["beta"]
    pd.testing.assert_series_equal(wide("study").sort_index(), table.sort_index())
    empty = {name for name in SCENARIOS if wide(name).empty}
    assert empty == {"none", "motion", "motion-topography", "head-size", "site"}


def test_all_scores_go_equally_with_the_volumes_where_they_are_measured_badly():
    volumes = wide("reliability").unstack()
    assert volumes.index.get_level_values("modality").unique().tolist() == ["subcortical_volume"]
    assert not volumes.index.get_level_values("feature").str.contains("thalamus").any()
    assert volumes.nunique(axis=1).eq(1).all()
    assert len(volumes) == 12


def test_effects_are_spread_over_the_cortex_by_hand():
    spread, study = wide("spread"), wide("study")
    region = "left_insula"
    place = atlas.regions().query("structure == 'cortex' and hemisphere == 'left'")[list("xyz")]
    near = np.exp(-(np.linalg.norm(place - place.loc[region], axis=1) ** 2) / (2 * 20**2))
    own = study["thickness"].xs("depression", level="score").reindex(place.index).fillna(0)
    hand = (near * own).sum() / near.sum()
    assert spread["thickness", region, "depression"] == pytest.approx(hand)
    assert len(spread["thickness"]) == 3 * 68
    # Outside of the planted regions there is something, and of the other scores a quarter.
    outside = spread["thickness"].drop(study["thickness"].index.unique("feature"), level="feature")
    assert (outside < 0).all()
    assert outside.min() < -0.005
    assert spread["thickness", region, "anxiety"] == pytest.approx(hand / 4)
    # Nothing else is spread, and where all scores have an effect nothing is added.
    for key in (("subcortical_volume", "left_thalamus"), ("functional_connectivity", "total")):
        assert spread[key].to_dict() == study[key].to_dict()


@pytest.fixture(scope="module")
def export():
    made = {}

    def get(name):
        if name not in made:
            made[name] = build(12_000, seed=21, effects=name)
        return made[name]

    return get


def left(export, reference, column):
    """Give what the covariates leave of the scores and of a column, among those with all."""
    frame = reference.numeric(export.table)
    y, z = reference.scores(frame), reference.covariates(frame)
    x = column(frame)
    there = y.notna().all(axis=1) & z.notna().all(axis=1) & x.notna()
    design = np.column_stack([np.ones(there.sum()), z[there]])
    values = np.column_stack([x[there], y[there]])
    rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return np.corrcoef(rest, rowvar=False)[0, 1:]


@pytest.mark.parametrize("name", ["motion", "motion-topography"])
def test_motion_goes_with_scores_as_the_scenario_says(export, reference, name):
    def motion(frame):
        return np.log(frame["p25741_i2"])

    more = left(export(name), reference, motion) - left(export("none"), reference, motion)
    asked = [float(r) for r in SCENARIOS[name].supposed["quality.motion_symptoms"].split()]
    # The same people but for their motion, so that chance nearly cancels.
    assert more == pytest.approx(np.array(asked) - 0.03, abs=0.008)


def test_head_size_is_all_that_goes_with_symptoms_where_heads_are_smaller(export, reference):
    def head(frame):
        return frame["p26521_i2"].astype(float)

    def area(frame):
        return frame["p26721_i2"] + frame["p26822_i2"]

    changed = {
        what: left(export("head-size"), reference, column) - left(export("none"), reference, column)
        for what, column in (("head", head), ("area", area))
    }
    assert changed["head"] == pytest.approx([-0.08] * 3, abs=0.006)
    assert changed["area"] == pytest.approx([-0.08 * number("brain.intracranial")] * 3, abs=0.008)
    # At the same size of head nothing is left: regressed on it with the covariates.
    frame = reference.numeric(export("head-size").table)
    bare = reference.numeric(export("none").table)
    slopes = []
    for one in (frame, bare):
        y, z = reference.scores(one), reference.covariates(one)
        there = y.notna().all(axis=1) & z.notna().all(axis=1) & head(one).notna()
        z = z.assign(head=head(one))[there]
        x = pd.DataFrame({"area": area(one)[there]})
        slopes.append(reference.residual_betas(x, y[there], z).loc["area"])
    assert (slopes[0] - slopes[1]).abs().max() < 0.008


def test_answers_that_are_dealt_anew_weaken_what_is_planted(reference, norms):
    betas = {}
    for name, table in (("reliability", None), ("whole", wide("reliability").reset_index())):
        made = build(12_000, seed=21, effects=name if table is None else table)
        data = reference.analysed(reference.numeric(made.table), norms, made.withdrawn, made)
        found = reference.marginal_betas(data)
        betas[name] = found.loc["subcortical_volume"].drop(["left_thalamus", "right_thalamus"])
        assert made.truth.query("modality == 'subcortical_volume'")["planted"].min() < -0.03
    mean = {name: table.mean() for name, table in betas.items()}
    # 0.4 of the answers are still their owner's; a standard error of a mean is about 0.008.
    assert mean["reliability"]["insomnia"] == pytest.approx(mean["whole"]["insomnia"], abs=0.004)
    lost = (mean["whole"] - mean["reliability"])[["depression", "anxiety"]]
    assert lost.mean() == pytest.approx(0.6 * -0.036, abs=0.012)


def test_sites_differ_in_people_and_in_scanners(export):
    def apart(name):
        table = export(name).table.to_pandas()
        centre = table["p54_i2"]
        anxious = table[["p1970_i2", "p1990_i2", "p2010_i2"]].clip(lower=0).sum(axis=1)
        area = table["p26721_i2"].astype(float)
        return anxious.groupby(centre).mean(), area.groupby(centre).mean() / area.std()

    symptoms, area = apart("site")
    assert symptoms[11027] - symptoms[11025] > 0.1
    assert area[11027] - area[11025] < -0.2
    usual, _ = apart("none")
    assert abs(usual[11027] - usual[11025]) < 0.06


def test_centres_have_the_people_that_are_known(cohorts):
    frame = cohorts(11).everyone
    age, codes = frame["p21003_i2"], numbers("people.centre.codes")
    for code, older in zip(codes, numbers("people.centre.age"), strict=True):
        there = frame["p54_i2"] == code
        assert age[there].mean() - age.mean() == pytest.approx(older, abs=0.4)
    share = (frame["p31"] == 0).groupby(frame["p54_i2"]).mean()
    known = dict(zip(codes, numbers("people.centre.women"), strict=True))
    # Of 23,500 and of 7,400 people: a standard error of 0.007.
    assert share[11027] - share[11025] == pytest.approx(known[11027] - known[11025], abs=0.021)


def test_measures_differ_between_scanners_by_a_small_share(cohorts, reference):
    data = cohorts(11)
    centre = data.everyone.loc[data.features.index, "p54_i2"]
    z = np.column_stack([np.ones(len(centre)), data.covariates])
    rest = data.features - z @ np.linalg.lstsq(z, data.features.to_numpy(), rcond=None)[0]
    between = rest.groupby(centre).transform("mean")
    share = (between**2).mean() / (rest**2).mean()
    assert 0.002 < share.median() < 0.01
    assert share.max() < 0.05


def test_measures_are_skewed_with_heavier_tails(cohorts):
    data = cohorts(11)
    z = np.column_stack([np.ones(len(data.covariates)), data.covariates])
    rest = data.features - z @ np.linalg.lstsq(z, data.features.to_numpy(), rcond=None)[0]
    for modality, sign in (("surface_area", 1), ("thickness", -1), ("subcortical_volume", 1)):
        skewness = sign * stats.skew(rest[modality])
        # A little less than asked, as those farthest out are left out.
        assert 0.1 < skewness.mean() < 0.3
        assert stats.kurtosis(rest[modality]).mean() > 0.02


@pytest.mark.parametrize("wanted", [(0.25, 0.15), (-0.2, 0.15), (0.2, 1.0)])
def test_bent_values_have_the_shape_that_is_asked(wanted):
    values = cubic(*wanted).bend(np.random.default_rng(3).standard_normal(2_000_000))
    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=0.004)
    assert (stats.skew(values), stats.kurtosis(values)) == pytest.approx(wanted, abs=0.03)
    # Monotone: the derivative b + 2cz + 3dz^2 has no root.
    b, c, d = cubic(*wanted)
    assert c**2 < 3 * b * d


def test_the_same_seed_gives_the_same_people_in_every_scenario():
    same = [build(300, seed=2, effects=name).table for name in ("none", "motion", "head-size")]
    for name in ("p31", "p21003_i2", "p1200_i2", "p1970_i0", "p54_i2", "p50_i2"):
        assert same[0][name].equals(same[1][name])
        assert same[0][name].equals(same[2][name])
    assert not same[0]["p25741_i2"].equals(same[1]["p25741_i2"])
