"""Check the three tables of an association analysis and bring them onto the same participants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx.errors import InputError

__all__ = ["Tables", "align", "check_count", "label", "numbers"]

Floats = NDArray[np.float64]
# Features are read and converted this many columns at a time, to keep copies small.
CHUNK = 32


@dataclass(frozen=True)
class Tables:
    """Three tables on the participants who have all scores and all covariates.

    Attributes
    ----------
    features : pandas.DataFrame
        As given; read through `feature_block`, never copied as a whole.
    rows : numpy.ndarray of int, shape (N,)
        Which rows of `features` belong to the N participants, in order of their id.
    scores : numpy.ndarray, shape (N, S)
        Without missing values.
    covariates : numpy.ndarray, shape (N, K)
        Without missing values.
    score_names, covariate_names : tuple of str
        Column names.
    notes : tuple of str
        How many participants were left out, and why.
    """

    features: pd.DataFrame
    rows: NDArray[np.intp]
    scores: Floats
    covariates: Floats
    score_names: tuple[str, ...]
    covariate_names: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def participants(self) -> int:
        """Number of participants, N."""
        return len(self.rows)

    def feature_block(self, first: int, last: int) -> Floats:
        """Read features `first` to `last` (not included) as doubles, shape (N, last - first)."""
        part = self.features.iloc[:, first:last]
        return numbers(part, table="features").take(self.rows, axis=0)


def align(features: pd.DataFrame, scores: pd.DataFrame, covariates: pd.DataFrame) -> Tables:
    """Keep the participants of all three tables who have all scores and all covariates.

    Parameters
    ----------
    features, scores, covariates : pandas.DataFrame
        Indexed by participant; columns are numbers. A missing value is NaN (or pandas.NA).

    Returns
    -------
    Tables
        The participants in order of their id, so that the order of rows in the tables given
        does not matter for what is drawn at random later.

    Raises
    ------
    InputError
        If an id or a column is there twice, a table has no columns, a column holds text or
        infinite values, no participant is in all tables, or nobody has all scores and covariates.

    Examples
    --------
    >>> ids = [3, 1, 2, 4]
    >>> x = pd.DataFrame({"left_insula": [1.0, 2, 3, 5]}, index=ids)
    >>> y = pd.DataFrame({"anxiety": [0.0, 1, None, 2]}, index=ids)
    >>> c = pd.DataFrame({"age": [60, 61, 62]}, index=[1, 2, 3])
    >>> tables = align(x, y, c)
    >>> tables.rows.tolist(), tables.notes[0]
    ([1, 0], '1 participant is not in all three tables and was left out.')
    """
    given = {"features": features, "scores": scores, "covariates": covariates}
    for name, table in given.items():
        _check_table(table, name, may_be_empty=name == "covariates")
    common = _common(given)
    y = numbers(scores, table="scores")[scores.index.get_indexer(common)]
    c = numbers(covariates, table="covariates")[covariates.index.get_indexer(common)]
    whole = np.asarray(np.isfinite(np.hstack([y, c])).all(axis=1))
    everybody = len(features.index.union(scores.index).union(covariates.index))
    notes = _left_out(everybody - len(common), "not in all three tables")
    notes += _left_out(int((~whole).sum()), "lacking a score or covariate")
    if not whole.any():
        raise InputError(
            f"Of {len(common)} participants in all three tables, none has a value in every score "
            f"and covariate; look for a column that is missing throughout."
        )
    return Tables(
        features=features,
        rows=features.index.get_indexer(common[whole]),
        scores=y[whole],
        covariates=c[whole],
        score_names=tuple(str(name) for name in scores.columns),
        covariate_names=tuple(str(name) for name in covariates.columns),
        notes=notes,
    )


def numbers(frame: pd.DataFrame, *, table: str) -> Floats:
    """Read a table as doubles, missing as NaN.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numeric, logical or nullable columns; text is an error unless all of it reads as numbers.
    table : str
        What to call the table in an error.

    Returns
    -------
    numpy.ndarray
        Same shape, float64.

    Raises
    ------
    InputError
        If a column has cells that are not numbers, or infinite ones.

    Examples
    --------
    >>> numbers(pd.DataFrame({"a": [1, None], "b": ["2", "3.5"]}), table="scores").tolist()
    [[1.0, 2.0], [nan, 3.5]]
    """
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
    """Write a column name as text; a name of several levels is joined by slashes.

    Examples
    --------
    >>> label(("thickness", "left_insula")), label("total")
    ('thickness/left_insula', 'total')
    """
    return "/".join(str(part) for part in column) if isinstance(column, tuple) else str(column)


def check_count(value: object, name: str, *, at_least: int) -> int:
    """Return `value` as an int, or say why it is not a count.

    Raises
    ------
    InputError
        If it is not a whole number, or is too small.

    Examples
    --------
    >>> check_count(5000, "permutations", at_least=2)
    5000
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or int(value) < at_least:  # type: ignore[call-overload]
        raise InputError(f"{name} must be a whole number of at least {at_least}, not {value!r}.")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _number_column(column: pd.Series[Any], table: str) -> Floats:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    read = pd.to_numeric(column, errors="coerce")
    if not pd.api.types.is_numeric_dtype(read.dtype):
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
    repeated = int(table.index.duplicated().sum())
    if repeated:
        raise InputError(
            f"The {name} have {len(table)} rows but {repeated} of them "
            f"{'repeats' if repeated == 1 else 'repeat'} a participant id; "
            f"keep one row per participant."
        )
    nameless = int(np.sum(table.index.isna()))
    if nameless:
        raise InputError(
            f"The {name} have {nameless} row{'' if nameless == 1 else 's'} without a participant "
            f"id; remove what belongs to nobody."
        )


def _common(given: dict[str, pd.DataFrame]) -> pd.Index[Any]:
    common = given["features"].index
    for table in given.values():
        common = common.intersection(table.index)
    if len(common) == 0:
        described = "; ".join(
            f"the {name} have {len(table)} rows, ids are {_kind(table.index)}"
            for name, table in given.items()
        )
        raise InputError(
            f"No participant is in all three tables: {described}. "
            f"Use the same ids, written the same way, as index of each table."
        )
    try:
        return common.sort_values()
    except TypeError:  # ids of mixed types have no order of their own
        return common[np.argsort(common.astype(str), kind="stable")]


def _kind(index: pd.Index[Any]) -> str:
    # Says what the ids look like without showing one: an id belongs to a person.
    if len(index) == 0:
        return "not there"
    kind = {"integer": "whole numbers", "floating": "decimal numbers", "string": "text"}.get(
        index.inferred_type, index.inferred_type
    )
    lengths = index.astype(str).str.len()
    low, high = int(lengths.min()), int(lengths.max())
    return f"{kind} of {low} characters" if low == high else f"{kind} of {low} to {high} characters"


def _left_out(count: int, why: str) -> tuple[str, ...]:
    if count == 0:
        return ()
    people = "1 participant is" if count == 1 else f"{count:,} participants are"
    return (f"{people} {why} and {'was' if count == 1 else 'were'} left out.",)
