"""What is shared and what is specific, on tables small enough to read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from transdx import atlas, modalities
from transdx.findings.patterns import circuit, map_correlations
from transdx.findings.specificity import specificity
from transdx.results.select import count_specific
from transdx.results.summaries import specific
from transdx.results.words import names
from transdx.stats import spins

SCORES = ("insomnia", "depression", "anxiety")
CONNECTIVITY = (("structural_connectivity", 0.0), ("functional_connectivity", 1.0))


def tables(*features: tuple[str, str, tuple[float, ...], tuple[float, ...], tuple[float, ...]]):
    """Associations (beta, p_fdr per score) and contrasts (p_fdr per pair) of features."""
    associations, contrasts = [], []
    for modality, feature, betas, levels, gaps in features:
        for score, beta, p in zip(SCORES, betas, levels, strict=True):
            associations.append((modality, feature, score, beta, p))
        for (one, other), p in zip(combinations(SCORES, 2), gaps, strict=True):
            contrasts.append((modality, feature, one, other, p))
    return (
        pd.DataFrame(associations, columns=["modality", "feature", "score", "beta", "p_fdr"]),
        pd.DataFrame(contrasts, columns=["modality", "feature", "score_a", "score_b", "p_fdr"]),
    )


@pytest.fixture
def found():
    return specificity(
        *tables(
            # Pairs are insomnia-depression, insomnia-anxiety, depression-anxiety.
            ("thickness", "left_insula", (0, -0.04, 0), (0.9, 0.01, 0.8), (0.01, 0.9, 0.02)),
            # Significant for depression alone, but no different from anxiety.
            ("thickness", "left_cuneus", (0, -0.03, -0.02), (0.9, 0.04, 0.2), (0.01, 0.5, 0.4)),
            ("surface_area", "total", (-0.03, -0.03, -0.05), (0.01, 0.01, 0.001), (0.9, 0.2, 0.2)),
            ("amygdala_reactivity", "amygdala", (0, 0, -0.03), (1, 1, 0.001), (1, 0.01, 0.01)),
            # Both differ from each other and from the third: the stronger is the one.
            ("thickness", "left_lingual", (-0.03, -0.09, 0), (0.01, 0.01, 0.9), (0.01, 0.01, 0.01)),
            (
                "functional_connectivity",
                "left_insula--right_insula",
                (0.05, 0, 0),
                (0.01, 0.9, 0.9),
                (0.01, 0.01, 0.9),
            ),
            ("subcortical_volume", "left_amygdala", (0, 0, -0.04), (1, 1, 0.001), (1, 0.01, 0.01)),
            # Associated with all three, but not in one direction.
            ("surface_area", "left_cuneus", (-0.04, 0.04, -0.05), (0.01,) * 3, (0.01, 0.9, 0.01)),
        )
    )


def test_specific_survives_and_differs_from_each_other_score(found):
    by_feature = found.set_index(["modality", "feature"])
    assert by_feature["specific"].to_dict() == {
        ("thickness", "left_insula"): "depression",
        ("thickness", "left_cuneus"): "",
        ("surface_area", "total"): "",
        ("amygdala_reactivity", "amygdala"): "anxiety",
        ("thickness", "left_lingual"): "depression",
        ("functional_connectivity", "left_insula--right_insula"): "insomnia",
        ("subcortical_volume", "left_amygdala"): "anxiety",
        ("surface_area", "left_cuneus"): "",
    }
    assert by_feature["associated"].to_list()[:3] == [
        "depression",
        "depression",
        "insomnia+depression+anxiety",
    ]
    assert by_feature["kind"].to_list()[2:6] == ["total", "region", "region", "connection"]
    directions = by_feature["direction"].to_list()
    assert directions == ["weaker"] * 5 + ["stronger", "weaker", "mixed"]
    assert by_feature.loc[("surface_area", "total"), "beta"] == -0.05


def test_findings_are_counted_where_they_could_have_lain_elsewhere(found):
    counts = count_specific(found, list(SCORES))
    # The reactivity of the amygdala is measured in the amygdala alone.
    assert counts[counts > 0].to_dict() == {
        "left_amygdala": 1,
        "left_insula": 1,
        "left_lingual": 1,
    }


def test_circuit_counts_what_lies_inside(found):
    table = circuit(found, scores=list(SCORES), spins=spins(200, seed=1)).set_index("score")
    assert table["findings"].to_dict() == {"insomnia": 0, "depression": 2, "anxiety": 1, "all": 3}
    assert table["inside"].to_dict() == {"insomnia": 0, "depression": 0, "anxiety": 1, "all": 1}
    assert np.isnan(table.loc["insomnia", "p"])
    # One of fourteen subcortical places, of which four are inside.
    assert table.loc["anxiety", "p"] == pytest.approx(4 / 14, abs=0.08)
    assert table.loc["anxiety", "expected"] == pytest.approx(4 / 14, abs=0.08)


def test_numbers_of_sentences_are_counts_and_names(found):
    numbers = specific(found)
    assert numbers["specific.thickness.depression.count"] == 2
    assert numbers["specific.thickness.depression.names"] == "left lingual and left insula"
    assert numbers["specific.surface_area.total.shared.count"] == 1
    assert numbers["specific.surface_area.shared.count"] == 0
    assert numbers["specific.list"].splitlines()[1:3] == [
        "- **Specific to insomnia**: nothing.",
        "- **Specific to depression**: thickness 2 (2 thinner: left lingual and left insula).",
    ]
    assert numbers["specific.depression.regions"] == 2
    assert numbers["specific.thickness.insomnia.names"] == "none"
    assert names(map(str, range(12))) == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more"


def test_maps_are_correlated_over_the_regions_both_have():
    rng = np.random.default_rng(2)
    rows = []
    for modality in ("thickness", "surface_area", "subcortical_volume"):
        for feature in [*modalities.features(modality), "total"]:
            rows += [(modality, feature, score, rng.normal()) for score in SCORES]
    table = pd.DataFrame(rows, columns=["modality", "feature", "score", "beta"])
    found = map_correlations(table, spins=spins(50, seed=1))
    assert found["regions"].to_list() == [68] * 3
    beta = table.set_index(["modality", "feature", "score"])["beta"]
    pair = [
        beta.xs("anxiety", level="score")[modality].reindex(list(atlas.REGIONS)[14:])
        for modality in ("surface_area", "thickness")
    ]
    row = found[found["score"] == "anxiety"].iloc[0]
    assert row["r"] == pytest.approx(np.corrcoef(*pair)[0, 1])


def test_correlations_of_maps_are_corrected_over_the_pairs_of_a_score():
    rng = np.random.default_rng(5)
    shape = pd.Series(rng.normal(size=len(atlas.REGIONS)), index=list(atlas.REGIONS))
    rows = []
    for modality, alike in (("thickness", 1.0), ("surface_area", 0.3), *CONNECTIVITY):
        regions = (
            modalities.features(modality)
            if modality in modalities.STRUCTURE
            else list(atlas.REGIONS)
        )
        for score in SCORES:
            noise = rng.normal(size=len(regions))
            values = alike * shape[regions].to_numpy() + noise
            rows += [(modality, *pair) for pair in zip(regions, [score] * 82, values)]  # noqa: B905
    table = pd.DataFrame(rows, columns=["modality", "feature", "score", "beta"])
    found = map_correlations(table, spins=spins(200, seed=1))
    assert found.groupby("score").size().to_dict() == dict.fromkeys(SCORES, 6)
    for _, pairs in found.groupby("score"):
        np.testing.assert_allclose(pairs["p_fdr"], false_discovery_control(pairs["p_spin"]))
    assert (found["p_fdr"] > found["p_spin"]).any()
