"""Connectomes: packed whole or not at all; from raw files, in the right places."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.cli import main
from transdx.connectomes import folder_of, open_connectomes, write_connectomes
from transdx.errors import InputError
from transdx.simulate.bulk import possible_correlations, write_bulk
from transdx.sources import bulk, fingerprint, read_cohort

SUBCORTEX = ("HIP", "AMY", "pTHA", "aTHA", "NAc", "GP", "PUT", "CAU")
CORTEX_NAMES = [f"ctx-{side}h-{region}" for side in "lr" for region in atlas.CORTEX]
SUBCORTEX_NAMES = [f"{region}-{side}h" for side in "rl" for region in SUBCORTEX]


def _series(labels, seed=0, points=40):
    rng = np.random.default_rng(seed)
    walk = rng.normal(size=(len(labels), points)) + rng.normal(size=points)
    columns = [f"timepoint_{t}" for t in range(points)]
    return pd.DataFrame(
        1e4 + walk.round(6), index=pd.Index(labels, name="label_name"), columns=columns
    )


def _weights(seed=0):
    half = np.triu(np.random.default_rng(seed).integers(1, 9, (84, 84)))
    return pd.DataFrame(half + np.triu(half, 1).T)


class _Raw:
    """The raw files of one person, unpacked as scripts of others leave them."""

    def __init__(self, export, person):
        self.folder = export / "bulk" / "12"
        self.person = person

    def path(self, field, name):
        return self.folder / f"{self.person}_{field}_2_0" / name

    def put(self, field, name, table, **how):
        path = self.path(field, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, **how)

    def cortex(self, table):
        self.put("31014", "fMRI.aparc.csv.gz", table)

    def subcortex(self, table):
        self.put("31019", "fMRI.Tian_Subcortex_S1_3T.csv.gz", table)

    def matrix(self, table):
        self.put("31020", "connectome_sift2_fbc_10M.csv", table, header=False, index=False)


@pytest.fixture
def raw(tmp_path):
    """Give somebody all three raw files."""

    def make(person, export=tmp_path):
        files = _Raw(export, person)
        files.cortex(_series(CORTEX_NAMES, person))
        files.subcortex(_series(SUBCORTEX_NAMES, person + 1))
        files.matrix(_weights(person))
        return files

    return make


def _packed(folder, *people):
    bulk.pack(folder, pd.Index(people))
    held = open_connectomes(folder)
    return {
        modality: pd.DataFrame(values, held.participants, atlas.connections().index)
        for modality, values in held.matrices.items()
    }


def test_correlations_are_those_of_numpy(raw, tmp_path):
    files = raw(5)
    cortex, subcortex = _series(CORTEX_NAMES, 1), _series(SUBCORTEX_NAMES, 2)
    files.cortex(cortex)
    files.subcortex(subcortex.iloc[::-1])
    found = _packed(tmp_path, 5)["functional_connectivity"].loc[5]

    def correlation(one, other):
        return pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-6)

    insula, pole = cortex.loc["ctx-lh-insula"], cortex.loc["ctx-rh-temporalpole"]
    assert found["left_insula--right_temporalpole"] == correlation(insula, pole)
    amygdala = subcortex.loc["AMY-rh"]
    assert found["right_amygdala--left_insula"] == correlation(amygdala, insula)
    # The thalamus is the mean of its halves, each in its own SD.
    halves = subcortex.loc[["pTHA-lh", "aTHA-lh"]]
    thalamus = halves.sub(halves.mean(axis=1), axis=0).div(halves.std(axis=1), axis=0).mean()
    assert found["left_thalamus--right_amygdala"] == correlation(thalamus, amygdala)


def test_a_shift_or_another_unit_changes_no_correlation(raw, tmp_path):
    raw(5)
    other = raw(6)
    other.cortex(_series(CORTEX_NAMES, 5) * 3 - 7)
    other.subcortex(_series(SUBCORTEX_NAMES, 6))
    found = _packed(tmp_path, 5, 6)["functional_connectivity"]
    np.testing.assert_allclose(found.loc[5], found.loc[6], atol=1e-6)


@pytest.mark.parametrize("spelling", ["{side}h_{name}", "{SIDE}_{name}", "ctx_{side}h_{name}"])
def test_labels_may_be_spelt_otherwise(raw, tmp_path, spelling):
    files = raw(5)
    before = _packed(tmp_path, 5)["functional_connectivity"]
    for label, put, names in (
        (0, files.cortex, CORTEX_NAMES),
        (1, files.subcortex, SUBCORTEX_NAMES),
    ):
        bare = [name.replace("ctx-", "").split("-")[:: 1 - 2 * label] for name in names]
        table = _series(names, 5 + label)
        table.index = pd.Index(
            [spelling.format(side=s[0], SIDE=s[0].upper(), name=name) for s, name in bare]
        )
        put(pd.concat([table, table.iloc[:1].rename(lambda _: "ctx-lh-unknown") * 0]))
    shutil.rmtree(folder_of(tmp_path))
    pd.testing.assert_frame_equal(_packed(tmp_path, 5)["functional_connectivity"], before)


def test_the_order_of_the_nodes(raw, tmp_path):
    # Each node has a prime; a weight is the product of two, so that it tells its ends.
    primes = [p for p in range(2, 500) if all(p % d for d in range(2, p))][:84]
    files = raw(5)
    files.matrix(pd.DataFrame(np.outer(primes, primes)))
    found = _packed(tmp_path, 5)["structural_connectivity"].loc[5]
    # Counted in the list of the authors: 34 left, 34 right, 8 right, 8 left.
    left_insula, right_bankssts, left_temporalpole = primes[33], primes[34], primes[31]
    right_hippocampus, right_amygdala, right_accumbens = primes[68], primes[69], primes[72]
    left_pallidum, left_putamen, left_caudate = primes[81:84]
    right_thalamus, left_thalamus = primes[70] + primes[71], primes[78] + primes[79]
    assert found["left_temporalpole--left_insula"] == left_temporalpole * left_insula
    assert found["left_insula--right_bankssts"] == left_insula * right_bankssts
    assert found["right_hippocampus--right_amygdala"] == right_hippocampus * right_amygdala
    assert found["left_putamen--left_pallidum"] == left_putamen * left_pallidum
    assert found["left_caudate--right_accumbens"] == left_caudate * right_accumbens
    assert found["left_thalamus--right_thalamus"] == left_thalamus * right_thalamus
    assert found["left_thalamus--left_insula"] == left_thalamus * left_insula


def test_written_and_read_again(tmp_path, monkeypatch):
    rng = np.random.default_rng(8)
    people = [1_000_001, 1_000_002, 2_000_003, 2_000_004, 2_000_005]
    # Correlations that exist: those of some series.
    series = rng.normal(size=(5, 100, 82)) + rng.normal(size=(5, 100, 1))
    functional = np.array([np.corrcoef(one.T)[atlas.ends()] for one in series])
    structural = np.where(rng.random((5, 3321)) < 0.5, rng.gamma(2, 100, (5, 3321)), 0)
    structural[1], functional[2] = np.nan, np.nan
    values = {"structural_connectivity": structural, "functional_connectivity": functional}
    folder = write_bulk(tmp_path, people, values, seed=3)
    assert (folder / "10" / "1000001_31014_2_0.zip").is_file()
    assert len(list(folder.rglob("*.zip"))) == 3 * 5 - 1 - 2
    monkeypatch.setattr(bulk, "_BLOCK", 2)
    found = _packed(tmp_path, *people)
    np.testing.assert_allclose(found["structural_connectivity"], structural, rtol=1e-7)
    np.testing.assert_allclose(found["functional_connectivity"], functional, atol=1e-6)


def test_the_nearest_correlations_are_highams():
    # Higham 2002, section 4: 1 1 0 / 1 1 1 / 0 1 1 becomes 1 .7607 .1573 / .7607 1 .7607 / ...
    wished = pd.Series(0.0, index=atlas.connections().index)
    a, b, c = atlas.REGIONS[:3]
    wished[[f"{a}--{b}", f"{b}--{c}"]] = 1
    found = pd.Series(possible_correlations(wished.to_numpy()), index=wished.index)
    assert found[[f"{a}--{b}", f"{b}--{c}", f"{a}--{c}"]].round(4).to_list() == [
        *(0.7607, 0.7607),
        0.1573,
    ]
    assert found.drop([f"{a}--{b}", f"{b}--{c}", f"{a}--{c}"]).abs().max() < 1e-8


def test_a_person_without_an_image_has_a_gap(raw, tmp_path):
    raw(5)
    shutil.rmtree(raw(6).folder / "6_31019_2_0")
    shutil.rmtree(raw(7).folder / "7_31020_2_0")
    found = _packed(tmp_path, 5, 6, 7)
    gaps = {name: table.isna().all(axis=1).to_list() for name, table in found.items()}
    assert gaps == {
        "structural_connectivity": [False, False, True],
        "functional_connectivity": [False, True, False],
    }
    assert not found["structural_connectivity"].loc[[5, 6]].isna().any(axis=None)


def test_of_a_kind_of_image_that_nobody_has_nothing_is_packed(raw, tmp_path):
    shutil.rmtree(raw(5).folder / "5_31020_2_0")
    assert list(_packed(tmp_path, 5)) == ["functional_connectivity"]


def test_a_person_with_a_region_without_signal_lacks_the_connectome(raw, tmp_path):
    raw(5)
    series = _series(CORTEX_NAMES, 6)
    series.iloc[33] = 0.0
    raw(6).cortex(series)
    found = _packed(tmp_path, 5, 6)
    assert found["functional_connectivity"].isna().all(axis=1).to_list() == [False, True]
    assert not found["structural_connectivity"].isna().any(axis=None)


def test_another_visit_is_not_read(raw, tmp_path):
    files = raw(5)
    for path in list(files.folder.iterdir()):
        path.rename(path.with_name(path.name.replace("_2_0", "_3_0")))
    bulk.pack(tmp_path, pd.Index([5]))
    assert open_connectomes(tmp_path) is None


def test_raw_connectomes_come_with_the_cohort(export, write_export, raw):
    people = [int(eid) for eid in export["eid"].iloc[:4]]
    folder = write_export(export, withdrawn=[people[3]])
    for person in [*people, 17]:
        raw(person, folder)
    cohort = read_cohort("simulated", folder)
    # Neither of one who withdrew nor of a stranger.
    assert list(cohort.connectomes.participants) == people[:3]
    assert "functional_connectivity" in cohort.modalities()
    assert "structural_connectivity.npy" in cohort.inputs


def test_packed_once_and_again_when_a_file_changes(raw, tmp_path):
    files = raw(5)
    before = _packed(tmp_path, 5, 6)
    stamp = folder_of(tmp_path).stat().st_ino
    _packed(tmp_path, 5, 6)
    assert folder_of(tmp_path).stat().st_ino == stamp
    raw(6)
    after = _packed(tmp_path, 5, 6)
    assert list(after["functional_connectivity"].index) == [5, 6]
    pd.testing.assert_frame_equal(
        after["functional_connectivity"].loc[[5]], before["functional_connectivity"]
    )
    # The same names and as many of them, but one with other weights in it.
    files.matrix(_weights(5) * 1000)
    changed = _packed(tmp_path, 5, 6)
    pd.testing.assert_frame_equal(
        changed["structural_connectivity"].loc[[5]], 1000 * before["structural_connectivity"]
    )
    pd.testing.assert_frame_equal(
        changed["functional_connectivity"], after["functional_connectivity"]
    )
    # Raw files may go once they are packed.
    shutil.rmtree(tmp_path / "bulk")
    assert len(_packed(tmp_path, 5, 6)["functional_connectivity"]) == 2


def test_connectomes_packed_by_other_means_are_left_alone(raw, tmp_path):
    raw(5)
    write_connectomes(tmp_path, [5], [{"functional_connectivity": np.ones((1, 3321))}])
    assert (_packed(tmp_path, 5)["functional_connectivity"] == 1).all(axis=None)


def _with_gap(table):
    table.iloc[3, 7] = np.nan
    return table


SPOILT = {
    "missing label": (
        lambda files: files.cortex(_series(CORTEX_NAMES).drop("ctx-lh-insula")),
        r"expected 68 labels, got 67, and 'left_insula' is missing",
    ),
    "repeated label": (
        lambda files: files.subcortex(_series([*SUBCORTEX_NAMES, "AMY-rh"])),
        r"expected 16 labels, got 17, and 'right_amygdala' is there too often",
    ),
    "unknown label": (
        lambda files: files.cortex(_series(CORTEX_NAMES).rename({"ctx-lh-insula": "ctx-lh-insla"})),
        r"got 'ctx-lh-insla'; did you mean 'insula'",
    ),
    "no side": (
        lambda files: files.subcortex(_series(SUBCORTEX_NAMES).rename({"HIP-rh": "HIP"})),
        r"such as 'ctx-lh-insula' or 'HIP-rh', got 'HIP'",
    ),
    "text": (
        lambda files: files.cortex(_series(CORTEX_NAMES).map("{}?".format)),
        r"expected rows of numbers",
    ),
    "gap": (
        lambda files: files.put(
            "31014", "fMRI.aparc.csv.gz", _with_gap(_series(CORTEX_NAMES)), na_rep="nan"
        ),
        r"expected numbers throughout, but some are missing",
    ),
    "lengths": (
        lambda files: files.subcortex(_series(SUBCORTEX_NAMES, points=39)),
        r"as many time points of the subcortex as of the cortex \(40\), got 39",
    ),
    "83 nodes": (
        lambda files: files.matrix(_weights().iloc[:83, :83]),
        r"expected a matrix of 84 x 84 weights .* got 83 x 83",
    ),
    "one triangle": (
        lambda files: files.matrix(pd.DataFrame(np.triu(_weights()))),
        r"expected a symmetric matrix",
    ),
    "below zero": (lambda files: files.matrix(-_weights()), r"weights from 0 on"),
    "no file": (
        lambda files: files.path("31020", "connectome_sift2_fbc_10M.csv").rename(
            files.path("31020", "connectome_mean_FA_10M.csv")
        ),
        r"expected one file connectome_sift2_fbc_10M\.csv .* found 0 among 1",
    ),
    "cut off": (
        lambda files: files.path("31014", "fMRI.aparc.csv.gz").write_bytes(
            gzip.compress(b"label_name,timepoint_0" * 99)[:30]
        ),
        r"it is cut off or damaged",
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_cannot_be_read_of_anybody_is_said(raw, tmp_path, spoil):
    change, sentence = spoil
    change(raw(5))
    with pytest.raises(InputError, match=sentence) as caught:
        bulk.pack(tmp_path, pd.Index([5]))
    assert "of 1 of 1 " in str(caught.value)
    assert "fetch them again" in str(caught.value)
    # Nothing half packed is left behind.
    assert [path.name for path in tmp_path.iterdir()] == ["bulk"]


def _zipped(content, **how):
    def spoil(files):
        shutil.rmtree(files.folder / "6_31020_2_0")
        with zipfile.ZipFile(files.folder / "6_31020_2_0.zip", "w", **how) as archive:
            archive.writestr("connectome_sift2_fbc_10M.csv", content)

    return spoil


def _marked(offset, value):
    """Write a zip whose entries say something else of how they are packed."""

    def spoil(files):
        _zipped("0")(files)
        path = files.folder / "6_31020_2_0.zip"
        content = bytearray(path.read_bytes())
        local, central = content.index(b"PK\3\4"), content.index(b"PK\1\2")
        content[local + offset] = content[central + offset + 2] = value
        path.write_bytes(content)

    return spoil


def _no_zip(files):
    _zipped("0")(files)
    (files.folder / "6_31020_2_0.zip").write_bytes(b"no zip")


def _bomb(files):
    files.path("31020", "connectome_sift2_fbc_10M.csv").unlink()
    with gzip.open(files.path("31020", "connectome_sift2_fbc_10M.csv.gz"), "wb", 9) as stream:
        stream.write(bytes(2**26 + 1))


HARMFUL = {
    "no zip": (_no_zip, "it is cut off or damaged"),
    "encrypted": (_marked(6, 1), "it is encrypted"),
    "oddly packed": (_marked(8, 97), "packed in a way that cannot be unpacked"),
    "bomb": (_zipped("0" * (2**26 + 1), compression=zipfile.ZIP_DEFLATED), "more than 64 MiB"),
    "bomb in gzip": (_bomb, "more than 64 MiB"),
    "an id as a label": (
        lambda files: files.cortex(_series(CORTEX_NAMES).rename({"ctx-lh-insula": "1234567"})),
        "expected labels such as",
    ),
}


@pytest.mark.parametrize("spoil", HARMFUL.values(), ids=HARMFUL.keys())
def test_what_cannot_be_read_of_one_is_counted_by_reason(raw, tmp_path, spoil):
    change, reason = spoil
    raw(5)
    change(raw(6))
    found = _packed(tmp_path, 5, 6)
    damaged = bulk.damaged_in(tmp_path)
    assert len(damaged) == 1
    ((modality, counts),) = damaged.items()
    ((why, number),) = counts.items()
    assert (reason in why, number) == (True, 1)
    assert "1234567" not in (folder_of(tmp_path) / "connectomes.json").read_text()
    assert found[modality].isna().all(axis=1).to_list() == [False, True]
    other = ({*found} - {modality}).pop()
    assert not found[other].isna().any(axis=None)


def test_what_was_interrupted_goes_on(raw, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "_BLOCK", 2)
    people = [5, 6, 7, 8, 9]
    for person in people:
        raw(person)
    raw(6).matrix(-_weights())
    before, read = _packed(tmp_path, *people), bulk._structural
    shutil.rmtree(folder_of(tmp_path))
    done = []

    def once(image):
        done.append(image)
        if len(done) > 3:
            raise KeyboardInterrupt
        return read(image)

    monkeypatch.setattr(bulk, "_structural", once)
    with pytest.raises(KeyboardInterrupt):
        bulk.pack(tmp_path, pd.Index(people))
    monkeypatch.setattr(bulk, "_structural", lambda image: done.append(image) or read(image))
    done.clear()
    after = _packed(tmp_path, *people)
    assert len(done) == 3
    for modality, table in after.items():
        pd.testing.assert_frame_equal(table, before[modality])
    assert sum(map(len, bulk.damaged_in(tmp_path).values())) == 1
    assert not (tmp_path / ".connectomes_parts").exists()


def test_bulk_files_may_be_behind_links(raw, tmp_path):
    elsewhere, export = tmp_path / "ä disk", tmp_path / "export"
    raw(5, elsewhere)
    raw(6, elsewhere)
    export.mkdir()
    (export / "bulk").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(export)
    (elsewhere / "gone").symlink_to(tmp_path / "nowhere")
    image = elsewhere / "bulk" / "12" / "6_31020_2_0"
    image.rename(tmp_path / "moved")
    image.symlink_to(tmp_path / "moved")
    found = _packed(export, 5, 6)
    assert not any(table.isna().any(axis=None) for table in found.values())
    before = fingerprint(export)
    raw(6, elsewhere).matrix(_weights(7) * 9)
    assert fingerprint(export) != before
    assert not _packed(export, 5, 6)["structural_connectivity"].equals(
        found["structural_connectivity"]
    )


def test_a_zip_holds_the_same_as_its_folder(raw, tmp_path):
    files = raw(5)
    before = _packed(tmp_path, 5)
    for folder in list(files.folder.iterdir()):
        with zipfile.ZipFile(folder.with_name(f"{folder.name}.zip"), "w") as archive:
            for path in folder.iterdir():
                archive.write(path, f"aparc+Tian_Subcortex_S1_3T/{path.name}")
        shutil.rmtree(folder)
    for modality, table in _packed(tmp_path, 5).items():
        pd.testing.assert_frame_equal(table, before[modality])
    told = json.loads((folder_of(tmp_path) / "connectomes.json").read_text())
    assert told["raw_images"] == 3


def test_series_of_the_cortex_alone_are_refused(raw, tmp_path):
    shutil.rmtree(raw(5).folder / "5_31019_2_0")
    with pytest.raises(InputError, match=r"got field 31014 alone; fetch field 31019"):
        bulk.pack(tmp_path, pd.Index([5]))


def test_an_export_that_cannot_be_written_to_is_said_so(raw, tmp_path, monkeypatch):
    raw(5)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=r"1 people are to be packed into .* cannot be written to"):
        bulk.pack(tmp_path, pd.Index([5]))


def test_check_counts_what_cannot_be_read(export, write_export, raw, capsys):
    folder = write_export(export)
    for eid in export["eid"].iloc[:5]:
        raw(int(eid), folder)
    for eid in export["eid"].iloc[:2]:
        _Raw(folder, int(eid)).matrix(_weights().iloc[:83, :83])
    assert main(["check", "--world", "simulated", "--data", str(folder)]) == 1
    shown = capsys.readouterr().out
    assert "2 structural connectivity: expected a matrix of 84 x 84 weights" in shown
    assert "90000001" not in shown


@pytest.mark.parametrize("rows", [1, 3])
def test_as_many_rows_as_people(tmp_path, rows):
    blocks = [{"functional_connectivity": np.ones((rows, 3321))}]
    with pytest.raises(InputError, match=f"expected connectomes of 2 participants, got {rows}"):
        write_connectomes(tmp_path, [1, 2], blocks)
    assert not list(tmp_path.iterdir())


def test_packed_files_that_do_not_fit_together_are_refused(tmp_path):
    folder = write_connectomes(tmp_path, [1], [{"functional_connectivity": np.ones((1, 3321))}])
    np.save(folder / "participants.npy", [1, 2])
    with pytest.raises(InputError, match=r"expected 2 participants x 3321 .* got \(1, 3321\)"):
        open_connectomes(tmp_path)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([5, 6, 5], "1 of 3 rows repeat an id"),
        (["5", "6", "05"], "1 of 3 rows repeat an id"),
        ([5, 6.5, 7], "1 of 3 rows hold none"),
        ([5, np.nan, 7], "1 of 3 rows hold none"),
        (["5", "6", "x"], "1 of 3 rows hold none"),
        ([-5, 6, 7], "1 of 3 rows hold none"),
        ([[5], [6], [7]], r"expected one id per participant, got an array of shape \(3, 1\)"),
        (5, r"got an array of shape \(\)"),
        (np.array([5, 6, 7], dtype=object), "cannot be read .*Object arrays"),
    ],
)
def test_packed_ids_are_whole_numbers_and_each_is_there_once(tmp_path, ids, said):
    folder = write_connectomes(tmp_path, [5, 6, 7], [{"functional_connectivity": _ones(3)}])
    np.save(folder / "participants.npy", ids)
    with pytest.raises(InputError, match=rf"^connectomes_i2/participants\.npy.*{said}") as caught:
        open_connectomes(tmp_path)
    assert "remove the folder connectomes_i2 and make it again" in str(caught.value)


def _ones(people):
    return np.ones((people, 3321))


@pytest.mark.parametrize("ids", [[7.0, 5.0, 6.0], ["7", "05", " 6"], [b"7", b"5", b"6"]])
def test_packed_ids_may_be_of_another_type(tmp_path, ids):
    folder = write_connectomes(tmp_path, [5, 6, 7], [{"functional_connectivity": _ones(3)}])
    np.save(folder / "participants.npy", ids)
    assert open_connectomes(tmp_path).participants.to_list() == [7, 5, 6]


@pytest.mark.parametrize("values", [np.full((1, 3321), "0.5"), np.ones((1, 3321), bool)])
def test_packed_values_that_are_no_numbers_are_refused(tmp_path, values):
    folder = write_connectomes(tmp_path, [5], [{"functional_connectivity": _ones(1)}])
    np.save(folder / "functional_connectivity.npy", values)
    with pytest.raises(InputError, match=r"functional_connectivity\.npy: .* floating-point"):
        open_connectomes(tmp_path)


def test_an_archive_in_place_of_an_array_is_refused(tmp_path):
    folder = write_connectomes(tmp_path, [5], [{"functional_connectivity": _ones(1)}])
    with (folder / "participants.npy").open("wb") as stream:
        np.savez(stream, [5])
    with pytest.raises(InputError, match=r"participants\.npy holds no single array"):
        open_connectomes(tmp_path)


@pytest.mark.parametrize("ids", [[5, 5], [5, 6.5], [5, np.nan]])
def test_connectomes_are_packed_for_each_person_once(tmp_path, ids):
    with pytest.raises(InputError, match=r"^participants: expected"):
        write_connectomes(tmp_path, ids, [{"functional_connectivity": _ones(2)}])
    assert not list(tmp_path.iterdir())


def test_a_simulated_export_of_raw_files_alone(tmp_path):
    words = ["simulate", "--out", str(tmp_path), "--participants", "60", "--time-series", "6"]
    assert main(words) == 0
    packed = open_connectomes(tmp_path)
    expected = {name: np.array(values[:6]) for name, values in packed.matrices.items()}
    shutil.rmtree(folder_of(tmp_path))
    found = read_cohort("simulated", tmp_path).connectomes
    rows = packed.participants[:6].get_indexer(found.participants)
    assert len(rows) >= 4
    functional = expected["functional_connectivity"][rows]
    imaged = np.isfinite(functional[:, 0])
    functional[imaged] = [possible_correlations(values) for values in functional[imaged]]
    np.testing.assert_allclose(
        found.matrices["functional_connectivity"], functional, atol=1e-6, equal_nan=True
    )
    np.testing.assert_allclose(
        found.matrices["structural_connectivity"],
        expected["structural_connectivity"][rows],
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", ["participants.npy", "functional_connectivity.npy"])
def test_a_packed_file_that_is_cut_off_is_named(raw, tmp_path, name):
    raw(5)
    bulk.pack(tmp_path, pd.Index([5]))
    path = tmp_path / "connectomes_i2" / name
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=f"connectomes_i2/{name} cannot be read"):
        open_connectomes(tmp_path)


def test_a_record_of_packing_that_is_cut_off_is_named(raw, tmp_path):
    raw(5)
    bulk.pack(tmp_path, pd.Index([5]))
    (tmp_path / "connectomes_i2" / "connectomes.json").write_text("{")
    with pytest.raises(InputError, match=r"connectomes\.json cannot be read"):
        bulk.pack(tmp_path, pd.Index([5]))


_STRUCTURAL, _FUNCTIONAL = "structural_connectivity", "functional_connectivity"
IMPLAUSIBLE_CONNECTOMES = {
    "correlations times 100": (
        lambda held: held | {_FUNCTIONAL: held[_FUNCTIONAL] * 100},
        "functional_connectivity.npy: expected correlations from -1 to 1, but 60 of 60 people",
    ),
    "exchanged": (
        lambda held: {_FUNCTIONAL: held[_STRUCTURAL], _STRUCTURAL: held[_FUNCTIONAL]},
        "structural_connectivity.npy: expected weights from 0 on, but 30 of 60 people",
    ),
    "negative weights": (
        lambda held: held | {_STRUCTURAL: -held[_STRUCTURAL]},
        "structural_connectivity.npy: expected weights from 0 on, but 60 of 60 people",
    ),
}


@pytest.mark.parametrize(
    ("change", "said"), IMPLAUSIBLE_CONNECTOMES.values(), ids=IMPLAUSIBLE_CONNECTOMES
)
def test_connectomes_that_cannot_be_what_they_are_called_are_refused(
    export, write_export, connectomes, change, said
):
    folder = write_export(export, connectomes=change(connectomes))
    with pytest.raises(InputError, match=rf"^connectomes_i2/{said} looked at have others; they"):
        read_cohort("simulated", folder)
