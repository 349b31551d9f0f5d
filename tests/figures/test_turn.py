"""Brains that turn: closed surfaces of the right size, and the values of the table."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.figures.brain import deep, mesh, turn
from transdx.writing import decimal


@pytest.mark.parametrize("side", atlas.HEMISPHERES)
def test_structures_are_closed_and_as_large_as_in_the_volume(side: str) -> None:
    volume, keys = deep.labelled()
    made = mesh.subcortex(side)
    corners = made.points[made.triangles]
    parts = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    for name in atlas.SUBCORTEX:
        region = f"{side}_{name}"
        mine = made.places[made.triangles[:, 0]] == atlas.REGIONS.index(region)
        # Of triangles that all face outwards the volume is positive.
        assert parts[mine].sum() == pytest.approx((volume == keys[region]).sum(), rel=0.1)
        edges = np.sort(made.triangles[mine][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        _, times = np.unique(edges, axis=0, return_counts=True)
        assert (times % 2 == 0).all()


@pytest.mark.parametrize("side", atlas.HEMISPHERES)
def test_the_cortex_keeps_the_regions_of_the_atlas(side: str) -> None:
    labels, keys = atlas.surface_labels(side)
    made = mesh.cortex(side)
    for region, key in keys.items():
        mine = made.places == atlas.REGIONS.index(f"{side}_{region}")
        # Only borders were smoothed.
        assert (mine & (labels == key)).sum() > 0.9 * (labels == key).sum()
    assert 0 <= made.leads.min() < made.leads.max() <= 1


def test_values_are_those_of_the_table(associations: pd.DataFrame) -> None:
    made = turn.map_values(associations)
    table = associations.set_index(["modality", "score", "feature"]).sort_index()
    for modality, shown in made["modalities"].items():
        for score, held in shown["scores"].items():
            known = table.loc[modality, score].drop("total")
            assert len(held["regions"]) == len(known)
            for place, beta, strong, words in held["regions"]:
                row = known.loc[atlas.REGIONS[place]]
                assert beta == pytest.approx(row["beta"], abs=1e-6)
                assert strong == (row["p_fdr"] <= 0.05)
                assert words.startswith(f"β = {decimal(row['beta'])} (")
    assert made["modalities"]["subcortical_volume"]["parts"] == ["subcortex"]


def test_scripts_put_one_object_into_a_page_and_stay_small() -> None:
    meshes = turn.brain_script()
    assert len(meshes.encode()) < 1_000_000
    head, _, body = meshes.partition(".brain = ")
    assert head == "(window.transdx = window.transdx || {})"
    assert len(json.loads(body.removesuffix(";\n"))["names"]) == len(atlas.REGIONS)
