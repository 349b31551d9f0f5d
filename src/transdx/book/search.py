"""What the search looks through: all that a reader sees, tables and figures too.

Sphinx's own search asks a server for the pages that it found, to show what stands there, and is
silent on tables. A book that opens from a folder has no server: its text is a script.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx

from transdx.book.site import read_pages

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
    found = []
    for section in article.find_all("section", id=True):
        heading = section.find(re.compile("^h[1-6]$"), recursive=False)
        rows = [*_rows(section), *_pictures(section)]
        found.append(
            {
                "place": str(section["id"]),
                "head": _text(heading) if heading else "",
                "text": _prose(section, heading),
                "rows": list(dict.fromkeys(rows)),
            }
        )
    return found


def _own(section: Tag, selector: str) -> list[Tag]:
    """Select what is in a section, and not in one below it."""
    return [one for one in section.select(selector) if one.find_parent("section") is section]


def _rows(section: Tag) -> list[str]:
    return [
        " · ".join(filter(None, (_text(cell) for cell in row.find_all(["th", "td"]))))
        for row in _own(section, "tr")
        if row.find_parent("thead") is None and not row.find_parent(class_="transdx-parameters")
    ]


def _pictures(section: Tag) -> list[str]:
    return [_squeeze(str(image["alt"])) for image in _own(section, "img[alt]")]


def _prose(section: Tag, heading: Tag | None) -> str:
    left = {id(one) for one in section.select(NOT_READ)}
    parts = []
    for text in section.find_all(string=True):
        above = list(text.parents)
        inside = above[: above.index(section)]
        if heading in inside or any(
            one.name in ("section", "table") or id(one) in left for one in inside
        ):
            continue
        parts.append(str(text))
    return _squeeze(" ".join(parts))


def _text(tag: Tag) -> str:
    return _squeeze("".join(tag.find_all(string=True))).rstrip("#").strip()


def _squeeze(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def _write_data(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    pages = [
        {"page": name, "title": app.env.titles[name].astext(), "parts": records(soup)}
        for name, soup in read_pages(app)
        if name in app.env.titles
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
