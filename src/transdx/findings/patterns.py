"""Patterns over the whole brain: maps beside each other, and findings within the circuit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import atlas, modalities
from transdx.results.select import count_specific
from transdx.stats import benjamini_hochberg, correlate_maps, overlap

__all__ = ["circuit", "map_correlations"]

Spins = NDArray[np.intp]


def map_correlations(associations: pd.DataFrame, *, spins: Spins) -> pd.DataFrame:
    """Correlate the regional maps of every two modalities, per score.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    spins : numpy.ndarray of int, shape (spins, 82)
        The null, see `transdx.stats.spins`.

    Returns
    -------
    pandas.DataFrame
        Columns modality_a, modality_b, score, regions (that both have), r, p_spin and
        p_fdr (Benjamini-Hochberg over the pairs of a score).
    """
    regional = associations[associations["feature"].isin(atlas.REGIONS)]
    tables = []
    for score, rows in regional.groupby("score", sort=False):
        maps = rows.pivot(index="feature", columns="modality", values="beta")
        order = [modality for modality in modalities.MODALITIES if modality in maps]
        table = correlate_maps(maps.reindex(atlas.REGIONS)[order], spins)
        tables.append(table.assign(score=score, p_fdr=benjamini_hochberg(table["p_spin"])))
    columns = ["modality_a", "modality_b", "score", "regions", "r", "p_spin", "p_fdr"]
    return pd.concat(tables, ignore_index=True)[columns]


def circuit(specificity: pd.DataFrame, *, scores: list[str], spins: Spins) -> pd.DataFrame:
    """Ask whether specific findings lie in the circuit more often than by chance.

    Parameters
    ----------
    specificity : pandas.DataFrame
        See `transdx.findings.specificity.specificity`.
    scores : list of str
        All scores.
    spins : numpy.ndarray of int, shape (spins, 82)
        The null: the findings are moved over the brain together, cortex within cortex
        and subcortex within subcortex.

    Returns
    -------
    pandas.DataFrame
        One row per score and one for ``all``: findings (region by modality, without the
        reactivity of the amygdala), inside (how many of them lie in
        `transdx.atlas.CIRCUIT`), expected (the mean under the null), p (one-sided, not
        corrected over the scores; missing where there are no findings).
    """
    rows = []
    for name, chosen in {**{score: [score] for score in scores}, "all": scores}.items():
        counts = count_specific(specificity, chosen)
        inside = int(counts.loc[list(atlas.CIRCUIT)].sum())
        found = overlap(counts, list(atlas.CIRCUIT), spins)
        expected, p = found.expected * len(atlas.CIRCUIT), found.p if counts.any() else np.nan
        rows.append((name, int(counts.sum()), inside, expected, p))
    return pd.DataFrame(rows, columns=["score", "findings", "inside", "expected", "p"])
