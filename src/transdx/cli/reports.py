"""What was found in an export, as lines of a terminal, as a page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from transdx import __version__
from transdx._files import atomic_path
from transdx.writing import sentence_case

if TYPE_CHECKING:
    import pandas as pd

    from transdx.findings.checked import Check

__all__ = ["PAGE", "aligned", "lines_of", "write_report"]

PAGE = "check.html"
_EXTENT = {
    "all": "All of the study can be run with this export.",
    "part": "A part of the study can be run with this export.",
    "none": "The study cannot be run with this export yet.",
}
_HEADS = {
    "fields": ["field", "title", "use", "needed", "state", "column", "file", "expected"],
    "flow": ["label", "excluded", "remaining"],
    "analyses": ["kind", "analysis", "runs", "why"],
}
_HEADS["fields"] += ["people", "beyond", "why"]
_NAMES = {"label": "step", "remaining": "left", "use": "for", "people": "people with a value"}
_NAMES |= {"beyond": "beyond what is expected", "why": "why not", "runs": "can be run"}
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .85rem }
th, td { border-bottom: 1px solid #8885; padding: .2rem .7rem .2rem 0; text-align: left;
  vertical-align: top; overflow-wrap: break-word; max-width: 22rem }
td.n { text-align: right; font-variant-numeric: tabular-nums }
tr.missing td, tr.no td { color: #b25d00 } tr.unreadable td { color: #c22 }
dt { font-weight: 600 } dd { margin: 0 0 .4rem }
@media (prefers-color-scheme: dark) { body { background: #14181c; color: #e4e8ec }
  tr.missing td, tr.no td { color: #f2a65a } tr.unreadable td { color: #ff8a80 } }
"""


def lines_of(found: Check) -> Iterator[str]:
    """Write for a terminal what matters: what is there in counts, what is not by name."""
    width = max(map(len, found.about))
    yield from (f"{name:<{width}}  {value}" for name, value in found.about.items())
    fields = found.fields
    counts = fields["state"].value_counts()
    told = [f"{counts.get(state, 0)} {state}" for state in ("present", "missing", "unreadable")]
    yield f"{'variables':<{width}}  {', '.join(told)}"
    for heading, rows in (
        ("Missing, and needed", fields[fields["state"].eq("missing") & fields["needed"].eq("yes")]),
        ("Missing", fields[fields["state"].eq("missing") & fields["needed"].ne("yes")]),
    ):
        yield from _listed(heading, rows)
    if (refused := fields[fields["state"] == "unreadable"]["why"]).any():
        yield "\nUnreadable"
        yield from (f"  {why}" for why in dict.fromkeys(refused))
    yield from _listed("Beyond what is expected, and taken for missing", _beyond(fields))
    if len(found.flow):
        yield ""
        yield from aligned(found.flow[_HEADS["flow"]].to_numpy().tolist(), right=(1, 2))
    yield ""
    yield from aligned(found.analyses[_HEADS["analyses"]].to_numpy().tolist())
    yield from (f"Note: {note}" for note in found.notes)
    yield f"\n{_EXTENT[found.extent]}"


def _listed(heading: str, rows: pd.DataFrame) -> Iterator[str]:
    """List fields by what they are for: regions come in hundreds."""
    if len(rows):
        yield f"\n{heading}"
    for use, some in rows.groupby("use", sort=False):
        names = some["field"].tolist()
        shown = names if len(names) <= 4 else [*names[:2], "…", names[-1]]
        counts = some["beyond"].tolist() if some["beyond"].any() else []
        yield f"  {', '.join(shown)} ({use}){': ' + ', '.join(counts[:4]) if counts else ''}"


def _beyond(fields: pd.DataFrame) -> pd.DataFrame:
    return fields[fields["beyond"] != ""]


def aligned(rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> Iterator[str]:
    """Set rows of words in columns."""
    held = [[*map(str, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*held, strict=True)]
    for row in held:
        cells = [
            f"{cell:>{width}}" if place in right else f"{cell:<{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def write_report(found: Check, folder: Path) -> Path:
    """Write what was found as a page and as JSON, and give the page."""
    tables = {name: getattr(found, name)[heads] for name, heads in _HEADS.items()}
    told = {"version": __version__, "extent": found.extent, "about": dict(found.about)}
    told |= {name: table.to_dict("records") for name, table in tables.items()}
    told |= {"notes": list(found.notes)}
    with atomic_path(folder / "check.json") as path:
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with atomic_path(folder / PAGE) as path:
        path.write_text(_page(found, tables), encoding="utf-8")
    return folder / PAGE


def _page(found: Check, tables: dict[str, pd.DataFrame]) -> str:
    about = "".join(
        f"<dt>{escape(sentence_case(name))}</dt><dd>{escape(value)}</dd>"
        for name, value in found.about.items()
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    order = {"unreadable": 0, "missing": 1, "present": 2}
    fields = tables["fields"].sort_values("state", key=lambda one: one.map(order), kind="stable")
    parts = [
        f"<h1>What this export holds</h1><p><strong>{_EXTENT[found.extent]}</strong></p>",
        f"<dl>{about}</dl>",
        f"<h2>What to look at</h2><ul>{notes}</ul>" if notes else "",
        "<h2>What can be run</h2>" + _table(tables["analyses"], "runs"),
        "<h2>Who is left after each step</h2>" + _table(tables["flow"]) if len(found.flow) else "",
        "<h2>What was read, and what it is for</h2>" + _table(fields, "state"),
        f"<p>Made by transdx {__version__}. It holds no ids and no rows of participants.</p>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What this export holds</title><style>{_STYLE}</style></head>\n"
        f"<body>{chr(10).join(parts)}</body></html>\n"
    )


def _table(table: pd.DataFrame, marked: str = "") -> str:
    names = [_NAMES.get(str(one), str(one)) for one in table]
    heads = "".join(f"<th>{escape(sentence_case(one))}</th>" for one in names)
    numbers = ("excluded", "remaining", "people", "beyond")
    rows = []
    for row in table.to_dict("records"):
        cells = "".join(
            f"<td{' class=n' * (name in numbers)}>{escape(str(value))}</td>"
            for name, value in row.items()
        )
        rows.append(f"<tr class={escape(str(row[marked]) if marked else 'plain')}>{cells}</tr>")
    return f"<div class=wide><table><thead><tr>{heads}</tr></thead>{''.join(rows)}</table></div>"
