"""The ledger of the build sees every change of a file, and only changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from transdx.book.ledger import Ledger, Step


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.json", root=tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files, one of them in a folder inside."""
    inner = tmp_path / "results" / "inner"
    inner.mkdir(parents=True)
    (inner / "a.csv").write_text("1")
    (inner.parent / "b.csv").write_text("2")
    return inner.parent


def _rename(folder: Path) -> None:
    (folder / "b.csv").rename(folder / "c.csv")


def _move(folder: Path) -> None:
    (folder / "inner" / "a.csv").rename(folder / "a.csv")


def _swap(folder: Path) -> None:
    (folder / "inner" / "a.csv").write_text("2")
    (folder / "b.csv").write_text("1")


def _add(folder: Path) -> None:
    (folder / "inner" / "new.csv").write_text("")


def _remove(folder: Path) -> None:
    (folder / "inner" / "a.csv").unlink()


def _same_size(folder: Path) -> None:
    (folder / "b.csv").write_text("3")


def _same_time(folder: Path) -> None:
    file = folder / "b.csv"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_text("22")
    os.utime(file, ns=times)


@pytest.mark.parametrize("change", [_rename, _move, _swap, _add, _remove, _same_size, _same_time])
def test_every_change_inside_a_folder_changes_its_digest(
    ledger: Ledger, folder: Path, change: Callable[[Path], None]
) -> None:
    before = ledger.digest(folder)
    assert ledger.digest(folder) == before
    change(folder)
    assert ledger.digest(folder) != before


@pytest.mark.parametrize(
    "name", ["manifest.json", "inner/.hidden", "__pycache__/x.pyc", ".ipynb_checkpoints/x.ipynb"]
)
def test_what_every_run_writes_anew_does_not_count(ledger: Ledger, folder: Path, name: str) -> None:
    before = ledger.digest(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    assert ledger.digest(folder) == before


def test_a_folder_elsewhere_with_the_same_content_has_the_same_digest(
    ledger: Ledger, folder: Path
) -> None:
    before = ledger.digest(folder)
    assert ledger.digest(folder.rename(folder.with_name("moved"))) == before


def test_all_paths_count_and_one_that_is_missing_leaves_no_digest(
    ledger: Ledger, folder: Path
) -> None:
    inner, file = folder / "inner", folder / "b.csv"
    assert len({ledger.digest(inner), ledger.digest(file), ledger.digest(inner, file)}) == 3
    assert ledger.digest(inner, folder / "gone") == ""
    file.write_text("1")
    # A file alone counts by its content: a chapter that is renamed is the same chapter.
    assert ledger.digest(file) == ledger.digest(inner / "a.csv")


def _step(folder: Path, *outputs: Path, **inputs: str) -> Step:
    return Step("s", lambda seen: inputs, outputs or (folder,), lambda reason: None)


def test_reasons_name_what_changed(ledger: Ledger, folder: Path) -> None:
    step = _step(folder, a="1", b="2", c="3")
    assert ledger.why(step) == "not done yet"
    ledger.record(step, seconds=0.0)
    assert ledger.why(step) is None
    assert ledger.why(_step(folder, a="1", b="2", c="4")) == "c changed"
    assert ledger.why(_step(folder, a="0", b="2", c="4")) == "a and c changed"
    assert ledger.why(_step(folder, a="1", b="2")) == "c changed"
    assert ledger.why(_step(folder, a="1", b="2", c="3", d="4")) == "d changed"
    other = _step(folder, folder / "inner", a="1", b="2", c="3")
    assert ledger.why(other) == "it writes to another place"
    both = _step(folder, folder, folder / "inner", a="1", b="2", c="3")
    assert ledger.why(both) == "it writes to another place"


def test_outputs_that_are_gone_or_changed_come_before_inputs(ledger: Ledger, folder: Path) -> None:
    step = _step(folder, folder / "inner", folder / "b.csv", a="1")
    ledger.record(step, seconds=0.0)
    changed = _step(folder, folder / "inner", folder / "b.csv", a="2")
    (folder / "b.csv").write_text("9")
    assert ledger.why(changed) == "results/b.csv was changed by hand"
    (folder / "b.csv").unlink()
    assert ledger.why(changed) == "results/b.csv is gone"


def test_what_is_forgotten_is_done_again_also_by_the_next_build(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    step = _step(folder, a="1")
    ledger.record(step, seconds=1.25)
    assert Ledger(tmp_path / "ledger.json", root=tmp_path).why(step) is None
    ledger.forget(step)
    again = Ledger(tmp_path / "ledger.json", root=tmp_path)
    assert (ledger.why(step), again.why(step)) == ("not done yet", "not done yet")
    assert again.seconds() == {}


def test_a_file_is_hashed_again_only_when_it_was_touched(
    ledger: Ledger, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transdx.book import ledger as home

    hashed: list[str] = []
    original = home.sha256
    monkeypatch.setattr(home, "sha256", lambda path: (hashed.append(path.name), original(path))[1])
    outside = tmp_path / "outside.csv"
    outside.write_text("1")
    inside = Ledger(tmp_path / "ledger.json", root=folder)
    for one in (inside, inside):
        one.digest(folder, outside)
    assert sorted(hashed) == ["a.csv", "b.csv", "outside.csv"]
    inside.save()
    Ledger(tmp_path / "ledger.json", root=folder).digest(folder, outside)
    assert len(hashed) == 3
    (folder / "b.csv").write_text("22")
    inside.digest(folder, outside)
    assert hashed[3:] == ["b.csv"]
