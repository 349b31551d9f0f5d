"""Charts say in words what they show in marks."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from transdx import figures
from transdx.errors import InputError
from transdx.figures.canvas.layout import readable_ticks
from transdx.figures.charts import intervals
from transdx.figures.charts.checks import merge_truth, recovery
from transdx.writing import count, decimal, interval, percent, probability


def test_forest_says_every_estimate(associations, truth):
    picture = figures.forest(associations, truth=truth)
    totals = associations[associations["feature"] == "total"]
    assert len(totals) == 9
    for row in totals.itertuples():
        words = f"{row.score} {decimal(row.beta)} ({interval(row.ci_low, row.ci_high)})"
        assert words in picture.alt
    assert "Open diamonds" in picture.alt
    assert "Open diamonds" not in figures.forest(associations).alt


def test_forest_takes_the_features_asked_for_and_refuses_others(associations):
    picture = figures.forest(associations, features=[("subcortical_volume", "left_thalamus")])
    assert "Left thalamus, n = 25,60" in picture.alt
    assert "surface" not in picture.alt
    with pytest.raises(InputError, match="did you mean 'left_thalamus'"):
        figures.forest(associations, features=[("subcortical_volume", "left_thalamu")])
    with pytest.raises(InputError, match="as pairs"):
        figures.forest(associations, features=["total"])
    regions = associations[associations["feature"] != "total"]
    with pytest.raises(InputError, match="'total'"):
        figures.forest(regions)


def test_contrasts_count_those_that_survive_correction(contrasts):
    # p of 0.0004, 0.03 and 0.6 in each of three modalities, adjusted 0.0006, 0.045 and 0.9.
    alt = figures.contrast_plot(contrasts).alt
    assert "6 of 9 survive FDR 5 %" in alt
    assert [alt.count(text) for text in ("p < 0.001", "p = 0.045", "p = 0.90")] == [3, 3, 3]
    lost = contrasts.assign(p_fdr=contrasts["p_fdr"].replace(0.045, 0.06))
    alt = figures.contrast_plot(lost).alt
    assert "3 of 9 survive FDR 5 %" in alt
    assert alt.count("p = 0.060") == 3


def test_a_difference_is_filled_only_where_it_survives_correction(contrasts):
    one = contrasts[contrasts["modality"] == "thickness"].iloc[1:2].assign(difference=0.0)
    one = one.assign(ci_low=-0.01, ci_high=0.01)

    def ink(p: float, p_fdr: float) -> int:
        picture = figures.contrast_plot(one.assign(p=p, p_fdr=p_fdr))
        pixels = np.asarray(Image.open(io.BytesIO(picture.light)).convert("L"))
        # The mark lies in the middle of its axes, which reach from the name to the edge.
        left, right = 0.55 * pixels.shape[1], 0.78 * pixels.shape[1]
        rows = slice(int(0.45 * len(pixels)), int(0.7 * len(pixels)))
        return int((pixels[rows, int(left) : int(right)] < 90).sum())

    survives, alone, neither = ink(0.01, 0.03), ink(0.04, 0.06), ink(0.5, 0.6)
    assert alone == neither
    assert survives - alone > 60


def test_impact_shows_odds_and_rates(impact):
    odds, rates = figures.impact_plot(impact).pictures
    assert odds.alt.count("1.10 (1.07 to 1.13)") == 9
    assert rates.alt.count("43.2 % against 37.2 %") == 9


def test_recovery_matches_a_plain_computation(associations, truth):
    found = recovery(merge_truth(associations, truth))
    x, y = truth["planted"].to_numpy(), associations["beta"].to_numpy()
    inside = np.abs(x - y) <= 0.0127
    assert found.pairs == len(x)
    assert found.bias == pytest.approx(np.mean(y - x))
    assert found.coverage == pytest.approx(100 * inside.mean(), abs=0.3)
    assert found.slope == pytest.approx(np.polyfit(x, y, 1)[0])
    alt = figures.planted_vs_estimated(associations, truth).alt
    assert f"bias {decimal(found.bias, places=4)}" in alt
    assert f"slope {decimal(found.slope, places=2)}" in alt
    assert percent(found.coverage) in alt


def test_recovery_without_truth_or_match(associations, truth):
    note = figures.planted_vs_estimated(associations, None)
    assert "Nothing was planted" in note._repr_mimebundle_()["text/html"]
    with pytest.raises(InputError, match="same run"):
        merge_truth(associations, truth.assign(score="neuroticism"))
    nothing = truth.assign(planted=0.0)
    assert np.isnan(recovery(merge_truth(associations, nothing)).slope)


def test_flow_says_every_step(flow):
    alt = figures.flow_diagram(flow).alt
    assert "In the data: 33,000" in alt
    assert "Missing a symptom score: 1,530 left out, 31,458 remain" in alt
    assert alt.endswith("5,854 left out, 25,604 remain.")


def test_steps_that_left_nobody_out_take_no_box(flow):
    idle = pd.DataFrame([("imaging", "No imaging visit", 0, 32_988)], columns=flow.columns)
    longer = pd.concat([flow.iloc[:2], idle, flow.iloc[2:]], ignore_index=True)
    with_idle, without = figures.flow_diagram(longer), figures.flow_diagram(flow)
    # One line of type below, not an arrow and a box of more than half an inch.
    assert 0 < with_idle.height - without.height < 30
    assert "No imaging visit: 0 left out, 32,988 remain" in with_idle.alt
    nobody = flow.assign(excluded=0, remaining=33_000)
    assert "Withdrew consent: 0 left out, 33,000 remain" in figures.flow_diagram(nobody).alt


def test_distributions_are_one_picture_per_score(distribution):
    pictures = figures.score_distributions(distribution).pictures
    assert ["insomnia" in pictures[0].alt, "anxiety" in pictures[1].alt] == [True, True]
    assert "n = 1,000; points and share: 0: 25.0 %, 1: 60.0 %, 2: 15.0 %" in pictures[0].alt
    assert "0.5: 30.5 %" in pictures[1].alt


def test_hidden_cells_are_left_out_of_distributions(distribution):
    hidden = distribution.copy()
    hidden.loc[hidden.index[-1], ["count", "percent"]] = np.nan
    words = figures.score_distributions(hidden).pictures[1].alt
    assert "3: " not in words
    assert "nan" not in words


def test_correlations_and_validation_are_said(correlations, validation):
    assert "depression with anxiety 0.36" in figures.score_correlation_plot(correlations).alt
    alt = figures.validation_plot(validation).alt
    assert "Depression against PHQ-9: spearman ρ, n = 18,123, 0.51 (0.50 to 0.52)" in alt


def test_quality_shows_the_worst_of_a_large_group(quality):
    fields, areas = figures.quality_overview(quality).pictures
    assert "2 of 2 measures of image quality" in fields.alt
    # Row k of the table has k values below and one above, of 2,000.
    assert "Head motion 0.10 %; T1 warping 0.05 %" in fields.alt
    assert "15 of 68 measures of surface area" in areas.alt
    assert "right insula 3.50 %" in areas.alt
    assert "left bankssts" not in areas.alt


def test_quality_without_extremes_is_drawn(quality):
    guarded = quality.assign(minimum=np.nan, maximum=np.nan)
    assert len(figures.quality_overview(guarded).pictures) == 2


def test_power_says_ends_of_curves_and_estimates(power, associations):
    alt = figures.power_curve(power, observed=associations).alt
    assert "one test, n = 100: 0.280" in alt
    assert "66 tests, n = 10,000: 0.042" in alt
    row = associations[associations["feature"] == "total"].iloc[0]
    assert f"total surface area with insomnia {decimal(abs(row['beta']))}" in alt


def test_empty_or_wrong_tables_are_refused(flow):
    with pytest.raises(InputError, match="at least one row in the table 'flow'"):
        figures.flow_diagram(flow.head(0))
    with pytest.raises(InputError, match="'remaining' in the table 'flow'"):
        figures.flow_diagram(flow.rename(columns={"remaining": "remainin"}))
    with pytest.raises(InputError, match="did you mean 'rh'"):
        figures.score_correlation_plot(pd.DataFrame({"score_a": [], "score_b": [], "rh": []}))


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.034, "0.034"),
        (7.1e-11, "<0.001"),
        (0.00099, "<0.001"),
        (0.0996, "0.10"),
        (0.0994, "0.099"),
        (1.0, "1.00"),
        (float("nan"), "–"),
    ],
)
def test_p_values_are_printed_as_in_journals(value, printed):
    assert probability(value) == printed


def test_numbers_have_true_minus_signs_and_separators():
    assert decimal(-0.0004) == "0.000"
    assert decimal(-1234.5, places=1) == "−1,234.5"
    assert count(25604) == "25,604"
    assert percent(float("nan")) == "–"


def test_ticks_are_round_and_inside():
    assert readable_ticks(-0.07, 0.01, most=5) == [-0.06, -0.04, -0.02, 0.0]
    assert readable_ticks(0.9, 1.2, most=4) == [0.9, 1.0, 1.1, 1.2]
    ticks = readable_ticks(-0.0312, 0.0187, most=3)
    assert len(ticks) <= 3
    assert all(-0.0312 <= tick <= 0.0187 for tick in ticks)


def test_numbers_of_an_axis_do_not_run_into_each_other():
    wide, narrow = (intervals._ticks_apart(-0.07, 0.02, inches=inches) for inches in (3.0, 1.3))
    assert wide == [-0.06, -0.04, -0.02, 0.0, 0.02]
    assert narrow == [-0.05, 0.0]
