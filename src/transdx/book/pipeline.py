"""From data to book: findings, chapters, pages; each step only where it is due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from transdx._cohorts import ALL, USUAL
from transdx._files import atomic_path, folders_of, remove, remove_leftovers
from transdx._locks import sole_writer
from transdx.book import kernel, steps
from transdx.book.contents import choose, find_chapters, holds, write_contents
from transdx.book.execute import write_notebook
from transdx.book.ledger import NOT_YET, Ledger, Step
from transdx.book.notebook import Chapter, note_page
from transdx.book.site import WORKERS
from transdx.book.trials import PAGE, trials_of
from transdx.errors import InputError, TransdxError, nearest
from transdx.places import without_places
from transdx.progress import Progress, silent
from transdx.results.needs import lacking
from transdx.run import PROFILES, TRIAL, Run, parameters, plan, show_parameters, simulating
from transdx.study import Study, load_study
from transdx.writing import sentence_case

__all__ = ["build", "plan_book", "prepare", "recall"]

#: Of so many simulated people findings take little memory beside those of the book.
FEW = 5_000
#: What the book made last shows.
LAST = "_build/run.json"
#: How often the steps are gone through, until none is due.
ROUNDS = 4


@show_parameters
def build(
    run: Run | None = None,
    /,
    *,
    parameters: Mapping[str, object] | None = None,
    chapter: str = "",
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
    chapter : str, default=""
        The only chapter to compute, by number, name or file. Of the others those are shown that are
        there, of the same run and fresh; the rest say that they were not computed.
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
        If a step fails, or what it depends on changes again and again while it is done; what
        was finished before is kept.
    """
    root = Path(root).resolve()
    progress = progress or silent
    planned = plan(**(asdict(run) if run else {}) | own)
    # Notebooks are run in the folder of the book.
    planned = replace(planned, data=str(Path(planned.data).resolve()) if planned.data else "")
    book = _Book(root, planned, parameters or {}, progress, chapter)
    contents = book.plan(say=True)
    with sole_writer(contents.site, what=f"the book on {planned.name}", progress=progress):
        book.make(force=force)
    return contents.site / "index.html"


def prepare(root: Path, *, progress: Progress = silent) -> steps.Plan:
    """Make all but the pages: of the book made last, or else of the usual one."""
    run, parameters, chapter = recall(root)
    book = _Book(root, run, parameters, progress, chapter)
    contents = book.plan(say=True)
    with sole_writer(contents.site, what=f"the book on {run.name}", progress=progress):
        book.make(force=False, pages=False)
    return contents


def plan_book(root: Path, run: Run, parameters: Mapping[str, object]) -> steps.Plan:
    """Read what there is to make of a book, and make nothing."""
    return _Book(root, run, parameters, silent).plan()


def recall(root: Path) -> tuple[Run, dict[str, object], str]:
    """Give what the book made last shows; where it is not known, what is usual."""
    try:
        last = json.loads((root / LAST).read_text(encoding="utf-8"))
        return plan(**last["run"]), dict(last["parameters"]), str(last["chapter"])
    except (OSError, ValueError, LookupError, TypeError):
        return plan(), {}, ""


