"""Lists of people who have withdrawn: which files they are, and whom they name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from transdx._files import is_leftover, walk
from transdx._ids import WHOLE
from transdx.errors import InputError
from transdx.sources.names import by_number, by_title

#: What says that a file is a list: ``w12345_20240101.csv``, or withdrawn and the like, which may
#: be the name of its folder.
_NAMED = re.compile(r"(?<![a-z0-9])w\d{3,}(?![a-z0-9])[^/]*$|withdr", re.IGNORECASE)
#: Files that are looked into for lists under another name.
_TEXT = ("", ".csv", ".tsv", ".txt", ".tab", ".dat", ".list", ".lst", ".ids", ".id")
#: Folders without lists: hidden ones, images of a person, packed connectomes.
_CLOSED = re.compile(r"\..*|\d+_\d+_\d_\d+|connectomes_i\d")
_GLANCE = 2**16
#: Ids of participants have seven digits; those of simulated people eight.
_FIRST_ID = 1_000_000
_SEPARATOR = re.compile(r"[,;\t|]")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")

ONLY_IDS = (
    "holds nothing but participant ids: if these people have withdrawn, name it "
    "w<application>_<yyyymmdd>.csv, and if not, take it out of the export"
)


def lists_of(data: Path) -> list[Path]:
    """Find every list of withdrawn people that goes with an export.

    A folder is searched with all folders in it but hidden ones, images of a person and packed
    connectomes; a table for lists beside it. A file is a list by its name, or may be one under any
    other name if it holds nothing but participant ids: `read_lists` asks what these are.
    """
    if not data.exists():
        return []
    base = base_of(data)
    return sorted(
        path
        for path in _files(base, deep=data.is_dir())
        if path != data and (_is_named(path, base) or _holds_only_ids(path))
    )


def read_lists(data: Path) -> dict[Path, set[int]]:
    """Read whom the lists of an export name; an error says if a file may or may not be one.

    A list holds one id per line, or all of them in one line; a heading, and a date or words
    beside an id, are passed over.
    """
    read: dict[Path, set[int]] = {}
    for path in lists_of(data):
        name = path.relative_to(base_of(data)).as_posix()
        if not _is_named(path, base_of(data)):
            raise InputError(f"{name} {ONLY_IDS}")
        try:
            read[path] = _ids(_rows(path.read_bytes()))
        except ValueError as error:
            raise InputError(
                f"{name} has the name of a list of people who have withdrawn, but {error}; write "
                "one participant id per line, or name it otherwise if it is no list"
            ) from error
    return read


def base_of(data: Path) -> Path:
    """Give the folder of an export, of which its table may have been named alone."""
    return data if data.is_dir() else data.parent


def _files(base: Path, *, deep: bool) -> Iterator[Path]:
    for folder, below, names in walk(base):
        yield from (folder / name for name in names if not is_leftover(name))
        below[:] = [name for name in below if deep and not _CLOSED.fullmatch(name)]


def _is_named(path: Path, base: Path) -> bool:
    return _NAMED.search(path.relative_to(base).as_posix()) is not None


def _holds_only_ids(path: Path) -> bool:
    if path.suffix.lower() not in _TEXT or not path.is_file():
        return False
    with path.open("rb") as stream:
        glance = stream.read(_GLANCE)
    try:
        rows = _rows(glance)
    except ValueError:
        return False
    if len(glance) == _GLANCE:
        # The last line may be cut off.
        rows = rows[:-1]
    heading, below = _split_heading(rows)
    ids = [_numbers(row) for row in below]
    # Without a heading it is no table; with one, a table has more than the ids.
    bare = all(WHOLE.fullmatch(cell) for row in below for cell in row if cell)
    alone = bare and all(len(found) == 1 for found in ids)
    return (
        len(ids) > 0
        and (alone or not heading)
        and all(min(found, default=0) >= _FIRST_ID for found in ids)
    )


def _rows(content: bytes) -> list[list[str]]:
    """Cut a text into lines and these into cells."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("it is no text") from error
    if "\0" in text:
        raise ValueError("it is no text")
    cut = [
        _SEPARATOR.split(line) if _SEPARATOR.search(line) else line.split()
        for line in text.splitlines()
    ]
    rows = [[cell.strip(" \"'") for cell in cells] for cells in cut]
    return [row for row in rows if any(row)]


def _split_heading(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Take off the first line if it is words, which no id is among."""
    words = " ".join(rows[0]).strip() if rows else ""
    headed = words[:1].isalpha() and not re.search(r"\d{5}", words)
    return (rows[0], rows[1:]) if headed else ([], rows)


def _numbers(row: list[str]) -> set[int]:
    """Take the whole numbers of a line, without dates beside an id."""
    cells = [found["number"] for cell in row if (found := WHOLE.fullmatch(cell))]
    others = [cell for cell in cells if not _DATE.fullmatch(cell)]
    return {int(cell) for cell in others or cells}


def _ids(rows: list[list[str]]) -> set[int]:
    heading, below = _split_heading(rows)
    if any(by_number(cell) or by_title(cell) for cell in heading):
        raise ValueError("it has columns of fields, as a table of participants")
    ids = [_numbers(row) for row in below]
    if heading and not ids and not any(cell.lower().endswith("id") for cell in heading):
        raise ValueError("it holds words alone")
    if len(ids) == 1 and not heading:
        ids = [{number} for number in ids[0]] or ids
    for wrong, what in (
        (sum(not found for found in ids), "no id"),
        (sum(len(found) > 1 for found in ids), "several numbers"),
    ):
        if wrong:
            raise ValueError(f"{wrong} of its {len(ids)} lines hold {what}")
    return set().union(*ids)
