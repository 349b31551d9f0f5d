"""Draws are random, of their purpose, and the same however they are cut."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from transdx.stats.resampling import (
    SEED_BLOCK,
    bootstrap_counts,
    generator,
    permutations,
    seed_blocks,
)


def test_every_purpose_seed_and_block_has_numbers_of_its_own() -> None:
    purposes = ("permutation", "bootstrap", "spin", "shuffle", "map")
    drawn = {
        generator(purpose, seed, block).random()
        for purpose in purposes
        for seed in (1, 2)
        for block in (0, 1)
    }
    assert len(drawn) == len(purposes) * 4
    assert generator("spin", 1).random() == generator("spin", 1, 0).random()


def test_the_first_draws_of_a_block_are_those_of_the_whole_block() -> None:
    for draw in (permutations, bootstrap_counts):
        whole = draw(9, block=3, seed=2)
        assert whole.shape == (SEED_BLOCK, 9)
        np.testing.assert_array_equal(draw(9, block=3, seed=2, draws=7), whole[:7])
        assert (draw(9, block=4, seed=2) != whole).any()
        assert len(np.unique(whole, axis=0)) > SEED_BLOCK - 3


def test_a_person_comes_to_every_place_as_often() -> None:
    drawn = np.concatenate([permutations(5, block=block, seed=1) for block in range(80)])
    assert (np.sort(drawn, axis=1) == np.arange(5)).all()
    counts = np.array([np.bincount(column, minlength=5) for column in drawn.T])
    assert stats.chisquare(counts.ravel()).pvalue > 0.001


def test_resamples_are_multinomial() -> None:
    n = 6
    drawn = np.concatenate([bootstrap_counts(n, block=block, seed=1) for block in range(80)])
    assert (drawn.sum(axis=1) == n).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(n), abs=0.06)
    # n draws of one person in n: a binomial count.
    wanted = stats.binom.pmf(np.arange(n + 1), n, 1 / n)
    found = np.bincount(drawn.ravel(), minlength=n + 1) / drawn.size
    assert found == pytest.approx(wanted, abs=0.015)


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (0, 120, [(0, 0, 50), (1, 50, 100), (2, 100, 120)]),
        (50, 100, [(1, 0, 50)]),
        (50, 101, [(1, 0, 50), (2, 50, 51)]),
        (0, 0, []),
    ],
)
def test_pieces_are_cut_at_whole_blocks(
    first: int, last: int, wanted: list[tuple[int, int, int]]
) -> None:
    assert list(seed_blocks(first, last)) == wanted
