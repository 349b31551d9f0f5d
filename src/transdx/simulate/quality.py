"""What goes wrong between a brain and its numbers: quality fields, failures, gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transdx._arrays import Bools, Floats, Ints, Singles
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.people import NO_CODE, People

#: What stands for a head position that was not determined.
_NOT_DETERMINED = -999_999.0

#: Fields of the T1 image; of motion; of the two scans that motion spoils.
_T1 = ("25731", "25732", "25733")
_MOTION = ("25739", "25744", "25741", "25746")
_RESTING, _DIFFUSION = ("25739", "25744", "25741"), ("25737", "25746")


@dataclass(frozen=True)
class Scan:
    """One visit to the scanner."""

    measures: dict[str, Floats]  # quality field to values; NaN where empty
    surfaces: Bools  # who has a surface reconstruction
    flair: Ints  # field 26500
    moved: Bools  # whose scan was spoiled by motion
    restless: Floats  # how much people moved, in SD


def scan(people: People, visit: int, restless: Floats | float = 0.0) -> Scan:
    """Scan everybody once, at visit 2 or 3; people and their age make them move, and chance does.

    What of their motion lies in themselves is `restless`, in SD.
    """
    rng = stream(people.seed, f"scan {visit}")
    n = len(people)
    age = (people.age[visit] - number("people.age.mean")) / number("people.age.sd")
    a = number("quality.motion_age")
    chance = max(0.0, 1 - a**2 - float(np.var(restless)))
    restless = a * age + restless + np.sqrt(chance) * rng.standard_normal(n)
    moved = rng.random(n) < number("quality.failure.motion")
    restless = restless + np.where(moved, 2.5 + rng.standard_normal(n), 0)
    measures = _measures(rng, restless)
    lost = rng.random(n) < number("quality.failure.registration")
    for field in _T1:
        measures[field] *= np.where(lost, rng.uniform(1.5, 4, n), 1)
    surfaces = rng.random(n) >= number("quality.t1.missing")
    unused = rng.random(n) < number("quality.t2.unused")
    measures |= _positions(rng, n)
    measures["25742"] = _motion_in_task(people, visit, restless)
    measures["25926"] = np.where(
        unused & (rng.random(n) < 0.6),
        np.nan,
        rng.choice(np.arange(1, 7), size=n, p=numbers("quality.flair_scaling")),
    )
    for fields, lost in (
        (_RESTING, rng.random(n) < number("quality.rfmri.missing")),
        (_DIFFUSION, rng.random(n) < number("quality.dmri.missing")),
        # Half of the missing surfaces are missing T1 images altogether.
        (_T1, ~surfaces & (rng.random(n) < 0.5)),
    ):
        for field in fields:
            measures[field][lost] = np.nan
    flair = np.where(surfaces, np.where(unused, 0, 1), NO_CODE)
    return Scan(measures=measures, surfaces=surfaces, flair=flair, moved=moved, restless=restless)


def damage(
    values: Floats, visit: Scan, rng: np.random.Generator, *, hemisphere: Ints, kind: Ints
) -> Floats:
    """Spoil some segmentations, and remove those that do not exist.

    Values have shape (n, features); hemispheres are 0 left, 1 right; kinds 0 area, 1 thickness,
    2 volume.
    """
    n, count = values.shape
    values = values.copy()
    for _ in range(2):
        rows = np.flatnonzero(rng.random(n) < number("quality.failure.region") / 1.5)
        place = rng.integers(count, size=len(rows))
        small = rng.random(len(rows)) < 0.6
        factor = np.where(small, rng.uniform(0.1, 0.4, len(rows)), rng.uniform(1.7, 2.6, len(rows)))
        values[rows, place] *= factor
    rows = np.flatnonzero(rng.random(n) < number("quality.failure.hemisphere"))
    sides = rng.integers(2, size=len(rows))
    ranges = ((0.2, 0.6), (0.5, 0.75), (0.3, 0.8))
    factors = np.array([rng.uniform(least, most, len(rows)) for least, most in ranges])
    for row, side, factor in zip(rows, sides, factors.T, strict=True):
        values[row] *= np.where(hemisphere == side, factor[kind], 1)
    # Motion makes cortex look thinner.
    thinner = 1 - 0.05 * rng.random(n) * visit.moved
    thinner -= number("quality.motion_thickness") * visit.restless
    values[:, kind == 1] *= thinner[:, None]
    values[~visit.surfaces] = np.nan
    return values


def spoil_functional(values: Singles, rng: np.random.Generator) -> None:
    """Move all correlations of a few people up or down, as residual artefacts do, in place."""
    spoiled = rng.random(len(values)) < number("quality.failure.functional")
    size = rng.uniform(0.3, 0.5, len(values)) * np.where(rng.random(len(values)) < 0.6, 1, -1)
    values[spoiled] += size[spoiled, None].astype(np.float32)


def spoil_structural(weights: Singles, present: Bools, rng: np.random.Generator) -> Singles:
    """Take absent connections away (weight 0), and spoil the tracts of a few people.

    Of these a third has all weights too large, a third has lost many connections, and a third
    has many that are not there.
    """
    spoiled = rng.random(len(weights)) < number("quality.failure.structural")
    for row in np.flatnonzero(spoiled):
        what, share = rng.integers(3), rng.uniform(0.3, 0.6)
        if what == 0:
            weights[row] *= np.float32(10 * share)
        else:
            changed = rng.random(weights.shape[1]) < share
            present[row] = present[row] & ~changed if what == 1 else present[row] | changed
    weights *= present
    return weights


def _measures(rng: np.random.Generator, restless: Floats) -> dict[str, Floats]:
    n = len(restless)
    r = number("quality.motion")
    scanner = rng.standard_normal(n)
    measures = {}
    for field in (*_T1, "25737", "25739", "25744", "25741", "25746"):
        middle, spread = numbers(f"quality.{field}")
        other, weight = (restless, r) if field in _MOTION else (scanner, 0.6)
        latent = weight * other + np.sqrt(1 - weight**2) * rng.standard_normal(n)
        measures[field] = middle * np.exp(spread * latent)
    measures["25746"] = rng.poisson(measures["25746"]).astype(float)
    return measures


def _motion_in_task(people: People, visit: int, restless: Floats) -> Floats:
    """Measure the motion during the task, with random numbers of its own."""
    rng, (middle, spread) = stream(people.seed, f"task motion {visit}"), numbers("quality.25742")
    r = number("quality.motion")
    latent = r * restless + np.sqrt(1 - r**2) * rng.standard_normal(len(people))
    return np.asarray(middle * np.exp(spread * latent))


def _positions(rng: np.random.Generator, n: int) -> dict[str, Floats]:
    measures = {}
    tail = number("quality.position.tail")
    for field, axis in (("25756", "x"), ("25757", "y"), ("25758", "z")):
        middle, scale = numbers(f"quality.position.{axis}")
        measures[field] = middle + scale * rng.standard_t(tail, n)
    usual, share = numbers("quality.position.table")
    away = np.round(usual + 20 * rng.standard_normal(n))
    measures["25759"] = np.where(rng.random(n) < share, usual, away)
    empty, undetermined = numbers("quality.position.missing")
    draw = rng.random(n)
    for values in measures.values():
        values[draw < empty + undetermined] = _NOT_DETERMINED
        values[draw < empty] = np.nan
    return measures
