"""Numbers in sentences: looked up in the tables of a run by a dotted key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from transdx.errors import InputError, nearest
from transdx.results import certainty, summaries
from transdx.results.schema import TABLES, entry
from transdx.results.words import beta_text, circuit_text, interval_text, p_text
from transdx.study import known_scores
from transdx.writing import Withheld, decimal, write

__all__ = ["Numbers", "look_up", "written"]

#: What is said of a row in words, besides the numbers in its columns.
_WORDS: Mapping[str, Mapping[str, Callable[[pd.Series], str]]] = {
    "associations": {"text": beta_text},
    "contrasts": {
        "text": lambda row: (
            f"{decimal(row['difference'])} "
            f"({interval_text(row)}, FDR-corrected {p_text(row['p_fdr'])})"
        )
    },
    "impact": {
        "text": lambda row: (
            f"odds ratio {decimal(row['odds_ratio'], places=2)} "
            f"({interval_text(row, places=2)}, {p_text(row['p'])})"
        )
    },
    "enrichment": {
        "text": lambda row: (
            f"{decimal(row['estimate'])} ({interval_text(row)}, FDR-corrected "
            f"{p_text(row['p_fdr'])}; under spins {p_text(row['p_spin'])})"
        )
    },
    "circuit": {"text": circuit_text},
}


class Numbers(Mapping[str, Any]):
    """Every number that a sentence may cite, by its dotted key.

    A key is a row, named as its table's entry in `transdx.results.schema.TABLES` says, and a
    column: ``surface_area.left_insula.anxiety.beta``. ``.text`` is the estimate of the row with
    its interval and p value in words. What is said of whole tables is in
    `transdx.results.summaries`, what it means and how sure it is in `transdx.results.certainty`,
    both worked out when they are first asked for; ``run.<name>`` is a
    parameter of the run. What is missing in world ``ukb``, or is a rate of too few in any world,
    was withheld, and is said to be so.
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        world: str = "",
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self._tables, self._world = tables, world
        self._parameters = parameters or {}

    def __getitem__(self, key: str) -> Any:
        row, _, column = key.rpartition(".")
        if row in self._rows:
            name, place = self._rows[row]
            if column in _WORDS.get(name, {}):
                return _WORDS[name][column](self._tables[name].iloc[place])
            if column in self._tables[name]:
                return self._cell(name, place, column)
        return self._said[key]

    def __iter__(self) -> Iterator[str]:
        for row, (name, _) in self._rows.items():
            for column in (*self._tables[name], *_WORDS.get(name, ())):
                yield f"{row}.{column}"
        yield from self._said

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _cell(self, name: str, place: int, column: str) -> Any:
        value = self._tables[name][column].iloc[place]
        value = value.item() if hasattr(value, "item") else value
        if not isinstance(value, float):
            return value
        if value != value:
            few = self._world == "ukb" or entry(name).private.rates
            return Withheld() if few else value
        # A column of counts that are hidden in part holds decimal numbers.
        return int(value) if entry(name).column(column).kind == "count" else value

    @cached_property
    def _rows(self) -> dict[str, tuple[str, int]]:
        """Where the row of a key lies; connections are too many to be cited one by one."""
        found: dict[str, tuple[str, int]] = {}
        for name, table in self._tables.items():
            if name not in TABLES or not TABLES[name].cite:
                continue
            own = np.arange(len(table))
            if "feature" in table:
                own = own[~table["feature"].astype(str).str.contains("--").to_numpy(bool)]
            keys = [part for _, part, *_ in Formatter().parse(TABLES[name].cite) if part]
            words = table[keys].iloc[own].map(_word).to_dict("records")
            for place, row in zip(own, words, strict=True):
                found[TABLES[name].cite.format_map(row)] = (name, int(place))
        return found

    @cached_property
    def _said(self) -> dict[str, Any]:
        found = {f"run.{name}": value for name, value in self._parameters.items()}
        return found | summaries.cite(self._tables) | certainty.cite(self._tables)


def _word(value: object) -> str:
    """Spell a name as a part of a key."""
    text, _, unit = str(value).lower().partition(" (")
    if text.endswith(" symptom") or unit.startswith("points"):
        # The table says a score by its label, and a key by its id.
        for name, one in known_scores().items():
            text = text.replace(one.label, name)
    word = text.replace(" ", "_").replace("-", "_")
    return "people" if word == "participants" else word


def look_up(numbers: Mapping[str, Any], key: str, *, of: str = "") -> Any:
    """Give a number by its key, or refuse a key that there is not, naming the nearest."""
    try:
        return numbers[key]
    except KeyError:
        raise InputError(f"no number '{key}'{of}{nearest(key, list(numbers))}") from None


def written(numbers: Mapping[str, Any], key: str, how: str = "", *, of: str = "") -> str:
    """Look a number up and write it, see `transdx.writing.write`.

    >>> written({"total.beta": -0.0512}, "total.beta", ".3f")
    '−0.051'
    """
    value = look_up(numbers, key, of=of)
    try:
        return write(value, how)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"'{key}' is {value!r} and cannot be written as '{how}' ({error})"
        ) from error
