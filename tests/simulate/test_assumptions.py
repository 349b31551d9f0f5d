"""Each assumption acts on the people, their answers and their scans as its row says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from transdx.fields import read_table
from transdx.simulate import build
from transdx.simulate import export as exporting
from transdx.simulate.constants import number, numbers, planted, stream
from transdx.simulate.effects import Drivers
from transdx.simulate.measures import measure
from transdx.simulate.people import NO_CODE, draw_people, handedness, heights
from transdx.simulate.quality import Scan, damage, scan, spoil_functional, spoil_structural
from transdx.simulate.symptoms import answer, draw_symptoms, questionnaire

MANY = 60_000


@pytest.fixture(scope="module")
def people():
    return draw_people(MANY, seed=3)


@pytest.fixture(scope="module")
def visits(people):
    return {visit: scan(people, visit) for visit in (2, 3)}


@pytest.fixture(scope="module")
def asked(people):
    """What people feel, what they answer, and the questionnaire they fill in."""
    felt = draw_symptoms(people)
    return felt, answer(people, felt), questionnaire(people, felt)


def about(share, n=MANY):
    """A share, within four standard errors."""
    return pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


# People.


def test_men_are_older_and_both_sexes_as_spread_as_all(people):
    age = people.age[2] + 0.5
    men, women = age[people.male], age[~people.male]
    assert men.mean() - women.mean() == pytest.approx(number("people.age.men_older"), abs=0.25)
    assert age.mean() == pytest.approx(number("people.age.mean"), abs=0.12)
    assert age.std() == pytest.approx(number("people.age.sd"), abs=0.1)


def test_visits_lie_as_far_apart_as_assumed(people):
    rng = np.random.default_rng(1)
    for first, then, name in ((0, 2, "baseline"), (2, 3, "repeat")):
        mean, spread, least, most = numbers(f"people.interval.{name}")
        # A normal distribution without its ends, told in whole years of age.
        wished = rng.normal(mean, spread, 400_000)
        wished = wished[(wished > least) & (wished < most)]
        years = people.age[then] - people.age[first]
        # Whoever would have been younger than 40 at baseline was 40.
        assert years.mean() == pytest.approx(wished.mean(), abs=0.05)
        assert years.std() == pytest.approx(np.hypot(wished.std(), 0.41), abs=0.1)
        assert years.max() <= most + 1
    assert years.min() >= least


def test_height_by_sex_and_age_and_measured_anew(people):
    measured = heights(people)
    whole = measured["12144", 2]
    assert np.isnan(whole).mean() == about(number("people.missing.height"))
    design = pd.DataFrame({"const": 1.0, "man": people.male, "age": people.age[2]}).astype(float)
    fit = sm.OLS(whole, design, missing="drop").fit()
    taller = numbers("people.height.men")[0] - numbers("people.height.women")[0]
    assert fit.params["man"] == pytest.approx(taller, abs=5 * fit.bse["man"])
    assert fit.params["age"] == pytest.approx(number("people.height.slope"), abs=0.02)
    again = number("people.height.remeasured")
    for key in (("50", 2), ("12144", 3)):
        change = measured[key] - whole
        assert (np.nanmean(change), np.nanstd(change)) == pytest.approx((0, again), abs=0.02)
    # Everybody shrinks: taller at the earlier visit, by 0.06 cm for each of nine years.
    grown = measured["50", 0] - whole
    years = (people.age[2] - people.age[0]).mean()
    assert np.nanmean(grown) == pytest.approx(-number("people.height.slope") * years, abs=0.02)


def test_handedness_has_the_gaps_of_each_visit(people):
    recorded = handedness(people)
    for visit, when in ((0, "baseline"), (2, "imaging")):
        empty = recorded["1707", visit] == NO_CODE
        assert empty.mean() == about(number(f"people.missing.handedness_{when}"))
        declined = recorded["1707", visit][~empty] == -3
        assert declined.mean() == about(number("people.missing.handedness_answer"))
    told = (recorded["1707", 0] > 0) & (recorded["1707", 2] > 0)
    assert (recorded["1707", 0][told] == recorded["1707", 2][told]).all()


def test_a_stream_is_the_same_by_name_and_block_and_another_otherwise():
    first = [stream(1, "a"), stream(1, "b"), stream(2, "a"), stream(1, "a", 0), stream(1, "a", 1)]
    drawn = [rng.random() for rng in first]
    assert len(set(drawn)) == len(drawn)
    assert stream(1, "a", 1).random() == drawn[-1]


# Symptoms and answers.


def test_traits_last_and_go_together_as_assumed(people, asked):
    felt, _, _ = asked
    stable = numbers("symptoms.stability")
    within = pd.DataFrame(felt.trait).assign(man=people.male, age=people.age[2] / 10)
    women, decade = numbers("symptoms.women"), numbers("symptoms.per_decade")
    left = []
    for trait in range(3):
        design = sm.add_constant(within[["man", "age"]].astype(float))
        fit = sm.OLS(within[trait], design).fit()
        assert fit.params["man"] == pytest.approx(-women[trait], abs=0.03)
        assert fit.params["age"] == pytest.approx(decade[trait], abs=0.02)
        assert fit.resid.var() == pytest.approx(stable[trait], abs=0.02)
        left.append(fit.resid)
    found = np.corrcoef(left)[[0, 0, 1], [1, 2, 2]]
    assert found == pytest.approx(numbers("symptoms.latent_correlation"), abs=0.02)


def test_answers_are_missing_as_often_as_assumed(people, asked):
    felt, answers, _ = asked
    first, later = numbers("symptoms.missing.visit")
    rates = dict(zip(("1200", "2050", "1970"), numbers("symptoms.missing.answer"), strict=True))
    for item, rate in rates.items():
        for visit, unasked in ((0, first), (2, later)):
            codes = answers[item, visit]
            assert (codes == NO_CODE).mean() == about(unasked)
            there = codes[codes != NO_CODE]
            assert (there < 0).mean() == about(rate)
            given = codes >= 0
            assert (codes[given] == felt.felt[item, visit][given]).all()
    silent = answers["2050", 0][answers["2050", 0] > NO_CODE]
    silent = silent[silent < 0]
    # Prefer not to answer (-3) against do not know (-1); sleeplessness has the first only.
    assert (silent == -3).mean() == about(number("symptoms.missing.declined"), len(silent))
    assert set(answers["1200", 0][answers["1200", 0] < 0]) <= {NO_CODE, -3}
    # Who does not come has no third visit, and whoever says nothing once does so again.
    assert (answers["2050", 3][~people.repeat] == NO_CODE).all()
    assert (answers["2050", 3][people.repeat] == NO_CODE).mean() < 0.06
    quiet = {item: (answers[item, 0] < 0) & (answers[item, 0] > NO_CODE) for item in rates}
    assert quiet["1970"][quiet["2050"]].mean() > 5 * quiet["1970"].mean()


def test_diagnoses_are_listed_for_those_who_passed_a_gate_only(asked):
    _, _, columns = asked
    taken = columns["20499"] != NO_CODE
    assert taken.mean() == about(number("mhq.taken"))
    assert ((columns["20500"] != NO_CODE) == taken).all()
    listed = pd.Series(columns["20544"]).notna().to_numpy()
    passed = (columns["20499"] == 1) | (columns["20500"] == 1)
    assert not listed[~passed].any()
    assert 0.3 < listed[passed].mean() < 0.9
    # One gate is enough.
    for one, other in (("20499", "20500"), ("20500", "20499")):
        assert listed[(columns[one] == 1) & (columns[other] != 1)].any()
    for gate, name in (("20499", "help"), ("20500", "distress")):
        codes = columns[gate][taken]
        declined, unknown = numbers("mhq.missing.gate")
        assert ((codes == -818).mean(), (codes == -121).mean()) == (
            about(declined, taken.sum()),
            about(unknown, taken.sum()),
        )
        assert (codes[codes >= 0] == 1).mean() == pytest.approx(number(f"mhq.{name}"), abs=0.03)
    for items in ("20510", "20505"):
        assert ((columns[items] == NO_CODE) == ~taken).all()
        assert (columns[items][taken] == -818).mean() == about(number("mhq.missing.item"))


def test_each_diagnosis_follows_its_own_trait(asked):
    felt, _, columns = asked
    taken = columns["20499"] != NO_CODE
    codes = pd.Series(columns["20544"])[taken].fillna("").str.split("|")
    z = pd.DataFrame(felt.trait, columns=["insomnia", "depression", "anxiety"])[taken]
    z = (z - z.mean()) / z.std()
    for code, own in (("11", "depression"), ("15", "anxiety"), ("6", "anxiety")):
        told = codes.map(lambda listed, code=code: code in listed)
        shift = z[told].mean() - z[~told].mean()
        assert shift.idxmax() == own
        # A liability above a threshold: the trait of those above it lies r x density / rate up.
        rate = told.mean()
        height = norm.pdf(norm.ppf(1 - rate)) / (rate * (1 - rate))
        assert shift[own] == pytest.approx(number("mhq.liability") * height, rel=0.08)


def test_the_sleep_item_alone_follows_insomnia(asked):
    felt, _, columns = asked
    taken = columns["20499"] != NO_CODE
    insomnia = pd.Series(felt.trait[taken, 0])
    # The items of the PHQ-9 and the GAD-7.
    found = pd.Series(
        {
            field: insomnia.corr(pd.Series(columns[str(field)][taken]).where(lambda code: code > 0))
            for field in range(20505, 20521)
        }
    )
    assert found.idxmax() == 20517
    assert found[20517] > 1.5 * found.drop(20517).max()


# Scans.


def test_scans_fail_as_often_as_assumed(visits):
    seen = visits[2]
    measures = {name: np.isnan(values) for name, values in seen.measures.items()}
    assert (~seen.surfaces).mean() == about(number("quality.t1.missing"))
    assert seen.moved.mean() == about(number("quality.failure.motion"))
    for fields, kind in ((("25739", "25744", "25741"), "rfmri"), (("25737", "25746"), "dmri")):
        lost = [measures[field] for field in fields]
        assert all((each == lost[0]).all() for each in lost)
        assert lost[0].mean() == about(number(f"quality.{kind}.missing"))
    assert not (measures["25741"] == measures["25746"]).all()
    # Half of those without surfaces have no T1 image, and nobody else lacks its measures.
    lost = measures["25731"]
    assert (lost == measures["25733"]).all()
    assert not lost[seen.surfaces].any()
    assert lost[~seen.surfaces].mean() == about(0.5, (~seen.surfaces).sum())


def test_flair_is_unused_or_empty_as_assumed(visits):
    seen = visits[2]
    assert ((seen.flair == NO_CODE) == ~seen.surfaces).all()
    unused = seen.flair == 0
    assert unused[seen.surfaces].mean() == about(number("quality.t2.unused"))
    scaling = seen.measures["25926"]
    assert not np.isnan(scaling[seen.flair == 1]).any()
    assert np.isnan(scaling[unused]).mean() == about(0.6, unused.sum())
    shares = pd.Series(scaling).value_counts(normalize=True).sort_index()
    assert shares.to_numpy() == pytest.approx(numbers("quality.flair_scaling"), abs=0.005)


def test_head_positions_are_heavy_tailed_and_sometimes_not_determined(visits):
    empty, undetermined = numbers("quality.position.missing")
    rows = {field: visits[2].measures[field] for field in ("25756", "25757", "25758", "25759")}
    for axis, (field, values) in zip("xyz", rows.items(), strict=False):
        assert np.isnan(values).mean() == about(empty)
        assert (values == -999_999).mean() == about(undetermined)
        assert (np.isnan(values) == np.isnan(rows["25759"])).all(), field
        middle, scale = numbers(f"quality.position.{axis}")
        inside = values[values > -900_000]
        assert np.median(inside) == pytest.approx(middle, abs=0.03 * scale)
        low, high = np.quantile(inside, [0.25, 0.75])
        # Quartiles of Student's t with six degrees of freedom lie at 0.7176.
        assert (high - low) / 2 / scale == pytest.approx(0.7176, abs=0.02)
    usual, share = numbers("quality.position.table")
    table = rows["25759"][rows["25759"] > -900_000]
    assert (table == usual).mean() == pytest.approx(share, abs=0.003)


def test_motion_grows_with_age_and_joins_its_measures(people, visits):
    seen = visits[2]
    still = ~seen.moved & ~np.isnan(seen.measures["25741"])
    z = {}
    for field in ("25744", "25741", "25739", "25742"):
        middle, spread = numbers(f"quality.{field}")
        z[field] = np.log(seen.measures[field][still] / middle) / spread
    r = number("quality.motion")
    age = people.age[2][still]
    for values in z.values():
        assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=0.03)
        expected = r * number("quality.motion_age")
        assert np.corrcoef(values, age)[0, 1] == pytest.approx(expected, abs=0.02)
    assert np.corrcoef(z["25744"], z["25741"])[0, 1] == pytest.approx(r**2, abs=0.02)
    # Whoever spoiled the scan moved 2.5 SD more.
    moved = seen.moved & ~np.isnan(seen.measures["25741"])
    middle, spread = numbers("quality.25741")
    spoiled = np.log(seen.measures["25741"][moved] / middle) / spread
    assert spoiled.mean() == pytest.approx(2.5 * r, abs=0.25)
    # The measures of registration have nothing of it.
    other = np.log(seen.measures["25732"])
    there = still & ~np.isnan(other)
    moving = np.log(seen.measures["25741"])[there]
    assert abs(np.corrcoef(other[there], moving)[0, 1]) < 0.03


def test_visits_are_scanned_apart(visits):
    assert (visits[2].measures["25731"] != visits[3].measures["25731"]).all()


def test_damage_by_side_kind_and_motion():
    n = 80_000
    nobody, everyone = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    side, kind = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])

    def damaged(surfaces, moved, restless=0.0):
        visit = Scan({}, surfaces, everyone.astype(int), moved, np.full(n, restless))
        given = np.ones((n, 6))
        spoilt = damage(given, visit, stream(5, "x"), hemisphere=side, kind=kind)
        assert (given == 1).all()
        return spoilt

    still = damaged(everyone, nobody)
    changed = still != 1
    # One region, or a whole side: never parts of both.
    left, right = changed[:, :3].all(axis=1), changed[:, 3:].all(axis=1)
    assert (left | right).mean() == about(number("quality.failure.hemisphere"), n)
    assert 0.3 < left.sum() / (left | right).sum() < 0.7
    ranges = [(0.2, 0.6), (0.5, 0.75), (0.3, 0.8)]
    for rows, first in ((left, 0), (right, 3)):
        alone = rows & ~changed[:, 3 - first : 6 - first].any(axis=1)
        for place, (low, high) in enumerate(ranges):
            values = still[alone, first + place]
            inside = (values >= low) & (values <= high)
            # A few have a single failure on top.
            assert inside.mean() > 0.9
            assert np.median(values) == pytest.approx((low + high) / 2, abs=0.08)
    single = changed.sum(axis=1) == 1
    failures = 2 * number("quality.failure.region") / 1.5
    assert single.mean() == pytest.approx(failures, abs=0.004)
    factors = still[single][changed[single]]
    assert (factors < 1).mean() == about(0.6, single.sum())
    # Too small or too large; a very few are both.
    small, large = (factors >= 0.1) & (factors <= 0.4), (factors >= 1.7) & (factors <= 2.6)
    assert (small | large).mean() > 0.99
    assert np.median(factors[small]) == pytest.approx(0.25, abs=0.03)
    assert np.median(factors[large]) == pytest.approx(2.15, abs=0.1)
    # Motion thins the cortex by up to five per cent, and leaves area and volume alone.
    thinner = damaged(everyone, everyone) / still
    assert (thinner[:, kind != 1] == 1).all()
    assert (thinner[:, 1] == pytest.approx(thinner[:, 4], rel=1e-12), True) == (True, True)
    assert thinner[:, 1].mean() == pytest.approx(0.975, abs=0.001)
    assert (thinner[:, 1].min() >= 0.95, thinner[:, 1].max() <= 1) == (True, True)
    # So does the little that everybody moves.
    slightly = damaged(everyone, nobody, restless=2.0) / still
    assert slightly[:, kind == 1] == pytest.approx(1 - 2 * number("quality.motion_thickness"))
    assert (slightly[:, kind != 1] == 1).all()
    half = np.arange(n) % 2 == 0
    assert (np.isnan(damaged(half, nobody)).all(axis=1) == ~half).all()


def test_functional_connectomes_are_spoiled_as_a_whole():
    values = np.zeros((40_000, 3), dtype=np.float32)
    spoil_functional(values, np.random.default_rng(2))
    moved = values[:, 0] != 0
    assert (values == values[:, :1]).all()
    assert moved.mean() == about(number("quality.failure.functional"), len(values))
    size = np.abs(values[moved, 0])
    assert (size.min() >= 0.3, size.max() <= 0.5) == (True, True)
    assert (values[moved, 0] > 0).mean() == about(0.6, moved.sum())


def test_structural_connectomes_are_spoiled_in_three_ways():
    n, connections = 4000, 200
    present = np.tile(np.arange(connections) % 2 == 0, (n, 1))
    weights = spoil_structural(
        np.full(present.shape, 2, dtype=np.float32), present.copy(), np.random.default_rng(2)
    )
    held, gained = (weights[:, ::2] > 0).mean(axis=1), (weights[:, 1::2] > 0).mean(axis=1)
    heavy = (weights.max(axis=1) > 2) & (held == 1) & (gained == 0)
    lost, added = (held < 1) & (gained == 0), (held == 1) & (gained > 0)
    usual = (weights[:, ::2] == 2).all(axis=1) & (gained == 0)
    assert (usual | heavy | lost | added).all()
    assert (~usual).mean() == about(number("quality.failure.structural"), n)
    assert min(heavy.sum(), lost.sum(), added.sum()) >= 2
    assert ((weights[heavy][:, ::2] >= 6) & (weights[heavy][:, ::2] <= 12)).all()
    for share in (1 - held[lost], gained[added]):
        assert (share.min() > 0.2, share.max() < 0.7) == (True, True)


# The amygdala.


@pytest.fixture(scope="module")
def reacting(people):
    """Reactivity with one planted effect and without, and the drivers that it is planted on."""
    rng = np.random.default_rng(8)
    signal = rng.standard_normal((MANY, 3))
    signal -= signal.mean(axis=0)
    drivers = Drivers(
        scores=("insomnia", "depression", "anxiety"),
        signal=signal,
        score_sd=np.ones(3),
        cross=np.cov(signal, rowvar=False),
        analysable=np.ones(MANY, dtype=bool),
    )
    wanted = (
        planted()
        .iloc[:1]
        .assign(modality="amygdala_reactivity", feature="amygdala", score="anxiety", beta=0.1)
    )
    made = {
        "planted": measure("amygdala_reactivity", people, drivers, wanted),
        "none": measure("amygdala_reactivity", people, drivers, wanted.iloc[:0]),
    }
    return signal, made


def test_reactivity_by_sex_age_and_visit(people, reacting):
    _, made = reacting
    mean, spread = numbers("reactivity.level")
    first, later = made["none"][0]["25052", 2], made["none"][0]["25052", 3]
    assert np.isnan(first).mean() == about(number("reactivity.missing"))
    usual = (np.abs(first - mean) < 5 * spread) & (np.abs(later - mean) < 5 * spread)
    design = pd.DataFrame(
        {
            "const": 1.0,
            "man": people.male - 0.5,
            "decade": (people.age[2] - number("people.age.mean")) / 10,
        }
    )[usual]
    fit = sm.OLS(first[usual], design).fit()
    men, decade = numbers("reactivity.men_decade")
    assert fit.params["const"] == pytest.approx(mean, abs=0.01)
    assert fit.params["man"] / spread == pytest.approx(men, abs=0.035)
    assert fit.params["decade"] / spread == pytest.approx(decade, abs=0.025)
    assert fit.resid.std() == pytest.approx(spread, abs=0.01)
    r = np.corrcoef(first[usual], later[usual])[0, 1]
    assert r == pytest.approx(number("reactivity.retest"), abs=0.02)
    # Eight times as far: beyond 5 SD lie 53 % of these, of the usual ones none.
    assert (np.abs(first - mean) > 5 * spread).mean() == pytest.approx(
        0.532 * number("reactivity.failure"), abs=8e-4
    )


def test_reactivity_has_the_effect_that_is_planted_and_its_spread(reacting):
    signal, made = reacting
    gained = made["planted"][0]["25052", 2] - made["none"][0]["25052", 2]
    there = ~np.isnan(gained)
    mean, spread = numbers("reactivity.level")
    slope = np.polyfit(signal[there, 2], gained[there], 1)[0]
    assert slope == pytest.approx(0.1 * spread, rel=0.1)
    usual = there & (np.abs(made["planted"][0]["25052", 2] - mean) < 5 * spread)
    assert made["planted"][0]["25052", 2][usual].std() == pytest.approx(
        made["none"][0]["25052", 2][usual].std(), rel=0.01
    )
    told = made["planted"][1].set_index(["feature", "score"])["planted"]
    assert told["amygdala", "anxiety"] == pytest.approx(0.1)
    assert told["amygdala", "insomnia"] == pytest.approx(0, abs=1e-12)


# The export.


def test_effects_are_planted_on_the_scores_that_will_be_analysed(monkeypatch, reference):
    given = {}

    def listening(names, scores, felt, covariates, analysable):
        given.update(scores=scores, felt=felt, covariates=covariates, analysable=analysable)
        return make_drivers(names, scores, felt, covariates, analysable)

    make_drivers = exporting.make_drivers
    monkeypatch.setattr(exporting, "make_drivers", listening)
    frame = reference.numeric(build(6000, seed=6).table)
    scores, covariates = reference.scores(frame), reference.covariates(frame)
    np.testing.assert_array_equal(given["scores"], scores.to_numpy())
    assert not np.isnan(given["felt"]).any()
    complete = scores.notna().all(axis=1) & covariates.notna().all(axis=1)
    np.testing.assert_array_equal(given["analysable"], complete.to_numpy())
    # Height as it is; it is measured to a centimetre, or anew.
    columns = ["age", "sex", "age2", "age_sex", "right"]
    kept = np.delete(given["covariates"], 4, axis=1)[complete]
    np.testing.assert_array_equal(kept, covariates.loc[complete, columns].to_numpy())
    away = given["covariates"][complete, 4] - covariates.loc[complete, "height"]
    assert away.abs().max() < 4


def test_thickness_of_a_hemisphere_is_weighted_by_area(cohorts, norms):
    frame = cohorts(11).everyone
    for side, area, mean in (("left", "26721", "26755"), ("right", "26822", "26856")):
        own = norms[norms["feature"].str.startswith(side) & (norms["field"] != "")]
        by = own.pivot_table(index="feature", columns="modality", values="field", aggfunc="first")
        by = by[["surface_area", "thickness"]].dropna()
        areas = frame[[f"p{field}_i2" for field in by["surface_area"]]].to_numpy()
        thick = frame[[f"p{field}_i2" for field in by["thickness"]]].to_numpy()
        total = frame[f"p{area}_i2"].to_numpy()
        # What the other regions leave over is the temporal pole, which has no fields.
        pole = total - areas.sum(axis=1)
        left = frame[f"p{mean}_i2"].to_numpy() * total - (areas * thick).sum(axis=1)
        row = norms[
            (norms["feature"] == f"{side}_temporalpole") & (norms["modality"] == "thickness")
        ]
        expected = (float(row["mean_women"].iloc[0]) + float(row["mean_men"].iloc[0])) / 2
        assert np.nanmedian(left / pole) == pytest.approx(expected, abs=0.03)


def test_brains_follow_height_and_repeat_themselves_as_assumed(cohorts, norms, reference):
    data = cohorts(11, "none")
    rows = data.features.index
    z = data.covariates[["age", "sex"]].assign(const=1.0)

    def left(values):
        return sm.OLS(values, z).fit().resid

    totals = ("surface_area", "thickness", "subcortical_volume")
    tall = left(data.covariates["height"])
    for name, r in zip(totals, numbers("brain.height_total"), strict=True):
        assert left(data.features[name, "total"]).corr(tall) == pytest.approx(r, abs=0.03)
    # Two visits of a person, other than for age, sex and height.
    frame = data.everyone.loc[rows]
    came = frame["p21003_i3"].notna() & frame["p26722_i3"].notna()
    columns = {visit: reference.regional_columns(norms, visit) for visit in (2, 3)}
    z = data.covariates.loc[came, ["age", "sex", "height"]].assign(const=1.0)
    for name, stay in zip(totals, numbers("brain.retest"), strict=True):
        found = []
        for key in [key for key in columns[2] if key[0] == name]:
            both = frame.loc[came, [columns[2][key], columns[3][key]]]
            # Ranks, for the sake of failed segmentations.
            rest = both.apply(lambda values: sm.OLS(values, z).fit().resid.rank())
            found.append(rest.corr().iloc[0, 1])
        # By ranks a normal correlation r is 6/pi asin(r/2).
        assert np.mean(found) == pytest.approx(6 / np.pi * np.arcsin(stay / 2), abs=0.02)
    volume = frame.loc[came, ["p26521_i2", "p26521_i3"]]
    change = volume["p26521_i3"] / volume["p26521_i2"] - 1
    assert (change.mean(), change.std()) == pytest.approx((0, 0.01), abs=0.001)


def test_intracranial_volume_follows_area_and_its_norms(cohorts):
    data = cohorts(11, "none")
    frame = data.everyone.loc[data.features.index]
    row = read_table("region_norms.csv").set_index("feature").loc["intracranial"]
    volume, z = frame["p26521_i2"], data.covariates
    design = pd.DataFrame({"man": z["sex"], "age": z["age"] - 64, "const": 1.0})
    fit = sm.OLS(volume, design).fit()
    spread = (float(row["sd_women"]) + float(row["sd_men"])) / 2
    assert fit.params["const"] == pytest.approx(float(row["mean_women"]), abs=0.05 * spread)
    men = float(row["mean_men"]) - float(row["mean_women"])
    assert fit.params["man"] == pytest.approx(men, abs=0.06 * spread)
    assert fit.params["age"] == pytest.approx(float(row["slope_per_year"]), abs=0.005 * spread)
    design["height"] = z["height"]
    area = sm.OLS(data.features["surface_area", "total"], design).fit().resid
    within = sm.OLS(volume, design.drop(columns="height")).fit().resid
    assert within.corr(area) == pytest.approx(number("brain.intracranial"), abs=0.03)


def test_withdrawals_are_a_share_of_the_export_and_three_others():
    export = build(20_000, seed=1)
    ids = set(export.table.column("eid").to_pylist())
    inside = [eid for eid in export.withdrawn if eid in ids]
    assert len(inside) == round(20_000 * number("people.withdrawn"))
    assert len(export.withdrawn) == len(inside) + 3
    assert export.about["withdrawn"] == len(export.withdrawn)
