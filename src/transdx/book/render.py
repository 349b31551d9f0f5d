"""Executed notebooks and prose become a site; the one place that knows the renderer."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from transdx._files import replace_folder, scratch_folder
from transdx.book.check import check_site
from transdx.book.kernel import import_lightly
from transdx.book.site import WORKERS
from transdx.errors import TransdxError

__all__ = ["render"]

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
COMPLAINT = re.compile(r"(WARNING|ERROR|CRITICAL|SEVERE):|[Ee]rror:")


def render(
    root: Path,
    *,
    world: str = "simulated",
    runs: Mapping[str, str] | None = None,
    gate: Callable[[Path], None] | None = None,
) -> Path:
    """Render and check the pages of a book; any warning of the renderer fails the build.

    All of them are rendered each time, beside those that are there: the renderer goes by the times
    of files, and writes other addresses where it finds its own files from before.
    The `gate` raises where something on them may not leave. `world` is that of the book's own run,
    `runs` the name of the results folder of each world, if not that of the usual quick run. What
    the renderer says is in ``_build/render.log``.
    """
    root = root.resolve()
    site, log = root / "_build" / "html", io.StringIO()
    settings = {
        "latex_individualpages": False,
        "transdx_made": True,
        "transdx_world": world,
        "transdx_runs": dict(runs or {}),
    }
    with scratch_folder(site) as work:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            failed = _sphinx(root, work, settings)
        text = ANSI.sub("", log.getvalue()).replace(f"{work.name}/", "").replace(f"{root}/", "")
        (root / "_build" / "render.log").write_text(text, encoding="utf-8")
        if failed:
            raise TransdxError(f"the pages could not be rendered: {_complaints(text, root)}")
        check_site(work / "html", root=root)
        if gate is not None:
            gate(work / "html")
        replace_folder(site, work / "html")
    return site / "index.html"


def _sphinx(root: Path, work: Path, settings: dict[str, object]) -> bool:
    import_lightly()
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        root,
        work / "html",
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides=settings,
        doctreedir=work / "doctrees",
        warningiserror=True,
        keep_going=True,
        jobs=WORKERS,
    )
    if isinstance(result, (KeyboardInterrupt, MemoryError)):
        raise result
    return bool(result != 0)


def _complaints(text: str, root: Path) -> str:
    lines = [line for line in text.splitlines() if COMPLAINT.search(line)]
    # Without a warning it broke down: then the end of what it said is what there is.
    lines = lines or [line for line in text.splitlines() if line.strip()][-5:]
    shown = [line.replace(f"{root}/", "") for line in dict.fromkeys(lines)]
    more = f"\n  ... and {len(shown) - 20} more" if len(shown) > 20 else ""
    return "\n  " + "\n  ".join(shown[:20]) + more + "\n  (all of it: _build/render.log)"
