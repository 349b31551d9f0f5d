"""Which tests a claim has to pass: each with its estimate, its p, and whether it passes.

A claim is about something smaller, thinner or weaker: its *level* has to lie below zero. One about
a *place* has to hold there and not elsewhere. One about a score *only* takes three things: the
level, a difference from each other score, and that each other score is practically absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from transdx.annotations import Annotation
from transdx.naming import label
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.stats import Estimates, benjamini_hochberg, contrast, spin_test

if TYPE_CHECKING:
    from transdx.findings.claims import Claim

__all__ = [
    "ALL",
    "LEVEL",
    "PLACE",
    "Around",
    "Criterion",
    "corrected",
    "of_betas",
    "of_circuit",
    "of_replications",
    "weights_asked",
    "within",
]

#: The row of all scores together.
ALL = "all"
#: The means of betas of a claim: what it is about, and the same less the mean of the whole map.
LEVEL, PLACE = "level", "place"


@dataclass(frozen=True)
class Criterion:
    """One test of a claim for a score."""

    claim: str
    score: str
    test: str  # its name, in words
    role: str  # what failing it means, see `transdx.results.select.verdict_of`
    estimate: float
    p: float
    ci_low: float = np.nan
    ci_high: float = np.nan
    n: float = np.nan
    of: str = ""  # the score that the estimate is of
    right: bool = True  # whether the estimate lies on the side that is claimed
    agrees: bool = False  # passed where nothing is found to differ: p above the level
    family: str = ""  # tests of the ledger that are corrected together


@dataclass(frozen=True)
class Around:
    """What the tests of a claim are made from."""

    means: Mapping[tuple[str, str], Estimates]  # by claim, and what of it: `LEVEL` or `PLACE`
    beta: pd.DataFrame  # of the features, for spins
    tables: Mapping[str, pd.DataFrame]
    spins: NDArray[np.intp]
    smallest: float  # the smallest effect that matters


def corrected(tests: list[Criterion]) -> pd.DataFrame:
    """Correct the p values of each family of tests, and say which tests pass."""
    table = pd.DataFrame([vars(one) for one in tests], columns=list(Criterion.__dataclass_fields__))
    for family, rows in table.groupby("family"):
        if family:
            table.loc[rows.index, "p"] = benjamini_hochberg(rows["p"])
    rejects = table["p"].astype(float) <= ALPHA
    passes = table["right"].astype(bool) & (rejects != table["agrees"].astype(bool))
    words = {True: "yes", False: "no"}
    told = {"right": table["right"], "agrees": table["agrees"], "passes": passes}
    table = table.assign(**{name: values.map(words) for name, values in told.items()})
    return table[TABLES["claim_tests"].names]


def of_circuit(claim: Claim, circuit: pd.DataFrame) -> list[Criterion]:
    """Ask whether more of what is specific lies inside than expected, where anything is."""
    return [
        Criterion(
            claim.id,
            row["score"],
            f"more inside than the {row['expected']:.1f} expected of {row['findings']:.0f}",
            "level",
            float(row["inside"]),
            float(row["p"]),
            of=row["score"],
            right=row["inside"] > row["expected"],
        )
        for row in circuit.to_dict("records")
        if row["findings"] and row["score"] in claim.scores
    ]


def of_replications(claim: Claim, replications: pd.DataFrame) -> list[Criterion]:
    """Ask of each replication whether the findings hold in it, where there is any finding.

    Two things have to be so in each of them: their effects go the same way again, more than by
    chance (each at its own level: that all hold is made no easier by their number); and not fewer
    are found again than its size lets one expect (corrected over the replications).
    """
    tests: list[Criterion] = []
    for row in replications.to_dict("records"):
        if not row["findings"] > 0 or row["lacks"]:
            continue
        way = Criterion(
            claim.id, ALL, f"{row['label']}: effects go the same way", "level", row["retained"],
            row["p_retained"], row["retained_low"], row["retained_high"], row["n"],
            of=ALL, right=row["retained"] > 0,
        )  # fmt: skip
        many = f"{row['again']:.0f} of {row['findings']:.0f} again, {row['expected']:.1f} expected"
        fewer = replace(
            way, test=f"{row['label']}: {many}", role="required", p=row["p"], right=True,
            agrees=True, family=f"{claim.id} fewer", estimate=row["again"], ci_low=np.nan,
            ci_high=np.nan,
        )  # fmt: skip
        tests += [way, fewer]
    return tests


def weights_asked(claim: Claim, weights: pd.Series) -> dict[str, pd.Series]:
    """Give the weights of the means of betas that a claim is tested by."""
    if not claim.receptors:
        return {LEVEL: weights}
    # Less the plain mean: where all connections are weaker, any weights give less.
    return {LEVEL: weights, PLACE: weights - 1 / len(weights)}


def of_betas(
    claim: Claim, weights: pd.Series, mixed: Annotation | None, around: Around
) -> list[Criterion]:
    """Ask of the weighted mean of betas of a claim all that it claims, for each of its scores.

    What connections are weighted by is the mixture of its receptors.
    """
    mean = around.means[claim.id, LEVEL]
    levels = [one for one in _levels(claim, mean) if one.score in claim.scores]
    place = around.means.get((claim.id, PLACE), mean)
    tests = list(levels)
    if mixed is not None:
        tests += _places(claim, place, mixed, around)
    if claim.specific:
        tests += _only(claim, place, around.smallest * _share(claim, weights))
    if claim.test == "size":
        tests += _sizes(claim, mean, around.tables["impact"])
    return tests + _together(levels)


def _levels(claim: Claim, mean: Estimates) -> list[Criterion]:
    """Ask whether it is below zero; corrected over the scores of the claim."""
    return [
        Criterion(
            claim.id, row["score"], "β below zero", "level", row["beta"], row["p"], row["ci_low"],
            row["ci_high"], row["n"], of=row["score"], right=row["beta"] < 0, family=claim.id,
        )
        for row in mean.table().to_dict("records")
    ]  # fmt: skip


def _together(levels: list[Criterion]) -> list[Criterion]:
    """Ask whether all scores hold: each at its own p, since no correction makes that easier."""
    if len(levels) < 2:
        return []
    names = [f"{label(one.score)}: {one.test}" for one in levels]
    pairs = zip(levels, names, strict=True)
    return [replace(one, score=ALL, test=name, family="") for one, name in pairs]


def _places(claim: Claim, place: Estimates, mixed: Annotation, around: Around) -> list[Criterion]:
    """Ask whether it is lower there than elsewhere, by permuted scores and by spins."""
    everywhere = around.tables.get("enrichment", pd.DataFrame())
    known = pd.Series(dtype=float)
    if len(everywhere):
        known = everywhere.loc[everywhere["modality"] == claim.modality, "p_centred"]
    rows = _levels(claim, place)
    # One annotation more, among all those that were tried.
    p = benjamini_hochberg(np.concatenate([[row.p for row in rows], known]))
    spun = spin_test(around.beta, mixed, modality=claim.modality, spins=around.spins)
    tests = []
    for row, adjusted in zip(rows, p, strict=False):
        if row.score in claim.scores:
            own = replace(row, role="required", family="")
            tests += [
                replace(own, test="lower there than elsewhere", p=float(adjusted)),
                replace(own, test="lower there, under spins", p=float(spun[row.score])),
            ]
    return tests


def _only(claim: Claim, mean: Estimates, smallest: float) -> list[Criterion]:
    """Ask whether each other score is less affected, and practically absent."""
    differences = contrast(mean, features=list(mean.beta.index))
    table = mean.table()
    tests = []
    for score in claim.scores:
        for other in (one for one in mean.beta.columns if one != score):
            tests += [
                _difference(claim, score, other, differences),
                _absent(claim, score, table[table["score"] == other].iloc[0], smallest),
            ]
    order = {"required": 0, "others absent": 1}
    return sorted(tests, key=lambda one: order[one.role])


def _difference(claim: Claim, score: str, other: str, table: pd.DataFrame) -> Criterion:
    """Hold a score against another; corrected over all such differences of the ledger."""
    own = table["score_a"].isin([score, other]) & table["score_b"].isin([score, other])
    row = table[own].iloc[0]
    turn = 1 if row["score_a"] == score else -1
    low, high = sorted((turn * row["ci_low"], turn * row["ci_high"]))
    gap = turn * row["difference"]
    return Criterion(
        claim.id, score, f"below {label(other)}", "required", gap, row["p"], low, high, of=score,
        right=gap < 0, family="differences",
    )  # fmt: skip


def _absent(claim: Claim, score: str, row: pd.Series, smallest: float) -> Criterion:
    """Ask by two one-sided tests whether another score lies within what matters."""
    return Criterion(
        claim.id, score, f"{label(row['score'])} practically absent, |β| below {smallest:.2g}",
        "others absent", row["beta"], within(row["beta"], row["se"], smallest), row["ci_low"],
        row["ci_high"], row["n"], of=row["score"],
    )  # fmt: skip


def within(estimate: float, se: float, bound: float) -> float:
    """Test that a value lies within a bound of zero: the larger p of two one-sided tests.

    >>> round(within(0.01, 0.005, 0.02), 3)
    0.023
    """
    return float(norm.sf((bound - abs(estimate)) / se))


def _share(claim: Claim, weights: pd.Series) -> float:
    """Say what an effect in proportion to the weights, one at the largest, is as a place.

    A density that is spread wide hardly differs from the plain mean, nor does what follows it.
    """
    if not claim.receptors:
        return 1.0
    return float(((weights**2).sum() - 1 / len(weights)) / weights.max())


def _sizes(claim: Claim, mean: Estimates, impact: pd.DataFrame) -> list[Criterion]:
    """Ask whether it is small and what was published, as beta and as odds ratio."""
    known = claim.published
    tests = []
    for row in mean.table().to_dict("records"):
        place = (impact["modality"] == claim.modality) & (impact["feature"] == claim.features[0])
        odds = impact[place & (impact["score"] == row["score"])]
        if row["score"] not in claim.scores or odds.empty:
            continue
        beta, se = row["beta"], row["se"]
        shift = abs(beta - known["published_beta"]) / np.hypot(se, known["published_se"])
        own = Criterion(
            claim.id, row["score"], f"|β| below {known['small']:g}", "required", beta,
            within(beta, se, known["small"]), row["ci_low"], row["ci_high"], row["n"],
            of=row["score"],
        )  # fmt: skip
        near = replace(own, test="β as published", p=float(2 * norm.sf(shift)), agrees=True)
        tests += [own, near, *_odds(own, known, odds.iloc[0])]
    return tests


def _odds(own: Criterion, known: Mapping[str, float], row: pd.Series) -> list[Criterion]:
    """Hold the interval of an odds ratio against one, the published one and what is small."""
    ratio = float(row["odds_ratio"])
    se = np.log(row["ci_high"] / row["ci_low"]) / (2 * norm.isf(ALPHA / 2))

    def test(words: str, p: float, **more: Any) -> Criterion:
        more |= {"ci_low": float(row["ci_low"]), "ci_high": float(row["ci_high"])}
        return replace(own, test=words, estimate=ratio, p=float(p), **more)

    published, small = known["published_odds_ratio"], known["small_odds_ratio"]
    return [
        test("odds ratio above 1", 2 * norm.sf(abs(np.log(ratio)) / se), right=ratio > 1),
        test(
            f"odds ratio of {published:.2f}",
            2 * norm.sf(abs(np.log(ratio / published)) / se),
            agrees=True,
        ),
        test(f"odds ratio below {small:.2f}", norm.sf(np.log(small / ratio) / se)),
    ]
