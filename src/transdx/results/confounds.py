"""What sentences say of nuisances and unequal measurement, and of claims held against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx.naming import label
from transdx.results.each import listed
from transdx.results.select import ALPHA
from transdx.writing import count, counted, decimal, sentence_case

__all__ = ["cite"]

_NOTHING = "These data hold no nuisances that claims could be held against."
#: More of them are counted.
_MOST = 6


def cite(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Say what nuisances go with, and which claims fall where they are held constant."""
    nuisances = tables.get("nuisances", pd.DataFrame())
    adjustments = tables.get("adjustments", pd.DataFrame())
    equal = tables.get("equal_reliability", pd.DataFrame())
    return {
        "equal_reliability.text": _equal(equal),
        "nuisances.text": _going(nuisances.dropna()) if len(nuisances) else _NOTHING,
        "certainty.nuisances": _sure(nuisances.dropna()) if len(nuisances) else _NOTHING,
        "adjustments.text": _falling(adjustments, tables) if len(adjustments) else _NOTHING,
    }


def _equal(rows: pd.DataFrame) -> str:
    """Say which differences between scores would vanish, were all measured equally well."""
    if rows.empty:
        return "Nothing says how reliable these scores are, so that this cannot be asked."
    there = rows[(rows["ci_low"] > 0) | (rows["ci_high"] < 0)]
    many = counted(len(rows), "difference", "differences")
    begin = f"Of {many} between a claim's score and another "
    begin += f"{counted(len(there), 'has', 'have')} an interval without zero"
    if there.empty:
        return f"{begin} to begin with."
    gone = there[(there["equal_low"] <= 0) & (there["equal_high"] >= 0)]
    if gone.empty:
        return (
            f"{begin}. Measured equally well, {'it' if len(there) == 1 else 'all'} would keep it."
        )
    named = [
        f"{row['claim']}, {label(row['score'])} less {label(row['other'])} "
        f"({decimal(row['difference'])} as measured, {decimal(row['equal'])} at equal reliability, "
        f"{decimal(row['equal_low'])} to {decimal(row['equal_high'])})"
        for row in gone.to_dict("records")
    ]
    return f"{begin}. Measured equally well, these would vanish: {listed(named)}."


def _going(rows: pd.DataFrame) -> str:
    """Name the nuisances that go with a score, the strongest first."""
    beyond = rows[(rows["ci_low"] > 0) | (rows["ci_high"] < 0)]
    strongest = beyond.sort_values("rho", key=lambda rho: -rho.abs(), kind="stable")
    of_all = f"{counted(rows['nuisance'].nunique(), 'nuisance', 'nuisances')} held against "
    of_all += f"{counted(rows['score'].nunique(), 'score', 'scores')}"
    if strongest.empty:
        return f"Of {of_all}, none has an interval without zero."
    named = [
        f"{row['label']} with {label(row['score'])} (ρ\u00a0=\u00a0{decimal(row['rho'])})"
        for row in strongest.head(_MOST).to_dict("records")
    ]
    more = len(strongest) - len(named)
    named += [f"{count(more)} more"] if more else []
    return f"Of {of_all}, these have an interval without zero: {listed(named)}."


def _sure(rows: pd.DataFrame) -> str:
    half = ((rows["ci_high"] - rows["ci_low"]) / 2).max()
    return (
        f"Each ρ is known to within {decimal(half, places=2)}. Were there nothing at all, about "
        f"{decimal(ALPHA * len(rows), places=1)} of these {len(rows)} intervals would miss zero by "
        "chance. Smaller correlations than these can confound small effects, so that every claim "
        "is judged with nuisances held constant too."
    )


def _falling(adjustments: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> str:
    """Say which claims are lower under which adjustments, and what becomes of their estimates."""
    held = adjustments[adjustments["adjustment"] != "study"]
    names = list(dict.fromkeys(held["adjustment"]))
    claims = _by_claim(tables["claims"])
    lines, without = [], []
    for name in names:
        under = _by_claim(held[held["adjustment"] == name])
        told = [
            _moved(row, under[key])
            for key, row in claims.items()
            if name in row["falls_with"].split("+")
        ]
        if told:
            be = "is" if len(told) == 1 else "are"
            lines.append(f"With {label(name)} held constant, lower {be} {listed(told)}.")
        else:
            without.append(label(name))
    if without:
        be = "lowers" if len(without) == 1 else "lower"
        lines.append(f"Held constant, {listed(without)} {be} no verdict.")
    return sentence_case(" ".join(lines))


def _by_claim(table: pd.DataFrame) -> dict[tuple[str, str], dict[Any, Any]]:
    return {(row["claim"], row["score"]): row for row in table.to_dict("records")}


def _moved(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> str:
    score = before["score"]
    whom = "all together" if score == "all" else label(score)
    ways = f"{decimal(before['estimate'])}, then {decimal(after['estimate'])}"
    required = "" if after["required"] == "yes" else ", which is not required"
    return f"{before['claim']} for {whom} (β {ways}{required})"
