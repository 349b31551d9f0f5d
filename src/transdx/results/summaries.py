"""What sentences say of whole tables: counts, names, the strongest, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transdx.naming import direction_word, label
from transdx.results import calibration, confounds, curves, people, robustness
from transdx.results.each import gathered, listed
from transdx.results.links import leads_to
from transdx.results.select import (
    kind_of,
    scores_of,
    shared,
    stands_out,
    strongest_first,
    survives,
)
from transdx.results.words import beta_text, interval_text, names, p_text
from transdx.study import known_scores
from transdx.writing import (
    Withheld,
    all_of,
    count,
    counted,
    decimal,
    sentence_case,
)

__all__ = ["cite"]

#: What a sentence says of an annotation: whether its level, or its place, is significant.
_CHOICES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "significant": survives,
    "stands_out": stands_out,
}


def cite(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Name what sentences say of whole tables; nothing of tables that are missing or empty."""
    there = {name: table for name, table in tables.items() if len(table)}
    found: dict[str, Any] = {}
    for name, say in {
        "associations": families,
        "flow": flow,
        "globals": model,
        "study": rules,
        "connections": connectome,
        "networks": networks,
        "enrichment": enrichment,
        "map_correlations": correlations_of_maps,
        "specificity": specific,
        "claims": claims,
        "needed": needed,
        **people.SUMMARIES,
    }.items():
        if name in there:
            found |= say(there[name])
    if "quality" in there:
        most = there["flow"]["excluded"].max() if "flow" in there else 0
        found |= quality(there["quality"], most, found.get("study.smallest_group", 1))
    found |= confounds.cite(there) | curves.cite(there) | robustness.cite(there)
    if "measured" in tables:
        found |= calibration.cite(tables["measured"])
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
        for modality, family in chosen.groupby("modality", sort=False):
            name = f"{modality}{suffix}"
            found[f"{name}.survivors"] = _survivors(family)
            for score, rows in family.groupby("score", sort=False):
                found |= _family(rows, name, f"{score}")
    return found


def _survivors(family: pd.DataFrame) -> str:
    many = {score: int(survives(rows).sum()) for score, rows in family.groupby("score", sort=False)}
    return gathered({str(score): count(n) if n else "" for score, n in many.items()})


def _family(rows: pd.DataFrame, name: str, score: str) -> dict[str, Any]:
    survivors = rows[survives(rows)]
    strongest, text = _strongest(rows)
    return {
        f"{name}.features": len(rows),
        f"{name}.significant.{score}": len(survivors),
        f"{name}.significant_smaller.{score}": int((survivors["beta"] < 0).sum()),
        f"{name}.familywise.{score}": int(survives(rows, "p_familywise").sum()),
        f"{name}.nominal.{score}": int(survives(rows, "p").sum()),
        f"{name}.strongest.{score}.name": label(strongest["feature"]),
        f"{name}.strongest.{score}.text": text,
        f"{name}.strongest.{score}.beta": float(strongest["beta"]),
    }


def _strongest(rows: pd.DataFrame) -> tuple[pd.Series, str]:
    """Give the row with the largest beta, and its beta in words."""
    row = strongest_first(rows).iloc[0]
    return row, beta_text(row)


