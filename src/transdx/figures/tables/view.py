"""Tables that a reader can sort and take along."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.rows import check_known

__all__ = ["TableView"]

# The least that a page without our style sheet needs; it yields to any other rule.
_STYLE = (
    "<style>"
    ":where(.transdx-table .transdx-scroll){overflow:auto;max-height:28rem}"
    ":where(.transdx-table .transdx-whole){max-height:none}"
    ":where(.transdx-table table){border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ":where(.transdx-table th,.transdx-table td){padding:.25rem .6rem;text-align:left}"
    ":where(.transdx-table caption){font-weight:600;text-align:left}"
    ":where(.transdx-table .transdx-note){font-weight:400}"
    ":where(.transdx-table .transdx-number){text-align:right;white-space:nowrap}"
    "</style>"
)


#: Up to so many rows a table is shown at its full height.
_MOST_WHOLE = 15


@dataclass(frozen=True)
class TableView:
    """A table with a caption, sortable columns and a link to all its values.

    Parameters
    ----------
    frame : pandas.DataFrame
        The full table; this is what the link hands out, unrounded and complete.
    name : str
        File name of the download without its ending.
    caption : str
        What the table holds, with unit and sample.
    columns : mapping of str to str, optional
        Columns to show, in this order, and their headers; all by default.
    formats : mapping of str to callable, optional
        How values of a column are printed.
    row_formats : mapping of str to callable, optional
        How values of a column are printed where that needs the rest of the row; called
        with the row as a mapping.
    rows : int, optional
        Show only the first rows; the caption says so and the download has them all.
    note : str, optional
        What the columns mean, in plain type after the caption.
    links : mapping of str to callable, optional
        Where the cells of a column lead; called with the row, gives an address relative
        to the page or nothing.
    anchor : callable, optional
        The id of a row, so that other places can lead to it; called with the row.
    cards : bool, default False
        On a phone, show each row as a card with the headers before its values.

    Raises
    ------
    InputError
        If a column or format names none of the frame's columns.
    """

    frame: pd.DataFrame = field(repr=False)
    name: str
    caption: str
    columns: Mapping[str, str] | None = None
    formats: Mapping[str, Callable[[Any], str]] | None = None
    row_formats: Mapping[str, Callable[[Mapping[str, Any]], str]] | None = None
    rows: int | None = None
    note: str = ""
    links: Mapping[str, Callable[[Mapping[str, Any]], str]] | None = None
    anchor: Callable[[Mapping[Any, Any]], str] | None = None
    cards: bool = False

    def __post_init__(self) -> None:
        """Refuse names that the frame does not have."""
        named = (self.columns, self.formats, self.row_formats, self.links)
        for name in [name for mapping in named for name in mapping or {}]:
            check_known(name, [str(column) for column in self.frame.columns], what="column")
        if self.rows is not None and self.rows < 1:
            raise InputError(f"expected at least one row to show, got rows={self.rows}")

    def _repr_html_(self) -> str:
        shown = self.frame if self.rows is None else self.frame.head(self.rows)
        caption = self.caption
        if len(shown) < len(self.frame):
            caption += f" First {len(shown):,} of {len(self.frame):,} rows; the download has all."
        words = _together(html.escape(caption))
        note = f' <span class="transdx-note">{_together(html.escape(self.note))}</span>'
        height = " transdx-whole" if self.cards or len(shown) <= _MOST_WHOLE else ""
        kind = "transdx-table transdx-cards" if self.cards else "transdx-table"
        told = words + (note if self.note else "")
        return (
            f'{_STYLE}<div class="{kind}">'
            f'<div class="transdx-scroll{height}" role="region" tabindex="0" aria-label="{words}">'
            f"<table><caption>{told}</caption>{self._head()}{self._body(shown)}</table></div>"
            f'<p class="transdx-download"><a download="{html.escape(self.name)}.csv" '
            f'href="{self.csv_uri()}">Download CSV</a></p></div>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.caption}

    def csv(self) -> str:
        """Write the full table as CSV, every number so that it reads back the same.

        Returns
        -------
        str
        """
        return str(self.frame.to_csv(index=False, lineterminator="\n"))

    def csv_uri(self) -> str:
        """Pack the CSV into an address that needs no server.

        Returns
        -------
        str
            A ``data:`` URI.
        """
        return (
            f"data:text/csv;charset=utf-8;base64,{base64.b64encode(self.csv().encode()).decode()}"
        )

    def _shown_columns(self) -> dict[str, str]:
        if self.columns is not None:
            return dict(self.columns)
        return {str(column): str(column).replace("_", " ") for column in self.frame.columns}

    def _head(self) -> str:
        cells = "".join(
            f'<th scope="col" class="{self._kind(column)}">{html.escape(title)}</th>'
            for column, title in self._shown_columns().items()
        )
        return f"<thead><tr>{cells}</tr></thead>"

    def _body(self, shown: pd.DataFrame) -> str:
        columns = list(self._shown_columns())
        lines = []
        for row in shown.to_dict("records"):
            first, *rest = columns
            cells = self._cell(first, row, tag='th scope="row"', end="th")
            cells += "".join(self._cell(column, row, tag="td", end="td") for column in rest)
            place = f' id="{html.escape(self.anchor(row))}"' if self.anchor else ""
            lines.append(f"<tr{place}>{cells}</tr>")
        return f"<tbody>{''.join(lines)}</tbody>"

    def _cell(self, column: str, row: Mapping[Any, Any], *, tag: str, end: str) -> str:
        key = ""
        if self._kind(column) == "transdx-number":
            # The unrounded number, so that rounded ties sort as they should.
            number = "" if pd.isna(row[column]) else repr(float(row[column]))
            key = f' data-value="{number}"'
        if self.cards:
            key += f' data-label="{html.escape(self._shown_columns()[column])}"'
        text = html.escape(self._print(column, row))
        if column in (self.links or {}):
            address = (self.links or {})[column](row)
            text = f'<a href="{html.escape(address)}">{text}</a>' if address else text
        return f'<{tag} class="{self._kind(column)}"{key}>{text}</{end}>'

    def _kind(self, column: str) -> str:
        values = self.frame[column]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        return "transdx-number" if numeric else "transdx-text"

    def _print(self, column: str, row: Mapping[Any, Any]) -> str:
        value = row[column]
        if column in (self.row_formats or {}):
            return (self.row_formats or {})[column](row)
        if pd.isna(value):
            return "–"
        if column in (self.formats or {}):
            return (self.formats or {})[column](value)
        if isinstance(value, (bool, np.bool_)):
            return "yes" if value else "no"
        return str(value)


def _together(text: str) -> str:
    """Keep a number and its unit on one line."""
    space = "\N{NO-BREAK SPACE}"
    return text.replace(" %", f"{space}%").replace(" = ", f"{space}={space}")
