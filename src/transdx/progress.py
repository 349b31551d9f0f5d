"""What a reader of a terminal sees while something takes its time: one protocol for all of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Self, TextIO, TypeAlias

__all__ = ["Bar", "Progress", "Terminal", "silent"]

#: Called as ``progress(stage, done, total)``; with ``0, 0`` where nothing is counted.
Progress: TypeAlias = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


class Bar:
    """One line that is written over and goes away; nothing where the output is a file.

    Examples
    --------
    >>> with Bar() as progress:
    ...     progress("reading", 0, 0)
    """

    def __enter__(self) -> Self:
        """Open the line."""
        from tqdm import tqdm

        self._bar = tqdm(disable=not sys.stderr.isatty(), leave=False)
        return self

    def __exit__(self, *reason: object) -> None:
        """Wipe the line."""
        self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        self._bar.total, self._bar.n = total or None, done
        self._bar.set_description_str(stage, refresh=True)


class Terminal:
    """A line for each stage, and a bar for those that are counted; lines alone in a file.

    Parameters
    ----------
    stream : text stream, optional
        Where to write; standard error if not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._bars: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *reason: object) -> None:
        """Close the bars of what was not finished."""
        while self._bars:
            self._bars.popitem()[1].close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write a line, or move the bar of that stage."""
        if total and self._stream.isatty():
            self._move(stage, done, total)
        elif done == 0:
            self._say(stage)

    def _say(self, text: str) -> None:
        from tqdm import tqdm

        # Above the bars, if there are any.
        tqdm.write(text, file=self._stream)
        self._stream.flush()

    def _move(self, stage: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if stage not in self._bars:
            self._bars[stage] = tqdm(total=total, desc=stage, file=self._stream)
        bar = self._bars[stage]
        bar.update(done - bar.n)
        if done >= total:
            self._bars.pop(stage).close()
