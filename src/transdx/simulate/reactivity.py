"""Simulated reactivity of the amygdala to emotional faces, field 25052."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transdx._arrays import Floats
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, plan_effects
from transdx.simulate.people import People

_NAME = ("amygdala_reactivity", "amygdala")


@dataclass(frozen=True)
class Reactivity:
    """How the amygdala reacts."""

    # visit (2, 3) to percent signal change; NaN where the task was not scanned
    percent: dict[int, Floats]
    implied: pd.DataFrame  # modality, feature, score, planted


def react(people: People, drivers: Drivers, effects: pd.DataFrame, *, seed: int) -> Reactivity:
    """Show faces to everybody."""
    mean, spread = numbers("reactivity.level")
    expected = {visit: mean + spread * _expected(people, visit) for visit in (2, 3)}
    plan = plan_effects(
        effects[effects["modality"] == _NAME[0]],
        drivers,
        names=[_NAME],
        totals={},
        covariance=np.array([[spread**2]]),
        explained=np.array([[expected[2][drivers.analysable].var(ddof=1)]]),
    )
    driven = drivers.signal @ plan.gamma[0]
    inner = np.cov(drivers.signal[drivers.analysable], rowvar=False)
    own = np.sqrt(spread**2 - plan.gamma[0] @ inner @ plan.gamma[0])
    rng = stream(seed, "reactivity")
    n, retest = len(people), number("reactivity.retest")
    first, change = rng.standard_normal(n), rng.standard_normal(n)
    noise = {2: first, 3: retest * first + np.sqrt(1 - retest**2) * change}
    percent = {}
    for visit in (2, 3):
        odd = rng.random(n) < number("quality.failure.reactivity")
        percent[visit] = expected[visit] + driven + own * noise[visit] * np.where(odd, 8, 1)
        percent[visit][rng.random(n) < number("quality.tfmri.missing")] = np.nan
    return Reactivity(percent=percent, implied=plan.implied)


def _expected(people: People, visit: int) -> Floats:
    """Give the standing by sex and age, in SD."""
    men, decade = numbers("reactivity.men_decade")
    age = (people.age[visit] - number("people.age.mean")) / 10
    return np.asarray(men * (people.male - 0.5) + decade * age)
