"""What compares two results folders sees every change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from transdx.results import Findings, save_findings

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "compare_results.py"
POWER = pd.DataFrame({"n": [90, 80], "alpha": 0.05, "label": "one", "smallest_beta": [0.3, None]})


def compare(*words: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, SCRIPT, *map(str, words)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "seed", "words", "code", "said"),
    [
        ({}, 1, [], 0, "1 tables compared, no differences"),
        ({"smallest_beta": [0.3 + 1e-15, None]}, 1, [], 1, "power.smallest_beta: 1 of 2 values"),
        ({"smallest_beta": [0.3 + 1e-15, None]}, 1, ["--tolerance", "1e-9"], 0, "forgiven"),
        ({"smallest_beta": [0.3, 0.4]}, 1, [], 1, "first in row 1"),
        ({"n": [90.0, 80.0]}, 1, [], 1, "power.n: int64, then float64"),
        ({}, 2, [], 1, "parameter seed: 1, then 2"),
    ],
)
def test_a_change_is_seen_and_named(tmp_path, change, seed, words, code, said):
    for name, table, of in (("a", POWER, 1), ("b", POWER.assign(**change), seed)):
        save_findings(
            Findings("open", {"power": table}, {"parameters": {"seed": of}}), tmp_path / name
        )
    got = compare(tmp_path / "a", tmp_path / "b", *words)
    assert got[0] == code, got
    assert said in got[1]


def test_a_table_of_one_folder_alone_and_no_results(tmp_path):
    save_findings(Findings("open", {"power": POWER}, {}), tmp_path / "a")
    save_findings(Findings("open", {}, {}), tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b")[0] == 1
    assert compare(tmp_path / "a", tmp_path / "b", "--without", "power")[0] == 0
    assert compare(tmp_path / "a", tmp_path)[0] == 2
