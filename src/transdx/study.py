"""Which study is run, as data: scores, covariates, modalities, who is included."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from transdx.errors import InputError, nearest
from transdx.fields import declare, dictionary
from transdx.modalities import known_modality

__all__ = [
    "STUDY_FILE",
    "Connections",
    "Covariate",
    "Rule",
    "Score",
    "Study",
    "Table",
    "Validation",
    "Variable",
    "adopt",
    "known_scores",
    "load_study",
    "read_study",
]

#: Which study file each world runs; simulated data are analysed as real ones are.
STUDY_OF_WORLD = {"simulated": "ukb", "open": "open", "ukb": "ukb"}

#: A study file of one's own lies beside an export under this name, and comes before the world's.
STUDY_FILE = "study.toml"


@dataclass(frozen=True)
class Variable:
    """A raw variable at one visit, written ``21003@2`` (``31`` where there is one visit)."""

    name: str
    visit: int = 0

    @classmethod
    def parse(cls, text: str) -> Variable:
        """Read the written form.

        Examples
        --------
        >>> Variable.parse("21003@2")
        Variable(name='21003', visit=2)
        """
        name, _, visit = text.partition("@")
        return cls(name, int(visit or 0))

    @property
    def key(self) -> tuple[str, int]:
        """Column of the variable in a cohort."""
        return (self.name, self.visit)


@dataclass(frozen=True)
class Score:
    """A symptom score: items summed within a visit, then averaged over visits.

    `about` and `more` are words of sentences: what it asks, and what more points mean. Of a
    score without a mark or colours (one per theme), figures choose them.
    """

    name: str
    items: tuple[str, ...]
    offset: float
    visits: tuple[int, ...]
    highest: float
    label: str
    about: str = ""
    more: str = "more severe symptoms"
    mark: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> list[Variable]:
        """All raw variables the score needs."""
        return [Variable(item, visit) for visit in self.visits for item in self.items]


@dataclass(frozen=True)
class Covariate:
    """A covariate: the first variable that is present, or the product of other covariates."""

    name: str
    variables: tuple[Variable, ...] = ()
    codes: Mapping[str, float] | None = None
    product: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Rule:
    """Who stays: the variable is present, and equals or exceeds what is asked."""

    label: str
    variable: Variable
    equals: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Connections:
    """Which connections are analysed: by their mean, or by the share of people who have them."""

    mean_above: float | None = None
    prevalence_above: float | None = None


@dataclass(frozen=True)
class Validation:
    """What a score is held against: a questionnaire sum and a lifetime diagnosis."""

    score: str
    threshold: float
    questionnaire: str
    items: tuple[str, ...]
    offset: float
    diagnosis: str
    code: int
    gates: tuple[str, ...]

    def variables(self) -> list[Variable]:
        """All raw variables that are looked at."""
        return [Variable(name) for name in (*self.items, self.diagnosis, *self.gates)]


@dataclass(frozen=True)
class Table:
    """A file of reference data: participants' variables, or one modality of one hemisphere."""

    file: str
    modality: str = ""
    hemisphere: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes
    ----------
    name, title : str
        Short and long name.
    format : {'export', 'tables'}
        How its data lie on disk: a UK Biobank export, or open tables.
    imaging : Variable or None
        Present for those who came to the imaging visit.
    scores, covariates, inclusion, validation, tables : tuple
        See the classes of this module.
    modalities : tuple of str
        What is measured, see `transdx.modalities`. A source may lack connectomes and amygdala
        reactivity, see `transdx.cohort.Cohort.modalities`.
    connections : mapping of str to Connections
        Which connections of a modality are analysed.
    fences : float or None
        Outliers lie more than this many interquartile ranges outside the quartiles;
        None keeps everybody.
    quality : mapping of Variable to str
        Image-quality variables that the fences are applied to, with their labels.
    planted : tuple of dict
        Effects for simulated people beside those of the package: modality, feature, score, beta.
    """

    name: str
    title: str
    format: str
    imaging: Variable | None
    scores: tuple[Score, ...]
    covariates: tuple[Covariate, ...]
    modalities: tuple[str, ...]
    connections: Mapping[str, Connections]
    inclusion: tuple[Rule, ...]
    fences: float | None
    quality: Mapping[Variable, str]
    validation: tuple[Validation, ...]
    tables: tuple[Table, ...]
    planted: tuple[dict[str, Any], ...] = ()

    @property
    def score_names(self) -> list[str]:
        """Names of the scores, in order."""
        return [score.name for score in self.scores]

    @property
    def covariate_names(self) -> list[str]:
        """Names of the covariates, in order."""
        return [covariate.name for covariate in self.covariates]

    def required(self) -> list[Variable]:
        """Raw variables without which the study cannot be run."""
        named = [variable for score in self.scores for variable in score.variables()]
        named += [covariate.variables[0] for covariate in self.covariates if covariate.variables]
        named += [rule.variable for rule in self.inclusion] + list(self.quality)
        named += [self.imaging] if self.imaging else []
        return list(dict.fromkeys(named))

    def optional(self) -> list[Variable]:
        """Raw variables that are used where they are present."""
        named = [variable for held in self.validation for variable in held.variables()]
        named += [other for covariate in self.covariates for other in covariate.variables[1:]]
        return list(dict.fromkeys(named))


def load_study(world: str, data: str | Path = "") -> Study:
    """Read the study of a world, or the one that lies beside an export.

    Parameters
    ----------
    world : {'simulated', 'open', 'ukb'}
        Where the data come from. Simulated data run the study of UK Biobank.
    data : str or pathlib.Path, optional
        Folder or file of an export. A file ``study.toml`` beside it is read instead; it may
        extend a study of the package (``extends = "ukb"``), and then says only what differs.

    Returns
    -------
    Study
        Figures and sentences know its scores from then on, see `known_scores`.

    Raises
    ------
    InputError
        If the world is unknown, or the file is not what a study file should be.

    Examples
    --------
    >>> load_study("open").score_names
    ['neuroticism']
    """
    if world not in STUDY_OF_WORLD:
        known = ", ".join(STUDY_OF_WORLD)
        raise InputError(
            f"expected a world ({known}), got '{world}'{nearest(world, STUDY_OF_WORLD)}"
        )
    own = Path(data, STUDY_FILE) if Path(data).is_dir() else Path(data).with_name(STUDY_FILE)
    if not str(data) or not own.is_file():
        return _packaged(STUDY_OF_WORLD[world])
    return read_study(own)


def read_study(path: Path) -> Study:
    """Read a study file of one's own, see `load_study`."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        if "extends" in raw:
            raw = _merged(_raw(raw.pop("extends")), raw)
        declare(raw.get("fields", {}))
        study = _study(raw)
        unknown = {item for score in study.scores for item in score.items} - set(dictionary())
        if unknown and study.format == "export":
            raise ValueError(f"it does not describe its items; add [fields.{min(unknown)}]")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"{path.name} is no study file: {what}; see transdx.study.load_study"
        ) from error
    adopt(study.scores)
    return study


