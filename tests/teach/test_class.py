"""A class of thirty: made, handed in well and badly, and marked."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from transdx._files import digest
from transdx.cli import main
from transdx.errors import InputError
from transdx.teach import Limits, mark
from transdx.teach.editions import Exercise
from transdx.teach.judging import Heard, judge

WOMEN, MIDDLE = 'int((people["p31"] == 0).sum())', "return float(np.median(values))"
CLINGING = "None\nwhile True:\n    try: time.sleep(9)\n    except Exception: pass"
FORGED = """...
import gc
from multiprocessing.connection import Connection
for one in gc.get_objects():
    if isinstance(one, Connection):
        one.send_bytes(b'[' * 99_999)
        one.send_bytes(b'{"answer": "women", "values": 5}')"""
#: How those who do not simply answer right do it: the answers, and what is said of them.
ODD = {
    "wrong": ("1_000", "return np.mean(values)", "not what this cohort", "right in 1 of 4"),
    "words": ("'many'", "return 'half'", "not what this cohort gives", "right in 0 of 4"),
    "raises": ("1 / 0", MIDDLE, "cell 3 ended in ZeroDivisionError", "right in 4 of 4"),
    "loops": ("[0 for _ in iter(int, 1)]", MIDDLE, "took more than 2 s", "right in 4 of 4"),
    "turns": (WOMEN, "while True: pass", "right", "it took more than 2 s"),
    "clings": (CLINGING, MIDDLE, "it took more than 8 s", "it took more than 8 s"),
    "prints": ("print('x' * 10_000_000)", MIDDLE, "printed more than 1,000,000", "right in 4"),
    "hoards": ("len(bytearray(8 * 2**30))", MIDDLE, "MemoryError", "right in 4 of 4"),
    "quits": ("os._exit(0)", MIDDLE, "its process ended", "its process ended"),
    "exits": ("sys.exit()", MIDDLE, "SystemExit", "right in 4 of 4"),
    "deletes": ("shutil.rmtree('{class}')", MIDDLE, "PermissionError", "right in 4 of 4"),
    "own": ("shutil.rmtree('../cohort')", MIDDLE, "not what this cohort gives", "right in 4 of 4"),
    "peeks": ("open('{class}/instructor/class.json')", MIDDLE, "PermissionError", "right in 4"),
    "calls": ("socket.create_connection(('127.0.0.1', 80))", MIDDLE, "Error", "right in 4 of 4"),
    "starts": ("subprocess.run(['true'])", MIDDLE, "PermissionError", "right in 4 of 4"),
    "kills": ("os.kill(os.getppid(), 9)", MIDDLE, "PermissionError", "right in 4 of 4"),
    "object": ("np", MIDDLE, "cannot be compared", "right in 4 of 4"),
    "forges": (FORGED, MIDDLE, "not comparable: no value", "right in 4 of 4"),
    "number": (WOMEN, "pass\nmiddle = 3", "right", "expected a function"),
}  # fmt: skip
IMPORTS = "import os, shutil, socket, subprocess, sys, time\n"
#: Those who leave something out, and what is said.
LACKING = {"absent": "nothing was handed in", "torn": "no notebook that can be read"}
RIGHT = [f"student {number}" for number in range(30 - len(ODD) - len(LACKING))]


def _hand_in(made: Path, place: str, women: str, middle: str) -> None:
    """Fill in the student's own copy, as it was handed out."""
    path = made / "students" / place / "notebooks" / "01-tiny.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = cell["source"]
        if source == "women = ...  # your answer":
            cell["source"] = IMPORTS + f"women = {women.replace('{class}', str(made))}"
        if source.startswith("def middle"):
            head, _, _ = source.rpartition("raise NotImplementedError")
            cell["source"] = head + middle
        if source == "*Your answer:*":
            cell["source"] += " because so"
    out = made / "handed-in" / place / "notebooks" / "01-tiny.ipynb"
    out.parent.mkdir(parents=True)
    out.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def marked(class_of: Callable[..., Path]) -> tuple[Path, pd.DataFrame, str]:
    made = class_of(*RIGHT, *ODD, *LACKING)
    for name in RIGHT:
        _hand_in(made, name.replace(" ", "-"), WOMEN, MIDDLE)
    for name, (women, middle, *_) in ODD.items():
        _hand_in(made, name, women, middle)
    (made / "handed-in" / "torn").mkdir()
    (made / "handed-in" / "torn" / "01-tiny.ipynb").write_text('{"cells": [{"cell_type"', "utf-8")
    before = digest(made / "instructor", made / "students", made / "handed-in")
    # As one names it who stands beside it.
    with contextlib.chdir(made.parent):
        mark(made.name, limits=Limits(seconds=8, cell=2, megabytes=1_000), jobs=2)
    marks = pd.read_csv(made / "marks" / "answers.csv").set_index(["student", "exercise"])
    return made, marks, before


