"""Which study is run, as data: scores, covariates, modalities, who is included."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from transdx._cohorts import COHORTS, USUAL
from transdx._covariates import (
    STUDY,
    Adjustment,
    Covariate,
    read_adjustments,
    read_nuisances,
)
from transdx._records import Block, Variable, check_keys, check_visit, is_at, named, record, value
from transdx._replications import Replication, Rule, read_replications
from transdx.errors import InputError, nearest
from transdx.fields import declare, dictionary
from transdx.modalities import CONNECTIVITY, known_modality

__all__ = [
    "STUDY",
    "Adjustment",
    "Covariate",
    "Replication",
    "Rule",
    "Variable",
    *("MINIMUM", "STUDY_OF_WORLD", "Connections", "Families", "Repeat", "Score", "Study", "Table"),
    *("Validation", "adopt", "known_cohorts", "known_scores", "load_study", "study_file"),
]

#: Which study file each world runs; simulated data are analysed as real ones are, and the
#: open world has one for each of its cohorts.
STUDY_OF_WORLD = {"simulated": "ukb", "open": USUAL, "ukb": "ukb"}

#: A study file of one's own lies beside an export under this name, and comes before the world's.
_STUDY_FILE = "study.toml"

#: People behind a number that leaves, at least: UK Biobank, "Sensitive phenotypes and aggregate
#: numbers in publicly available materials" (community article 24842058268061).
MINIMUM = 5

#: Where in the package each study lies.
_PLACES = {"ukb": "ukb.toml", **{name: f"open/{name}.toml" for name in COHORTS}}


@dataclass(frozen=True)
class Score:
    """A symptom score: items summed within a visit, then averaged over visits.

    `symptoms` are those of the study that it is the nearest to, where it asks for none itself.
    `codes` are the numbers of items that are written in words. `about` says what it asks, in a
    sentence. Of a score without a mark or colours (one per theme), figures choose them.
    """

    name: str
    items: tuple[str, ...]
    offset: float
    visits: tuple[int, ...]
    highest: float
    label: str
    about: str = ""
    symptoms: tuple[str, ...] = ()
    codes: Mapping[str, float] | None = None
    mark: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Table:
    """Reference data of one layout: participants' variables, or one modality of one hemisphere.

    The rows of its files follow each other. `modality`, `hemisphere` and `pattern` (with the name
    of the region as its group) are those of regions. The rest is where a file has its own ways.
    """

    files: tuple[str, ...]
    modality: str = ""
    hemisphere: str = ""
    pattern: str = ""
    # regions by what the file calls them, where only these are to be taken: its atlas is another
    names: Mapping[str, str] = field(default_factory=dict)
    ids: str = "(.+)"  # what of an id, as a group, is the same in all files
    rows: Mapping[str, str] = field(default_factory=dict)  # those that hold this in a column
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by column
    visit: int = 0


@dataclass(frozen=True)
class Repeat:
    """People who were measured a second time, and when."""

    name: str
    label: str
    visit: int
    inclusion: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Families:
    """Which tests are corrected together: those of a kind that are alike in these columns."""

    globals: tuple[str, ...]
    regions: tuple[str, ...]
    connections: tuple[str, ...]
    annotations: tuple[str, ...]
    # of the differences between two scores: in a global measure, and in all others
    global_contrasts: tuple[str, ...]
    contrasts: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """A study; see the other classes of this module."""

    format: str  # how its data lie on disk: "export" (of UK Biobank) or "tables"
    imaging: Variable | None  # present for those who came to the imaging visit
    scores: tuple[Score, ...]
    covariates: tuple[Covariate, ...]
    modalities: tuple[str, ...]  # a source may lack some, see `transdx.cohort.Cohort.modalities`
    connections: Mapping[str, Connections]  # by modality, which of them are analysed
    inclusion: tuple[Rule, ...]
    # outliers lie more interquartile ranges outside the quartiles; None keeps everybody
    fences: float | None
    quality: Mapping[Variable, str]  # measures of images that have fences too, with their labels
    validation: tuple[Validation, ...]
    tables: tuple[Table, ...]
    families: Families
    smallest_effect: float  # of what matters; smaller ones are practically absent
    # effects for simulated people beside those of the package: modality, feature, score, beta
    planted: tuple[dict[str, Any], ...] = ()
    label: str = ""  # how a cohort is called
    family: Variable | None = None  # the same for relatives
    repeats: tuple[Repeat, ...] = ()
    # what may go with scores and images alike, and which of them claims are held against
    nuisances: tuple[Covariate, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    # what findings are held against: the analysis once more, with something else
    replications: tuple[Replication, ...] = ()
    smallest_group: int = MINIMUM  # of real participants behind a number that leaves

    @property
    def visit(self) -> int:
        """The visit of the images."""
        return self.imaging.visit if self.imaging else 0

    @property
    def score_names(self) -> list[str]:
        """Names of the scores, in order."""
        return [score.name for score in self.scores]

    def required(self) -> list[Variable]:
        """Raw variables without which the study cannot be run."""
        named = [Variable(i, visit) for s in self.scores for visit in s.visits for i in s.items]
        held = {name for one in self.adjustments if one.required for name in one.nuisances}
        needed = [*self.covariates, *(one for one in self.nuisances if one.name in held)]
        named += [covariate.variables[0] for covariate in needed if covariate.variables]
        named += [rule.variable for rule in self.inclusion] + list(self.quality)
        named += [self.imaging] if self.imaging else []
        return list(dict.fromkeys(named))

    def optional(self) -> list[Variable]:
        """Raw variables that are used where they are present."""
        asked = [(*held.items, held.diagnosis, *held.gates) for held in self.validation]
        named = [Variable(name) for names in asked for name in names]
        named += [other for covariate in self.covariates for other in covariate.variables[1:]]
        named += [each for nuisance in self.nuisances for each in nuisance.variables]
        for one in self.replications:
            named += one.variables() + (self.again(one).required() if one.visit else [])
        return list(dict.fromkeys(named))

    @property
    def image_visits(self) -> list[int]:
        """Visits whose images are read: that of the study, and those of its replications."""
        return [self.visit, *(one.visit for one in self.replications if one.visit)]

    def again(self, one: Replication) -> Study:
        """Give the study at the visit of a replication, and with its rules of inclusion.

        What was measured at the visit of the images is now that of the other visit, and scores are
        of that visit alone.
        """
        now = one.visit or self.visit

        def moved(variable: Variable) -> Variable:
            return variable._replace(visit=now) if variable.visit == self.visit else variable

        def measured(covariate: Covariate) -> Covariate:
            there = (each for each in map(moved, covariate.variables) if is_at(each))
            return replace(covariate, variables=tuple(there))

        rules = [replace(rule, variable=moved(rule.variable)) for rule in self.inclusion]
        scores = [replace(score, visits=(now,)) for score in self.scores] if one.visit else None
        return replace(
            self,
            imaging=self.imaging and moved(self.imaging),
            scores=self.scores if scores is None else tuple(scores),
            covariates=tuple(map(measured, self.covariates)),
            inclusion=(*rules, *one.inclusion),
            quality={moved(variable): words for variable, words in self.quality.items()},
            nuisances=(),
            adjustments=(),
            replications=(),
        )


def load_study(world: str, data: str | Path = "", cohort: str = "") -> Study:
    """Read the study of a world, or the one that lies beside an export.

    Parameters
    ----------
    world : {'simulated', 'open', 'ukb'}
        Where the data come from. Simulated data run the study of UK Biobank.
    data : str or pathlib.Path, optional
        Folder or file of an export. A file ``study.toml`` beside it is read instead; it may
        extend a study of the package (``extends = "ukb"``), and then says only what differs.
    cohort : str, optional
        Which of the cohorts of the open world; by default ``aomic-piop2``.

    Returns
    -------
    Study
        Figures and sentences know its scores from then on, see `known_scores`.

    Raises
    ------
    InputError
        If the world or the cohort is unknown, or the file is not what a study file should be.

    Examples
    --------
    >>> load_study("open").score_names, load_study("open", cohort="sds").score_names
    (['neuroticism'], ['sleep_quality'])
    """
    if world not in STUDY_OF_WORLD:
        known = ", ".join(STUDY_OF_WORLD)
        raise InputError(
            f"expected a world ({known}), got '{world}'{nearest(world, STUDY_OF_WORLD)}"
        )
    if cohort and cohort not in COHORTS:
        raise InputError(
            f"expected a cohort of the open world ({', '.join(COHORTS)}), got '{cohort}'"
            f"{nearest(cohort, COHORTS)}"
        )
    own = study_file(data)
    if own:
        return _read(own)
    return _packaged(cohort if cohort and world == "open" else STUDY_OF_WORLD[world])


def study_file(data: str | Path) -> Path | None:
    """Find the study file beside an export, if there is one."""
    own = (Path(data) if Path(data).is_dir() else Path(data).parent) / _STUDY_FILE
    return own if str(data) and own.is_file() else None


def _read(path: Path) -> Study:
    """Read a study file of one's own, see `load_study`."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        if "extends" in raw:
            raw = _merged(_raw(raw.pop("extends")), raw)
        declare(value(Mapping[str, Block], raw.get("fields", {}), "fields"))
        study = _study(raw)
        unknown = {item for score in study.scores for item in score.items} - set(dictionary())
        if unknown and study.format == "export":
            raise ValueError(f"it does not describe its items; add [fields.{min(unknown)}]")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path.name} is no study file: {error}; see transdx.study.load_study"
        ) from error
    adopt(study.scores)
    return study


