"""Which step of a book has to be done again, and why."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transdx._files import atomic_path, sha256

__all__ = ["Ledger", "Step", "digest_text"]

#: Rewritten by every run (times, machine); never a reason to do a later step again.
VOLATILE = {"manifest.json"}
IGNORED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Step:
    """One step on the way from data to book.

    Attributes
    ----------
    name : str
        Key in the ledger and what the reader sees, e.g. ``chapter 02-global``.
    inputs : callable
        Gives what the step depends on, as name -> digest; called when it is the step's
        turn, because earlier steps make what it reads.
    outputs : tuple of pathlib.Path
        Files or folders the step makes.
    run : callable
        Does it, given the reason why.
    """

    name: str
    inputs: Callable[[Ledger], Mapping[str, str]]
    outputs: tuple[Path, ...]
    run: Callable[[str], None]


def digest_text(*parts: object) -> str:
    """Hash values by their JSON text.

    Examples
    --------
    >>> digest_text({"a": 1, "b": 2}) == digest_text({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Ledger:
    """What was done from what, in ``_build/ledger.json``.

    Parameters
    ----------
    path : pathlib.Path
        The file; an unreadable or missing one counts as empty.
    root : pathlib.Path
        Paths inside it are written relative to it.
    """

    def __init__(self, path: Path, *, root: Path) -> None:
        self._path = path
        self._root = root
        self._lock = threading.RLock()
        stored = _read(path)
        self._steps: dict[str, dict[str, Any]] = stored.get("steps", {})
        self._stamps: dict[str, list[Any]] = stored.get("files", {})
        self._dirty = False

    def digest(self, *paths: Path) -> str:
        """Hash files and folders; '' if one is missing. Files are read only when touched.

        Parameters
        ----------
        *paths : pathlib.Path
            Files, or folders that are walked.

        Returns
        -------
        str
            One digest over names and contents.
        """
        found: list[list[str]] = []
        for path in paths:
            if not path.exists():
                return ""
            for file in _files(path):
                if file.name not in VOLATILE:
                    name = "" if file == path else file.relative_to(path).as_posix()
                    found.append([name, self._hash(file)])
        return digest_text(found)

    def why(self, step: Step) -> str | None:
        """Say why a step is stale.

        Returns
        -------
        str or None
            A reason in a few words, e.g. ``parameters changed``; None if nothing changed.
        """
        record = self._steps.get(step.name)
        if record is None:
            return "not done yet"
        for name, digest in record["outputs"].items():
            path = self._root / name
            if not path.exists():
                return f"{name} is gone"
            if self.digest(path) != digest:
                return f"{name} was changed by hand"
        if set(record["outputs"]) != {self._name(path) for path in step.outputs}:
            return "it writes to another place"
        return _difference(record["inputs"], step.inputs(self))

    def record(self, step: Step, *, seconds: float) -> None:
        """Note that a step was done, and store the ledger.

        Parameters
        ----------
        step : Step
            Its outputs must be there.
        seconds : float
            How long it took.
        """
        entry = {
            "inputs": dict(step.inputs(self)),
            "outputs": {self._name(path): self.digest(path) for path in step.outputs},
            "seconds": round(seconds, 2),
        }
        with self._lock:
            self._steps[step.name] = entry
            self._dirty = True
            self.save()

    def forget(self, step: Step) -> None:
        """Drop what is known about a step, so that it is done again next time."""
        with self._lock:
            if self._steps.pop(step.name, None) is not None:
                self._dirty = True
                self.save()

    def save(self) -> None:
        """Store the ledger, if anything in it is new."""
        with self._lock:
            if not self._dirty:
                return
            self._stamps = {n: s for n, s in self._stamps.items() if (self._root / n).exists()}
            content = {"steps": self._steps, "files": self._stamps}
            with atomic_path(self._path) as temporary:
                temporary.write_text(
                    json.dumps(content, indent=1, sort_keys=True), encoding="utf-8"
                )
            self._dirty = False

    def seconds(self) -> dict[str, float]:
        """How long each step took when it was last done, in seconds."""
        return {name: float(entry["seconds"]) for name, entry in self._steps.items()}

    def _hash(self, file: Path) -> str:
        status = file.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        name = self._name(file)
        with self._lock:
            known = self._stamps.get(name)
        if known is not None and known[:2] == stamp:
            return str(known[2])
        digest = sha256(file)
        with self._lock:
            self._stamps[name] = [*stamp, digest]
            self._dirty = True
        return digest

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._root)
        return path.relative_to(self._root).as_posix() if inside else str(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not IGNORED.intersection(file.parts) and not file.name.startswith(".")
    )


def _difference(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    changed = [name for name in now if before.get(name) != now[name]]
    changed += [name for name in before if name not in now]
    return f"{' and '.join(changed)} changed" if changed else None
