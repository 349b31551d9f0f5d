"""The columns of a table that hold fields of a study, and the values of its people."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from transdx._arrays import Bools
from transdx._formats import look
from transdx._ids import participant_ids
from transdx.cohort import Reading
from transdx.errors import InputError, reason_of
from transdx.fields import dictionary
from transdx.sources.answers import Cells, Words, answers, cells_of, numbers, words
from transdx.sources.names import Name, ids_of, is_surely_id, names_of
from transdx.sources.texts import read_columns
from transdx.study import Variable

#: Whole numbers below may count the rows.
_FIRST_ID = 1_000_000

#: Names of columns, and what reads those at some places: as numbers, or as words.
_Table = tuple[list[str], Callable[[Mapping[int, bool], frozenset[int]], tuple[list[Cells], bool]]]

#: A column by its name in the table.
_Column = tuple[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Part:
    """What one table says of its people."""

    path: Path
    table: pd.DataFrame  # columns (variable, visit), without those who are left out
    left_out: set[int]
    readings: dict[Variable, Reading]
    ended: bool  # whether its last row does


def header_of(path: Path) -> list[str]:
    """Read the names of the columns of a table; none where it is no text."""
    with _naming(path):
        return _open(path)[0]


def loaded(
    path: Path, chosen: Callable[[Sequence[str]], tuple[Mapping[int, bool], frozenset[int]]]
) -> tuple[list[str], list[Cells], bool]:
    """Read the header of a table, the columns `chosen` of it, and whether its last row ends.

    What is chosen says by place whether it is read as numbers, and which of them are codes.
    """
    with _naming(path):
        header, load = _open(path)
        columns, ended = load(*chosen(header))
    return header, columns, ended


def holds(header: Sequence[str], wanted: Mapping[Variable, str]) -> bool:
    """Say whether a table has ids and any of the fields that are wanted."""
    return bool(ids_of(header)) and bool(_wanted(header, wanted))


def read_part(
    path: Path,
    wanted: Mapping[Variable, str],
    *,
    without: set[int],
    refused: dict[Variable, str] | None = None,
) -> Part:
    """Read the values of fields from a table, whatever columns they come in.

    `wanted` maps field and visit to the name of the variable. Numbers are missing where a code
    stands for a missing answer, or where they are beyond what is expected; the answers of a multi-
    select field are codes with ``|`` between them. A variable that cannot be read ends it, or is
    told of in `refused` and left out.
    """

    def chosen(header: Sequence[str]) -> tuple[dict[int, bool], frozenset[int]]:
        fields = {p: dictionary()[name.field] for p, name in _wanted(header, wanted).items()}
        places = {place: not field.multiple for place, field in fields.items()}
        coded = frozenset(place for place, field in fields.items() if field.codes)
        return dict.fromkeys(ids_of(header), False) | places, coded

    header, columns, ended = loaded(path, chosen)
    ids, names = ids_of(header), _wanted(header, wanted)
    # Each is let go as it is read: together they are as large as the table that is made of them.
    columns.reverse()
    index = _index([(header[place], columns.pop()) for place in ids], path)
    stays = ~index.isin(without)
    forms: dict[Variable, dict[int | None, list[_Column]]] = {}
    beyond: dict[Variable, int] = {}
    for place, name in names.items():
        cells = kept(columns.pop(), stays)
        key = Variable(name.field, name.visit)
        with collected(refused, Variable(wanted[key], key.visit)):
            values, outside = _values(cells, name, header[place], path)
            beyond[key] = max(beyond.get(key, 0), outside)
            at = name.place if dictionary()[name.field].multiple else None
            forms.setdefault(key, {}).setdefault(at, []).append((header[place], values))
    found: dict[Variable, npt.NDArray[Any]] = {}
    for key, several in forms.items():
        variable = Variable(wanted[key], key.visit)
        with collected(refused, variable):
            found[variable] = _one(several, key.name, path)
    readings = {
        Variable(wanted[key], key.visit): replace(_reading(key, header, names, path), beyond=count)
        for key, count in beyond.items()
        if Variable(wanted[key], key.visit) in found
    }
    table = pd.DataFrame(found, index=index[stays], copy=False)
    return Part(path, table, set(index[~stays]), readings, ended)


def participants_of(path: Path) -> pd.Index[int]:
    """Read who is in a table."""
    with _naming(path):
        header, load = _open(path)
        ids = ids_of(header)
        columns, _ = load(dict.fromkeys(ids, False), frozenset())
    if not ids:
        raise InputError(f"{path.name} has no column of ids")
    return _index([(header[place], one) for place, one in zip(ids, columns, strict=True)], path)


@contextmanager
def collected(refused: dict[Variable, str] | None, variable: Variable) -> Iterator[None]:
    """Note why a variable cannot be read, where that is collected, and go on."""
    try:
        yield
    except InputError as error:
        if refused is None:
            raise
        refused.setdefault(variable, str(error))


def kept(cells: Cells, stays: Bools) -> Cells:
    """Leave people out."""
    if stays.all():
        return cells
    if isinstance(cells, Words):
        return cells._replace(places=cells.places[stays])
    return cells[stays]


def _values(cells: Cells, name: Name, called: str, path: Path) -> tuple[npt.NDArray[Any], int]:
    """Read the values of a column, and count those beyond what is expected."""
    field, where = dictionary()[name.field], _where(path, called)
    if field.multiple:
        return answers(cells, field, where), 0
    if (name.place or 0) > 0:
        raise InputError(
            f"{where}: field {field.id} has one value per visit, and this column would hold a "
            "further one; take it away, or give it the name of its field"
        )
    return numbers(cells, field, name.visit, where)


def _reading(key: Variable, header: list[str], names: Mapping[int, Name], path: Path) -> Reading:
    own = {header[place]: name for place, name in names.items() if name[:2] == key}
    return Reading(
        field=key.name,
        columns=tuple(own),
        files=(path.name,),
        conventions=tuple(dict.fromkeys(name.convention for name in own.values())),
        expected=dictionary()[key.name].expected(key.visit),
    )


def _wanted(header: Sequence[str], wanted: Mapping[Variable, str]) -> dict[int, Name]:
    names = enumerate(names_of(header))
    return {place: name for place, name in names if name and Variable(*name[:2]) in wanted}


def _where(path: Path, name: str) -> str:
    return f"{path.name}, column '{name}'"


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (ValueError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path.name} cannot be read as a table ({reason_of(error)}); export it again, or take "
            "it away"
        ) from error


def _open(path: Path) -> _Table:
    if path.suffix.lower() != ".parquet":
        text = look(path)
        return (list(text.header), partial(read_columns, text)) if text else ([], _nothing)
    with pyarrow.parquet.ParquetFile(path) as file:
        header = [*file.schema_arrow.names, *_ranges(file)]
    return header, partial(_read_parquet, path, header)


def _nothing(_: Mapping[int, bool], __: frozenset[int]) -> tuple[list[Cells], bool]:
    return [], True


def _read_parquet(
    path: Path, header: list[str], places: Mapping[int, bool], _: frozenset[int]
) -> tuple[list[Cells], bool]:
    # Not by pandas, which hides ids that were the index of a table.
    names = {header[place] for place in places}
    with pyarrow.parquet.ParquetFile(path) as file:
        stored = file.schema_arrow.names
        table = file.read(columns=[name for name in dict.fromkeys(stored) if name in names])
        ranges = [pa.chunked_array([pa.array(ids)]) for ids in _ranges(file).values()]
    # Columns of one name come side by side, wherever they are stored.
    given = {name: [place for place, one in enumerate(stored) if one == name] for name in names}
    read = [given[name].pop(0) for name in table.column_names]
    columns = dict(zip(read, table.columns, strict=True))
    columns |= dict(enumerate(ranges, len(stored)))
    del table
    return [cells_of(columns.pop(place)) for place in places], True


def _ranges(file: pyarrow.parquet.ParquetFile) -> dict[str, range]:
    """Find an index that pandas wrote as its first and last number, in no column."""
    about = file.schema_arrow.pandas_metadata or {}
    ranges = {
        index["name"]: range(index["start"], index["stop"], index["step"])
        for index in about.get("index_columns", [])
        if isinstance(index, dict) and index["name"]
    }
    return {name: ids for name, ids in ranges.items() if len(ids) == file.metadata.num_rows}


def _index(columns: list[tuple[str, Cells]], path: Path) -> pd.Index[int]:
    """Read the ids; of a column that is not surely one of ids, only what looks like them."""
    advice = "drop repeated rows and rows without an id"
    read: list[_Column] = []
    for name, cells in columns:
        given: Any = cells
        if isinstance(cells, Words):
            given = np.array([*cells.given, None], dtype=object)[cells.places]
        ids = participant_ids(given, where=_where(path, name), advice=advice)
        if not is_surely_id(name) and len(ids) and ids.min() < _FIRST_ID:
            raise InputError(
                f"{_where(path, name)}: expected participant ids, which have seven digits, but it "
                "seems to count the rows; name the column of ids 'eid'"
            )
        read.append((name, ids.to_numpy()))
    _, agreed = _agreed(read, path)
    return pd.Index(agreed, name="participant")  # type: ignore[return-value]


def _one(forms: dict[int | None, list[_Column]], number: str, path: Path) -> Any:
    """Make one column of all that hold a field: repeated ones, and the places of an array."""
    parts = {place: _agreed(columns, path) for place, columns in forms.items()}
    whole = [parts.pop(None)] if None in parts else []
    if parts:
        whole.append(_together(list(parts.values()), number, path))
    _, values = _agreed(whole, path)
    return pd.array(values, dtype="string") if values.dtype == object else values


def _agreed(columns: list[_Column], path: Path) -> _Column:
    """Give the first of columns that hold the same."""
    (name, first), *others = columns
    for other, values in others:
        if differ := differing(first, values):
            raise InputError(
                f"{path.name}: expected the same in columns '{name}' and '{other}', "
                f"but {differ} of {len(first)} people differ; take the wrong one away"
            )
    return name, first


def differing(one: Any, other: Any) -> int:
    """Count people of whom two columns do not say the same."""
    gaps, others = pd.isna(one), pd.isna(other)
    both = ~gaps & ~others
    return int((gaps != others).sum() + (one[both] != other[both]).sum())


def _together(columns: list[_Column], number: str, path: Path) -> _Column:
    """Put the answers of an array into one column."""
    name, _ = columns[0]
    joined = ["|".join(filter(None, row)) for row in zip(*(one for _, one in columns), strict=True)]
    return name, answers(words(joined), dictionary()[number], _where(path, name))
