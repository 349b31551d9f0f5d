"""Do the findings hold up? The analysis once more, as each replication of the study file has it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from transdx import stats
from transdx._arrays import Bools, Floats
from transdx._replications import Replication, Rule
from transdx.errors import InputError
from transdx.findings.components import component_scores
from transdx.modalities import CONNECTIVITY
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA, survives
from transdx.sample import Sample, draw_sample, obeys
from transdx.sample.scores import further
from transdx.stats.estimates import draws_of
from transdx.stats.inference import alike
from transdx.stats.replication import (
    Expected,
    Maps,
    Plain,
    associate_plainly,
    found_again,
)

if TYPE_CHECKING:
    from transdx.run import Run

__all__ = ["lacks", "replicated"]

#: Permutations of a replication, at most: p of a likeness is known to a three hundredth.
PERMUTATIONS = 300
_NAMES = ("replications", "replication_maps", "replicated")
#: What is told of a replication that could not be made for another reason than a lack of columns.
_FEW = "too few people have what it asks for"


class _LackingError(InputError):
    """What the data lack, in words that may leave."""


class _Again(NamedTuple):
    """What is analysed in a replication."""

    features: pd.DataFrame
    scores: pd.DataFrame
    covariates: pd.DataFrame


def replicated(
    found: stats.Estimates, associations: pd.DataFrame, sample: Sample, *, run: Run
) -> dict[str, pd.DataFrame]:
    """Repeat the analysis as each replication has it: three tables, or none where a study has none.

    Of each replication, of each of its maps, and of each finding of the study in it. Regions alone
    are repeated. One that the data lack something for is left out, and its row says what.
    """
    if not sample.study.replications:
        return {}
    regions = _regions(sample)
    rows = pd.MultiIndex.from_frame(associations[["modality", "feature"]]).isin(regions)
    main = associations[rows].reset_index(drop=True)
    maps = _maps(found, main, regions)
    regional = replace(sample, features=sample.features[regions])
    parts: list[tuple[list[Any], list[Any], list[Any]]] = []
    for one in sample.study.replications:
        try:
            data = _data(regional, one)
            again = associate_plainly(
                *data,
                permutations=min(run.permutations, PERMUTATIONS),
                seed=run.seed,
                null=one.null,
            )
        except InputError as error:
            logging.getLogger(__name__).warning("replication '%s' is left out: %s", one.name, error)
            parts.append(([_lacking(one, _told(error))], [], []))
            continue
        parts.append(_compared(one, maps, main, again))
    return {
        name: pd.DataFrame(
            [row for part in parts for row in part[place]], columns=TABLES[name].names
        )
        for place, name in enumerate(_NAMES)
    }


def lacks(sample: Sample) -> dict[str, str]:
    """Say of each replication, by its label, what the data lack for it; nothing where it can be."""
    regional = replace(sample, features=sample.features[_regions(sample)])
    found = {}
    for one in sample.study.replications:
        try:
            _data(regional, one)
            found[one.label] = ""
        except InputError as error:
            found[one.label] = _told(error)
    return found


def _told(error: InputError) -> str:
    """Give what may be told: other errors count people, of whom there may be few."""
    return str(error) if isinstance(error, _LackingError) else _FEW


def _regions(sample: Sample) -> list[tuple[str, str]]:
    """List the regions that are not made of connections."""
    labels: list[tuple[str, str]] = sample.features.columns.to_list()  # type: ignore[assignment]
    return [pair for pair in labels if pair[0] not in CONNECTIVITY and pair[1] != "total"]


def _maps(found: stats.Estimates, main: pd.DataFrame, regions: list[tuple[str, str]]) -> Maps:
    """Take the maps of the study as they stand in its table, with what is known of their errors."""
    null, bootstrap = draws_of(found)
    places = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(regions))
    drawn = null[places].reshape(len(main), -1)
    return Maps(
        beta=main["beta"].to_numpy(dtype=float),
        found=survives(main).to_numpy(),
        null_sd=drawn.std(axis=1, ddof=1).astype(float),
        resampled=bootstrap[places].reshape(len(main), -1),
        families=alike(main, ["modality", "score"]),
        draws=drawn.shape[1],
        alpha=ALPHA,
    )


def _data(sample: Sample, one: Replication) -> _Again:
    """Give what is analysed in a replication; an error says what the data lack for it."""
    features = sample.features
    if one.fresh:
        sample = _fresh(sample, one)
        features = sample.features[[pair for pair in features if pair in sample.features]]
    people = pd.Series(data=True, index=sample.scores.index)
    for rule in () if one.fresh else one.inclusion:
        people &= _obeys(sample, rule)
    covariates = sample.covariates.join(_added(sample, one))
    scores = _scores(sample, one)
    people &= (
        features.notna().all(axis=1) & covariates.notna().all(axis=1) & scores.notna().all(axis=1)
    )
    if not people.any():
        raise _LackingError("nobody has all that it asks for")
    return _Again(features[people], scores[people], covariates[people])


def _obeys(sample: Sample, rule: Rule) -> pd.Series:
    if not sample.cohort.has(rule.variable):
        raise _LackingError(f"field {rule.variable.name} is not in the data")
    return obeys(sample.cohort, rule).loc[sample.scores.index]


def _fresh(sample: Sample, one: Replication) -> Sample:
    """Draw the sample of other people, or of another visit, by the rules of the study.

    Connectomes have no part in it: they are those of the first imaging visit.
    """
    if one.export and one.name not in sample.cohort.beside:
        raise _LackingError(f"there is no folder {one.export} beside the table")
    cohort = sample.cohort.beside[one.name] if one.export else sample.cohort
    study = sample.study.again(one)
    if one.visit and not (study.imaging and cohort.has(study.imaging)):
        raise _LackingError(f"visit {one.visit} is not in the data")
    return draw_sample(replace(cohort, study=study, connectomes=None))


def _added(sample: Sample, one: Replication) -> pd.DataFrame:
    """Give what a replication holds constant beside the covariates of the study."""
    lacking = [name for name in one.nuisances if name not in sample.nuisances]
    for covariate in one.added:
        lacking += [] if any(map(sample.cohort.has, covariate.read)) else [covariate.name]
    if lacking:
        raise _LackingError(f"{', '.join(lacking)} is not in the data")
    people = sample.scores.index
    own = further(sample.cohort, one.added).loc[people]
    return sample.nuisances.loc[people, list(one.nuisances)].join(own)


def _scores(sample: Sample, one: Replication) -> pd.DataFrame:
    if one.scores == "any symptom":
        return (sample.scores > 0).astype(float)
    return component_scores(sample) if one.scores == "components" else sample.scores


def _lacking(one: Replication, why: str) -> dict[str, Any]:
    return _named(one) | {"lacks": why}


def _named(one: Replication) -> dict[str, str]:
    return {
        "replication": one.name,
        "label": one.label,
        "fresh": "yes" if one.fresh else "no",
    }


def _compared(
    one: Replication, maps: Maps, main: pd.DataFrame, again: Plain
) -> tuple[list[Any], list[Any], list[Any]]:
    """Set a replication beside the study: its rows of the three tables."""
    labels = pd.MultiIndex.from_frame(main[["modality", "feature"]].drop_duplicates())
    # A measure that it lacks is missing.
    places = again.beta.index.get_indexer(labels)
    there = (places >= 0)[:, None]
    beta = np.where(there, again.beta.to_numpy()[places], np.nan).reshape(-1)
    p = np.where(there, again.p[places], np.nan).reshape(-1)
    permuted = np.where(there[:, None], again.null[places], np.nan).reshape(len(main), -1)
    held = found_again(
        maps.beta[:, None], maps.found[:, None], beta[:, None], p[:, None],
        maps.families, maps.alpha,
    )[:, 0]  # fmt: skip
    n = again.n
    ratio = n / float(main["n"].max())
    expected = maps.expected(ratio, fresh=one.fresh)
    plain = expected if not one.fresh else maps.expected(ratio, fresh=False)
    whole = {
        **_named(one), "n": n, "lacks": "",
        **_counted(maps.found, held, maps.beta, beta, expected.whole),
        "expected_study": float(plain.whole.mean() * maps.found.sum()),
        **_retained(maps, beta, permuted),
    }  # fmt: skip
    rows = list(_of_maps(one, maps, main, beta, held, permuted, expected, n))
    return [whole], rows, _of_findings(one, maps, main, beta, p, held)


def _counted(
    found: Bools, held: Bools, first: Floats, second: Floats, shares: Floats
) -> dict[str, Any]:
    """Count what is found again, against what may be expected; p says how seldom it is so few."""
    many, again = int(found.sum()), int(held.sum())
    counts = shares[np.isfinite(shares)] * many
    same = int((np.sign(first) == np.sign(second))[found].sum())
    row: dict[str, Any] = {"findings": many, "same_sign": same, "again": again}
    if not many or not len(counts):
        return row
    low, high = np.quantile(counts, [0.025, 0.975])
    fewer = int((counts <= again + 1e-9).sum())
    row |= {"expected": counts.mean(), "ci_low": low, "ci_high": high}
    return row | {"p": (1 + fewer) / (1 + len(counts))}


def _retained(maps: Maps, beta: Floats, permuted: NDArray[Any]) -> dict[str, float]:
    """Say how large the effects of all findings are again, of what they were, and how seldom so."""
    there = maps.found & np.isfinite(beta)
    if not there.any():
        return {}
    signs, size = np.sign(maps.beta[there]), np.abs(maps.beta[there]).sum()
    retained = float(signs @ beta[there] / size)
    by_chance = signs @ permuted[there] / size
    reach = float(norm.isf(ALPHA / 2) * by_chance.std(ddof=1))
    return {
        "retained": retained,
        "retained_low": retained - reach,
        "retained_high": retained + reach,
        "p_retained": (1 + int((by_chance >= retained).sum())) / (1 + len(by_chance)),
    }


def _of_maps(
    one: Replication,
    maps: Maps,
    main: pd.DataFrame,
    beta: Floats,
    held: Bools,
    permuted: NDArray[Any],
    expected: Expected,
    n: int,
) -> Iterator[dict[str, Any]]:
    """Set each map of a replication beside that of the study."""
    for place, rows in enumerate(maps.families):
        there = rows[np.isfinite(beta[rows])]
        if not len(there):
            continue
        first = main.iloc[rows[0]]
        counted = _counted(
            maps.found[rows], held[rows], maps.beta[rows], beta[rows], expected.again[place]
        )
        told = {"replication": one.name, "modality": first["modality"], "score": first["score"]}
        told |= {name: counted.get(name) for name in ("findings", "again", "expected")}
        yield (
            told
            | {"n": n}
            | _alike(maps.beta[there], beta[there], permuted[there], expected.likeness[place])
        )


def _alike(first: Floats, second: Floats, permuted: NDArray[Any], likely: Floats) -> dict[str, Any]:
    """Correlate a map with that of the study; against chance, and against what may be expected."""
    if len(first) < 3:
        return {}
    both = np.column_stack([second, permuted])
    apart, centred = first - first.mean(), both - both.mean(axis=0)
    r = apart @ centred / np.sqrt((apart @ apart) * (centred**2).sum(axis=0))
    low, high = np.nanquantile(likely, [0.025, 0.975])
    return {"r": r[0], "r_low": low, "r_high": high, "p": float((r >= r[0]).mean())}


def _of_findings(
    one: Replication, maps: Maps, main: pd.DataFrame, beta: Floats, p: Floats, held: Bools
) -> list[dict[Any, Any]]:
    some = main[maps.found]
    told = some[["modality", "feature", "score", "beta"]].assign(
        replication=one.name, beta_again=beta[maps.found], p=p[maps.found],
        again=np.where(held[maps.found], "yes", "no"),
    )  # fmt: skip
    return told.to_dict("records")
