"""Sphinx extension: numbers in prose come from results, every page says which data it shows."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import files as files_of
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from transdx.book import bundle, citable
from transdx.book.brains import write_brains
from transdx.book.exercises import fold
from transdx.book.repository import Published, lead_to_sources, link_repository
from transdx.book.source import lead
from transdx.errors import InputError, TransdxError
from transdx.results import Findings, load_findings
from transdx.results.each import for_each
from transdx.results.phrases import written
from transdx.run import Run
from transdx.study import STUDY_OF_WORLD
from transdx.worlds import banner

__all__ = ["parse_quote", "setup"]

logger = logging.getLogger(__name__)
#: Written for the book's own world, whichever that is.
OWN = "book"
#: Name of a simulated cohort without effects.
UNPLANTED = "unplanted"
MATHJAX = "tex-svg.js"
#: A reference as a notebook has it: ``[[Yeo et al., 2011](https://doi.org/10.1152/jn.00338.2011)]``.
REFERENCE = re.compile(r"\[\[[^\]]+\]\(https://doi\.org/([^\s\]]+)\)\]")
#: Where the number of a figure or table comes.
NUMBER = re.compile(r'<span class="transdx-label" data-kind="\w+"></span>')
#: What else stands around the text, each an extension of its own.
PARTS = (
    *("bibliography", "calculator", "citation", "glossary", "handbook", "head", "search"),
    *("simulated", "trial_page"),
)
#: Markup that misleads who listens to a page, and what says the same as it looks.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'role="doc-biblioentry"': 'role="listitem"',
}


def parse_quote(text: str) -> tuple[str, str, str]:
    """Read ``world key`` or ``world key:format``.

    >>> parse_quote("simulated flow.analysed:,d")
    ('simulated', 'flow.analysed', ',d')
    """
    world, _, rest = text.strip().partition(" ")
    key, _, how = rest.strip().partition(":")
    if world not in (*STUDY_OF_WORLD, OWN) or not key or " " in key:
        raise InputError(
            f"a value is written 'world key:format' with world one of "
            f"{', '.join((OWN, *STUDY_OF_WORLD))}, got '{text}'"
        )
    return world, key, how


def _cite(app: Sphinx, page: str, source: list[str]) -> None:
    """Make citations of what leads to a DOI in brackets, as it does in a notebook by itself."""

    def cited(found: re.Match[str]) -> str:
        known: Any = app.env.get_domain("cite")
        entries = known.bibdata.data.entries.items()
        keys = [key for key, entry in entries if entry.fields.get("doi", "") == found[1]]
        if not keys:
            logger.error("no entry of the bibliography has the DOI %s", found[1], location=page)
        return f"{{cite}}`{keys[0]}`" if keys else found[0]

    source[0] = REFERENCE.sub(cited, source[0])


def _lead_to_prose(app: Sphinx, page: str, source: list[str]) -> None:
    """Lead from chapters to prose where it stands on pages: beside them, not in its own folder."""
    if app.env.doc2path(page).endswith(".ipynb"):
        source[0] = source[0].replace("](../book/", "](../")


class Value(nodes.inline):  # type: ignore[misc]
    """A quoted number in the document tree."""


class ValueRole(SphinxRole):
    """The role ``{value}``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Put the number in place, or fail the build."""
        try:
            named, key, how = parse_quote(self.text)
            world = self.config.transdx_world if named == OWN else named
            text = written(_findings(self.config, world).numbers, key, how)
        except InputError as error:
            logger.error("value: %s", error, location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        node = Value(text, text, classes=["transdx-value"])
        node["title"] = f"{key}, from the results of the {world} run"
        return [node], []


class OnlyWorld(SphinxDirective):
    """The directive ``{world}``: content for a book on the named worlds only.

    A simulated cohort without effects is a world of its own here, ``unplanted``.
    """

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Parse the content if the book's world is named."""
        named = self.arguments[0].replace(",", " ").split()
        for world in named:
            banner("simulated" if world == UNPLANTED else world)
        own = self.config.transdx_world if _planted(self.config) else UNPLANTED
        return self.parse_content_to_nodes() if own in named else []


class ForEach(SphinxDirective):
    """The directive ``{for-each}``: what stands in double brackets once for each score.

    As in the sentences of chapters, see `transdx.results.each.for_each`.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content as it is for the scores of the book's own run."""
        try:
            lists = _findings(self.config, self.config.transdx_world).lists
            return self.parse_text_to_nodes(for_each("\n".join(self.content), lists))
        except InputError as error:
            logger.error("for-each: %s", error, location=self.get_location())
            return []


class ChapterOutput(SphinxDirective):
    """The directive ``{chapter-output}``: what a tagged cell of a chapter showed.

    ``{chapter-output} 08-shared overview`` puts the output of the cell tagged
    ``overview`` of that chapter here; a chapter that was not computed has none.
    """

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Take the output over, or fail the build."""
        name, tag = self.arguments
        path = Path(self.config.transdx_root) / "book" / "chapters" / f"{name}.ipynb"
        try:
            shown = _outputs(path, tag)
        except InputError as error:
            logger.error("chapter-output: %s", error, location=self.get_location())
            return []
        page = f"chapters/{name}"
        return [nodes.raw("", html, format="html", page=page) for html in shown]


def _outputs(path: Path, tag: str) -> list[str]:
    """Read the HTML that the cell with a tag showed; of a page that stands in, nothing."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise InputError(f"there is no chapter {path.stem}; make it with 'transdx book'") from error
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    tagged = [cell for cell in codes if tag in cell["metadata"].get("tags", ())]
    if codes and not tagged:
        raise InputError(f"chapter {path.stem} has no cell tagged '{tag}'")
    # Its number, and the place that this leads to, are those of the chapter, if that shows it.
    return [
        NUMBER.sub("", html) if "remove-cell" in cell["metadata"]["tags"] else html
        for cell in tagged
        for html in citable.outputs_of([cell])
    ]


