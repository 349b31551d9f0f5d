"""What goes with symptoms and is none: body mass, and how restless people are in the scanner."""

from __future__ import annotations

import numpy as np

from transdx._arrays import Floats
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, by_score, follow
from transdx.simulate.people import Columns, People


def standing(people: People, drivers: Drivers) -> Floats:
    """Draw how heavy each person is for their sex, in SD of the logarithm of BMI."""
    own = stream(people.seed, "body mass").standard_normal(len(people))
    return _beside(follow(drivers, by_score(drivers, "people.bmi.symptoms")), own)


def body_mass(people: People, heavy: Floats) -> Columns:
    """Measure BMI (field 21001), kg/m^2, at visits 0, 2 and 3, with gaps."""
    rng = stream(people.seed, "body mass measured")
    n = len(people)
    women, men = numbers("people.bmi.women"), numbers("people.bmi.men")
    middle, spread = np.where(people.male[:, None], men, women).T
    later, earlier = numbers("people.bmi.remeasured")
    measured = {}
    for visit, change in ((0, earlier), (2, 0), (3, later)):
        values = middle * np.exp(spread * heavy + change * rng.standard_normal(n))
        lost = rng.random(n) < number("people.missing.bmi")
        measured["21001", visit] = np.where(lost, np.nan, values)
    return measured


def restlessness(people: People, drivers: Drivers, heavy: Floats) -> Floats:
    """Say how much of a person's motion, in SD, their body and their symptoms explain.

    The correlation with each score is the one asked for, that by way of body mass included.
    """
    share = number("quality.motion_bmi")
    asked = by_score(drivers, "quality.motion_symptoms") / number("quality.motion")
    rest = asked - share * by_score(drivers, "people.bmi.symptoms")
    return share * heavy + follow(drivers, rest)


def _beside(part: Floats, own: Floats) -> Floats:
    """Fill a part up to unit variance with what is a person's own."""
    return np.asarray(part + np.sqrt(max(0.0, 1 - part.var())) * own)
