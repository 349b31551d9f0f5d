"""The ledger as plain text: every row, or one claim with its rule and all of its tests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from transdx.errors import InputError, nearest
from transdx.naming import label
from transdx.results.select import deciding, rule_of, verdict_of
from transdx.writing import decimal, interval, probability, sentence_case

__all__ = ["explain_claim", "write_claims"]


def write_claims(table: pd.DataFrame, *, width: int = 100) -> str:
    """Write the ledger as plain text, what is estimated wrapped to fit the width."""
    simulated = table["planted"].notna().any()
    head = ("Claim", "Score", "Verdict", "Estimate (95 % interval)", "p", "n")
    last = "Test that decides; what is estimated; what the study reports; where it is shown"
    lines = [(*head, "Planted", last) if simulated else (*head, last)]
    for row in table.to_dict("records"):
        planted = (f"{decimal(row['planted'])} {row['covered']}".strip(),) if simulated else ()
        where = f"; {row['chapter']}" if row["chapter"] else ""
        lower = ", ".join(label(name) for name in row["falls_with"].split("+") if name)
        held = f"lower with {lower}; " if lower else ""
        about = f"{held}{row['test']}; {row['quantity']}; {row['paper']}{where}"
        lines.append((*_cells(row), *planted, about))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]) - 1)]
    left = sum(widths) + 2 * len(widths)
    text = []
    for line in lines:
        first = "  ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=False))
        # A narrow terminal gets the last column below instead of beside.
        beside = width - left >= 24
        rest = textwrap.wrap(line[-1], width - left if beside else max(width - 4, 20))
        if beside:
            text.append(f"{first}  {rest[0]}")
            text += [" " * left + more for more in rest[1:]]
        else:
            text += [first.rstrip(), *("    " + more for more in rest)]
    return "\n".join(text)


def _cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    p, n = probability(row["p"]), decimal(row["n"], places=0)
    return (str(row["claim"]), str(row["score"]), str(row["verdict"]), _around(row), p, n)


def check_claim(claim: str, known: Iterable[str]) -> None:
    """Refuse a claim that is none of those known."""
    names = list(dict.fromkeys(known))
    if claim not in names:
        raise InputError(
            f"expected a claim ({', '.join(names)}), got '{claim}'{nearest(claim, names)}"
        )


def explain_claim(
    claims: pd.DataFrame,
    tests: pd.DataFrame,
    claim: str,
    *,
    adjustments: pd.DataFrame | None = None,
) -> str:
    """Write the rule of a claim, each of its tests, and what would have changed the verdict.

    Below stands what it comes to under each adjustment.
    """
    check_claim(claim, claims["claim"])
    rows = claims[claims["claim"] == claim]
    lines = [f"{claim}: {rows['statement'].iloc[0]} ({rows['paper'].iloc[0]})"]
    for row in rows.to_dict("records"):
        own = tests[(tests["claim"] == claim) & (tests["score"] == row["score"])]
        lines += ["", f"{sentence_case(label(row['score']))}: {row['verdict']}"]
        lines += _explained(own) if len(own) else [f"  {row['test']}"]
        if pd.notna(row["p_study"]):
            lines.append(f"  The p of the estimate as in the study: {probability(row['p_study'])}")
        if adjustments is not None:
            held = (adjustments["claim"] == claim) & (adjustments["score"] == row["score"])
            lines += _adjusted(adjustments[held], row["verdict"])
    return "\n".join(lines)


def _adjusted(rows: pd.DataFrame, verdict: str) -> list[str]:
    """Write what a claim comes to under each adjustment, and that each required one counts."""
    if rows.empty:
        return []
    cells = [
        (
            label(row["adjustment"]),
            "required" if row["required"] == "yes" else "not required",
            _around(row),
            f"p {probability(row['p'])}",
            f"n {decimal(row['n'], places=0)}",
            str(row["verdict"]),
        )
        for row in rows.to_dict("records")
    ]
    return [f"  Held constant, and what follows (together: {verdict}):", *_aligned(cells)]


def _aligned(cells: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = [[c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in cells]
    return [f"  {'  '.join(line)}".rstrip() for line in padded]


def _explained(own: pd.DataFrame) -> list[str]:
    lines = textwrap.wrap(f"Rule: {rule_of(own)}", 96, initial_indent="  ", subsequent_indent="  ")
    cells = [
        (
            "passes" if row["passes"] == "yes" else "fails",
            str(row["test"]),
            _around(row),
            f"p {probability(row['p'])}",
            _otherwise(own, place),
        )
        for place, row in enumerate(own.to_dict("records"))
    ]
    lines += _aligned(cells)
    failed = own.loc[own["passes"] == "no", "test"]
    if len(failed) > 1:
        lines.append(f"  It would take all {len(failed)} that failed to be supported.")
    lines.append(f"  Decided by: {deciding(own)['test']}")
    return lines


def _around(row: Mapping[Any, Any]) -> str:
    """Write an estimate with its interval; what is counted has none."""
    if pd.isna(row["ci_low"]):
        return decimal(row["estimate"], places=0)
    return f"{decimal(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"


def _otherwise(own: pd.DataFrame, place: int) -> str:
    """Say which verdict it were, had one test come out otherwise."""
    passed = own["passes"].iloc[place] == "yes"
    turned, row = own.copy(), own.index[place]
    turned.loc[row, "passes"] = "no" if passed else "yes"
    if not passed:
        turned.loc[row, "right"] = "yes"
    verdict = verdict_of(turned)
    same = "still " if verdict == verdict_of(own) else ""
    return f"had it {'failed' if passed else 'passed'}: {same}{verdict}"
