"""The independent fits, shared by the tests of the statistics."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

# Test folders are not packages, so the helper beside this file is loaded by its path.
_spec = importlib.util.spec_from_file_location(
    "stats_reference", Path(__file__).with_name("reference.py")
)
_reference = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _reference
_spec.loader.exec_module(_reference)


@pytest.fixture(scope="session")
def reference():
    """Fits by statsmodels, and loops over permutations and resamples."""
    return _reference
