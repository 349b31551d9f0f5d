"""Maps put the value of a region where the region is, and nowhere else."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage

from transdx import atlas, figures
from transdx.errors import InputError
from transdx.figures.brain import maps, paint, raster, views
from transdx.figures.canvas import layout, style
from transdx.writing import decimal


def _one_region(feature: str, beta: float) -> pd.DataFrame:
    rows = [
        {"modality": "surface_area", "feature": f"{side}_{region}", "score": "anxiety",
         "n": 100, "beta": 0.0, "p_fdr": 1.0}
        for side in atlas.HEMISPHERES
        for region in atlas.CORTEX
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.loc[table["feature"] == feature, ["beta", "p_fdr"]] = beta, 0.001
    return table


def _hue(pixels: np.ndarray) -> np.ndarray:
    """Red minus blue: above zero is a positive value, below it a negative one."""
    return pixels[..., 0].astype(int) - pixels[..., 2].astype(int)


@pytest.mark.parametrize("beta", [-0.05, 0.05])
def test_only_the_region_with_a_value_is_coloured(beta):
    table = _one_region("left_insula", beta)
    picture = figures.cortex_maps(table, modality="surface_area").pictures[0]
    pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB"))
    brains = pixels[: int(0.72 * len(pixels))]
    coloured = np.abs(_hue(brains)) > 60
    assert coloured.any()
    assert (np.sign(_hue(brains)[coloured]) == np.sign(beta)).all()
    rows, columns = np.nonzero(coloured)
    # The insula lies inside the left lateral view, which is the upper left quarter.
    assert rows.max() < len(pixels) / 2
    assert columns.max() < pixels.shape[1] / 2
    share = views.region_pixels("cortex", "left", "lateral")["left_insula"].mean()
    assert 0.02 < share < 0.2
    assert coloured.mean() == pytest.approx(share / 4, rel=0.6)


def test_pixels_show_the_label_of_the_vertices_behind_them():
    seen = {view: views.region_pixels("cortex", "right", view) for view in ("lateral", "medial")}
    assert "right_insula" in seen["lateral"]
    assert "right_precuneus" in seen["medial"]
    assert "right_precuneus" not in seen["lateral"]
    everything = set(seen["lateral"]) | set(seen["medial"])
    assert everything == {f"right_{region}" for region in atlas.CORTEX}
    # The frontal pole is in front, the cuneus behind: on the right, front is right.
    columns = {
        name: np.nonzero(seen["lateral"][f"right_{name}"])[1].mean()
        for name in ("parsorbitalis", "lateraloccipital")
    }
    assert columns["parsorbitalis"] > columns["lateraloccipital"]


def test_the_sides_are_mirror_images():
    def front_to_back(side: str, view: str) -> float:
        pixels = views.region_pixels("cortex", side, view)
        middle = {
            name: np.nonzero(pixels[f"{side}_{name}"])[1].mean()
            for name in ("superiorfrontal", "superiorparietal")
        }
        return middle["superiorfrontal"] - middle["superiorparietal"]

    assert front_to_back("left", "lateral") < 0 < front_to_back("right", "lateral")
    assert front_to_back("right", "medial") < 0 < front_to_back("left", "medial")


def test_words_carry_strongest_region_count_and_missing_regions(associations):
    rows = associations[
        (associations["modality"] == "surface_area")
        & (associations["score"] == "anxiety")
        & (associations["feature"] != "total")
    ]
    strongest = rows.loc[rows["beta"].abs().idxmax()]
    kept = int((rows["p_fdr"] <= 0.05).sum())
    assert 0 < kept < 66
    pictures = figures.cortex_maps(associations, modality="surface_area").pictures
    assert len(pictures) == 3
    assert "of surface area with anxiety" in pictures[2].alt
    name = figures.label(strongest["feature"])
    assert f"strongest {name} {decimal(strongest['beta'])}" in pictures[2].alt
    assert f"{kept} of 66 regions survive FDR 5 %" in pictures[2].alt
    assert "Without values: left temporal pole, right temporal pole." in pictures[2].alt
    assert len(pictures[2].light) < 120_000
    assert len(pictures[2].dark) < 120_000


def test_a_missing_p_does_not_survive():
    table = pd.DataFrame({"p_fdr": [0.05, np.nan, 0.0500001]})
    assert maps.survives(table).tolist() == [True, False, False]


def test_colours_are_those_of_the_scale():
    table = _one_region("left_insula", -0.05).assign(modality="thickness")
    table.loc[table["feature"] == "right_insula", ["beta", "p_fdr"]] = 0.025, 0.01
    table = table[~table["feature"].str.contains("temporalpole")]
    (found,) = maps._maps(table, "cortex", "thickness")
    assert found.limit == 0.03
    assert found.beyond
    for theme in style.THEMES:
        fills, scale = found.fills(theme), style.diverging(theme)
        for region, place in (("left_insula", 0.0), ("right_insula", 0.5 + 0.025 / 0.06)):
            (colour,) = fills[region]
            np.testing.assert_allclose(layout.rgb(colour), scale(place)[:3], atol=1 / 255)
        assert fills["left_cuneus"] == (style.signed(0.0, 1.0, theme),)
        assert fills["left_temporalpole"] == ()


@pytest.mark.parametrize("theme", style.THEMES, ids=lambda theme: theme.name)
def test_the_outline_of_a_region_is_its_own_and_only_where_it_ends(theme):
    seen = views.view("cortex", "left", "lateral")
    plain = paint.paint(seen, {}, theme)
    outlined = paint.paint(seen, {}, theme, bold={"left_insula"})
    changed = (plain != outlined).any(axis=2)
    region = views.region_pixels("cortex", "left", "lateral")["left_insula"][::2, ::2]
    region = region[: changed.shape[0], : changed.shape[1]]
    within = ndimage.binary_dilation(region, iterations=2)
    assert changed.any()
    assert not (changed & ~within).any()
    assert not (changed & ndimage.binary_erosion(region, iterations=5)).any()


def test_scores_share_one_scale_and_have_one_map_each(associations):
    found = maps._maps(associations, "subcortex", "subcortical_volume")
    assert [one.score for one in found] == ["insomnia", "depression", "anxiety"]
    assert {one.limit for one in found} == {found[0].limit}
    assert all("one scale for all scores" in one.unit for one in found)
    for one in found:
        kept = one.rows.loc[one.rows["p_fdr"] <= 0.05, "feature"]
        assert one.strong == set(kept)
    alone = associations[associations["score"] == "anxiety"].assign(score="neuroticism")
    (one,) = maps._maps(alone, "cortex", "surface_area")
    assert one.unit == "standardised beta"


def test_one_score_alone_is_drawn_in_its_own_world(associations):
    alone = associations[associations["score"] == "anxiety"].assign(score="neuroticism")
    (picture,) = figures.cortex_maps(alone, modality="thickness").pictures
    assert "of thickness with neuroticism on the left" in picture.alt
    assert "neuroticism" in figures.forest(alone).alt
    assert "neuroticism" in figures.association_table(alone, modality="thickness").caption


def test_unknown_names_are_refused_with_the_nearest(associations):
    with pytest.raises(InputError, match="did you mean 'surface_area'"):
        figures.cortex_maps(associations, modality="surface_are")
    with pytest.raises(InputError, match="expected cortical regions"):
        figures.cortex_maps(associations, modality="subcortical_volume")
    with pytest.raises(InputError, match="expected subcortical structures"):
        figures.subcortex_maps(associations, modality="thickness")
    with pytest.raises(InputError, match="'modality' in the table 'associations'"):
        figures.cortex_maps(pd.DataFrame({"beta": [1.0]}), modality="thickness")


def test_every_structure_can_be_seen():
    for side in atlas.HEMISPHERES:
        seen = {
            view: views.region_pixels("subcortex", side, view) for view in ("lateral", "medial")
        }
        for name in atlas.SUBCORTEX:
            pixels = max(seen[view].get(f"{side}_{name}", np.zeros(1)).sum() for view in seen)
            assert pixels > 1_500, name
        # From outside the putamen hides the pallidum; from within the thalamus is in front.
        assert seen["lateral"][f"{side}_putamen"].sum() > seen["medial"][f"{side}_putamen"].sum()
        assert seen["medial"][f"{side}_thalamus"].sum() > seen["lateral"][f"{side}_thalamus"].sum()


def test_structures_lie_as_in_the_head():
    pixels = views.region_pixels("subcortex", "right", "lateral")
    row = {name: np.nonzero(pixels[f"right_{name}"])[0].mean() for name in ("caudate", "amygdala")}
    column = {
        name: np.nonzero(pixels[f"right_{name}"])[1].mean() for name in ("hippocampus", "amygdala")
    }
    assert row["caudate"] < row["amygdala"], "the caudate is above the amygdala"
    assert column["hippocampus"] < column["amygdala"], "seen from the right, front is right"


def test_subcortex_words_name_the_thalamus_and_what_survives(associations):
    rows = associations[
        (associations["modality"] == "subcortical_volume")
        & (associations["score"] == "depression")
        & (associations["feature"] != "total")
    ].set_index("feature")
    picture = figures.subcortex_maps(associations).pictures[1]
    assert "of their volume with depression" in picture.alt
    left, right = (decimal(rows.loc[f"{side}_thalamus", "beta"]) for side in ("left", "right"))
    assert f"thalamus left {left}, right {right};" in picture.alt
    assert f"{int((rows['p_fdr'] <= 0.05).sum())} of 14 structures survive" in picture.alt


def test_a_triangle_is_rasterised_where_it_is():
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]])
    view = raster.rasterise(points, np.array([[0, 1, 2]]), pixels_per_unit=4)
    # Pixels (i, j) with i + j <= 40.
    assert (view.face >= 0).sum() == 41 * 42 // 2
    across = view.interpolate(points[:, 0])
    columns = np.nonzero(view.face >= 0)[1]
    assert np.allclose(across, (columns - 1) / 4)
    behind = raster.rasterise(points, np.array([[0, 2, 1]]), pixels_per_unit=4)
    assert (behind.face < 0).all(), "seen from behind, a triangle is not drawn"


def test_the_nearer_triangle_hides_the_other():
    near = [[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [0.0, 4.0, 1.0]]
    far = [[0.0, 0.0, 0.0], [8.0, 0.0, 0.0], [0.0, 8.0, 0.0]]
    for points in (near + far, far + near):
        triangles = np.array([[0, 1, 2], [3, 4, 5]])
        view = raster.rasterise(np.array(points), triangles, pixels_per_unit=5)
        on_top = 0 if points[0] == near[0] else 1
        assert view.face[-3, 3] == on_top
        assert view.face[-3, 30] == 1 - on_top


def test_smoothed_labels_are_shares():
    triangles = np.array([[0, 1, 2], [1, 3, 2]])
    shares, keys = raster.smooth_labels(np.array([5, 5, 9, 9]), triangles, rounds=1)
    assert keys.tolist() == [5, 9]
    # Vertex 0 with its neighbours 1 and 2: two thirds are label 5.
    assert shares[0] == pytest.approx([2 / 3, 1 / 3])
    assert np.allclose(shares.sum(axis=1), 1)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A cache that is empty, and views that are not in memory."""
    monkeypatch.setenv("TRANSDX_CACHE_DIR", str(tmp_path / "kept"))
    views._packed.cache_clear()
    yield tmp_path / "kept"
    views._packed.cache_clear()


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """Small views in place of those of the brain, and what was made of them."""
    done: list[str] = []

    def small(hemisphere: str, side: str):
        done.append(f"{hemisphere} {side}")
        return np.array([[-1, len(done)], [-2, 81]]), np.array([[1.0, 0.7], [0.8, 0.9]])

    monkeypatch.setattr(views, "_cortical", small)
    monkeypatch.setattr(views.deep, "seen", small)
    return done


