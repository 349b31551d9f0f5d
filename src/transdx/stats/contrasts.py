"""Do two scores differ? Differences of betas over the same resampled people."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx.errors import InputError
from transdx.stats.association import Associations
from transdx.stats.inference import benjamini_hochberg, bootstrap_p, percentile_interval

__all__ = ["contrast"]

_COLUMNS = [
    *("modality", "feature", "score_a", "score_b", "difference"),
    *("ci_low", "ci_high", "p", "p_fdr"),
]


def contrast(associations: Associations, *, features: Sequence[Hashable]) -> pd.DataFrame:
    """Test the difference between every two scores in their association with a feature.

    Parameters
    ----------
    associations : Associations
        Of at least two scores, with its bootstrap draws.
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
    the bootstrapped differences (see `bootstrap_p`).

    Examples
    --------
    >>> from transdx.stats import associate
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame({"left_insula": rng.normal(size=200)})
    >>> y = pd.DataFrame({"depression": x["left_insula"] + rng.normal(size=200)})
    >>> y["anxiety"] = rng.normal(size=200)
    >>> c = pd.DataFrame({"age": rng.normal(size=200)})
    >>> found = associate(x, y, c, permutations=200, bootstraps=200)
    >>> bool(contrast(found, features=["left_insula"])["p"].iloc[0] < 0.001)
    True
    """
    resampled = associations.bootstrap
    if resampled is None:
        raise InputError("contrast needs the bootstrap draws; associate with keep_draws=True")
    unknown = [feature for feature in features if feature not in associations.beta.index]
    if unknown:
        raise InputError(f"feature {unknown[0]!r} was not associated, so it cannot be contrasted")
    rows = associations.beta.index.get_indexer(pd.Index(features))
    tables = [
        _pairs(feature, associations.beta.iloc[row], resampled[row].astype(np.float64))
        for feature, row in zip(features, rows, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)[_COLUMNS]


def _pairs(feature: Hashable, beta: pd.Series[float], draws: NDArray[np.float64]) -> pd.DataFrame:
    """Contrast all pairs of scores for one feature; draws have shape (S, B)."""
    pairs = list(combinations(range(len(beta)), 2))
    differences = np.stack([draws[a] - draws[b] for a, b in pairs])
    low, high = percentile_interval(differences)
    p = bootstrap_p(differences)
    modality, name = feature if isinstance(feature, tuple) else ("features", feature)
    return pd.DataFrame(
        {
            "modality": modality,
            "feature": name,
            "score_a": [beta.index[a] for a, _ in pairs],
            "score_b": [beta.index[b] for _, b in pairs],
            "difference": [beta.iloc[a] - beta.iloc[b] for a, b in pairs],
            "ci_low": low,
            "ci_high": high,
            "p": p,
            "p_fdr": benjamini_hochberg(p),
        }
    )
