"""Whether the tests notice when a line of the package is made wrong.

    python benchmarks/mutation.py --changes 100 --seed 1

Makes small wrong changes at random lines, one at a time, and runs the tests that run that line.
First all tests run once, to see which run which line (kept in _build). All happens in copies of the
checkout. Results go to mutation.json beside this file after each change: call it again to go on;
what no test noticed is tried again when the tests have changed. A row that somebody has judged to
be no fault keeps its "equivalent", a sentence that says why, and does not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from mutation_changes import Change, changes
from mutation_lines import OUT, PACKAGE, Lines

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_suffix(".json")
#: Whose lines are changed, in the package.
CHANGED = (
    *("stats/**/*.py", "findings/**/*.py", "sample/**/*.py", "sources/**/*.py", "results/**/*.py"),
    *("figures/tables/*.py",),
)
_PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
#: A test that takes so many times as long as without the change, and a start, hangs.
PATIENCE, START = 4, 60.0
UNKNOWN_TEST = 4


def main() -> None:
    """Make the changes, and write down which of them were noticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="which lines (default: 1)")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Work on the checkout can go on meanwhile: from here on only the copies are read.
        trees = [_copied(Path(folder, "0"))]
        trees += [
            Path(shutil.copytree(trees[0], Path(folder, str(one))))
            for one in range(1, chosen.processes)
        ]
        state = {name: _digest(trees[0] / name) for name in ("src", "tests")}
        lines = _watched(trees[0], state)
        known = _known(chosen.seed, state)
        wanted = _chosen(trees[0] / "src" / "transdx", chosen.seed, chosen.changes)
        rows = [known.get((file, one.line, one.after)) for file, one in wanted]
        report = _Report(chosen.seed, state, rows)
        free: SimpleQueue[Path] = SimpleQueue()
        for tree in trees:
            free.put(tree)
        with ThreadPoolExecutor(chosen.processes) as pool:
            jobs = [
                pool.submit(_try, free, file, change, lines, report, place)
                for place, (file, change) in enumerate(wanted)
                if rows[place] is None
            ]
            for job in jobs:
                job.result()
    report.print()


