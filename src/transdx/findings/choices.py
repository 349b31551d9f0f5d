"""What could have been chosen otherwise, and what of it some data allow."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from transdx.modalities import CONNECTIVITY, MODALITIES
from transdx.naming import label
from transdx.sample import Sample, answers, farthest_out, with_total
from transdx.sample.connectivity import connection_totals
from transdx.sample.scores import covariates, nuisances, symptom_scores
from transdx.stats.specifications import Specification
from transdx.study import STUDY, Score

__all__ = ["Choices", "Option", "load_choices", "offered", "options_of"]

_Value = TypeVar("_Value")

#: Far values are pulled in to so many interquartile ranges outside the quartiles.
_CLIPPED = 1.5
#: Fewer people than these, beside the covariates, make no specification.
_FEW = 30
_HEAD = "head_size"


@dataclass(frozen=True)
class Option:
    """An option of a choice, see ``studies/specifications.toml``."""

    name: str
    label: str
    reason: str
    only: tuple[str, ...] | None = None
    adjustment: str = ""
    fences: float | None = None
    own: bool = False


@dataclass(frozen=True)
class Measure:
    """What is associated with the scores: the sum of some features of a modality."""

    modality: str
    features: tuple[str, ...]
    scalings: tuple[str, ...]
    name: str = ""

    @property
    def id(self) -> tuple[str, str]:
        """Modality and feature, as tables name it."""
        return self.modality, self.name or self.features[0]


@dataclass(frozen=True)
class Choices:
    """All that could have been chosen: options by choice, and of what."""

    measures: tuple[Measure, ...]
    options: Mapping[str, tuple[Option, ...]]  # by choice; those of a null are columns of p


@cache
def load_choices() -> Choices:
    """Read what could have been chosen otherwise.

    >>> [option.name for option in load_choices().options["outliers"]]
    ['study', 'none', 'narrow', 'wide', 'own']
    """
    text = files("transdx").joinpath("studies", "specifications.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    measures = tuple(
        Measure(**{key: _frozen(value) for key, value in one.items()})
        for one in raw.pop("measures")
    )
    options = {
        choice: tuple(
            Option(name, **{key: _frozen(value) for key, value in one.items()})
            for name, one in named.items()
        )
        for choice, named in raw.items()
    }
    return Choices(measures, options)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Offered:
    """What some data allow: columns to associate, and every way to do it.

    Attributes
    ----------
    measures : pandas.DataFrame, shape (M, any)
        Columns are (measure, scaling).
    outcomes : pandas.DataFrame, shape (M, any)
        Columns are (score, definition).
    covariates : pandas.DataFrame, shape (M, C)
        With nuisances.
    ways : pandas.DataFrame
        A row for each specification of a measure: modality, feature, and the options of the choices
        but that of the definition, which is one of the outcomes.
    specifications : list of Specification
        The same to compute with.
    """

    measures: pd.DataFrame
    outcomes: pd.DataFrame
    covariates: pd.DataFrame
    ways: pd.DataFrame
    specifications: list[Specification]


def offered(sample: Sample) -> Offered:
    """Say what the data of a sample allow; no way where they hold none of the measures."""
    everything = pd.concat([covariates(sample.cohort), nuisances(sample.cohort)], axis=1)
    scores = symptom_scores(sample.cohort)
    held = everything[list(sample.covariates)].notna().all(axis=1) & scores.notna().all(axis=1)
    people = sample.farthest.index[held[sample.farthest.index]]
    everything, scores = everything.loc[people], scores.loc[people]
    wanted = [one for one in load_choices().measures if _holds(sample, one)]
    raw = {one.id: _values(sample, one, people) for one in wanted}
    head = everything.get(_HEAD)
    measures: dict[tuple[str, ...], pd.Series] = {}
    ways, specifications = [], []
    adjusted = _distinct(covariate_sets(sample, everything))
    for one in wanted:
        rules = _distinct(_people(sample, people, raw[one.id]))
        scaled = _scaled(one, raw[one.id], head)
        measures |= {(*one.id, name): values for name, values in scaled.items()}
        for names, rule, scaling in product(adjusted, rules, scaled):
            ways.append((*one.id, names, rule, scaling))
            column = (*one.id, scaling)
            specifications.append(Specification(column, adjusted[names], rules[rule]))
    columns = ["modality", "feature", "covariates", "outliers", "scaling"]
    return Offered(
        measures=pd.DataFrame(measures, index=people),
        outcomes=pd.DataFrame(dict(_defined(sample, scores)), index=people),
        covariates=everything,
        ways=pd.DataFrame(ways, columns=columns),
        specifications=specifications,
    )


def _holds(sample: Sample, measure: Measure) -> bool:
    columns = sample.features.columns
    return all((measure.modality, feature) in columns for feature in measure.features)


def _values(sample: Sample, measure: Measure, people: pd.Index) -> pd.Series:
    """Give a measure of people of whom outlier rules of the study left some out."""
    modality, cohort = measure.modality, sample.cohort
    if modality not in CONNECTIVITY:
        table = with_total(cohort.features(modality), MODALITIES[modality].total_by)
        return table.loc[people, list(measure.features)].sum(axis=1, skipna=False)
    found = sample.features.loc[:, [(modality, one) for one in measure.features]].sum(axis=1)
    others = people.difference(found.index)
    if len(others) and cohort.connectomes is not None and sample.connections is not None:
        more = connection_totals(cohort.connectomes, modality, others, sample.connections)
        found = pd.concat([found, more])
    return found.reindex(people).astype(float)


def covariate_sets(sample: Sample, there: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Name the covariates of every set; of nuisances those that enough people have together."""
    own = tuple(map(str, sample.covariates))
    nuisances_of = {one.name: one.nuisances for one in sample.study.adjustments}
    found = {}
    for option in options_of("covariates", sample):
        names = own if option.only is None else tuple(n for n in option.only if n in own)
        more = nuisances_of.get(option.adjustment, ())
        if not set(more) <= set(there):
            continue
        names += more
        if there[list(names)].notna().all(axis=1).sum() >= len(names) + _FEW:
            found[option.name] = names
    return found


