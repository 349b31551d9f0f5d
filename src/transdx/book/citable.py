"""Figures and tables of a page as things to cite: numbered, linked, their files beside the pages.

A notebook carries all that its figures are made of, so that it can be read alone. A page would be
too heavy with it: what may be taken along, and what one of two colour schemes shows, become files.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from transdx.errors import TransdxError
from transdx.figures.canvas.files import with_words
from transdx.results.stamp import WORDS, Stamp

__all__ = ["FILES", "labels_of", "outputs_of", "setup"]

logger = logging.getLogger(__name__)
#: Folder of a book with what pages show and hand out.
FILES = "_results"
_LABEL = re.compile(
    r'id="((?:fig|table)-[^"]+)"(.*?)<span class="transdx-label" data-kind="(\w+)"></span>',
    re.DOTALL,
)
_FILE = re.compile(r'(data-file|download)="([^"]+)" (src|href)="data:[^,"]*;base64,([^"]*)"')
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_LINK = re.compile(r"\]\((\.\./book/)?([\w-]+)\.(?:md|ipynb)(#[^)]*)?\)")
_CODE = '<span class="transdx-code"></span>'


def outputs_of(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Go through the HTML that the cells of an executed notebook showed."""
    for cell in cells:
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                yield "".join(output["data"]["text/html"])


@lru_cache
def labels_of(page: Path, chapter: str) -> Mapping[str, str]:
    """Give figures and tables of a notebook their numbers, by id: ``Figure 3.2``."""
    if page.suffix != ".ipynb":
        return {}
    cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
    counts: Counter[str] = Counter()
    found: dict[str, str] = {}
    for shown in outputs_of(cells):
        for name, _, kind in _LABEL.findall(shown):
            if name in found:
                raise TransdxError(
                    f"{page.stem} shows two called '{name.partition('-')[2]}'; name one of them: "
                    "figures by .captioned(..., name=), tables by name="
                )
            counts[kind] += 1
            found[name] = f"{kind} {chapter}{counts[kind]}"
    return found