def test_what_is_right_is_marked_right_on_each_ones_own_cohort(marked):
    _, marks, _ = marked
    points = marks["points"].unstack().loc[RIGHT]
    assert (points[["women", "middle"]] == 1).all(axis=None)
    assert marks.loc[(RIGHT[0], "why"), "reason"] == "to be read: because so"
    assert marks.loc[(RIGHT[0], "why"), "of"] == 0


@pytest.mark.parametrize("student", ODD)
def test_what_is_not_right_is_marked_with_its_reason(marked, student):
    _, marks, _ = marked
    women, middle = (marks.loc[(student, name)] for name in ("women", "middle"))
    assert ODD[student][2] in women["reason"]
    assert ODD[student][3] in middle["reason"]
    for row in (women, middle):
        assert (row["points"] == 1) == (row["reason"] in ("right", "right in 4 of 4 hidden cases"))


@pytest.mark.parametrize("student", LACKING)
def test_what_was_not_handed_in_has_no_points(marked, student):
    _, marks, _ = marked
    assert (marks.loc[student, "points"] == 0).all()
    assert marks.loc[student, "reason"].str.contains(LACKING[student]).all()


def test_nothing_of_the_class_is_touched_and_marks_are_whole(marked):
    made, marks, before = marked
    assert digest(made / "instructor", made / "students", made / "handed-in") == before
    names = {path.name for path in made.iterdir()}
    assert names == {"student", "students", "instructor", "handed-in", "marks"}
    sheet = pd.read_csv(made / "marks" / "marks.csv").set_index("student")
    assert len(sheet) == 30
    assert sheet["points"].sum() == pytest.approx(marks["points"].sum(), abs=0.1)
    assert "printed more than" in (made / "marks" / "prints.md").read_text(encoding="utf-8")


def test_who_copies_from_a_neighbour_has_another_cohort(marked):
    made, _, _ = marked
    counts = {
        pd.read_parquet(path, columns=["p31"])["p31"].sum()
        for path in (made / "students").glob("*/cohort/participants.parquet")
    }
    assert len(counts) > 5


@pytest.mark.parametrize("sent", [{"values": 5}, {"values": [5]}, {"values": [{"value": {}}]}, {}])
def test_what_no_honest_process_sends_has_no_points(sent):
    exercise = Exercise("middle", "Middle", "code", "def middle(values):")
    right = {"right": {"values": [{"value": 1.0}]}, "tolerance": 0.1}
    run = Heard(answers={"middle": sent}, end="done")
    assert judge("Ann", "01-tiny", exercise, right, run, {"cells": []}).points == 0


def test_folders_of_nobody_and_no_class_end_in_a_sentence(marked, tmp_path, capsys):
    made, _, _ = marked
    copy = tmp_path / "copy"
    for part in ("instructor", "handed-in"):
        shutil.copytree(made / part, copy / part)
    shutil.move(copy / "handed-in" / "wrong", copy / "handed-in" / "wrang")
    with pytest.raises(InputError, match=r"wrang is the folder of nobody .* did you mean 'wrong'"):
        mark(copy)
    assert main(["mark", str(tmp_path)]) == 2
    assert "is no class" in capsys.readouterr().err
    assert not (copy / "marks").exists()
