"""What an answer is worth: what a notebook's process sent, held against the right answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transdx.teach.editions import Exercise

__all__ = ["STRANGE", "Heard", "Mark", "judge"]

#: What comes of a message that is not what an honest process sends.
STRANGE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass
class Mark:
    """What an answer is worth, and why."""

    student: str
    chapter: str
    exercise: str
    points: float  # 0 to 1; of what is read by a person, 0 so far
    of: int  # 1, or 0 where a person has to read it
    reason: str


@dataclass
class Heard:
    """What the process of a notebook has said."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)  # by number of the cell
    cell: int = 0  # the last that was begun
    end: str = ""  # why it ended early
    holds: list[str] = field(default_factory=list)

    def note(self, message: dict[str, Any]) -> None:
        """Note what the process has sent, which may be anything."""
        if "answer" in message:
            self.answers[str(message.pop("answer"))] = message
        elif "error" in message:
            self.errors[int(message["cell"])] = str(message["error"])[:200]
        elif "cell" in message:
            self.cell = int(message["cell"])
            self.end = "its process ended: too much memory, or it asked for it"
        elif "done" in message:
            self.end = "done"
        elif "end" in message:
            self.end = str(message["end"])
        elif "holds" in message:
            self.holds = [str(one) for one in message["holds"]]


def judge(
    student: str,
    chapter: str,
    exercise: Exercise,
    right: dict[str, Any],
    heard: Heard,
    given: Mapping[str, Any],
) -> Mark:
    """Hold an answer against the right one."""
    if exercise.stub is None:
        return Mark(
            student, chapter, exercise.name, 0, 0, f"to be read: {_written(given, exercise.name)}"
        )
    found = heard.answers.get(exercise.name)
    if found is None:
        return Mark(student, chapter, exercise.name, 0, 1, _why_not(heard))
    try:
        points, reason = _compare(found, right["right"], right["tolerance"])
    except STRANGE:
        points, reason = 0.0, "its process sent what is no answer"
    return Mark(student, chapter, exercise.name, points, 1, reason)


def _why_not(heard: Heard) -> str:
    if heard.end not in ("", "done"):
        return f"not answered: in cell {heard.cell}, {heard.end}"
    if heard.errors:
        number, error = min(heard.errors.items())
        return f"not answered; cell {number} ended in {error}"
    return "not answered"


def _compare(found: dict[str, Any], right: dict[str, Any], tolerance: float) -> tuple[float, str]:
    if "values" not in right:
        if "raised" in found or "value" not in found:
            return 0.0, f"not comparable: {found.get('raised', 'no value')}"
        same = _same(found["value"], right["value"], tolerance)
        return float(same), "right" if same else "not what this cohort gives"
    if "values" not in found:
        return 0.0, str(found.get("raised", "no function"))
    pairs = list(zip(found["values"], right["values"], strict=False))
    hits = [
        _same(one.get("value"), other["value"], tolerance) and "value" in one
        for one, other in pairs
    ]
    many = len(right["values"])
    raised = next((one["raised"] for one, _ in pairs if "raised" in one), "")
    more = f"; one of them ended in {raised}" if raised else ""
    return sum(hits) / many, f"right in {sum(hits)} of {many} hidden cases{more}"


def _same(found: Any, right: Any, tolerance: float) -> bool:
    """Say whether two values of JSON are the same, numbers up to a tolerance."""
    if isinstance(right, bool) or right is None:
        return found is right
    if isinstance(right, int | float):
        number = isinstance(found, int | float) and not isinstance(found, bool)
        both_nan = number and math.isnan(found) and math.isnan(right)
        return number and (
            both_nan or math.isclose(found, right, rel_tol=tolerance, abs_tol=tolerance)
        )
    if isinstance(right, str):
        return isinstance(found, str) and _letters(found) == _letters(right)
    if isinstance(right, list):
        alike = isinstance(found, list) and len(found) == len(right)
        return alike and all(_same(a, b, tolerance) for a, b in zip(found, right, strict=True))
    alike = isinstance(found, dict) and found.keys() == right.keys()
    return alike and all(_same(found[name], value, tolerance) for name, value in right.items())


def _letters(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


def _written(given: Mapping[str, Any], name: str) -> str:
    """Find the words that were written below an exercise."""
    inside, words = False, []
    for cell in given["cells"]:
        if _begun_by(cell) is not None:
            inside = _begun_by(cell) == name
        elif inside and "answer" in cell["metadata"].get("tags", ()):
            words.append("".join(cell["source"]))
    text = " ".join(" ".join(words).removeprefix("*Your answer:*").split())
    return text[:2_000] or "nothing was written"


def _begun_by(cell: Mapping[str, Any]) -> str | None:
    """Give the name of the exercise that a cell begins, by its id."""
    name = str(cell.get("id", ""))
    return name.removeprefix("exercise-") if name.startswith("exercise-") else None
