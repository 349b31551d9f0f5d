"""The ledger: every claim of the study, what this run finds, and a verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import atlas
from transdx.annotations import Annotation, mixture
from transdx.findings import criteria
from transdx.findings.criteria import Criterion
from transdx.results.schema import TABLES
from transdx.results.select import deciding, verdict_of
from transdx.stats import Estimates, weights_of

__all__ = ["judge", "load_claims"]

#: The row of all scores together.
ALL = "all"


@dataclass(frozen=True)
class Claim:
    """A claim of the study, and the quantity that speaks to it."""

    id: str
    statement: str  # the claim, in words
    paper: str  # what the study reports
    scores: tuple[str, ...]  # whom it is about; ``all`` for one test of all scores together
    test: str  # beta, enrichment, circuit, size or later, see `transdx.findings.criteria`
    quantity: str  # what is estimated, in words
    chapter: str  # page that shows it
    modality: str = ""
    features: tuple[str, ...] = ()  # that are averaged
    receptors: tuple[str, ...] = ()  # that connections are weighted by instead
    specific: bool = False  # whether the claim is about its score only
    published: Mapping[str, float] = field(default_factory=dict)  # values that it is held against


@cache
def load_claims() -> tuple[Claim, ...]:
    """Read the claims of the study.

    >>> [claim.id for claim in load_claims() if claim.specific]
    ['C4', 'C5', 'C6', 'C7']
    """
    text = files("transdx").joinpath("studies", "claims.toml").read_text(encoding="utf-8")
    return tuple(_claim(dict(raw)) for raw in tomllib.loads(text)["claims"])


def _claim(raw: dict[str, Any]) -> Claim:
    regions = raw.pop("regions", ())
    both = [f"{side}_{region}" for side in atlas.HEMISPHERES for region in regions]
    features = (*raw.pop("features", ()), *both)
    numbers = {name: raw.pop(name) for name in list(raw) if isinstance(raw[name], float)}
    lists = {name: tuple(raw.pop(name, ())) for name in ("scores", "receptors")}
    rest: dict[str, Any] = {**raw, **lists}
    return Claim(features=features, published=numbers, **rest)


def judge(
    found: Estimates,
    tables: Mapping[str, pd.DataFrame],
    *,
    annotations: list[Annotation],
    spins: NDArray[np.intp],
    smallest: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put every claim to the test: the tables of claims, and of the tests that they rest on.

    Which tests a claim takes is in `transdx.findings.criteria`, how a verdict follows from them
    in `transdx.results.select.verdict_of`. A claim of several scores has a row for each and one for
    all of them: as all have to hold, its p is the largest. The p of a row is that of the test that
    decides, and its estimate what the claim is about. The tables circuit, impact, enrichment and
    truth (the planted effects) are used where there are such. Effects within `smallest` of zero are
    practically absent.
    """
    tests: list[Criterion] = []
    weights = {}
    for claim in load_claims():
        receptors = [a for a in annotations if a.kind == "receptor" and a.name in claim.receptors]
        mixed = mixture(receptors) if receptors else None
        weights[claim.id] = _weights(claim, found, mixed)
        if claim.test == "circuit":
            tests += criteria.of_circuit(claim, tables.get("circuit", pd.DataFrame()))
        elif len(weights[claim.id]) and (claim.test != "size" or "impact" in tables):
            around = criteria.Around(found, tables, spins, mixed, smallest)
            tests += criteria.of_betas(claim, weights[claim.id], around)
    table = criteria.corrected(tests)
    keys = ["modality", "feature", "score"]
    planted = tables.get("truth", pd.DataFrame(columns=[*keys, "planted"], dtype=float))
    truth = planted.set_index(keys)["planted"]
    rows = [
        _row(claim, score, table, weights[claim.id], truth)
        for claim in load_claims()
        for score in (*claim.scores, *([ALL] if len(claim.scores) > 1 else []))
    ]
    return pd.DataFrame(rows, columns=TABLES["claims"].names), table


def _row(
    claim: Claim, score: str, tests: pd.DataFrame, weights: pd.Series, truth: pd.Series
) -> dict[str, Any]:
    """Write a row of the ledger, and hold its interval against what is planted."""
    own = tests[(tests["claim"] == claim.id) & (tests["score"] == score)]
    row = vars(claim) | {"claim": claim.id, "score": score, "planted": np.nan, "covered": ""}
    row |= {"anchor": f"claim-{claim.id.lower()}", "verdict": verdict_of(own)}
    if own.empty:
        return row | {"test": _why_not(claim)}
    decides = deciding(own)
    # All scores together are as strong as the weakest of them.
    first = decides if score == ALL else own.iloc[0]
    row |= {name: first[name] for name in ("estimate", "ci_low", "ci_high", "n")}
    row |= {"test": decides["test"], "p": decides["p"]}
    parts = truth.reindex([(*label, first["of"]) for label in weights.index]).to_numpy()
    planted = float((parts * weights.to_numpy()).sum()) if len(weights) else np.nan
    if np.isfinite(planted):
        inside = first["ci_low"] <= planted <= first["ci_high"]
        row |= {"planted": planted, "covered": "yes" if inside else "no"}
    return row


def _weights(claim: Claim, found: Estimates, mixed: Annotation | None) -> pd.Series:
    """Weigh the features a claim is about; empty where the data lack one, or a score."""
    labels, scores = list(found.beta.index), set(found.beta.columns)
    wanted = [(claim.modality, feature) for feature in claim.features]
    if claim.receptors:
        wanted = [one for one in labels if one[0] == claim.modality and atlas.is_connection(one[1])]
    # That it is one score only cannot be said where there is no other.
    alone = claim.specific and len(scores) == 1
    if alone or not wanted or not (set(claim.scores) <= scores and set(wanted) <= set(labels)):
        return pd.Series(dtype=float)
    if mixed is not None:
        return weights_of(mixed, wanted)
    return pd.Series(1 / len(wanted), index=pd.MultiIndex.from_tuples(wanted))


def _why_not(claim: Claim) -> str:
    if claim.test == "later":
        return "the repeats are not part of this book yet"
    if claim.test == "circuit":
        return "no finding is specific to one score"
    return "the data hold neither these measures nor these scores"
