"""Made-up aggregate tables, in the shape that findings have."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from transdx import atlas, modalities

SCORES = ("insomnia", "depression", "anxiety")


@pytest.fixture(scope="session")
def associations() -> pd.DataFrame:
    """Associations of all modalities with three scores; the temporal poles are missing."""
    rng = np.random.default_rng(20250412)
    rows = []
    for modality in modalities.STRUCTURE:
        for feature in [*modalities.features(modality), "total"]:
            hemisphere, region = atlas.split(feature)
            if region == "temporalpole":
                continue
            for score in SCORES:
                beta = float(rng.normal(-0.02, 0.01))
                p = float(rng.uniform(1e-12, 0.1))
                rows.append(
                    {
                        "modality": modality,
                        "feature": feature,
                        "region": region,
                        "hemisphere": hemisphere,
                        "score": score,
                        "n": 25_604 - int(rng.integers(0, 5)),
                        "beta": beta,
                        "se": 0.0065,
                        "ci_low": beta - 0.0127,
                        "ci_high": beta + 0.0127,
                        "p": p,
                        "p_fdr": p * 1.3,
                        "p_permutation": max(p, 1 / 5001),
                        "p_familywise": min(1.0, max(p * 30, 1 / 5001)),
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def truth(associations: pd.DataFrame) -> pd.DataFrame:
    """Planted values near the estimates."""
    table = associations[["modality", "feature", "score"]].copy()
    rng = np.random.default_rng(7)
    return table.assign(planted=associations["beta"] + rng.normal(0, 0.006, len(table)))


@pytest.fixture(scope="session")
def contrasts(associations: pd.DataFrame) -> pd.DataFrame:
    """Differences between the scores for the global features."""
    rows = []
    totals = associations[associations["feature"] == "total"]
    for modality, betas in totals.groupby("modality", sort=False):
        by_score = betas.set_index("score")["beta"]
        for place, (one, other) in enumerate(combinations(SCORES, 2)):
            gap = by_score[one] - by_score[other]
            p = (0.0004, 0.03, 0.6)[place]
            rows.append((modality, "total", one, other, gap, gap - 0.01, gap + 0.01, p, p * 1.5, p))
    names = "modality feature score_a score_b difference ci_low ci_high p p_fdr p_fdr_study"
    return pd.DataFrame(rows, columns=names.split())


@pytest.fixture(scope="session")
def impact(associations: pd.DataFrame) -> pd.DataFrame:
    """Odds ratios and rates (shares) for the global features."""
    totals = associations[associations["feature"] == "total"]
    rows = [
        (row.modality, "total", row.score, row.n, 1.1, 1.07, 1.13, 1e-9, 0.4321, 0.3719, 2560, 2560)
        for row in totals.itertuples()
    ]
    names = (
        "modality feature score n odds_ratio ci_low ci_high p rate_bottom rate_top n_bottom n_top"
    )
    return pd.DataFrame(rows, columns=names.split())


@pytest.fixture(scope="session")
def flow() -> pd.DataFrame:
    """Participant flow of four steps."""
    rows = [
        ("source", "In the data", 0, 33_000),
        ("withdrawn", "Withdrew consent", 12, 32_988),
        ("scores", "Missing a symptom score", 1_530, 31_458),
        ("outliers", "Outlier on a regional value", 5_854, 25_604),
    ]
    return pd.DataFrame(rows, columns=["step", "label", "excluded", "remaining"])


@pytest.fixture(scope="session")
def quality() -> pd.DataFrame:
    """Quartiles and fences of two quality fields and of all cortical areas."""
    names = ["T1 warping", "Head motion", *modalities.features("surface_area")]
    rows = []
    for place, name in enumerate(names):
        group = "image quality" if place < 2 else "surface_area"
        rows.append((name, name, group, 2_000, 1.0, 2.0, 3.0, -4.0, 8.0, place, 1, -9.0, 20.0))
    columns = "measure label group n q1 median q3 lower upper below above minimum maximum"
    return pd.DataFrame(rows, columns=columns.split())


@pytest.fixture(scope="session")
def power() -> pd.DataFrame:
    """Two curves of three points."""
    rows = [
        (n, alpha, name, size / np.sqrt(n))
        for n in (100, 226, 10_000)
        for alpha, name, size in ((0.05, "one test", 2.8), (0.05 / 66, "66 tests", 4.2))
    ]
    return pd.DataFrame(rows, columns=["n", "alpha", "label", "smallest_beta"])


@pytest.fixture(scope="session")
def correlations() -> pd.DataFrame:
    """Three pairs of scores."""
    rows = [
        ("insomnia", "depression", 25_604, 0.214, 1e-200, 1e-200),
        ("insomnia", "anxiety", 25_604, 0.176, 1e-150, 1e-150),
        ("depression", "anxiety", 25_604, 0.358, 1e-300, 1e-300),
    ]
    return pd.DataFrame(rows, columns=["score_a", "score_b", "n", "rho", "p", "p_fdr"])


@pytest.fixture(scope="session")
def validation() -> pd.DataFrame:
    """Validity of one score."""
    rows = [
        ("depression", "diagnosis", "sensitivity", 0.471, 0.45, 0.49, 5_123),
        ("depression", "diagnosis", "specificity", 0.823, 0.81, 0.83, 14_123),
        ("depression", "PHQ-9", "spearman", 0.514, 0.50, 0.52, 18_123),
    ]
    names = "score criterion statistic estimate ci_low ci_high n"
    return pd.DataFrame(rows, columns=names.split())


@pytest.fixture(scope="session")
def distribution() -> pd.DataFrame:
    """Distributions of two scores at their own scales."""
    rows = [
        ("insomnia", value, 10 * share, share) for value, share in ((0, 25.0), (1, 60.0), (2, 15.0))
    ]
    rows += [
        ("anxiety", value, 10 * share, share) for value, share in ((0, 60.0), (0.5, 30.5), (3, 9.5))
    ]
    return pd.DataFrame(rows, columns=["score", "value", "count", "percent"])


@pytest.fixture(scope="session")
def connections() -> pd.DataFrame:
    """Group connectomes that fall off with distance; 1,000 connections pass each rule."""
    table = atlas.connections().rename_axis("connection").reset_index()
    near = table["distance"].rank(method="first")
    return table.assign(
        functional_mean=np.where(near <= 1_000, 0.8 - near / 2_001, 0.3 - near / 8_000),
        functional_included=near <= 1_000,
        structural_mean=np.where(near <= 3_000, 10.0 ** (4 - near / 1_000), np.nan),
        structural_prevalence=(1 - (near - 0.5) / 2_500).clip(0),
        structural_included=near <= 1_000,
    )


@pytest.fixture(scope="session")
def connectivity(connections: pd.DataFrame) -> pd.DataFrame:
    """Associations of 1,000 connections, of 82 regional means and of their sum.

    Of functional connectivity and anxiety, 40 connections survive; of structural, none.
    """
    rng = np.random.default_rng(11)
    included = connections.loc[connections["functional_included"], "connection"]
    tables = []
    for modality in modalities.CONNECTIVITY:
        for score in SCORES:
            features = [*included, *atlas.REGIONS, "total"]
            table = pd.DataFrame({"modality": modality, "feature": features, "score": score})
            table["beta"] = rng.normal(0, 0.002, len(table))
            table["p"] = 0.2
            if modality == "functional_connectivity" and score == "anxiety":
                table.loc[:39, "beta"] = -0.03 - 0.0001 * np.arange(40)
                table.loc[:39, "p"] = 1e-6
                table.loc[table["feature"].isin(["left_insula", "left_amygdala"]), "p"] = 1e-4
            tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    sides = [atlas.split(feature) for feature in table["feature"]]
    return table.assign(
        region=[region for _, region in sides],
        hemisphere=[side for side, _ in sides],
        n=25_604,
        se=0.0065,
        ci_low=table["beta"] - 0.0127,
        ci_high=table["beta"] + 0.0127,
        p_fdr=table["p"],
        p_permutation=table["p"].clip(1 / 5001),
        p_familywise=table["p"].clip(1 / 5001),
    )
