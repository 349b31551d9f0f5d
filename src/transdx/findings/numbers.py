"""The numbers that sentences cite, flat and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx.findings import summaries
from transdx.findings.summaries import beta_text, interval_text, p_text
from transdx.naming import label
from transdx.results.select import kind_of, survives
from transdx.study import Study, known_scores
from transdx.writing import decimal

__all__ = ["cite_study", "cite_tables"]


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
        (summaries.connectome, "connections"),
        (summaries.networks, "networks"),
        (summaries.enrichment, "enrichment"),
        (summaries.correlations_of_maps, "map_correlations"),
        (summaries.circuit, "circuit"),
        (summaries.spins, "spin_validity"),
        (summaries.specific, "specificity"),
        (summaries.claims, "claims"),
    ]:
        if name in tables and len(tables[name]):
            found |= cite(tables[name])
    return found


def cite_study(study: Study) -> dict[str, Any]:
    """Name the rules of a study that a sentence may cite.

    Parameters
    ----------
    study : Study
        The study of a run.

    Returns
    -------
    dict of str to number
        Dotted keys, e.g. ``study.fences``; only of rules that the study has.

    Examples
    --------
    >>> from transdx.study import load_study
    >>> cite_study(load_study("ukb"))["study.functional_connectivity.mean_above"]
    0.3
    """
    found: dict[str, Any] = {"study.fences": study.fences}
    for modality, rule in study.connections.items():
        found[f"study.{modality}.mean_above"] = rule.mean_above
        if rule.prevalence_above is not None:
            found[f"study.{modality}.percent_above"] = 100 * rule.prevalence_above
    for held in study.validation:
        found[f"study.{held.score}.threshold"] = held.threshold
        found[f"study.{held.score}.questionnaire"] = held.questionnaire
    for score in study.scores:
        found[f"study.{score.name}.about"] = score.about
        found[f"study.{score.name}.highest"] = score.highest
    return {key: value for key, value in found.items() if value is not None}


def _associations(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    kinds = table["feature"].map(kind_of)
    for row in table[kinds != "connection"].to_dict("records"):
        key = f"{row['modality']}.{row['feature']}.{row['score']}"
        for name in ("n", "beta", "se", "ci_low", "ci_high", "p", "p_fdr", "p_familywise"):
            found[f"{key}.{name}"] = row[name]
        found[f"{key}.text"] = beta_text(row, p_text(row["p"]))
    for kind, suffix in (("region", ""), ("connection", ".connections")):
        chosen = table[kinds == kind]
        for (modality, score), rows in chosen.groupby(["modality", "score"], sort=False):
            found |= _family(rows, f"{modality}{suffix}", f"{score}")
    return found


def _family(rows: pd.DataFrame, name: str, score: str) -> dict[str, Any]:
    survivors = rows[survives(rows)]
    strongest = rows.sort_values("beta", key=abs, ascending=False).iloc[0]
    return {
        f"{name}.features": len(rows),
        f"{name}.significant.{score}": len(survivors),
        f"{name}.significant_smaller.{score}": int((survivors["beta"] < 0).sum()),
        f"{name}.familywise.{score}": int(survives(rows, "p_familywise").sum()),
        f"{name}.nominal.{score}": int(survives(rows, "p").sum()),
        f"{name}.strongest.{score}.name": label(str(strongest["feature"])),
        f"{name}.strongest.{score}.text": beta_text(
            strongest.to_dict(), f"FDR-corrected {p_text(strongest['p_fdr'])}"
        ),
        f"{name}.strongest.{score}.beta": float(strongest["beta"]),
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
    ids = {one.label: name for name, one in known_scores().items()}
    for row in table.to_dict("records"):
        words = str(row["characteristic"]).partition(" (")[0].lower()
        words = ids.get(words, words)
        if words.startswith("any ") and words.endswith(" symptom"):
            score = words.removeprefix("any ").removesuffix(" symptom")
            words = f"any {ids.get(score, score)} symptom"
        name = words.replace(" ", "_")
        name = {"participants": "people"}.get(name, name.replace("-", "_"))
        for statistic in ("n", "percent", "mean", "sd"):
            if pd.notna(row[statistic]):
                found[f"sample.{name}.{row['group']}.{statistic}"] = row[statistic]
    return found


def _contrasts(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in table[table["feature"].map(kind_of) != "connection"].to_dict("records"):
        key = f"contrasts.{row['modality']}.{row['feature']}.{row['score_a']}.{row['score_b']}"
        about = f"{interval_text(row)}, FDR-corrected {p_text(row['p_fdr'])}"
        found[f"{key}.text"] = f"{decimal(row['difference'])} ({about})"
        found |= {f"{key}.{name}": row[name] for name in ("difference", "p", "p_fdr")}
    return found


def _impact(table: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = ("n", "odds_ratio", "ci_low", "ci_high", "p", "rate_bottom", "rate_top")
    for row in table.to_dict("records"):
        key = f"impact.{row['modality']}.{row['feature']}.{row['score']}"
        found |= {f"{key}.{name}": row[name] for name in names}
        about = f"{interval_text(row, places=2)}, {p_text(row['p'])}"
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
