"""What two runs of one study found otherwise: estimates, findings after correction, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transdx._files import raise_unless_damaged
from transdx.errors import InputError, nearest
from transdx.results.schema import TABLES, Table
from transdx.results.select import stands_out, survives
from transdx.results.store import is_whole, read_manifest
from transdx.writing import counted, decimal

__all__ = ["Comparison", "compare", "find_results"]

#: Columns of `Comparison.changes`.
CHANGES = (
    *("table", "row", "before", "after", "moved"),
    *("found_before", "found_after", "verdict_before", "verdict_after"),
)
#: What makes a score the same in two studies.
_SCORE = ("items", "offset", "visits", "highest")


@dataclass(frozen=True)
class Comparison:
    """What differs between two results folders.

    Attributes
    ----------
    parameters : mapping of str to tuple
        Parameters of the runs that differ: as they were, and as they are then.
    changes : pandas.DataFrame
        A row for each row of a table that differs and can be told from the others: estimate
        before and after; ``moved``, how far, where 1 is from the estimate before to the end of
        its own interval on that side; whether it counts as a finding after correction; verdicts.
    others : list of str
        Sentences about all other differences.
    compared : int
        How many tables both have.
    """

    parameters: Mapping[str, tuple[object, object]]
    changes: pd.DataFrame
    others: list[str]
    compared: int

    @property
    def alike(self) -> bool:
        """Whether nothing differs, to the last bit or to the tolerance that was given."""
        return not self.parameters and not len(self.changes) and not self.others

    def write(self, *, rows: int = 5) -> str:
        """Write it as plain text, with so many rows of each kind."""
        lines = [f"{name}: {was}, then {now}" for name, (was, now) in self.parameters.items()]
        lines += [*_moved(self.changes, rows), *_found(self.changes, rows)]
        lines += [*_without_interval(self.changes, rows), *_verdicts(self.changes)]
        lines += ["", "Besides:", *(f"  {each}" for each in self.others)] if self.others else []
        tables = counted(self.compared, "table", "tables")
        lines += ["", f"{tables} compared: {'alike' if self.alike else 'they differ'}"]
        return "\n".join(lines).lstrip()


def find_results(named: str, root: Path) -> Path:
    """Find the results folder of a run by its path, or by its name under ``results/``."""
    for folder in (Path(named), root / "results" / named):
        if read_manifest(folder) is not None:
            return folder
    known = sorted(path.parent.name for path in (root / "results").glob("*/manifest.json"))
    raise InputError(
        f"expected a results folder or the name of a run, got '{named}'"
        f"{nearest(named, known) or ';'} results/ holds {', '.join(known) or 'none'}"
    )


def compare(before: Path, after: Path, *, tolerance: float = 0) -> Comparison:
    """Compare two results folders, of whatever versions.

    Parameters
    ----------
    before, after : pathlib.Path
        Results folders of runs of one study.
    tolerance : float, default 0
        Numbers that differ by no more than this, relative to what they were, count as alike.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If a folder holds no run or cannot be read, or the runs are of different studies.
    """
    folders = (before, after)
    about = [read_manifest(folder) or {} for folder in folders]
    _require_one_study(about, [folder.name for folder in folders])
    tables = [_read(folder) for folder in folders]
    both = [name for name in tables[0] if name in tables[1]]
    others = [
        f"{folder} is not as it was written; make the run again with 'transdx run'"
        for folder, manifest in zip(folders, about, strict=True)
        if not is_whole(folder, manifest)
    ]
    others += [f"table {name}: only before" for name in tables[0] if name not in tables[1]]
    others += [f"table {name}: only then" for name in tables[1] if name not in tables[0]]
    changes = []
    for name in both:
        one, two = tables[0][name], tables[1][name]
        said = _unequal(one, two, tolerance)
        changed = _changes(name, one, two, tolerance) if said else None
        if changed is not None and len(changed):
            changes.append(changed)
        elif said:
            others.append(f"table {name}: {said}")
    empty = pd.DataFrame(columns=list(CHANGES))
    found = pd.concat(changes, ignore_index=True) if changes else empty
    return Comparison(_parameters(about), found, others, len(both))


def _parameters(about: list[dict[str, Any]]) -> dict[str, tuple[object, object]]:
    was, now = (manifest.get("parameters", {}) for manifest in about)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return {name: (was.get(name), now.get(name)) for name in names}


def _require_one_study(about: list[dict[str, Any]], names: list[str]) -> None:
    """Refuse runs whose scores are not the same ones: their betas mean different things."""
    scores = [{one["name"]: one for one in manifest.get("scores", ())} for manifest in about]
    if not all(scores):
        return
    both = [name for name in scores[0] if name in scores[1]]
    other = [name for name in both if any(scores[0][name][k] != scores[1][name][k] for k in _SCORE)]
    if other or not both:
        what = f"{', '.join(other)} is made of other items" if other else "they share no score"
        raise InputError(f"{names[0]} and {names[1]} are of different studies: {what}")


def _read(folder: Path) -> dict[str, pd.DataFrame]:
    try:
        return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    except (ValueError, OSError) as error:
        raise_unless_damaged(error)
        raise InputError(f"{folder} holds a table that cannot be read ({error})") from error


def _unequal(before: pd.DataFrame, after: pd.DataFrame, tolerance: float) -> str:
    """Say how two tables differ, in a few words; nothing where they do not."""
    if list(before) != list(after):
        return f"columns {', '.join(map(str, before))}; then {', '.join(map(str, after))}"
    if len(before) != len(after):
        return f"{counted(len(before), 'row', 'rows')}, then {len(after)}"
    words = []
    for name in before:
        one, two = before[name], after[name]
        differ = _differ(one, two, tolerance)
        if one.dtype != two.dtype:
            words.append(f"{name} is {one.dtype}, then {two.dtype}")
        elif differ.any():
            first = int(differ.to_numpy().argmax()) + 1
            words.append(f"{differ.sum()} of {len(one)} {name}, first in row {first}")
    return "; ".join(words)


def _differ(before: pd.Series, after: pd.Series, tolerance: float) -> pd.Series:
    """Say which values differ; a missing one is like a missing one."""
    differ = (before != after) & ~(before.isna() & after.isna())
    if pd.api.types.is_float_dtype(before) and tolerance:
        differ &= ~((before - after).abs() <= tolerance * before.abs())
    return differ


def _changes(
    name: str, before: pd.DataFrame, after: pd.DataFrame, tolerance: float
) -> pd.DataFrame | None:
    """Match the rows of a table and give those that changed; None where they cannot be told."""
    table = TABLES.get(name)
    if table is None or not all(_tells_apart(table, one) for one in (before, after)):
        return None
    sides = [_side(table, one) for one in (before, after)]
    joined = sides[0].add_suffix("_before").join(sides[1].add_suffix("_after"), how="outer")
    joined = joined.loc[sides[0].index.append(sides[1].index.difference(sides[0].index))]
    joined["moved"] = _distance(joined)
    changed = pd.Series(False, index=joined.index)
    for column in sides[0]:
        if column not in ("low", "high"):
            one, two = joined[f"{column}_before"], joined[f"{column}_after"]
            changed |= _differ(one, two, tolerance)
    found = joined[changed].rename(columns=lambda one: one.removeprefix("estimate_"))
    rows = [" ".join(map(str, key if isinstance(key, tuple) else (key,))) for key in found.index]
    return found.assign(table=name, row=rows).reindex(columns=list(CHANGES))


def _tells_apart(table: Table, rows: pd.DataFrame) -> bool:
    known = bool(table.keys and table.estimate) and {*table.keys, table.estimate} <= set(rows)
    return known and not rows.duplicated(table.keys).any()


def _side(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Give what is compared of each row, by what tells it apart."""
    side = pd.DataFrame(index=pd.MultiIndex.from_frame(rows[table.keys]))
    ends = {"low": "ci_low", "high": "ci_high"} if "ci_low" in table.names else {}
    for name, column in {"estimate": table.estimate, **ends}.items():
        if column:
            side[name] = rows[column].to_numpy(dtype=float)
    if "p_fdr" in rows:
        found = stands_out(rows) if "p_centred_fdr" in rows else survives(rows)
        side["found"] = found.to_numpy(dtype=object)
    if "verdict" in rows:
        side["verdict"] = rows["verdict"].to_numpy(dtype=object)
    return side


