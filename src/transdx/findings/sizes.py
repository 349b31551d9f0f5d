"""How many people an effect takes, and what is reported where there are fewer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transdx import stats
from transdx.atlas import is_connection
from transdx.findings.claims import Claim, load_claims
from transdx.modalities import MODALITIES, STRUCTURE
from transdx.naming import label
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.sample import Sample
from transdx.stats import exaggeration as small

__all__ = ["detection", "needed", "small_studies"]

#: People that curves are drawn for, besides those who are here.
PEOPLE = [round(float(n), -1) for n in np.geomspace(100, 50_000, 45)]
#: People in studies of the usual sizes, and in some that are larger.
STUDIES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 25_000)
#: Studies drawn of each size.
DRAWS = 20_000


def needed(sample: Sample, wholes: pd.DataFrame) -> pd.DataFrame:
    """Count the people it takes to find effects of some sizes four times of five.

    Of the measure that the published effect is of, covariates explain a part (its row in `wholes`),
    so that its effects take more.
    """
    k = stats.estimable(sample.covariates).shape[1]
    claim = _printed()
    sizes = (sample.study.smallest_effect, abs(_published()), 2 * abs(_published()))
    families = [(words, tests, 0.0) for words, tests in _families(sample)]
    (feature,) = claim.features
    own = wholes[(wholes["modality"] == claim.modality) & (wholes["feature"] == feature)]
    for row in own.to_dict("records"):
        words = f"one test, of {label(feature, modality=claim.modality)}"
        families.insert(1, (words, 1, float(row["explained"])))
    rows = [
        (words, tests, ALPHA / tests, explained, beta, n)
        for words, tests, explained in families
        for beta in sizes
        for n in [stats.smallest_n(beta, covariates=k, alpha=ALPHA / tests, explained=explained)]
    ]
    return pd.DataFrame(rows, columns=TABLES["needed"].names)


def detection(sample: Sample) -> pd.DataFrame:
    """Say how often an effect of the published size is found, by people and tests."""
    k = stats.estimable(sample.covariates).shape[1]
    beta = abs(_published())
    rows = [
        (
            words,
            tests,
            ALPHA / tests,
            n,
            stats.power_of(beta, n=n, covariates=k, alpha=ALPHA / tests),
        )
        for words, tests in _families(sample)
        for n in sorted({*map(int, PEOPLE), len(sample)})
    ]
    return pd.DataFrame(rows, columns=TABLES["detection"].names)


def small_studies(sample: Sample, *, seed: int) -> pd.DataFrame:
    """Say what significant studies of some sizes report of the published effect: both ways.

    By formula, and among studies that are drawn; see `transdx.stats.exaggeration`.
    """
    k = stats.estimable(sample.covariates).shape[1]
    beta = _published()
    rows = []
    for n in STUDIES:
        found, p = small.draw_estimates(beta, n=n, covariates=k, draws=DRAWS, seed=seed)
        by_formula = small.exaggeration(beta, n=n, covariates=k)
        both = zip(by_formula, small.reported(found, p, beta=beta), strict=True)
        rows.append((n, beta, *(value for pair in both for value in pair)))
    return pd.DataFrame(rows, columns=TABLES["small_studies"].names)


def _printed() -> Claim:
    """Give the claim whose effect the authors print."""
    (claim,) = (claim for claim in load_claims() if claim.test == "size")
    return claim


def _published() -> float:
    return _printed().published["published_beta"]


def _families(sample: Sample) -> Iterator[tuple[str, int]]:
    """Count what is tested together: nothing else, the regions of a modality, its connections."""
    yield "one test", 1
    names = sample.features.columns.to_frame(index=False).query("feature != 'total'")
    connections = names["feature"].map(is_connection)
    regions = names[~connections & names["modality"].isin(STRUCTURE)]
    alike: dict[int, list[str]] = {}
    for modality, own in regions.groupby("modality", sort=False):
        alike.setdefault(len(own), []).append(MODALITIES[str(modality)].label)
    for tests, labels in sorted(alike.items()):
        yield f"regions: {' or '.join(labels)}", tests
    if connections.any():
        yield (
            "connections of one kind",
            int(names.loc[connections, "modality"].value_counts().max()),
        )
