"""What may leave: no small count and no single person's value of real participants."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx.results.schema import Private, entry
from transdx.study import MINIMUM
from transdx.writing import inside

__all__ = ["MINIMUM", "protect", "shown"]


def protect(
    tables: Mapping[str, pd.DataFrame], *, world: str, minimum: int = MINIMUM
) -> dict[str, pd.DataFrame]:
    """Protect the tables of a run before they are written; all need an entry in the schema.

    Only world ``ukb`` holds people whose data may not be published. What each column gives away is
    declared in `transdx.results.schema.Private`. Counts from 1 to `minimum` - 1 are missing, and
    with them what would give them away: the next smaller count of their group, their shares and
    means. Steps of the flow with so few are joined with a neighbour. How many have a feature is
    told up to `minimum` - 1 people who lack it, from the same numbers in every table, so that two
    tables tell no more than one. Means and SDs are rounded until neither a person's value nor a
    hidden count can be solved for, quartiles to five digits; smallest and largest values, each
    somebody's own, are missing, and so are rates of so few who have something or have not.
    """
    rules = {name: entry(name).private for name in tables}
    if world != "ukb":
        return dict(tables)
    safe = dict(tables)
    if "flow" in tables:
        safe["flow"] = _join_small_steps(tables["flow"], minimum)
    flow = safe.get("flow", pd.DataFrame({"excluded": [], "remaining": []}))
    for name, table in tables.items():
        if not rules[name].joined:
            safe[name] = _hide(table, rules[name], flow, minimum)
    return safe


def _hide(table: pd.DataFrame, rule: Private, flow: pd.DataFrame, minimum: int) -> pd.DataFrame:
    safe = table.copy()
    if rule.spread and len(table):
        mean, sd, n = rule.spread
        steps = _steps(table[sd], table[n], minimum)
        for name in (mean, sd):
            rounded = ((table[name] / steps).round() * steps).round(10)
            safe[name] = rounded.where(table[n] >= minimum)
    hidden = {name: _hidden(table, name, rule, minimum) for name in rule.counts}
    if rule.together:
        _take_along(table, hidden, rule, flow)
    for place, name in enumerate(rule.counts):
        _empty(safe, [name, *(rule.follows if place == 0 else ())], hidden[name])
    for share, name in rule.rates:
        _empty(safe, [share, name, *rule.follows], ~_enough(table, share, name, minimum))
    for name in rule.sizes:
        safe[name] = _up_to_few(safe[name], flow["remaining"], minimum)
    for name in rule.middles:
        safe[name] = table[name].map(lambda value: float(f"{value:.5g}"))
    for name in rule.extremes:
        safe[name] = np.nan
    return safe


def _empty(table: pd.DataFrame, columns: list[str], hidden: pd.Series) -> None:
    """Take values out of a table; whole numbers become decimal ones where they hold none."""
    if hidden.any():
        there = [column for column in columns if column in table]
        table[there] = table[there].astype("float64").mask(hidden)


def _hidden(table: pd.DataFrame, name: str, rule: Private, minimum: int) -> pd.Series:
    """Say which counts are too small, or too near to all, and which would give those away."""
    counts = table[name]
    everybody = counts / table[rule.share] * rule.whole if rule.share else np.nan
    few = _few(counts, everybody, minimum)
    return _with_others(counts, few, table[list(rule.within)], minimum) if rule.within else few


def _few(counts: pd.Series, everybody: pd.Series | float, minimum: int) -> pd.Series:
    others = (everybody - counts).round()
    return counts.between(1, minimum - 1) | others.between(1, minimum - 1)


def _with_others(
    counts: pd.Series, few: pd.Series, groups: pd.DataFrame, minimum: int
) -> pd.Series:
    """Hide more of a group until what is hidden does not follow from its total.

    One hidden count follows from it, and so do several that are all 1 or all as large as may be.
    """
    hidden = few.to_numpy(copy=True)
    for rows in groups.groupby(list(groups), sort=False).indices.values():
        while 0 < hidden[rows].sum() < len(rows):
            held = set(counts.iloc[rows[hidden[rows]]])
            if hidden[rows].sum() > 1 and held not in ({1}, {minimum - 1}):
                break
            others = counts.iloc[rows].where(~hidden[rows] & (counts.iloc[rows] > 0), np.inf)
            if not np.isfinite(others).any():
                break
            hidden[rows[int(others.argmin())]] = True
    return pd.Series(hidden, index=few.index)


def _take_along(
    table: pd.DataFrame, hidden: dict[str, pd.Series], rule: Private, flow: pd.DataFrame
) -> None:
    """Hide the others of a row where the flow says that more people left than are shown."""
    names, most = list(hidden), flow["excluded"].max() if len(flow) else 0
    few = pd.DataFrame(hidden)
    visible = table[names].mask(few).sum(axis=1)
    told = visible.groupby([table[name] for name in rule.together]).transform("sum")
    for name in names:
        hidden[name] = hidden[name] | (few.any(axis=1) & (told < most))


def _enough(table: pd.DataFrame, share: str, name: str, minimum: int) -> pd.Series:
    """Say where enough people have, and have not, what a rate is of; a correlation has no cases."""
    n = table[name]
    cases = (table[share] * n).round()
    enough = (cases >= minimum) & (n - cases >= minimum)
    if "statistic" in table:
        enough = enough.mask(table["statistic"] == "spearman", n >= minimum)
    return enough


def _up_to_few(sizes: pd.Series, published: Iterable[float], minimum: int) -> pd.Series:
    """Round down how many lack something, counted from the next larger published number.

    Whether nobody lacks it or fewer than `minimum` do is not told, and nowhere is one size told
    from another that is so near. Fewer than `minimum` in all are missing.
    """
    whole = np.unique([0.0, *(one for one in published if one == one), np.inf])
    given = sizes.to_numpy(dtype=float, copy=True)
    above = whole[np.searchsorted(whole, np.nan_to_num(given))]
    base = np.where(np.isinf(above), minimum * np.ceil(given / minimum), above)
    found = base - minimum * np.floor((base - given) / minimum)
    found[(given > 0) & (found < minimum)] = minimum
    found[(given > 0) & (given < minimum)] = np.nan
    same = np.isfinite(found).all() and pd.api.types.is_integer_dtype(sizes)
    return pd.Series(found, index=sizes.index).astype(sizes.dtype if same else "float64")


def _steps(sd: pd.Series, n: pd.Series, minimum: int) -> NDArray[np.float64]:
    """Give the steps of rounding: 1, 2 or 5 times a power of ten.

    A step is at least what a mean moves by when `minimum` people move by two standard deviations.
    """
    wanted = (2 * minimum * sd / n).to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = 10.0 ** np.floor(np.log10(wanted))
        lead = wanted / power
    step = power * np.select([lead <= 1, lead <= 2, lead <= 5], [1.0, 2.0, 5.0], 10.0)
    return np.where(np.isfinite(step) & (step > 0), step, np.nan)


def _join_small_steps(flow: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Join a step that few people leave at with its neighbour, until none is left.

    Where few remain, neither they nor those who left last are counted.
    """
    steps = flow.to_dict("records")
    while True:
        small = [i for i, s in enumerate(steps) if 0 < int(s["excluded"]) < minimum]
        if not small:
            joined = pd.DataFrame(steps, columns=flow.columns)
            few = joined["remaining"].between(1, minimum - 1)
            _empty(joined, ["excluded", "remaining"], few)
            return joined
        if len(steps) == 2:
            # So few in all that they are not told from those who never were in the data.
            first, last = steps
            label = f"{first['label']}, less a few"
            steps = [{**first, "label": label, "remaining": last["remaining"]}]
            continue
        later = small[0] + 1 if small[0] + 1 < len(steps) else small[0]
        first, second = steps[later - 1], steps[later]
        both: dict[Hashable, Any] = {
            "step": f"{first['step']}+{second['step']}",
            "label": f"{first['label']}, or {inside(str(second['label']))}",
            "excluded": first["excluded"] + second["excluded"],
            "remaining": second["remaining"],
        }
        steps[later - 1 : later + 1] = [both]


def shown(count: float, *, world: str, minimum: int = MINIMUM) -> str:
    """Write a count of people as it may be shown; one that is missing was too small.

    >>> shown(1200, world="ukb"), shown(3, world="ukb"), shown(3, world="open")
    ('1,200', 'fewer than 5', '3')
    """
    hidden = count != count or (world == "ukb" and 0 < count < minimum)
    return f"fewer than {minimum}" if hidden else f"{count:,.0f}"
