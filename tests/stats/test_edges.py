"""Tables that are short of something: a defined result, or one clear sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.errors import InputError
from transdx.stats import associate

OPTIONS = {"permutations": 120, "bootstraps": 120, "seed": 2}


@pytest.fixture
def frames(reference):
    return reference.make(n=150, gaps=(0.0, 0.1))


def equal(found, reduced):
    np.testing.assert_allclose(found.beta, reduced.beta, atol=1e-9)
    np.testing.assert_allclose(found.se_parametric, reduced.se_parametric, atol=1e-9)
    np.testing.assert_allclose(found.null, reduced.null, atol=1e-5)
    np.testing.assert_allclose(found.bootstrap, reduced.bootstrap, atol=1e-4)
    assert (found.df == reduced.df).all()


@pytest.mark.parametrize("null", ["permute", "freedman-lane"])
def test_collinear_covariate_is_dropped(frames, null):
    x, y, c = frames
    more = c.assign(months=12 * c["age"] + 3 * c["sex"] - 5)
    found = associate(x, y, more, null=null, **OPTIONS)
    assert "Covariate months is a linear combination of those before it and was dropped." in (
        found.notes
    )
    equal(found, associate(x, y, c, null=null, **OPTIONS))


def test_covariate_that_is_nearly_collinear_stays(frames, reference):
    x, y, c = frames
    noise = np.random.default_rng(1).normal(size=150)
    more = c.assign(again=c["age"] + 1e-4 * c["age"].std() * noise)
    found = associate(x, y, more, **OPTIONS)
    assert found.notes == ()
    f, s, k = reference.by_id(x, y, more)
    assert found.df["f0"] == 150 - 6
    fit = reference.ols(f[:, 0], s[:, 1], k / k.std(axis=0))
    assert found.beta.iloc[0, 1] == pytest.approx(fit.params[1], abs=1e-6)


def test_more_covariates_than_participants_would_be_dropped_too(frames):
    x, y, c = (frame.iloc[:12] for frame in frames)
    copies = [c.add_suffix(str(i)) * i for i in range(1, 6)]
    wide = pd.concat([c, *copies], axis=1)
    equal(associate(x, y, wide, **OPTIONS), associate(x, y, c, **OPTIONS))


@pytest.mark.parametrize("value", [0.0, 7.5, 1e9, 0.1])
def test_constant_covariate_is_dropped(frames, value):
    x, y, c = frames
    found = associate(x, y, c.assign(site=value), **OPTIONS)
    assert "Covariate site has no variance and was dropped." in found.notes
    equal(found, associate(x, y, c, **OPTIONS))


def test_covariate_constant_where_the_feature_is(frames, reference):
    # A site without scanner data for one feature: its dummy is constant in that feature's people.
    x, y, c = frames
    c = c.assign(site=np.arange(150) < 30)
    x.iloc[:30, 1] = np.nan
    found = associate(x, y, c, **OPTIONS)
    there = x["f1"].notna()
    alone = associate(x.loc[there, ["f1"]], y[there], c[there], **OPTIONS)
    np.testing.assert_allclose(found.beta.loc["f1"], alone.beta.loc["f1"], atol=1e-9)
    np.testing.assert_allclose(
        found.se_parametric.loc["f1"], alone.se_parametric.loc["f1"], atol=1e-9
    )
    assert found.df["f1"] == alone.df["f1"]
    f, s, k = reference.by_id(x, y, c.drop(columns="site"))
    for j in range(2):
        assert found.beta.iloc[1, j] == pytest.approx(reference.slope(f[:, 1], s[:, j], k))
    assert np.isfinite(found.bootstrap).all()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (lambda n: np.full(n, 2.7), "the same value in every participant"),
        (lambda n: np.full(n, 0.1) * 3, "the same value in every participant"),
        (lambda n: np.full(n, np.nan), "missing in every participant"),
        (lambda n: np.where(np.arange(n) < 5, np.arange(n), np.nan), "fewer than 6 participants"),
        (lambda n: np.where(np.arange(n) < 1, 1.0, np.nan), "fewer than 6 participants"),
    ],
)
@pytest.mark.parametrize("null", ["permute", "freedman-lane"])
def test_feature_without_a_result(frames, values, why, null):
    x, y, c = frames
    odd = x.assign(odd=values(len(x)))[["f0", "odd", "f1"]]
    found = associate(odd, y, c, null=null, **OPTIONS)
    assert any(note.startswith("1 feature without a result (odd): " + why) for note in found.notes)
    assert found.n["odd"] == odd["odd"].notna().sum()
    assert found.df["odd"] == 0
    row = found.table().query("feature == 'odd'")
    assert len(row) == 2
    assert row.loc[:, "beta":].isna().all(axis=None)
    assert np.isnan(found.null[1]).all()
    assert np.isnan(found.bootstrap[1]).all()
    # It takes no part in the families of the others.
    others = found.table().query("feature != 'odd'").reset_index(drop=True)
    alone = associate(x, y, c, null=null, **OPTIONS).table()
    pd.testing.assert_frame_equal(others, alone, atol=1e-5, rtol=1e-3)


def test_all_features_without_a_result(frames):
    x, y, c = frames
    found = associate(x * np.nan, y, c, **OPTIONS)
    assert found.table()["p"].isna().all()
    assert any(note.startswith("2 features without a result (f0, f1)") for note in found.notes)


def test_feature_explained_by_the_covariates(frames):
    x, y, c = frames
    found = associate(x.assign(years=2 * c["age"] - c["sex"]), y, c, **OPTIONS)
    assert found.beta.loc["years"].isna().all()
    assert any("(years): no variance beyond the covariates" in note for note in found.notes)


@pytest.mark.parametrize("null", ["permute", "freedman-lane"])
def test_smallest_feature_that_has_a_result(frames, reference, null):
    x, y, c = frames
    x["few"] = np.where(np.arange(150) < 6, x["f0"], np.nan)  # K + 3
    found = associate(x, y, c, null=null, **OPTIONS)
    f, s, k = reference.by_id(x, y, c)
    fit = reference.ols(f[:, 2], s[:, 1], k)
    assert found.beta.loc["few", "anxiety"] == pytest.approx(fit.params[1], abs=1e-8)
    assert found.df["few"] == fit.df_resid == 1
    assert np.isfinite(found.null[2, 1]).all()


def test_score_with_two_values(frames, reference):
    x, y, c = frames
    y["any"] = (y["anxiety"] > 0.8).astype(int)
    y["yes"] = y["any"].astype(bool)
    found = associate(x, y, c, **OPTIONS)
    f, s, k = reference.by_id(x, y[["any"]], c)
    for i in range(2):
        assert found.beta["any"].iloc[i] == pytest.approx(reference.slope(f[:, i], s[:, 0], k))
    np.testing.assert_array_equal(found.beta["any"], found.beta["yes"])
    assert np.isfinite(found.null).all()


def test_score_rare_enough_to_be_lost_in_resamples(frames):
    # With two people at 1, a resample misses both with probability exp(-2): no variance, no beta.
    x, y, c = frames
    y["rare"] = (np.arange(150) < 2).astype(float)
    x.iloc[0, 1], x.iloc[1, 1] = 1.0, np.nan
    found = associate(x, y, c, **{**OPTIONS, "bootstraps": 400})
    lost = np.isnan(found.bootstrap[0, 2]).mean()
    assert lost == pytest.approx(np.exp(-2), abs=0.07)
    # Of those with the second feature, one alone is at 1: gone with probability exp(-1).
    least = 1 - np.isnan(found.bootstrap).mean(axis=2).max()
    assert least == pytest.approx(1 - np.exp(-1), abs=0.07)
    assert (
        "2 of 6 intervals rest on fewer resamples than asked for, at worst on "
        f"{least:.0%} of them: the others left nothing to estimate." in found.notes
    )
    assert np.isfinite(found.bootstrap[0, :2]).all()
    row = found.table().query("feature == 'f0' and score == 'rare'").iloc[0]
    assert row["ci_low"] < row["beta"] < row["ci_high"]


def test_score_constant_among_those_with_the_feature(frames):
    x, y, c = frames
    y["some"] = np.where(x["f1"].notna(), 1.0, np.arange(150.0))
    found = associate(x, y, c, **OPTIONS)
    assert np.isnan(found.beta.loc["f1", "some"])
    assert np.isnan(found.null[1, 2]).all()
    assert np.isfinite(found.beta.loc["f0", "some"])
    table = found.table().set_index(["feature", "score"])
    assert table.loc[("f1", "some"), ["beta", "se", "ci_low", "p", "p_fdr"]].isna().all()


@pytest.mark.parametrize("value", [0.3, 0.0, -7.0])
def test_constant_score(frames, value):
    x, y, c = frames
    with pytest.raises(InputError, match=r"Score 'flat' has the same value in all 150 part"):
        associate(x, y.assign(flat=value), c, **OPTIONS)


def test_a_score_that_the_covariates_explain_is_refused(frames):
    x, y, c = frames
    for years in (c["age"], 2 * c["age"] - 7 * c["sex"] + 3):
        with pytest.raises(InputError, match=r"Score 'years' .*nothing is left beyond the covar"):
            associate(x, y.assign(years=years), c, **OPTIONS)
    noise = np.random.default_rng(1).normal(size=150)
    close = y.assign(years=c["age"] + 1e-2 * c["age"].std() * noise)
    found = associate(x, close, c, **OPTIONS)
    assert found.p_parametric["years"].between(0.001, 1).all()


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_a_column_has_one_part_to_play(frames, pair):
    names = ("features", "scores", "covariates")
    tables = list(frames)
    tables[pair[1]] = tables[pair[1]].assign(visit=1.5)
    tables[pair[0]] = tables[pair[0]].assign(visit=range(150))
    told = f"Column 'visit' is in the {names[pair[0]]} and in the {names[pair[1]]}"
    with pytest.raises(InputError, match=told):
        associate(*tables, **OPTIONS)
    with pytest.raises(InputError, match="the same table twice"):
        associate(frames[0], frames[1], frames[1], **OPTIONS)


@pytest.mark.parametrize("kind", ["text", "numbers"])
def test_ids_that_do_not_match(frames, kind):
    x, y, c = frames
    y.index = "sub-" + y.index.astype(str) if kind == "text" else y.index + 1_000_000
    with pytest.raises(InputError, match="No participant is in all three tables") as caught:
        associate(x, y, c, **OPTIONS)
    assert "150 rows" in str(caught.value)
    no_id(caught, frames[0])


SAME_NUMBER = {
    "text": str,
    "zeros in front": "{:012d}".format,
    "a final .0": "{}.0".format,
    "white space": " {} ".format,
    "decimal numbers": float,
}


@pytest.mark.parametrize("write", SAME_NUMBER.values(), ids=SAME_NUMBER)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_whole_numbers_are_the_same_ids_however_they_are_stored(frames, which, write):
    tables = list(frames)
    plain = associate(*tables, **OPTIONS)
    tables[which] = tables[which].set_axis([write(one) for one in tables[which].index])
    found = associate(*tables, **OPTIONS)
    pd.testing.assert_frame_equal(found.table(), plain.table())
    assert found.notes == plain.notes


def test_ids_below_zero_are_whole_numbers_too(frames):
    x, y, c = (frame.set_axis(range(-75, 75)) for frame in frames)
    plain = associate(x, y, c, **OPTIONS)
    text = y.set_axis([f" {i:05d}.0" for i in range(-75, 75)])
    pd.testing.assert_frame_equal(associate(x, text, c, **OPTIONS).table(), plain.table())


def test_zeros_that_tell_people_apart_keep_them_apart(frames):
    tables = [table.set_axis([f"s{i // 2}{'' if i % 2 else '.0'}" for i in range(150)])
              for table in frames]  # fmt: skip
    assert associate(*tables, **OPTIONS).participants == 150


WRITTEN_OTHERWISE = {
    "zeros in front": lambda i: f"p{i:04d}",
    "white space behind": lambda i: f"p{i} ",
    "a final .0": lambda i: f"p{i}.0",
    "capital letters": lambda i: f"P{i}",
}


@pytest.mark.parametrize("write", WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE)
@pytest.mark.parametrize("part", [90, 150])
def test_ids_written_in_two_ways_are_refused_with_how_many_are_meant(frames, write, part):
    x, y, c = (frame.set_axis([f"p{i}" for i in range(150)]) for frame in frames)
    y.index = [write(i) if i < part else f"p{i}" for i in range(150)]
    said = f"By their ids as written {150 - part:,} participants are in all .* but 150 if"
    with pytest.raises(InputError, match=said) as caught:
        associate(x, y, c, **OPTIONS)
    no_id(caught, x)


def test_whole_numbers_beside_text_are_compared_as_they_are_written(frames):
    x, y, c = (frame.set_axis(range(1, 151)) for frame in frames)
    text = y.set_axis([*map(str, range(1, 150)), "visitor"])
    found = associate(x, text, c, **OPTIONS)
    assert found.participants == 149
    zeros = y.set_axis([*(f"{i:03d}" for i in range(1, 150)), "visitor"])
    with pytest.raises(InputError, match=r"as written 50 participants .* but 149 if"):
        associate(x, zeros, c, **OPTIONS)


@pytest.mark.parametrize(
    "name", ["eid", "ID", "participant_id", "participant.eid", "Subject", "IID"]
)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_second_column_of_ids_is_refused(frames, which, name):
    tables = list(frames)
    tables[which] = tables[which].assign(**{name: np.arange(150)}).reset_index(drop=True)
    with pytest.raises(InputError, match=rf"'{name}' of the .* is named like a participant id"):
        associate(*tables, **OPTIONS)


@pytest.mark.parametrize("name", ["site_id", "fluid", "subcortex", "left_amygdala"])
def test_other_columns_are_no_ids(frames, name):
    x, y, c = frames
    assert associate(x, y, c.rename(columns={"sex": name}), **OPTIONS).participants == 150


def test_ids_that_match_in_part(frames):
    x, y, c = frames
    found = associate(x.iloc[10:], y.iloc[:140], c, **OPTIONS)
    assert found.participants == 130
    assert "20 participants are not in all three tables and were left out." in found.notes
    both = slice(10, 140)
    equal(found, associate(x.iloc[both], y.iloc[both], c.iloc[both], **OPTIONS))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_duplicated_ids(frames, which):
    tables = list(frames)
    tables[which] = pd.concat([tables[which], tables[which].iloc[:3]])
    name = ("features", "scores", "covariates")[which]
    with pytest.raises(
        InputError, match=f"The {name} have 153 rows but 3 of them repeat"
    ) as caught:
        associate(*tables, **OPTIONS)
    no_id(caught, frames[0])


def test_one_duplicated_id(frames):
    x, y, c = frames
    with pytest.raises(InputError, match="have 151 rows but 1 of them repeats a participant id"):
        associate(pd.concat([x, x.iloc[:1]]), y, c, **OPTIONS)


def test_missing_id(frames):
    x, y, c = frames
    x.index = x.index.astype(float).where(np.arange(150) > 0)
    with pytest.raises(InputError, match="The features have 1 row without a participant id"):
        associate(x, y, c, **OPTIONS)


def test_an_index_of_two_columns_is_no_id(frames):
    x, y, c = frames
    y.index = pd.MultiIndex.from_arrays([y.index, y.index], names=["FID", "IID"])
    with pytest.raises(InputError, match="The scores have an index of 2 columns; one of them"):
        associate(x, y, c, **OPTIONS)


def test_ids_that_are_one_number_are_there_twice(frames):
    x, y, c = (frame.set_axis([*map(str, range(149)), "007"]) for frame in frames)
    with pytest.raises(InputError, match="have 150 rows but 1 of them repeats a participant id"):
        associate(x, y, c, **OPTIONS)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_text_in_a_numeric_column(frames, which):
    tables = list(frames)
    name = ("features", "scores", "covariates")[which]
    column = tables[which].columns[1]
    spoiled = tables[which][column].astype(object)
    spoiled.iloc[[3, 8]] = "refused"
    tables[which] = tables[which].assign(**{column: spoiled})
    with pytest.raises(InputError) as caught:
        associate(*tables, **OPTIONS)
    message = str(caught.value)
    assert f"{column!r} of the {name}" in message
    assert "2 of its 150 cells" in message
    assert "refused" not in message
    no_id(caught, frames[0])


@pytest.mark.parametrize(
    "write",
    [
        lambda days: days,
        lambda days: days.where(days.index != days.index[3]),
        lambda days: days.dt.tz_localize("UTC"),
        lambda days: days - days.min(),
        lambda days: days.dt.to_period("D"),
        lambda days: days.astype("category"),
        lambda days: days.astype(object),
        lambda days: days.astype("timestamp[ns][pyarrow]"),
        lambda days: pd.Series(np.arange(150) * 1j, index=days.index),
    ],
    ids=["date", "gap", "zone", "span", "period", "category", "object", "arrow", "complex"],
)
def test_what_is_no_number_is_not_made_one(frames, write):
    x, y, c = frames
    days = pd.Series(pd.date_range("2014-05-01", periods=150), index=c.index)
    with pytest.raises(InputError, match="Column 'visit' of the covariates should hold numbers"):
        associate(x, y, c.assign(visit=write(days)), **OPTIONS)


CODED = {
    "codes": ([-3, -1, -3] + [1, 2, 5, 0] * 36 + [1, 2, 3], "3 participants hold -3 or -1"),
    "one": ([-818] + [1.5, 2] * 74 + [7], "1 participant holds -818"),
    "items of 0 to 3": ([-3, -1] * 5 + [0, 1, 2, 3] * 35, "10 participants hold -3 or -1"),
    "effect coding": ([-1, 1] * 75, None),
    "centred": ([-3, -2, -1, 0, 1, 2, 3] * 21 + [0, 0, 1], None),
    "below zero": ([-3, -1.25, 2, 0, 6] * 30, None),
    "never below": ([9, 1, 2] * 50, None),
}


@pytest.mark.parametrize(("values", "told"), CODED.values(), ids=CODED)
def test_what_may_be_a_code_of_a_missing_answer_is_said(frames, values, told):
    x, y, c = frames
    for which in ("scores", "covariates"):
        more = {"scores": y, "covariates": c}
        more[which] = more[which].assign(extra=values)
        notes = associate(x, more["scores"], more["covariates"], **OPTIONS).notes
        assert len(notes) == (told is not None)
        if told is not None:
            assert f"Column 'extra' of the {which}: {told}," in notes[0]


def test_numbers_written_as_text_nullable_and_logical_columns(frames):
    x, y, c = frames
    plain = associate(x, y, c.assign(sex=(c["sex"] > 0).astype(float)), **OPTIONS)
    x = x.convert_dtypes()
    y = y.assign(anxiety=[repr(float(value)) for value in y["anxiety"]])
    c = c.assign(sex=(c["sex"] > 0))
    equal(associate(x, y, c, **OPTIONS), plain)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_infinite_values(frames, which):
    tables = [frame.copy() for frame in frames]
    tables[which].iloc[4, 0] = np.inf
    with pytest.raises(InputError, match="has 1 infinite value;"):
        associate(*tables, **OPTIONS)


def test_too_few_participants(frames, reference):
    x, y, c = frames
    with pytest.raises(InputError, match=r"all scores and covariates: 5; .* needs at least 6\."):
        associate(x.iloc[:5], y, c, **OPTIONS)
    some = x.iloc[:6, :1]  # K + 3
    found = associate(some, y, c, **OPTIONS)
    f, s, k = reference.by_id(some, y.iloc[:6], c.iloc[:6])
    assert found.beta.iloc[0, 1] == pytest.approx(reference.slope(f[:, 0], s[:, 1], k), abs=1e-8)


def test_column_missing_throughout(frames):
    x, y, c = frames
    with pytest.raises(InputError, match="none has a value in every score and covariate"):
        associate(x, y, c.assign(age=np.nan), **OPTIONS)


def test_columns_missing_or_twice(frames):
    x, y, c = frames
    with pytest.raises(InputError, match="The scores have no columns"):
        associate(x, y.iloc[:, :0], c, **OPTIONS)
    with pytest.raises(InputError, match="Column 'f0' is in the features more than once"):
        associate(pd.concat([x, x[["f0"]]], axis=1), y, c, **OPTIONS)
    with pytest.raises(InputError, match="must be a pandas DataFrame, not ndarray"):
        associate(x.to_numpy(), y, c, **OPTIONS)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("permutations", 1), ("permutations", 0), ("permutations", 99.5), ("bootstraps", -3),
        ("bootstraps", "many"), ("bootstraps", True), ("seed", -1), ("seed", None), ("memory", 0),
        ("threads", 0),
    ],
)  # fmt: skip
def test_options_out_of_range(frames, option, value):
    with pytest.raises(InputError, match=f"expected {option} to be a whole number from"):
        associate(*frames, **{**OPTIONS, option: value})


def test_unknown_null(frames):
    with pytest.raises(InputError, match="did you mean 'freedman-lane'"):
        associate(*frames, null="freedman_lane", **OPTIONS)


def no_id(caught, features):
    assert not any(str(one) in str(caught.value) for one in features.index)