def test_views_are_made_once_and_kept(fresh, made):
    first = views._packed()
    assert len(made) == 8
    (kept,) = fresh.iterdir()
    views._packed.cache_clear()
    again = views._packed()
    assert len(made) == 8, "read, not made"
    assert first.keys() == again.keys()
    for name, view in first.items():
        np.testing.assert_array_equal(view, again[name])
    regions, light = first["cortex-left-lateral"]
    assert regions.view(np.int8).tolist() == [[-1, 1], [-2, 81]]
    np.testing.assert_allclose(light / 255, [[1.0, 0.7], [0.8, 0.9]], atol=0.5 / 255)
    # Cut short, as by a full disk elsewhere, it is made again and replaced.
    kept.write_bytes(kept.read_bytes()[:200])
    views._packed.cache_clear()
    assert views._packed().keys() == first.keys()
    assert len(made) == 16
    assert [file.name for file in fresh.iterdir()] == [kept.name]
    assert kept.stat().st_size > 200


def test_views_are_drawn_where_nothing_can_be_kept(fresh, made):
    fresh.write_text("a file where the folder would be")
    assert len(views._packed()) == 8
    assert len(made) == 8


def test_other_code_makes_other_views(monkeypatch, tmp_path):
    before = views._contents()
    other = tmp_path / "raster.py"
    other.write_text("# another way to see")
    monkeypatch.setattr(views.raster, "__file__", str(other))
    assert views._contents() != before


def test_a_region_without_value_is_striped_and_one_left_out_is_pale():
    seen = views.view("subcortex", "left", "medial")
    image = paint.paint(seen, {"left_thalamus": (), "left_caudate": ("#a4322f",)}, style.LIGHT)
    thalamus, caudate, putamen = (
        image[views.region_pixels("subcortex", "left", "medial")[f"left_{name}"][::2, ::2][
            : image.shape[0], : image.shape[1]
        ]]
        for name in ("thalamus", "caudate", "putamen")
    )  # fmt: skip
    muted = np.abs(thalamus - layout.rgb(style.LIGHT.muted)).max(axis=1) < 0.02
    assert 0.1 < muted.mean() < 0.4
    assert (caudate[:, 0] > caudate[:, 2]).mean() > 0.9
    grey = np.ptp(putamen, axis=1)
    assert np.median(grey) < 0.02
