"""Notebooks: what they declare, how they run, what of them is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transdx.book.execute import execute
from transdx.book.notebook import publish, read_chapter
from transdx.errors import InputError, TransdxError

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_chapters_declare_what_the_pipeline_gives_them() -> None:
    chapters = [read_chapter(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    assert [chapter.world for chapter in chapters].count("open") == 1
    given = {"world", "profile", "seed", "data", "participants", "permutations", "bootstraps"}
    for chapter in chapters:
        assert given <= set(chapter.parameters), chapter.name


def test_chapters_are_kept_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_execution_uses_this_interpreter_and_the_books_folder(book: Any) -> None:
    code = "import os, sys\nprint(sys.executable, os.getcwd(), seed)"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    output = book.root / "out" / "01-cohort.ipynb"
    counted: list[int] = []
    execute(
        read_chapter(path), output, parameters={"seed": 7}, root=book.root, advance=counted.append
    )
    page = json.loads(output.read_text(encoding="utf-8"))
    import sys

    text = "".join(o["text"] for c in page["cells"] for o in c.get("outputs", ()))
    assert text.split() == [sys.executable, str(book.root), "7"]
    # Two cells of the source and the one with the values.
    assert sum(counted) == 3
    assert "papermill" not in output.read_text(encoding="utf-8")


def test_failing_cell_is_named_and_leaves_nothing_half_written(book: Any) -> None:
    code = "# first a comment\nx = 1\nraise ValueError('cannot go on')"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    output = book.write("out/01-cohort.ipynb", "the page of before")
    with pytest.raises(TransdxError) as caught:
        execute(read_chapter(path), output, parameters={}, root=book.root)
    assert str(caught.value) == (
        "chapter 01-cohort failed in cell 3 ('x = 1'): ValueError: cannot go on"
    )
    assert caught.value.exit_code == 1
    assert [p.name for p in output.parent.iterdir()] == ["01-cohort.ipynb"]
    assert output.read_text(encoding="utf-8") == "the page of before"


def test_chapter_whose_process_dies_is_named(book: Any) -> None:
    code = "import os\nos._exit(1)"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    with pytest.raises(TransdxError, match="chapter 01-cohort: its Python process ended"):
        execute(read_chapter(path), book.root / "out.ipynb", parameters={}, root=book.root)
    assert not (book.root / "out.ipynb").exists()


def test_publish_shows_parameters_and_hides_where_data_lie() -> None:
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"], "papermill": {"duration": 1}},
            "source": "seed: int = 1",
            "outputs": [],
        },
        {
            "cell_type": "code",
            "metadata": {"tags": ["injected-parameters"]},
            "source": 'data = "/secret/place"',
            "outputs": [],
        },
        {
            "cell_type": "code",
            "metadata": {"tags": [], "execution": {"iopub.execute_input": "now"}},
            "source": ["a = 1\n", "a"],
            "outputs": [],
        },
    ]
    values = {"world": "ukb", "seed": 3, "data": "/secret/place", "participants": 0}
    page = publish({"cells": cells}, values)
    text = json.dumps(page)
    assert "secret" not in text
    assert "papermill" not in text
    assert "iopub" not in text
    declared, table, code = page["cells"]
    assert declared["metadata"]["tags"] == ["parameters", "remove-cell"]
    assert "seed: int = 3" in declared["source"]
    assert "<td>3</td>" in table["source"]
    assert "participants" not in table["source"]
    assert code["metadata"] == {"tags": ["hide-input"]}
    assert page["metadata"]["transdx"] == {"world": "ukb"}


@pytest.mark.parametrize(
    "declared", ["seed = 1", "seed: int", "seed: list = []", "seed: int = 1 + n", 'seed: int = "1"']
)
def test_parameters_are_annotated_literals(book: Any, declared: str) -> None:
    source = book.notebook("C")
    source["cells"][1]["source"] = declared
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(source))
    with pytest.raises(InputError, match="a parameter is written 'name: int = 0'"):
        read_chapter(path)


def test_whole_number_is_accepted_where_a_decimal_is_declared(book: Any) -> None:
    chapter = read_chapter(book.root / "notebooks/01-cohort.ipynb")
    assert chapter.check({"width": 2})["width"] == 2.0
    with pytest.raises(InputError, match=r"'seed' must be int, got 2\.5"):
        chapter.check({"seed": 2.5})


def test_what_is_no_notebook_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text("[]")
    with pytest.raises(InputError, match=r"a\.ipynb is not a notebook"):
        read_chapter(path)
