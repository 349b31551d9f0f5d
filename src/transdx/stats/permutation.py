"""The null distribution of every beta: scores permuted, predictors left in place.

With x_res what is left of a feature beyond the covariates, the coefficient of a permuted score
y_p is (x_res . y_p) / (x_res . x_res) * sd(x) / sd(y_p). All permutations of all scores for all
features are therefore one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from transdx._arrays import Floats, Indices, Singles
from transdx.stats._workers import Work
from transdx.stats.design import Design, Space
from transdx.stats.resampling import SEED_BLOCK, permutations, seed_blocks

Scheme = Literal["permute", "aligned", "freedman-lane"]


@dataclass(frozen=True)
class _Outcome:
    """What is permuted, and what is added back before its SD is taken.

    The fitted values of a score are those of the participants of a feature first, zeros behind,
    for each of the R' features whose SD has to be found draw by draw.
    """

    permuted: Singles  # (S, N), mean 0
    fitted: Singles | None  # (S, R', N)
    sizes: Indices  # (R',): participants of those features
    # (R'', N): 1 where the R'' features with gaps are missing, if people keep their places
    gaps: Singles | None = None


def permutation_null(
    design: Design,
    space: Space,
    work: Work,
    *,
    draws: int,
    scheme: Scheme,
) -> Singles:
    """Compute the betas of permuted scores, shape (R, S, draws); NaN for a feature without a fit.

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
    null = np.empty((len(design.fits), space.scores.shape[1], draws), dtype=np.float32)
    outcome = _outcome(design, space, scheme)
    step = permutation_piece(space.scores.shape, len(null), memory=work.memory)

    def one_piece(first: int) -> int:
        last = min(first + step, draws)
        _fill(null[:, :, first:last], design, outcome, first=first, last=last, seed=work.seed)
        return last

    for done in work.run(one_piece, range(0, draws, step)):
        work.progress("permutations", done, draws)
    null[~design.fitted] = np.nan
    return null


def permutation_piece(shape: tuple[int, ...], features: int, *, memory: int) -> int:
    """Choose how many permutations are computed at a time: one or two times `SEED_BLOCK`."""
    n, scores = shape
    per_draw = n * (4 * scores + 3 * 8) + 12 * features * scores
    # Two pieces are in work at a time, rarely more, and the results stand beside them.
    fits = memory // (4 * per_draw) // SEED_BLOCK * SEED_BLOCK
    return int(np.clip(fits, SEED_BLOCK, 2 * SEED_BLOCK))


def _outcome(design: Design, space: Space, scheme: Scheme) -> _Outcome:
    n = len(space.scores)
    sizes = design.sizes
    if scheme != "freedman-lane":
        gaps = _gaps(design) if scheme == "aligned" else None
        permuted = np.ascontiguousarray(space.scores.T, dtype=np.float32)
        return _Outcome(permuted, None, sizes, gaps)
    fitted = space.covariates @ (space.covariates.T @ space.scores) / n
    residual = np.ascontiguousarray((space.scores - fitted).T, dtype=np.float32)
    # Features without gaps share one row of fitted values, kept as the last.
    some = [missing for missing in design.missing if len(missing)]
    moved = np.zeros((fitted.shape[1], len(some) + 1, n), dtype=np.float32)
    for row, missing in enumerate(some):
        moved[:, row, : n - len(missing)] = np.delete(fitted, missing, axis=0).T
    moved[:, -1] = fitted.T
    return _Outcome(residual, moved, sizes)


def _fill(
    out: Singles, design: Design, outcome: _Outcome, *, first: int, last: int, seed: int
) -> None:
    scores, n = outcome.permuted.shape
    permuted = np.empty((scores, last - first, n), dtype=np.float32)
    for block, start, stop in seed_blocks(first, last):
        order = permutations(n, block=block, seed=seed, draws=stop - start)
        for score in range(scores):
            np.take(outcome.permuted[score], order, out=permuted[score, start:stop], mode="clip")
    product = design.directions @ permuted.reshape(-1, n).T
    slopes = product.reshape(len(design.directions), scores, last - first)
    present = None if outcome.gaps is None else _spread_present(permuted, outcome)
    for score in range(scores):
        fitted = None if outcome.fitted is None else outcome.fitted[score]
        spread = (
            _spread(permuted[score], fitted, outcome.sizes) if present is None else present[score]
        )
        np.multiply(slopes[:, score], _inverse(spread), out=out[:, score])


def _gaps(design: Design) -> Singles:
    some = [missing for missing in design.missing if len(missing)]
    gaps = np.zeros((len(some), design.directions.shape[1]), dtype=np.float32)
    for row, missing in zip(gaps, some, strict=True):
        row[missing] = 1.0
    return gaps


def _spread_present(permuted: Singles, outcome: _Outcome) -> Floats:
    """SD (ddof 1) over those present, shape (S, R, draws).

    The sums over everybody, which no permutation changes, less those over the missing: one product
    for all scores, and one for their squares, as wide as the product of the slopes.
    """
    scores, draws, n = permuted.shape
    sizes, gaps = outcome.sizes, outcome.gaps
    assert gaps is not None
    sums = np.empty((2, scores, len(sizes), draws))
    some = np.flatnonzero(sizes < n)
    for power, values in enumerate((outcome.permuted, np.square(outcome.permuted))):
        sums[power] = values.sum(axis=1, dtype=np.float64)[:, None, None]
        drawn = permuted if power == 0 else np.square(permuted)
        lost = (gaps @ drawn.reshape(-1, n).T).reshape(len(some), scores, draws)
        sums[power][:, some] -= lost.transpose(1, 0, 2)
    count = np.maximum(sizes, 2)[:, None].astype(np.float64)
    return _root((sums[1] - sums[0] ** 2 / count) / (count - 1))


def _spread(permuted: Singles, fitted: Singles | None, sizes: Indices) -> Floats:
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
