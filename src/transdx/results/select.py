"""What counts as a finding: what survives, stands out, is shared, is specific."""

from __future__ import annotations

import pandas as pd

from transdx import atlas
from transdx.writing import percent

__all__ = [
    "ALPHA",
    "FDR",
    "LEVEL",
    "count_specific",
    "kind_of",
    "scores_of",
    "shared",
    "stands_out",
    "survives",
]

#: The level of every test: significant is a p of at most this.
ALPHA = 0.05

#: The level in words, and that of p values corrected for the false discovery rate.
LEVEL = percent(100 * ALPHA, places=0)
FDR = f"FDR {LEVEL}"


def survives(rows: pd.DataFrame, p: str = "p_fdr") -> pd.Series:
    """Say which rows are significant.

    Parameters
    ----------
    rows : pandas.DataFrame
        With a column of p values.
    p : str, default 'p_fdr'
        Which column: by default the one corrected for the false discovery rate.

    Returns
    -------
    pandas.Series of bool
        A missing p does not survive.

    Examples
    --------
    >>> survives(pd.DataFrame({"p_fdr": [0.05, 0.051, None]})).to_list()
    [True, False, False]
    """
    return rows[p].astype(float) <= ALPHA


def stands_out(enrichment: pd.DataFrame) -> pd.Series:
    """Say which annotations stand out as a place, wherever the level of the map lies.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.

    Returns
    -------
    pandas.Series of bool
        Both tests of the place reject: the weighted mean less the mean of the map, after
        correction (``p_centred_fdr``), and the annotation laid elsewhere (``p_spin``).

    Examples
    --------
    >>> rows = pd.DataFrame({"p_centred_fdr": [0.01, 0.01, 0.2], "p_spin": [0.05, 0.2, 0.01]})
    >>> stands_out(rows).to_list()
    [True, False, False]
    """
    return survives(enrichment, "p_centred_fdr") & survives(enrichment, "p_spin")


def scores_of(specificity: pd.DataFrame) -> list[str]:
    """List the scores that were compared, also those that nothing goes with.

    Parameters
    ----------
    specificity : pandas.DataFrame
        With the column compared, the same in every row.

    Returns
    -------
    list of str

    Examples
    --------
    >>> scores_of(pd.DataFrame({"compared": ["insomnia+anxiety"]}))
    ['insomnia', 'anxiety']
    """
    return str(specificity["compared"].iloc[0]).split("+")


def shared(specificity: pd.DataFrame) -> pd.Series:
    """Say what goes with all scores, and with all in one direction.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Associated, compared, direction.

    Returns
    -------
    pandas.Series of bool
    """
    everywhere = specificity["associated"] == specificity["compared"]
    return everywhere & (specificity["direction"] != "mixed")


def count_specific(specificity: pd.DataFrame, scores: list[str]) -> pd.Series:
    """Count the findings of each region that are specific to one of some scores.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Feature, specific.
    scores : list of str
        Which scores.

    Returns
    -------
    pandas.Series of int, shape (82,)
        Modalities with a specific finding in that region. The reactivity of the amygdala
        does not count: it is measured nowhere else, so where it lies says nothing.
    """
    rows = specificity[specificity["specific"].isin(scores)]
    counts = rows.loc[rows["feature"].isin(atlas.REGIONS), "feature"].value_counts()
    return counts.reindex(list(atlas.REGIONS), fill_value=0).astype(int)


def kind_of(feature: str) -> str:
    """Say what kind of measure a feature is.

    Parameters
    ----------
    feature : str
        A feature id.

    Returns
    -------
    {'region', 'connection', 'total'}

    Examples
    --------
    >>> kind_of("left_insula"), kind_of("left_insula--right_insula"), kind_of("total")
    ('region', 'connection', 'total')
    """
    if feature == "total":
        return "total"
    return "connection" if atlas.is_connection(feature) else "region"
