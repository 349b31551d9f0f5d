"""What sentences say of the open cohorts beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx._cohorts import USUAL
from transdx.naming import label
from transdx.results.doubt import false_ones, intervals, resolution
from transdx.results.select import survives
from transdx.writing import count, counted, decimal

__all__ = ["SUMMARIES", "certain"]


def cohorts(table: pd.DataFrame) -> dict[str, Any]:
    """Count the cohorts that are there, and say which are not."""
    there = table[table["missing"] == ""]
    scored = there[there["scores"] != ""]
    names = [*scored["cohort"]]
    away = table[table["missing"] != ""]
    lost = [f"{name} ({why})" for name, why in zip(away["label"], away["missing"], strict=True)]
    return {
        "cohorts.there": len(there),
        "cohorts.scored": len(scored),
        # The usual one is shown in full, or else the first.
        "cohorts.shown": USUAL if USUAL in names else next(iter(names), ""),
        "cohorts.missing": f"Not here: {'; '.join(lost)}." if lost else "None is missing.",
        "cohorts.smallest": float(there["smallest_one"].min()),
        "cohorts.people": int(there["n"].sum()),
    }


def regions(table: pd.DataFrame) -> dict[str, Any]:
    """Count tests of regions in all cohorts, and what survives."""
    return {
        "cohort_regions.tests": int(table["regions"].sum()),
        "cohort_regions.surviving": int(table["surviving"].sum()),
        "cohort_regions.nominal": int(table["nominal"].sum()),
        "cohort_regions.expected": float(table["expected"].sum()),
    }


def pooled(table: pd.DataFrame) -> dict[str, Any]:
    """Count the verdicts, and how many people they would take."""
    counts = table["verdict"].value_counts()
    verdicts = ("speaks for", "speaks against", "cannot tell", "only in part", "not measured")
    found: dict[str, Any] = {
        f"pooled.{name.replace(' ', '_')}": int(counts.get(name, 0)) for name in verdicts
    }
    found |= {"pooled.rows": len(table), "pooled.spoken": int((table["cohorts"] > 0).sum())}
    told = counts.drop("not measured", errors="ignore").items()
    found["pooled.verdicts"] = ", ".join(f"{n} {name}" for name, n in told) or "none"
    if table["needed"].notna().any():
        found |= {
            "pooled.needed.least": int(table["needed"].min()),
            "pooled.needed.most": int(table["needed"].max()),
            "pooled.most": int(table["n"].max()),
        }
    return found


def published(table: pd.DataFrame) -> dict[str, Any]:
    """Count the maps that follow the published ones, or run against them."""
    sure = survives(table)
    return {
        "published.maps": len(table),
        "published.alike": int((sure & (table["r"] > 0)).sum()),
        "published.opposed": int((sure & (table["r"] < 0)).sum()),
        "published.nominal": int(survives(table, "p_spin").sum()),
    }


def reliability(table: pd.DataFrame) -> dict[str, Any]:
    """Give the middle of the regions of each measure, and the least reliable."""
    found: dict[str, Any] = {}
    regional = table[table["feature"] != "total"]
    for (repeat, modality), rows in regional.groupby(["repeat", "modality"], sort=False):
        key = f"reliability.{repeat}.{modality}"
        least = rows.sort_values("icc").iloc[0]
        found |= {
            f"{key}.median": float(rows["icc"].median()),
            # An association is at most so much of what it would be with a perfect measure.
            f"{key}.kept": 100 * float(rows["icc"].clip(lower=0).median() ** 0.5),
            f"{key}.n": int(rows["n"].max()),
            f"{key}.least.name": label(str(least["feature"])),
            f"{key}.least.icc": float(least["icc"]),
        }
    return found


def relatives(table: pd.DataFrame) -> dict[str, Any]:
    """Say by how much standard errors grow, and how alike relatives are."""
    found: dict[str, Any] = {}
    for term, rows in table.groupby("term", sort=False):
        found |= {
            f"relatives.{term}.people": int(rows["n"].iloc[0]),
            f"relatives.{term}.families": int(rows["families"].iloc[0]),
            f"relatives.{term}.median": 100 * float(rows["ratio"].median() - 1),
            f"relatives.{term}.most": 100 * float(rows["ratio"].max() - 1),
            f"relatives.{term}.alike": float(rows["alike"].median()),
        }
    return found


def certain(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Say how sure it is what the cohorts say, by what it is said of."""
    if "cohorts" not in tables:
        return {}
    there = {name: tables.get(name, pd.DataFrame()) for name in _CERTAIN}
    said = {
        name: _CERTAIN[name](rows)
        if len(rows)
        else "No cohort that is here can say anything on it."
        for name, rows in there.items()
    }
    if len(there["cohort_regions"]) and not there["cohort_regions"]["surviving"].any():
        smallest = decimal(float(tables["cohorts"]["smallest_one"].min()), places=2)
        said["cohort_regions"] += (
            f" An association of {smallest} is the smallest that one test of any of these cohorts "
            "finds in 80 of 100 such samples."
        )
    return said


def _certain_globals(table: pd.DataFrame) -> str:
    people = count(table["n"].median())
    far = resolution(float(table["se"].median()), what=f"With {people} people, an association")
    return f"{_out(table)} {far}"


def _certain_regions(table: pd.DataFrame) -> str:
    many = int(table["surviving"].sum())
    if not many:
        return "Nothing here survives the correction. That is no proof that there is none."
    survive = counted(many, "association survives", "associations survive")
    return (
        f"{survive} the correction. {false_ones(many)} What survives in few people is, on average, "
        "too large."
    )


def _certain_sums(table: pd.DataFrame) -> str:
    rows = table[table["estimate"].notna()]
    if rows.empty:
        return "No claim could be looked at, so that nothing is known of any."
    reach = decimal(float((rows["ci_high"] - rows["ci_low"]).median()) / 2, places=2)
    return (
        f"{_out(rows)} The middle one reaches {reach} to either side: small effects lie inside it, "
        "whichever way they go, and only larger ones could be ruled out."
    )


def _certain_maps(table: pd.DataFrame) -> str:
    many = int(survives(table).sum())
    if many:
        maps = counted(many, "map is", "maps are")
        by_chance = "more alike, or more opposed, than smooth maps are by chance"
        return f"{maps} {by_chance}. {false_ones(many)}"
    return (
        "No map is more like that of patients, or more opposed to it, than smooth maps are by "
        "chance. Maps of few people are mostly noise, which hides what they may have in common."
    )


def _certain_measures(table: pd.DataFrame) -> str:
    regional = table[table["feature"] != "total"]
    reach = decimal(float((regional["ci_high"] - regional["ci_low"]).median()) / 2, places=2)
    return (
        "With so few people measured twice, the reliability of a region is known to within "
        f"{reach}: which region is the least reliable is less sure than that regions differ."
    )


def _out(rows: pd.DataFrame) -> str:
    out = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    return f"{intervals(out, 'leaves', 'leave')} out zero; by chance alone, one in twenty does."


_CERTAIN = {
    "cohort_globals": _certain_globals,
    "cohort_regions": _certain_regions,
    "pooled": _certain_sums,
    "published": _certain_maps,
    "reliability": _certain_measures,
}

#: By table, what is said of it.
SUMMARIES = {
    "cohorts": cohorts,
    "cohort_regions": regions,
    "pooled": pooled,
    "published": published,
    "reliability": reliability,
    "relatives": relatives,
}