def _planted(config: Any) -> bool:
    """Say whether the book's own cohort has effects; real people count as having them."""
    try:
        return _findings(config, config.transdx_world).planted
    except InputError:
        return True


def _run_name(config: Any, world: str) -> str:
    return str(config.transdx_runs.get(world) or Run(world).name)


def _findings(config: Any, world: str) -> Findings:
    folder = Path(config.transdx_root) / "results" / _run_name(config, world)
    try:
        return _read(folder)
    except TransdxError as error:
        raise InputError(
            f"the results of the {world} run are not there, or not whole ({folder.name}); "
            "make them with 'transdx book'"
        ) from error


@lru_cache(maxsize=8)
def _read(folder: Path) -> Findings:
    # Prose quotes hundreds of numbers, every page asks: one reading serves a rendering.
    return load_findings(folder)


def _all_pages(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> Any:
    """Read every page again: what it quotes may be new where its own file is not."""
    return env.found_docs - added


def _let_read_beside(app: Sphinx, env: Any, pages: list[str]) -> None:
    """Say of parts of the book's tool that do not say so that pages may be read side by side.

    They wait for all of them, to number their sections or to print them.
    """
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True


def _page_world(app: Sphinx, page: str) -> str:
    """Find which data a page shows: its notebook says so, else the book's own."""
    own = str(app.config.transdx_world)
    if page not in app.env.found_docs:
        return own
    source = Path(app.env.doc2path(page))
    if source.suffix == ".ipynb":
        metadata = json.loads(source.read_text(encoding="utf-8"))["metadata"]
        return str(metadata.get("transdx", {}).get("world", own))
    return own


def _add_banner(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    # The theme prints its announcement above every page, also above search and index.
    context["world"] = _page_world(app, page)
    context["theme_announcement"] = banner(context["world"], planted=_planted(app.config))
    run = _run_name(app.config, context["world"])
    if (Path(app.config.transdx_root) / "results" / run).is_dir():
        # The brains of a page turn with the values of its run.
        meta = f'<meta name="transdx-run" content="{run}">'
        context["metatags"] = context.get("metatags", "") + meta
    # Live code needs a server elsewhere; the theme would put its address on every page.
    for files in ("script_files", "css_files"):
        context[files] = [one for one in context.get(files, ()) if "thebe" not in _describe(one)]
    for misleading, plain in MENDED.items():
        context["body"] = context.get("body", "").replace(misleading, plain)


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


def _fold_exercises(app: Sphinx, page: str, text: list[str]) -> None:
    """Fold the exercises of a chapter for the reader; the notebook to download stays as it is."""
    path = Path(app.env.doc2path(page))
    if path.suffix == ".ipynb":
        notebook = json.loads(text[0])
        folded = fold(notebook["cells"], chapter=path.stem)
        # Without an id for each, the reader of notebooks complains.
        notebook["cells"] = [{"id": f"folded-{i}", **cell} for i, cell in enumerate(folded)]
        text[0] = json.dumps(notebook)


def _bring_brains(app: Sphinx, error: Exception | None) -> None:
    """Write what brains are drawn from, for the pages that load it when a reader asks."""
    if error is not None or app.builder.format != "html":
        return
    found = {}
    for world in app.config.transdx_runs:
        with suppress(InputError):
            one = _findings(app.config, world)
            name = _run_name(app.config, world)
            if "cohorts" in one.tables:
                # Beside each other they have no map; the page draws those of one of them.
                run = Run(**one.manifest["parameters"])
                name = replace(run, cohort=one.number("cohorts.shown")).name
                one = _read(Path(app.config.transdx_root) / "results" / name)
            found[name] = one
    write_brains(Path(app.outdir) / "_static" / "brains", found)


def _visit_value(translator: Any, node: Value) -> None:
    translator.body.append(translator.starttag(node, "span", "", title=node["title"]))


def _depart_value(translator: Any, node: Value) -> None:
    translator.body.append("</span>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role, the directives, exercises, the banner and MathJax."""
    _read.cache_clear()
    citable.labels_of.cache_clear()
    app.add_config_value("transdx_root", str(Path(app.srcdir).parent), "env")
    app.add_config_value("transdx_made", False, "env")
    app.add_config_value("transdx_world", "simulated", "env")
    app.add_config_value("transdx_runs", {}, "env")
    app.add_node(Value, html=(_visit_value, _depart_value))
    app.add_role("value", ValueRole())
    app.add_directive("world", OnlyWorld)
    app.add_directive("published", Published)
    app.add_directive("for-each", ForEach)
    app.add_directive("chapter-output", ChapterOutput)
    app.setup_extension("sphinx_exercise")
    app.connect("source-read", _fold_exercises)
    app.connect("source-read", _cite)
    app.connect("source-read", _lead_to_prose)
    # Before the table of contents is read, and the folders of the settings are looked for.
    app.connect("config-inited", lead, priority=100)
    app.connect("config-inited", link_repository, priority=100)
    app.connect("env-get-outdated", _all_pages)
    app.connect("env-before-read-docs", _let_read_beside)
    app.setup_extension(citable.__name__)
    app.setup_extension(bundle.__name__)
    app.connect("html-page-context", _add_banner)
    # After the theme has made its buttons.
    app.connect("html-page-context", lead_to_sources, priority=600)
    for part in PARTS:
        app.setup_extension(f"transdx.book.{part}")
    app.connect("build-finished", _bring_mathjax)
    app.connect("build-finished", _bring_brains)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True}
