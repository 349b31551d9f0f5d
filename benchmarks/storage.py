"""Size and speed of three ways to keep the connectomes of many people on disk.

``python benchmarks/storage.py`` prints a table and writes ``storage.json`` beside this file. Zarr
is measured where it is installed; the package does not need it. Simulated connectomes, half
structural (many zeros), half functional. Each reading is the best of three from files that were
just written, so that the disk itself does not count.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from transdx.simulate import build

TARGET = Path(__file__).with_suffix(".json")
PEOPLE = 5_000
#: People together in a row group or a chunk, and connections in a chunk.
TOGETHER = (500, 369)
SOME_PEOPLE = slice(2_000, 3_000)
SOME_CONNECTIONS = np.arange(5, 3_321, 332)
COLUMNS = {
    "megabytes": "MB",
    "write_seconds": "write, s",
    "all_seconds": "read all, s",
    "people_seconds": "1,000 people, s",
    "connections_seconds": "10 connections, s",
}

Singles = npt.NDArray[np.float32]
Chosen = slice | npt.NDArray[np.intp]
EVERYTHING = slice(None)
#: What is read: people and connections.
PARTS: dict[str, tuple[slice, Chosen]] = {
    "all": (EVERYTHING, EVERYTHING),
    "people": (SOME_PEOPLE, EVERYTHING),
    "connections": (EVERYTHING, SOME_CONNECTIONS),
}


class Npy:
    """One file, mapped into memory; what is not looked at is not read."""

    @staticmethod
    def write(path: Path, values: Singles) -> None:
        """Write an array."""
        np.save(path.with_suffix(".npy"), values)

    @staticmethod
    def read(path: Path, people: slice, connections: Chosen) -> Singles:
        """Read a part of it into memory."""
        mapped = np.load(path.with_suffix(".npy"), mmap_mode="r")
        return np.array(mapped[people, connections])


class Parquet:
    """A table with a column per connection, zstd."""

    @staticmethod
    def write(path: Path, values: Singles) -> None:
        """Write an array."""
        table = pa.table({str(place): column for place, column in enumerate(values.T)})
        parquet.write_table(table, path, compression="zstd", row_group_size=TOGETHER[0])

    @staticmethod
    def read(path: Path, people: slice, connections: Chosen) -> Singles:
        """Read whole row groups and the columns asked for."""
        file = parquet.ParquetFile(path)
        first, last, _ = people.indices(file.metadata.num_rows)
        groups = list(range(first // TOGETHER[0], last // TOGETHER[0]))
        names = np.array(file.schema_arrow.names)[connections]
        table = file.read_row_groups(groups, columns=list(names))
        return np.stack([column.to_numpy() for column in table.columns], axis=1)


class Zarr:
    """Chunks of people and connections, zstd."""

    @staticmethod
    def write(path: Path, values: Singles) -> None:
        """Write an array."""
        import zarr

        array = zarr.create_array(path, shape=values.shape, chunks=TOGETHER, dtype="float32")
        array[:] = values

    @staticmethod
    def read(path: Path, people: slice, connections: Chosen) -> Singles:
        """Read the chunks that hold a part of it."""
        import zarr

        array = zarr.open_array(path, mode="r")
        if isinstance(connections, slice):
            return array[people, connections]
        return array.oindex[people, connections]


Way = type[Npy | Parquet | Zarr]


def main() -> None:
    """Measure each way on the same values."""
    values = connectomes()
    ways: dict[str, Way] = {"npy": Npy, "parquet": Parquet}
    if importlib.util.find_spec("zarr"):
        ways["zarr"] = Zarr
    else:
        print("zarr is not installed and is left out")
    print(f"{'':8}" + "".join(f"{label:>19}" for label in COLUMNS.values()))
    found: dict[str, float] = {"storage.participants": PEOPLE}
    for name, way in ways.items():
        measured = measure(way, values)
        print(f"{name:8}" + "".join(f"{measured[column]:>19}" for column in COLUMNS))
        found |= {f"storage.{name}_{column}": number for column, number in measured.items()}
    TARGET.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def connectomes() -> dict[str, Singles]:
    """Simulate connectomes by modality, shape (people, 3321)."""
    blocks = list(build(PEOPLE, seed=1).wiring.blocks())
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def measure(way: Way, values: dict[str, Singles]) -> dict[str, float]:
    """Write and read all modalities; whatever is read is held against what was written."""
    folder = Path(tempfile.mkdtemp())
    try:
        writing = timed(lambda: [way.write(folder / name, one) for name, one in values.items()])
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found = {"megabytes": round(size / 1e6, 1), "write_seconds": round(writing, 3)}
        for what, part in PARTS.items():
            for name, one in values.items():
                np.testing.assert_array_equal(way.read(folder / name, *part), one[part])
            found[f"{what}_seconds"] = best_of_three(way, [folder / name for name in values], part)
    finally:
        shutil.rmtree(folder)
    return found


def best_of_three(way: Way, paths: list[Path], part: tuple[slice, Chosen]) -> float:
    """Read the same part of each file, three times."""
    return round(min(timed(lambda: [way.read(path, *part) for path in paths]) for _ in range(3)), 3)


def timed(task: Callable[[], object]) -> float:
    """Give the seconds that a task takes."""
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
