"""Files and folders that are whole or not there, and whether they have changed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

__all__ = [
    *("atomic_folder", "atomic_path", "digest", "digest_text", "folders_of", "is_leftover"),
    *("remove", "remove_leftovers", "remove_unfinished", "replace_folder", "scratch_folder"),
    *("digests", "raise_unless_damaged", "sha256", "stamp", "walk"),
]

#: Temporary files and folders that are being written.
_unfinished: set[Path] = set()
#: Folders whose files count for nothing.
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        reason = os.strerror(errno.ENOTDIR)
        raise NotADirectoryError(errno.ENOTDIR, reason, error.filename) from error
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


def raise_unless_damaged(error: Exception) -> None:
    """Raise an error of reading anew unless it is about what a file holds.

    The system numbers its own: no rights, no memory, too many open files. Libraries that do not
    understand what they read raise without a number.
    """
    number = getattr(error, "errno", None)
    if number == errno.ENOMEM:
        raise MemoryError from error
    if number is not None:
        raise error


def sha256(path: Path) -> str:
    """Hash a file: 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_text(*parts: object) -> str:
    """Hash values by their JSON text.

    >>> digest_text({"a": 1, "b": 2}) == digest_text({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def digest(*paths: Path, besides: str = "") -> str:
    """Hash files and folders by names and content; '' if one is missing.

    Leftovers, and files of the name `besides`, do not count.
    """
    if not all(path.exists() for path in paths):
        return ""
    files = [(file.relative_to(path), file) for path in paths for file in _files(path)]
    named = [(name.as_posix(), sha256(file)) for name, file in files if file.name != besides]
    return digest_text(named)


def digests(*paths: Path, base: Path, besides: str = "") -> dict[str, str]:
    """Hash files, and those of folders, one by one, by their names from `base`; see `digest`."""
    found = [file for path in paths for file in _files(path) if file.name != besides]
    return {file.relative_to(base).as_posix(): sha256(file) for file in found if file.exists()}


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not _IGNORED.intersection(file.parts) and not is_leftover(file.name)
    )


def stamp(files: Iterable[Path], *, root: Path) -> str:
    """Hash the names (from `root`), sizes and times of change of files, without reading them."""
    lines = []
    for path in files:
        # A link that leads nowhere is what it is.
        status = path.stat() if path.exists() else path.lstat()
        name = path.relative_to(root).as_posix()
        lines.append(f"{name} {status.st_size} {status.st_mtime_ns}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def walk(base: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Go through a folder as `os.walk` does, and through links to others, but in no circle.

    A folder that cannot be read ends it: what is in there would be missing in silence.
    """

    def stop(error: OSError) -> None:
        raise error

    seen: set[str] = set()
    for folder, below, names in os.walk(base, followlinks=True, onerror=stop):
        seen.add(os.path.realpath(folder))
        yield Path(folder), below, names
        below[:] = [name for name in below if os.path.realpath(Path(folder, name)) not in seen]


def is_leftover(name: str) -> bool:
    """Say whether a file is hidden, or what editors and offices leave beside one.

    >>> [is_leftover(name) for name in ("a.csv", ".a.csv", "a.csv~", "#a.csv#", "~$a.xlsx")]
    [False, True, True, True, True]
    """
    return name.startswith((".", "#", "~")) or name.endswith("~")
