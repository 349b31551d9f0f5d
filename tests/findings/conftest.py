"""What tests of findings share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def of_cohorts() -> set[str]:
    """Tables of cohorts beside each other, and of what only open ones repeat or are related in."""
    beside = {"cohorts", "cohort_globals", "cohort_regions", "cohort_claims", "pooled"}
    return beside | {"evidence", "published", "elsewhere", "reliability", "relatives"}
