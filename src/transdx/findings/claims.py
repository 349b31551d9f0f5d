"""The ledger: every claim of the study, what this run finds, and a verdict."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from transdx import atlas
from transdx.annotations import Annotation, mixture
from transdx.results.select import ALPHA
from transdx.stats import Estimates, benjamini_hochberg, combine, contrast, enrich, weights_of
from transdx.writing import decimal, interval, probability

__all__ = ["COLUMNS", "VERDICTS", "Claim", "judge", "load_claims", "write_claims"]

#: From best to worst; the last where the data lack what a claim is about.
VERDICTS = ("supported", "same direction", "not supported", "cannot be tested here")
COLUMNS = [
    *("claim", "score", "statement", "paper", "quantity", "estimate", "ci_low", "ci_high", "p"),
    *("n", "test", "verdict", "planted", "covered", "chapter", "anchor"),
]


@dataclass(frozen=True)
class Claim:
    """A claim of the study, and the quantity that speaks to it."""

    id: str
    statement: str  # the claim, in words
    paper: str  # what the study reports
    scores: tuple[str, ...]  # whom it is about; ``all`` for one test of all scores together
    test: str  # beta, enrichment, circuit, size or later, see `judge`
    quantity: str  # what is estimated, in words
    chapter: str  # page that shows it
    modality: str = ""
    features: tuple[str, ...] = ()  # that are averaged
    receptors: tuple[str, ...] = ()  # that connections are weighted by instead
    specific: bool = False  # whether the claim is about its score only
    published: Mapping[str, float] = field(default_factory=dict)  # values that it is held against

    @property
    def target(self) -> tuple[str, str]:
        """Label among combined estimates."""
        return ("claims", self.id)


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
    *,
    annotations: list[Annotation],
    spins: NDArray[np.intp],
    circuit: pd.DataFrame,
    impact: pd.DataFrame,
    truth: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Put every claim to the test: a row per claim and score, p corrected over the claim's scores.

    Every claim is about something smaller, thinner or weaker. It is *supported* where the
    estimate is negative and every test of the claim rejects at 5 %: that of the estimate
    (corrected over the scores of the claim); for a claim about one score only, that of the
    difference from each other score (corrected over the pairs); for a claim about receptors,
    whose weighted mean would be negative with any weights where all connections are weaker,
    that of its difference from the plain mean. Where the estimate is
    negative and a test does not reject, it has the *same direction*; else it is *not
    supported*. For a claim of 'size', the interval has to lie within the published bound,
    and estimate and published value may not differ at 5 %. A claim on the circuit is
    one-sided: more findings inside than expected. `truth` holds the planted effects.
    """
    ledger = _Ledger(found, annotations, spins, circuit, impact, truth)
    rows = [ledger.row(claim, score) for claim in load_claims() for score in claim.scores]
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class _Test:
    """What a test of one claim for one score gave."""

    estimate: float
    low: float
    high: float
    p: float
    n: float
    passes: bool
    right_way: bool
    words: str


