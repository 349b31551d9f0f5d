"""Answers and measurements of an export, as codes or as labels, to numbers that can be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from transdx._arrays import Floats, Indices
from transdx.errors import InputError, nearest
from transdx.fields import Field, dictionary

#: What stands for nothing, whatever program wrote it.
MISSING = (
    *("", ".", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "-NaN"),
    *("-nan", "NULL", "null", "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
)
#: More than so many values outside what is expected, and their column is not what it says.
_SINGLE = 1 / 20
_FEW = 2
#: Units that are taken for each other: by these the values of a column would be as expected.
_FACTORS = (10, 100, 1000, 1_000_000, 0.1, 0.01, 0.001, 1e-6, 2.54, -1)
#: What stands between and around several answers: bars, commas, quotes and brackets of lists.
_AROUND = r"\s|,;\"'\[\](){}"
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")


class Words(NamedTuple):
    """A column of words: what is given in it, and the place of each cell among that, or -1."""

    places: Indices
    given: list[object]


#: A column as it is read.
Cells = Floats | Words


def cells_of(column: pa.ChunkedArray) -> Cells:
    """Give the cells of a column: numbers where it is stored as such, and words otherwise."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        column, kind = column.cast(pa.float64()), pa.float64()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.array(column.to_numpy(), dtype=np.float64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        whole = column.unify_dictionaries().combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            return Words(np.empty(0, dtype=np.intp), [])
        return Words(whole.indices.fill_null(-1).to_numpy(), whole.dictionary.to_pylist())
    return words(map(_text, column.to_pandas()))


def words(texts: Iterable[str]) -> Words:
    """Give texts as a column of words."""
    places, given = pd.factorize(np.array(list(texts), dtype=object))
    return Words(places, list(given))


def numbers(cells: Cells, field: Field, visit: int, where: str) -> tuple[Floats, int]:
    """Read one value per person, and count the single ones that are beyond what is expected.

    Special codes and values beyond are missing. Whatever is neither a number nor the label of a
    code is refused, and so is a column that lies outside what is expected as a whole.
    """
    values = _read(cells, field, where)
    present = ~np.isnan(values)
    least, most = field.expected(visit)
    beyond = present & ~((values >= least) & (values <= most) & np.isfinite(values))
    outside = int(beyond.sum())
    if outside > max(_FEW, _SINGLE * present.sum()):
        raise InputError(
            f"{where}: expected {least:,g} to {most:,g} {field.unit}".rstrip()
            + f" (field {field.id}, {field.title}), but {outside} of {present.sum()} values "
            f"lie outside{_unit_of(values[present], least, most)}; look up what the column holds "
            "and export it again, or take it away"
        )
    values[beyond] = np.nan
    return values, outside


def _read(cells: Cells, field: Field, where: str) -> Floats:
    """Read numbers, without special codes."""
    if isinstance(cells, Words):
        read = [_number(one, field) for one in cells.given]
        wrong = [place for place, one in enumerate(read) if one is None]
        values = np.array([*(np.nan if one is None else one for one in read), np.nan])[cells.places]
        unknown = np.isin(cells.places, wrong)
        hint = nearest(str(cells.given[wrong[0]]), field.labels.values()) if wrong else ""
    else:
        values, unknown, hint = cells, np.zeros(len(cells), dtype=bool), ""
    if field.codes:
        known = np.isin(values, [*field.codes, *field.special])
        unknown = unknown | (~np.isnan(values) & ~known)
    if unknown.any():
        held = _coding(field) if field.codes else "text instead of numbers"
        raise InputError(
            f"{where}: {unknown.sum()} of {len(values)} rows hold {held}{hint}; give codes or "
            "their labels, or leave cells empty where there is no answer"
        )
    if field.special:
        # In place: a large table has no room for each of its columns twice.
        values[np.isin(values, [*field.special])] = np.nan
    return values


def _number(given: object, field: Field) -> float | None:
    """Read a number, or the code of a label; none where it is neither."""
    text = str(given).strip()
    if text in MISSING:
        return np.nan
    try:
        return float(text.replace(",", ".") if _COMMA.fullmatch(text) else text)
    except ValueError:
        return _labels(field.id).get(" ".join(text.split()).casefold())


def _unit_of(values: Floats, least: float, most: float) -> str:
    """Name the factor that takes a column the nearest to the middle of what is expected."""
    middle = np.sqrt(max(least, 1e-9) * most)
    fitting = {}
    for factor in _FACTORS:
        scaled = values * factor
        if ((scaled >= least) & (scaled <= most)).mean() > 1 - _SINGLE:
            fitting[factor] = abs(np.log(np.median(scaled) / middle)) if least >= 0 else 0
    if not fitting:
        return ""
    return (
        f", but would not times {min(fitting, key=lambda one: fitting[one]):,g}, as in another unit"
    )


def _coding(field: Field) -> str:
    codes = ", ".join(map(str, sorted(field.codes | field.special)))
    return f"codes or labels outside the coding of field {field.id} ({codes})"


def answers(cells: Cells, field: Field, where: str) -> npt.NDArray[np.object_]:
    """Give a column of a multi-select field as codes in order, with ``|`` between them."""
    if not isinstance(cells, Words):
        cells = words([_text(one) for one in cells])
    read = [_codes(_text(one), field) for one in [*cells.given, None]]
    wrong = [place for place, (_, rest) in enumerate(read) if rest]
    if wrong:
        raise InputError(
            f"{where}: {np.isin(cells.places, wrong).sum()} of {len(cells.places)} rows hold "
            f"{_coding(field)}{nearest(read[wrong[0]][1], field.labels.values())}; give each "
            "answer as a code or its label, with | between them"
        )
    written = ["|".join(map(str, sorted(found))) or None for found, _ in read]
    return np.array(written, dtype=object)[cells.places]


def _text(value: object) -> str:
    if isinstance(value, (list, tuple, np.ndarray)):
        return "|".join(map(_text, value))
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    text = str(value)
    return "" if text.strip() in MISSING else text


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
    labels = {
        " ".join(label.split()).casefold(): code
        for code, label in dictionary()[number].labels.items()
    }
    bare = {re.sub(r" \([^)]*\)$", "", label): code for label, code in labels.items()}
    return bare | labels


@cache
def _pattern(number: str) -> re.Pattern[str]:
    longest = sorted(_labels(number), key=len, reverse=True)
    labels = [re.escape(label).replace(r"\ ", r"\s+") for label in longest]
    answer = "|".join([*labels, r"-?\d+(?:\.0+)?"])
    return re.compile(rf"(?<![^{_AROUND}])(?:{answer})(?![^{_AROUND}])", re.IGNORECASE)
