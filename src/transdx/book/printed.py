"""The whole book on paper: its pages in their order as one document, which a browser prints."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from transdx._files import atomic_path
from transdx.errors import InputError, TransdxError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from pypdf import PdfReader

__all__ = ["print_book"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
#: Milliseconds, by the clock of its pages, in which the browser sets the equations of a book.
PATIENCE = 120_000
#: What only a screen can use.
OF_SCREENS = "script, button, nav, img.transdx-dark, .headerlink, .transdx-download a"
#: Attributes by which one thing on a page names another.
NAMING = ("id", "for", "aria-labelledby", "aria-describedby")
BOOK = (
    '<!DOCTYPE html><html lang="en" data-theme="light"><head></head><body><main class="bd-main">'
    '<div class="bd-content"><div class="bd-article-container transdx-printed"></div></div></main>'
    "</body></html>"
)
#: The world of a page stands in the margin of each of its sheets.
MARGIN = """@page {world} {{ size: A4; margin-top: 22mm; @top-center {{ content: "{words}";
  border: 1.5pt {line} #000; font: 9.5pt sans-serif; margin: 7mm 0 6mm; width: 100%; }} }}"""
BAND, TITLE = ".transdx-banner", ".admonition-title"
LINES = {"simulated": "dashed", "open": "solid", "ukb": "double"}


def print_book(site: Path, out: Path | None = None) -> Path:
    """Print a built book as one PDF, if not told where beside its pages, named after its run.

    It has a list of contents with the numbers of its sheets, an outline, links within itself, and
    the solutions of all exercises at its end, where they can be left out. The browser is the
    system's Chromium, or the program that the variable CHROMIUM names.
    """
    if not (site / "index.html").exists():
        raise InputError(f"there is no book in {site}; make it first, with 'transdx book'")
    browser = _browser()
    book = _bound(site.resolve())
    if out is None:
        run = book.select_one('meta[name="transdx-run"]')
        out = site.parent / f"transdx_{run['content'] if run else 'book'}.pdf"
    # Which number a sheet has is known when all are printed.
    sheets = _read(_printed(browser, book))
    for line in book.select(".transdx-contents li"):
        place = str(_one(line, "a")["href"]).replace("#", "/", 1)
        sheet = sheets.get_destination_page_number(sheets.named_destinations[place])
        _one(line, "span").string = str((sheet or 0) + 1)
    printed = _printed(browser, book)
    _check(_read(printed), {str(one["data-words"]) for one in book.select("[data-words]")})
    with atomic_path(out) as path:
        path.write_bytes(printed)
    return out


def _browser() -> str:
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if found is None:
        missing = f"{named}, which CHROMIUM names," if named else "Chromium or Chrome"
        raise InputError(
            f"a book is printed by a browser, and {missing} is not on this machine; "
            "install it, or let the variable CHROMIUM name the program"
        )
    return found


def _bound(site: Path) -> BeautifulSoup:
    """Put the articles of all pages, with what they are styled by, into one document."""
    book, index = _parsed(BOOK), _page(site, "index")
    listed = [str(link["href"]) for link in index.select("nav.bd-links a.internal")]
    names = ["index", *(address.removesuffix(".html") for address in listed)]
    into, margins, solutions = _one(book, ".transdx-printed"), {}, []
    for name in names:
        page = _page(site, name)
        article, band = _settled(_one(page, "article"), site, name, names), _one(page, BAND)
        world, words = str(band["data-world"]), band.get_text(": ", strip=True)
        margins[world] = MARGIN.format(world=world, words=words, line=LINES[world])
        how = {"class": "bd-article", "style": f"page: {world}", "data-words": words.split(":")[0]}
        article.attrs = {"id": name, **how}
        if solved := [one.extract() for one in article.select(".solution")]:
            title = _one(article, "h1").get_text()
            solutions.append(_tag(book, "article", **how))
            solutions[-1].extend([_tag(book, "h2", title), *solved])
        into.append(article)
    if solutions:
        solutions[0]["id"] = "solutions"
        solutions[0].insert(0, _tag(book, "h1", "Solutions of the exercises"))
        into.extend(solutions)
    _one(into, "article").append(_contents(book, index, bool(solutions)))
    head = _head(index, site)
    head.append(_tag(book, "style", "\n".join(margins.values())))
    _one(book, "head").replace_with(head)
    return book


def _settled(article: Tag, site: Path, name: str, names: list[str]) -> Tag:
    """Make the places on a page those of a book: links lead within it, its pictures are found."""
    for one in article.select(OF_SCREENS):
        one.decompose()
    # Before places are renamed, as its solution says of which exercise it is by standing after it.
    for solved in article.select(".solution"):
        _name(solved)
    for attribute in NAMING:
        for one in article.select(f"[{attribute}]"):
            one[attribute] = f"{name}--{one[attribute]}"
    folder = (site / name).parent
    for link in article.select("a[href]"):
        parts = urlsplit(str(link["href"]))
        if parts.scheme:
            continue
        path = folder / unquote(parts.path) if parts.path else site / f"{name}.html"
        led = os.path.relpath(path, site).removesuffix(".html").replace(os.sep, "/")
        if led in names:
            link["href"] = f"#{led}--{parts.fragment}" if parts.fragment else f"#{led}"
        else:
            del link["href"]
    for picture in article.select("img[src]"):
        picture["src"], picture["loading"] = (
            (folder / str(picture["src"])).resolve().as_uri(),
            "eager",
        )
    for folded in article.select("details:not(.above-input)"):
        folded["open"] = ""
    return article


def _name(solution: Tag) -> None:
    """Head a solution, which will stand far from its exercise, with the number of that."""
    exercise = solution.find_previous(class_="exercise")
    if exercise is not None:
        _one(solution, TITLE).string = _one(exercise, TITLE).get_text()


def _contents(book: BeautifulSoup, index: BeautifulSoup, solved: bool) -> Tag:
    """List the parts of the book and their pages, with room for the numbers of sheets."""
    made = _tag(book, "div", **{"class": "transdx-contents"})
    made.append(_tag(book, "h2", "Contents"))
    into = made
    for one in index.select("nav.bd-links :is(.caption-text, a.internal)"):
        if one.name != "a":
            made.append(_tag(book, "h3", one.get_text()))
            into = _tag(book, "ul")
            made.append(into)
            continue
        into.append(_line(book, str(one["href"]).removesuffix(".html"), one.get_text()))
    if solved:
        into.append(_line(book, "solutions", "Solutions of the exercises"))
    return made


def _line(book: BeautifulSoup, place: str, text: str) -> Tag:
    line = _tag(book, "li")
    line.extend([_tag(book, "a", text, href=f"#{place}"), _tag(book, "span")])
    return line


def _head(index: BeautifulSoup, site: Path) -> Tag:
    """Keep the title, the styles and MathJax of a page; its other scripts are for screens."""
    head = _one(index, "head")
    for script in head.select("script, noscript, link:not([rel=stylesheet])"):
        if "mathjax" not in f"{script.get('src', '')} {script.get_text()}".lower():
            script.decompose()
    for one in head.select("[src], [href]"):
        kind = "src" if "src" in one.attrs else "href"
        one[kind] = (site / urlsplit(str(one[kind])).path).as_uri()
    return head


def _one(within: Tag, selector: str) -> Tag:
    found = within.select_one(selector)
    if found is None:
        raise TransdxError(f"a page of the book has no {selector}; make the book again")
    return found


def _tag(book: BeautifulSoup, name: str, text: str = "", **attributes: str) -> Tag:
    made = book.new_tag(name, attrs=attributes)
    made.string = text
    return made


def _page(site: Path, name: str) -> BeautifulSoup:
    return _parsed((site / f"{name}.html").read_text(encoding="utf-8"))


def _parsed(text: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(text, "html.parser")


def _printed(browser: str, book: BeautifulSoup) -> bytes:
    with TemporaryDirectory(prefix="transdx-") as folder:
        source, out = Path(folder) / "book.html", Path(folder) / "book.pdf"
        source.write_text(str(book), encoding="utf-8")
        done = subprocess.run(
            [
                *(browser, "--headless", "--disable-gpu", f"--user-data-dir={folder}/profile"),
                # Who is root in a container has no sandbox; what is opened is the book alone.
                *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
                *("--host-resolver-rules=MAP * ~NOTFOUND", f"--virtual-time-budget={PATIENCE}"),
                *("--no-pdf-header-footer", "--generate-pdf-document-outline"),
                *(f"--print-to-pdf={out}", source.as_uri()),
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode or not out.exists():
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise TransdxError(f"{browser} did not print the book; it said: {said}")
        return out.read_bytes()


def _read(printed: bytes) -> PdfReader:
    from pypdf import PdfReader

    return PdfReader(io.BytesIO(printed))


def _check(sheets: PdfReader, words: set[str]) -> None:
    """Refuse a book with a sheet that does not say whose data it shows."""
    silent = [
        str(number)
        for number, sheet in enumerate(sheets.pages, 1)
        if not any(said in sheet.extract_text() for said in words)
    ]
    if silent:
        raise TransdxError(
            "the browser printed sheets without the name of their data, as those before Chromium "
            f"131 do; a newer one is needed (sheets {', '.join(silent[:10])})"
        )
