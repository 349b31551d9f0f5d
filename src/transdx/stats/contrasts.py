"""Do two scores differ? Differences of betas over the same resampled people."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from transdx._arrays import Floats
from transdx.errors import InputError
from transdx.stats.estimates import Estimates, draws_of, labels_of
from transdx.stats.inference import adjust, bootstrap_p, percentile_interval

# Features whose differences are held in memory together.
_AT_ONCE = 64


def contrast(associations: Estimates, *, features: Sequence[Hashable]) -> pd.DataFrame:
    """Test the difference between every two scores in their association with some features.

    The scores come from the same people, so their betas are correlated; the bootstrap draws the
    same people for both, and the difference carries that correlation. The p is that of zero
    against the bootstrapped differences.

    Parameters
    ----------
    associations : Associations or Estimates
        With their draws, of at least two scores.
    features : sequence
        Which features, as in the index of ``associations.beta``.

    Returns
    -------
    pandas.DataFrame
        A row per feature and pair of scores: difference of the betas, 95 % interval, p, and p
        corrected for the false discovery rate over the pairs.

    Raises
    ------
    InputError
        If a feature was not associated, or the draws were not kept.

    Examples
    --------
    >>> from transdx import associate
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame({"left_insula": rng.normal(size=200)})
    >>> y = pd.DataFrame({"a": x["left_insula"] + rng.normal(size=200), "b": rng.normal(size=200)})
    >>> found = associate(x, y, pd.DataFrame(index=x.index), permutations=200, bootstraps=200)
    >>> row = contrast(found, features=["left_insula"]).iloc[0]
    >>> row["score_a"], row["score_b"], bool(row["ci_low"] > 0)
    ('a', 'b', True)
    """
    _, resampled = draws_of(associations)
    known = associations.beta.index
    rows = known.get_indexer(pd.Index(features))
    if (rows < 0).any():
        lost = features[int(np.argmin(rows))]
        raise InputError(f"feature {lost!r} was not associated, so it cannot be contrasted")
    beta = associations.beta.iloc[rows]
    places = pd.DataFrame(labels_of(beta.index), columns=["modality", "feature"])
    parts = [slice(first, first + _AT_ONCE) for first in range(0, len(rows), _AT_ONCE)]
    tables = [
        compare(resampled[rows[part]].astype(np.float64), places[part], beta[part])
        for part in parts
    ]
    table = pd.concat(tables).sort_index(kind="stable", ignore_index=True)
    return table.assign(p_fdr=adjust(table, "contrasts"))


def compare(
    draws: Floats, places: pd.DataFrame, beta: pd.DataFrame, *, resampled: bool = False
) -> pd.DataFrame:
    """Compare every two scores by draws (T, S, B): pair by pair, the rows of the places repeated.

    The difference is that of the betas, or the mean over the resampled ones.
    """
    tables = []
    for (one, score_a), (other, score_b) in combinations(enumerate(map(str, beta)), 2):
        gaps = draws[:, one] - draws[:, other]
        low, high = percentile_interval(gaps)
        found = np.nanmean(gaps, axis=1) if resampled else beta[score_a] - beta[score_b]
        table = places.assign(score_a=score_a, score_b=score_b, difference=np.asarray(found))
        tables.append(table.assign(ci_low=low, ci_high=high, p=bootstrap_p(gaps)))
    return pd.concat(tables)
