"""Numbers as they are printed: true minus signs, thousands separators, p values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "VERDICT_SIGNS",
    "count",
    "decimal",
    "inside",
    "interval",
    "percent",
    "probability",
    "signed",
    "verdict",
    "write",
]

MINUS = "\N{MINUS SIGN}"

#: A sign per verdict on a claim, so that none is told by colour alone.
VERDICT_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "supported": "\N{CHECK MARK}",
        "same direction": "\N{ALMOST EQUAL TO}",
        "not supported": "\N{BALLOT X}",
        "cannot be tested here": "\N{EN DASH}",
    }
)


def verdict(words: str) -> str:
    """Print a verdict on a claim with its sign.

    Parameters
    ----------
    words : str
        The verdict.

    Returns
    -------
    str
        One that has no sign is printed as it is.

    Examples
    --------
    >>> verdict("supported"), verdict("same direction")
    ('✓ supported', '≈ same direction')
    """
    return f"{VERDICT_SIGNS[words]} {words}" if words in VERDICT_SIGNS else words


def decimal(value: float, *, places: int = 3) -> str:
    """Print a number with a fixed count of decimals and a true minus sign.

    Parameters
    ----------
    value : float
        The number; a missing one is printed as a dash.
    places : int, default 3
        Decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> decimal(-0.0504)
    '−0.050'
    >>> decimal(12345.6, places=1)
    '12,345.6'
    """
    if value is None or math.isnan(value):
        return "–"
    # A rounded zero has no sign.
    shown = f"{value:,.{places}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", MINUS)


def signed(value: float, *, places: int = 3) -> str:
    """Print a number with its sign, also when positive.

    Parameters
    ----------
    value : float
        The number.
    places : int, default 3
        Decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> signed(0.0123)
    '+0.012'
    """
    shown = decimal(value, places=places)
    return f"+{shown}" if value > 0 and float(shown.replace(",", "")) > 0 else shown


def interval(low: float, high: float, *, places: int = 3) -> str:
    """Print an interval.

    Parameters
    ----------
    low, high : float
        Its ends.
    places : int, default 3
        Decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> interval(-0.066, -0.035)
    '−0.066 to −0.035'
    """
    return f"{decimal(low, places=places)} to {decimal(high, places=places)}"


def count(value: float) -> str:
    """Print a count with thousands separators.

    Parameters
    ----------
    value : float
        A whole number.

    Returns
    -------
    str

    Examples
    --------
    >>> count(25604)
    '25,604'
    """
    return decimal(value, places=0)


def percent(value: float, *, places: int = 1) -> str:
    """Print a percentage given in percent.

    Parameters
    ----------
    value : float
        In percent, not as a share.
    places : int, default 1
        Decimals.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(39.96)
    '40.0 %'
    """
    shown = decimal(value, places=places)
    return shown if shown == "–" else f"{shown} %"


def probability(value: float) -> str:
    """Print a p value: two significant digits, never zero.

    Parameters
    ----------
    value : float
        Between 0 and 1.

    Returns
    -------
    str

    Examples
    --------
    >>> probability(0.0342), probability(7.1e-11), probability(0.74)
    ('0.034', '<0.001', '0.74')
    """
    if value is None or math.isnan(value):
        return "–"
    if value < 0.001:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"


def inside(text: str) -> str:
    """Begin in lower case, as inside a sentence, unless an acronym begins.

    Parameters
    ----------
    text : str
        What stands alone with a capital.

    Returns
    -------
    str

    Examples
    --------
    >>> inside("No imaging visit"), inside("T2-FLAIR not used")
    ('no imaging visit', 'T2-FLAIR not used')
    """
    return text if text[1:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


def write(value: Any, how: str = "") -> str:
    """Write a value into a sentence.

    Parameters
    ----------
    value : number or str
        What to write.
    how : str, default ""
        A format of Python's, or ``p`` for a p value with its equals or less-than sign.

    Returns
    -------
    str
        A minus is set as one, a rounded zero has none, and a per cent sign stands apart.

    Raises
    ------
    ValueError
        If the format does not fit the value, or there is no value.

    Examples
    --------
    >>> write(-0.0512, ".3f"), write(-0.0001, ".3f"), write(4e-9, "p")
    ('−0.051', '0.000', 'p < 0.001')
    """
    if value is None or value != value or value == "":
        raise ValueError("there is no value")
    if how == "p":
        return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
    text = format(value, how)
    if isinstance(value, str):
        return text
    is_zero = not any(digit in text for digit in "123456789")
    return text.replace("-", "" if is_zero else MINUS).replace("%", "\u00a0%")
