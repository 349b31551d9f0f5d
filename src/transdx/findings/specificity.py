"""What is shared by the scores and what belongs to one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.results.select import kind_of, survives

__all__ = ["specificity"]


def specificity(associations: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Say for every feature which scores it goes with, and whether with one alone.

    Associated are the scores whose association survives FDR 5 %. Specific is the one that survives
    and differs from each other score (FDR 5 % over the features and pairs of its family), with the
    larger beta of the same sign or against an opposite one: that one score is associated and
    another is not shows no difference (Gelman and Stern 2006, doi:10.1198/000313006X152649). The
    beta is the strongest of the associated ones, the direction that of all of them, or ``mixed``.
    """
    scores = list(dict.fromkeys(associations["score"]))
    keys = ["modality", "feature"]
    features = associations[keys].drop_duplicates()
    index = pd.MultiIndex.from_frame(features)
    wide = associations.set_index([*keys, "score"])
    beta = wide["beta"].unstack("score").reindex(index)[scores]
    found = survives(wide).unstack("score").reindex(index)[scores].to_numpy(dtype=bool)
    differs = _differ(contrasts, index, scores)
    size = np.where(found, beta.abs(), -1.0)
    strongest = size.argmax(axis=1)
    values = beta.to_numpy()[np.arange(len(beta)), strongest]
    values = np.where(found.any(axis=1), values, np.nan)
    signs = np.sign(beta.to_numpy())
    mixed = (found & (signs < 0)).any(axis=1) & (found & (signs > 0)).any(axis=1)
    alone = found & differs
    # Two scores cannot both differ from each other and be the one.
    one = alone[np.arange(len(beta)), strongest]
    return features.reset_index(drop=True).assign(
        kind=[kind_of(feature) for feature in features["feature"]],
        compared="+".join(scores),
        associated=["+".join(np.array(scores)[row]) for row in found],
        specific=np.where(one, np.array(scores)[strongest], ""),
        beta=values,
        direction=np.select([mixed, values < 0, values > 0], ["mixed", "weaker", "stronger"], ""),
    )


def _differ(contrasts: pd.DataFrame, index: pd.MultiIndex, scores: list[str]) -> np.ndarray:
    """Say, per feature and score, whether it differs from every other score."""
    found = np.ones((len(index), len(scores)), dtype=bool)
    place = index.get_indexer(pd.MultiIndex.from_frame(contrasts[["modality", "feature"]]))
    significant = survives(contrasts).to_numpy()
    for column in ("score_a", "score_b"):
        where = contrasts[column].map(scores.index).to_numpy()
        np.logical_and.at(found, (place, where), significant)
    return found