@dataclass
class _Book:
    """One making of one book: the order of its steps, and what is said of them."""

    root: Path
    own: Run
    parameters: Mapping[str, object]
    progress: Progress
    #: The only one to compute; all where empty.
    chapter: str = ""

    def __post_init__(self) -> None:
        if self.own.profile == TRIAL:
            made = ", ".join(name for name in PROFILES if name != TRIAL)
            raise InputError(
                f"expected profile to be one of {made} for a book, got '{TRIAL}', which holds the "
                "claims alone; see those with 'transdx claims'"
            )
        self.code = steps.written_code(self.own)
        self.unavailable: dict[str, str] = {}
        #: Lets kernels get ready, while anything is done that comes before them.
        self.warm_up: Callable[[], None] = lambda: None

    def plan(self, *, say: bool = False) -> steps.Plan:
        """Read what there is to make."""
        chapters, others = find_chapters(self.root, scores=_compared(self.own))
        if others and say:
            self._say(f"left alone, as _toc.yml does not name them: {', '.join(others)}")
        runs = {chapter.name: _run_of(chapter, self.own) for chapter in chapters}
        self.wanted = choose(chapters, self.chapter) if self.chapter else chapters
        values = _checked(chapters, runs, self.parameters, takers=self.wanted)
        trials = trials_of(self.own) if holds(self.root, PAGE) else []
        return steps.Plan(self.root, self.own, chapters, runs, values, self.code, trials)

    def make(self, *, force: bool, pages: bool = True) -> None:
        """Go through the steps until none is due: what they depend on may change meanwhile."""
        self.ledger = Ledger(self.root / "_build" / "ledger.json")
        for number in range(ROUNDS):
            self.force = force and number == 0
            self.done: list[str] = []
            self._once(self.plan(), pages=pages)
            if not self.done:
                return
        raise TransdxError(
            f"{', '.join(self.done)}: what this depends on changed each of the {ROUNDS} times that "
            "it was done; run again when nothing writes to it"
        )

    def _once(self, plan: steps.Plan, *, pages: bool) -> None:
        self._tidy(plan)
        with self._executing() as execute:
            self._ahead(plan)
            for run in plan.shown:
                if run.name not in self.unavailable:
                    self._findings(plan, run)
                # They run beside the findings of others that come next.
                self._chapters(plan, run, execute)
        write_contents(self.root, plan.chapters)
        self._remember()
        if pages:
            self._do_if_due(steps.pages_step(plan, self.unavailable))

    def _remember(self) -> None:
        with atomic_path(self.root / LAST) as temporary:
            asked = {"parameters": dict(self.parameters), "chapter": self.chapter}
            last = {"run": asdict(self.own), **asked}
            temporary.write_text(json.dumps(last, indent=1) + "\n", encoding="utf-8")

    def _tidy(self, plan: steps.Plan) -> None:
        """Remove what was left half written, and the pages of chapters that are no more."""
        kernel.end_kernels(self.root)
        remove_leftovers(self.ledger.path)
        known = [plan.page(chapter) for chapter in plan.chapters]
        for page in known:
            remove_leftovers(page)
        for page in sorted((self.root / "book" / "chapters").glob("*.ipynb")):
            if page not in known:
                page.unlink()
                self._say(f"removed book/chapters/{page.name}: no chapter makes it")

    def _say(self, text: str) -> None:
        self.progress(text, 0, 0)

    def _due(self, step: Step) -> str | None:
        """Say that a step is due, and why, if it is."""
        why = "asked for" if self.force else self.ledger.why(step)
        if why is not None:
            self._say(f"{step.name}: {why}")
        return why

    def _do(self, step: Step, why: str) -> None:
        step.make(why)
        self.ledger.record(step)
        self.done.append(step.name)

    def _do_if_due(self, step: Step) -> None:
        if (why := self._due(step)) is not None:
            self._do(step, why)

    def _ahead(self, plan: steps.Plan) -> None:
        """Let findings of few people be computed meanwhile, where the book's own are to come."""

        def why(run: Run) -> str | None:
            return self.ledger.why(steps.findings_step(plan, run, self.progress))

        others = [run for run in plan.shown if run != plan.own]
        few = [run for run in others if run.world == "open" or run.participants <= FEW]
        new = [run for run in few if why(run) == NOT_YET]
        if new and not self.force and why(plan.own) is not None:
            self.warm_up()
            kernel.ahead(self.root, new)

    def _findings(self, plan: steps.Plan, run: Run) -> None:
        step = steps.findings_step(plan, run, self.progress)
        try:
            if (why := self._due(step)) is not None:
                self.warm_up()
                self._do(step, why)
        except TransdxError as error:
            # Only what could not be fetched is forgiven, and only beside the book's own world.
            if run is self.own or not isinstance(error.__cause__, OSError):
                raise
            self.ledger.forget(step.name)
            self.unavailable[run.name] = str(error)
            self._say(f"{step.name}: left out; {error}")

    def _chapters(self, plan: steps.Plan, run: Run, execute: Callable[[Step, str], None]) -> None:
        """Execute the chapters that show a run, where they are due."""
        chapters = [chapter for chapter in plan.chapters if plan.runs[chapter.name] == run]
        results = plan.numbers(run) if chapters else {}
        for chapter in chapters:
            step = steps.chapter_step(plan, chapter, results, self.progress)
            reason = self._not_for(plan, chapter) or self._not_asked(chapter, step)
            if reason is not None:
                self.ledger.forget(step.name)
                self._stand_in(plan, chapter, reason)
            elif chapter in self.wanted and (why := self._due(step)) is not None:
                execute(step, why)

    @contextmanager
    def _executing(self) -> Iterator[Callable[[Step, str], None]]:
        """Give what executes chapters side by side; the block ends when all of them have."""
        jobs: list[Future[None]] = []

        def execute(step: Step, why: str) -> None:
            self.warm_up()
            jobs.append(pool.submit(self._do, step, why))

        with self._kernels(jobs), ThreadPoolExecutor(max_workers=WORKERS) as pool:
            try:
                yield execute
                wait(jobs)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                kernel.end_kernels(self.root)
                # One that was being started was not among them.
                while wait(jobs, timeout=1).not_done:
                    kernel.end_kernels(self.root)
                raise
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        # All have ended here, so what succeeded is in the ledger before a failure is raised.
        for job in jobs:
            job.result()

    @contextmanager
    def _kernels(self, jobs: list[Future[None]]) -> Iterator[None]:
        """Let kernels get ready in this block, as soon as something is due."""
        # What the libraries remember is theirs only as they left it.
        memory = Step("memory of the kernels", {}, kernel.home(self.root), lambda why: None)

        def forget() -> None:
            if not jobs:
                remove(memory.makes)

        with ExitStack() as stack:

            @cache
            def warm_up() -> None:
                if self.ledger.why(memory) is not None:
                    remove(memory.makes)
                # What comes before kernels may be refused: then nothing is left of them.
                stack.enter_context(folders_of(memory.makes))
                if not memory.makes.exists():
                    stack.callback(forget)
                stack.enter_context(kernel.warm(self.root))
                kernel.import_lightly()

            self.warm_up = warm_up
            yield
        if jobs:
            self.ledger.record(memory)

    def _not_for(self, plan: steps.Plan, chapter: Chapter) -> str | None:
        """Say why a chapter cannot be executed, if it cannot."""
        run = plan.runs[chapter.name]
        study = _study(run)
        held, replicated = _modalities(plan.results(run)), bool(study.replications)
        needs = {**chapter.needs, "replicated": replicated}
        if lacks := lacking(run.world, study.score_names, held, **needs):
            return f"{sentence_case(lacks)}. Make the book on data that hold it to see it."
        missing = self.unavailable.get(run.name)
        again = "Then make the book again; only this chapter and the pages are redone."
        return missing and f"{missing}\n\n{again}"

    def _not_asked(self, chapter: Chapter, step: Step) -> str | None:
        """Say of a chapter that was not asked for that it is not shown, if it is of another run."""
        if chapter in self.wanted or self.ledger.why(step) is None:
            return None
        alone = ", ".join(one.title for one in self.wanted)
        return (
            f"This book was made for one chapter alone: {alone}. Make the book again, without "
            "naming a chapter, to see this one; the findings are there already."
        )

    def _stand_in(self, plan: steps.Plan, chapter: Chapter, reason: str) -> None:
        world = plan.runs[chapter.name].world
        page = note_page(chapter, world=world, reason=without_places(reason, self.root))
        write_notebook(page, plan.page(chapter))


