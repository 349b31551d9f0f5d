"""Whether work fits into memory, asked before it begins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from transdx.errors import InputError

__all__ = ["check_memory", "free_memory"]

_GIB = 2**30


def check_memory(work: str, needed: int) -> None:
    """Refuse work (in the plural) that needs more bytes than are free."""
    free = free_memory()
    if needed > free:
        raise InputError(
            f"{work} need at least {-(-needed // _GIB):,} GiB of memory, but {free / _GIB:.1f} GiB "
            "are free; ask for fewer, or use a larger machine"
        )


def free_memory() -> int:
    """Count the bytes that this process can still take.

    The least of what is available on the machine, and of what the process has not yet taken
    of the limits of the control groups it is in and of its address space.
    """
    own = psutil.Process().memory_info()
    free: list[int] = [psutil.virtual_memory().available]
    free += [limit - own.rss for limit in _group_limits()]
    if sys.platform != "win32":
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        free += [] if limit == resource.RLIM_INFINITY else [limit - own.vms]
    return max(min(free), 0)


def _group_limits(root: Path = Path("/")) -> Iterator[int]:
    """Read the limits of the control groups of this process, of version 1 or 2."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        mount, file = ("memory", "memory.limit_in_bytes") if controllers else ("", "memory.max")
        folder = root / "sys/fs/cgroup" / mount / group.lstrip("/")
        # A container may see its group under another path, or at the top.
        for place in (folder, *folder.parents):
            try:
                limit = (place / file).read_text(encoding="utf-8").strip()
            except OSError:
                continue
            if limit.isdigit():
                yield int(limit)
