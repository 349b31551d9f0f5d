"""The errors that transdx raises on purpose."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "TransdxError", "in_words", "nearest", "reason_of"]


class TransdxError(Exception):
    """Something failed that the reader can act on; the command line exits with 1."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook, as the command line does."""
        return [f"transdx: {self}"]


class InputError(TransdxError, ValueError):
    """What was asked or given is wrong; the command line exits with 2."""

    exit_code = 2


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name comes nearest to a wrong one, as a clause for the end of an error.

    >>> nearest("ansiety", ["anxiety", "depression"])
    "; did you mean 'anxiety'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def reason_of(error: Exception) -> str:
    """Say in a line why something failed: the first line of an error, or its kind."""
    return str(error).partition("\n")[0] or type(error).__name__


def in_words(error: OSError | MemoryError) -> str:
    """Say what the machine could not do.

    >>> in_words(FileNotFoundError(2, "No such file or directory", "a.csv"))
    'No such file or directory (a.csv)'
    """
    if isinstance(error, MemoryError):
        return "there is not enough memory for so many participants or draws"
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"
