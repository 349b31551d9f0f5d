"""Whether data have changed: one answer, for runs, notebooks and the book."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from transdx._files import stamp
from transdx.sources.withdrawals import lists_of


def fingerprint(data: Path) -> str:
    """Sum up the state of an export: names, sizes and times of change of all its files.

    It is the same as long as no file of the export, and no list of withdrawn people beside it,
    has come, gone or been written to, however deep it lies. Hidden files are not looked at. No file
    is read, so that the cost grows with the number of files and not with their size: 1.4 s for the
    120,000 images (30 GB) of 40,000 people on a local disk.
    """
    root = data if data.is_dir() else data.parent
    return stamp(_files(data), root=root)


def _files(data: Path) -> Iterator[Path]:
    if not data.is_dir():
        yield from (data, *lists_of(data))
    for folder, below, names in os.walk(data):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(folder, name) for name in names if not name.startswith("."))
