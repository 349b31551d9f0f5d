"""What may not leave is planted in a finished folder, a kind at a time, and each is found."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from transdx.audit import audit, hashes_of, refuse
from transdx.cli import main
from transdx.errors import TransdxError

#: An id that is drawn, so that no real one stands in a file.
ID = int(np.random.default_rng().integers(1_000_000, 6_999_999))
PEOPLE = 214
FLOW = f"step,label,excluded,remaining\nsource,In the data,0,300\nall,All,86,{PEOPLE}\n"
BANNER = '<div class="transdx-banner" data-world="{}">Data</div>'
VALUES = [round(0.1 * one, 1) for one in range(PEOPLE - 2)]


def _page(body, world="ukb"):
    return f"<html><body>{BANNER.format(world)}<article>{body}</article></body></html>"


def _table(header, *cells):
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    head = "".join(f"<th>{name}</th>" for name in header)
    return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"


def _notebook(text):
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    cell = {"cell_type": "code", "source": [], "outputs": [output], "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _scatter():
    figure, drawing = Figure(), io.StringIO()
    figure.subplots().scatter(VALUES, VALUES)
    figure.savefig(drawing, format="svg")
    return drawing.getvalue()


def _line():
    figure, drawing = Figure(), io.StringIO()
    # A line that turns at each of its points, so that none is left out.
    figure.subplots().plot(VALUES, [one % 2 for one in range(len(VALUES))])
    figure.savefig(drawing, format="svg")
    return drawing.getvalue()


def _picture(**notes):
    figure, drawing = Figure(figsize=(1, 1)), io.BytesIO()
    figure.savefig(drawing, format="png", metadata=notes)
    return drawing.getvalue()


def _zip(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _parquet(table):
    packed = io.BytesIO()
    table.to_parquet(packed)
    return packed.getvalue()


def _array():
    packed = io.BytesIO()
    np.save(packed, np.zeros(3))
    return packed.getvalue()


LIST = f"{ID}\n".encode()
EACH = pd.DataFrame({"age": [*VALUES, 1.0, 2.0], "score": 0.0})
#: By what is planted: the file, what is in it, where it is found and what is said.
PLANTED = {
    "an id on a page": ("a.html", _page(f"<p>Person {ID} said</p>"), "line 1", "the id of"),
    "an id in a text for the blind": ("a.html", _page(f'<img alt="{ID}">'), "line 1", "the id of"),
    "an id in the search index": ("searchindex.js", f'Search({{"a":["{ID}"]}})', "", "the id of"),
    "an id in an output": ("a.ipynb", _notebook(f"found {ID}"), "line 1", "the id of"),
    "an id in a bulk name": ("log.txt", f"x\n{ID}_31014_2_0.zip", "line 2", "the id of"),
    "an id as the name of a file": (f"b/{ID}.txt", "", "its name", "the id of"),
    "an id in an archive": ("a.zip", _zip("b/c.md", f"of {ID}"), "line 1", "the id of"),
    "an id in the metadata of a picture": ("a.png", _picture(Author=f"{ID}"), "line", "the id of"),
    "an id in a table of numbers": ("a.csv", f"a,b\n0.5,{ID}\n", "line 2", "the id of"),
    "a known id as a decimal": ("a.csv", f"a,b\n0.5,{ID}.0\n", "line 2", "the id of"),
    "a column of ids": ("a.csv", "f.eid,x\n" + "7,1\n" * 9, "column f.eid", "a column of ids"),
    "rows of people": ("a.csv", EACH.to_csv(index=False), "", "a row for each person"),
    "rows of people in Parquet": ("a.parquet", _parquet(EACH), "", "a row for each person"),
    "how many rows": ("a.ipynb", _notebook(f"[{PEOPLE} rows x 2 columns]"), "line", "row"),
    "arrays": ("a.npy", _array(), "", "a file of arrays"),
    "numbers of people": ("data.json", json.dumps({"x": VALUES}), "line 1", "a number for each"),
    "numbers on a page": ("a.html", _page(f"<script>x={VALUES}</script>"), "line", "each"),
    "points of people": ("a.svg", _scatter(), "line", "a mark for each person"),
    "points of a line": ("a.svg", _line(), "line", "a point for each person"),
    "a count in a file": ("a.csv", "feature,n\nx,60\ny,3\n", "row 2, column n", "fewer than 5"),
    "a count on a page": (
        "a.html", _page(_table(["Step", "Left out"], "No images", "3")),
        "table 1, row 1, column Left out", "fewer than 5",
    ),
    "a count in words": ("a.html", _page("<p>There were 3 men.</p>"), "", "words that count"),
    "a path": ("a.html", _page("<p>read from /home/ann/data</p>"), "line 1", "/home/ann/data"),
    "a path in metadata": ("a.png", _picture(Source="/home/ann/a.py"), "line", "/home/ann/a.py"),
    "the hash of a list": (
        "manifest.json", json.dumps({"inputs": {"w12345_20250101.csv": "0a" * 32}}),
        "line 1", "the hash of a list",
    ),
    "the hash of a list under another name": (
        "a.json", hashlib.sha256(LIST).hexdigest(), "line 1", "the hash of an id, or of a list",
    ),
    "the hash of an id": ("a.txt", hashlib.md5(f"{ID}".encode()).hexdigest(), "line 1", "hash"),
}  # fmt: skip


def _look(folder):
    return audit(folder, people={ID}, hashes=hashes_of({ID}, [LIST]))


@pytest.mark.parametrize(("name", "content", "place", "said"), PLANTED.values(), ids=PLANTED)
def test_what_may_not_leave_is_found_wherever_it_is(tmp_path, name, content, place, said):
    (tmp_path / "flow.csv").write_text(FLOW)
    assert _look(tmp_path).violations == []
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = _look(tmp_path).violations
    assert found
    assert any(place in str(one) and said in one.what for one in found)
    assert all(one.file.startswith(name.replace(str(ID), "*" * 7)) for one in found)
    if said == "the id of" and f"{ID}.0" not in str(content):
        # Without the export at hand, too.
        assert audit(tmp_path).violations
    with pytest.raises(TransdxError, match="the book would tell of single people"):
        refuse(_look(tmp_path), "the book")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", _page(_table(["Step", "Left out"], "No images", "3"), world="simulated")),
        ("a.html", _page("<p>There were 3 men.</p>", world="open")),
        ("a.csv", "feature,n,world\nx,3,simulated\n"),
        ("a.html", _page(_table(["Step", "Left out"], "No images", "5"))),
        ("a.html", _page("<p>1,234,567 people, PMC3683830, 10.1038/s41398-020-01109-5, 3 regions")),
        ("a.txt", "hash 0123456789abcdef3456789 of 1234567.25 and 12345678"),
        ("a.json", json.dumps([0.5] * 100)),
        ("a.csv", "feature,beta\n" + "x,0.5\n" * PEOPLE),
    ],
)
def test_what_may_leave_does(tmp_path, name, content):
    (tmp_path / "flow.csv").write_text(FLOW)
    (tmp_path / name).write_text(content)
    assert _look(tmp_path).violations == []


def test_the_command_writes_a_report_that_names_no_id(tmp_path, capsys):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").write_text(_page(f"<p>{ID}</p>"))
    (tmp_path / "site" / "b.bin").write_bytes(b"\xff\xfe\xfa\x80")
    assert main(["disclose", str(tmp_path / "site")]) == 1
    said = capsys.readouterr().out
    report = json.loads((tmp_path / "site_disclosure.json").read_text())
    assert [one["file"] for one in report["violations"]] == ["a.html"]
    assert report["unread"] == ["b.bin"]
    text = (tmp_path / "site_disclosure.txt").read_text()
    assert "2 files, 1 violations" in text
    assert str(ID) not in said + text + json.dumps(report)
    (tmp_path / "site" / "a.html").write_text(_page("<p>nobody</p>"))
    assert main(["disclose", str(tmp_path / "site")]) == 0
    assert main(["disclose", str(tmp_path / "nowhere")]) == 2
