"""Numbers as they are printed: true minus signs, thousands separators, p values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "VERDICT_SIGNS",
    "Withheld",
    "all_of",
    "count",
    "counted",
    "decimal",
    "inside",
    "interval",
    "p_value",
    "percent",
    "probability",
    "sentence_case",
    "verdict",
    "write",
]

MINUS = "\N{MINUS SIGN}"

#: A sign per verdict on a claim, so that none is told by colour alone.
VERDICT_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "supported": "\N{CHECK MARK}",
        "depends on adjustment": "\N{PLUS-MINUS SIGN}",
        "stronger than in the others": "\N{GREATER-THAN SIGN}",
        "same direction": "\N{ALMOST EQUAL TO}",
        "not supported": "\N{BALLOT X}",
        "cannot be tested here": "\N{EN DASH}",
    }
)

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def verdict(words: str) -> str:
    """Print a verdict on a claim with its sign, if it has one.

    >>> verdict("supported"), verdict("same direction")
    ('✓ supported', '≈ same direction')
    """
    return f"{VERDICT_SIGNS[words]} {words}" if words in VERDICT_SIGNS else words


def decimal(value: float, *, places: int = 3) -> str:
    """Print a number with a fixed count of decimals and a true minus sign; a dash for none.

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


def interval(low: float, high: float, *, places: int = 3) -> str:
    """Print an interval.

    >>> interval(-0.066, -0.035)
    '−0.066 to −0.035'
    """
    return f"{decimal(low, places=places)} to {decimal(high, places=places)}"


def count(value: float) -> str:
    """Print a count with thousands separators.

    >>> count(25604)
    '25,604'
    """
    return decimal(value, places=0)


def counted(value: float, one: str, many: str) -> str:
    """Print a count with the words after it, which agree with it.

    >>> counted(1, "region survives", "regions survive"), counted(1200, "measure", "measures")
    ('1 region survives', '1,200 measures')
    """
    return f"{count(value)} {one if value == 1 else many}"


def all_of(number: int) -> str:
    """Say that it is all of so many.

    >>> all_of(2), all_of(3), all_of(1200)
    ('both', 'all three', 'all 1,200')
    """
    if number == 2:
        return "both"
    return f"all {_NUMBERS[number] if number < len(_NUMBERS) else count(number)}"


def percent(value: float, *, places: int = 1) -> str:
    """Print a percentage given in percent, not as a share.

    >>> percent(39.96)
    '40.0 %'
    """
    shown = decimal(value, places=places)
    return shown if shown == "–" else f"{shown} %"


def probability(value: float) -> str:
    """Print a p value: two significant digits, never zero.

    >>> probability(0.0342), probability(7.1e-11), probability(0.74)
    ('0.034', '<0.001', '0.74')
    """
    if value is None or math.isnan(value):
        return "–"
    if value < 0.001:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"


def p_value(value: float) -> str:
    """Print a p value with its letter and its equals or less-than sign.

    >>> p_value(0.74), p_value(4e-9)
    ('p = 0.74', 'p < 0.001')
    """
    shown = probability(value)
    return f"p < {shown[1:]}" if shown.startswith("<") else f"p = {shown}"


def sentence_case(text: str) -> str:
    """Begin with a capital, unless a symbol, an acronym or a name with its own spelling begins.

    >>> sentence_case("mean thickness"), sentence_case("β of thickness"), sentence_case("mGluR5")
    ('Mean thickness', 'β of thickness', 'mGluR5')
    >>> sentence_case("r over regions"), sentence_case("a PHQ-9")
    ('r over regions', 'A PHQ-9')
    """
    first = text.partition(" ")[0]
    symbol = not first.isascii() or (len(first) == 1 and first != "a")
    return text if symbol or not first.islower() else text[:1].upper() + text[1:]


def inside(text: str) -> str:
    """Begin in lower case, as inside a sentence, unless an acronym begins.

    >>> inside("No imaging visit"), inside("T2-FLAIR not used")
    ('no imaging visit', 'T2-FLAIR not used')
    """
    return text if text[1:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


class Withheld(str):
    """A number that may not be told, as it stands in a sentence."""

    __slots__ = ()

    def __new__(cls, text: str = "[not shown: too few people]") -> Withheld:
        """Say what may be said instead, if anything may."""
        return super().__new__(cls, text)


def write(value: Any, how: str = "") -> str:
    """Write a value into a sentence.

    The format is one of Python's, or ``p`` for a p value as `p_value` writes it. What follows a
    number and has to agree with it comes after a bar, for one and for any other number; after a
    third bar may come what is said in place of zero. A minus is set as one, a rounded zero has
    none, and a per cent sign stands apart. A format that does not fit the value, or no value, is a
    ValueError.

    >>> write(-0.0512, ".3f"), write(-0.0001, ".3f"), write(4e-9, "p")
    ('−0.051', '0.000', 'p < 0.001')
    >>> write(1, "|region|regions"), write(1200, ",d|region|regions")
    ('1 region', '1,200 regions')
    >>> write(0, "d|survives|survive|none survives")
    'none survives'
    """
    if value is None or value != value or value == "":
        raise ValueError("there is no value")
    form, *words = how.split("|")
    if isinstance(value, Withheld):
        return f"{value} {words[1]}" if words else str(value)
    if words:
        if len(words) not in (2, 3) or isinstance(value, str):
            raise ValueError("expected a number, and words for one, for any other, and for none")
        text = write(value, form)
        if text == "0" and words[2:]:
            return words[2]
        return f"{text} {words[0] if text == '1' else words[1]}"
    if how == "p":
        return p_value(value)
    text = format(value, how)
    if isinstance(value, str):
        return text
    is_zero = not any(digit in text for digit in "123456789")
    return text.replace("-", "" if is_zero else MINUS).replace("%", "\u00a0%")
