"""How reliable scores are: against a planted truth, and against other ways to compute it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from transdx.findings.reliability import alpha, score_reliability
from transdx.results.certainty import cite
from transdx.study import Score

MANY = 3_000


def test_alpha_is_the_mean_of_all_split_halves() -> None:
    rng = np.random.default_rng(2)
    items = pd.DataFrame(rng.normal(size=(200, 4)) + rng.normal(size=(200, 1)))
    halves = []
    for one in ((0, 1), (0, 2), (0, 3)):
        a, b = (items[list(part)].sum(axis=1) for part in (one, set(range(4)) - set(one)))
        # Guttman's split half, of which alpha is the mean over all ways to split.
        halves.append(4 * np.cov(a, b)[0, 1] / (a + b).var())
    assert alpha(items)[0] == pytest.approx(np.mean(halves))


def test_interval_of_alpha_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    # Three items that correlate 0.5: alpha is 0.75.
    inside = []
    for _ in range(600):
        items = rng.normal(size=(60, 3)) + rng.normal(size=(60, 1))
        _, low, high = alpha(pd.DataFrame(items))
        inside.append(low <= 0.75 <= high)
    assert 0.93 < np.mean(inside) < 0.97


class _Cohort:
    """Answers at two visits, of which some lack the second."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def values(self, variable: Any) -> pd.Series:
        return self.table[(variable.name, variable.visit)]


@pytest.fixture
def sample() -> Any:
    rng = np.random.default_rng(5)
    # Half of what a visit tells is lasting: a reliability of 0.5 of a visit.
    lasting, now = rng.normal(size=MANY), rng.normal(size=(MANY, 2))
    points = pd.DataFrame(lasting[:, None] + now)
    points.loc[: MANY // 4 - 1, 1] = np.nan
    points.columns = pd.MultiIndex.from_tuples([("7", 0), ("7", 2)])
    score = Score("calm", ("7",), 0.0, (0, 2), 9.0, "calm")
    return SimpleNamespace(
        cohort=_Cohort(points),
        scores=pd.DataFrame(index=points.index),
        study=SimpleNamespace(scores=(score,)),
    )


def test_a_planted_reliability_is_found_over_visits_and_as_used(sample: Any) -> None:
    table = score_reliability(sample).set_index("way")
    assert list(table.index) == ["visits", "used"]
    assert table.loc["visits", "n"] == MANY - MANY // 4
    assert table.loc["visits", "estimate"] == pytest.approx(0.5, abs=0.03)
    # Errors: half of everything, shared by two visits in three quarters: 0.5 * (0.25 + 0.75 / 2).
    assert table.loc["used", "estimate"] == pytest.approx(0.5 / (0.5 + 0.5 * 0.625), abs=0.03)
    assert table.loc["used", "n"] == MANY


def test_visits_are_correlated_as_a_mixed_model_says(sample: Any) -> None:
    points = sample.cohort.table.dropna().iloc[:600]
    long = points.set_axis(["0", "2"], axis=1).melt(ignore_index=False).reset_index()
    fit = MixedLM.from_formula("value ~ variable", long, groups="index").fit()
    between = float(fit.cov_re.iloc[0, 0])
    sample.cohort.table = points
    sample.scores = pd.DataFrame(index=points.index)
    found = score_reliability(sample).set_index("way").loc["visits", "estimate"]
    assert found == pytest.approx(between / (between + fit.scale), abs=1e-4)


def test_what_is_asked_once_has_no_reliability(sample: Any) -> None:
    sample.study.scores = (Score("calm", ("7",), 0.0, (0,), 9.0, "calm"),)
    assert score_reliability(sample).empty


def test_sentence_says_what_an_association_keeps() -> None:
    rows = [("anxiety", "visits", 100, 0.3, 0.2, 0.4), ("anxiety", "used", 100, 0.49, 0.4, 0.6)]
    columns = ["score", "way", "n", "estimate", "ci_low", "ci_high"]
    said = cite({"score_reliability": pd.DataFrame(rows, columns=columns)})
    assert "shows at 70 % for anxiety of its size" in said["certainty.reliability"]
