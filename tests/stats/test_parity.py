"""The numbers are those of other people's code on the same data."""

from __future__ import annotations

import numpy as np
import pytest
from nilearn.mass_univariate import permuted_ols

from transdx.stats import associate
from transdx.stats.resampling import bootstrap_counts, permutations, seed_blocks

SEED = 3
DRAWS = 60  # one seeded block and part of the next


@pytest.fixture(scope="module")
def frames(reference):
    return reference.make()


@pytest.fixture(scope="module")
def found(frames):
    return associate(*frames, permutations=DRAWS, bootstraps=DRAWS, seed=SEED)


@pytest.fixture(scope="module")
def orders(frames):
    return drawn(permutations, len(frames[0]))


def drawn(draw, n):
    blocks = seed_blocks(0, DRAWS)
    return np.concatenate([draw(n, block=b, seed=SEED, draws=e - s) for b, s, e in blocks])


def test_beta_se_t_p_and_n_are_those_of_statsmodels(reference, frames, found):
    x, y, c = reference.by_id(*frames)
    for i, feature in enumerate(frames[0]):
        for j, score in enumerate(frames[1]):
            fit = reference.ols(x[:, i], y[:, j], c)
            assert found.beta.loc[feature, score] == pytest.approx(fit.params[1], abs=1e-9)
            assert found.se_parametric.loc[feature, score] == pytest.approx(fit.bse[1], abs=1e-9)
            assert found.t.loc[feature, score] == pytest.approx(fit.tvalues[1], abs=1e-6)
            assert found.p_parametric.loc[feature, score] == pytest.approx(fit.pvalues[1], rel=1e-6)
            assert found.n[feature] == fit.nobs == frames[0][feature].notna().sum()
            assert found.df[feature] == fit.df_resid


def test_missing_scores_and_covariates_leave_the_participant_out(reference, frames):
    x, y, c = (frame.copy() for frame in frames)
    y.iloc[:7, 1] = np.nan
    c.iloc[5:12, 2] = np.nan
    found = associate(x, y, c, permutations=2, bootstraps=2)
    whole = y.notna().all(axis=1) & c.notna().all(axis=1)
    assert found.participants == whole.sum() == len(x) - 12
    assert any(note.startswith("12 participants are") for note in found.notes)
    f, s, k = reference.by_id(x[whole], y[whole], c[whole])
    for i in range(x.shape[1]):
        fit = reference.ols(f[:, i], s[:, 0], k)
        assert found.beta.iloc[i, 0] == pytest.approx(fit.params[1], abs=1e-9)
        assert found.n.iloc[i] == fit.nobs


def test_no_covariates(reference, frames):
    x, y, c = frames
    found = associate(x, y, c.iloc[:, :0], permutations=2, bootstraps=2)
    f, s = reference.by_id(x, y)
    for i, column in enumerate(f.T):
        there = np.isfinite(column)
        r = np.corrcoef(column[there], s[there, 1])[0, 1]
        assert found.beta.iloc[i, 1] == pytest.approx(r, abs=1e-9)


def test_null_is_that_of_a_plain_loop(reference, frames, found, orders):
    # For a feature with n values: the first n of the permuted scores.
    expected = reference.loop(reference.permuted_slope, frames, orders)
    np.testing.assert_allclose(found.null, expected, atol=1e-5)


def test_aligned_null_is_that_of_a_plain_loop(reference, frames, found, orders):
    aligned = associate(*frames, permutations=DRAWS, bootstraps=2, seed=SEED, null="aligned")
    expected = reference.loop(reference.aligned_slope, frames, orders)
    np.testing.assert_allclose(aligned.null, expected, atol=1e-5)
    whole = (frames[0].notna().all()).to_numpy()
    np.testing.assert_allclose(aligned.null[whole], found.null[whole], atol=1e-6)


def test_freedman_lane_is_that_of_a_plain_loop(reference, frames, orders):
    lane = associate(*frames, permutations=DRAWS, bootstraps=2, seed=SEED, null="freedman-lane")
    expected = reference.loop(reference.freedman_lane_slope, frames, orders)
    np.testing.assert_allclose(lane.null, expected, atol=1e-5)