def adopt(scores: Iterable[Score | Mapping[str, Any]]) -> None:
    """Let figures and sentences know some scores, or the records that a manifest holds of them."""
    made = [one if isinstance(one, Score) else Score(**one) for one in scores]
    _LOADED.update({score.name: score for score in made})


#: Scores of study files that were read beside exports.
_LOADED: dict[str, Score] = {}


def known_scores() -> dict[str, Score]:
    """Give every score that figures and sentences know, by name, in reading order.

    Those of the studies of the package come first, then those of study files that this process
    has read.

    >>> known_scores()["anxiety"].highest
    3
    """
    packaged = [_packaged(name) for name in _PLACES]
    return {score.name: score for study in packaged for score in study.scores} | _LOADED


@cache
def known_cohorts() -> dict[str, str]:
    """Say what the open cohorts are called, by name.

    >>> known_cohorts()["sds"]
    'SDS'
    """
    return {name: _packaged(name).label for name in COHORTS}


@cache
def _packaged(name: str) -> Study:
    return _study(_raw(name))


def _raw(name: str) -> dict[str, Any]:
    if name not in _PLACES:
        raise ValueError(f"it extends '{name}', and the studies are {', '.join(_PLACES)}")
    source = files("transdx").joinpath("studies", _PLACES[name])
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a study over another; tables are merged, everything else is replaced."""
    both = {
        key: _merged(base[key], value)
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return base | own | both


@dataclass(frozen=True)
class _Outliers:
    fences: float | None = None
    variables: Mapping[Variable, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Planted:
    modality: str
    feature: str
    score: str
    beta: float
    claim: str = ""
    basis: str = ""


@dataclass(frozen=True)
class _Written:
    """A study as its file has it."""

    format: str
    scores: Mapping[str, Block]
    covariates: Mapping[str, Block]
    modalities: tuple[str, ...]
    imaging: Variable | None = None
    connections: Mapping[str, Connections] = field(default_factory=dict)
    inclusion: tuple[Rule, ...] = ()
    outliers: _Outliers = _Outliers()
    validation: Mapping[str, Block] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    families: Block = field(default_factory=dict)
    smallest_effect: float | None = None
    smallest_group: int = MINIMUM
    planted: tuple[_Planted, ...] = ()
    label: str = ""
    family: Variable | None = None
    repeats: Mapping[str, Block] = field(default_factory=dict)
    fields: Mapping[str, Block] = field(default_factory=dict)
    nuisances: Mapping[str, Block] = field(default_factory=dict)
    adjustments: Mapping[str, Block] = field(default_factory=dict)
    replications: Mapping[str, Block] = field(default_factory=dict)


def _study(raw: dict[str, Any]) -> Study:
    own = record(_Written, raw, "")
    check_keys(own.validation, own.scores, "the list of scores")
    for name in own.connections:
        if name not in CONNECTIVITY:
            known = ", ".join(CONNECTIVITY)
            raise ValueError(
                f"[connections]: expected a modality of connections ({known}), got '{name}'"
                f"{nearest(name, CONNECTIVITY)}"
            )
    for row in own.planted:
        modality = known_modality(row.modality)
        check_keys([row.feature], ["total", *modality.features], modality.id)
        check_keys([row.score], own.scores, "the list of scores")
    labelled = {name: {"label": name.replace("_", " "), **one} for name, one in own.scores.items()}
    scores = named(Score, "name", labelled, "scores")
    for score in scores:
        _check_score(score, [other for other in scores if other is not score])
    return Study(
        format=own.format,
        imaging=own.imaging,
        scores=scores,
        covariates=named(Covariate, "name", own.covariates, "covariates"),
        modalities=tuple(known_modality(name).id for name in own.modalities),
        connections=own.connections,
        inclusion=own.inclusion,
        fences=own.outliers.fences,
        quality=own.outliers.variables,
        validation=named(Validation, "score", own.validation, "validation"),
        tables=tuple(own.tables.values()),
        families=_families(own.families),
        smallest_effect=_smallest(own.smallest_effect),
        smallest_group=_group(own.smallest_group),
        planted=tuple(row | {"beta": float(row["beta"])} for row in raw.get("planted", [])),
        label=own.label,
        family=own.family,
        repeats=named(Repeat, "name", own.repeats, "repeats"),
        nuisances=read_nuisances(own.nuisances, own.covariates),
        adjustments=read_adjustments(own.adjustments, own.nuisances, own.modalities),
        replications=read_replications(own.replications, own.nuisances, own.covariates),
    )


def _families(own: Block) -> Families:
    """Read the families, as those of the study of the package where a file says nothing else."""
    found = record(Families, {**_raw("ukb")["families"], **own}, "families")
    for name, columns in vars(found).items():
        scores = ("score_a", "score_b") if name.endswith("contrasts") else ("score",)
        check_keys(columns, ("modality", "feature", *scores), f"[families] {name}")
    return found


def _smallest(own: float | None) -> float:
    given: float = _raw("ukb")["smallest_effect"] if own is None else own
    if not 0 < given < 1:
        raise ValueError(f"smallest_effect: expected a number between 0 and 1, got {given:g}")
    return given


def _group(own: int) -> int:
    if own < MINIMUM:
        raise ValueError(
            f"smallest_group: expected at least {MINIMUM}, which UK Biobank asks for, got {own}"
        )
    return own


def _check_score(score: Score, others: Iterable[Score]) -> None:
    # Names are parts of the keys by which sentences look numbers up.
    if not re.fullmatch("[a-z][a-z0-9_]*", score.name):
        raise ValueError(f"the name of a score is of a to z, digits and _, got '{score.name}'")
    block = f"[scores.{score.name}]"
    if not score.label.strip() or any(score.label in (one.name, one.label) for one in others):
        raise ValueError(f"{block} label: expected words of its own, got '{score.label}'")
    right = [re.fullmatch("#[0-9a-fA-F]{6}", colour) for colour in score.colours.values()]
    if score.colours and not (set(score.colours) == {"light", "dark"} and all(right)):
        raise ValueError(
            f"{block} colours: expected light and dark, each as '#rrggbb', "
            f"got {json.dumps(score.colours)}"
        )
    for item in score.items:
        for visit in score.visits:
            check_visit(Variable(item, visit), f"{block} visits")
