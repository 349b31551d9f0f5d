"""Estimates with their draws: of features, and of anything that is a mean of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transdx import atlas
from transdx._arrays import Bools, Floats, Indices, Ints, Singles
from transdx.errors import InputError, nearest
from transdx.results.schema import TABLES
from transdx.results.select import kind_of
from transdx.stats import inference

# The modality written for features that came without one.
PLAIN = "features"
# Columns of the rows: those of the table but for what a study file has to be known for.
_COLUMNS = [name for name in TABLES["associations"].names if name != "p_fdr_study"]
# Draws combined at a time: fixed, so that the numbers depend on nothing else.
DRAWS = 256


@dataclass(frozen=True)
class Estimates:
    """Standardised coefficients of targets on scores, with the draws behind them.

    A target is a feature (see `transdx.stats.associate`) or a combination of features (see
    `combine`). Letters: T targets, S scores, P permutations, B bootstraps.

    Attributes
    ----------
    beta : pandas.DataFrame, shape (T, S)
        Change of the score, in SD, per SD of the feature.
    n : pandas.Series, shape (T,)
        Participants with the feature (and all scores and covariates).
    null, bootstrap : numpy.ndarray or None, shape (T, S, P) and (T, S, B), float32
        The draws; None if they were not kept.
    """

    beta: pd.DataFrame
    n: pd.Series[int]
    null: Singles | None
    bootstrap: Singles | None
    _table: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Give one row per target and score.

        Returns
        -------
        pandas.DataFrame
            Columns modality, feature, region, hemisphere, score, n, beta, se (SD of the
            bootstrap), ci_low and ci_high (its 2.5 and 97.5 percentiles), p (the study's t test
            of beta against the permuted ones), p_fdr (Benjamini-Hochberg on p), p_permutation
            (by counting), p_familywise (against the largest permuted coefficient, in units of
            each target's own null). The last two families are, per score, the regions of a
            modality, its connections, and its feature "total" alone.
        """
        return self._table.copy()


def summarise(
    beta: pd.DataFrame, n: pd.Series[int], null: Singles, bootstrap: Singles, *, scale: Floats
) -> pd.DataFrame:
    """Make the rows of `Estimates.table`; scale: SD of each target under the null."""
    observed = beta.to_numpy()
    low, high = inference.percentile_interval(bootstrap)
    shown = {
        "beta": observed,
        "se": inference.spread(bootstrap),
        "ci_low": low,
        "ci_high": high,
        "p": inference.study_p(observed, null),
        "p_permutation": inference.permutation_p(observed, null),
    }
    places = pd.DataFrame(labels_of(beta.index), columns=["modality", "feature"])
    # Names only: any feature is welcome, known to the atlas or not.
    places[["hemisphere", "region"]] = [atlas.split(feature) for feature in places["feature"]]
    places["kind"] = places["feature"].map(kind_of)
    scores = observed.shape[1]
    table = places.loc[places.index.repeat(scores)].reset_index(drop=True)
    table["score"] = np.tile(beta.columns.to_numpy(), len(places))
    table["n"] = np.repeat(n.to_numpy(), scores)
    table = table.assign(**{name: array.ravel() for name, array in shown.items()})
    table["p_fdr"] = inference.adjust(table, "associations")
    familywise = np.full(len(table), np.nan)
    for rows in inference.families(table, "associations"):
        targets, score = rows // scores, rows[0] % scores
        familywise[rows] = inference.familywise_p(
            observed[targets, score], null[targets, score], scale=scale[targets]
        )
    return table.assign(p_familywise=familywise)[_COLUMNS]


