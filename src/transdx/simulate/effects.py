"""How a planted marginal effect becomes the way a brain is made.

A planted effect is the coefficient of feature x in ``score ~ x + covariates`` with
everything scaled to unit SD. Write x~ and y~ for feature and score after the covariates
are regressed out; then beta = cov(x~, y~) / var(x~) * sd(x) / sd(y). So each wanted beta
is a wanted covariance, and features are built as

    x = covariate part + sum_t gamma_t d~_t + e

from drivers d~ made of the three scores, with gamma solving cov(y~, d~) gamma = c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transdx.errors import TransdxError
from transdx.simulate.constants import Bools, Floats, number
from transdx.simulate.symptoms import SCORES

__all__ = ["Drivers", "Plan", "make_drivers", "plan_effects"]


@dataclass(frozen=True)
class Drivers:
    """What the symptoms send to the brain.

    Attributes
    ----------
    signal : numpy.ndarray of float, shape (n, 3)
        The drivers with covariates regressed out.
    score_sd : numpy.ndarray of float, shape (3,)
        SD of each score among those who can be analysed.
    cross : numpy.ndarray of float, shape (3, 3)
        Covariance of residual score (row) with driver (column).
    analysable : numpy.ndarray of bool, shape (n,)
        Who has all scores and covariates.
    """

    signal: Floats
    score_sd: Floats
    cross: Floats
    analysable: Bools


@dataclass(frozen=True)
class Plan:
    """The planted effects, ready to be built in.

    Attributes
    ----------
    gamma : numpy.ndarray of float, shape (features, 3)
        How much of each driver goes into each feature.
    implied : pandas.DataFrame
        Columns modality, feature, score, planted, for every feature and total.
    """

    gamma: Floats
    implied: pd.DataFrame


def make_drivers(scores: Floats, felt: Floats, covariates: Floats, analysable: Bools) -> Drivers:
    """Build the drivers from the scores as they will be analysed.

    A driver mixes severity with having any symptom at all, so that both the linear and
    the logistic coefficient that the authors print can hold in the same data.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (n, 3)
        Scores as the study computes them; NaN where missing.
    felt : numpy.ndarray of float, shape (n, 3)
        The scores that complete answers would give, used where a score is missing.
    covariates : numpy.ndarray of float, shape (n, 6)
        The covariates without gaps.
    analysable : numpy.ndarray of bool, shape (n,)
        Who has all scores and covariates.

    Returns
    -------
    Drivers
    """
    y = np.where(np.isnan(scores), felt, scores)
    symptom = (y > 0).astype(float)
    weight = number("effects.any_symptom")
    mixed = (1 - weight) * y / _spread(y, analysable) + weight * symptom / _spread(
        symptom, analysable
    )
    left = _residuals(np.hstack([y, mixed]), covariates, analysable)
    inner = left[analysable] - left[analysable].mean(axis=0)
    cross = inner[:, :3].T @ inner[:, 3:] / (len(inner) - 1)
    return Drivers(
        signal=left[:, 3:],
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
    covariance: Floats,
    explained: Floats,
) -> Plan:
    """Turn planted marginal effects into driver weights.

    Parameters
    ----------
    effects : pandas.DataFrame
        Columns modality, feature, score, beta.
    drivers : Drivers
        From `make_drivers`.
    names : list of (modality, feature)
        The features, in the order of `covariance`.
    totals : dict of str to numpy.ndarray, shape (features,)
        Modality to the weights of its global feature.
    covariance : numpy.ndarray of float, shape (features, features)
        Covariance of the features given the covariates.
    explained : numpy.ndarray of float, shape (n, features)
        The part of the features that is made by the covariates.

    Returns
    -------
    Plan
    """
    explained = explained[drivers.analysable]
    weights = np.vstack([np.eye(len(names)), *totals.values()])
    labels = [*names, *((modality, "total") for modality in totals)]
    # The diagonal of weights @ covariance @ weights.T.
    residual = ((weights @ covariance) * weights).sum(axis=1)
    spread = np.sqrt((explained @ weights.T).var(axis=0, ddof=1) + residual)
    wanted = np.zeros((len(names), 3))
    for row in effects.itertuples(index=False):
        score = SCORES.index(str(row.score))
        at = labels.index((str(row.modality), str(row.feature)))
        share = float(row.beta) * residual[at] * drivers.score_sd[score] / spread[at]  # type: ignore[arg-type]
        if row.feature != "total":
            wanted[at, score] += share
            continue
        _refuse_mixture(effects, str(row.modality), str(row.score))
        # Spread over the regions as each goes with the total, which leaves the sum exact.
        along = np.where(_same(names, str(row.modality)), covariance @ weights[at], 0)
        wanted[:, score] += along * share / residual[at]
    gamma = np.asarray(np.linalg.lstsq(drivers.cross, wanted.T, rcond=None)[0].T, dtype=float)
    implied = (weights @ wanted) / residual[:, None] * spread[:, None] / drivers.score_sd
    table = pd.DataFrame(labels, columns=["modality", "feature"]).join(
        pd.DataFrame(implied, columns=list(SCORES))
    )
    long = table.melt(id_vars=["modality", "feature"], var_name="score", value_name="planted")
    return Plan(gamma=gamma, implied=long)


def _same(names: list[tuple[str, str]], modality: str) -> Bools:
    return np.array([name[0] == modality for name in names])


def _refuse_mixture(effects: pd.DataFrame, modality: str, score: str) -> None:
    rows = effects[(effects["modality"] == modality) & (effects["score"] == score)]
    if len(rows) > 1:
        raise TransdxError(
            f"planted_effects.csv plants {score} on the total of {modality} and on its "
            "regions too; keep the total or the regions"
        )


def _spread(values: Floats, rows: Bools) -> Floats:
    spread = values[rows].std(axis=0, ddof=1)
    return np.asarray(np.where(spread > 0, spread, 1.0))


def _residuals(values: Floats, covariates: Floats, rows: Bools) -> Floats:
    """Regress the covariates out, fitted on `rows`, for everybody."""
    middle, scale = covariates[rows].mean(axis=0), _spread(covariates, rows)
    design = np.column_stack([np.ones(len(values)), (covariates - middle) / scale])
    coefficients = np.linalg.lstsq(design[rows], values[rows], rcond=None)[0]
    return np.asarray(values - design @ coefficients)
