"""Tables that a reader can sort and take along."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.rows import check_known, members_in
from transdx.figures.canvas.shown import About, Shown, foot, link
from transdx.figures.canvas.words import score_name
from transdx.naming import label

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


class _Cell(NamedTuple):
    """What a cell shows: a column of a record (empty where there is none).

    The first cell of a score, or of a pair of them, names it where they stand beside each other.
    """

    column: str
    row: Mapping[Any, Any]
    group: str = ""


#: Up to so many rows a table is shown at its full height.
_MOST_WHOLE = 15


@dataclass(frozen=True)
class TableView(Shown):
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
        Where the cells of a column lead; called with the row, gives the attributes of a
        link, see `transdx.results.links.leads_to`, or nothing.
    marks : mapping of str to callable, optional
        What is drawn before the values of a column; called with the row, gives HTML.
    anchor : callable, optional
        The id of a row, so that other places can lead to it; called with the row.
    cards : bool, default False
        On a phone, show each row as a card with the headers before its values.
    under : tuple of str, optional
        Columns that say the same in neighbouring rows, which then stand under one line that says
        it: the first, and the others with their headers. They are no columns of their own.
    beside : tuple of str, optional
        Neighbouring columns, ``score`` or the two of a pair, whose values stand beside each other:
        a row for what the columns before them name, and those after them once for each value.

    Raises
    ------
    InputError
        If a column or format names none of the frame's columns.
    """

    frame: pd.DataFrame = field(repr=False)
    name: str
    caption: str
    columns: Mapping[str, str] | None = None
    formats: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    row_formats: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    rows: int | None = None
    note: str = ""
    links: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    marks: Mapping[str, Callable[[Mapping[Any, Any]], str]] = field(default_factory=dict)
    anchor: Callable[[Mapping[Any, Any]], str] | None = None
    cards: bool = False
    under: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that the frame does not have."""
        named = (*self.formats, *self.row_formats, *self.links, *self.marks)
        for name in (*(self.columns or ()), *named):
            check_known(name, map(str, self.frame.columns), what="column")
        if self.rows is not None and self.rows < 1:
            raise InputError(f"expected at least one row to show, got rows={self.rows}")

    def _repr_html_(self) -> str:
        lines = self._lines()
        shown = lines[: self.rows]
        caption = self.caption
        if len(shown) < len(lines):
            caption += f" First {len(shown):,} of {len(lines):,} rows; the download has all."
        words = told = _together(html.escape(caption))
        if self.note:
            told += f' <span class="transdx-note">{_together(html.escape(self.note))}</span>'
        height = " transdx-whole" if self.cards or len(shown) <= _MOST_WHOLE else ""
        kind = "transdx-table"
        kind += " transdx-cards" * self.cards + " transdx-by-score" * bool(self.beside)
        file = self._about.file("csv")
        download = link("Download CSV", file, "text/csv;charset=utf-8", self.csv().encode())
        run = self.about.stamp
        said = f' data-run="{html.escape(run.words)}"' if run else ""
        label = '<span class="transdx-label" data-kind="Table"></span>'
        return (
            f'{_STYLE}<div class="{kind}" id="table-{html.escape(self.name)}"{said}>'
            f'<div class="transdx-scroll{height}" role="region" tabindex="0" aria-label="{words}">'
            f"<table><caption>{label}{told}</caption>{self._head()}{self._body(shown)}</table></div>"
            f"{foot([download], run)}</div>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.caption}

    @property
    def _about(self) -> About:
        return replace(self.about, name=self.name, data=self.frame)

    def csv(self) -> str:
        """Write the full table as CSV, every number so that it reads back the same.

        The last columns say of which run it is, where that is known.

        Returns
        -------
        str
        """
        return self._about.csv()

    def _shown_columns(self) -> dict[str, str]:
        if self.columns is not None:
            return dict(self.columns)
        return {str(column): str(column).replace("_", " ") for column in self.frame.columns}

    def _own_columns(self) -> list[str]:
        return [column for column in self._shown_columns() if column not in self.under]

    def _lines(self) -> list[list[_Cell]]:
        """Give the cells of each row: of one record, or of one for each score."""
        columns = self._own_columns()
        records = self.frame.to_dict("records")
        if not self.beside:
            return [[_Cell(column, row) for column in columns] for row in records]
        before, below = self._around(columns)
        members = members_in(self.frame, self.beside)
        # Names that are not shown tell rows apart as well: total area from total volume.
        others = [column for column in map(str, self.frame) if column not in self.beside]
        names = [column for column in others if self._kind(column) == "transdx-text"]
        named: dict[tuple[Any, ...], dict[tuple[str, ...], Mapping[Any, Any]]] = {}
        for row in records:
            member = tuple(str(row[column]) for column in self.beside)
            named.setdefault(tuple(str(row[c]) for c in names), {})[member] = row
        return [
            [_Cell(column, next(iter(rows.values()))) for column in before]
            + [
                _Cell(column, rows.get(member, {}), _title(member) if place == 0 else "")
                for member in members
                for place, column in enumerate(below)
            ]
            for rows in named.values()
        ]

    def _around(self, columns: list[str]) -> tuple[list[str], list[str]]:
        """Give the columns before those that stand beside each other, and those after them."""
        at = columns.index(self.beside[0])
        return columns[:at], columns[at + len(self.beside) :]

    def _head(self) -> str:
        titles, columns = self._shown_columns(), self._own_columns()
        if not self.beside:
            return f"<thead><tr>{''.join(self._header(c, titles[c]) for c in columns)}</tr></thead>"
        before, below = self._around(columns)
        above = f'<td colspan="{len(before)}"></td>'
        own = [self._header(column, titles[column]) for column in before]
        for title in map(_title, members_in(self.frame, self.beside)):
            above += f'<th scope="colgroup" colspan="{len(below)}">{html.escape(title)}</th>'
            own += [self._header(column, titles[column], title) for column in below]
        return f"<thead><tr>{above}</tr><tr>{''.join(own)}</tr></thead>"

    def _header(self, column: str, title: str, group: str = "") -> str:
        told = f' data-group="{html.escape(group)}"' if group else ""
        words = _together(html.escape(title))
        return f'<th scope="col" class="{self._kind(column)}"{told}>{words}</th>'

    def _body(self, shown: list[list[_Cell]]) -> str:
        def heading(line: list[_Cell]) -> str:
            return self._heading(line[0].row) if self.under else ""

        return "".join(
            f"<tbody>{above}{''.join(map(self._row, lines))}</tbody>"
            for above, lines in groupby(shown, heading)
        )

    def _heading(self, row: Mapping[Any, Any]) -> str:
        """Say in a line what rows have in common."""
        first, *others = self.under
        titles = self._shown_columns()
        said = [f"{titles[column]}: {self._print(column, row)}" for column in others]
        note = f' <span class="transdx-note">{html.escape(". ".join(said))}.</span>' * bool(said)
        width = len(self._own_columns())
        return (
            f'<tr class="transdx-heading"><th scope="rowgroup" colspan="{width}">'
            f"{self._linked(first, row)}{note}</th></tr>"
        )

    def _row(self, cells: list[_Cell]) -> str:
        first, *rest = cells
        place = f' id="{html.escape(self.anchor(first.row))}"' if self.anchor else ""
        name = self._cell(first, "th", ' scope="row"')
        below = "".join(self._cell(cell, "td") for cell in rest)
        return f"<tr{place}>{name}{below}</tr>"

    def _cell(self, cell: _Cell, tag: str, extra: str = "") -> str:
        column, row = cell.column, cell.row
        extra += f' class="{self._kind(column)}{" transdx-first" if cell.group else ""}"'
        if self._kind(column) == "transdx-number":
            # The unrounded number, so that rounded ties sort as they should.
            number = "" if pd.isna(row.get(column)) else repr(float(row[column]))
            extra += f' data-value="{number}"'
        if self.cards or self.beside:
            extra += f' data-label="{html.escape(self._card_label(cell))}"'
        return f"<{tag}{extra}>{self._linked(column, row)}</{tag}>"

    def _linked(self, column: str, row: Mapping[Any, Any]) -> str:
        text = html.escape(self._print(column, row) if row else "–")
        link = self.links[column](row) if column in self.links else ""
        mark = self.marks[column](row) if column in self.marks else ""
        return f"{mark}<a {link}>{text}</a>" if link else mark + text

    def _card_label(self, cell: _Cell) -> str:
        """Say what a value on a card is: of a score its name before the first, nothing of ends."""
        if self.beside and cell.column == "ci_low":
            return ""
        return cell.group or self._shown_columns()[cell.column]

    def _kind(self, column: str) -> str:
        values = self.frame[column]
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        return "transdx-number" if numeric else "transdx-text"

    def _print(self, column: str, row: Mapping[Any, Any]) -> str:
        value = row[column]
        if column in self.row_formats:
            return self.row_formats[column](row)
        if pd.isna(value):
            return "–"
        if column in self.formats:
            return self.formats[column](value)
        if isinstance(value, (bool, np.bool_)):
            return "yes" if value else "no"
        return str(value)


def _title(scores: tuple[str, ...]) -> str:
    """Name what stands beside others: a score, or the difference of two."""
    first, *others = scores
    return " − ".join([score_name(first), *map(label, others)])


def _together(text: str) -> str:
    """Keep a number and its unit on one line."""
    space = "\N{NO-BREAK SPACE}"
    return text.replace(" %", f"{space}%").replace(" = ", f"{space}={space}")
