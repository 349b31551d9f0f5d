"""Patterns over the whole brain: maps beside each other, and findings within the circuit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import atlas, modalities
from transdx.results.schema import TABLES
from transdx.results.select import count_specific
from transdx.stats import adjust, correlate_maps, overlap

__all__ = ["circuit", "map_correlations"]

Spins = NDArray[np.intp]


def map_correlations(associations: pd.DataFrame, *, spins: Spins) -> pd.DataFrame:
    """Correlate the regional maps of every two modalities, per score."""
    regional = associations[associations["feature"].isin(atlas.REGIONS)]
    tables = []
    for score, rows in regional.groupby("score", sort=False):
        maps = rows.pivot(index="feature", columns="modality", values="beta")
        order = [modality for modality in modalities.MODALITIES if modality in maps]
        table = correlate_maps(maps.reindex(atlas.REGIONS)[order], spins)
        tables.append(table.assign(score=score))
    found = pd.concat(tables, ignore_index=True)
    found["p_fdr"] = adjust(found, "map_correlations", "p_spin")
    return found[TABLES["map_correlations"].names]


def circuit(specificity: pd.DataFrame, *, scores: list[str], spins: Spins) -> pd.DataFrame:
    """Ask whether specific findings lie in the circuit more often than by chance.

    Findings are regions by modality, without the reactivity of the amygdala. They are moved over
    the brain together. The p is one-sided, not corrected over the scores, and missing where there
    are no findings; the last row is of all scores together.
    """
    rows = []
    for name, chosen in {**{score: [score] for score in scores}, "all": scores}.items():
        counts = count_specific(specificity, chosen)
        inside = int(counts.loc[list(atlas.CIRCUIT)].sum())
        found = overlap(counts, list(atlas.CIRCUIT), spins)
        expected, p = found.expected * len(atlas.CIRCUIT), found.p if counts.any() else np.nan
        rows.append((name, int(counts.sum()), inside, expected, p))
    return pd.DataFrame(rows, columns=TABLES["circuit"].names)
