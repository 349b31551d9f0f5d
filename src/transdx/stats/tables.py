"""Check the three tables of an association analysis and bring them onto the same participants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from transdx._arrays import Floats, Indices
from transdx._ids import whole_numbers
from transdx.errors import InputError
from transdx.writing import counted

# Features are read and converted this many columns at a time, to keep copies small.
CHUNK = 32
# What may be different where the same id is meant.
_SPELLING = re.compile(r"\s+|(?<![0-9])0+(?=[0-9])|\.0*$")
# The names that ids of people go by.
_LIKE_AN_ID = re.compile(
    r"(participant\.)?[efi]?id|(participant|subject|subj|sub)[._ -]?id|participant|subject", re.I
)
# What questionnaires and exports write where an answer is missing.
_CODES = (-1, -3, -7, -9, -10, -77, -88, -99, -121, -313, -777, -818, -888, -999, -9999)


@dataclass(frozen=True)
class Tables:
    """Three tables on the participants who have all scores and all covariates."""

    features: pd.DataFrame  # as given; read through `feature_block`, never copied as a whole
    rows: Indices  # (N,): those of the participants in `features`, in order of their id
    scores: Floats  # (N, S)
    covariates: Floats  # (N, K)
    score_names: tuple[str, ...]
    covariate_names: tuple[str, ...]
    notes: tuple[str, ...]  # how many participants were left out, and why

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of features, scores and participants: R, S, N."""
        return self.features.shape[1], self.scores.shape[1], len(self.rows)

    def feature_block(self, first: int, last: int) -> Floats:
        """Read features `first` to `last` (not included) as doubles, shape (N, last - first)."""
        part = self.features.iloc[:, first:last]
        return numbers(part, table="features").take(self.rows, axis=0)


def align(features: pd.DataFrame, scores: pd.DataFrame, covariates: pd.DataFrame) -> Tables:
    """Keep the participants of all three tables who have all scores and all covariates.

    Ids that are whole numbers in all three tables, stored as such or as text, are compared as
    numbers (1, 1.0 and "001" are one); any others are compared as they are written. Participants
    come in the order of their id, so that the order of rows in the tables given does not matter
    for what is drawn at random later. Errors name what does not fit, never an id.
    """
    given = {"features": features, "scores": scores, "covariates": covariates}
    for name, table in given.items():
        _check_table(table, name, may_be_empty=name == "covariates")
    _check_parts(given)
    ids = _read_ids(given)
    common = _common(ids, given)
    y = numbers(scores, table="scores")[ids["scores"].get_indexer(common)]
    c = numbers(covariates, table="covariates")[ids["covariates"].get_indexer(common)]
    whole = np.asarray(np.isfinite(np.hstack([y, c])).all(axis=1))
    everybody = len(ids["features"].union(ids["scores"]).union(ids["covariates"]))
    notes = _left_out(everybody - len(common), "not in all three tables")
    notes += _left_out(int((~whole).sum()), "lacking a score or covariate")
    notes += _coded(scores, y[whole], "scores") + _coded(covariates, c[whole], "covariates")
    if not whole.any():
        raise InputError(
            f"Of {len(common)} participants in all three tables, none has a value in every score "
            f"and covariate; look for a column that is missing throughout."
        )
    return Tables(
        features=features,
        rows=ids["features"].get_indexer(common[whole]),
        scores=y[whole],
        covariates=c[whole],
        score_names=tuple(str(name) for name in scores.columns),
        covariate_names=tuple(str(name) for name in covariates.columns),
        notes=notes,
    )


def numbers(frame: pd.DataFrame, *, table: str) -> Floats:
    """Read a table as doubles, missing as NaN; text that does not read as numbers is an error."""
    if all(isinstance(kind, np.dtype) and kind.kind in "fiub" for kind in frame.dtypes):
        values: Floats = frame.to_numpy(dtype=np.float64)
    else:
        columns = [_number_column(frame.iloc[:, i], table) for i in range(frame.shape[1])]
        values = np.column_stack(columns) if columns else np.empty(frame.shape)
    infinite = np.isinf(values).sum(axis=0)
    if infinite.any():
        column = int(np.argmax(infinite > 0))
        count = int(infinite[column])
        raise InputError(
            f"Column {label(frame.columns[column])!r} of the {table} has {count} "
            f"infinite value{'' if count == 1 else 's'}; give a number, or leave the "
            f"cell empty if it is missing."
        )
    return values


def label(column: Any) -> str:
    """Write a column name as text; a name of several levels is joined by slashes."""
    return "/".join(str(part) for part in column) if isinstance(column, tuple) else str(column)


def _number_column(column: pd.Series[Any], table: str) -> Floats:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    kinds = pd.api.types
    read = pd.to_numeric(column, errors="coerce")
    # pandas would count the nanoseconds of a date.
    may_be = (kinds.is_numeric_dtype, kinds.is_string_dtype, kinds.is_object_dtype)
    if not any(is_kind(column.dtype) for is_kind in may_be) or kinds.is_complex_dtype(read.dtype):
        read = pd.Series(np.full(len(column), np.nan), index=column.index)
    bad = int((read.isna() & column.notna()).sum())
    if bad:
        raise InputError(
            f"Column {label(column.name)!r} of the {table} should hold numbers, but {bad} of its "
            f"{len(column)} cells do not; recode them as numbers, or leave them empty if missing."
        )
    values: Floats = read.to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _check_table(table: pd.DataFrame, name: str, *, may_be_empty: bool) -> None:
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{name} must be a pandas DataFrame, not {type(table).__name__}.")
    if table.shape[1] == 0 and not may_be_empty:
        raise InputError(
            f"The {name} have no columns besides the participant id; give one or more, separated "
            "by commas (.csv) or tabs (.tsv)."
        )
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"Column {label(twice[0])!r} is in the {name} more than once; rename one.")
    second = next((c for c in table.columns if _LIKE_AN_ID.fullmatch(str(c))), None)
    if second is not None:
        raise InputError(
            f"Column {second!r} of the {name} is named like a participant id, but ids are taken "
            f"from the first column (the index); make it that one, or remove it."
        )
    if table.index.nlevels > 1:
        raise InputError(
            f"The {name} have an index of {table.index.nlevels} columns; one of them, with the "
            f"participant id, is enough."
        )
    nameless = int(np.sum(table.index.isna()))
    if nameless:
        raise InputError(
            f"The {name} have {nameless} row{'' if nameless == 1 else 's'} without a participant "
            f"id; remove what belongs to nobody."
        )


