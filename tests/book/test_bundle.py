"""The archive of a book: the same to the byte, whole, and with nothing that may not leave."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from transdx.book.bundle import write_bundle
from transdx.book.start import start
from transdx.errors import TransdxError
from transdx.results import Findings, save_findings
from transdx.results.compare import compare
from transdx.results.store import is_whole, read_manifest

POWER = pd.DataFrame({"n": [90], "alpha": 0.05, "label": "one", "smallest_beta": [0.3]})


def book(root: Path, *, world: str = "simulated", seconds: float = 1.0) -> str:
    """Write a book's folder, with a draft and pages, and the results of a run."""
    run = f"{world}-quick-seed7"
    start(root)
    (root / "book" / "chapters").mkdir()
    (root / "book" / "chapters" / "01.ipynb").write_text("a page")
    (root / "notebooks" / ".draft.ipynb").write_text("hidden")
    own = {"world": world, "profile": "quick", "seed": 7, "data": "ward-7-patients"}
    manifest = {
        "name": run,
        "parameters": own,
        "inputs": {"w12345_20250101.csv": "0" * 64},
        "versions": {"transdx": "9.9"},
        "python": "3.13.0",
        "seconds": seconds,
    }
    save_findings(Findings(world, {"power": POWER}, manifest), root / "results" / run)
    (root / "results" / run / "people.csv").write_text("eid\n1234567\n")
    return run


def test_two_archives_are_the_same_to_the_byte_whenever_they_are_made(tmp_path: Path) -> None:
    made = []
    for name, seconds in (("one", 1.0), ("two", 2.5)):
        run = book(tmp_path / name, seconds=seconds)
        for file in (tmp_path / name).rglob("*.md"):
            os.utime(file, (seconds * 1e9, seconds * 1e9))
        out = tmp_path / name / "book.zip"
        write_bundle(tmp_path / name, run, out)
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_what_is_unpacked_is_the_book_and_its_run(tmp_path: Path) -> None:
    run = book(tmp_path / "book")
    write_bundle(tmp_path / "book", run, tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as archive:
        archive.extractall(tmp_path)
    taken, ours = tmp_path / "taken", tmp_path / "book"
    names = {path.relative_to(taken).as_posix() for path in taken.rglob("*") if path.is_file()}
    for name in ("notebooks/03-regional.ipynb", "requirements.lock", "_toc.yml", "book/index.md"):
        assert (taken / name).read_bytes() == (ours / name).read_bytes()
    assert f"results/{run}/power.csv" in names
    # A chapter may be about people; what lies beside it is no source.
    others = {name for name in names if not name.startswith("notebooks/")}
    assert not [name for name in others if "people" in name]
    assert not [name for name in names if "chapters/" in name or "/." in name]
    about = (taken / "ABOUT.md").read_text(encoding="utf-8")
    assert about.startswith(f"# Simulated data, run {run}, seed 7, transdx 9.9\n")
    assert "transdx book --world simulated --profile quick --seed 7\n" in about
    # The run is whole where it has come to, and the same as ours.
    folder = taken / "results" / run
    assert is_whole(folder, read_manifest(folder) or {})
    assert set(compare(ours / "results" / run, folder).parameters) == {"data"}


def test_of_real_people_no_file_and_no_folder_is_named(tmp_path: Path) -> None:
    run = book(tmp_path / "book", world="ukb")
    write_bundle(tmp_path / "book", run, tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as archive:
        held = [name.encode() + archive.read(name) for name in archive.namelist()]
        about = archive.read("taken/ABOUT.md").decode()
    for told in (b"w12345", b"ward-7", b"1234567"):
        assert not [text for text in held if told in text]
    assert "transdx book --world ukb --profile quick --seed 7 --data DIR\n" in about


def test_results_changed_by_hand_are_not_handed_out(tmp_path: Path) -> None:
    run = book(tmp_path / "book")
    (tmp_path / "book" / "results" / run / "power.csv").write_text("n\n5\n")
    with pytest.raises(TransdxError, match="not as it was written"):
        write_bundle(tmp_path / "book", run, tmp_path / "taken.zip")
    assert not (tmp_path / "taken.zip").exists()
