"""Whether hidden counts can be solved for, from everything that is published together.

An integer program holds what a reader knows: what adds up, which number is a part of which, how
far a mean may have been rounded. A hidden count is solved if it can have one value only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from transdx.findings import describe
from transdx.findings.analyse import flow_table
from transdx.results.disclosure import MINIMUM, _steps, protect
from transdx.results.schema import TABLES
from transdx.sample import draw_sample
from transdx.simulate import simulate
from transdx.sources import read_cohort


@dataclass
class Program:
    """Counts of people, and what is known of them."""

    bounds: dict[tuple, tuple[float, float]] = field(default_factory=dict)
    known: list[tuple[dict[tuple, float], float, float]] = field(default_factory=list)

    def count(self, name, value, most, *, off=0.0):
        """Add a count: as published, which may be `off` downwards, or hidden."""
        hidden = pd.isna(value)
        self.bounds[name] = (1, most - 1) if hidden else (value - off, value)
        return [name] if hidden else []

    def solve(self, name):
        """Give the least and the largest value that a count can have."""
        names = list(self.bounds)
        rows = [[weights.get(one, 0.0) for one in names] for weights, *_ in self.known]
        low, high = np.array(list(self.bounds.values())).T
        limits = LinearConstraint(rows, [k[1] for k in self.known], [k[2] for k in self.known])
        goal = np.array([float(one == name) for one in names])
        ends = [
            milp(sign * goal, constraints=limits, bounds=Bounds(low, high), integrality=1)
            for sign in (1, -1)
        ]
        # What cannot be is no knowledge, but a mistake of the program.
        assert all(one.success for one in ends), (name, [one.message for one in ends])
        return [round(float(one.x[names.index(name)])) for one in ends]


def solved(tables, *, rounded):
    """Name the hidden counts that can have one value only; `rounded` says how means are."""
    program, hidden = Program(), []
    everybody = int(tables["flow"]["remaining"].iloc[-1])
    _distributions(program, hidden, tables, everybody, rounded)
    _groups(program, hidden, tables, everybody)
    _outliers(program, hidden, tables)
    _connections(program, hidden, tables, everybody, rounded)
    ends = {name: program.solve(name) for name in hidden}
    return {name: low for name, (low, high) in ends.items() if low == high}, hidden


def _distributions(program, hidden, tables, everybody, rounded):
    people = tables["demographics"].set_index(["characteristic", "group"])
    for score, rows in tables["score_distribution"].groupby("score"):
        names = [("score", score, value) for value in rows["value"]]
        for name, value in zip(names, rows["count"], strict=True):
            hidden += program.count(name, value, everybody)
        program.known.append((dict.fromkeys(names, 1.0), everybody, everybody))
        mean, sd = people.loc[(f"{score.capitalize()} (points)", "all"), ["mean", "sd"]]
        # How far is known: the rule is public.
        off = _steps(pd.Series([sd]), pd.Series([everybody]), MINIMUM)[0] / 2 if rounded else 1e-9
        sums = [everybody * (mean - off), everybody * (mean + off)]
        program.known.append(({name: float(name[2]) for name in names}, *sums))
        squares = [
            (everybody - 1) * (sd + one * off) ** 2 + everybody * (mean + one * off) ** 2
            for one in (-1, 1)
        ]
        program.known.append(
            ({name: float(name[2]) ** 2 for name in names}, squares[0] - 1e-6, squares[1] + 1e-6)
        )
        any_symptom = ("people", f"Any {score} symptom", "all")
        program.known.append(({any_symptom: 1.0, names[0]: 1.0}, everybody, everybody))


def _groups(program, hidden, tables, everybody):
    table = tables["demographics"]
    for what, rows in table[table["percent"].notna() | table["mean"].isna()].groupby(
        "characteristic"
    ):
        for group, n in zip(rows["group"], rows["n"], strict=True):
            hidden += program.count(("people", what, group), n, everybody)
        signs = {"all": 1.0, "women": -1.0, "men": -1.0}
        program.known.append(({("people", what, g): s for g, s in signs.items()}, 0, 0))


def _outliers(program, hidden, tables):
    """Who left at a step is an outlier of one of its measures; one may be of several."""
    left = tables["flow"].set_index("step")["excluded"]
    kinds = {"outliers_quality": ["image quality"], "outliers_connectomes": ["connectome"]}
    kinds["outliers_reactivity"] = ["amygdala_reactivity"]
    for step, groups in kinds.items():
        rows = tables["quality"][tables["quality"]["group"].isin(groups)]
        sides = [
            (("out", label, side), value)
            for side in ("below", "above")
            for label, value in zip(rows["label"], rows[side], strict=True)
        ]
        for name, value in sides:
            hidden += program.count(name, value, rows["n"].max())
        if step in left:
            program.known.append((dict.fromkeys([n for n, _ in sides], 1.0), left[step], np.inf))


def _connections(program, hidden, tables, everybody, rounded):
    """Count who have a connection, in the two tables that do."""
    sizes = tables["associations"].set_index("feature")["n"]
    own = tables["connections"].set_index("connection")["structural_n"]
    for name in own[own.isna()].index[:40]:
        hidden += program.count(("connection", name), np.nan, everybody + 1)
        if name in sizes:
            other = ("feature", name)
            program.count(other, sizes[name], everybody, off=(MINIMUM - 1) * rounded)
            program.known.append(({("connection", name): 1.0, other: -1.0}, 0, 0))


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Tables of people, as they are before anything is hidden."""
    data = simulate(tmp_path_factory.mktemp("export"), participants=400, seed=5)
    sample = draw_sample(read_cohort("simulated", data))
    structural = sample.features["structural_connectivity"].notna().sum().drop("total")
    features = pd.DataFrame({"feature": structural.index, "n": structural.to_numpy()})
    return {
        "flow": flow_table(sample),
        "demographics": describe.demographics(sample),
        "score_distribution": describe.score_distribution(sample),
        "quality": sample.quality,
        "connections": sample.connections,
        "associations": features,
    }


