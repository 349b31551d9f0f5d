"""Findings are made again when anything in the data has changed, however deep, and only then."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from transdx import simulate
from transdx._files import digest_text
from transdx._locks import _take, sole_writer
from transdx.cli import main
from transdx.errors import InputError, TransdxError
from transdx.findings import open_run
from transdx.findings.run import depends_on
from transdx.progress import silent
from transdx.run import plan
from transdx.sources import fingerprint

SMALL = {"permutations": 100, "bootstraps": 100, "world": "simulated"}


def _beta(findings, score="anxiety"):
    table = findings.table("associations").set_index(["modality", "feature", "score"])
    return table.loc[("functional_connectivity", "total", score), "beta"]


@pytest.fixture
def run(export, write_export, connectomes, tmp_path):
    """An export with connectomes, and its findings, which are made again when they are due."""
    functional = connectomes["functional_connectivity"]
    functional += np.random.default_rng(2).normal(0, 0.05, functional.shape)
    data = write_export(export, connectomes=connectomes)
    stages: list[object] = []

    def make():
        stages.clear()
        found = open_run(
            data=data, root=tmp_path / "book", progress=lambda *told: stages.append(told), **SMALL
        )
        return found, bool(stages)

    make.data, make.stages = data, stages
    return make


def test_a_connectome_edited_in_place_is_computed_anew(run, export):
    before, computed = run()
    assert computed
    assert not run()[1]
    stored = np.load(run.data / "connectomes_i2" / "functional_connectivity.npy", mmap_mode="r+")
    anxious = export[[f"p{item}_i{visit}" for item in (1970, 1990, 2010) for visit in (0, 2)]]
    stored[:] += 0.02 * anxious.sum(axis=1).to_numpy()[:, None]
    stored.flush()
    after, computed = run()
    assert computed
    assert _beta(after) > _beta(before) + 0.2


def test_somebody_who_withdraws_leaves_what_was_computed_before(run, export):
    before, _ = run()
    (run.data / "w12345_20250101.csv").write_text(f"{export['eid'].iloc[3]}\n")
    after, computed = run()
    assert computed
    assert before.number("flow.analysed") - after.number("flow.analysed") == 1
    assert after.number("flow.excluded_withdrawn") == 1


@pytest.mark.parametrize(
    "deep", ["a.csv", "bulk/12/5_31014_2_0/fMRI.aparc.csv", "connectomes_i2/x"]
)
def test_a_file_that_comes_is_written_to_or_goes_changes_the_fingerprint(tmp_path, deep):
    file = tmp_path / deep
    seen = [fingerprint(tmp_path)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("1")
    seen.append(fingerprint(tmp_path))
    file.write_text("2")
    os.utime(file, ns=(0, 0))
    seen.append(fingerprint(tmp_path))
    file.rename(file.with_name("b.csv"))
    seen.append(fingerprint(tmp_path))
    assert len(set(seen)) == 4
    file.with_name("b.csv").unlink()
    assert fingerprint(tmp_path) == seen[0]


def test_the_study_file_beside_an_export_of_one_file_belongs_to_it(tmp_path):
    data = tmp_path / "export.csv"
    data.write_text("eid\n")
    (tmp_path / "notes.txt").write_text("1")
    before = fingerprint(data)
    (tmp_path / "study.toml").write_text('extends = "ukb"\n')
    assert fingerprint(data) != before


def test_the_state_of_hidden_files_is_no_reason(run):
    before = fingerprint(run.data)
    (run.data / ".DS_Store").write_text("1")
    (run.data / ".cache").mkdir()
    (run.data / ".cache" / "x.csv").write_text("1")
    assert fingerprint(run.data) == before


def test_data_that_change_while_they_are_read_are_read_again(run, monkeypatch):
    from transdx import sources

    read, times = sources.read_cohort, []

    def meddle(*given, **how):
        times.append(1)
        if len(times) <= changes:
            (run.data / "note.txt").write_text("x" * len(times))
        return read(*given, **how)

    monkeypatch.setattr(sources, "read_cohort", meddle)
    changes = 1
    run()
    assert len(times) == 2
    assert not run()[1]
    changes = 100
    (run.data / "note.txt").unlink()
    with pytest.raises(TransdxError, match="changed each of the 3 times that they were read"):
        run()


def test_a_plannedand_the_book_ask_the_same_question(run):
    planned = plan(data=run.data, **SMALL)
    before = depends_on(planned)
    (run.data / "connectomes_i2" / "functional_connectivity.npy").touch()
    after = depends_on(planned)
    assert {name for name in after if before[name] != after[name]} == {"data"}


def test_the_order_of_what_findings_depend_on_is_none_of_it():
    assert digest_text({"a": "1", "b": "2"}) == digest_text({"b": "2", "a": "1"})


def _held(place):
    """Whether somebody holds the lock of a place."""
    with place.with_name(f".{place.name}.lock").open("a") as lock:
        return not _take(lock.fileno(), wait=False)


def _waits(run):
    return any(stage.startswith("waiting for process") for stage, _, _ in run.stages)


def test_a_run_waits_for_who_writes_the_data_that_it_reads(run, export):
    with sole_writer(run.data, what="a simulated export", progress=silent):
        reader = threading.Thread(target=run)
        reader.start()
        end = time.monotonic() + 60
        while not _waits(run):
            assert time.monotonic() < end
            time.sleep(0.02)
        assert ("reading the cohort", 0, 0) not in run.stages
        (run.data / "w12345_20250101.csv").write_text(f"{export['eid'].iloc[3]}\n")
    reader.join(60)
    after, computed = run()
    assert not computed
    assert after.number("flow.excluded_withdrawn") == 1


def test_data_beside_which_no_lock_can_be_made_are_read_all_the_same(run, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with sole_writer(run.data, what="a simulated export", progress=silent):
        assert run()[1]
    assert not _waits(run)


def test_who_simulates_a_folder_or_reads_it_holds_its_lock(tmp_path, monkeypatch):
    made = tmp_path / "data" / "simulated-quick"
    seen = []

    def look(*_, **given):
        seen.append((given.get("participants"), _held(made)))
        raise TransdxError("looked")

    monkeypatch.setattr(simulate, "simulate", look)
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "--out", "data/simulated-quick", "--participants", "60"]) == 1
    with pytest.raises(TransdxError, match="looked"):
        open_run(root=tmp_path)
    assert seen == [(60, True), (4000, True)]
    assert list(tmp_path.iterdir()) == []


def test_findings_of_which_a_file_is_not_as_it_was_written_are_made_again(run, tmp_path):
    run()
    [folder] = (tmp_path / "book" / "results").iterdir()
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("flow.parquet", "flow.json", "manifest.json"):
        changed = whole[name].replace(b"1", b"2", 1)
        assert changed != whole[name]
        (folder / name).write_bytes(changed)
        assert run()[1], name
        now = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert {n for n in whole if now[n] != whole[n]} <= {"manifest.json"}
    (folder / "claims.csv").unlink()
    assert run()[1]
    assert (folder / "claims.csv").read_bytes() == whole["claims.csv"]
    assert not run()[1]


def test_planted_effects_that_are_no_table_are_said_to_be_so(run):
    (run.data / "truth.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"truth.csv: expected the columns .*got no table"):
        run()


def test_data_that_are_not_there_are_said_to_be_so_in_every_world(tmp_path):
    for world in ("simulated", "ukb", ""):
        with pytest.raises(InputError, match=r"expected an export at .*nowhere, but there is noth"):
            open_run(world=world, data=tmp_path / "nowhere", root=tmp_path)
