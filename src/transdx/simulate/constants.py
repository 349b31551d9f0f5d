"""Every number the simulation rests on, read from the tables that the book shows."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from transdx._arrays import Floats
from transdx.fields import read_table
from transdx.study import Study

#: Scores that something is known of, in the order of the constants of each.
KNOWN = ("insomnia", "depression", "anxiety")

#: What is supposed instead of the values of the table.
_SUPPOSED: ContextVar[Mapping[str, str]] = ContextVar("supposed", default=MappingProxyType({}))


@contextmanager
def supposing(values: Mapping[str, str]) -> Iterator[None]:
    """Suppose other values of some constants within a ``with`` block, as a scenario does."""
    before = _SUPPOSED.set(values)
    try:
        yield
    finally:
        _SUPPOSED.reset(before)


@cache
def _values() -> dict[str, str]:
    table = read_table("assumptions.csv")
    return dict(zip(table["quantity"], table["value"], strict=True))


def words(quantity: str) -> list[str]:
    """Read the parts of a constant of the simulation, by its name in ``assumptions.csv``."""
    return _SUPPOSED.get().get(quantity, _values()[quantity]).split()


def number(quantity: str) -> float:
    """Read a constant that has one part."""
    (only,) = words(quantity)
    return float(only)


def numbers(quantity: str) -> Floats:
    """Read a constant that has several parts."""
    return np.array([float(part) for part in words(quantity)])


def pairs(quantity: str) -> dict[int, float]:
    """Read a constant that maps codes to shares, written ``code:share code:share``."""
    parts = (part.split(":") for part in words(quantity))
    return {int(code): float(share) for code, share in parts}


def planted(study: Study | None = None) -> pd.DataFrame:
    """Read the planted effects: modality, feature, score, beta (float), claim, basis.

    Those of a study's own file are added, and those on scores that it lacks are left out.
    """
    table = read_table("planted_effects.csv")
    if study is not None:
        both = [table, pd.DataFrame(study.planted, columns=table.columns)]
        table = pd.concat(both, ignore_index=True)
        table = table[table["score"].isin(study.score_names)]
    return table.assign(beta=table["beta"].astype(float))


def stream(seed: int, section: str, block: int | None = None) -> np.random.Generator:
    """Make the random numbers of one section of the export, or of a block of it.

    Every section has its own stream, found by name, so that a section added later leaves the
    others as they were; so have blocks, which can be made one at a time and in any order.
    """
    key = () if block is None else (block,)
    entropy = [seed, zlib.crc32(section.encode())]
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=key))
