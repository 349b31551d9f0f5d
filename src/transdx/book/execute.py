"""Notebooks are executed by papermill, by this interpreter, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from transdx._files import atomic_path
from transdx.book.kernel import Kernel, kernel
from transdx.book.notebook import KERNEL, Chapter, publish
from transdx.errors import TransdxError

__all__ = ["execute", "write_notebook"]

#: Seconds that a kernel may take to start, and to hand over what a cell has shown.
START, SHOW = 180, 60
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def execute(
    chapter: Chapter,
    output: Path,
    *,
    parameters: Mapping[str, object],
    root: Path,
    advance: Callable[[int], None] = lambda done: None,
) -> None:
    """Run a notebook on values that were checked, and write the page that it becomes.

    The page appears only when every cell has run, in the working folder `root`; `advance` is called
    after each code cell with how many have run.
    """
    executed = _run(chapter, values=parameters, root=root, advance=advance)
    write_notebook(publish(executed, parameters), output)


def write_notebook(content: Mapping[str, Any], output: Path) -> None:
    """Write a notebook under a temporary name, then rename it."""
    with atomic_path(output) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def _run(
    chapter: Chapter,
    *,
    values: Mapping[str, object],
    root: Path,
    advance: Callable[[int], None],
) -> Mapping[str, Any]:
    import nbformat
    import papermill

    # Given a path, papermill moves the whole process while it reads, and others run beside it.
    source = nbformat.read(chapter.path, as_version=4)  # type: ignore[no-untyped-call]
    source.metadata["kernelspec"] = dict(KERNEL)
    # What goes wrong is said once, by a sentence.
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    cells = itertools.count(1)
    with kernel(root) as own, _sentences(chapter, own, before=bool(values)):
        executed: Mapping[str, Any] = papermill.execute_notebook(
            source,
            None,
            parameters=dict(values),
            kernel_name=KERNEL["name"],
            language=KERNEL["language"],
            progress_bar=False,
            start_timeout=START,
            # These go on to the executor: this interpreter, its working folder (papermill's
            # own option would move the whole process), and a call after each cell.
            km=own.manager,
            iopub_timeout=SHOW,
            resources={"metadata": {"path": str(root.resolve())}},
            on_cell_executed=lambda **_: advance(next(cells)),
        )
    return executed


@contextlib.contextmanager
def _sentences(chapter: Chapter, own: Kernel, *, before: bool) -> Iterator[None]:
    """Say in a sentence what went wrong; papermill may put a cell before those of the chapter."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from zmq import ZMQError

    try:
        yield
    except PapermillExecutionError as error:
        raise TransdxError(
            f"chapter {chapter.name} failed in cell {error.cell_index + 1 - before} "
            f"('{_first_line(error.source)}'): {_last_line(error)}"
        ) from error
    except DeadKernelError as error:
        raise TransdxError(
            f"chapter {chapter.name}: its Python process ended before the chapter did; "
            f"it may have run out of memory{_said(own)}"
        ) from error
    except (RuntimeError, TimeoutError, OSError, ZMQError) as error:
        if getattr(error, "errno", None) == errno.ENOMEM:
            raise MemoryError from error
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TransdxError(
            f"chapter {chapter.name}: its Python process did not start or did not answer "
            f"({reason}){_said(own)}; try again, and if that does not help, make the environment "
            "anew (remove .venv, then make install)"
        ) from error


def _said(own: Kernel) -> str:
    return f"; the last it said was '{own.last_words}'" if own.last_words else ""


def _last_line(error: Any) -> str:
    text = ANSI.sub("", f"{error.ename}: {error.evalue}").strip()
    return text.splitlines()[-1]


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else ""