def options_of(choice: str, sample: Sample) -> list[Option]:
    """List the options of a choice; of covariates all adjustments of the study are options."""
    found = list(load_choices().options[choice])
    if choice == "outliers" and sample.study.fences is None:
        # What the study does has another name among the options.
        usual, none, *others = found
        found = [replace(none, name=usual.name), *others]
    if choice == "covariates":
        study = {one.name for one in sample.study.adjustments}
        found = [one for one in found if not one.adjustment or one.adjustment in study]
        named = {one.adjustment for one in found}
        found += [
            Option(one, f"study + {label(one)}", "an adjustment of the study", adjustment=one)
            for one in (adjustment.name for adjustment in sample.study.adjustments)
            if one not in named
        ]
    return found


def _people(sample: Sample, people: pd.Index, values: pd.Series) -> dict[str, Any]:
    """Say whom each rule on outliers keeps; those of the study are the people of the sample."""
    found: dict[str, Any] = {}
    farthest = sample.farthest[people]
    for option in options_of("outliers", sample):
        if option.name == STUDY or option.fences is None:
            found[option.name] = people.isin(sample.scores.index)
        else:
            out = farthest_out(values.to_frame()) if option.own else farthest
            found[option.name] = (out <= option.fences).to_numpy()
    return {name: kept for name, kept in found.items() if kept.sum() >= _FEW}


def _distinct(options: Mapping[str, _Value]) -> dict[str, _Value]:
    """Leave out options that come to the same as one before them."""
    found: dict[str, _Value] = {}
    for name, value in options.items():
        values = np.asarray(value)
        if not any(np.array_equal(values, np.asarray(other)) for other in found.values()):
            found[name] = value
    return found


def _scaled(measure: Measure, values: pd.Series, head: pd.Series | None) -> dict[str, pd.Series]:
    """Scale a measure in each of its ways, over all who may be analysed."""
    ways: dict[str, Callable[[], pd.Series | None]] = {
        "measured": lambda: values,
        "ranks": lambda: _normal(values),
        "clipped": lambda: _pulled(values),
        "log": lambda: np.log(values) if (values > 0).all() else None,
        "ratio": lambda: values / head if head is not None else None,
    }
    made = {name: ways[name]() for name in measure.scalings}
    return {name: one for name, one in made.items() if one is not None}


def _normal(values: pd.Series) -> pd.Series:
    """Put normal quantiles in place of ranks (Blom)."""
    share = (values.rank() - 0.375) / (values.count() + 0.25)
    return pd.Series(stats.norm.ppf(share), index=values.index)


def _pulled(values: pd.Series) -> pd.Series:
    q1, q3 = np.nanquantile(values, [0.25, 0.75], method="hazen")
    reach = _CLIPPED * (q3 - q1)
    return values.clip(q1 - reach, q3 + reach)


def _defined(sample: Sample, scores: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.Series]]:
    """Define every score in each way that makes another of it, for everybody."""
    for score in sample.study.scores:
        values = scores[score.name]
        made = {"visits": values, "imaging": _at_images(sample, score, values)}
        if values.nunique() > 2:
            made["any"] = (values > 0).astype(float) if values.min() == 0 else values
            made["ranks"] = values.rank()
        for name, one in _distinct(made).items():
            yield (score.name, name), one


def _at_images(sample: Sample, score: Score, values: pd.Series) -> pd.Series:
    """Score the visit of the images; where that is missing, all visits."""
    if sample.study.visit not in score.visits:
        return values
    then = answers(sample.cohort, score, sample.study.visit).sum(axis=1, skipna=False)
    return then.reindex(values.index).fillna(values)
