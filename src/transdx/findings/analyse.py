"""From a sample to findings: every table of the book."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import stats
from transdx.annotations import Annotation, load_annotations
from transdx.atlas import is_connection
from transdx.errors import InputError
from transdx.findings import connectivity, describe, patterns, sizes
from transdx.findings.adjustments import judged
from transdx.findings.evidence import evidence
from transdx.findings.families import (
    correct_annotations,
    correct_associations,
    correct_contrasts,
)
from transdx.findings.measurement import at_equal_reliability
from transdx.findings.reliability import relatives, reliability, score_reliability
from transdx.findings.robustness import replicated
from transdx.findings.specifications import specification_tables
from transdx.findings.specificity import specificity
from transdx.modalities import STRUCTURE, features
from transdx.progress import Progress, silent
from transdx.results.disclosure import protect
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.results.store import Findings
from transdx.sample import Sample
from transdx.stats.inference import shares_inside
from transdx.study import Families, load_study

if TYPE_CHECKING:
    from transdx.run import Run

__all__ = ["analyse", "check_sizes", "estimate", "flow_table", "planted_in", "read_truth"]

#: Spins that measuring how well spins do is worth.
SPINS = 500

Spins = NDArray[np.intp]


def analyse(
    sample: Sample,
    *,
    run: Run,
    truth: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> Findings:
    """Compute the tables of a run, protected; truth is what was planted, see `read_truth`.

    Where nothing was scored, they are about the people alone.
    """
    progress("describing the sample", 0, 0)
    tables = _about_people(sample)
    if sample.study.scores:
        tables |= _about_scores(sample, run, truth, progress)
        tables["needed"] = sizes.needed(sample, tables["globals"])
        tables["detection"] = sizes.detection(sample)
        tables["small_studies"] = sizes.small_studies(sample, seed=run.seed)
        progress("choosing otherwise", 0, 0)
        tables |= specification_tables(sample, permutations=run.permutations, seed=run.seed)
    if sample.study.repeats:
        tables["reliability"] = reliability(sample.cohort)
    if sample.study.family is not None:
        tables["relatives"] = relatives(sample)
    safe = protect(tables, world=run.world, minimum=sample.study.smallest_group)
    return Findings(run.world, safe, {})


def _about_scores(
    sample: Sample, run: Run, truth: pd.DataFrame | None, progress: Progress
) -> dict[str, pd.DataFrame]:
    progress("associating features with scores", 0, 0)
    found = estimate(sample, run, progress)
    spins = stats.spins(run.permutations, seed=run.seed)
    annotations = load_annotations()
    families = sample.study.families
    associations = correct_associations(found, families)
    tables = _of_scores(sample) | {"associations": associations}
    if sample.connections is not None:
        tables["connections"] = sample.connections
        tables["networks"] = connectivity.of_networks(found)
    if truth is not None:
        tables["truth"] = planted_in(truth, found.beta.index)
        tables["coverage"] = _coverage(found)
    if sample.scores.shape[1] > 1:
        progress("comparing the scores", 0, 0)
        tables |= _between_scores(found, associations, annotations, spins, run, families)
    if (sample.scores.min() == 0).all():
        whole = set(describe.globals_of(sample))
        wanted = [label for label in found.beta.index if label in whole]
        tables["impact"] = stats.impact(sample.features[wanted], sample.scores, sample.covariates)
    if any(score.symptoms for score in sample.study.scores):
        tables["evidence"] = evidence(found, sample.study)
    progress("repeating the analysis", 0, 0)
    tables |= replicated(found, associations, sample, run=run)
    tables |= judged(
        found, tables, sample, run=run, annotations=annotations, spins=spins, progress=progress
    )
    tables["equal_reliability"] = at_equal_reliability(
        found, annotations, tables["score_reliability"]
    )
    return tables


def check_sizes(run: Run) -> None:
    """Check the draws of a run before anything is read or simulated.

    Its features are taken to be the regions of its study alone: what an export holds besides is
    known later, and checked by `transdx.stats.associate`.
    """
    study = load_study(run.world, run.data, run.cohort)
    if not study.scores:
        return
    regions = sum(len(features(name)) for name in study.modalities if name in STRUCTURE)
    stats.check_draws((regions, len(study.scores), 0), run.permutations, run.bootstraps)


def estimate(sample: Sample, run: Run, progress: Progress) -> stats.Estimates:
    """Associate everything, and average connections over regions."""
    associations = stats.associate(
        sample.features,
        sample.scores,
        sample.covariates,
        permutations=run.permutations,
        bootstraps=run.bootstraps,
        seed=run.seed,
        # Structural connections have gaps, and are averaged.
        null="aligned",
        progress=progress,
    )
    for note in associations.notes:
        logging.getLogger(__name__).warning(note)
    return stats.stack(associations, *connectivity.of_regions(associations))


def _about_people(sample: Sample) -> dict[str, pd.DataFrame]:
    return {
        "flow": flow_table(sample),
        "demographics": describe.demographics(sample),
        "quality": sample.quality,
        "power": _power(sample),
        "globals": describe.global_features(sample),
        "study": describe.rules(sample.study),
    }


def _of_scores(sample: Sample) -> dict[str, pd.DataFrame]:
    return {
        "score_distribution": describe.score_distribution(sample),
        "score_correlations": describe.score_correlations(sample),
        "score_reliability": score_reliability(sample),
        "nuisances": describe.nuisances(sample),
        "validation": describe.validation(sample),
    }


def _between_scores(
    found: stats.Estimates,
    associations: pd.DataFrame,
    annotations: list[Annotation],
    spins: Spins,
    run: Run,
    families: Families,
) -> dict[str, pd.DataFrame]:
    """Find what is shared and what is specific, and which annotations it follows."""
    contrasts = stats.contrast(found, features=list(found.beta.index))
    contrasts = correct_contrasts(contrasts, families)
    specific = specificity(associations, contrasts)
    scores = [str(score) for score in found.beta]
    enriched, differences = stats.enrich(found, annotations, spins=spins)
    enriched = correct_annotations(enriched, families)
    connected = stats.spin_rate(
        found, annotations, modality="functional_connectivity", spins=spins[:SPINS]
    )
    return {
        "contrasts": contrasts,
        "specificity": specific,
        "enrichment": enriched,
        "enrichment_contrasts": differences,
        "map_correlations": patterns.map_correlations(associations, spins=spins),
        "circuit": patterns.circuit(specific, scores=scores, spins=spins),
        "spin_validity": pd.concat([stats.spin_validity(spins[:SPINS], seed=run.seed), connected]),
    }


def read_truth(path: Path) -> pd.DataFrame | None:
    """Read what was planted in simulated data, if they say so."""
    if not path.is_file():
        return None
    columns = TABLES["truth"].names
    try:
        planted = pd.read_csv(path)
    except ValueError:
        planted = pd.DataFrame()
    if not set(columns) <= set(planted):
        came = ", ".join(map(str, planted.columns)) or "no table"
        raise InputError(
            f"{path.name}: expected the columns {', '.join(columns)}, got {came}; simulate the "
            "cohort again, or take it away"
        )
    return planted


def planted_in(planted: pd.DataFrame, analysed: pd.Index[Any]) -> pd.DataFrame:
    """Take what is planted in what is analysed, regions of connectomes included."""
    inside = pd.MultiIndex.from_frame(planted[["modality", "feature"]]).isin(analysed)
    regional = connectivity.planted_in_regions(planted, analysed)
    return pd.concat([planted[inside], regional], ignore_index=True)


def _coverage(found: stats.Estimates) -> pd.DataFrame:
    """Say what share of intervals would hold the truth in a cohort, were the method exact."""
    if found.null is None:
        return pd.DataFrame(columns=TABLES["coverage"].names)
    ends = 100 * np.quantile(shares_inside(found.null), [0.025, 0.975])
    return pd.DataFrame([("all", *ends)], columns=TABLES["coverage"].names)


def flow_table(sample: Sample) -> pd.DataFrame:
    """Give the participant flow as a table."""
    return pd.DataFrame(sample.flow)


def _power(sample: Sample) -> pd.DataFrame:
    """Smallest detectable effects at this size and at others."""
    k = stats.estimable(sample.covariates).shape[1]
    names = sample.features.columns.get_level_values("feature")
    tests = sum(name != "total" and not is_connection(name) for name in names)
    sizes = sorted({len(sample), 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000})
    levels = {"one test": ALPHA, f"{tests} regions (Bonferroni)": ALPHA / tests}
    rows = [
        (n, alpha, label, stats.smallest_beta(n=n, covariates=k, alpha=alpha))
        for n in sizes
        for label, alpha in levels.items()
    ]
    return pd.DataFrame(rows, columns=TABLES["power"].names)
