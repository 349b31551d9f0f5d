"""Ids of participants: whole numbers, in whatever form a file holds them."""

from __future__ import annotations

import re

import numpy.typing as npt
import pandas as pd

from transdx.errors import InputError

__all__ = ["WHOLE", "participant_ids", "whole_numbers"]

#: A whole number from 0 on, also as a column of floats writes it.
WHOLE = re.compile(r"\+?(?P<number>\d{1,18})(?:\.0*)?")


def whole_numbers(values: npt.ArrayLike) -> pd.Series:
    """Read whole numbers, stored or written as such; missing where there is none."""
    text = pd.Series(values).astype("string").str.strip()
    sizes = text.str.removeprefix("-").str.extract(f"^{WHOLE.pattern}$")["number"].astype("Int64")
    return sizes.mask(text.str.startswith("-", na=False), -sizes)


def participant_ids(values: npt.ArrayLike, *, where: str, advice: str) -> pd.Index[int]:
    """Read ids as whole numbers, each there once: ``7``, ``7.0``, ``" 0007"``.

    Errors name `where` they are (file and column), and advise about rows that are refused.
    """
    numbers = whole_numbers(values)
    wrong = ~numbers.ge(0).fillna(False)
    if wrong.any():
        raise InputError(
            f"{where}: expected whole numbers without gaps as participant ids, but "
            f"{wrong.sum()} of {len(numbers)} rows hold none; {advice}"
        )
    ids = pd.Index(numbers.astype("int64"), name="participant")
    if ids.has_duplicates:
        raise InputError(
            f"{where}: expected one row per participant, but {ids.duplicated().sum()} of "
            f"{len(ids)} rows repeat an id; {advice}"
        )
    return ids
