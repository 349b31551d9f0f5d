"""Every table of a run has one entry, and what the entry says is what happens."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.errors import TransdxError
from transdx.results import Findings, load_findings, save_findings, schema
from transdx.results.disclosure import protect

SLEEP = pd.DataFrame({"score": ["anxiety", "insomnia"], "n": [3, 60], "p": [0.5, 0.0004]})


@pytest.fixture
def newcomer(monkeypatch):
    """A table that somebody adds with one entry."""
    private = schema.Private(counts=("n",), follows=("p",))
    table = schema.Table("sleep", "score n p", private, cite="sleep.{score}", json=True)
    monkeypatch.setattr(schema, "TABLES", {**schema.TABLES, "sleep": table})
    for module in ("transdx.results.phrases", "transdx.results.store"):
        monkeypatch.setattr(f"{module}.TABLES", schema.TABLES, raising=False)


@pytest.mark.usefixtures("newcomer")
def test_a_newcomer_is_protected_kept_read_and_cited_after_one_entry(tmp_path):
    safe = protect({"sleep": SLEEP}, world="ukb")
    assert safe["sleep"][["n", "p"]].isna().all(axis="columns").to_list() == [True, False]
    save_findings(Findings("ukb", safe, {}), tmp_path / "run")
    assert {path.suffix for path in (tmp_path / "run").glob("sleep.*")} == {
        *(".csv", ".json", ".parquet")
    }
    found = load_findings(tmp_path / "run")
    pd.testing.assert_frame_equal(found.table("sleep"), safe["sleep"])
    assert found.say("{sleep.insomnia.n:,d|person|people}, {sleep.insomnia.p:p}") == (
        "60 people, p < 0.001"
    )
    # What is hidden is said to be, and nothing is said of whom there is not.
    hidden = "[not shown: too few people]"
    assert found.say("{sleep.anxiety.n:,d|person|people}, {sleep.anxiety.p:p}") == (
        f"{hidden} people, {hidden}"
    )


def test_a_table_without_an_entry_is_neither_written_nor_read(tmp_path, request):
    with pytest.raises(TransdxError, match=r"^table 'sleep' has no entry in .*TABLES.*; declare"):
        save_findings(Findings("open", {"sleep": SLEEP}, {}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.MonkeyPatch.context() as patch:
        table = schema.Table("sleep", "score n p", schema.Private())
        patch.setattr(schema, "TABLES", {**schema.TABLES, "sleep": table})
        save_findings(Findings("open", {"sleep": SLEEP}, {}), tmp_path / "run")
    with pytest.raises(TransdxError, match=r"table 'sleep' has no entry .*'transdx run'$"):
        load_findings(tmp_path / "run")


@pytest.mark.parametrize("wrong", [["score", "n"], ["score", "p", "n"], ["score", "n", "p", "q"]])
@pytest.mark.usefixtures("newcomer")
def test_columns_that_are_not_those_of_the_entry_are_neither_written_nor_read(wrong, tmp_path):
    table = SLEEP.reindex(columns=wrong)
    message = rf"table 'sleep': expected the columns score, n, p .*got {', '.join(wrong)}"
    with pytest.raises(TransdxError, match=message):
        save_findings(Findings("open", {"sleep": table}, {}), tmp_path / "run")
    save_findings(Findings("open", {"sleep": SLEEP}, {}), tmp_path / "run")
    table.to_parquet(tmp_path / "run" / "sleep.parquet")
    with pytest.raises(TransdxError, match=message):
        load_findings(tmp_path / "run")


def test_an_entry_has_to_say_what_of_it_is_about_people():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'private'"):
        schema.Table("bands", "band count youngest")


def test_what_an_entry_names_are_columns_that_it_has():
    for name, table in schema.TABLES.items():
        rule = table.private
        named = {*rule.counts, *rule.within, *rule.sizes, *rule.follows, *rule.extremes}
        named |= {*rule.together, *rule.spread, *rule.middles}
        named |= {*filter(None, [rule.share]), *(c for pair in rule.rates for c in pair)}
        named |= set(table.headers)
        assert named <= set(table.names), name
        filled = table.cite.format_map({column: column for column in table.names})
        assert "{" not in filled
        assert len(set(table.names)) == len(table.names)


def test_a_count_that_is_hidden_in_part_is_said_as_a_whole_number():
    rows = [("Right-handed", "yes", "all", n, n / 0.9) for n in (1200, 3)]
    table = pd.DataFrame(rows, columns=["characteristic", "level", "group", "n", "percent"])
    table = table.assign(mean=np.nan, sd=np.nan, minimum=np.nan, maximum=np.nan)
    table.loc[1, "group"] = "men"
    table.loc[1, "level"] = "no"
    safe = protect({"demographics": table}, world="ukb")
    assert safe["demographics"]["n"].dtype == float
    found = Findings("ukb", safe, {})
    assert found.say("{sample.right_handed.all.n:,d|person|people}") == "1,200 people"
    assert found.say("{sample.right_handed.all.n}") == "1200"
    assert found.say("{sample.right_handed.men.percent:.0f}") == "[not shown: too few people]"


@pytest.mark.parametrize(
    ("steps", "outliers", "imaged"),
    [
        (["source", "imaging", "outliers_a", "outliers_b"], "23 people", "60"),
        (["source", "imaging", "outliers_a+outliers_b"], "12 people", "60"),
        # What left for other reasons as well is not told as outliers.
        (["source", "imaging+outliers_a", "outliers_b"], "at least 12 people", "at least 60"),
        (["source", "imaging", "outliers_a+scores"], None, "60"),
    ],
)
def test_joined_steps_of_the_flow_are_said_for_what_they_are(steps, outliers, imaged):
    n = len(steps)
    rows = {"step": steps, "label": steps, "excluded": [0, 40, 12, 11][:n]}
    table = pd.DataFrame(rows).assign(remaining=[100, 60, 48, 37][:n])
    found = Findings("ukb", {"flow": table}, {})
    hidden = "[not shown: too few people]"
    said = found.say("{flow.excluded_outliers:,d|person|people}")
    assert said == (outliers or f"{hidden} people")
    assert found.say("{flow.imaged:,}") == imaged
