"""Sphinx extension: numbers in prose come from results, every page says which data it shows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import files as files_of
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from transdx.book.worlds import banner
from transdx.errors import InputError, TransdxError
from transdx.results import load_findings
from transdx.results.phrases import Numbers, written
from transdx.run import Run
from transdx.study import STUDY_OF_WORLD

__all__ = ["Quote", "setup"]

logger = logging.getLogger(__name__)
#: Written for the book's own world, whichever that is.
OWN = "book"
#: Name of a simulated cohort without effects.
UNPLANTED = "unplanted"
MATHJAX = "tex-svg.js"


@dataclass(frozen=True)
class Quote:
    """A number that prose asks for: which world, which key, how to write it."""

    world: str
    key: str
    how: str

    @classmethod
    def parse(cls, text: str) -> Quote:
        """Read ``world key`` or ``world key:format``.

        >>> Quote.parse("simulated flow.analysed:,d")
        Quote(world='simulated', key='flow.analysed', how=',d')
        """
        world, _, rest = text.strip().partition(" ")
        key, _, how = rest.strip().partition(":")
        if world not in (*STUDY_OF_WORLD, OWN) or not key or " " in key:
            raise InputError(
                f"a value is written 'world key:format' with world one of "
                f"{', '.join((OWN, *STUDY_OF_WORLD))}, got '{text}'"
            )
        return cls(world, key, how)

    def written(self, numbers: Mapping[str, Any]) -> str:
        """Look the number up and write it.

        >>> Quote.parse("open total.beta:.3f").written({"total.beta": -0.0512})
        '−0.051'
        """
        return written(numbers, self.key, self.how)


class Value(nodes.inline):  # type: ignore[misc]
    """A quoted number in the document tree."""


class ValueRole(SphinxRole):
    """The role ``{value}``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Put the number in place, or fail the build."""
        try:
            quote = Quote.parse(self.text)
            world = _own_world(self.config) if quote.world == OWN else quote.world
            path = _results_path(self.config, world)
            text = quote.written(_numbers(path, world))
        except InputError as error:
            logger.error("value: %s", error, location=self.get_location())
            problem = nodes.problematic(self.rawtext, self.rawtext)
            return [problem], []
        node = Value(text, text, classes=["transdx-value"])
        node["title"] = f"{quote.key}, from the results of the {world} run"
        return [node], []


class OnlyWorld(SphinxDirective):
    """The directive ``{world}``: content for a book on the named worlds only.

    A simulated cohort without effects is a world of its own here, ``unplanted``.
    """

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Parse the content if the book's world is named."""
        named = self.arguments[0].replace(",", " ").split()
        for world in named:
            banner("simulated" if world == UNPLANTED else world)
        own = _own_world(self.config)
        own = own if _planted(self.config) else UNPLANTED
        return self.parse_content_to_nodes() if own in named else []


class ChapterOutput(SphinxDirective):
    """The directive ``{chapter-output}``: what a tagged cell of a chapter showed.

    ``{chapter-output} 08-shared overview`` puts the output of the cell tagged
    ``overview`` of that chapter here; a chapter that was not computed has none.
    """

    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Take the output over, or fail the build."""
        name, tag = self.arguments
        path = Path(self.config.transdx_root) / "book" / "chapters" / f"{name}.ipynb"
        try:
            shown = _outputs(path, tag)
        except InputError as error:
            logger.error("chapter-output: %s", error, location=self.get_location())
            return []
        return [nodes.raw("", html, format="html") for html in shown]


def _outputs(path: Path, tag: str) -> list[str]:
    """Read the HTML that the cell with a tag showed; of a page that stands in, nothing."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"there is no chapter {path.stem}; make it with 'transdx book'") from error
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    tagged = [cell for cell in codes if tag in cell["metadata"].get("tags", ())]
    if codes and not tagged:
        raise InputError(f"chapter {path.stem} has no cell tagged '{tag}'")
    return [
        "".join(output["data"]["text/html"])
        for cell in tagged
        for output in cell["outputs"]
        if "text/html" in output.get("data", {})
    ]


