"""A trial is a part of a run: the claims, and what they rest on, to the last bit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from transdx.atlas import is_connection
from transdx.findings import open_run
from transdx.results import Findings
from transdx.stats import spin_validity

SIZES = {"participants": 400, "permutations": 60, "bootstraps": 60, "seed": 3}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, Findings]:
    """A trial, and the run of the same parameters."""
    root: Path = tmp_path_factory.mktemp("trial")
    with pytest.MonkeyPatch.context() as patch:
        # How well spins do is no part of a trial, and takes longer than all the rest.
        patch.setattr("transdx.stats.spin_validity", partial(spin_validity, maps=20))
        whole = open_run(root=root, **SIZES)
    return open_run(root=root, profile="trial", **SIZES), whole


def test_a_trial_holds_the_rows_that_the_run_holds(both):
    trial, whole = both
    assert {"claims", "claim_tests", "associations", "truth", "flow"} <= set(trial.tables)
    for name, table in trial.tables.items():
        expected = whole.tables[name]
        if name in ("associations", "truth"):
            told = ~expected["feature"].map(is_connection)
            assert 0 < told.sum() < len(expected)
            expected = expected[told].reset_index(drop=True)
        pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_every_claim_that_a_run_judges_is_judged_in_a_trial(both):
    trial, _ = both
    claims = trial.table("claims")
    tested = claims[claims["verdict"] != "cannot be tested here"]
    assert {f"C{number}" for number in (1, 2, 3, 4, 5, 6, 7, 10)} <= set(tested["claim"])
    assert trial.say("{flow.analysed}") == str(claims["n"].max().astype(int))


def test_numbers_do_not_depend_on_threads(tmp_path):
    with threadpool_limits(limits=2, user_api="blas"):
        again = open_run(root=tmp_path, profile="trial", **SIZES)
    with threadpool_limits(limits=1, user_api="blas"):
        alone = open_run(root=tmp_path, profile="trial", force=True, **SIZES)
    for name, table in again.tables.items():
        pd.testing.assert_frame_equal(table, alone.tables[name], check_exact=True)


def test_a_trial_says_that_nothing_was_planted(tmp_path):
    found = open_run(root=tmp_path, profile="trial", effects="none", **SIZES)
    assert not found.planted
    assert (found.table("claims")["planted"].dropna() == 0).all()
    assert found.manifest["name"] == "simulated-trial-seed3-n400-p60-b60-none"