def _run_of(chapter: Chapter, own: Run) -> Run:
    """Give the run of a chapter: the book's own, or one on the open data."""
    declared = chapter.parameters.get("cohort")
    cohort = str(declared.default) if declared else USUAL
    if own.world == "open" and ALL in (own.cohort, cohort):
        return replace(own, cohort=cohort)
    if chapter.world != "open" or own.world == "open":
        return own
    others = dict.fromkeys(["data", *simulating()])
    return plan(**asdict(own) | others | {"world": "open", "cohort": cohort})


def _study(run: Run) -> Study:
    """Read the study of a run; cohorts beside each other have none of their own."""
    return load_study(run.world, run.data, USUAL if run.cohort == ALL else run.cohort)


def _compared(run: Run) -> list[str]:
    """Name the scores that have an edition; where one stands alone, those of the paper."""
    own = _study(run).score_names
    return own if len(own) > 1 else load_study("simulated").score_names


def _checked(
    chapters: list[Chapter],
    runs: Mapping[str, Run],
    extra: Mapping[str, object],
    *,
    takers: list[Chapter],
) -> dict[str, dict[str, object]]:
    """Give each chapter the values of its parameters; of those of `takers` are the others."""
    known = {name for chapter in takers for name in chapter.own}
    asked = "" if len(takers) == len(chapters) else f" of {takers[0].path.name}"
    for name in extra:
        if name in parameters():
            raise InputError(
                f"'{name}' is a parameter of the whole run; give it to build itself, as {name}="
            )
        if name not in known:
            raise InputError(
                f"no chapter{asked} has a parameter '{name}'"
                f"{nearest(name, [*known, *parameters()])}; "
                f"their own are: {', '.join(sorted(known)) or 'none'}"
            )
    return {
        chapter.name: chapter.check(
            asdict(runs[chapter.name])
            | {name: value for name, value in extra.items() if name in chapter.own}
        )
        for chapter in chapters
    }


def _modalities(results: Path) -> list[str]:
    """List the modalities that findings are about."""
    import pandas as pd

    try:
        found = pd.read_parquet(results / "associations.parquet", columns=["modality"])
    except FileNotFoundError:
        return []
    return list(found["modality"].unique())