def _own_world(config: Any) -> str:
    return str(config.transdx_world)


def _planted(config: Any) -> bool:
    """Say whether the book's own cohort has effects; real people count as having them."""
    world = _own_world(config)
    try:
        numbers = _numbers(_results_path(config, world), world)
    except InputError:
        return True
    return world != "simulated" or numbers.get("truth.planted") != 0


def _results_path(config: Any, world: str) -> Path:
    run = str(config.transdx_runs.get(world) or Run(world).name)
    return Path(config.transdx_root) / "results" / run / "manifest.json"


def _numbers(path: Path, world: str) -> Numbers:
    try:
        return _read(path.parent)
    except (OSError, TransdxError) as error:
        raise InputError(
            f"the results of the {world} run are not there, or not whole ({path.parent.name}); "
            "make them with 'transdx book'"
        ) from error


@lru_cache(maxsize=8)
def _read(folder: Path) -> Numbers:
    # Prose quotes hundreds of numbers, every page asks: one reading serves a rendering.
    return load_findings(folder).numbers


def _page_world(app: Sphinx, page: str) -> str:
    """Find which data a page shows: its notebook says so, else the book's own."""
    own = _own_world(app.config)
    if page not in app.env.found_docs:
        return own
    source = Path(app.env.doc2path(page))
    if source.suffix == ".ipynb":
        metadata = json.loads(source.read_text(encoding="utf-8"))["metadata"]
        return str(metadata.get("transdx", {}).get("world", own))
    return str(app.env.metadata[page].get("transdx_world", own))


def _add_banner(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    # The theme prints its announcement above every page, also above search and index.
    shown = banner(_page_world(app, page), planted=_planted(app.config))
    context["theme_announcement"] = shown.html()
    # Live code needs a server elsewhere; the theme would put its address on every page.
    scripts = context.get("script_files", ())
    context["script_files"] = [s for s in scripts if "thebe" not in _describe(s)]
    styles = context.get("css_files", ())
    context["css_files"] = [s for s in styles if "thebe" not in _describe(s)]


def _describe(asset: Any) -> str:
    body = getattr(asset, "attributes", {}).get("body") or ""
    return f"{getattr(asset, 'filename', asset)} {body}".lower()


def _bring_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy the one MathJax file that typesets without asking for fonts or other parts."""
    if error is not None or app.builder.format != "html":
        return
    found = [f for f in files_of("sphinx-mathjax-offline") or [] if f.name == MATHJAX]
    if not found:
        raise ExtensionError("the package sphinx-mathjax-offline holds no " + MATHJAX)
    target = Path(app.outdir) / "_static" / "mathjax" / MATHJAX
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(found[0].locate()), target)


def _visit_value(translator: Any, node: Value) -> None:
    translator.body.append(translator.starttag(node, "span", "", title=node["title"]))


def _depart_value(translator: Any, node: Value) -> None:
    translator.body.append("</span>")


def _pass(translator: Any, node: Value) -> None:
    """Other builders write the text alone."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role, the directives, the banner and MathJax."""
    _read.cache_clear()
    about = json.loads(os.environ.get("TRANSDX_BOOK") or "{}")
    app.add_config_value("transdx_root", about.get("root", str(Path(app.srcdir).parent)), "env")
    app.add_config_value("transdx_world", about.get("world", "simulated"), "env")
    app.add_config_value("transdx_runs", about.get("runs", {}), "env")
    plain = (_pass, _pass)
    app.add_node(Value, html=(_visit_value, _depart_value), latex=plain, text=plain)
    app.add_role("value", ValueRole())
    app.add_directive("world", OnlyWorld)
    app.add_directive("chapter-output", ChapterOutput)
    app.connect("html-page-context", _add_banner)
    app.connect("build-finished", _bring_mathjax)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True}
