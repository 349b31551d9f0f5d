"""Text and Parquet tables with ids in their first column, read strictly and written whole."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transdx._files import atomic_path
from transdx._formats import Text
from transdx.errors import InputError, reason_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEPARATORS", "check_rows", "read_frame", "write_frame"]

SEPARATORS = {".csv": ",", ".tsv": "\t"}
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs"}
#: What R, pandas and pyarrow call a column of row numbers.
_NAMELESS = (
    None, "", "Unnamed: 0", "...1", "__index_level_0__", "X", "V1", "index", "level_0", "row",
    "row.names", "row_names", "rowname", "rownames", "rn",
)  # fmt: skip


def check_rows(
    path: Path, separator: str, *, unique: bool = True, text: Text | None = None
) -> list[str]:
    """Check that every row of a text table has as many fields as its header, which is given back.

    The text is UTF-8, with or without a byte-order mark, unless `text` says how it is written; a
    field in double quotes may hold separators and line breaks. Rows are counted from the header,
    row 1; empty lines are none.

    pandas fills short rows with missing values and takes the first column of long ones for the
    names of the rows, which moves every other column under the name before its own.
    """
    header: list[str] = []
    number = 0
    try:
        opened = text.lines() if text else path.open(encoding="utf-8-sig", newline="")
        with opened as stream:
            for line in stream:
                if not line.strip("\r\n"):
                    continue
                number += 1
                if header and '"' not in line:
                    found = line.count(separator) + 1
                else:
                    # A quoted field may go on in the next lines.
                    lines = chain([line], stream)
                    row = next(csv.reader(lines, delimiter=separator, strict=True))
                    header, found = header or [name.strip() for name in row], len(row)
                if found != len(header):
                    raise InputError(_ragged(path, number, found, len(header)))
    except csv.Error as error:
        raise InputError(
            f"{path.name}: row {number:,} cannot be split into fields ({error}); look for a "
            "quotation mark that is never closed"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as UTF-8") from error
    _check_header(path, header, unique=unique)
    return header


def _ragged(path: Path, number: int, found: int, expected: int) -> str:
    advice = (
        "take away separators at the ends of rows, and give a column of row names a name"
        if found > expected
        else "complete the row, or write the table again if it was cut off"
    )
    return (
        f"{path.name}: row {number:,} has {found:,} field{'s' * (found != 1)}, but the header "
        f"(row 1) has {expected:,}; {advice}"
    )


def _check_header(path: Path, header: list[str], *, unique: bool) -> None:
    if not header:
        raise InputError(f"{path.name} is empty; a table begins with the names of its columns")
    twice = [name for name, times in Counter(header).items() if name and times > 1]
    if twice and unique:
        raise InputError(
            f"{path.name} has the column{'s' * (len(twice) > 1)} {', '.join(twice[:8])}"
            f"{' …' * (len(twice) > 8)} more than once; rename or remove all but one"
        )


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table (.csv, .tsv, .parquet) whose first column holds the ids of its rows, its index.

    Ids are text from a text table, so that no zero in front of one is lost; as stored in Parquet.
    """
    import pandas as pd

    path = Path(path)
    suffix = _known_suffix(path)
    if not path.is_file():
        there = "that is a folder" if path.is_dir() else "there is no such file"
        raise InputError(f"expected a table at {path}, but {there}")
    try:
        if suffix == ".parquet":
            frame = pd.read_parquet(path)
            plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
            frame = frame.set_index(frame.columns[0]) if plain else frame
        else:
            names = _check_names(path, check_rows(path, SEPARATORS[suffix]))
            frame = pd.read_csv(
                path, sep=SEPARATORS[suffix], header=0, names=names, dtype={names[0]: "str"}
            ).set_index(names[0])
    except InputError:
        raise
    except (ValueError, OSError, IndexError) as error:
        raise InputError(
            f"{path} could not be read as a {suffix[1:]} table with ids in its first "
            f"column: {reason_of(error)}"
        ) from error
    if frame.index.nlevels == 1 and frame.index.name in _NAMELESS and _counts_rows(frame.index):
        raise InputError(
            f"{path.name}: the first column has no name of ids and counts the rows, as R and "
            "pandas write row numbers; write the table without them, or name the column "
            "id if these are"
        )
    return frame


def _check_names(path: Path, header: list[str]) -> list[str]:
    if len(header) == 1 and (mark := next((m for m in ";,\t" if m in header[0]), None)):
        raise InputError(
            f"{path.name} has one column, named '{header[0][:60]}'; its columns seem to be "
            f"separated by {_MARKS[mark]}, but those of a {path.suffix.lower()} file are by "
            f"{_MARKS[SEPARATORS[path.suffix.lower()]]}"
        )
    if "" in header[1:]:
        raise InputError(
            f"{path.name}: column {header.index('', 1) + 1} has no name; name it, or take away "
            "separators at the ends of rows"
        )
    return header


def _counts_rows(index: pd.Index[Any]) -> bool:
    for first in (0, 1):
        if index.astype(str).to_list() == [str(i) for i in range(first, first + len(index))]:
            return True
    return False


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table (.csv, .tsv, .parquet) without its index, whole or not at all."""
    path = Path(path)
    suffix = _known_suffix(path)
    with atomic_path(path) as temporary:
        if suffix == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, sep=SEPARATORS[suffix], index=False)


def _known_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (*SEPARATORS, ".parquet"):
        raise InputError(f"expected a file ending in .csv, .tsv or .parquet, got '{path.name}'")
    return suffix
