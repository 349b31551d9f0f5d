"""A run: everything that decides its numbers, each part said, checked and named in one place.

A parameter is one field of `Run`. The command line, `transdx.open_run`, `transdx.book.build`, what
notebooks may be given and the table of parameters on a page are read off these fields.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from transdx._checks import check_choice, check_count
from transdx._cohorts import ALL, COHORTS, USUAL
from transdx._files import digest_text
from transdx.errors import InputError, nearest
from transdx.scenarios import SCENARIOS
from transdx.writing import sentence_case

__all__ = [
    *("EFFECTS", "PROFILES", "TRIAL", "WORLDS", "Run", "ask", "check", "explain", "one_of"),
    *("parameters", "plan", "show_parameters", "simulating", "usual", "whole", "written"),
]

#: Those of `transdx.study`, which takes longer to load than help may take.
WORLDS = ("simulated", "open", "ukb")
#: The profile of a run that holds the claims, and little else, see `transdx.findings.trial`.
TRIAL = "trial"
#: Sizes of each profile.
PROFILES = {
    "quick": {"participants": 4_000, "permutations": 1_000, "bootstraps": 1_000},
    "paper": {"participants": 33_000, "permutations": 5_000, "bootstraps": 5_000},
    TRIAL: {"participants": 1_000, "permutations": 200, "bootstraps": 200},
}
#: What can be planted in a simulated cohort, or look like it.
EFFECTS = tuple(SCENARIOS)
#: A variable that is so like a parameter is taken for a slip of the keyboard.
_SLIP = 0.85

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _described(
    default: object, what: str, check: Callable[[str, object], object], more: Mapping[str, object]
) -> Any:
    """Describe a parameter; `check` gives its value, settled, by its name and what came.

    More may be said: `note`, what it may be; `otherwise`, what the default stands for; `short`, its
    name in that of the run's folder (None: not in there); `world`, the only one in which it counts;
    `simulates`, whether it counts only where a cohort is simulated for the run.
    """
    return field(default=default, metadata={"what": what, "check": check, **more})


def one_of(words: Collection[str], default: str, what: str, **more: object) -> Any:
    """Describe a parameter that is one of some words."""
    *others, last = words
    note = {"note": f": {', '.join(others)} or {last}"}
    return _described(default, what, lambda n, v: check_choice(v, n, words), note | more)


def whole(default: int, what: str, **more: object) -> Any:
    """Describe a parameter that is a whole number."""
    return _described(default, what, lambda n, v: check_count(v, n, at_least=0), more)


def _folder(name: str, value: object) -> str:
    if not isinstance(value, Path | str):
        raise InputError(f"expected {name} to be the path of a folder, got {value!r}")
    # Who has no home, as in many a container, is told that there is no such folder.
    with contextlib.suppress(RuntimeError):
        return str(Path(value).expanduser())
    return str(value)


_OF_PROFILE = {"otherwise": "the profile's"}


@dataclass(frozen=True)
class Run:
    """Everything that decides the numbers of a run; made by `plan`, which checks and settles it."""

    world: str = one_of(
        WORLDS, "", "which data", otherwise="what the data say, else simulated", short=None
    )
    cohort: str = one_of((*COHORTS, ALL), USUAL, "cohort", short="", world="open")
    # Trials are the book's own; who asks for a run wants all of it.
    profile: str = one_of(PROFILES, "quick", "size of the run", note=": quick or paper", short=None)
    seed: int = whole(1, "seed of all random numbers")
    data: str = _described(
        *("", "folder of an export", _folder),
        {"note": ": yours for ukb, or one simulated before", "short": None},
    )
    participants: int = whole(
        0, "imaged people that are simulated", short="n", simulates=True, **_OF_PROFILE
    )
    permutations: int = whole(0, "permutations", short="p", **_OF_PROFILE)
    bootstraps: int = whole(0, "bootstrap resamples", short="b", **_OF_PROFILE)
    effects: str = one_of(EFFECTS, "study", "scenario of what is planted", short="", simulates=True)

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
    if world != "open" and values["cohort"] != Run.cohort:
        raise InputError(f"a cohort ({values['cohort']}) is of world 'open', got world '{world}'")
    if world != "simulated" or data:
        values |= _unsimulated(values)
    sizes = PROFILES[values["profile"]]
    return Run(**values | {name: values[name] or size for name, size in sizes.items()})


def _unsimulated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settle what counts only where people are simulated; neither trials nor effects are there."""
    if values["profile"] == TRIAL:
        raise InputError(
            f"profile '{TRIAL}' is of people who are simulated for it, got "
            + (f"data '{values['data']}'" if values["data"] else f"world '{values['world']}'")
        )
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
    """Check one parameter; an error says if there is none of that name, or it cannot be that."""
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

    >>> explain(parameters()["profile"])
    'size of the run: quick or paper'
    """
    return f"{parameter.metadata['what']}{parameter.metadata.get('note', '')}"


def usual(parameter: Field[Any]) -> str:
    """Write what a parameter is if it is not given.

    >>> usual(parameters()["seed"]), usual(parameters()["permutations"])
    ('1', "the profile's")
    """
    return str(parameter.metadata.get("otherwise", parameter.default))


def ask(variables: Mapping[str, object]) -> dict[str, object]:
    """Take the parameters of a run out of the variables of a notebook, as ``globals()`` gives them.

    What is no parameter is left alone, but for a word or number that is called almost like one, and
    for what papermill was given and no cell declares.

    >>> ask({"seed": 2, "figures": None})
    {'seed': 2}
    """
    known = parameters()
    for name, value in variables.items():
        if name not in known and isinstance(value, str | int | float) and (meant := _meant(name)):
            raise InputError(f"a run has no parameter '{name}'; did you mean '{meant}'?")
    _refuse_undeclared(variables.get("In"))
    return {name: variables[name] for name in known if name in variables}


def _meant(name: str) -> str:
    """Name the parameter that a name is a slip of: nearly its letters, or these in disorder."""
    close = difflib.get_close_matches(name.lower(), parameters(), n=1, cutoff=_SLIP)
    disordered = {"".join(sorted(one)): one for one in parameters()}
    return close[0] if close else disordered.get("".join(sorted(name)), "")


def _refuse_undeclared(cells: object) -> None:
    """Refuse a parameter that no cell declares, which papermill takes in silence.

    It sets all in a cell of its own, headed so, below that in which they are annotated.
    """
    declared = list(parameters())
    for cell in cells if isinstance(cells, list) else []:
        put_in = str(cell).startswith("# Parameters\n")
        for name in _targets(str(cell), ast.Assign if put_in else ast.AnnAssign):
            if put_in and name not in declared:
                raise InputError(
                    f"this notebook has no parameter '{name}'{nearest(name, declared)}; it takes "
                    f"{', '.join(declared)}"
                )
            declared += [name] * (name not in declared)


def _targets(cell: str, kind: type[ast.Assign | ast.AnnAssign]) -> list[str]:
    """Name what a cell sets by statements of a kind; one with commands of the notebook, nothing."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return []
    found: list[Any] = [node for node in body if isinstance(node, kind)]
    targets = [getattr(node, "targets", None) or [node.target] for node in found]
    return [ast.unparse(one) for several in targets for one in several]


