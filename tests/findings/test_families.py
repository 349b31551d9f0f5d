"""Which tests are corrected together: counted by hand, and by how often it errs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from transdx import associate
from transdx.findings.families import (
    correct_annotations,
    correct_associations,
    correct_contrasts,
)
from transdx.findings.specificity import specificity
from transdx.results.summaries import specific
from transdx.stats import stack
from transdx.study import load_study

SCORES = ("insomnia", "depression", "anxiety")
FAMILIES = load_study("ukb").families


@pytest.fixture(scope="module")
def found():
    """Three modalities: two regions and their total each, and a measure that is alone."""
    rng = np.random.default_rng(4)
    labels = [
        (modality, feature)
        for modality in ("surface_area", "thickness")
        for feature in ("left_insula", "right_insula", "total")
    ]
    labels += [("amygdala_reactivity", "amygdala")]
    labels += [("functional_connectivity", "left_insula--right_insula")]
    x = pd.DataFrame(rng.normal(size=(120, len(labels))), columns=pd.MultiIndex.from_tuples(labels))
    y = pd.DataFrame(rng.normal(size=(120, 3)), columns=list(SCORES)) - 0.15 * x.to_numpy()[:, [2]]
    parts = [x.iloc[:, :6], x.iloc[:, 6:]]
    nothing = pd.DataFrame(index=x.index)
    return stack(*(associate(part, y, nothing, permutations=199, bootstraps=20) for part in parts))


def test_global_measures_are_one_family_and_were_none(found):
    table = correct_associations(found, FAMILIES)
    wholes = table[table["feature"].isin(["total", "amygdala"])]
    assert len(wholes) == 9
    np.testing.assert_allclose(wholes["p_fdr"], multipletests(wholes["p"], method="fdr_bh")[1])
    # What the study does is no correction at all.
    np.testing.assert_array_equal(wholes["p_fdr_study"], wholes["p"])
    # Totals differ from the sum of their regions in nothing but their family.
    rest = table.drop(wholes.index)
    np.testing.assert_array_equal(rest["p_fdr"], rest["p_fdr_study"])


def test_largest_permuted_value_of_a_global_measure_is_that_of_all_of_them(found):
    table = correct_associations(found, FAMILIES)
    rows = np.flatnonzero(table["feature"].isin(["total", "amygdala"]))
    null = found.null.astype(float).reshape(-1, 199)
    sd = null.std(axis=1, ddof=1)[:, None]
    largest = np.abs(null / sd)[rows].max(axis=0)
    observed = np.abs(found.beta.to_numpy().ravel() / sd[:, 0])[rows]
    by_hand = (1 + (largest >= observed[:, None] * (1 - 1e-6)).sum(axis=1)) / 200
    np.testing.assert_allclose(table["p_familywise"].iloc[rows], by_hand)
    before = found.table()
    assert (table["p_familywise"].iloc[rows] >= before["p_familywise"].iloc[rows]).all()
    others = np.delete(np.arange(len(table)), rows)
    pd.testing.assert_series_equal(
        table["p_familywise"].iloc[others], before["p_familywise"].iloc[others]
    )


def test_another_study_file_declares_other_families(found):
    narrow = replace(FAMILIES, globals=("modality", "score"), regions=())
    table = correct_associations(found, narrow)
    wholes = table["feature"].isin(["total", "amygdala"])
    np.testing.assert_array_equal(table.loc[wholes, "p_fdr"], table.loc[wholes, "p"])
    regions = table[table["feature"].isin(["left_insula", "right_insula"])]
    np.testing.assert_allclose(regions["p_fdr"], multipletests(regions["p"], method="fdr_bh")[1])


def _shared_alike(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sixty regions that go with three scores alike, and the differences between these."""
    z = -6 + rng.normal(size=(60, 3))
    regions = [f"left_region{place}" for place in range(60)]
    rows = [
        ("thickness", region, score, 0.007 * value, 2 * stats.norm.sf(abs(value)))
        for region, values in zip(regions, z, strict=True)
        for score, value in zip(SCORES, values, strict=True)
    ]
    associations = pd.DataFrame(rows, columns=["modality", "feature", "score", "beta", "p"])
    associations["p_fdr"] = associations.groupby("score")["p"].transform(
        stats.false_discovery_control
    )
    gaps = [
        (
            "thickness",
            region,
            one,
            other,
            2 * stats.norm.sf(abs(z[at, a] - z[at, b]) / 2**0.5),
        )
        for at, region in enumerate(regions)
        for (a, one), (b, other) in combinations(enumerate(SCORES), 2)
    ]
    contrasts = pd.DataFrame(gaps, columns=["modality", "feature", "score_a", "score_b", "p"])
    contrasts["p_fdr"] = contrasts.groupby("feature")["p"].transform(stats.false_discovery_control)
    return associations, contrasts.assign(difference=0.0, ci_low=0.0, ci_high=0.0)


