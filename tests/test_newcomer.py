"""A score and a modality that somebody adds to the data files of the package, and to no code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import transdx

ADDED = {
    "studies/ukb.toml": """
[scores.fatigue]
label = "tiredness"
items = ["2080"]
offset = -1
visits = [0, 2]
highest = 3
""",
    "data/modalities.toml": """
[t1t2]
label = "T1/T2 ratio"
short = "myelin"
total = "mean T1/T2 ratio"
total_by = "mean"
regions = ["left_insula", "right_insula"]
image = "structural images"
""",
    "data/fields.csv": """
2080,Tiredness,symptom,,,,0 1 2 3,,0: 1=No; 2=Some; 3=Half; 4=Daily,-1=Unknown; -3=No answer,,no,
99001,T1/T2 of insula (left),feature,t1t2,left_insula,ratio,2 3,,,,,no,
99002,T1/T2 of insula (right),feature,t1t2,right_insula,ratio,2 3,,,,,no,
""",
    "data/planted_effects.csv": """
t1t2,left_insula,fatigue,-0.5,,chosen
t1t2,total,anxiety,-0.4,,chosen
""",
}
RUN = """
import json, transdx
found = transdx.open_run(participants=700, permutations=50, bootstraps=50, root=".")
say = "[[{t1t2.total.<score>.beta} for <score>]]; {t1t2.total.mean:.2f}"
print(json.dumps([
    found.say(say), found.lists,
    found.truth[found.truth["modality"] == "t1t2"].to_dict("records"),
    found.table("associations").query("modality == 't1t2'").to_dict("records"),
    found.table("flow")["label"].to_list(),
]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the lines added, in a folder to run it in."""
    root = tmp_path_factory.mktemp("newcomer")
    package = root / "transdx"
    ours = Path(transdx.__file__).parent
    shutil.copytree(ours, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, lines in ADDED.items():
        path = package / name
        path.write_text(
            path.read_text(encoding="utf-8") + lines.lstrip("\n" * name.endswith("csv"))
        )
    study = package / "studies" / "ukb.toml"
    named = '  "amygdala_reactivity",\n'
    study.write_text(
        study.read_text(encoding="utf-8").replace(named, f'{named}  "t1t2",\n'), "utf-8"
    )
    return root


def _run(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(home)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)


def test_lines_of_data_are_all_that_a_score_and_a_modality_need(home):
    ran = _run(home, RUN)
    assert ran.returncode == 0, ran.stderr
    said, lists, truth, rows, steps = json.loads(ran.stdout.splitlines()[-1])
    assert lists["score"] == ["insomnia", "depression", "anxiety", "fatigue"]
    assert "t1t2" in lists["modality"]
    assert said.count(" for ") == 4
    assert " for tiredness; " in said
    assert said.endswith("; 1.00")
    planted = {(row["feature"], row["score"]): row["planted"] for row in truth}
    assert planted["left_insula", "fatigue"] == pytest.approx(-0.5)
    assert planted["total", "anxiety"] == pytest.approx(-0.4)
    betas = {(row["feature"], row["score"]): row["beta"] for row in rows}
    assert betas.keys() == planted.keys()
    for key, beta in planted.items():
        assert betas[key] == pytest.approx(beta, abs=0.12), key
    # The measure comes from images that are asked for already.
    assert steps.count("No structural images") == 1
