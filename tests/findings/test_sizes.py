"""How many people an effect takes, of the people of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import FTestPowerF2

from transdx import figures
from transdx.findings import sizes
from transdx.results.certainty import cite as certainty
from transdx.results.summaries import cite as summaries

K = 2


class _Sample(SimpleNamespace):
    def __len__(self) -> int:
        return 50


@pytest.fixture
def sample() -> Any:
    """Measures of two kinds with their regions, one kind of connections, and two covariates."""
    rng = np.random.default_rng(1)
    features = [
        *(("surface_area", name) for name in ("total", "left_insula", "right_insula")),
        *(("thickness", name) for name in ("total", "left_insula", "right_insula")),
        ("functional_connectivity", "total"),
        *(("functional_connectivity", f"left_insula--{name}") for name in ("a", "b", "c")),
    ]
    return _Sample(
        features=pd.DataFrame(
            columns=pd.MultiIndex.from_tuples(features, names=["modality", "feature"])
        ),
        covariates=pd.DataFrame(rng.normal(size=(50, K)), columns=["age", "sex"]),
        study=SimpleNamespace(smallest_effect=0.02),
    )


@pytest.fixture
def wholes() -> pd.DataFrame:
    return pd.DataFrame({"modality": ["surface_area"], "feature": ["total"], "explained": [0.5]})


def _power(beta: float, n: int, alpha: float, explained: float) -> float:
    r2 = beta**2 * (1 - explained)
    # The F test of one of K + 1 predictors; its noncentrality is that of all n people.
    return FTestPowerF2().power(r2 / (1 - r2), df_num=1, df_denom=n - K - 2, alpha=alpha, ncc=K + 1)


def test_people_are_the_fewest_with_which_statsmodels_finds_it(sample, wholes):
    table = sizes.needed(sample, wholes)
    assert table["label"].unique().tolist() == [
        "one test",
        "one test, of total surface area",
        "regions: surface area or thickness",
        "connections of one kind",
    ]
    assert table.groupby("label", sort=False)["tests"].first().tolist() == [1, 1, 2, 3]
    for row in table.itertuples():
        power = [_power(row.beta, n, 0.05 / row.tests, row.explained) for n in (row.n - 1, row.n)]
        assert power[0] < 0.8 <= power[1]


def test_what_covariates_explain_costs_as_many_people_again(sample, wholes):
    table = sizes.needed(sample, wholes).set_index(["label", "beta"])["n"]
    plain, half = table["one test"], table["one test, of total surface area"]
    assert (half / plain).to_numpy() == pytest.approx(2, rel=0.02)


def test_sentences_say_the_fewest_and_the_most(sample, wholes):
    table = sizes.needed(sample, wholes)
    found = summaries({"needed": table})
    by = table.set_index(["label", "beta"])["n"]
    assert found["needed.published.one"] == by["one test", 0.05]
    assert found["needed.matters.one"] == by["one test", 0.02]
    assert found["needed.double.most"] == by["connections of one kind", 0.1]
    assert found["needed.tests"] == 3
    said = certainty({"needed": table})["certainty.needed"]
    expected = f"{by['one test, of total surface area', 0.05]:,}"
    assert "Covariates explain 50 % of total surface area" in said
    assert f"an effect of 0.05 takes {expected}." in said


def test_small_studies_exaggerate_by_both_ways(sample):
    table = sizes.small_studies(sample, seed=1).set_index("n")
    assert (table["beta"] == -0.05).all()
    # With 20,000 draws, of which one in ten is significant.
    assert (table["exaggeration"] - table["exaggeration_drawn"]).abs().max() < 0.15
    assert (table["power"] - table["power_drawn"]).abs().max() < 0.015
    assert table["exaggeration"].is_monotonic_decreasing
    assert table.loc[25_000, "exaggeration"] == pytest.approx(1, abs=1e-3)


def test_curves_hold_the_people_here_and_the_power_of_statsmodels(sample):
    table = sizes.detection(sample)
    assert set(table.loc[table["n"] == 50, "label"]) == set(table["label"])
    some = table.iloc[::17]
    expected = [_power(0.05, row.n, 0.05 / row.tests, 0) for row in some.itertuples()]
    assert some["power"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_figures_say_where_80_per_cent_is_reached():
    rows = [("one test", 1, 100, 0.3), ("one test", 1, 1000, 0.9)]
    rows += [("regions: thickness", 66, 100, 0.1), ("regions: thickness", 66, 1000, 0.5)]
    table = pd.DataFrame(rows, columns=["label", "tests", "n", "power"]).assign(alpha=0.05)
    alt = figures.detection_curve(table).alt
    assert "one test: 80 % with at most 1,000 people" in alt
    assert "66 regions: thickness: less than 80 % with 1,000 people" in alt
