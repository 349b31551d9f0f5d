"""Small counts of real people, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.errors import TransdxError
from transdx.results.disclosure import protect


@pytest.mark.parametrize("world", ["simulated", "open", "ukb"])
def test_a_table_without_an_entry_does_not_leave(world):
    table = pd.DataFrame({"person": [1, 2], "age": [70, 80]})
    flow = pd.DataFrame(columns=["step", "label", "excluded", "remaining"])
    with pytest.raises(TransdxError, match="table 'ages' has no entry in"):
        protect({"flow": flow, "ages": table}, world=world)


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


def test_rates_of_few_cases_are_hidden_and_no_odds():
    impact = pd.DataFrame(
        {
            "feature": ["x", "y"],
            "odds_ratio": [1.1, 1.2],
            "n": [1000, 1000],
            "rate_bottom": [0.02, 0.2],
            "rate_top": [0.1, 0.1],
            "n_bottom": [100, 100],
            "n_top": [100, 100],
        }
    )
    safe = protect({"impact": impact}, world="ukb")["impact"]
    assert safe[["rate_bottom", "n_bottom"]].isna().all(axis="columns").to_list() == [True, False]
    assert safe[["odds_ratio", "rate_top", "n_top"]].equals(
        impact[["odds_ratio", "rate_top", "n_top"]].astype(float)
    )


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


def _step(count):
    rows = [("a", "A", 0, 100), ("b", "B", 0, 100), ("c", "C", count, 100 - count)]
    return pd.DataFrame(rows, columns=["step", "label", "excluded", "remaining"])


def _values(count):
    counts = [count, 95 - count, 5]
    columns = {"score": ["a"] * 3, "value": [2, 0, 1], "count": counts}
    return pd.DataFrame(columns).assign(percent=lambda t: 100.0 * t["count"] / 95)


def _groups(count, base):
    n = [count, base - 30, 30]
    columns = {"characteristic": ["Right-handed"] * 3, "level": ["yes"] * 3, "n": n}
    empty = dict.fromkeys(("mean", "sd", "minimum", "maximum"), np.nan)
    return pd.DataFrame(columns).assign(percent=[100.0 * count / base, 50, 50], **empty)


def _sizes(count):
    return pd.DataFrame({"feature": ["a", "b", "c"], "n": [count, 100, 60]})


def _connection(count):
    return pd.DataFrame(
        {"structural_n": [count], "structural_prevalence": [count / 100], "structural_mean": [2.0]}
    )


def _outliers(**count):
    counts = {"below": [9], "above": [9]} | {side: [n] for side, n in count.items()}
    return pd.DataFrame(counts).assign(minimum=0.1, maximum=0.9)


#: Per kind of count: the table, where the count stands in it, how it is made of a count.
COUNTS = {
    "a step of the flow": ("flow", "excluded", lambda n: _step(n)),
    "a value of a score": ("score_distribution", "count", lambda n: _values(n)),
    "all but so many have a value": ("score_distribution", "count", lambda n: _values(95 - n)),
    "so many with a characteristic": ("demographics", "n", lambda n: _groups(n, 80)),
    "so many without it": ("demographics", "n", lambda n: _groups(80 - n, 80)),
    "low outliers": ("quality", "below", lambda n: _outliers(below=n)),
    "high outliers": ("quality", "above", lambda n: _outliers(above=n)),
    "so many have a connection": ("connections", "structural_n", lambda n: _connection(n)),
    "so many lack a connection": ("connections", "structural_n", lambda n: _connection(100 - n)),
    "so many have a feature": ("associations", "n", lambda n: _sizes(n)),
    "so many lack a feature": ("associations", "n", lambda n: _sizes(100 - n)),
    "so many lack a network": ("networks", "n", lambda n: _sizes(100 - n)),
    "so many lack what a claim is about": ("claims", "n", lambda n: _sizes(100 - n)),
}


@pytest.mark.parametrize(("name", "column", "table"), COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize(("count", "shown"), [(1, False), (4, False), (5, True), (0, True)])
def test_four_are_hidden_and_five_are_shown_in_every_kind_of_table(
    name, column, table, count, shown
):
    given = table(count)
    safe = protect({name: given}, world="ukb")[name]
    held = given.loc[given.index[-1] if name == "flow" else given.index[0], column]
    assert (held in safe[column].to_list()) is shown
    # Whatever the table, nothing in it counts one to four.
    assert not safe[column].between(1, 4).any()


@pytest.mark.parametrize(("hits", "shown"), [(3, False), (4, False), (5, True)])
def test_rates_of_few_hits_or_few_misses_are_hidden(hits, shown):
    n = hits + 5
    rows = [
        ("sensitivity", hits / n, n),
        ("specificity", 5 / n, n),
        ("sensitivity", 3 / 6, 6),
        ("spearman", 0.5, 5),
        ("spearman", 0.5, 4),
    ]
    table = pd.DataFrame(rows, columns=["statistic", "estimate", "n"]).assign(ci_low=0.1, ci_high=1)
    safe = protect({"validation": table}, world="ukb")["validation"]
    assert safe["statistic"].equals(table["statistic"])
    held = [shown, shown, False, True, False]
    for column in ("estimate", "n", "ci_low", "ci_high"):
        assert safe[column].notna().to_list() == held


@pytest.mark.parametrize(("hits", "shown"), [(3, False), (4, False), (5, True)])
@pytest.mark.parametrize("end", ["bottom", "top"])
@pytest.mark.parametrize("few", ["with", "without"])
def test_rates_at_an_end_of_few_with_or_without_a_symptom_are_hidden(hits, shown, end, few):
    n = hits + 30
    enough = {"n": 500, "rate_bottom": 0.5, "n_bottom": 50, "rate_top": 0.5, "n_top": 50}
    rate = hits / n if few == "with" else 30 / n
    table = pd.DataFrame([enough, {**enough, f"rate_{end}": rate, f"n_{end}": n}])
    safe = protect({"impact": table}, world="ukb")["impact"]
    assert safe[[f"rate_{end}", f"n_{end}"]].notna().to_numpy().tolist() == [
        [True] * 2,
        [shown] * 2,
    ]


def test_mean_and_sd_of_three_men_are_missing():
    rows = [("all", 50, 61.0, 7.0), ("women", 47, 60.0, 7.0), ("men", 3, 70.0, 1.0)]
    table = pd.DataFrame(rows, columns=["group", "n", "mean", "sd"])
    table = table.assign(characteristic="Age (years)", level="", percent=np.nan)
    table = table.assign(minimum=45.0, maximum=79.0)
    safe = protect({"demographics": table}, world="ukb")["demographics"].set_index("group")
    assert safe.loc["men", ["n", "mean", "sd"]].isna().all()
    # The mean of the men follows from that of all and that of the women.
    assert safe.loc["women", ["n", "mean", "sd"]].isna().all()
    assert safe.loc["all", ["n", "mean", "sd"]].to_list() == [50, 61, 7]
    assert safe[["minimum", "maximum"]].isna().all(axis=None)


def test_few_who_leave_in_all_are_not_told_from_those_who_never_came():
    flow = pd.DataFrame(
        [("source", "In the data", 0, 60), ("a", "No images", 2, 58), ("b", "No score", 1, 57)],
        columns=["step", "label", "excluded", "remaining"],
    )
    safe = protect({"flow": flow}, world="ukb")["flow"]
    assert safe[["excluded", "remaining"]].to_numpy().tolist() == [[0, 57]]
    assert "less a few" in safe["label"].iloc[0]
