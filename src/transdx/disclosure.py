"""What may leave: no small count and no single person's value of real participants."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transdx.writing import inside

__all__ = ["MINIMUM", "protect"]

#: UK Biobank asks for at least five people behind a published number.
MINIMUM = 5

#: Tables of counts: the column to protect, those that follow from it, and within which groups
#: the counts add up to something that is published too.
_COUNTS = {
    "score_distribution": ("count", ["percent"], ["score"]),
    "demographics": ("n", ["percent", "mean", "sd"], ["characteristic", "level"]),
}


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
        a connection.

    Examples
    --------
    >>> flow = pd.DataFrame(
    ...     [("a", "All", 0, 90), ("b", "B", 3, 87), ("c", "C", 7, 80)],
    ...     columns=["step", "label", "excluded", "remaining"],
    ... )
    >>> protect({"flow": flow}, world="ukb")["flow"]["excluded"].to_list()
    [0, 10]
    """
    if world != "ukb":
        return dict(tables)
    guarded = {}
    for name, table in tables.items():
        safe = table.drop(columns=[])
        for column in {"minimum", "maximum"} & set(safe):
            safe[column] = np.nan
        if name in _COUNTS:
            safe = _hide_small(safe, *_COUNTS[name], minimum)
        if name == "quality":
            for column in ("below", "above"):
                safe[column] = safe[column].mask(safe[column].between(1, minimum - 1))
        if name == "flow":
            safe = _join_small_steps(safe, minimum)
        if name == "connections":
            safe = _hide_rare_connections(safe, minimum)
        if name in ("impact", "validation"):
            safe = _drop_small_cells(safe, minimum)
        guarded[name] = safe
    return guarded


def _hide_small(
    table: pd.DataFrame, count: str, derived: list[str], within: list[str], minimum: int
) -> pd.DataFrame:
    hidden = pd.Series(data=False, index=table.index)
    for _, rows in table.groupby(within, sort=False):
        small = rows[count].between(1, minimum - 1)
        if small.sum() == 1 and len(rows) > 1:
            # One hidden cell follows from the total of its group; hide a second.
            others = rows[count].where(~small & (rows[count] > 0), np.inf)
            small.iloc[int(others.argmin())] = True
        hidden.loc[rows.index] = small
    safe = table.copy()
    columns = [count, *(name for name in derived if name in safe)]
    safe[columns] = safe[columns].astype("float64").mask(hidden)
    return safe


def _join_small_steps(flow: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Join a step that few people leave at with its neighbour, until none is left."""
    steps = flow.to_dict("records")
    while True:
        small = [i for i, s in enumerate(steps) if 0 < int(s["excluded"]) < minimum]
        if not small or len(steps) < 3:
            return pd.DataFrame(steps, columns=flow.columns)
        later = small[0] + 1 if small[0] + 1 < len(steps) else small[0]
        first, second = steps[later - 1], steps[later]
        joined: dict[Hashable, Any] = {
            "step": f"{first['step']}+{second['step']}",
            "label": f"{first['label']}, or {inside(str(second['label']))}",
            "excluded": first["excluded"] + second["excluded"],
            "remaining": second["remaining"],
        }
        if first is steps[0]:
            return pd.DataFrame(steps, columns=flow.columns)
        steps[later - 1 : later + 1] = [joined]


def _hide_rare_connections(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Hide connections that only a few people have, or only a few lack."""
    people = (table["structural_n"] / table["structural_prevalence"]).round()
    lacking = people - table["structural_n"]
    few = table["structural_n"].between(1, minimum - 1) | lacking.between(1, minimum - 1)
    columns = ["structural_n", "structural_prevalence", "structural_mean"]
    return table.assign(**{name: table[name].mask(few) for name in columns})


def _drop_small_cells(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Drop rates that rest on too few people with or without the symptom."""
    if "rate_top" in table:
        keep = pd.Series(data=True, index=table.index)
        for rate, n in (("rate_bottom", "n_bottom"), ("rate_top", "n_top")):
            cases = (table[rate] * table[n]).round()
            keep &= (cases >= minimum) & (table[n] - cases >= minimum)
        return table.loc[keep].reset_index(drop=True)
    cases = (table["estimate"] * table["n"]).round()
    safe = (table["statistic"] == "spearman") & (table["n"] >= minimum)
    return table.loc[safe | ((cases >= minimum) & (table["n"] - cases >= minimum))].reset_index(
        drop=True
    )
