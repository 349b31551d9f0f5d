"""Answers and measurements of an export, as codes or as labels, to numbers that can be believed."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

from transdx._arrays import Bools, Floats
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


def numbers(column: pd.Series, field: Field, visit: int, where: str) -> tuple[pd.Series, int]:
    """Read one value per person, and count the single ones that are beyond what is expected.

    Special codes and values beyond are missing. Whatever is neither a number nor the label of a
    code is refused, and so is a column that lies outside what is expected as a whole.
    """
    values, unknown = _read(column, field)
    if unknown.any():
        rows = f"{unknown.sum()} of {len(column)} rows"
        held = _coding(field) if field.codes else "text instead of numbers"
        first = str(column.to_numpy()[unknown][0])
        hint = nearest(first, field.labels.values())
        raise InputError(
            f"{where}: {rows} hold {held}{hint}; give codes or their labels, or leave cells empty "
            "where there is no answer"
        )
    present = ~np.isnan(values)
    least, most = field.expected(visit)
    beyond = present & ~((values >= least) & (values <= most) & np.isfinite(values))
    if beyond.sum() > max(_FEW, _SINGLE * present.sum()):
        raise InputError(
            f"{where}: expected {least:,g} to {most:,g} {field.unit}".rstrip()
            + f" (field {field.id}, {field.title}), but {beyond.sum()} of {present.sum()} values "
            f"lie outside{_unit_of(values[present], least, most)}; look up what the column holds "
            "and export it again, or take it away"
        )
    return pd.Series(np.where(beyond, np.nan, values), index=column.index), int(beyond.sum())


def _read(column: pd.Series, field: Field) -> tuple[Floats, Bools]:
    """Read numbers, without special codes, and say which cells are none."""
    if column.dtype.kind in "iufb":
        values = column.to_numpy(dtype="float64", na_value=np.nan)
        unknown = np.zeros(len(values), dtype=bool)
    else:
        places, given = pd.factorize(column)
        read = [_number(one, field) for one in given]
        values = np.array([*(np.nan if one is None else one for one in read), np.nan])[places]
        unknown = np.array([*(one is None for one in read), False])[places]
    if field.codes:
        known = np.isin(values, [*field.codes, *field.special])
        unknown = unknown | (~np.isnan(values) & ~known)
    return np.where(np.isin(values, [*field.special]), np.nan, values), unknown


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


def answers(column: pd.Series, field: Field, where: str) -> pd.Series:
    """Give a column of a multi-select field as codes in order, with ``|`` between them."""
    places, given = pd.factorize(column.map(_text))
    read = [_codes(one, field) for one in given]
    rests = [rest for _, rest in read]
    unknown = sum(bool(rests[place]) for place in places)
    if unknown:
        first = next(rest for rest in rests if rest)
        raise InputError(
            f"{where}: {unknown} of {len(column)} rows hold {_coding(field)}"
            f"{nearest(first, field.labels.values())}; give each answer as a code or its label, "
            "with | between them"
        )
    written = np.array(["|".join(map(str, sorted(found))) for found, _ in read], dtype=object)
    joined = pd.Series(written[places], index=column.index, dtype="string")
    return joined.mask(joined == "")


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
