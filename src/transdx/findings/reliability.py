"""How well a measure is known: found again a second time, and alike within families."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from transdx.cohort import Cohort
from transdx.modalities import MODALITIES
from transdx.results.schema import TABLES
from transdx.sample import Sample, answers, obeys, with_total
from transdx.study import Repeat, Score

__all__ = ["relatives", "reliability", "score_reliability"]

#: Fewer people than this say nothing of a reliability.
LEAST = 10


def reliability(cohort: Cohort) -> pd.DataFrame:
    """Say how reliable each feature is: a row per repeat of the study and feature.

    The intraclass correlation of two visits, by consistency (Shrout and Fleiss 1979,
    doi:10.1037/0033-2909.86.2.420, their ICC(3,1)), with its interval of F: that all values are
    a little larger the second time takes nothing from an association.
    """
    rows = [row for repeat in cohort.study.repeats for row in _of_repeat(cohort, repeat)]
    return pd.DataFrame(rows, columns=TABLES["reliability"].names)


def _of_repeat(cohort: Cohort, repeat: Repeat) -> list[tuple[object, ...]]:
    stays = pd.concat([obeys(cohort, rule) for rule in repeat.inclusion], axis=1).all(axis=1)
    rows: list[tuple[object, ...]] = []
    for modality in cohort.modalities():
        once, again = (
            with_total(cohort.features(modality, visit=visit)[stays], MODALITIES[modality].total_by)
            for visit in (cohort.study.visit, repeat.visit)
        )
        for feature in once:
            both = pd.concat([once[feature], again[feature]], axis=1).dropna()
            if len(both) >= LEAST:
                found = intraclass(both.iloc[:, 0], both.iloc[:, 1])
                rows.append((repeat.name, modality, feature, len(both), *found))
    return rows


def intraclass(one: pd.Series, other: pd.Series) -> tuple[float, float, float]:
    """Correlate two measurements of the same people as of one kind, with the 95 % interval.

    >>> intraclass(pd.Series([1.0, 2, 3, 4]), pd.Series([2.0, 3, 4, 5]))[0]
    1.0
    """
    n = len(one)
    between, within = (one + other).var() / 2, (one - other).var() / 2
    with np.errstate(divide="ignore"):
        f = float(between / within) if within else np.inf
    reach = float(stats.f.ppf(0.975, n - 1, n - 1))
    low, high = f / reach, f * reach
    # Of two measurements: (F - 1) / (F + 1), written so that no F is too large for it.
    return 1 - 2 / (f + 1), 1 - 2 / (low + 1), 1 - 2 / (high + 1)


def score_reliability(sample: Sample) -> pd.DataFrame:
    """Say how reliable each score is: over its items, over two visits, and as it is used.

    Items: Cronbach's alpha of those of a visit (1951, doi:10.1007/BF02310555) with the interval of
    Feldt (1965, doi:10.1007/BF02289499). Visits: the intraclass correlation of the first and the
    last, between which people may also have changed. As it is used a score is the mean of the
    visits that somebody has, and errs the less the more these are.
    """
    rows: list[tuple[object, ...]] = []
    for score in sample.study.scores:
        visits = [answers(sample.cohort, score, visit) for visit in score.visits]
        visits = [asked.loc[sample.scores.index] for asked in visits]
        for visit, asked in zip(score.visits, visits, strict=True):
            complete = asked.dropna()
            if len(score.items) > 1 and len(complete) >= LEAST:
                rows.append((score.name, f"items_{visit}", len(complete), *alpha(complete)))
        if len(visits) > 1:
            rows += _over_visits(score, [asked.sum(axis=1, skipna=False) for asked in visits])
    return pd.DataFrame(rows, columns=TABLES["score_reliability"].names)


def _over_visits(score: Score, points: list[pd.Series]) -> list[tuple[object, ...]]:
    both = pd.concat([points[0], points[-1]], axis=1).dropna()
    if len(both) < LEAST or not both.var().all():
        return []
    once = intraclass(both.iloc[:, 0], both.iloc[:, 1])
    held = pd.concat(points, axis=1).notna().sum(axis=1)
    # What one visit errs is divided among those that are averaged, person by person.
    error = float((1 / held[held > 0]).mean())
    used = [r / (r + (1 - r) * error) if r > 0 else np.nan for r in once]
    people = (len(both), int((held > 0).sum()))
    return [
        (score.name, "visits", people[0], *once),
        (score.name, "used", people[1], *used),
    ]


def alpha(items: pd.DataFrame) -> tuple[float, float, float]:
    """Give Cronbach's alpha of the items (columns) of people, with the 95 % interval.

    >>> round(alpha(pd.DataFrame({"a": [0, 1, 2, 3], "b": [0, 2, 2, 3]}))[0], 3)
    0.96
    """
    n, k = items.shape
    whole = float(items.sum(axis=1).var())
    found = k / (k - 1) * (1 - float(items.var().sum()) / whole) if whole else np.nan
    ends = [float(stats.f.ppf(tail, n - 1, (n - 1) * (k - 1))) for tail in (0.975, 0.025)]
    low, high = (1 - (1 - found) * end for end in ends)
    return found, low, high


def relatives(sample: Sample) -> pd.DataFrame:
    """Say what relatives do to standard errors: a row per feature and term.

    Each feature, in SD, is regressed on the covariates that are no products. Beside the standard
    error that takes everybody for unrelated stands one that lets relatives be alike
    (cluster-robust, Liang and Zeger 1986, doi:10.1093/biomet/73.1.13), and how alike they are in
    what the covariates leave (intraclass correlation, by analysis of variance).
    """
    family = sample.cohort.values(sample.study.family).loc[sample.covariates.index]  # type: ignore[arg-type]
    codes, names = pd.factorize(family)
    plain = [one.name for one in sample.study.covariates if not one.product]
    people = sm.add_constant(sample.covariates[plain].astype(float))
    rows = []
    labels: list[tuple[str, str]] = sample.features.columns.to_list()  # type: ignore[assignment]
    for modality, feature in labels:
        values = sample.features[(modality, feature)].astype(float)
        model = sm.OLS((values - values.mean()) / values.std(), people)
        plainly = model.fit()
        robust = model.fit(cov_type="cluster", cov_kwds={"groups": codes})
        alike = _alike(plainly.resid.to_numpy(), codes)
        for term in ("age", "sex"):
            numbers = (plainly.params[term], plainly.bse[term], robust.bse[term])
            ratio = robust.bse[term] / plainly.bse[term]
            where = (modality, feature, term, len(people), len(names))
            rows.append((*where, *numbers, ratio, alike))
    return pd.DataFrame(rows, columns=TABLES["relatives"].names)


def _alike(values: np.ndarray, family: np.ndarray) -> float:
    """Correlate relatives: intraclass correlation by a one-way analysis of variance."""
    size = np.bincount(family)
    mean = np.bincount(family, values) / size
    k, n = len(size), len(values)
    between = float((size * (mean - values.mean()) ** 2).sum()) / (k - 1)
    within = float(((values - mean[family]) ** 2).sum()) / (n - k)
    usual = (n - (size**2).sum() / n) / (k - 1)
    return float((between - within) / (between + (usual - 1) * within))
