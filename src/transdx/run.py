"""A run: everything that decides its numbers, each part said, checked and named in one place.

A parameter is one field of `Run`. The command line, `transdx.open_run`, `transdx.book.build`, what
notebooks may be given and the table of parameters on a page are read off these fields.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from transdx._checks import check_choice, check_count
from transdx.errors import InputError, nearest
from transdx.writing import sentence_case

__all__ = [
    *(
        "EFFECTS",
        "PROFILES",
        "WORLDS",
        "Run",
        "ask",
        "check",
        "explain",
        "one_of",
        "parameters",
        "plan",
    ),
    *("show_parameters", "simulating", "usual", "whole"),
]

#: Those of `transdx.study`, which takes longer to load than help may take.
WORLDS = ("simulated", "open", "ukb")
#: Sizes of each profile.
PROFILES = {
    "quick": {"participants": 4_000, "permutations": 1_000, "bootstraps": 1_000},
    "paper": {"participants": 33_000, "permutations": 5_000, "bootstraps": 5_000},
}
#: What can be planted in a simulated cohort.
EFFECTS = ("study", "none")
#: A variable that is so like a parameter is taken for a slip of the keyboard.
_SLIP = 0.85

_About: TypeAlias = Mapping[str, Any]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def one_of(words: Collection[str], what: str, **more: object) -> _About:
    """Describe a parameter that is one of some words.

    Parameters
    ----------
    words : collection of str
        What it may be.
    what : str
        What it is, in a few words.
    **more : object
        `note`, more to say; `otherwise`, what the default stands for; `short`, its name in
        that of the run's folder (None: not in there); `simulates`, whether it counts only where a
        cohort is simulated for the run.
    """
    listed = " or ".join([", ".join([*words][:-1]), [*words][-1]])
    return {
        "what": what,
        "note": f": {listed}",
        "check": lambda name, value: check_choice(value, name, words),
        **more,
    }


def whole(what: str, **more: object) -> _About:
    """Describe a parameter that is a whole number; see `one_of`."""
    return {
        "what": what,
        "check": lambda name, value: check_count(value, name, at_least=0),
        **more,
    }


def _folder(what: str, **more: object) -> _About:
    def check(name: str, value: object) -> str:
        if not isinstance(value, Path | str):
            raise InputError(f"expected {name} to be the path of a folder, got {value!r}")
        # Who has no home, as in many a container, is told that there is no such folder.
        with contextlib.suppress(RuntimeError):
            return str(Path(value).expanduser())
        return str(value)

    return {"what": what, "check": check, **more}


@dataclass(frozen=True)
class Run:
    """Everything that decides the numbers of a run; made by `plan`, which checks and settles it."""

    world: str = field(
        default="",
        metadata=one_of(
            WORLDS, "which data", otherwise="what the data say, else simulated", short=None
        ),
    )
    profile: str = field(default="quick", metadata=one_of(PROFILES, "size of the run", short=None))
    seed: int = field(default=1, metadata=whole("seed of all random numbers"))
    data: str = field(
        default="",
        metadata=_folder(
            "folder of an export", note=": yours for ukb, or one simulated before", short=None
        ),
    )
    participants: int = field(
        default=0,
        metadata=whole(
            "imaged people that are simulated",
            otherwise="the profile's",
            short="n",
            simulates=True,
        ),
    )
    permutations: int = field(
        default=0, metadata=whole("permutations", otherwise="the profile's", short="p")
    )
    bootstraps: int = field(
        default=0, metadata=whole("bootstrap resamples", otherwise="the profile's", short="b")
    )
    effects: str = field(
        default="study",
        metadata=one_of(EFFECTS, "planted effects", short="", simulates=True),
    )

    @property
    def name(self) -> str:
        """Name of its folders in ``results/`` and ``data/``: what differs from the profile.

        Examples
        --------
        >>> plan(profile="paper", seed=2, effects="none").name
        'simulated-paper-seed2-none'
        """
        sizes = PROFILES.get(self.profile, {})
        parts = [self.world, self.profile]
        for each in fields(self):
            short, value = each.metadata.get("short", each.name), getattr(self, each.name)
            if short is not None and value not in (each.default, sizes.get(each.name)):
                parts.append(f"{short}{value}")
        return "-".join(parts)


def plan(**given: object) -> Run:
    """Check and settle the parameters of a run.

    Parameters
    ----------
    **given : object
        Those that are not as by default, see the fields of `Run`. None counts as not given.
        Without data the world is 'simulated'; data have to say that they are simulated, or to
        be named with their world, see `transdx.sources.world_of`.

    Returns
    -------
    Run
        With a world, and the sizes of its profile where no others are given.

    Raises
    ------
    InputError
        If there is no such parameter, or it is not what it should be.

    Examples
    --------
    >>> plan(world="open").permutations
    1000
    """
    from transdx.sources import world_of

    values: dict[str, Any] = {name: each.default for name, each in parameters().items()}
    values |= {name: check(name, value) for name, value in given.items() if value is not None}
    world, data = values["world"], values["data"]
    values["world"] = world = world or (world_of(Path(data)) if data else "simulated")
    if (world == "ukb" and not data) or (world == "open" and data):
        wanted = "needs the" if world == "ukb" else "is fetched and takes no"
        raise InputError(f"world '{world}' {wanted} folder of an export (data), got '{data}'")
    if world != "simulated" or data:
        values |= _unsimulated(values)
    sizes = PROFILES[values["profile"]]
    return Run(**values | {name: values[name] or size for name, size in sizes.items()})


def _unsimulated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settle what counts only where people are simulated; what is planted cannot be said."""
    if values["effects"] != Run.effects:
        raise InputError(
            f"expected effects to be {Run.effects} where no cohort is simulated for the run, got "
            f"'{values['effects']}'"
        )
    return {name: getattr(Run, name) for name in simulating()}


