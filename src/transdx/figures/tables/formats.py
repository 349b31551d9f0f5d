"""How columns of result tables are headed and printed, as the schema of results says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from transdx.figures.canvas.rows import require
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.schema import Column, entry
from transdx.writing import count, decimal, interval, percent, probability, sentence_case

__all__ = ["scores", "view"]

Format = Callable[[Any], str]
RowFormat = Callable[[Mapping[str, Any]], str]


def view(
    frame: pd.DataFrame,
    table: str,
    columns: str,
    *,
    caption: str,
    name: str = "",
    note: str = "",
    rows: int | None = None,
    one_score: bool = False,
    whole: bool = False,
    headers: Mapping[str, str] | None = None,
    formats: Mapping[str, Format] | None = None,
    row_formats: Mapping[str, RowFormat] | None = None,
) -> TableView:
    """Show columns of a table of results, without those that say the same in every row.

    Headers and formats are those of the entry of `table` in `transdx.results.schema`, unless
    `headers`, `formats` or `row_formats` give others. With `one_score` the caption says which
    score, where there is one; a `whole` table keeps all columns, and may have no row. Other
    arguments are those of `TableView`.
    """
    if not whole:
        require(frame, columns.split(), table=table)
    frame = frame.reset_index(drop=True)
    declared = {column: entry(table).column(column) for column in columns.split()}
    kept, words = (declared, "") if whole else _trim(frame, declared)
    if one_score and len(set(frame["score"])) == 1:
        kept.pop("score", None)
    own = {**(formats or {}), **(row_formats or {})}
    printed = {c: _format(frame[c], how) for c, how in kept.items() if c not in own}
    by_row = {c: _row_format(how) for c, how in kept.items() if c not in own}
    return TableView(
        frame,
        name=name or table.replace("_", "-"),
        caption=caption + words,
        note=note,
        columns={c: how.header or c for c, how in kept.items()} | _only(headers, kept),
        formats={c: how for c, how in printed.items() if how} | _only(formats, kept),
        row_formats={c: how for c, how in by_row.items() if how} | _only(row_formats, kept),
        rows=rows,
    )


def _only(formats: Mapping[str, Any] | None, kept: Mapping[str, Column]) -> dict[str, Any]:
    return {column: how for column, how in (formats or {}).items() if column in kept}


def _trim(frame: pd.DataFrame, columns: Mapping[str, Column]) -> tuple[dict[str, Column], str]:
    """Leave out a constant n, which the caption says, and a modality that is clear without."""
    kept = dict(columns)
    words = ""
    if "n" in kept and len(frame) > 1 and len(set(frame["n"])) == 1:
        del kept["n"]
        words = f" n = {count(float(frame['n'].iloc[0]))}."
    if "modality" in kept and (
        len(set(frame["modality"])) == 1
        or ("feature" in frame and (frame["feature"] == "total").all())
    ):
        del kept["modality"]
    return kept, words


def scores(value: object) -> str:
    """Say the scores of a list joined by a plus."""
    return ", ".join(label(score) for score in str(value).split("+") if score) or "–"


_KINDS: Mapping[str, Format] = {
    "words": lambda value: sentence_case(label(str(value))),
    "scores": scores,
    "count": lambda value: count(float(value)),
    "p": probability,
    "level": lambda value: f"{float(value):.2g}",
    "percent": lambda value: percent(float(value)),
    "share": lambda value: percent(100 * float(value)),
}


def _format(values: pd.Series, how: Column) -> Format | None:
    if how.kind == "number":
        places = _by_size(values) if how.places is None else how.places
        return lambda value: decimal(float(value), places=places)
    return _KINDS.get(how.kind)


def _by_size(values: pd.Series) -> int:
    size = float(values.abs().median())
    return 0 if size >= 1000 else 1 if size >= 20 else 2 if size >= 1 else 3


def _row_format(how: Column) -> RowFormat | None:
    """Choose the format of what needs the whole row."""
    if how.kind == "interval":
        places = how.places or 3
        return lambda row: interval(float(row["ci_low"]), float(row["ci_high"]), places=places)
    return _feature if how.kind == "feature" else None


def _feature(row: Mapping[str, Any]) -> str:
    modality = str(row.get("modality", "")) or None
    return sentence_case(label(str(row["feature"]), modality=modality))
