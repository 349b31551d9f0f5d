"""From a sample to findings: every table of the book."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import stats
from transdx.annotations import Annotation, load_annotations
from transdx.atlas import is_connection
from transdx.errors import InputError
from transdx.findings import claims, connectivity, describe, patterns
from transdx.findings.specificity import specificity
from transdx.modalities import STRUCTURE, features
from transdx.progress import Progress, silent
from transdx.results.disclosure import protect
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.results.store import Findings
from transdx.sample import Sample
from transdx.study import load_study

if TYPE_CHECKING:
    from transdx.run import Run

__all__ = ["analyse", "check_sizes", "flow_table"]

#: Spins that measuring how well spins do is worth.
SPINS = 500

Spins = NDArray[np.intp]


def analyse(
    sample: Sample,
    *,
    run: Run,
    truth: Path | None = None,
    progress: Progress = silent,
) -> Findings:
    """Compute the findings of a run.

    Parameters
    ----------
    sample : Sample
        The people analysed.
    run : Run
        Draws and seed.
    truth : pathlib.Path, optional
        Planted effects of a simulated export.
    progress : callable, optional
        Called as ``progress(stage, done, total)``; 0 of 0 where nothing is counted.

    Returns
    -------
    Findings
        Protected tables of aggregates.
    """
    progress("associating features with scores", 0, 0)
    found = _estimates(sample, run, progress)
    spins = stats.spins(run.permutations, seed=run.seed)
    annotations = load_annotations()
    progress("describing the sample", 0, 0)
    tables = _about_people(sample)
    associations = found.table()
    tables["associations"] = associations
    if sample.connections is not None:
        tables["connections"] = sample.connections
        tables["networks"] = connectivity.of_networks(found)
    if truth is not None and truth.is_file():
        tables["truth"] = _truth(truth, found.beta.index)
    if sample.scores.shape[1] > 1:
        progress("comparing the scores", 0, 0)
        tables |= _between_scores(found, associations, annotations, spins, run)
    if (sample.scores.min() == 0).all():
        wanted = [label for label in found.beta.index if label in describe.globals_of(sample)]
        tables["impact"] = stats.impact(sample.features[wanted], sample.scores, sample.covariates)
    progress("judging the claims", 0, 0)
    tables["claims"] = _claims(found, tables, annotations, spins)
    return Findings(run.world, protect(tables, world=run.world), {})


def check_sizes(run: Run) -> None:
    """Check the draws of a run before anything is read or simulated.

    Parameters
    ----------
    run : Run
        Its features are taken to be the regions of its study alone: what an export holds besides
        is known later, and checked by `transdx.stats.associate`.

    Raises
    ------
    InputError
        See `transdx.stats.check_draws`.
    """
    study = load_study(run.world, run.data)
    regions = [len(features(name)) for name in study.modalities if name in STRUCTURE]
    stats.check_draws(
        features=sum(regions),
        scores=len(study.scores),
        permutations=run.permutations,
        bootstraps=run.bootstraps,
    )


def _estimates(sample: Sample, run: Run, progress: Progress) -> stats.Estimates:
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
        "score_distribution": describe.score_distribution(sample),
        "score_correlations": describe.score_correlations(sample),
        "quality": sample.quality,
        "validation": describe.validation(sample),
        "power": _power(sample),
        "globals": describe.global_features(sample),
        "study": describe.rules(sample.study),
    }


def _between_scores(
    found: stats.Estimates,
    associations: pd.DataFrame,
    annotations: list[Annotation],
    spins: Spins,
    run: Run,
) -> dict[str, pd.DataFrame]:
    """Find what is shared and what is specific, and which annotations it follows."""
    contrasts = stats.contrast(found, features=list(found.beta.index))
    specific = specificity(associations, contrasts)
    scores = [str(score) for score in found.beta]
    enriched, differences = stats.enrich(found, annotations, spins=spins)
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
        "spin_validity": pd.concat([stats.spin_validity(seed=run.seed), connected]),
    }


def _claims(
    found: stats.Estimates,
    tables: Mapping[str, pd.DataFrame],
    annotations: list[Annotation],
    spins: Spins,
) -> pd.DataFrame:
    nothing = pd.DataFrame(columns=["score"])
    return claims.judge(
        found,
        annotations=annotations,
        spins=spins,
        circuit=tables.get("circuit", nothing),
        impact=tables.get("impact", nothing),
        truth=tables.get("truth"),
    )


def _truth(path: Path, analysed: pd.Index[Any]) -> pd.DataFrame:
    """Read what is planted in what is analysed, regions of connectomes included."""
    planted = pd.read_csv(path)
    columns = ["modality", "feature", "score", "planted"]
    if not set(columns) <= set(planted):
        raise InputError(
            f"{path.name}: expected the columns {', '.join(columns)}, got "
            f"{', '.join(map(str, planted.columns))}; simulate the cohort again, or take it away"
        )
    inside = pd.MultiIndex.from_frame(planted[["modality", "feature"]]).isin(analysed)
    regional = connectivity.planted_in_regions(planted, analysed)
    return pd.concat([planted[inside], regional], ignore_index=True)


def flow_table(sample: Sample) -> pd.DataFrame:
    """Give the participant flow as a table.

    Parameters
    ----------
    sample : Sample
        The people analysed.

    Returns
    -------
    pandas.DataFrame
        Columns step, label, excluded, remaining.
    """
    return pd.DataFrame([asdict(step) for step in sample.flow])


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
