"""What to ask for, and what came: the commands ``fields`` and ``check``."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from transdx.cli import main
from transdx.sources import read_cohort
from transdx.sources.export import _wanted
from transdx.sources.uses import asked, uses, written
from transdx.study import Variable, load_study


def _said(capsys, code, *words):
    assert main([*map(str, words)]) == code
    return capsys.readouterr().out


def test_all_that_is_read_is_for_something_and_nothing_else_is():
    study = load_study("ukb")
    assert set(uses(study)) == set(_wanted(study))
    assert {one for one, use in uses(study).items() if use.needed} >= set(study.required())


def test_the_forms_of_the_list_name_the_same(capsys):
    names = _said(capsys, 0, "fields", "--form", "exporter").split()
    entity = _said(capsys, 0, "fields", "--form", "dx").strip().split(",")
    assert entity == [f"participant.{name}" for name in names]
    rows = _said(capsys, 0, "fields").split("\n\n")[0].splitlines()
    assert [row.split()[0] for row in rows] == names[1:]
    assert {"eid", "p31", "p21003_i2", "p20003_i2", "p22189"} <= set(names)
    # The old number of a field is gone where the new one is.
    assert "p189" not in names


def test_a_study_of_ones_own_asks_for_its_fields(capsys, tmp_path):
    (tmp_path / "study.toml").write_text(
        'extends = "ukb"\n[scores.fatigue]\nlabel = "tiredness"\nitems = ["2080"]\noffset = -1\n'
        'visits = [0, 2]\nhighest = 3\n[fields.2080]\ntitle = "Tiredness"\nvisits = "0 1 2 3"\n'
    )
    names = _said(capsys, 0, "fields", "--form", "exporter", "--data", tmp_path).split()
    assert {"p2080_i0", "p2080_i2"} <= set(names)


def test_check_shows_the_flow_and_what_lacks(export, write_export, capsys):
    folder = write_export(export)
    shown = _said(capsys, 1, "check", "--world", "simulated", "--data", folder)
    assert re.search(r"A covariate is missing +0 +60\n", shown)
    assert re.search(r"structural connectivity +no +no structural connectome\n", shown)
    assert re.search(r"alcohol +no +alcohol is not in the data\n", shown)
    assert "p1558_i2 (robustness: alcohol)" in shown
    assert "A part of the study can be run" in shown


def test_check_names_everything_that_is_wrong_at_once(export, write_export, capsys, tmp_path):
    export = export.drop(columns=["p31", "p26722_i2"])
    export.loc[0, "p1200_i0"] = 9
    export["p26756_i2"] *= 1000
    report = tmp_path / "report"
    words = ("check", "--world", "simulated", "--data", write_export(export), "--out", report)
    shown = _said(capsys, 2, *words)
    for said in (
        "p31 (sex)",
        "p26722_i2 (surface area)",
        "column 'p1200_i0': 1 of 60",
        "p26756_i2",
    ):
        assert said in shown
    told = json.loads((report / "check.json").read_text())
    assert told["extent"] == "none"
    states = {row["field"]: row["state"] for row in told["fields"]}
    assert states["p31"] == states["p26722_i2"] == "missing"
    assert states["p1200_i0"] == states["p26756_i2"] == "unreadable"
    assert {row["runs"] for row in told["analyses"]} == {"no"}


def test_values_beyond_are_counted_where_they_are_left_out(export, write_export, capsys):
    export.loc[7, "p26756_i2"] = 1e300
    shown = _said(capsys, 1, "check", "--world", "simulated", "--data", write_export(export))
    assert "taken for missing\n  p26756_i2 (thickness): 1\n" in shown
    assert re.search(r"A region is missing +1 +59\n", shown)


def test_of_real_people_no_small_count_is_shown(export, write_export, capsys, tmp_path):
    export["eid"] -= 88_000_000
    export.loc[4:, "p26500_i2"] = 0
    export.loc[0, "p26756_i2"] = 1e300
    report = tmp_path / "report"
    folder = write_export(export, withdrawn=[2_000_003, 2_000_004])
    shown = _said(capsys, 1, "check", "--world", "ukb", "--data", folder, "--out", report)
    shown += (report / "check.json").read_text() + (report / "check.html").read_text()
    assert "fewer than 5" in shown
    flow = json.loads((report / "check.json").read_text())["flow"]
    assert not {row[one] for row in flow for one in ("remaining", "excluded")} & {*"1234"}
    # Those who are left would follow from who left.
    assert {row["excluded"] for row in flow if row["remaining"].startswith("few")} == {"not shown"}
    people = {row["people"] for row in json.loads((report / "check.json").read_text())["fields"]}
    assert people <= {"", "0", "about 60", "fewer than 5"}
    assert not re.search(r"\b20000\d\d\b", shown)


def test_what_comes_from_the_export_is_escaped(export, write_export, capsys, tmp_path):
    export["p31"] = export["p31"].astype(object)
    export.loc[0, "p31"] = "<script>alert(1)</script>"
    folder = write_export(export)
    (folder / "participants.csv").rename(folder / "<script>.csv")
    _said(capsys, 2, "check", "--world", "simulated", "--data", folder, "--out", tmp_path / "r")
    page = (tmp_path / "r" / "check.html").read_text()
    assert "&lt;script&gt;.csv" in page
    assert "<script" not in page


def test_parts_in_several_places_are_one_export(
    export, write_export, capsys, tmp_path, monkeypatch
):
    folder = write_export(export, withdrawn=[90_000_003])
    monkeypatch.setenv("HOME", str(tmp_path))
    place = tmp_path / "ä b"
    place.mkdir()
    halves = {"one.csv": [*export][:200], "two.csv": ["eid", *[*export][200:]]}
    for name, columns in halves.items():
        export[columns].to_csv(place / name, index=False)
    (folder / "w12345_20250101.csv").rename(place / "gone")
    out = tmp_path / "out"
    tables = ("--table=~/ä b/one.csv", "--table", place / "two.csv")
    parts = (*tables, "--withdrawn=~/ä b/gone", "--out=~/out")
    there = _said(capsys, 1, "check", "--world", "simulated", *parts)
    assert re.search(r"Withdrew consent +1 +59\n", there)
    cohort = read_cohort("simulated", out / "export")
    assert len(cohort) == 59
    assert not [path for path in (out / "export").iterdir() if not path.is_symlink()]
    # Once more, in the same place, with less.
    assert "No list" in _said(capsys, 1, "check", "--world", "simulated", *tables, "--out", out)


def test_a_part_that_is_not_there_is_said(export, write_export, capsys, tmp_path):
    table = write_export(export) / "participants.csv"
    words = ["check", "--table", table, "--connectomes", tmp_path / "none"]
    assert main([*map(str, words)]) == 2
    assert "expected a part of the export at" in capsys.readouterr().err


PAIRS = pd.DataFrame(
    [
        (90_000_001, 90_000_002, 0.25),
        (90_000_003, 90_000_004, 0.02),  # farther than the third degree
        (90_000_005, 80_000_000, 0.25),  # not in the export
        (-1, 90_000_006, 0.25),  # withdrawn
    ],
    columns=["ID1", "ID2", "Kinship"],
)


@pytest.mark.parametrize("separator", [" ", "\t", ","])
def test_relatives_are_those_among_the_people_of_the_export(export, write_export, separator):
    export["p22021"] = 1
    folder = write_export(export)
    assert (read_cohort("simulated", folder).values(Variable("22021")) == 1).all()
    PAIRS.to_csv(folder / "ukb_rel_a1_s2.dat", sep=separator, index=False)
    found = read_cohort("simulated", folder).values(Variable("22021"))
    assert found.index[found == 1].tolist() == [90_000_001, 90_000_002]
    assert set(np.unique(found)) == {0, 1}


def test_the_names_of_columns_are_those_that_are_read(export, write_export):
    held = read_cohort("simulated", write_export(export)).readings.values()
    columns = {column for one in held for column in one.columns}
    assert columns <= {written(one) for one in uses(load_study("ukb"))}
    assert asked(load_study("ukb")).keys() <= uses(load_study("ukb")).keys()
