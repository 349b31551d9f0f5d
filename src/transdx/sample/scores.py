"""Symptom scores, covariates and what the scores are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real

import numpy as np
import pandas as pd

from transdx.cohort import Cohort
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.study import Covariate, Score, Validation, Variable


def symptom_scores(cohort: Cohort) -> pd.DataFrame:
    """Score the symptoms in points: items summed within a visit, then averaged over visits.

    A missing item makes that visit missing; a missing visit is ignored; somebody without any
    complete visit has a missing score.
    """
    made = {score.name: _score(cohort, score) for score in cohort.study.scores}
    return pd.DataFrame(made, index=cohort.table.index)


def _score(cohort: Cohort, score: Score) -> pd.Series:
    visits = [_item_sum(cohort, score, visit) for visit in score.visits]
    values = pd.concat(visits, axis=1).mean(axis=1, skipna=True)
    outside = (values < 0) | (values > score.highest)
    if outside.any():
        raise InputError(
            f"score '{score.name}' should lie between 0 and {score.highest:g}, but {outside.sum()} "
            f"participant(s) lie outside; check the codes of {', '.join(score.items)}"
        )
    return values


def answers(cohort: Cohort, asked: Score | Validation, visit: int) -> pd.DataFrame:
    """Give the answers to each item of a score or questionnaire at a visit, in points."""
    items = [cohort.values(Variable(item, visit)) for item in asked.items]
    if isinstance(asked, Score) and asked.codes is not None:
        items = [_coded(item, asked.codes, f"score '{asked.name}'") for item in items]
    return pd.concat(items, axis=1).astype("float64") + asked.offset


def _item_sum(cohort: Cohort, asked: Score | Validation, visit: int) -> pd.Series:
    return answers(cohort, asked, visit).sum(axis=1, skipna=False)


def covariates(cohort: Cohort) -> pd.DataFrame:
    """Make the covariates of the study, in their own units."""
    return _made(cohort, cohort.study.covariates)


def nuisances(cohort: Cohort) -> pd.DataFrame:
    """Make the nuisances of the study that the source holds, in their own units, with gaps."""
    there = [one for one in cohort.study.nuisances if any(map(cohort.has, one.variables))]
    return _made(cohort, there)


def further(cohort: Cohort, wanted: Iterable[Covariate]) -> pd.DataFrame:
    """Make covariates that a replication adds, in their own units, with gaps."""
    return _made(cohort, wanted)


def _made(cohort: Cohort, wanted: Iterable[Covariate]) -> pd.DataFrame:
    made: dict[str, pd.Series] = {}
    for covariate in wanted:
        if covariate.product:
            factors = pd.concat([made[name] for name in covariate.product], axis=1)
            made[covariate.name] = factors.prod(axis=1, skipna=False)
        else:
            made[covariate.name] = _taken(cohort, covariate)
    return pd.DataFrame(made, index=cohort.table.index)


def _taken(cohort: Cohort, covariate: Covariate) -> pd.Series:
    """Take of the variables of a covariate the first that is present, the largest, or the sum."""
    if covariate.take == "first":
        return _read(_first_present(cohort, covariate), covariate)
    there = pd.concat(
        [_read(cohort.values(each), covariate) for each in covariate.variables], axis=1
    )
    if covariate.take == "largest":
        return there.max(axis=1)
    less = [_read(cohort.values(each), covariate) for each in covariate.reversed]
    return pd.concat([there, *(-one for one in less)], axis=1).sum(axis=1, skipna=False)


def _first_present(cohort: Cohort, covariate: Covariate) -> pd.Series:
    values = cohort.values(covariate.variables[0])
    for other in covariate.variables[1:]:
        values = values.where(values.notna(), cohort.values(other))
    return values


def _read(values: pd.Series, covariate: Covariate) -> pd.Series:
    """Read the codes of a covariate, if it has any, and what no answer counts as."""
    # Of several answers, as of one, some say that there is none.
    special = {str(code) for each in covariate.read for code in _special(each)}
    values = values.mask(values.isin(special))
    if covariate.any_of:
        listed = set(covariate.any_of)
        given = values.astype("string").fillna("").str.split("|")
        return given.map(lambda codes: not listed.isdisjoint(codes)).astype("float64")
    if covariate.codes is not None:
        values = _coded(values, covariate.codes, f"covariate '{covariate.name}'")
    values = values.astype("float64")
    return values if covariate.otherwise is None else values.fillna(covariate.otherwise)


def _special(variable: Variable) -> frozenset[int]:
    field = dictionary().get(variable.name)
    return field.special if field else frozenset()


def _coded(values: pd.Series, codes: Mapping[str, float], what: str) -> pd.Series:
    # Codes are written as text in the study file; 1, 1.0 and "1" name the same code.
    written = values.map(lambda v: f"{v:g}" if isinstance(v, Real) else v, na_action="ignore")
    points = {text: _points(str(text), codes) for text in written.dropna().unique()}
    unknown = written.isin([text for text, value in points.items() if value is None])
    if unknown.any():
        raise InputError(
            f"{what}: expected {', '.join(codes)}, but {unknown.sum()} "
            f"participant(s) hold other codes"
        )
    return written.map(points).astype("float64")


def _points(text: str, codes: Mapping[str, float]) -> float | None:
    """Give the points of a code, or the most of several answers; None where one is unknown."""
    found = [codes.get(code, codes.get("*")) for code in text.split("|")]
    return None if None in found else max(one for one in found if one is not None)


def validation_measures(cohort: Cohort) -> pd.DataFrame:
    """Make what the scores are held against, columns (score, criterion).

    The questionnaire sum in points, and the lifetime diagnosis as 0 or 1, both missing where they
    were not asked or not answered.
    """
    made: dict[tuple[str, str], pd.Series] = {}
    for held in cohort.study.validation:
        made[(held.score, held.questionnaire)] = _item_sum(cohort, held, 0)
        made[(held.score, "diagnosis")] = _diagnosis(cohort, held)
    return pd.DataFrame(made, index=cohort.table.index)


def _diagnosis(cohort: Cohort, held: Validation) -> pd.Series:
    """Read a diagnosis: missing where a gate question or the answer itself is."""
    told = Variable(held.diagnosis)
    asked = pd.concat([cohort.values(Variable(gate)).notna() for gate in held.gates], axis=1)
    codes = cohort.values(told).astype("string").fillna("").str.split("|").map(set)
    refused = codes.map(lambda given: any(code.startswith("-") for code in given))
    has = codes.map(lambda given: str(held.code) in given).astype("float64")
    known = asked.all(axis=1) & ~refused & cohort.has(told)
    return has.where(known, np.nan)
