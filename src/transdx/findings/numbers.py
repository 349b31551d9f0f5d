"""The numbers that sentences cite, flat and named."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from transdx.atlas import human_name
from transdx.writing import decimal, interval, write

__all__ = ["cite_tables"]


def cite_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Name every number of the tables that a sentence may cite.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        The tables of a run.

    Returns
    -------
    dict of str to number or str
        Dotted keys, e.g. ``surface_area.left_insula.anxiety.beta``; ``.text`` holds an
        estimate with its interval and p value in words.
    """
    found: dict[str, Any] = {}
    found |= _associations(tables["associations"])
    for cite, name in [
        (_flow, "flow"),
        (_demographics, "demographics"),
        (_contrasts, "contrasts"),
        (_impact, "impact"),
        (_correlations, "score_correlations"),
        (_validation, "validation"),
        (_quality, "quality"),
    ]:
        if name in tables and len(tables[name]):
            found |= cite(tables[name])
    return found


def _p(value: float) -> str:
    return "no p value" if pd.isna(value) else write(value, "p")


def _interval(row: Mapping[Hashable, Any], *, places: int = 3) -> str:
    return f"95\u00a0% interval {interval(row['ci_low'], row['ci_high'], places=places)}"


def _beta(row: Mapping[Hashable, Any], p: str) -> str:
    return f"β\u00a0=\u00a0{decimal(row['beta'])} ({_interval(row)}, {p})"


def _associations(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table.to_dict("records"):
        key = f"{row['modality']}.{row['feature']}.{row['score']}"
        for name in ("n", "beta", "se", "ci_low", "ci_high", "p", "p_fdr", "p_familywise"):
            found[f"{key}.{name}"] = row[name]
        found[f"{key}.text"] = _beta(row, _p(row["p"]))
    regional = table[table["feature"] != "total"]
    for (modality, score), rows in regional.groupby(["modality", "score"], sort=False):
        found |= _regional(rows, f"{modality}", f"{score}")
    return found


def _regional(rows: pd.DataFrame, modality: str, score: str) -> dict[str, Any]:
    survivors = rows[rows["p_fdr"] <= 0.05]
    strongest = rows.sort_values("beta", key=abs, ascending=False).iloc[0]
    return {
        f"{modality}.features": len(rows),
        f"{modality}.significant.{score}": len(survivors),
        f"{modality}.significant_smaller.{score}": int((survivors["beta"] < 0).sum()),
        f"{modality}.familywise.{score}": int((rows["p_familywise"] <= 0.05).sum()),
        f"{modality}.nominal.{score}": int((rows["p"] <= 0.05).sum()),
        f"{modality}.strongest.{score}.name": human_name(str(strongest["feature"])),
        f"{modality}.strongest.{score}.text": _beta(
            strongest.to_dict(), f"FDR-corrected {_p(strongest['p_fdr'])}"
        ),
        f"{modality}.strongest.{score}.beta": float(strongest["beta"]),
    }


def _flow(table: pd.DataFrame) -> dict[str, Any]:
    steps = table.set_index("step")
    found: dict[str, Any] = {
        "flow.source": int(steps["remaining"].iloc[0]),
        "flow.analysed": int(steps["remaining"].iloc[-1]),
        "flow.excluded": int(steps["excluded"].sum()),
    }
    for step, excluded in steps["excluded"].items():
        found[f"flow.excluded_{step}"] = int(excluded)
    imaged = steps["remaining"].get("imaging", steps["remaining"].iloc[0])
    outliers = steps.loc[[str(step).startswith("outliers") for step in steps.index], "excluded"]
    return found | {"flow.imaged": int(imaged), "flow.excluded_outliers": int(outliers.sum())}


def _demographics(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table.to_dict("records"):
        name = str(row["characteristic"]).partition(" (")[0].lower().replace(" ", "_")
        name = {"participants": "people"}.get(name, name.replace("-", "_"))
        for statistic in ("n", "percent", "mean", "sd"):
            if pd.notna(row[statistic]):
                found[f"sample.{name}.{row['group']}.{statistic}"] = row[statistic]
    return found


def _contrasts(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table.to_dict("records"):
        key = f"contrasts.{row['modality']}.{row['feature']}.{row['score_a']}.{row['score_b']}"
        about = f"{_interval(row)}, FDR-corrected {_p(row['p_fdr'])}"
        found[f"{key}.text"] = f"{decimal(row['difference'])} ({about})"
        found |= {f"{key}.{name}": row[name] for name in ("difference", "p", "p_fdr")}
    return found


def _impact(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = ("n", "odds_ratio", "ci_low", "ci_high", "p", "rate_bottom", "rate_top")
    for row in table.to_dict("records"):
        key = f"impact.{row['modality']}.{row['feature']}.{row['score']}"
        found |= {f"{key}.{name}": row[name] for name in names}
        about = f"{_interval(row, places=2)}, {_p(row['p'])}"
        found[f"{key}.text"] = f"odds ratio {decimal(row['odds_ratio'], places=2)} ({about})"
    return found


def _correlations(table: pd.DataFrame) -> dict[str, Any]:
    return {
        f"correlations.{row['score_a']}.{row['score_b']}.{name}": row[name]
        for row in table.to_dict("records")
        for name in ("rho", "p", "p_fdr")
    }


def _validation(table: pd.DataFrame) -> dict[str, Any]:
    return {
        f"validation.{row['score']}.{row['statistic']}.{name}": row[name]
        for row in table.to_dict("records")
        for name in ("estimate", "ci_low", "ci_high", "n")
    }


def _quality(table: pd.DataFrame) -> dict[str, Any]:
    images = table[table["group"] == "image quality"]
    share = 100 * (images["below"] + images["above"]) / images["n"]
    worst = images.iloc[int(share.argmax())]
    return {
        "quality.measures": len(images),
        "quality.worst.label": str(worst["label"]),
        "quality.worst.percent": float(share.max()),
    }
