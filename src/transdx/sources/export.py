"""Read a UK Biobank export of the Research Analysis Platform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from transdx import modalities
from transdx._files import is_leftover, sha256
from transdx._tables import SEPARATORS
from transdx.cohort import Cohort
from transdx.connectomes import folder_of, open_connectomes
from transdx.errors import InputError, nearest
from transdx.fields import dictionary
from transdx.progress import Progress, silent
from transdx.sources.bulk import pack
from transdx.sources.columns import header_of, is_id, read_fields
from transdx.sources.origin import check_people, require_export
from transdx.sources.withdrawals import ONLY_IDS, base_of, read_lists
from transdx.study import Study, Variable, study_file

_TABLES = (".parquet", *SEPARATORS)


def read_export(data: Path, study: Study, *, world: str, progress: Progress = silent) -> Cohort:
    """Read an export into a cohort, without those who have withdrawn.

    The data are a table, or a folder with one or several tables (Parquet, CSV or TSV) that share
    the column ``eid``, with or without the prefix ``participant.``, any lists of withdrawn people
    (see `transdx.sources.withdrawals`), and connectomes: packed (``connectomes_i2/``, see
    `transdx.connectomes`), or the raw files, which are packed first (see `transdx.sources.bulk`).
    Columns are named as on the platform: ``p31``, ``p21003_i2``; values are raw codes, of multi-
    select fields also labels. The study names the variables to read; everything else is left on
    disk. People of another world than that named are refused before anything is written.
    """
    require_export(data)
    lists = read_lists(data)
    named: set[int] = set().union(*lists.values())
    cohort = _read_people(data, study, lists, named, world=world)
    pack(data, cohort.table.index, progress=progress)
    base = base_of(data)
    read = [*lists, *filter(None, [study_file(data)])]
    packed = sorted(folder_of(data).glob("*.npy"))
    beside = _beside(data, cohort, lists, named, world=world)
    inputs = {path.relative_to(base).as_posix(): sha256(path) for path in read}
    inputs |= {path.name: sha256(path) for path in packed}
    inputs |= {name: one for other in beside.values() for name, one in other.inputs.items()}
    return replace(
        cohort,
        lists=len(lists),
        named=len(named),
        inputs={**cohort.inputs, **inputs},
        connectomes=open_connectomes(data),
        beside=beside,
    )


def _read_people(
    data: Path, study: Study, lists: Iterable[Path], named: set[int], *, world: str
) -> Cohort:
    """Read the tables of a folder, or one of them, into a cohort without connectomes."""
    tables = _tables_of(data, besides=lists)
    table, withdrawn = _read(tables, _wanted(study), without=named)
    check_people(table.index, world=world)
    _require(table, study, data)
    base = base_of(data)
    inputs = {path.relative_to(base).as_posix(): sha256(path) for path in tables}
    return Cohort(table=table, study=study, withdrawn=withdrawn, inputs=inputs)


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


def _tables_of(data: Path, *, besides: Iterable[Path]) -> list[Path]:
    """Find the tables with an id column."""
    found = sorted(path for path in data.iterdir() if path.is_file()) if data.is_dir() else [data]
    tables = []
    for path in found:
        passed = path in besides or (is_leftover(path.name) and path != data)
        if passed or path.suffix.lower() not in _TABLES:
            continue
        header = header_of(path)
        if any(is_id(name) for name in header):
            tables.append(path)
            if len(header) == 1:
                raise InputError(f"{path.name} {ONLY_IDS}")
    if not tables:
        raise InputError(
            f"expected a table ({', '.join(_TABLES)}) with a column 'eid' in {data}, found "
            f"{len(found)} file(s) and none with that column"
        )
    return tables


def _wanted(study: Study) -> dict[tuple[str, int], str]:
    """Map (field, visit) to the name of the variable, for all that the study may use."""
    wanted = {(one.name, one.visit): one.name for one in [*study.required(), *study.optional()]}
    measured = [one for one in dictionary().values() if one.modality in study.modalities]
    images = {(one.id, visit): one.variable for one in measured for visit in study.image_visits}
    return wanted | images


def _read(
    paths: list[Path], wanted: dict[tuple[str, int], str], *, without: set[int]
) -> tuple[pd.DataFrame, int]:
    """Read the tables, and say how many people were in them who are left out at once."""
    tables = []
    withdrawn: set[int] = set()
    for path in paths:
        table, gone = read_fields(path, wanted, without=without)
        tables.append(table)
        withdrawn |= gone
    joined = pd.concat(tables, axis=1) if len(tables) > 1 else tables[0]
    twice = joined.columns[joined.columns.duplicated()]
    if len(twice):
        raise InputError(
            f"field {twice[0][0]} at visit {twice[0][1]} is in more than one table of the export; "
            "keep it in one"
        )
    pairs = [tuple(pair) for pair in joined.columns]
    joined.columns = pd.MultiIndex.from_tuples(pairs, names=["variable", "visit"])
    return joined, len(withdrawn)


def _require(table: pd.DataFrame, study: Study, data: Path) -> None:
    lacking = [variable for variable in study.required() if variable not in table.columns]
    if lacking:
        written = [_written(variable) for variable in lacking]
        have = [_written(Variable(*key)) for key in table.columns if str(key[0]).isdigit()]
        raise InputError(
            f"{data}: {len(lacking)} column(s) that the study needs are missing: "
            f"{', '.join(written[:8])}{' …' if len(written) > 8 else ''}"
            f"{nearest(written[0], have)}; add them to the export"
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
            raise InputError(
                f"{data}: {len(lacking)} of {len(fields)} columns of {modality} are missing: "
                f"{_written(lacking[0])} … {_written(lacking[-1])}; add them to the export, in a "
                f"table that is read ({', '.join(_TABLES)})"
            )


def _written(variable: Variable) -> str:
    entry = dictionary().get(variable.name)
    single = entry is not None and entry.visits == (0,)
    return f"p{variable.name}" if single else f"p{variable.name}_i{variable.visit}"
