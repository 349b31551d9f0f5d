"""What leaves a book says what it is, and of which run: in its name, and in its bytes."""

from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx import figures
from transdx.results.stamp import Stamp

STAMP = Stamp("simulated", "simulated-quick", 1, "0.1.0")
WORDS = "Simulated data, run simulated-quick, seed 1, transdx 0.1.0"


@pytest.fixture(scope="module")
def forest(associations: pd.DataFrame) -> Any:
    asked = [("surface_area", "total"), ("thickness", "total")]
    shown = figures.forest(STAMP.mark(associations), features=asked)
    return shown.captioned("Less area goes with *more* symptoms.")


def _files(shown: Any) -> dict[str, bytes]:
    soup = BeautifulSoup(shown._repr_html_(), "html.parser")
    return {
        tag.get("download") or tag["data-file"]: base64.b64decode(
            (tag.get("href") or tag["src"]).partition("base64,")[2]
        )
        for tag in soup.select("[download], [data-file]")
    }


def test_a_figure_has_a_place_a_caption_and_words_for_who_does_not_see_it(forest: Any) -> None:
    soup = BeautifulSoup(forest._repr_html_(), "html.parser")
    whole = soup.find(id="fig-forest")
    assert whole.figcaption.get_text(strip=True) == "Less area goes with *more* symptoms."
    assert whole.find(class_="transdx-stamp").get_text() == WORDS
    plain = forest._repr_mimebundle_()["text/plain"]
    assert plain.split("\n") == ["Less area goes with *more* symptoms.", forest.alt]


def test_every_file_of_a_figure_names_its_run(forest: Any) -> None:
    files = _files(forest)
    assert sorted(files) == [
        "forest-dark_simulated-quick-seed1.png",
        "forest-light_simulated-quick-seed1.png",
        *(f"forest_simulated-quick-seed1.{ending}" for ending in ("csv", "png", "svg")),
    ]
    for name, held in files.items():
        if name.endswith("png"):
            assert Image.open(io.BytesIO(held)).text["Source"] == WORDS
    svg = ET.fromstring(files["forest_simulated-quick-seed1.svg"])
    space = "{http://www.w3.org/2000/svg}"
    assert svg.findtext(f"{space}desc") == f"{forest.alt} {WORDS}"
    assert svg.findall(f"{space}text")[-1].text == WORDS


def test_a_picture_to_take_along_is_the_one_shown_and_a_line_below_it(forest: Any) -> None:
    files = _files(forest)
    shown, taken = (
        np.asarray(Image.open(io.BytesIO(files[f"forest{part}_simulated-quick-seed1.png"])))
        for part in ("-light", "")
    )
    assert taken.shape == (shown.shape[0] + 40, shown.shape[1])
    assert len(np.unique(taken[-40:])) > 1, "the line that names the run"


def test_the_data_of_a_figure_are_its_rows_and_the_run_in_the_last_columns(
    forest: Any, associations: pd.DataFrame
) -> None:
    data = pd.read_csv(io.BytesIO(_files(forest)["forest_simulated-quick-seed1.csv"]))
    drawn = associations[
        (associations["feature"] == "total")
        & associations["modality"].isin(["surface_area", "thickness"])
    ]
    assert data["beta"].tolist() == drawn["beta"].tolist()
    assert data.columns[-4:].tolist() == ["world", "run", "seed", "version"]
    assert data.iloc[:, -4:].drop_duplicates().to_numpy().tolist() == [
        ["simulated", "simulated-quick", 1, "0.1.0"]
    ]


def test_a_table_hands_out_its_run_too(associations: pd.DataFrame) -> None:
    view = figures.association_table(STAMP.mark(associations), modality="thickness")
    ((name, held),) = _files(view).items()
    assert name == "associations-thickness_simulated-quick-seed1.csv"
    assert pd.read_csv(io.BytesIO(held))["world"].unique().tolist() == ["simulated"]
    table = BeautifulSoup(view._repr_html_(), "html.parser").find(id="table-associations-thickness")
    assert table["data-run"] == WORDS


def test_maps_are_of_what_was_asked_for(associations: pd.DataFrame) -> None:
    shown = figures.cortex_maps(STAMP.mark(associations), modality="thickness")
    assert shown.about.name == "cortex-maps-thickness"
    assert set(shown.about.data["modality"]) == {"thickness"}
    assert "total" not in set(shown.about.data["feature"])


def test_the_name_of_a_run_with_its_seed_says_it_once() -> None:
    assert (
        Stamp("simulated", "simulated-paper-seed7", 7, "1").file("a") == "a_simulated-paper-seed7"
    )
    assert Stamp("open", "open-quick", 1, "1").file("a") == "a_open-quick-seed1"


def test_what_is_drawn_from_any_table_has_no_run(associations: pd.DataFrame) -> None:
    view = figures.association_table(associations, modality="thickness")
    assert list(_files(view)) == ["associations-thickness.csv"]
    assert "world" not in view.csv()
