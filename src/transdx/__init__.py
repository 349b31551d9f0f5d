"""transdx: a computational paper on insomnia, depression and anxiety symptoms and the brain.

The way of the data, one verb each: `read_cohort` (export to cohort), `draw_sample` (cohort to
sample), `associate` (sample to associations), `open_run` (all of it, to findings on disk).
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__all__ = [
    "Associations",
    "Cohort",
    "Findings",
    "Sample",
    "associate",
    "draw_sample",
    "open_measured",
    "open_run",
    "open_sample",
    "read_cohort",
]

__version__ = version("transdx")

_HOMES = {
    "Associations": "stats",
    "Cohort": "cohort",
    "Findings": "findings",
    "Sample": "sample",
    "associate": "stats",
    "draw_sample": "sample",
    "open_measured": "measured",
    "open_run": "findings",
    "open_sample": "findings",
    "read_cohort": "sources",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: the command line must answer without loading pandas.
    if name in _HOMES:
        return getattr(import_module(f"transdx.{_HOMES[name]}"), name)
    if name == "figures":
        return import_module("transdx.figures")
    raise AttributeError(f"module 'transdx' has no attribute '{name}'")
