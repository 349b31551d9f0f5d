"""A small book in a folder of its own, with findings that cost nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from transdx.book import kernel, pipeline, steps
from transdx.results import Findings, save_findings
from transdx.run import Run


def notebook(title: str, *, world: str = "simulated", code: str = "1 + 1") -> dict[str, Any]:
    """A chapter: a title, its parameters, one cell of code, one quoted number."""
    declared = f'world: str = "{world}"\nseed: int = 1\nwidth: float = 1.0  # width: in cm'

    def cell(kind: str, source: str, *tags: str) -> dict[str, Any]:
        more = {"execution_count": None, "outputs": []} if kind == "code" else {}
        return {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source, **more}

    cells = [
        cell("markdown", f"# {title}"),
        cell("code", declared, "parameters"),
        cell("code", code),
        cell("markdown", f"There are {{value}}`{world} flow.analysed:,d` people."),
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


class Book:
    """A book of two chapters; counts which runs were computed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.computed: list[str] = []
        self.said: list[str] = []
        self.offline = False
        self.people = 1234
        self.modalities = ["surface_area"]
        self.write("notebooks/01-cohort.ipynb", json.dumps(notebook("Cohort")))
        self.write("notebooks/02-open.ipynb", json.dumps(notebook("Real brains", world="open")))
        self.write("book/index.md", "# A book\n\n{value}`book flow.analysed` people.\n")
        self.write(
            "_toc.yml",
            "format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/01-cohort\n"
            "- file: notebooks/02-open\n",
        )
        self.write(
            "_config.yml",
            "title: A book\nauthor: Somebody\nlogo: ''\nonly_build_toc_files: true\n"
            "execute: {execute_notebooks: 'off'}\nhtml: {use_repository_button: false}\n"
            "sphinx:\n  extra_extensions: [transdx.book.extension]\n"
            "  config: {mathjax_path: mathjax/tex-svg.js}\n",
        )

    notebook = staticmethod(notebook)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def compute(self, run: Run, root: Path, progress: object, *, force: bool) -> None:
        """Stand in for the analysis."""
        if self.offline and run.world == "open":
            from transdx.errors import TransdxError

            cause = OSError("no network")
            raise TransdxError(f"{self.root}/x.tsv could not be fetched; set A_FOLDER") from cause
        self.computed.append(run.name)
        self.find(run.name, self.people, p=1 / (run.seed + 1), manifest={"n": len(self.computed)})

    def find(
        self,
        name: str,
        people: int,
        *,
        p: float = 0.5,
        planted: float = -0.05,
        manifest: dict[str, Any] | None = None,
    ) -> None:
        """Write what a run found."""
        associations = pd.DataFrame({"modality": self.modalities}).assign(
            feature="total", region="total", hemisphere="both", score="anxiety", n=people,
            beta=-0.0512, se=0.01, ci_low=-0.07, ci_high=-0.03,
            p=p, p_fdr=p, p_fdr_study=p, p_permutation=p, p_familywise=p,
        )  # fmt: skip
        keys = ["modality", "feature", "score"]
        tables = {
            "flow": pd.DataFrame(
                {"step": ["all"], "label": ["All"], "excluded": [0], "remaining": [people]}
            ),
            "associations": associations,
            "truth": associations[keys].assign(planted=planted),
        }
        found = Findings(name.partition("-")[0], tables, manifest or {})
        save_findings(found, self.root / "results" / name)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not total:
            self.said.append(stage)

    def make(self, **options: Any) -> list[str]:
        """Make the book and give what was said was due."""
        self.said.clear()
        pipeline.build(root=self.root, progress=self, **options)
        return list(self.said)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    made = Book(tmp_path / "book")
    monkeypatch.setattr(steps, "_findings", made.compute)
    # Loading all that real chapters load takes longer than these.
    monkeypatch.setattr(kernel, "POSSIBLE", False)
    return made


@pytest.fixture
def unrendered(book: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The same book, where notebooks and pages are made without kernel and Sphinx."""
    from transdx.book import execute as execution
    from transdx.book import render as rendering

    def run(chapter: Any, **_: object) -> dict[str, Any]:
        return dict(json.loads(chapter.path.read_text(encoding="utf-8")))

    def render(root: Path, **settings: object) -> Path:
        sources = sorted([*root.glob("book/**/*.ipynb"), *root.glob("book/*.md")])
        read = "".join(path.read_text(encoding="utf-8") for path in sources)
        text = hashlib.sha256(read.encode()).hexdigest()
        page = (
            '<html><body><div class="transdx-banner">Simulated data</div>'
            f"<article><pre>{text} {settings}</pre></article></body></html>"
        )
        return book.write("_build/html/index.html", page)

    monkeypatch.setattr(execution, "_run", run)
    monkeypatch.setattr(rendering, "render", render)
    return book
