"""Which folders of this machine are nobody else's business, and where a text names them."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

__all__ = ["find_place", "without_places"]

#: What a path on somebody's machine begins with, or passes through.
ANYWHERE = ("/home/", "/Users/", "/tmp/", "C:\\Users", "site-packages/", "file:///")


def find_place(text: str, root: Path | None = None) -> str:
    """Find a path of this machine, or of any, in a text: it and what follows, or nothing.

    >>> find_place("read from /home/ann/data")
    '/home/ann/data'
    >>> find_place("styled by _static/book.css", Path("/book"))
    ''
    """
    own = [folder for folder, _ in _own(root)]
    # Most texts name none, which is seen sooner so.
    if not any(start in text for start in (*ANYWHERE, *own)):
        return ""
    starts = [*map(re.escape, ANYWHERE), *map(_whole, own)]
    found = re.search("|".join(starts), text)
    return text[found.start() : found.start() + 60] if found else ""


def without_places(text: str, root: Path) -> str:
    """Take the folders of this machine out of a sentence that goes onto a page.

    >>> without_places("/srv/study/data.csv is missing", Path("/srv/study"))
    "the book's folder/data.csv is missing"
    """
    for folder, words in _own(root):
        text = re.sub(_whole(folder), words, text)
    return text


def _own(root: Path | None) -> list[tuple[str, str]]:
    """List the folders of this book and of this user; the root of all folders is no secret."""
    found = [(root.resolve(), "the book's folder")] if root is not None else []
    # A user without a name has no home, as in many a container.
    with contextlib.suppress(RuntimeError):
        found.append((Path.home(), "the home folder"))
    return [(str(folder), words) for folder, words in found if folder != Path(folder.anchor)]


def _whole(folder: str) -> str:
    """Match a folder, not the beginning of a longer name nor the end of a relative path."""
    return rf"(?<![\w./~-]){re.escape(folder)}(?![\w-]|\.\w)"
