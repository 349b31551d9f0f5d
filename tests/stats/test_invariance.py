"""The same numbers however the work is cut and the tables are ordered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.stats import associate
from transdx.stats.bootstrap import bootstrap_piece
from transdx.stats.permutation import permutation_piece

DRAWS = 260
P_VALUES = ["p", "p_fdr", "p_permutation", "p_familywise"]
SMALL = 300_000


@pytest.fixture(scope="module")
def frames(reference):
    return reference.make(n=400, gaps=(0.0, 0.05, 0.3, 0.7) * 12)


@pytest.fixture(scope="module", params=["permute", "freedman-lane"])
def scheme(request):
    return request.param


@pytest.fixture(scope="module")
def found(frames, scheme):
    return run(*frames, null=scheme, threads=1)


def run(*frames, **options):
    return associate(*frames, **{"permutations": DRAWS, "bootstraps": DRAWS, "seed": 7, **options})


def same(one, other, *, exact=False):
    tolerance = {"rtol": 0, "atol": 0 if exact else 1e-5}
    np.testing.assert_allclose(one.beta, other.beta, rtol=0, atol=0 if exact else 1e-12)
    np.testing.assert_allclose(one.null, other.null, **tolerance)
    np.testing.assert_allclose(one.bootstrap, other.bootstrap, **tolerance)
    if exact:
        pd.testing.assert_frame_equal(one.table(), other.table(), check_exact=True)
    else:
        close = one.table().columns.difference(["n", *P_VALUES], sort=False)
        pd.testing.assert_frame_equal(one.table()[close], other.table()[close], atol=1e-5, rtol=0)
        # A rounding may carry one draw across the observed value, and across those of a family.
        p, q = one.table()[P_VALUES], other.table()[P_VALUES]
        np.testing.assert_allclose(p, q, rtol=1e-3, atol=2 / DRAWS)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(frames, scheme, found, threads):
    same(found, run(*frames, null=scheme, threads=threads), exact=True)


def test_progress_and_repetition_change_nothing(frames, scheme, found):
    told = []
    again = run(*frames, null=scheme, threads=2, progress=lambda *what: told.append(what))
    same(found, again, exact=True)
    for stage, total in (("fit", 48), ("permutations", DRAWS), ("bootstraps", DRAWS)):
        steps = [done for name, done, of in told if name == stage and of == total]
        assert steps == sorted(steps)
        assert steps[-1] == total


def test_memory_changes_rounding_only(frames, scheme, found):
    n, scores = frames[1].shape
    for piece in (
        permutation_piece((n, scores), 48, memory=SMALL),
        bootstrap_piece(n, draws=DRAWS, memory=SMALL),
    ):
        assert piece < DRAWS / 2
    same(found, run(*frames, null=scheme, memory=SMALL))
    same(found, run(*frames, null=scheme, memory=1))


def test_order_of_rows_changes_nothing(frames, scheme, found):
    x, y, c = (frame.sample(frac=1, random_state=i) for i, frame in enumerate(frames))
    same(found, run(x, y, c, null=scheme), exact=True)


def test_order_of_columns_changes_rounding_only(frames, scheme, found):
    x, y, c = frames
    turned = run(x.iloc[:, ::-1], y.iloc[:, ::-1], c.iloc[:, ::-1], null=scheme)
    beta = turned.beta.loc[x.columns, y.columns]
    np.testing.assert_allclose(beta, found.beta, atol=1e-10)
    np.testing.assert_allclose(turned.null[::-1, ::-1], found.null, atol=1e-5)
    np.testing.assert_allclose(turned.bootstrap[::-1, ::-1], found.bootstrap, atol=1e-5)


def test_features_do_not_depend_on_each_other(frames, scheme, found):
    x, y, c = frames
    some = [1, 18, 47]
    part = run(x.iloc[:, some], y, c, null=scheme)
    np.testing.assert_allclose(part.beta, found.beta.iloc[some], rtol=0, atol=1e-12)
    np.testing.assert_allclose(part.null, found.null[some], atol=1e-5)
    np.testing.assert_allclose(part.bootstrap, found.bootstrap[some], atol=1e-5)


def test_scores_and_the_rest_do_not_depend_on_each_other(frames, found, scheme):
    x, y, c = frames
    part = run(x, y[["anxiety"]], c, null=scheme)
    np.testing.assert_allclose(part.null[:, 0], found.null[:, 1], atol=1e-5)
    np.testing.assert_allclose(part.bootstrap[:, 0], found.bootstrap[:, 1], atol=1e-5)


def test_fewer_draws_are_the_first_of_more(frames, found, scheme):
    few = run(*frames, null=scheme, permutations=70, bootstraps=30)
    np.testing.assert_allclose(few.null, found.null[:, :, :70], atol=1e-5)
    np.testing.assert_allclose(few.bootstrap, found.bootstrap[:, :, :30], atol=1e-5)


def test_another_seed_gives_other_draws_and_the_same_beta(frames, found, scheme):
    other = run(*frames, null=scheme, seed=8)
    pd.testing.assert_frame_equal(other.beta, found.beta, check_exact=True)
    assert np.abs(other.null - found.null).max() > 0.01
    assert np.abs(other.bootstrap - found.bootstrap).max() > 0.01


def test_units_change_nothing(frames, found, scheme):
    # Betas are in SD: a feature in other units, far from zero, is the same feature.
    x, y, c = frames
    other = run(x * 1e-6 + 1e-3, 10 + 3 * y, c * 1e4 - 1e5, null=scheme)
    np.testing.assert_allclose(other.beta, found.beta, atol=1e-9)
    np.testing.assert_allclose(other.null, found.null, atol=1e-5)
    np.testing.assert_allclose(other.bootstrap, found.bootstrap, atol=1e-5)


def test_draws_need_not_be_kept(frames, found, scheme):
    light = run(*frames, null=scheme, threads=1, keep_draws=False)
    assert light.null is None
    assert light.bootstrap is None
    pd.testing.assert_frame_equal(light.table(), found.table(), check_exact=True)


def test_the_tables_given_are_left_alone(frames):
    before = [frame.copy() for frame in frames]
    found = run(*frames)
    table = found.table()
    table["beta"] = 0.0
    assert (found.table()["beta"] != 0).all()
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy, check_exact=True)
