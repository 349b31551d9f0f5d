"""Who is in the simulated cohort: age, sex, centre, height, handedness, visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

from transdx._arrays import Bools, Floats, Ints
from transdx.simulate.constants import number, numbers, stream

#: Real identifiers have seven digits; these have eight.
FIRST_ID = 90_000_001

#: Values of the people by (field, visit).
Columns: TypeAlias = dict[tuple[str, int], npt.NDArray[Any]]

#: What an integer column holds where the export will have an empty cell.
NO_CODE = np.iinfo(np.int64).min


@dataclass(frozen=True)
class People:
    """The simulated people, one entry each; by visit where they were there more than once."""

    seed: int  # of everything random about them
    eid: Ints
    male: Bools  # sex
    age: dict[int, Ints]  # whole years at visits 0, 2 and 3
    repeat: Bools  # who came to visit 3
    centre: Ints  # where they are scanned, both times
    height: Floats  # at imaging, cm
    handedness: Ints  # 1 right, 2 left, 3 both

    def __len__(self) -> int:
        return len(self.eid)


def draw_people(n: int, *, seed: int, first_id: int = FIRST_ID) -> People:
    """Draw the people of a cohort; their ids begin with `first_id`."""
    rng = stream(seed, "people")
    eid = first_id + rng.permutation(n)
    male = rng.random(n) >= number("people.women")
    exact = _ages(rng, male)
    first = exact - _intervals(rng, n, "people.interval.baseline")
    youngest, oldest = numbers("people.age.baseline")
    first = np.clip(first, youngest, oldest - 1e-6)
    later = exact + _intervals(rng, n, "people.interval.repeat")
    centre = _centres(rng, exact, male)
    height = height_mean(male, exact) + height_sd(male) * rng.standard_normal(n)
    hands = rng.choice([1, 2, 3], size=n, p=numbers("people.handedness.shares"))
    return People(
        seed=seed,
        eid=eid.astype(np.int64),
        male=male,
        age={
            visit: np.floor(years).astype(np.int64)
            for visit, years in ((0, first), (2, exact), (3, later))
        },
        repeat=rng.random(n) < number("people.repeat"),
        centre=centre,
        height=height,
        handedness=hands.astype(np.int64),
    )


def height_mean(male: Bools, age: Floats | Ints) -> Floats:
    """Give the height expected at an age, cm."""
    women, men = numbers("people.height.women")[0], numbers("people.height.men")[0]
    trend = number("people.height.slope") * (age - number("people.age.mean"))
    return np.asarray(np.where(male, men, women) + trend)


def height_sd(male: Bools) -> Floats:
    """Give the spread of height within a sex, cm."""
    women, men = numbers("people.height.women")[1], numbers("people.height.men")[1]
    return np.asarray(np.where(male, men, women))


def heights(people: People) -> Columns:
    """Measure heights, cm: field 50 at visits 0 and 2, field 12144 at visits 2 and 3, with gaps."""
    rng = stream(people.seed, "height")
    n = len(people)
    noise, missing = number("people.height.remeasured"), number("people.missing.height")
    decline = number("people.height.slope") * (people.age[0] - people.age[2])
    measured = {
        ("50", 0): people.height + decline + noise * rng.standard_normal(n),
        ("50", 2): people.height + noise * rng.standard_normal(n),
        ("12144", 2): people.height,
        ("12144", 3): people.height + noise * rng.standard_normal(n),
    }
    return {
        key: np.where(rng.random(n) < missing, np.nan, values) for key, values in measured.items()
    }


def handedness(people: People) -> Columns:
    """Record field 1707 at visits 0 and 2, with gaps."""
    rng = stream(people.seed, "handedness")
    n = len(people)
    declined = number("people.missing.handedness_answer")
    recorded = {}
    for visit, gap in ((0, "baseline"), (2, "imaging")):
        codes = np.where(rng.random(n) < declined, -3, people.handedness)
        empty = rng.random(n) < number(f"people.missing.handedness_{gap}")
        recorded["1707", visit] = np.where(empty, NO_CODE, codes)
    return recorded


def at_centre(people: People, quantity: str) -> Floats:
    """Look up what a constant has for each person's centre, from its mean over people."""
    values, codes = numbers(quantity), numbers("people.centre.codes")
    apart = values - values @ numbers("people.centre.shares")
    return np.asarray((people.centre[:, None] == codes) @ apart)


def scanner_pattern(kind: str, many: int) -> Floats:
    """Say how much of a scanner's shift each of so many measures has.

    The scanners are the same in every cohort, whatever its seed.
    """
    common, own = number("scanner.common"), stream(0, f"scanners {kind}").standard_normal(many)
    return np.asarray(np.sqrt(common) + np.sqrt(1 - common) * own)


def _centres(rng: np.random.Generator, age: Floats, male: Bools) -> Ints:
    """Choose centres, at each of which people are as old and as often women as is known."""
    shares, women = numbers("people.centre.shares"), numbers("people.centre.women")
    older, spread = numbers("people.centre.age"), number("people.age.sd")
    apart = (age - number("people.age.mean"))[:, None]
    # A normal density moved by so many years against one that is not.
    odds = shares * np.exp((older * apart - older**2 / 2) / spread**2)
    odds *= np.where(male[:, None], 1 - women, women)
    reached = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    place = (rng.random(len(age))[:, None] > reached[:, :-1]).sum(axis=1)
    return np.asarray(numbers("people.centre.codes")[place], dtype=np.int64)


def _ages(rng: np.random.Generator, male: Bools) -> Floats:
    """Ages at imaging: a beta distribution per sex with the published mean, SD and range."""
    low, high = numbers("people.age.range")
    gap, women = number("people.age.men_older"), number("people.women")
    spread = np.sqrt(number("people.age.sd") ** 2 - women * (1 - women) * gap**2)
    mean = number("people.age.mean") + np.where(male, women, women - 1) * gap
    centre = (mean - low) / (high - low)
    size = centre * (1 - centre) / (spread / (high - low)) ** 2 - 1
    draws = rng.beta(centre * size, (1 - centre) * size)
    return np.asarray(low + (high - low) * draws)


def _intervals(rng: np.random.Generator, n: int, quantity: str) -> Floats:
    mean, spread, low, high = numbers(quantity)
    shape = stats.truncnorm((low - mean) / spread, (high - mean) / spread, mean, spread)
    return np.asarray(shape.ppf(rng.random(n)))
