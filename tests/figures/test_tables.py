"""Tables are accessible, sort by true values and hand out everything unrounded."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from transdx import figures
from transdx.errors import InputError
from transdx.writing import decimal, interval


def _soup(view: figures.TableView) -> BeautifulSoup:
    return BeautifulSoup(view._repr_mimebundle_()["text/html"], "html.parser")


def _download(view: figures.TableView) -> pd.DataFrame:
    link = _soup(view).find("a", download=True)
    kind, packed = link["href"].split(",", 1)
    assert kind == "data:text/csv;charset=utf-8;base64"
    return pd.read_csv(io.StringIO(base64.b64decode(packed).decode()))


def test_the_download_is_the_table_to_the_last_digit(associations):
    view = figures.association_table(associations, modality="surface_area", rows=5)
    assert _soup(view).find("a", download=True)["download"] == "associations-surface_area.csv"
    expected = associations[
        (associations["modality"] == "surface_area") & (associations["feature"] != "total")
    ]
    keys = ["feature", "score"]
    found = _download(view).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(
        found, expected.sort_values(keys, ignore_index=True), check_exact=True, check_dtype=False
    )
    assert found.columns.tolist() == associations.columns.tolist()


def test_markup_is_that_of_a_table(associations):
    soup = _soup(figures.association_table(associations, modality="thickness", score="anxiety"))
    assert len(soup.find_all("caption")) == 1
    assert soup.table.find("caption") is soup.table.find(True)
    assert all(cell["scope"] == "col" for cell in soup.thead.find_all("th"))
    for row in soup.tbody.find_all("tr"):
        assert [cell["scope"] for cell in row.find_all("th")] == ["row"]
    region = soup.find(attrs={"role": "region"})
    assert region["tabindex"] == "0"
    note = soup.caption.find(class_="transdx-note").get_text()
    assert soup.caption.get_text() == f"{region['aria-label']} {note}"
    assert "family-wise" in note
    assert len(soup.tbody.find_all("tr")) == 66


def test_strongest_comes_first_and_survivors_are_counted(associations):
    view = figures.association_table(associations, modality="surface_area", score="anxiety")
    rows = associations[
        (associations["modality"] == "surface_area")
        & (associations["score"] == "anxiety")
        & (associations["feature"] != "total")
    ]
    strongest = rows.loc[rows["beta"].abs().idxmax()]
    first = _soup(view).tbody.tr
    assert first.th.get_text().lower() == figures.label(strongest["feature"])
    assert f"{int((rows['p_fdr'] <= 0.05).sum())} of 66 survive FDR 5 %" in view.caption


def test_global_rows_have_the_name_of_their_measure(associations):
    view = figures.association_table(associations, features=["total"], name="global")
    names = [row.th.get_text() for row in _soup(view).tbody.find_all("tr")]
    assert names == ["Total surface area", "Mean thickness", "Total subcortical volume"]
    assert view.name == "global"


def _headers(view: figures.TableView) -> list[str]:
    return [cell.get_text() for cell in _soup(view).thead.find_all("th")]


def test_columns_that_say_one_thing_move_into_the_caption(associations, impact):
    same = associations.assign(n=224)
    one = figures.association_table(same, modality="thickness", score="anxiety")
    assert _headers(one)[:3] == ["Measure", "β", "95\u00a0% interval"]
    assert one.caption.endswith("n = 224.")
    assert "thickness with anxiety" in one.caption
    several = figures.association_table(associations)
    assert _headers(several)[3:8] == ["Measure", "Modality", "β", "95\u00a0% interval", "p (FDR)"]
    assert "Modality" not in _headers(figures.impact_table(impact))
    assert _download(one).columns.tolist() == associations.columns.tolist()


def test_scores_stand_beside_each_other_in_the_row_of_their_region(associations):
    table = associations[associations["modality"] == "thickness"]
    # One score lacks a region: its cells are empty, and nobody else's moves into them.
    regions = table[table["feature"] != "total"]
    last = regions["feature"].iloc[-1]
    held = regions[(regions["feature"] != last) | (regions["score"] != "depression")]
    view = figures.association_table(held, modality="thickness")
    soup = _soup(view)
    groups = [cell.get_text() for cell in soup.thead.find_all("th", scope="colgroup")]
    assert groups == ["Insomnia", "Depression", "Anxiety"]
    rows = soup.tbody.find_all("tr")
    shown = {row.th.get_text().lower(): row.find_all("td")[::3] for row in rows}
    assert len(shown) == len(rows) == regions["feature"].nunique() == 66
    for row in held.to_dict("records"):
        cell = shown[figures.label(row["feature"])][groups.index(row["score"].title())]
        assert float(cell["data-value"]) == row["beta"]
        assert cell["data-label"] == row["score"].title()
    empty = shown[figures.label(last)][1]
    assert (empty.get_text(), empty["data-value"]) == ("–", "")
    assert len(_download(view)) == len(held)


def test_features_are_taken_as_pairs_where_a_name_is_of_several_modalities(associations):
    pairs = [("thickness", "total"), ("surface_area", "total")]
    names = _soup(figures.association_table(associations, features=pairs)).tbody.find_all("th")
    assert [name.get_text() for name in names] == ["Mean thickness", "Total surface area"]


def test_significance_levels_are_not_rounded_to_zero(power):
    cells = _soup(figures.power_table(power)).tbody.find_all("td")
    assert "0.00076" in [cell.get_text() for cell in cells]


def test_regions_of_every_modality_can_be_told_apart(associations, truth):
    view = figures.recovery_table(associations, truth=truth)
    assert _headers(view)[:3] == ["Measure", "Modality", "Score"]


def test_sorting_keys_are_unrounded_and_empty_where_missing():
    frame = pd.DataFrame({"name": ["a", "b"], "x": [0.12345678901234, np.nan], "n": [3, 12000]})
    view = figures.TableView(
        frame, name="t", caption="Numbers.", formats={"x": lambda value: f"{value:.2f}"}
    )
    cells = _soup(view).tbody.find_all("td")
    assert [cell["data-value"] for cell in cells] == ["0.12345678901234", "3.0", "", "12000.0"]
    assert [cell.get_text() for cell in cells] == ["0.12", "3", "–", "12000"]
    assert all("transdx-number" in cell["class"] for cell in cells)
    assert not _soup(view).tbody.th.has_attr("data-value")


def test_words_are_escaped_and_truth_values_are_words():
    frame = pd.DataFrame({"name": ["<b>"], "ok": [True]})
    soup = _soup(figures.TableView(frame, name="t", caption="A & <i>"))
    assert soup.caption.get_text() == "A & <i>"
    assert soup.tbody.th.get_text() == "<b>"
    assert soup.tbody.td.get_text() == "yes"
    assert soup.find("b") is None


def test_shortened_tables_say_so():
    frame = pd.DataFrame({"x": range(10)})
    view = figures.TableView(frame, name="t", caption="Ten.", rows=3)
    assert "First 3 of 10 rows; the download has all." in _soup(view).caption.get_text()
    assert len(_download(view)) == 10


def test_unknown_columns_and_names_are_refused(associations):
    frame = pd.DataFrame({"beta": [1.0]})
    with pytest.raises(InputError, match="did you mean 'beta'"):
        figures.TableView(frame, name="t", caption="c", columns={"bet": "β"})
    with pytest.raises(InputError, match="at least one row"):
        figures.TableView(frame, name="t", caption="c", rows=0)
    with pytest.raises(InputError, match="did you mean 'thickness'"):
        figures.association_table(associations, modality="thicknes")
    with pytest.raises(InputError, match="did you mean 'total'"):
        figures.association_table(associations, features=["totl"])


def test_p_values_are_short_on_the_page_and_full_in_the_download():
    frame = pd.DataFrame(
        [("insomnia", "anxiety", 25_604, -0.2144, 7.1e-11, 0.034)],
        columns=["score_a", "score_b", "n", "rho", "p", "p_fdr"],
    )
    view = figures.correlation_table(frame)
    texts = [cell.get_text() for cell in _soup(view).tbody.find_all("td")]
    assert texts == ["Anxiety", "25,604", "−0.214", "<0.001", "0.034"]
    assert _download(view)["p"].item() == 7.1e-11


def _cells(view: figures.TableView, row: int) -> dict[str, str]:
    """A row as it is printed, by the headers of its columns."""
    body = _soup(view).tbody.find_all("tr")
    return dict(
        zip(_headers(view), [c.get_text() for c in body[row].find_all(["th", "td"])], strict=True)
    )


@pytest.fixture
def demographics() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("Age (years)", "", "all", 25_604, np.nan, 64.13, 7.7, 45.0, 82.0),
            ("Right-handed", "yes", "men", 11_000, 89.23, *[np.nan] * 4),
        ],
        columns=[
            *("characteristic", "level", "group", "n"),
            *("percent", "mean", "sd", "minimum", "maximum"),
        ],
    )


def test_demographics_and_flow_print_every_cell(demographics, flow):
    view = figures.demographics_table(demographics)
    assert _cells(view, 0) == {
        "Characteristic": "Age (years)", "Group": "All", "n": "25,604", "Per cent": "–",
        "Mean": "64.13", "SD": "7.70", "Minimum": "45.0", "Maximum": "82.0",
    }  # fmt: skip
    assert _cells(view, 1)["Per cent"].replace("\N{NO-BREAK SPACE}", " ") == "89.2 %"
    assert [_cells(view, 1)[name] for name in ("Mean", "SD", "Minimum")] == ["–"] * 3
    assert _cells(figures.flow_table(flow), 3) == {
        "Step": "Outlier on a regional value", "Left out": "5,854", "Remaining": "25,604",
    }  # fmt: skip


def test_impact_prints_the_rate_of_each_end_in_its_own_column(impact):
    row = _soup(figures.impact_table(impact)).tbody.tr
    assert row.th.get_text() == "Total surface area"
    assert _of_group(row, 2) == {
        "Anxiety": "1.10", "": "1.07 to 1.13", "Lowest tenth": "43.2 %",
        "Highest tenth": "37.2 %",
    }  # fmt: skip
    alone = _cells(figures.impact_table(impact[impact["score"] == "anxiety"]), 0)
    assert (alone["p"], alone["n"]) == ("<0.001", f"{impact['n'].iloc[2]:,}")


def _of_group(row: Tag, place: int) -> dict[str, str]:
    """What a score, or a pair, has in a row, by what a phone says before it."""
    cells = row.find_all("td")
    firsts = [i for i, cell in enumerate(cells) if "transdx-first" in cell["class"]]
    own = cells[firsts[place] : [*firsts, len(cells)][place + 1]]
    return {cell["data-label"]: cell.get_text() for cell in own}


def test_pairs_of_scores_stand_beside_each_other_in_reading_order(contrasts):
    view = figures.contrast_table(contrasts.iloc[::-1])
    soup = _soup(view)
    groups = [cell.get_text() for cell in soup.thead.find_all("th", scope="colgroup")]
    assert groups == ["Insomnia − depression", "Insomnia − anxiety", "Depression − anxiety"]
    row = next(r for r in soup.tbody.find_all("tr") if r.th.get_text() == "Total surface area")
    for place in range(3):
        gap = contrasts.iloc[place]
        assert list(_of_group(row, place).values())[:2] == [
            decimal(gap["difference"]), interval(gap["ci_low"], gap["ci_high"]),
        ]  # fmt: skip
    assert "The download has all p values." in view.note


def test_recovery_prints_the_estimate_less_what_was_planted(associations, truth):
    one = associations.iloc[:2].assign(beta=[-0.05, -0.02], ci_low=-0.06, ci_high=-0.01)
    known = truth.iloc[:2].assign(planted=[-0.03, -0.005])
    view = figures.recovery_table(one, truth=known)
    shown = [_cells(view, row) for row in (0, 1)]
    names = ("Planted β", "Estimated β", "95\u00a0% interval", "Error", "Interval covers")
    assert [[cells[name] for name in names] for cells in shown] == [
        ["−0.030", "−0.050", "−0.060 to −0.010", "−0.020", "yes"],
        ["−0.005", "−0.020", "−0.060 to −0.010", "−0.015", "no"],
    ]
    assert "1 of 2 intervals covers the planted value" in view.caption


def test_other_ready_made_tables_print_every_cell(validation, contrasts, power, quality):
    assert _cells(figures.validation_table(validation), 2) == {
        "Score": "Depression", "Against": "PHQ-9", "Statistic": "Spearman", "Estimate": "0.514",
        "95\u00a0% interval": "0.500 to 0.520", "n": "18,123",
    }  # fmt: skip
    assert _cells(figures.validation_table(validation), 0)["Against"] == "Lifetime diagnosis"
    gap = contrasts.iloc[1]
    assert _cells(figures.contrast_table(contrasts.iloc[1:2]), 0) == {
        "Measure": "Total surface area", "Score": "Insomnia", "Minus": "Anxiety",
        "Δβ": decimal(gap["difference"]),
        "95\u00a0% interval": interval(gap["ci_low"], gap["ci_high"]),
        "p": "0.030", "p (FDR)": "0.045",
        "p (study)": "0.030",
    }  # fmt: skip
    assert _cells(figures.power_table(power), 1) == {
        "Situation": "66 tests", "n": "100", "Level α": "0.00076", "Smallest |β|": "0.420",
    }  # fmt: skip
    cells = _cells(figures.quality_table(quality), 5)
    names = ("Median", "Q1", "Q3", "Lower fence", "Upper fence", "Below", "Above")
    printed = ["2.00", "1.00", "3.00", "−4.00", "8.00", "5", "1"]
    assert [cells[name] for name in names] == printed


def test_ready_made_tables_have_a_row_for_every_one_of_theirs(
    flow, validation, contrasts, impact, power, quality, associations, truth, demographics
):
    for view in (
        figures.flow_table(flow),
        figures.validation_table(validation),
        figures.contrast_table(contrasts),
        figures.impact_table(impact),
        figures.power_table(power),
        figures.quality_table(quality),
        figures.demographics_table(demographics),
        figures.recovery_table(associations, truth=truth),
    ):
        texts = [cell.get_text() for cell in _soup(view).tbody.find_all(["td", "th"])]
        assert "nan" not in texts
        lines = len(
            view.frame.drop_duplicates(["modality", "feature"]) if view.beside else view.frame
        )
        assert len(_soup(view).tbody.find_all("tr")) == lines
        assert len(_download(view)) == len(view.frame)


def test_scores_that_nothing_was_held_against_get_a_note(validation):
    for show in (figures.validation_table, figures.validation_plot):
        assert isinstance(show(validation.iloc[:0]), figures.Note)
        assert not isinstance(show(validation), figures.Note)
