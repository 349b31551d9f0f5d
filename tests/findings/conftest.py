"""What tests of findings share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def of_cohorts() -> set[str]:
    """Tables of cohorts beside each other, and of what only open ones repeat or are related in."""
    beside = {"cohorts", "cohort_globals", "cohort_regions", "cohort_claims", "pooled"}
    return beside | {"evidence", "published", "elsewhere", "reliability", "relatives"}


@pytest.fixture(scope="module")
def no_whole_maps() -> Iterator[None]:
    """No maps of receptors in the whole brain were fetched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transdx.findings.claims.whole_brain", list)
        yield
