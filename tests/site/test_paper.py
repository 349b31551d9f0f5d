"""Printed pages: the world on every sheet and clear of the text, tables whole, on white."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader
from pypdf.generic import Destination

from transdx.book.printed import print_book
from transdx.results.stamp import WORDS

INTERVAL = re.compile(r"−?\d\.\d+ to −?\d\.\d+")
#: What only a screen can use: folded code, what it is opened with, copied and taken along.
OF_SCREENS = "details.above-input:not([open]), .copybtn, .transdx-download, .headerlink"

PRINTED = pytest.mark.xdist_group("printed")
CUT = """() => [...document.querySelectorAll(".transdx-scroll, .pst-scrollable-table-container")]
  .filter((box) => box.scrollHeight > box.clientHeight + 2)
  .map((box) => box.textContent.slice(0, 80))"""


class Piece(NamedTuple):
    """Some text on a sheet, and how far it begins from the sheet's left and lower edge."""

    left: float
    high: float
    text: str


def sheets(printed: PdfReader) -> list[list[Piece]]:
    """Read what is on each sheet but its foot."""
    return [_pieces(sheet) for sheet in printed.pages]


def check_sheet(number: int, pieces: list[Piece], words: str) -> None:
    """Hold a sheet against its band, its edges and its tables."""
    band = [piece.high for piece in pieces if piece.text.startswith(words) and piece.high > 750]
    assert band, f"sheet {number} does not say that it shows {words}"
    over = [p.text for p in pieces if p.high > min(band) - 15 and p.high not in band]
    assert over == [], f"the band of sheet {number} lies over its text"
    beyond = [piece.text for piece in pieces if not 30 < piece.left < 560]
    assert beyond == [], f"sheet {number} is cut"
    texts = [piece.text for piece in pieces]
    assert not {"↕", "↑", "↓"}.intersection("".join(texts)), "marks of sorting are printed"
    if sum(bool(INTERVAL.fullmatch(text)) for text in texts) > 3:
        assert {"95 % interval", "interval"}.intersection(texts), f"no headers: {number}"


def _pieces(sheet: PageObject) -> list[Piece]:
    found: list[Piece] = []

    def note(text: str, frame: list[float], place: list[float], *_: Any) -> None:
        high = place[5] * frame[3] + frame[5]
        if text.strip() and high > 40:
            # A per cent sign stays with its number.
            words = text.strip().replace("\N{NO-BREAK SPACE}", " ")
            found.append(Piece(place[4] * frame[0] + frame[4], high, words))

    sheet.extract_text(visitor_text=note)
    return found


@pytest.mark.light
def test_sheets_say_their_world_and_hold_all_that_a_screen_shows(view: Any) -> None:
    words = view.tab.locator(".transdx-banner-words").inner_text().removesuffix(":")
    printed = PdfReader(io.BytesIO(view.tab.pdf(format="A4")))
    for number, pieces in enumerate(sheets(printed), 1):
        check_sheet(number, pieces, words)
    view.tab.emulate_media(media="print", color_scheme="light")
    seen = f"[...document.querySelectorAll('{OF_SCREENS}')].filter((n) => n.checkVisibility())"
    assert view.ask(f"() => {seen}.length") == 0
    # Whole tables: none has rows below the edge of its box.
    assert view.ask(CUT) == []
    view.tab.emulate_media(media="screen", color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_that_were_not_seen_yet_are_printed_light_and_with_their_words(
    site: Path, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(offline=True, color_scheme=scheme)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto((site / "chapters" / "03-regional.html").as_uri())
    shown = tab.locator(".transdx-figure img.transdx-light").count()
    words = tab.locator(".transdx-shown .transdx-label").all_inner_texts()
    printed = PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages
    assert sum(len(sheet.images) for sheet in printed) >= shown > 0
    for figure in words:
        (sheet,) = [one for one in printed if f"{figure}." in one.extract_text()]
        assert len(sheet.images) > 0, f"{figure} is parted from its words"
    # The corners of pictures are the ground that they were drawn on.
    corners = [one.image.convert("L").getpixel((0, 0)) for sheet in printed for one in sheet.images]
    assert min(corners) > 200
    context.close()


def test_what_is_read_in_the_dark_prints_light(site: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True, color_scheme="dark")
    tab = context.new_page()
    tab.goto((site / "methods.html").as_uri())
    theme = "document.documentElement.dataset.theme"
    tab.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {theme} }})")
    assert tab.evaluate(theme) == "dark"
    tab.pdf()
    assert tab.evaluate("window.printed") == "light"
    assert tab.evaluate(theme) == "dark"
    context.close()


@pytest.fixture(scope="module")
def book(site: Path, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    return PdfReader(print_book(site, tmp_path_factory.mktemp("printed") / "book.pdf"))


def _headings(outline: list[Any]) -> list[Destination]:
    return [
        each for one in outline for each in (_headings(one) if isinstance(one, list) else [one])
    ]


@PRINTED
def test_a_book_is_printed_whole_with_its_worlds_and_no_heading_by_itself(book: PdfReader) -> None:
    read, words = sheets(book), []
    for number, pieces in enumerate(read, 1):
        top = max(pieces, key=lambda piece: piece.high).text
        words.append(top.partition(":")[0])
        assert words[-1] in WORDS.values(), f"sheet {number} begins with: {top}"
        check_sheet(number, pieces, words[-1])
        below = [piece for piece in pieces if not piece.text.startswith(words[-1])]
        assert below or book.pages[number - 1].images, f"sheet {number} is empty"
    headings = _headings(book.outline)
    assert len(headings) > 100
    for heading in headings:
        at = book.get_destination_page_number(heading)
        title = " ".join(str(heading.title).split())
        # A heading of two lines is in pieces, which are in its title.
        under = [p for p in read[at] if p.high < float(heading.top) - 20 and p.text not in title]
        assert under or book.pages[at].images, f"{title} stands alone on sheet {at + 1}"
    # Its solutions, where the open data are there, are of other data than those around them.
    real = [book.get_destination_page_number(h) for h in headings if h.title == "4. Real people"]
    assert {words[sheet] for sheet in real} == {"Open data"}


@PRINTED
def test_the_contents_of_a_printed_book_lead_to_its_sheets(book: PdfReader) -> None:
    # Solutions stand under the titles of their chapters once more.
    titles = {str(one.title): one for one in reversed(_headings(book.outline))}
    contents = book.pages[book.get_destination_page_number(titles["Contents"])].extract_text()
    listed = re.findall(r"^(\S.*?) ?(\d+)$", contents, flags=re.MULTILINE)
    assert len(listed) >= 20
    for title, number in listed:
        if title in titles:
            assert book.get_destination_page_number(titles[title]) == int(number) - 1
    found = {title for title, _ in listed}
    assert {"Methods", "4. Real people", "Solutions of the exercises"} <= found
    addresses = [
        str(note.get_object().get("/A", {}).get("/URI", ""))
        for sheet in book.pages
        for note in sheet.get("/Annots") or []
    ]
    assert [one for one in addresses if one.startswith("file:")] == []
