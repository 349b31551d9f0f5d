"""Chosen columns of text tables of any size, in bounded memory.

Of 3,000 columns the study reads some 250, and only these are converted and kept: pyarrow parses
blocks of rows side by side and forgets them. Types are given, since it keeps whatever it read for
as long as a type is not certain. See ``benchmarks/reading.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import IO

import pyarrow as pa
from pyarrow import csv

from transdx._formats import Text
from transdx._tables import check_rows
from transdx.errors import InputError
from transdx.sources.answers import MISSING

#: Bytes parsed at a time: of wide tables some thousand rows.
_BLOCK = 2**24
_WORDS = pa.dictionary(pa.int32(), pa.string())


def read_columns(text: Text, numeric: Mapping[int, bool]) -> tuple[list[pa.ChunkedArray], bool]:
    """Read the columns at some places, as numbers or as words, and say if the last row ends.

    A column of numbers that holds anything else is given as words.
    """
    try:
        columns, watch = _parse(text, numeric, across=False)
    except pa.ArrowInvalid:
        check_rows(text.path, text.separator, unique=False, text=text)
        columns, watch = _as_words(text, numeric)
    if watch.quotes % 2:
        # One that is never closed takes the rest of the file into its cell.
        check_rows(text.path, text.separator, unique=False, text=text)
    return columns, watch.ended


def _as_words(text: Text, numeric: Mapping[int, bool]) -> tuple[list[pa.ChunkedArray], _Watch]:
    """Read what is no table of numbers, or has cells of several lines, in a slower way."""
    words = dict.fromkeys(numeric, False)
    for encoding in dict.fromkeys((text.encoding, "latin-1")):
        try:
            return _parse(replace(text, encoding=encoding), words, across=True)
        except pa.ArrowInvalid:
            # What it says may show a row.
            continue
    raise InputError(
        f"{text.path.name} cannot be read as a table; write it again as text with one row per "
        "participant, or as Parquet"
    )


def _parse(
    text: Text, numeric: Mapping[int, bool], *, across: bool
) -> tuple[list[pa.ChunkedArray], _Watch]:
    names = list(map(str, range(len(text.header))))
    chosen = [str(place) for place in numeric]
    types = {str(place): pa.float64() if one else _WORDS for place, one in numeric.items()}
    with text.body() as stream:
        watch = _Watch(stream)
        table = csv.read_csv(
            pa.PythonFile(watch, mode="r"),
            csv.ReadOptions(column_names=names, block_size=_BLOCK, encoding=text.encoding),
            csv.ParseOptions(delimiter=text.separator, newlines_in_values=across),
            csv.ConvertOptions(
                include_columns=chosen,
                column_types=types,
                null_values=MISSING,
                strings_can_be_null=True,
            ),
        )
    return table.columns, watch


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
