"""Links from a chapter to another: to its notebook in JupyterLab, to its page in the book."""

from __future__ import annotations

import re
from html import escape

__all__ = ["leads_to", "to_pages"]

#: Notebooks of which each edition is a page of its own, by their number.
_EDITIONS = {"06": "06-symptoms"}


def leads_to(page: str, place: str = "") -> str:
    """Write the attributes of a link: where it leads among notebooks, and where among pages.

    >>> leads_to("06-anxiety", "claim-c6")
    'href="06-symptoms.ipynb#claim-c6" data-page="06-anxiety.html#claim-c6"'
    """
    notebook = _EDITIONS.get(page.partition("-")[0], page)
    end = f"#{place}" if place else ""
    return f'href="{escape(f"{notebook}.ipynb{end}")}" data-page="{escape(f"{page}.html{end}")}"'


def to_pages(shown: str) -> str:
    """Turn the links of what a notebook showed into those of a page.

    >>> to_pages(f"<a {leads_to('06-anxiety', 'claim-c6')}>C6</a>")
    '<a href="06-anxiety.html#claim-c6">C6</a>'
    """
    return re.sub(r'href="[^"]*" data-page="([^"]*)"', r'href="\1"', shown)
