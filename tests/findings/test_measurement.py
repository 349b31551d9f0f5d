"""A score that is measured better seems to be affected more; at equal reliability it is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.findings.measurement import at_equal_reliability, disattenuated
from transdx.results.confounds import cite
from transdx.stats import associate

REGIONS = [
    f"{side}_{name}"
    for side in ("left", "right")
    for name in ("caudate", "putamen", "pallidum", "accumbens", "amygdala")
]
SCORES = ["insomnia", "depression", "anxiety"]
#: Insomnia is measured without error, the others with as much error as truth.
RELIABLE = pd.DataFrame({"score": SCORES, "way": "used", "n": 2_000, "estimate": [1.0, 0.5, 0.5]})


@pytest.fixture(scope="module")
def found():
    """All three traits go with the same volumes alike; two are measured half as well."""
    rng = np.random.default_rng(11)
    brain = rng.normal(size=2_000)
    volumes = pd.DataFrame({r: brain + rng.normal(size=2_000) for r in REGIONS})
    volumes.columns = pd.MultiIndex.from_product([["subcortical_volume"], REGIONS])
    truth = -0.25 * brain[:, None] + np.sqrt(1 - 0.25**2) * rng.normal(size=(2_000, 3))
    error = np.array([0.0, 1.0, 1.0]) * rng.normal(size=(2_000, 3))
    scores = pd.DataFrame(truth + error, columns=SCORES)
    nobody = pd.DataFrame(index=scores.index)
    return associate(volumes, scores, nobody, permutations=200, bootstraps=1_000, seed=1)


def test_equal_effects_differ_as_measured_and_not_at_equal_reliability(found):
    table = at_equal_reliability(found, [], RELIABLE)
    assert table[["claim", "score"]].drop_duplicates().to_numpy().tolist() == [["C4", "insomnia"]]
    assert table["other"].tolist() == ["depression", "anxiety"]
    assert (table["ci_high"] < 0).all()
    assert ((table["equal_low"] < 0) & (table["equal_high"] > 0)).all()
    said = cite({"equal_reliability": table})["equal_reliability.text"]
    assert "these would vanish: C4, insomnia less depression" in said


def test_betas_are_divided_by_the_root_of_the_reliability(found):
    reliable = RELIABLE.set_index("score")["estimate"]
    equal = disattenuated(found, reliable)
    expected = found.beta / np.sqrt([1.0, 0.5, 0.5])
    pd.testing.assert_frame_equal(equal.beta, expected)
    np.testing.assert_allclose(
        equal.bootstrap[:, 1], found.bootstrap[:, 1] / np.sqrt(0.5), rtol=1e-6
    )


def test_a_difference_that_stays_is_said_to_stay(found):
    table = at_equal_reliability(found, [], RELIABLE.assign(estimate=0.8))
    said = cite({"equal_reliability": table})["equal_reliability.text"]
    assert said.endswith("Measured equally well, all would keep it.")
    # One factor for all scores changes sizes, and nothing else.
    assert (table["equal"] / table["difference"]).to_numpy() == pytest.approx(0.8**-0.5)


def test_without_a_reliability_nothing_is_said(found):
    none = at_equal_reliability(found, [], RELIABLE.iloc[:2])
    assert none.empty
    assert "cannot be asked" in cite({"equal_reliability": none})["equal_reliability.text"]