def _cite(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give what a page shows its number, and lay its files beside the pages."""
    if app.builder.format != "html":
        return
    styles: set[str] = set()
    for raw in list(doctree.findall(nodes.raw)):
        text = raw.astext()
        home = raw.get("page", page)
        if "transdx-label" in text:
            try:
                text = _with_labels(app, text, page, home)
            except TransdxError as error:
                logger.error("figures: %s", error, location=page)
        text = text.replace(_CODE, _code(raw, text))
        text = _FILE.sub(lambda found: _put(app, found, page, home), text)  # noqa: B023
        for style in _STYLE.findall(text):
            text = text.replace(style, "", int(style in styles))
            styles.add(style)
        raw.replace_self(nodes.raw("", text, format="html"))


def _with_labels(app: Sphinx, text: str, page: str, home: str) -> str:
    number = app.env.toc_secnumbers.get(home, {}).get("", ())
    labels = labels_of(Path(app.env.doc2path(home)), "".join(f"{part}." for part in number))
    to = "" if page == home else app.builder.get_relative_uri(page, home)

    def label(found: re.Match[str]) -> str:
        name, between, kind = found.groups()
        words = labels.get(name, kind)
        return (
            f'id="{name}"{between}<a class="transdx-label" href="{to}#{name}" '
            f'title="Link to this {kind.lower()}">{words}</a> '
        )

    return _LABEL.sub(label, text)


def _code(raw: nodes.raw, text: str) -> str:
    """Lead to the code of the cell that shows something, and to the parameters of its run."""
    cell = raw.parent
    while cell is not None and cell.get("nb_element") != "cell_code":
        cell = cell.parent
    sources = [] if cell is None else list(cell.findall(_is_source))
    named = re.search(r'id="((?:fig|table)-[^"]+)"', text)
    if not sources or not named:
        return ""
    place = f"code-{named[1]}"
    sources[0]["ids"] = [place]
    return f'<a href="#{place}">Code</a> <a href="#parameters">Parameters</a>'


def _is_source(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_source"


def _put(app: Sphinx, found: re.Match[str], page: str, home: str) -> str:
    """Write a file that was packed into a page, and give the attributes that lead to it."""
    what, name, attribute, content = found.groups()
    file = Path(app.outdir) / FILES / f"{Path(home).name}_{name}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(base64.b64decode(content))
    address = relative_uri(app.builder.get_target_uri(page), f"{FILES}/{file.name}")
    if what == "download":
        # A browser may open a picture that lies in a folder instead: then beside the page.
        return f'download="{file.name}" target="_blank" {attribute}="{address}"'
    return f'loading="lazy" decoding="async" {attribute}="{address}"'


def _stamp(app: Sphinx, page: str) -> Mapping[str, Any] | None:
    """Read of which run a page is, if it is a notebook."""
    source = Path(app.env.doc2path(page)) if page in app.env.found_docs else Path()
    if source.suffix != ".ipynb":
        return None
    about = json.loads(source.read_text(encoding="utf-8"))["metadata"].get("transdx", {})
    return about if "run" in about else None


def _name_drawn(drawn: dict[str, str], app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Let the name of a picture that a cell drew by itself say its run, and note it as `drawn`."""
    about = _stamp(app, page)
    if about is None or app.builder.format != "html":
        return
    stamp = Stamp(**about)
    shown = [one for one in doctree.findall(nodes.image) if one.get("uri") in app.env.images]
    for number, image in enumerate(shown, 1):
        pages, name = app.env.images[image["uri"]]
        # Pages that show the same picture share its file.
        if name.endswith(".png") and name not in drawn:
            named = f"{stamp.file(f'{Path(page).name}_by-hand-{number}')}.png"
            app.env.images[image["uri"]] = (pages, named)
            drawn[named] = stamp.words
            # That of a build before says its run within, so that it is another one to who copies.
            (Path(app.outdir) / "_images" / named).unlink(missing_ok=True)


def _say_drawn(drawn: Mapping[str, str], app: Sphinx, error: Exception | None) -> None:
    for name, words in drawn.items():
        path = Path(app.outdir) / "_images" / name
        if error is None and path.exists():
            path.write_bytes(with_words(path.read_bytes(), {"Source": words}))


def _name_source(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the name of a notebook that is taken along say its run."""
    if (about := _stamp(app, page)) and context.get("sourcename"):
        name = Stamp(**about).file(Path(page).name)
        context["sourcename"] = str(Path(context["sourcename"]).with_name(f"{name}.ipynb"))


def lead_home(text: str, site: str) -> str:
    """Let what a notebook says lead to the pages of a site, as what lies beside it stays behind.

    >>> lead_home("[a](../book/methods.md#b), [c](02-global.ipynb)", "https://x.org/")
    '[a](https://x.org/methods.html#b), [c](https://x.org/chapters/02-global.html)'
    """

    def address(found: re.Match[str]) -> str:
        folder, page, place = found.groups()
        return f"]({site.rstrip('/')}/{'' if folder else 'chapters/'}{page}.html{place or ''})"

    return _LINK.sub(address, text)


def _lighten_sources(app: Sphinx, error: Exception | None) -> None:
    """Leave out of notebooks to take along what running them makes again; say what they are of."""
    if error is not None or app.builder.format != "html":
        return
    site = str(app.config.html_baseurl or "")
    for path in sorted((Path(app.outdir) / "_sources").rglob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        about = notebook["metadata"].get("transdx", {})
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
            elif site:
                cell["source"] = lead_home("".join(cell["source"]), site)
        if "run" in about:
            words = f"> **{WORDS[about['world']]}**: {Stamp(**about).words.partition(', ')[2]}."
            band = {"cell_type": "markdown", "id": "band", "metadata": {}, "source": words}
            notebook["cells"].insert(0, band)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what is done to each page, and to the notebooks that are handed out."""
    drawn: dict[str, str] = {}
    app.connect("doctree-resolved", _cite)
    app.connect("doctree-resolved", partial(_name_drawn, drawn))
    app.connect("build-finished", partial(_say_drawn, drawn))
    app.connect("html-page-context", _name_source, priority=100)
    app.connect("build-finished", _lighten_sources)
    return {"version": "1", "parallel_read_safe": True}
