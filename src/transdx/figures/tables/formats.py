"""How columns of result tables are printed, and which of them need not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from transdx.naming import label
from transdx.writing import count, decimal, interval, percent, probability, sentence_case

__all__ = ["formats_for", "row_formats_for", "trim"]

Format = Callable[[Any], str]


def _places(places: int) -> Format:
    return lambda value: decimal(float(value), places=places)


def _words(value: Any) -> str:
    return sentence_case(label(str(value)))


def trim(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Leave out columns that say the same in every row, so that tables fit a page.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    columns : mapping of str to str
        Columns to show and their headers.

    Returns
    -------
    columns : dict of str to str
        Without a constant ``n``, and without a modality that all rows share or that the
        name of a global feature says.
    words : str
        What to add to the caption instead; may be empty.
    """
    kept = dict(columns)
    words = ""
    if "n" in kept and len(frame) > 1 and len(set(frame["n"])) == 1:
        del kept["n"]
        words = f" n = {count(float(frame['n'].iloc[0]))}."
    if "modality" in kept and (
        len(set(frame["modality"])) == 1
        or ("feature" in frame and (frame["feature"] == "total").all())
    ):
        del kept["modality"]
    return kept, words


def formats_for(frame: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, Format]:
    """Choose a format per column by its name and by how large its numbers are.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    columns : mapping of str to str
        Columns to show and their headers.

    Returns
    -------
    dict of str to callable
    """
    formats: dict[str, Format] = {}
    for column in columns:
        if column in _FORMATS:
            formats[column] = _FORMATS[column]
        elif pd.api.types.is_float_dtype(frame[column]):
            formats[column] = _by_size(frame[column])
    return formats


def row_formats_for(columns: Mapping[str, str]) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """Choose the formats that need the whole row.

    Parameters
    ----------
    columns : mapping of str to str
        Columns to show and their headers.

    Returns
    -------
    dict of str to callable
    """
    return {column: _ROWS[column] for column in columns if column in _ROWS}


def _feature(row: Mapping[str, Any]) -> str:
    modality = str(row.get("modality", "")) or None
    return sentence_case(label(str(row["feature"]), modality=modality))


def _by_size(values: pd.Series) -> Format:
    size = float(values.abs().median())
    return _places(0 if size >= 1000 else 1 if size >= 20 else 2 if size >= 1 else 3)


_FORMATS: dict[str, Format] = {
    **dict.fromkeys(
        (
            *("modality", "score", "score_a", "score_b", "statistic", "group", "label"),
            *("kind", "network_a", "network_b", "criterion", "annotation", "region_a", "region_b"),
        ),
        _words,
    ),
    **dict.fromkeys(
        (
            *("n", "excluded", "remaining", "below", "above", "n_bottom", "n_top", "count"),
            *("connections", "regions", "maps"),
        ),
        lambda value: count(float(value)),
    ),
    **dict.fromkeys(
        (
            *("p", "p_fdr", "p_permutation", "p_familywise", "p_spin", "p_spin_fdr"),
            *("p_centred", "p_centred_fdr"),
        ),
        probability,
    ),
    **dict.fromkeys(
        ("beta", "estimate", "planted", "difference", "error", "rho", "smallest_beta"), _places(3)
    ),
    "alpha": lambda value: f"{float(value):.2g}",
    "percent": lambda value: percent(float(value)),
    **dict.fromkeys(("mean", "sd"), _places(2)),
    **dict.fromkeys(("minimum", "maximum"), lambda value: decimal(float(value), places=1)),
    **dict.fromkeys(("rate_bottom", "rate_top"), lambda value: percent(100 * float(value))),
}


def _interval(row: Mapping[str, Any]) -> str:
    low, high = float(row["ci_low"]), float(row["ci_high"])
    return interval(low, high, places=2 if "odds_ratio" in row else 3)


_ROWS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "feature": _feature,
    "ci_low": _interval,
}
