"""Phrases on how sure a result is: what is missed, what is false, what had been planted."""

from __future__ import annotations

from statistics import NormalDist

import pandas as pd

from transdx.results.select import ALPHA, POWER
from transdx.writing import all_of, count, counted, decimal, sentence_case

__all__ = ["NORMAL", "false_ones", "intervals", "planted_of", "resolution", "told"]

NORMAL = NormalDist()


def resolution(se: float, *, alpha: float = ALPHA, what: str = "An association") -> str:
    """Say what a test of a level finds in most cohorts of a size, and how often half of that.

    >>> resolution(0.02)
    'An association of 0.056 would be found in 80 of 100 such cohorts, one of half that size in 29.'
    """
    critical = NORMAL.inv_cdf(1 - alpha / 2)
    size = critical + NORMAL.inv_cdf(POWER)
    half = 1 - NORMAL.cdf(critical - size / 2)
    return (
        f"{what} of {decimal(size * se)} would be found in {100 * POWER:.0f} of 100 such cohorts, "
        f"one of half that size in {100 * half:.0f}."
    )


def told(
    first: str, found: pd.Series, planted: pd.Series | None, further: str, what: str = "association"
) -> str:
    """Go on from what is found to how sure it is, and, where that is known, to the truth."""
    many, known = int(found.sum()), None if planted is None else bool(planted.any())
    if known is False:
        nothing = f"{first}, and nothing had been planted."
        return f"{first}. {false_ones(many, planted=False)}" if many else nothing
    parts = [f"{first}."]
    if many:
        parts.append(false_ones(many, planted=known))
    if planted is not None:
        missed = int((planted & ~found).sum())
        others = counted(missed, f"other planted {what} is", f"other planted {what}s are")
        lost = counted(
            missed, f"{what} had been planted and is", f"{what}s had been planted and are"
        )
        truth = f"{planted_of(found, planted)}{f'; {others} missed' if missed else ''}."
        parts.append(truth if many else f"{lost} missed.")
    elif not many:
        parts.append("That is no proof that there is none.")
    return " ".join([*parts, further])


def planted_of(found: pd.Series, planted: pd.Series) -> str:
    """Say how many of those found had been planted."""
    many, right = int(found.sum()), int((found & planted).sum())
    if many == 1:
        return f"This one had {'' if right else 'not '}been planted"
    if right == many:
        return f"{sentence_case(all_of(many))} had been planted"
    return f"{count(right) if right else 'None'} of the {count(many)} had been planted"


def intervals(chosen: pd.Series, one: str, many: str) -> str:
    """Say how many intervals do something."""
    number, whole = int(chosen.sum()), len(chosen)
    if whole == 1:
        return f"The interval {one if number else f'does not {many}'}"
    if number == whole:
        return f"{sentence_case(all_of(whole))} intervals {many}"
    verb = many if number > 1 else one
    return f"{count(number) if number else 'None'} of the {whole} intervals {verb}"


def false_ones(many: int, *, planted: bool | None = None) -> str:
    """Say how many of so many findings are false, where nothing was planted all of them.

    >>> false_ones(61)
    'About one in twenty of such findings is a false alarm, here perhaps 3 of the 61.'
    >>> false_ones(2, planted=False)
    'Nothing had been planted: both are false.'
    """
    if planted is False:
        return f"Nothing had been planted: {'it is' if many == 1 else f'{all_of(many)} are'} false."
    expected = 0 if planted else round(ALPHA * many)
    here = f", here perhaps {count(expected)} of the {count(many)}" if expected else ""
    return f"About one in twenty of such findings is a false alarm{here}."
