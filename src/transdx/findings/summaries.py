"""What sentences say of whole tables: counts, names, the strongest, in words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from transdx.naming import direction_word, label
from transdx.results.select import scores_of, shared, stands_out, survives
from transdx.writing import (
    all_of,
    decimal,
    interval,
    p_value,
    sentence_case,
)

__all__ = [
    "beta_text",
    "circuit",
    "claims",
    "connectome",
    "correlations_of_maps",
    "enrichment",
    "interval_text",
    "names",
    "networks",
    "p_text",
    "specific",
    "spins",
]

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
    for row in table.to_dict("records"):
        name = str(row["annotation"]).lower().replace(" ", "_")
        key = f"enrichment.{row['modality']}.{name}.{row['score']}"
        found[f"{key}.estimate"], found[f"{key}.p_spin"] = row["estimate"], row["p_spin"]
        found[f"{key}.text"] = (
            f"{decimal(row['estimate'])} ({interval_text(row)}, FDR-corrected "
            f"{p_text(row['p_fdr'])}; under spins {p_text(row['p_spin'])})"
        )
    return found


def correlations_of_maps(table: pd.DataFrame) -> dict[str, Any]:
    """Give the correlation of every two maps, and how many differ from chance."""
    found: dict[str, Any] = {
        "maps.pairs": len(table),
        "maps.significant": int(survives(table).sum()),
    }
    for row in table.to_dict("records"):
        key = f"maps.{row['modality_a']}.{row['modality_b']}.{row['score']}"
        found |= {f"{key}.{name}": row[name] for name in ("r", "p_spin", "p_fdr", "regions")}
    return found


def circuit(table: pd.DataFrame) -> dict[str, Any]:
    """Give the findings inside the circuit and those expected by chance."""
    found: dict[str, Any] = {}
    for row in table.to_dict("records"):
        found |= {
            f"circuit.{row['score']}.{name}": row[name]
            for name in ("findings", "inside", "expected", "p")
        }
        found[f"circuit.{row['score']}.test"] = p_text(row["p"])
    return found


def spins(table: pd.DataFrame) -> dict[str, Any]:
    """Give how often each null rejects where nothing is to be found."""
    return {
        f"spin_validity.{str(row['null']).replace(' ', '_')}.{name}": row[name]
        for row in table.to_dict("records")
        for name in ("rate", "ci_low", "ci_high", "maps")
    }


def claims(table: pd.DataFrame) -> dict[str, Any]:
    """Count the verdicts, and give each claim's in words."""
    found: dict[str, Any] = {"claims.rows": len(table)}
    for verdict, count in table["verdict"].value_counts().items():
        found[f"claims.{str(verdict).replace(' ', '_')}"] = int(count)
    found.setdefault("claims.supported", 0)
    # Chapters on one score say what is claimed of it alone.
    for score in dict.fromkeys(table["score"]):
        found[f"claims.of.{score}"] = ""
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
            found[f"claims.of.{first['score']}"] += f"{found[f'{key}.summary']}\n\n"
        for row in rows.to_dict("records"):
            found[f"{key}.{row['score']}.verdict"] = row["verdict"]
            found[f"{key}.{row['score']}.estimate"] = row["estimate"]
    return found


def _claim_text(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["estimate"]):
        return f"{row['score']}: {row['verdict']}"
    if pd.isna(row["ci_low"]):
        return f"{decimal(row['estimate'], places=0)} ({p_text(row['p'])})"
    about = f"{interval_text(row)}, corrected {p_text(row['p'])}"
    return f"{row['score']}: β\u00a0=\u00a0{decimal(row['estimate'])} ({about})"
