"""Every claim again, with what may confound it held constant too."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import stats
from transdx.annotations import Annotation
from transdx.errors import InputError
from transdx.findings.claims import Asked, asked_of, decide, judge
from transdx.findings.criteria import Around
from transdx.progress import Progress, silent
from transdx.results.schema import TABLES
from transdx.results.select import held_under
from transdx.sample import Sample
from transdx.stats.permutation import Scheme
from transdx.study import STUDY, Adjustment

if TYPE_CHECKING:
    from transdx.run import Run

__all__ = ["NULL", "hold", "judged", "under_adjustments"]

#: What is permuted for the tests of the ledger. Permuted scores, as in the study, reject too seldom
#: where covariates go with them.
NULL: Scheme = "freedman-lane"


def judged(
    found: stats.Estimates,
    tables: Mapping[str, pd.DataFrame],
    sample: Sample,
    *,
    run: Run,
    annotations: list[Annotation],
    spins: NDArray[np.intp],
    progress: Progress = silent,
) -> dict[str, pd.DataFrame]:
    """Judge the claims, hold them against their adjustments: the tables that come of it."""
    progress("judging the claims", 0, 0)
    claims, tests = judge(
        found,
        tables,
        annotations=annotations,
        spins=spins,
        smallest=sample.study.smallest_effect,
        null=_null(found, sample, annotations, run),
    )
    progress("adjusting the claims", 0, 0)
    adjustments = under_adjustments(
        sample, {**tables, "claims": claims}, run=run, annotations=annotations, spins=spins
    )
    return {
        "claims": hold(claims, adjustments),
        "claim_tests": tests,
        "adjustments": adjustments,
    }


def _null(
    found: stats.Estimates, sample: Sample, annotations: list[Annotation], run: Run
) -> stats.Estimates | None:
    """Draw the means that claims are tested by under a null that holds its level."""
    asked = asked_of(found.beta.index, found.beta.columns, annotations)
    asked = [one for one in asked if len(one.weights)]
    if not asked:
        return None
    # As few resamples as there may be: intervals are those of what was found.
    return _associated(sample, sample.covariates, asked, run, bootstraps=2)[1]


def _associated(
    sample: Sample, covariates: pd.DataFrame, asked: list[Asked], run: Run, *, bootstraps: int
) -> tuple[pd.DataFrame, stats.Estimates]:
    """Associate what claims are about, and the means that test them, in those with covariates."""
    weights = pd.concat([one.means() for one in asked]).fillna(0)
    who = covariates.index
    return stats.associate_means(
        sample.features.loc[who, list(weights)],
        sample.scores.loc[who],
        covariates,
        weights,
        null=NULL,
        permutations=run.permutations,
        bootstraps=bootstraps,
        seed=run.seed,
    )


def under_adjustments(
    sample: Sample,
    tables: Mapping[str, pd.DataFrame],
    *,
    run: Run,
    annotations: list[Annotation],
    spins: NDArray[np.intp],
) -> pd.DataFrame:
    """Judge the claims under the adjustments of the study: the table of them.

    Its first rows are the claims as they were judged, with the covariates of the study. Those of
    an adjustment are of the people who have all of its nuisances. C8 counts findings in the whole
    brain, of which no adjustment makes others, and is not among them. The tables claims,
    enrichment (for the annotations that C7 is corrected with) and impact are used.
    """
    asked = asked_of(list(sample.features), map(str, sample.scores), annotations)
    asked = [one for one in asked if len(one.weights)]
    parts = [_rows(tables["claims"], asked, None)] if sample.study.adjustments else []
    for adjustment in sample.study.adjustments:
        people = _people_of(sample, adjustment)
        if len(people):
            claims = _judged(sample, people, asked, tables, run, spins)
            parts.append(_rows(claims, asked, adjustment))
    return pd.concat(parts, ignore_index=True) if parts else _none()


def hold(claims: pd.DataFrame, adjustments: pd.DataFrame) -> pd.DataFrame:
    """Hold the claims against their adjustments: their verdicts, and with which these fall."""
    rows = []
    for row in claims.to_dict("records"):
        own = (adjustments["claim"] == row["claim"]) & (adjustments["score"] == row["score"])
        verdict, falls = held_under(row["verdict"], adjustments[own])
        rows.append({**row, "verdict": verdict, "falls_with": "+".join(falls)})
    return pd.DataFrame(rows, columns=claims.columns)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=TABLES["adjustments"].names)


def _people_of(sample: Sample, adjustment: Adjustment) -> pd.DataFrame:
    """Give the nuisances of an adjustment of those who have them all; nobody's where one lacks."""
    there = sample.nuisances.reindex(columns=list(adjustment.nuisances)).dropna()
    least = sample.covariates.shape[1] + len(adjustment.nuisances) + 3
    if len(there) >= least:
        return there
    labels = {one.name: one.label for one in sample.study.nuisances}
    told = (
        f"adjustment '{adjustment.name}': expected {least} people or more who have all of "
        f"{', '.join(labels[name] for name in adjustment.nuisances)}, got {len(there)}"
    )
    if adjustment.required:
        raise InputError(f"{told}; fill these columns, or say in a study file `required = false`")
    logging.getLogger(__name__).warning("%s; it is left out.", told)
    return there.iloc[:0]


def _judged(
    sample: Sample,
    nuisances: pd.DataFrame,
    asked: list[Asked],
    tables: Mapping[str, pd.DataFrame],
    run: Run,
    spins: NDArray[np.intp],
) -> pd.DataFrame:
    """Judge the claims in some people, with their nuisances held constant beside the covariates."""
    who = nuisances.index
    covariates = sample.covariates.loc[who].join(nuisances)
    beta, means = _associated(sample, covariates, asked, run, bootstraps=run.bootstraps)
    found = {label: stats.pick(means, label) for label in means.beta.index}
    known = {name: tables[name] for name in ("enrichment",) if name in tables}
    sized = next((one for one in asked if one.claim.test == "size"), None)
    if "impact" in tables and sized is not None:
        known["impact"] = stats.impact(
            sample.features.loc[who, list(sized.weights.index)],
            sample.scores.loc[who, list(sized.claim.scores)],
            covariates,
        )
    around = Around(found, beta, known, spins, sample.study.smallest_effect)
    return decide(asked, around)[0]


def _rows(claims: pd.DataFrame, asked: list[Asked], adjustment: Adjustment | None) -> pd.DataFrame:
    """Give the rows of an adjustment; None stands for the covariates of the study alone."""
    about = {one.claim.id: one.claim.modality for one in asked}
    rows = claims[claims["claim"].isin(about)]
    required = [
        adjustment is None or adjustment.required_of(about[claim]) for claim in rows["claim"]
    ]
    words = ["yes" if one else "no" for one in required]
    name = adjustment.name if adjustment else STUDY
    return rows.assign(adjustment=name, required=words)[TABLES["adjustments"].names]
