"""People who have withdrawn: every list is found and read, or asked about."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest

from transdx.cli import main
from transdx.errors import InputError
from transdx.sources import read_cohort
from transdx.sources.withdrawals import lists_of

#: Ten of the sixty.
GONE = range(90_000_011, 90_000_021)
LINES = "".join(f"{eid}\n" for eid in GONE)


def _put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


NAMES = [
    "w12345_20240101.csv",
    "w12345_20240101.txt",
    "W12345_20240101.csv",
    "w12345_2024-01-01.csv",
    "w12345_20240101 (1).csv",
    "w12345.CSV",
    "w12345",
    "ukb_w12345_20240101.lst",
    "withdraw12345_123_20240101.txt",
    "withdrawals.csv",
    "Participants withdrawn.csv",
    "admin/lists/w12345_20240101.csv",
    "withdrawals/20240101.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_known_by_its_name(export, write_export, name):
    folder = write_export(export)
    _put(folder, name, LINES)
    cohort = read_cohort("simulated", folder)
    assert (cohort.lists, cohort.named, cohort.withdrawn, len(cohort)) == (1, 10, 10, 50)
    assert cohort.table.index.isin(GONE).sum() == 0


FORMS = {
    "heading": "eid\n" + LINES,
    "another heading": "Participant ID\n" + LINES,
    "quotes and a heading of R": '"x"\n' + "".join(f'"{eid}"\n' for eid in GONE),
    "byte-order mark": "\ufeff" + LINES,
    "wide characters": LINES.encode("utf-16"),
    "line ends of Windows": LINES.replace("\n", "\r\n"),
    "line ends of old": LINES.replace("\n", "\r"),
    "no last line end": LINES.strip(),
    "empty lines": "\n" + LINES.replace("\n", "\n\n"),
    "a comma behind each": LINES.replace("\n", ",\n"),
    "a column of dates": "eid,date\n" + LINES.replace("\n", ",2024-01-01\n"),
    "dates without hyphens": LINES.replace("\n", ",20240101\n"),
    "words beside": LINES.replace("\n", ";by letter\n"),
    "tabs": "id\treason\n" + LINES.replace("\n", "\tasked\n"),
    "the same id in two columns": "FID IID\n" + "".join(f"{eid} {eid}\n" for eid in GONE),
    "floats": LINES.replace("\n", ".0\n"),
    "zeros in front": "".join(f" 00{eid} \n" for eid in GONE),
    "one line, commas": ",".join(map(str, GONE)),
    "one line, spaces": " ".join(map(str, GONE)),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_list_is_read_in_every_form(export, write_export, content):
    folder = write_export(export)
    _put(folder, "w12345_20240101.csv", content)
    cohort = read_cohort("simulated", folder)
    assert (cohort.named, cohort.withdrawn) == (10, 10)
    assert set(cohort.table.index) == set(export["eid"]) - set(GONE)


def test_an_id_that_could_be_a_date_is_one_where_it_stands_alone(export, write_export):
    export["eid"] -= 90_000_001 - 20_110_101
    cohort = read_cohort("simulated", write_export(export, withdrawn=[20_110_103, 20_110_107]))
    assert (cohort.named, cohort.withdrawn) == (2, 2)


QUESTIONS = {
    "two columns of ids": ("".join(f"{e},{e + 99}\n" for e in GONE), "10 of its 10 lines hold sev"),
    "row numbers of R": ('"","x"\n"1",90000011\n"2",90000012\n', "2 of its 2 lines hold several"),
    "lines of several": ("90000011,90000012\n90000013,\n", "1 of its 2 lines hold several"),
    "rounded": ("1e+07\n90000012\n", "1 of its 2 lines hold no id"),
    "rounded, alone": ("1.000001e6\n", "1 of its 1 lines hold no id"),
    "letters before": ("UKB1000001\n", "1 of its 1 lines hold no id"),
    "below zero": ("-90000011\n-90000012\n", "2 of its 2 lines hold no id"),
    "a last line of words": (LINES + "Total\n", "1 of its 11 lines hold no id"),
    "words alone": ("see the mail\n", "it holds words alone"),
    "a table": ("eid,p31\n90000011,1\n", "it has columns of fields"),
    "a table of labels": ("eid,p31\n90000011,Male\n", "it has columns of fields"),
    "a workbook": (b"PK\x03\x04\xff\x00", "it is no text"),
    "Latin-1": ("90000011;refusé\n".encode("latin-1"), "it is no text"),
}


@pytest.mark.parametrize("name", ["w12345_20240101.csv", "sub/withdrawn.xlsx"])
@pytest.mark.parametrize(("content", "said"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_list_that_cannot_be_understood_is_asked_about(export, write_export, content, said, name):
    folder = write_export(export)
    _put(folder, name, content)
    with pytest.raises(InputError, match=f"^{name} has the name of a list .* but {said}") as caught:
        read_cohort("simulated", folder)
    assert "write one participant id per line, or name it otherwise" in str(caught.value)
    assert "900000" not in str(caught.value)


@pytest.mark.parametrize("name", ["ids.csv", "gone.txt", "2024", "lists/removed.tsv"])
@pytest.mark.parametrize(
    "content",
    [
        LINES,
        "eid\n" + LINES,
        LINES.replace("\n", ",\n"),
        LINES.replace("\n", ",2024-01-01\n"),
        LINES.replace("\n", "\r\n") * 1000,
    ],
    ids=["ids", "heading", "commas", "dates", "long"],
)
def test_ids_under_another_name_are_asked_about(export, write_export, name, content):
    folder = write_export(export)
    _put(folder, name, content)
    with pytest.raises(InputError, match=f"^{name} holds nothing but participant ids"):
        read_cohort("simulated", folder)


def test_a_parquet_of_ids_alone_is_asked_about(export, write_export):
    folder = write_export(export)
    export[["eid"]].iloc[:3].to_parquet(folder / "gone.parquet")
    with pytest.raises(InputError, match=r"^gone\.parquet holds nothing but participant ids"):
        read_cohort("simulated", folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("white_matter.csv", "eid,area\n90000011,5\n"),
        ("wave2.csv", "eid,area\n90000011,5000000\n"),
        ("dates.csv", "eid,p53_i2\n90000011,2020-01-01\n"),
        ("volumes.txt", "1\n2\n3\n"),
        ("words.txt", "Made in 2024\n"),
        ("empty.txt", "\n"),
        (".w12345_20240101.csv", LINES),
        ("w12345_20240101.csv~", LINES),
        (".ipynb_checkpoints/w12345_20240101.csv", LINES),
        ("90000011_20227_2_0/w12345.txt", LINES),
        ("connectomes_i3/withdrawn.txt", LINES),
    ],
)
def test_what_is_no_list_withdraws_nobody(export, write_export, name, content):
    folder = write_export(export)
    _put(folder, name, content)
    cohort = read_cohort("simulated", folder)
    assert (cohort.lists, cohort.withdrawn, len(cohort)) == (0, 0, 60)


def test_lists_beside_a_table_that_is_named_itself_count(export, write_export):
    folder = write_export(export)
    _put(folder, "withdrawals.txt", LINES)
    _put(folder, "other/w12345.csv", "90000001\n")
    cohort = read_cohort("simulated", folder / "participants.csv")
    assert (cohort.lists, cohort.withdrawn, len(cohort)) == (1, 10, 50)


def test_a_table_that_is_named_itself_is_a_table_whatever_its_name(export, write_export):
    folder = write_export(export)
    table = (folder / "participants.csv").rename(folder / "w12345_participants.csv")
    assert len(read_cohort("simulated", table)) == 60


def test_lists_add_up_and_come_in_by_links(export, write_export, tmp_path):
    folder = write_export(export)
    _put(folder, "w12345_20240101.csv", "90000011\n90000012\n7\n")
    _put(tmp_path, "elsewhere/w12345_20250101.csv", "90000012\n90000013\n")
    (folder / "older").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    cohort = read_cohort("simulated", folder)
    assert (cohort.lists, cohort.named, cohort.withdrawn, len(cohort)) == (2, 4, 3, 57)


def test_no_hash_of_a_list_is_kept_from_which_its_ids_follow(export, write_export):
    folder = write_export(export, withdrawn=[90_000_003])
    _put(folder, "older/w12345_20240101.csv", LINES)
    inputs = read_cohort("simulated", folder).inputs
    table = hashlib.sha256((folder / "participants.csv").read_bytes()).hexdigest()
    assert inputs == {"participants.csv": table}


def test_nothing_of_withdrawn_people_is_looked_at(export, write_export):
    export["p1200_i0"] = export["p1200_i0"].astype(object)
    export.loc[3, "p1200_i0"] = "gone"
    folder = write_export(export, withdrawn=[int(export.loc[3, "eid"])])
    assert len(read_cohort("simulated", folder)) == 59


def test_people_withdrawn_from_two_tables_count_once(export, write_export):
    folder = write_export(export.drop(columns="p31"), withdrawn=[90_000_003])
    export[["eid", "p31"]].to_csv(folder / "sex.csv", index=False)
    cohort = read_cohort("simulated", folder)
    assert (cohort.withdrawn, len(cohort)) == (1, 59)


def test_a_folder_that_cannot_be_looked_into_stops_the_run(export, write_export, monkeypatch):
    folder = write_export(export)
    (folder / "closed").mkdir()
    look = os.scandir

    def refuse(place):
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(place))
        return look(place)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        read_cohort("simulated", folder)


def test_there_are_no_lists_where_there_is_nothing(tmp_path):
    path = _put(tmp_path, "w12345_20240101.csv", LINES)
    assert lists_of(tmp_path / "nowhere") == []
    assert lists_of(tmp_path / "no" / "where") == []
    assert lists_of(tmp_path) == [path]


def _told(capsys, world, folder):
    assert main(["check", "--world", world, "--data", str(folder)]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    return next(line for line in lines if line.startswith("withdrawn")).split(maxsplit=1)[1]


def test_check_counts_the_people_on_the_lists(export, write_export, capsys):
    folder = write_export(export)
    none = "No list of withdrawn people was found"
    assert _told(capsys, "simulated", folder) == none
    _put(folder, "w12345_20240101.csv", LINES + "7\n")
    one = "1 list of withdrawn people: 11 on it, 10 of these in the data"
    assert _told(capsys, "simulated", folder) == one
    _put(folder, "withdrawn/new.txt", "90000001\n")
    two = "2 lists of withdrawn people: 12 on them, 11 of these in the data"
    assert _told(capsys, "simulated", folder) == two


def test_check_does_not_tell_few_real_people_apart(export, write_export, capsys):
    export["eid"] -= 89_000_000
    few = [int(eid) for eid in export["eid"].iloc[:4]]
    folder = write_export(export, withdrawn=few)
    shown = "1 list of withdrawn people: {} on it, {} of these in the data"
    expected = shown.format("fewer than 5", "fewer than 5")
    assert _told(capsys, "ukb", folder) == expected
    write_export(export, withdrawn=[*few, int(export["eid"].iloc[4])])
    assert _told(capsys, "ukb", folder) == shown.format(5, 5)
    write_export(export, withdrawn=list(np.arange(9)))
    assert _told(capsys, "ukb", folder) == shown.format(9, 0)
