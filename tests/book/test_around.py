"""What stands around the text: how to cite, terms, search, reference pages."""

from __future__ import annotations

import importlib
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from pybtex.database import parse_string
from scipy import stats

from transdx import associate
from transdx.book.bibliography import AuthorYearLabels
from transdx.book.citation import Citation, read_citation
from transdx.book.contents import write_contents
from transdx.book.handbook import commands_of, meaning_of, options_of, protected
from transdx.book.head import shorten
from transdx.book.render import render
from transdx.book.search import records
from transdx.cli import parser
from transdx.figures.brain.glass import VIEWS
from transdx.results.meanings import MEANINGS
from transdx.results.schema import COLUMNS, TABLES, Private
from transdx.run import parameters

HOME = Path(__file__).parents[2]
REFERENCE = HOME / "book" / "reference"
CFF = {
    "type": "software",
    "title": "A book & more",
    "version": "1.2.0",
    "date-released": "2031-03-05",
    "doi": "10.5281/zenodo.1",
    "authors": [
        {"family-names": "van der Berg", "given-names": "Ada", "orcid": "https://orcid.org/1"},
        {"name": "The makers"},
    ],
}


def test_bibtex_of_the_book_is_what_the_citation_file_says() -> None:
    held = yaml.safe_load((HOME / "CITATION.cff").read_text(encoding="utf-8"))
    book, (study, *_) = read_citation(HOME)
    entry = parse_string(book.bibtex("transdx"), "bibtex").entries["transdx"]
    assert entry.fields["title"] == held["title"]
    assert entry.fields["version"] == held["version"]
    assert [str(person).strip("{}") for person in entry.persons["author"]] == [
        one["name"] for one in held["authors"]
    ]
    own = parse_string((HOME / "book" / "references.bib").read_text("utf-8"), "bibtex")
    cited = parse_string(study.bibtex("delange2025"), "bibtex").entries["delange2025"]
    listed = own.entries["delange2025"]
    assert [str(one) for one in cited.persons["author"]] == [
        str(one) for one in listed.persons["author"]
    ]
    assert {name: cited.fields[name] for name in ("title", "journal", "year", "doi")} == {
        name: listed.fields[name] for name in ("title", "journal", "year", "doi")
    }


def test_a_released_version_is_dated_and_cited_with_its_year_and_doi() -> None:
    book = Citation(CFF)
    assert book.version == "Version 1.2.0, 5 March 2031"
    assert book.authors == [("Ada van der Berg", "https://orcid.org/1"), ("The makers", "")]
    entry = parse_string(book.bibtex("key"), "bibtex").entries["key"]
    assert (entry.fields["year"], entry.fields["doi"]) == ("2031", "10.5281/zenodo.1")
    assert [person.prelast_names for person in entry.persons["author"]] == [["van", "der"], []]
    assert Citation({**CFF, "date-released": None}).version == "Version 1.2.0, not yet released"


def test_labels_of_one_name_and_year_are_told_apart() -> None:
    entries = parse_string(
        "".join(f"@article{{{k}, author={{Yeo, B. T.}}, year={{2011}}}}" for k in "xy")
        + "@article{z, author={Yeo, B. T. and Li, C. and Wu, D.}, year={2011}}",
        "bibtex",
    ).entries
    labels = list(AuthorYearLabels().format_labels(list(entries.values())))
    assert labels == ["Yeo, 2011a", "Yeo, 2011b", "Yeo et al., 2011"]


@pytest.mark.parametrize(
    "module", ["transdx", "transdx.stats", "transdx.simulate", "transdx.book", "transdx.results"]
)
def test_every_public_name_is_on_the_page_of_functions(module: str) -> None:
    text = (REFERENCE / "functions.md").read_text(encoding="utf-8")
    listed = {name.rpartition(".")[2] for name in re.findall(r":: (transdx[\w.]+)", text)}
    public = set(importlib.import_module(module).__all__) - {"Progress"}
    assert public - listed == set()


def test_every_option_of_every_command_is_on_the_page_of_commands() -> None:
    commands = commands_of(parser())
    assert {"simulate", "run", "claims", "book", "associate"} <= set(commands)
    given = [row[0].astext().split()[0] for row in options_of(commands["run"])]
    assert given == [f"--{name.replace('_', '-')}" for name in parameters()]
    told = {row[0].astext(): row[1].astext() for row in options_of(commands["associate"])}
    assert told["--out OUT"] == "Table to write (has to be given)."


def test_every_column_of_every_table_is_explained_and_nothing_else() -> None:
    columns = {(name, column) for name, table in TABLES.items() for column in table.names}
    assert all(meaning_of(*pair) for pair in columns)
    used = {f"{table}.{column}" for table, column in columns} | {column for _, column in columns}
    assert set(MEANINGS) - used == set()
    assert all(table.about for table in TABLES.values())


