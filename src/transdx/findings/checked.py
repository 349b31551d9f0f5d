"""What an export holds of what the study needs, and what can be run with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from transdx import modalities
from transdx.cohort import Cohort, Reading
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.findings.analyse import flow_table
from transdx.findings.robustness import lacks
from transdx.progress import Progress, silent
from transdx.results.disclosure import protect, shown
from transdx.results.needs import lacking
from transdx.sample import Sample, draw_sample
from transdx.sources.export import read_export
from transdx.sources.uses import Use, asked, uses, written
from transdx.study import MINIMUM, Study, Variable, load_study

__all__ = ["Check", "check_export"]

_NOTHING = "the columns above are needed first"


@dataclass(frozen=True)
class Check:
    """What was found in an export; every count as it may be shown.

    Attributes
    ----------
    about : mapping of str to str
        What was read: tables, conventions, visits, participants, lists of withdrawn people,
        connectomes.
    fields : pandas.DataFrame
        A row for each variable that the study may read: what it is for, whether it is present,
        missing or unreadable, from which column, and what of it lies within expectation.
    flow : pandas.DataFrame
        Who is left after each step; empty where the study cannot be run.
    analyses : pandas.DataFrame
        What can be run (``runs``: yes or no), and what is lacking for the others.
    notes : tuple of str
        What else was noticed.
    """

    about: Mapping[str, str]
    fields: pd.DataFrame
    flow: pd.DataFrame
    analyses: pd.DataFrame
    notes: tuple[str, ...] = field(default=())

    @property
    def extent(self) -> str:
        """How much of the study can be run: all, part or none."""
        if self.flow.empty:
            return "none"
        return "all" if (self.analyses["runs"] == "yes").all() else "part"


def check_export(
    world: str,
    data: Path,
    *,
    chapters: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress = silent,
) -> Check:
    """Check an export: what it holds, who is left, what can be run.

    Parameters
    ----------
    world : {'simulated', 'ukb'}
        Whose data they are. Of real people, small counts are not told, and others to tens.
    data : pathlib.Path
        Folder or file of the export, see `transdx.sources.export.read_export`.
    chapters : mapping of str to mapping, optional
        Of each chapter what it cannot do without, see `transdx.results.needs.lacking`.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    Check
        Also where columns are missing or cannot be read.

    Raises
    ------
    InputError
        If there is no table of participants, or its rows cannot be told apart.

    Examples
    --------
    >>> import tempfile
    >>> from transdx.simulate import simulate
    >>> found = check_export("simulated", simulate(tempfile.mkdtemp(), participants=200))
    >>> found.extent, found.flow["remaining"].iloc[0]
    ('all', '200')
    """
    study, refused = load_study(world, data), dict[Variable, str]()
    cohort = read_export(data, study, world=world, progress=progress, refused=refused)
    fields = pd.DataFrame(_fields(cohort, refused, world))
    notes = [*cohort.notes]
    sample, flow = None, pd.DataFrame(columns=["step", "label", "excluded", "remaining"])
    if not (fields["needed"].eq("yes") & fields["state"].ne("present")).any() and not refused:
        try:
            sample = draw_sample(cohort)
            flow = _flow(sample, world)
        except InputError as error:
            notes.append(_told(str(error), world))
    return Check(
        about=_about(cohort, world),
        fields=fields,
        flow=flow,
        analyses=pd.DataFrame(_analyses(cohort, sample, world, chapters or {})),
        notes=tuple(notes),
    )


def _fields(
    cohort: Cohort, refused: Mapping[Variable, str], world: str
) -> Iterator[dict[str, Any]]:
    wanted = asked(cohort.study)
    for variable, use in uses(cohort.study).items():
        key = Variable(dictionary()[variable.name].variable, variable.visit)
        reading = cohort.readings.get(key)
        state = "unreadable" if key in refused else "present" if reading else "missing"
        if state == "missing" and variable not in wanted:
            continue
        row = _field(variable, use, state)
        if state == "present" and reading:
            row |= _read(reading, world)
        yield row | {"why": _told(refused.get(key, ""), world)}


def _field(variable: Variable, use: Use, state: str) -> dict[str, Any]:
    field = dictionary()[variable.name]
    least, most = field.expected(variable.visit)
    expected = f"{least:,g} to {most:,g} {field.unit}".strip() if least > -1e300 else ""
    return {
        "field": written(variable),
        "title": field.title,
        "use": use.words,
        "needed": "yes" if use.needed else "no",
        "state": state,
        "column": "",
        "file": "",
        "expected": expected,
        "people": "",
        "beyond": "",
    }


def _read(reading: Reading, world: str) -> dict[str, str]:
    return {
        "column": ", ".join(reading.columns),
        "file": ", ".join(reading.files),
        "people": _roughly(reading.people, world),
        "beyond": _roughly(reading.beyond, world) if reading.beyond else "",
    }


def _about(cohort: Cohort, world: str) -> dict[str, str]:
    readings = cohort.readings.values()
    conventions = dict.fromkeys(one for each in readings for one in each.conventions)
    files = dict.fromkeys(one for each in readings for one in each.files)
    visits = sorted({visit for _, visit in cohort.readings})
    about = {
        "tables": ", ".join(files),
        "columns named as by": ", ".join(conventions),
        "visits": ", ".join(map(str, visits)),
        "participants": _roughly(len(cohort) + cohort.withdrawn, world),
        "withdrawn": _withdrawals(cohort, world),
    }
    if cohort.connectomes is not None:
        packed = ", ".join(modalities.MODALITIES[one].label for one in cohort.connectomes.matrices)
        people = _roughly(len(cohort.connectomes.participants), world)
        about["connectomes"] = f"{packed}, packed for {people} people"
        unread = [
            f"{shown(number, world=world)} {modalities.MODALITIES[modality].label}: {reason}"
            for modality, counts in cohort.connectomes.damaged.items()
            for reason, number in counts.items()
        ]
        if unread:
            about["unreadable images"] = "; ".join(unread)
    return about


def _withdrawals(cohort: Cohort, world: str) -> str:
    if not cohort.lists:
        return "No list of withdrawn people was found"
    named, left = (shown(count, world=world) for count in (cohort.named, cohort.withdrawn))
    lists = f"{cohort.lists} list{'s' * (cohort.lists > 1)} of withdrawn people"
    return (
        f"{lists}: {named} on {'them' if cohort.lists > 1 else 'it'}, {left} of these in the data"
    )


def _flow(sample: Sample, world: str) -> pd.DataFrame:
    """Count who is left after each step, as it may be shown."""
    least = sample.study.smallest_group
    flow = protect({"flow": flow_table(sample)}, world=world, minimum=least)["flow"]
    few = flow["remaining"].isna()
    for name in ("excluded", "remaining"):
        flow[name] = [shown(count, world=world, minimum=least) for count in flow[name]]
    # Few who are left are those of before, less who left.
    flow["excluded"] = flow["excluded"].mask(few, "not shown")
    return flow


def _analyses(
    cohort: Cohort,
    sample: Sample | None,
    world: str,
    chapters: Mapping[str, Mapping[str, Any]],
) -> Iterator[dict[str, str]]:
    """Say of each measure, chapter, validation and replication whether it can be run."""
    study, held = cohort.study, cohort.modalities()
    for modality in study.modalities:
        none = "" if modality in held else f"no {modalities.MODALITIES[modality].image}"
        yield _row("measure", modalities.MODALITIES[modality].label, none, sample)
    for title, needs in chapters.items():
        why = lacking(world, study.score_names, held, replicated=bool(study.replications), **needs)
        yield _row("chapter", title, why, sample)
    for validated in study.validation:
        items = [*validated.items, validated.diagnosis, *validated.gates]
        gone = [one for one in items if not cohort.has(Variable(one))]
        yield _row("validation", f"{validated.score} score", _without(gone), sample)
    yield from _of_nuisances(cohort, study, sample)
    for label, why in (lacks(sample) if sample else {}).items():
        yield _row("robustness", label, why, sample)


def _of_nuisances(cohort: Cohort, study: Study, sample: Sample | None) -> Iterator[dict[str, str]]:
    variables = {one.name: one.variables for one in study.nuisances}
    for one in study.adjustments:
        absent = [
            each.name
            for name in one.nuisances
            for each in variables[name][:1]
            if not any(map(cohort.has, variables[name]))
        ]
        label = one.name.replace("_", " ")
        yield _row("adjustment", label, _without(dict.fromkeys(absent)), sample)


def _without(fields: Iterable[str]) -> str:
    named = [*fields]
    return f"field {', '.join(named)} is missing" if named else ""


def _row(kind: str, label: str, why: str, sample: Sample | None) -> dict[str, str]:
    why = why or ("" if sample else _NOTHING)
    return {"kind": kind, "analysis": label, "runs": "no" if why else "yes", "why": why}


def _roughly(count: int, world: str) -> str:
    """Write a count of people; of real ones to tens, as others counted are nearly the same."""
    if world != "ukb" or count < MINIMUM:
        return shown(count, world=world)
    return f"about {10 * round(count / 10):,}"


def _told(sentence: str, world: str) -> str:
    """Take small counts of real people out of a sentence."""
    few = rf"\b[1-{MINIMUM - 1}](?= of \d|\s+before|\s+participant|\s+rows)"
    return re.sub(few, f"fewer than {MINIMUM}", sentence) if world == "ukb" else sentence
