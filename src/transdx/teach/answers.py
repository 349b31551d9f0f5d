"""Run a notebook in a process of its own, and say what its answers are, as JSON."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import signal
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from transdx.book.exercises import role_of, titled
from transdx.teach.sandbox import confine

__all__ = ["Limits", "answer", "plain", "solve"]

#: Characters that a notebook may print, and parts that an answer may have.
PRINTED, PARTS = 1_000_000, 100_000


@dataclass(frozen=True)
class Limits:
    """What a notebook may take."""

    seconds: float = 180.0  # all of it
    cell: float = 60.0  # seconds of one cell, and of one call of an answer
    megabytes: int = 4_096


def answer(
    channel: Connection,
    notebook: Mapping[str, Any],
    work: Path,
    asked: Mapping[str, bytes],
    limits: Limits,
) -> None:
    """Run a notebook of somebody else, within limits, and send what its answers are.

    `asked` holds the hidden cases by name of the answer, pickled: lists of arguments for functions,
    None for values. An answer is sent as soon as the cell that gives it has run, so that what was
    answered before a notebook loops or breaks down is known.
    """
    os.setsid()
    os.chdir(work / "notebooks")
    cases = {name: pickle.loads(one) for name, one in asked.items()}

    def send(**message: object) -> None:
        channel.send_bytes(json.dumps(message).encode())

    shell = _shell(work)
    send(holds=confine(work, megabytes=limits.megabytes, seconds=limits.seconds))
    sent: dict[str, int] = {}
    for number, source in enumerate(_code(notebook), 1):
        send(cell=number)
        error = _run(shell, source, limits.cell)
        if error is not None:
            send(cell=number, error=_words(error))
        for name, inputs in cases.items():
            value = shell.user_ns.get(name, ...)
            if value is not ... and sent.get(name) != id(value):
                sent[name] = id(value)
                send(answer=name, **_tell(value, inputs, limits.cell))
    send(done=True)


def solve(
    channel: Connection, notebook: Mapping[str, Any], work: Path, key: int, label: str
) -> None:
    """Run the instructor's notebook, and send what is right: hidden cases, answers, tolerance."""
    os.setsid()
    os.chdir(work / "notebooks")
    shell = _shell(work)
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook["cells"]:
        role = role_of(cell)
        if role == "exercise":
            name = titled(cell)[0]
            found[name] = {"cases": None, "tolerance": 1e-6}
        if cell["cell_type"] != "code" or role == "check":
            continue
        error = _run(shell, "".join(cell["source"]), 0)
        if error is not None:
            channel.send_bytes(pickle.dumps(f"{role or 'a cell'}: {_words(error)}"))
            return
        if role == "marking":
            hidden = [key, zlib.crc32(f"{label} {name}".encode())]
            if (make := shell.user_ns.pop(f"{name}_cases", None)) is not None:
                found[name]["cases"] = make(np.random.default_rng(hidden))
            found[name]["tolerance"] = shell.user_ns.pop(f"{name}_tolerance", 1e-6)
    for name, one in found.items():
        value = shell.user_ns.get(name, ...)
        one["right"] = None if value is ... else _tell(value, one["cases"], 0)
        one["cases"] = pickle.dumps(one["cases"])
    channel.send_bytes(pickle.dumps(found))


def plain(value: Any) -> Any:
    """Turn a value into JSON: numbers, words, lists, and mappings of these.

    >>> plain(np.float64(0.5)), plain(pd.Series({"a": 1})), plain({"b", "a"})
    (0.5, {'a': 1}, ['a', 'b'])
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value[:10_000] if isinstance(value, str) else value
    if isinstance(value, pd.DataFrame):
        return {str(name): plain(column.tolist()) for name, column in value.items()}
    if isinstance(value, pd.Series):
        value = value.tolist() if isinstance(value.index, pd.RangeIndex) else dict(value.items())
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, np.ndarray | pd.Index):
        value = value.tolist()
    if isinstance(value, Mapping) and len(value) <= PARTS:
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple) and len(value) <= PARTS:
        return [plain(one) for one in value]
    raise TypeError(f"an answer that is a {type(value).__name__} cannot be compared")


def _tell(value: Any, inputs: list[tuple[Any, ...]] | None, seconds: float) -> dict[str, Any]:
    """Say what an answer is: its value, or what the function gives for each of the hidden cases."""
    if inputs is None:
        return _try(lambda: value, seconds)
    if not callable(value):
        return {"raised": f"expected a function, got a {type(value).__name__}"}
    told: list[dict[str, Any]] = []
    for given in inputs:
        # Who has looped once will again.
        looped = told and told[-1].get("raised", "").startswith(TimeoutError.__name__)
        told.append(told[-1] if looped else _try(partial(value, *copy.deepcopy(given)), seconds))
    return {"values": told}


def _try(make: Any, seconds: float) -> dict[str, Any]:
    try:
        with _no_longer_than(seconds):
            return {"value": plain(make())}
    except Exception as error:  # whatever the answer of somebody else raises
        return {"raised": _words(error)}


class _Printed(io.StringIO):
    """Takes what is printed, up to a limit, and keeps nothing."""

    left = PRINTED

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise OSError(f"it printed more than {PRINTED:,} characters")
        return len(text)


def _shell(work: Path) -> Any:
    """Make an interpreter of notebooks that shows nothing and writes nothing down."""
    os.environ |= {
        "MPLBACKEND": "agg",
        "HOME": str(work),
        "IPYTHONDIR": str(work),
        "TMPDIR": str(work),
    }
    os.environ["MPLCONFIGDIR"] = str(work)
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.ast_node_interactivity = "none"
    shell: Any = InteractiveShell(config=config)  # type: ignore[no-untyped-call]
    for shown in ("showtraceback", "showsyntaxerror"):
        setattr(shell, shown, lambda *_, **__: None)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.stdout = sys.stderr = _Printed()
    return shell


def _run(shell: Any, source: str, seconds: float) -> BaseException | None:
    try:
        with _no_longer_than(seconds):
            done = shell.run_cell(source, store_history=False)
        found = done.error_before_exec or done.error_in_exec
        return found if isinstance(found, BaseException) else None
    except BaseException as error:  # also the end that a cell asks for
        return error


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer; 0 is no limit. What catches that is left to who waits for it."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"it took more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _code(notebook: Mapping[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _words(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:200]
