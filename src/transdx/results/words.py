"""Rows of results tables in words, as sentences have them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from transdx.naming import label
from transdx.results.each import listed
from transdx.writing import counted, decimal, interval, p_value

__all__ = ["beta_text", "circuit_text", "interval_text", "names", "p_text"]

#: More names than this are counted.
_MOST_NAMES = 8


def p_text(value: float) -> str:
    """Write a p value, or that there is none."""
    return "no p value" if pd.isna(value) else p_value(value)


def interval_text(row: pd.Series, *, places: int = 3) -> str:
    """Write the interval of a row."""
    return f"95\u00a0% interval {interval(row['ci_low'], row['ci_high'], places=places)}"


def beta_text(row: pd.Series) -> str:
    """Write the beta of a row with its interval and its p, corrected over its family."""
    about = f"{interval_text(row)}, FDR-corrected {p_text(row['p_fdr'])}"
    return f"β\u00a0=\u00a0{decimal(row['beta'])} ({about})"


def circuit_text(row: pd.Series) -> str:
    """Say how many specific findings lie in the circuit, if there is any that could."""
    alone = row["score"] != "all"
    whom = f"specific to {label(row['score']) if alone else 'one score'}"
    if not row["findings"]:
        return f"There is no finding {whom} to place"
    inside = counted(row["inside"], "lies", "lie") if row["inside"] else "none lies"
    expected = decimal(row["expected"], places=1)
    tested = p_text(row["p"]) + ", not corrected over the scores" * alone
    return (
        f"Of {counted(row['findings'], 'finding', 'findings')} {whom}, {inside} in the circuit, "
        f"where {expected} would be expected by chance ({tested})"
    )


def names(found: Iterable[str]) -> str:
    """List at most eight names in a sentence, and how many more; ``none`` where there is none."""
    shown = list(found)
    if len(shown) > _MOST_NAMES:
        shown[_MOST_NAMES:] = [f"{len(shown) - _MOST_NAMES} more"]
    return listed(shown) if shown else "none"
