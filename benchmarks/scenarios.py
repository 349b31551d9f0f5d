"""How each claim is judged in cohorts of every scenario.

    python benchmarks/scenarios.py --cohorts 20 --participants 33000
    python benchmarks/scenarios.py --scenarios study --participants 1000 2000 4000 --to people
    python benchmarks/scenarios.py --cohorts 5 --participants 33000 --draws 300 --seed 6 --add

Simulates cohorts, one per size, scenario and seed, judges the claims in each (a trial, which has
the verdicts of a whole run) and counts the verdicts of every claim. Where a scenario plants
nothing, every *supported* is wrong. Each cohort is kept in ``_build/scenarios.jsonl`` as soon as it
is done: a run that was cut goes on from there, and cohorts of another code, size or library are
made anew. Counts go to ``src/transdx/measured/``, from where `transdx.open_measured` has them; with
``--add`` they are added to those that are there, of seeds before.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from transdx import __version__
from transdx.errors import InputError
from transdx.findings import open_run
from transdx.findings.run import depends_on
from transdx.run import EFFECTS, TRIAL, Run, plan

ROOT = Path(__file__).parents[1]
DONE, COUNTS = ROOT / "_build" / "scenarios.jsonl", ROOT / "src" / "transdx" / "measured"


def main() -> None:
    """Make what is missing, and write down how often each claim got which verdict."""
    chosen, runs = _asked()
    before = _before(chosen) if chosen.add else {}
    kept = _kept()
    # Once, at the beginning: code that is written later is not what runs.
    keys = {run: _key(run) for run in runs}
    at_once = len(chosen.scenarios) * len(chosen.participants)
    for place, (run, key) in enumerate(keys.items(), 1):
        if key not in kept:
            start = time.perf_counter()
            kept[key] = _judge(run)
            with DONE.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, **kept[key]}) + "\n")
            took = f"{run.participants:,} people, {time.perf_counter() - start:.0f} s"
            print(f"{place} of {len(runs)}: {run.effects}, seed {run.seed}: {took}", flush=True)
        # What is cut leaves the counts of the seeds that all sizes and scenarios have been through.
        if place % at_once == 0:
            done = [
                {"participants": one.participants, **kept[key]}
                for one, key in list(keys.items())[:place]
            ]
            report = _report(chosen, pd.DataFrame(done), cohorts=place // at_once)
            _write(_counts_file(chosen), _together(before, report))
    print(_counts_file(chosen).read_text(encoding="utf-8"))


def _counts_file(chosen: argparse.Namespace) -> Path:
    return COUNTS / f"{chosen.to}.json"


def _report(chosen: argparse.Namespace, made: pd.DataFrame, *, cohorts: int) -> dict[str, Any]:
    """Say how often each claim got which verdict, and what made the cohorts."""
    return {
        "command": " ".join(["python", "benchmarks/scenarios.py", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": __version__,
        **{name: getattr(chosen, name) for name in ("draws", "seed")},
        "sizes": [
            {
                "participants": int(people),
                "analysed": round(of_size["analysed"].mean()),
                "cohorts": cohorts,
                "verdicts": {
                    name: _counts(rows["verdicts"].tolist())
                    for name, rows in of_size.groupby("scenario", sort=False)
                },
            }
            for people, of_size in made.groupby("participants")
        ],
    }


def _before(chosen: argparse.Namespace) -> dict[str, Any]:
    """Read the counts that are there, which must be of other seeds and otherwise alike."""
    path = _counts_file(chosen)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    ends = found["seed"] + max(size["cohorts"] for size in found["sizes"])
    same = {
        "draws": (found["draws"], chosen.draws),
        "first seed": (ends, chosen.seed),
        "people": ([size["participants"] for size in found["sizes"]], sorted(chosen.participants)),
        "scenarios": (sorted(found["sizes"][0]["verdicts"]), sorted(chosen.scenarios)),
    }
    for what, (expected, came) in same.items():
        if expected != came:
            said = f"expected {what} {expected} to add to what is there, got {came}"
            sys.stderr.write(f"{path.name}: {said}\n")
            sys.exit(2)
    return found


def _together(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Add counts of other seeds to those before."""
    if not before:
        return more
    sizes = [
        {
            "participants": one["participants"],
            "analysed": round(
                (one["analysed"] * one["cohorts"] + other["analysed"] * other["cohorts"])
                / (one["cohorts"] + other["cohorts"])
            ),
            "cohorts": one["cohorts"] + other["cohorts"],
            "verdicts": {
                scenario: {
                    row: dict(Counter(counts) + Counter(other["verdicts"][scenario][row]))
                    for row, counts in rows.items()
                }
                for scenario, rows in one["verdicts"].items()
            },
        }
        for one, other in zip(before["sizes"], more["sizes"], strict=True)
    ]
    command = f"{before['command']} && {more['command']}"
    return {**more, "seed": before["seed"], "command": command, "sizes": sizes}


