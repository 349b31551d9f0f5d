"""What sentences say of whole tables: counts, names, the strongest, in words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from transdx.naming import direction_word, label
from transdx.results.select import kind_of, scores_of, shared, stands_out, survives
from transdx.study import known_scores
from transdx.writing import (
    Withheld,
    all_of,
    decimal,
    interval,
    p_value,
    sentence_case,
)

__all__ = ["beta_text", "cite", "interval_text", "names", "p_text"]

#: What a sentence says of an annotation: whether its level, or its place, is significant.
_CHOICES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "significant": survives,
    "stands_out": stands_out,
}
#: More names than this are counted.
_MOST_NAMES = 8


def p_text(value: float) -> str:
    """Write a p value, or that there is none."""
    return "no p value" if pd.isna(value) else p_value(value)


def interval_text(row: Mapping[Hashable, Any], *, places: int = 3) -> str:
    """Write the interval of a row."""
    return f"95\u00a0% interval {interval(row['ci_low'], row['ci_high'], places=places)}"


def beta_text(row: Mapping[Hashable, Any], p: str) -> str:
    """Write the beta of a row with its interval, and what is known of its p."""
    return f"β\u00a0=\u00a0{decimal(row['beta'])} ({interval_text(row)}, {p})"


def names(found: Iterable[str]) -> str:
    """Write names as a list in a sentence.

    Parameters
    ----------
    found : iterable of str
        Names, the most important first.

    Returns
    -------
    str
        At most eight of them, and how many more there are; ``none`` where there is none.

    Examples
    --------
    >>> names(["D1", "DAT", "H3"])
    'D1, DAT and H3'
    >>> names([])
    'none'
    """
    listed = list(found)
    if len(listed) <= 1:
        return "".join(listed) or "none"
    shown, more = listed[:_MOST_NAMES], len(listed) - _MOST_NAMES
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def cite(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Name what sentences say of whole tables; nothing of tables that are missing or empty."""
    there = {name: table for name, table in tables.items() if len(table)}
    found: dict[str, Any] = {}
    for name, say in {
        "associations": families,
        "flow": flow,
        "globals": model,
        "study": rules,
        "quality": quality,
        "connections": connectome,
        "networks": networks,
        "enrichment": enrichment,
        "map_correlations": correlations_of_maps,
        "specificity": specific,
        "claims": claims,
    }.items():
        if name in there:
            found |= say(there[name])
    if {"power", "flow"} <= set(there):
        found |= power(there["power"], found["flow.analysed"])
    if {"truth", "associations"} <= set(there):
        found |= recovery(there["associations"], there["truth"])
    return found


def families(table: pd.DataFrame) -> dict[str, Any]:
    """Count the survivors of every modality and score, and name the strongest."""
    found: dict[str, Any] = {"run.modalities": " ".join(table["modality"].unique())}
    kinds = table["feature"].map(kind_of)
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


def flow(table: pd.DataFrame) -> dict[str, Any]:
    """Count who was there, who was left out, and why; not what joined steps do not tell."""
    steps = table.set_index("step")
    excluded, remaining = steps["excluded"], steps["remaining"]
    parts = {step: str(step).split("+") for step in steps.index}
    outliers = {s: {p.startswith("outliers") for p in names} for s, names in parts.items()}
    imaged = next((step for step, names in parts.items() if "imaging" in names), steps.index[0])
    return {
        "flow.source": Withheld() if "+" in str(steps.index[0]) else int(remaining.iloc[0]),
        "flow.analysed": int(remaining.iloc[-1]),
        "flow.excluded": int(excluded.sum()),
        "flow.imaged": (
            int(remaining[imaged])
            if parts[imaged][-1] == "imaging" or imaged == steps.index[0]
            else Withheld()
        ),
        "flow.excluded_outliers": (
            Withheld()
            if any(len(kinds) > 1 for kinds in outliers.values())
            else int(excluded[[True in kinds for kinds in outliers.values()]].sum())
        ),
    } | {f"flow.excluded_{step}": int(n) for step, n in excluded.items() if step != "outliers"}


def model(table: pd.DataFrame) -> dict[str, Any]:
    """Say what the covariates explain of total area, and how many they are."""
    found: dict[str, Any] = {"model.covariates": int(table["covariates"].iloc[0])}
    area = table[(table["modality"] == "surface_area") & (table["feature"] == "total")]
    if len(area):
        found["global.r2"] = float(area["explained"].iloc[0])
    return found