def _copied(tree: Path) -> Path:
    """Copy the files of the checkout, as they are now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, found.split("\0")):
        copy = tree / name
        if (ROOT / name).is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy)
    return tree


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _environment(tree: Path, **more: str) -> dict[str, str]:
    # Before what is installed; and no compiled code of a change may outlive it.
    return os.environ | {"PYTHONPATH": f"{tree / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"} | more


def _watched(tree: Path, state: dict[str, str]) -> Lines:
    """Run all tests once without a change, unless that was done before."""
    kept = ROOT / "_build" / "mutation" / f"{state['src']}-{state['tests']}.json"
    package = tree / "src" / "transdx"
    if not kept.exists():
        print("running all tests, to see which run which line")
        kept.parent.mkdir(parents=True, exist_ok=True)
        noted = tree / "lines.json"
        path = f"{tree / 'src'}{os.pathsep}{Path(__file__).parent}"
        more = {"PYTHONPATH": path, OUT: str(noted), PACKAGE: str(package)}
        # The one way of watching that knows which test it is.
        more["COVERAGE_CORE"] = "ctrace"
        command = [*_PYTEST, "-p", "mutation_lines", "--tb=line"]
        subprocess.run(command, cwd=tree, env=_environment(tree, **more), check=False)
        shutil.move(noted, kept)
    lines = Lines(kept, package)
    for name, test in lines.tests.items():
        if not test["passed"]:
            print(f"left out, as it fails without a change: {name}")
    return lines


def _known(seed: int, state: dict[str, str]) -> dict[tuple[str, int, str], dict[str, Any]]:
    """Read what was tried before on the same code; if a test is new, not what went unnoticed."""
    try:
        before = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if (before["seed"], before["src"]) != (seed, state["src"]):
        return {}
    return {
        (row["file"], row["line"], row["after"]): row
        for row in before["rows"]
        if row["noticed"] or "equivalent" in row or before["tests"] == state["tests"]
    }


def _chosen(package: Path, seed: int, count: int) -> list[tuple[str, Change]]:
    """Choose lines at random, and one change of each; more changes begin with the same ones."""
    paths = sorted({path for pattern in CHANGED for path in package.glob(pattern)})
    by_line: dict[tuple[str, int], list[Change]] = {}
    for path in paths:
        for change in changes(path.read_text(encoding="utf-8")):
            by_line.setdefault((path.relative_to(package).as_posix(), change.line), []).append(
                change
            )
    rng = random.Random(seed)
    places = sorted(by_line)
    rng.shuffle(places)
    wanted = []
    for place in places[:count]:
        # Every kind alike: numbers would else be most of them.
        kind = rng.choice(sorted({one.kind for one in by_line[place]}))
        wanted.append((place[0], rng.choice([one for one in by_line[place] if one.kind == kind])))
    return wanted


class _Report:
    """The rows so far; written after each."""

    def __init__(self, seed: int, state: dict[str, str], rows: list[dict[str, Any] | None]) -> None:
        self.rows = rows
        self._head = {"seed": seed, **state}
        self._lock = Lock()

    def add(self, place: int, row: dict[str, Any]) -> None:
        with self._lock:
            self.rows[place] = row
            rows = [row for row in self.rows if row is not None]
            content = {**self._head, **_share(rows), "rows": rows}
            temporary = RESULTS.with_suffix(".part")
            temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
            temporary.replace(RESULTS)
            verdict = "noticed" if row["noticed"] else "NOT NOTICED"
            print(f"{len(rows)}/{len(self.rows)} {_line(row)}: {verdict}", flush=True)

    def print(self) -> None:
        rows = [row for row in self.rows if row is not None]
        for row in rows:
            if not row["noticed"] and "equivalent" not in row:
                print(f"not noticed by {row['tests']} tests: {_line(row)}")
        share = _share(rows)
        print(f"{share['noticed']} of {share['changes']} noticed, {share['share']:.1%}")


def _share(rows: list[dict[str, Any]]) -> dict[str, Any]:
    counted = [row for row in rows if "equivalent" not in row]
    noticed = sum(row["noticed"] for row in counted)
    share = round(noticed / len(counted), 4) if counted else 1.0
    return {"changes": len(counted), "noticed": noticed, "share": share}


def _line(row: dict[str, Any]) -> str:
    before, after = (" ".join(row[name].split())[:90] for name in ("before", "after"))
    return f"{row['file']}:{row['line']} {row['kind']}: {before} -> {after}"


def _try(
    free: SimpleQueue[Path], file: str, change: Change, lines: Lines, report: _Report, place: int
) -> None:
    tests = lines.of(file, change.line)
    tree = free.get()
    path = tree / "src" / "transdx" / file
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(change.applied(text), encoding="utf-8")
        limit = START + PATIENCE * sum(lines.tests[name]["seconds"] for name in tests)
        by = _noticed(tree, tests, limit) if tests else None
    finally:
        path.write_text(text, encoding="utf-8")
        free.put(tree)
    said = {name: getattr(change, name) for name in ("line", "kind", "before", "after")}
    report.add(place, {"file": file, **said, "tests": len(tests), "noticed": bool(by), "by": by})


def _noticed(tree: Path, tests: list[str], limit: float) -> str | None:
    """Name the first test that fails, if one does."""
    (tree / "tests.txt").write_text("\n".join(tests))
    running = subprocess.Popen(
        [*_PYTEST, "-x", "--tb=no", "-rfE", "@tests.txt"],
        cwd=tree, env=_environment(tree), text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = running.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        return "it took too long"
    if running.returncode == 0:
        return None
    if running.returncode == UNKNOWN_TEST:
        # The names of some tests come from the package itself.
        return _noticed(tree, sorted({name.partition("::")[0] for name in tests}), limit)
    failed = next(_failures(said), None)
    return failed or said.strip().splitlines()[-1]


def _failures(said: str) -> Iterator[str]:
    for found in re.finditer(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said, re.MULTILINE):
        yield found[1]


if __name__ == "__main__":
    main()