def test_what_is_protected_is_said_of_each_table() -> None:
    assert protected(Private()) == ""
    said = protected(Private(counts=("n",), rates=(("rate", "cases"),), extremes=("maximum",)))
    assert said == (
        "Of real participants: n, rate, cases missing where fewer than 5 people count; "
        "maximum always missing."
    )


def test_search_reads_tables_and_figures_and_leaves_machinery_out() -> None:
    page = """<article><section id="a"><h1>Volumes<a class="headerlink">#</a></h1>
      <p>Smaller <b>here</b>.</p><details class="transdx-parameters">seed</details>
      <section id="b"><h2>Below</h2><p>Deeper.</p></section>
      <table><thead><tr><th>Measure</th></tr></thead>
      <tbody><tr><th>Left caudate</th><td>−0.03</td></tr></tbody></table>
      <img alt="A brain: left putamen" src="x"><img alt="A brain: left putamen" src="y">
      <script>code</script></section></article>"""
    above, below = records(BeautifulSoup(page, "html.parser"))
    assert above == {
        "place": "a",
        "head": "Volumes",
        "text": "Smaller here .",
        "rows": ["Left caudate · −0.03", "A brain: left putamen"],
    }
    assert below["text"] == "Deeper."


def test_descriptions_end_with_a_sentence_or_say_that_they_do_not() -> None:
    assert shorten("Short.") == "Short."
    assert shorten("One sentence. Another that is too long.", 20) == "One sentence."
    assert shorten("No end in sight at all", 12) == "No end in…"


def test_terms_lead_to_the_glossary_once_and_cards_say_what_it_says(book: Any) -> None:
    book.find("simulated-quick", 10)
    book.write("_toc.yml", "format: jb-book\nroot: book/index\nchapters:\n- file: book/glossary\n")
    book.write(
        "book/glossary.md",
        "# Glossary\n\n```{glossary}\nfalse discovery rate\nFDR\n  A share of findings.\n```\n",
    )
    book.write(
        "book/index.md",
        "# The FDR\n\n[FDR](glossary.md) and `FDR`, not a FDR-like thing; "
        "**False discovery rates** first, FDR again.\n",
    )
    write_contents(book.root, [])
    index = render(book.root)
    links = BeautifulSoup(index.read_text("utf-8"), "html.parser").select("a.transdx-term")
    assert [(link.text, link["href"]) for link in links] == [
        ("False discovery rates", "glossary.html#term-false-discovery-rate")
    ]
    script = (index.parent / "_static" / "cards.js").read_text(encoding="utf-8")
    cards = json.loads(script.partition("= ")[2].rstrip(";\n"))
    assert cards == dict.fromkeys(
        ["glossary.html#term-FDR", "glossary.html#term-false-discovery-rate"],
        "<p>A share of findings.</p>",
    )
    pages = (index.parent / "_static" / "search-data.js").read_text(encoding="utf-8")
    assert '"title":"The FDR"' in pages


def test_code_beside_the_equations_computes_what_the_package_does() -> None:
    text = (HOME / "book" / "methods.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    code = "\n".join(textwrap.dedent(block) for _, block in blocks)
    rng = np.random.default_rng(1)
    c = rng.normal(size=(300, 2))
    x = c @ [0.3, -0.5] + rng.normal(size=300)
    y = 0.1 * x + c @ [0.2, 0.1] + rng.normal(size=300)
    tables = pd.DataFrame({"x": x}), pd.DataFrame({"y": y}), pd.DataFrame(c, columns=["a", "b"])
    found = associate(*tables, permutations=500, bootstraps=2)
    assert found.null is not None
    told: dict[str, Any] = {"x": x, "y": y, "c": c, "null": found.null[0, 0].astype(float)}
    exec(code, {"np": np, "stats": stats}, told)
    row = found.table().iloc[0]
    assert told["beta"] == pytest.approx(row["beta"], abs=1e-9)
    assert told["p"] == pytest.approx(row["p"], rel=1e-4)
    assert told["p_permutation"] == pytest.approx(row["p_permutation"], abs=1e-9)


def test_how_to_read_names_what_figures_and_tables_show() -> None:
    text = " ".join((HOME / "book" / "reading.md").read_text(encoding="utf-8").split())
    headers = {column.header for column in COLUMNS.values()}
    named = set(re.findall(r"\*(p(?: \([^)]+\))?)\*", text))
    assert named == {"p", "p (perm.)", "p (FWE)", "p (FDR)", "p (spin)"}
    assert named <= headers
    (seen,) = re.findall(r"seen (from the left.+?)\.", text)
    assert re.split(", | and ", seen) == [
        side if side.startswith("from") else f"from the {side}" for side in VIEWS
    ]