def combine(found: Estimates, weights: pd.DataFrame) -> Estimates:
    """Add up the betas of features, and the same in every permutation and resample.

    With weights that sum to one the result is a weighted mean of betas: of the connections of
    a region, of the regions of a set, of a map weighted by a receptor's density.

    Parameters
    ----------
    found : Estimates
        With its draws.
    weights : pandas.DataFrame, shape (targets, features)
        Rows are labelled as the targets are to be called, columns as in ``found.beta.index``.

    Returns
    -------
    Estimates
        `n` is the smallest of the features that have weight. A feature without a result is
        left out, and the others are scaled so that the sum of weights stays what it was; where
        none is left, the result is NaN and `n` 0.

    Raises
    ------
    InputError
        If a column of the weights was not estimated, or the draws were not kept.

    Notes
    -----
    Permutations and resamples are the same for all features, so the draws of a sum are the sums
    of draws, and the covariance among features needs no model.

    Examples
    --------
    >>> from transdx.stats import associate
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame(rng.normal(size=(100, 2)), columns=["left_insula", "right_insula"])
    >>> y = pd.DataFrame({"anxiety": rng.normal(size=100)})
    >>> found = associate(x, y, y.drop(columns="anxiety"), permutations=100, bootstraps=100)
    >>> insula = combine(found, pd.DataFrame(0.5, index=["insula"], columns=x.columns))
    >>> bool(np.isclose(insula.beta.iloc[0, 0], found.beta["anxiety"].mean()))
    True
    """
    null, bootstrap = draws_of(found)
    rows = found.beta.index.get_indexer(weights.columns)
    if (rows < 0).any():
        lost, known = weights.columns[rows < 0][0], found.beta.index
        raise InputError(
            f"expected weights for what was estimated ({len(known):,} features), got {lost!r}"
            f"{nearest(str(lost), map(str, known))}"
        )
    observed = found.beta.to_numpy()[rows]
    usable = np.isfinite(observed).all(axis=1)
    matrix = _rescaled(weights.to_numpy(dtype=np.float64), usable)
    rows, matrix = rows[usable], matrix[:, usable]
    nothing = ~(matrix != 0).any(axis=1)
    sums = np.where(nothing[:, None], np.nan, matrix @ observed[usable])
    beta = pd.DataFrame(sums, index=weights.index, columns=found.beta.columns)
    permuted, resampled = (_combine_draws(draws, rows, matrix) for draws in (null, bootstrap))
    permuted[nothing], resampled[nothing] = np.nan, np.nan
    n = pd.Series(_sizes(found, rows, matrix), index=weights.index, name="n")
    scale = permuted.std(axis=2, ddof=1).mean(axis=1).astype(np.float64)
    table = summarise(beta, n, permuted, resampled, scale=scale)
    return Estimates(beta, n, permuted, resampled, table)


def stack(*parts: Estimates) -> Estimates:
    """Put estimates of the same scores and draws under each other; labels have to be of one kind.

    The families of each part stay as they were: p values are those of the parts.
    """
    draws = [draws_of(part) for part in parts]
    return Estimates(
        pd.concat([part.beta for part in parts]),
        pd.concat([part.n for part in parts]),
        np.concatenate([null for null, _ in draws]),
        np.concatenate([bootstrap for _, bootstrap in draws]),
        pd.concat([part.table() for part in parts], ignore_index=True),
    )


def pick(found: Estimates, target: Any) -> Estimates:
    """Take one target of estimates."""
    place = found.beta.index.to_list().index(target)
    null, bootstrap = draws_of(found)
    scores, one = found.beta.shape[1], slice(place, place + 1)
    rows = found.table().iloc[place * scores : (place + 1) * scores]
    return Estimates(found.beta.iloc[one], found.n.iloc[one], null[one], bootstrap[one], rows)


def against(found: Estimates, other: Estimates) -> Estimates:
    """Test estimates against the null of others of the same targets; intervals stay as they are."""
    (_, bootstrap), (null, _) = draws_of(found), draws_of(other)
    scale = null.std(axis=2, ddof=1).mean(axis=1).astype(np.float64)
    table = summarise(found.beta, found.n, null, bootstrap, scale=scale)
    return Estimates(found.beta, found.n, null, bootstrap, table)


def draws_of(found: Estimates) -> tuple[Singles, Singles]:
    """Give the draws, or say that they were not kept."""
    if found.null is None or found.bootstrap is None:
        raise InputError("this needs the draws of the estimates; associate with keep_draws=True")
    return found.null, found.bootstrap


def labels_of(columns: pd.Index[Any]) -> list[tuple[str, str]]:
    """Give the labels of targets as pairs (modality, feature)."""
    if columns.nlevels == 2:
        return [(str(modality), str(feature)) for modality, feature in columns]
    return [(PLAIN, str(feature)) for feature in columns]


def _sizes(found: Estimates, rows: Indices, matrix: Floats) -> Ints:
    most = np.iinfo(np.int64).max
    sizes = np.where(matrix != 0, found.n.to_numpy()[rows], most).min(axis=1, initial=most)
    return np.asarray(np.where(sizes == most, 0, sizes))


def _rescaled(matrix: Floats, usable: Bools) -> Floats:
    left = np.where(usable, matrix, 0.0)
    before, after = matrix.sum(axis=1), left.sum(axis=1)
    keep = (before != 0) & (after != 0)
    factor = np.divide(before, after, out=np.ones_like(before), where=keep)
    return np.asarray(left * factor[:, None])


def _combine_draws(draws: Singles, rows: Indices, matrix: Floats) -> Singles:
    _, scores, count = draws.shape
    combined = np.empty((len(matrix), scores, count), dtype=np.float32)
    for first in range(0, count, DRAWS):
        part = draws[rows, :, first : first + DRAWS].reshape(len(rows), -1).astype(np.float64)
        # A resample that left nothing to estimate is lost to those whose weight it had.
        lost = ~np.isfinite(part)
        sums = matrix @ np.where(lost, 0.0, part)
        if lost.any():
            sums[(matrix != 0).astype(np.float32) @ lost.astype(np.float32) > 0] = np.nan
        combined[:, :, first : first + DRAWS] = sums.reshape(len(matrix), scores, -1)
    return combined