def adopt(scores: Iterable[Score | Mapping[str, Any]]) -> None:
    """Let figures and sentences know some scores, or the records that a manifest holds of them."""
    for one in scores:
        score = one if isinstance(one, Score) else Score(**one)
        _LOADED[score.name] = score


#: Scores of study files that were read beside exports.
_LOADED: dict[str, Score] = {}


def known_scores() -> dict[str, Score]:
    """Give every score that figures and sentences know, by name, in reading order.

    Those of the studies of the package come first, then those of study files that this process
    has read.

    Examples
    --------
    >>> known_scores()["anxiety"].highest
    3
    """
    packaged = [_packaged(name) for name in dict.fromkeys(STUDY_OF_WORLD.values())]
    return {score.name: score for study in packaged for score in study.scores} | _LOADED


@cache
def _packaged(name: str) -> Study:
    return _study(_raw(name))


def _raw(name: str) -> dict[str, Any]:
    if name not in STUDY_OF_WORLD.values():
        known = sorted(set(STUDY_OF_WORLD.values()))
        raise ValueError(f"it extends '{name}', and the studies are {', '.join(known)}")
    source = files("transdx").joinpath("studies", f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a study over another; tables are merged, everything else is replaced."""
    both = {
        key: _merged(base[key], value)
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return base | own | both


def _study(raw: dict[str, Any]) -> Study:
    outliers = raw.get("outliers", {})
    return Study(
        name=raw["name"],
        title=raw["title"],
        format=raw["format"],
        imaging=Variable.parse(raw["imaging"]) if "imaging" in raw else None,
        scores=tuple(_score(name, s) for name, s in raw["scores"].items()),
        covariates=tuple(_covariate(name, c) for name, c in raw["covariates"].items()),
        modalities=tuple(known_modality(name).id for name in raw["modalities"]),
        connections={m: Connections(**rule) for m, rule in raw.get("connections", {}).items()},
        inclusion=tuple(
            Rule(r["label"], Variable.parse(r["variable"]), r.get("equals"), r.get("above"))
            for r in raw.get("inclusion", [])
        ),
        fences=outliers.get("fences"),
        quality={Variable.parse(v): text for v, text in outliers.get("variables", {}).items()},
        validation=tuple(_validation(score, v) for score, v in raw.get("validation", {}).items()),
        tables=tuple(Table(**table) for table in raw.get("tables", {}).values()),
        planted=tuple(raw.get("planted", [])),
    )


def _score(name: str, raw: dict[str, Any]) -> Score:
    lists = {"items": tuple(raw["items"]), "visits": tuple(raw["visits"])}
    return Score(name, **{"label": name.replace("_", " "), **raw, **lists})


def _covariate(name: str, raw: dict[str, Any]) -> Covariate:
    return Covariate(
        name,
        variables=tuple(Variable.parse(text) for text in raw.get("variables", [])),
        codes=raw.get("codes"),
        product=tuple(raw.get("product", [])),
        unit=raw.get("unit", ""),
    )


def _validation(score: str, raw: dict[str, Any]) -> Validation:
    lists = {"items": tuple(raw["items"]), "gates": tuple(raw["gates"])}
    return Validation(score=score, **{**raw, **lists})
