"""One writer at a time for each place, and nothing left of those that were killed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from transdx._files import folders_of, remove_leftovers
from transdx.progress import Progress

__all__ = ["sole_writer"]


@contextlib.contextmanager
def sole_writer(place: Path, *, what: str, progress: Progress) -> Iterator[None]:
    """Wait until nobody else writes a place, and keep others away during the block.

    The lock is a file beside the place, for as long as the block; who holds it is for the system to
    know, so that a process that was killed holds nothing. Where none can be made, as in a folder
    that is shared for reading, a process is as good as alone. `progress` is told for whom this
    process waits; others that wait, for `what`.
    """
    place = place.resolve()
    if place.exists() and not os.access(place.parent, os.W_OK):
        yield
        return
    lock = place.with_name(f".{place.name}.lock")
    with folders_of(lock), _held(lock, place, progress) as file:
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} ({what})\n")
            file.flush()
            remove_leftovers(place)
            yield
        finally:
            lock.unlink(missing_ok=True)


@contextlib.contextmanager
def _held(lock: Path, place: Path, progress: Progress) -> Iterator[TextIO]:
    """Hold the lock of a place: not of a file that its holder has taken away meanwhile."""
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = lock.open("a+", encoding="utf-8")
        except FileNotFoundError:
            # Another one has just taken the folder away.
            continue
        with file:
            if not _take(file.fileno(), wait=False):
                file.seek(0)
                who = file.read().strip() or "another process"
                said = f"waiting for {who}, which is writing {place.parent.name}/{place.name}"
                progress(said, 0, 0)
                _take(file.fileno(), wait=True)
            if _is_there(lock, file):
                yield file
                return


def _is_there(lock: Path, file: TextIO) -> bool:
    try:
        return os.path.samestat(lock.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _take(lock: int, *, wait: bool) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: as good as alone.
        return True
    return True
