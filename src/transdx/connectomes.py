"""Connectomes of many people on disk: one row per person, one column per connection.

They are plain ``.npy`` files because every use of them reads rows, all columns of them: of 5,000
people, both modalities, 1,000 are read in 3 ms against 33 from Zarr chunks and 0.47 s from
Parquet, for 133 MB on disk against 91 and 130 (``benchmarks/storage.py``).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas, modalities
from transdx._arrays import Singles
from transdx._files import atomic_folder, raise_unless_damaged
from transdx._ids import participant_ids
from transdx.errors import InputError

__all__ = ["Connectomes", "folder_of", "open_connectomes", "write_connectomes"]

_VISIT = 2
#: What values can be, by modality, and how that is said; rounding goes a little beyond.
_RANGES = {
    "structural_connectivity": (0.0, np.inf, "weights from 0 on"),
    "functional_connectivity": (-1.00001, 1.00001, "correlations from -1 to 1"),
}
#: People that are looked at, and the share of them that is not a few odd ones.
_LOOKED_AT, _FEW = 200, 0.05


@dataclass(frozen=True)
class Connectomes:
    """Connectomes, read from disk where they are looked at: by modality, (n, 3321).

    Columns are in the order of `transdx.atlas.connections`. A person without the image has NaN
    throughout. ``structural_connectivity`` holds weights, 0 where a connection is absent;
    ``functional_connectivity`` holds correlations.
    `damaged` counts by modality and reason those whose raw files could not be read.
    """

    participants: pd.Index[int]
    matrices: Mapping[str, Singles]
    damaged: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def folder_of(export: Path) -> Path:
    """Say where the connectomes of the imaging visit lie within an export."""
    return Path(export) / f"connectomes_i{_VISIT}"


def open_connectomes(export: Path) -> Connectomes | None:
    """Open the packed connectomes of an export; None where it holds none."""
    folder = folder_of(export)
    if not (folder / "participants.npy").is_file():
        return None
    participants = _participants(folder / "participants.npy")
    shape = (len(participants), len(atlas.connections()))
    values: dict[str, Singles] = {}
    for modality in modalities.CONNECTIVITY:
        path = folder / f"{modality}.npy"
        if not path.is_file():
            continue
        values[modality] = _load(path, mmap_mode="r")
        if values[modality].shape != shape or values[modality].dtype.kind != "f":
            raise InputError(
                f"{_name(path)}: expected {shape[0]} participants x {shape[1]} connections of "
                f"floating-point numbers, got {values[modality].shape} of type "
                f"{values[modality].dtype}; {_again(path)}"
            )
        _require_plausible(values[modality], path, modality)
    return Connectomes(participants, values)


def _require_plausible(values: Singles, path: Path, modality: str) -> None:
    """Look at some people, all over the file, whether it can hold what its name says."""
    least, most, what = _RANGES[modality]
    rows = np.unique(np.linspace(0, max(len(values) - 1, 0), _LOOKED_AT).astype(int))
    some = values[rows] if len(values) else values
    beyond = int(((some < least) | (some > most)).any(axis=1).sum())
    if beyond > _FEW * len(some):
        raise InputError(
            f"{_name(path)}: expected {what}, but {beyond} of {len(some)} people looked at have "
            "others; they may be in another unit, or of the other kind of connectome: pack them "
            "again from what they were made of"
        )


def _participants(path: Path) -> pd.Index[int]:
    ids = _load(path)
    if ids.ndim != 1:
        raise InputError(
            f"{_name(path)}: expected one id per participant, got an array of shape {ids.shape}; "
            f"{_again(path)}"
        )
    return participant_ids(ids, where=_name(path), advice=_again(path))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _again(path: Path) -> str:
    return f"remove the folder {path.parent.name} and make it again"


def _load(path: Path, **how: Any) -> Any:
    try:
        loaded = np.load(path, **how)
    except (ValueError, EOFError, OSError) as error:
        raise_unless_damaged(error)
        raise InputError(f"{_name(path)} cannot be read ({error}); {_again(path)}") from error
    if not isinstance(loaded, np.ndarray):
        raise InputError(f"{_name(path)} holds no single array; {_again(path)}")
    return loaded


def write_connectomes(
    export: Path,
    participants: npt.ArrayLike,
    blocks: Iterable[Mapping[str, npt.NDArray[Any]]],
    *,
    about: Mapping[str, object] | None = None,
) -> Path:
    """Pack connectomes into an export, a block of people at a time, whole or not at all.

    Blocks map modality to values of the next people, (k, 3321); together they have a row per
    participant, and all hold the same modalities. The folder that is given back holds
    ``participants.npy``, one ``.npy`` of single precision per modality, ``connections.csv`` (what
    the columns are) and ``connectomes.json`` (`about`: where they come from).
    """
    ids = participant_ids(
        np.asarray(participants), where="participants", advice="give each person once"
    ).to_numpy()
    target = folder_of(export)
    with atomic_folder(target) as building:
        np.save(building / "participants.npy", ids)
        done = _write_blocks(building, len(ids), blocks)
        if done != len(ids):
            raise InputError(f"expected connectomes of {len(ids)} participants, got {done}")
        atlas.connections().to_csv(building / "connections.csv", index_label="connection")
        text = json.dumps({"visit": _VISIT, "participants": len(ids), **(about or {})}, indent=1)
        (building / "connectomes.json").write_text(text + "\n", encoding="utf-8")
    return target


def _write_blocks(
    folder: Path, people: int, blocks: Iterable[Mapping[str, npt.NDArray[Any]]]
) -> int:
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)),
        "fortran_order": False,
        "shape": (people, len(atlas.connections())),
    }
    # Written and not mapped: on a full disk, writing into a map ends the process.
    with contextlib.ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        first = 0
        for block in blocks:
            last = first + len(next(iter(block.values())))
            if last > people:
                return last
            for modality, values in block.items():
                if modality not in files:
                    files[modality] = stack.enter_context((folder / f"{modality}.npy").open("wb"))
                    np.lib.format.write_array_header_1_0(files[modality], header)
                # Not by numpy, which does not say that the disk is full.
                files[modality].write(np.ascontiguousarray(values, dtype=np.float32).data)
            first = last
    return first
