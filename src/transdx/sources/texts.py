"""Chosen columns of text tables of any size, in bounded memory.

Of 3,000 columns the study reads some 400, and only these are converted and kept. pyarrow gives a
few thousand rows at a time; their numbers are copied to where they stay, so that no more than the
table that is made and a small part of the file are in memory. Its numbers are those nearest to what
is written, as pandas' are not by default. See ``benchmarks/reading.py``.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from transdx._arrays import Floats, Indices
from transdx._formats import Text
from transdx._tables import check_rows
from transdx.errors import InputError
from transdx.sources.answers import MISSING, Cells, Words

#: Bytes parsed at a time, and rows that are gathered before they go to their columns.
_BLOCK = 2**21
_ROWS = 4096
_WORDS = pa.dictionary(pa.int32(), pa.string())


def read_columns(
    text: Text, numeric: Mapping[int, bool], coded: frozenset[int]
) -> tuple[list[Cells], bool]:
    """Read the columns at some places, as numbers or as words, and say if the last row ends.

    Those that are `coded` are read as words where they hold some, and so are all others where
    their numbers are written in another way.
    """
    try:
        return _checked(text, numeric, across=False)
    except pa.ArrowInvalid:
        check_rows(text.path, text.separator, unique=False, text=text)
    words = dict.fromkeys(numeric, False)
    some = {place: one and place not in coded for place, one in numeric.items()}
    for kinds in (some, words):
        for encoding in dict.fromkeys((text.encoding, "latin-1")):
            try:
                return _checked(replace(text, encoding=encoding), kinds, across=True)
            except pa.ArrowInvalid:
                # What it says may show a row.
                continue
    raise InputError(
        f"{text.path.name} cannot be read as a table; write it again as text with one row per "
        "participant, or as Parquet"
    )


def _checked(text: Text, numeric: Mapping[int, bool], *, across: bool) -> tuple[list[Cells], bool]:
    with text.body() as stream:
        watch = _Watch(stream)
        cells = _gathered(_batches(text, watch, numeric, across=across), numeric)
    if watch.quotes % 2:
        # One that is never closed takes the rest of the file into its cell.
        check_rows(text.path, text.separator, unique=False, text=text)
    return cells, watch.ended


def _batches(
    text: Text, watch: _Watch, numeric: Mapping[int, bool], *, across: bool
) -> Iterator[pa.RecordBatch]:
    names = list(map(str, range(len(text.header))))
    types = {str(place): pa.float64() if one else _WORDS for place, one in numeric.items()}
    reader = csv.open_csv(
        pa.PythonFile(watch, mode="r"),
        csv.ReadOptions(column_names=names, block_size=_BLOCK, encoding=text.encoding),
        csv.ParseOptions(delimiter=text.separator, newlines_in_values=across),
        csv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=MISSING,
            strings_can_be_null=True,
        ),
    )
    with reader:
        yield from reader


def _gathered(batches: Iterator[pa.RecordBatch], numeric: Mapping[int, bool]) -> list[Cells]:
    """Put the rows of batches into columns."""
    kinds = list(numeric.values())
    numbers = [row for row, number in enumerate(kinds) if number]
    given: dict[int, dict[object, int]] = {row: {} for row, one in enumerate(kinds) if not one}
    stretches, room, filled = [], _room(len(kinds), 0), 0
    for batch in batches:
        if filled + len(batch) > room.shape[1]:
            stretches.append(room[:, :filled])
            room, filled = _room(len(kinds), max(_ROWS, len(batch))), 0
        part = room[:, filled : filled + len(batch)]
        if numbers:
            part[numbers] = (
                batch.select(numbers).to_tensor(null_to_nan=True, row_major=False).to_numpy().T
            )
        for row, known in given.items():
            part[row] = _places(batch.column(row), known)
        filled += len(batch)
    stretches.append(room[:, :filled])
    del room
    columns = _columns(stretches, len(kinds))
    return [
        Words(column.astype(np.intp), list(given[row])) if row in given else column
        for row, column in enumerate(columns)
    ]


def _room(columns: int, rows: int) -> Floats:
    """Make room that is given back to the system at once when it is let go."""
    size = columns * rows
    held = mmap.mmap(-1, max(8 * size, 1))
    return np.frombuffer(held, dtype=np.float64, count=size).reshape(columns, rows)


def _places(column: pa.DictionaryArray, known: dict[object, int]) -> Indices:
    """Give the place of each word among those that are known, which grow."""
    places = [known.setdefault(word, len(known)) for word in column.dictionary.to_pylist()]
    found: Indices = np.array([*places, -1], dtype=np.intp)[column.indices.fill_null(-1).to_numpy()]
    return found


def _columns(stretches: list[Floats], count: int) -> list[Floats]:
    """Join stretches of rows; each is let go as it is copied."""
    rows = sum(stretch.shape[1] for stretch in stretches)
    columns = [_room(1, rows)[0] for _ in range(count)]
    first = 0
    stretches.reverse()
    while stretches:
        stretch = stretches.pop()
        for column, part in zip(columns, stretch, strict=True):
            column[first : first + len(part)] = part
        first += stretch.shape[1]
    return columns


class _Watch:
    """A stream that counts the quotation marks in it, and remembers how it ends."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.quotes = 0
        self.ended = True
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        some = self._stream.read(size)
        if some:
            self.quotes += some.count(b'"')
            self.ended = some.rstrip(b"\0")[-1:] in (b"\n", b"\r")
        return some

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
