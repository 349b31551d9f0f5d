"""Every wrong input: its sentence to the letter, its exit code, and nothing half-written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests import bad_inputs

from transdx.cli import main
from transdx.errors import InputError
from transdx.sample import draw_sample
from transdx.sources import read_cohort

#: What is said, by kind and by what is wrong; ``{}`` stands for the folder.
SAYS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _there(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _said(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Give the one line that a command ends with, which must not have written anything."""
    before = _there(folder)
    assert main(words) == 2
    assert _there(folder) == before
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.replace(str(folder), "{}").splitlines()
    return line.removeprefix("transdx: ")


def test_there_is_a_sentence_for_each() -> None:
    kinds = {
        "tables": bad_inputs.OF_TABLES,
        "words": bad_inputs.OF_WORDS,
        "exports": bad_inputs.OF_EXPORTS,
    }
    assert {kind: set(says) for kind, says in SAYS.items()} == {
        kind: set(wrong) for kind, wrong in kinds.items()
    }
    assert sum(map(len, kinds.values())) >= 120


@pytest.mark.parametrize("wrong", bad_inputs.OF_TABLES)
def test_tables_of_ones_own(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    ids = pd.Index([f"p{one}" for one in range(80)], name="id")
    tables = {
        "features": pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)}, ids),
        "scores": pd.DataFrame({"mood": rng.integers(0, 5, 80)}, ids),
        "covariates": pd.DataFrame({"age": rng.uniform(40, 80, 80)}, ids),
    }
    words = ["associate", "--out", str(tmp_path / "out.csv")]
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv")
        words += [f"--{name}", str(tmp_path / f"{name}.csv")]
    bad_inputs.OF_TABLES[wrong](tmp_path)
    assert _said(words, tmp_path, capsys) == SAYS["tables"][wrong]


@pytest.mark.parametrize("wrong", bad_inputs.OF_WORDS)
def test_words_behind_the_command(
    wrong: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "_toc.yml").touch()
    monkeypatch.chdir(tmp_path)
    words = bad_inputs.OF_WORDS[wrong].replace("{}", str(tmp_path)).split(" ")
    assert _said(words, tmp_path, capsys) == SAYS["words"][wrong]


@pytest.mark.parametrize("wrong", bad_inputs.OF_EXPORTS)
def test_exports(
    wrong: str, export: pd.DataFrame, write_export: Callable[[pd.DataFrame], Path]
) -> None:
    folder = write_export(export)
    bad_inputs.OF_EXPORTS[wrong](folder)
    before = _there(folder)
    with pytest.raises(InputError) as caught:
        draw_sample(read_cohort("simulated", folder))
    assert str(caught.value).replace(str(folder), "{}") == SAYS["exports"][wrong]
    assert _there(folder) == before
    # Whose row it is concerns nobody.
    assert "900000" not in str(caught.value)
