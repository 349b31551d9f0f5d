"""Marks for notebooks that were handed in, with reasons."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import pickle
import shutil
import signal
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from transdx._files import atomic_folder, scratch_folder
from transdx.errors import InputError, TransdxError, nearest
from transdx.progress import Progress, silent
from transdx.teach import sheets
from transdx.teach.answers import Limits, answer, solve
from transdx.teach.classroom import (
    HANDED_IN,
    INSTRUCTOR,
    MARKS,
    STUDENTS,
    Classroom,
    open_classroom,
)
from transdx.teach.cohorts import key_of
from transdx.teach.editions import read_exercises
from transdx.teach.judging import STRANGE, Heard, Mark, judge
from transdx.teach.roster import slug

__all__ = ["Mark", "mark"]

#: What chapters load, once for all processes.
_LOADED = ("transdx.teach.answers", "statsmodels.api", "pyarrow.parquet", "matplotlib.pyplot")
#: Bytes of one message from a notebook.
_LARGEST = 10_000_000


def mark(
    folder: Path | str,
    *,
    limits: Limits | None = None,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Mark what was handed in, and write marks with reasons.

    Parameters
    ----------
    folder : path
        That of the class, as `teach` wrote it, with the notebooks of each student in
        ``handed-in/NAME/``.
    limits : Limits, optional
        What a notebook may take: seconds, seconds of a cell, megabytes.
    jobs : int, default 0
        Students that are marked side by side; 0 stands for one for each processor. The marks do not
        depend on it.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    pathlib.Path
        ``marks/`` in that folder: ``marks.csv`` (a row per student), ``answers.csv`` (a row per
        answer), and a page of reasons for each student.

    Raises
    ------
    InputError
        If the folder is none of a class, or something was handed in by who is not in it.
    TransdxError
        If this system cannot limit a process.

    Notes
    -----
    Each notebook runs in a process of its own, within limits, on a copy of its student's cohort.
    What is right is computed before by the instructor's notebook on the same cohort, in another
    process; only the inputs of hidden cases, and no right answer, are where a notebook runs.
    """
    # Who marks works in other folders.
    made, tell = open_classroom(Path(folder).resolve()), progress or silent
    if "forkserver" not in multiprocessing.get_all_start_methods():
        raise TransdxError("marking needs Linux or macOS, where a process can be limited")
    handed = _handed_in(made)
    chapters = _chapters(made)
    with scratch_folder(made.folder / MARKS) as scratch:
        marker = _Marker(made, chapters, limits or Limits(), scratch)
        with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
            waiting = [
                pool.submit(marker.mark, place, handed.get(place)) for place in made.students
            ]
            marks = []
            for done, job in enumerate(waiting):
                tell("marking", done, len(waiting))
                marks += job.result()
        with atomic_folder(made.folder / MARKS) as out:
            _write(out, made, marks, marker.holds)
    return made.folder / MARKS


def _handed_in(made: Classroom) -> dict[str, Path]:
    """Find the folder of each student, whatever a disk has made of the letters of its name."""
    place = made.folder / HANDED_IN
    if not place.is_dir():
        raise InputError(
            f"expected the notebooks of each student in {place}/NAME; there is no such folder"
        )
    found = {}
    for path in sorted(place.iterdir()):
        name = slug(unicodedata.normalize("NFC", path.name))
        if path.name.startswith(".") or not path.is_dir():
            continue
        if name not in made.students:
            raise InputError(
                f"{HANDED_IN}/{path.name} is the folder of nobody in the class"
                f"{nearest(name, made.students)}; rename it, or take it away"
            )
        found[name] = path
    return found


