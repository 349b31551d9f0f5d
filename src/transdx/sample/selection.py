"""Who is included: inclusion rules, outliers, missing values, and the participant flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transdx.cohort import Cohort
from transdx.errors import InputError
from transdx.modalities import CONNECTIVITY, MODALITIES, STRUCTURE
from transdx.results.schema import TABLES
from transdx.sample.connectivity import has_connectome, person_summaries
from transdx.study import Rule

_QUALITY = TABLES["quality"].names


@dataclass(frozen=True)
class Step:
    """A step of the participant flow: how many leave there, why, and how many are left."""

    step: str
    label: str
    excluded: int
    remaining: int


class _Flow:
    """People still in, and how they left."""

    def __init__(self, index: pd.Index, withdrawn: int) -> None:
        self.inside = pd.Series(data=True, index=index)
        everybody = len(index) + withdrawn
        self.steps = [Step("source", "In the data", 0, everybody)]
        if withdrawn:
            self.steps.append(Step("withdrawn", "Withdrew consent", withdrawn, len(index)))
        if not len(index):
            raise InputError(
                "everybody in the data has withdrawn; check the lists of withdrawn people"
            )

    def keep(self, step: str, label: str, stays: pd.Series) -> None:
        before = int(self.inside.sum())
        self.inside &= stays
        after = int(self.inside.sum())
        self.steps.append(Step(step, label, before - after, after))
        if after == 0:
            raise InputError(
                f"nobody is left after the step '{label}' ({before} before it); "
                "check the columns that it looks at"
            )


def select(
    cohort: Cohort, scores: pd.DataFrame, covariates: pd.DataFrame, features: pd.DataFrame
) -> tuple[pd.Index, tuple[Step, ...], pd.DataFrame, pd.Series]:
    """Select participants by the rules of the study: who, how, and the measures of outliers.

    The last says of everybody whom outlier rules were asked about how far out they lie, see
    `transdx.sample.Sample`.
    """
    study = cohort.study
    flow = _Flow(cohort.table.index, cohort.withdrawn)
    if study.imaging is not None:
        flow.keep("imaging", "No imaging visit", cohort.values(study.imaging).notna())
    regional = features.drop(columns="total", level="feature")
    structure = regional.loc[:, regional.columns.get_level_values("modality").isin(STRUCTURE)]
    by_modality = structure.notna().T.groupby(level="modality").any().T
    flow.keep("modalities", "No structural images", by_modality.all(axis=1))
    for modality in (name for name in cohort.modalities() if name not in STRUCTURE):
        flow.keep(modality, f"No {MODALITIES[modality].image}", _imaged(cohort, modality))
    for number, rule in enumerate(study.inclusion, start=1):
        flow.keep(f"inclusion_{number}", rule.label, obeys(cohort, rule))
    flow.keep("regions", "A region is missing", structure.notna().all(axis=1))
    quality, farthest = _drop_outliers(flow, cohort, regional)
    flow.keep("scores", "A symptom score is missing", scores.notna().all(axis=1))
    flow.keep("covariates", "A covariate is missing", covariates.notna().all(axis=1))
    return flow.inside.index[flow.inside], tuple(flow.steps), quality, farthest


def obeys(cohort: Cohort, rule: Rule) -> pd.Series:
    """Say who stays by a rule."""
    values = cohort.values(rule.variable)
    if rule.equals is not None:
        return values == rule.equals
    return values > rule.above if rule.above is not None else values.notna()


def _imaged(cohort: Cohort, modality: str) -> pd.Series:
    if modality in CONNECTIVITY and cohort.connectomes is not None:
        return has_connectome(cohort.connectomes, modality, cohort.table.index)
    return cohort.features(modality).notna().all(axis=1)


def _drop_outliers(
    flow: _Flow, cohort: Cohort, regional: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Leave out who is an outlier on any measure; fences come from those still inside."""
    study = cohort.study
    images = pd.DataFrame({label: cohort.values(v) for v, label in study.quality.items()})
    images.columns = pd.MultiIndex.from_product([["image quality"], images.columns])
    base = flow.inside.copy()
    modality = regional.columns.get_level_values("modality")
    structure = modality.isin(STRUCTURE)
    kinds = [
        ("outliers_quality", "Outlier in image quality", images),
        ("outliers_regions", "Outlier in a regional value", regional.loc[:, structure]),
    ]
    if cohort.connectomes is not None:
        summaries = person_summaries(cohort.connectomes, base.index[base]).reindex(base.index)
        summaries.columns = pd.MultiIndex.from_product([["connectome"], summaries.columns])
        kinds.append(("outliers_connectomes", "Outlier in a connectome", summaries))
    for name in modality[~structure].unique():
        one = MODALITIES[name]
        own = regional.loc[:, modality == name]
        kinds.append((f"outliers_{one.short}", f"Outlier in {one.label}", own))
    everything = pd.concat([values for *_, values in kinds], axis=1).loc[base]
    if study.fences is None:
        return pd.DataFrame(columns=_QUALITY), farthest_out(everything)
    for step, label, values in kinds:
        fences = outlier_fences(values.loc[base], width=study.fences)
        outside = (values < fences["lower"]) | (values > fences["upper"])
        flow.keep(step, label, ~outside.any(axis=1))
    return _quality_table(everything, width=study.fences), farthest_out(everything)


def outlier_fences(values: pd.DataFrame, *, width: float) -> pd.DataFrame:
    """Put fences around the quartiles of each column, `width` interquartile ranges away.

    Quartiles are Hazen's, which are those of MATLAB's ``quantile``
    (Hyndman and Fan 1996, type 5, doi:10.2307/2684934).

    >>> frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    >>> outlier_fences(frame, width=2.5).loc["a"].to_list()
    [1.5, 2.5, 3.5, -3.5, 8.5]
    """
    numbers = values.to_numpy(dtype=float)
    q1, median, q3 = np.nanquantile(numbers, [0.25, 0.5, 0.75], axis=0, method="hazen")
    reach = width * (q3 - q1)
    found = {"q1": q1, "median": median, "q3": q3, "lower": q1 - reach, "upper": q3 + reach}
    return pd.DataFrame(found, index=values.columns)


def farthest_out(values: pd.DataFrame) -> pd.Series:
    """Say of each person how many interquartile ranges outside the quartiles their farthest lies.

    Within fences of a width are those of whom it is at most that width; 0 is between quartiles.

    >>> farthest_out(pd.DataFrame({"a": [1.0, 2, 3, 14], "b": [1.0, 2, 3, 4]})).to_list()
    [0.25, 0.0, 0.0, 0.785...]
    """
    fences = outlier_fences(values, width=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.fmax(fences["q1"] - values, values - fences["q3"]) / (fences["q3"] - fences["q1"])
    return pd.Series(out.max(axis=1).clip(lower=0).fillna(0.0), index=values.index)


def _quality_table(values: pd.DataFrame, *, width: float) -> pd.DataFrame:
    table = outlier_fences(values, width=width)
    table["n"] = values.notna().sum()
    table["below"] = (values < table["lower"]).sum()
    table["above"] = (values > table["upper"]).sum()
    table["minimum"], table["maximum"] = values.min(), values.max()
    table["group"] = table.index.get_level_values(0)
    table["measure"] = table["label"] = table.index.get_level_values(1)
    return table.reset_index(drop=True)[_QUALITY]
