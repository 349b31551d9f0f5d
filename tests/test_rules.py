"""Each rule of the sample at its limit: the last who stays and the first who leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transdx.errors import InputError
from transdx.sample import Sample, draw_sample
from transdx.sample.selection import Step
from transdx.sources import read_cohort


def draw(folder) -> Sample:
    return draw_sample(read_cohort("simulated", folder))


def reasons(sample: Sample) -> dict[str, int]:
    return {step.step: step.excluded for step in sample.flow if step.excluded}


def test_a_step_of_withdrawals_is_there_only_where_somebody_withdrew(export, write_export) -> None:
    steps = draw(write_export(export)).flow
    assert steps[0] == Step("source", "In the data", 0, 60)
    assert "withdrawn" not in [step.step for step in steps]
    gone = [int(eid) for eid in export["eid"][:2]]
    steps = draw(write_export(export, withdrawn=gone)).flow
    assert steps[:2] == (
        Step("source", "In the data", 0, 60),
        Step("withdrawn", "Withdrew consent", 2, 58),
    )


@pytest.mark.parametrize(
    ("column", "stays", "leaves", "step"),
    [
        ("p26500_i2", 1, 0, "inclusion_1"),
        ("p26500_i2", 1, np.nan, "inclusion_1"),
        ("p25926_i2", 4, 3, "inclusion_2"),
        ("p25926_i2", 4, np.nan, "inclusion_2"),
        ("p25758_i2", 10, np.nan, "inclusion_3"),
        ("p25758_i2", 10, -999_999, "inclusion_3"),
        ("p26722_i2", 1000, np.nan, "regions"),
        ("p21003_i2", 60, np.nan, "imaging"),
        ("p1707_i0", 3, -3, "covariates"),
        ("p31", 0, np.nan, "covariates"),
    ],
)
def test_inclusion_at_its_limit(export, write_export, column, stays, leaves, step) -> None:
    export[column] = export[column].astype(float)
    export.loc[4, column] = stays
    assert reasons(draw(write_export(export))) == {}
    export.loc[4, column] = leaves
    sample = draw(write_export(export))
    assert reasons(sample) == {step: 1}
    assert export.loc[4, "eid"] not in sample.scores.index


@pytest.mark.parametrize(("person", "stays", "leaves"), [(0, -2.0, -2.001), (59, 22.0, 22.001)])
@pytest.mark.parametrize(
    ("column", "shift", "scale"),
    [("p25741_i2", 10, 1), ("p26756_i2", 10, 1 / 8), ("p25052_i2", 0, 1 / 2)],
)
def test_who_stands_on_a_fence_stays(
    export, write_export, column, shift, scale, person, stays, leaves
) -> None:
    # Quartiles 8 and 12: the fences are 2.5 x 4 away, at -2 and 22; moved to where values can be.
    export[column] = (np.repeat([8.0, 10.0, 12.0], 20) + shift) * scale
    export.loc[person, column] = (stays + shift) * scale
    assert reasons(draw(write_export(export))) == {}
    export.loc[person, column] = (leaves + shift) * scale
    sample = draw(write_export(export))
    assert sum(reasons(sample).values()) == 1
    assert export.loc[person, "eid"] not in sample.scores.index


def test_the_table_of_quality_counts_both_sides(export, write_export) -> None:
    export["p25741_i2"] = np.repeat([18.0, 20.0, 22.0], 20)
    export.loc[[0, 58, 59], "p25741_i2"] = [7, 33, 34]
    export.loc[30, "p25741_i2"] = np.nan
    table = draw(write_export(export)).quality.set_index("label")
    row = table.loc["Resting fMRI head motion"]
    assert row[["n", "below", "above", "minimum", "maximum"]].tolist() == [59, 1, 2, 7, 34]
    assert row[["q1", "median", "q3", "lower", "upper"]].tolist() == [18, 20, 22, 8, 32]
    assert row["group"] == "image quality"


@pytest.mark.parametrize(
    ("columns", "code", "message"),
    [
        ([("1707", 0)], 7.0, r"'right_handed': expected 1, 2, 3, but 1 participant"),
        ([("31", 0)], 2.0, r"'sex': expected 0, 1, but 1 participant"),
        ([("2050", 0), ("2050", 2)], 11.0, r"'depression' should lie between 0 and 6, but 1 part"),
        ([("1200", 0), ("1200", 2)], 0.0, r"'insomnia' should lie between 0 and 2, but 1 part"),
    ],
)
def test_one_value_that_no_reader_let_through_is_counted_and_nobody_named(
    export, write_export, columns, code, message
) -> None:
    cohort = read_cohort("simulated", write_export(export))
    table = cohort.table.astype(float, errors="ignore")
    person = table.index[5]
    table.loc[person, columns] = code
    with pytest.raises(InputError, match=message) as caught:
        draw_sample(replace(cohort, table=table))
    assert str(person) not in str(caught.value)


def test_the_largest_and_the_smallest_score_are_in_range(export, write_export) -> None:
    export.loc[5, ["p2050_i0", "p2050_i2", "p2060_i0", "p2060_i2"]] = 4
    export.loc[6, ["p2050_i0", "p2050_i2", "p2060_i0", "p2060_i2"]] = 1
    scores = draw(write_export(export)).scores["depression"]
    assert (scores.iloc[5], scores.iloc[6]) == (6, 0)
