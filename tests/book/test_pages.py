"""Rendered pages: quoted numbers, banners, and failures that fail the build."""

from __future__ import annotations

import ast
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pybtex.database import parse_file

from transdx.book.check import faults
from transdx.book.contents import find_chapters, write_contents
from transdx.book.extension import parse_quote
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.errors import InputError, TransdxError
from transdx.findings.claims import load_claims
from transdx.modalities import MODALITIES
from transdx.results.phrases import written
from transdx.results.select import ALPHA
from transdx.run import WORLDS
from transdx.scenarios import SCENARIOS
from transdx.study import load_study
from transdx.worlds import band
from transdx.writing import decimal, sentence_case


@pytest.fixture
def pages(book: Any) -> Any:
    """A book with results and chapters, ready to be rendered."""
    for world, number in (("simulated", 1234), ("open", 226)):
        book.find(f"{world}-quick", number)
    chapters, _ = find_chapters(book.root)
    write_contents(book.root, chapters)
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
        "$$\\beta$$\n\n```{bundle}\n```\n",
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
    archive = re.search(r'href="(_downloads/transdx-[^"]*_simulated-quick-seed1.zip)"', text)
    assert archive
    assert zipfile.is_zipfile(site / archive[1])
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


def test_prose_of_a_book_of_another_seed_quotes_the_run_of_that_seed(pages: Any) -> None:
    pages.write("book/index.md", "# A book\n\n{value}`book flow.analysed` of one seed.\n")
    assert ">1234</span> of one seed" in render(pages.root).read_text(encoding="utf-8")
    pages.find("simulated-quick-seed2", 999)
    index = render(pages.root, runs={"simulated": "simulated-quick-seed2"})
    assert ">999</span> of one seed" in index.read_text(encoding="utf-8")


def test_prose_goes_over_the_scores_of_the_run(pages: Any) -> None:
    pages.write(
        "book/index.md",
        "# A book\n\n:::{for-each}\n| Score | β |\n|---|---|\n"
        "[[| <Score> | {value}`book surface_area.total.<score>.beta:.3f` |\n]]\n:::\n",
    )
    text = render(pages.root).read_text(encoding="utf-8")
    assert "<td><p>Anxiety</p></td>" in text
    assert 'title="surface_area.total.anxiety.beta, from' in text
    assert ">−0.051</span>" in text
    pages.write("book/index.md", "# A book\n\n:::{for-each}\n[[<nobody>]]\n:::\n")
    with pytest.raises(TransdxError, match="expected one name of <score>"):
        render(pages.root)


def test_what_leads_to_a_doi_in_a_notebook_is_a_citation_of_the_book(pages: Any) -> None:
    config = (pages.root / "_config.yml").read_text(encoding="utf-8")
    pages.write("_config.yml", f"{config}bibtex_bibfiles: [references.bib]\n")
    pages.write(
        "book/references.bib",
        "@article{doe, author = {Doe, Jo}, title = {Of something}, journal = {A journal},\n"
        "  year = {2020}, doi = {10.1016/0191-8869(85)90026-1}}\n",
    )
    page = (
        "# A book\n\nSaid [[Doe, 2020](https://doi.org/10.1016/{})].\n\n```{{bibliography}}\n```\n"
    )
    pages.write("book/index.md", page.format("0191-8869(85)90026-1"))
    text = render(pages.root).read_text(encoding="utf-8")
    assert re.search(r'Said <span[^>]*>\[<a class="reference internal" href="#[^>]*>', text)
    pages.write("book/index.md", page.format("unknown"))
    with pytest.raises(TransdxError, match="no entry of the bibliography has the DOI"):
        render(pages.root)


def test_the_band_of_a_notebook_has_the_colours_of_the_page() -> None:
    style = (Path(__file__).parents[2] / "book/_static/book.css").read_text(encoding="utf-8")
    light, dark = style.split('html[data-theme="dark"]', 1)
    for world in WORLDS:
        shown, _ = band(world)
        asked = (r"var\(--transdx-(?:ink|ground), (#\w+)\)", r"--transdx-(?:ink|ground): (#\w+)")
        for sheet, colours in zip((light, dark), asked, strict=True):
            names = (f"--transdx-{world}", f"--transdx-{world}-ground")
            page = [re.findall(rf"{name}: (#\w+)", sheet)[0] for name in names]
            assert re.findall(colours, shown) == page


def test_references_in_notebooks_are_those_of_the_bibliography() -> None:
    book = Path(__file__).parents[2]
    entries = {
        entry.fields["doi"]: entry
        for entry in parse_file(book / "book/references.bib").entries.values()
    }
    found = []
    for path in sorted((book / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        assert "{cite}" not in text, path.name
        found += re.findall(r"\[\[([^\]]+)\]\(https://doi.org/([^\s\]]+)\)\]", text)
    for words, doi in found:
        first = entries[doi].persons["author"][0]
        name = " ".join(map(str, [*first.rich_prelast_names, *first.rich_last_names]))
        assert re.fullmatch(rf"{name}( and .*| et al\.)?, {entries[doi].fields['year']}", words)
    assert len(found) > 8


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
    ("text", "expected"),
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
def test_how_numbers_are_written(text: str, expected: str) -> None:
    numbers = {"n": 12345, "beta": -0.05, "p": 1e-7, "q": 0.04, "word": "insula", "share": 0.341}
    numbers["zero"] = -0.0002
    _, key, how = parse_quote(text)
    assert written(numbers, key, how) == expected


@pytest.mark.parametrize("value", [None, float("nan"), ""])
def test_empty_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="there is no value"):
        written({"key": value}, "key")


@pytest.mark.parametrize("text", ["flow.analysed", "moon flow.analysed", "book ", "book a b"])
def test_quotes_that_are_not_understood(text: str) -> None:
    with pytest.raises(InputError, match="a value is written 'world key:format'"):
        parse_quote(text)


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
    assert {"index.md", "symptoms.md"} <= {name for name, _ in blocks}
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
    # The level itself, the size of the effects that the study reports, and what rows are called.
    typed = [(number, text) for text in said for number in typed_numbers(text)]
    assert {number for number, text in typed if f".{number}." not in text} <= {"0.05"}


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


def test_prose_lists_every_score_modality_and_claim() -> None:
    methods, index = (
        (HOME / "book" / f"{name}.md").read_text(encoding="utf-8") for name in ("methods", "index")
    )
    study = load_study("ukb")
    for score in study.scores:
        assert f"\n| {score.label} | {' + '.join(score.items)}" in methods
    for modality in study.modalities:
        assert f"\n| {MODALITIES[modality].label} | " in methods
    for claim in load_claims():
        assert f">{claim.id}</a> | " in index


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


def test_scenarios_are_told_with_the_constants_that_they_change(pages: Any) -> None:
    pages.write("book/index.md", "# A book\n\n```{scenarios}\n```\n")
    text = render(pages.root).read_text(encoding="utf-8")
    for one in SCENARIOS.values():
        assert sentence_case(one.about) in text
    assert "−0.08 −0.08 −0.08 (chosen)" in text


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
