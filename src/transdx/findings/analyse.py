"""From a sample to findings: every table of the book, and the numbers its sentences cite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transdx import stats
from transdx.disclosure import protect
from transdx.findings import describe
from transdx.findings.numbers import cite_tables
from transdx.findings.run import Run
from transdx.findings.store import Findings
from transdx.sample import Sample

__all__ = ["analyse", "flow_table"]

ALPHA = 0.05


def analyse(
    sample: Sample,
    *,
    run: Run,
    truth: Path | None = None,
    progress: Callable[[str], None] = lambda stage: None,
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
        Told the name of each stage as it begins.

    Returns
    -------
    Findings
        Protected tables of aggregates.
    """
    progress("associating features with scores")
    associations = stats.associate(
        sample.features,
        sample.scores,
        sample.covariates,
        permutations=run.permutations,
        bootstraps=run.bootstraps,
        seed=run.seed,
    )
    progress("describing the sample")
    tables = {
        "associations": associations.table(),
        "flow": flow_table(sample),
        "demographics": describe.demographics(sample),
        "score_distribution": describe.score_distribution(sample),
        "score_correlations": describe.score_correlations(sample),
        "quality": sample.quality,
        "validation": describe.validation(sample),
        "power": _power(sample),
    }
    globals_ = [(modality, "total") for modality in sample.study.modalities]
    if sample.scores.shape[1] > 1:
        tables["contrasts"] = stats.contrast(associations, features=globals_)
    if (sample.scores.min() == 0).all():
        tables["impact"] = stats.impact(sample.features[globals_], sample.scores, sample.covariates)
    if truth is not None and truth.is_file():
        tables["truth"] = pd.read_csv(truth)
    tables = protect(tables, world=run.world)
    numbers = cite_tables(tables) | _run_numbers(sample, run) | _recovery(tables)
    return Findings(run.world, tables, numbers, {})


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
    k = sample.covariates.shape[1]
    tests = sample.features.shape[1] - len(sample.study.modalities)
    sizes = sorted({len(sample), 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000})
    levels = {"one test": ALPHA, f"{tests} regions (Bonferroni)": ALPHA / tests}
    rows = [
        (n, alpha, label, stats.smallest_beta(n=n, covariates=k, alpha=alpha))
        for n in sizes
        for label, alpha in levels.items()
    ]
    return pd.DataFrame(rows, columns=["n", "alpha", "label", "smallest_beta"])


def _run_numbers(sample: Sample, run: Run) -> dict[str, Any]:
    numbers: dict[str, Any] = {f"run.{name}": value for name, value in asdict(run).items()}
    numbers["run.data"] = Path(run.data).name
    numbers["run.name"] = run.name
    numbers["model.covariates"] = sample.covariates.shape[1]
    numbers["model.smallest_p"] = 1 / (run.permutations + 1)
    numbers["global.r2"] = _explained(sample)
    for modality in sample.study.modalities:
        total = sample.features[(modality, "total")]
        numbers[f"{modality}.total.mean"], numbers[f"{modality}.total.sd"] = (
            float(total.mean()),
            float(total.std()),
        )
    power = _power(sample)
    here = power[power["n"] == len(sample)].sort_values("alpha", ascending=False)
    numbers["power.one"], numbers["power.many"] = here["smallest_beta"].to_list()
    return numbers


def _explained(sample: Sample) -> float:
    """Share of the variance of total area that the covariates explain."""
    total = sample.features[("surface_area", "total")].to_numpy()
    design = np.column_stack([np.ones(len(total)), sample.covariates])
    design = design / np.linalg.norm(design, axis=0)
    fitted = design @ np.linalg.lstsq(design, total, rcond=None)[0]
    return float(fitted.var() / total.var())


def _recovery(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Say how well planted effects were found again."""
    if "truth" not in tables:
        return {}
    both = tables["associations"].merge(tables["truth"], on=["modality", "feature", "score"])
    inside = both["planted"].between(both["ci_low"], both["ci_high"])
    planted = both["planted"] != 0
    return {
        "truth.estimates": len(both),
        "truth.planted": int(planted.sum()),
        "truth.bias": float((both["beta"] - both["planted"]).mean()),
        "truth.coverage": 100 * float(inside.mean()),
        "truth.correlation": float(both["beta"].corr(both["planted"])),
    } | {
        f"truth.{row['modality']}.{row['feature']}.{row['score']}": row["planted"]
        for row in tables["truth"].to_dict("records")
    }
