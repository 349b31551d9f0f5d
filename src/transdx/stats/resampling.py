"""Seeded permutations and bootstrap weights, in fixed blocks of draws.

Each block of `SEED_BLOCK` draws has a generator of its own, seeded by the seed, the purpose and
the number of the block. A draw is therefore the same whatever is computed with it, in which
order, on how many threads and in what size of piece; and the first 1,000 draws of 5,000 are those
of a run with 1,000.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transdx._arrays import Indices

SEED_BLOCK = 50
_PURPOSES = {"permutation": 0, "bootstrap": 1, "spin": 2, "shuffle": 3, "map": 4}


def permutations(n: int, *, block: int, seed: int, draws: int = SEED_BLOCK) -> Indices:
    """Draw permutations of n participants: the first `draws` of a block, shape (draws, n)."""
    rng = generator("permutation", seed, block)
    return np.stack([rng.permutation(n) for _ in range(draws)])


def bootstrap_counts(
    n: int, *, block: int, seed: int, draws: int = SEED_BLOCK
) -> NDArray[np.uint8]:
    """Draw bootstrap resamples of n participants: how often each is in it, shape (draws, n).

    A count above 255 has a probability below 1e-500.
    """
    rng = generator("bootstrap", seed, block)
    counts = np.empty((draws, n), dtype=np.uint8)
    for row in counts:
        row[:] = np.bincount(rng.integers(0, n, size=n, dtype=np.int32), minlength=n)
    return counts


def seed_blocks(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Cut draws into seeded blocks: (block, start, stop), the latter counted from `first`.

    >>> list(seed_blocks(100, 220))
    [(2, 0, 50), (3, 50, 100), (4, 100, 120)]
    """
    for start in range(first, last, SEED_BLOCK):
        yield start // SEED_BLOCK, start - first, min(start + SEED_BLOCK, last) - first


def generator(purpose: str, seed: int, block: int = 0) -> np.random.Generator:
    """Make the random numbers of one block of draws; each purpose has numbers of its own."""
    key = (_PURPOSES[purpose], block)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
