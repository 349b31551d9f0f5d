"""Read an export of UK Biobank, in whatever convention and however many files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from transdx import modalities
from transdx._files import is_leftover, sha256
from transdx._formats import ENDINGS, ending_of
from transdx.cohort import Cohort, Reading
from transdx.connectomes import folder_of, open_connectomes
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.progress import Progress, silent
from transdx.sources.bulk import damaged_in, pack
from transdx.sources.columns import Part, collected, differing, header_of, holds, read_part
from transdx.sources.freesurfer import is_stats, read_stats
from transdx.sources.names import is_surely_id
from transdx.sources.origin import check_people, require_export
from transdx.sources.relatives import relatives_file, with_relatives
from transdx.sources.uses import written
from transdx.sources.withdrawals import ONLY_IDS, base_of, read_lists
from transdx.study import Study, Variable, study_file

_UNENDED = (
    "the last row of {} has no end; if the file was cut off, people are missing: export it again"
)


def read_export(
    data: Path,
    study: Study,
    *,
    world: str,
    progress: Progress = silent,
    refused: dict[Variable, str] | None = None,
) -> Cohort:
    """Read an export into a cohort, without those who have withdrawn.

    The data are a table, or a folder with one or several tables that share a column of ids, any
    lists of withdrawn people (see `transdx.sources.withdrawals`), and connectomes: packed
    (``connectomes_i2/``, see `transdx.connectomes`), or the raw files, which are packed first (see
    `transdx.sources.bulk`). Tables are Parquet or text (`transdx._formats`); each may hold other
    columns, or other people. Columns are named in any convention (`transdx.sources.names`); values
    are codes or labels (`transdx.sources.answers`). The study names the variables to read;
    everything else is left on disk, tables without any included. People of another world than that
    named are refused before anything is written.

    Where `refused` is given, variables that cannot be read, and why, are collected in it; with any,
    or without a column that the study needs, what was read of the tables is all that is given.
    """
    require_export(data)
    lists = read_lists(data)
    named: set[int] = set().union(*lists.values())
    cohort = _read_people(data, study, lists, named, world=world, refused=refused)
    pairs = relatives_file(base_of(data))
    cohort = with_relatives(replace(cohort, lists=len(lists), named=len(named)), pairs)
    if refused is not None and (refused or not _holds_all(cohort.table, study, data)):
        return cohort
    pack(data, cohort.table.index, progress=progress)
    base = base_of(data)
    # From the hash of a short list its ids follow, by trying all: lists are counted, not hashed.
    read = list(filter(None, [study_file(data)]))
    packed = sorted(folder_of(data).glob("*.npy"))
    held = open_connectomes(data)
    beside = _beside(data, cohort, lists, named, world=world)
    inputs = {path.relative_to(base).as_posix(): sha256(path) for path in read}
    inputs |= {path.name: sha256(path) for path in packed}
    inputs |= {name: one for other in beside.values() for name, one in other.inputs.items()}
    return replace(
        cohort,
        inputs={**cohort.inputs, **inputs},
        connectomes=held and replace(held, damaged=damaged_in(data)),
        beside=beside,
    )


def people_of(data: Path) -> set[int]:
    """Give the ids of all whom an export names: in its tables, those below it, and its lists."""
    base = base_of(data)
    found: set[int] = set().union(*read_lists(data).values())
    for path in sorted(base.rglob("*") if data.is_dir() else [data]):
        if path.is_file() and ending_of(path) and not is_leftover(path.name):
            # What is no table names nobody.
            with suppress(InputError):
                if any(map(is_surely_id, header_of(path))):
                    found.update(map(int, read_part(path, {}, without=set()).table.index))
    return found


def _read_people(
    data: Path,
    study: Study,
    lists: Iterable[Path],
    named: set[int],
    *,
    world: str,
    refused: dict[Variable, str] | None = None,
) -> Cohort:
    """Read the tables of a folder, or one of them, into a cohort without connectomes."""
    wanted = _wanted(study)
    tables, notes = _tables_of(data, wanted, besides=lists)
    with ThreadPoolExecutor(1) as beside:
        # Of a large file, as long as reading it takes on one core.
        hashes = beside.map(sha256, tables)
        parts = []
        for path in tables:
            if is_stats(header_of(path)):
                parts += read_stats(path, wanted, visit=study.visit, without=named, refused=refused)
            else:
                parts.append(read_part(path, wanted, without=named, refused=refused))
    table, readings = _joined(parts, refused)
    check_people(table.index, world=world)
    if refused is None:
        _require(table, study, data)
    notes += [_UNENDED.format(part.path.name) for part in parts if not part.ended]
    base = base_of(data)
    return Cohort(
        table=table,
        study=study,
        withdrawn=len(set().union(*(part.left_out for part in parts))),
        inputs={
            path.relative_to(base).as_posix(): digest
            for path, digest in zip(tables, hashes, strict=True)
        },
        readings=readings,
        notes=tuple(notes),
    )


def _beside(
    data: Path, cohort: Cohort, lists: Iterable[Path], named: set[int], *, world: str
) -> dict[str, Cohort]:
    """Read the exports of other people in folders beside a table, by what replicates in them."""
    found = {}
    for one in cohort.study.replications:
        folder = base_of(data) / one.export
        if one.export and folder.is_dir():
            # Who is in both was in the study.
            known = named | set(cohort.table.index)
            other = _read_people(folder, cohort.study, lists, known, world=world)
            inputs = {f"{one.export}/{name}": digest for name, digest in other.inputs.items()}
            found[one.name] = replace(other, inputs=inputs)
    return found


def _tables_of(
    data: Path, wanted: Mapping[Variable, str], *, besides: Iterable[Path]
) -> tuple[list[Path], list[str]]:
    """Find the tables of people with fields of the study, and say which were passed over."""
    found = sorted(path for path in data.iterdir() if path.is_file()) if data.is_dir() else [data]
    tables, notes = [], []
    for path in found:
        passed = path in besides or (is_leftover(path.name) and path != data)
        if passed or not ending_of(path):
            continue
        header = header_of(path)
        if holds(header, wanted) or is_stats(header):
            tables.append(path)
        elif len(header) == 1 and is_surely_id(header[0]):
            raise InputError(f"{path.name} {ONLY_IDS}")
        elif any(map(is_surely_id, header)):
            notes.append(f"{path.name} holds no field of the study and was passed over")
    if not tables:
        raise InputError(
            f"expected a table ({', '.join(ENDINGS)}, also .gz or .zip) of participants in {data}, "
            f"with a column of ids (such as 'eid') and fields of the study (such as 'p31', "
            f"'31-0.0', 'f.31.0.0' or 'Sex'), found {len(found)} file(s) and none with these"
        )
    return tables, notes


def _wanted(study: Study) -> dict[Variable, str]:
    """Map (field, visit) to the name of the variable, for all that the study may use."""
    wanted = {one: one.name for one in [*study.required(), *study.optional()]}
    measured = [one for one in dictionary().values() if one.modality in study.modalities]
    images = {
        Variable(one.id, visit): one.variable for one in measured for visit in study.image_visits
    }
    return wanted | images


def _joined(
    parts: list[Part], refused: dict[Variable, str] | None
) -> tuple[pd.DataFrame, dict[Variable, Reading]]:
    """Join tables of which each has other columns, other people, or the same values."""
    readings: dict[Variable, Reading] = {}
    blocks: list[pd.DataFrame] = []  # each of columns that come from the same tables
    for part in parts:
        rest, joined = part.table, []
        for block in blocks:
            shared = [column for column in block if column in rest]
            if shared:
                joined.append(_stacked(block[shared], rest[shared], readings, part, refused))
                block, rest = block.drop(columns=shared), rest.drop(columns=shared)
            joined.append(block)
        blocks = [*joined, rest]
        for variable, reading in part.readings.items():
            held = readings.get(variable)
            readings[variable] = _both(held, reading) if held else reading
    table = blocks[0]
    if len(parts) > 1:
        everybody = pd.Index(pd.unique(np.concatenate([part.table.index for part in parts])))
        table = pd.concat([block.reindex(everybody) for block in blocks], axis=1)[list(readings)]
    table.index.name = "participant"
    table.columns = pd.MultiIndex.from_tuples(map(tuple, readings), names=["variable", "visit"])
    return table, {
        key: replace(reading, people=int(table[key].count())) for key, reading in readings.items()
    }


def _both(one: Reading, other: Reading) -> Reading:
    """Say of a variable that it is in two tables."""
    return replace(
        one,
        columns=tuple(dict.fromkeys(one.columns + other.columns)),
        files=tuple(dict.fromkeys(one.files + other.files)),
        conventions=tuple(dict.fromkeys(one.conventions + other.conventions)),
        beyond=one.beyond + other.beyond,
    )


def _stacked(
    block: pd.DataFrame,
    below: pd.DataFrame,
    readings: Mapping[Variable, Reading],
    part: Part,
    refused: dict[Variable, str] | None,
) -> pd.DataFrame:
    """Add people to columns; who is there already must have the same values."""
    both = block.index.intersection(below.index)
    before, after = block.loc[both], below.loc[both]
    for column in map(Variable._make, block.columns if len(both) else ()):
        with collected(refused, column):
            _require_same(before[column], after[column], column, readings, part)
    return pd.concat([block, below.loc[below.index.difference(block.index, sort=False)]])


def _require_same(
    before: pd.Series,
    after: pd.Series,
    column: Variable,
    readings: Mapping[Variable, Reading],
    part: Part,
) -> None:
    if differ := differing(before.array, after.array):
        one, other = readings[column], part.readings[column]
        raise InputError(
            f"expected the same in {one.files[0]}, column '{one.columns[0]}', and "
            f"{part.path.name}, column '{other.columns[0]}', but {differ} of {len(before)} "
            "people who are in both differ; take the wrong one away"
        )


def _holds_all(table: pd.DataFrame, study: Study, data: Path) -> bool:
    try:
        _require(table, study, data)
    except InputError:
        return False
    return True


def _require(table: pd.DataFrame, study: Study, data: Path) -> None:
    lacking = [variable for variable in study.required() if variable not in table.columns]
    if lacking:
        names = [written(variable) for variable in lacking]
        # A field of another number, however near, is another field.
        of_field = [Variable(*key) for key in table.columns if key[0] == lacking[0].name]
        others = f" (there is {', '.join(map(written, of_field))})" if of_field else ""
        raise InputError(
            f"{data}: {len(lacking)} column(s) that the study needs are missing: "
            f"{', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
            f"{others}; add them to the export"
        )
    held: list[tuple[str, int]] = table.columns.to_list()  # type: ignore[assignment]
    there = {name for name, visit in held if visit == study.visit}
    for modality in (m for m in study.modalities if m not in modalities.CONNECTIVITY):
        fields = [entry for entry in dictionary().values() if entry.modality == modality]
        lacking = [
            Variable(entry.id, study.visit) for entry in fields if entry.variable not in there
        ]
        optional = modality not in modalities.STRUCTURE and len(lacking) == len(fields)
        if not fields:
            raise InputError(f"the study names {modality}, of which no field is described")
        # Of half the regions, half would be found, and corrected for half the tests.
        if lacking and not optional:
            ends = dict.fromkeys([written(lacking[0]), written(lacking[-1])])
            raise InputError(
                f"{data}: {len(lacking)} of {len(fields)} columns of {modality} are missing: "
                f"{' … '.join(ends)}; add them to the export, in a table that is read "
                f"({', '.join(ENDINGS)})"
            )
