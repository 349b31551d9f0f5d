"""A small export, made by hand, that tests can spoil in one place at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transdx import atlas, reference
from transdx.cohort import Cohort
from transdx.connectomes import write_connectomes
from transdx.errors import TransdxError
from transdx.fields import dictionary
from transdx.sources import read_cohort
from transdx.study import load_study


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs data that are fetched, so that it can be run by itself: ``-m fetched``."""
    for item in items:
        if "fetched" in getattr(item, "fixturenames", ()):
            item.add_marker("fetched")


#: What brings values about 1,000, or 50, to where those of some fields are.
_SIZES = {"thickness": 0.003, "amygdala_reactivity": 0.001, "26521": 30_000}


def _export() -> pd.DataFrame:
    rng = np.random.default_rng(20)
    n = 60
    # Uniform values have no outliers: whoever leaves was made to leave.
    columns = {"eid": np.arange(90_000_001, 90_000_001 + n)}
    columns["p31"] = np.arange(n) % 2
    columns["p21003_i2"] = 50 + np.arange(n) % 30
    columns["p12144_i2"] = np.round(rng.uniform(155, 190, n), 1)
    columns["p1707_i0"] = np.where(np.arange(n) % 10 == 0, 2, 1)
    for visit in (0, 2):
        columns[f"p1200_i{visit}"] = rng.integers(1, 4, n)
        for item in (2050, 2060):
            columns[f"p{item}_i{visit}"] = rng.integers(1, 5, n)
        for item in (1970, 1990, 2010):
            columns[f"p{item}_i{visit}"] = rng.integers(0, 2, n)
    columns["p26500_i2"], columns["p25926_i2"] = np.ones(n, int), np.full(n, 6)
    for variable in load_study("ukb").quality:
        columns[f"p{variable.name}_i2"] = np.round(rng.uniform(5, 15, n), 3)
    for entry in dictionary().values():
        if entry.kind == "feature":
            columns[f"p{entry.id}_i2"] = np.round(
                rng.uniform(900, 1100, n) * _SIZES.get(entry.modality, 1), 6
            )
    for nuisance in load_study("ukb").nuisances:
        name = nuisance.variables[0].name
        columns.setdefault(f"p{name}_i2", (40 + np.arange(n) * 7 % 31) * _SIZES.get(name, 1))
    columns["p54_i2"] = 11_025 + np.arange(n) // 2 % 3
    # Room for the columns that tests add.
    for item in ("p50_i2", "p20499", "p20500", "p20544", *(f"p{i}" for i in range(20505, 20521))):
        columns[item] = np.full(n, np.nan)
    return pd.DataFrame(columns).astype({"p20544": object}).copy()


@pytest.fixture
def export() -> pd.DataFrame:
    """60 people who all pass every rule."""
    return _export()


@pytest.fixture
def connectomes(export: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Connectomes of the 60, evenly spread: nobody is an outlier.

    The mean of a functional connection is one of 0.0, 0.1, ..., 0.6; a structural connection is
    there in 0, 1, ..., 60 of them, with a weight from 1 to 1.59.
    """
    person, connection = np.arange(60)[:, None], np.arange(len(atlas.connections()))
    functional = (connection % 7) / 10 + (person - 29.5) / 1000
    there = (person * 7 + connection) % 60 < connection % 61
    structural = np.where(there, 1 + person / 100, 0)
    names = {"index": export["eid"].to_numpy(), "columns": atlas.connections().index}
    return {
        "structural_connectivity": pd.DataFrame(structural, **names),
        "functional_connectivity": pd.DataFrame(functional, **names),
    }


@pytest.fixture
def write_export(tmp_path: Path) -> Callable[..., Path]:
    """Write an export as the platform would, and give its folder."""

    def write(
        table: pd.DataFrame,
        *,
        withdrawn: list[int] | None = None,
        connectomes: dict[str, pd.DataFrame] | None = None,
    ) -> Path:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        table.to_csv(folder / "participants.csv", index=False)
        if withdrawn is not None:
            lines = "".join(f"{one}\n" for one in withdrawn)
            (folder / "w12345_20250101.csv").write_text(lines)
        if connectomes:
            values = {name: block.to_numpy() for name, block in connectomes.items()}
            write_connectomes(folder, next(iter(connectomes.values())).index, [values])
        return folder

    return write


@pytest.fixture(scope="session")
def fetched() -> Callable[..., list[Path]]:
    """Fetch reference files from the mirror, the cache or the network; without any, skip.

    Whoever names a mirror has the files: then nothing is skipped.
    """

    def fetch(*files: str) -> list[Path]:
        try:
            return [reference.fetch(file) for file in files]
        except TransdxError as error:
            if os.environ.get(reference.MIRROR) or not isinstance(error.__cause__, OSError):
                raise
            pytest.skip(f"needs data that are fetched: {error}")

    return fetch


@pytest.fixture(scope="session")
def open_cohort(fetched: Callable[..., list[Path]]) -> Cohort:
    """The real cohort."""
    fetched(*(file for file in reference.registry() if file.startswith("aomic-piop2/")))
    return read_cohort("open")