def _chapters(made: Classroom) -> dict[str, dict[str, Any]]:
    """Read the instructor's notebooks that have exercises."""
    found = {}
    for path in sorted((made.folder / INSTRUCTOR / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if read_exercises(notebook["cells"], of=path.name):
            found[path.stem] = notebook
    return found


@dataclass
class _Marker:
    """Marks the students of a class, one after the other."""

    made: Classroom
    chapters: Mapping[str, dict[str, Any]]
    limits: Limits
    scratch: Path
    holds: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(list(_LOADED))

    def mark(self, place: str, handed: Path | None) -> list[Mark]:
        """Mark all chapters of a student."""
        marks: list[Mark] = []
        solved = self.scratch / place
        for chapter, notebook in self.chapters.items():
            exercises = read_exercises(notebook["cells"], of=chapter)
            name = self.made.students[place]
            given, why = _read(handed, chapter)
            if given is None:
                marks += [Mark(name, chapter, e.name, 0, int(bool(e.stub)), why) for e in exercises]
                continue
            if not solved.exists():
                self._lay_out(solved, place)
            try:
                right = self._solve(place, chapter, notebook, solved)
            except TransdxError as error:
                # As the chapter on open data, where these could not be fetched.
                marks += [
                    Mark(name, chapter, e.name, 0, 0, f"not marked: {error}") for e in exercises
                ]
                continue
            heard = self._run(place, given, right, solved)
            self.holds = heard.holds or self.holds
            marks += [judge(name, chapter, e, right[e.name], heard, given) for e in exercises]
        shutil.rmtree(solved, ignore_errors=True)
        return marks

    def _lay_out(self, work: Path, place: str) -> None:
        """Lay a student's cohort beside a folder for notebooks, as they had it."""
        (work / "notebooks").mkdir(parents=True)
        (work / "_toc.yml").touch()
        shutil.copytree(self.made.folder / STUDENTS / place / "cohort", work / "cohort")

    def _solve(
        self, place: str, chapter: str, notebook: Mapping[str, Any], work: Path
    ) -> dict[str, dict[str, Any]]:
        key = key_of(self.made.seed, self.made.students[place])
        sent = list(self._messages(solve, notebook, work, key, chapter, seconds=math.inf))
        found = pickle.loads(sent[-1]) if sent else "its process ended"
        if isinstance(found, str):
            raise TransdxError(f"its solutions cannot be computed, in {found}")
        return dict(found)

    def _run(
        self, place: str, given: Mapping[str, Any], right: Mapping[str, Any], solved: Path
    ) -> Heard:
        """Run what was handed in, in a copy of the folder in which it was solved."""
        heard = Heard()
        asked = {name: one["cases"] for name, one in right.items() if one["right"] is not None}
        seconds = self.limits.seconds
        with scratch_folder(self.scratch / f"{place}-run") as work:
            shutil.copytree(solved, work, dirs_exist_ok=True)
            messages = self._messages(answer, given, work, asked, self.limits, seconds=seconds)
            for message in messages:
                with suppress(*STRANGE):
                    heard.note(json.loads(message))
        if heard.end == "" and heard.cell == 0:
            heard.end = "it could not be started"
        return heard

    def _messages(
        self,
        target: Callable[..., None],
        notebook: Mapping[str, Any],
        work: Path,
        *more: object,
        seconds: float,
    ) -> Iterator[bytes]:
        """Start a process, and give what it sends until it ends or its time is over."""
        here, there = self.processes.Pipe(duplex=False)
        process = self.processes.Process(
            target=target, args=(there, notebook, work, *more), daemon=True
        )
        process.start()
        there.close()
        end = time.monotonic() + seconds
        try:
            while here.poll(None if seconds == math.inf else max(0, end - time.monotonic())):
                yield here.recv_bytes(_LARGEST)
            yield json.dumps({"end": f"it took more than {seconds:g} s"}).encode()
        except (EOFError, OSError):
            pass
        finally:
            # All that it may have started is in its group.
            with suppress(OSError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            process.kill()
            process.join()
            here.close()


def _read(handed: Path | None, chapter: str) -> tuple[dict[str, Any] | None, str]:
    """Read a notebook that was handed in, or say why there is none."""
    if handed is None:
        return None, "nothing was handed in"
    paths = sorted(handed.rglob(f"{chapter}.ipynb"))
    paths = [path for path in paths if ".ipynb_checkpoints" not in path.parts and path.is_file()]
    if not paths:
        return None, "this chapter was not handed in"
    if paths[0].stat().st_size > _LARGEST:
        return None, f"the file is larger than {_LARGEST // 10**6} MB"
    try:
        notebook = json.loads(paths[0].read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", ())
    except STRANGE:
        return None, "the file is no notebook that can be read"
    return notebook, ""


def _write(out: Path, made: Classroom, marks: list[Mark], holds: list[str]) -> None:
    table = pd.DataFrame([vars(one) for one in marks], columns=list(Mark.__annotations__))
    table.to_csv(out / "answers.csv", index=False)
    by = table.groupby("student", sort=False)
    whole = (
        by[["points", "of"]]
        .sum()
        .join(table.pivot_table(index="student", columns="chapter", values="points", aggfunc="sum"))
    )
    whole.round(2).to_csv(out / "marks.csv")
    for place, name in made.students.items():
        page = sheets.reasons(name, table[table["student"] == name], holds)
        (out / f"{place}.md").write_text(page, encoding="utf-8")
