"""Other scores of the same symptoms: what visits, questionnaires and diagnoses have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.errors import InputError
from transdx.sample import Sample, answers

__all__ = ["component_scores"]


def component_scores(sample: Sample) -> pd.DataFrame:
    """Score each symptom by the first principal component of all that was asked about it.

    Of its sum at each visit, and of the questionnaire and the diagnosis that it is held against, in
    units of SD, in the people who have them all; its sign is that of the score. A symptom that is
    held against nothing keeps its score.

    Raises
    ------
    InputError
        If nobody has all of that.
    """
    found = {}
    held = set(sample.validation.columns.get_level_values(0)) if len(sample.validation.T) else set()
    for score in sample.study.scores:
        own = sample.scores[score.name]
        if score.name in held:
            visits = [
                answers(sample.cohort, score, visit).sum(axis=1, skipna=False).loc[own.index]
                for visit in score.visits
            ]
            asked = pd.concat([*visits, sample.validation[score.name]], axis=1).dropna()
            if len(asked) < asked.shape[1] + 2 or not asked.std().gt(0).all():
                raise InputError(f"too few people have all that was asked about {score.label}")
            own = first_component(asked, toward=own)
        found[score.name] = own
    return pd.DataFrame(found, index=sample.scores.index)


def first_component(values: pd.DataFrame, *, toward: pd.Series) -> pd.Series:
    """Give the first principal component of columns in units of SD, with the sign of another one.

    >>> two = pd.DataFrame({"a": [1.0, 2, 3], "b": [3.0, 2, 1]})
    >>> first_component(two, toward=two["b"]).round(3).to_list()
    [1.414, 0.0, -1.414]
    """
    scaled = (values - values.mean()) / values.std()
    weights = np.linalg.eigh(scaled.corr())[1][:, -1]
    made = pd.Series(scaled.to_numpy() @ weights, index=values.index)
    sign = np.sign(np.corrcoef(made, toward.loc[made.index])[0, 1])
    return made * (sign or 1.0)
