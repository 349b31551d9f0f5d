"""Links from pages to the repository: source, edit, issue, and where a chapter can be run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from transdx.book.contents import PROSE, SOURCES

__all__ = ["Published", "lead_to_sources", "link_repository"]

logger = logging.getLogger(__name__)
#: What the tool takes where the settings say nothing.
PLACEHOLDER = "https://github.com/executablebooks/jupyter-book"
#: Where the theme knows what an address is made of.
ADDRESS = re.compile(r"https://(github|gitlab)\.com/[\w.-]+/[\w.-]+")
BUTTONS = ("repository", "source", "edit_page", "issues")
#: Who runs notebooks that lie at that one host only.
ONE_HOST = {"colab_url": "https://github.com/"}


def link_repository(app: Any, config: Any) -> None:
    """Show the links if the settings hold the address of the repository, and else none of them."""
    options = config.html_theme_options
    address = options["repository_url"] = _address(options.get("repository_url"))
    options |= {f"use_{name}_button": bool(address) for name in BUTTONS}
    options["path_to_docs"] = PROSE
    options["launch_buttons"] = {
        name: value
        for name, value in options.get("launch_buttons", {}).items()
        if address and address.startswith(ONE_HOST.get(name, ""))
    }


def _address(given: str | None) -> str:
    address = (given or "").strip().rstrip("/").removesuffix(".git")
    if address in ("", PLACEHOLDER):
        return ""
    if not ADDRESS.fullmatch(address):
        logger.error(
            "_config.yml: under repository, url is the address of a repository, such as "
            "https://github.com/NAME/transdx, or empty; got '%s'",
            given,
        )
        return ""
    return address


def lead_to_sources(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Lead from the page of a chapter to its notebook, not to the executed copy."""
    source = app.config.external_site_map.meta.get(SOURCES, {}).get(page)
    for link in _links(context.get("header_buttons", ())) if source else ():
        link["url"] = link["url"].replace(f"{PROSE}{page}.ipynb", source)


def _links(buttons: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    for button in buttons:
        if "url" in button:
            yield button
        yield from _links(button.get("buttons", ()))


class Published(SphinxDirective):
    """The directive ``{published}``: content for a book whose repository has an address.

    ``{address}`` and ``{branch}`` stand for those of the settings.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content if the address is known."""
        options = self.config.html_theme_options
        address, branch = (options.get(f"repository_{name}") for name in ("url", "branch"))
        text = "\n".join(self.content)
        text = text.replace("{address}", address or "").replace("{branch}", branch or "")
        return self.parse_text_to_nodes(text) if address else []
