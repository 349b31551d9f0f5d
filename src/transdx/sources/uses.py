"""What each variable of an export is for, and what to ask the platform for: read off the study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from transdx import modalities
from transdx.fields import dictionary
from transdx.naming import label
from transdx.sources.bulk import FILES
from transdx.study import Study, Variable

__all__ = ["BULK", "Use", "asked", "uses", "written"]

#: Bulk fields, which are files and no columns, by what they are for.
BULK = dict(
    zip(
        FILES,
        (
            "functional connectivity: time series of the cortex",
            "functional connectivity: time series of the subcortex",
            "structural connectivity: weights between regions",
        ),
        strict=True,
    )
)


class Use(NamedTuple):
    """What a variable is for, in words, and whether the study cannot be run without it."""

    words: str
    needed: bool


def uses(study: Study) -> dict[Variable, Use]:
    """Say of each variable that a study may read from an export what it is for.

    >>> from transdx.study import load_study
    >>> uses(load_study("ukb"))[Variable("21003", 2)]
    Use(words='who came to the images; age', needed=True)
    """
    found: dict[Variable, dict[str, None]] = {}
    for variable, words in [*_asked(study), *_measured(study)]:
        found.setdefault(variable, {})[words] = None
    again = [(variable, words) for variable, words in _again(study) if variable not in found]
    for variable, words in again:
        found.setdefault(variable, {})[words] = None
    needed = {*study.required(), *_structural(study)}
    return {key: Use("; ".join(words), key in needed) for key, words in found.items()}


def asked(study: Study) -> dict[Variable, Use]:
    """Give of `uses` what the platform can be asked for: of fields with one title the first.

    A field that took another's number holds the same people's answers, and the old number is gone.
    """
    first: dict[str, str] = {}
    for field in dictionary().values():
        first.setdefault(field.title, field.id)
    return {
        variable: use
        for variable, use in uses(study).items()
        if first[dictionary()[variable.name].title] == variable.name
    }


def written(variable: Variable) -> str:
    """Write a variable as the platform names its column.

    >>> written(Variable("31")), written(Variable("21003", 2))
    ('p31', 'p21003_i2')
    """
    entry = dictionary().get(variable.name)
    single = entry is not None and entry.visits == (0,)
    return f"p{variable.name}" if single else f"p{variable.name}_i{variable.visit}"


def _asked(study: Study) -> Iterator[tuple[Variable, str]]:
    """Say what the study itself asks about people."""
    if study.imaging:
        yield study.imaging, "who came to the images"
    for score in study.scores:
        for visit in score.visits:
            yield from ((Variable(item, visit), f"{score.label} score") for item in score.items)
    for covariate in study.covariates:
        yield from ((one, covariate.label or label(covariate.name)) for one in covariate.read)
    for rule in study.inclusion:
        yield rule.variable, "rule of inclusion"
    for variable in study.quality:
        yield variable, "outliers in image quality"
    for nuisance in study.nuisances:
        yield from ((one, f"nuisance: {nuisance.label}") for one in nuisance.read)
    for held in study.validation:
        names = (*held.items, held.diagnosis, *held.gates)
        yield from ((Variable(name), f"validation of the {held.score} score") for name in names)


def _measured(study: Study) -> Iterator[tuple[Variable, str]]:
    for variable in _images(study, study.visit):
        yield variable, modalities.MODALITIES[dictionary()[variable.name].modality].label


def _again(study: Study) -> Iterator[tuple[Variable, str]]:
    """Say what only replications ask for."""
    for one in study.replications:
        visited = [*study.again(one).required(), *_images(study, one.visit)] if one.visit else []
        for variable in [*one.variables(), *visited]:
            yield variable, f"robustness: {one.label}"


def _images(study: Study, visit: int) -> list[Variable]:
    fields = [one for one in dictionary().values() if one.modality in study.modalities]
    return [Variable(one.id, visit) for one in fields]


def _structural(study: Study) -> list[Variable]:
    images = _images(study, study.visit)
    return [one for one in images if dictionary()[one.name].modality in modalities.STRUCTURE]
