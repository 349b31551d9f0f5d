"""One chapter alone, with parameters of its run: what is shown beside it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from transdx.cli import main
from transdx.errors import InputError


def chapters(said: list[str]) -> list[str]:
    return [line.split(":")[0] for line in said if line.startswith("chapter ")]


def is_note(book: Any, name: str) -> bool:
    page = (book.root / "book" / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8")
    return "transdx-not-computed" in page


def test_one_chapter_alone_leaves_a_note_in_place_of_the_others(unrendered: Any) -> None:
    assert chapters(unrendered.make(chapter="01")) == ["chapter 01-cohort"]
    assert not is_note(unrendered, "01-cohort")
    assert is_note(unrendered, "02-open")
    # The whole book makes what is missing, and nothing else.
    assert chapters(unrendered.make()) == ["chapter 02-open"]
    assert not is_note(unrendered, "02-open")


def test_what_is_there_of_the_same_run_stays_and_of_another_does_not(unrendered: Any) -> None:
    unrendered.make()
    other = unrendered.root / "book" / "chapters" / "02-open.ipynb"
    before = other.read_bytes()
    source = json.dumps(unrendered.notebook("Cohort", code="2 + 2"))
    unrendered.write("notebooks/01-cohort.ipynb", source)
    assert chapters(unrendered.make(chapter="01-cohort")) == ["chapter 01-cohort"]
    assert other.read_bytes() == before
    # Of seed 7 there is no such page: that of seed 1 is not shown beside it.
    assert chapters(unrendered.make(chapter="1", seed=7)) == ["chapter 01-cohort"]
    assert is_note(unrendered, "02-open")
    own = json.loads((unrendered.root / "book/chapters/01-cohort.ipynb").read_text("utf-8"))
    assert "seed: int = 7" in own["cells"][1]["source"]


@pytest.mark.parametrize("name", ["01", "1", "01-cohort", "01-cohort.ipynb"])
def test_a_chapter_goes_by_number_name_or_file(unrendered: Any, name: str) -> None:
    assert chapters(unrendered.make(chapter=name)) == ["chapter 01-cohort"]


def test_a_notebook_stands_for_its_editions_and_an_edition_for_itself(unrendered: Any) -> None:
    source = unrendered.notebook("{{ score }}")
    source["cells"][1]["source"] += '\nscore: str = "anxiety"'
    source["metadata"]["transdx"] = {"editions": {"score": ["anxiety", "insomnia"]}}
    unrendered.write("notebooks/01-cohort.ipynb", json.dumps(source))
    both = ["chapter 01-anxiety", "chapter 01-insomnia"]
    assert chapters(unrendered.make(chapter="notebooks/01-cohort.ipynb")) == both
    assert chapters(unrendered.make(chapter="01-insomnia", seed=2)) == both[1:]


def test_an_unknown_chapter_is_named_with_the_nearest(unrendered: Any) -> None:
    with pytest.raises(InputError, match="no chapter '01-cohrt'; did you mean '01-cohort'"):
        unrendered.make(chapter="01-cohrt")
    with pytest.raises(InputError, match="'11'; The book has 01-cohort, 02-open"):
        unrendered.make(chapter="11")
    assert not (unrendered.root / "results").exists()


def test_parameters_of_the_run_and_of_a_chapter_go_where_they_belong(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unrendered.root)
    words = ["-p", "seed=7", "-p", "width=2.5", "-p", "profile=quick"]
    assert main(["book", "--chapter", "01", *words]) == 0
    assert unrendered.computed == ["simulated-quick-seed7", "open-quick-seed7"]
    page = (unrendered.root / "book/chapters/01-cohort.ipynb").read_text(encoding="utf-8")
    assert "width: float = 2.5" in page


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-p", "seed"], "a parameter is written NAME=VALUE, as in -p seed=7, got 'seed'"),
        (["-p", "seed=seven"], "expected seed to be a whole number from 0 up, got 'seven'"),
        (
            ["-p", "profile=papr"],
            "expected profile to be one of quick, paper, trial, got 'papr'",
        ),
        (["-p", "sed=7"], "no chapter has a parameter 'sed'; did you mean 'seed'?"),
        (["-p", "width=wide"], "parameter 'width' must be float, got 'wide'"),
        (["-p", "seed=7", "-p", "seed=8"], "seed is given twice, as 7 and as 8"),
        (["--seed", "3", "-p", "seed=7"], "given twice, as --seed 3 and as -p seed=7"),
        (["--chapter", "03"], "there is no chapter '03'"),
    ],
)
def test_wrong_words_are_one_sentence_before_anything_is_made(
    unrendered: Any,
    words: list[str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(unrendered.root)
    assert main(["book", *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert expected in error
    assert not (unrendered.root / "results").exists()
