"""The ledger: every claim of the study, what this run finds, and a verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import atlas
from transdx.annotations import CORTICAL, WHOLE, Annotation, mixture, whole_brain
from transdx.findings.criteria import (
    ALL,
    LEVEL,
    Around,
    Criterion,
    corrected,
    of_betas,
    of_circuit,
    of_replications,
    weights_asked,
)
from transdx.results.schema import TABLES
from transdx.results.select import deciding, verdict_of
from transdx.stats import Estimates, combine, pick, weights_of
from transdx.stats.estimates import against

__all__ = ["Asked", "asked_of", "decide", "judge", "load_claims"]


@dataclass(frozen=True)
class Claim:
    """A claim of the study, and the quantity that speaks to it."""

    id: str
    statement: str  # the claim, in words
    paper: str  # what the study reports
    scores: tuple[str, ...]  # whom it is about; ``all`` for one test of all scores together
    test: str  # beta, enrichment, circuit, size or replications, see `transdx.findings.criteria`
    quantity: str  # what is estimated, in words
    chapter: str  # page that shows it
    modality: str = ""
    features: tuple[str, ...] = ()  # that are averaged
    receptors: tuple[str, ...] = ()  # that connections are weighted by instead
    extent: str = CORTICAL  # which part of the brain the maps of these cover
    specific: bool = False  # whether the claim is about its score only
    published: Mapping[str, float] = field(default_factory=dict)  # values that it is held against


@cache
def load_claims() -> tuple[Claim, ...]:
    """Read the claims of the study.

    >>> [claim.id for claim in load_claims() if claim.specific]
    ['C4', 'C5', 'C6', 'C7', 'C7b']
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


@dataclass(frozen=True)
class Asked:
    """A claim, as the data can be asked about it."""

    claim: Claim
    weights: pd.Series  # of the features that it is about; empty where the data lack one
    mixed: Annotation | None  # receptors that connections are weighted by

    def means(self) -> pd.DataFrame:
        """Weigh the means of betas that it is tested by, a row each, by claim and what of it."""
        rows = weights_asked(self.claim, self.weights) if len(self.weights) else {}
        index = pd.MultiIndex.from_product([[self.claim.id], rows], names=["modality", "feature"])
        return pd.DataFrame(list(rows.values()), index=index)


def asked_of(
    labels: Iterable[Any], scores: Iterable[str], annotations: list[Annotation]
) -> list[Asked]:
    """Say what of some features and scores each claim is about."""
    asked, features, measured = [], list(labels), set(scores)
    for claim in load_claims():
        maps = whole_brain() if claim.extent == WHOLE else annotations
        receptors = [a for a in maps if a.kind == "receptor" and a.name in claim.receptors]
        there = receptors and len(receptors) == len(claim.receptors)
        mixed = mixture(receptors) if there else None
        asked.append(Asked(claim, _weights(claim, features, measured, mixed), mixed))
    return asked