def test_bootstrap_is_that_of_a_plain_loop(reference, frames, found):
    counts = drawn(bootstrap_counts, len(frames[0]))
    expected = reference.loop(reference.resampled_slope, frames, counts)
    np.testing.assert_allclose(found.bootstrap, expected, atol=1e-4)
    table = found.table().set_index(["feature", "score"])
    wide = expected.reshape(len(table), -1)
    np.testing.assert_allclose(table["se"], wide.std(axis=1, ddof=1), atol=1e-4)
    low, high = np.percentile(wide, [2.5, 97.5], axis=1)
    np.testing.assert_allclose(table["ci_low"], low, atol=1e-4)
    np.testing.assert_allclose(table["ci_high"], high, atol=1e-4)


def test_single_precision_holds_at_the_size_of_the_study(reference):
    # A feature of which covariates explain nine tenths, with gaps, in 25,604 people.
    frames = reference.make(n=25_604, gaps=(0.0, 0.3), linked=3.0, effect=0.0, seed=13)
    x, c = reference.by_id(frames[0], frames[2])
    assert reference.ols(c[:, 0], x[:, 0], c[:, 1:]).rsquared > 0.9
    found = associate(*frames, permutations=2, bootstraps=2, seed=SEED)
    order, counts = (
        f(len(x), block=0, seed=SEED, draws=2) for f in (permutations, bootstrap_counts)
    )
    expected = reference.loop(reference.permuted_slope, frames, order)
    np.testing.assert_allclose(found.null, expected, atol=1e-5)
    expected = reference.loop(reference.resampled_slope, frames, counts)
    np.testing.assert_allclose(found.bootstrap, expected, atol=1e-4)


def test_draws_are_permutations_and_resamples():
    order = permutations(500, block=2, seed=9)
    assert (np.sort(order, axis=1) == np.arange(500)).all()
    counts = bootstrap_counts(500, block=2, seed=9)
    assert (counts.sum(axis=1) == 500).all()
    # A count is binomial(n, 1 / n): mean 1, variance 1 - 1 / n.
    assert counts.var() == pytest.approx(1, abs=0.03)
    assert (permutations(500, block=2, seed=9, draws=7) == order[:7]).all()
    assert (bootstrap_counts(500, block=2, seed=9, draws=7) == counts[:7]).all()
    assert (permutations(500, block=3, seed=9) != order).any()
    assert (permutations(500, block=2, seed=8) != order).any()


def nilearn_p(x, y, c, *, draws):
    result = permuted_ols(
        y[:, None], x, confounding_vars=c, n_perm=draws, two_sided_test=True, random_state=0,
        output_type="dict",
    )  # fmt: skip
    return 10.0 ** -result["logp_max_t"][0]


def agree(one, other, *, draws):
    # Both count among their own draws; 4 standard errors of the difference of two such p values.
    middle = np.clip((one + other) / 2, 2 / draws, 1)
    tolerance = 4 * np.sqrt(2 * middle * (1 - middle) / draws) + 2 / draws
    assert (np.abs(one - other) <= tolerance).all(), (one, other)


@pytest.mark.parametrize(("null", "linked"), [("freedman-lane", 0.4), ("permute", 0.0)])
def test_permutation_p_is_that_of_nilearn(reference, null, linked):
    # nilearn takes the confounds out of target and tested variable and permutes what is left,
    # which is what Freedman and Lane do up to rounding in p; the study's scheme agrees with it
    # where covariates have nothing to do with the score.
    draws = 4000
    frames = reference.make(gaps=(0.0,) * 6, effect=0.03, linked=linked, seed=11)
    found = associate(*frames, permutations=draws, bootstraps=2, null=null)
    x, y, c = reference.by_id(*frames)
    p = found.table().pivot(index="feature", columns="score", values="p_permutation")
    for j, score in enumerate(frames[1]):
        # One feature at a time: nilearn's p is family-wise over all it is given.
        single = [nilearn_p(x[:, [i]], y[:, j], c, draws=draws)[0] for i in range(x.shape[1])]
        agree(p[score].to_numpy(), np.array(single), draws=draws)
    assert (p.to_numpy() < 0.2).any()
    assert (p.to_numpy() > 0.3).any()


def test_familywise_p_is_that_of_nilearn(reference):
    draws = 4000
    frames = reference.make(gaps=(0.0,) * 8, effect=0.08, seed=12)
    found = associate(*frames, permutations=draws, bootstraps=2, null="freedman-lane")
    x, y, c = reference.by_id(*frames)
    p = found.table().pivot(index="feature", columns="score", values="p_familywise")
    for j, score in enumerate(frames[1]):
        agree(p[score].to_numpy(), nilearn_p(x, y[:, j], c, draws=draws), draws=draws)
    assert (p.to_numpy() < 0.5).any()
