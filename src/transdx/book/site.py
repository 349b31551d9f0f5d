"""The pages as they were written, for what is read off the whole of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

__all__ = ["WORKERS", "look_through", "pages_of", "read_page", "read_pages"]

T = TypeVar("T")

#: Chapters executed, and pages made or looked at, side by side; nothing depends on how many.
WORKERS = 2
#: So few are looked at faster one by one.
_FEW = 8


def pages_of(app: Any) -> dict[str, Path]:
    """Find the pages of a site that was just written, by name."""
    named = {name: Path(app.outdir) / f"{name}.html" for name in sorted(app.env.found_docs)}
    return {name: path for name, path in named.items() if path.exists()}


def read_pages(app: Any, *names: str) -> Iterator[tuple[str, BeautifulSoup]]:
    """Read pages of these names of a site that was just written."""
    for name, path in pages_of(app).items():
        if name in names:
            yield name, read_page(path)


def look_through(paths: Sequence[Path], look: Callable[[Path], T]) -> list[T]:
    """Give what is found on each page, in their order."""
    if len(paths) <= _FEW or sys.platform != "linux":
        return [look(path) for path in paths]
    with ProcessPoolExecutor(WORKERS, get_context("fork")) as pool:
        return list(pool.map(look, paths, chunksize=2))


def read_page(path: Path) -> BeautifulSoup:
    """Read a page, once for all who look at it while it stays as it is; none may change it."""
    return _read(path, path.stat().st_mtime_ns)


# As many as a book has pages.
@lru_cache(maxsize=64)
def _read(path: Path, written: int) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
