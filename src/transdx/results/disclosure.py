"""What may leave: no small count and no single person's value of real participants."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transdx.results.schema import Private, entry
from transdx.writing import inside

__all__ = ["MINIMUM", "protect", "shown"]

#: UK Biobank asks for at least five people behind a published number.
MINIMUM = 5


def protect(
    tables: Mapping[str, pd.DataFrame], *, world: str, minimum: int = MINIMUM
) -> dict[str, pd.DataFrame]:
    """Protect the tables of a run before they are written; all need an entry in the schema.

    Only world ``ukb`` holds people whose data may not be published. There, counts from 1 to
    `minimum` - 1 are missing, and with them the next smaller count of their group, which would
    give them away; steps of the flow with so few are joined with a neighbour; smallest and
    largest values, each somebody's own, are missing; so is what so few people have, or lack, of a
    connection, how many have a feature if so few lack it, and rates of so few who have something
    or have not. Counts of nearly the same people are rounded to tens.
    """
    rules = {name: entry(name).private for name in tables}
    if world != "ukb":
        return dict(tables)
    return {name: _hide(table, rules[name], minimum) for name, table in tables.items()}


def _hide(table: pd.DataFrame, rule: Private, minimum: int) -> pd.DataFrame:
    safe = table.copy()
    for name in rule.sizes:
        few = _few(table[name], float(table[name].max()), minimum)
        safe[name] = safe[name].mask(few)
    for place, name in enumerate(rule.counts):
        counts = table[name]
        everybody = counts / table[rule.share] * rule.whole if rule.share else np.nan
        few = _few(counts, everybody, minimum)
        if rule.within:
            few = _with_a_second(counts, few, table[list(rule.within)])
        _empty(safe, [name, *(rule.follows if place == 0 else ())], few)
    for share, name in rule.rates:
        _empty(safe, [share, name, *rule.follows], ~_enough(table, share, name, minimum))
    for name in rule.nested:
        safe[name] = 10 * (safe[name] / 10).round()
    for name in rule.extremes:
        safe[name] = np.nan
    return _join_small_steps(safe, minimum) if rule.joined else safe


def _empty(table: pd.DataFrame, columns: list[str], hidden: pd.Series) -> None:
    """Take values out of a table; whole numbers become decimal ones to hold none."""
    there = [column for column in columns if column in table]
    table[there] = table[there].astype("float64").mask(hidden)


def _few(counts: pd.Series, everybody: pd.Series | float, minimum: int) -> pd.Series:
    others = (everybody - counts).round()
    return counts.between(1, minimum - 1) | others.between(1, minimum - 1)


def _enough(table: pd.DataFrame, share: str, name: str, minimum: int) -> pd.Series:
    """Say where enough people have, and have not, what a rate is of; a correlation has no cases."""
    n = table[name]
    cases = (table[share] * n).round()
    enough = (cases >= minimum) & (n - cases >= minimum)
    if "statistic" in table:
        enough = enough.mask(table["statistic"] == "spearman", n >= minimum)
    return enough


def _with_a_second(counts: pd.Series, few: pd.Series, groups: pd.DataFrame) -> pd.Series:
    """One hidden cell follows from the total of its group; hide a second."""
    hidden = few.to_numpy(copy=True)
    for rows in groups.groupby(list(groups), sort=False).indices.values():
        if hidden[rows].sum() == 1 and len(rows) > 1:
            others = counts.iloc[rows].where(~hidden[rows] & (counts.iloc[rows] > 0), np.inf)
            hidden[rows[int(others.argmin())]] = True
    return pd.Series(hidden, index=few.index)


def _join_small_steps(flow: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Join a step that few people leave at with its neighbour, until none is left."""
    steps = flow.to_dict("records")
    while True:
        small = [i for i, s in enumerate(steps) if 0 < int(s["excluded"]) < minimum]
        if not small:
            return pd.DataFrame(steps, columns=flow.columns)
        if len(steps) == 2:
            # So few in all that they are not told from those who never were in the data.
            first, last = steps
            label = f"{first['label']}, less a few"
            steps = [{**first, "label": label, "remaining": last["remaining"]}]
            continue
        later = small[0] + 1 if small[0] + 1 < len(steps) else small[0]
        first, second = steps[later - 1], steps[later]
        joined: dict[Hashable, Any] = {
            "step": f"{first['step']}+{second['step']}",
            "label": f"{first['label']}, or {inside(str(second['label']))}",
            "excluded": first["excluded"] + second["excluded"],
            "remaining": second["remaining"],
        }
        steps[later - 1 : later + 1] = [joined]


def shown(count: int, *, world: str, minimum: int = MINIMUM) -> str:
    """Write a count of people as it may be shown.

    >>> shown(1200, world="ukb"), shown(3, world="ukb"), shown(3, world="open")
    ('1,200', 'fewer than 5', '3')
    """
    hidden = world == "ukb" and 0 < count < minimum
    return f"fewer than {minimum}" if hidden else f"{count:,}"
