"""Skewed and heavy-tailed values: normal ones that are bent by a cubic."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.optimize import fsolve

from transdx._arrays import Floats, Singles
from transdx.simulate.constants import numbers

_Values = TypeVar("_Values", Floats, Singles)


class Cubic(NamedTuple):
    """What is done to standard normal values z: ``-c + b z + c z^2 + d z^3``, of unit variance."""

    b: float
    c: float
    d: float

    def bend(self, values: _Values) -> _Values:
        """Bend values in place, whose correlations hardly change by that."""
        cubic = values * values.dtype.type(self.d)
        cubic += self.c
        cubic *= values
        cubic += self.b
        values *= cubic
        values -= self.c
        return values


@cache
def cubic(skewness: float, kurtosis: float) -> Cubic:
    """Find the cubic for a skewness and an excess kurtosis.

    That of Fleishman (1978, doi:10.1007/BF02293811).

    >>> cubic(0, 0)
    Cubic(b=1.0, c=0.0, d=0.0)
    """

    def away(given: npt.NDArray[np.float64]) -> list[float]:
        b, c, d = given
        skew = 2 * c * (b**2 + 24 * b * d + 105 * d**2 + 2)
        tails = b * d + c**2 * (1 + b**2 + 28 * b * d)
        tails += d**2 * (12 + 48 * b * d + 141 * c**2 + 225 * d**2)
        variance = b**2 + 6 * b * d + 2 * c**2 + 15 * d**2
        return [variance - 1, skew - skewness, 24 * tails - kurtosis]

    if not skewness and not kurtosis:
        return Cubic(1.0, 0.0, 0.0)
    found = fsolve(away, [1.0, skewness / 6, kurtosis / 24], xtol=1e-12)
    return Cubic(*(float(part) for part in found))


def shape_of(quantity: str) -> Cubic:
    """Read skewness and excess kurtosis of a kind of measure."""
    return cubic(*numbers(quantity))