def rules(table: pd.DataFrame) -> dict[str, Any]:
    """Give the rules of the study, numbers or words."""
    return {
        f"study.{row['rule']}": row["words"] or row["value"] for row in table.to_dict("records")
    }


def power(table: pd.DataFrame, analysed: int) -> dict[str, Any]:
    """Give the smallest effects that can be detected in the people analysed."""
    here = table[table["n"] == analysed].sort_values("alpha", ascending=False)
    return dict(zip(("power.one", "power.many"), here["smallest_beta"].to_list(), strict=False))


def recovery(associations: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Say how well planted effects were found again."""
    both = associations.merge(truth, on=["modality", "feature", "score"])
    inside = both["planted"].between(both["ci_low"], both["ci_high"])
    return {
        "truth.estimates": len(both),
        "truth.planted": int((both["planted"] != 0).sum()),
        "truth.bias": float((both["beta"] - both["planted"]).mean()),
        "truth.coverage": 100 * float(inside.mean()),
        "truth.correlation": float(both["beta"].corr(both["planted"])),
    }


def quality(table: pd.DataFrame) -> dict[str, Any]:
    """Name the measure of image quality with the largest share of outliers."""
    images = table[table["group"] == "image quality"]
    share = 100 * (images["below"] + images["above"]) / images["n"]
    found: dict[str, Any] = {"quality.measures": len(images)}
    if share.isna().any():
        # One that is hidden may be the largest.
        return found | dict.fromkeys(("quality.worst.label", "quality.worst.percent"), Withheld())
    worst = images.iloc[int(share.argmax())] if len(images) else None
    if worst is None:
        return found
    return found | {
        "quality.worst.label": str(worst["label"]),
        "quality.worst.percent": float(share.max()),
    }


def specific(table: pd.DataFrame) -> dict[str, Any]:
    """Count and name what is shared and what is specific, per modality and kind."""
    scores = scores_of(table)
    groups = {"shared": table[shared(table)]}
    groups |= {score: table[table["specific"] == score] for score in scores}
    suffix = {"region": "", "connection": ".connections", "total": ".total"}
    everything = all_of(len(scores))
    found: dict[str, Any] = {
        "scores.count": len(scores),
        "scores.all": everything,
        "specific.regions": int((table["kind"] == "region").sum()),
    }
    for name, chosen in groups.items():
        found[f"specific.{name}.regions"] = int((chosen["kind"] == "region").sum())
        for modality, kind in table[["modality", "kind"]].drop_duplicates().to_numpy():
            rows = chosen[(chosen["modality"] == modality) & (chosen["kind"] == kind)]
            key = f"specific.{modality}{suffix[kind]}.{name}"
            found[f"{key}.count"] = len(rows)
            found[f"{key}.names"] = _strongest_first(rows)
    parts = [f"{found[f'specific.{score}.regions']} to {label(score)}" for score in scores]
    both = (table["kind"] == "region") & shared(table) & (table["specific"] != "")
    return found | {
        "specific.each": names(parts),
        "specific.both": int(both.sum()),
        "specific.list": _listed(groups, everything),
    }


def _listed(groups: Mapping[str, pd.DataFrame], everything: str) -> str:
    """List what is shared and what is specific, modality by modality, leaving nothing out."""
    lines = []
    for name, chosen in groups.items():
        regions = chosen[chosen["kind"] == "region"]
        parts = []
        for modality, rows in regions.groupby("modality", sort=False):
            ways = rows["direction"].value_counts().items()
            signs = ", ".join(f"{n} {direction_word(str(modality), str(way))}" for way, n in ways)
            told = f"{signs}: {_strongest_first(rows)}"
            parts.append(f"{label(str(modality))} {len(rows)} ({told})")
        whom = f"Shared by {everything}" if name == "shared" else f"Specific to {label(name)}"
        lines.append(f"- **{whom}**: {'; '.join(parts) or 'nothing'}.")
    return "\n".join(lines)


def _strongest_first(rows: pd.DataFrame) -> str:
    order = rows["beta"].abs().sort_values(ascending=False, kind="stable").index
    return names(map(label, rows.loc[order, "feature"]))


def connectome(table: pd.DataFrame) -> dict[str, Any]:
    """Count the connections that are analysed."""
    return {
        "connections.pairs": len(table),
        "connections.functional": int(table["functional_included"].sum()),
        "connections.structural": int(table["structural_included"].sum()),
        "connections.functional.mean": float(table["functional_mean"].mean()),
    }


def networks(table: pd.DataFrame) -> dict[str, Any]:
    """Name the pair of networks with the strongest mean beta, and count the survivors."""
    found: dict[str, Any] = {}
    for (modality, score), rows in table.groupby(["modality", "score"], sort=False):
        strongest = rows.sort_values("beta", key=abs, ascending=False).iloc[0]
        pair = dict.fromkeys([strongest["network_a"], strongest["network_b"]])
        key = f"networks.{modality}"
        found[f"{key}.pairs"] = len(rows)
        found[f"{key}.significant.{score}"] = int(survives(rows).sum())
        found[f"{key}.strongest.{score}.name"] = " and ".join(pair)
        found[f"{key}.strongest.{score}.text"] = beta_text(
            strongest.to_dict(), f"FDR-corrected {p_text(strongest['p_fdr'])}"
        )
    return found


def enrichment(table: pd.DataFrame) -> dict[str, Any]:
    """Count and name the annotations that stand out, under either null."""
    found: dict[str, Any] = {"enrichment.form": str(table["form"].iloc[0])}
    receptors = table[table["kind"] == "receptor"]
    if len(receptors):
        found["enrichment.form"] = str(receptors["form"].iloc[0])
    for (modality, kind, score), rows in table.groupby(["modality", "kind", "score"], sort=False):
        key = f"enrichment.{modality}.{kind}"
        found[f"{key}.annotations"] = len(rows)
        ordered = rows.sort_values("estimate")
        for word, choice in _CHOICES.items():
            chosen = ordered[choice(ordered)]
            found[f"{key}.{word}.{score}"] = len(chosen)
            found[f"{key}.{word}.{score}.names"] = names(chosen["annotation"])
    return found


def correlations_of_maps(table: pd.DataFrame) -> dict[str, Any]:
    """Count the pairs of maps, and those that correlate more than chance."""
    return {"maps.pairs": len(table), "maps.significant": int(survives(table).sum())}


def claims(table: pd.DataFrame) -> dict[str, Any]:
    """Count the verdicts, and give each claim's in words."""
    found: dict[str, Any] = {"claims.rows": len(table)}
    for verdict, count in table["verdict"].value_counts().items():
        found[f"claims.{str(verdict).replace(' ', '_')}"] = int(count)
    found.setdefault("claims.supported", 0)
    # Chapters on one score say what is claimed of it alone.
    alone_of: dict[str, str] = {}
    for claim, rows in table.groupby("claim", sort=False):
        key = f"claims.{str(claim).lower()}"
        by_verdict = rows.groupby("verdict", sort=False)["score"].agg(list)
        alone = len(by_verdict) == 1
        found[f"{key}.verdict"] = "; ".join(
            str(verdict) if alone else f"{verdict} for {names(scores)}"
            for verdict, scores in by_verdict.items()
        )
        records = rows.to_dict("records")
        found[f"{key}.text"] = "; ".join(_claim_text(row) for row in records)
        first = records[0]
        place = f"09-claims.html#{claim}-{first['score']}".lower()
        found[f"{key}.summary"] = (
            f"**{claim}. {first['statement']}**: {found[f'{key}.verdict']}. "
            f"{sentence_case(str(first['quantity']))}: "
            f'{found[f"{key}.text"]} (<a href="{place}">ledger</a>).'
        )
        if str(first["chapter"]).startswith("06-"):
            score = str(first["score"])
            alone_of[score] = f"{alone_of.get(score, '')}{found[f'{key}.summary']}\n\n"
    for score, one in known_scores().items():
        nothing = f"The study claims nothing of {one.label} alone."
        found[f"claims.of.{score}"] = alone_of.get(score, nothing)
    return found


def _claim_text(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["estimate"]):
        return f"{row['score']}: {row['verdict']}"
    if pd.isna(row["ci_low"]):
        return f"{decimal(row['estimate'], places=0)} ({p_text(row['p'])})"
    about = f"{interval_text(row)}, corrected {p_text(row['p'])}"
    return f"{row['score']}: β\u00a0=\u00a0{decimal(row['estimate'])} ({about})"
