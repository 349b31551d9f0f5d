"""What a page says of itself to those who have not opened it: search engines, links in messages."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from transdx.results.stamp import WORDS

__all__ = ["setup", "shorten"]

#: Letters of a description that are shown elsewhere.
MOST = 200
CARD = "_static/screenshot.png"
CARD_ALT = "Brains with the regions that go with all symptoms, and with each alone; simulated data."
#: Pages that are made of no source.
TITLES = {"search": "Search", "genindex": "Index"}
VIEWPORT = re.compile(r'\s*<meta\b[^>]*\bname="viewport"[^>]*>')


def shorten(text: str, most: int = MOST) -> str:
    """Keep whole sentences as long as they fit and fill half of the room, else the first words.

    >>> shorten("One. Two is longer.", 8), shorten("One two three", 8)
    ('One.', 'One two…')
    >>> shorten("Where? In every region of both sides", 30)
    'Where? In every region of…'
    """
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    end = max(text.rfind(stop, 0, most + 1) for stop in (". ", "? "))
    return text[: end + 1] if 2 * (end + 1) >= most else f"{text[:most].rpartition(' ')[0]}…"


def _describe(doctree: nodes.document | None) -> str:
    """Take the first paragraph, which says what the page is about or found."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = str(paragraph.astext())
        if "transdx-byline" in paragraph["classes"]:
            continue
        if isinstance(paragraph.parent, nodes.section) and text.strip():
            return text
    return ""


def _fill(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    title = context.get("title") or TITLES.get(page, "")
    told = _describe(doctree) or f"{title}: {context['docstitle']}.".removeprefix(": ")
    # Whoever reads no more than this knows which data it is about.
    which = f"{WORDS[context['world']]}. "
    context["description"] = which + shorten(told, MOST - len(which))
    base = str(app.config.html_baseurl or "")
    context["card"] = f"{base.rstrip('/')}/{CARD}" if base else context["pathto"](CARD, 1)
    context["card_alt"] = CARD_ALT
    # The templates have one already.
    context["metatags"] = VIEWPORT.sub("", context.get("metatags", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Give the templates what they say in the head of a page."""
    app.connect("html-page-context", _fill)
    return {"version": "1", "parallel_read_safe": True}
