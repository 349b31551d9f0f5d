"""Nobody gets another's values, in whatever order people come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx.findings.analyse import analyse
from transdx.run import plan
from transdx.sample import draw_sample
from transdx.sample.connectivity import person_summaries
from transdx.sources import read_cohort


def test_people_keep_their_own_connectomes_whatever_the_order(
    export, write_export, connectomes, monkeypatch
):
    # Blocks of 7 among 60, the store in another order than the table, as packed raw files are.
    monkeypatch.setattr("transdx.sample.connectivity.PEOPLE", 7)
    rng = np.random.default_rng(4)
    functional = connectomes["functional_connectivity"]
    functional += rng.normal(0, 0.02, functional.shape[0])[:, None]
    shuffled = {name: table.iloc[::-1] for name, table in connectomes.items()}
    table = export.sample(frac=1, random_state=3)
    cohort = read_cohort("simulated", write_export(table, connectomes=shuffled))
    found = person_summaries(cohort.connectomes, cohort.table.index)
    weights = connectomes["structural_connectivity"].loc[cohort.table.index]
    there, share = weights > 0, (weights > 0).mean()
    expected = pd.DataFrame(
        {
            "Mean structural weight": weights.where(there).mean(axis=1),
            "Prevalence of present connections": there.mul(share).where(there).mean(axis=1),
            "Prevalence of absent connections": (~there).mul(share).where(~there).mean(axis=1),
            "Mean functional connectivity": functional.loc[cohort.table.index].mean(axis=1),
        }
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6, check_names=False)


def test_findings_do_not_depend_on_the_order_or_the_blocks(
    export, write_export, connectomes, monkeypatch
):
    functional = connectomes["functional_connectivity"]
    functional.iloc[20] += 0.5  # an outlier, who has to be the one to leave
    run = plan(permutations=100, bootstraps=100)

    def found(table, stored):
        sample = draw_sample(read_cohort("simulated", write_export(table, connectomes=stored)))
        assert functional.index[20] not in sample.scores.index
        return analyse(sample, run=run).tables

    one = found(export, connectomes)
    monkeypatch.setattr("transdx.sample.connectivity.PEOPLE", 7)
    mixed = np.random.default_rng(6).permutation(60)
    store = {name: table.iloc[mixed] for name, table in connectomes.items()}
    other = found(export.sample(frac=1, random_state=3), store)
    assert one.keys() == other.keys()
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], rtol=1e-9, obj=name)
