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
from transdx.figures.canvas import style
from transdx.figures.charts import enrichment as module
from transdx.results import summaries

SCORES = ("insomnia", "depression", "anxiety")
ANNOTATIONS = (
    ("receptor", "D1"),
    ("receptor", "mGluR5"),
    ("domain", "reward"),
    ("network", "limbic"),
)


@pytest.fixture(scope="module")
def enrichment() -> pd.DataFrame:
    """Level and place are two things: D1 has both, the others one of them or half of one."""
    rows = [
        (modality, kind, name, score, 17, 0.005 if name == "mGluR5" else 0.001, *[0.6] * 6)
        for modality in ("functional_connectivity", "thickness")
        for kind, name in ANNOTATIONS
        for score in SCORES
    ]
    names = "modality kind annotation score regions estimate "
    names += "p_permutation p_fdr p_spin p_spin_fdr p_centred p_centred_fdr"
    table = pd.DataFrame(rows, columns=names.split())
    which = table.set_index(["modality", "annotation", "score"]).index
    numbers = ["estimate", "p_permutation", "p_fdr", "p_spin", "p_spin_fdr", "p_centred_fdr"]
    for annotation, score, *values in [
        ("D1", "anxiety", -0.04, 0.0002, 0.001, 0.0004, 0.4, 0.01),
        # Laid elsewhere it is special, against permuted scores only its level is.
        ("mGluR5", "insomnia", -0.02, 0.001, 0.01, 0.01, 0.01, 0.2),
        ("mGluR5", "anxiety", 0.005, 0.2, 0.2, 0.3, 0.4, 0.01),
        # A place without a level.
        ("reward", "anxiety", 0.001, 0.2, 0.3, 0.03, 0.4, 0.02),
        ("limbic", "depression", 0.001, 0.001, 0.2, 0.9, 0.9, 0.9),
        ("D1", "depression", 0.001, 0.04, 0.2, 0.9, 0.9, 0.9),
    ]:
        table.loc[which == ("functional_connectivity", annotation, score), numbers] = values
    return table.assign(
        p=table["p_permutation"], centred=table["estimate"],
        se=0.005, ci_low=table["estimate"] - 0.01, ci_high=table["estimate"] + 0.01, form="set",
    )  # fmt: skip


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


def test_a_picture_per_kind_tells_what_has_a_level_and_what_stands_out(enrichment, differences):
    gallery = figures.enrichment_heatmaps(
        enrichment, differences, modality="functional_connectivity"
    )
    receptors, domains, networks = (picture.alt for picture in gallery.pictures)
    assert "Functional connectivity: receptors and transporters" in receptors
    assert "2 of 6 survive FDR 5 % as a level; 1 stands out as a place" in receptors
    # The strongest comes first, which is a negative one.
    assert (
        "as a place. D1: insomnia 0.001, depression 0.001, anxiety −0.040 (level, place), "
        "A ≠ I, D; mGluR5: insomnia −0.020 (level), depression 0.005, anxiety 0.005."
    ) in receptors
    assert "reward: insomnia 0.001, depression 0.001, anxiety 0.001 (place)." in domains
    assert "0 of 3 survive FDR 5 % as a level; 1 stands out as a place" in domains
    assert "0 of 3 survive FDR 5 % as a level; 0 stand out as a place" in networks
    assert "limbic: insomnia 0.001, depression 0.001, anxiety 0.001." in networks


def test_what_stands_out_is_the_same_in_figure_table_and_sentence(enrichment, differences):
    rows = enrichment[enrichment["kind"] == "receptor"]
    drawn = figures.enrichment_heatmaps(rows, differences, modality="functional_connectivity").alt
    listed = figures.enrichment_table(rows, modality="functional_connectivity").caption
    said = summaries.enrichment(rows)
    key = "enrichment.functional_connectivity.receptor.stands_out"
    assert [said[f"{key}.{score}.names"] for score in SCORES] == ["none", "none", "D1"]
    assert drawn.count("place)") == 1
    assert "D1: insomnia 0.001, depression 0.001, anxiety −0.040 (level, place)" in drawn
    assert "1 stands out as a place" in listed
    assert said["enrichment.functional_connectivity.receptor.significant.insomnia.names"] == (
        "mGluR5"
    )


def test_dot_and_diamond_stand_for_level_and_place(enrichment, differences):
    modality = "functional_connectivity"
    plain = enrichment.assign(p_fdr=0.9, p_spin=0.9)
    drawn = {}
    for name, table in {
        "none": plain,
        "level": plain.assign(p_fdr=0.01),
        "place": plain.assign(p_centred_fdr=0.01, p_spin=0.01),
        "half": plain.assign(p_centred_fdr=0.01),
    }.items():
        picture = figures.enrichment_heatmaps(table, differences, modality=modality).pictures[-1]
        # Above the key and the colour bar.
        pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)
        drawn[name] = pixels[-round(1.3 * 192) : -round(0.98 * 192)]
    changed = {
        name: (np.abs(rows - drawn["none"]).max(axis=2) > 60).sum() for name, rows in drawn.items()
    }
    assert changed["half"] == 0
    assert changed["place"] > 1.5 * changed["level"] > 50


