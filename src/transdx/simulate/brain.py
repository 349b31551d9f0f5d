"""Simulated brains: area, thickness and volume of every region at two visits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from transdx._arrays import Bools, Floats, Ints
from transdx.fields import read_table
from transdx.modalities import MODALITIES, features
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, by_score, follow, plan_effects, root_of, toward
from transdx.simulate.people import People, at_centre, height_mean, height_sd, scanner_pattern
from transdx.simulate.shape import shape_of

#: Modalities whose norms are known, in the order of the constants of each.
MORPHOMETRY = ("surface_area", "thickness", "subcortical_volume")
#: The age at which the norms are given, years.
_NORM_AGE = 64


@dataclass(frozen=True)
class Norms:
    """Typical brains and how they vary."""

    table: pd.DataFrame  # by (modality, feature): field (the temporal poles have none), means ...
    correlation: Floats  # (features, features), within sex and age
    # weights of each modality's global feature over the features that are written
    totals: dict[str, Floats]


@dataclass(frozen=True)
class Brains:
    """Brains as they are, before anything goes wrong in measuring them; by visit (2, 3)."""

    regions: dict[int, Floats]  # (n, features)
    intracranial: dict[int, Floats]  # (n,), mm^3
    implied: pd.DataFrame  # modality, feature, score, planted: what has a field


@cache
def norms() -> Norms:
    """Read the norms and the factor model of the regions."""
    names = [(modality, feature) for modality in MORPHOMETRY for feature in features(modality)]
    table = _typical().loc[names]
    factors = read_table("morphometry_factors.csv").set_index(["modality", "feature"]).loc[names]
    loadings = factors.filter(like="factor_").to_numpy(dtype=float)
    correlation = loadings @ loadings.T + np.diag(factors["uniqueness"].astype(float))
    scale = np.sqrt(np.diag(correlation))
    totals = {}
    for modality in MORPHOMETRY:
        inside = table.index.get_level_values("modality") == modality
        weights = np.asarray(inside & (table["field"] != ""), dtype=float)
        mean = MODALITIES[modality].total_by == "mean"
        totals[modality] = weights / weights.sum() if mean else weights
    return Norms(table=table, correlation=correlation / np.outer(scale, scale), totals=totals)


@cache
def _typical() -> pd.DataFrame:
    """Read the norms of all that is measured, by (modality, feature)."""
    table = read_table("region_norms.csv").set_index(["modality", "feature"])
    measured = table.filter(regex="^(mean|sd|slope)_")
    return table.assign(**measured.astype(float))


def grow(people: People, drivers: Drivers, effects: pd.DataFrame) -> Brains:
    """Grow the brains of a cohort; `effects` are those planted, and may be empty."""
    norm = norms()
    slopes = _height_slopes(norm)
    tall = people.height - height_mean(people.male, people.age[2])
    explained, aged = (
        _expected(norm, people.male, people.age[visit]) + np.outer(tall, slopes) for visit in (2, 3)
    )
    within = {sex: _within_sex(norm, sex, slopes) for sex in (False, True)}
    share = people.male[drivers.analysable].mean()
    covariance = (1 - share) * within[False] + share * within[True]
    gamma, implied = plan_effects(
        effects,
        drivers,
        names=list(norm.table.index),
        totals=norm.totals,
        covariance=covariance,
        explained=np.cov(explained[drivers.analysable], rowvar=False),
    )
    gamma = gamma + _with_head(norm, drivers, covariance)
    driven = drivers.signal @ gamma.T
    noise = _noise(people, drivers, gamma, within)
    first, later = (_bent(people, one, within) + driven for one in noise)
    pattern = scanner_pattern("brains", len(covariance)) * np.sqrt(np.diag(covariance))
    shifted = np.outer(at_centre(people, "scanner.shift"), pattern)
    poles = norm.table.index[norm.table["field"] == ""]
    named = pd.MultiIndex.from_frame(implied[["modality", "feature"]])
    return Brains(
        regions={2: explained + shifted + first, 3: aged + shifted + later},
        intracranial=_intracranial(people, drivers, first),
        implied=implied[~named.isin(poles)],
    )


def _expected(norm: Norms, male: Bools, age: Ints) -> Floats:
    means = np.where(male[:, None], norm.table["mean_men"], norm.table["mean_women"])
    return np.asarray(means + np.outer(age - _NORM_AGE, norm.table["slope_per_year"]))


def _norm_covariance(norm: Norms, male: bool) -> Floats:
    spread = norm.table["sd_men" if male else "sd_women"].to_numpy()
    return norm.correlation * np.outer(spread, spread)


def _height_slopes(norm: Norms) -> Floats:
    """Units per cm: taller people have larger brains, each region as it goes with the total."""
    pooled = (_norm_covariance(norm, False) + _norm_covariance(norm, True)) / 2
    spread = np.sqrt((height_sd(np.array([False, True])) ** 2).mean())
    slopes = np.zeros(len(norm.table))
    correlations = numbers("brain.height_total")
    for (modality, weights), r in zip(norm.totals.items(), correlations, strict=True):
        inside = norm.table.index.get_level_values("modality") == modality
        with_total = np.where(inside, pooled @ weights, 0)
        slopes += r * with_total / np.sqrt(weights @ pooled @ weights) / spread
    return slopes


def _within_sex(norm: Norms, male: bool, slopes: Floats) -> Floats:
    """Covariance of the features given sex, age and height."""
    height = height_sd(np.array([male]))[0] ** 2
    return np.asarray(_norm_covariance(norm, male) - height * np.outer(slopes, slopes))


def _with_head(norm: Norms, drivers: Drivers, covariance: Floats) -> Floats:
    """Weigh the drivers so that measures go with symptoms as far as they follow head size."""
    along = covariance @ norm.totals["surface_area"]
    # Head size goes with total area and, by way of it, with everything.
    with_head = number("brain.intracranial") * along / np.sqrt(norm.totals["surface_area"] @ along)
    return np.outer(with_head, toward(drivers, by_score(drivers, "brain.head_symptoms")))


def _noise(
    people: People, drivers: Drivers, gamma: Floats, within: dict[bool, Floats]
) -> tuple[Floats, Floats]:
    """Draw what neither covariates nor symptoms explain, at visits 2 and 3.

    What the symptoms explain is taken out of the covariance, so that the regions keep
    the variances and correlations of the norms.
    """
    rng = stream(people.seed, "brains")
    shape = (len(people), len(gamma))
    raw, change = rng.standard_normal(shape), rng.standard_normal(shape)
    stay = dict(zip(MORPHOMETRY, numbers("brain.retest"), strict=True))
    retest = np.array([stay[modality] for modality, _ in norms().table.index])
    again = retest * raw + np.sqrt(1 - retest**2) * change
    first, later = np.empty(shape), np.empty(shape)
    for sex in (False, True):
        rows = people.male == sex
        inner = drivers.signal[rows & drivers.analysable]
        driven = gamma @ np.cov(inner, rowvar=False) @ gamma.T
        left = within[sex] - driven
        # Scaled first because units differ a thousandfold; the columns of the root carry them.
        scale = np.sqrt(np.diag(left))
        root = root_of(left / np.outer(scale, scale)) * scale
        first[rows], later[rows] = raw[rows] @ root, again[rows] @ root
    return first, later


def _bent(people: People, noise: Floats, within: dict[bool, Floats]) -> Floats:
    """Skew the noise, each modality in its way; effects are added to it as they are."""
    women, men = (np.sqrt(np.diag(within[sex])) for sex in (False, True))
    spread = np.where(people.male[:, None], men, women)
    values = noise / spread
    for modality in MORPHOMETRY:
        place = norms().table.index.get_loc(modality)
        values[:, place] = shape_of(f"brain.shape.{modality}").bend(values[:, place])
    return np.asarray(values * spread)


def _intracranial(people: People, drivers: Drivers, residual: Floats) -> dict[int, Floats]:
    """Draw intracranial volume, which hardly changes: the second visit repeats it within 1 %.

    What symptoms have to do with head size beyond area is as much as makes it what is asked.
    """
    rng = stream(people.seed, "intracranial")
    row = _typical().T["global", "intracranial"]
    area = residual @ norms().totals["surface_area"]
    r = number("brain.intracranial")
    own = follow(drivers, np.sqrt(1 - r**2) * by_score(drivers, "brain.head_symptoms"))
    own += np.sqrt(1 - own.var()) * rng.standard_normal(len(people))
    mixed = r * area / area.std() + np.sqrt(1 - r**2) * own
    mean = np.where(people.male, row["mean_men"], row["mean_women"])
    spread = np.where(people.male, row["sd_men"], row["sd_women"])
    trend = row["slope_per_year"] * (people.age[2] - _NORM_AGE)
    volume = mean + trend + spread * mixed
    return {2: volume, 3: volume * (1 + 0.01 * rng.standard_normal(len(people)))}
