"""Which tests are corrected together: the families that the study file declares."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transdx.atlas import is_connection
from transdx.modalities import is_global
from transdx.results.schema import TABLES
from transdx.stats import Estimates, benjamini_hochberg
from transdx.stats.inference import alike, familywise_p
from transdx.study import Families

__all__ = ["correct_annotations", "correct_associations", "correct_contrasts"]


def correct_associations(found: Estimates, families: Families) -> pd.DataFrame:
    """Give the rows of estimates with p values corrected over the families that are declared.

    What stood there, over the features of a kind, per modality and score, is that of the study.
    Where a global measure was a family of its own, the largest permuted value of its family is
    now that of all who are in it.
    """
    table = found.table()
    table = _adjusted(table, families, "associations")
    null, scores = found.null, found.beta.shape[1]
    if null is None:
        return table
    for name, rows in _members(table, families):
        if name == "globals":
            draws = null.reshape(-1, null.shape[-1])[rows].astype(np.float64)
            beta = found.beta.to_numpy()[rows // scores, rows % scores]
            p = familywise_p(beta, draws, scale=draws.std(axis=1, ddof=1))
            table.loc[rows, "p_familywise"] = p
    return table


def correct_contrasts(contrasts: pd.DataFrame, families: Families) -> pd.DataFrame:
    """Correct the differences between scores; what stood there, over the pairs, is the study's."""
    return _adjusted(contrasts, families, "contrasts")


def correct_annotations(enriched: pd.DataFrame, families: Families) -> pd.DataFrame:
    """Correct the tests of annotations, for their level and for their place."""
    table = enriched.copy()
    for rows in alike(table, families.annotations):
        for name in ("p", "p_spin", "p_centred"):
            values = table[name].to_numpy()[rows]
            table.loc[rows, f"{name}_fdr"] = benjamini_hochberg(values)
    return table


def _adjusted(table: pd.DataFrame, families: Families, name: str) -> pd.DataFrame:
    p = np.full(len(table), np.nan)
    for _, rows in _members(table, families):
        p[rows] = benjamini_hochberg(table["p"].to_numpy()[rows])
    return table.assign(p_fdr=p, p_fdr_study=table["p_fdr"])[TABLES[name].names]


def _members(table: pd.DataFrame, families: Families) -> Iterator[tuple[str, np.ndarray]]:
    """Give each family of a table: what it is called in the study file, and where its rows are."""
    wholes = np.array([is_global(*pair) for pair in table[["modality", "feature"]].to_numpy()])
    pairs = table["feature"].map(is_connection).to_numpy()
    differences = "score_a" in table
    for kind, chosen in (
        ("globals", wholes),
        ("connections", pairs),
        ("regions", ~wholes & ~pairs),
    ):
        of_pairs = "global_contrasts" if kind == "globals" else "contrasts"
        name = of_pairs if differences else kind
        places = np.flatnonzero(chosen)
        for rows in alike(table.iloc[places], getattr(families, name)):
            yield name, places[rows]