def _write(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _asked() -> tuple[argparse.Namespace, list[Run]]:
    """Read the command line; all sizes and scenarios of a seed come before the next seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    whole = {"type": int, "metavar": "N"}
    parser.add_argument("--scenarios", nargs="+", default=EFFECTS, help="default: all")
    parser.add_argument("--cohorts", default=20, help="cohorts of each (default: 20)", **whole)
    parser.add_argument(
        "--participants", nargs="+", default=[33_000], help="imaged people of each", **whole
    )
    parser.add_argument("--draws", default=1_000, help="permutations and resamples", **whole)
    parser.add_argument("--seed", default=1, help="seed of the first cohort (default: 1)", **whole)
    parser.add_argument("--to", default="scenarios", help="name of the file (default: scenarios)")
    parser.add_argument(
        "--add", action="store_true", help="add to the counts that are there, of seeds before"
    )
    chosen = parser.parse_args()
    draws = {"permutations": chosen.draws, "bootstraps": chosen.draws}
    try:
        runs = [
            plan(
                profile=TRIAL,
                effects=name,
                seed=chosen.seed + further,
                participants=people,
                **draws,
            )
            for further in range(chosen.cohorts)
            for people in chosen.participants
            for name in chosen.scenarios
        ]
    except InputError as error:
        parser.error(str(error))
    if not runs:
        parser.error(f"expected at least one cohort, got {chosen.cohorts}")
    return chosen, runs


def _key(run: Run) -> str:
    """Sum up all that the findings of a run depend on."""
    return hashlib.sha256(json.dumps(depends_on(run), sort_keys=True).encode()).hexdigest()


def _kept() -> dict[str, dict[str, Any]]:
    """Read the cohorts that are done; a line that was cut while it was written is none."""
    DONE.parent.mkdir(exist_ok=True)
    DONE.touch()
    kept = {}
    for line in DONE.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        kept[row.pop("key")] = row
    return kept


def _judge(run: Run) -> dict[str, Any]:
    """Judge the claims in a cohort; nothing else of it is kept."""
    names = ("profile", "effects", "seed", "participants", "permutations", "bootstraps")
    with tempfile.TemporaryDirectory() as root:
        found = open_run(**{name: getattr(run, name) for name in names}, root=root)
        claims, analysed = found.table("claims"), int(found.number("flow.analysed"))
    rows = zip(claims["claim"] + " " + claims["score"], claims["verdict"], strict=True)
    return {"scenario": run.effects, "analysed": analysed, "verdicts": dict(rows)}


def _counts(verdicts: list[dict[str, str]]) -> dict[str, dict[str, int]]:
    """Count the verdicts of each row of the ledger."""
    table = pd.DataFrame(verdicts)
    return {row: table[row].value_counts(sort=False).to_dict() for row in table}


if __name__ == "__main__":
    main()
