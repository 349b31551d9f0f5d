"""Spins: rearrangements that keep smoothness, and p values that hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transdx import atlas
from transdx.errors import InputError
from transdx.stats import correlate_maps, overlap, spins
from transdx.stats.nulls import _maps, rotations, shuffles, spin_p, spin_validity


@pytest.fixture(scope="module")
def turned():
    return spins(400, seed=4)


def test_every_spin_uses_each_region_once_and_keeps_its_place(turned):
    assert (np.sort(turned, axis=1) == np.arange(82)).all()
    for first, last in ((0, 14), (14, 48), (48, 82)):
        block = turned[:, first:last]
        assert ((first <= block) & (block < last)).all()


def test_more_spins_begin_with_the_same_ones(turned):
    np.testing.assert_array_equal(spins(130, seed=4), turned[:130])
    assert not (spins(5, seed=5)[:, 14:] == turned[:5, 14:]).all(axis=1).any()


def test_hemispheres_move_as_mirror_images():
    # A rotation within the plane of symmetry moves both hemispheres alike: the centres of the
    # right, mirrored, are nearly those of the left, so that most regions get the same partner.
    found = spins(300, seed=2, method="nearest")
    same = (found[:, 14:48] - 14 == found[:, 48:] - 48).mean()
    apart = (found[:, 14:48] - 14 == np.roll(found[:, 48:] - 48, 1, axis=0)).mean()
    assert same > 0.4 > 0.1 > apart


def test_neighbours_stay_neighbours_under_spins_only(turned):
    centres = np.vstack([atlas.sphere()["left"], atlas.sphere()["right"]])
    x = centres[:, 1]

    def smoothness(moved):
        values = x[moved[:, 14:] - 14]
        near = np.argsort(-(centres[:34] @ centres[:34].T), axis=1)[:, 1]
        return np.mean([np.corrcoef(row[:34], row[:34][near])[0, 1] for row in values])

    assert smoothness(turned) > 0.6
    assert abs(smoothness(shuffles(400, seed=4))) < 0.1


def test_nearest_is_the_nearest_rotated_centre():
    found = spins(3, seed=9, method="nearest")
    rng = np.random.default_rng(np.random.SeedSequence(9, spawn_key=(2, 0)))
    places = atlas.sphere()["left"]
    for row in found:
        turn = rotations(1, rng)[0]
        moved = places @ turn.T
        by_hand = [np.linalg.norm(moved - place, axis=1).argmin() for place in places]
        assert (row[14:48] - 14).tolist() == by_hand
        # The right hemisphere is turned in the mirror: seen there, it is a left one.
        mirrored = atlas.sphere()["right"] * [-1, 1, 1]
        moved = mirrored @ turn.T
        by_hand = [np.linalg.norm(moved - place, axis=1).argmin() for place in mirrored]
        assert (row[48:] - 48).tolist() == by_hand
        order = rng.permutation(7)
        assert row[:14].tolist() == [*order, *(7 + order)]


def test_rotations_are_uniform():
    turn = rotations(20_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.det(turn), 1)
    # Where a pole lands is uniform on the sphere: each coordinate is uniform on (-1, 1).
    for axis in range(3):
        assert stats.kstest(turn[:, axis, 2], "uniform", args=(-1, 2)).pvalue > 0.001
    # The angle of a uniform rotation has density (1 - cos) / pi, so its mean is pi/2 + 2/pi.
    angle = np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert angle.mean() == pytest.approx(np.pi / 2 + 2 / np.pi, abs=0.01)


def test_unknown_method_is_named():
    with pytest.raises(InputError, match=r"'uniqe'; did you mean 'unique'"):
        spins(3, seed=1, method="uniqe")


def test_p_counts_around_the_middle_and_is_never_zero():
    null = np.array([[1.0, 2.0, 3.0, 6.0]])
    assert spin_p([30.0], null) == pytest.approx(1 / 5)
    # The middle is 3; as far from it as 1 are 1 and 6.
    assert spin_p([1.0], null) == pytest.approx(3 / 5)


def test_an_equal_arrangement_counts_whatever_rounding_makes_of_it():
    # 0.1 + 0.2 is larger than 0.3 by rounding alone; both are as far from the middle.
    null = np.array([[0.3, -0.3, 0.0, 0.0]])
    assert spin_p([0.1 + 0.2], null) == pytest.approx(3 / 5)
    assert spin_p([0.3 + 1e-6], null) == pytest.approx(1 / 5)


def test_rearrangements_without_a_value_do_not_count():
    null = np.array([[1.0, np.nan, 2.0, 3.0, np.nan, 6.0]])
    assert spin_p([30.0], null) == pytest.approx(1 / 5)
    assert spin_p([1.0], null) == pytest.approx(3 / 5)


def test_missing_statistic_has_no_p():
    assert np.isnan(spin_p([np.nan], np.array([[1.0, 2.0]]))).all()


def test_map_with_itself_is_significant_and_r_is_pearsons(turned):
    rng = np.random.default_rng(3)
    maps = pd.DataFrame(rng.normal(size=(82, 3)), columns=["a", "b", "c"])
    maps["d"] = maps["a"] + 0.1 * rng.normal(size=82)
    maps.loc[:13, "c"] = np.nan
    found = correlate_maps(maps, turned).set_index(["modality_a", "modality_b"])
    assert found.loc[("a", "d"), "p_spin"] == pytest.approx(1 / 401)
    assert found.loc[("a", "b"), "p_spin"] > 0.01
    assert found.loc[("a", "b"), "r"] == pytest.approx(stats.pearsonr(maps["a"], maps["b"])[0])
    c = maps[["a", "c"]].dropna()
    assert found.loc[("a", "c"), "regions"] == 68
    assert found.loc[("a", "c"), "r"] == pytest.approx(stats.pearsonr(c["a"], c["c"])[0])


def test_overlap_is_one_sided(turned):
    values = pd.Series(0.0, index=list(atlas.REGIONS))
    values[list(atlas.CIRCUIT)] = 1.0
    inside = overlap(values, list(atlas.CIRCUIT), turned)
    assert inside.observed == 1.0
    assert inside.p == pytest.approx(1 / 401)
    # On average a share of 4 of 14 and 6 of 68 regions falls inside.
    assert inside.expected == pytest.approx((4 * 4 / 14 + 6 * 6 / 68) / 10, abs=0.04)
    assert overlap(1 - values, list(atlas.CIRCUIT), turned).p > 0.9


def test_what_lies_in_the_whole_subcortex_lies_there_after_every_spin(turned):
    # The 14 are shuffled among themselves: their sums differ by rounding alone.
    values = pd.Series(np.random.default_rng(1).normal(size=82), index=list(atlas.REGIONS))
    assert overlap(values, list(atlas.REGIONS[:14]), turned).p == 1


def test_maps_with_fewer_than_five_regions_in_common_are_not_correlated(turned):
    maps = pd.DataFrame(np.random.default_rng(3).normal(size=(82, 3)), columns=["a", "b", "c"])
    maps.loc[5:, "b"] = np.nan
    maps.loc[4:, "c"] = np.nan
    found = correlate_maps(maps, turned)
    assert found[["modality_a", "modality_b", "regions"]].to_numpy().tolist() == [["a", "b", 5]]


def test_both_sides_of_a_deep_structure_move_together(turned):
    names = np.array(atlas.REGIONS)[turned[:, :14]]
    left, right = names[:, :7], names[:, 7:]
    assert (np.char.replace(left, "left", "right") == right).all()
    # Every structure comes everywhere.
    assert all(len(set(column)) == 7 for column in left.T)


def test_the_smallest_p_there_can_be_is_a_hit_and_the_interval_is_wilsons():
    # With 19 spins p is at least 1/20: those at 0.05 are all that can be called correlated.
    found = spin_validity(spins(19, seed=2), maps=300, seed=2)
    for _, row in found[found["sides"] == 0].iterrows():
        rate, low, high = row[["rate", "ci_low", "ci_high"]]
        assert 0.02 < rate < 0.3
        z, n = stats.norm.ppf(0.975), 300
        middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
        assert (low, high) == (pytest.approx(middle - half), pytest.approx(middle + half))


def test_smooth_maps_fade_with_the_distance_in_mm_on_a_sphere_of_100_mm():
    maps = _maps("cortex", 20_000, 0.0, 60.0, np.random.default_rng(3))
    for side, columns in (("left", slice(0, 34)), ("right", slice(34, 68))):
        apart = np.linalg.norm(
            atlas.sphere()[side][:, None] - atlas.sphere()[side][None], axis=2
        )  # chords of a sphere of radius 1
        expected = np.exp(-100 * 2 * np.arcsin(np.clip(apart / 2, 0, 1)) / 60)
        np.testing.assert_allclose(np.corrcoef(maps[:, columns].T), expected, atol=0.04)
    assert np.abs(np.corrcoef(maps.T)[:34, 34:]).max() < 0.04


@pytest.mark.parametrize(("structure", "count"), [("cortex", 34), ("deep", 7)])
def test_sides_of_maps_are_as_alike_as_asked(structure, count):
    maps = _maps(structure, 20_000, 0.8, 60.0, np.random.default_rng(3))
    assert maps.shape == (20_000, 2 * count)
    alike = np.diag(np.corrcoef(maps.T)[:count, count:])
    # The mirror images of regions are not quite those of the other side.
    np.testing.assert_allclose(alike, 0.8, atol=0.03)


def test_nulls_hold_their_level_where_shuffles_one_by_one_do_not():
    found = spin_validity(spins(200, seed=6), maps=1000, seed=6)
    found = found.set_index(["structure", "null", "sides"])
    spun = found.loc[("cortex", "spin", 0.0)]
    assert spun["ci_low"] < 0.05 < spun["ci_high"] + 0.02
    assert found.loc[("cortex", "shuffle", 0.0), "ci_low"] > max(0.07, spun["rate"])
    for sides in (0.0, 0.8, 0.95):
        pairs = found.loc[("deep", "spin", sides)]
        assert pairs["ci_low"] < 0.05 < pairs["ci_high"] + 0.005
    # Left and right of a structure, taken for two, look like twice the evidence.
    assert found.loc[("deep", "shuffle", 0.8), "ci_low"] > 0.08
    assert found.loc[("deep", "shuffle", 0.95), "ci_low"] > 0.12
