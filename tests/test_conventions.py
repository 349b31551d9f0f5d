"""An export is the same data in whatever convention and files it comes."""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transdx.errors import InputError
from transdx.fields import dictionary, read_table
from transdx.sample import Sample, draw_sample
from transdx.simulate import simulate
from transdx.sources import read_cohort
from transdx.sources.names import by_number, names_of
from transdx.study import Variable

Names = tuple[str, Callable[[str, str, str, str], str]]


def _title(field: str, visit: str) -> str:
    entry = dictionary()[field]
    return entry.title + (f" | Instance {visit}" if len(entry.visits) > 1 else "")


def _snake(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


#: The name of ids, and of columns by field, visit, place and the name on the platform.
CONVENTIONS: dict[str, Names] = {
    "platform": ("eid", lambda f, v, p, own: own),
    "platform, of an entity": ("participant.eid", lambda f, v, p, own: f"participant.{own}"),
    "ukbconv": ("eid", lambda f, v, p, own: f"{f}-{v}.{p}"),
    "ukbconv, upper case": ("EID", lambda f, v, p, own: f"{f}-{v}.{p}"),
    "ukbconv for R": ("f.eid", lambda f, v, p, own: f"f.{f}.{v}.{p}"),
    "ukbconv, read by R": ("eid", lambda f, v, p, own: f"X{f}.{v}.{p}"),
    "ukbconv for Stata": ("n_eid", lambda f, v, p, own: f"n_{f}_{v}_{p}"),
    "PHESANT": ("userId", lambda f, v, p, own: f"x{f}_{v}_{p}"),
    "MATLAB": ("subjectID", lambda f, v, p, own: f"f_{f}_{v}_{p}"),
    "MATLAB, names of rows": ("Row", lambda f, v, p, own: f"f_{f}_{v}_{p}"),
    "ukbtools": ("eid", lambda f, v, p, own: f"{_snake(_title(f, v))}_f{f}_{v}_{p}"),
    "titles": ("Participant ID", lambda f, v, p, own: _title(f, v)),
    "titles, repaired by R": (
        "Participant.ID",
        lambda f, v, p, own: re.sub("[^A-Za-z0-9]", ".", _title(f, v)),
    ),
}
#: Fields that share the title of another one.
_SECOND = {"189"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conventions") / "made"
    return simulate(folder, participants=250, seed=5)


@pytest.fixture(scope="module")
def people(made: Path) -> pd.DataFrame:
    """The table of the export as text, so that no number is written otherwise."""
    table = pd.read_parquet(made / "participants.parquet", dtype_backend="numpy_nullable")
    return table.drop(columns=[f"p{field}" for field in _SECOND if f"p{field}" in table])


@pytest.fixture(scope="module")
def expected(made: Path) -> Sample:
    for name in ("connectomes_i2", "later_release"):
        shutil.rmtree(made / name)
    return draw_sample(read_cohort("simulated", made))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The list of an export that was made, without its table."""
    other = tmp_path / "Daten für mich"
    other.mkdir()
    for path in made.glob("w*.csv"):
        (other / path.name).symlink_to(path)
    return other


def rewrite(table: pd.DataFrame, convention: str) -> pd.DataFrame:
    """Write a table of the platform as another convention has it.

    Answers of multi-select fields are one column on the platform and an array elsewhere, that of
    diagnoses from place 1 on.
    """
    id_name, naming = CONVENTIONS[convention]
    columns: dict[str, pd.Series] = {id_name: table["eid"]}
    for own in table.columns.drop("eid"):
        field, visit = re.fullmatch(r"p(\d+)(?:_i(\d))?", own).groups(default="0")
        values = table[own]
        if not dictionary()[field].multiple or convention.startswith(("platform", "titles")):
            columns[naming(field, visit, "0", own)] = values
            continue
        parts = values.str.split("|", expand=True)
        for place in parts:
            name = naming(field, visit, str(place + (field == "20544")), own)
            columns[name] = parts[place]
    return pd.DataFrame(columns)


def labelled(table: pd.DataFrame, *, every: int = 1) -> pd.DataFrame:
    """Write answers as their labels, of every so many people."""
    other = table.copy()
    for own in table.columns.drop("eid"):
        entry = dictionary()[re.fullmatch(r"p(\d+).*", own)[1]]
        if not entry.labels or not entry.codes:
            continue
        words = {str(code): label for code, label in entry.labels.items()}

        def said(cell: str, words: dict[str, str] = words) -> str:
            return "|".join(words[code] for code in cell.split("|"))

        codes = table[own].astype("string")
        spoken = codes.map(said, na_action="ignore").astype("string")
        other[own] = spoken.where(np.arange(len(table)) % every == 0, codes)
    return other


def same(sample: Sample, expected: Sample) -> None:
    for part in ("scores", "covariates", "nuisances", "features", "validation", "quality"):
        pd.testing.assert_frame_equal(
            getattr(sample, part), getattr(expected, part), check_exact=True, obj=part
        )
    assert sample.flow == expected.flow


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_convention_is_the_same_sample(people, folder, expected, convention):
    rewrite(people, convention).to_csv(folder / "data.csv", index=False)
    cohort = read_cohort("simulated", folder)
    same(draw_sample(cohort), expected)
    told = {one for reading in cohort.readings.values() for one in reading.conventions}
    assert len(told) == 1


def _text(table: pd.DataFrame, **how: object) -> str:
    return str(table.to_csv(index=False, **how))


def _zipped(text: str, *beside: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/data.csv", text)
        for name in beside:
            archive.writestr(name, b"\0\1")
    return packed.getvalue()


FORMS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "tabs": ("data.tsv", lambda t: _text(t, sep="\t").encode()),
    "tab": ("data.tab", lambda t: _text(t, sep="\t").encode()),
    "text": ("data.txt", lambda t: _text(t, sep="\t").encode()),
    "text with spaces": ("data.txt", lambda t: _text(t, sep=" ", na_rep="NA").encode()),
    "capitals": ("DATA.CSV", lambda t: _text(t).encode()),
    "gzip": ("data.csv.gz", lambda t: gzip.compress(_text(t).encode())),
    "gzip of tabs": ("data.tab.gz", lambda t: gzip.compress(_text(t, sep="\t").encode())),
    "zip": ("data.zip", lambda t: _zipped(_text(t), "__MACOSX/export/._data.csv", "a.dat")),
    "zip of a table": ("data.csv.zip", lambda t: _zipped(_text(t))),
    "semicolons": ("data.csv", lambda t: _text(t, sep=";").encode()),
    "semicolons and commas": ("data.csv", lambda t: _text(t, sep=";", decimal=",").encode()),
    "tabs in a csv": ("data.csv", lambda t: _text(t, sep="\t").encode()),
    "a mark": ("data.csv", lambda t: _text(t).encode("utf-8-sig")),
    "ends of old Macs": ("data.csv", lambda t: _text(t, lineterminator="\r").encode()),
    "ends of Windows": ("data.csv", lambda t: _text(t, lineterminator="\r\n").encode()),
    "UTF-16": ("data.csv", lambda t: _text(t).encode("utf-16")),
    "UTF-16 without a mark": ("data.csv", lambda t: _text(t).encode("utf-16-be")),
    "Latin-1": ("data.csv", lambda t: _text(t.assign(place="Köln")).encode("latin-1")),
    "all in quotes": ("data.csv", lambda t: _text(t, quoting=csv.QUOTE_ALL).encode()),
    "cells of two lines": ("data.csv", lambda t: _text(t.assign(note='two\n"lines"')).encode()),
    "names of rows": ("data.csv", lambda t: t.set_axis(t.index + 1).to_csv().encode()),
    "empty lines": ("data.csv", lambda t: ("\n\n" + _text(t) + "\n\n").encode()),
    "no last end": ("data.csv", lambda t: _text(t).rstrip("\n").encode()),
    "NA": ("data.csv", lambda t: _text(t, na_rep="NA").encode()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_text_is_the_same_sample(people, folder, expected, form):
    name, write = FORMS[form]
    (folder / name).write_bytes(write(people))
    cohort = read_cohort("simulated", folder)
    same(draw_sample(cohort), expected)
    assert bool(cohort.notes) == (form == "no last end")


PARQUET = {
    "ids as text": lambda t: t.astype({"eid": str}),
    "ids as floats": lambda t: t.astype({"eid": float}),
    "ids as an index": lambda t: t.set_index("eid"),
    "ids as an index of text": lambda t: t.astype({"eid": str}).set_index("eid"),
    "all as text": lambda t: t.astype("string"),
    "labels": labelled,
}


@pytest.mark.parametrize("change", PARQUET.values(), ids=PARQUET)
def test_every_form_of_parquet_is_the_same_sample(people, folder, expected, change):
    change(people).to_parquet(folder / "people.parquet")
    same(draw_sample(read_cohort("simulated", folder)), expected)


@pytest.mark.parametrize(("convention", "every"), [("titles", 1), ("ukbconv for R", 2)])
def test_labels_are_the_same_sample(people, folder, expected, convention, every):
    rewrite(labelled(people, every=every), convention).to_csv(folder / "data.csv", index=False)
    same(draw_sample(read_cohort("simulated", folder)), expected)


def _by_columns(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    half = table.columns[100:]
    yield "a.csv", table.drop(columns=half)
    yield "b.csv", table[["eid", *half]].iloc[::-1]


def _by_rows(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "a.csv", table.iloc[:100]
    yield "b.csv", table.iloc[100:]


def _twice(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "a.csv", table
    yield "b.csv", rewrite(table, "ukbconv").iloc[50:, :90]


def _beside(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "a.csv", table
    stays = {"eid": table["eid"].repeat(2), "ins_index": 0, "diag_icd10": "F32"}
    yield "hesin_diag.csv", pd.DataFrame(stays)
    yield "notes.txt", pd.DataFrame({"what": ["to do"]})


SPLIT = {"columns": _by_columns, "rows": _by_rows, "overlap": _twice, "others beside": _beside}


@pytest.mark.parametrize("split", SPLIT.values(), ids=SPLIT)
def test_several_files_are_the_same_sample(people, folder, expected, split):
    for name, part in split(people):
        part.to_csv(folder / name, index=False)
    (folder / "._a.csv").write_bytes(b"\0\5\26\7")
    (folder / "a.csv~").write_text("eid,p31\n1,0\n")
    cohort = read_cohort("simulated", folder)
    same(draw_sample(cohort), expected)
    passed = ("hesin_diag.csv holds no field of the study and was passed over",)
    assert cohort.notes == (passed if split is _beside else ())


def test_two_files_that_contradict_each_other_are_refused(people, folder):
    people.to_csv(folder / "a.csv", index=False)
    other = rewrite(people, "ukbconv")[["eid", "31-0.0"]].iloc[50:]
    other.iloc[:7, 1] = 1 - other.iloc[:7, 1]
    other.to_csv(folder / "b.csv", index=False)
    said = (
        r"expected the same in a\.csv, column 'p31', and b\.csv, column '31-0\.0', but 7 of \d+ "
        "people who are in both differ; take the wrong one away"
    )
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", folder)


def test_a_field_under_two_conventions_in_one_file_must_agree(people, folder):
    table = people.assign(x31_0_0=people["p31"], sex_f31_0_0=people["p31"])
    table.to_csv(folder / "a.csv", index=False)
    cohort = read_cohort("simulated", folder)
    assert cohort.readings[Variable("31")].columns == ("p31", "x31_0_0", "sex_f31_0_0")
    table.loc[:4, "sex_f31_0_0"] = 1 - table.loc[:4, "p31"]
    table.to_csv(folder / "a.csv", index=False)
    with pytest.raises(InputError, match=r"columns 'p31' and 'sex_f31_0_0', but 5 of \d+ people"):
        read_cohort("simulated", folder)


@pytest.mark.parametrize(
    "cut", ["in a row", "in quotes", "in the last cell", "of a gzip", "of zip"]
)
def test_a_table_that_was_cut_off_is_noticed(people, folder, cut):
    quoting = csv.QUOTE_ALL if cut == "in quotes" else csv.QUOTE_MINIMAL
    table = people.assign(last="one, two") if cut == "in quotes" else people.assign(last=1234)
    text = _text(table, quoting=quoting)
    lines = text.splitlines(keepends=True)
    end = len("".join(lines[:150]))
    if cut == "in a row":
        (folder / "a.csv").write_text(text[: end + 300])
        said = r"a\.csv: row 151 has \d+ fields, but the header .*if it was cut off"
    elif cut == "in quotes":
        (folder / "a.csv").write_text(text[: end - 5])
        said = r"a\.csv: row 150 cannot be split into fields .* quotation mark that is never closed"
    elif cut == "of a gzip":
        packed = gzip.compress(text.encode())
        (folder / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
        said = r"a\.csv\.gz cannot be read as a table \(.*\); export it again"
    elif cut == "of zip":
        packed = _zipped(text)
        (folder / "a.zip").write_bytes(packed[: len(packed) // 2])
        said = r"a\.zip cannot be read as a table \(.*\); export it again"
    else:
        (folder / "a.csv").write_text(text[: end - 3])
        cohort = read_cohort("simulated", folder)
        assert cohort.notes == (
            "the last row of a.csv has no end; if the file was cut off, people are missing: "
            "export it again",
        )
        return
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", folder)


def test_rows_are_counted_for_ids_nowhere(people, folder):
    table = people.rename(columns={"eid": "Row"}).assign(Row=range(1, len(people) + 1))
    table.to_csv(folder / "a.csv", index=False)
    with pytest.raises(InputError, match=r"column 'Row': expected participant ids, .* 'eid'"):
        read_cohort("simulated", folder)


def test_titles_count_only_where_no_column_has_a_number():
    assert names_of(["Participant ID", "Sex", "Height"])[1].field == "31"
    assert names_of(["eid", "p31", "Sex", "Height"])[2:] == [None, None]


@pytest.mark.parametrize("name", ["p31x", "area_31", "31", "2-1", "participant.age", "f31", "p"])
def test_other_names_are_of_no_field(name):
    assert by_number(name) is None


def test_every_range_has_its_source():
    table = read_table("fields.csv")
    ranged = table[table["range"] != ""]
    assert ranged["source"].str.contains("expected: ").all()
    measured = table[(table["coding"] == "") & (table["array"] == "")]
    assert (measured["range"] != "").all()
