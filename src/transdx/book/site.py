"""The pages as they were written, for what is read off the whole of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

__all__ = ["read_page", "read_pages"]


def read_pages(app: Any, *names: str) -> Iterator[tuple[str, BeautifulSoup]]:
    """Read pages of a site that was just written: those of these names, or all."""
    for name in sorted(app.env.found_docs):
        path = Path(app.outdir) / f"{name}.html"
        if (name in names or not names) and path.exists():
            yield name, read_page(path)


def read_page(path: Path) -> BeautifulSoup:
    """Read a page, once for all who look at it while it stays as it is; none may change it."""
    return _read(path, path.stat().st_mtime_ns)


# As many as a book has pages.
@lru_cache(maxsize=64)
def _read(path: Path, written: int) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
