"""Findings on disk: what is damaged is told as damage, and what the system refuses is not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from transdx.connectomes import open_connectomes, write_connectomes
from transdx.errors import InputError, TransdxError
from transdx.findings.run import open_run
from transdx.results import Findings, load_findings, save_findings

FLOW = pd.DataFrame({"step": ["a"], "label": ["A"], "excluded": [0], "remaining": [9]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "results" / "open-quick"
    save_findings(Findings("open", {"flow": FLOW}, {}), made)
    return made


REFUSED = [
    (MemoryError(), MemoryError),
    (pa.ArrowMemoryError("malloc of size 9 failed"), MemoryError),
    *(
        (OSError(number, os.strerror(number)), kind)
        for number, kind in (
            (errno.ENOMEM, MemoryError),
            (errno.EMFILE, OSError),
            (errno.EACCES, PermissionError),
            (errno.ENOSPC, OSError),
        )
    ),
]


@pytest.mark.parametrize(("raised", "kind"), REFUSED, ids=lambda one: repr(one))
def test_what_the_system_refuses_is_said_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise raised

    blank = np.zeros((2, 3321))
    write_connectomes(folder, [7, 8], [{"structural_connectivity": blank}])
    monkeypatch.setattr(np, "load", refuse)
    monkeypatch.setattr(pd, "read_parquet", refuse)
    for read in (load_findings, open_connectomes):
        with pytest.raises(kind) as caught:
            read(folder)
        assert not isinstance(caught.value, TransdxError)
    # Nor are findings made anew whose manifest could not be opened.
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(type(raised)):
        open_run(root=folder.parents[1], world="open")


def test_every_damage_of_a_table_is_told_as_damage(folder: Path) -> None:
    table = folder / "flow.parquet"
    whole = table.read_bytes()
    told = []
    for place in range(0, len(whole), 13):
        table.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        try:
            load_findings(folder)
        except TransdxError as error:
            told.append(str(error))
    assert len(told) > 20
    assert {"remove the folder, and make it again" in text for text in told} == {True}


def test_a_damaged_connectome_is_told_as_damage(tmp_path: Path) -> None:
    blank = np.zeros((2, 3321))
    made = write_connectomes(tmp_path, [7, 8], [{"structural_connectivity": blank}])
    (made / "structural_connectivity.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match="remove the folder connectomes_i2 and make it again"):
        open_connectomes(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", None])
def test_without_a_whole_manifest_a_run_is_not_finished(folder: Path, text: str | None) -> None:
    (folder / "manifest.json").unlink()
    if text is not None:
        (folder / "manifest.json").write_text(text)
    with pytest.raises(TransdxError, match="holds no finished run"):
        load_findings(folder)
