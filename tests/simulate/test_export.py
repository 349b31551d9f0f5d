"""The files: names, codes, gaps, ids, the same bytes for the same seed."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.simulate import build, simulate

#: Columns of several answers.
TEXT = ("p20544", "p6138_i0", "p20003_i2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("export"), participants=3000, seed=4)


@pytest.fixture(scope="module")
def table(folder):
    return pd.read_parquet(folder / "participants.parquet", dtype_backend="pyarrow")


def test_same_seed_same_bytes(folder, tmp_path):
    again = simulate(tmp_path / "again", participants=3000, seed=4)
    other = simulate(tmp_path / "other", participants=3000, seed=5)
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert len(paths) == 4 + 5 + 1
    for path in paths:
        same = (folder / path).read_bytes()
        assert same == (again / path).read_bytes()
        # What the connections are does not depend on the seed.
        assert (same == (other / path).read_bytes()) == (path.name == "connections.csv")


def test_csv_and_parquet_hold_the_same(folder, tmp_path):
    out = simulate(tmp_path, participants=3000, seed=4, format="csv")
    text = dict.fromkeys(TEXT, object)
    csv = pd.read_csv(out / "participants.csv", dtype=text, low_memory=False)
    parquet = pd.read_parquet(folder / "participants.parquet")
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)
    assert (out / "truth.csv").read_bytes() == (folder / "truth.csv").read_bytes()


def test_another_form_replaces_the_first(tmp_path):
    simulate(tmp_path, participants=60, format="csv")
    simulate(tmp_path, participants=60, format="parquet")
    assert not (tmp_path / "participants.csv").exists()


def test_columns_are_fields_of_the_dictionary(table):
    known = dictionary()
    assert table.columns[0] == "eid"
    for column in table.columns[1:]:
        field, visit = re.fullmatch(r"p(\d+)(?:_i(\d))?", column).groups()
        assert int(visit or 0) in known[field].visits
    assert table.columns.is_unique
    one_visit = {"p31", "p20499", "p20500", "p20544", *(f"p{f}" for f in range(20505, 20521))}
    assert one_visit <= set(table.columns)
    features = [field for field in known.values() if field.kind == "feature"]
    assert len(features) == 66 + 66 + 14 + 1
    assert {f"p{field.id}_i{visit}" for field in features for visit in (2, 3)} <= set(table.columns)


def test_codes_are_those_of_the_dictionary(table):
    for column in table.columns.drop(["eid", *TEXT]):
        field = dictionary()[column[1:].partition("_")[0]]
        if field.codes and field.id not in {"54"} and not field.id.startswith("2575"):
            assert set(table[column].dropna()) <= field.codes | field.special, column
    lists = table["p20544"].dropna().str.split("|").explode().astype(int)
    assert set(lists) <= dictionary()["20544"].codes | dictionary()["20544"].special


def test_special_codes_and_gaps_are_there(table):
    def holds(column, code):
        return bool((table[column] == code).any())

    assert holds("p2050_i0", -1)
    assert holds("p2050_i0", -3)
    assert holds("p1970_i2", -1)
    assert holds("p1200_i2", -3)
    assert not holds("p1200_i2", -1)
    assert holds("p1707_i0", -3)
    assert holds("p20510", -818)
    assert holds("p20499", -121)
    assert table["p20544"].isin(["-818", "-819"]).any()
    assert table["p20544"].str.contains("|", regex=False).any()
    assert holds("p25758_i2", -999_999)
    assert holds("p26500_i2", 0)
    assert (table["p25926_i2"] <= 3).any()
    always = {"eid", "p31", "p21003_i0", "p21003_i2", "p54_i2"}
    assert set(table.columns[table.notna().all()]) == always


def test_those_without_the_third_visit_have_nothing_there(table):
    later = [column for column in table if column.endswith("_i3")]
    absent = table["p21003_i3"].isna()
    assert 0.85 < absent.mean() < 0.95
    assert table.loc[absent, later].isna().all(axis=None)
    assert (table["p21003_i3"] > table["p21003_i2"]).loc[~absent].all()


def test_people_lack_modalities(table):
    surfaces = table["p26722_i2"].notna()
    assert 0 < (~surfaces).mean() < 0.1
    assert (table["p26558_i2"].notna() == surfaces).all()
    assert (table["p25741_i2"].isna() == table["p25744_i2"].isna()).all()
    assert 0 < table["p25741_i2"].isna().mean() < 0.1
    assert 0 < table["p25746_i2"].isna().mean() < 0.1


def test_precision_is_that_of_the_source(table):
    assert (table["p26722_i2"].dropna().astype(float) % 1 == 0).all()
    thickness = table["p26756_i2"].dropna().astype(float)
    assert np.allclose(thickness * 1000, (thickness * 1000).round(), atol=1e-6)
    volume = table["p26558_i2"].dropna().astype(float)
    assert np.allclose(volume * 10, (volume * 10).round(), atol=1e-6)
    for column in ("p21003_i2", "p1200_i3", "p26500_i3", "p25746_i2", "p20510"):
        assert str(table[column].dtype) == "int64[pyarrow]"


def test_ids_and_withdrawals(table, folder):
    assert table["eid"].is_unique
    assert table["eid"].between(90_000_001, 99_999_999).all()
    assert not table["eid"].is_monotonic_increasing
    withdrawn = [int(line) for line in (folder / "w00000_20260101.csv").read_text().split()]
    inside = set(withdrawn) & set(table["eid"])
    assert 2 <= len(inside) < len(withdrawn)


def test_truth_files(folder):
    truth = pd.read_csv(folder / "truth.csv")
    assert list(truth.columns) == ["modality", "feature", "score", "planted"]
    about = json.loads((folder / "truth.json").read_text())
    assert (about["seed"], about["participants"], about["effects"]) == (4, 3000, "study")


def test_threads_do_not_matter():
    from threadpoolctl import threadpool_limits

    tables = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            tables.append(build(500, seed=9).table)
    assert tables[0].equals(tables[1])


def test_effects_leave_people_and_symptoms_alone():
    study, none = build(300, seed=2).table, build(300, seed=2, effects="none").table
    same = [name for name in study.column_names if study[name].equals(none[name])]
    features = {field.id for field in dictionary().values() if field.kind in {"feature", "global"}}
    changed = {name[1:].partition("_")[0] for name in set(study.column_names) - set(same)}
    # What goes with the area of cortex follows it.
    lives = {"22189", "6138", "20116", "1558", "20003", "130709", "131287"}
    lives |= {str(field) for field in (*range(20487, 20492), *range(20521, 20526))}
    assert changed - lives <= features
    assert "26558" in changed


def test_progress_ends_at_the_end(tmp_path):
    seen = []
    simulate(tmp_path, participants=50, progress=lambda *told: seen.append(told))
    assert {(stage, total) for stage, _, total in seen} == {("simulating an export", seen[-1][1])}
    assert [done for _, done, _ in seen] == list(range(seen[-1][2] + 1))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"participants": 49}, "from 50 up"),
        ({"participants": 100.0}, "participants to be a whole number"),
        ({"participants": True}, "participants to be a whole number"),
        ({"participants": "100"}, "participants to be a whole number"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"format": "parket"}, "did you mean 'parquet'"),
        ({"effects": "studdy"}, "did you mean 'study'"),
    ],
)
def test_wrong_arguments(tmp_path, wrong, says):
    with pytest.raises(InputError, match=says):
        simulate(tmp_path / "never", **{"participants": 60, **wrong})
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("first", [1_000_001, 90_000_001])
def test_no_table_of_other_people_is_replaced(tmp_path, first):
    out = simulate(tmp_path / "out", participants=50)
    other = out / "participants.csv"
    other.write_text("f.eid,f.31.0.0\n" + "".join(f"{first + n},1\n" for n in range(9)))
    before = other.read_bytes()
    if first > 10**7:
        simulate(out, participants=60)
        assert not other.exists()
        return
    with pytest.raises(InputError, match=r"participants\.csv would be replaced, but was not made"):
        simulate(out, participants=60)
    assert other.read_bytes() == before
