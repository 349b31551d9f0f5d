"""Odds ratios where covariates repeat each other."""

from __future__ import annotations

import pandas as pd

from transdx.stats import impact


def test_covariates_that_add_nothing_change_nothing(reference):
    x, y, c = reference.make(n=400, gaps=(0.0, 0.2))
    y = y[["insomnia"]]
    more = c.assign(months=12 * c["age"] + 3 * c["sex"] - 5, site=2.0)
    found = impact(x, y, more)
    assert found["odds_ratio"].notna().all()
    pd.testing.assert_frame_equal(found, impact(x, y, c), rtol=1e-6)
