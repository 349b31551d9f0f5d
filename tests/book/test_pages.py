"""Rendered pages: quoted numbers, banners, and failures that fail the build."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from transdx.book.check import faults
from transdx.book.extension import Quote
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.errors import InputError, TransdxError
from transdx.findings.claims import load_claims
from transdx.results.select import ALPHA
from transdx.study import load_study
from transdx.writing import decimal


@pytest.fixture
def pages(book: Any) -> Any:
    """A book with results and chapters, ready to be rendered."""
    for world, number in (("simulated", 1234), ("open", 226)):
        book.find(f"{world}-quick", number)
    for name, title, world in (("01-cohort", "Cohort", "simulated"), ("02-open", "Brains", "open")):
        page = publish(book.notebook(title, world=world), {"world": world, "seed": 1})
        book.write(f"book/chapters/{name}.ipynb", json.dumps(page))
    return book


def test_pages_quote_results_and_name_their_world(pages: Any) -> None:
    pages.write(
        "book/index.md",
        "# A book\n\n{value}`book flow.analysed:,d` people, "
        "β {value}`open surface_area.total.anxiety.beta:.2f`.\n\n"
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
    pages.find("simulated-quick", 777)
    assert ">777</span>" in render(pages.root).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("quoted", "message"),
    [
        ("book flow.analyzed", "no number 'flow.analyzed'; did you mean 'flow.analysed'"),
        ("book surface_area.total.anxiety.beta:,d", "cannot be written as ',d'"),
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


HOME = Path(__file__).parents[2]
#: Digits that are no results: numbers of claims, names, addresses, levels that were chosen.
_NO_RESULT = (
    r"\{value\}`[^`]*`|\{[a-z0-9_.<>]+(?::[^{}]*)?\}|\]\([^)]*\)|<[^>]*>|"
    r"\bC\d+\b|\b(?:PHQ-9|GAD-7|D1|mGluR5|H3)\b|\b(?:5|80|95) %|\b75th\b"
)


def typed_numbers(prose: str) -> list[str]:
    """List the numbers that prose types itself instead of taking them from the results."""
    return re.findall(r"\d+(?:[.,]\d+)*", re.sub(_NO_RESULT, "", prose))


def test_a_number_that_is_typed_is_found() -> None:
    prose = (
        "Of {value}`book a.b2:,d` people (C1), 12 have β = −0.031, [here](02-x.html#c2); p = 0.05."
    )
    assert typed_numbers(prose) == ["12", "0.031", "0.05"]
    assert typed_numbers("D1 is {a.d1.text}, or 1,234 of {n:,d|person|people}, 40 %") == [
        "1,234",
        "40",
    ]


def test_prose_of_the_book_types_no_results() -> None:
    index = (HOME / "book" / "index.md").read_text(encoding="utf-8")
    run = index.partition("## What this run found")[2].partition("## Three worlds")[0]
    assert "{value}`book flow.analysed" in run
    # How many draws the study made is no result of a run.
    assert typed_numbers(run) == ["5,000"]
    # What is said of one world only is said of its results.
    blocks = [
        (page.name, found[2])
        for page in sorted((HOME / "book").glob("*.md"))
        for found in re.finditer(
            r"^(:{3,})\{world\} [^\n]*\n(.*?)^\1\s*$", page.read_text("utf-8"), re.M | re.S
        )
    ]
    assert {"index.md", "disorders.md"} <= {name for name, _ in blocks}
    assert [(name, typed_numbers(block)) for name, block in blocks if typed_numbers(block)] == []


@pytest.mark.parametrize(
    "chapter", sorted((HOME / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_sentences_of_a_chapter_type_no_results(chapter: Path) -> None:
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    calls = [node for text in code for node in ast.walk(ast.parse(text))]
    said = [
        ast.literal_eval(node.args[0])
        for node in calls
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say"
    ]
    assert said
    # The level itself, and the size of the effects that the study reports.
    assert {number for text in said for number in typed_numbers(text)} <= {"0.05"}


def test_methods_name_the_rules_of_the_study_file() -> None:
    text = (HOME / "book" / "methods.md").read_text(encoding="utf-8")
    study = load_study("ukb")
    strong = study.connections["functional_connectivity"].mean_above
    common = study.connections["structural_connectivity"].prevalence_above or 0
    assert f"a group mean above {strong:g} |" in text
    assert f"present in more than {100 * common:g} % of people |" in text
    assert f"Q_1 - {study.fences:g}\\,(Q_3 - Q_1)" in text
    assert f"on any of {len(study.quality)} measures of image quality" in text
    assert f"its spin p is at most {ALPHA:g}" in text
    depression, anxiety = (held.threshold for held in study.validation)
    # Scores come in half points, so that above 0 is 0.5 or more.
    assert f"depression ≥ {depression:g} and anxiety > {anxiety - 0.5:g}" in text


def test_prose_quotes_what_was_published_as_the_ledger_does() -> None:
    (claim,) = (claim for claim in load_claims() if claim.test == "size")
    beta = f"β = {decimal(claim.published['published_beta'])}"
    se = decimal(claim.published["published_se"], places=4)
    index = (HOME / "book" / "index.md").read_text(encoding="utf-8")
    chapter = (HOME / "notebooks" / "02-global.ipynb").read_text(encoding="utf-8")
    assert beta in claim.statement
    assert f"{beta} (SE {se})" in claim.paper
    assert f"{beta} (SE {se}, " in index
    assert f"{beta} (standard error {se}, " in chapter
    rule = (HOME / "notebooks" / "09-claims.ipynb").read_text(encoding="utf-8")
    assert f"within ±{claim.published['small']:g}," in rule


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
    pages.find("simulated-quick", 9, planted=0.0)
    text = render(pages.root).read_text(encoding="utf-8")
    assert "No real participants; nothing was planted." in text
    assert "Effects were put in." not in text
    assert "Nothing was put in." in text
