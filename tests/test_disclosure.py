"""Small counts of real people, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.errors import InputError, TransdxError
from transdx.results.disclosure import protect, shown
from transdx.results.store import Findings, save_findings
from transdx.study import load_study
from transdx.writing import Withheld

WITHHELD = str(Withheld())


@pytest.mark.parametrize("world", ["simulated", "open", "ukb"])
def test_a_table_without_an_entry_does_not_leave(world):
    table = pd.DataFrame({"person": [1, 2], "age": [70, 80]})
    flow = pd.DataFrame(columns=["step", "label", "excluded", "remaining"])
    with pytest.raises(TransdxError, match="table 'ages' has no entry in"):
        protect({"flow": flow, "ages": table}, world=world)


def test_other_worlds_are_left_as_they_are():
    table = pd.DataFrame({"score": ["a"], "value": [0], "count": [2], "percent": [100.0]})
    assert protect({"score_distribution": table}, world="simulated")["score_distribution"] is table


def _quality(rows):
    table = pd.DataFrame(rows, columns=["label", "below", "above"]).assign(group="images", n=100)
    middles = dict.fromkeys(("q1", "median", "q3", "lower", "upper"), 0.123456789)
    return table.assign(measure=table["label"], minimum=0.1, maximum=9.0, **middles)


def _flow(*steps):
    names = ["step", "label", "excluded", "remaining"]
    return pd.DataFrame(
        [(str(n), f"Step {n}", *step) for n, step in enumerate(steps)], columns=names
    )


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
    table = _quality([("motion", 3, 40)])
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
    held = ["odds_ratio", "rate_top", "n_top"]
    assert safe[held].equals(impact[held])


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


def _connection(count):
    return pd.DataFrame(
        {"structural_n": [count], "structural_prevalence": [count / 100], "structural_mean": [2.0]}
    )


def _outliers(below=9, above=9):
    return _quality([("motion", below, above)])


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
    # Five of 50 who move by two SDs move the mean by 1.4: steps of 2.
    assert safe.loc["all", ["n", "mean", "sd"]].to_list() == [50, 60, 8]
    assert safe[["minimum", "maximum"]].isna().all(axis=None)


def test_few_who_leave_in_all_are_not_told_from_those_who_never_came():
    flow = pd.DataFrame(
        [("source", "In the data", 0, 60), ("a", "No images", 2, 58), ("b", "No score", 1, 57)],
        columns=["step", "label", "excluded", "remaining"],
    )
    safe = protect({"flow": flow}, world="ukb")["flow"]
    assert safe[["excluded", "remaining"]].to_numpy().tolist() == [[0, 57]]
    assert "less a few" in safe["label"].iloc[0]


def test_several_hidden_counts_that_would_follow_from_their_total_take_one_more_along():
    counts = [90, 20, 1, 1]
    table = pd.DataFrame({"score": "a", "value": range(4), "count": counts, "percent": 0.0})
    table["percent"] = 100 * table["count"] / sum(counts)
    safe = protect({"score_distribution": table}, world="ukb")["score_distribution"]
    # Two of two are one and one.
    assert safe["count"].isna().to_list() == [False, True, True, True]
    table["count"] = [90, 20, 1, 2]
    safe = protect({"score_distribution": table}, world="ukb")["score_distribution"]
    assert safe["count"].isna().to_list() == [False, False, True, True]


@pytest.mark.parametrize(
    ("n", "told"), [(100, 100), (99, 100), (96, 100), (95, 95), (91, 95), (60, 60), (58, 60)]
)
def test_how_many_lack_a_measure_is_told_up_to_four_in_every_table_alike(n, told):
    flow = _flow((0, 140), (40, 100), (40, 60))
    table = pd.DataFrame({"feature": ["a"], "n": [n]})
    for name in ("associations", "networks", "claims", "specifications", "impact"):
        given = table.assign(rate_bottom=0.5, n_bottom=50, rate_top=0.5, n_top=50)
        safe = protect({"flow": flow, name: given}, world="ukb")[name]
        assert safe["n"].to_list() == [told]
        assert safe["n"].dtype == table["n"].dtype


def test_how_many_were_measured_does_not_tell_a_step_that_was_joined():
    flow = _flow((0, 100), (3, 97), (40, 57))
    safe = protect(
        {"flow": flow, "quality": _quality([("motion", 9, 9)]).assign(n=97)}, world="ukb"
    )
    assert safe["flow"]["remaining"].to_list() == [100, 57]
    assert safe["quality"]["n"].to_list() == [100]


def test_outliers_on_one_side_do_not_follow_from_those_who_left_at_the_step():
    rows = [("motion", 9, 4), ("warping", 6, 0)]
    few, many = (_flow((0, 100), (n, 100 - n)) for n in (15, 19))
    # Of 15 who left, all may be among the 15 that are shown; of 19, four are not.
    safe = protect({"flow": few, "quality": _quality(rows)}, world="ukb")["quality"]
    assert safe["below"].to_list() == [9, 6]
    safe = protect({"flow": many, "quality": _quality(rows)}, world="ukb")["quality"]
    assert safe["below"].isna().to_list() == [True, False]


def test_where_few_remain_neither_they_nor_who_left_last_are_counted():
    safe = protect({"flow": _flow((0, 60), (30, 30), (28, 2))}, world="ukb")["flow"]
    assert safe["remaining"].iloc[:-1].to_list() == [60, 30]
    assert safe[["excluded", "remaining"]].iloc[-1].isna().all()
    assert shown(safe["remaining"].iloc[-1], world="ukb") == "fewer than 5"


def test_a_study_may_ask_for_more_people_but_not_for_fewer(tmp_path):
    (tmp_path / "study.toml").write_text('extends = "ukb"\nsmallest_group = 10\n')
    assert load_study("ukb", tmp_path).smallest_group == 10
    (tmp_path / "study.toml").write_text('extends = "ukb"\nsmallest_group = 4\n')
    with pytest.raises(InputError, match="expected at least 5, which UK Biobank asks for, got 4"):
        load_study("ukb", tmp_path)
    table = pd.DataFrame(
        {"score": "a", "value": range(3), "count": [80, 30, 9], "percent": [1.0] * 3}
    )
    table["percent"] = 100 * table["count"] / 119
    safe = protect({"score_distribution": table}, world="ukb", minimum=10)["score_distribution"]
    assert safe["count"].isna().to_list() == [False, True, True]


@pytest.mark.parametrize(
    ("rows", "worst"),
    [
        ([("a", np.nan, 9), ("b", 0, 20)], "b"),
        ([("a", np.nan, 9), ("b", 0, 12)], WITHHELD),
        ([("a", np.nan, 30), ("b", 0, 12)], WITHHELD),
        ([("a", np.nan, np.nan), ("b", 0, 20)], "b"),
    ],
)
def test_the_worst_measure_is_named_where_no_hidden_count_can_be_larger(rows, worst):
    table = _quality(rows).assign(group="image quality")
    rules = pd.DataFrame({"rule": ["smallest_group"], "value": [5.0], "words": [""]})
    tables = {"flow": _flow((0, 100), (12, 88)), "quality": table, "study": rules}
    found = Findings("ukb", tables, {})
    assert found.say("{quality.worst.label}") == worst
    # Where more have left than are shown, one that was taken along may be the largest.
    tables["flow"] = _flow((0, 100), (60, 40))
    assert Findings("ukb", tables, {}).say("{quality.worst.label}") == WITHHELD


def test_counts_are_whole_numbers_in_a_file_also_beside_one_that_is_withheld(tmp_path):
    given = _flow((0, 60), (30, 30), (28, 2))
    found = Findings("ukb", protect({"flow": given}, world="ukb"), {})
    save_findings(found, tmp_path / "run")
    lines = (tmp_path / "run" / "flow.csv").read_text().splitlines()
    assert lines[1:] == ["0,Step 0,0,60", "1,Step 1,30,30", "2,Step 2,,"]
