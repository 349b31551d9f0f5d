"""The sample that is analysed: scores, covariates and features of the people included."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from transdx.cohort import Cohort
from transdx.modalities import CONNECTIVITY, MODALITIES
from transdx.sample.connectivity import analysed_connections, group_connectome
from transdx.sample.scores import (
    answers,
    covariates,
    nuisances,
    symptom_scores,
    validation_measures,
)
from transdx.sample.selection import Step, farthest_out, obeys, select
from transdx.study import Study

__all__ = ["Sample", "Step", "answers", "draw_sample", "farthest_out", "obeys", "with_total"]


@dataclass(frozen=True)
class Sample:
    """People, and what is analysed about them.

    Attributes
    ----------
    cohort : Cohort
        Whom they were drawn from, with their raw values.
    study : Study
        The study they are analysed for.
    scores : pandas.DataFrame, shape (N, S)
        Symptom scores in points.
    covariates : pandas.DataFrame, shape (N, K)
        In their own units; sex is 1 for men, right-handedness 1 for right-handed.
    nuisances : pandas.DataFrame, shape (N, any)
        What may go with scores and images alike, in their own units; missing for some.
    features : pandas.DataFrame, shape (N, R)
        Columns are pairs (modality, feature) of the modalities that the source holds; each
        but amygdala reactivity ends with its global feature ``total``. Units: mm^2, mm,
        mm^3, weight (missing where a connection is absent), correlation, per cent signal
        change.
    validation : pandas.DataFrame, shape (N, V)
        Questionnaire sums and diagnoses, columns (score, criterion); missing for many.
    flow : tuple of Step
        How the people of the source became the sample.
    quality : pandas.DataFrame
        Quartiles, fences and outlier counts per measure.
    farthest : pandas.Series
        Of everybody who was there before outliers were left out, how many interquartile ranges
        outside the quartiles their farthest measure lies: whom other fences would leave out.
    connections : pandas.DataFrame or None
        Every pair of regions with what the group has there, and whether it is analysed; see
        `transdx.sample.connectivity.group_connectome`. None without connectomes.
    """

    cohort: Cohort
    study: Study
    scores: pd.DataFrame
    covariates: pd.DataFrame
    nuisances: pd.DataFrame
    features: pd.DataFrame
    validation: pd.DataFrame
    flow: tuple[Step, ...]
    quality: pd.DataFrame
    farthest: pd.Series
    connections: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        # What a notebook shows of a sample must not be its people.
        (people, scores), features = self.scores.shape, self.features.shape[1]
        return f"<Sample: {people:,} people, {scores} symptom scores, {features:,} features>"


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

    Examples
    --------
    >>> import tempfile
    >>> from transdx.simulate import simulate
    >>> from transdx.sources import read_cohort
    >>> export = simulate(tempfile.mkdtemp(), participants=200)
    >>> sample = draw_sample(read_cohort("simulated", export))
    >>> len(sample) == sample.flow[-1].remaining
    True
    """
    study = cohort.study
    measured = [name for name in cohort.modalities() if name not in CONNECTIVITY]
    features = _side_by_side(
        {name: with_total(cohort.features(name), MODALITIES[name].total_by) for name in measured}
    )
    scores = symptom_scores(cohort)
    adjusted = covariates(cohort)
    kept, flow, quality, farthest = select(cohort, scores, adjusted, features)
    tables = {name: features.loc[kept, name] for name in measured}
    connections = None
    if cohort.connectomes is not None:
        connections = group_connectome(cohort.connectomes, kept, study.connections)
        tables |= analysed_connections(cohort.connectomes, kept, connections)
    return Sample(
        cohort=cohort,
        study=study,
        scores=scores.loc[kept],
        covariates=adjusted.loc[kept],
        nuisances=nuisances(cohort).loc[kept],
        features=_side_by_side({name: tables[name] for name in cohort.modalities()}),
        validation=validation_measures(cohort).loc[kept],
        flow=flow,
        quality=quality,
        farthest=farthest,
        connections=connections,
    )


def _side_by_side(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, axis=1, names=["modality", "feature"])


def with_total(regional: pd.DataFrame, how: str) -> pd.DataFrame:
    """Add the global feature; it is missing where a region is."""
    if how == "none":
        return regional
    total = regional.sum(axis=1, skipna=False)
    return regional.assign(total=total / regional.shape[1] if how == "mean" else total)
