"""What one cohort of real people has to say to the claims of the study."""

from __future__ import annotations

import pandas as pd

from transdx.findings.claims import Claim, load_claims
from transdx.results.schema import TABLES
from transdx.stats import Estimates, combine
from transdx.study import Study

__all__ = ["evidence"]


def evidence(found: Estimates, study: Study) -> pd.DataFrame:
    """Estimate what the claims are about, each symptom by the score that stands for it.

    A row per claim and symptom that the cohort can speak to; a claim on many regions is also
    estimated where some of them are measured, which `regions` of `wanted` says. What is claimed of
    one symptom *only* is estimated like the others: the cohort holds no other to compare with.
    """
    rows = []
    for claim in load_claims():
        for symptom in claim.scores:
            named = [score.name for score in study.scores if symptom in score.symptoms]
            held = [one for one in _wanted(claim) if one in found.beta.index]
            if named and held:
                rows.append(_row(claim, symptom, named[0], found, held))
    return pd.DataFrame(rows, columns=TABLES["evidence"].names)


def _wanted(claim: Claim) -> list[tuple[str, str]]:
    return [(claim.modality, feature) for feature in claim.features]


def _row(
    claim: Claim, symptom: str, score: str, found: Estimates, held: list[tuple[str, str]]
) -> dict[str, object]:
    target = pd.MultiIndex.from_tuples([("claims", claim.id)])
    columns = pd.MultiIndex.from_tuples(held)
    mean = combine(found, pd.DataFrame(1 / len(held), index=target, columns=columns)).table()
    numbers = mean.set_index("score").loc[score, ["n", "beta", "se", "ci_low", "ci_high", "p"]]
    return {
        "claim": claim.id,
        "symptom": symptom,
        "score": score,
        "regions": len(held),
        "wanted": len(claim.features),
        **{("estimate" if k == "beta" else str(k)): v for k, v in numbers.items()},
    }
