"""How a planted marginal effect becomes the way a brain is made.

A planted effect is the coefficient of feature x in ``score ~ x + covariates`` with
everything scaled to unit SD. Write x~ and y~ for feature and score after the covariates
are regressed out; then beta = cov(x~, y~) / var(x~) * sd(x) / sd(y). So each wanted beta
is a wanted covariance, and features are built as

    x = covariate part + sum_t gamma_t d~_t + e

from drivers d~ made of the three scores, with gamma solving cov(y~, d~) gamma = c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transdx._arrays import Bools, Floats
from transdx.errors import TransdxError
from transdx.simulate.constants import KNOWN, number, numbers


@dataclass(frozen=True)
class Drivers:
    """What the symptoms send to the brain."""

    scores: tuple[str, ...]
    signal: Floats  # (n, scores), covariates regressed out
    score_sd: Floats  # (scores,), among those who can be analysed
    cross: Floats  # (scores, scores): covariance of residual score (row) with driver
    analysable: Bools  # (n,): who has all scores and covariates


@dataclass(frozen=True)
class LowRank:
    """A covariance of many features: common factors, and what is unique to each."""

    loadings: Floats  # (features, factors), in the units of the features
    unique: Floats  # (features,): variances; zero where the factors are all there is

    def __matmul__(self, weights: Floats) -> Floats:
        return np.asarray(
            self.loadings @ (self.loadings.T @ weights) + self.unique[:, None] * weights
        )

    def diagonal(self) -> Floats:
        """Give the variances."""
        return np.asarray((self.loadings**2).sum(axis=1) + self.unique)

    def solve(self, values: Floats) -> Floats:
        """Multiply with the inverse, by the identity of Woodbury."""
        scaled = self.loadings / self.unique[:, None]
        inner = np.eye(self.loadings.shape[1]) + self.loadings.T @ scaled
        left = values / self.unique[:, None]
        return np.asarray(left - scaled @ np.linalg.solve(inner, scaled.T @ values))


def make_drivers(
    names: Sequence[str], scores: Floats, felt: Floats, covariates: Floats, analysable: Bools
) -> Drivers:
    """Build the drivers from the scores as they will be analysed, (n, scores), NaN where missing.

    A driver mixes severity with having any symptom at all, so that both the linear and
    the logistic coefficient that the authors print can hold in the same data. Where a score is
    missing, `felt` is what complete answers would give.
    """
    y = np.where(np.isnan(scores), felt, scores)
    symptom = (y > 0).astype(float)
    weight = number("effects.any_symptom")
    mixed = (1 - weight) * y / _spread(y, analysable) + weight * symptom / _spread(
        symptom, analysable
    )
    left = _residuals(np.hstack([y, mixed]), covariates, analysable)
    many = len(names)
    inner = left[analysable] - left[analysable].mean(axis=0)
    cross = inner[:, :many].T @ inner[:, many:] / (len(inner) - 1)
    return Drivers(
        scores=tuple(names),
        signal=left[:, many:],
        score_sd=y[analysable].std(axis=0, ddof=1),
        cross=cross,
        analysable=analysable,
    )


def plan_effects(
    effects: pd.DataFrame,
    drivers: Drivers,
    *,
    names: list[tuple[str, str]],
    totals: dict[str, Floats],
    covariance: Floats | LowRank,
    explained: Floats | LowRank,
) -> tuple[Floats, pd.DataFrame]:
    """Turn planted marginal effects (modality, feature, score, beta) into driver weights.

    Gives how much of each driver goes into each feature, (features, scores), and what is planted
    so in every feature and total of the modalities of `names`: modality, feature, score, planted.

    Where a total is planted, its beta is exact: what the planted features do not account for is
    spread over all features of the modality. `totals` holds the weights of each global feature,
    `covariance` is that of the features given the covariates, `explained` that of the parts that
    the covariates make; features are in the order of `names`.
    """
    labels = [*names, *((modality, "total") for modality in totals)]
    weights = np.array(list(totals.values())).reshape(len(totals), len(names)).T
    along = covariance @ weights
    residual = np.concatenate([covariance.diagonal(), (weights * along).sum(axis=0)])
    covered = (weights * (explained @ weights)).sum(axis=0)
    spread = np.sqrt(residual + np.concatenate([explained.diagonal(), covered]))
    # The covariance with each score that a beta of one asks for.
    unit = np.outer(residual / spread, drivers.score_sd)
    asked = unit * _asked(effects, labels, drivers.scores)
    wanted = np.nan_to_num(asked[: len(names)])
    for column, modality in enumerate(totals):
        rest = asked[len(names) + column] - weights[:, column] @ wanted
        # Spread over the features as each goes with the total, which makes the total exact.
        share = np.where([name[0] == modality for name in names], along[:, column], 0)
        wanted += np.outer(share / residual[len(names) + column], np.nan_to_num(rest))
    gamma = np.asarray(np.linalg.lstsq(drivers.cross, wanted.T, rcond=None)[0].T, dtype=float)
    implied = np.vstack([wanted, weights.T @ wanted]) / unit
    table = pd.DataFrame(implied, columns=list(drivers.scores))
    table[["modality", "feature"]] = labels
    return gamma, table.melt(["modality", "feature"], var_name="score", value_name="planted")


def toward(drivers: Drivers, correlations: Floats) -> Floats:
    """Weigh the drivers so that something of unit SD with their sum goes so with each score.

    The correlations are those given the covariates, in SD of the whole scores.
    """
    asked = correlations * drivers.score_sd
    return np.asarray(np.linalg.lstsq(drivers.cross, asked, rcond=None)[0])


def follow(drivers: Drivers, correlations: Floats) -> Floats:
    """Give each person the sum of the drivers that goes so with each score, see `toward`."""
    return np.asarray(drivers.signal @ toward(drivers, correlations))


def by_score(drivers: Drivers, quantity: str) -> Floats:
    """Read a constant per score; a score that only a study of one's own has is not concerned."""
    known = dict(zip(KNOWN, numbers(quantity), strict=True))
    return np.array([known.get(name, 0.0) for name in drivers.scores])


