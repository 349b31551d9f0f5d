"""Simulated cohorts shared by the tests, and the independent scorer."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from transdx.fields import read_table
from transdx.simulate import build

# Test folders are not packages, so the helper beside this file is loaded by its path.
_spec = importlib.util.spec_from_file_location(
    "simulate_reference", Path(__file__).with_name("reference.py")
)
_reference = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _reference
_spec.loader.exec_module(_reference)


@pytest.fixture(scope="session")
def reference():
    """Scoring, filtering and regression written once more, without the package."""
    return _reference


@pytest.fixture(scope="session")
def norms():
    return read_table("region_norms.csv")


@pytest.fixture(scope="session")
def whole(cohorts, reference, norms):
    """One cohort at full size with everybody's connectomes, filtered by all rules."""
    data = cohorts(11)
    wires = reference.draw_wires(data.export)
    withdrawn = data.export.withdrawn
    return wires, reference.analysed(data.everyone, norms, withdrawn, data.export, wires)


@pytest.fixture(scope="session")
def cohorts(reference, norms):
    """Analysed cohorts by (seed, effects): export, all rows, scores and covariates, features."""
    made = {}

    def get(seed, effects="study"):
        if (seed, effects) not in made:
            export = build(33_000, seed=seed, effects=effects)
            frame = reference.numeric(export.table)
            made[seed, effects] = reference.analysed(frame, norms, export.withdrawn, export)
        return made[seed, effects]

    return get
