"""The readers: what comes in, and what is refused with which words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from transdx import reference
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.sample.scores import validation_measures
from transdx.sources import read_cohort
from transdx.study import Variable


def test_values_are_those_of_the_file(export, write_export):
    cohort = read_cohort("simulated", write_export(export))
    assert len(cohort) == 60
    assert cohort.values(Variable("21003", 2)).to_list() == export["p21003_i2"].to_list()
    # Field 26733 is the area of the left lingual gyrus in the public dictionary.
    read = cohort.features("surface_area")["left_lingual"]
    assert read.to_list() == export["p26733_i2"].to_list()


def test_the_tabular_export_has_no_temporal_pole(export, write_export):
    cohort = read_cohort("simulated", write_export(export))
    assert cohort.features("surface_area").shape[1] == 66
    assert "left_temporalpole" not in cohort.features("thickness")


def test_parquet_prefixes_and_several_tables_give_the_same(export, write_export, tmp_path):
    plain = read_cohort("simulated", write_export(export)).table
    prefixed = export.rename(columns=lambda name: f"participant.{name}")
    other = tmp_path / "other"
    other.mkdir()
    half = ["participant.eid", *prefixed.columns[80:]]
    prefixed[prefixed.columns[:80]].to_parquet(other / "a.parquet", index=False)
    prefixed[half].to_csv(other / "b.csv", index=False)
    joined = read_cohort("simulated", other).table
    pd.testing.assert_frame_equal(
        joined.sort_index(axis=1), plain.sort_index(axis=1), check_dtype=False
    )


def test_special_codes_are_missing(export, write_export):
    export.loc[0, "p1200_i0"] = -3
    export.loc[1, "p2050_i2"] = -1
    cohort = read_cohort("simulated", write_export(export))
    assert np.isnan(cohort.values(Variable("1200", 0)).iloc[0])
    assert np.isnan(cohort.values(Variable("2050", 2)).iloc[1])


def test_withdrawn_people_are_dropped_and_counted(export, write_export):
    folder = write_export(export, withdrawn=[90_000_003, 90_000_007, 12])
    cohort = read_cohort("simulated", folder)
    assert (len(cohort), cohort.withdrawn) == (58, 2)
    assert 90_000_003 not in cohort.table.index


def test_an_empty_withdrawal_list_withdraws_nobody(export, write_export):
    assert len(read_cohort("simulated", write_export(export, withdrawn=[]))) == 60


def test_a_missing_column_is_named_with_its_nearest(export, write_export):
    folder = write_export(export.rename(columns={"p21003_i2": "p21003_i3"}))
    with pytest.raises(InputError, match=r"p21003_i2.*add them to the export"):
        read_cohort("simulated", folder)


def test_labels_and_codes_may_be_mixed(export, write_export):
    plain = read_cohort("simulated", write_export(export)).table
    export["p31"] = np.where(export["p31"] == 1, "Male", " FEMALE")
    labels = {1: "Never/rarely", 2: "sometimes", 3: "3"}
    export["p1200_i2"] = export["p1200_i2"].map(labels)
    export["p26500_i2"] = "Yes"
    pd.testing.assert_frame_equal(read_cohort("simulated", write_export(export)).table, plain)
    export.loc[4, "p1200_i2"] = "Prefer not to answer"
    read = read_cohort("simulated", write_export(export)).values(Variable("1200", 2))
    assert np.flatnonzero(read.isna()).tolist() == [4]


def test_a_label_outside_the_coding_is_refused(export, write_export):
    export["p31"] = np.where(export["p31"] == 1, "Male", "Femal")
    said = (
        r"participants\.csv, column 'p31': 30 of 60 rows hold codes or labels outside the "
        r"coding of field 31 \(0, 1\); did you mean 'Female'\?; give codes or their labels"
    )
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", write_export(export))


def test_a_code_outside_the_coding_is_refused(export, write_export):
    export.loc[:2, "p1200_i2"] = 7
    with pytest.raises(InputError, match=r"p1200_i2.*3 of 60 rows.*field 1200"):
        read_cohort("simulated", write_export(export))


def test_a_repeated_id_is_refused_without_naming_it(export, write_export):
    export.loc[4, "eid"] = export.loc[3, "eid"]
    with pytest.raises(InputError, match="1 of 60 rows repeat an id") as caught:
        read_cohort("simulated", write_export(export))
    assert "90000004" not in str(caught.value)


def test_ids_that_are_no_numbers_are_refused(export, write_export):
    export["eid"] = export["eid"].astype(str) + "x"
    with pytest.raises(InputError, match="whole numbers"):
        read_cohort("simulated", write_export(export))


def test_a_folder_without_tables_is_refused(tmp_path):
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"found 1 file\(s\) and none with these"):
        read_cohort("simulated", tmp_path)
    with pytest.raises(InputError, match="there is nothing"):
        read_cohort("simulated", tmp_path / "nowhere")


@pytest.mark.parametrize("kept", [0, 1, 13])
def test_a_modality_without_all_of_its_columns_is_refused(export, write_export, kept):
    names = [f"p{e.id}_i2" for e in dictionary().values() if e.modality == "subcortical_volume"]
    ends = " … ".join(dict.fromkeys([names[kept], names[-1]]))
    said = rf"{14 - kept} of 14 columns of subcortical_volume are missing: {ends};"
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", write_export(export.drop(columns=names[kept:])))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300, 1.75, 0, 20_140_502])
def test_single_values_that_cannot_be_are_missing_and_counted(export, write_export, value):
    export["p12144_i2"] = export["p12144_i2"].astype(float)
    export.loc[[3, 7], "p12144_i2"] = value
    cohort = read_cohort("simulated", write_export(export))
    read = cohort.readings[Variable("12144", 2)]
    assert (read.people, read.beyond, read.expected) == (58, 2, (100, 230))
    assert (read.columns, read.files) == (("p12144_i2",), ("participants.csv",))
    assert read.conventions == ("Research Analysis Platform",)
    assert np.flatnonzero(cohort.values(Variable("12144", 2)).isna()).tolist() == [3, 7]
    assert sum(one.beyond for one in cohort.readings.values()) == 2


def _of(modality):
    return [f"p{one.id}_i2" for one in dictionary().values() if one.modality == modality]


def _exchanged(export):
    area, thickness = _of("surface_area"), _of("thickness")
    return export.rename(columns=dict(zip(area + thickness, thickness + area, strict=True)))


IMPLAUSIBLE = {
    "heights in metres": (
        lambda export: export.assign(p12144_i2=export["p12144_i2"] / 100),
        r"'p12144_i2': expected 100 to 230 cm \(field 12144, Height\), but 60 of 60 values lie "
        r"outside, but would not times 100, as in another unit; look up",
    ),
    "years of birth": (
        lambda export: export.assign(p21003_i2=2014 - export["p21003_i2"]),
        r"'p21003_i2': expected 44 to 95 years \(field 21003, .*\), but 60 of 60 values lie",
    ),
    "negative ages": (
        lambda export: export.assign(p21003_i2=-export["p21003_i2"]),
        "'p21003_i2': .* would not times -1",
    ),
    "ages at the first visit": (
        lambda export: export.assign(p21003_i2=export["p21003_i2"] - 10),
        "'p21003_i2': expected 44 to 95 years .* but 8 of 60 values lie outside;",
    ),
    "areas in square centimetres": (
        lambda export: export.assign(**export[_of("surface_area")] / 100),
        r"'p26722_i2': expected 24 to 9,741 mm\^2 .* would not times 100",
    ),
    "area and thickness exchanged": (
        _exchanged,
        r"'p26756_i2': expected 0.25 to 10 mm .* but 60 of 60 values lie",
    ),
    "dates": (
        lambda export: export.assign(p21001_i2=pd.to_datetime("2014-05-02")),
        "'p21001_i2': 60 of 60 rows hold text instead of numbers; give codes",
    ),
    "dates as numbers": (
        lambda export: export.assign(p12144_i2=20_140_502),
        "'p12144_i2': .* 60 of 60 values lie outside;",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), IMPLAUSIBLE.values(), ids=IMPLAUSIBLE)
def test_a_column_that_cannot_be_what_it_says_is_refused(export, write_export, spoil, said):
    with pytest.raises(InputError, match=rf"^participants\.csv, column {said}|^{said}") as caught:
        read_cohort("simulated", write_export(spoil(export)))
    assert "9000" not in str(caught.value)


def test_an_unknown_world_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'open'"):
        read_cohort("opn")


def test_a_table_that_is_cut_off_is_named(export, write_export):
    folder = write_export(export)
    (folder / "more.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match=r"more\.parquet cannot be read as a table"):
        read_cohort("simulated", folder)


def test_both_hemispheres_of_the_open_cohort_are_their_own(open_cohort):
    # Read by hand: the cell below a name, in the row of the person.
    for side, prefix in (("left", "lh"), ("right", "rh")):
        name = f"aomic-piop2/data-cortical_type-aparc_measure-thickness_hemi-{prefix}.tsv"
        header, *rows = (
            line.split("\t") for line in reference.fetch(name).read_text().splitlines()
        )
        row = next(row for row in rows if row[0] == "sub-0001")
        written = float(row[header.index(f"{prefix}_insula_thickness")])
        assert open_cohort.features("thickness").loc["sub-0001", f"{side}_insula"] == written


#: Answers of the first people to the question which diagnoses they were told, and with them who
#: is diagnosed with depression (11) and anxiety (15).
TOLD = [[11, 15], [15], [], [-818], [1, 11, 17], [14, 18], [15, -819]]
DEPRESSION = [1, 0, 0, np.nan, 1, 0, np.nan]
ANXIETY = [1, 1, 0, np.nan, 0, 0, np.nan]
LABELS = {
    11: "Depression",
    15: "Anxiety, nerves or generalized anxiety disorder",
    -818: "Prefer not to answer (group A)",
    -819: "Prefer not to answer",
    1: "Social anxiety or social phobia",
    17: "Agoraphobia",
    14: "Autism, Asperger's or autistic spectrum disorder",
    18: "attention deficit or attention deficit and hyperactivity disorder  (ADD/ADHD)",
}


def _joined(separator, words=str):
    return [separator.join(map(words, codes)) if codes else None for codes in TOLD]


def _array(first, name="p20544_a{}", kind=float):
    """Answers over columns, as many as somebody could give."""
    places = range(first, first + 4)
    padded = [[*map(kind, codes), *[None] * (4 - len(codes))] for codes in TOLD]
    return {name.format(p): [row[p - first] for row in padded] for p in places}


FORMS = {
    "bars": {"p20544": _joined("|")},
    "instance": {"participant.p20544_i0": _joined("|")},
    "commas": {"p20544": _joined(",")},
    "semicolons": {"p20544": _joined("; ")},
    "floats": {"p20544": _joined("|", lambda code: f"{code}.0")},
    "labels and bars": {"p20544": _joined("|", LABELS.get)},
    "labels and commas": {"p20544": _joined(",", LABELS.get)},
    "labels and semicolons": {"p20544": _joined("; ", LABELS.get)},
    "JSON": {"p20544": [json.dumps(codes) for codes in TOLD]},
    "JSON of text": {"p20544": [json.dumps(list(map(str, codes))) for codes in TOLD]},
    "JSON of labels": {"p20544": [json.dumps([LABELS[c] for c in codes]) for codes in TOLD]},
    "lists of Python": {"p20544": [str(list(map(str, codes))) for codes in TOLD]},
    "array": _array(0),
    "array with instance": _array(0, "p20544_i0_a{}"),
    "array from 1": _array(1),
    "array of whole numbers": _array(0, kind=str),
    "array of labels": _array(0, kind=LABELS.get),
    "array backwards": dict(reversed(_array(0).items())),
    "array and bars": _array(0) | {"p20544": _joined("|")},
}


def _diagnoses(folder):
    held = validation_measures(read_cohort("simulated", folder))
    return {name: held[(name, "diagnosis")].to_numpy() for name in ("depression", "anxiety")}


@pytest.mark.parametrize("table", ["participants.csv", "participants.parquet"])
@pytest.mark.parametrize("columns", FORMS.values(), ids=FORMS)
def test_diagnoses_are_the_same_in_every_form(export, write_export, columns, table):
    some = export.drop(columns="p20544").iloc[: len(TOLD)].assign(p20499=1, p20500=0, **columns)
    folder = write_export(some)
    if table.endswith(".parquet"):
        (folder / "participants.csv").unlink()
        some.to_parquet(folder / table)
    found = _diagnoses(folder)
    np.testing.assert_array_equal(found["depression"], DEPRESSION)
    np.testing.assert_array_equal(found["anxiety"], ANXIETY)


@pytest.mark.parametrize(
    "values",
    [
        TOLD,
        [list(map(str, codes)) for codes in TOLD],
        [[LABELS[c] for c in codes] for codes in TOLD],
    ],
    ids=["codes", "text", "labels"],
)
def test_diagnoses_may_be_lists_in_parquet(export, write_export, values):
    some = export.iloc[: len(TOLD)].assign(p20499=1, p20500=0).drop(columns="p20544")
    folder = write_export(some)
    (folder / "participants.csv").unlink()
    some.assign(p20544=values).to_parquet(folder / "participants.parquet")
    found = _diagnoses(folder)
    np.testing.assert_array_equal(found["depression"], DEPRESSION)
    np.testing.assert_array_equal(found["anxiety"], ANXIETY)


def test_a_column_of_one_answer_each_is_read(export, write_export):
    # Numbers with gaps are floats in every table.
    some = export.iloc[:4].assign(p20499=1, p20500=0, p20544=[11.0, np.nan, 15.0, -818.0])
    found = _diagnoses(write_export(some))
    np.testing.assert_array_equal(found["depression"], [1, 0, 0, np.nan])
    np.testing.assert_array_equal(found["anxiety"], [0, 0, 1, np.nan])


def test_without_the_field_of_diagnoses_nobody_is_called_healthy(export, write_export):
    some = export.drop(columns="p20544").assign(p20499=1, p20500=0)
    assert all(np.isnan(values).all() for values in _diagnoses(write_export(some)).values())


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("11|99", ""),
        ("Depresion", "; did you mean 'Depression'"),
        ("Depression, seasonal", ""),
        ("No depression", ""),
        ("11.5", ""),
        ("1115", ""),
    ],
)
def test_an_answer_outside_the_coding_is_refused(export, write_export, answer, hint):
    export.loc[[2, 5], "p20544"] = answer
    said = rf"p20544': 2 of 60 rows hold codes or labels outside the coding of field 20544 .*{hint}"
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", write_export(export))


def test_a_field_with_several_answers_is_known_by_the_dictionary():
    # In the public dictionary these have so many entries and the others one.
    many = {number: field.array for number, field in dictionary().items() if field.multiple}
    assert many == {"20544": 16, "6138": 6, "20003": 48}


def test_the_place_of_the_only_value_may_be_named(export, write_export):
    folder = write_export(export.rename(columns={"p31": "p31_i0_a0", "p1200_i2": "p1200_i2_a0"}))
    cohort = read_cohort("simulated", folder)
    assert cohort.values(Variable("31")).to_list() == export["p31"].to_list()
    assert cohort.values(Variable("1200", 2)).to_list() == export["p1200_i2"].to_list()


def test_a_second_value_of_a_field_with_one_is_refused(export, write_export):
    export["p31_a1"] = 1 - export["p31"]
    with pytest.raises(InputError, match=r"'p31_a1': field 31 has one value per visit"):
        read_cohort("simulated", write_export(export))


def _headed(folder, export, header):
    """Write a table below another header."""
    lines = export.to_csv(index=False).splitlines(keepends=True)
    (folder / "participants.csv").write_text("".join([",".join(header) + "\n", *lines[1:]]))
    return folder


REPEATED = {
    "twice": ("p21003_i2", "p21003_i2"),
    "renamed by pandas": ("p21003_i2", "p21003_i2.1"),
    "renamed by pandas, before": ("p21003_i2.1", "p21003_i2"),
    "with and without prefix": ("p21003_i2", "participant.p21003_i2"),
    "with and without place": ("p21003_i2_a0", "p21003_i2"),
}


@pytest.mark.parametrize("names", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_repeated_column_is_refused_where_it_differs(export, write_export, names, kind):
    folder = write_export(export)

    def write(second):
        table = pd.concat([export, second.rename("again")], axis=1)
        header = [{"p21003_i2": names[0], "again": names[1]}.get(c, c) for c in table]
        _headed(folder, table, header)
        if kind == "parquet":
            (folder / "participants.csv").unlink()
            columns = pa.Table.from_pandas(table.drop(columns="p20544"), preserve_index=False)
            kept = [name for c, name in zip(table, header, strict=True) if c != "p20544"]
            pa.parquet.write_table(columns.rename_columns(kept), folder / "participants.parquet")

    write(export["p21003_i2"])
    assert read_cohort("simulated", folder).values(Variable("21003", 2))[90_000_001] == 50
    other = export["p21003_i2"].where(export.index > 2)
    write(other)
    said = rf"columns '{names[0]}' and '{names[1]}', but 3 of 60 people differ"
    with pytest.raises(InputError, match=said):
        read_cohort("simulated", folder)


@pytest.mark.parametrize("names", [("p20544_a0", "participant.p20544_a0"), ("p20544", "p20544_a0")])
def test_repeated_columns_of_answers_are_refused_where_they_differ(export, write_export, names):
    some = export.drop(columns="p20544").assign(**{names[0]: "11", names[1]: "11"})
    assert read_cohort("simulated", write_export(some)).values(Variable("20544")).eq("11").all()
    some.loc[4:5, names[1]] = ["15", None]
    with pytest.raises(InputError, match=rf"'{names[0]}' and .*p20544_a0', but 2 of 60 people"):
        read_cohort("simulated", write_export(some))


def test_two_columns_of_ids_must_agree(export, write_export):
    export.insert(5, "participant.eid", export["eid"])
    assert len(read_cohort("simulated", write_export(export))) == 60
    export["participant.eid"] = export["eid"].to_numpy()[::-1]
    with pytest.raises(InputError, match=r"'eid' and 'participant\.eid', but 60 of 60 people"):
        read_cohort("simulated", write_export(export))


RAGGED = {
    "a comma behind every row": lambda rows: [rows[0], *(f"{row}," for row in rows[1:])],
    "row names without a name": lambda rows: [
        rows[0],
        *(f"{n},{row}" for n, row in enumerate(rows[1:])),
    ],
    "a row cut off": lambda rows: [rows[0], rows[1].rpartition(",")[0], *rows[2:]],
    "a value too many": lambda rows: [rows[0], "5," + rows[1], *rows[2:]],
}


@pytest.mark.parametrize("spoil", RAGGED.values(), ids=RAGGED)
@pytest.mark.parametrize("separator", [",", "\t"])
def test_rows_that_do_not_match_the_header_are_refused(export, write_export, spoil, separator):
    folder = write_export(export)
    path = folder / "participants.csv"
    rows = spoil(path.read_text().splitlines())
    if separator == "\t":
        path = path.rename(folder / "participants.TSV")
    path.write_text("\n".join(rows).replace(",", separator) + "\n")
    with pytest.raises(InputError, match=rf"^{path.name}: row 2 has \d+ fields, but the header"):
        read_cohort("simulated", folder)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "X"])
def test_a_column_of_row_numbers_changes_nothing(export, write_export, name):
    plain = read_cohort("simulated", write_export(export)).table
    export.insert(0, name, range(1, 61))
    pd.testing.assert_frame_equal(read_cohort("simulated", write_export(export)).table, plain)


@pytest.mark.parametrize("form", ["{}.0", " {}", "0{} ", '"{}"'])
def test_ids_are_whole_numbers_in_every_form(export, write_export, form):
    plain = read_cohort("simulated", write_export(export)).table
    folder = write_export(export)
    text = (folder / "participants.csv").read_text()
    for eid in export["eid"].iloc[20:]:
        text = text.replace(f"\n{eid},", f"\n{form.format(eid)},")
    (folder / "participants.csv").write_text(text)
    pd.testing.assert_frame_equal(read_cohort("simulated", folder).table, plain)
    # The same person once more, in the other form.
    (folder / "participants.csv").write_text(
        text.replace(f"\n{form.format(90_000_060)},", f"\n{form.format(90_000_003)},")
    )
    with pytest.raises(InputError, match="1 of 60 rows repeat an id"):
        read_cohort("simulated", folder)


@pytest.mark.parametrize("kind", [float, str, "string", "category", object])
def test_ids_in_parquet_may_be_of_another_type(export, write_export, kind):
    folder = write_export(export)
    plain = read_cohort("simulated", folder).table
    (folder / "participants.csv").unlink()
    export.astype({"eid": kind}).to_parquet(folder / "participants.parquet")
    pd.testing.assert_frame_equal(read_cohort("simulated", folder).table, plain)


@pytest.mark.parametrize("wrong", [np.nan, 90_000_001.5, -90_000_001])
def test_a_row_without_a_whole_id_is_refused(export, write_export, wrong):
    export["eid"] = export["eid"].astype(float)
    export.loc[7, "eid"] = wrong
    with pytest.raises(InputError, match=r"column 'eid': expected whole .* but 1 of 60 rows") as e:
        read_cohort("simulated", write_export(export))
    assert "9000" not in str(e.value)


@pytest.mark.parametrize("order", [1, -1], ids=["consecutive", "other"])
def test_ids_may_be_the_index_of_a_parquet(export, write_export, order):
    plain = read_cohort("simulated", write_export(export)).table
    folder = write_export(export)
    (folder / "participants.csv").unlink()
    shuffled = export.iloc[[0, *range(59, 0, -1)]] if order < 0 else export
    # pandas writes consecutive ids as their first and last.
    shuffled.set_index("eid").to_parquet(folder / "participants.parquet")
    pd.testing.assert_frame_equal(read_cohort("simulated", folder).table.sort_index(), plain)


@pytest.mark.parametrize(
    "name",
    [
        "._participants.csv",
        ".participants-x.parquet",
        "participants.csv~",
        "#participants.csv#",
        "~$participants.csv",
        "~$participants.xlsx",
        ".~lock.participants.csv#",
    ],
)
@pytest.mark.parametrize("content", [b"\0\xff", b"eid,p31\n1,0\n"], ids=["no table", "a table"])
def test_what_editors_leave_beside_the_table_is_not_read(export, write_export, name, content):
    folder = write_export(export)
    before = read_cohort("simulated", folder)
    (folder / name).write_bytes(content)
    after = read_cohort("simulated", folder)
    pd.testing.assert_frame_equal(after.table, before.table)
    assert after.inputs == before.inputs


def test_the_ending_of_a_table_may_be_in_capitals(export, write_export):
    folder = write_export(export)
    (folder / "participants.csv").rename(folder / "PARTICIPANTS.CSV")
    assert len(read_cohort("simulated", folder)) == 60
