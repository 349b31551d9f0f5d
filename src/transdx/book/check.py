"""The built site is checked before it is called a book."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from transdx.book.site import look_through, read_page
from transdx.errors import TransdxError
from transdx.places import find_place

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

__all__ = ["check_site", "faults"]

#: Attributes whose address a browser follows by itself, but for the links that a reader clicks.
LOADED = ("src", "srcset", "poster", "data", "href", "xlink:href")
CLICKED = ("a", "area")
#: `link` elements that name an address without loading it.
NAMING = {"canonical", "next", "prev", "author", "license", "search", "index"}
CSS_ADDRESS = re.compile(
    r"@import\s+(?!url\()['\"]?([^'\";)]+)|url\(\s*['\"]?([^'\")]+)", re.IGNORECASE
)
CODE_ADDRESS = re.compile(
    r"(?:\bfetch|importScripts|\bimport)\s*\(\s*['\"`](?:https?:)?//[^'\"`]+", re.IGNORECASE
)
EMPTY_NUMBER = re.compile(r"(?<![\w.])(?:nan|NaN|None|undefined|inf)(?![\w.])")
#: Ids of UK Biobank participants have seven digits and begin with 1 to 6.
PARTICIPANT = re.compile(r"[1-6]\d{6}")
UNRESOLVED = re.compile(r"\{(?:value|cite|eval|ref|doc|numref)\}`")


def check_site(site: Path, *, root: Path | None = None) -> None:
    """Check every page of a built book; the error has a line per fault: page, what is wrong.

    The path of `root`, the checkout the book was made in, must not appear on a page.
    """
    found = faults(site, root=root)
    if found:
        more = f"\n  ... and {len(found) - 30} more" if len(found) > 30 else ""
        listed = "\n  ".join(found[:30])
        raise TransdxError(f"the built pages have {len(found)} faults:\n  {listed}{more}")


def faults(site: Path, *, root: Path | None = None) -> list[str]:
    """List what is wrong with a built book as ``page: fault``."""
    pages = sorted(p for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts)
    if not pages:
        return [f"{site.name}: no pages"]
    paths = [page.resolve() for page in pages]
    seen = dict(zip(paths, look_through(paths, partial(_look, root=root)), strict=True))
    anchors = {page: one.anchors for page, one in seen.items()}
    found = [
        f"{page.relative_to(site.resolve()).as_posix()}: {fault}"
        for page, one in seen.items()
        for fault in (*one.faults, *_links(page, one.addresses, anchors))
    ]
    return found + [
        f"{sheet.relative_to(site).as_posix()}: loads {address}"
        for sheet in sorted(site.rglob("*.css"))
        for address in _css_addresses(sheet.read_text(encoding="utf-8", errors="replace"))
    ]


class _Seen(NamedTuple):
    """What is wrong with a page by itself, the places on it, and where it leads."""

    faults: list[str]
    anchors: set[str] | None
    addresses: list[str]


def _look(page: Path, *, root: Path | None) -> _Seen:
    soup = read_page(page)
    wrong = [fault for check in CHECKS for fault in check(soup)]
    addresses = [str(link["href"]) for link in soup.find_all("a", href=True)]
    addresses += [str(image["src"]) for image in soup.find_all("img", src=True)]
    return _Seen([*wrong, *_paths(soup, root)], _anchors(soup), addresses)


def _requests(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(lambda tag: tag.name not in CLICKED):
        if tag.name == "link" and NAMING.intersection(tag.get("rel") or ()):
            continue
        for attribute in (name for name in LOADED if name in tag.attrs):
            for address in _addresses(str(tag[attribute]), attribute):
                if _elsewhere(address):
                    yield f"<{tag.name}> loads {address}"
    for script in soup.find_all("script", src=False):
        for match in CODE_ADDRESS.finditer(script.get_text()):
            yield f"<script> asks for {match.group(0)}"


def _styles(soup: BeautifulSoup) -> Iterator[str]:
    texts = [style.get_text() for style in soup.find_all("style")]
    texts += [str(tag["style"]) for tag in soup.find_all(style=True)]
    for text in texts:
        for address in _css_addresses(text):
            yield f"a style loads {address}"


def _addresses(value: str, attribute: str) -> list[str]:
    if attribute != "srcset":
        return [value]
    return [part.split()[0] for part in value.split(",") if part.strip()]


def _elsewhere(address: str) -> bool:
    parts = urlsplit(address.strip())
    return parts.scheme in ("http", "https", "ftp", "ws", "wss") or address.strip().startswith("//")


def _css_addresses(text: str) -> Iterator[str]:
    for match in CSS_ADDRESS.finditer(text):
        address = match.group(1) or match.group(2)
        if _elsewhere(address):
            yield address


def _images(soup: BeautifulSoup) -> Iterator[str]:
    for image in soup.find_all("img"):
        if not str(image.get("alt") or "").strip():
            yield f"an image has no alternative text ({str(image.get('src'))[:60]})"
    for drawing in soup.find_all("svg", attrs={"role": "img"}):
        if not (
            drawing.get("aria-label") or drawing.get("aria-labelledby") or drawing.find("title")
        ):
            yield "a drawing has no alternative text"


def _values(soup: BeautifulSoup) -> Iterator[str]:
    for problem in soup.find_all(class_=["problematic", "system-message"]):
        yield f"unresolved: {problem.get_text(strip=True)[:80]}"
    for value in soup.find_all(class_="transdx-value"):
        text = value.get_text(strip=True)
        if not text or EMPTY_NUMBER.search(text):
            yield f"a value is empty or no number: '{text}' ({value.get('title')})"
    article = soup.find("article") or soup
    for code in article.find_all(string=UNRESOLVED):
        if code.find_parent(["code", "pre"]) is None:
            yield f"markup that was not understood: {str(code).strip()[:80]}"
    for output in article.find_all(class_=["stderr", "traceback"]):
        yield f"a cell complained: {output.get_text(strip=True)[:80]}"


def _paths(soup: BeautifulSoup, root: Path | None) -> Iterator[str]:
    article = soup.find("article") or soup
    shown = [
        str(value)
        for tag in article.find_all(True)
        for name, value in tag.attrs.items()
        if name in ("href", "src", "title", "alt", "aria-label")
        and not str(value).startswith(("data:", "http"))
    ]
    place = find_place("\n".join([article.get_text(" "), *shown]), root)
    if place:
        yield f"a path of this machine: {place!r}"


def _ids(soup: BeautifulSoup) -> Iterator[str]:
    for row in soup.find_all("tr"):
        cell = row.find(["td", "th"])
        first = cell.get_text(strip=True) if cell is not None else ""
        if PARTICIPANT.fullmatch(first):
            yield f"a table row begins with what may be a participant id: {first}"


def _banner(soup: BeautifulSoup) -> Iterator[str]:
    if not any(banner.get_text(strip=True) for banner in soup.find_all(class_="transdx-banner")):
        yield "no banner says which data it shows"


#: What a page is looked through for that says it by itself.
CHECKS: tuple[Callable[[BeautifulSoup], Iterator[str]], ...] = (
    *(_requests, _styles, _images, _values, _ids, _banner),
)


def _anchors(soup: BeautifulSoup) -> set[str] | None:
    """Find the places of a page; of one that stands in for a chapter, it is not asked for any."""
    if soup.find(class_="transdx-not-computed"):
        return None
    ids = {str(tag["id"]) for tag in soup.find_all(id=True)}
    return ids | {str(tag["name"]) for tag in soup.find_all("a", attrs={"name": True})}


def _links(page: Path, addresses: list[str], anchors: dict[Path, set[str] | None]) -> Iterator[str]:
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        place, held = unquote(parts.fragment), anchors.get(target)
        if not target.exists():
            yield f"a link leads nowhere: {address}"
        elif place and held is not None and place not in held:
            yield f"a link's place on the page is not there: {address}"
