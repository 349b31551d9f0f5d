"""Tables are accessible, sort by true values and hand out everything unrounded."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from transdx import figures
from transdx.errors import InputError


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
    assert names[::3] == ["Total surface area", "Mean thickness", "Total subcortical volume"]
    assert view.name == "global"


def _headers(view: figures.TableView) -> list[str]:
    return [cell.get_text() for cell in _soup(view).thead.find_all("th")]


def test_columns_that_say_one_thing_move_into_the_caption(associations, impact):
    same = associations.assign(n=224)
    one = figures.association_table(same, modality="thickness", score="anxiety")
    assert _headers(one)[:3] == ["Measure", "β", "95 % interval"]
    assert one.caption.endswith("n = 224.")
    assert "thickness with anxiety" in one.caption
    several = figures.association_table(associations)
    assert _headers(several)[:4] == ["Measure", "Modality", "Score", "n"]
    assert "n = " not in several.caption
    assert "Modality" not in _headers(figures.impact_table(impact))
    assert _download(one).columns.tolist() == associations.columns.tolist()


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


def test_every_ready_made_table_prints_its_rows(
    flow, validation, contrasts, impact, power, quality, associations, truth
):
    demographics = pd.DataFrame(
        [("Age (years)", "", "all", 25_604, np.nan, 64.13, 7.7, 45.0, 82.0)],
        columns=[
            *("characteristic", "level", "group", "n"),
            *("percent", "mean", "sd", "minimum", "maximum"),
        ],
    )
    views = [
        (figures.flow_table(flow), "25,604"),
        (figures.validation_table(validation), "PHQ-9"),
        (figures.contrast_table(contrasts), "Mean thickness"),
        (figures.impact_table(impact), "43.2 %"),
        (figures.power_table(power), "0.280"),
        (figures.quality_table(quality), "Right transverse temporal"),
        (figures.demographics_table(demographics), "64.13"),
        (figures.recovery_table(associations, truth=truth), "yes"),
    ]
    for view, words in views:
        texts = [cell.get_text() for cell in _soup(view).tbody.find_all(["td", "th"])]
        assert words in texts, view.name
        assert "nan" not in texts
        assert len(_soup(view).tbody.find_all("tr")) == len(view.frame) == len(_download(view))
