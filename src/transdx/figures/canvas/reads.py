"""What figures read of which tables: checked where one is called, told where help is asked for."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from transdx.figures.canvas.rows import require
from transdx.figures.canvas.shown import About, Shown
from transdx.results.schema import TABLES
from transdx.results.select import kind_of
from transdx.results.stamp import stamp_of

_Given = ParamSpec("_Given")
_Shown = TypeVar("_Shown")

#: Parameters that figures share and that are no table of a run: what is given.
_SHARED: Mapping[str, str] = {
    "features": "Which rows; by default the global features.",
    "modality": "Which modality of the table; all, where it may be left out.",
    "score": "Which score of the table; all, where it may be left out.",
    "name": "File name of the download without its ending.",
    "rows": "Show only so many; the download has them all.",
}


def reads(
    *, kind: str = "", **words: str
) -> Callable[[Callable[_Given, _Shown]], Callable[_Given, _Shown]]:
    """Refuse tables, given by their names, that lack a column; say in help what to give and get.

    A docstring need only say what is drawn: parameters, returns and errors are the same words
    for all figures, and are added. Words for a table are columns that it has to have; for another
    parameter they say what is given, where that is something of its own. With a `kind`, only
    features of that kind are drawn.

    What comes back knows what it was drawn from, of which run, and what it is called: as the
    function is, and what it was asked for.
    """
    columns = {name: names.split() for name, names in words.items() if name in TABLES}

    def decorate(draw: Callable[_Given, _Shown]) -> Callable[_Given, _Shown]:
        signature = inspect.signature(draw)

        @wraps(draw)
        def checked(*args: _Given.args, **kwargs: _Given.kwargs) -> _Shown:
            given = signature.bind(*args, **kwargs).arguments
            for table, names in columns.items():
                require(given[table], names, table=table)
            shown = draw(*args, **kwargs)
            if not isinstance(shown, Shown):
                return shown
            about = _about(draw.__name__, given, kind)
            return replace(shown, about=replace(about, caption=shown.about.caption))

        told = [inspect.cleandoc(draw.__doc__ or ""), "", "Parameters", "----------"]
        told += [line for one in signature.parameters.values() for line in _told(one, words)]
        told += ["", "Returns", "-------", str(signature.return_annotation).replace(" | ", " or ")]
        told += ["", "Raises", "------", "InputError"]
        told += ["    If a table lacks a column, has no row, or does not hold what is asked for."]
        checked.__doc__ = "\n".join(told)
        return checked

    return decorate


def _about(name: str, given: Mapping[str, Any], kind: str) -> About:
    """Know a figure by what was given to draw it: tables first, then what of them."""
    tables = [value for value in given.values() if isinstance(value, pd.DataFrame)]
    data = tables[0]
    asked = [given[column] for column in ("modality", "score") if given.get(column)]
    for column in ("modality", "score"):
        if given.get(column) and column in data:
            data = data[data[column] == given[column]]
    if kind:
        data = data[data["feature"].map(kind_of) == kind]
    pairs = given.get("features")
    if pairs and all(isinstance(pair, tuple) for pair in pairs):
        data = data[[pair in pairs for pair in zip(data["modality"], data["feature"], strict=True)]]
    if given.get("truth") is not None:
        keys = ["modality", "feature", "score"]
        data = data.merge(given["truth"][[*keys, "planted"]], on=keys, how="left")
    called = "-".join([name, *asked]).replace("_", "-")
    return About(called, data=data, stamp=stamp_of(tables[0]))


def _told(one: inspect.Parameter, words: Mapping[str, str]) -> Iterator[str]:
    kind = str(one.annotation).removesuffix(" | None").replace("pd.", "pandas.")
    usual = {None: ", optional", one.empty: ""}.get(one.default, f", default {one.default!r}")
    yield f"{one.name} : {kind.replace(' | ', ' or ')}{usual}"
    meaning = {**_SHARED, **words}.get(one.name, "")
    if one.name in TABLES:
        read = (meaning or TABLES[one.name].columns).split()
        meaning = f"That table of a run: {', '.join(read)}."
    yield textwrap.fill(meaning, 88, initial_indent=" " * 4, subsequent_indent=" " * 4)