def _naive(tables):
    """Hide counts of one to four, and nothing that would give them away."""
    safe = {name: table.copy() for name, table in tables.items()}
    for name in ("demographics", "score_distribution", "quality", "connections"):
        for column in TABLES[name].private.counts:
            counts = safe[name][column]
            few = counts.between(1, MINIMUM - 1)
            if name == "connections":
                everybody = safe["flow"]["remaining"].iloc[-1]
                few |= (everybody - counts).between(1, MINIMUM - 1)
            safe[name][column] = counts.astype(float).mask(few)
    return safe


def test_what_is_hidden_by_itself_is_solved_for(tables):
    found, hidden = solved(_naive(tables), rounded=False)
    kinds = {name[0] for name in found}
    # Of a score: from its mean and SD. Of connections: from another table.
    assert {"score", "connection"} <= kinds
    assert len(hidden) > len(found) > 20
    raw = tables["score_distribution"].set_index(["score", "value"])["count"]
    truth = tables["connections"].set_index("connection")["structural_n"]
    for (kind, *name), value in found.items():
        if kind == "score":
            assert raw[tuple(name)] == value
        if kind == "connection":
            assert truth[name[0]] == value


def test_nothing_that_is_hidden_can_be_solved_for_from_all_tables_together(tables):
    safe = protect(tables, world="ukb")
    found, hidden = solved(safe, rounded=True)
    assert {name[0] for name in hidden} >= {"score", "out", "connection"}
    assert found == {}


@pytest.mark.parametrize("left_handed", [(1, 2), (3, 0), (4, 4), (4, 9), (1, 1)])
def test_few_who_lack_something_do_not_follow_by_sex(tables, left_handed):
    women, men = 263, 223
    few_women, few_men = left_handed
    n = [women + men - few_women - few_men, women - few_women, men - few_men]
    table = pd.DataFrame({"characteristic": "Right-handed", "level": "yes", "n": n})
    table = table.assign(group=["all", "women", "men"], mean=np.nan, sd=np.nan)
    table["percent"] = 100 * table["n"] / [women + men, women, men]
    table = table.assign(minimum=np.nan, maximum=np.nan)
    safe = protect({"demographics": table}, world="ukb")["demographics"]
    everybody = dict(zip(safe["group"], [women + men, women, men], strict=True))
    program, hidden = Program(), []
    for group, right in zip(safe["group"], safe["n"], strict=True):
        # Those who are not: known where those who are, are; of a hidden one that it is not zero.
        value = everybody[group] - right
        hidden += program.count(group, value, everybody[group])
    program.known.append(({"all": 1.0, "women": -1.0, "men": -1.0}, 0, 0))
    for group in hidden:
        low, high = program.solve(group)
        assert low < high
