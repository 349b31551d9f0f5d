"""Exercises of a chapter: cells that belong together by their tags, and how a page folds them.

A cell tagged ``exercise`` begins one; its id says the name of the answer (``exercise-share`` asks
for `share`), its first line the title and what is to do. Cells tagged ``hint``, ``solution``,
``check`` (what students may run, and what gives nothing away), ``marking`` and ``notes`` follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from transdx.writing import sentence_case

__all__ = ["PARTS", "UNSEEN", "fold", "role_of", "titled"]

#: What a tag makes of a cell; the last two are for who marks, and on no page.
PARTS = ("exercise", "hint", "solution", "check", "marking", "notes")
UNSEEN = PARTS[-2:]
#: Boxes of a chapter, by tag, and what stands above them.
BOXES = {"goals": "In this chapter", "questions": "To discuss"}
_NAME = re.compile(r"exercise-(\w+)")
_FIRST = re.compile(r"\*\*Exercise: (?P<title>[^*]+)\*\*\s*(?:\*\((?P<about>[^)]*)\)\*)?\s*")

_Cell = Mapping[str, Any]


def role_of(cell: _Cell) -> str:
    """Say which part of an exercise, or which box, a cell is; '' if none."""
    tags = cell["metadata"].get("tags", ())
    return next((tag for tag in (*PARTS, *BOXES) if tag in tags), "")


def titled(cell: _Cell) -> tuple[str, str, str, str]:
    r"""Give name, title, kind (with minutes) and text of an exercise.

    >>> cell = {"id": "exercise-share", "source": "**Exercise: A share** *(reading)*\n\nWhich?"}
    >>> titled(cell)
    ('share', 'A share', 'reading', 'Which?')
    """
    source = "".join(cell["source"])
    name, first = _NAME.fullmatch(cell.get("id", "")), _FIRST.match(source)
    if not name or not first:
        raise ValueError(
            "an exercise has an id 'exercise-NAME', and begins '**Exercise: title** *(kind)*'; "
            f"got the id '{cell.get('id')}' and '{source.partition(chr(10))[0]}'"
        )
    return name[1], first["title"], first["about"] or "", source[first.end() :].strip()


def fold(cells: Iterable[dict[str, Any]], *, chapter: str) -> list[dict[str, Any]]:
    """Fold the hints and solutions of a page's cells, number its exercises, frame its boxes."""
    folded: list[dict[str, Any]] = []
    label = ""
    for solved, group in groupby(cells, key=lambda cell: role_of(cell) in ("solution", "check")):
        if solved:
            folded += [_prose(f"::::::{{solution-start}} {label}\n:class: dropdown\n::::::")]
            folded += [_shown(cell) for cell in group]
            folded += [_prose("::::::{solution-end}\n::::::")]
            continue
        for cell in group:
            role, text = role_of(cell), "".join(cell["source"])
            if role == "exercise":
                name, title, about, text = titled(cell)
                label = f"exercise-{chapter}-{name}"
                folded.append(
                    _directive(
                        "exercise", title, f":label: {label}\n\n*{sentence_case(about)}.* {text}"
                    )
                )
            elif role == "hint":
                folded.append(_directive("dropdown", "Hint", f"\n{text}"))
            elif role in BOXES:
                folded.append(_directive("admonition", BOXES[role], f":class: note\n\n{text}"))
            elif role not in UNSEEN:
                folded.append(cell)
    return folded


def _directive(name: str, argument: str, text: str) -> dict[str, Any]:
    return _prose(f"::::::{{{name}}} {argument}\n{text}\n::::::")


def _prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _shown(cell: dict[str, Any]) -> dict[str, Any]:
    """Show the code of a cell: who unfolds a solution wants to see it."""
    if cell["cell_type"] != "code":
        return cell
    tags = [tag for tag in cell["metadata"]["tags"] if tag != "hide-input"]
    return {**cell, "metadata": {**cell["metadata"], "tags": [*tags, "show-input"]}}
