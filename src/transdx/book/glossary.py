"""Terms lead to the glossary where a page uses them first; cards say there what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from transdx.book.site import read_pages

__all__ = ["setup", "shapes_of"]

PAGE = "glossary"
REFERENCES = "references"
CARDS = "cards.js"
#: Pages that are no prose: they explain by themselves, or are looked things up in.
LEFT = (PAGE, REFERENCES, "search", "genindex")


def shapes_of(term: str) -> str:
    """Write a pattern for a term: any case where it has no capitals of its own, and its plural.

    >>> bool(re.search(shapes_of("false discovery rate"), "False discovery rates"))
    True
    >>> bool(re.search(shapes_of("SD"), "sd"))
    False
    """
    own = any(letter.isupper() for letter in term[1:]) or len(term) == 1
    words = re.escape(term) if own else f"(?i:{re.escape(term)})"
    return rf"(?<![\w-]){words}s?(?![\w-])"


def _terms(app: Sphinx) -> list[tuple[str, re.Pattern[str]]]:
    """List the terms of the glossary: the place of each, and how it is written."""
    doctree = app.env.get_doctree(PAGE)
    found = []
    for item in doctree.findall(nodes.definition_list_item):
        terms = list(item.findall(nodes.term))
        shapes = sorted((shapes_of(term.astext()) for term in terms), key=len, reverse=True)
        found.append((terms[0]["ids"][0], re.compile("|".join(shapes))))
    return found


class _FirstUses:
    """Makes links of the first uses on each page; knows the terms from the first page on."""

    terms: list[tuple[str, re.Pattern[str]]] | None = None

    def __call__(self, app: Sphinx, doctree: nodes.document, page: str) -> None:
        if page in LEFT or PAGE not in app.env.found_docs:
            return
        if self.terms is None:
            self.terms = _terms(app)
        address = app.builder.get_relative_uri(page, PAGE)
        texts = list(_prose(doctree))
        for place, pattern in self.terms:
            for at, text in enumerate(texts):
                if found := pattern.search(text):
                    texts[at : at + 1] = _link(text, found, f"{address}#{place}")
                    break


def _prose(doctree: nodes.document) -> Iterator[nodes.Text]:
    """Go through the sentences of a page, but not what is a link already, or of a docstring."""
    documented = {
        id(node) for described in doctree.findall(addnodes.desc) for node in described.findall()
    }
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.entry) or id(paragraph) in documented:
            continue
        for text in list(paragraph.findall(nodes.Text)):
            if isinstance(text.parent, nodes.paragraph | nodes.emphasis | nodes.strong):
                yield text


def _link(text: nodes.Text, found: re.Match[str], address: str) -> list[nodes.Text]:
    """Make a link of what was found, and give the text that is left around it."""
    before, used, after = text[: found.start()], found[0], text[found.end() :]
    link = nodes.reference(used, used, refuri=address, internal=True, classes=["transdx-term"])
    parts = [nodes.Text(before), link, nodes.Text(after)]
    kept = [part for part in parts if part.astext()]
    text.parent.replace(text, kept)
    return [part for part in kept if part is not link]


def _write_cards(app: Sphinx, error: Exception | None) -> None:
    """Write what the links to terms and references show, as a script: pages open without server."""
    if error is not None or app.builder.format != "html":
        return
    cards: dict[str, str] = {}
    for page, soup in read_pages(app, PAGE, REFERENCES):
        for item in soup.select("dl.glossary > dd"):
            # Several terms may share what they mean.
            for term in item.find_previous_siblings("dt"):
                if term.find_next_sibling("dd") is not item:
                    break
                cards[f"{page}.html#{term['id']}"] = item.decode_contents().strip()
        for item in soup.select(".citation[id]"):
            cards[f"{page}.html#{item['id']}"] = " ".join(
                part.decode_contents() for part in item.find_all("p", recursive=False)
            )
    text = json.dumps(cards, ensure_ascii=False, indent=0, sort_keys=True)
    path = Path(app.outdir) / "_static" / CARDS
    path.write_text(f"window.transdxCards = {text};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Link terms once pages are put together, and write the cards when all are there."""
    app.connect("doctree-resolved", _FirstUses())
    app.connect("build-finished", _write_cards)
    app.add_js_file(CARDS, loading_method="defer")
    return {"version": "1", "parallel_read_safe": True}
