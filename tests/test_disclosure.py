"""Small counts of real people, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.disclosure import protect


def test_other_worlds_are_left_as_they_are():
    table = pd.DataFrame({"score": ["a"], "value": [0], "count": [2], "percent": [100.0]})
    assert protect({"score_distribution": table}, world="simulated")["score_distribution"] is table


def test_a_small_count_takes_its_neighbour_along():
    table = pd.DataFrame(
        {
            "score": ["a"] * 4 + ["b"] * 2,
            "value": [0, 1, 2, 3, 0, 1],
            "count": [80, 12, 5, 3, 60, 40],
            "percent": [80.0, 12, 5, 3, 60, 40],
        }
    )
    safe = protect({"score_distribution": table}, world="ukb")["score_distribution"]
    # 3 is too small; alone it would follow from the sum, so 5 goes as well.
    np.testing.assert_array_equal(safe["count"], [80, 12, np.nan, np.nan, 60, 40])
    np.testing.assert_array_equal(safe["percent"], [80, 12, np.nan, np.nan, 60, 40])


def test_small_steps_of_the_flow_are_joined():
    flow = pd.DataFrame(
        [
            ("source", "In the data", 0, 100),
            ("a", "No images", 3, 97),
            ("b", "No score", 7, 90),
            ("c", "No covariate", 2, 88),
        ],
        columns=["step", "label", "excluded", "remaining"],
    )
    safe = protect({"flow": flow}, world="ukb")["flow"]
    assert not safe["excluded"].between(1, 4).any()
    assert safe["remaining"].iloc[-1] == 88
    assert safe["excluded"].sum() == 12


def test_extremes_are_somebodys_own():
    table = pd.DataFrame(
        {"label": ["motion"], "below": [3], "above": [40], "minimum": [0.1], "maximum": [9.0]}
    )
    safe = protect({"quality": table}, world="ukb")["quality"]
    assert safe[["below", "minimum", "maximum"]].isna().all(axis=None)
    assert safe["above"].iloc[0] == 40


def test_rates_of_few_cases_are_dropped():
    impact = pd.DataFrame(
        {
            "feature": ["x", "y"],
            "rate_bottom": [0.02, 0.2],
            "rate_top": [0.1, 0.1],
            "n_bottom": [100, 100],
            "n_top": [100, 100],
        }
    )
    assert protect({"impact": impact}, world="ukb")["impact"]["feature"].to_list() == ["y"]


def test_connections_of_few_people_or_of_all_but_a_few_are_hidden():
    table = pd.DataFrame(
        {
            "connection": ["a", "b", "c", "d", "e"],
            "structural_n": [3.0, 5.0, 97.0, 100.0, 0.0],
            "structural_prevalence": [0.03, 0.05, 0.97, 1.0, 0.0],
            "structural_mean": [2.0, 2.0, 2.0, 2.0, np.nan],
        }
    )
    safe = protect({"connections": table}, world="ukb")["connections"]
    assert safe["structural_n"].isna().to_list() == [True, False, True, False, False]
    assert safe["structural_mean"].isna().to_list() == [True, False, True, False, True]
