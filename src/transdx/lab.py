"""What a notebook shows of itself in JupyterLab and its like; pages have their own ways for it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from html import escape
from typing import Any

from transdx.errors import TransdxError, in_words
from transdx.progress import Progress, silent

__all__ = ["ALONE", "Line", "opening"]

#: In the metadata of outputs that are for the reader of a notebook, and on no page.
ALONE = "transdx-alone"
#: Seconds from one look at how far something is to the next.
_BETWEEN = 0.2


class Line:
    """One output of a cell, written over: how far something is, in the end whose data they were.

    Parameters
    ----------
    progress : callable or None
        Whom to tell how far something is; None: the reader, where there is a notebook.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._shell = _notebook()
        self._handle: Any = None
        self._stage, self._told = "", 0.0
        self.tell: Progress = progress or (self._look if self._shell else silent)

    def show(self, shown: str, text: str) -> None:
        """Show HTML, and a text where there is none, in place of what was shown."""
        if self._shell is None:
            return
        from IPython import display

        said = {"text/html": shown, "text/plain": text}
        how: dict[str, Any] = {"raw": True, "metadata": {ALONE: True}}
        if self._handle is None:
            self._handle = display.DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(said, **how)
        else:
            self._handle.update(said, **how)

    def wipe(self) -> None:
        """Leave nothing of how far something was."""
        if self._handle is not None:
            self.show("", "")

    def _look(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._told < _BETWEEN:
            return
        self._stage, self._told = stage, now
        counted = f' value="{done}" max="{total}"' if total else ""
        bar = f'<progress{counted} aria-label="{escape(stage)}"></progress>'
        far = f" ({done:,} of {total:,})" if total else ""
        self.show(f"{bar} {escape(stage + far)}", stage + far)


@contextlib.contextmanager
def opening(progress: Progress | None) -> Iterator[Line]:
    """Tell how far the opening of a run is.

    Where it fails, a notebook says so in a sentence, and the cells that needed it in a line each.
    """
    line, shell = Line(progress), _notebook()
    try:
        yield line
    except BaseException as error:
        line.wipe()
        if shell is not None and isinstance(error, TransdxError | OSError | MemoryError):
            shell.set_custom_exc((NameError,), _lacks)
            if not isinstance(error, TransdxError):
                raise TransdxError(in_words(error)) from error
        raise
    if shell is not None and shell.custom_exceptions == (NameError,):
        shell.set_custom_exc((), None)


def _lacks(shell: Any, kind: type, error: NameError, trace: Any, tb_offset: Any = None) -> None:
    """Say of a cell that an earlier one, which failed, has not made what it needs."""
    line = f"transdx: '{error.name}' was not made, as an earlier cell stopped; see there"
    error._render_traceback_ = lambda: [line]  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))


def _notebook() -> Any:
    """Give the shell of the notebook that this runs in, if any."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if getattr(shell, "kernel", None) else None
