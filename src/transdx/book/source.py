"""Where the renderer finds the book, whoever starts it: `transdx book` or `jupyter-book build`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from transdx._files import remove
from transdx.book.contents import CONTENTS, NOTEBOOKS, PROSE
from transdx.errors import TransdxError
from transdx.progress import Terminal

__all__ = ["find_book", "lead"]

STATIC = "_static"


def find_book(folder: Path) -> Path | None:
    """Find the root of a book from there, from a folder in it, or from a link to its contents."""
    tables = [(place / "_toc.yml").resolve() for place in (folder, folder.parent)]
    roots = [table.parent for table in tables if table.is_file()]
    parts = (PROSE, NOTEBOOKS)
    return next((root for root in roots if all((root / name).is_dir() for name in parts)), None)


def lead(app: Any, config: Any) -> None:
    """Lead Sphinx to the pages, from the folder that it was started in, once they can be made.

    `jupyter-book build` may be given the root, as its habit is, or a folder in it. What the pages
    need is made first, unless the package has: the book made last, or else the usual one.
    """
    root = find_book(Path(app.srcdir))
    if root is None:
        return
    if not config.transdx_made:
        config.transdx_world, config.transdx_runs = _made(root)
    config.transdx_root = str(root)
    config.external_toc_path = (root / CONTENTS).as_posix()
    app.srcdir = app.confdir = type(app.srcdir)(root / PROSE)
    # Where Sphinx finds its own files from before, it writes other addresses onto the pages.
    remove(Path(app.outdir) / STATIC)
    # As the tool does where it is started in the folder of the pages, here in one order.
    config.html_static_path = [STATIC] if (root / PROSE / STATIC).is_dir() else []
    config.html_css_files = _assets(root, "css")
    config.html_js_files = _assets(root, "js")


def _assets(root: Path, kind: str) -> list[str]:
    folder = root / PROSE / STATIC
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob(f"*.{kind}"))


def _made(root: Path) -> tuple[str, dict[str, str]]:
    from transdx.book.pipeline import prepare

    try:
        with Terminal() as terminal:
            plan = prepare(root, progress=terminal)
    except TransdxError as error:
        # An error would end in the traceback of a tool that knows nothing of it.
        sys.stderr.write(f"transdx: {error}\n")
        raise SystemExit(error.exit_code) from error
    return plan.own.world, plan.names
