"""Who takes the course: the roster, and the names of folders."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

from transdx.errors import InputError, nearest

__all__ = ["read_roster", "slug"]

#: The column that is read; others may stand beside it.
COLUMN = "name"
#: Names that no folder may have on some system.
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


def read_roster(path: Path) -> dict[str, str]:
    """Read the students of a roster: the name of each one's folder, and the name.

    A roster is a table (CSV, in UTF-8) with a column ``name``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not in UTF-8 (byte {error.start + 1}); save it as 'CSV UTF-8'"
        ) from error
    rows = list(csv.DictReader(text.splitlines(), delimiter=_delimiter(text)))
    header = [one.strip() for one in text.partition("\n")[0].split(_delimiter(text))]
    if COLUMN not in header:
        raise InputError(
            f"expected {path.name} to have a column '{COLUMN}', got {', '.join(header) or 'none'}"
            f"{nearest(COLUMN, header)}"
        )
    cleaned = [{(key or "").strip(): value for key, value in row.items()} for row in rows]
    names = [_tidy(row[COLUMN] or "") for row in cleaned]
    if not any(names):
        raise InputError(f"{path.name} names nobody; expected a line for each student")
    if "" in names:
        raise InputError(
            f"{path.name}: student {names.index('') + 1} has no name; fill it in, or take the "
            "line away"
        )
    return _folders(names, path)


def _folders(names: list[str], path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        folder = slug(name)
        if not folder:
            raise InputError(f"{path.name}: expected a name with letters or digits, got '{name}'")
        if folder in found:
            other = found[folder]
            twice = f"'{name}' twice" if name == other else f"'{other}' and '{name}'"
            raise InputError(
                f"{path.name} has {twice}, whose folder would be the same ({folder}); add "
                "something that tells them apart"
            )
        found[folder] = name
    return found


def slug(name: str) -> str:
    """Make the name of a folder that lies well on every disk.

    >>> slug("José  Müller-Lüdenscheidt"), slug("../../etc"), slug("李明"), slug("Con")
    ('jose-muller-ludenscheidt', 'etc', '李明', 'con-')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    lost = sum(map(str.isalnum, name)) != sum(map(str.isalnum, plain))
    text = unicodedata.normalize("NFC", name) if lost else plain
    kept = "".join(one if one.isalnum() or unicodedata.combining(one) else " " for one in text)
    made = "-".join(kept.casefold().split())[:80]
    return f"{made}-" if made in _RESERVED else made


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _delimiter(text: str) -> str:
    """Take the semicolon of a spreadsheet where the first line has more of them than commas."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)
