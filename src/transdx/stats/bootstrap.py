"""The bootstrap distribution of every beta: participants resampled, the whole model refitted.

A resample is a vector of counts w. The model fitted to it needs only the cross products of
covariates Z, feature x and scores Y weighted by w. For many resamples (columns of W) and features
these are one matrix product each:

- [x*Z, x*x, x*Y]' W for every feature (zeros where it is missing);
- [Z*Z, Z*Y, Y*Y]' W once for everybody. For a feature with missing values, what the few
  participants without it add is taken away: the same product over their rows alone.

Then Z is eliminated from the small matrix of each feature and resample, in double precision and
for all resamples of a piece at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from transdx._arrays import Floats, Indices, Singles
from transdx.stats._workers import Work
from transdx.stats.design import Design, Space
from transdx.stats.resampling import SEED_BLOCK, bootstrap_counts, seed_blocks

Bytes = NDArray[np.uint8]
# Features whose cross products are multiplied with the weights in one go.
FEATURES = 16
# Draws that are solved in one go, of several features where they are few: small arrays cost more
# time to begin than to compute.
SOLVED = 2048
# Rows of weights gathered at a time: with a piece of draws they stay in the second-level cache.
ROWS = 256
# A column of which less than this is left once others are taken out does not count: far above
# the rounding of the single-precision products, far below anything estimable.
SINGULAR = 1e-5


@dataclass(frozen=True)
class _Shared:
    """Columns that all features share, and where their products go."""

    columns: Singles  # (N, q + S): covariates (the first is 1), scores
    products: Singles  # (N, M): covariates with covariates (upper half) and scores; scores squared
    # rows and columns of the first of `products` in the small matrix
    upper: tuple[Indices, Indices]
    covariates: int  # q


@dataclass(frozen=True)
class _Piece:
    """Weights of some draws: counts as bytes (gathered from) and singles (multiplied)."""

    counts: Bytes
    weights: Singles
    totals: Singles


def bootstrap_betas(design: Design, space: Space, work: Work, *, draws: int) -> Singles:
    """Compute the betas of resamples, shape (R, S, draws).

    All N participants are resampled, the same resamples for every feature and score, so that
    the covariance among betas is kept. For a feature with missing values a resample is that of
    all N, restricted to those who have the feature: its size varies from draw to draw, as it
    would in another sample of N people. SDs are taken over the resample (ddof 1). A covariate
    that is constant or collinear within a resample is left out of that draw. NaN for a feature
    without a fit, and for a resample in which the feature or the score has no variance left.
    """
    betas = np.full((*design.beta.shape, draws), np.nan, dtype=np.float32)
    shared = _make_shared(space)
    usable = np.flatnonzero(design.df)
    groups = [usable[i : i + FEATURES] for i in range(0, len(usable), FEATURES)]
    step = bootstrap_piece(len(space.scores), draws=draws, memory=work.memory)
    for first in range(0, draws, step):
        last = min(first + step, draws)
        piece = _make_piece(shared, work, first=first, last=last)
        fill = partial(_fill, betas[:, :, first:last], design, shared, piece)
        finished = 0
        for done in work.run(fill, groups):
            finished += done
            at = first + (last - first) * finished // len(usable)
            work.progress("bootstraps", at, draws)
    betas[np.isnan(design.beta)] = np.nan
    return betas


def bootstrap_piece(n: int, *, draws: int, memory: int) -> int:
    """Choose how many resamples are computed at a time: multiples of `SEED_BLOCK`."""
    most = int(np.clip(memory // (2 * 5 * n), SEED_BLOCK, 1250))
    pieces = -(-draws // most)
    return -(-draws // (pieces * SEED_BLOCK)) * SEED_BLOCK


def _make_shared(space: Space) -> _Shared:
    columns = np.hstack([space.covariates, space.scores]).astype(np.float32)
    q, width = space.covariates.shape[1], columns.shape[1]
    pairs = [(i, j) for i in range(q) for j in range(i, width)]
    squares = [(j, j) for j in range(q, width)]
    left, right = np.array(pairs + squares).T
    # In the small matrix the feature stands between covariates and scores.
    up = np.array(pairs)
    up = np.where(up >= q, up + 1, up)
    return _Shared(columns, columns[:, left] * columns[:, right], (up[:, 0], up[:, 1]), q)


def _make_piece(shared: _Shared, work: Work, *, first: int, last: int) -> _Piece:
    n = len(shared.columns)
    counts = np.empty((n, last - first), dtype=np.uint8)
    weights = np.empty((n, last - first), dtype=np.float32)

    def one_block(where: tuple[int, int, int]) -> None:
        block, start, stop = where
        drawn = bootstrap_counts(n, block=block, seed=work.seed, draws=stop - start)
        counts[:, start:stop] = drawn.T
        weights[:, start:stop] = counts[:, start:stop]

    list(work.run(one_block, seed_blocks(first, last)))
    return _Piece(counts, weights, shared.products.T @ weights)


def _fill(out: Singles, design: Design, shared: _Shared, piece: _Piece, group: Indices) -> int:
    features = design.features[group]
    n, width = shared.columns.shape
    cross = np.empty((len(group), width + 1, n), dtype=np.float32)
    np.multiply(features[:, None], shared.columns.T, out=cross[:, :width])
    np.multiply(features, features, out=cross[:, width])
    own = (cross.reshape(-1, n) @ piece.weights).reshape(len(group), width + 1, -1)
    draws = own.shape[2]
    step = max(1, SOLVED // draws)
    for first in range(0, len(group), step):
        some = group[first : first + step]
        sums = np.hstack(list(own[first : first + step]))
        totals = np.hstack([_restricted(shared, piece, design.missing[one]) for one in some])
        solved = _solve(sums, totals, shared).reshape(-1, len(some), draws)
        out[some] = solved.swapaxes(0, 1)
    return len(group)


def _restricted(shared: _Shared, piece: _Piece, missing: Indices) -> Singles:
    """Sum the shared products over the participants who have a feature."""
    n = len(shared.products)
    if len(missing) == 0:
        return piece.totals
    if 2 * len(missing) <= n:
        return piece.totals - _sum_over(missing, shared, piece)
    return _sum_over(np.delete(np.arange(n), missing), shared, piece)


def _sum_over(rows: Indices, shared: _Shared, piece: _Piece) -> Singles:
    products = shared.products.take(rows, axis=0)
    draws = piece.counts.shape[1]
    counts = np.empty((ROWS, draws), dtype=np.uint8)
    weights = np.empty((ROWS, draws), dtype=np.float32)
    total = np.zeros((products.shape[1], draws), dtype=np.float32)
    part = np.empty_like(total)
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        # Gathering bytes moves a quarter of the memory; they become singles in the cache.
        np.take(piece.counts, some, axis=0, out=counts[: len(some)], mode="clip")
        np.copyto(weights[: len(some)], counts[: len(some)])
        np.matmul(products[first : first + ROWS].T, weights[: len(some)], out=part)
        total += part
    return total


def _solve(own: Singles, totals: Singles, shared: _Shared) -> Floats:
    """Fit features in their draws; own: sums of x with [1, Z, Y] and x*x, (q + S + 1, draws)."""
    q = shared.covariates
    scores = shared.columns.shape[1] - q
    matrix = np.empty((q + 1, q + 1 + scores, own.shape[1]))
    matrix[shared.upper] = totals[:-scores]
    matrix[:q, q] = own[:q]
    matrix[q, q] = own[-1]
    matrix[q, q + 1 :] = own[q:-1]
    count = matrix[0, 0].copy()
    own_variance = own[-1] - matrix[0, q] ** 2 / count
    variance = totals[-scores:] - matrix[0, q + 1 :] ** 2 / count
    _eliminate(matrix, q)
    left = matrix[q, q]
    # Scores have unit SD over everybody, so their variance is measured by that.
    usable = (left > SINGULAR * own[-1]) & (variance > SINGULAR * count)
    ratio = np.divide(own_variance, variance, out=np.full_like(variance, np.nan), where=usable)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta: Floats = matrix[q, q + 1 :] / left * np.sqrt(ratio)
    return beta


def _eliminate(matrix: Floats, q: int) -> None:
    """Take the first q columns out of the others, upper half only, in place."""
    size = matrix[np.arange(q), np.arange(q)]
    width = matrix.shape[1]
    room = np.empty((width, matrix.shape[2]))
    for k in range(q):
        pivot = matrix[k, k]
        usable = pivot > SINGULAR * size[k]
        inverse = np.divide(1.0, pivot, out=np.zeros_like(pivot), where=usable)
        for i in range(k + 1, q + 1):
            part = room[i:width]
            np.multiply(matrix[k, i:], matrix[k, i] * inverse, out=part)
            np.subtract(matrix[i, i:], part, out=matrix[i, i:])