class _Ledger:
    """The claims of one run, with what they share computed once."""

    def __init__(
        self,
        found: Estimates,
        annotations: list[Annotation],
        spins: NDArray[np.intp],
        circuit: pd.DataFrame,
        impact: pd.DataFrame,
        truth: pd.DataFrame | None,
    ) -> None:
        self.found = found
        self.circuit = {row["score"]: row for row in circuit.to_dict("records")}
        self.impact = {
            (row["modality"], row["feature"], row["score"]): row
            for row in impact.to_dict("records")
        }
        keys = ["modality", "feature", "score"]
        planted = pd.DataFrame(columns=[*keys, "planted"], dtype=float) if truth is None else truth
        self.truth = planted.set_index(keys)["planted"]
        self.receptors = [a for a in annotations if a.kind == "receptor"]
        self.weights = {
            claim.id: weights for claim in load_claims() if len(weights := self._weights(claim))
        }
        self.tables = {id_: self._estimates(id_) for id_ in self.weights}
        self.spins = spins
        self.enriched = {
            claim.id: self._enriched(claim)
            for claim in load_claims()
            if claim.id in self.weights and claim.receptors
        }
        self.differences = {
            claim.id: self._differences(claim)
            for claim in load_claims()
            if claim.id in self.weights and claim.specific
        }

    def row(self, claim: Claim, score: str) -> dict[str, Any]:
        test = self._test(claim, score)
        planted = self._planted(claim, score)
        inside = test is not None and test.low <= planted <= test.high
        return {
            "claim": claim.id,
            "score": score,
            "statement": claim.statement,
            "paper": claim.paper,
            "quantity": claim.quantity,
            "estimate": test.estimate if test else np.nan,
            "ci_low": test.low if test else np.nan,
            "ci_high": test.high if test else np.nan,
            "p": test.p if test else np.nan,
            "n": test.n if test else np.nan,
            "test": test.words if test else _why_not(claim),
            "verdict": _verdict(test),
            "planted": planted,
            "covered": "" if np.isnan(planted) else "yes" if inside else "no",
            "chapter": claim.chapter,
            "anchor": f"claim-{claim.id.lower()}",
        }

    def _weights(self, claim: Claim) -> pd.Series:
        """Weigh the features a claim is about; empty where the data lack one, or a score."""
        labels, scores = self.found.beta.index, set(self.found.beta.columns)
        # That it is one score only cannot be said where there is no other.
        if not set(claim.scores) <= scores or (claim.specific and len(scores) == 1):
            return pd.Series(dtype=float)
        if claim.receptors:
            mixed = self._mixed(claim)
            inside = labels[labels.get_level_values(0) == claim.modality]
            edges = [label for label in inside if atlas.is_connection(label[1])]
            return weights_of(mixed, edges) if edges else pd.Series(dtype=float)
        wanted = [(claim.modality, feature) for feature in claim.features]
        if not wanted or not set(wanted) <= set(labels):
            return pd.Series(dtype=float)
        return pd.Series(1 / len(wanted), index=pd.MultiIndex.from_tuples(wanted))

    def _mixed(self, claim: Claim) -> Annotation:
        return mixture([a for a in self.receptors if a.name in claim.receptors])

    def _estimates(self, id_: str) -> Estimates:
        weights = self.weights[id_].to_frame().T
        weights.index = pd.MultiIndex.from_tuples([("claims", id_)], names=["modality", "feature"])
        return combine(self.found, weights)

    def _enriched(self, claim: Claim) -> tuple[pd.DataFrame, pd.DataFrame]:
        mixed = [self._mixed(claim)]
        return enrich(self.found, mixed, spins=self.spins, modalities=[claim.modality])

    def _differences(self, claim: Claim) -> pd.DataFrame:
        if claim.receptors:
            return self.enriched[claim.id][1]
        return contrast(self.tables[claim.id], features=[claim.target])

    def _test(self, claim: Claim, score: str) -> _Test | None:
        if claim.test == "circuit":
            return self._in_circuit(score)
        if claim.id not in self.tables or (claim.test == "size" and not self.impact):
            return None
        table = self.tables[claim.id].table()
        table = table[table["score"].isin(claim.scores)]
        table = table.assign(p=benjamini_hochberg(table["p"]))
        row = next(row for row in table.to_dict("records") if row["score"] == score)
        passes, words = row["p"] <= ALPHA, "β below zero"
        words += f", corrected over {len(table)} scores" if len(table) > 1 else ""
        if claim.receptors:
            passes &= self._lower_there(claim, score)
            words += ", lower there than over all connections"
        if claim.specific:
            passes &= _all_below(self.differences[claim.id], score)
            brought = " in maps brought to one mean and spread" if claim.receptors else ""
            words += f", and below that of each other score{brought}"
        if claim.test == "size":
            near, words = self._as_published(claim, row)
            passes &= near
        beta, low, high, p, n = (row[name] for name in ("beta", "ci_low", "ci_high", "p", "n"))
        return _Test(beta, low, high, p, n, bool(passes), beta < 0, words)

    def _as_published(self, claim: Claim, row: Mapping[Hashable, Any]) -> tuple[bool, str]:
        """Hold an estimate against the published one, and its odds ratio against one."""
        published, se = claim.published["published_beta"], claim.published["published_se"]
        small = max(abs(row["ci_low"]), abs(row["ci_high"])) < claim.published["small"]
        near = abs(row["beta"] - published) <= norm.isf(ALPHA / 2) * np.hypot(row["se"], se)
        odds = self.impact[claim.modality, claim.features[0], row["score"]]
        words = (
            f"required: β below zero, |β| below {claim.published['small']:g}, no different from "
            f"the published one, odds ratio above 1; odds ratio found "
            f"{decimal(odds['odds_ratio'], places=2)} "
            f"({interval(odds['ci_low'], odds['ci_high'], places=2)})"
        )
        return bool(small and near and odds["ci_low"] > 1), words

    def _lower_there(self, claim: Claim, score: str) -> bool:
        """Say whether the weighted mean lies below the plain one, which a level alone cannot do."""
        rows = self.enriched[claim.id][0].to_dict("records")
        row = next(row for row in rows if row["score"] == score)
        return bool(row["centred"] < 0 and row["p_centred"] <= ALPHA)

    def _in_circuit(self, score: str) -> _Test | None:
        if score not in self.circuit or not self.circuit[score]["findings"]:
            return None
        row = self.circuit[score]
        more = row["inside"] > row["expected"]
        words = (
            f"more of {row['findings']:.0f} specific findings inside than the "
            f"{row['expected']:.1f} expected"
        )
        nothing, p = np.nan, float(row["p"])
        return _Test(
            float(row["inside"]), nothing, nothing, p, nothing, p <= ALPHA, bool(more), words
        )

    def _planted(self, claim: Claim, score: str) -> float:
        if self.truth.empty or claim.id not in self.weights:
            return np.nan
        weights = self.weights[claim.id]
        keys = [(*label, score) for label in weights.index]
        return float((self.truth.reindex(keys).to_numpy() * weights.to_numpy()).sum())


