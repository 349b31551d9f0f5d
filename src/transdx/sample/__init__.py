"""The sample that is analysed: scores, covariates and features of the people included."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from transdx.cohort import Cohort
from transdx.sample.scores import covariates, symptom_scores, validation_measures
from transdx.sample.selection import Step, select
from transdx.study import Study

__all__ = ["Sample", "Step", "draw_sample"]


@dataclass(frozen=True)
class Sample:
    """People, and what is analysed about them.

    Attributes
    ----------
    study : Study
        The study they are analysed for.
    scores : pandas.DataFrame, shape (N, S)
        Symptom scores in points.
    covariates : pandas.DataFrame, shape (N, K)
        In their own units; sex is 1 for men, right-handedness 1 for right-handed.
    features : pandas.DataFrame, shape (N, R)
        Columns are pairs (modality, feature); each modality ends with its global
        feature ``total``. Units: mm^2, mm, mm^3.
    validation : pandas.DataFrame, shape (N, V)
        Questionnaire sums and diagnoses, columns (score, criterion); missing for many.
    flow : tuple of Step
        How the people of the source became the sample.
    quality : pandas.DataFrame
        Quartiles, fences and outlier counts per measure.
    """

    study: Study
    scores: pd.DataFrame
    covariates: pd.DataFrame
    features: pd.DataFrame
    validation: pd.DataFrame
    flow: tuple[Step, ...]
    quality: pd.DataFrame

    def __len__(self) -> int:
        return len(self.scores)


def draw_sample(cohort: Cohort) -> Sample:
    """Select the participants of a study and make what is analysed about them.

    Parameters
    ----------
    cohort : Cohort
        Raw values.

    Returns
    -------
    Sample
        Participants in the order of the source.

    Raises
    ------
    InputError
        If a code or a score lies outside its range, or nobody is left.

    Notes
    -----
    The rules are those of the study (doi:10.1038/s44220-025-00412-8), read from its
    study file: inclusion first, then outliers, then missing scores and covariates.
    """
    study = cohort.study
    features = pd.concat(
        {name: _with_total(cohort.features(name), how) for name, how in study.modalities.items()},
        axis=1,
        names=["modality", "feature"],
    )
    scores = symptom_scores(cohort)
    adjusted = covariates(cohort)
    kept, flow, quality = select(cohort, scores=scores, covariates=adjusted, features=features)
    return Sample(
        study=study,
        scores=scores.loc[kept],
        covariates=adjusted.loc[kept],
        features=features.loc[kept],
        validation=validation_measures(cohort).loc[kept],
        flow=flow,
        quality=quality,
    )


def _with_total(regional: pd.DataFrame, how: str) -> pd.DataFrame:
    """Add the global feature; it is missing where a region is."""
    total = regional.sum(axis=1, skipna=False)
    return regional.assign(total=total / regional.shape[1] if how == "mean" else total)