def _distance(joined: pd.DataFrame) -> pd.Series:
    """Measure how far estimates moved, towards the end of the interval before on that side."""
    if "low_before" not in joined:
        return pd.Series(np.nan, index=joined.index)
    was, now = joined["estimate_before"], joined["estimate_after"]
    up = joined["high_before"] - was
    half = up.where(now > was, was - joined["low_before"])
    return (now - was).abs() / half


def _moved(changes: pd.DataFrame, rows: int) -> list[str]:
    moved = changes[changes["moved"] > 0]
    if moved.empty:
        return []
    lines = ["", "Estimates that moved, and how far (1: to the end of the interval before):"]
    for name, group in moved.groupby("table", sort=False):
        outside = int((group["moved"] > 1).sum())
        lines.append(f"  {name}: {len(group):,}, {outside:,} of them beyond their interval")
        for row in _first(group, rows):
            lines.append(f"    {row['moved']:5.2f}  {row['row']}: {_then(row)}")
    return lines


def _without_interval(changes: pd.DataFrame, rows: int) -> list[str]:
    """List estimates that moved where nothing says how far that is."""
    by = (changes["after"] - changes["before"]).astype(float).abs()
    lines = []
    for name, group in changes[changes["moved"].isna() & (by > 0)].groupby("table", sort=False):
        lines.append(f"  {name}: {len(group):,}")
        most = group.assign(moved=by).sort_values("moved", ascending=False, kind="stable")
        lines += [f"           {r['row']}: {_then(r)}" for r in most.head(rows).to_dict("records")]
    return ["", "Estimates without an interval that moved:", *lines] if lines else []


