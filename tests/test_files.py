"""Tables that mean what their header says, or are refused."""

from __future__ import annotations

import pytest

from transdx._files import check_rows
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
        ("id,a\np1,1\n".encode("utf-16"), "save it as UTF-8"),
        ('id,a\np1,"1\n' + "p2,2\n" * 2_000_000, "a quotation mark that is opened and never"),
    ],
    ids=["nothing", "empty lines", "names twice", "UTF-16", "a quotation mark"],
)
def test_what_is_no_table_is_said(table, text, said):
    with pytest.raises(InputError, match=said):
        check_rows(table(text), ",")


def test_no_cell_of_a_ragged_row_is_shown(table):
    with pytest.raises(InputError) as caught:
        check_rows(table("id,a\nsecret,1,\n"), ",")
    assert "secret" not in str(caught.value)
