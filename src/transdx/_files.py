"""Files and folders that are whole or not there, and whether they have changed."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

__all__ = [
    *("atomic_folder", "atomic_path", "folders_of", "is_leftover", "remove", "remove_leftovers"),
    *("remove_unfinished", "replace_folder", "scratch_folder", "sha256", "stamp"),
]

#: Temporary files and folders that are being written.
_unfinished: set[Path] = set()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path beside `path`, with its suffix, that becomes it only when the block succeeds."""
    path = Path(path)
    with _beside(path) as temporary:
        # Made as any file is, so that who may read it is for the umask and the folder to say.
        temporary.touch(exist_ok=False)
        yield temporary
        temporary.replace(path)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `path`, and replaces it, only when the block succeeds."""
    path = Path(path)
    with scratch_folder(path) as temporary:
        yield temporary
        replace_folder(path, temporary)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path` that is gone after the block."""
    with _beside(path) as temporary:
        temporary.mkdir()
        yield temporary


def replace_folder(path: Path, made: Path) -> None:
    """Put the folder `made`, of the same file system, in the place of `path`."""
    with _beside(path) as before:
        if path.exists():
            path.rename(before)
        made.rename(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a free name beside `path`, and remove what has come to be there."""
    temporary = path.with_name(f".{path.stem}-{token_hex(6)}{path.suffix}")
    with folders_of(path):
        _unfinished.add(temporary)
        try:
            yield temporary
        finally:
            remove(temporary)
            _unfinished.discard(temporary)


@contextmanager
def folders_of(path: Path) -> Iterator[None]:
    """Make the folders above a path; where nothing came into them by the end, they go again."""
    made = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_unfinished() -> None:
    """Remove what this process is writing, before it ends at once."""
    for path in list(_unfinished):
        remove(path)


def remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed have left of writing `path`."""
    name = rf"\.{re.escape(path.stem)}-[0-9a-f]{{12}}{re.escape(path.suffix)}"
    for other in path.parent.glob(".*"):
        if re.fullmatch(name, other.name):
            remove(other)


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
