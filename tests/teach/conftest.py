"""A book of one small chapter with three exercises, and a class that takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transdx.teach import teach

PLANTED = "the number that was planted is -0.0321"
CELLS: list[tuple[str, str, str, str]] = [
    ("markdown", "", "title", "# Tiny\n\nA chapter."),
    ("code", "parameters", "set", 'world: str = "simulated"\ndata: str = ""  # an export'),
    (
        "code",
        "",
        "read",
        "import numpy as np\nimport pandas as pd\n\n"
        'people = pd.read_parquet(f"{data}/participants.parquet")',
    ),
    ("markdown", "exercise", "exercise-women", "**Exercise: Women** *(reading)*\n\nHow many?"),
    ("markdown", "hint", "hint", "Code 0 of field 31."),
    ("code", "solution", "s1", 'women = int((people["p31"] == 0).sum())'),
    ("code", "check", "c1", 'assert isinstance(women, int), "women: expected a whole number"'),
    ("markdown", "notes", "n1", "Whoever counts the men has misread the coding."),
    ("markdown", "exercise", "exercise-middle", "**Exercise: Middle** *(code)*\n\nWrite it."),
    (
        "code",
        "solution",
        "s2",
        'def middle(values):\n    """Give the median."""\n    return float(np.median(values))',
    ),
    ("code", "check", "c2", 'assert middle([2, 2]) == 2, "middle: of equal values, that value"'),
    (
        "code",
        "marking",
        "m2",
        "def middle_cases(rng):\n    return [(rng.normal(size=n).tolist(),) for n in (1, 4, 9, 8)]",
    ),
    ("markdown", "exercise", "exercise-why", "**Exercise: Why** *(words, 1 minute)*\n\nWhy so?"),
    ("markdown", "solution", "s3", "Because volunteers are healthier than most."),
    ("markdown", "questions", "q", "1. Who is missing?"),
]  # fmt: skip


def tiny() -> dict[str, Any]:
    cells = []
    for kind, tag, name, source in CELLS:
        more = {"execution_count": None, "outputs": []} if kind == "code" else {}
        metadata = {
            "tags": [tag] if tag else [],
            "author": "who knows the answer: np.median(values)",
        }
        cells.append(
            {"cell_type": kind, "id": name, "metadata": metadata, "source": source, **more}
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the book."""
    root = tmp_path_factory.mktemp("course")
    files = {
        "notebooks/01-tiny.ipynb": json.dumps(tiny()),
        "book/index.md": f"# A course\n\n% planted: begin\n{PLANTED}\n% planted: end\n",
        "_toc.yml": "format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/01-tiny\n",
        "_config.yml": "title: A course\nauthor: Somebody\nlogo: ''\nonly_build_toc_files: true\n"
        "execute: {execute_notebooks: 'off'}\nhtml: {use_repository_button: false}\n"
        "sphinx:\n  extra_extensions: [transdx.book.extension]\n"
        "  config: {mathjax_path: mathjax/tex-svg.js, exercise_style: solution_follow_exercise}\n",
        "results/simulated-quick/claims.json": PLANTED,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def class_of(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a class of students of these names."""

    def make(*names: str, seed: int = 123_456_789) -> Path:
        folder = tmp_path_factory.mktemp("class")
        roster = folder / "roster.csv"
        lines = "".join(f'{number},"{name}"\n' for number, name in enumerate(names))
        roster.write_text(f"no,name\n{lines}", encoding="utf-8")
        return teach(
            folder / "made", class_seed=seed, students=roster, participants=50, root=course
        )

    return make
