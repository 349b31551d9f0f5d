"""From data to book: findings, chapters, pages, check; each step only where it is due."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version

import pandas as pd

from transdx.book.contents import CONTENTS, find_chapters, write_contents
from transdx.book.ledger import Ledger, Step, digest_text
from transdx.book.notebook import Chapter, note_page
from transdx.book.places import without_places
from transdx.errors import InputError, TransdxError, nearest
from transdx.findings.run import LIBRARIES, depends_on, open_run
from transdx.progress import Progress, silent
from transdx.run import Run, parameters, plan, show_parameters, simulating

__all__ = ["build"]

#: Whose version can change a figure.
CHAPTER_LIBRARIES = (
    *LIBRARIES,
    *("matplotlib", "nilearn", "nibabel", "abagen", "papermill", "ipykernel"),
)
#: Whose version can change a page.
PAGE_LIBRARIES = (
    *("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinxcontrib-bibtex"),
)
#: Modules of this package that decide what a chapter or a page looks like.
CHAPTER_CODE = ("execute.py", "kernel.py", "notebook.py")
CHECK_CODE = ("check.py", "places.py")
PAGE_CODE = (
    *("book/render.py", "book/extension.py", "book/worlds.py"),
    # Numbers in prose are looked up, and their words put together, when pages are made.
    *("results", "writing.py", "naming.py", "modalities.py", "atlas.py", "study.py", "studies"),
)
#: Chapters run side by side; their numbers do not depend on it.
WORKERS = 2


@show_parameters
def build(
    run: Run | None = None,
    /,
    *,
    parameters: Mapping[str, object] | None = None,
    root: Path = Path(),
    force: bool = False,
    progress: Progress | None = None,
    **own: object,
) -> Path:
    """Make the book, doing again only what something has changed for.

    Parameters
    ----------
    run : Run, optional
        What the book shows, from `transdx.run.plan`. Chapters written for the open data always show
        those.
    {parameters}
    parameters : mapping of str to object, optional
        Of single notebooks; each goes to the chapters that declare it.
    root : pathlib.Path, default=Path()
        Folder that holds ``_config.yml``, ``notebooks`` and ``book``.
    force : bool, default=False
        Do every step, changed or not.
    progress : Progress, optional
        Where to say what is done and why, e.g. `transdx.book.Terminal`.

    Returns
    -------
    pathlib.Path
        ``_build/html/index.html``.

    Raises
    ------
    InputError
        If a parameter is unknown or mistyped, `root` is no book, or its table of contents
        names what is not there; before anything runs.
    TransdxError
        If a step fails; what was finished before is kept.
    """
    root = Path(root).resolve()
    progress = progress or silent
    planned = plan(**(asdict(run) if run else {}) | own)
    # Notebooks are run in the folder of the book.
    planned = replace(planned, data=str(Path(planned.data).resolve()) if planned.data else "")
    chapters, others = find_chapters(root, scores=_compared(planned))
    book = _Book(root, planned, chapters, dict(parameters or {}), progress, force)
    if others:
        progress(f"left alone, as _toc.yml does not name them: {', '.join(others)}", 0, 0)
    book.make()
    return root / "_build" / "html" / "index.html"


def _compared(run: Run) -> list[str]:
    """Name the scores that have an edition; where one stands alone, those of the paper."""
    from transdx.study import load_study

    own = load_study(run.world, run.data).score_names
    return own if len(own) > 1 else load_study("simulated").score_names


def _findings(run: Run, root: Path, progress: Progress, *, force: bool) -> None:
    def tell(stage: str, done: int, total: int) -> None:
        progress(f"  {stage}", done, total)

    open_run(run, root=root, force=force, progress=tell)


class _Book:
    """One making of one book: its runs, its chapters and the order of the steps."""

    def __init__(
        self,
        root: Path,
        own: Run,
        chapters: list[Chapter],
        extra: dict[str, object],
        progress: Progress,
        force: bool,
    ) -> None:
        self.root = root
        self.own = own
        self.progress = progress
        self.force = force
        self.chapters = chapters
        self.runs = {chapter.name: self._run(chapter) for chapter in chapters}
        self.values = self._checked(extra)
        self.unavailable: dict[str, str] = {}
        self.ledger = Ledger(root / "_build" / "ledger.json", root=root)
        self.code = Path(str(files("transdx")))

    def _run(self, chapter: Chapter) -> Run:
        """Give the run of a chapter: the book's own, or one on the open data."""
        if chapter.world != "open" or self.own.world == "open":
            return self.own
        others = dict.fromkeys(["data", *simulating()])
        return plan(**asdict(self.own) | others | {"world": "open"})

    def _checked(self, extra: dict[str, object]) -> dict[str, dict[str, object]]:
        known = {name for chapter in self.chapters for name in chapter.own}
        for name in extra:
            if name in parameters():
                raise InputError(
                    f"'{name}' is a parameter of the whole run; give it to build itself, as {name}="
                )
            if name not in known:
                raise InputError(
                    f"no chapter has a parameter '{name}'{nearest(name, [*known, *parameters()])}; "
                    f"their own are: {', '.join(sorted(known)) or 'none'}"
                )
        return {
            chapter.name: chapter.check(
                asdict(self.runs[chapter.name])
                | {name: value for name, value in extra.items() if name in chapter.own}
            )
            for chapter in self.chapters
        }

    def make(self) -> None:
        """Do all steps that are due, in order."""
        write_contents(self.root, self.chapters)
        self._tidy()
        for run in dict.fromkeys([self.own, *self.runs.values()]):
            self._do_findings(run)
        self._do_chapters()
        self._do(self._pages())
        self._do(self._check())
        self.ledger.save()

    def _tidy(self) -> None:
        """Remove the pages of chapters that are no more."""
        for page in sorted((self.root / "book" / "chapters").glob("*.ipynb")):
            if page.stem not in self.runs:
                page.unlink()
                self._say(f"removed book/chapters/{page.name}: no chapter makes it")

    # What is done, and when.

    def _say(self, text: str) -> None:
        self.progress(text, 0, 0)

    def _due(self, step: Step) -> str | None:
        return "asked for" if self.force else self.ledger.why(step)

    def _do(self, step: Step) -> None:
        reason = self._due(step)
        if reason is not None:
            self._say(f"{step.name}: {reason}")
            self._timed(step, reason)

    def _timed(self, step: Step, reason: str) -> None:
        started = time.perf_counter()
        step.run(reason)
        self.ledger.record(step, seconds=time.perf_counter() - started)

    def _do_findings(self, run: Run) -> None:
        step = self._findings_step(run)
        try:
            self._do(step)
        except TransdxError as error:
            # Only what could not be fetched is forgiven, and only beside the book's own world.
            if run is self.own or not isinstance(error.__cause__, OSError):
                raise
            self.ledger.forget(step)
            self.unavailable[run.name] = str(error)
            self._say(f"{step.name}: left out; {error}")

    def _do_chapters(self) -> None:
        due: list[tuple[Step, str, str]] = []
        for number, chapter in enumerate(self.chapters, start=1):
            label = f"{number}/{len(self.chapters)} {chapter.title}"
            reason = self._not_for(chapter)
            step = self._chapter_step(chapter, label)
            if reason is not None:
                self.ledger.forget(step)
                self._stand_in(chapter, reason)
            elif (why := self._due(step)) is not None:
                due.append((step, label, why))
        for step, _, why in due:
            self._say(f"{step.name}: {why}")
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            jobs = [pool.submit(self._timed, step, why) for step, _, why in due]
            try:
                wait(jobs)
            except KeyboardInterrupt:
                from transdx.book.kernel import stop

                pool.shutdown(wait=False, cancel_futures=True)
                stop()
                raise
        # All have ended here, so what succeeded is in the ledger before a failure is raised.
        for job in jobs:
            job.result()

    def _not_for(self, chapter: Chapter) -> str | None:
        """Say why a chapter cannot be executed, if it cannot."""
        from transdx.study import load_study

        run = self.runs[chapter.name]
        measured = load_study(run.world, run.data).score_names
        if isinstance(chapter.scores, int) and len(measured) < chapter.scores:
            return (
                f"It compares symptom scores, and the {run.world} data hold {', '.join(measured)} "
                "alone. Make the book on another world to see it."
            )
        wanted = () if isinstance(chapter.scores, int) else chapter.scores
        lacking = [score for score in wanted if score not in measured]
        if lacking:
            return (
                f"It is about {', '.join(lacking)}, and the {run.world} data hold "
                f"{', '.join(measured)} instead. Make the book on another world to see it."
            )
        unseen = [name for name in chapter.modalities if name not in self._measured(run)]
        if unseen:
            return (
                f"The data hold no {', '.join(unseen).replace('_', ' ')}. Add the images to the "
                "export, and make the book again."
            )
        missing = self.unavailable.get(run.name)
        again = "Then make the book again; only this chapter and the pages are redone."
        return missing and f"{missing}\n\n{again}"

    def _measured(self, run: Run) -> list[str]:
        """List the modalities that the findings of a run are about."""
        path = self.root / "results" / run.name / "associations.parquet"
        try:
            return list(pd.read_parquet(path, columns=["modality"])["modality"].unique())
        except OSError:
            return []

    # What the steps are.

    def _findings_step(self, run: Run) -> Step:
        folder = self.root / "results" / run.name

        def compute(reason: str) -> None:
            # What is there may be of this run already, but for what the ledger saw change.
            again = reason != "not done yet"
            _findings(run, self.root, self.progress, force=again)

        def inputs(ledger: Ledger) -> dict[str, str]:
            return depends_on(run)

        return Step(f"findings {run.name}", inputs, (folder,), compute)

    def _chapter_step(self, chapter: Chapter, label: str) -> Step:
        run, values = self.runs[chapter.name], self.values[chapter.name]
        output = self.root / "book" / "chapters" / f"{chapter.name}.ipynb"

        def inputs(ledger: Ledger) -> dict[str, str]:
            written = [self.code / "book" / name for name in CHAPTER_CODE]
            return {
                "notebook": ledger.digest(chapter.path),
                "parameters": digest_text(values),
                "results": ledger.digest(self.root / "results" / run.name),
                "package code": self._code(ledger, without=("cli.py", "book"))
                + ledger.digest(*written),
                "library versions": _versions(CHAPTER_LIBRARIES),
            }

        def advance(done: int) -> None:
            self.progress(label, done, chapter.code_cells + 1)

        def execute(reason: str) -> None:
            from transdx.book.execute import execute

            advance(0)
            execute(chapter, output, parameters=values, root=self.root, advance=advance)

        return Step(f"chapter {chapter.name}", inputs, (output,), execute)

    def _stand_in(self, chapter: Chapter, reason: str) -> None:
        from transdx.book.execute import write_notebook

        run = self.runs[chapter.name]
        page = note_page(chapter, world=run.world, reason=without_places(reason, self.root))
        write_notebook(page, self.root / "book" / "chapters" / f"{chapter.name}.ipynb")

    def _pages(self) -> Step:
        site = self.root / "_build" / "html"

        def inputs(ledger: Ledger) -> dict[str, str]:
            shown = self._shown()
            results = [self.root / "results" / run.name for run in shown]
            written = [self.code / name for name in PAGE_CODE]
            return {
                "pages": ledger.digest(self.root / "book"),
                "settings": ledger.digest(self.root / "_config.yml", self.root / CONTENTS),
                # A page includes the part on times and memory.
                "README": ledger.digest(self.root / "README.md"),
                "world": digest_text(self.own.world, self._names()),
                "numbers": ledger.digest(*results) + digest_text([asdict(run) for run in shown]),
                "package code": ledger.digest(*written),
                # Prose pages print some of the package's own tables.
                "package data": ledger.digest(self.code / "data"),
                "library versions": _versions(PAGE_LIBRARIES),
            }

        def render(reason: str) -> None:
            from transdx.book.render import render

            # Sphinx notices changed pages, not changed extensions.
            fresh = any(word in reason for word in ("asked for", "code", "versions", "settings"))
            render(
                self.root,
                world=self.own.world,
                runs=self._names(),
                fresh=fresh,
                contents=CONTENTS,
            )

        return Step("pages", inputs, (site,), render)

    def _check(self) -> Step:
        site = self.root / "_build" / "html"

        def inputs(ledger: Ledger) -> dict[str, str]:
            written = [self.code / "book" / name for name in CHECK_CODE]
            return {"pages": ledger.digest(site), "package code": ledger.digest(*written)}

        def check(reason: str) -> None:
            from transdx.book.check import check_site

            check_site(site, root=self.root)

        return Step("check of the pages", inputs, (), check)

    def _shown(self) -> list[Run]:
        runs = dict.fromkeys([self.own, *self.runs.values()])
        return [run for run in runs if run.name not in self.unavailable]

    def _names(self) -> dict[str, str]:
        return {run.world: run.name for run in [*self.runs.values(), self.own]}

    def _code(self, ledger: Ledger, *, without: tuple[str, ...]) -> str:
        parts = sorted(p for p in self.code.iterdir() if p.name not in without)
        return ledger.digest(*(p for p in parts if not p.name.startswith((".", "__pycache__"))))


def _versions(names: tuple[str, ...]) -> str:
    return digest_text(python_version(), {name: _version(name) for name in names})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