def judge(
    found: Estimates,
    tables: Mapping[str, pd.DataFrame],
    *,
    annotations: list[Annotation],
    spins: NDArray[np.intp],
    smallest: float,
    null: Estimates | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put every claim to the test: the tables of claims, and of the tests that they rest on.

    Which tests a claim takes is in `transdx.findings.criteria`, how a verdict follows from them
    in `transdx.results.select.verdict_of`. A claim of several scores has a row for each and one for
    all of them: as all have to hold, its p is the largest. The p of a row is that of the test that
    decides, and its estimate what the claim is about. Tests are against the draws of `null`, where
    it is given, `p_study` against those of what was found. The tables circuit, impact, enrichment,
    replications and truth (the planted effects) are used where there are such. Effects within
    `smallest` of zero are practically absent.
    """
    asked = asked_of(found.beta.index, found.beta.columns, annotations)
    means = {
        label: combine(found, weights.iloc[[row]])
        for weights in (one.means() for one in asked)
        for row, label in enumerate(weights.index)
    }
    tested = {
        label: against(mean, pick(null, label)) if null else mean for label, mean in means.items()
    }
    claims, tests = decide(asked, Around(tested, found.beta, tables, spins, smallest))
    levels = {claim: mean.table() for (claim, what), mean in means.items() if what == LEVEL}
    return claims.assign(p_study=[_p_of(row, levels) for row in claims.itertuples()]), tests


def _p_of(row: Any, levels: Mapping[str, pd.DataFrame]) -> float:
    """Give the p of the level that a row of the ledger is about, as the study makes it."""
    if row.claim not in levels or pd.isna(row.estimate):
        return np.nan
    about = next(claim for claim in load_claims() if claim.id == row.claim)
    wanted = about.scores if row.score == ALL else (row.score,)
    rows = levels[row.claim]
    return float(rows.loc[rows["score"].isin(wanted), "p"].max())


def decide(asked: list[Asked], around: Around) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put claims to the test by means of betas that were made before, see `judge`."""
    tests: list[Criterion] = []
    for one in asked:
        if one.claim.test == "circuit":
            tests += of_circuit(one.claim, around.tables.get("circuit", pd.DataFrame()))
        elif one.claim.test == "replications":
            tests += of_replications(one.claim, around.tables.get("replications", pd.DataFrame()))
        elif len(one.weights) and (one.claim.test != "size" or "impact" in around.tables):
            tests += of_betas(one.claim, one.weights, one.mixed, around)
    table = corrected(tests)
    keys = ["modality", "feature", "score"]
    planted = around.tables.get("truth", pd.DataFrame(columns=[*keys, "planted"], dtype=float))
    truth = planted.set_index(keys)["planted"]
    rows = [
        _row(one.claim, score, table, one.weights, truth)
        for one in asked
        for score in (*one.claim.scores, *([ALL] if len(one.claim.scores) > 1 else []))
    ]
    return pd.DataFrame(rows, columns=TABLES["claims"].names), table


def _row(
    claim: Claim, score: str, tests: pd.DataFrame, weights: pd.Series, truth: pd.Series
) -> dict[str, Any]:
    """Write a row of the ledger, and hold its interval against what is planted."""
    own = tests[(tests["claim"] == claim.id) & (tests["score"] == score)]
    row = vars(claim) | {"claim": claim.id, "score": score, "planted": np.nan, "covered": ""}
    row |= {"anchor": f"claim-{claim.id.lower()}", "verdict": verdict_of(own), "falls_with": ""}
    if own.empty:
        return row | {"test": _why_not(claim)}
    decides = deciding(own)
    # All scores together are as strong as the weakest of them.
    first = decides if score == ALL else own.iloc[0]
    row |= {name: first[name] for name in ("estimate", "ci_low", "ci_high", "n")}
    row |= {"test": decides["test"], "p": decides["p"]}
    if truth.empty or weights.empty:
        return row
    parts = truth.reindex([(*label, first["of"]) for label in weights.index]).to_numpy()
    planted = float((parts * weights.to_numpy()).sum())
    if np.isfinite(planted):
        inside = first["ci_low"] <= planted <= first["ci_high"]
        row |= {"planted": planted, "covered": "yes" if inside else "no"}
    return row


def _weights(
    claim: Claim, labels: list[tuple[str, str]], scores: set[str], mixed: Annotation | None
) -> pd.Series:
    """Weigh the features a claim is about; empty where the data lack one, or a score."""
    wanted = [(claim.modality, feature) for feature in claim.features]
    if claim.receptors:
        wanted = [one for one in labels if one[0] == claim.modality and atlas.is_connection(one[1])]
    # That it is one score only cannot be said where there is no other.
    alone = claim.specific and len(scores) == 1
    mapless = claim.receptors and mixed is None
    if (
        alone
        or mapless
        or not wanted
        or not (set(claim.scores) <= scores and set(wanted) <= set(labels))
    ):
        return pd.Series(dtype=float)
    if mixed is not None:
        return weights_of(mixed, wanted)
    return pd.Series(1 / len(wanted), index=pd.MultiIndex.from_tuples(wanted))


def _why_not(claim: Claim) -> str:
    if claim.test == "replications":
        return "nothing is repeated, or there is no finding to repeat"
    if claim.test == "circuit":
        return "no finding is specific to one score"
    if claim.extent == WHOLE and not whole_brain():
        return "the maps of receptors in the whole brain were not fetched"
    return "the data hold neither these measures nor these scores"