def make_room(covariance: LowRank, drivers: Drivers, gamma: Floats) -> Floats:
    """Say what to take out of noise so that driven features keep their covariance.

    Let e have covariance V and let G solve V G = gamma. Then e - gamma A G'e has
    covariance V - gamma (2 A - A S A) gamma' with S = G' gamma, and A is chosen so that
    the bracket is the covariance C of the drivers. No matrix of features x features is made.
    Gives G A, (features, scores): noise times this is how much of each driver to take out.
    """
    if not gamma.any():
        return np.zeros_like(gamma)
    inverse = covariance.solve(gamma)
    middle = gamma.T @ inverse
    root = root_of((middle + middle.T) / 2)
    driven = root @ np.cov(drivers.signal[drivers.analysable], rowvar=False) @ root
    taken = np.eye(len(root)) - root_of(np.eye(len(root)) - (driven + driven.T) / 2)
    # Where fewer scores than three are planted the root has no inverse, and needs none.
    back = np.linalg.pinv(root, rcond=1e-9)
    return np.asarray(inverse @ back @ taken @ back)


def root_of(matrix: Floats) -> Floats:
    """Take the symmetric square root of a covariance; what rounds below zero counts as zero."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T)


def _asked(effects: pd.DataFrame, labels: list[tuple[str, str]], scores: Sequence[str]) -> Floats:
    """Arrange the planted betas as (features and totals, scores); NaN where none is planted."""
    place = {label: row for row, label in enumerate(labels)}
    asked = np.full((len(labels), len(scores)), np.nan)
    for row in effects[effects["modality"].isin({name for name, _ in labels})].itertuples():
        label = (str(row.modality), str(row.feature))
        if label not in place:
            raise TransdxError(
                f"planted_effects.csv plants on {' '.join(label)}, which is not simulated"
            )
        asked[place[label], scores.index(str(row.score))] = row.beta
    return asked


def _spread(values: Floats, rows: Bools) -> Floats:
    spread = values[rows].std(axis=0, ddof=1)
    return np.asarray(np.where(spread > 0, spread, 1.0))


def _residuals(values: Floats, covariates: Floats, rows: Bools) -> Floats:
    """Regress the covariates out, fitted on `rows`, for everybody."""
    middle, scale = covariates[rows].mean(axis=0), _spread(covariates, rows)
    design = np.column_stack([np.ones(len(values)), (covariates - middle) / scale])
    coefficients = np.linalg.lstsq(design[rows], values[rows], rcond=None)[0]
    return np.asarray(values - design @ coefficients)
