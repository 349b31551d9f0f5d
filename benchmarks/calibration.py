"""Whether each step of the method holds its word: false positives, coverage, bias, FDR.

    python benchmarks/calibration.py --cohorts 300

Draws cohorts in which the truth is known, without the detour of an export: three correlated scores
of small whole numbers, covariates, and measures that hang together, some of them with gaps. Each
cohort gives one number for each step; the result is their mean, its 95 % band and the central 95 %
of the cohorts. The estimates of a cohort hang together, so that no band is taken over them. It goes
to ``src/transdx/measured/calibration.json``, from where `transdx.open_measured` has it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx import __version__, stats
from transdx.findings.criteria import within
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.stats.permutation import Scheme

TO = Path(__file__).parents[1] / "src" / "transdx" / "measured" / "calibration.json"
SCORES = ("insomnia", "depression", "anxiety")
#: Where the latent score is cut into whole numbers: most people have none or few symptoms.
CUTS = ((-0.7, 0.6), (0.6, 1.2, 1.7, 2.2), (0.4, 1.0, 1.6))
#: Measures: those with an effect on the first score come first, those with gaps last.
FEATURES, WITH_EFFECT, WITH_GAPS = 40, 10, 10
#: What of a measure's variance goes with the brain as a whole, and the share that is missing.
COMMON, MISSING = 0.3, 0.25
#: SD of a measure per SD of the first score.
EFFECT = 0.12
#: People in whom moments are known.
MANY = 2_000_000
#: The share of a latent score that the covariates explain: as here, and where they go with it.
USUAL, STRONG = 0.03, 0.6
#: What rows of the table are about, see `transdx.results.calibration`.
FALSE, EFFECTS = "false_positives", "effects"
TIES = {"usual": USUAL, "strong": STRONG}
NULLS: tuple[Scheme, ...] = ("permute", "aligned", "freedman-lane")

Floats = NDArray[np.float64]
Row = tuple[str, str, str, str]  # measure, step, null, situation
Found = Iterator[tuple[Row, float]]


@dataclass(frozen=True)
class Cohort:
    """People who do not exist, and the coefficients that they would have if there were more."""

    features: pd.DataFrame
    scores: pd.DataFrame
    covariates: pd.DataFrame
    truth: Floats  # features x scores


def main() -> None:
    """Measure every step in as many cohorts, and write down what came out."""
    chosen = _asked()
    start = time.perf_counter()
    found: dict[Row, list[float]] = defaultdict(list)
    for number in range(chosen.cohorts):
        seed = chosen.seed + number
        for row, value in in_a_cohort(seed, chosen.participants, chosen.draws):
            found[row].append(value)
        if (number + 1) % 20 == 0:
            took = f"{time.perf_counter() - start:.0f} s"
            print(f"{number + 1} of {chosen.cohorts}: {took}", flush=True)
    rows = [(*row, *summary(np.array(values), row[0])) for row, values in found.items()]
    table = pd.DataFrame([*rows, *spun(chosen.seed)], columns=TABLES["calibration"].names)
    report = {
        "command": " ".join(["python", "benchmarks/calibration.py", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": __version__,
        **{name: getattr(chosen, name) for name in ("cohorts", "participants", "draws", "seed")},
        "rows": json.loads(table.round(5).to_json(orient="records")),
    }
    TO.parent.mkdir(exist_ok=True)
    TO.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(table.to_string(), f"{time.perf_counter() - start:.0f} s", sep="\n")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    whole = {"type": int, "metavar": "N"}
    parser.add_argument("--cohorts", default=300, help="of each kind (default: 300)", **whole)
    parser.add_argument("--participants", default=1_000, help="people of each", **whole)
    parser.add_argument("--draws", default=500, help="permutations and resamples", **whole)
    parser.add_argument("--seed", default=1, help="seed of the first cohort (default: 1)", **whole)
    return parser.parse_args()


def summary(values: Floats, measure: str) -> tuple[float, float, float, float, float, int]:
    """Give the mean over cohorts, its 95 % band, the central 95 % of cohorts and their number."""
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    band = np.array([mean - 1.96 * error, mean + 1.96 * error])
    # A share lies between none and all, a bias anywhere.
    low, high = band if measure == "bias" else band.clip(0, 1)
    least, most = np.quantile(values, [0.025, 0.975])
    return mean, low, high, least, most, len(values)


def in_a_cohort(seed: int, people: int, draws: int) -> Found:
    """Measure every step once: in cohorts without effects, and in one with."""
    for situation, tie in TIES.items():
        cohort = draw(people, tie=tie, effect=0.0, seed=seed)
        yield from _without_effects(cohort, situation, seed, draws)
    cohort = draw(people, tie=USUAL, effect=EFFECT, seed=seed)
    yield from _with_effects(cohort, seed, draws)
    yield from _odds(people, seed)


def _without_effects(cohort: Cohort, situation: str, seed: int, draws: int) -> Found:
    """Count what is found where nothing is."""
    for null in NULLS:
        # Of intervals one is asked for, which no null changes.
        found = _associate(cohort, null, seed, draws, draws if null == NULLS[0] else 2)

        def rate(step: str, p: pd.Series, null: str = null) -> tuple[Row, float]:
            return (FALSE, step, null.replace("-", "_"), situation), float((p <= ALPHA).mean())

        # Permuted scores stay with the people whom a gap is about; one measure has the same null.
        if null != "aligned":
            table = found.table()
            smallest = table.groupby("score")[["p_familywise", "p_fdr"]].min()
            yield rate("p", table["p"])
            yield rate("exact", table["p_permutation"])
            yield rate("familywise", smallest["p_familywise"])
            yield rate("fdr", smallest["p_fdr"])
        yield rate("gaps", stats.combine(found, _mean_with_gaps(cohort)).table()["p"])
        if null == NULLS[0]:
            differences = stats.contrast(found, features=list(found.beta.index))
            yield rate("difference", differences["p"], "bootstrap")
            impact = stats.impact(cohort.features.iloc[:, :2], cohort.scores, cohort.covariates)
            yield rate("odds_ratio", impact["p"], "wald")


def _with_effects(cohort: Cohort, seed: int, draws: int) -> Found:
    """Hold estimates and intervals against the truth, and count false ones among what is found."""
    found = _associate(cohort, "freedman-lane", seed, draws, draws)
    table = found.table().assign(truth=cohort.truth.ravel())
    table["inside"] = table["truth"].between(table["ci_low"], table["ci_high"])
    table["off"] = table["beta"] - table["truth"]
    real = (table["truth"] != 0) & (table["score"] == SCORES[0])
    for step, rows in (("effect", real), ("none", table["truth"] == 0)):
        yield ("coverage", step, "bootstrap", EFFECTS), float(table.loc[rows, "inside"].mean())
        yield ("bias", step, "bootstrap", EFFECTS), float(table.loc[rows, "off"].mean())
    own = table[table["score"] == SCORES[0]]
    survive, none = own["p_fdr"] <= ALPHA, own["truth"] == 0
    false = (survive & none).sum() / max(1, survive.sum())
    yield ("fdr", "survivors", "freedman_lane", EFFECTS), float(false)
    yield ("power", "effect", "freedman_lane", EFFECTS), float(survive[~none].mean())
    yield ("coverage", "difference", "bootstrap", EFFECTS), _differences_held(found, cohort)
    # An effect at the bound is not within it: there the test errs the most.
    at = [within(row.beta, row.se, abs(row.truth)) for row in table[real].itertuples()]
    yield (FALSE, "absent", "bootstrap", EFFECTS), float(np.mean(np.array(at) <= ALPHA))


def _differences_held(found: stats.Associations, cohort: Cohort) -> float:
    """Give the share of differences from the first score whose interval holds the truth."""
    table = stats.contrast(found, features=list(found.beta.index[:WITH_EFFECT]))
    held = []
    for column, score in enumerate(SCORES[1:], 1):
        rows = table[(table["score_a"] == SCORES[0]) & (table["score_b"] == score)]
        true = (cohort.truth[:, 0] - cohort.truth[:, column])[:WITH_EFFECT]
        held.append((rows["ci_low"] <= true) & (true <= rows["ci_high"]))
    return float(np.mean(held))


def _odds(people: int, seed: int) -> Found:
    """Hold the interval of an odds ratio against the one that people were drawn by."""
    rng = np.random.default_rng([seed, 9])
    x, age = rng.normal(size=(2, people))
    slope = np.log(1.2)
    chance = 1 / (1 + np.exp(1.0 + slope * x - 0.3 * age))
    symptom = rng.uniform(size=people) < chance
    table = stats.impact(
        pd.DataFrame({"left_insula": x}),
        pd.DataFrame({SCORES[-1]: symptom.astype(int)}),
        pd.DataFrame({"age": age}),
    )
    # Per SD in these people, as the table has it.
    true = np.exp(slope * x.std(ddof=1))
    held = table["ci_low"][0] <= true <= table["ci_high"][0]
    yield ("coverage", "odds_ratio", "wald", EFFECTS), float(held)


def spun(seed: int) -> list[tuple[object, ...]]:
    """Count unrelated maps that spins and shuffles call correlated; each pair is a case."""
    table = stats.spin_validity(stats.spins(500, seed=seed), maps=1_000, seed=seed)
    return [
        (
            *(FALSE, one.structure, one.null, f"sides_{one.sides:g}"),
            *(one.rate, one.ci_low, one.ci_high, np.nan, np.nan, one.maps),
        )
        for one in table.itertuples()
    ]


def draw(people: int, *, tie: float, effect: float, seed: int) -> Cohort:
    """Draw people whose covariates explain a share (`tie`) of their latent scores."""
    rng = np.random.default_rng([seed, round(100 * tie), round(1000 * effect)])
    covariates, scores = _people(people, tie, rng)
    projected, cov, sd = _moments(tie)
    weights = np.zeros(FEATURES)
    weights[:WITH_EFFECT] = effect
    # What of the first score the covariates leave, in SD of the score.
    left = (scores[:, 0] - np.column_stack([np.ones(people), covariates]) @ projected) / sd[0]
    own = rng.normal(size=(people, FEATURES)) * np.sqrt(1 - COMMON)
    x = own + np.sqrt(COMMON) * rng.normal(size=(people, 1)) + 0.4 * covariates[:, 1:2]
    x += left[:, None] * weights
    # Partial standardised coefficients, by the theorem of Frisch, Waugh and Lovell.
    alone = 1 + weights**2 * cov[0, 0] / sd[0] ** 2
    spread = np.sqrt(alone + 0.4**2)
    truth = np.outer(weights * spread / alone, cov[0] / sd[0] / sd)
    x[:, -WITH_GAPS:][rng.uniform(size=(people, WITH_GAPS)) < MISSING] = np.nan
    names = [f"f{number:02}" for number in range(FEATURES)]
    return Cohort(
        pd.DataFrame(x, columns=names),
        pd.DataFrame(scores, columns=list(SCORES)),
        pd.DataFrame(covariates, columns=["age", "sex", "height"]),
        truth,
    )


def _people(people: int, tie: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw covariates, scaled to unit variance, and scores."""
    age, tall, general = rng.normal(size=(3, people))
    sex = rng.choice([-1.0, 1.0], people)
    covariates = np.column_stack([age, sex, 0.7 * sex + np.sqrt(1 - 0.7**2) * tall])
    known = (sex - age) / np.sqrt(2)
    own = rng.normal(size=(people, len(SCORES)))
    trait = np.sqrt(0.5) * (general[:, None] + own)
    latent = np.sqrt(tie) * known[:, None] + np.sqrt(1 - tie) * trait
    scores = [np.digitize(latent[:, place], cuts) for place, cuts in enumerate(CUTS)]
    return covariates, np.column_stack(scores).astype(float)


@lru_cache
def _moments(tie: float) -> tuple[Floats, Floats, Floats]:
    """Of very many people: the first score by the covariates, what they leave of all, and SDs."""
    covariates, scores = _people(MANY, tie, np.random.default_rng(7))
    design = np.column_stack([np.ones(len(scores)), covariates])
    slopes = np.linalg.solve(design.T @ design, design.T @ scores)
    left = scores - design @ slopes
    return slopes[:, 0], left.T @ left / len(left), scores.std(axis=0)


def _associate(
    cohort: Cohort, null: Scheme, seed: int, permutations: int, bootstraps: int
) -> stats.Associations:
    return stats.associate(
        cohort.features,
        cohort.scores,
        cohort.covariates,
        permutations=permutations,
        bootstraps=bootstraps,
        seed=seed,
        null=null,
        threads=1,
    )


def _mean_with_gaps(cohort: Cohort) -> pd.DataFrame:
    names = cohort.features.columns[-WITH_GAPS:]
    return pd.DataFrame(1 / len(names), index=["mean"], columns=names)


if __name__ == "__main__":
    main()
