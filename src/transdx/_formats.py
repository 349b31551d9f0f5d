"""Files of tables as they come: packed or not, in whatever encoding, separated by whatever mark."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from transdx._files import is_leftover
from transdx.errors import InputError

__all__ = ["ENDINGS", "Text", "ending_of", "look", "unpacked"]

#: What separates the columns of a text table, by its ending: what is written first goes before.
_SEPARATORS = {".csv": ",;\t", ".tsv": "\t,;", ".tab": "\t,;", ".txt": "\t,; "}
#: What a table may be called; each of the texts may be packed as well.
ENDINGS = (".parquet", *_SEPARATORS)
_PACKED = (".gz", ".zip")
#: Raw images of a person, which are no tables.
_IMAGE = re.compile(r"\d+_\d+_\d+_\d+")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: A header is looked for in so many bytes; that of 20,000 columns has less than one million.
_GLANCE = 2**22


@dataclass(frozen=True)
class Text:
    """A table of text, and how it is written."""

    path: Path
    member: str  # of a zip; empty for other files
    encoding: str
    separator: str
    header: tuple[str, ...]
    start: int  # byte behind the header

    @contextmanager
    def body(self) -> Iterator[IO[bytes]]:
        """Open the bytes behind the header."""
        with unpacked(self.path, self.member) as stream:
            stream.seek(self.start)
            yield stream

    @contextmanager
    def lines(self) -> Iterator[IO[str]]:
        """Open all of it as text, whatever bytes there are, with line ends as they are."""
        with unpacked(self.path, self.member) as stream:
            kept = "surrogateescape" if self.encoding == "utf-8" else "replace"
            text = io.TextIOWrapper(stream, encoding=self.encoding, errors=kept, newline="")
            yield text
            text.detach()


def ending_of(path: PurePath) -> str:
    """Give the ending that says what kind of table a file is; empty for other files.

    >>> [ending_of(PurePath(name)) for name in ("a.CSV", "b.tab.gz", "c.zip", "d.parquet", "e.py")]
    ['.csv', '.tab', '.zip', '.parquet', '']
    """
    suffix = path.suffix.lower()
    if suffix in _PACKED:
        inner = PurePath(path.stem).suffix.lower()
        if inner in _SEPARATORS:
            return inner
        return suffix if suffix == ".zip" and not _IMAGE.fullmatch(path.stem) else ""
    return suffix if suffix in ENDINGS else ""


@contextmanager
def unpacked(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """Open the bytes of a file, or of a member of a zip."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                yield stream
        elif suffix == ".gz":
            with gzip.open(path) as packed:
                yield packed  # type: ignore[misc]
        else:
            with path.open("rb") as plain:
                yield plain
    except RuntimeError as error:
        # What zipfile says of a password.
        raise InputError(f"{path.name} cannot be unpacked ({error}); unpack it yourself") from error


def look(path: Path) -> Text | None:
    """Find out how a table of text is written; None for what is no text or has no header."""
    member = ""
    if path.suffix.lower() == ".zip":
        members = _members(path)
        if not members:
            return None
        if len(members) > 1:
            raise InputError(
                f"{path.name} holds {len(members)} tables ({members[0]}, {members[1]}"
                f"{' …' * (len(members) > 2)}); unpack it, or leave one table in it"
            )
        member = members[0]
    with unpacked(path, member) as stream:
        glance = stream.read(_GLANCE)
    mark, encoding = _encoding(glance)
    if not encoding:
        return None
    text = glance[len(mark) :].decode(encoding, errors="ignore")
    marks = _SEPARATORS[ending_of(PurePath(member)) or ending_of(path)]
    split = [(*_first_row(text, separator), separator) for separator in marks]
    # The mark that makes the most columns; of several, that which goes with the ending.
    header, consumed, separator = max(split, key=lambda one: len(one[0]))
    start = len(mark) + len(consumed.encode(encoding))
    return Text(path, member, encoding, separator, header, start) if header else None


def _members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        names = [PurePath(name) for name in archive.namelist() if not name.endswith("/")]
    return [
        name.as_posix()
        for name in names
        if ending_of(name) in _SEPARATORS and not any(map(is_leftover, name.parts))
        if "__MACOSX" not in name.parts and name.suffix.lower() not in _PACKED
    ]


def _encoding(glance: bytes) -> tuple[bytes, str]:
    """Find the mark at the beginning and the encoding; none where it is no text."""
    for mark, encoding in _MARKS:
        if glance.startswith(mark):
            return mark, encoding
    if b"\0" in glance:
        # Half of the bytes of western text in UTF-16 are zero, those of one side.
        some = glance[:1000]
        sides = {"utf-16-le": some[1::2], "utf-16-be": some[::2]}
        wide = [name for name, half in sides.items() if half and not half.strip(b"\0")]
        return b"", wide[0] if len(wide) == 1 else ""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(glance)
    except UnicodeDecodeError:
        return b"", "latin-1"
    return b"", "utf-8"


def _first_row(text: str, separator: str) -> tuple[tuple[str, ...], str]:
    """Cut the first line that is not empty into cells, and give all text up to its end."""
    consumed: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            consumed.append(line)
            yield line

    try:
        for row in csv.reader(lines(), delimiter=separator, strict=True):
            if row:
                return tuple(name.strip() for name in row), "".join(consumed)
    except csv.Error:
        pass
    return (), ""
