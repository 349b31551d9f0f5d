"""Enrichment: weighted means by hand, on regions and on connections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transdx import atlas
from transdx.annotations import Annotation, load_annotations
from transdx.stats import Estimates, associate, enrich, spin_rate, spins, weights_of
from transdx.stats.nulls import spin_p

ENDS = ("left_insula", "right_insula", "left_amygdala", "left_cuneus", "right_cuneus")


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(8)
    names = [("thickness", f"{side}_{r}") for side in atlas.HEMISPHERES for r in atlas.CORTEX]
    pairs = [c for c, row in atlas.connections().iterrows() if set(row.iloc[:2]) <= set(ENDS)]
    names += [("functional_connectivity", pair) for pair in pairs]
    names += [("functional_connectivity", "left_insula"), ("thickness", "total")]
    x = pd.DataFrame(rng.normal(size=(300, len(names))))
    x.columns = pd.MultiIndex.from_tuples(names, names=["modality", "feature"])
    y = pd.DataFrame(rng.normal(size=(300, 3)), columns=["insomnia", "depression", "anxiety"])
    # Thickness of the insula goes with anxiety.
    y["anxiety"] += x[("thickness", "left_insula")] + x[("thickness", "right_insula")]
    c = pd.DataFrame({"age": rng.normal(size=300)})
    return associate(x, y, c, permutations=200, bootstraps=200)


def annotation(name: str, weights: dict[str, float]) -> Annotation:
    series = pd.Series(weights).reindex(list(atlas.REGIONS)).fillna(0.0)
    return Annotation("receptor", name, series / series.sum(), "set")


@pytest.fixture(scope="module")
def turned():
    return spins(300, seed=1)


INSULA = annotation("insula", {"left_insula": 1, "right_insula": 3})


def test_weights_of_connections_are_products_of_their_ends():
    pairs = ["left_insula--right_insula", "left_insula--left_cuneus", "left_cuneus--right_cuneus"]
    mixed = annotation("mixed", {"left_insula": 1, "right_insula": 3, "left_cuneus": 2})
    np.testing.assert_allclose(weights_of(mixed, pairs), [3 / 5, 2 / 5, 0])
    nothing = annotation("none", {"left_amygdala": 1})
    assert weights_of(nothing, pairs).isna().all()


def test_estimate_p_and_interval_are_those_of_the_weighted_mean(found, turned):
    table = enrich(found, [INSULA], spins=turned)[0]
    rows = table[table["modality"] == "thickness"].set_index("score")
    places = [found.beta.index.get_loc(("thickness", f"{s}_insula")) for s in ("left", "right")]
    w = np.array([0.25, 0.75])
    for j, score in enumerate(found.beta):
        row = rows.loc[score]
        assert row["estimate"] == pytest.approx(w @ found.beta[score].to_numpy()[places])
        null = np.tensordot(w, found.null[places, j].astype(float), 1)
        t = (row["estimate"] - null.mean()) / (null.std(ddof=1) * np.sqrt(1 + 1 / 200))
        assert row["p"] == pytest.approx(2 * stats.t.sf(abs(t), 199), rel=1e-4, abs=0)
        draws = np.tensordot(w, found.bootstrap[places, j].astype(float), 1)
        assert row["ci_low"] == pytest.approx(np.quantile(draws, 0.025), rel=1e-4)
        assert (row["regions"], row["form"], row["kind"]) == (2, "set", "receptor")


def test_spin_null_rearranges_the_annotation(found, turned):
    table = enrich(found, [INSULA], spins=turned)[0]
    for modality in ("thickness", "functional_connectivity"):
        labels = [
            label
            for label in found.beta.index
            if label[0] == modality
            and (atlas.is_connection(label[1]) if modality != "thickness" else label[1] != "total")
        ]
        beta = found.beta.loc[labels, "anxiety"].to_numpy()
        null = []
        for spin in turned:
            moved = pd.Series(INSULA.weights.to_numpy()[spin], index=list(atlas.REGIONS))
            if modality == "thickness":
                w = moved[[feature for _, feature in labels]].to_numpy()
            else:
                ends = [feature.split("--") for _, feature in labels]
                w = np.array([moved[a] * moved[b] for a, b in ends])
            null.append(w @ beta / w.sum() if w.sum() else np.nan)
        row = table[(table["modality"] == modality) & (table["score"] == "anxiety")].iloc[0]
        assert row["p_spin"] == pytest.approx(float(spin_p(row["estimate"], np.array(null))))
    at_home = table[(table["modality"] == "thickness") & (table["score"] == "anxiety")]
    assert at_home["p_spin"].iloc[0] < 0.05


def test_centred_statistic_asks_about_the_place(found, turned):
    table = enrich(found, [INSULA], spins=turned)[0]
    rows = table[table["modality"] == "thickness"].set_index("score")
    labels = [x for x in found.beta.index if x[0] == "thickness" and x[1] != "total"]
    places = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    w = weights_of(INSULA, labels).to_numpy() - 1 / len(labels)
    for j, score in enumerate(found.beta):
        observed = w @ found.beta.to_numpy()[places, j]
        null = np.tensordot(w, found.null[places, j].astype(float), 1)
        assert rows.loc[score, "centred"] == pytest.approx(observed)
        t = (observed - null.mean()) / (null.std(ddof=1) * np.sqrt(1 + 1 / 200))
        p = 2 * stats.t.sf(abs(t), 199)
        assert rows.loc[score, "p_centred"] == pytest.approx(p, rel=1e-3, abs=0)
    # Every beta lower by the same amount changes the level and not the place.
    lower = Estimates(found.beta - 0.2, found.n, found.null, found.bootstrap, found.table())
    again = enrich(lower, [INSULA], spins=turned)[0]
    again = again[again["modality"] == "thickness"].set_index("score")
    np.testing.assert_allclose(again["centred"], rows["centred"], atol=1e-9)
    assert (again["p"] < 0.01).all()


def test_rate_of_spins_is_counted_over_permuted_maps(found, turned):
    several = [a for a in load_annotations() if a.kind == "network"]
    row = spin_rate(found, several, modality="thickness", spins=turned[:99], maps=40).iloc[0]
    labels = [x for x in found.beta.index if x[0] == "thickness" and x[1] != "total"]
    places = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    hits = []
    for one in several:
        w = one.weights.to_numpy()
        home, away = w[14:], w[turned[:99]][:, 14:]
        maps = found.null[places, 0, :40].astype(float)
        null = (away / away.sum(axis=1, keepdims=True)) @ maps
        hits.append(spin_p(home / home.sum() @ maps, null.T) <= 0.05)
    assert row["rate"] == pytest.approx(np.mean(hits))
    assert row["maps"] == 40
    of_maps = np.mean(hits, axis=0)
    assert of_maps.shape == (40,)
    half = 1.96 * np.sqrt(((of_maps - of_maps.mean()) ** 2).sum() / 39 / 40)
    assert row["ci_low"] == pytest.approx(max(np.mean(hits) - half, 0))
    assert row["ci_high"] == pytest.approx(np.mean(hits) + half)
    assert 0 < half < 0.1
    assert spin_rate(found, several, modality="surface_area", spins=turned).empty


def test_contrasts_compare_standardised_maps(found, turned):
    table = enrich(found, [INSULA], spins=turned)[1]
    rows = table[table["modality"] == "thickness"].set_index(["score_a", "score_b"])
    row = rows.loc[("insomnia", "anxiety")]
    labels = [x for x in found.beta.index if x[0] == "thickness" and x[1] != "total"]
    places = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    w = weights_of(INSULA, labels).to_numpy()

    def standard(maps):
        return (w[:, None] * (maps - maps.mean(0)) / maps.std(0, ddof=1)).sum(0)

    draws = found.bootstrap[places].astype(float)
    gap = standard(draws[:, 0]) - standard(draws[:, 2])
    assert row["difference"] == pytest.approx(gap.mean(), rel=1e-4)
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["ci_high"] == pytest.approx(np.quantile(gap, 0.975), rel=1e-3)
    t = gap.mean() / (gap.std(ddof=1) * np.sqrt(1 + 1 / 200))
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(t), 199), rel=1e-2, abs=1e-12)
    gap = standard(draws[:, 0]) - standard(draws[:, 1])
    t = gap.mean() / (gap.std(ddof=1) * np.sqrt(1 + 1 / 200))
    p = rows.loc[("insomnia", "depression"), "p"]
    assert p == pytest.approx(2 * stats.t.sf(abs(t), 199), rel=1e-3)
    assert p > 1e-6


def test_corrected_over_annotations_and_scores_of_a_modality(found, turned):
    several = [a for a in load_annotations() if a.kind == "network"][:4]
    table = enrich(found, several, spins=turned)[0]
    assert set(table["modality"]) == {"thickness", "functional_connectivity"}
    thick = table[table["modality"] == "thickness"]
    np.testing.assert_allclose(thick["p_fdr"], stats.false_discovery_control(thick["p"]))
    np.testing.assert_allclose(thick["p_spin_fdr"], stats.false_discovery_control(thick["p_spin"]))
    centred = stats.false_discovery_control(thick["p_centred"])
    np.testing.assert_allclose(thick["p_centred_fdr"], centred)
    # The three are not one another.
    assert not np.allclose(thick["p_centred_fdr"], thick["p_spin_fdr"])
    assert not np.allclose(thick["p_centred_fdr"], thick["p_fdr"])


def test_contrasts_are_corrected_over_annotations_and_pairs_of_a_modality(found, turned):
    cuneus = annotation("cuneus", {"left_cuneus": 1, "right_cuneus": 1})
    table = enrich(found, [INSULA, cuneus], spins=turned)[1]
    for modality in ("thickness", "functional_connectivity"):
        rows = table[table["modality"] == modality]
        assert len(rows) == 6
        np.testing.assert_allclose(rows["p_fdr"], stats.false_discovery_control(rows["p"]))


def changed(found, *, beta=None, bootstrap=None):
    """The same estimates with other betas or resamples."""
    beta = found.beta if beta is None else beta
    bootstrap = found.bootstrap if bootstrap is None else bootstrap
    return Estimates(beta, found.n, found.null, bootstrap, found.table())


def test_a_feature_lost_in_a_resample_is_left_out_of_that_resample_alone(found, turned):
    labels = [x for x in found.beta.index if x[0] == "thickness" and x[1] != "total"]
    places = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    draws = found.bootstrap.copy()
    draws[found.beta.index.get_loc(("thickness", "left_cuneus")), :, 7] = np.nan
    cuneus = annotation("cuneus", {"left_cuneus": 1, "left_insula": 1})
    table = enrich(changed(found, bootstrap=draws), [INSULA, cuneus], spins=turned)[1]
    rows = table[table["modality"] == "thickness"].set_index(["annotation", "score_a", "score_b"])
    assert rows.notna().all(axis=None)
    maps = draws[places].astype(float)
    standard = (maps - np.nanmean(maps, axis=0)) / np.nanstd(maps, axis=0, ddof=1)
    for one in (INSULA, cuneus):
        w = weights_of(one, labels).to_numpy()
        gap = (w[w > 0] @ (standard[w > 0, 0] - standard[w > 0, 2])).ravel()
        # The insula has all 200 resamples, what weighs the cuneus has 199.
        assert np.isfinite(gap).sum() == (200 if one is INSULA else 199)
        row = rows.loc[(one.name, "insomnia", "anxiety")]
        assert row["difference"] == pytest.approx(np.nanmean(gap), rel=1e-5)
        assert row["ci_low"] == pytest.approx(np.nanquantile(gap, 0.025), rel=1e-5)


def test_a_feature_without_a_result_for_one_score_leaves_the_map(found, turned):
    lost = ("thickness", "left_cuneus")
    beta = found.beta.copy()
    beta.loc[lost, "depression"] = np.nan
    rest = found.beta.index != lost
    without = Estimates(
        found.beta[rest], found.n[rest], found.null[rest], found.bootstrap[rest], found.table()
    )
    both = annotation("both", {"left_cuneus": 1, "left_insula": 2, "right_insula": 1})
    for one, other in zip(
        enrich(changed(found, beta=beta), [both, INSULA], spins=turned),
        enrich(without, [both, INSULA], spins=turned),
        strict=True,
    ):
        pd.testing.assert_frame_equal(one, other)
    # The map is another one with it.
    whole = enrich(found, [both], spins=turned)[0]
    assert not np.allclose(whole["centred"], enrich(without, [both], spins=turned)[0]["centred"])


def test_an_annotation_without_weight_in_a_map_is_left_out_there(found, turned):
    amygdala = annotation("amygdala", {"left_amygdala": 1, "left_insula": 1})
    thalamus = annotation("thalamus", {"left_thalamus": 1})
    for table in enrich(found, [amygdala, thalamus, INSULA], spins=turned):
        there = table.groupby("modality")["annotation"].unique().map(list)
        assert there["thickness"] == ["amygdala", "insula"]
        assert there["functional_connectivity"] == ["amygdala", "insula"]


def test_regions_are_counted_where_the_map_has_them(found, turned):
    mixed = annotation("mixed", {"left_thalamus": 1, "left_insula": 1})
    rows = enrich(found, [mixed, INSULA], spins=turned)[0].set_index(["modality", "annotation"])
    assert (rows.loc[("thickness", "mixed"), "regions"] == 1).all()
    assert (rows.loc[("thickness", "insula"), "regions"] == 2).all()
