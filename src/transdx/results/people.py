"""What sentences say of the open cohorts beside each other."""

from __future__ import annotations

from typing import Any

import pandas as pd

from transdx._cohorts import USUAL
from transdx.naming import label
from transdx.results.select import survives

__all__ = ["SUMMARIES"]


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


#: By table, what is said of it.
SUMMARIES = {
    "cohorts": cohorts,
    "cohort_regions": regions,
    "pooled": pooled,
    "published": published,
    "reliability": reliability,
    "relatives": relatives,
}