def test_a_cell_has_the_colour_of_its_estimate(enrichment, differences):
    picture, *_ = figures.enrichment_heatmaps(
        enrichment, differences, modality="functional_connectivity"
    ).pictures
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


def test_two_nulls_are_counted_and_set_on_their_own_axes(enrichment):
    picture = figures.null_comparison(enrichment, modality="functional_connectivity")
    assert "p ≤ 5 % in 4 of 12 against permuted scores, in 3 against spun maps" in picture.alt
    assert "2 of 12 survive FDR 5 % as a level; 2 stand out as a place" in picture.alt
    assert "Smallest p against spun maps: D1 and anxiety, p < 0.001" in picture.alt
    pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)
    axes = pixels[-round(4.0 * 192) : -round(1.05 * 192), round(0.86 * 192) : -round(0.4 * 192)]

    def corners(score: str) -> dict[str, bool]:
        colour = style.LIGHT.scores[score]
        wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
        low, right = (np.abs(axes - wanted).max(axis=2) < 45).nonzero()
        low, right = low / len(axes), right / axes.shape[1]
        places = {"upper right": (low < 0.3) & (right > 0.6)}
        places["upper left"] = (low < 0.3) & (right < 0.4)
        places["lower right"] = (low > 0.7) & (right > 0.6)
        return {name: bool(here.sum() > 30) for name, here in places.items()}

    # D1 is significant under both; the limbic network against permuted scores alone.
    nowhere = dict.fromkeys(["upper right", "upper left", "lower right"], False)
    assert corners("anxiety") == nowhere | {"upper right": True}
    assert corners("depression") == nowhere | {"lower right": True}


def test_tables_count_survivors_and_keep_the_spelling_of_receptors(enrichment, differences):
    view = figures.enrichment_table(enrichment, modality="functional_connectivity")
    assert "2 of 12 survive FDR 5 % as a level; 2 stand out as a place" in (view.caption)
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in _soup(view).tbody]
    # Insomnia, depression, anxiety: the estimate, and the two tests of the place.
    assert rows[0][:2] == ["D1", "Receptor"]
    assert rows[0][-3:] == ["−0.040", "0.010", "<0.001"]
    assert [row[0] for row in rows] == ["D1", "mGluR5", "Reward", "Limbic"]
    everything = figures.enrichment_table(enrichment, name="enrichment-all")
    assert len(everything.frame) == 24
    assert len(_soup(everything).tbody.find_all("tr")) == 8
    alone = figures.enrichment_table(enrichment, score="anxiety")
    assert "p (FDR)" in _soup(alone).thead.get_text()
    assert "p (FDR)" not in _soup(everything).thead.get_text()
    assert "Modality" in _soup(everything).thead.get_text()
    contrasts = figures.enrichment_contrast_table(differences, modality="functional_connectivity")
    assert "2 of 12 survive FDR 5 %" in contrasts.caption
    assert contrasts.frame["annotation"].tolist()[:2] == ["D1", "D1"]
    head = _soup(contrasts).thead
    pairs = [cell.get_text() for cell in head.find_all("th", scope="colgroup")]
    assert pairs == ["Insomnia − depression", "Insomnia − anxiety", "Depression − anxiety"]
    cells = [cell.get_text() for cell in _soup(contrasts).tbody.tr.find_all("td")]
    assert cells[1:] == [
        *("0.500", "0.100 to 0.900", "0.50"),
        *("0.500", "0.100 to 0.900", "0.020") * 2,
    ]
    with pytest.raises(InputError, match="expected a modality"):
        figures.enrichment_contrast_table(differences, modality="thickness")


def test_validity_of_spins_is_in_per_cent():
    table = pd.DataFrame(
        {"structure": ["cortex", "deep", "connections"], "sides": [0.0, 0.8, np.nan],
         "null": ["spin", "shuffle", "spin of permuted scores"], "rate": [0.061, 0.3, 0.1],
         "ci_low": [0.045, 0.27, 0.09], "ci_high": [0.081, 0.33, 0.11], "maps": [1000, 1000, 200]}
    )  # fmt: skip
    rows = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in _soup(figures.spin_validity_table(table)).tbody
    ]
    assert rows[0] == [
        *("Cortex: spun maps, smooth and unrelated", "0.00", "6.1 %", "4.5 % to 8.1 %", "1,000")
    ]
    assert rows[1][:3] == ["Deep structures: shuffled one by one", "0.80", "30.0 %"]
    assert rows[2][1:3] == ["–", "10.0 %"]


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
    assert "1 of 2 survives FDR 5 %" in view.caption
    cells = [cell.get_text() for cell in _soup(view).tbody.tr.find_all(["th", "td"])]
    assert cells[:4] == ["Limbic", "Default mode", "7", "−0.020"]
