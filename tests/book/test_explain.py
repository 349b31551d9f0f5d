"""Why a page is due or fresh is said in words, and nothing is made for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transdx.cli import main


@pytest.fixture
def explain(unrendered: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    monkeypatch.chdir(unrendered.root)

    def ask(*words: str) -> list[str]:
        before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
        assert main(["explain", *words]) == 0
        assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
        return capsys.readouterr().out.splitlines()

    return ask


def test_nothing_is_done_yet_then_all_is_fresh(unrendered: Any, explain: Any) -> None:
    assert explain("01")[1:] == [
        "findings simulated-quick: not done yet",
        "chapter 01-cohort: not done yet",
        "pages: not done yet",
    ]
    unrendered.make()
    assert explain("01") == [
        "A book on simulated-quick:",
        "findings simulated-quick: fresh",
        "chapter 01-cohort: fresh",
        "pages: fresh",
    ]


def test_files_and_parameters_that_changed_are_named(unrendered: Any, explain: Any) -> None:
    unrendered.make()
    source = json.dumps(unrendered.notebook("Cohort", code="2 + 2"))
    unrendered.write("notebooks/01-cohort.ipynb", source)
    unrendered.write("book/index.md", "# Another book\n")
    first, *said = explain("01-cohort", "-p", "seed=7", "-p", "width=2.5")
    assert first == "A book on simulated-quick-seed7; the book made last shows simulated-quick:"
    assert said[:2] == [
        "findings simulated-quick-seed7: not done yet",
        "chapter 01-cohort: notebook and parameters and results changed",
    ]
    assert said[2] == "  notebook: notebooks/01-cohort.ipynb changed"
    assert said[3] == "  parameters: seed was 1, is 7, width was 1.0, is 2.5"
    assert "  pages: book/index.md changed" in said


def test_a_library_is_named_with_both_versions(
    unrendered: Any, explain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transdx.findings import run as findings

    unrendered.make()
    known = findings.version
    monkeypatch.setattr(findings, "version", lambda n: "99" if n == "numpy" else known(n))
    was = f"  library versions: numpy was {known('numpy')}, is 99"
    assert explain("findings")[1:3] == [
        "findings simulated-quick: library versions changed",
        was,
    ]
    assert explain("pages")[1:] == ["pages: fresh"]


def test_open_data_that_could_not_be_had_are_no_change_of_the_pages(
    unrendered: Any, explain: Any
) -> None:
    unrendered.offline = True
    unrendered.make()
    assert explain("pages")[1:] == ["pages: fresh"]
    assert explain("02")[1:3] == [
        "findings open-quick: not done yet",
        "chapter 02-open: not done yet",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["01-cohrt"], "there is no chapter '01-cohrt'; did you mean '01-cohort'"),
        (["01", "-p", "sed=1"], "no chapter has a parameter 'sed'; did you mean 'seed'"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    unrendered: Any, words: list[str], expected: str, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(unrendered.root)
    assert main(["explain", *words]) == 2
    assert expected in capsys.readouterr().err


def test_a_folder_without_a_book_is_said(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "01"]) == 2
    assert "is not a book" in capsys.readouterr().err
