"""The claims of the study, what the run finds, and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx.figures.canvas.rows import require
from transdx.figures.canvas.words import is_beta, score_name
from transdx.figures.tables.view import TableView
from transdx.results.schema import entry
from transdx.writing import (
    VERDICT_SIGNS,
    count,
    counted,
    decimal,
    interval,
    probability,
    verdict,
)

__all__ = ["claims_table"]

_CAPTION = "The claims of the study and what this run finds."

_Line = Mapping[Any, Any]


def claims_table(claims: pd.DataFrame) -> TableView:
    """Set every claim of the study beside what the run finds.

    Parameters
    ----------
    claims : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
        One row per claim and score, with the id ``c1-anxiety``; the claim leads to its
        chapter. Planted values are shown where there are any.
    """
    schema = entry("claims")
    require(claims, schema.names, table="claims")
    rows = claims.reset_index(drop=True)
    shown = ("claim", "score", "verdict", "quantity", "p", "n", "planted", "paper")
    columns = {name: schema.column(name).header for name in shown}
    words = f"{_CAPTION} {_verdicts(rows)}"
    if rows["planted"].notna().any():
        held = rows["covered"].map(_covered)
        number, known = int((held == "yes").sum()), int(held.ne("–").sum())
        of_known = f"of {known} intervals"
        words += f" {counted(number, f'{of_known} holds', f'{of_known} hold')} the planted value."
    else:
        del columns["planted"]
    sizes = set(rows["n"].dropna())
    if len(sizes) == 1:
        del columns["n"]
        words += f" n = {count(float(sizes.pop()))}."
    return TableView(
        rows,
        name="claims",
        caption=words,
        note="A claim leads to its chapter. Estimates with 95 % interval; planted values inside "
        "or outside of it. Signs: " + ", ".join(verdict(name) for name in VERDICT_SIGNS) + ".",
        columns=columns,
        formats={
            "score": score_name,
            "verdict": verdict,
            "p": probability,
            "n": lambda value: count(float(value)),
        },
        row_formats={
            "claim": lambda row: f"{row['claim']}: {row['statement']}",
            "quantity": _found,
            "planted": _planted,
        },
        links={"claim": _address},
        anchor=row_id,
        cards=True,
    )


def row_id(row: _Line) -> str:
    """Name the row of a claim and score, for links to it.

    Parameters
    ----------
    row : mapping
        With claim and score.

    Returns
    -------
    str

    Examples
    --------
    >>> row_id({"claim": "C1", "score": "anxiety"})
    'c1-anxiety'
    """
    return f"{row['claim']}-{row['score']}".lower()


def _verdicts(rows: pd.DataFrame) -> str:
    counts = rows["verdict"].value_counts()
    held = [f"{counts[name]} {name}" for name in VERDICT_SIGNS if name in counts]
    return f"Of {counted(len(rows), 'row', 'rows')}: {', '.join(held)}."


def _covered(value: object) -> str:
    if isinstance(value, str):
        return value or "–"
    return "–" if pd.isna(value) else "yes" if value else "no"  # type: ignore[call-overload]


def _number(row: _Line, column: str) -> str:
    value = float(row[column])
    if is_beta(row["quantity"]) or not value.is_integer():
        return decimal(value)
    return count(value)


def _found(row: _Line) -> str:
    """Give the estimate with its interval, then say what is estimated."""
    if pd.isna(row["estimate"]):
        return f"–, {row['quantity']}"
    low, high = float(row["ci_low"]), float(row["ci_high"])
    around = "" if math.isnan(low) else f" ({interval(low, high)})"
    # The numbers stay on one line.
    numbers = f"{_number(row, 'estimate')}{around}".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{numbers} {row['quantity']}"


def _planted(row: _Line) -> str:
    """Say what was planted, and whether the interval holds it."""
    if pd.isna(row["planted"]):
        return "–"
    inside = "inside" if _covered(row["covered"]) == "yes" else "outside"
    return f"{_number(row, 'planted')}, {inside}"


def _address(row: _Line) -> str:
    chapter, anchor = str(row["chapter"] or ""), str(row["anchor"] or "")
    return f"{chapter}.html{'#' + anchor if anchor else ''}" if chapter else ""
