"""The open cohorts beside each other: what each can show, and what they say to the claims together.

Everything here is made from the results tables of the cohorts' own runs, which hold no people.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.meta_analysis import combine_effects

from transdx import atlas, reference, stats
from transdx._cohorts import COHORTS, USUAL
from transdx.errors import TransdxError
from transdx.findings.claims import load_claims
from transdx.modalities import is_global
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA, POWER, kind_of, strongest_first, survives
from transdx.results.store import Findings
from transdx.study import load_study

__all__ = ["cohorts_here", "gather", "pool"]

#: Case-control maps of major depression in adults (ENIGMA), by modality.
_PUBLISHED = {
    "surface_area": "enigma/mddadult_case-controls_CortSurf.csv",
    "thickness": "enigma/mddadult_case-controls_CortThick.csv",
    "subcortical_volume": "enigma/mdd_case-controls_SubVol.csv",
}


def files_of(cohort: str) -> set[str]:
    """Name the files of an open cohort."""
    study = load_study("open", cohort=cohort)
    return {file for table in study.tables for file in table.files}


def cohorts_here() -> dict[str, str]:
    """Say which cohorts, and which published maps, can be read without the network."""
    wanted = {name: files_of(name) for name in COHORTS} | {"published": set(_PUBLISHED.values())}
    return {
        name: "there" for name, held in wanted.items() if all(reference.find(one) for one in held)
    }


def gather(find: Callable[[str], Findings]) -> tuple[dict[str, Findings], dict[str, str]]:
    """Open the run of each cohort: those that are there, and why the others are not.

    Raises the error of the usual one where there is none with a score.
    """
    found: dict[str, Findings] = {}
    errors: dict[str, TransdxError] = {}
    for name in (USUAL, *(one for one in COHORTS if one != USUAL)):
        try:
            found[name] = find(name)
        except TransdxError as error:
            # Only what could not be fetched is forgiven.
            if not isinstance(error.__cause__, OSError):
                raise
            errors[name] = error
    if errors and not any("associations" in one.tables for one in found.values()):
        raise errors[USUAL]
    return found, {name: str(error) for name, error in errors.items()}


def pool(
    found: Mapping[str, Findings], missing: Mapping[str, str], spins: NDArray[np.intp]
) -> dict[str, pd.DataFrame]:
    """Set the tables of the cohorts beside each other, and sum up what they say to the claims."""
    evidence = _rows(found, "evidence")[TABLES["cohort_claims"].names]
    associations = _rows(found, "associations")
    tables = {
        "flow": _flow(found),
        "cohorts": _cohorts(found, missing),
        "cohort_globals": _globals(associations),
        "cohort_regions": _regions(associations),
        "cohort_claims": evidence,
        "pooled": summarise(evidence),
        "published": _published(associations, spins),
        "elsewhere": elsewhere(),
    }
    for name in ("reliability", "relatives"):
        held = [one.tables[name] for one in found.values() if name in one.tables]
        tables[name] = held[0] if held else pd.DataFrame(columns=TABLES[name].names)
    return tables


def _rows(found: Mapping[str, Findings], table: str) -> pd.DataFrame:
    """Give the rows of a table of all cohorts that have it, each with the name of its cohort."""
    parts = [one.tables[table].assign(cohort=k) for k, one in found.items() if table in one.tables]
    return pd.concat(parts or [pd.DataFrame(columns=[*TABLES[table].names, "cohort"])])


def _flow(found: Mapping[str, Findings]) -> pd.DataFrame:
    """Add the flows of the cohorts up, step by step."""
    steps = pd.concat([one.tables["flow"] for one in found.values()])
    summed = steps.groupby("step", sort=False).agg(
        label=("label", "first"), excluded=("excluded", "sum")
    )
    source = int(steps.loc[steps["step"] == "source", "remaining"].sum())
    summed["remaining"] = source - summed["excluded"].cumsum()
    return summed.reset_index()[TABLES["flow"].names]


def _cohorts(found: Mapping[str, Findings], missing: Mapping[str, str]) -> pd.DataFrame:
    rows = []
    for name in COHORTS:
        study = load_study("open", cohort=name)
        row: dict[str, Any] = {
            "cohort": name,
            "label": study.label,
            "scores": "+".join(study.score_names),
            "modalities": "+".join(study.modalities),
            "missing": missing.get(name, ""),
        }
        if name in found:
            flow, power = found[name].tables["flow"], found[name].tables["power"]
            analysed = int(flow["remaining"].iloc[-1])
            here = power[power["n"] == analysed].sort_values("alpha", ascending=False)
            row |= {"source": int(flow["remaining"].iloc[0]), "n": analysed}
            if study.scores:
                row |= dict(
                    zip(("smallest_one", "smallest_many"), here["smallest_beta"], strict=True)
                )
        rows.append(row)
    return pd.DataFrame(rows, columns=TABLES["cohorts"].names)


def _globals(rows: pd.DataFrame) -> pd.DataFrame:
    whole = [is_global(*pair) for pair in rows[["modality", "feature"]].to_numpy()]
    return rows[whole][TABLES["cohort_globals"].names]


def _regions(rows: pd.DataFrame) -> pd.DataFrame:
    """Count, per cohort, score and modality, what survives among the regions."""
    regional = rows[rows["feature"].map(kind_of) == "region"]
    keys = ["cohort", "modality", "score"]
    counts = []
    for _, part in regional.groupby(keys, sort=False):
        first = strongest_first(part).iloc[0]
        counts.append(
            {
                **part.iloc[0][keys].to_dict(),
                "regions": len(part),
                "surviving": int(survives(part).sum()),
                "nominal": int(survives(part, "p").sum()),
                "expected": ALPHA * len(part),
                **first[["feature", "beta", "ci_low", "ci_high", "p_fdr"]].to_dict(),
            }
        )
    return pd.DataFrame(counts, columns=TABLES["cohort_regions"].names)


def summarise(evidence: pd.DataFrame) -> pd.DataFrame:
    """Sum up what the cohorts say to each claim and symptom.

    Several cohorts that measured all of what a claim is about are summed up by random effects, the
    spread between them by Paule and Mandel, with the interval of Hartung, Knapp, Sidik and Jonkman
    that is never made narrower than without it (Roever et al. 2015,
    doi:10.1186/s12874-015-0091-1). One alone keeps its own interval. p is corrected over all rows;
    `needed` is how many people like these would find an effect of the study's size four times of
    five. The verdict is ``speaks for`` where p is at most 5 % and the estimate negative,
    ``speaks against`` where the interval excludes an effect as large as the study's, else
    ``cannot tell``. Claims that no cohort can speak to have a row too.
    """
    sizes = [claim.published["published_beta"] for claim in load_claims() if claim.published]
    claimed = sizes[0]
    rows = []
    for claim in load_claims():
        for symptom in claim.scores:
            own = evidence[(evidence["claim"] == claim.id) & (evidence["symptom"] == symptom)]
            whole = own[own["regions"] == own["wanted"]]
            row: dict[str, Any] = {
                "claim": claim.id,
                "symptom": symptom,
                "statement": claim.statement,
            }
            row |= {
                "quantity": claim.quantity,
                "cohorts": len(whole),
                "in_part": len(own) - len(whole),
            }
            rows.append(row | (random_effects(whole, claimed) if len(whole) else {}))
    table = pd.DataFrame(rows, columns=TABLES["pooled"].names)
    table["p_fdr"] = stats.benjamini_hochberg(table["p"].astype(float))
    table["verdict"] = [_verdict(row, claimed) for row in table.to_dict("records")]
    return table


def random_effects(rows: pd.DataFrame, claimed: float) -> dict[str, float]:
    """Sum up estimates of several cohorts, see `summarise`."""
    estimate, se = rows["estimate"].to_numpy(float), rows["se"].to_numpy(float)
    n = int(rows["n"].sum())
    fixed = float(1 / np.sqrt((1 / se**2).sum()))
    reach = norm.isf(ALPHA / 2) + norm.ppf(POWER)
    needed = {"n": n, "needed": float(np.ceil(n * (reach * fixed / claimed) ** 2))}
    if len(rows) == 1:
        only = rows.iloc[0]
        return needed | {name: float(only[name]) for name in ("estimate", "ci_low", "ci_high", "p")}
    summed = combine_effects(estimate, se**2, method_re="iterated")
    spread = summed.sd_eff_w_re * np.sqrt(max(1.0, summed.scale_hksj_re))
    half = student.isf(ALPHA / 2, len(rows) - 1) * spread
    middle = float(summed.mean_effect_re)
    p = float(2 * student.sf(abs(middle) / spread, len(rows) - 1))
    found = {"estimate": middle, "ci_low": middle - half, "ci_high": middle + half, "p": p}
    return needed | found | {"tau": float(np.sqrt(max(0.0, summed.tau2)))}


def _verdict(row: Mapping[Any, Any], claimed: float) -> str:
    if not row["cohorts"]:
        return "only in part" if row["in_part"] else "not measured"
    if row["estimate"] < 0 and row["p_fdr"] <= ALPHA:
        return "speaks for"
    return "speaks against" if row["ci_low"] > claimed else "cannot tell"


def elsewhere() -> pd.DataFrame:
    """Read what other studies found; a published map gives its number, and decides by its sign."""
    text = files("transdx").joinpath("studies", "elsewhere.toml").read_text(encoding="utf-8")
    features = {claim.id: claim.features for claim in load_claims()}
    rows = []
    for held in tomllib.loads(text)["findings"]:
        row, maps = dict(held), held.get("maps")
        if maps:
            values = _map(_PUBLISHED[maps])
            if values is None:
                continue
            own = [one for one in features[held["claim"]] if one in values.index]
            row["d"] = float((values[own] if own else values.dropna()).mean())
            row["agrees"] = row["d"] < 0
        rows.append(row | {"agrees": "yes" if row["agrees"] else "no"})
    return pd.DataFrame(rows).reindex(columns=TABLES["elsewhere"].names)


def _published(betas: pd.DataFrame, spins: NDArray[np.intp]) -> pd.DataFrame:
    """Correlate the regional maps of each cohort with those of depression that ENIGMA published."""
    maps = {name: values for name, file in _PUBLISHED.items() if (values := _map(file)) is not None}
    keys = ["cohort", "score", "modality"]
    rows = []
    for names, part in betas[betas["modality"].isin(maps)].groupby(keys, sort=False):
        own = part.set_index("feature")["beta"].reindex(list(atlas.REGIONS))
        both = pd.DataFrame({"own": own, "published": maps[str(names[-1])]})
        for row in stats.correlate_maps(both, spins).to_dict("records"):
            rows.append((*names, row["regions"], row["r"], row["p_spin"]))
    result = pd.DataFrame(rows, columns=[*keys, "regions", "r", "p_spin"])
    p = stats.benjamini_hochberg(result["p_spin"])
    return result.assign(p_fdr=p)[TABLES["published"].names]


def _map(file: str) -> pd.Series | None:
    """Read Cohen's d of a published map, by the regions of the atlas; None where it is not here."""
    try:
        table = pd.read_csv(reference.fetch(file))
    except TransdxError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        return None
    names = table["Structure"].str.replace(r"^([LR])_?", r"\1_", regex=True)
    values = pd.Series(table["d_icv"].to_numpy(float), index=names.map(atlas.region_id))
    return values[values.index.isin(atlas.REGIONS)].reindex(list(atlas.REGIONS))
