"""Figures of a page have a number and an address, and their files lie beside the pages."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx.book.check import faults
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.errors import TransdxError
from transdx.figures.canvas.picture import render as draw
from transdx.figures.canvas.shown import About
from transdx.results.stamp import Stamp

STAMP = Stamp("simulated", "simulated-quick", 1, "0.1.0")


def _figure(name: str) -> dict[str, Any]:
    """A cell that showed a square, called so."""
    from dataclasses import replace

    picture = draw(lambda figure, theme: None, size=(1, 1), alt=f"{name}: nothing")
    html = replace(picture, about=About(name, caption=f"All of {name}.", stamp=STAMP))._repr_html_()
    return {
        "cell_type": "code",
        "metadata": {"tags": ["shown"]},
        "source": f"draw({name!r})",
        "execution_count": 1,
        "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}],
    }


@pytest.fixture
def made(book: Any) -> Callable[..., Path]:
    """Render a book whose second chapter shows figures of these names, and which quotes them."""

    def make(*names: str | dict[str, Any]) -> Path:
        for world, number in (("simulated", 1234), ("open", 226)):
            book.find(f"{world}-quick", number)
        shown = [_figure(name) if isinstance(name, str) else name for name in names]
        for name, cells in (("01-cohort", []), ("02-open", shown)):
            notebook = book.notebook(name)
            page = publish(
                notebook | {"cells": [*notebook["cells"], *cells]}, {"world": "simulated"}
            )
            book.write(f"book/chapters/{name}.ipynb", json.dumps(page))
        contents = "format: jb-book\nroot: index\nparts:\n- caption: All\n  numbered: true\n"
        chapters = "  chapters:\n  - file: chapters/01-cohort\n  - file: chapters/02-open\n"
        book.write("_build/toc.yml", contents + chapters)
        book.write("book/index.md", "# A book\n\n```{chapter-output} 02-open shown\n```\n")
        render(book.root)
        return Path(book.root) / "_build" / "html"

    return make


def test_figures_are_numbered_in_their_chapter_and_quoted_by_that_number(
    made: Callable[..., Path],
) -> None:
    site = made("one", "other")
    soup = BeautifulSoup((site / "chapters" / "02-open.html").read_text("utf-8"), "html.parser")
    said = {label["href"]: label.get_text() for label in soup.select("a.transdx-label")}
    assert said == {"#fig-one": "Figure 2.1", "#fig-other": "Figure 2.2"}
    quoted = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    told = {label["href"]: label.get_text() for label in quoted.select("a.transdx-label")}
    assert told == {f"chapters/02-open.html{place}": words for place, words in said.items()}
    code = soup.find(id="code-fig-other")
    assert "draw('other')" in code.get_text()
    assert soup.select_one('#fig-other a[href="#code-fig-other"]')
    assert faults(site) == []


def test_files_lie_beside_the_pages_once_and_are_the_same_each_time(
    made: Callable[..., Path],
) -> None:
    site = made("one")
    files = {path.name: path.read_bytes() for path in (site / "_results").iterdir()}
    assert sorted(files) == [
        f"02-open_one{part}_simulated-quick-seed1.{ending}"
        for part, ending in (("-dark", "png"), ("-light", "png"), ("", "png"), ("", "svg"))
    ]
    for page in ("index.html", "chapters/02-open.html"):
        text = (site / page).read_text("utf-8")
        assert "base64" not in text
        assert len(re.findall(r'loading="lazy"', text)) == 2
    again = made("one")
    assert files == {path.name: path.read_bytes() for path in (again / "_results").iterdir()}


def test_a_notebook_that_is_taken_along_says_its_run_and_holds_no_output(
    made: Callable[..., Path],
) -> None:
    (path,) = (made("one") / "_sources" / "chapters").glob("02-open*")
    assert path.name == "02-open_simulated-quick-seed1.ipynb"
    band, *cells = json.loads(path.read_text("utf-8"))["cells"]
    assert band["source"].startswith("> **Simulated data**: run simulated-quick, seed 1, transdx ")
    assert [cell["outputs"] for cell in cells if cell["cell_type"] == "code"] == [[], [], []]


def test_what_a_cell_drew_by_itself_says_its_run(made: Callable[..., Path]) -> None:
    stream = io.BytesIO()
    Image.new("L", (2, 1)).save(stream, "PNG")
    packed = base64.b64encode(stream.getvalue()).decode()
    cell = _figure("one")
    cell["outputs"][0]["data"] = {"image/png": packed, "text/plain": "a square"}
    cell["metadata"]["mystnb"] = {"image": {"alt": "a square"}}
    site = made(cell)
    (file,) = (site / "_images").glob("*.png")
    assert file.name == "02-open_by-hand-1_simulated-quick-seed1.png"
    assert Image.open(file).text["Source"].startswith("Simulated data, run simulated-quick, ")
    assert file.name in (site / "chapters" / "02-open.html").read_text("utf-8")


def test_two_figures_of_one_name_are_refused(made: Callable[..., Path]) -> None:
    with pytest.raises(TransdxError, match="shows two called 'one'; name one of them"):
        made("one", "one")


def test_a_picture_that_is_gone_is_a_fault(made: Callable[..., Path]) -> None:
    site = made("one")
    (site / "_results" / "02-open_one-light_simulated-quick-seed1.png").unlink()
    assert [fault for fault in faults(site) if "one-light" in fault]
