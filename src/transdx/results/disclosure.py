"""What may leave: no small count and no single person's value of real participants."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transdx.errors import TransdxError, nearest
from transdx.writing import inside

__all__ = ["MINIMUM", "RULES", "Rule", "protect", "shown"]

#: UK Biobank asks for at least five people behind a published number.
MINIMUM = 5

Hide = Callable[[pd.DataFrame, int], pd.DataFrame]


@dataclass(frozen=True)
class Rule:
    """What in a table is about people, and so may be about too few of them.

    Attributes
    ----------
    counts : tuple of str
        Columns that count people.
    share : str
        Column that says what share of all (in the range up to `whole`) the first of `counts` is:
        few who are not counted are as few as few who are.
    whole : float
        The share of everybody, 1 or 100.
    within : tuple of str
        Columns whose groups add up, so that a hidden count would follow from the others.
    sizes : tuple of str
        Columns that count those who have something; the largest is everybody.
    follows : tuple of str
        Columns that follow from the counts, or rest on the people counted.
    extremes : tuple of str
        Columns that hold somebody's own value.
    steps : callable, optional
        Hides by leaving out or joining rows, where hiding a cell is not enough.
    """

    counts: tuple[str, ...] = ()
    share: str = ""
    whole: float = 100
    within: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    extremes: tuple[str, ...] = ()
    steps: Hide | None = None


def protect(
    tables: Mapping[str, pd.DataFrame], *, world: str, minimum: int = MINIMUM
) -> dict[str, pd.DataFrame]:
    """Protect the tables of a run before they are written.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Aggregates, by name.
    world : {'simulated', 'open', 'ukb'}
        Only ``ukb`` holds people whose data may not be published.
    minimum : int, default 5
        Smallest count that may be shown.

    Returns
    -------
    dict of str to pandas.DataFrame
        The same tables. In world ``ukb``: counts from 1 to `minimum` - 1 are missing,
        and with them the next smaller count of their group, which would give them away;
        steps of the flow with so few are joined with a neighbour; smallest and largest
        values, each somebody's own, are missing; so is what so few people have, or lack, of
        a connection, and how many have a feature if so few lack it.

    Raises
    ------
    TransdxError
        In every world: if a table has no rule in `RULES`.

    Examples
    --------
    >>> flow = pd.DataFrame(
    ...     [("a", "All", 0, 90), ("b", "B", 3, 87), ("c", "C", 7, 80)],
    ...     columns=["step", "label", "excluded", "remaining"],
    ... )
    >>> protect({"flow": flow}, world="ukb")["flow"]["excluded"].to_list()
    [0, 10]
    """
    for name in tables:
        if name not in RULES:
            raise TransdxError(
                f"table '{name}' has no rule of what may leave{nearest(name, RULES)}; declare in "
                "transdx.results.disclosure.RULES what in it counts people or is somebody's own"
            )
    if world != "ukb":
        return dict(tables)
    return {name: _hide(table, RULES[name], minimum) for name, table in tables.items()}


def _hide(table: pd.DataFrame, rule: Rule, minimum: int) -> pd.DataFrame:
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
        columns = [name, *(c for c in rule.follows if place == 0 and c in safe)]
        safe[columns] = safe[columns].astype("float64").mask(few)
    for name in rule.extremes:
        safe[name] = np.nan
    return rule.steps(safe, minimum) if rule.steps else safe


def _few(counts: pd.Series, everybody: pd.Series | float, minimum: int) -> pd.Series:
    others = (everybody - counts).round()
    return counts.between(1, minimum - 1) | others.between(1, minimum - 1)


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
            steps = [
                {
                    **steps[0],
                    "label": f"{steps[0]['label']}, less a few",
                    "remaining": steps[1]["remaining"],
                }
            ]
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


def _drop_small_ends(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Drop rates at the ends of a feature that rest on few people with or without a symptom."""
    keep = pd.Series(data=True, index=table.index)
    for rate, n in (("rate_bottom", "n_bottom"), ("rate_top", "n_top")):
        keep &= _enough(table[rate], table[n], minimum)
    return table.loc[keep].reset_index(drop=True)


def _drop_small_shares(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Drop shares that rest on few people who are right or wrong, and correlations of few."""
    safe = (table["statistic"] == "spearman") & (table["n"] >= minimum)
    safe |= (table["statistic"] != "spearman") & _enough(table["estimate"], table["n"], minimum)
    return table.loc[safe].reset_index(drop=True)


def _enough(share: pd.Series, n: pd.Series, minimum: int) -> pd.Series:
    cases = (share * n).round()
    return (cases >= minimum) & (n - cases >= minimum)


def shown(count: int, *, world: str, minimum: int = MINIMUM) -> str:
    """Write a count of people as it may be shown.

    Parameters
    ----------
    count : int
        Of people.
    world : {'simulated', 'open', 'ukb'}
        As for `protect`.
    minimum : int, default 5
        Smallest count that may be shown.

    Returns
    -------
    str
        In world ``ukb`` counts from 1 to `minimum` - 1 are not told apart.

    Examples
    --------
    >>> shown(1200, world="ukb"), shown(3, world="ukb"), shown(3, world="open")
    ('1,200', 'fewer than 5', '3')
    """
    hidden = world == "ukb" and 0 < count < minimum
    return f"fewer than {minimum}" if hidden else f"{count:,}"


#: Nothing but what is estimated from everybody.
_AGGREGATE = Rule()

#: What may leave of every table that a run makes; a table without a rule may not.
RULES = {
    "flow": Rule(steps=_join_small_steps),
    "demographics": Rule(
        counts=("n",),
        share="percent",
        within=("characteristic", "level"),
        follows=("percent", "mean", "sd"),
        extremes=("minimum", "maximum"),
    ),
    "score_distribution": Rule(
        counts=("count",), share="percent", within=("score",), follows=("percent",)
    ),
    "quality": Rule(counts=("below", "above"), extremes=("minimum", "maximum")),
    "connections": Rule(
        counts=("structural_n",),
        share="structural_prevalence",
        whole=1,
        follows=("structural_prevalence", "structural_mean"),
    ),
    "associations": Rule(sizes=("n",)),
    "networks": Rule(sizes=("n",)),
    "claims": Rule(sizes=("n",)),
    "impact": Rule(sizes=("n",), steps=_drop_small_ends),
    "validation": Rule(steps=_drop_small_shares),
    "score_correlations": _AGGREGATE,
    "power": _AGGREGATE,
    "contrasts": _AGGREGATE,
    "specificity": _AGGREGATE,
    "enrichment": _AGGREGATE,
    "enrichment_contrasts": _AGGREGATE,
    "map_correlations": _AGGREGATE,
    "circuit": _AGGREGATE,
    "spin_validity": _AGGREGATE,
    # Planted in people who never were.
    "truth": _AGGREGATE,
}
