"""Simulated brains: area, thickness and volume of every region at one or two visits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from transdx._arrays import Bools, Floats, Ints
from transdx.errors import TransdxError
from transdx.fields import read_table
from transdx.modalities import MODALITIES, STRUCTURE, features
from transdx.simulate.constants import number, numbers, stream
from transdx.simulate.effects import Drivers, Plan, plan_effects, root_of
from transdx.simulate.people import People, height_mean, height_sd

#: The age at which the norms are given, years.
_NORM_AGE = 64


@dataclass(frozen=True)
class Norms:
    """Typical brains and how they vary."""

    table: pd.DataFrame  # a row per feature: modality, feature, field, means, SDs and slope
    correlation: Floats  # (features, features), within sex and age
    # weights of each modality's global feature over the features that are written
    totals: dict[str, Floats]

    @property
    def names(self) -> list[tuple[str, str]]:
        """The features as (modality, feature)."""
        return list(zip(self.table["modality"], self.table["feature"], strict=True))

    @property
    def written(self) -> Bools:
        """Which features have a field; the temporal poles have none."""
        return np.asarray(self.table["field"] != "")

    def column(self, name: str) -> Floats:
        """Give a numeric column of the table."""
        return np.asarray(self.table[name].astype(float))


@dataclass(frozen=True)
class Brains:
    """Brains as they are, before anything goes wrong in measuring them; by visit (2, 3)."""

    regions: dict[int, Floats]  # (n, features)
    intracranial: dict[int, Floats]  # (n,), mm^3
    plan: Plan


@cache
def norms() -> Norms:
    """Read the norms and the factor model of the regions."""
    order = pd.DataFrame(
        [(modality, feature) for modality in STRUCTURE for feature in features(modality)],
        columns=["modality", "feature"],
    )
    table = order.merge(read_table("region_norms.csv"), how="left", on=["modality", "feature"])
    factors = order.merge(
        read_table("morphometry_factors.csv"), how="left", on=["modality", "feature"]
    )
    if table["mean_women"].isna().any() or factors["uniqueness"].isna().any():
        raise TransdxError(
            "region_norms.csv or morphometry_factors.csv lacks a region of the atlas"
        )
    loadings = factors.filter(like="factor_").to_numpy(dtype=float)
    correlation = loadings @ loadings.T + np.diag(factors["uniqueness"].astype(float))
    scale = np.sqrt(np.diag(correlation))
    totals = {}
    for modality in STRUCTURE:
        weights = np.asarray((table["modality"] == modality) & (table["field"] != ""), dtype=float)
        mean = MODALITIES[modality].total_by == "mean"
        totals[modality] = weights / weights.sum() if mean else weights
    return Norms(table=table, correlation=correlation / np.outer(scale, scale), totals=totals)


def grow(people: People, drivers: Drivers, effects: pd.DataFrame, *, seed: int) -> Brains:
    """Grow the brains of a cohort; `effects` are those planted, and may be empty."""
    norm = norms()
    slopes = _height_slopes(norm)
    tall = people.height - height_mean(people.male, people.age[2])
    explained = _expected(norm, people.male, people.age[2]) + np.outer(tall, slopes)
    within = {sex: _within_sex(norm, sex, slopes) for sex in (False, True)}
    share = people.male[drivers.analysable].mean()
    plan = plan_effects(
        effects[effects["modality"].isin(STRUCTURE)],
        drivers,
        names=norm.names,
        totals=norm.totals,
        covariance=(1 - share) * within[False] + share * within[True],
        explained=np.cov(explained[drivers.analysable], rowvar=False),
    )
    driven = drivers.signal @ plan.gamma.T
    first, later = _noise(people, drivers, plan, within, seed=seed)
    aged = _expected(norm, people.male, people.age[3]) + np.outer(tall, slopes)
    regions = {2: explained + driven + first, 3: aged + driven + later}
    volume = _intracranial(people, norm, driven + first, seed=seed)
    return Brains(regions=regions, intracranial=volume, plan=plan)


def _expected(norm: Norms, male: Bools, age: Ints) -> Floats:
    means = np.where(male[:, None], norm.column("mean_men"), norm.column("mean_women"))
    return np.asarray(means + np.outer(age - _NORM_AGE, norm.column("slope_per_year")))


def _norm_covariance(norm: Norms, male: bool) -> Floats:
    spread = norm.column("sd_men" if male else "sd_women")
    return norm.correlation * np.outer(spread, spread)


def _height_slopes(norm: Norms) -> Floats:
    """Units per cm: taller people have larger brains, each region as it goes with the total."""
    pooled = (_norm_covariance(norm, False) + _norm_covariance(norm, True)) / 2
    spread = np.sqrt((height_sd(np.array([False, True])) ** 2).mean())
    slopes = np.zeros(len(norm.table))
    correlations = numbers("brain.height_total")
    for (modality, weights), r in zip(norm.totals.items(), correlations, strict=True):
        inside = np.asarray(norm.table["modality"] == modality)
        with_total = np.where(inside, pooled @ weights, 0)
        slopes += r * with_total / np.sqrt(weights @ pooled @ weights) / spread
    return slopes


def _within_sex(norm: Norms, male: bool, slopes: Floats) -> Floats:
    """Covariance of the features given sex, age and height."""
    height = height_sd(np.array([male]))[0] ** 2
    return np.asarray(_norm_covariance(norm, male) - height * np.outer(slopes, slopes))


def _noise(
    people: People, drivers: Drivers, plan: Plan, within: dict[bool, Floats], *, seed: int
) -> tuple[Floats, Floats]:
    """Draw what neither covariates nor symptoms explain, at visits 2 and 3.

    What the symptoms explain is taken out of the covariance, so that the regions keep
    the variances and correlations of the norms.
    """
    rng = stream(seed, "brains")
    shape = (len(people), len(plan.gamma))
    raw, change = rng.standard_normal(shape), rng.standard_normal(shape)
    stay = dict(zip(STRUCTURE, numbers("brain.retest"), strict=True))
    retest = np.array([stay[modality] for modality, _ in norms().names])
    again = retest * raw + np.sqrt(1 - retest**2) * change
    first, later = np.empty(shape), np.empty(shape)
    for sex in (False, True):
        rows = people.male == sex
        inner = drivers.signal[rows & drivers.analysable]
        driven = plan.gamma @ np.cov(inner, rowvar=False) @ plan.gamma.T
        root = _root(within[sex] - driven)
        first[rows], later[rows] = raw[rows] @ root, again[rows] @ root
    return first, later


def _root(covariance: Floats) -> Floats:
    """Symmetric square root; scaled first because units differ a thousandfold."""
    scale = np.sqrt(np.diag(covariance))
    # root @ root is the correlation; the columns carry the units.
    return np.asarray(root_of(covariance / np.outer(scale, scale)) * scale)


def _intracranial(people: People, norm: Norms, residual: Floats, *, seed: int) -> dict[int, Floats]:
    """Draw intracranial volume, which hardly changes: the second visit repeats it within 1 %."""
    rng = stream(seed, "intracranial")
    table = read_table("region_norms.csv")
    row = table[table["feature"] == "intracranial"].iloc[0].to_dict()
    area = residual @ norm.totals["surface_area"]
    r = number("brain.intracranial")
    mixed = r * area / area.std() + np.sqrt(1 - r**2) * rng.standard_normal(len(people))
    mean = np.where(people.male, float(row["mean_men"]), float(row["mean_women"]))
    spread = np.where(people.male, float(row["sd_men"]), float(row["sd_women"]))
    trend = float(row["slope_per_year"]) * (people.age[2] - _NORM_AGE)
    volume = mean + trend + spread * mixed
    return {2: volume, 3: volume * (1 + 0.01 * rng.standard_normal(len(people)))}
