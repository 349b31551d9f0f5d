"""Scores, covariates and the flow, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.errors import InputError
from transdx.sample import draw_sample
from transdx.sample.selection import outlier_fences
from transdx.sources import read_cohort


def _draw(folder):
    return draw_sample(read_cohort("simulated", folder))


def test_scores_by_hand(export, write_export):
    # Visit 0: sleepless "usually", PHQ items 2 and 3, two anxiety items yes.
    first = {"p1200_i0": 3, "p2050_i0": 2, "p2060_i0": 3, "p1970_i0": 1, "p1990_i0": 1}
    # Visit 2: "sometimes", PHQ items 1 and 1, one anxiety item yes.
    second = {"p1200_i2": 2, "p2050_i2": 1, "p2060_i2": 1, "p1970_i2": 0, "p1990_i2": 0}
    for column, code in {**first, "p2010_i0": 0, **second, "p2010_i2": 1}.items():
        export.loc[0, column] = code
    # Somebody whose first visit lacks one item of depression has the second visit alone.
    export.loc[1, ["p2050_i0", "p2060_i0", "p2050_i2", "p2060_i2"]] = [-3, 4, 3, 2]
    sample = _draw(write_export(export))
    assert sample.scores.iloc[0].to_dict() == {"insomnia": 1.5, "depression": 1.5, "anxiety": 1.5}
    assert sample.scores["depression"].iloc[1] == 3


def test_a_person_without_any_complete_visit_leaves(export, write_export):
    export.loc[5, ["p1970_i0", "p2010_i2"]] = -1
    sample = _draw(write_export(export))
    steps = {step.step: step.excluded for step in sample.flow}
    assert (len(sample), steps["scores"]) == (59, 1)


def test_covariates_by_hand(export, write_export):
    sample = _draw(write_export(export))
    assert list(sample.covariates) == [
        "age",
        "sex",
        "age_squared",
        "age_by_sex",
        "height",
        "right_handed",
    ]
    row = sample.covariates.iloc[1]
    assert row[["age", "sex", "age_squared", "age_by_sex"]].to_list() == [51, 1, 2601, 51]
    assert sample.covariates["right_handed"].iloc[[0, 1]].to_list() == [0, 1]


def test_height_falls_back_to_field_50(export, write_export):
    export.loc[2, "p12144_i2"] = np.nan
    export["p50_i2"] = 171.0
    sample = _draw(write_export(export))
    assert sample.covariates["height"].iloc[2] == 171.0
    assert sample.covariates["height"].iloc[3] == export.loc[3, "p12144_i2"]


def test_totals_are_sums_and_the_mean(export, write_export):
    sample = _draw(write_export(export))
    area, thickness = sample.features["surface_area"], sample.features["thickness"]
    np.testing.assert_allclose(area["total"], area.drop(columns="total").sum(axis=1))
    np.testing.assert_allclose(thickness["total"], thickness.drop(columns="total").mean(axis=1))


def test_the_flow_counts_each_reason_once(export, write_export):
    export.loc[0, "p21003_i2"] = np.nan  # not imaged
    areas = [f"p{number}_i2" for number in [*range(26722, 26755), *range(26823, 26856)]]
    export.loc[1, areas] = np.nan  # no area at all
    export.loc[2, "p26500_i2"] = 0
    export.loc[3, "p25926_i2"] = 3
    export.loc[4, "p25758_i2"] = -999999
    export.loc[5, "p26733_i2"] = np.nan  # one region
    export.loc[6, "p25741_i2"] = 100  # head motion
    export.loc[7, "p26558_i2"] = 9000  # left thalamus
    export.loc[8, "p1707_i0"] = -3
    sample = _draw(write_export(export, withdrawn=[int(export.loc[9, "eid"])]))
    excluded = {step.step: step.excluded for step in sample.flow if step.excluded}
    assert excluded == {
        "withdrawn": 1,
        "imaging": 1,
        "modalities": 1,
        "inclusion_1": 1,
        "inclusion_2": 1,
        "inclusion_3": 1,
        "regions": 1,
        "outliers_quality": 1,
        "outliers_regions": 1,
        "covariates": 1,
    }
    assert sample.flow[0].remaining == 60
    assert sample.flow[-1].remaining == len(sample) == 50
    for before, after in zip(sample.flow, sample.flow[1:], strict=False):
        assert before.remaining - after.excluded == after.remaining


def test_an_outlier_of_a_person_filtered_out_before_does_not_move_the_fences(export, write_export):
    motion = "p25741_i2"
    # Half of all are excluded before, and would widen the fences beyond anybody.
    export.loc[30:, ["p26500_i2", motion]] = [0, 100]
    export.loc[[3, 4], motion] = 80
    q1, q3 = np.quantile(export.loc[:29, motion], [0.25, 0.75], method="hazen")
    fence = q3 + 2.5 * (q3 - q1)
    export.loc[[3, 4], motion] = [fence - 0.001, fence + 0.001]
    sample = _draw(write_export(export))
    assert _reasons(sample) == {"inclusion_1": 30, "outliers_quality": 1}
    assert set(export["eid"].iloc[:30]) - set(sample.scores.index) == {export.loc[4, "eid"]}
    row = sample.quality.set_index("label").loc["Resting fMRI head motion"]
    assert (row["n"], row["above"]) == (30, 1)
    assert row["upper"] == pytest.approx(fence)


def _reasons(sample):
    return {step.step: step.excluded for step in sample.flow if step.excluded}


@pytest.mark.parametrize(
    ("step", "modality", "value"),
    [
        ("structural_connectivity", "structural_connectivity", np.nan),
        ("functional_connectivity", "functional_connectivity", np.nan),
        # Heavy connections; every connection there; all correlations high.
        ("outliers_connectomes", "structural_connectivity", lambda row: row * 9),
        ("outliers_connectomes", "structural_connectivity", 1.3),
        ("outliers_connectomes", "functional_connectivity", 0.95),
    ],
)
def test_a_connectome_that_is_missing_or_odd_excludes_its_person(
    export, write_export, connectomes, step, modality, value
):
    table = connectomes[modality]
    person = table.index[20]
    table.loc[person] = value(table.loc[person]) if callable(value) else value
    sample = _draw(write_export(export, connectomes=connectomes))
    assert _reasons(sample) == {step: 1}
    assert person not in sample.scores.index


@pytest.mark.parametrize(
    ("step", "value"), [("amygdala_reactivity", np.nan), ("outliers_reactivity", -9)]
)
def test_reactivity_that_is_missing_or_odd_excludes_its_person(export, write_export, step, value):
    export.loc[20, "p25052_i2"] = value
    assert _reasons(_draw(write_export(export))) == {step: 1}


def test_a_person_without_a_row_among_the_connectomes_leaves(export, write_export, connectomes):
    some = {name: table.drop(index=90_000_004) for name, table in connectomes.items()}
    sample = _draw(write_export(export, connectomes=some))
    assert _reasons(sample) == {"structural_connectivity": 1}


def test_without_connectomes_or_reactivity_nobody_leaves_for_them(export, write_export):
    sample = _draw(write_export(export.drop(columns="p25052_i2")))
    modalities = sample.features.columns.get_level_values("modality").unique()
    assert list(modalities) == ["surface_area", "thickness", "subcortical_volume"]
    assert (len(sample), sample.connections) == (60, None)


def test_the_prevalence_of_connections_by_hand(export, write_export, connectomes):
    # Everybody has the first connection, two have the second, and nobody any other.
    weights = connectomes["structural_connectivity"]
    weights.loc[:, :] = 0.0
    weights.iloc[:, 0], weights.iloc[[4, 5], 1] = 2.0, 4.0
    sample = _draw(write_export(export, connectomes=connectomes))
    measures = sample.quality.set_index("label")[["minimum", "maximum"]]
    share = 2 / 60
    assert measures.loc["Mean structural weight"].to_list() == [2, 3]
    present, absent = (
        measures.loc[f"Prevalence of {which} connections"] for which in ("present", "absent")
    )
    np.testing.assert_allclose(present, [(1 + share) / 2, 1])
    np.testing.assert_allclose(absent, [0, share / 3320], atol=1e-9)
    # The quartiles do not differ, so that the two are outliers.
    assert _reasons(sample) == {"outliers_connectomes": 2}


def test_connections_analysed_by_hand(export, write_export, connectomes):
    export.loc[0, "p26500_i2"] = 0  # not one of the group
    sample = _draw(write_export(export, connectomes=connectomes))
    inside = {name: table.iloc[1:] for name, table in connectomes.items()}
    group = sample.connections.set_index("connection")
    functional, structural = (
        inside[f"{kind}_connectivity"] for kind in ("functional", "structural")
    )
    place = np.arange(3321)
    # Without the lowest of the 60 a mean of 0.3 is 0.3005.
    assert group["functional_included"].to_list() == list(place % 7 >= 3)
    np.testing.assert_allclose(group["functional_mean"], functional.mean(), rtol=1e-5)
    counts = (structural > 0).sum()
    assert group["structural_n"].to_list() == counts.to_list()
    assert group["structural_included"].to_list() == list(counts > 0.6 * 59)
    np.testing.assert_allclose(
        group["structural_mean"], structural.where(structural > 0).mean(), rtol=1e-6
    )
    assert np.isnan(group["structural_mean"].iloc[0])


def test_connections_and_totals_are_those_of_the_person(export, write_export, connectomes):
    # The store holds people in an order of its own, and one who is not in the table.
    stranger = pd.DataFrame(0.5, index=[7], columns=atlas.connections().index)
    mixed = {name: pd.concat([table.iloc[::-1], stranger]) for name, table in connectomes.items()}
    sample = _draw(write_export(export, connectomes=mixed))
    for kind in ("functional", "structural"):
        included = sample.connections.set_index("connection")[f"{kind}_included"]
        expected = connectomes[f"{kind}_connectivity"].loc[:, included.to_numpy()]
        found = sample.features[f"{kind}_connectivity"]
        if kind == "structural":
            assert (expected == 0).any(axis=None)
            expected = expected.where(expected > 0)
        pd.testing.assert_frame_equal(
            found.drop(columns="total"), expected, check_dtype=False, check_names=False, rtol=1e-6
        )
        np.testing.assert_allclose(found["total"], expected.sum(axis=1), rtol=1e-6)


def test_connectomes_of_withdrawn_people_are_not_used(export, write_export, connectomes):
    gone = int(export.loc[3, "eid"])
    spoiled = {name: table.copy() for name, table in connectomes.items()}
    for table in spoiled.values():
        table.loc[gone] = 1e6
    folder = write_export(export, withdrawn=[gone], connectomes=spoiled)
    sample = _draw(folder)
    assert _reasons(sample) == {"withdrawn": 1}
    assert sample.connections["functional_mean"].max() < 0.7
    assert sample.connections["structural_n"].max() == 59


def test_fences_are_matlabs():
    # MATLAB: quantile([1 2 4 8 16], [.25 .5 .75]) gives 1.75 4 10.
    fences = outlier_fences(pd.DataFrame({"a": [1.0, 2, 4, 8, 16]}), width=2.5).loc["a"]
    assert fences.to_list() == [1.75, 4.0, 10.0, 1.75 - 2.5 * 8.25, 10 + 2.5 * 8.25]


def test_the_order_of_rows_changes_nobodys_values(export, write_export):
    one = _draw(write_export(export))
    other = _draw(write_export(export.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(one.features, other.features.sort_index())
    pd.testing.assert_frame_equal(one.scores, other.scores.sort_index())


def test_diagnosis_and_questionnaire_by_hand(export, write_export):
    items = [20514, 20510, 20517, 20519, 20511, 20507, 20508, 20518, 20513]
    for item in items:
        export[f"p{item}"] = 2
    export.loc[0, "p20514"] = -818
    export["p20499"], export["p20500"] = 1, 0
    export["p20544"] = ""
    export.loc[1, "p20544"] = "11|15"
    export.loc[2, "p20544"] = "-818"
    export.loc[3, ["p20499", "p20544"]] = [-121, "11"]
    held = _draw(write_export(export)).validation
    phq = held[("depression", "PHQ-9")]
    assert np.isnan(phq.iloc[0])
    assert phq.iloc[1] == 9
    diagnosis = held[("depression", "diagnosis")]
    assert diagnosis.iloc[1] == 1
    assert diagnosis.iloc[4] == 0
    assert diagnosis.iloc[[2, 3]].isna().all()
    assert held[("anxiety", "diagnosis")].iloc[1] == 1
    assert held[("anxiety", "GAD-7")].isna().all()


def test_a_cohort_of_women_is_drawn(export, write_export):
    export["p31"] = 0
    sample = _draw(write_export(export))
    assert len(sample) == 60
    assert (sample.covariates[["sex", "age_by_sex"]] == 0).all(axis=None)


def test_nobody_left_is_an_error_that_names_the_step(export, write_export):
    export["p26500_i2"] = 0
    with pytest.raises(InputError, match="nobody is left after the step 'T2-FLAIR not used"):
        _draw(write_export(export))


def test_the_open_cohort(open_cohort):
    sample = draw_sample(open_cohort)
    # participants.tsv: 226 people; two lack age, sex or handedness.
    assert sample.flow[0].remaining == 226
    assert len(sample) == 224
    assert sample.features["surface_area"].shape == (224, 69)
    assert sample.features["subcortical_volume"].shape == (224, 15)
