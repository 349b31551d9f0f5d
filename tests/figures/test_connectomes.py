"""Matrices and triangles show each value at the place of its pair."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from transdx import atlas, figures
from transdx.errors import InputError
from transdx.figures.canvas import layout, style
from transdx.figures.charts import cells, connectomes
from transdx.study import Connections

NETWORKS = cells.NETWORKS


def _pixels(picture: figures.Picture, theme: str = "light") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(getattr(picture, theme))).convert("RGB")).astype(int)


def _cells(picture: figures.Picture) -> np.ndarray:
    """Read the middle of each of the 82 x 82 cells back from the picture."""
    pixels = _pixels(picture)
    height = len(pixels)
    side = 82 * 7
    bottom, left = round(0.68 * 192), round(1.52 * 192)
    middle = 3 + 7 * np.arange(82)
    return pixels[(height - bottom - side + middle)[:, None], (left + middle)[None]]


@pytest.fixture(scope="module")
def order() -> list[str]:
    return connectomes.matrix_order()[0]


def test_rows_are_ordered_by_hemisphere_and_network(order):
    table = atlas.regions().loc[order]
    assert sorted(order) == sorted(atlas.REGIONS)
    places = [
        (row.hemisphere == "right", NETWORKS.index(row.network)) for row in table.itertuples()
    ]
    assert places == sorted(places)


def test_a_cell_has_the_colour_of_its_connection(connections, order):
    cells = _cells(figures.connectome_matrices(connections).pictures[0])
    assert (np.abs(cells - cells.transpose(1, 0, 2)) < 12).mean() > 0.99
    rows = connections.set_index("connection")
    means = rows["functional_mean"]
    share = (means - means.min()) / (means.max() - means.min())
    for name in rows.index[rows["functional_included"]][::40]:
        a, b = (order.index(end) for end in name.split("--"))
        expected = 255 * np.array(style.sequential(style.LIGHT)(share[name])[:3])
        # 256 colours hold a matrix to within a shade.
        assert np.abs(cells[a, b] - expected).max() < 25, name


def test_connections_left_out_are_paler_and_absent_ones_are_the_page(connections, order):
    picture = figures.connectome_matrices(connections).pictures[1]
    assert "1,000 of 3,321 connections included; others pale; 321 absent" in picture.alt
    light = _cells(picture).sum(axis=2)
    kinds: dict[str, list[int]] = {"included": [], "left out": [], "absent": []}
    for row in connections.itertuples():
        a, b = order.index(row.region_a), order.index(row.region_b)
        other = "absent" if np.isnan(row.structural_mean) else "left out"
        kinds["included" if row.structural_included else other].append(light[a, b])
    assert np.quantile(kinds["included"], 0.95) < np.median(kinds["left out"])
    assert np.median(kinds["absent"]) == 3 * 255


def test_histograms_count_what_the_rules_keep(connections):
    functional, structural = figures.connection_distributions(connections).pictures
    assert "Functional connectivity: 1,000 of 3,321 connections included" in functional.alt
    assert "mean correlation is above 0.3" in functional.alt
    assert "above 60 %" in structural.alt
    assert f"Median {connections['functional_mean'].median():.2f}" in functional.alt


def test_the_rule_that_is_drawn_is_the_one_that_was_followed(connections):
    rules = {
        "functional_connectivity": Connections(mean_above=0.35),
        "structural_connectivity": Connections(prevalence_above=0.625),
    }
    with pytest.raises(InputError, match=r"above 0\.35 .*got \d+ that follow another rule"):
        figures.connection_distributions(connections, rules=rules)
    followed = connections.assign(
        functional_included=connections["functional_mean"] > 0.35,
        structural_included=connections["structural_prevalence"] > 0.625,
    )
    functional, structural = figures.connection_distributions(followed, rules=rules).pictures
    assert "mean correlation is above 0.35." in functional.alt
    assert "above 62.5 %" in structural.alt
    # What only a few people have, or lack, is hidden with real participants.
    hidden = connections.copy()
    hidden.loc[hidden.index[:2], "structural_prevalence"] = np.nan
    assert "1,000 of 3,321" in figures.connection_distributions(hidden).pictures[1].alt


def test_bins_of_a_histogram_begin_at_the_rule():
    edges = connectomes._edges(pd.Series([-0.11, 0.2, 0.93]), rule=0.3)
    assert np.isclose(edges, 0.3).any()
    assert edges[0] <= -0.11
    assert edges[-1] >= 0.93


def test_labels_are_pushed_apart_by_no_more_than_needed():
    moved = connectomes._pushed_apart(np.array([0.0, 1.0, 1.2, 5.0]), room=1.0)
    assert np.diff(moved).min() > 0.99
    assert moved[-1] == 5.0
    assert moved[:3].mean() == pytest.approx(np.mean([0.0, 1.0, 1.2]))


def _networks() -> pd.DataFrame:
    rows = [
        ("functional_connectivity", b, a, score, 5, 0.0, 1.0)
        for score in ("insomnia", "anxiety")
        for place, a in enumerate(NETWORKS)
        for b in NETWORKS[: place + 1]
    ]
    names = ["modality", "network_a", "network_b", "score", "connections", "beta", "p_fdr"]
    table = pd.DataFrame(rows, columns=names)
    pair = (table["network_a"] == "visual") & (table["network_b"] == "limbic")
    table.loc[pair & (table["score"] == "anxiety"), ["beta", "p_fdr"]] = -0.03, 0.01
    return table


def test_a_pair_of_networks_is_coloured_at_its_row_and_column():
    table = _networks()
    insomnia, anxiety = figures.network_matrices(table, modality="functional_connectivity").pictures
    assert "Anxiety: 1 of 36 pairs survives" in anxiety.alt
    assert "Strongest: visual with limbic −0.030 (survives)" in anxiety.alt
    pixels = _pixels(anxiety)
    height, cell = len(pixels), 0.29 * 192
    top = height - round((0.68 + 8 * 0.29) * 192)
    row = top + round((NETWORKS.index("limbic") + 0.2) * cell)
    column = round(0.06 * 192 + (NETWORKS.index("visual") + 0.5) * cell)
    end = layout.rgb("#08325f") * 255
    assert np.abs(pixels[row, column] - end).max() < 12
    triangle = pixels[top : top + round(8 * cell)]
    blue = triangle[..., 2] - triangle[..., 0] > 60
    assert blue.sum() == pytest.approx((0.27 * 192) ** 2, rel=0.12)
    # The other score shares the scale and has nothing to show.
    first = _pixels(insomnia)[top : top + round(8 * cell)]
    assert not (first[..., 2] - first[..., 0] > 60).any()