def written(values: Mapping[str, object]) -> dict[str, str]:
    """Write values of parameters as they may be kept: a place on somebody's machine by its digest.

    >>> written({"seed": 1, "data": ""})
    {'seed': '1', 'data': ''}
    """
    kept = {name: str(value) for name, value in values.items()}
    return kept | ({"data": digest_text(kept["data"])} if kept.get("data") else {})


def show_parameters(function: _Function) -> _Function:
    """Show the parameters of a run where a function that takes any is asked for help.

    Its docstring says ``{parameters}`` where they belong.
    """
    own = inspect.signature(function)
    first, *others, _ = own.parameters.values()
    shown, lines = [first], []
    for each in parameters().values():
        kind = inspect.Parameter.KEYWORD_ONLY
        shown.append(inspect.Parameter(each.name, kind, default=each.default))
        by_default = f"; by default {usual(each)}" if "otherwise" in each.metadata else ""
        lines += [
            f"{each.name} : {type(each.default).__name__}, default {each.default!r}",
            f"    {sentence_case(explain(each))}{by_default}.",
        ]
    function.__signature__ = own.replace(parameters=[*shown, *others])  # type: ignore[attr-defined]
    # Whether the text is still indented depends on the version of Python.
    function.__doc__ = inspect.cleandoc(function.__doc__ or "").replace(
        "{parameters}", "\n".join(lines)
    )
    return function
