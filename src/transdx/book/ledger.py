"""Which step of a book has to be done again, and why."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from transdx._files import atomic_path, digest

__all__ = ["NOT_YET", "Ledger", "Needs", "Step"]

#: What a step depends on: by what it is in words, then by file (its digest), parameter or library.
Needs: TypeAlias = Mapping[str, Mapping[str, str]]

#: How many changed files or parameters of a kind are named.
SHOWN = 6
DIGEST = re.compile("[0-9a-f]{64}")
#: Why a step is due of which nothing is known.
NOT_YET = "not done yet"


@dataclass(frozen=True)
class Step:
    """One step on the way from data to book."""

    name: str  # key in the ledger and what the reader sees, e.g. ``chapter 02-global``
    needs: Needs  # as they are before it is done
    makes: Path  # file or folder
    make: Callable[[str], None]  # does it, given the reason why


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
        if digest(step.makes) != entry.made:
            return f"{name} was changed by hand"
        changed = _changed(entry.needs, step.needs)
        return f"{' and '.join(changed)} changed" if changed else None

    def details(self, step: Step) -> list[str]:
        """Say which files, parameters and libraries are others than when a step was done."""
        entry = self._entries.get(step.name)
        if entry is None:
            return []
        lines = []
        for name in _changed(entry.needs, step.needs):
            was, now = entry.needs.get(name, {}), step.needs.get(name, {})
            parts = _changed(was, now)
            said = [_how(part, was.get(part), now.get(part)) for part in parts[:SHOWN]]
            more = [f"{len(parts) - SHOWN} more"] if len(parts) > SHOWN else []
            lines.append(f"{name}: {', '.join([*said, *more])}")
        return lines

    def record(self, step: Step) -> None:
        """Note that a step was done, from what it needed before it began."""
        self._write(step.name, _Entry(digest(step.makes), step.needs))

    def forget(self, name: str) -> None:
        """Drop what is known about a step, so that it is done again next time."""
        self._write(name, None)

    def _write(self, name: str, entry: _Entry | None) -> None:
        with self._lock:
            if entry is not None:
                self._entries[name] = entry
            elif self._entries.pop(name, None) is None:
                return
            known = {name: asdict(entry) for name, entry in self._entries.items()}
            with atomic_path(self.path) as temporary:
                text = json.dumps(known, indent=1, sort_keys=True)
                temporary.write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True)
class _Entry:
    """A step that was done: the digest of what it made, and what it needed."""

    made: str
    needs: Needs


def _read(path: Path) -> dict[str, _Entry]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): _Entry(
                str(entry["made"]),
                {
                    need: {n: str(v) for n, v in parts.items()}
                    for need, parts in entry["needs"].items()
                },
            )
            for name, entry in content.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _changed(was: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    return [name for name in {**now, **was} if was.get(name) != now.get(name)]


def _how(name: str, was: str | None, now: str | None) -> str:
    """Say how a file, a parameter or a library changed; digests say nothing to a reader."""
    if was is None or now is None:
        return f"{name} is {'new' if was is None else 'gone'}"
    if DIGEST.fullmatch(was) or DIGEST.fullmatch(now):
        return f"{name} changed".lstrip()
    return f"{name} was {was or 'not given'}, is {now or 'not given'}"
