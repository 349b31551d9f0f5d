"""Means of betas: the same sums in every draw, whatever is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transdx.errors import InputError
from transdx.stats import Estimates, associate, combine, contrast, stack
from transdx.stats.inference import percentile_interval


@pytest.fixture(scope="module")
def found(reference):
    x, y, c = reference.make(gaps=(0.0, 0.1, 0.2, 0.0, 0.0, 0.0), scores=3)
    names = [("fc", "a--b"), ("fc", "a--c"), ("fc", "b--c"), ("area", "a"), ("area", "b")]
    names += [("area", "total")]
    x.columns = pd.MultiIndex.from_tuples(names, names=["modality", "feature"])
    return associate(x, y, c, permutations=300, bootstraps=270, seed=3)


def weights(found: Estimates, **rows: dict[str, float]) -> pd.DataFrame:
    table = pd.DataFrame(0.0, index=list(rows), columns=found.beta.index[:3])
    for name, row in rows.items():
        for feature, weight in row.items():
            table.loc[name, ("fc", feature)] = weight
    table.index = pd.MultiIndex.from_tuples([("fc", name) for name in rows])
    return table


def test_sums_of_betas_and_of_every_draw(found):
    chosen = weights(found, a={"a--b": 0.5, "a--c": 0.5}, b={"a--b": 0.3, "b--c": 0.7})
    combined = combine(found, chosen)
    for row, (first, second, one, other) in enumerate([(0, 1, 0.5, 0.5), (0, 2, 0.3, 0.7)]):
        for ours, theirs in (
            (combined.beta.to_numpy()[row], found.beta.to_numpy()),
            (combined.null[row], found.null),
            (combined.bootstrap[row], found.bootstrap),
        ):
            by_hand = one * theirs[first] + other * theirs[second]
            np.testing.assert_allclose(ours, by_hand, rtol=1e-5, atol=1e-8)
    assert combined.n.tolist() == [found.n.iloc[1], found.n.iloc[2]]


def test_p_of_a_sum_is_that_of_its_own_null(found):
    combined = combine(found, weights(found, a={"a--b": 0.5, "a--c": 0.5}))
    row = combined.table().iloc[1]
    null = 0.5 * (found.null[0, 1].astype(float) + found.null[1, 1])
    t = (row["beta"] - null.mean()) / (null.std(ddof=1) * np.sqrt(1 + 1 / 300))
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(t), 299), rel=1e-4)
    draws = 0.5 * (found.bootstrap[0, 1].astype(float) + found.bootstrap[1, 1])
    np.testing.assert_allclose(
        [row["ci_low"], row["ci_high"]], np.quantile(draws, [0.025, 0.975]), rtol=1e-4
    )


def test_the_family_of_means_is_measured_by_the_null_of_each(found):
    # A mean of two varies less than one alone: without a scale the maximum would be the latter's.
    chosen = weights(found, a={"a--b": 0.5, "a--c": 0.5}, b={"b--c": 1.0})
    combined = combine(found, chosen)
    table = combined.table().set_index(["feature", "score"])
    null = combined.null.astype(float)
    size = null / null.std(axis=2, ddof=1).mean(axis=1)[:, None, None]
    for j, score in enumerate(combined.beta):
        largest = np.abs(size[:, j]).max(axis=0)
        for i, name in enumerate("ab"):
            sd = null[i].std(axis=1, ddof=1).mean()
            reached = (largest >= abs(combined.beta.iloc[i, j]) / sd).sum()
            assert table.loc[(name, score), "p_familywise"] == pytest.approx((1 + reached) / 301)


def test_sum_over_regions_is_the_regression_on_their_mean_of_unrelated_features():
    # Of features that are orthogonal and of unit variance, the mean of betas is the beta of
    # their sum over its SD, sqrt(3), divided by sqrt(3).
    rng = np.random.default_rng(5)
    raw = rng.normal(size=(400, 4))
    basis = np.linalg.qr(np.column_stack([np.ones(400), raw]))[0][:, 1:] * 20
    x = pd.DataFrame(basis[:, :3], columns=["p", "q", "r"])
    y = pd.DataFrame({"s": x.sum(axis=1) + rng.normal(size=400)})
    c = pd.DataFrame({"age": basis[:, 3]})
    found = associate(x.assign(total=x.sum(axis=1)), y, c, permutations=50, bootstraps=50)
    third = pd.DataFrame(1 / 3, index=["mean"], columns=["p", "q", "r"])
    mean = combine(found, third).beta.loc["mean", "s"]
    assert mean == pytest.approx(found.beta.loc["total", "s"] / np.sqrt(3), rel=1e-9)


def test_feature_without_a_result_gives_its_weight_to_the_others(found):
    broken = found.beta.copy()
    broken.iloc[1] = np.nan
    null = found.null.copy()
    null[1] = np.nan
    bootstrap = found.bootstrap.copy()
    bootstrap[1] = np.nan
    gappy = Estimates(broken, found.n, null, bootstrap, found.table())
    combined = combine(gappy, weights(found, a={"a--b": 0.25, "a--c": 0.5, "b--c": 0.25}))
    by_hand = 0.5 * found.beta.iloc[0] + 0.5 * found.beta.iloc[2]
    np.testing.assert_allclose(combined.beta.iloc[0], by_hand)
    assert np.isfinite(combined.null).all()


def test_target_without_any_result_has_none(found):
    broken = found.beta.copy()
    broken.iloc[:2] = np.nan
    gappy = Estimates(broken, found.n, found.null, found.bootstrap, found.table())
    combined = combine(gappy, weights(found, a={"a--b": 0.5, "a--c": 0.5}, b={"b--c": 1.0}))
    assert combined.n.tolist() == [0, found.n.iloc[2]]
    assert combined.table()["p"].isna().tolist() == [True] * 3 + [False] * 3


def test_lost_resample_is_lost_to_those_with_its_weight_only(found):
    bootstrap = found.bootstrap.copy()
    bootstrap[1, 0, 7] = np.nan
    gappy = Estimates(found.beta, found.n, found.null, bootstrap, found.table())
    combined = combine(gappy, weights(found, a={"a--c": 1.0}, b={"a--b": 1.0}))
    assert np.argwhere(np.isnan(combined.bootstrap)).tolist() == [[0, 0, 7]]


def test_stack_keeps_families_and_order(found):
    regions = combine(found, weights(found, a={"a--b": 0.5, "a--c": 0.5}, b={"b--c": 1.0}))
    both = stack(found, regions)
    assert both.beta.index.tolist() == [*found.beta.index, ("fc", "a"), ("fc", "b")]
    np.testing.assert_array_equal(both.null[6], regions.null[0])
    pd.testing.assert_frame_equal(both.table().iloc[:18], found.table())
    alone = contrast(regions, features=[("fc", "a")])
    pd.testing.assert_frame_equal(contrast(both, features=[("fc", "a")]), alone)


def test_unknown_feature_is_named(found):
    wrong = weights(found, a={"a--b": 1.0})
    wrong.columns = pd.MultiIndex.from_tuples([("fc", "a--b"), ("fc", "a--c"), ("fc", "x--y")])
    with pytest.raises(InputError, match=r"expected weights for what was estimated .*'x--y'"):
        combine(found, wrong)


def test_contrasts_of_many_features_are_those_of_one(found):
    together = contrast(found, features=list(found.beta.index))
    assert len(together) == 18
    for feature in found.beta.index:
        alone = contrast(found, features=[feature])
        rows = together[(together["modality"] == feature[0]) & (together["feature"] == feature[1])]
        pd.testing.assert_frame_equal(rows.reset_index(drop=True), alone)
    row = together.iloc[4]
    gap = found.bootstrap[1, 0].astype(float) - found.bootstrap[1, 2]
    low, high = percentile_interval(gap)
    assert (row["score_a"], row["score_b"]) == tuple(found.beta.columns[[0, 2]])
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([low, high])
    t = gap.mean() / (gap.std(ddof=1) * np.sqrt(1 + 1 / 270))
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(t), 269), rel=1e-6)


def test_mean_over_features_with_gaps_needs_people_in_their_places():
    # Twenty features that share a factor, each missing in another tenth of the people. Without
    # gaps the null of their mean is known; "the first n" are other people for each feature, which
    # takes away most of what they share.
    rng = np.random.default_rng(12)
    n, count = 400, 20
    x = 0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, count))
    x = pd.DataFrame(x, columns=[f"left_{i}" for i in range(count)])
    y = pd.DataFrame({"anxiety": rng.normal(size=n)})
    c = pd.DataFrame({"age": rng.normal(size=n)})
    gappy = x.mask(rng.random(x.shape) < 0.1)
    mean = pd.DataFrame(1 / count, index=["mean"], columns=x.columns)

    def spread(features, null):
        draws = {"permutations": 1000, "bootstraps": 50, "seed": 2}
        return combine(associate(features, y, c, null=null, **draws), mean).null.std()

    known = spread(x, "permute")
    assert spread(gappy, "aligned") == pytest.approx(known, rel=0.05)
    assert spread(gappy, "permute") < 0.6 * known
