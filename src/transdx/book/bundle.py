"""A book to take along: its source, its lock file and its results tables in one archive."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from transdx import __version__
from transdx._files import digests, is_leftover
from transdx.book.contents import find_chapters
from transdx.book.start import source_of
from transdx.errors import TransdxError
from transdx.results.schema import TABLES
from transdx.results.stamp import Stamp
from transdx.results.store import MANIFEST, is_whole, outgoing, read_manifest
from transdx.run import Run, parameters

__all__ = ["setup", "write_bundle"]

#: Folder of a site with what is handed out whole.
FOLDER = "_downloads"
#: An archive holds no times but the earliest it can: twice the same is the same to the byte.
_TIME = (1980, 1, 1, 0, 0, 0)


def write_bundle(root: Path, run: str, out: Path) -> None:
    """Write the archive of a book: what `transdx start` gives, and the results of a run.

    Of the results go what `transdx.results.schema` declares and `transdx.results.protect` has let
    pass, as it was written then; of the manifest what names neither files nor times of a machine.

    Raises
    ------
    TransdxError
        If the results are not there, or not as they were written.
    """
    folder = root / "results" / run
    manifest = read_manifest(folder)
    if manifest is None or not is_whole(folder, manifest):
        raise TransdxError(
            f"results/{run} is not there, or not as it was written; make it with 'transdx run'"
        )
    names = [name for name in sorted(manifest["files"]) if Path(name).stem in TABLES]
    contents = {name: (root / name).read_bytes() for name in _source(root)}
    contents |= {f"results/{run}/{name}": (folder / name).read_bytes() for name in names}
    about = outgoing(manifest)
    contents[f"results/{run}/{MANIFEST}"] = (json.dumps(about, indent=1) + "\n").encode()
    contents["ABOUT.md"] = _about(about, run).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{out.stem}/{name}", _TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents[name], zipfile.ZIP_DEFLATED)


def _source(root: Path) -> Iterator[str]:
    """Name the files of a book's source that are there; of notebooks, those of chapters."""
    notebooks = {chapter.path for chapter in find_chapters(root)[0]}
    for name in source_of()[1]:
        for file in digests(root / name, base=root):
            parts = Path(file).parts
            if parts[0] == "notebooks" and root / file not in notebooks:
                continue
            if parts[:2] != ("book", "chapters") and not any(map(is_leftover, parts)):
                yield file


def _stamp(manifest: Mapping[str, Any], run: str) -> Stamp:
    own = manifest.get("parameters", {})
    made = str(manifest.get("versions", {}).get("transdx", __version__))
    return Stamp(str(manifest["world"]), run, int(own.get("seed", Run.seed)), made)


def _about(manifest: Mapping[str, Any], run: str) -> str:
    """Say what an archive is, and what made it."""
    own = manifest.get("parameters", {})
    # What a profile settles is written too: it may be another in another version.
    words = [
        f"--{name.replace('_', '-')} {own[name]}"
        for name in parameters()
        if own.get(name) not in (None, "", 0)
    ]
    words += ["--data DIR"] if manifest["world"] == "ukb" else []
    stamp = _stamp(manifest, run)
    return f"""# {stamp.words}

Made by

    transdx book {" ".join(words)}

with Python {manifest.get("python", "")} and the packages of requirements.lock. To make it again, in
this folder:

    python -m venv .venv
    .venv/bin/pip install -r requirements.lock
    .venv/bin/pip install --no-deps transdx-{stamp.version}-py3-none-any.whl
    .venv/bin/transdx book {" ".join(words)}

notebooks/ and book/ are the source of the chapters and pages; start `.venv/bin/jupyter lab` in this
folder, so that notebooks lead to pages. results/{run}/ holds every table of the run as CSV and
Parquet, and in manifest.json its parameters, versions and a digest of each file; `transdx diff
{run} OTHER` says what another run of the study found otherwise.
"""


class Bundle(SphinxDirective):
    """The directive ``{bundle}``: a link to the archive of the book."""

    def run(self) -> list[nodes.Node]:
        """Put the link in place; where there are no results, there is none."""
        name = _name(self.config)
        builder = self.env.app.builder
        if not name or builder.format != "html":
            return []
        address = relative_uri(builder.get_target_uri(self.env.docname), f"{FOLDER}/{name}")
        link = f'<p class="transdx-bundle"><a href="{address}" download>{name}</a></p>'
        return [nodes.raw("", link, format="html")]


def _name(config: Any) -> str:
    run = _run(config)
    manifest = read_manifest(Path(config.transdx_root) / "results" / run)
    if manifest is None:
        return ""
    stamp = _stamp(manifest, run)
    return f"{stamp.file(f'transdx-{stamp.version}')}.zip"


def _run(config: Any) -> str:
    world = config.transdx_world
    return str(config.transdx_runs.get(world) or Run(world).name)


def _bring(app: Sphinx, error: Exception | None) -> None:
    """Write the archive of the run that the book shows beside its pages."""
    name = _name(app.config)
    if error is not None or app.builder.format != "html" or not name:
        return
    out = Path(app.outdir) / FOLDER / name
    out.parent.mkdir(exist_ok=True)
    write_bundle(Path(app.config.transdx_root), _run(app.config), out)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and what writes the archive."""
    app.add_directive("bundle", Bundle)
    app.connect("build-finished", _bring)
    return {"version": "1", "parallel_read_safe": True}