def _all_below(differences: pd.DataFrame, score: str) -> bool:
    """Say whether a score's estimate lies below that of each other score."""
    first = differences[differences["score_a"] == score]
    second = differences[differences["score_b"] == score]
    gaps = np.concatenate([first["difference"], -second["difference"]])
    p = np.concatenate([first["p_fdr"], second["p_fdr"]])
    return len(gaps) > 0 and bool(((gaps < 0) & (p <= ALPHA)).all())


def _verdict(test: _Test | None) -> str:
    if test is None:
        return VERDICTS[3]
    if test.passes and test.right_way:
        return VERDICTS[0]
    return VERDICTS[1] if test.right_way else VERDICTS[2]


def _why_not(claim: Claim) -> str:
    if claim.test == "later":
        return "the repeats are not part of this book yet"
    if claim.test == "circuit":
        return "no finding is specific to one score"
    return "the data hold neither these measures nor these scores"


def write_claims(table: pd.DataFrame, *, width: int = 100) -> str:
    """Write the ledger of `judge` as plain text, what is estimated wrapped to fit the width."""
    simulated = table["planted"].notna().any()
    head = ("Claim", "Score", "Verdict", "Estimate (95 % interval)", "p", "n")
    last = "What is estimated; what the study reports; where it is shown"
    lines = [(*head, "Planted", last) if simulated else (*head, last)]
    for row in table.to_dict("records"):
        planted = (f"{decimal(row['planted'])} {row['covered']}".strip(),) if simulated else ()
        where = f"; {row['chapter']}" if row["chapter"] else ""
        about = f"{row['quantity']}; {row['paper']}{where}"
        lines.append((*_cells(row), *planted, about))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]) - 1)]
    left = sum(widths) + 2 * len(widths)
    text = []
    for line in lines:
        first = "  ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=False))
        # A narrow terminal gets the last column below instead of beside.
        beside = width - left >= 24
        rest = textwrap.wrap(line[-1], width - left if beside else max(width - 4, 20))
        if beside:
            text.append(f"{first}  {rest[0]}")
            text += [" " * left + more for more in rest[1:]]
        else:
            text += [first.rstrip(), *("    " + more for more in rest)]
    return "\n".join(text)


def _cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    # All scores together are counted, not estimated.
    estimate = decimal(row["estimate"], places=0 if row["score"] == "all" else 3)
    if not pd.isna(row["ci_low"]):
        estimate += f" ({interval(row['ci_low'], row['ci_high'])})"
    p, n = probability(row["p"]), decimal(row["n"], places=0)
    return (str(row["claim"]), str(row["score"]), str(row["verdict"]), estimate, p, n)
