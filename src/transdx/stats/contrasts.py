"""Do two scores differ? Differences of betas over the same resampled people."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from transdx._arrays import Floats, Singles
from transdx.errors import InputError
from transdx.stats.estimates import Estimates, draws_of, labels_of
from transdx.stats.inference import benjamini_hochberg, bootstrap_p, percentile_interval

# Features whose differences are held in memory together.
_AT_ONCE = 64


def contrast(associations: Estimates, *, features: Sequence[Hashable]) -> pd.DataFrame:
    """Test the difference between every two scores in their association with a feature.

    Parameters
    ----------
    associations : Estimates
        Of at least two scores, with their bootstrap draws.
    features : sequence
        Which features: their labels among the columns that were associated.

    Returns
    -------
    pandas.DataFrame
        Columns modality, feature, score_a, score_b, difference (beta of a minus beta of b),
        ci_low and ci_high (2.5 and 97.5 percentiles of the bootstrapped difference), p and
        p_fdr (Benjamini-Hochberg over the pairs of a feature).

    Raises
    ------
    InputError
        If the draws were not kept, or a feature was not associated.

    Notes
    -----
    The scores come from the same people, so their betas are correlated; the bootstrap draws the
    same people for both, and the difference carries that correlation. p is that of zero against
    the bootstrapped differences (see `transdx.stats.inference.bootstrap_p`).

    Examples
    --------
    >>> from transdx.stats import associate
    >>> x = pd.DataFrame({"left_insula": np.random.default_rng(0).normal(size=200)})
    >>> y = pd.DataFrame({"depression": x["left_insula"], "anxiety": np.arange(200) % 4})
    >>> found = associate(x, y, x.drop(columns="left_insula"), permutations=200, bootstraps=200)
    >>> bool(contrast(found, features=["left_insula"])["p"].iloc[0] < 0.001)
    True
    """
    _, resampled = draws_of(associations)
    known = associations.beta.index
    rows = known.get_indexer(pd.Index(features))
    if (rows < 0).any():
        lost = features[int(np.argmin(rows))]
        raise InputError(f"feature {lost!r} was not associated, so it cannot be contrasted")
    pairs = list(combinations(range(associations.beta.shape[1]), 2))
    parts = [
        _test(resampled[rows[first : first + _AT_ONCE]], pairs)
        for first in range(0, len(rows), _AT_ONCE)
    ]
    low, high, p, adjusted = (np.concatenate(part).ravel() for part in zip(*parts, strict=True))
    names = associations.beta.columns.to_numpy()
    beta = associations.beta.to_numpy()[rows]
    places = pd.DataFrame(labels_of(known[rows]), columns=["modality", "feature"])
    table = places.loc[places.index.repeat(len(pairs))].reset_index(drop=True)
    table["score_a"] = np.tile([names[a] for a, _ in pairs], len(rows))
    table["score_b"] = np.tile([names[b] for _, b in pairs], len(rows))
    table["difference"] = np.stack([beta[:, a] - beta[:, b] for a, b in pairs], axis=1).ravel()
    return table.assign(ci_low=low, ci_high=high, p=p, p_fdr=adjusted)


def _test(draws: Singles, pairs: list[tuple[int, int]]) -> tuple[Floats, ...]:
    """Test all pairs of scores; draws have shape (features, S, B), results (features, pairs)."""
    values = draws.astype(np.float64)
    differences = np.stack([values[:, a] - values[:, b] for a, b in pairs], axis=1)
    low, high = percentile_interval(differences)
    p = bootstrap_p(differences)
    return low, high, p, np.stack([benjamini_hochberg(row) for row in p])
