"""What else is told of simulated people: deprivation, education, adversity, habits, illness, drugs.

Each goes with symptoms and a little with the brain, as confounders do. All have random numbers of
their own, so that whom they are told of stays as without them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from transdx._arrays import Bools, Floats, Ints
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, by_score, toward
from transdx.simulate.people import NO_CODE, Columns, People
from transdx.simulate.symptoms import cut

#: Codes by rank: qualifications by years of education, how often somebody drinks.
_QUALIFICATIONS, _DRINKS = np.array([-7, 4, 3, 2, 6, 5, 1]), np.array([6, 5, 4, 3, 2, 1])
#: Items of adversity, and those that are asked the other way.
_ADVERSITY = {
    "childhood": (("20487", "20488", "20490"), ("20489", "20491")),
    "adulthood": (("20521", "20523", "20524"), ("20522", "20525")),
}
#: Citalopram, diazepam, quetiapine, lithium; and one that is for none of that.
_DRUGS, _OTHER_DRUG = ("1140921600", "1140863152", "1141152848", "1140867490"), "2038460150"


def lives(
    people: People, drivers: Drivers, area: Floats, covariates: Floats, asked_online: Bools
) -> Columns:
    """Tell of everybody what replications hold constant; area is the total of the cortex."""
    own = _Own(people, drivers, _beyond(area, covariates))
    gaps = numbers("further.missing")
    middle, spread = numbers("further.deprivation.level")
    columns: Columns = {
        ("22189", 0): own.gaps(
            "deprivation", middle + spread * own.standing("deprivation"), gaps[0]
        )
    }
    for field, visit, what, codes in (
        ("20116", 2, "smoking", np.arange(3)),
        ("1558", 2, "alcohol", _DRINKS),
    ):
        told = codes[own.rank(what)]
        columns[field, visit] = own.gaps(what, told, gaps[1])
    learnt = _QUALIFICATIONS[own.rank("education")].astype(str).astype(object)
    columns["6138", 0] = own.gaps("education", learnt, gaps[1])
    for field, what in (("130709", "diabetes"), ("131287", "hypertension")):
        columns[field, 0] = np.where(own.rank(what) == 1, 40, NO_CODE)
    for what in _ADVERSITY:
        columns |= _adversity(own, what, asked_online)
    columns["20003", 2] = _drugs(own)
    related, unknown = numbers("further.relatives")
    draw = stream(people.seed, "relatives").random(len(people))
    kin = np.where(draw < related, 1, 0)
    columns["22021", 0] = np.where(draw > 1 - unknown, NO_CODE, kin)
    return columns


class _Own:
    """What people differ in, each thing from random numbers of its own."""

    def __init__(self, people: People, drivers: Drivers, area: Floats) -> None:
        self.seed, self.drivers, self.area = people.seed, drivers, area

    def standing(self, what: str) -> Floats:
        """Draw where people stand, in SD: with symptoms and the area of cortex as is known."""
        weights = toward(self.drivers, by_score(self.drivers, f"further.{what}.symptoms"))
        part = self.drivers.signal @ weights + number(f"further.{what}.area") * self.area
        own = stream(self.seed, f"further {what}").standard_normal(len(part))
        return np.asarray(part + np.sqrt(max(0.0, 1 - part.var())) * own)

    def rank(self, what: str) -> Ints:
        """Cut where people stand into 0, 1, ... of known shares."""
        return cut(self.standing(what), numbers(f"further.{what}.shares"))

    def gaps(self, what: str, values: npt.NDArray[Any], share: float) -> npt.NDArray[Any]:
        """Leave out a share of the values."""
        lost = stream(self.seed, f"further {what} missing").random(len(values)) < share
        empty: Any = {"f": np.nan, "i": NO_CODE, "O": None}[values.dtype.kind]
        return np.where(lost, empty, values)


def _beyond(area: Floats, covariates: Floats) -> Floats:
    """Give what covariates leave of the area, in SD."""
    design = np.column_stack([np.ones(len(area)), covariates])
    scaled = design / np.sqrt((design**2).mean(axis=0))
    left = area - scaled @ np.linalg.lstsq(scaled, area, rcond=None)[0]
    return np.asarray(left / left.std())


def _adversity(own: _Own, what: str, asked: Bools) -> Columns:
    """Answer items of adversity, online."""
    standing, a = own.standing(what), number("further.adversity.loading")
    rng = stream(own.seed, f"further {what} items")
    plain, turned = _ADVERSITY[what]
    columns: Columns = {}
    for item in (*plain, *turned):
        reading = a * standing + np.sqrt(1 - a**2) * rng.standard_normal(len(standing))
        often = cut(reading, numbers(f"further.{what}.shares"))
        told = np.where(rng.random(len(often)) < numbers("further.missing")[2], -818, often)
        if item in turned:
            told = np.where(told < 0, told, 4 - told)
        columns[item, 0] = np.where(asked, told, NO_CODE)
    return columns


def _drugs(own: _Own) -> npt.NDArray[np.object_]:
    """Say which drugs people take, as codes with ``|`` between them; None of who takes none."""
    standing, a = own.standing("medication"), number("further.medication.loading")
    rng = stream(own.seed, "further drugs")
    n = len(standing)
    readings = a * standing[:, None] + np.sqrt(1 - a**2) * rng.standard_normal((n, len(_DRUGS)))
    takes = readings > -ndtri(numbers("further.medication.rates"))
    other = rng.random(n) < number("further.medication.other")
    names = np.array([*_DRUGS, _OTHER_DRUG])
    taken = np.column_stack([takes, other])
    return np.array(["|".join(names[row]) or None for row in taken], dtype=object)
