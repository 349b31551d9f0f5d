"""Limits on a process that runs code of others, as far as they can be had without privileges.

Memory, size of files and time are limited by the system everywhere. On Linux the kernel itself
keeps the process to its folder (Landlock, from 5.13 on) and off the network (a name space of its
own). Hooks of the interpreter refuse the same everywhere, and hold against code that is careless,
not against code that is made to get round them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

__all__ = ["confine"]

#: Bytes that a file may have.
LARGEST = 200 * 2**20
#: Seconds of processor time beyond those on the clock, for several threads.
THREADS = 4

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls of Landlock, the same on all machines
_READ = 0b1101  # execute, read a file, list a folder
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38

_NEVER = {
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto"), "reach a network"),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname"), "reach a network"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.posix_spawn"), "start a program"),
    **dict.fromkeys(("os.exec", "os.fork", "os.forkpty"), "start a program"),
    **dict.fromkeys(("os.kill", "os.killpg"), "end a process"),
}
_CHANGES = {
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "shutil.rmtree", "shutil.move"),
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(work: Path, *, megabytes: int, seconds: float) -> list[str]:
    """Limit this process from here on to a folder; give what holds, in words.

    It may read what Python and its packages need. Called before any thread is started.
    """
    work = work.resolve()
    used = psutil.Process().memory_info().vms
    _limit(resource.RLIMIT_AS, used + megabytes * 2**20)
    _limit(resource.RLIMIT_FSIZE, LARGEST)
    _limit(resource.RLIMIT_CPU, int(seconds * THREADS) + 1)
    _limit(resource.RLIMIT_CORE, 0)
    holds = ["memory, time and size of files"]
    if sys.platform == "linux":
        holds += ["no network (kernel)"] if _leave_network() else []
        holds += ["only its own folder (kernel)"] if _keep_to(work) else []
    sys.addaudithook(lambda event, given: _refuse(event, given, str(work)))
    return holds


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # macOS knows some of them and sets none.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most))


def _leave_network() -> bool:
    """Move into a network that has nothing in it, as the user that one was."""
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(text)
    return True


def _keep_to(work: Path) -> bool:
    """Let the kernel refuse all files outside a folder but those that Python reads."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    # Each version knows more kinds of access; what a kernel does not know it refuses to be told.
    every = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    asked = [every, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0]
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE, (ctypes.c_uint64 * 3)(*asked), ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    for folder, allowed in [
        (work, every),
        (Path("/dev"), _READ | 2),
        *((p, _READ) for p in _read()),
    ]:
        _allow(libc, rules, folder, allowed)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return bool(libc.syscall(_RESTRICT, rules, 0) == 0)


def _allow(libc: Any, rules: int, place: Path, allowed: int) -> None:
    class Rule(ctypes.Structure):
        _pack_ = 1
        _fields_ = (("allowed", ctypes.c_uint64), ("place", ctypes.c_int32))

    with contextlib.suppress(OSError):
        opened = os.open(place, os.O_PATH)
        # Of a file that is no folder, only its content can be read.
        allowed = allowed if place.is_dir() else allowed & 0b111
        libc.syscall(_ADD, rules, 1, ctypes.byref(Rule(allowed, opened)), 0)
        os.close(opened)


def _read() -> Iterable[Path]:
    """List what Python, its packages and the package's own data are read from."""
    from transdx import reference

    system = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys/devices/system/cpu")
    places = [sys.prefix, sys.base_prefix, *filter(None, sys.path), *system]
    places += filter(None, [os.environ.get(reference.MIRROR)])
    return [*map(Path, places), reference.cache_folder()]


def _refuse(event: str, given: tuple[Any, ...], work: str) -> None:
    """Refuse what a notebook has no business with, in words that its author understands."""
    if event in _NEVER:
        raise PermissionError(f"a notebook that is marked may not {_NEVER[event]}")
    writes = event == "open" and isinstance(given[2], int) and given[2] & _WRITES
    if not writes and event not in _CHANGES:
        return
    path = given[0]
    if isinstance(path, str | bytes | os.PathLike) and not _inside(os.fsdecode(path), work):
        raise PermissionError("a notebook that is marked may change nothing outside its own folder")


def _inside(path: str, work: str) -> bool:
    # As a relative path may be one from the folder of another file, which the kernel sees.
    whole = os.path.realpath(path)
    return whole == os.devnull or whole == work or whole.startswith(work + os.sep)
