"""Notebooks are executed by papermill, by this interpreter, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transdx._files import atomic_path
from transdx.book.notebook import KERNEL, Chapter, publish
from transdx.errors import TransdxError

__all__ = ["execute", "stop", "write_notebook"]

#: Kernels at work, so that an interrupted book need not wait for their cells.
_kernels: set[Any] = set()
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def execute(
    chapter: Chapter,
    output: Path,
    *,
    parameters: Mapping[str, object],
    root: Path = Path(),
    advance: Callable[[int], None] | None = None,
) -> Path:
    """Run a notebook and write the page it becomes.

    Parameters
    ----------
    chapter : Chapter
        The source, from `transdx.book.notebook.read_chapters`.
    output : pathlib.Path
        Where the page's notebook goes; it appears only when every cell has run.
    parameters : mapping of str to object
        Values of the declared parameters; checked before anything runs.
    root : pathlib.Path, default=Path()
        Working folder of the notebook.
    advance : callable, optional
        Called with 1 after each code cell.

    Returns
    -------
    pathlib.Path
        `output`.

    Raises
    ------
    InputError
        If a parameter is unknown or has another type.
    TransdxError
        If a cell fails; names the chapter, the cell and the error.
    """
    values = chapter.check(parameters)
    executed = _run(chapter, values=values, root=root, advance=advance)
    return write_notebook(publish(executed, values), output)


def write_notebook(content: Mapping[str, Any], output: Path) -> Path:
    """Write a notebook under a temporary name, then rename it."""
    with atomic_path(output) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return output


def stop() -> None:
    """End the kernels of all chapters that are being executed."""
    for manager in list(_kernels):
        if (process := getattr(manager.provisioner, "pid", None)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)


def _run(
    chapter: Chapter,
    *,
    values: Mapping[str, object],
    root: Path,
    advance: Callable[[int], None] | None,
) -> Mapping[str, Any]:
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.iorw import load_notebook_node

    source = load_notebook_node(str(chapter.path))
    source.metadata["kernelspec"] = dict(KERNEL)
    manager = _kernel_manager()
    _kernels.add(manager)
    try:
        executed: Mapping[str, Any] = papermill.execute_notebook(
            source,
            None,
            parameters=dict(values),
            kernel_name=KERNEL["name"],
            language=KERNEL["language"],
            progress_bar=False,
            # These go on to the executor: this interpreter, its working folder (papermill's
            # own option would move the whole process), and a call after each cell.
            km=manager,
            resources={"metadata": {"path": str(root.resolve())}},
            on_cell_executed=_counter(advance),
        )
    except PapermillExecutionError as error:
        # Papermill puts one cell with the values in front of those that can fail.
        number = error.cell_index + 1 - bool(values)
        raise TransdxError(
            f"chapter {chapter.name} failed in cell {number} "
            f"('{_first_line(error.source)}'): {_last_line(error)}"
        ) from error
    except DeadKernelError as error:
        raise TransdxError(
            f"chapter {chapter.name}: its Python process ended before the chapter did; "
            f"it may have run out of memory"
        ) from error
    finally:
        _kernels.discard(manager)
    return executed


def _counter(advance: Callable[[int], None] | None) -> Callable[..., None] | None:
    if advance is None:
        return None

    def count(**_: object) -> None:
        advance(1)

    return count


def _last_line(error: Any) -> str:
    text = ANSI.sub("", f"{error.ename}: {error.evalue}").strip()
    return text.splitlines()[-1]


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else ""


def _kernel_manager() -> Any:
    """Make a kernel of this very interpreter, whatever kernels the user has registered."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class OwnInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            # Notebooks run side by side would wait for each other's history file.
            command = [
                "-m",
                "ipykernel_launcher",
                "--HistoryManager.enabled=False",
                "--log-level=ERROR",
            ]
            return KernelSpec(
                argv=[sys.executable, *command, "-f", "{connection_file}"],
                display_name=kernel_name,
                language="python",
            )

    class OwnContext(AsyncKernelManager):
        def client(self, **options: Any) -> Any:
            # A context of the client's own would be torn down late, from another thread.
            return super().client(context=self.context, **options)

    return OwnContext(kernel_name=KERNEL["name"], kernel_spec_manager=OwnInterpreter())