def parameters() -> dict[str, Field[Any]]:
    """Give the parameters of a run by name, in their order."""
    return {each.name: each for each in fields(Run)}


def simulating() -> set[str]:
    """Name the parameters that count only where a cohort is simulated for the run."""
    return {name for name, each in parameters().items() if each.metadata.get("simulates")}


def check(name: str, value: object) -> Any:
    """Check one parameter.

    Raises
    ------
    InputError
        If there is none of that name, or it cannot be that.

    Examples
    --------
    >>> check("seed", 7)
    7
    """
    known = parameters()
    if name not in known:
        raise InputError(
            f"a run has no parameter '{name}'{nearest(name, known)}; it takes {', '.join(known)}"
        )
    each = known[name]
    if type(value) is type(each.default) and value == each.default:
        return value
    return each.metadata["check"](name, value)


def explain(parameter: Field[Any]) -> str:
    """Write what a parameter is, and what it may be.

    Examples
    --------
    >>> explain(parameters()["profile"])
    'size of the run: quick or paper'
    """
    return f"{parameter.metadata['what']}{parameter.metadata.get('note', '')}"


def usual(parameter: Field[Any]) -> str:
    """Write what a parameter is if it is not given.

    Examples
    --------
    >>> usual(parameters()["seed"]), usual(parameters()["permutations"])
    ('1', "the profile's")
    """
    return str(parameter.metadata.get("otherwise", parameter.default))


def _by_default(parameter: Field[Any]) -> str:
    otherwise = parameter.metadata.get("otherwise")
    return f"; by default {otherwise}" if otherwise else ""


def ask(variables: Mapping[str, object]) -> dict[str, object]:
    """Take the parameters of a run out of the variables of a notebook.

    Parameters
    ----------
    variables : mapping of str to object
        As ``globals()`` gives them; what is no parameter is left alone.

    Raises
    ------
    InputError
        If a word or number among them is called almost like a parameter.

    Examples
    --------
    >>> ask({"seed": 2, "figures": None})
    {'seed': 2}
    """
    known = parameters()
    for name, value in variables.items():
        close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_SLIP)
        if close and name not in known and isinstance(value, str | int | float):
            raise InputError(f"a run has no parameter '{name}'; did you mean '{close[0]}'?")
    return {name: variables[name] for name in known if name in variables}


def show_parameters(function: _Function) -> _Function:
    """Show the parameters of a run where a function that takes any is asked for help.

    Its docstring says ``{parameters}`` where they belong.
    """
    known = parameters().values()
    own = inspect.signature(function)
    named = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
    mine = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default)
        for each in known
    ]
    shown = sorted([*mine, *named], key=lambda parameter: parameter.kind)
    text = "\n".join(
        f"{each.name} : {type(each.default).__name__}, default {each.default!r}\n"
        f"    {sentence_case(explain(each))}{_by_default(each)}."
        for each in known
    )
    function.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]
    # Whether the text is still indented depends on the version of Python.
    function.__doc__ = inspect.cleandoc(function.__doc__ or "").replace("{parameters}", text)
    return function
