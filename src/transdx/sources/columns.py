"""Columns of an export: which field each one holds, and its values as codes or numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from transdx._ids import participant_ids
from transdx._tables import SEPARATORS, check_rows
from transdx.errors import InputError, nearest, reason_of
from transdx.fields import Field, dictionary

_COLUMN = re.compile(r"p(?P<field>\d+)(?:_i(?P<visit>\d+))?(?:_a(?P<place>\d+))?")
#: What stands between and around several answers: bars, commas, quotes and brackets of lists.
_AROUND = r"\s|,;\"'\[\](){}"


def header_of(path: Path) -> list[str]:
    """Read the names of the columns of a table (Parquet, CSV or TSV)."""
    with _naming(path):
        if path.suffix.lower() == ".parquet":
            with pyarrow.parquet.ParquetFile(path) as file:
                return [*file.schema_arrow.names, *_ranges(file)]
        return list(pd.read_csv(path, sep=SEPARATORS[path.suffix.lower()], nrows=0).columns)


def is_id(name: str) -> bool:
    """Say whether a column holds participant ids, as ``eid`` and ``participant.eid`` do."""
    return _bare(name) == "eid"


def is_field(name: str) -> bool:
    """Say whether a column is named as one of a field: ``p31``, ``participant.p20544_i0_a1``."""
    return bool(_parsed(name)[0])


def _bare(name: str) -> str:
    """Drop the entity before a name, and the number that pandas puts behind a second one."""
    return re.sub(r"\.\d+$", "", name.strip()).removeprefix("participant.")


def _parsed(name: str) -> tuple[str, int, int | None]:
    """Give field, visit and place in an array; no field where a column holds none."""
    found = _COLUMN.fullmatch(_bare(name))
    if found is None:
        return "", 0, None
    place = found["place"]
    return found["field"], int(found["visit"] or 0), int(place) if place else None


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (ValueError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as a table ({reason_of(error)}); export it again, or take "
            "it away"
        ) from error


def read_fields(
    path: Path, wanted: Mapping[tuple[str, int], str], *, without: set[int]
) -> tuple[pd.DataFrame, set[int]]:
    """Read the values of fields from a table, and who is in it of those to be left out.

    The values are columns (variable, visit), whatever columns they come in; `wanted` maps field and
    visit to the name of the variable. Numbers are missing where a code stands for a missing answer;
    the answers of a multi-select field are codes with ``|`` between them.
    """

    def needed(name: str) -> bool:
        return is_id(name) or _parsed(name)[:2] in wanted

    with _naming(path):
        read = _read_parquet if path.suffix.lower() == ".parquet" else _read_text
        columns = read(path, needed)
    ids = [_ids(column, path) for column in columns if is_id(str(column.name))]
    index = pd.Index(_agreed(ids, path), name="participant")
    stays = ~index.isin(without)
    forms: dict[tuple[str, int], dict[int | None, list[pd.Series]]] = {}
    for column in (one for one in columns if not is_id(str(one.name))):
        number, visit, place = _parsed(str(column.name))
        field, values = dictionary()[number], column.set_axis(index)[stays]
        if field.multiple:
            values = _answers(values, field, path)
        else:
            values, place = _numbers(values, field, path), None
        forms.setdefault((number, visit), {}).setdefault(place, []).append(values)
    found = {(wanted[key], key[1]): _one(places, key[0], path) for key, places in forms.items()}
    return pd.DataFrame(found, index=index[stays]), set(index[~stays])


def _ids(column: pd.Series, path: Path) -> pd.Series:
    where = f"{path.name}, column '{column.name}'"
    advice = "drop repeated rows and rows without an id"
    return pd.Series(participant_ids(column, where=where, advice=advice), name=column.name)


def _read_parquet(path: Path, needed: Callable[[str], bool]) -> list[pd.Series]:
    # Not by pandas, which hides ids that were the index of a table.
    with pyarrow.parquet.ParquetFile(path) as file:
        table = file.read(columns=[name for name in file.schema_arrow.names if needed(name)])
        ranges = _ranges(file).items()
    columns = zip(table.column_names, table.columns, strict=True)
    read = [column.to_pandas().rename(name) for name, column in columns if needed(name)]
    return read + [pd.Series(ids, name=name) for name, ids in ranges if needed(name)]


def _ranges(file: pyarrow.parquet.ParquetFile) -> dict[str, range]:
    """Find an index that pandas wrote as its first and last number, in no column."""
    about = file.schema_arrow.pandas_metadata or {}
    ranges = {
        index["name"]: range(index["start"], index["stop"], index["step"])
        for index in about.get("index_columns", [])
        if isinstance(index, dict) and index["name"]
    }
    return {name: ids for name, ids in ranges.items() if len(ids) == file.metadata.num_rows}


def _read_text(path: Path, needed: Callable[[str], bool]) -> list[pd.Series]:
    # By their places, because pandas gives other names to columns whose name is there before.
    separator = SEPARATORS[path.suffix.lower()]
    header = check_rows(path, separator, unique=False)
    places = [place for place, name in enumerate(header) if needed(name)]
    several = {entry.id for entry in dictionary().values() if entry.multiple}
    text = {p: str for p in places if is_id(header[p]) or _parsed(header[p])[0] in several}
    frame = pd.read_csv(
        path,
        sep=separator,
        header=0,
        names=list(range(len(header))),
        usecols=places,
        index_col=False,
        dtype=text,
        low_memory=False,
    )
    return [frame[place].rename(header[place]) for place in places]


def _one(forms: dict[int | None, list[pd.Series]], number: str, path: Path) -> pd.Series:
    """Make one column of all that hold a field: repeated ones, and the places of an array."""
    parts = {place: _agreed(columns, path) for place, columns in forms.items()}
    whole = [parts.pop(None)] if None in parts else []
    if parts:
        whole.append(_together(list(parts.values()), number, path))
    return _agreed(whole, path)


def _agreed(columns: list[pd.Series], path: Path) -> pd.Series:
    """Give the first of columns that hold the same."""
    first, *others = columns
    for other in others:
        differ = (first.ne(other) & (first.notna() | other.notna())).fillna(True)
        if differ.any():
            raise InputError(
                f"{path.name}: expected the same in columns '{first.name}' and '{other.name}', "
                f"but {differ.sum()} of {len(first)} people differ; take the wrong one away"
            )
    return first


def _together(columns: list[pd.Series], number: str, path: Path) -> pd.Series:
    """Put the answers of an array into one column."""
    answers = columns[0].fillna("")
    for column in columns[1:]:
        answers = answers + "|" + column.fillna("")
    return _answers(answers, dictionary()[number], path)


def _numbers(column: pd.Series, field: Field, path: Path) -> pd.Series:
    """Give a column of a field with one value per visit as numbers."""
    where = f"{path.name}, column '{column.name}'"
    if (_parsed(str(column.name))[2] or 0) > 0:
        raise InputError(
            f"{where}: field {field.id} has one value per visit, and this column would hold a "
            "further one; take it away, or give it the name of its field"
        )
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    known = numbers.isna() | numbers.isin([*field.codes, *field.special]) | (not field.codes)
    labels = "expected raw codes or numbers, but {} hold text; export raw codes instead of labels"
    endless = "{} hold an infinite number; leave the cell empty where there is no value"
    for wrong, said in (
        (numbers.isna() & column.notna(), labels),
        (np.isinf(numbers), endless),
        (~known, f"{{}} hold {_coding(field)}"),
    ):
        if wrong.any():
            rows = f"{wrong.sum()} of {len(column)} rows"
            raise InputError(f"{where}: {said.format(rows)}")
    return numbers.mask(numbers.isin(field.special))


def _coding(field: Field) -> str:
    codes = ", ".join(map(str, sorted(field.codes | field.special)))
    return f"codes outside the coding of field {field.id} ({codes})"


def _answers(column: pd.Series, field: Field, path: Path) -> pd.Series:
    """Give a column of a multi-select field as codes in order, with ``|`` between them."""
    text = column.map(_text)
    read = {given: _codes(given, field) for given in text.unique()}
    unknown = [rest for given in text if (rest := read[given][1])]
    if unknown:
        raise InputError(
            f"{path.name}, column '{column.name}': {len(unknown)} of {len(column)} rows hold "
            f"{_coding(field)}{nearest(unknown[0], field.labels.values())}; give each answer as a "
            "code or its label, with | between them"
        )
    codes = {given: "|".join(map(str, sorted(found))) for given, (found, _) in read.items()}
    answers = text.map(codes).astype("string")
    return answers.mask(answers == "")


def _text(value: object) -> str:
    if isinstance(value, (list, tuple, np.ndarray)):
        return "|".join(map(_text, value))
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _codes(text: str, field: Field) -> tuple[set[int], str]:
    """Find the codes in a text, and what is left beside them."""
    found: set[int] = set()

    def take(match: re.Match[str]) -> str:
        answer = " ".join(match[0].split()).casefold()
        code = _labels(field.id).get(answer)
        code = int(float(answer)) if code is None else code
        # Of some fields so many codes are possible that none is listed.
        if field.codes and code not in field.codes | field.special:
            return match[0]
        found.add(code)
        return ""

    rest = _pattern(field.id).sub(take, text)
    return found, rest.strip(" |,;\"'[](){}\n\t")


@cache
def _labels(number: str) -> dict[str, int]:
    """Codes by label, with and without what is in brackets behind it."""
    labels = {label.casefold(): code for code, label in dictionary()[number].labels.items()}
    bare = {re.sub(r" \([^)]*\)$", "", label): code for label, code in labels.items()}
    return bare | labels


@cache
def _pattern(number: str) -> re.Pattern[str]:
    longest = sorted(_labels(number), key=len, reverse=True)
    labels = [re.escape(label).replace(r"\ ", r"\s+") for label in longest]
    answer = "|".join([*labels, r"-?\d+(?:\.0+)?"])
    return re.compile(rf"(?<![^{_AROUND}])(?:{answer})(?![^{_AROUND}])", re.IGNORECASE)
