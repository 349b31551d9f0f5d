"""Heat maps and tables of enrichment say what survives which null, and what differs."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx import figures
from transdx.errors import InputError
from transdx.figures import enrichment as module
from transdx.figures import style

SCORES = ("insomnia", "depression", "anxiety")
ANNOTATIONS = (
    ("receptor", "D1"),
    ("receptor", "mGluR5"),
    ("domain", "reward"),
    ("network", "limbic"),
)


@pytest.fixture(scope="module")
def enrichment() -> pd.DataFrame:
    """Nothing, but D1 with anxiety under both nulls and mGluR5 with insomnia under one."""
    rows = [
        (modality, kind, name, score, 17, 0.001, 0.2, 0.2, 0.3, 0.5, 0.9)
        for modality in ("functional_connectivity", "thickness")
        for kind, name in ANNOTATIONS
        for score in SCORES
    ]
    names = "modality kind annotation score regions estimate p p_permutation p_fdr p_spin"
    table = pd.DataFrame(rows, columns=[*names.split(), "p_spin_fdr"])
    which = table.set_index(["modality", "annotation", "score"]).index
    both = which == ("functional_connectivity", "D1", "anxiety")
    one = which == ("functional_connectivity", "mGluR5", "insomnia")
    numbers = ["estimate", "p", "p_permutation", "p_fdr", "p_spin", "p_spin_fdr"]
    table.loc[both, numbers] = -0.04, 1e-5, 0.0002, 0.001, 0.0004, 0.01
    table.loc[one, numbers] = -0.02, 1e-3, 0.001, 0.01, 0.08, 0.4
    table["centred"], table["p_centred_fdr"] = table["estimate"], table["p_spin_fdr"]
    return table.assign(
        se=0.005, ci_low=table["estimate"] - 0.01, ci_high=table["estimate"] + 0.01, form="set"
    )


@pytest.fixture(scope="module")
def differences() -> pd.DataFrame:
    """Anxiety differs from both others for D1, and nothing else does."""
    rows = [
        ("functional_connectivity", kind, name, a, b, 0.5, 0.1, 0.9, 0.02 if far else 0.5)
        for kind, name in ANNOTATIONS
        for a, b in combinations(SCORES, 2)
        for far in [name == "D1" and b == "anxiety"]
    ]
    names = "modality kind annotation score_a score_b difference ci_low ci_high p"
    table = pd.DataFrame(rows, columns=names.split())
    return table.assign(p_fdr=table["p"])


def _soup(view: figures.TableView) -> BeautifulSoup:
    return BeautifulSoup(view._repr_html_(), "html.parser")


def test_a_picture_per_kind_tells_what_survives_which_null(enrichment, differences):
    gallery = figures.enrichment_heatmaps(
        enrichment, differences, modality="functional_connectivity"
    )
    receptors, domains, networks = (picture.alt for picture in gallery.pictures)
    assert "Functional connectivity: receptors and transporters" in receptors
    assert "2 of 6 survive FDR 5 % against permuted scores, 1 also against spun maps" in receptors
    # The strongest comes first.
    assert "spun maps. D1: insomnia 0.001, depression 0.001, anxiety −0.040 (both), A ≠ I, D; " in (
        receptors
    )
    assert "mGluR5: insomnia −0.020 (permuted), depression 0.001, anxiety 0.001." in receptors
    assert "reward" in domains
    assert "limbic" in networks
    assert "0 of 3 survive" in networks


def test_a_cell_has_the_colour_of_its_estimate(enrichment, differences):
    picture = figures.enrichment_heatmap(
        enrichment, differences, modality="functional_connectivity", kind="receptor", limit=0.04
    )
    pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)
    # Below the rows are the key and the colour bar, 0.98 inches.
    rows = pixels[: -round(0.98 * 192)]
    row, column = np.nonzero(rows[..., 2] - rows[..., 0] > 60)
    size = (0.72 * 192) * (0.23 * 192)
    first, second = row < row.min() + 0.24 * 192, row > row.min() + 0.24 * 192
    # D1 in the last column, mGluR5 in the first, two columns to the left.
    assert 0.5 * size < first.sum() < 1.02 * size
    assert 0.5 * size < second.sum() < 1.02 * size
    gap = np.median(column[first]) - np.median(column[second])
    assert gap == pytest.approx(2 * 0.74 * 192, abs=20)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], ""),
        ([("insomnia", "depression")], "I ≠ D"),
        ([("insomnia", "depression"), ("depression", "anxiety")], "D ≠ I, A"),
        (list(combinations(SCORES, 2)), "all differ"),
    ],
)
def test_scores_that_differ_are_told_briefly(pairs, words):
    assert module.differing({frozenset(pair) for pair in pairs}, list(SCORES)) == words


def test_two_nulls_are_counted_and_every_mark_is_within_the_axes(enrichment):
    picture = figures.null_comparison(enrichment, modality="functional_connectivity")
    assert "p ≤ 5 % in 2 of 12 against permuted scores, in 1 against spun maps" in picture.alt
    assert "after FDR 2 and 1, under both 1" in picture.alt
    assert "Smallest p against spun maps: D1 and anxiety" in picture.alt
    pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)
    anxiety = np.array([int(style.LIGHT.scores["anxiety"][at : at + 2], 16) for at in (1, 3, 5)])
    # The mark that is significant under both lies in the upper right of the axes.
    axes = pixels[-round(4.0 * 192) : -round(1.05 * 192), round(0.86 * 192) : -round(0.4 * 192)]
    near = (np.abs(axes - anxiety).max(axis=2) < 45).nonzero()
    corner = (near[0] < 0.25 * len(axes)) & (near[1] > 0.8 * axes.shape[1])
    assert corner.sum() > 60


def test_tables_count_survivors_and_keep_the_spelling_of_receptors(enrichment, differences):
    view = figures.enrichment_table(enrichment, modality="functional_connectivity")
    assert "2 of 12 survive FDR 5 % as a level; 1 stand out as a place" in (view.caption)
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in _soup(view).tbody]
    assert rows[0][:4] == ["D1", "Receptor", "Anxiety", "−0.040"]
    assert rows[1][0] == "mGluR5"
    everything = figures.enrichment_table(enrichment, name="enrichment-all")
    assert len(everything.frame) == 24
    assert len(_soup(everything).tbody.find_all("tr")) == 15
    assert "Modality" in _soup(everything).thead.get_text()
    contrasts = figures.enrichment_contrast_table(differences, modality="functional_connectivity")
    assert "2 of 12 survive FDR 5 %" in contrasts.caption
    assert contrasts.frame["annotation"].tolist()[:2] == ["D1", "D1"]
    with pytest.raises(InputError, match="expected a modality"):
        figures.enrichment_contrast_table(differences, modality="thickness")


def test_validity_of_spins_is_in_per_cent():
    table = pd.DataFrame(
        {"null": ["spin", "shuffle"], "rate": [0.061, 0.3], "ci_low": [0.045, 0.27],
         "ci_high": [0.081, 0.33], "maps": [1000, 1000]}
    )  # fmt: skip
    rows = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in _soup(figures.spin_validity_table(table)).tbody
    ]
    assert rows[0] == ["Spun maps, smooth and unrelated", "6.1 %", "4.5 % to 8.1 %", "1,000"]
    assert rows[1][:2] == ["Shuffled regions, the same maps", "30.0 %"]


def test_connections_are_listed_with_both_ends_strongest_first(connectivity):
    view = figures.connection_table(
        connectivity, modality="functional_connectivity", score="anxiety"
    )
    assert "40 of 1,000 survive FDR 5 %" in view.caption
    assert len(view.frame) == 1_000
    soup = _soup(view)
    assert len(soup.tbody.find_all("tr")) == 15
    strongest = view.frame.iloc[0]
    pair = f"{strongest['region_a']}--{strongest['region_b']}"
    keys = ["modality", "feature", "score"]
    beta = connectivity.set_index(keys).loc[("functional_connectivity", pair, "anxiety"), "beta"]
    assert strongest["beta"] == pytest.approx(beta, rel=1e-4)
    cells = [cell.get_text() for cell in soup.tbody.tr.find_all(["th", "td"])]
    ends = [figures.label(end).capitalize() for end in pair.split("--")]
    assert cells[:3] == [*ends, "−0.034"]
    with pytest.raises(InputError, match="expected a modality"):
        figures.connection_table(connectivity, modality="thickness")


def test_networks_are_listed_strongest_first():
    table = pd.DataFrame(
        {"modality": "functional_connectivity", "network_a": ["visual", "limbic"],
         "network_b": ["visual", "default mode"], "score": "anxiety", "connections": [40, 7],
         "beta": [-0.01, -0.02], "ci_low": [-0.02, -0.03], "ci_high": [0.0, -0.01],
         "p": [0.1, 0.001], "p_fdr": [0.1, 0.002]}
    )  # fmt: skip
    view = figures.network_table(table, modality="functional_connectivity")
    assert "1 of 2 survive FDR 5 %" in view.caption
    cells = [cell.get_text() for cell in _soup(view).tbody.tr.find_all(["th", "td"])]
    assert cells[:4] == ["Limbic", "Default mode", "7", "−0.020"]