def test_what_all_scores_share_alike_is_seldom_called_specific_to_one():
    rng = np.random.default_rng(60)
    narrow, wide = [], []
    for _ in range(80):
        associations, contrasts = _shared_alike(rng)
        narrow.append((specificity(associations, contrasts)["specific"] != "").any())
        table = correct_contrasts(contrasts, FAMILIES)
        np.testing.assert_allclose(table["p_fdr"], stats.false_discovery_control(contrasts["p"]))
        pd.testing.assert_series_equal(table["p_fdr_study"], contrasts["p_fdr"], check_names=False)
        wide.append((specificity(associations, table)["specific"] != "").any())
    # Over the pairs of each region alone, a third of all data sets holds a false one.
    assert np.mean(narrow) > 0.2
    assert np.mean(wide) <= 0.025


def test_differences_of_global_measures_regions_and_connections_are_families_of_their_own():
    rng = np.random.default_rng(8)
    features = [("thickness", "total"), ("surface_area", "total"), ("thickness", "left_insula")]
    features += [("thickness", "right_insula"), ("surface_area", "left_insula")]
    features += [("functional_connectivity", "left_insula--right_insula")]
    rows = [(*f, *pair, rng.uniform()) for f in features for pair in combinations(SCORES, 2)]
    table = pd.DataFrame(rows, columns=["modality", "feature", "score_a", "score_b", "p"])
    table = table.assign(difference=0.0, ci_low=0.0, ci_high=0.0, p_fdr=1.0)
    p = correct_contrasts(table, FAMILIES)["p_fdr"].to_numpy().reshape(-1, 3)
    given = table["p"].to_numpy().reshape(-1, 3)
    for together in ([0, 1], [2, 3], [4], [5]):
        expected = stats.false_discovery_control(given[together].ravel())
        np.testing.assert_allclose(p[together].ravel(), expected)


def test_annotations_are_corrected_over_those_of_a_modality_unless_declared_otherwise():
    rng = np.random.default_rng(9)
    rows = [(m, a, s) for m in ("thickness", "surface_area") for a in "xyz" for s in SCORES]
    table = pd.DataFrame(rows, columns=["modality", "annotation", "score"])
    for name in ("p", "p_spin", "p_centred"):
        table[name] = rng.uniform(size=len(table))
        table[f"{name}_fdr"] = np.nan
    for columns in (["modality"], ["modality", "score"]):
        fixed = correct_annotations(table, replace(FAMILIES, annotations=tuple(columns)))
        for name in ("p", "p_spin", "p_centred"):
            expected = table.groupby(columns)[name].transform(stats.false_discovery_control)
            np.testing.assert_allclose(fixed[f"{name}_fdr"], expected)


def test_specific_findings_against_the_claims_are_named():
    rows = [
        ("thickness", "left_insula", "depression", -0.04),
        ("thickness", "left_cuneus", "depression", 0.03),
        ("thickness", "right_cuneus", "depression", 0.05),
        ("surface_area", "left_cuneus", "depression", 0.02),
        ("subcortical_volume", "left_amygdala", "anxiety", -0.02),
    ]
    table = pd.DataFrame(rows, columns=["modality", "feature", "specific", "beta"]).assign(
        kind="region", compared="+".join(SCORES), associated="depression", direction=""
    )
    said = specific(table)
    assert said["specific.depression.opposite"] == (
        "3 of 4 (thickness 2 (thicker: right cuneus and left cuneus); "
        "surface area 1 (larger: left cuneus))"
    )
    assert said["specific.anxiety.opposite"] == "none"
    assert said["specific.insomnia.opposite"] == "none, as nothing is specific"
