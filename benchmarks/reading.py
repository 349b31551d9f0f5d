"""Time and memory of reading a wide CSV export, beside pandas, pyarrow and polars.

``python benchmarks/reading.py`` writes a table of 200,000 people and 3,000 columns (3 GB) into a
temporary folder, reads the columns of the study from it in a process each, prints a table and
writes ``reading.json`` beside this file. ``--people 20000`` measures a smaller one. Polars is
measured where it is installed; the package does not need it. The file was just written, so that
the disk itself does not count; each is the best of so many as ``--times`` says. The others read the
same columns and no more; transdx also checks that every row is whole and every value can be, reads
the list of withdrawn people, and makes its cohort.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from transdx.simulate import build

TARGET = Path(__file__).with_suffix(".json")
COLUMNS = 3_000
#: People whose rows are written again and again, with other ids.
DRAWN = 2_000
FIRST_ID = 90_000_001

_MEASURE = """
import resource, sys, time
before = time.perf_counter()
{read}
taken = time.perf_counter() - before
used = resource.getrusage(resource.RUSAGE_SELF)
print(taken, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""

_CHOSEN = """
import json, pathlib
path = pathlib.Path(sys.argv[1])
columns = json.loads(path.with_suffix(".json").read_text())
"""

READERS = {
    "transdx": """
from transdx.sources import read_cohort
before = time.perf_counter()
read_cohort("simulated", sys.argv[1])
""",
    "pandas": _CHOSEN
    + """
import pandas
before = time.perf_counter()
pandas.read_csv(path, usecols=columns)
""",
    "pandas, in one piece": _CHOSEN
    + """
import pandas
before = time.perf_counter()
pandas.read_csv(path, usecols=columns, low_memory=False)
""",
    "pyarrow": _CHOSEN
    + """
import pyarrow.csv as csv
before = time.perf_counter()
csv.read_csv(path, convert_options=csv.ConvertOptions(include_columns=columns))
""",
    "polars": _CHOSEN
    + """
import polars
before = time.perf_counter()
polars.read_csv(path, columns=columns, infer_schema_length=10_000)
""",
}


def write(folder: Path, people: int) -> Path:
    """Write a table of simulated people, with columns of other fields among those of the study."""
    own = build(DRAWN, seed=1).table.to_pandas().drop(columns="eid")
    rng = np.random.default_rng(1)
    others = {}
    for number in range(COLUMNS - own.shape[1] - 1):
        values = np.round(rng.normal(100, 20, DRAWN), number % 4)
        others[f"p{40_000 + number}_i0"] = np.where(rng.random(DRAWN) < 0.3, np.nan, values)
    table = pd.concat([own, pd.DataFrame(others)], axis=1)
    order = rng.permutation(table.columns)
    lines = table[order].to_csv(index=False, header=False).splitlines()
    path = folder / "participants.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(["eid", *order]) + "\n")
        for row in range(people):
            stream.write(f"{FIRST_ID + row},{lines[row % DRAWN]}\n")
    return path


def chosen(path: Path) -> list[str]:
    """Say which columns the study reads."""
    from transdx.sources.columns import header_of
    from transdx.sources.export import _wanted
    from transdx.sources.names import names_of
    from transdx.study import Variable, load_study

    header = header_of(path)
    wanted = _wanted(load_study("simulated"))
    pairs = zip(header, names_of(header), strict=True)
    return ["eid", *(name for name, found in pairs if found and Variable(*found[:2]) in wanted)]


def measure(name: str, path: Path) -> dict[str, float]:
    """Read the table in a process of its own."""
    program = _MEASURE.format(read=READERS[name])
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    seconds, processor, megabytes = map(float, done.stdout.split())
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),  # what counts where others use the machine, too
        "peak_megabytes": round(megabytes),
    }


def main() -> None:
    """Measure every reader in turn, and again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=2)
    given = parser.parse_args()
    names = [name for name in READERS if name != "polars" or importlib.util.find_spec("polars")]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), given.people)
        columns = chosen(path)
        path.with_suffix(".json").write_text(json.dumps(columns))
        megabytes = path.stat().st_size / 2**20
        print(f"{given.people:,} x {COLUMNS:,}, {megabytes:,.0f} MB, {len(columns)} columns read")
        found: dict[str, dict[str, float]] = {}
        for _ in range(given.times):
            for name in names:
                one = measure(name, path)
                best = found.setdefault(name, one)
                found[name] = {key: min(best[key], one[key]) for key in one}
    for name, one in found.items():
        print(
            f"{name:<22} {one['seconds']:>8.2f} s, {one['processor_seconds']:>8.2f} s used, "
            f"{one['peak_megabytes']:>8,.0f} MB"
        )
    fastest = min(one["seconds"] for name, one in found.items() if name != "transdx")
    print(f"transdx takes {found['transdx']['seconds'] / fastest:.2f} times as long as the fastest")
    about = {"people": given.people, "columns": COLUMNS, "read": len(columns)}
    result = {**about, "megabytes": round(megabytes), "readers": found}
    TARGET.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
