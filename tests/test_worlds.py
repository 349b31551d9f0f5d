"""A world is never assumed for data that a user names, and never the wrong one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transdx.cli import main
from transdx.errors import InputError
from transdx.run import plan
from transdx.simulate.people import FIRST_ID
from transdx.sources import TRUTH, read_cohort, world_of
from transdx.sources.origin import LARGEST_ID, check_people


@pytest.fixture
def real(export):
    """The same people under ids like those of UK Biobank, invented here."""
    ids = 1_000_000 + np.random.default_rng().choice(5_000_000, len(export), replace=False)
    return export.assign(eid=ids)


def _everything(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


SIMULATED_AS_REAL = "60 of 60 ids in the export have more than seven digits"
REAL_AS_SIMULATED = "60 of 60 ids in the export have at most seven digits"


@pytest.mark.parametrize("command", ["run", "book", "check", "claims"])
@pytest.mark.parametrize(
    ("people", "truth", "words", "sentence"),
    [
        ("real", False, [], "does not say whether its people are real"),
        ("simulated", False, [], "does not say whether its people are real"),
        ("real", True, [], REAL_AS_SIMULATED),
        ("real", False, ["--world", "simulated"], REAL_AS_SIMULATED),
        ("simulated", True, ["--world", "ukb"], SIMULATED_AS_REAL),
        ("simulated", True, ["--world", "open"], "world 'open' is fetched and takes no folder"),
    ],
)
def test_a_wrong_world_is_refused_before_anything_is_written(
    command,
    people,
    truth,
    words,
    sentence,
    export,
    real,
    write_export,
    tmp_path,
    capsys,
    monkeypatch,
):
    data = write_export(real if people == "real" else export)
    if truth:
        (data / TRUTH).write_text("modality,feature,score,planted\n")
    for name in ("_config.yml", "_toc.yml"):
        (tmp_path / name).write_text("format: jb-book\nroot: book/index\n")
    for folder in ("notebooks", "book"):
        (tmp_path / folder).mkdir()
    (tmp_path / "book" / "index.md").write_text("# A book\n")
    monkeypatch.chdir(tmp_path)
    before = _everything(tmp_path)
    assert main([command, "--data", str(data), *words]) == 2
    *steps, last = capsys.readouterr().err.splitlines()
    assert last.startswith("transdx: ")
    assert sentence in last
    assert command == "book" or not steps
    assert _everything(tmp_path) == before


def test_a_simulated_export_says_so_itself(export, write_export, capsys):
    data = write_export(export)
    (data / TRUTH).write_text("modality,feature,score,planted\n")
    assert world_of(data) == plan(data=data).world == "simulated"
    assert main(["check", "--data", str(data)]) == 1
    assert "60" in capsys.readouterr().out
    assert plan().world == "simulated"


def test_the_folder_that_one_stands_in_is_data_too(real, write_export, monkeypatch, capsys):
    monkeypatch.chdir(write_export(real))
    assert main(["run", "--data", "."]) == 2
    assert "does not say whether its people are real" in capsys.readouterr().err


@pytest.mark.parametrize("other", [-1, 0, 1_234_567, LARGEST_ID])
def test_simulated_people_never_pass_for_real_ones(export, write_export, other):
    export.loc[20, "eid"] = other
    data = write_export(export)
    for world in ("ukb", "simulated"):
        with pytest.raises(InputError, match=r"(1|59) of 60 (ids in the export|rows hold none)"):
            read_cohort(world, data)


def test_one_simulated_person_among_real_ones_is_refused(real, write_export):
    real.loc[59, "eid"] = FIRST_ID
    with pytest.raises(InputError, match=r"1 of 60 ids .* or take their rows away"):
        read_cohort("ukb", write_export(real))


@pytest.mark.parametrize("rows", [1, 59, 60])
def test_people_without_an_id_of_their_own_are_refused(rows):
    ids = pd.Index([-1] * rows + [FIRST_ID] * (60 - rows))
    for world in ("ukb", "simulated"):
        with pytest.raises(InputError, match=rf"^{rows} of 60 ids in the export are below 1"):
            check_people(ids, world=world)
    with pytest.raises(InputError, match=r"^1 of 2 ids in the export are below 1"):
        check_people(pd.Index([0, 1]), world="ukb")


def test_real_people_are_read_as_such(real, write_export):
    assert len(read_cohort("ukb", write_export(real))) == 60
    assert LARGEST_ID < FIRST_ID
