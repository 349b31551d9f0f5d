"""Compare two results folders to the last bit.

    python benchmarks/compare_results.py BEFORE AFTER

For a change that shall not move a number: run once before it (`transdx run`), keep the folder, run
again after it, and compare. Tables are compared by name: columns and their order, kinds of values,
rows, every value (a missing one equals a missing one). Versions, times and digests in the manifest
may differ, its parameters may not. What only --tolerance forgives is printed all the same. Says
what differs; exit code 1 if anything does, 2 if a folder holds no results.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pandas as pd


def main() -> int:
    """Compare the folders and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="results folder")
    parser.add_argument("after", type=Path, help="results folder")
    parser.add_argument(
        "--without", nargs="*", default=[], metavar="TABLE", help="tables that need not be in both"
    )
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="largest relative difference (default: none)"
    )
    chosen = parser.parse_args()
    folders = [chosen.before, chosen.after]
    for folder in folders:
        if not (folder / "manifest.json").is_file():
            print(f"{folder} holds no results", file=sys.stderr)
            return 2
    tables = [{path.stem: path for path in folder.glob("*.parquet")} for folder in folders]
    found = _parameters(*folders)
    for name in sorted(set(tables[0]) ^ set(tables[1])):
        where = "before" if name in tables[0] else "after"
        print(f"{name}: only {where}")
        found += name not in chosen.without
    both = sorted(set(tables[0]) & set(tables[1]))
    for name in both:
        found += _differ(name, *(pd.read_parquet(t[name]) for t in tables), chosen.tolerance)
    print(f"{len(both)} tables compared, {found or 'no'} difference{'s'[: found != 1]}")
    return int(bool(found))


def _parameters(*folders: Path) -> int:
    before, after = (
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("parameters", {})
        for folder in folders
    )
    differ = [key for key in before | after if before.get(key) != after.get(key)]
    for key in differ:
        print(f"parameter {key}: {before.get(key)!r}, then {after.get(key)!r}")
    return len(differ)


def _differ(name: str, before: pd.DataFrame, after: pd.DataFrame, tolerance: float) -> int:
    """Say what differs between two tables, and count it."""
    if list(before) != list(after):
        print(f"{name}: columns {', '.join(before)}; then {', '.join(after)}")
        return 1
    if len(before) != len(after):
        print(f"{name}: {len(before)} rows, then {len(after)}")
        return 1
    return sum(_column(f"{name}.{column}", before[column], after[column], tolerance)
               for column in before)  # fmt: skip


def _column(name: str, before: pd.Series, after: pd.Series, tolerance: float) -> int:
    if before.dtype != after.dtype:
        print(f"{name}: {before.dtype}, then {after.dtype}")
        return 1
    unequal = (before != after) & ~(before.isna() & after.isna())
    if not unequal.any():
        return 0
    text = f"{name}: {int(unequal.sum())} of {len(before)} values, first in row {unequal.idxmax()}"
    forgiven = False
    if pd.api.types.is_float_dtype(before):
        largest = ((before - after).abs() / before.abs())[unequal].max()
        forgiven = bool(largest <= tolerance)
        text += f", largest relative difference {largest:.2g}"
    print(text + (", forgiven" if forgiven else ""))
    return int(not forgiven)


if __name__ == "__main__":
    sys.exit(main())
