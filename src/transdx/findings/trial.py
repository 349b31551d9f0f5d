"""A trial: what a simulated cohort says to the claims, in a fraction of the time of a run."""

from __future__ import annotations

import pandas as pd

from transdx import stats
from transdx.annotations import load_annotations
from transdx.atlas import is_connection
from transdx.findings import patterns
from transdx.findings.adjustments import judged
from transdx.findings.analyse import estimate, flow_table, planted_in
from transdx.findings.describe import globals_of
from transdx.findings.families import correct_associations, correct_contrasts
from transdx.findings.specificity import specificity
from transdx.progress import Progress, silent
from transdx.results.disclosure import protect
from transdx.results.store import Findings
from transdx.run import Run
from transdx.sample import Sample

__all__ = ["try_out"]

#: Whose annotations a claim is held against.
_ANNOTATED = "functional_connectivity"


def try_out(
    sample: Sample, *, run: Run, truth: pd.DataFrame | None, progress: Progress = silent
) -> Findings:
    """Judge the claims, and compute of the other tables of a run what they rest on.

    Rows are those of `transdx.findings.analyse.analyse` to the last bit. Of single connections,
    whose tests are corrected among themselves, none is told.
    """
    progress("associating features with scores", 0, 0)
    found = estimate(sample, run, progress)
    spins, families = stats.spins(run.permutations, seed=run.seed), sample.study.families
    annotations = load_annotations()
    progress("comparing the scores", 0, 0)
    associations = _regional(correct_associations(found, families))
    told = [label for label in found.beta.index if not is_connection(label[1])]
    contrasts = correct_contrasts(stats.contrast(found, features=told), families)
    specific = specificity(associations, contrasts)
    wholes = [label for label in told if label in set(globals_of(sample))]
    held = {
        "circuit": patterns.circuit(
            specific, scores=[str(one) for one in sample.scores], spins=spins
        ),
        "impact": stats.impact(sample.features[wholes], sample.scores, sample.covariates),
    }
    if truth is not None:
        held["truth"] = planted_in(truth, found.beta.index)
    # Of its p values one is asked for, which needs no spins.
    enriched, _ = stats.enrich(found, annotations, spins=spins[:1], modalities=[_ANNOTATED])
    held["enrichment"] = enriched
    held |= judged(
        found, held, sample, run=run, annotations=annotations, spins=spins, progress=progress
    )
    del held["enrichment"]
    tables = {"flow": flow_table(sample), "associations": associations, **held}
    if truth is not None:
        tables["truth"] = _regional(held["truth"])
    safe = protect(tables, world=run.world, minimum=sample.study.smallest_group)
    return Findings(run.world, safe, {})


def _regional(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out single connections."""
    return table[~table["feature"].map(is_connection)].reset_index(drop=True)
