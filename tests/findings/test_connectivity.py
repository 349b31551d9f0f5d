"""Means over the connections of regions and of networks, by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.findings.connectivity import of_networks, of_regions, planted_in_regions
from transdx.stats import Estimates, associate, benjamini_hochberg

#: Networks: limbic, limbic, visual, visual, and the amygdala in the subcortex.
REGIONS = ("left_entorhinal", "right_entorhinal", "left_cuneus", "right_cuneus", "left_amygdala")
SC, FC = "structural_connectivity", "functional_connectivity"


@pytest.fixture(scope="module")
def found() -> Estimates:
    """All pairs of five regions, one of them structural only; and a region's own thickness."""
    pairs = ["--".join(sorted(ends, key=atlas.REGIONS.index)) for ends in combinations(REGIONS, 2)]
    labels = [(SC, pair) for pair in pairs] + [(FC, pair) for pair in pairs[:6]]
    labels += [(SC, "total"), ("thickness", "left_cuneus")]
    rng = np.random.default_rng(6)
    x = pd.DataFrame(rng.normal(size=(80, len(labels))), columns=pd.MultiIndex.from_tuples(labels))
    x.iloc[:7, 2] = np.nan
    y = pd.DataFrame(rng.normal(size=(80, 2)), columns=["insomnia", "anxiety"])
    none = pd.DataFrame(index=x.index)
    return associate(x, y, none, permutations=60, bootstraps=60)


def betas(found: Estimates, modality: str) -> pd.DataFrame:
    kept = [label for label in found.beta.index if label[0] == modality and "--" in label[1]]
    return found.beta.loc[kept].droplevel(0)


def test_a_region_has_the_mean_of_its_connections(found: Estimates) -> None:
    structural, functional = of_regions(found)
    for modality, means in ((SC, structural), (FC, functional)):
        whole = betas(found, modality)
        for region in REGIONS:
            own = whole[[region in name.split("--") for name in whole.index]]
            if len(own):
                assert means.beta.loc[(modality, region)].to_numpy() == pytest.approx(own.mean())
            else:
                assert (modality, region) not in means.beta.index
        assert set(means.beta.index.get_level_values(0)) == {modality}
    assert set(structural.beta.index.get_level_values(1)) == set(REGIONS)
    # The smallest of its connections, here one that seven people lack.
    least = found.n.loc[SC].drop("total").groupby(level=0).min()
    lacking = least.idxmin()
    for region in REGIONS:
        assert structural.n[SC, region] == (73 if region in lacking.split("--") else 80)


def test_networks_have_the_mean_of_the_connections_between_them(found: Estimates) -> None:
    table = of_networks(found)
    structural = table[table["modality"] == SC].set_index(["network_a", "network_b", "score"])
    whole = betas(found, SC)

    def within(*names: str) -> list[bool]:
        ends = [sorted(end.split("_")[1] for end in name.split("--")) for name in whole.index]
        return [pair == sorted(names) for pair in ends]

    for pair, names, count in (
        (("visual", "visual"), ("cuneus", "cuneus"), 1),
        (("visual", "limbic"), ("cuneus", "entorhinal"), 4),
        (("limbic", "limbic"), ("entorhinal", "entorhinal"), 1),
        (("visual", "subcortex"), ("cuneus", "amygdala"), 2),
    ):
        for score in ("insomnia", "anxiety"):
            row = structural.loc[(*pair, score)]
            assert row["connections"] == count
            assert row["beta"] == pytest.approx(whole.loc[within(*names), score].mean())
    assert len(structural) == 5 * 2
    for (_, score), rows in table.groupby(["modality", "score"]):
        assert rows["p_fdr"].to_numpy() == pytest.approx(benjamini_hochberg(rows["p"])), score


def test_what_is_planted_in_a_region_is_the_mean_over_its_analysed_connections() -> None:
    one, two = "left_cuneus--right_cuneus", "left_cuneus--left_entorhinal"
    truth = pd.DataFrame(
        [(FC, one, "anxiety", -0.02), (FC, two, "anxiety", -0.06), (FC, "total", "anxiety", 9.0)],
        columns=["modality", "feature", "score", "planted"],
    )
    both = pd.MultiIndex.from_tuples([(FC, one), (FC, two), (FC, "total")])
    found = planted_in_regions(truth, both).set_index("feature")["planted"]
    assert found.to_dict() == pytest.approx(
        {"left_cuneus": -0.04, "right_cuneus": -0.02, "left_entorhinal": -0.06}
    )
    found = planted_in_regions(truth, both[1:]).set_index("feature")["planted"]
    assert found.to_dict() == pytest.approx({"left_cuneus": -0.06, "left_entorhinal": -0.06})
    assert planted_in_regions(truth, both[2:]).empty


def test_without_connections_there_is_nothing(found: Estimates) -> None:
    regional = associate(
        pd.DataFrame({("thickness", "left_cuneus"): np.arange(20.0) % 7}),
        pd.DataFrame({"anxiety": np.arange(20.0) % 3}),
        pd.DataFrame(index=range(20)),
        permutations=5,
        bootstraps=5,
    )
    assert of_regions(regional) == []
    assert of_networks(regional).empty
