"""Which step of a book has to be done again, and why."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from transdx._files import atomic_path, is_leftover, sha256

__all__ = ["NOT_YET", "Ledger", "Step", "digest", "digest_text"]

#: Why a step is due of which nothing is known.
NOT_YET = "not done yet"
IGNORED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Step:
    """One step on the way from data to book.

    Attributes
    ----------
    name : str
        Key in the ledger and what the reader sees, e.g. ``chapter 02-global``.
    needs : mapping of str to str
        What the step depends on: name -> digest, as it is before the step is done.
    makes : pathlib.Path
        File or folder that the step makes.
    make : callable
        Does it, given the reason why.
    """

    name: str
    needs: Mapping[str, str]
    makes: Path
    make: Callable[[str], None]


def digest_text(*parts: object) -> str:
    """Hash values by their JSON text.

    Examples
    --------
    >>> digest_text({"a": 1, "b": 2}) == digest_text({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def digest(*paths: Path, besides: str = "") -> str:
    """Hash files and folders by names and content; '' if one is missing.

    Hidden files, and those of the name `besides`, do not count.
    """
    found: list[list[str]] = []
    for path in paths:
        if not path.exists():
            return ""
        for file in _files(path):
            if file.name != besides:
                name = "" if file == path else file.relative_to(path).as_posix()
                found.append([name, sha256(file)])
    return digest_text(found)


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not IGNORED.intersection(file.parts) and not is_leftover(file.name)
    )


class Ledger:
    """What was done from what, in a JSON file; one that cannot be understood counts as empty.

    Every file is read each time: one whose size and time are as they were may still have changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._entries = _read(path)

    def why(self, step: Step) -> str | None:
        """Say in a few words why a step is due, e.g. ``parameters changed``; None if it is not."""
        entry = self._entries.get(step.name)
        if entry is None:
            return NOT_YET
        name = f"{step.makes.parent.name}/{step.makes.name}"
        if not step.makes.exists():
            return f"{name} is gone"
        if digest(step.makes) != entry.get("made"):
            return f"{name} was changed by hand"
        before = {name: was for name, was in entry.items() if name != "made"}
        changed = [name for name in step.needs if before.get(name) != step.needs[name]]
        changed += [name for name in before if name not in step.needs]
        return f"{' and '.join(changed)} changed" if changed else None

    def record(self, step: Step) -> None:
        """Note that a step was done, from what it needed before it began."""
        self._write(step.name, {**step.needs, "made": digest(step.makes)})

    def forget(self, name: str) -> None:
        """Drop what is known about a step, so that it is done again next time."""
        self._write(name, None)

    def _write(self, name: str, entry: dict[str, str] | None) -> None:
        with self._lock:
            if entry is not None:
                self._entries[name] = entry
            elif self._entries.pop(name, None) is None:
                return
            with atomic_path(self.path) as temporary:
                text = json.dumps(self._entries, indent=1, sort_keys=True)
                temporary.write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): {str(key): str(value) for key, value in entry.items()}
            for name, entry in content.items()
        }
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
