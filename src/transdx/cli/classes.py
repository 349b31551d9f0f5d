"""Commands for those who teach with the book."""

from __future__ import annotations

import argparse
from pathlib import Path

from transdx.cli.arguments import command, folder, option, say
from transdx.progress import Bar

#: A seed below is found by trying.
_GUESSED = 10**8


@command(
    "make a class: editions for students and instructors, a cohort for each student",
    option("out", Path, "folder to write, new or empty"),
    option("class-seed", int, "seed of all cohorts; who knows it knows what was planted"),
    ("--students", {"type": folder, "metavar": "CSV", "help": "roster, with a column 'name'"}),
    option("participants", 2_000, "imaged people of each cohort"),
)
def _teach(chosen: argparse.Namespace) -> None:
    from transdx.teach import teach

    given = {name: value for name, value in vars(chosen).items() if name != "action"}
    with Bar() as bar:
        out = teach(**given, progress=bar)
    if chosen.class_seed < _GUESSED:
        say("a class seed so small can be guessed, and the planted effects with it")
    say(f"hand out {out}/students or {out}/student, keep {out}/instructor")


@command(
    "mark the notebooks that a class has handed in",
    ("folder", {"type": folder, "metavar": "DIR", "help": "the folder that teach wrote"}),
    option("seconds", 180.0, "that a notebook may take; a cell a third of it"),
    option("megabytes", 4_096, "of memory that a notebook may take"),
    option("jobs", 0, "students marked side by side; 0 for one for each processor"),
)
def _mark(chosen: argparse.Namespace) -> None:
    from transdx.teach import Limits, mark

    limits = Limits(chosen.seconds, chosen.seconds / 3, chosen.megabytes)
    with Bar() as bar:
        out = mark(chosen.folder, limits=limits, jobs=chosen.jobs, progress=bar)
    say(f"marks with reasons: {out}")
