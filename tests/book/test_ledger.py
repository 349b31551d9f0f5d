"""The ledger of the build sees every change of a file, and only changes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from transdx._files import digest
from transdx.book.ledger import Ledger, Step


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.json")


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
    file.write_text("3")
    os.utime(file, ns=times)


@pytest.mark.parametrize("change", [_rename, _move, _swap, _add, _remove, _same_size, _same_time])
def test_every_change_inside_a_folder_changes_its_digest(
    folder: Path, change: Callable[[Path], None]
) -> None:
    before = digest(folder)
    assert digest(folder) == before
    change(folder)
    assert digest(folder) != before


@pytest.mark.parametrize(
    "name", ["manifest.json", "inner/.hidden", "__pycache__/x.pyc", ".ipynb_checkpoints/x.ipynb"]
)
def test_what_every_run_writes_anew_does_not_count(folder: Path, name: str) -> None:
    before = digest(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    assert digest(folder, besides="manifest.json") == before
    # What is made is published with its manifest.
    assert (digest(folder) != before) == (name == "manifest.json")


def test_a_folder_elsewhere_with_the_same_content_has_the_same_digest(folder: Path) -> None:
    before = digest(folder)
    assert digest(folder.rename(folder.with_name("moved"))) == before


def test_all_paths_count_and_one_that_is_missing_leaves_no_digest(folder: Path) -> None:
    inner, file = folder / "inner", folder / "b.csv"
    assert len({digest(inner), digest(file), digest(inner, file)}) == 3
    assert digest(inner, folder / "gone") == ""
    file.write_text("1")
    # A file alone counts by its content: a chapter that is renamed is the same chapter.
    assert digest(file) == digest(inner / "a.csv")


def _step(makes: Path, **needs: str) -> Step:
    parts = {name: {"part": value} for name, value in needs.items()}
    return Step("s", parts, makes, lambda reason: None)


def test_reasons_name_what_changed(ledger: Ledger, folder: Path) -> None:
    step = _step(folder, a="1", b="2", c="3")
    assert ledger.why(step) == "not done yet"
    ledger.record(step)
    assert ledger.why(step) is None
    assert ledger.why(_step(folder, a="1", b="2", c="4")) == "c changed"
    assert ledger.why(_step(folder, a="0", b="2", c="4")) == "a and c changed"
    assert ledger.why(_step(folder, a="1", b="2")) == "c changed"
    assert ledger.why(_step(folder, a="1", b="2", c="3", d="4")) == "d changed"


def test_details_name_what_is_new_gone_or_otherwise(ledger: Ledger, folder: Path) -> None:
    def step(**parts: str) -> Step:
        return Step("s", {"a": {"same": "1"}, "b": parts}, folder, lambda reason: None)

    assert ledger.details(step()) == []
    one, two = "1" * 64, "2" * 64
    ledger.record(step(seed="1", file=one, old=one, data=""))
    assert ledger.details(step(seed="1", file=one, old=one, data="")) == []
    now = step(seed="7", file=two, new=two, data="x")
    said = "seed was 1, is 7, file changed, new is new, data was not given, is x, old is gone"
    assert ledger.details(now) == [f"b: {said}"]
    many = {f"f{i}": one for i in range(9)}
    ledger.record(step(**many))
    (line,) = ledger.details(step(**dict.fromkeys(many, two)))
    assert line.endswith("f5 changed, 3 more")


def test_what_is_gone_or_changed_comes_before_what_is_needed(ledger: Ledger, folder: Path) -> None:
    ledger.record(_step(folder, a="1"))
    changed = _step(folder, a="2")
    (folder / "b.csv").write_text("9")
    assert ledger.why(changed) == f"{folder.parent.name}/results was changed by hand"
    shutil.rmtree(folder)
    assert ledger.why(changed) == f"{folder.parent.name}/results is gone"


def test_what_is_forgotten_is_done_again_also_by_the_next_build(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    step = _step(folder, a="1")
    ledger.record(step)
    assert Ledger(tmp_path / "ledger.json").why(step) is None
    ledger.forget("s")
    again = Ledger(tmp_path / "ledger.json")
    assert (ledger.why(step), again.why(step)) == ("not done yet", "not done yet")


@pytest.mark.parametrize(
    "text",
    [
        *("", "{broken", "[]", "3", "[" * 100_000),
        *('{"s": 3}', '{"s": null}', '{"s": ["made"]}', '{"steps": {"s": []}}'),
        *('{"s": {"made": "1"}}', '{"s": {"made": "1", "needs": {"a": "1"}}}'),
    ],
)
def test_a_ledger_that_cannot_be_understood_counts_as_empty(
    folder: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "ledger.json").write_text(text)
    assert Ledger(tmp_path / "ledger.json").why(_step(folder)) == "not done yet"


@pytest.mark.parametrize("entry", [{}, {"a": {"b": 1}}, {"a": "1"}, {"made": 3, "a": ["1"]}])
def test_an_entry_of_another_shape_makes_the_step_due(
    folder: Path, tmp_path: Path, entry: object
) -> None:
    (tmp_path / "ledger.json").write_text(json.dumps({"s": entry}))
    assert Ledger(tmp_path / "ledger.json").why(_step(folder, a="1")) is not None
