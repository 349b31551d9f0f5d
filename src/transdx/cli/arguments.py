"""What is written behind a command: its options, and the parameters of a run among them."""

from __future__ import annotations

import argparse
import ast
import contextlib
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from transdx.errors import InputError, nearest
from transdx.run import Run, explain, parameters, plan, usual

__all__ = [
    *("COMMANDS", "EVERY", "GIVEN", "Option", "Parser", "command", "folder", "of_run", "option"),
    *("planned", "planned_with", "say"),
]

#: Does what is asked, and gives the exit code if it is not 0.
Action: TypeAlias = Callable[[argparse.Namespace], int | None]
#: What argparse is told of an option; or the name of a parameter of a run, for which it is known.
Option: TypeAlias = tuple[str, dict[str, Any]] | str
#: All parameters of a run, however many there will be.
EVERY = "*"
#: Parameters by name, as papermill takes them.
GIVEN: Option = (
    "-p",
    {
        "dest": "given",
        "action": "append",
        "default": [],
        "metavar": "NAME=VALUE",
        "help": "a parameter of the run, or of a chapter, by the name it has in notebooks; "
        "may be given several times",
    },
)


#: What the command line can do: actions, what they do in words, their options.
COMMANDS: list[tuple[Action, str, tuple[Option, ...]]] = []


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, as it is said of everything else."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would write below the usage."""
        said, known = message.removeprefix("argument "), ""
        if asked := re.search(r"invalid choice: '?([^' ]+)", message):
            said = f"there is no command '{asked[1]}'"
            known = nearest(asked[1], [one.__name__.removeprefix("_") for one, *_ in COMMANDS])
        elif unknown := re.search("unrecognized arguments: ([^ ]+)", message):
            known = nearest(unknown[1], _flags())
        raise InputError(said + (known or f"; '{self.prog} --help' says what there is"))


def _flags() -> list[str]:
    """List the options of all commands."""
    every = [each for _, _, options in COMMANDS for each in options]
    named = [[each] if isinstance(each, tuple) else of_run(each) for each in every]
    return [flag for pairs in named for flag, _ in pairs]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got '{text}'") from None


def _kind(kind: type) -> Callable[[str], Any]:
    """Give what reads a word of the command line."""
    return {int: _whole, Path: folder}.get(kind, kind)


def command(text: str, *options: Option) -> Callable[[Action], Action]:
    """Make a function a command of its name, with options in that order."""

    def add(action: Action) -> Action:
        COMMANDS.append((action, text, options))
        return action

    return add


def option(name: str, default: object, what: str, **more: object) -> Option:
    """Describe an option by its default or, where it has to be given, by its type."""
    if isinstance(default, type):
        return f"--{name}", {"type": _kind(default), "required": True, "help": what, **more}
    shown = f"{what} (default: {default})"
    return f"--{name}", {"type": _kind(type(default)), "default": default, "help": shown, **more}


def folder(text: str) -> Path:
    """Take a word for a path: shells leave ``~`` alone behind an equals sign, as in ``--out=~/x``.

    >>> folder("~nobody-of-this-name/x").as_posix()
    '~nobody-of-this-name/x'
    """
    with contextlib.suppress(RuntimeError):
        return Path(text).expanduser()
    return Path(text)


def of_run(wanted: str) -> list[tuple[str, dict[str, Any]]]:
    """Describe the options for a parameter of a run, or for every one."""
    described = []
    for name, each in parameters().items():
        if wanted in (name, EVERY):
            kind = type(each.default)
            # Any word, 'False' too, would be taken for True.
            how: dict[str, Any] = {"default": each.default}
            how |= (
                {"action": argparse.BooleanOptionalAction}
                if kind is bool
                else {"type": _kind(kind)}
            )
            how["help"] = explain(each) + (f" (default: {usual(each)})" if usual(each) else "")
            described.append((f"--{name.replace('_', '-')}", how))
    return described


def planned(chosen: argparse.Namespace) -> Run:
    """Plan the run that the options ask for."""
    return plan(**{name: value for name, value in vars(chosen).items() if name in parameters()})


def planned_with(chosen: argparse.Namespace) -> tuple[Run, dict[str, object]]:
    """Plan the run that the options and ``-p`` ask for, and give what is no parameter of a run."""
    given = _given(chosen.given)
    for name in given.keys() & parameters().keys():
        asked = getattr(chosen, name)
        if asked not in (parameters()[name].default, given[name]):
            flag = f"--{name.replace('_', '-')}"
            raise InputError(
                f"{name} is given twice, as {flag} {asked} and as -p {name}={given[name]}; "
                "give it once"
            )
        setattr(chosen, name, given[name])
    others = {name: value for name, value in given.items() if name not in parameters()}
    return planned(chosen), others


def _given(pairs: Iterable[str]) -> dict[str, object]:
    """Read ``NAME=VALUE`` pairs."""
    given: dict[str, object] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InputError(f"a parameter is written NAME=VALUE, as in -p seed=7, got '{pair}'")
        if name in given:
            raise InputError(f"{name} is given twice, as {given[name]} and as {text}; give it once")
        given[name] = _value(name, text)
    return given


def _value(name: str, text: str) -> object:
    """Take a value for a number or a yes or no where it is written as one, and is not to be a word.

    >>> _value("seed", "7"), _value("data", "2024"), _value("width", "1.5"), _value("seed", "x")
    (7, '2024', 1.5, 'x')
    """
    known = parameters().get(name)
    if known is None or type(known.default) is not str:
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval(text)
            if isinstance(value, int | float):
                return value
    return text


def say(text: str) -> None:
    """Write a line where a pipe may read it."""
    sys.stdout.write(text + "\n")
