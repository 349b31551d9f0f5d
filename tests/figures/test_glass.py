"""Connections are drawn between their regions, and only findings are in colour."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from transdx import atlas, figures, modalities
from transdx.errors import InputError
from transdx.figures.brain import glass
from transdx.figures.canvas import layout


def _hue(picture: figures.Picture, theme: str = "light") -> np.ndarray:
    """Red minus blue within the four views: above zero is positive, below negative."""
    pixels = np.asarray(Image.open(io.BytesIO(getattr(picture, theme))).convert("RGB"))
    views = pixels[: -round(0.6 * 192)].astype(int)
    return views[..., 0] - views[..., 2]


def _one(connection: str, beta: float, p_fdr: float = 0.001) -> pd.DataFrame:
    rows = [
        ("functional_connectivity", name, "anxiety", 100, 0.0, 1.0)
        for name in modalities.features("functional_connectivity")[:5]
    ]
    rows.append(("functional_connectivity", connection, "anxiety", 100, beta, p_fdr))
    names = ["modality", "feature", "score", "n", "beta", "p_fdr"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("beta", [-0.03, 0.03])
def test_a_survivor_is_drawn_within_its_hemisphere_in_the_colour_of_its_sign(beta, theme):
    table = _one("left_cuneus--left_superiorfrontal", beta)
    picture = figures.strongest_connections(
        table, modality="functional_connectivity", score="anxiety"
    )
    hue = _hue(picture, theme)
    coloured = np.abs(hue) > 60
    assert (np.sign(hue[coloured]) == np.sign(beta)).all()
    middle, half = round(layout.THIRD / 2 * 192), len(hue) // 2
    left, right = coloured[:half, :middle], coloured[:half, middle:]
    assert left.sum() > 200
    assert right.sum() == 0
    # From above and from behind it shows as well, on the left of the brain.
    for columns in (coloured[half:, :middle], coloured[half:, middle:]):
        assert columns.any()
        assert np.nonzero(columns)[1].max() < columns.shape[1] / 2


def test_what_does_not_survive_has_no_colour(connectivity):
    picture = figures.strongest_connections(
        connectivity, modality="structural_connectivity", score="anxiety"
    )
    assert "Anxiety: 0 of 1,000 survive FDR 5 %" in picture.alt
    assert not (np.abs(_hue(picture)) > 30).any()


def test_the_strongest_survivors_are_drawn_and_told(connectivity):
    rows = connectivity[
        (connectivity["modality"] == "functional_connectivity")
        & (connectivity["score"] == "anxiety")
        & (connectivity["p_fdr"] <= 0.05)
        & connectivity["feature"].str.contains("--")
    ]
    assert len(rows) == 40
    picture = figures.strongest_connections(
        connectivity, modality="functional_connectivity", score="anxiety"
    )
    assert "40 of 1,000 survive FDR 5 %. Functional connectivity, the 30 strongest," in picture.alt
    strongest = rows.loc[rows["beta"].idxmin()]
    assert f"Strongest: {figures.label(strongest['feature'])} −0.034" in picture.alt
    counted = rows.nsmallest(30, "beta")["feature"].map(atlas.connections()["hemispheres"])
    assert f"{(counted == 'left').sum()} within the left hemisphere" in picture.alt


def test_lines_end_at_the_centres_of_their_regions():
    places = glass.line_places("left", ["left_insula--left_cuneus"])[0]
    centres = atlas.regions().loc[["left_insula", "left_cuneus"], ["y", "z"]]
    np.testing.assert_array_equal(places, centres.to_numpy())


def test_the_strongest_connections_of_the_group_are_drawn(connections):
    functional, structural = figures.connectome_brains(connections).pictures
    near = connections.nsmallest(60, "distance")
    first = figures.label(near["connection"].iloc[0])
    assert f"Strongest: {first} 0.80" in functional.alt
    assert "of 1,000 included" in structural.alt
    assert f"Strongest: {first} 9,977" in structural.alt


def test_regions_without_connections_are_refused(associations):
    with pytest.raises(InputError, match="modality of connections"):
        figures.strongest_connections(associations, modality="thickness", score="anxiety")
    with pytest.raises(InputError, match="got 'ansiety'; did you mean 'anxiety'"):
        figures.strongest_connections(
            _one("left_cuneus--left_insula", 0.1),
            modality="functional_connectivity", score="ansiety",
        )  # fmt: skip


def test_maps_of_a_connectivity_show_its_regions_only(connectivity):
    modality = "functional_connectivity"
    anxious = connectivity[connectivity["score"] == "anxiety"]
    cortex = figures.cortex_maps(anxious, modality=modality).pictures[0]
    deep = figures.subcortex_maps(anxious, modality=modality).pictures[0]
    assert "betas of regional functional connectivity with anxiety" in cortex.alt
    assert "1 of 68 regions survives FDR 5 %" in cortex.alt
    assert "betas of their mean functional connectivity with anxiety" in deep.alt
    assert "1 of 14 structures survives FDR 5 %" in deep.alt
    plain = connectivity[connectivity["modality"] == "structural_connectivity"]
    gallery = figures.subcortex_maps(
        plain[plain["score"] == "anxiety"], modality="structural_connectivity"
    )
    assert len(gallery.pictures) == 1
    assert "0 of 14 structures survive FDR 5 %" in gallery.pictures[0].alt
    # Where no connection of a structure is strong enough to be analysed, that is said.
    within = anxious[~anxious["feature"].isin(modalities.features("subcortical_volume"))]
    note = figures.subcortex_maps(within, modality=modality)
    assert "None of the connections that are analysed ends in a subcortical" in note.alt


def test_tables_and_plots_tell_the_kinds_of_features_apart(connectivity):
    def held(features: str) -> pd.DataFrame:
        return figures.association_table(
            connectivity, modality="functional_connectivity", score="anxiety", features=features
        ).frame

    assert set(held("regions")["feature"]) == set(atlas.REGIONS)
    assert len(held("connections")) == 1_000
    assert held("connections")["beta"].iloc[0] == pytest.approx(-0.0339)
    assert held("total")["feature"].tolist() == ["total"]
    assert len(held("all")) == 1_083
    total = figures.forest(connectivity, features=[("functional_connectivity", "total")])
    assert "Total functional connectivity, n = 25,604" in total.alt
    with pytest.raises(InputError, match=r"and 1071 more\), got 'left_insul'"):
        figures.forest(connectivity, features=[("functional_connectivity", "left_insul")])


def test_the_amygdala_of_a_task_is_not_a_volume(connectivity):
    row = connectivity.head(1).assign(modality="amygdala_reactivity", feature="amygdala")
    picture = figures.forest(row, features=[("amygdala_reactivity", "amygdala")])
    assert "Amygdala reactivity, n = 25,604" in picture.alt
