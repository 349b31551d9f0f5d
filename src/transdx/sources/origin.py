"""Of an export: whose people it holds, which is never assumed, and whether it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from transdx._files import stamp, walk
from transdx.errors import InputError
from transdx.sources.withdrawals import base_of, lists_of
from transdx.study import study_file

#: What a simulated export carries, and no other: the effects that were planted in it.
TRUTH = "truth.csv"
#: Ids of real participants have at most seven digits, those of simulated ones more.
LARGEST_ID = 9_999_999


def require_export(data: Path) -> None:
    """Refuse a place at which there is nothing."""
    if not data.exists():
        raise InputError(f"expected an export at {data}, but there is nothing; check --data")


def world_of(data: Path) -> str:
    """Say which world an export belongs to: ``simulated``, for one that holds its truth.

    If it does not say, whoever names the data has to name their world. That its people have the
    ids of simulated ones is checked as they are read, see `check_people`.
    """
    require_export(data)
    if (data / TRUTH).is_file():
        return "simulated"
    raise InputError(
        f"{data} does not say whether its people are real (it holds no {TRUTH}, as a simulated "
        "export does); name its world: --world ukb, or --world simulated"
    )


def check_people(ids: pd.Index[int], *, world: str) -> None:
    """Refuse people of another world than the one that was named, and ids below 1."""
    below, simulated = int((ids < 1).sum()), int((ids > LARGEST_ID).sum())
    if below:
        raise InputError(
            f"{below} of {len(ids)} ids in the export are below 1, which marks people who have "
            "withdrawn; take their rows away"
        )
    if world == "ukb" and simulated:
        raise InputError(
            f"{simulated} of {len(ids)} ids in the export have more than seven digits, as only "
            "simulated participants have, who cannot be shown as UK Biobank; use world 'simulated'"
            + (" or take their rows away" if simulated < len(ids) else "")
        )
    if world == "simulated" and simulated < len(ids):
        raise InputError(
            f"{len(ids) - simulated} of {len(ids)} ids in the export have at most seven digits, as "
            "those of real participants have, who cannot be shown as simulated; use world 'ukb'"
            + (" or take the simulated rows away" if simulated else "")
        )


def fingerprint(data: Path) -> str:
    """Sum up the state of an export: names, sizes and times of change of all its files.

    It is the same as long as no file of the export, and no list of withdrawn people beside it,
    has come, gone or been written to, however deep it lies. Hidden files are not looked at. No file
    is read, so that the cost grows with the number of files and not with their size: 1.4 s for the
    120,000 images (30 GB) of 40,000 people on a local disk.
    """
    require_export(data)
    return stamp(_files(data), root=base_of(data))


def _files(data: Path) -> Iterator[Path]:
    if not data.is_dir():
        yield from (data, *lists_of(data), *filter(None, [study_file(data)]))
    for folder, below, names in walk(data) if data.is_dir() else ():
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (folder / name for name in names if not name.startswith("."))
