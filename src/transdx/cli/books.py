"""Commands about runs and books: compute, compare, make, say what is due and why."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from transdx.cli.arguments import (
    EVERY,
    GIVEN,
    Option,
    command,
    folder,
    option,
    planned,
    planned_with,
    say,
)
from transdx.errors import InputError
from transdx.progress import Bar, Terminal

if TYPE_CHECKING:
    from transdx.results.store import Findings

_CHAPTER: Option = (
    "--chapter",
    {
        "default": "",
        "metavar": "CHAPTER",
        "help": "compute this one alone, by number or name (03, 03-regional); of the others only "
        "what is there of the same run is shown",
    },
)


def _open(chosen: argparse.Namespace) -> Findings:
    from transdx.findings import open_run

    with Bar() as bar:
        return open_run(planned(chosen), progress=bar)


@command("compute the findings of a world into results/", EVERY)
def _run(chosen: argparse.Namespace) -> None:
    say(_open(chosen).say("{flow.analysed:,} people analysed; results/{run.name}"))


@command(
    "print what a run says to each claim of the study",
    EVERY,
    (
        "--explain",
        {
            "default": "",
            "metavar": "CLAIM",
            "help": "a claim, such as C4: its rule, each "
            "of its tests, and what would have changed the verdict",
        },
    ),
)
def _claims(chosen: argparse.Namespace) -> None:
    from transdx.findings.claims import load_claims
    from transdx.findings.told import check_claim, explain_claim, write_claims

    if chosen.explain:
        # Before anything is computed for it.
        check_claim(chosen.explain, (claim.id for claim in load_claims()))
    findings = _open(chosen)
    claims = findings.table("claims")
    if chosen.explain:
        tests, adjustments = map(findings.table, ("claim_tests", "adjustments"))
        say(explain_claim(claims, tests, chosen.explain, adjustments=adjustments))
        return
    say(write_claims(claims, width=_width()))
    say(findings.say("World {run.world}, {flow.analysed:,} people; results/{run.name}/claims.json"))


def _width() -> int:
    """Columns of the terminal; generous where the output goes into a file."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 120


@command(
    "compute, execute and render the book",
    EVERY,
    GIVEN,
    _CHAPTER,
    ("--force", {"action": "store_true", "help": "redo everything"}),
)
def _book(chosen: argparse.Namespace) -> None:
    from transdx.book import build

    run, own = planned_with(chosen)
    with Terminal() as terminal:
        index = build(
            run, parameters=own, chapter=chosen.chapter, force=chosen.force, progress=terminal
        )
    say(f"the book: {index}")


@command(
    "print the whole book that was made as one PDF, with the system's Chromium",
    (
        "--out",
        {
            "type": folder,
            "metavar": "FILE",
            "help": "PDF to write (default: beside the pages, with the name of their run)",
        },
    ),
)
def _pdf(chosen: argparse.Namespace) -> None:
    from transdx.book.printed import print_book
    from transdx.findings.run import find_root

    say(f"the printed book: {print_book(find_root() / '_build' / 'html', chosen.out)}")


@command(
    "write the folder of the book, of this version, to make it in without a clone",
    ("folder", {"type": folder, "metavar": "DIR", "help": "folder to write, new or empty"}),
)
def _start(chosen: argparse.Namespace) -> None:
    from transdx.book.start import start

    start(chosen.folder)
    say(f"the book's folder: {chosen.folder}; go on there with 'transdx book --profile quick'")


@command(
    "say why a chapter of the book is due or fresh, without making anything",
    (
        "step",
        {
            "metavar": "CHAPTER",
            "help": "by number or name (03, 03-regional); or findings, or pages",
        },
    ),
    EVERY,
    GIVEN,
)
def _explain(chosen: argparse.Namespace) -> None:
    from transdx.book.due import explain

    run, own = planned_with(chosen)
    say(explain(chosen.step, run, parameters=own))


@command(
    "look through any folder, such as a built book, for what tells of single people: ids, rows and "
    "points of theirs, counts of few, hashes and paths; exit code 1 if there is any",
    ("folder", {"type": folder, "metavar": "DIR", "help": "folder to look through"}),
    ("--data", {"type": folder, "metavar": "DIR", "help": "the export whose people to look for"}),
    (
        "--report",
        {
            "type": folder,
            "metavar": "NAME",
            "help": "where to write NAME.json and NAME.txt (default: DIR_disclosure, beside DIR)",
        },
    ),
)
def _disclose(chosen: argparse.Namespace) -> int:
    from transdx.audit import audit, hashes_of, write_report
    from transdx.sources import people_of

    looked = chosen.folder.resolve()
    if not looked.is_dir():
        raise InputError(f"expected a folder to look through, but {chosen.folder} is none")
    people = people_of(chosen.data) if chosen.data else set()
    found = audit(looked, people=people, hashes=hashes_of(people))
    stem = chosen.report or looked.with_name(f"{looked.name}_disclosure")
    reports = write_report(found, stem)
    for one in found.violations:
        say(str(one))
    many = len(found.violations)
    said = f"{many} violation{'s' * (many != 1)}" if many else "nothing that tells of single people"
    say(f"{found.files:,} files: {said}; {', '.join(map(str, reports))}")
    return int(bool(many))


@command(
    "say what two runs of a study found otherwise; exit code 1 if they differ",
    *(
        (name, {"metavar": name.upper(), "help": "results folder, or name of a run in results/"})
        for name in ("run_a", "run_b")
    ),
    option("rows", 5, "how many rows of each kind to show"),
    option("tolerance", 0.0, "relative difference of numbers that count as alike"),
    (
        "--out",
        {"type": folder, "metavar": "FILE", "help": "table of all that changed to write"},
    ),
)
def _diff(chosen: argparse.Namespace) -> int:
    from transdx._tables import write_frame
    from transdx.findings.run import find_root
    from transdx.results.compare import compare, find_results

    folders = [find_results(named, find_root()) for named in (chosen.run_a, chosen.run_b)]
    try:
        found = compare(*folders, tolerance=chosen.tolerance)
    except OSError as error:
        # Its own exit code 1 would say that the runs differ.
        raise InputError(f"{error.filename}: {error.strerror}") from error
    if chosen.out is not None:
        write_frame(found.changes, chosen.out)
    say(found.write(rows=chosen.rows))
    return int(not found.alike)
