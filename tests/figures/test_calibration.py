"""Rates over cohorts beside what was promised, and shares of verdicts."""

from __future__ import annotations

import pandas as pd
import pytest

from transdx import figures
from transdx.results.schema import TABLES

ROWS = [
    ("false_positives", "p", "permute", "strong", 0.0123, 0.01, 0.02, 0.0, 0.05, 300),
    ("false_positives", "p", "freedman_lane", "strong", 0.0491, 0.04, 0.06, 0.0, 0.15, 300),
    ("false_positives", "deep", "shuffle", "sides_0.8", 0.143, 0.12, 0.17, None, None, 1000),
    ("coverage", "effect", "bootstrap", "effects", 0.943, 0.93, 0.95, 0.7, 1.0, 300),
    ("bias", "effect", "bootstrap", "effects", -0.0006, -0.003, 0.0018, -0.04, 0.04, 300),
]


@pytest.fixture
def calibration() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=TABLES["calibration"].names)


@pytest.fixture
def verdicts() -> pd.DataFrame:
    rows = [
        ("study", 1_000, 770, "C1", "anxiety", 20, 20, 4, 0.2, 0.08, 0.42),
        ("study", 33_000, 25_700, "C1", "anxiety", 20, 20, 19, 0.95, 0.76, 0.99),
        ("motion", 33_000, 25_700, "C1", "anxiety", 20, 20, 1, 0.05, 0.01, 0.24),
        ("motion", 33_000, 25_700, "C9", "all", 20, 0, 0, None, None, None),
    ]
    return pd.DataFrame(rows, columns=TABLES["verdicts"].names)


def test_rates_are_told_with_the_null_that_they_are_of(calibration: pd.DataFrame) -> None:
    tests, maps = figures.false_positives_plot(calibration).pictures
    assert "scores permuted 1.2, residuals permuted 4.9" in tests.alt.replace("\xa0", " ")
    assert "shuffled one by one 14.3" in maps.alt.replace("\xa0", " ")
    alt = figures.coverage_plot(calibration).alt.replace("\xa0", " ")
    assert "94.3 %, single cohorts 70.0 to 100.0 %" in alt
    html = figures.calibration_table(calibration)._repr_html_().replace("\xa0", " ")
    assert "−0.0030 to 0.0018" in html
    assert "14.3 %" in html


def test_what_is_supported_where_nothing_is_planted_is_marked(verdicts: pd.DataFrame) -> None:
    html = figures.verdict_table(verdicts)._repr_html_().replace("\xa0", " ")
    assert "✗ 5 %" in html
    assert "✗ 95 %" not in html
    assert ">95 %<" in html
    assert "20 %" not in html  # only the largest size of a scenario
    by_people = figures.verdict_size_table(verdicts)._repr_html_().replace("\xa0", " ")
    assert ">20 %<" in by_people
    assert "✗" not in by_people


@pytest.mark.parametrize(
    "draw", ["false_positives_plot", "coverage_plot", "calibration_table", "verdict_table"]
)
def test_where_nothing_was_measured_a_note_says_so(draw: str) -> None:
    table = "verdicts" if draw.startswith("verdict") else "calibration"
    empty = pd.DataFrame(columns=TABLES[table].names)
    assert "without" in str(getattr(figures, draw)(empty))
