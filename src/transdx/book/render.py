"""Executed notebooks and prose become a site; the one place that knows the renderer."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from transdx.errors import TransdxError

__all__ = ["render"]

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
COMPLAINT = re.compile(r"(WARNING|ERROR|CRITICAL|SEVERE):|[Ee]rror:")
#: What the Sphinx extension needs to know about the book.
ENVIRONMENT = (
    "TRANSDX_BOOK_ROOT",
    "TRANSDX_BOOK_WORLD",
    "TRANSDX_BOOK_RUNS",
)


def render(
    root: Path,
    *,
    world: str = "simulated",
    runs: Mapping[str, str] | None = None,
    fresh: bool = False,
    contents: str = "_toc.yml",
) -> Path:
    """Render the pages of a book; any warning of the renderer fails the build.

    Parameters
    ----------
    root : pathlib.Path
        Folder that holds ``_config.yml``, ``_toc.yml`` and ``book``.
    world : str
        Of the book's own run; decides its banners and which numbers prose quotes.
    runs : mapping of str to str, optional
        Name of the results folder of each world, if it is not that of the usual quick run.
    fresh : bool, default=False
        Render every page, not only those that changed.
    contents : str, default='_toc.yml'
        The table of contents, from `root` on.

    Returns
    -------
    pathlib.Path
        ``_build/html/index.html``.

    Raises
    ------
    TransdxError
        If the renderer warns or fails; its messages are in ``_build/render.log``.
    """
    root = root.resolve()
    output, doctrees = root / "_build" / "html", root / "_build" / ".doctrees"
    if fresh:
        shutil.rmtree(output, ignore_errors=True)
        shutil.rmtree(doctrees, ignore_errors=True)
    settings = dict(zip(ENVIRONMENT, (str(root), world, json.dumps(dict(runs or {}))), strict=True))
    log = io.StringIO()
    with _environment(settings), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        failed = _sphinx(root, output, doctrees, root / contents)
    text = ANSI.sub("", log.getvalue())
    (root / "_build" / "render.log").write_text(text, encoding="utf-8")
    if failed:
        # Pages that were read with a warning would pass unread the next time.
        shutil.rmtree(doctrees, ignore_errors=True)
        raise TransdxError(f"the pages could not be rendered: {_complaints(text, root)}")
    return output / "index.html"


def _sphinx(root: Path, output: Path, doctrees: Path, contents: Path) -> bool:
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        root / "book",
        output,
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides={
            "external_toc_path": contents.as_posix(),
            "latex_individualpages": False,
        },
        doctreedir=doctrees,
        warningiserror=True,
        keep_going=True,
    )
    return bool(result != 0)


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _complaints(text: str, root: Path) -> str:
    lines = [line for line in text.splitlines() if COMPLAINT.search(line)]
    # Without a warning it broke down: then the end of what it said is what there is.
    lines = lines or [line for line in text.splitlines() if line.strip()][-5:]
    shown = [line.replace(f"{root}/", "") for line in dict.fromkeys(lines)]
    more = f"\n  ... and {len(shown) - 20} more" if len(shown) > 20 else ""
    return "\n  " + "\n  ".join(shown[:20]) + more + "\n  (all of it: _build/render.log)"
