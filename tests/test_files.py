"""Files and folders appear whole, with the rights that the reader's umask gives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx._files import atomic_folder, atomic_path
from transdx._tables import write_frame
from transdx.connectomes import write_connectomes
from transdx.results import Findings, save_findings
from transdx.simulate import simulate


@pytest.fixture(params=[0o077, 0o022, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


FLOW = pd.DataFrame({"step": ["a"], "label": ["A"], "excluded": [0], "remaining": [9]})


def rights(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o7777
        for path in sorted(folder.rglob("*"))
    }


def test_what_is_written_has_the_rights_of_the_umask(umask: int, tmp_path: Path) -> None:
    blank = np.zeros((2, len(atlas.connections())))
    save_findings(Findings("open", {"flow": FLOW}, {}), tmp_path / "run")
    write_connectomes(tmp_path / "export", [7, 8], [{"structural_connectivity": blank}])
    write_frame(pd.DataFrame({"n": [1]}), tmp_path / "deep" / "table.csv")
    found = rights(tmp_path)
    assert {"run", "export/connectomes_i2", "deep/table.csv"} <= set(found)
    for name, mode in found.items():
        wanted = (0o777 if (tmp_path / name).is_dir() else 0o666) & ~umask
        assert oct(mode) == oct(wanted), name


def test_a_simulated_export_has_the_rights_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        simulate(tmp_path / "export", participants=60, seed=3, time_series=2)
    finally:
        os.umask(before)
    folders = {oct(m) for name, m in rights(tmp_path).items() if (tmp_path / name).is_dir()}
    files = {oct(m) for name, m in rights(tmp_path).items() if (tmp_path / name).is_file()}
    assert (folders, files) == ({"0o750"}, {"0o640"})


def test_a_folder_shared_by_a_group_stays_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    with atomic_folder(tmp_path / "run") as building:
        (building / "a").write_text("")
    assert (tmp_path / "run").stat().st_mode & 0o2000


def spoil(path: Path) -> None:
    path.write_text("after")
    raise OSError("disk is full")


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in ("run/a", "b"):
        (tmp_path / name).write_text("before")
    with pytest.raises(OSError, match="full"), atomic_folder(tmp_path / "run") as building:
        spoil(building / "a")
    with pytest.raises(OSError, match="full"), atomic_path(tmp_path / "b") as temporary:
        spoil(temporary)
    assert sorted(rights(tmp_path)) == ["b", "run", "run/a"]
    assert {(tmp_path / name).read_text() for name in ("run/a", "b")} == {"before"}


def test_a_folder_is_replaced_with_all_it_held(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "old").write_text("")
    with atomic_folder(tmp_path / "run") as building:
        (building / "new").write_text("")
    assert sorted(rights(tmp_path)) == ["run", "run/new"]
