"""Ids of participants: whole numbers, in whatever form a file holds them."""

from __future__ import annotations

import re

import numpy.typing as npt
import pandas as pd

from transdx.errors import InputError

__all__ = ["WHOLE", "participant_ids"]

#: A whole number from 0 on, also as a column of floats writes it.
WHOLE = re.compile(r"\+?(?P<number>\d{1,18})(?:\.0*)?")


def participant_ids(values: npt.ArrayLike, *, where: str, advice: str) -> pd.Index[int]:
    """Read ids as whole numbers, each there once.

    Parameters
    ----------
    values : array_like, shape (n,)
        Whole numbers, or floats or text that stand for them: ``7``, ``7.0``, ``" 0007"``.
    where : str
        File and column, for errors.
    advice : str
        What to do about rows that are refused.

    Returns
    -------
    pandas.Index of int, shape (n,)
        Named ``participant``.

    Raises
    ------
    InputError
        If something is no whole number from 0 on, or an id is there twice.

    Examples
    --------
    >>> participant_ids(["7", "08", "9.0"], where="a.csv", advice="mend it").to_list()
    [7, 8, 9]
    """
    text = pd.Series(values).astype("string").str.strip()
    numbers = text.str.extract(f"^{WHOLE.pattern}$")["number"]
    if numbers.isna().any():
        raise InputError(
            f"{where}: expected whole numbers without gaps as participant ids, but "
            f"{numbers.isna().sum()} of {len(numbers)} rows hold none; {advice}"
        )
    ids = pd.Index(numbers.astype("int64"), name="participant")
    if ids.has_duplicates:
        raise InputError(
            f"{where}: expected one row per participant, but {ids.duplicated().sum()} of "
            f"{len(ids)} rows repeat an id; {advice}"
        )
    return ids