def flow(table: pd.DataFrame) -> dict[str, Any]:
    """Count who was there, who was left out, and why; not what joined steps do not tell."""
    steps = table.set_index("step")
    excluded, remaining = steps["excluded"], steps["remaining"]
    parts = {step: str(step).split("+") for step in steps.index}
    outliers = {s: {p.startswith("outliers") for p in names} for s, names in parts.items()}
    alone = int(excluded[[kinds == {True} for kinds in outliers.values()]].sum())
    mixed = any(len(kinds) > 1 for kinds in outliers.values())
    imaged = next((step for step, names in parts.items() if "imaging" in names), steps.index[0])
    return {
        "flow.source": Withheld() if "+" in str(steps.index[0]) else int(remaining.iloc[0]),
        "flow.analysed": int(remaining.iloc[-1]),
        "flow.excluded": int(excluded.sum()),
        "flow.imaged": (
            int(remaining[imaged])
            if parts[imaged][-1] == "imaging" or imaged == steps.index[0]
            else Withheld(f"at least {count(remaining[imaged])}")
        ),
        "flow.excluded_outliers": Withheld(*[f"at least {count(alone)}"] * bool(alone))
        if mixed
        else alone,
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


def needed(table: pd.DataFrame) -> dict[str, Any]:
    """Count the people it takes, in one test and in the most that are made together."""
    # Between the smallest effect that matters and twice the published one lies the published.
    sizes = dict(
        zip(("matters", "published", "double"), sorted(table["beta"].unique()), strict=True)
    )
    found: dict[str, Any] = {f"needed.{name}.beta": float(size) for name, size in sizes.items()}
    tests = sorted(table["tests"].unique())
    for which, many in (("one", tests[0]), ("most", tests[-1])):
        rows = table[table["tests"] == many].drop_duplicates("beta").set_index("beta")["n"]
        found |= {f"needed.{name}.{which}": int(rows[size]) for name, size in sizes.items()}
    return found | {"needed.tests": int(tests[-1])}


def recovery(associations: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Say how well planted effects were found again."""
    both = associations.merge(truth, on=["modality", "feature", "score"])
    inside = both["planted"].between(both["ci_low"], both["ci_high"])
    real = both["planted"] != 0
    return {
        "truth.estimates": len(both),
        "truth.planted": int(real.sum()),
        "truth.coverage.planted": 100 * float(inside[real].mean()),
        "truth.coverage.unplanted": 100 * float(inside[~real].mean()),
        "truth.bias": float((both["beta"] - both["planted"]).mean()),
        "truth.coverage": 100 * float(inside.mean()),
        "truth.correlation": float(both["beta"].corr(both["planted"])),
    }


def quality(table: pd.DataFrame, left: float, smallest: float) -> dict[str, Any]:
    """Name the measure of image quality with the largest share of outliers.

    A hidden count is below the `smallest` that is shown, so that mostly none of them can be the
    largest; but where fewer are shown than have `left` at one step, it took others along.
    """
    images = table[table["group"] == "image quality"]
    found: dict[str, Any] = {"quality.measures": len(images)}
    if images.empty:
        return found
    sides = images[["below", "above"]]
    few = np.inf if sides.sum(axis=None) < left else smallest - 1
    least, most = sides.fillna(0).sum(axis=1), sides.fillna(few).sum(axis=1)
    least, most = 100 * least / images["n"], 100 * most / images["n"]
    worst: Any = least.idxmax()
    if sides.loc[worst].isna().any() or (most.drop(worst) > least[worst]).any():
        return found | dict.fromkeys(("quality.worst.label", "quality.worst.percent"), Withheld())
    largest = {"label": str(images.loc[worst, "label"]), "percent": float(least[worst])}
    return found | {f"quality.worst.{name}": value for name, value in largest.items()}


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
        regions = chosen[chosen["kind"] == "region"]
        found[f"specific.{name}.regions"] = len(regions)
        found[f"specific.{name}.opposite"] = _opposite(regions)
        for modality, kind in table[["modality", "kind"]].drop_duplicates().to_numpy():
            rows = chosen[(chosen["modality"] == modality) & (chosen["kind"] == kind)]
            key = f"specific.{modality}{suffix[kind]}.{name}"
            found[f"{key}.count"] = len(rows)
            found[f"{key}.names"] = _features(rows)
    regions = table[table["kind"] == "region"]
    both = int((shared(regions) & (regions["specific"] != "")).sum())
    alike = counted(found["specific.shared.regions"], "is", "are")
    told = f"{alike} associated with {everything} scores"
    if both:
        told += f", {count(both)} of them with one score more than with the others"
    many = {score: found[f"specific.{score}.regions"] for score in scores}
    return found | {
        "specific.each": gathered(
            {score: count(n) if n else "" for score, n in many.items()}, "to"
        ),
        "specific.both": both,
        "specific.shared.told": (
            told
            if found["specific.shared.regions"]
            else f"none is associated with {everything} scores"
        ),
        "specific.list": _lines(groups, everything),
    }


def _opposite(rows: pd.DataFrame) -> str:
    """Say which findings go against the claims, which are all about less with more symptoms."""
    if rows.empty:
        return "none, as nothing is specific"
    against = rows[rows["beta"] > 0]
    parts = [
        f"{label(str(modality))} {len(some)} "
        f"({direction_word(str(modality), 'stronger')}: {_features(some)})"
        for modality, some in against.groupby("modality", sort=False)
    ]
    return f"{len(against)} of {len(rows)} ({'; '.join(parts)})" if parts else "none"


def _lines(groups: Mapping[str, pd.DataFrame], everything: str) -> str:
    """List what is shared and what is specific, modality by modality, leaving nothing out."""
    lines = []
    for name, chosen in groups.items():
        regions = chosen[chosen["kind"] == "region"]
        parts = []
        for modality, rows in regions.groupby("modality", sort=False):
            ways = rows["direction"].value_counts().items()
            signs = ", ".join(f"{n} {direction_word(str(modality), str(way))}" for way, n in ways)
            told = f"{signs}: {_features(rows)}"
            parts.append(f"{label(str(modality))} {len(rows)} ({told})")
        whom = f"Shared by {everything}" if name == "shared" else f"Specific to {label(name)}"
        lines.append(f"- **{whom}**: {'; '.join(parts) or 'nothing'}.")
    return "\n".join(lines)


def _features(rows: pd.DataFrame) -> str:
    return names(map(label, strongest_first(rows)["feature"]))


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
        strongest, text = _strongest(rows)
        pair = dict.fromkeys([strongest["network_a"], strongest["network_b"]])
        key = f"networks.{modality}"
        found[f"{key}.pairs"] = len(rows)
        found[f"{key}.survivors"] = _survivors(table[table["modality"] == modality])
        found[f"{key}.significant.{score}"] = int(survives(rows).sum())
        found[f"{key}.strongest.{score}.name"] = " and ".join(pair)
        found[f"{key}.strongest.{score}.text"] = text
    return found


def enrichment(table: pd.DataFrame) -> dict[str, Any]:
    """Count and name the annotations that stand out, under either null."""
    # That of receptors, where there are any: all other annotations are sets.
    receptors_first = table.sort_values("kind", key=lambda kind: kind != "receptor", kind="stable")
    found: dict[str, Any] = {"enrichment.form": str(receptors_first["form"].iloc[0])}
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for (modality, kind, score), rows in table.groupby(["modality", "kind", "score"], sort=False):
        key = f"enrichment.{modality}.{kind}"
        found[f"{key}.annotations"] = len(rows)
        ordered = rows.sort_values("estimate")
        for word, choice in _CHOICES.items():
            chosen = ordered[choice(ordered)]
            found[f"{key}.{word}.{score}"] = len(chosen)
            found[f"{key}.{word}.{score}.names"] = names(chosen["annotation"])
            told[f"{key}.{word}"][str(score)] = names(chosen["annotation"]) if len(chosen) else ""
    return found | {f"{key}.each": gathered(each, apart=True) for key, each in told.items()}


def correlations_of_maps(table: pd.DataFrame) -> dict[str, Any]:
    """Count the pairs of maps, and those that correlate more than chance."""
    return {"maps.pairs": len(table), "maps.significant": int(survives(table).sum())}


def claims(table: pd.DataFrame) -> dict[str, Any]:
    """Count the verdicts, and give each claim's in words."""
    found: dict[str, Any] = {"claims.rows": len(table), "claims.supported": 0}
    found["claims.depends_on_adjustment"] = 0
    counts = table["verdict"].value_counts()
    for verdict, many in counts.items():
        found[f"claims.{str(verdict).replace(' ', '_')}"] = int(many)
    others = [
        f"{many} {verdict}" for verdict, many in counts.drop("supported", errors="ignore").items()
    ]
    found["claims.others"] = listed(others) if others else "none"
    # Chapters on one score say what is claimed of it alone.
    alone: dict[str, str] = defaultdict(str)
    only: dict[str, list[str]] = defaultdict(list)
    for claim, rows in table.groupby("claim", sort=False):
        first, key = rows.iloc[0], f"claims.{str(claim).lower()}"
        verdict, text = _verdict(rows), "; ".join(_claim_text(row) for _, row in rows.iterrows())
        place = leads_to("09-claims", f"{claim}-{first['score']}".lower())
        told, link = f"**{claim}. {first['statement']}**: {verdict}", f"(<a {place}>ledger</a>)."
        summary = f"{told}. {sentence_case(first['quantity'])}: {text} {link}"
        found |= {f"{key}.verdict": verdict, f"{key}.text": text, f"{key}.summary": summary}
        # Where a table beside it has the numbers.
        found[f"{key}.brief"] = f"{told} {link}"
        if str(first["chapter"]).startswith("06-"):
            alone[first["score"]] += f"{summary}\n\n"
        if str(first.get("paper", "")).endswith(" only"):
            told = f"{claim}: {first['statement']}. This run: {verdict}."
            only[first["score"]].append(told)
    for score, one in known_scores().items():
        nothing = f"The study claims nothing of {one.label} alone."
        found[f"claims.of.{score}"] = alone[score] or nothing
        found[f"claims.only.{score}"] = " ".join(only[score]) or nothing
    return found


def _verdict(rows: pd.DataFrame) -> str:
    scores = rows.groupby("verdict", sort=False)["score"].agg(list)
    if len(scores) == 1:
        return str(scores.index[0])
    return "; ".join(f"{verdict} for {names(map(_whom, whom))}" for verdict, whom in scores.items())


def _claim_text(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return f"{label(row['score'])}: {row['verdict']}"
    if pd.isna(row["ci_low"]):
        return f"{decimal(row['estimate'], places=0)} ({p_text(row['p'])})"
    about = f"{interval_text(row)}, {row['test']}: {p_text(row['p'])}"
    what = "β\u00a0=\u00a0" if "β" in row["quantity"] else ""
    return f"{_whom(row['score'])}: {what}{decimal(row['estimate'])} ({about})"


def _whom(score: str) -> str:
    return "all together" if score == "all" else label(score)
