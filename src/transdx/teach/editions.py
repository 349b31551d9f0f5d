"""The two editions of a book: one to work in, without solutions; one to teach and mark with."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

from transdx.book.exercises import role_of, titled
from transdx.book.notebook import KERNEL, LANGUAGE
from transdx.errors import InputError

__all__ = ["Exercise", "copy_book", "for_instructors", "for_students", "read_exercises"]

_Cell = dict[str, Any]
#: Where a notebook finds the cohort of whoever has the folder.
COHORT = "../cohort"
#: What of a book's folder an edition holds, besides the notebooks.
_PARTS = (
    "_config.yml",
    "_toc.yml",
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "LICENSE-text",
    "book",
)
#: Files of the package that a page shows; what was planted in the book's cohort is nobody's here.
_SHOWN = ("connectome_fit.csv", "assumptions.csv")
_PLANTED = re.compile(r"^% planted: begin$.*?^% planted: end$\n", re.MULTILINE | re.DOTALL)
_NOT_TOLD = (
    "What was planted in a cohort made for a class is not told. Its effects are larger than those\n"
    "of the study, and lie elsewhere: which score goes with what, where, and in which direction\n"
    "is for you to find.\n"
)


@dataclass
class Exercise:
    """An exercise of a chapter, with all that belongs to it."""

    name: str  # of the answer: a value or a function
    title: str
    about: str  # what is to be done, and in how many minutes
    stub: str | None  # code that the answer takes the place of; None where it is words
    parts: dict[str, list[str]] = field(default_factory=dict)  # sources of its cells, by role


def read_exercises(cells: Iterable[Mapping[str, Any]], *, of: str) -> list[Exercise]:
    """Read the exercises of a chapter, in order; `of` names it where something is wrong."""
    found: list[Exercise] = []
    for cell in cells:
        role = role_of(cell)
        if role == "exercise":
            try:
                name, title, about, text = titled(cell)
            except ValueError as error:
                raise InputError(f"{of}: {error}") from error
            found.append(Exercise(name, title, about, None, {"text": [text]}))
        elif role in ("hint", "solution", "check", "marking", "notes"):
            if not found:
                raise InputError(f"{of}: a cell tagged '{role}' stands before the first exercise")
            here = found[-1]
            here.parts.setdefault(role, []).append(_source(cell))
            if role == "solution" and cell["cell_type"] == "code":
                here.stub = here.stub or stub(here.name, _source(cell))
    return found


def stub(name: str, solution: str) -> str | None:
    r"""Leave of a solution what an answer has to have: its name or, of a function, its head.

    >>> stub("half", "import os\nhalf = 4 / 2")
    'half = ...  # your answer'
    >>> print(stub("double", "def double(x, *, times=1):\n    return 2 * x"))
    def double(x, *, times=1):
        raise NotImplementedError("double is not written yet")  # your code
    """
    for node in ast.parse(solution).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            head = f"def {name}({ast.unparse(node.args)}):"
            words = ast.get_docstring(node)
            lines = f'"""{words}"""'.splitlines() if words else []
            lines.append(f'raise NotImplementedError("{name} is not written yet")  # your code')
            return "\n".join([head, *(f"    {line}".rstrip() for line in lines)])
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if name in {
                one.id
                for target in targets
                for one in ast.walk(target)
                if isinstance(one, ast.Name)
            }:
                return f"{name} = ...  # your answer"
    return None


def for_students(notebook: Mapping[str, Any], *, of: str) -> dict[str, Any]:
    """Make the notebook that students get: exercises, hints and checks, and room for answers.

    Nothing of a solution comes into it: what stands in its place is made from its name and, of a
    function, its head.
    """
    exercises = {one.name: one for one in read_exercises(notebook["cells"], of=of)}
    cells: list[_Cell] = []
    waiting: Exercise | None = None
    for cell in notebook["cells"]:
        role, source = role_of(cell), _source(cell)
        # The answer comes after the hints, where its solution was.
        if waiting and role not in ("hint", "notes", "marking"):
            cells.append(_answer(waiting))
            waiting = None
        if role == "exercise":
            waiting = exercises[titled(cell)[0]]
            cells.append(_like(cell, source))
        elif role == "hint":
            folded = f"<details><summary>Hint</summary>\n\n{source}\n\n</details>"
            cells.append({"cell_type": "markdown", "metadata": {}, "source": folded})
        elif role == "check":
            cells.append(_code(_told(source), ["show-input"]))
        elif role not in ("solution", "marking", "notes"):
            cells.append(_like(cell, _on_cohort(source) if _is_parameters(cell) else source))
    if waiting:
        cells.append(_answer(waiting))
    return _notebook(cells, notebook)


def for_instructors(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Make the notebook to teach and mark with: all of it, on the cohort of the class."""
    return _notebook(
        [
            _like(cell, _on_cohort(_source(cell)) if _is_parameters(cell) else _source(cell))
            for cell in notebook["cells"]
        ],
        notebook,
    )


