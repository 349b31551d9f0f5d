"""Records of a file of settings: a dataclass for each of its tables, and what is wrong in words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from transdx.errors import nearest
from transdx.fields import dictionary

_Record = TypeVar("_Record")

#: A table of a file whose keys are checked later.
Block = Mapping[str, object]


class Variable(NamedTuple):
    """A raw variable at one visit, as the columns of a cohort are named."""

    name: str
    visit: int = 0

    @classmethod
    def parse(cls, text: str) -> Variable:
        """Read the written form; the visit may be left out where there is one.

        >>> Variable.parse("21003@2")
        Variable(name='21003', visit=2)
        """
        name, _, visit = text.partition("@")
        return cls(name, int(visit or 0))


def is_at(variable: Variable) -> bool:
    """Say whether the field of a variable exists at its visit, as far as fields are known."""
    known = dictionary().get(variable.name)
    return not (known and known.visits and variable.visit not in known.visits)


def check_visit(variable: Variable, where: str) -> None:
    if not is_at(variable):
        known = dictionary()[variable.name]
        visits = ", ".join(map(str, known.visits))
        raise ValueError(
            f"{where}: expected visits of field {known.id} ({visits}), got {variable.visit}"
        )


def named(
    kind: type[_Record], key: str, raw: Mapping[str, Block], path: str
) -> tuple[_Record, ...]:
    """Make records of tables by name, which is what each holds under `key`."""
    return tuple(record(kind, {key: name, **one}, f"{path}.{name}") for name, one in raw.items())


def record(kind: type[_Record], raw: Block, path: str) -> _Record:
    """Make a record of the table at a path of the file, each value as its type in the record."""
    known, types = fields(kind), get_type_hints(kind)  # type: ignore[arg-type]
    block = f"[{path}]" if path else "a study"
    check_keys(raw, [one.name for one in known], block)
    for one in known:
        if one.default is one.default_factory is MISSING and one.name not in raw:
            raise ValueError(f"{block} lacks '{one.name}'")
    dot = "." * bool(path)
    return kind(**{key: value(types[key], one, path + dot + key) for key, one in raw.items()})


#: How values of each type are to be written.
_FORMS = {
    str: "text in quotes",
    float: "a number",
    int: "a whole number",
    tuple: "a list in [ ]",
    Variable: "a variable in quotes, such as '21003@2'",
}


def value(kind: Any, given: Any, path: str) -> Any:
    """Read what is written as the type that a record asks for: lists are tuples in it."""
    if get_origin(kind) is UnionType:  # with None, which no file can write
        kind = get_args(kind)[0]
    outer, inner = get_origin(kind) or kind, get_args(kind)
    if outer is tuple and isinstance(given, list):
        entries = enumerate(given, 1)
        return tuple(value(inner[0], one, f"{path}, entry {number}") for number, one in entries)
    if outer is Mapping and isinstance(given, dict):
        return {
            value(inner[0], key, path): value(inner[1], one, f"{path}.{key}")
            for key, one in given.items()
        }
    if is_dataclass(kind) and isinstance(given, dict):
        return record(kind, given, path)  # type: ignore[arg-type]
    block, _, key = path.rpartition(".")
    where = f"[{block}] {key}" if block else key
    if kind is Variable and isinstance(given, str) and re.fullmatch(r"[^@]+(@[0-9]+)?", given):
        variable = Variable.parse(given)
        check_visit(variable, where)
        return variable
    number = type(given) in (int, float) and math.isfinite(given)
    if kind is object or (number if kind is float else type(given) is kind):
        return given
    expected, came = _FORMS.get(outer, "a table"), json.dumps(given, default=str)
    raise ValueError(f"{where}: expected {expected}, got {came}")


def check_keys(keys: Iterable[str], known: Iterable[str], what: str) -> None:
    for key in keys:
        if key not in known:
            raise ValueError(f"{what} has no '{key}'{nearest(key, known)}")
