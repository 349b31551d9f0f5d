"""What sentences say of the analysis done once more: what holds, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx.results.each import listed
from transdx.results.select import ALPHA
from transdx.writing import counted, decimal, percent, probability, sentence_case

__all__ = ["NOTHING_AGAIN", "cite"]

#: What stands in place of a figure or a table of findings that are found again.
NOTHING_AGAIN = "There is no finding that could be found again, or nothing was repeated."

#: What is said of findings.
_KEYS = (
    *("replications.text", "replications.others", "replications.same"),
    "certainty.replications",
)
_NONE = "No region is a finding of this run, so that nothing can be found again."
_WHOLE = "Nothing is left out: the data hold what every repeat needs."
_NOT_HERE = "The study of these data repeats nothing."


def cite(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Say what becomes of the findings in the repeats, and what of that is sure."""
    table = tables.get("replications", pd.DataFrame())
    if table.empty:
        return dict.fromkeys((*_KEYS, "replications.likeness", "replications.lacking"), _NOT_HERE)
    found = {"replications.lacking": _lacking(table), "replications.likeness": _likeness(tables)}
    judged = table[(table["lacks"] == "") & (table["findings"].fillna(0).astype(float) > 0)]
    if judged.empty:
        return found | dict.fromkeys(_KEYS, _NONE)
    other = judged["fresh"] == "yes"
    return found | {
        "replications.text": _whole(judged),
        "replications.others": _each(judged[other]),
        "replications.same": _same(judged[~other]),
        "certainty.replications": _sure(judged),
    }


def _whole(rows: pd.DataFrame) -> str:
    """Count the repeats in which the findings hold."""
    right = (rows["p_retained"] <= ALPHA) & (rows["retained"] > 0)
    many = counted(len(rows), "repeat", "repeats")
    findings = counted(int(rows["findings"].iloc[0]), "finding", "findings")
    return (
        f"Of {many} of {findings}, the effects go"
        f" the same way again, more than by chance, in {'all' if right.all() else right.sum()}; "
        f"in the median repeat {rows['again'].median():.0f} are found again, of "
        f"{decimal(rows['expected'].median(), places=1)} expected at its size."
    )


def _each(rows: pd.DataFrame) -> str:
    """Tell each repeat in data that the findings were not chosen in."""
    lines = [
        f"In the {row['label']}, {row['again']:.0f} of {row['findings']:.0f} are found again where "
        f"{decimal(row['expected'], places=1)} are expected"
        f"{_by_study(row)}, and their effects are {percent(100 * row['retained'], places=0)} of "
        f"what they were (p\u00a0=\u00a0{probability(row['p_retained'])})."
        for row in rows.to_dict("records")
    ]
    return " ".join(lines) or "These data hold neither other people nor another visit."


def _by_study(row: Mapping[Any, Any]) -> str:
    by = decimal(row["expected_study"], places=1)
    return f" (by the rule of the study {by})"


def _same(rows: pd.DataFrame) -> str:
    """Name the repeats in the same people that lose most, and say of how many nothing is lost."""
    if rows.empty:
        return "Nothing was repeated in the same people."
    whole = rows[rows["again"] == rows["findings"]]
    lost = rows[rows["again"] < rows["findings"]].sort_values("again", kind="stable")
    begin = (
        f"Of {counted(len(rows), 'repeat', 'repeats')} in the same people, or most of them, "
        f"{len(whole) if len(whole) else 'none'} {'finds' if len(whole) == 1 else 'find'} all again"
    )
    if lost.empty:
        return f"{begin}."
    named = [
        f"{row['label']} ({row['again']:.0f}, {decimal(row['expected'], places=1)} expected)"
        for row in lost.to_dict("records")
    ]
    return f"{begin}; fewer are found with {listed(named)}."


def _likeness(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say how alike whole maps are in other data, which needs no finding."""
    maps = tables.get("replication_maps", pd.DataFrame())
    maps = maps[maps["r"].notna()] if len(maps) else maps
    if maps.empty:
        return _NOT_HERE
    alike = int((maps["p"] <= ALPHA).sum())
    below = int((maps["r"] < maps["r_low"]).sum())
    return sentence_case(
        f"of {len(maps)} maps in all repeats, {alike} are more like that of the analysis than "
        f"{percent(100 * (1 - ALPHA), places=0)} of permuted ones, and {below} less than its "
        "bootstraps at that size."
    )


def _lacking(table: pd.DataFrame) -> str:
    """Name the repeats that the data lack something for, and what."""
    rows = table[table["lacks"] != ""]
    named = [f"{row['label']} ({row['lacks']})" for row in rows.to_dict("records")]
    return f"Left out for want of data: {listed(named)}." if named else _WHOLE


def _sure(rows: pd.DataFrame) -> str:
    """Say what the smallest of the repeats could have shown."""
    least = rows.sort_values("expected", kind="stable").iloc[0]
    few = (
        f"The {least['label']} is the weakest test: so few people find "
        f"{decimal(least['expected'], places=1)} of {least['findings']:.0f} again though all are "
        "true. "
        if least["expected"] < least["findings"] / 2
        else ""
    )
    return (
        f"{few}That findings hold in the same people says that no such covariate makes them, and "
        "nothing about chance: its errors are those of the analysis. What holds in other people is "
        "evidence of its own."
    )
