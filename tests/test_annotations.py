"""Annotations: the sets of the package are the top quarters of the fetched maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx import annotations, reference
from transdx.annotations import load_annotations, mixture
from transdx.atlas import REGIONS
from transdx.fields import read_table


@pytest.fixture
def packaged(monkeypatch, tmp_path):
    """No mirror, an empty cache: what a reader without network has."""
    monkeypatch.delenv(reference.MIRROR, raising=False)
    monkeypatch.setenv("TRANSDX_CACHE_DIR", str(tmp_path))
    return {(a.kind, a.name): a for a in load_annotations()}


@pytest.fixture
def published(fetched):
    """The published maps."""
    fetched(*(file for file in reference.registry() if file.startswith("hansen2022/")))
    return {(a.kind, a.name): a for a in load_annotations()}


def test_without_network_the_sets_of_the_package_are_used(packaged):
    assert {a.form for a in packaged.values()} == {"set"}
    d1 = packaged["receptor", "D1"].weights
    assert d1[d1 > 0].tolist() == pytest.approx([1 / 17] * 17)
    assert d1["left_insula"] > 0
    assert d1["left_thalamus"] == 0


def test_sets_are_the_top_quarter_of_the_published_maps(published, packaged_sets):
    assert {a.form for a in published.values() if a.kind != "network"} == {"continuous"}
    for (kind, name), regions in packaged_sets.items():
        if kind == "network":
            continue
        weights = published[kind, name].weights
        inside = weights.iloc[14:] if kind == "receptor" else weights
        top = set(inside[inside > np.quantile(inside, 0.75)].index)
        # Quantiles have several definitions, so a region at the edge may be in or out.
        assert len(top ^ regions) <= 2, (kind, name, top ^ regions)


@pytest.fixture
def packaged_sets():
    table = read_table("region_sets.csv")
    return {key: set(rows["region"]) for key, rows in table.groupby(["kind", "name"])}


def test_continuous_maps_keep_the_order_of_the_published_values(published):
    densities = np.loadtxt(reference.fetch("hansen2022/receptor_data_scale033.csv"), delimiter=",")
    names = list(np.load(reference.fetch("hansen2022/receptor_names_pet.npy")))
    # The first row of the table is the right lateral orbitofrontal region.
    ours = published["receptor", "D1"].weights
    theirs = densities[:, names.index("D1")]
    lowest, rank = theirs.min(), (theirs < theirs[0]).sum()
    assert (ours.iloc[14:] < ours["right_lateralorbitofrontal"]).sum() == rank
    expected = (theirs[0] - lowest) / (theirs - lowest).sum()
    assert ours["right_lateralorbitofrontal"] == pytest.approx(expected)
    assert published["receptor", "D1"].licence == "CC-BY-NC-SA-4.0"
    assert "VAChT" not in published["receptor", "VAChT"].note
    assert "wrong weights" in published["receptor", "VAChT"].note


def test_domain_is_the_mean_of_its_terms(published):
    path = reference.fetch("hansen2022/ns_scale033.csv")
    terms = pd.read_csv(path, index_col=0)
    named = "reward_anticipation reinforcement_learning utility valence anticipation risk"
    mean = terms[named.split()].mean(axis=1)
    # Other than brainstem, which is no region here.
    expected = (mean["lh_accumbensarea"] - mean.min()) / (
        mean.drop("lh_brainstem") - mean.min()
    ).sum()
    assert published["domain", "reward"].weights["left_accumbens"] == pytest.approx(expected)


def test_mixture_is_the_mean_of_its_parts(packaged):
    mixed = mixture([packaged["receptor", name] for name in ("D1", "H3")])
    assert mixed.name == "D1+H3"
    assert mixed.weights.sum() == pytest.approx(1)
    assert mixed.weights["left_lingual"] == pytest.approx(0.5 / 17)
    assert mixed.weights["left_insula"] == pytest.approx(1 / 17)


def test_every_weight_belongs_to_a_region(packaged):
    for one in packaged.values():
        assert list(one.weights.index) == list(REGIONS)
        assert (one.weights >= 0).all()
    assert annotations.annotation_form() == "set"


def test_findings_are_computed_again_when_maps_have_come(monkeypatch, tmp_path):
    from transdx.findings.run import depends_on
    from transdx.run import plan

    run = plan(world="open")
    monkeypatch.setattr(annotations, "annotation_form", lambda: "set")
    before = depends_on(run)
    monkeypatch.setattr(annotations, "annotation_form", lambda: "continuous")
    after = depends_on(run)
    assert {name for name in after if after[name] != before[name]} == {"receptor maps"}
