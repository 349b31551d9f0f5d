"""One writer at a time for each place, and nothing left of those that were killed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from transdx._files import remove_leftovers
from transdx.progress import Progress

__all__ = ["sole_writer"]


@contextlib.contextmanager
def sole_writer(place: Path, *, what: str, progress: Progress) -> Iterator[None]:
    """Wait until nobody else writes a place, and keep others away during the block.

    Parameters
    ----------
    place : pathlib.Path
        File or folder. The lock is a file beside it, which stays; who holds it is for the system
        to know, so that a process that was killed holds nothing.
    what : str
        What is written, for those who wait.
    progress : Progress
        Told for whom this process waits.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f".{place.name}.lock").open("a+", encoding="utf-8") as lock:
        if not _take(lock.fileno(), wait=False):
            lock.seek(0)
            who = lock.read().strip() or "another process"
            progress(f"waiting for {who}, which is writing {place.parent.name}/{place.name}", 0, 0)
            _take(lock.fileno(), wait=True)
        lock.truncate(0)
        lock.write(f"process {os.getpid()} ({what})\n")
        lock.flush()
        remove_leftovers(place)
        yield
        lock.truncate(0)


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
