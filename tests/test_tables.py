"""Tables that mean what their header says, or are refused."""

from __future__ import annotations

import pandas as pd
import pytest

from transdx._tables import check_rows, read_frame
from transdx.errors import InputError


@pytest.fixture
def table(tmp_path):
    """Write a table byte by byte."""

    def write(text: str | bytes, name: str = "t.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


RAGGED = {
    "a separator behind every row": ("id,a\np1,1,\np2,2,\n", "row 2 has 3 fields"),
    "row names without a header": ("a,b\np1,1,2\np2,3,4\n", "row 2 has 3 fields"),
    "one row too long": ("id,a\np1,1\np2,2,3\n", "row 3 has 3 fields"),
    "a row cut off": ("id,a,b\np1,1,2\np2,2", "row 3 has 2 fields"),
    "a row of one word": ("id,a\np1,1\n\nend\n", "row 3 has 1 field,"),
    "rows behind a quoted line break": ('id,a\np1,"1\n,"\np2\n', "row 3 has 1 field,"),
    "line ends of Windows": ("id,a\r\np1,1\r\np2,2,3\r\n", "row 3 has 3 fields"),
}


@pytest.mark.parametrize(("text", "said"), RAGGED.values(), ids=RAGGED)
def test_a_row_that_does_not_match_its_header_is_refused_by_its_number(table, text, said):
    with pytest.raises(InputError, match=f"^t.csv: {said}.* the header .row 1. has [23]; "):
        check_rows(table(text), ",")


def test_a_ragged_row_is_found_far_from_the_header(table):
    text = "id,a\n" + "p,1\n" * 2_000_000 + "p,1,2\n"
    with pytest.raises(InputError, match="row 2,000,002 has 3 fields"):
        check_rows(table(text), ",")


def test_the_header_is_given_without_its_byte_order_mark_and_quotes(table):
    text = '\ufeff"id","a, left"\r\np1,"1,5"\r\n'
    assert check_rows(table(text), ",") == ["id", "a, left"]
    assert check_rows(table("id\ta\np1\t1\n"), "\t") == ["id", "a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,a,b,a,b\np1,1,2,3,4\n", "has the columns a, b more than once"),
        ("id,a\np1,1\n".encode("utf-16"), "is not UTF-8 text; save it as UTF-8"),
        ("id,a\np1,1\np\xe4,1\n".encode("latin-1"), "is not UTF-8 text; save it as UTF-8"),
        ('id,a\np1,"1\n' + "p2,2\n" * 9, "row 2 .* a quotation mark that is never closed"),
        ('id,a\np1,"1\n' + "p2,2\n" * 99_999, "row 2 .* a quotation mark that is never closed"),
    ],
    ids=[
        "nothing",
        "empty lines",
        "names twice",
        "UTF-16",
        "Latin-1",
        "a mark",
        "far from its end",
    ],
)
def test_what_is_no_table_is_said(table, text, said):
    with pytest.raises(InputError, match=said):
        check_rows(table(text), ",")


def test_no_cell_of_a_ragged_row_is_shown(table):
    with pytest.raises(InputError) as caught:
        check_rows(table("id,a\nsecret,1,\n"), ",")
    assert "secret" not in str(caught.value)


def test_a_text_table_is_read_by_its_first_column_as_written(table):
    expected = pd.DataFrame({"a": [1.5, 2.0]}, index=pd.Index(["007", "1.0"], name="eid"))
    forms = {
        "t.csv": "eid,a\n007,1.5\n1.0,2\n",
        "t.tsv": "eid\ta\n007\t1.5\n1.0\t2\n",
        "T.CSV": "\ufeffeid,a\r\n007,1.5\r\n1.0,2\r\n",
        "quoted.csv": '"eid","a"\n"007","1.5"\n"1.0","2"\n',
        "lines.csv": "\n\neid,a\n\n007,1.5\n1.0,2\n\n",
    }
    for name, text in forms.items():
        pd.testing.assert_frame_equal(read_frame(table(text, name)), expected)


def test_white_space_around_names_belongs_to_no_name(table):
    read = read_frame(table(' eid , a,"b "\n7,1,2\n'))
    assert read.index.name == "eid"
    assert list(read) == ["a", "b"]
    with pytest.raises(InputError, match="column a more than once"):
        read_frame(table("eid,a, a\n7,1,2\n"))
    with pytest.raises(InputError, match="column 3 has no name"):
        read_frame(table("eid,a, \n7,1,2\n"))


@pytest.mark.parametrize("named", [True, False])
def test_parquet_holds_its_ids_as_index_or_as_first_column(tmp_path, named):
    frame = pd.DataFrame({"a": [1.5, 2.0]}, index=pd.Index([7, 1], name="eid"))
    (frame if named else frame.reset_index()).to_parquet(tmp_path / "t.PARQUET")
    pd.testing.assert_frame_equal(read_frame(tmp_path / "t.PARQUET"), frame)


def test_parquet_with_an_index_of_two_columns_is_read_as_it_is(tmp_path):
    frame = pd.DataFrame({"FID": [1, 2], "IID": [1, 2], "a": [1.5, 2]}).set_index(["FID", "IID"])
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_frame(tmp_path / "t.parquet").index.nlevels == 2


COUNTED = {
    "write.csv of R": '"","eid","a"\n"1",107,1\n"2",105,2\n',
    "to_csv of pandas": ",eid,a\n0,107,1\n1,105,2\n",
    "read again by pandas": "Unnamed: 0,eid,a\n0,107,1\n1,105,2\n",
    "without an id": ",a\n1,1\n2,2\n",
    "read again by R": "X,code,a\n1,107,1\n2,105,2\n",
    "read again by pandas, quoted": '"index","code","a"\n0,107,1\n1,105,2\n',
    "row names of R": "rowname,code,a\n1,107,1\n2,105,2\n",
}


@pytest.mark.parametrize("text", COUNTED.values(), ids=COUNTED)
def test_row_numbers_are_no_ids(table, text):
    with pytest.raises(InputError, match="counts the rows, as R and pandas write row numbers"):
        read_frame(table(text))


def test_row_numbers_of_parquet_are_no_ids(tmp_path):
    frame = pd.DataFrame({"a": [1.5, 2.0, 3]})
    frame.set_axis(pd.Index([0, 1, 2])).to_parquet(tmp_path / "t.parquet", index=True)
    # A range is not stored; a column of the same numbers is.
    frame.set_axis(pd.Index([1, 2, 3])).to_parquet(tmp_path / "u.parquet", index=True)
    pd.read_parquet(tmp_path / "u.parquet").reset_index().rename(columns={"index": ""}).to_parquet(
        tmp_path / "v.parquet"
    )
    for name in ("t", "u", "v"):
        with pytest.raises(InputError, match="counts the rows"):
            read_frame(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize(
    "text", [",a\np1,1\np2,2\n", "id,a\n1,1\n2,2\n", ",a\n2,1\n1,2\n", "X,a\n7,1\n9,2\n"]
)
def test_ids_without_a_name_and_ids_that_count_are_ids(table, text):
    assert read_frame(table(text))["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id;a\np1;1\n", "seem to be separated by semicolons, but those of a .csv file are by com"),
        ("id\ta\np1\t1\n", "seem to be separated by tabs"),
        ("id,a,\np1,1,\n", "column 3 has no name"),
        ('id,a\np1,"1\np2,2\n', "row 2 cannot be split into fields"),
    ],
)
def test_a_table_in_another_form_is_refused(table, text, said):
    with pytest.raises(InputError, match=said):
        read_frame(table(text))
