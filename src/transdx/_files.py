"""Files and folders that are whole or not there, and whether they have changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

__all__ = ["atomic_folder", "atomic_path", "is_leftover", "sha256", "stamp"]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path beside `path`, with its suffix, that becomes it only when the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    # Made as any file is, so that who may read it is for the umask and the folder to say.
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `path`, and replaces it, only when the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, before = _beside(path), _beside(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            path.rename(before)
        temporary.rename(path)
    finally:
        for folder in (temporary, before):
            shutil.rmtree(folder, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.stem}-{token_hex(6)}{path.suffix}")


def sha256(path: Path) -> str:
    """Hash a file: 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stamp(files: Iterable[Path], *, root: Path) -> str:
    """Hash the names (from `root`), sizes and times of change of files, without reading them."""
    lines = []
    for path in files:
        status = path.stat()
        name = path.relative_to(root).as_posix()
        lines.append(f"{name} {status.st_size} {status.st_mtime_ns}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def is_leftover(name: str) -> bool:
    """Say whether a file is hidden, or what editors and offices leave beside one.

    >>> [is_leftover(name) for name in ("a.csv", ".a.csv", "a.csv~", "#a.csv#", "~$a.xlsx")]
    [False, True, True, True, True]
    """
    return name.startswith((".", "#", "~")) or name.endswith("~")
