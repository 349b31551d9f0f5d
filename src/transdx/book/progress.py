"""What the reader of a terminal sees while a book is made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, TextIO

__all__ = ["Progress", "Silent", "Terminal"]


class Progress(Protocol):
    """Where the pipeline says what it does."""

    def say(self, text: str) -> None:
        """Say one line."""

    def start(self, label: str, total: int) -> Callable[[int], None]:
        """Open a bar of `total` parts; the function returned advances it."""

    def finish(self, label: str) -> None:
        """Close the bar of that label."""


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """Say one line to nobody."""

    def start(self, label: str, total: int) -> Callable[[int], None]:
        """Open no bar."""
        return lambda parts: None

    def finish(self, label: str) -> None:
        """Close no bar."""


class Terminal:
    """Lines and named bars on a terminal; lines alone where the output is a file.

    Parameters
    ----------
    stream : text stream, optional
        Where to write; standard error if not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._bars: dict[str, Any] = {}

    def say(self, text: str) -> None:
        """Say one line, above any bar."""
        if not self._bars:
            self._stream.write(text + "\n")
            self._stream.flush()
            return
        from tqdm import tqdm

        tqdm.write(text, file=self._stream)

    def start(self, label: str, total: int) -> Callable[[int], None]:
        """Open a bar of `total` parts; the function returned advances it."""
        if not self._stream.isatty():
            self.say(label)
            return lambda parts: None
        from tqdm import tqdm

        bar = tqdm(total=total, desc=label, file=self._stream, leave=True, unit="cell")
        self._bars[label] = bar

        def advance(parts: int) -> None:
            bar.update(parts)

        return advance

    def finish(self, label: str) -> None:
        """Close the bar of that label."""
        bar = self._bars.pop(label, None)
        if bar is not None:
            bar.close()
