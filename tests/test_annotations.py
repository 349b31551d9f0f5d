"""Annotations: the sets of the package are the top quarters of the fetched maps."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from transdx import annotations, associate, figures, reference, stats
from transdx.annotations import load_annotations, mixture
from transdx.atlas import CORTEX, REGIONS, split
from transdx.cli import main
from transdx.errors import TransdxError
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


def test_maps_of_the_whole_brain_are_the_published_ones_in_the_cortex(published):
    whole = {a.name: a.weights for a in annotations.whole_brain()}
    cortical = {name: a.weights for (kind, name), a in published.items() if kind == "receptor"}
    assert whole.keys() == cortical.keys()
    cortex = [region for region in REGIONS if split(region)[1] in CORTEX]
    alike = {n: np.corrcoef(whole[n][cortex], cortical[n][cortex])[0, 1] for n in whole}
    # That of VAChT was published with wrong weights (netneurolab/hansen_receptors#13).
    assert alike.pop("VAChT") == pytest.approx(0.989, abs=5e-4)
    assert min(alike.values()) > 1 - 1e-6


def test_some_receptors_are_densest_in_the_deep_structures(published):
    whole = {a.name: a for a in annotations.whole_brain()}
    for name in ("D1", "DAT", "H3"):
        densest = set(whole[name].weights.nlargest(4).index)
        assert {split(region)[1] for region in densest} & {"putamen", "pallidum"}, name
        assert published["receptor", name].weights[list(densest)].sum() == 0
    assert mixture([whole["D1"], whole["H3"]]).weights["left_putamen"] == pytest.approx(
        (whole["D1"].weights["left_putamen"] + whole["H3"].weights["left_putamen"]) / 2
    )


def test_a_receptor_of_which_a_study_lacks_has_no_map_of_the_whole_brain(published, monkeypatch):
    here = annotations.maps_here()
    lost = next(file for file, maps in here.items() if maps.of == "mGluR5")
    some = {file: maps for file, maps in here.items() if file != lost}
    monkeypatch.setattr(annotations, "maps_here", lambda: some)
    names = {a.name for a in annotations.whole_brain()}
    assert "mGluR5" not in names
    assert "D1" in names


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


def test_whoever_fetches_maps_is_told_their_terms_and_faults():
    entry = reference.registry()["hansen2022/receptor_data_scale033.csv"]
    assert entry.licence == "CC-BY-NC-SA-4.0"
    assert "VAChT over studies used wrong weights" in entry.content


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
    assert annotations.maps_here() == {}


@pytest.fixture
def newcomer(monkeypatch, tmp_path):
    """Add a map to the registry by one entry, whose file lies in a mirror; nothing is fetched."""
    mirror, package = tmp_path / "mirror", tmp_path / "package"
    for folder in (mirror / "new", package / "data"):
        folder.mkdir(parents=True)
    monkeypatch.setenv(reference.MIRROR, str(mirror))
    monkeypatch.setenv(reference.CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(reference, "files", lambda _: package)
    reference.registry.cache_clear()

    def add(table: pd.DataFrame, maps: dict[str, object]) -> str:
        path = mirror / "new" / "A2A.csv"
        table.to_csv(path)
        entry = {
            "file": "new/A2A.csv",
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "url": "https://example.org/A2A.csv",
            "licence": "CC0-1.0",
            "citation": "nobody",
            "content": "density of the adenosine receptor A2A",
            "maps": maps,
        }
        (package / "data" / "reference.json").write_text(json.dumps([entry]))
        return str(path)

    yield add
    reference.registry.cache_clear()


def test_a_map_is_added_by_one_entry_of_the_registry(newcomer, capsys):
    density = pd.DataFrame({"A2A": np.arange(34.0)}, index=[f"lh_{name}" for name in CORTEX])
    path = newcomer(density, {"kind": "receptor"})
    assert list(annotations.maps_here()) == ["new/A2A.csv"]
    found = load_annotations()
    assert [a.kind for a in found].count("receptor") == 20
    (added,) = (a for a in found if a.name == "A2A")
    assert (added.kind, added.form) == ("receptor", "continuous")
    expected = pd.Series(0.0, index=list(REGIONS))
    expected[[f"left_{name}" for name in CORTEX]] = np.arange(34) / np.arange(34).sum()
    pd.testing.assert_series_equal(added.weights, expected, check_names=False)

    assert main(["fetch"]) == 0
    assert capsys.readouterr().out == f"{path}\n"

    rng = np.random.default_rng(1)
    names = [("thickness", region) for region in REGIONS[14:]]
    x = pd.DataFrame(rng.normal(size=(80, 68)), columns=pd.MultiIndex.from_tuples(names))
    y = pd.DataFrame(rng.normal(size=(80, 2)), columns=["insomnia", "anxiety"])
    age = pd.DataFrame({"age": rng.normal(size=80)})
    fitted = associate(x, y, age, permutations=20, bootstraps=20)
    enriched, contrasts = stats.enrich(fitted, found, spins=stats.spins(20, seed=1))
    table = figures.enrichment_table(enriched, modality="thickness").frame
    assert "A2A" in set(table["annotation"])
    receptors = figures.enrichment_heatmaps(enriched, contrasts, modality="thickness").pictures[0]
    assert "A2A" in receptors.alt


def test_maps_of_several_columns_are_their_means(newcomer):
    table = pd.DataFrame(
        {"first": [0.0, 1.0], "second": [0.0, 5.0]}, index=["R_insula", "L_cuneus"]
    )
    newcomer(table, {"kind": "domain", "means": {"both": ["first", "second"], "last": ["second"]}})
    added = {a.name: a for a in load_annotations() if a.form == "continuous"}
    assert sorted(added) == ["both", "last"]
    assert added["both"].weights["left_cuneus"] == 1


@pytest.mark.parametrize(
    ("kind", "index", "refused"),
    [
        ("receptors", "lh_insula", "kind of the maps in new/A2A.csv .* did you mean 'receptor'"),
        ("receptor", "0", "new/A2A.csv: expected rows named by regions such as lh_insula"),
    ],
)
def test_an_entry_that_cannot_be_read_is_said(newcomer, kind, index, refused):
    newcomer(pd.DataFrame({"A2A": [1.0]}, index=[index]), {"kind": kind})
    with pytest.raises(TransdxError, match=refused):
        load_annotations()


def test_findings_are_computed_again_when_maps_have_come(monkeypatch, tmp_path):
    from transdx.findings.run import depends_on
    from transdx.run import plan

    run = plan(world="open")
    monkeypatch.setattr(annotations, "maps_here", dict)
    before = depends_on(run)
    monkeypatch.setattr(annotations, "maps_here", lambda: {"maps.csv": None})
    after = depends_on(run)
    assert {name for name in after if after[name] != before[name]} == {"receptor maps"}
