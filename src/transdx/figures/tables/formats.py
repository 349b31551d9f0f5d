"""How columns of result tables are headed and printed, as the schema of results says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import pandas as pd

from transdx.figures.canvas.rows import members_in, require
from transdx.figures.canvas.words import people
from transdx.figures.tables.view import TableView
from transdx.modalities import is_global
from transdx.naming import label
from transdx.results.schema import Column, entry
from transdx.writing import count, decimal, interval, percent, probability, sentence_case

__all__ = ["scores", "view"]

Format = Callable[[Any], str]
RowFormat = Callable[[Mapping[str, Any]], str]

#: Columns of scores that can stand beside each other.
_SCORES = ("score", "score_a", "score_b")
#: Columns that do not decide what is found.
_OTHER_P = ("p", "p_permutation", "p_familywise")


def view(
    frame: pd.DataFrame,
    table: str,
    columns: str,
    *,
    caption: str,
    name: str = "",
    note: str = "",
    rows: int | None = None,
    by_score: bool = False,
    whole: bool = False,
    formats: Mapping[str, RowFormat] = MappingProxyType({}),
) -> TableView:
    """Show columns of a table of results, without those that say the same in every row.

    Headers and formats are those of the entry of `table` in `transdx.results.schema`, but for
    `formats`. With `by_score` several scores, or pairs of them, stand beside each other, with the
    p that decides; where there is one score, the caption says which. A `whole` table keeps all
    columns, and may have no row. Other arguments are those of `TableView`.
    """
    kept = {column: entry(table).column(column) for column in columns.split()}
    if not whole:
        require(frame, kept, table=table)
        caption += _trim(frame, kept)
    frame = frame.reset_index(drop=True)
    beside: tuple[str, ...] = ()
    if by_score:
        beside = tuple(column for column in _SCORES if column in kept)
        if len(members_in(frame, beside)) == 1:
            kept.pop("score", None)
            beside = ()
    if beside and "n" in kept:
        del kept["n"]
        caption += f" {people(frame)}."
    if beside and [kept.pop(column) for column in _OTHER_P if column in kept]:
        note = f"{note} The download has all p values.".lstrip()
    by_value = {c: _format(frame[c], how) for c, how in kept.items()}
    by_row = {c: formats.get(c) or _row_format(how) for c, how in kept.items()}
    return TableView(
        frame,
        name=name or table.replace("_", "-"),
        caption=caption,
        note=note,
        columns={c: how.header for c, how in kept.items()},
        formats={c: how for c, how in by_value.items() if how},
        row_formats={c: how for c, how in by_row.items() if how},
        rows=rows,
        beside=beside,
    )


def _trim(frame: pd.DataFrame, columns: dict[str, Column]) -> str:
    """Drop a constant n, which the words given back say, and a modality that is clear without."""
    if "modality" in columns and (
        len(set(frame["modality"])) == 1
        or ("feature" in frame and all(map(is_global, frame["modality"], frame["feature"])))
    ):
        del columns["modality"]
    if "n" in columns and len(frame) > 1 and len(set(frame["n"])) == 1:
        del columns["n"]
        return f" n = {count(float(frame['n'].iloc[0]))}."
    return ""


def scores(value: object) -> str:
    """Say the scores of a list joined by a plus."""
    return ", ".join(label(score) for score in str(value).split("+") if score) or "–"


_KINDS: Mapping[str, Format] = {
    "words": lambda value: sentence_case(label(str(value))),
    "scores": scores,
    "count": count,
    "p": probability,
    "level": lambda value: f"{value:.2g}",
    "percent": percent,
    "share": lambda value: percent(100 * value),
}


def _format(values: pd.Series, how: Column) -> Format | None:
    if how.kind == "number":
        return partial(decimal, places=_by_size(values) if how.places is None else how.places)
    return _KINDS.get(how.kind)


def _by_size(values: pd.Series) -> int:
    size = float(values.abs().median())
    return 0 if size >= 1000 else 1 if size >= 20 else 2 if size >= 1 else 3


def _row_format(how: Column) -> RowFormat | None:
    """Choose the format of what needs the whole row."""
    if how.kind == "interval":
        return lambda row: interval(row["ci_low"], row["ci_high"], places=how.places or 3)
    return {"feature": _feature, "shares": _shares}.get(how.kind)


def _feature(row: Mapping[str, Any]) -> str:
    return sentence_case(label(row["feature"], modality=row.get("modality")))


def _shares(row: Mapping[str, Any]) -> str:
    return f"{percent(100 * row['ci_low'])} to {percent(100 * row['ci_high'])}"
