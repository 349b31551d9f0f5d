"""A folder for a class: what is handed out, what stays with who teaches, and a cohort for each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from transdx._checks import check_count
from transdx._files import atomic_folder
from transdx.errors import InputError
from transdx.findings import find_root
from transdx.progress import Progress, silent
from transdx.simulate.export import LEAST
from transdx.teach import sheets
from transdx.teach.cohorts import key_of, write_cohort
from transdx.teach.editions import copy_book
from transdx.teach.roster import read_roster

__all__ = ["Classroom", "open_classroom", "teach"]

#: The folders of a class.
STUDENT, STUDENTS, INSTRUCTOR, HANDED_IN, MARKS = (
    *("student", "students", "instructor"),
    *("handed-in", "marks"),
)
#: What says that a folder is one of a class, and of which.
CLASS = "class.json"
#: The cohort that everybody has, and the one in which nothing is; no student is called so.
COMMON, NULL = " the class", " nothing planted"


class Classroom(NamedTuple):
    """A class on disk."""

    folder: Path
    seed: int
    students: dict[str, str]  # by the name of the folder


def teach(
    out: Path | str,
    *,
    class_seed: int,
    students: Path | str | None = None,
    participants: int = 2_000,
    root: Path | str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Make a class: an edition for students, one for instructors, and a cohort for each student.

    Parameters
    ----------
    out : path
        Folder to write, new or empty.
    class_seed : int
        Seed of all cohorts, 0 or larger. Who knows it can compute what was planted: it is kept in
        the instructor's folder alone, and should not be one that is guessed.
    students : path, optional
        Roster, a CSV table with a column ``name``. Each student gets the edition with a cohort of
        their own, which depends on the class's seed and their name, not on who else is there.
    participants : int, default 2000
        People of each cohort, at least 50.
    root : path, optional
        Folder of the book. Default: the nearest one from here upwards that holds ``_toc.yml``.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    pathlib.Path
        The folder, with ``student/`` (to hand out; its cohort is that of the whole class),
        ``students/NAME/`` (the same with a cohort of their own), ``instructor/`` (solutions, hidden
        checks, marking notes, all truths, and a cohort in which nothing was planted) and
        ``handed-in/``, where `mark` looks.

    Raises
    ------
    InputError
        If the folder holds something, there is no book, or the roster cannot be used; before
        anything is written.
    """
    target, tell = Path(out), progress or silent
    check_count(class_seed, "class seed", at_least=0)
    check_count(participants, "participants", at_least=LEAST)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"expected a new or empty folder, got {target}, which holds something")
    book = find_root() if root is None else Path(root)
    if not (book / "_toc.yml").is_file() or not (book / "notebooks").is_dir():
        raise InputError(
            f"{book.resolve()} is not a book (it lacks _toc.yml or notebooks); run from the folder "
            "of the book, whose chapters are handed out"
        )
    names = read_roster(Path(students)) if students is not None else {}
    with atomic_folder(target) as folder:
        made = Classroom(folder, class_seed, names)
        _write_editions(made, book)
        _write_cohorts(made, participants, tell)
    return target


def _write_editions(made: Classroom, book: Path) -> None:
    own = made.folder / INSTRUCTOR
    copy_book(book, made.folder / STUDENT, students=True)
    exercises = copy_book(book, own, students=False)
    for edition, text in (
        (STUDENT, sheets.page("students")),
        (INSTRUCTOR, sheets.page("instructors")),
    ):
        (made.folder / edition / "START-HERE.md").write_text(text, encoding="utf-8")
    (own / "marking.md").write_text(sheets.marking_sheet(exercises), encoding="utf-8")
    (own / "null.md").write_text(sheets.page("null"), encoding="utf-8")
    (own / CLASS).write_text(
        json.dumps({"class_seed": made.seed, "students": made.students}, indent=1) + "\n",
        encoding="utf-8",
    )
    (made.folder / HANDED_IN).mkdir()


def _write_cohorts(made: Classroom, participants: int, tell: Progress) -> None:
    """Write the cohorts; each student's folder is the edition with one of their own."""
    own, many = made.folder / INSTRUCTOR, len(made.students) + 2

    def write(done: int, name: str, folder: Path, truth: Path | None) -> None:
        tell("making cohorts", done, many)
        key = key_of(made.seed, name)
        write_cohort(folder, participants=participants, key=key, planted=name != NULL, truth=truth)

    for done, (place, name) in enumerate(made.students.items()):
        folder = made.folder / STUDENTS / place
        shutil.copytree(made.folder / STUDENT, folder)
        write(done, name, folder / "cohort", own / "truth" / f"{place}.csv")
    write(many - 2, NULL, own / "null", None)
    write(many - 1, COMMON, made.folder / STUDENT / "cohort", own / "truth" / "class.csv")
    # With its truth beside it, the instructor's pages show what was planted and what was found.
    shutil.copytree(made.folder / STUDENT / "cohort", own / "cohort")
    shutil.move(own / "truth" / "class.csv", own / "cohort" / "truth.csv")


def open_classroom(folder: Path) -> Classroom:
    """Read which class a folder holds."""
    path = folder / INSTRUCTOR / CLASS
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return Classroom(folder, int(about["class_seed"]), dict(about["students"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is no class (it holds no {INSTRUCTOR}/{CLASS} that can be read); name the "
            "folder that 'transdx teach' wrote"
        ) from error
