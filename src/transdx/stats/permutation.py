"""The null distribution of every beta: scores permuted, predictors left in place.

With x_res what is left of a feature beyond the covariates, the coefficient of a permuted score
y_p is (x_res . y_p) / (x_res . x_res) * sd(x) / sd(y_p). All permutations of all scores for all
features are therefore one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np

from transdx._arrays import Floats, Indices, Singles
from transdx.stats._workers import Work
from transdx.stats.design import Design, Space
from transdx.stats.resampling import SEED_BLOCK, permutations, seed_blocks

Scheme = Literal["permute", "aligned", "freedman-lane"]


# From permuted scores (S, draws, N) to their SDs in the participants of each feature: (R, draws)
# for one score after the other.
Spread = Callable[[Singles], Iterable[Floats]]


def permutation_null(
    design: Design,
    directions: Singles,
    space: Space,
    work: Work,
    *,
    draws: int,
    scheme: Scheme,
) -> Singles:
    """Compute the betas of permuted scores, shape (R, S, draws); NaN where beta is.

    "permute", the study's scheme: the score itself is permuted over all N participants, the same
    permutations for every feature and score. A feature with n < N participants uses the first n
    of the permuted scores, and the SD of those. Should these n all have the same score, the
    coefficient of that draw is 0.

    "aligned": the score itself is permuted, and a feature with gaps uses the permuted scores of
    the participants who have it. Each feature alone has the same null as under "permute". But
    there, two features with different gaps see different permutations, since "the first n" are
    other people for each of them; what they have in common cancels, and a mean over many such
    features gets a null that is too narrow. Means over features with gaps need this scheme.

    "freedman-lane" (Winkler et al. 2014, doi:10.1016/j.neuroimage.2014.01.060): the residuals of
    the score on the covariates (over all N) are permuted, the fitted values are added back and the
    whole model, scaling included, is fitted again. The fitted values lie in the space of the
    covariates, to which x_res is orthogonal, so they leave the numerator and act through the SD of
    the new score alone. For a feature with n < N participants, the first n of the permuted
    residuals are added to the fitted values of the participants who have the feature; the fit is on
    those, and the fitted values leave its numerator for the same reason.
    """
    null = np.empty((*design.beta.shape, draws), dtype=np.float32)
    outcome, spread = _outcome(design, space, scheme)
    step = permutation_piece(space.scores.shape, len(null), memory=work.memory)

    def one_piece(first: int) -> int:
        last = min(first + step, draws)
        _fill(null[:, :, first:last], directions, outcome, spread, first=first, seed=work.seed)
        return last

    for done in work.run(one_piece, range(0, draws, step)):
        work.progress("permutations", done, draws)
    null[np.isnan(design.beta)] = np.nan
    return null


def permutation_piece(shape: tuple[int, ...], features: int, *, memory: int) -> int:
    """Choose how many permutations are computed at a time: one or two times `SEED_BLOCK`."""
    n, scores = shape
    per_draw = n * (4 * scores + 3 * 8) + 12 * features * scores
    # Two pieces are in work at a time, rarely more, and the results stand beside them.
    fits = memory // (4 * per_draw) // SEED_BLOCK * SEED_BLOCK
    return int(np.clip(fits, SEED_BLOCK, 2 * SEED_BLOCK))


def _outcome(design: Design, space: Space, scheme: Scheme) -> tuple[Singles, Spread]:
    """Give what is permuted, shape (S, N), and what finds its SDs once it is."""
    scores = np.ascontiguousarray(space.scores.T, dtype=np.float32)
    if scheme == "permute":
        return scores, lambda drawn: (_spread(score, design.n) for score in drawn)
    some = [missing for missing in design.missing if len(missing)]
    if scheme == "aligned":
        # 1 where the features with gaps are missing.
        gaps = np.zeros((len(some), scores.shape[1]), dtype=np.float32)
        for row, missing in zip(gaps, some, strict=True):
            row[missing] = 1.0
        return scores, lambda drawn: _spread_present(drawn, scores, gaps, design.n)
    fitted = space.covariates @ (space.covariates.T @ space.scores) / len(space.scores)
    # Those of the participants of each feature with gaps first, zeros behind. The features without
    # share one row, kept as the last.
    moved = np.zeros((len(scores), len(some) + 1, len(fitted)), dtype=np.float32)
    for place, missing in enumerate(some):
        moved[:, place, : len(fitted) - len(missing)] = np.delete(fitted, missing, axis=0).T
    moved[:, -1] = fitted.T
    residual = np.ascontiguousarray((space.scores - fitted).T, dtype=np.float32)
    return residual, lambda drawn: (
        _spread(score, design.n, own) for score, own in zip(drawn, moved, strict=True)
    )


def _fill(
    out: Singles, directions: Singles, outcome: Singles, spread: Spread, *, first: int, seed: int
) -> None:
    scores, n = outcome.shape
    draws = out.shape[2]
    permuted = np.empty((scores, draws, n), dtype=np.float32)
    for block, start, stop in seed_blocks(first, first + draws):
        order = permutations(n, block=block, seed=seed, draws=stop - start)
        for score in range(scores):
            np.take(outcome[score], order, out=permuted[score, start:stop], mode="clip")
    slopes = (directions @ permuted.reshape(-1, n).T).reshape(out.shape)
    for score, sd in enumerate(spread(permuted)):
        np.multiply(slopes[:, score], _inverse(sd), out=out[:, score])


def _spread_present(permuted: Singles, outcome: Singles, gaps: Singles, sizes: Indices) -> Floats:
    """SD (ddof 1) over those present, shape (S, R, draws).

    The sums over everybody, which no permutation changes, less those over the missing: one product
    for all scores, and one for their squares, as wide as the product of the slopes.
    """
    scores, draws, n = permuted.shape
    sums = np.empty((2, scores, len(sizes), draws))
    some = np.flatnonzero(sizes < n)
    for power, values in enumerate((outcome, np.square(outcome))):
        sums[power] = values.sum(axis=1, dtype=np.float64)[:, None, None]
        drawn = permuted if power == 0 else np.square(permuted)
        lost = (gaps @ drawn.reshape(-1, n).T).reshape(len(some), scores, draws)
        sums[power][:, some] -= lost.transpose(1, 0, 2)
    count = np.maximum(sizes, 2)[:, None].astype(np.float64)
    return _root((sums[1] - sums[0] ** 2 / count) / (count - 1))


def _spread(permuted: Singles, sizes: Indices, fitted: Singles | None = None) -> Floats:
    """SD (ddof 1) over the first n of a permuted score, one row per feature: shape (R, draws)."""
    n = permuted.shape[1]
    ends = np.unique(np.append(sizes[sizes > 1], n))
    starts = np.append(0, ends[:-1])
    sums = np.add.reduceat(permuted, starts, axis=1, dtype=np.float64)
    squares = np.add.reduceat(permuted**2, starts, axis=1, dtype=np.float64)
    sums, squares = np.cumsum(sums, axis=1).T, np.cumsum(squares, axis=1).T
    where = np.searchsorted(ends, np.where(sizes > 1, sizes, n))
    count = ends[:, None].astype(np.float64)
    if fitted is None:
        variance = (squares - sums**2 / count) / (count - 1)
        return _root(variance)[where]
    row = np.where(sizes < n, np.cumsum(sizes < n) - 1, len(fitted) - 1)
    count, sums, squares = count[where], sums[where], squares[where]
    sums = sums + fitted.sum(axis=1, dtype=np.float64)[row, None]
    squares = squares + 2 * (fitted @ permuted.T)[row]
    squares += np.square(fitted, dtype=np.float64).sum(axis=1)[row, None]
    return _root((squares - sums**2 / count) / (count - 1))


def _root(variance: Floats) -> Floats:
    root: Floats = np.sqrt(np.maximum(variance, 0.0))
    return root


def _inverse(spread: Floats) -> Singles:
    # Scores have unit SD over everybody: below this, all values drawn are the same.
    usable = spread > 1e-5
    return np.divide(1.0, spread, out=np.zeros_like(spread), where=usable).astype(np.float32)