def copy_book(root: Path, folder: Path, *, students: bool) -> dict[str, list[Exercise]]:
    """Copy a book's sources into an edition, and give the exercises of each chapter."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (root / name for name in _PARTS):
        if part.is_dir():
            hidden = shutil.ignore_patterns("chapters", ".*", "__pycache__")
            shutil.copytree(part, folder / part.name, ignore=hidden)
        elif part.exists():
            shutil.copyfile(part, folder / part.name)
    _copy_tables(root, folder)
    _withhold(folder / "book")
    (folder / "notebooks").mkdir()
    found = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = read_exercises(notebook["cells"], of=path.name)
        made = for_students(notebook, of=path.name) if students else for_instructors(notebook)
        text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        (folder / "notebooks" / path.name).write_text(text, encoding="utf-8")
    return found


def _copy_tables(root: Path, folder: Path) -> None:
    data = Path("src", "transdx", "data")
    for name in _SHOWN:
        if (root / data / name).exists():
            (folder / data).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / data / name, folder / data / name)


def _withhold(book: Path) -> None:
    """Say on the pages that what was planted is not told."""
    for page in book.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(_PLANTED.sub(lambda _: _NOT_TOLD, text), encoding="utf-8")


def _told(check: str) -> str:
    """Let a check say what is missing in a line, and stop nothing that comes after it."""
    return (
        f"try:\n{indent(check, '    ')}\nexcept Exception as problem:\n"
        '    print(f"Not yet: {problem}")\nelse:\n'
        '    print("This has the right form. Whether it is right is checked later.")'
    )


def _answer(exercise: Exercise) -> _Cell:
    if exercise.stub is None:
        return {
            "cell_type": "markdown",
            "metadata": {"tags": ["answer"]},
            "source": "*Your answer:*",
        }
    return _code(exercise.stub, ["answer", "show-input"])


def _like(cell: Mapping[str, Any], source: str) -> _Cell:
    """Copy a cell with its tags and alternative texts, and nothing else that may lie in it."""
    about = cell["metadata"]
    metadata = {name: about[name] for name in ("tags", "mystnb") if name in about}
    if cell["cell_type"] == "code":
        made = _code(source, metadata.pop("tags", []))
        made["metadata"] |= metadata
    else:
        made = {"cell_type": cell["cell_type"], "metadata": metadata, "source": source}
    # By its id an exercise is found again; other ids are numbers, so that none tells of a gap.
    return made | ({"id": cell["id"]} if role_of(cell) == "exercise" else {})


def _code(source: str, tags: list[str]) -> _Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": tags} if tags else {},
        "outputs": [],
        "source": source,
    }


def _notebook(cells: list[_Cell], source: Mapping[str, Any]) -> dict[str, Any]:
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    metadata["transdx"] = source["metadata"].get("transdx", {})
    return {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _is_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", ())


def _on_cohort(source: str) -> str:
    """Set the data of a parameter cell; a chapter on open data keeps its own."""
    if 'world: str = "open"' in source:
        return source
    return re.sub(r'^(data: str = )"[^"]*"', rf'\1"{COHORT}"', source, flags=re.MULTILINE)


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])
