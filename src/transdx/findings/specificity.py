"""What is shared by the scores and what belongs to one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.results.select import ALPHA, kind_of

__all__ = ["specificity"]


def specificity(associations: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Say for every feature which scores it goes with, and whether with one alone.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table of several scores.
    contrasts : pandas.DataFrame
        The differences between the scores, for the same features.

    Returns
    -------
    pandas.DataFrame
        Columns modality, feature, kind (``region``, ``connection`` or ``total``); compared:
        all scores, joined by ``+``; associated: those of them whose association survives FDR 5 %;
        specific: the score that survives and differs from each other score (FDR 5 % over
        the pairs), with the larger beta of the same sign or against an opposite one, else
        empty; beta: the strongest of the associated ones, and the direction of all of them
        (``weaker``, ``stronger``, or ``mixed`` where they disagree).

    Notes
    -----
    That one score is associated and another is not shows no difference (Gelman and Stern
    2006, doi:10.1198/000313006X152649); so a finding is called specific only where the
    differences were tested.
    """
    scores = list(dict.fromkeys(associations["score"]))
    keys = ["modality", "feature"]
    features = associations[keys].drop_duplicates()
    index = pd.MultiIndex.from_frame(features)
    wide = associations.set_index([*keys, "score"])
    beta = wide["beta"].unstack("score").reindex(index)[scores]
    survives = (wide["p_fdr"].unstack("score").reindex(index)[scores] <= ALPHA).to_numpy()
    differs = _differ(contrasts, index, scores)
    size = np.where(survives, beta.abs(), -1.0)
    strongest = size.argmax(axis=1)
    values = beta.to_numpy()[np.arange(len(beta)), strongest]
    values = np.where(survives.any(axis=1), values, np.nan)
    signs = np.sign(beta.to_numpy())
    mixed = (survives & (signs < 0)).any(axis=1) & (survives & (signs > 0)).any(axis=1)
    alone = survives & differs
    # Two scores cannot both differ from each other and be the one.
    one = alone[np.arange(len(beta)), strongest]
    return features.reset_index(drop=True).assign(
        kind=[kind_of(feature) for feature in features["feature"]],
        compared="+".join(scores),
        associated=["+".join(np.array(scores)[row]) for row in survives],
        specific=np.where(one, np.array(scores)[strongest], ""),
        beta=values,
        direction=np.select([mixed, values < 0, values > 0], ["mixed", "weaker", "stronger"], ""),
    )


def _differ(contrasts: pd.DataFrame, index: pd.MultiIndex, scores: list[str]) -> np.ndarray:
    """Say, per feature and score, whether it differs from every other score."""
    found = np.ones((len(index), len(scores)), dtype=bool)
    place = index.get_indexer(pd.MultiIndex.from_frame(contrasts[["modality", "feature"]]))
    significant = contrasts["p_fdr"].to_numpy() <= ALPHA
    for column in ("score_a", "score_b"):
        where = contrasts[column].map(scores.index).to_numpy()
        np.logical_and.at(found, (place, where), significant)
    return found
