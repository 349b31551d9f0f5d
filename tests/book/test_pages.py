"""Rendered pages: quoted numbers, banners, and failures that fail the build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transdx.book.check import faults
from transdx.book.extension import Quote
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.errors import InputError, TransdxError


@pytest.fixture
def pages(book: Any) -> Any:
    """A book with results and chapters, ready to be rendered."""
    for world, number in (("simulated", 1234), ("open", 226)):
        content = {"flow.analysed": number, "beta": -0.0512, "nothing": None, "word": "insula"}
        book.write(f"results/{world}-quick/numbers.json", json.dumps(content))
    for name, title, world in (("01-cohort", "Cohort", "simulated"), ("02-open", "Brains", "open")):
        page = publish(book.notebook(title, world=world), {"world": world, "seed": 1})
        book.write(f"book/chapters/{name}.ipynb", json.dumps(page))
    return book


def test_pages_quote_results_and_name_their_world(pages: Any) -> None:
    pages.write(
        "book/index.md",
        "# A book\n\n{value}`book flow.analysed:,d` people, β {value}`open beta:.2f`.\n\n"
        ":::{world} simulated\nOnly simulated.\n:::\n\n:::{world} open ukb\nOnly real.\n:::\n\n"
        "$$\\beta$$\n",
    )
    index = render(pages.root)
    text = index.read_text(encoding="utf-8")
    assert 'title="flow.analysed, from the results of the simulated run">1,234</span>' in text
    assert ">−0.05</span>" in text
    assert "Only simulated." in text
    assert "Only real." not in text
    assert faults(pages.root / "_build" / "html", root=pages.root) == []
    site = pages.root / "_build" / "html"
    assert (site / "_static" / "mathjax" / "tex-svg.js").stat().st_size > 1_000_000
    banners = {
        page: world
        for page in ("index", "search", "genindex", "chapters/01-cohort", "chapters/02-open")
        for world in ("simulated", "open", "ukb")
        if f'data-world="{world}"' in (site / f"{page}.html").read_text(encoding="utf-8")
    }
    assert banners == {
        "index": "simulated",
        "search": "simulated",
        "genindex": "simulated",
        "chapters/01-cohort": "simulated",
        "chapters/02-open": "open",
    }
    # New numbers reach the pages that quote them, in a build that redoes nothing else.
    pages.write("results/simulated-quick/numbers.json", '{"flow.analysed": 777}')
    assert ">777</span>" in render(pages.root).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("quoted", "message"),
    [
        ("book flow.analyzed", "no number 'flow.analyzed'; did you mean 'flow.analysed'"),
        ("book beta:,d", "cannot be written as ',d'"),
        ("ukb flow.analysed", "the results of the ukb run are not there"),
    ],
)
def test_number_that_is_not_there_fails_the_build(pages: Any, quoted: str, message: str) -> None:
    pages.write("book/index.md", f"# A book\n\nHere {{value}}`{quoted}` people.\n")
    for _ in range(2):  # The second time must not pass unread.
        with pytest.raises(TransdxError, match=r"the pages could not be rendered") as caught:
            render(pages.root)
        assert message in str(caught.value)
        assert str(pages.root) not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("book n:,d", "12,345"),
        ("book beta:.3f", "−0.050"),
        ("book zero:.3f", "0.000"),
        ("open p:p", "p < 0.001"),
        ("open q:p", "p = 0.040"),
        ("open word", "insula"),
        ("open share:.0%", "34\u00a0%"),
    ],
)
def test_how_numbers_are_written(text: str, written: str) -> None:
    numbers = {"n": 12345, "beta": -0.05, "p": 1e-7, "q": 0.04, "word": "insula", "share": 0.341}
    numbers["zero"] = -0.0002
    assert Quote.parse(text).written(numbers) == written


@pytest.mark.parametrize("value", [None, float("nan"), ""])
def test_empty_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="there is no value"):
        Quote.parse("book key").written({"key": value})


@pytest.mark.parametrize("text", ["flow.analysed", "moon flow.analysed", "book ", "book a b"])
def test_quotes_that_are_not_understood(text: str) -> None:
    with pytest.raises(InputError, match="a value is written 'world key:format'"):
        Quote.parse(text)


def test_prose_of_the_book_types_no_results() -> None:
    folder = Path(__file__).parents[2] / "book"
    index = (folder / "index.md").read_text(encoding="utf-8")
    run = index.partition("## What this run found")[2].partition("## Three worlds")[0]
    typed = [line for line in run.splitlines() if "β = " in line or "p = " in line]
    assert typed == []


def test_output_of_a_chapter_is_shown_on_another_page(pages: Any) -> None:
    pages.write("book/index.md", "# A book\n\n```{chapter-output} 01-cohort overview\n```\n")
    chapter = pages.root / "book/chapters/01-cohort.ipynb"
    page = json.loads(chapter.read_text(encoding="utf-8"))
    code = next(c for c in page["cells"] if c["cell_type"] == "code" and c["source"] == "1 + 1")
    data = {"text/html": ["<figure class='seen'>", "one brain</figure>"]}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    code["outputs"] = [output]
    chapter.write_text(json.dumps(page), encoding="utf-8")
    with pytest.raises(TransdxError, match="chapter 01-cohort has no cell tagged 'overview'"):
        render(pages.root)
    code["metadata"]["tags"].append("overview")
    chapter.write_text(json.dumps(page), encoding="utf-8")
    assert "<figure class='seen'>one brain</figure>" in render(pages.root).read_text("utf-8")


def test_cohort_without_effects_is_not_said_to_have_any(pages: Any) -> None:
    pages.write(
        "book/index.md",
        "# A book\n\n:::{world} simulated\nEffects were put in.\n:::\n\n"
        ":::{world} unplanted\nNothing was put in.\n:::\n",
    )
    text = render(pages.root).read_text(encoding="utf-8")
    assert "effects were planted" in text
    assert "Effects were put in." in text
    assert "Nothing was put in." not in text
    pages.write("results/simulated-quick/numbers.json", '{"truth.planted": 0, "flow.analysed": 9}')
    text = render(pages.root).read_text(encoding="utf-8")
    assert "No real participants; nothing was planted." in text
    assert "Effects were put in." not in text
    assert "Nothing was put in." in text
