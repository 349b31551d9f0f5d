"""Whether claims about one score only would stand if all scores were measured equally well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from transdx.annotations import Annotation
from transdx.findings.claims import asked_of
from transdx.findings.criteria import LEVEL, PLACE
from transdx.results.schema import TABLES
from transdx.stats import Estimates, combine, contrast

__all__ = ["at_equal_reliability", "disattenuated"]


def at_equal_reliability(
    found: Estimates, annotations: list[Annotation], score_reliability: pd.DataFrame
) -> pd.DataFrame:
    """Contrast the score of each claim about one only with every other, measured equally well.

    A row per claim and other score: the difference of their betas as in the ledger, and that of
    betas divided by the root of the reliability of their score as it is used (Spearman 1904,
    doi:10.2307/1412159). No rows where nothing says how reliable the scores are. Reliabilities are
    taken as known.
    """
    used = score_reliability[score_reliability["way"] == "used"].set_index("score")["estimate"]
    reliable = used.reindex(found.beta.columns)
    if not (reliable > 0).all():
        return pd.DataFrame(columns=TABLES["equal_reliability"].names)
    rows: list[tuple[object, ...]] = []
    for asked in asked_of(found.beta.index, found.beta.columns, annotations):
        if asked.claim.specific and len(asked.weights):
            means = asked.means()
            place = (asked.claim.id, PLACE)
            at = place if place in means.index else (asked.claim.id, LEVEL)
            mean = combine(found, means.loc[[at]])
            rows += _pairs(asked.claim.id, asked.claim.scores, mean, disattenuated(mean, reliable))
    return pd.DataFrame(rows, columns=TABLES["equal_reliability"].names)


def disattenuated(mean: Estimates, reliable: pd.Series) -> Estimates:
    """Give the betas that scores without error of measurement would have, and their draws."""
    root = np.sqrt(reliable.reindex(mean.beta.columns))
    by_score = root.to_numpy(dtype=np.float32)[None, :, None]
    return replace(
        mean,
        beta=mean.beta / root,
        null=None if mean.null is None else mean.null / by_score,
        bootstrap=None if mean.bootstrap is None else mean.bootstrap / by_score,
    )


def _pairs(
    claim: str, scores: tuple[str, ...], measured: Estimates, equal: Estimates
) -> Iterator[tuple[object, ...]]:
    tables = [contrast(one, features=list(one.beta.index)) for one in (measured, equal)]
    for score in scores:
        for other in (one for one in measured.beta.columns if one != score):
            both = (_turned(table, score, str(other)) for table in tables)
            yield (claim, score, other, *(value for row in both for value in row))


def _turned(table: pd.DataFrame, score: str, other: str) -> tuple[float, float, float]:
    """Read a contrast as that of a score less another."""
    own = table["score_a"].isin([score, other]) & table["score_b"].isin([score, other])
    row = table[own].iloc[0]
    ends = (row["difference"], row["ci_low"], row["ci_high"])
    if row["score_a"] == score:
        return ends
    return -ends[0], -ends[2], -ends[1]
