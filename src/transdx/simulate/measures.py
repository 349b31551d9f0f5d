"""Simulated measures beside morphometry and connectomes: the amygdala's reactivity, newcomers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.fields import dictionary
from transdx.modalities import MODALITIES
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, plan_effects, root_of
from transdx.simulate.people import Columns, People, at_centre, scanner_pattern
from transdx.simulate.shape import shape_of

#: Constants of each modality; of any that a study adds nothing is known.
_CONSTANTS = {"amygdala_reactivity": "reactivity"}


def measure(
    modality: str, people: People, drivers: Drivers, effects: pd.DataFrame
) -> tuple[Columns, pd.DataFrame]:
    """Measure a modality in everybody, and say what is planted in it.

    Its regions have one level, and a part of their variance in common.
    """
    what = _CONSTANTS.get(modality, "other")
    fields = [field for field in dictionary().values() if field.modality == modality]
    (mean, spread), (men, decade) = numbers(f"{what}.level"), numbers(f"{what}.men_decade")
    age = {visit: (people.age[visit] - number("people.age.mean")) / 10 for visit in (2, 3)}
    expected = {v: mean + spread * (men * (people.male - 0.5) + decade * age[v]) for v in age}
    many, total_by = len(fields), MODALITIES[modality].total_by
    weights = np.full(many, 1 / many if total_by == "mean" else 1.0)
    common = number(f"{what}.common") if many > 1 else 0
    covariance = spread**2 * (common + (1 - common) * np.eye(many))
    gamma, implied = plan_effects(
        effects,
        drivers,
        names=[(modality, field.feature) for field in fields],
        totals={} if total_by == "none" else {modality: weights},
        covariance=covariance,
        explained=np.full((many, many), expected[2][drivers.analysable].var(ddof=1)),
    )
    inner = np.cov(drivers.signal[drivers.analysable], rowvar=False)
    root = root_of(covariance - gamma @ inner @ gamma.T)
    rng = stream(people.seed, _CONSTANTS.get(modality, modality))
    n, retest = len(people), number(f"{what}.retest")
    first, change = rng.standard_normal((2, n, many))
    noise = {2: first, 3: retest * first + np.sqrt(1 - retest**2) * change}
    shifted = np.outer(at_centre(people, "scanner.shift"), scanner_pattern(modality, many)) * spread
    columns: Columns = {}
    for visit in (2, 3):
        odd = np.where(rng.random(n) < number(f"{what}.failure"), 8, 1)
        bent = shape_of(f"{what}.shape").bend(noise[visit] @ root / spread) * spread
        made = drivers.signal @ gamma.T + bent * odd[:, None] + shifted
        made += expected[visit][:, None]
        made[rng.random(n) < number(f"{what}.missing")] = np.nan
        columns |= {(f.id, visit): values for f, values in zip(fields, made.T, strict=True)}
    return columns, implied
