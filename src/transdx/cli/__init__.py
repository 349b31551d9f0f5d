"""The command line: ``transdx COMMAND``, and what becomes of errors."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from transdx import __version__
from transdx.cli.arguments import COMMANDS, Parser, of_run
from transdx.errors import TransdxError, in_words
from transdx.writing import sentence_case

__all__ = ["main", "parser"]

#: Where the commands are, in the order in which they are listed.
_PARTS = ("data", "exports", "books", "classes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``transdx``; those of the process by default.

    Returns
    -------
    int
        0 when done, 1 when something failed, 2 when what was asked or given is wrong.
    """
    # A program in the background may have been told not to listen.
    if arguments is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    _speak_anywhere()
    try:
        chosen = parser().parse_args(arguments)
        code = chosen.action(chosen) or 0
        # Here, where it is heard if nobody listens; at the end of the process it would be a trace.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _unheard()
    except TransdxError as error:
        sys.stderr.write(f"transdx: {error}\n")
        return error.exit_code
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"transdx: {in_words(error)}\n")
        return 1


def _speak_anywhere() -> None:
    """Write a question mark for a sign that a terminal does not know, such as a minus."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _unheard() -> int:
    """End in silence, as programs do whose reader has had enough (``transdx claims | head -1``)."""
    # What is still to be written goes nowhere, also as the process ends.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + getattr(signal, "SIGPIPE", 13)


def _interrupted(number: int, frame: object) -> NoReturn:
    """End at once with all that was started, whatever the libraries make of an interruption."""
    import psutil

    from transdx._files import remove_unfinished

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    remove_unfinished()
    # Of the stream, which may be in the middle of a line, nothing is known.
    start = b"\n" if os.isatty(2) else b""
    os.write(2, start + b"transdx: interrupted; the same command goes on from what is done\n")
    os._exit(130)


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    for part in _PARTS:
        import_module(f"transdx.cli.{part}")
    made = Parser(
        prog="transdx",
        description="A computational paper on insomnia, depression and anxiety symptoms and the "
        "brain: from a data export to a book.",
    )
    made.add_argument("--version", action="version", version=f"transdx {__version__}")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for action, text, options in COMMANDS:
        about = f"{sentence_case(text)}."
        name = action.__name__.removeprefix("_")
        parts = commands.add_parser(name, help=text, description=about, allow_abbrev=False)
        parts.set_defaults(action=action)
        for each in options:
            for flag, how in [each] if isinstance(each, tuple) else of_run(each):
                parts.add_argument(flag, **how)
    return made
