"""The whole book as one document: links within it, worlds kept, what is folded open."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest
from pypdf import PdfWriter

from transdx.book import printed
from transdx.errors import InputError, TransdxError
from transdx.worlds import banner

PAGE = """<!DOCTYPE html><html><head><title>A book</title><meta name="transdx-run" content="tiny">
<link rel="stylesheet" href="{root}_static/print.css?v=1"><link rel="next" href="x.html">
<script src="{root}_static/page.js"></script>
<script src="{root}_static/mathjax/tex-svg.js"></script></head><body>{band}
<nav class="bd-links"><p class="caption"><span class="caption-text">Chapters</span></p>
<a class="internal" href="{root}chapters/one.html">1. One</a></nav>
<article><h1>{title}</h1>{text}</article></body></html>"""
FRONT = """<p><a href="chapters/one.html#away">there</a> <a href="https://a.org/">out</a>
<a href="_results/a.csv">file</a></p>"""
CHAPTER = """<p id="away"><a href="../index.html">front</a> <a href="#away">here</a></p>
<img class="transdx-light" src="../_results/a-light.png" loading="lazy">
<img class="transdx-dark" src="../_results/a-dark.png" loading="lazy">
<div class="exercise"><p class="admonition-title">Exercise 1.1 (Why)</p></div>
<details><summary>Hint</summary>Look.</details><details class="above-input">code</details>
<div class="solution"><p class="admonition-title">Solution</p><p>Because.</p></div>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A front page of simulated people and a chapter of open data."""
    folder = tmp_path / "_build" / "html"
    (folder / "chapters").mkdir(parents=True)
    for name, root, title, text, world in (
        ("index", "", "A book", FRONT, "simulated"),
        ("chapters/one", "../", "1. One", CHAPTER, "open"),
    ):
        page = PAGE.format(root=root, title=title, text=text, band=banner(world))
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder


def test_a_link_to_a_page_leads_within_the_book_and_one_to_a_file_nowhere(site: Path) -> None:
    book = printed._bound(site)
    led = {link.get_text(): link.get("href") for link in book.select("article a")}
    place = "#chapters/one--away"
    assert led == {
        "there": place,
        "here": place,
        "front": "#index",
        "out": "https://a.org/",
        "file": None,
        "1. One": "#chapters/one",
        "Solutions of the exercises": "#solutions",
    }
    ids = [one["id"] for one in book.select("[id]")]
    assert sorted(ids) == ["chapters/one", "chapters/one--away", "index", "solutions"]


def test_each_page_keeps_its_world_in_the_margin(site: Path) -> None:
    book = printed._bound(site)
    worlds = {one["id"]: (one["style"], one["data-words"]) for one in book.select("article")}
    assert worlds == {
        "index": ("page: simulated", "Simulated data"),
        "chapters/one": ("page: open", "Open data"),
        # On the sheets of other solutions stand other data.
        "solutions": ("page: open", "Open data"),
    }
    style = "".join(map(str, book.select("head style")))
    for world, words in (
        ("simulated", "Simulated data: No real participants"),
        ("open", "Open data: Real people"),
    ):
        (margin,) = [line for line in style.split("@page ") if line.startswith(f"{world} ")]
        assert words in margin


def test_pictures_are_light_and_found_and_what_is_folded_is_open(site: Path) -> None:
    book = printed._bound(site)
    (picture,) = book.select("img")
    assert picture["src"] == (site / "_results" / "a-light.png").as_uri()
    assert picture["loading"] == "eager"
    assert ["open" in one.attrs for one in book.select("details")] == [True, False]
    assert [one["src"].rpartition("/")[2] for one in book.select("script")] == ["tex-svg.js"]
    assert [one["href"] for one in book.select("link")] == [
        (site / "_static" / "print.css").as_uri()
    ]


def test_solutions_stand_at_the_end_with_the_number_of_their_exercise(site: Path) -> None:
    book = printed._bound(site)
    last = book.select("article")[-1]
    said = [one.get_text() for one in last.select("h1, h2, .admonition-title")]
    assert said == ["Solutions of the exercises", "1. One", "Exercise 1.1 (Why)"]
    assert not book.find(id="chapters/one").select(".solution")


def test_who_has_no_book_or_no_browser_is_told_what_to_do(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"there is no book in .*; make it first"):
        printed.print_book(tmp_path)
    monkeypatch.setenv("CHROMIUM", "no-such-program")
    with pytest.raises(InputError, match="no-such-program, which CHROMIUM names, is not on"):
        printed.print_book(site)
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="Chromium or Chrome is not on this machine; install it"):
        printed.print_book(site)


def test_a_browser_that_prints_nothing_leaves_nothing(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "browser"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('cannot draw')\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CHROMIUM", str(program))
    with pytest.raises(TransdxError, match="did not print the book; it said: cannot draw"):
        printed.print_book(site, tmp_path / "book.pdf")
    assert not list(tmp_path.rglob("*.pdf"))


def test_a_sheet_without_the_name_of_its_data_is_refused() -> None:
    writer, held = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(held)
    with pytest.raises(TransdxError, match=r"without the name of their data.*\(sheets 1\)"):
        printed._check(printed._read(held.getvalue()), {"Open data"})
