"""The pages that go with an edition: how to begin, how to mark, what to do with nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from transdx.teach.editions import Exercise

__all__ = ["marking_sheet", "page", "reasons"]

_SHOWN = ["exercise", "points", "of", "reason"]


def page(name: str) -> str:
    """Read a page that goes with an edition: ``students``, ``instructors`` or ``null``."""
    return files("transdx.teach").joinpath(f"{name}.md").read_text(encoding="utf-8")


def marking_sheet(chapters: Mapping[str, Sequence[Exercise]]) -> str:
    """Write the list of all exercises for who marks."""
    lines = ["# Marking", ""]
    for chapter, exercises in chapters.items():
        lines += [f"## {chapter}", ""] if exercises else []
        for one in exercises:
            by = f"by `transdx mark`: `{one.name}`" if one.stub else "by you"
            lines += [
                f"### {one.title}",
                "",
                f"*{one.about}; marked {by}.* {one.parts['text'][0]}",
                "",
            ]
            for notes in one.parts.get("notes", ()):
                lines += [notes, ""]
    return "\n".join(lines)


def reasons(student: str, marks: pd.DataFrame, holds: Sequence[str]) -> str:
    """Write the marks of a student, with reasons."""
    total, most = marks["points"].sum(), marks["of"].sum()
    lines = [f"# {student}", "", f"{total:g} of {most} points, and what is read by a person.", ""]
    for chapter, rows in marks.groupby("chapter", sort=False):
        lines += [f"## {chapter}", ""]
        for exercise, points, of, reason in rows[_SHOWN].itertuples(index=False):
            share = f"{points:.2g} of {of}" if of else "open"
            lines.append(f"- `{exercise}` ({share}): {reason}")
        lines.append("")
    if holds:
        lines += [f"Each notebook ran within limits: {'; '.join(holds)}.", ""]
    return "\n".join(lines)