def _check_parts(given: dict[str, pd.DataFrame]) -> None:
    names = {name: {label(column) for column in table.columns} for name, table in given.items()}
    for one, other in combinations(names, 2):
        both = sorted(names[one] & names[other])
        if both:
            raise InputError(
                f"Column {both[0]!r} is in the {one} and in the {other}; leave it in one of them, "
                "make it the first column if it holds the ids, and look whether the same table "
                "twice was meant."
            )


def _read_ids(given: dict[str, pd.DataFrame]) -> dict[str, pd.Index[Any]]:
    """Read the ids as whole numbers where all tables have such, otherwise as they are written."""
    whole = {name: _whole_numbers(table.index) for name, table in given.items()}
    if all(index is not None for index in whole.values()):
        ids = {name: index for name, index in whole.items() if index is not None}
    else:
        ids = {name: _written(table.index) for name, table in given.items()}
        _check_written_alike(ids)
    for name, index in ids.items():
        repeated = int(index.duplicated().sum())
        if repeated:
            raise InputError(
                f"The {name} have {len(index)} rows but {repeated} of them "
                f"{'repeats' if repeated == 1 else 'repeat'} a participant id; "
                f"keep one row per participant."
            )
    return ids


def _whole_numbers(index: pd.Index[Any]) -> pd.Index[Any] | None:
    if len(index) == 0 or pd.api.types.is_integer_dtype(index.dtype):
        return index
    if pd.api.types.is_float_dtype(index.dtype):
        return index.astype("int64") if (index % 1 == 0).all() else None
    numbers = whole_numbers(index) if index.inferred_type == "string" else None
    return None if numbers is None or numbers.isna().any() else pd.Index(numbers.astype("int64"))


def _written(index: pd.Index[Any]) -> pd.Index[Any]:
    stored = pd.api.types.is_numeric_dtype(index.dtype)
    whole = _whole_numbers(index) if stored else None
    return pd.Index([str(one) for one in (index if whole is None else whole)], dtype=object)


def _check_written_alike(ids: dict[str, pd.Index[Any]]) -> None:
    loose = {
        name: pd.Index([_SPELLING.sub("", one).casefold() for one in index]).unique()
        for name, index in ids.items()
    }
    exact, alike = len(_shared(ids)), len(_shared(loose))
    if alike > exact:
        raise InputError(
            f"By their ids as written {exact:,} participants are in all three tables, but "
            f"{alike:,} if white space, zeros in front, a final .0 and capital letters are "
            f"ignored; write the ids of all tables the same way."
        )


def _shared(ids: dict[str, pd.Index[Any]]) -> pd.Index[Any]:
    common = ids["features"]
    for index in ids.values():
        common = common.intersection(index)
    return common


def _common(ids: dict[str, pd.Index[Any]], given: dict[str, pd.DataFrame]) -> pd.Index[Any]:
    common = _shared(ids)
    if len(common) == 0:
        described = "; ".join(
            f"the {name} have {len(table)} rows, ids are {_kind(table.index)}"
            for name, table in given.items()
        )
        raise InputError(
            f"No participant is in all three tables: {described}. "
            f"Use the same ids, written the same way, as index of each table."
        )
    return common.sort_values()


def _kind(index: pd.Index[Any]) -> str:
    """Say what the ids look like without showing one: an id belongs to a person."""
    if len(index) == 0:
        return "not there"
    kind = {"integer": "whole numbers", "floating": "decimal numbers", "string": "text"}.get(
        index.inferred_type, index.inferred_type
    )
    lengths = index.astype(str).str.len()
    low, high = int(lengths.min()), int(lengths.max())
    return f"{kind} of {low} characters" if low == high else f"{kind} of {low} to {high} characters"


def _coded(table: pd.DataFrame, values: Floats, name: str) -> tuple[str, ...]:
    return tuple(
        f"Column {label(column)!r} of the {name}: "
        f"{counted(count, 'participant holds', 'participants hold')} {' or '.join(codes)}, and "
        "nobody another number below 0; if that stands for a missing answer, leave the cell empty."
        for column, held in zip(table.columns, values.T, strict=True)
        for count, codes in [_missing_codes(held)]
        if codes
    )


def _missing_codes(values: Floats) -> tuple[int, list[str]]:
    there = np.unique(values)
    below = there[there < 0]
    # Scales around 0, as -1 and 1 or -3 to 3, have their own sign.
    if len(below) == 0 or not np.isin(below, _CODES).all() or np.isin(-there, there).all():
        return 0, []
    return int((values < 0).sum()), [f"{code:g}" for code in below]


def _left_out(count: int, why: str) -> tuple[str, ...]:
    if count == 0:
        return ()
    people = counted(count, "participant is", "participants are")
    return (f"{people} {why} and {'was' if count == 1 else 'were'} left out.",)