def _found(changes: pd.DataFrame, rows: int) -> list[str]:
    # What only one run has is found there, or not at all.
    was, now = (changes[name].eq(True) for name in ("found_before", "found_after"))
    lines = []
    for name in dict.fromkeys(changes.loc[was != now, "table"]):
        for words, chosen in (("appeared", now & ~was), ("vanished", was & ~now)):
            group = changes[chosen & (changes["table"] == name)]
            if len(group):
                lines.append(f"  {name}: {len(group):,} {words}")
                lines += [f"           {row['row']}: {_then(row)}" for row in _first(group, rows)]
    return ["", "Findings after correction:", *lines] if lines else []


def _first(group: pd.DataFrame, rows: int) -> list[dict[Any, Any]]:
    """Give the rows that moved most; those without an interval in their order."""
    order = group.sort_values("moved", ascending=False, kind="stable")
    return order.head(rows).to_dict("records")


def _verdicts(changes: pd.DataFrame) -> list[str]:
    differ = _differ(changes["verdict_before"], changes["verdict_after"], 0)
    rows = changes[differ].to_dict("records")
    lines = [
        f"  {row['row']}: {_or_none(row['verdict_before'])}, then {_or_none(row['verdict_after'])}"
        for row in rows
    ]
    return ["", "Verdicts that changed:", *lines] if lines else []


def _then(row: Mapping[Any, Any]) -> str:
    was, now = (_or_none(row[side]) for side in ("before", "after"))
    return f"{was}, then {now}"


def _or_none(value: object) -> str:
    if isinstance(value, str):
        return value
    number = float("nan") if value is None else float(value)  # type: ignore[arg-type]
    return "none" if np.isnan(number) else decimal(number)
