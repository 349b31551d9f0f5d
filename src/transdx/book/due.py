"""Why a page of the book is due or fresh, and which files and parameters made it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from transdx.book import steps
from transdx.book.contents import choose
from transdx.book.ledger import Ledger, Step
from transdx.book.pipeline import plan_book, recall
from transdx.progress import silent
from transdx.run import Run

__all__ = ["explain"]


def explain(
    wanted: str, run: Run, /, *, parameters: Mapping[str, object] | None = None, root: Path = Path()
) -> str:
    """Say of each step to a page whether it is due, and what changed; nothing is done.

    Parameters
    ----------
    wanted : str
        A chapter, by number, name or file; or ``findings``, or ``pages``.
    run : Run
        What the book is to show, from `transdx.run.plan`.
    parameters : mapping of str to object, optional
        Of single notebooks.
    root : pathlib.Path, default=Path()
        Folder of the book.

    Returns
    -------
    str
        A line for each step, and below it one for each kind of thing that changed.
    """
    root = Path(root).resolve()
    run = replace(run, data=str(Path(run.data).resolve()) if run.data else "")
    ledger, last = Ledger(root / "_build" / "ledger.json"), recall(root)[0]
    other = f"; the book made last shows {last.name}" if last.name != run.name else ""
    lines = [f"A book on {run.name}{other}:"]
    for step in _steps_to(wanted, plan_book(root, run, parameters or {})):
        why = ledger.why(step)
        lines.append(f"{step.name}: {why or 'fresh'}")
        lines += [f"  {line}" for line in ledger.details(step)]
    return "\n".join(lines)


def _steps_to(wanted: str, plan: steps.Plan) -> list[Step]:
    """List the steps to a chapter and its page, or those of a kind."""
    if wanted in ("pages", "findings"):
        chapters, runs = [], plan.shown
    else:
        chapters = choose(plan.chapters, wanted)
        runs = list(dict.fromkeys(plan.runs[chapter.name] for chapter in chapters))
    lacking = [run.name for run in plan.shown if not plan.results(run).exists()]
    found = [steps.findings_step(plan, run, silent) for run in runs]
    for chapter in chapters:
        numbers = plan.numbers(plan.runs[chapter.name])
        found.append(steps.chapter_step(plan, chapter, numbers, silent))
    pages = steps.pages_step(plan, [name for name in lacking if name != plan.own.name])
    return found if wanted == "findings" else [*found, pages][-1 if wanted == "pages" else 0 :]
