"""What the search looks through: all that a reader sees, tables and figures too.

Sphinx's own search asks a server for the pages that it found, to show what stands there, and is
silent on tables. A book that opens from a folder has no server: its text is a script.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx

from transdx.book.site import look_through, pages_of, read_page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = ["records", "setup"]

DATA = "search-data.js"
#: What is on a page and not to be found: machinery, and what is said in another place.
NOT_READ = (
    "script, style, .headerlink, .transdx-parameters, [hidden], .toctree-wrapper, "
    "details.hide, .transdx-download"
)
SPACE = re.compile(r"\s+")


def records(soup: BeautifulSoup) -> list[dict[str, Any]]:
    """List the sections of a page: place, heading, text, and rows, of tables and of figures.

    A row is found as a whole, and shown as one; so is what a figure is said to show.

    >>> from bs4 import BeautifulSoup
    >>> page = '''<article><section id="a"><h1>A</h1><p>Said.</p><table><tr><th>Left caudate</th>
    ... <td>0.1</td></tr></table></section></article>'''
    >>> records(BeautifulSoup(page, "html.parser"))
    [{'place': 'a', 'head': 'A', 'text': 'Said.', 'rows': ['Left caudate · 0.1']}]
    """
    article = soup.find("article")
    if article is None:
        return []
    # Each part of a page belongs to the innermost section around it.
    left = {id(one) for one in article.select(NOT_READ)}
    rows, pictures = (_by_section(article, what) for what in ("tr", "img[alt]"))
    found = []
    for section in article.find_all("section", id=True):
        heading = section.find(re.compile("^h[1-6]$"), recursive=False)
        texts = [
            *(_row(row) for row in rows[id(section)] if _is_read(row)),
            *(_squeeze(str(image["alt"])) for image in pictures[id(section)]),
        ]
        found.append(
            {
                "place": str(section["id"]),
                "head": _text(heading) if heading else "",
                "text": _squeeze(" ".join(_prose(section, {id(heading), *left}))),
                "rows": list(dict.fromkeys(texts)),
            }
        )
    return found


def _records_of(path: Path) -> list[dict[str, Any]]:
    return records(read_page(path))


def _by_section(article: Tag, selector: str) -> dict[int, list[Tag]]:
    found: dict[int, list[Tag]] = defaultdict(list)
    for one in article.select(selector):
        found[id(one.find_parent("section"))].append(one)
    return found


def _is_read(row: Tag) -> bool:
    return row.find_parent("thead") is None and not row.find_parent(class_="transdx-parameters")


def _row(row: Tag) -> str:
    return " · ".join(filter(None, (_text(cell) for cell in row.find_all(["th", "td"]))))


def _prose(tag: Tag, left: set[int]) -> Iterator[str]:
    """Go through the text of a section, but not of one below it, of tables, or of what is left."""
    from bs4.element import NavigableString, Tag

    for one in tag.children:
        if isinstance(one, NavigableString):
            yield one
        elif isinstance(one, Tag) and one.name not in ("section", "table") and id(one) not in left:
            yield from _prose(one, left)


def _text(tag: Tag) -> str:
    return _squeeze("".join(tag.find_all(string=True))).rstrip("#").strip()


def _squeeze(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def _write_data(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    found = {name: path for name, path in pages_of(app).items() if name in app.env.titles}
    parts = look_through(list(found.values()), _records_of)
    pages = [
        {"page": name, "title": app.env.titles[name].astext(), "parts": own}
        for name, own in zip(found, parts, strict=True)
    ]
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    out = Path(app.outdir)
    (out / "_static" / DATA).write_text(f"window.transdxPages = {text};\n", encoding="utf-8")
    # Nothing reads Sphinx's own index any more.
    (out / "searchindex.js").unlink(missing_ok=True)


def _load(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if page == "search":
        context["script_files"].append(f"_static/{DATA}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write what is searched when all pages are there."""
    app.connect("html-page-context", _load)
    app.connect("build-finished", _write_data)
    return {"version": "1", "parallel_read_safe": True}
