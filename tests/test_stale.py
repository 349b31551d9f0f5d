"""Findings are made again when anything in the data has changed, however deep, and only then."""

from __future__ import annotations

import os

import numpy as np
import pytest

from transdx.errors import TransdxError
from transdx.findings import open_run
from transdx.findings.run import _digest, depends_on
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

    make.data = data
    return make


def test_a_connectome_edited_in_place_is_computed_anew(run, export):
    before, computed = run()
    assert computed
    assert not run()[1]
    stored = np.load(run.data / "connectomes_i2" / "functional_connectivity.npy", mmap_mode="r+")
    anxious = export[[f"p{item}_i{visit}" for item in (1970, 1990, 2010) for visit in (0, 2)]]
    stored[:] += 0.2 * anxious.sum(axis=1).to_numpy()[:, None]
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
    assert _digest({"a": "1", "b": "2"}) == _digest({"b": "2", "a": "1"})
