"""What is found again in other data or by other means, and what a study lets one expect of that.

Maps are flat: a row per feature and score, T in all. Families are rows whose p values are corrected
together, and findings those of the study that survive that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from transdx._arrays import Bools, Floats, Indices, Singles
from transdx.stats.design import make_space
from transdx.stats.inference import t_p
from transdx.stats.resampling import permutations as draw_permutations
from transdx.stats.resampling import seed_blocks
from transdx.stats.tables import align

__all__ = ["Expected", "Maps", "Plain", "associate_plainly", "found_again", "rejected"]


@dataclass(frozen=True)
class Plain:
    """Betas of features without gaps, and of permuted scores."""

    beta: pd.DataFrame  # (R, S)
    p: Floats  # (R, S), two-sided
    null: Singles  # (R, S, P)
    n: int


def associate_plainly(
    features: pd.DataFrame,
    scores: pd.DataFrame,
    covariates: pd.DataFrame,
    *,
    permutations: int,
    seed: int,
    null: str = "permute",
) -> Plain:
    """Associate features that have no gaps with scores, without bootstraps.

    Parameters
    ----------
    features, scores, covariates : pandas.DataFrame
        As in `transdx.associate`; features have no gaps.
    permutations, seed : int
        As there.
    null : {"permute", "freedman-lane"}, default "permute"
        As there.

    Returns
    -------
    Plain
        The betas and the draws of the null, which are those of `transdx.associate` up to rounding
        in a fraction of the time: what is left of all features is one matrix. The SD of the null
        over all permutations is known, so that p rests on it and on no draws.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame(rng.normal(size=(100, 2)), columns=["left_insula", "right_insula"])
    >>> y = pd.DataFrame({"anxiety": x.sum(axis=1) + rng.normal(size=100)})
    >>> found = associate_plainly(x, y, y.drop(columns="anxiety"), permutations=100, seed=1)
    >>> found.null.shape, bool((found.p < 0.001).all())
    ((2, 1, 100), True)
    """
    tables = align(features, scores, covariates)
    space = make_space(tables)
    n, basis = len(tables.rows), space.covariates
    x = tables.feature_block(0, features.shape[1])
    x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    left = x - basis @ (basis.T @ x) / n
    squares_left = (left**2).sum(axis=0)
    slopes = np.ascontiguousarray((left / squares_left).T)
    fitted = basis @ (basis.T @ space.scores) / n
    permuted = space.scores - fitted if null == "freedman-lane" else space.scores
    kept = fitted if null == "freedman-lane" else np.zeros_like(fitted)
    drawn = np.empty((len(slopes), scores.shape[1], permutations), dtype=np.float32)
    small = slopes.astype(np.float32)
    for block, start, stop in seed_blocks(0, permutations):
        order = draw_permutations(n, block=block, seed=seed, draws=stop - start)
        for score, (own, stays) in enumerate(zip(permuted.T, kept.T, strict=True)):
            outcome = own[order]
            squares = (own**2).sum() + (stays**2).sum() + 2 * outcome @ stays
            found = small @ outcome.astype(np.float32).T
            drawn[:, score, start:stop] = found / np.sqrt(squares / (n - 1))
    names = pd.Index(tables.score_names, name="score")
    beta = slopes @ space.scores
    error = (space.scores - kept).std(axis=0, ddof=1) / np.sqrt(squares_left)[:, None]
    p = t_p(beta / error, n - basis.shape[1] - 1)
    return Plain(pd.DataFrame(beta, features.columns, names), p, drawn, n)


@dataclass(frozen=True)
class Expected:
    """What the study lets one expect of a replication of a size, draw by draw."""

    again: Floats  # (families, B): the share of the findings of each family that is found again
    whole: Floats  # (B,): that of all findings
    likeness: Floats  # (families, B): the correlation of its map with that of the study


@dataclass(frozen=True)
class Maps:
    """The maps of a study, and how much they err."""

    beta: Floats  # (T,)
    found: Bools  # (T,): the findings
    null_sd: Floats  # (T,): SD of beta over permutations
    resampled: Singles  # (T, B): beta over bootstraps
    families: Sequence[Indices]
    draws: int  # permutations
    alpha: float  # level of findings

    def expected(self, ratio: float, *, fresh: bool) -> Expected:
        """Draw replications with so many times the people of the study.

        As the authors do: a replication is a bootstrap of the study, with the errors of its size.
        With `fresh` data both the study and the replication are drawn anew, apart from each other,
        around betas that spread less than those of the study by as much as its errors add: what is
        chosen because it is large is less so in other data, and the findings of a draw are its own.
        """
        scale = np.sqrt(1 / ratio)
        errors, whole = self._errors, self.beta[:, None]
        first, found, asked = whole, self.found[:, None], self.found
        if fresh:
            whole = self._true[:, None]
            first, found = whole + errors, self._chosen
            asked = np.ones(len(whole), dtype=bool)
            # The draws of another half: apart, for they are of other resamples.
            errors = np.roll(errors, errors.shape[1] // 2, axis=1)
        second = whole + scale * errors
        p = np.ones(second.shape)
        p[asked] = self._p(second[asked], scale * self.null_sd[asked])
        held = found_again(first, found, second, p, self.families, self.alpha)
        return Expected(
            again=np.stack([_share(held[rows], found[rows]) for rows in self.families]),
            whole=_share(held, found),
            likeness=np.stack([_likeness(first[rows], second[rows]) for rows in self.families]),
        )

    @cached_property
    def _errors(self) -> Floats:
        return np.asarray(self.resampled - self.beta[:, None])

    @cached_property
    def _true(self) -> Floats:
        """Draw the betas of each family together until they spread as without errors."""
        true = self.beta.copy()
        for rows in self.families:
            middle, spread = self.beta[rows].mean(), self.beta[rows].var()
            error = float((self.null_sd[rows] ** 2).mean())
            if len(rows) > 1:
                left = np.sqrt(max(0.0, 1 - error / spread)) if spread else 0.0
                true[rows] = middle + left * (self.beta[rows] - middle)
        return true

    @cached_property
    def _chosen(self) -> Bools:
        """Say what would be a finding in each draw of the study."""
        drawn = self._true[:, None] + self._errors
        survives, p = np.zeros(drawn.shape, dtype=bool), self._p(drawn, self.null_sd)
        for rows in self.families:
            survives[rows] = rejected(p[rows], np.ones_like(survives[rows]), self.alpha)
        return survives

    def _p(self, beta: Floats, null_sd: Floats) -> Floats:
        """Give p as in the study, and 1 where it is beyond the level: no such is ever rejected."""
        t = np.abs(beta / (null_sd[:, None] * np.sqrt(1 + 1 / self.draws)))
        strong = t >= stdtrit(self.draws - 1, 1 - self.alpha / 2)
        p = np.ones(t.shape)
        p[strong] = t_p(t[strong], self.draws - 1)
        return p


def found_again(
    first: Floats,
    found: Bools,
    second: Floats,
    p: Floats,
    families: Sequence[Indices],
    alpha: float,
) -> Bools:
    """Say which findings (T, B) of first maps second ones have again, corrected among findings.

    They have the sign that they had, and survive with the findings of their family.
    """
    held = np.zeros(np.broadcast_shapes(first.shape, second.shape), dtype=bool)
    for rows in families:
        if found[rows].any():
            same = np.sign(first[rows]) == np.sign(second[rows])
            held[rows] = rejected(p[rows], found[rows], alpha) & same
    return held


def rejected(p: Floats, among: Bools, alpha: float) -> Bools:
    """Say which p values (rows) survive correction among some of their column.

    For the false discovery rate (Benjamini and Hochberg 1995,
    doi:10.1111/j.2517-6161.1995.tb02031.x).

    >>> rejected(np.array([[0.01], [0.03], [0.04]]), np.array([[True], [True], [False]]), 0.05)
    array([[ True],
           [ True],
           [False]])
    """
    asked = np.where(among & np.isfinite(p), p, 2.0)
    ordered, rank = np.sort(asked, axis=0), np.arange(1, len(asked) + 1)[:, None]
    # What is not asked about is put last, beyond all lines.
    below = (ordered <= 1) & (ordered <= alpha * rank / np.maximum(among.sum(axis=0), 1))
    return np.asarray(asked <= np.where(below, ordered, -1.0).max(axis=0))


def _share(held: Bools, found: Bools) -> Floats:
    """Give the share of findings that are held, by column; NaN where there is none."""
    many = np.broadcast_to(found, held.shape).sum(axis=0).astype(float)
    return np.asarray(held.sum(axis=0) / np.where(many > 0, many, np.nan))


def _likeness(first: Floats, second: Floats) -> NDArray[np.float64]:
    """Correlate maps column by column; NaN where there are too few features for that."""
    columns = np.broadcast_shapes(first.shape, second.shape)[1]
    if len(first) < 3:
        return np.full(columns, np.nan)
    a, b = (values - values.mean(axis=0) for values in (first, second))
    return np.asarray((a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
