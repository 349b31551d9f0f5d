"""What is published is whole and of one run, whatever is killed, edited or damaged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transdx._locks import sole_writer
from transdx.book import execute as execution
from transdx.book import kernel
from transdx.errors import TransdxError
from transdx.progress import silent

SITE = "_build/html"
SHOWN = ("_build/html", "book/chapters", "results")
#: A program that makes the book in its working folder on the results that are there.
PROGRAM = """
import signal, sys
# Who runs tests in the background has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
from transdx.book import steps
steps._findings = lambda run, root, progress, *, force: None
from transdx.cli import main
sys.argv = ["transdx", "book"]
sys.exit(main())
"""
HOLDER = """
import sys, time
from pathlib import Path
from transdx._locks import sole_writer
from transdx.progress import silent
with sole_writer(Path(sys.argv[1]), what="a test", progress=silent):
    print("held", flush=True)
    time.sleep(600)
"""


def content(root: Path) -> dict[str, bytes]:
    """Read all that is published."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in SHOWN
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }


def until(true: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_second_build_waits_for_the_first_and_says_so(unrendered: Any) -> None:
    second = threading.Thread(target=unrendered.make)
    with sole_writer(unrendered.root / SITE, what="the book on another seed", progress=silent):
        second.start()
        until(lambda: any(line.startswith("waiting for") for line in unrendered.said))
        assert unrendered.computed == []
    second.join(120)
    assert unrendered.said[0] == (
        f"waiting for process {os.getpid()} (the book on another seed), which is writing {SITE}"
    )
    assert unrendered.computed == ["simulated-quick", "open-quick"]


def test_a_lock_of_a_process_that_was_killed_holds_nothing(unrendered: Any) -> None:
    command = [sys.executable, "-c", HOLDER, str(unrendered.root / SITE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    assert not any(line.startswith("waiting") for line in unrendered.make())


def _edit(book: Any, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Save the first notebook anew while it is executed."""
    run, edits = execution._run, iter(range(times))

    def edited(chapter: Any, **more: object) -> object:
        made = run(chapter, **more)  # type: ignore[arg-type]
        if chapter.name == "01-cohort" and (edit := next(edits, None)) is not None:
            text = json.dumps(book.notebook("Cohort", code=f"'edit {edit}'"))
            book.write("notebooks/01-cohort.ipynb", text)
        return made

    monkeypatch.setattr(execution, "_run", edited)


def test_a_notebook_that_is_edited_while_it_runs_is_run_again(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _edit(unrendered, monkeypatch, times=1)
    assert "chapter 01-cohort: notebook changed" in unrendered.make()
    page = unrendered.root / "book/chapters/01-cohort.ipynb"
    assert "edit 0" in page.read_text(encoding="utf-8")
    assert unrendered.make() == []


def test_what_changes_without_end_is_no_book(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _edit(unrendered, monkeypatch, times=100)
    with pytest.raises(TransdxError, match=r"chapter 01-cohort.* changed each of the 4 times"):
        unrendered.make()


def _flip(path: Path) -> None:
    """Change one bit and nothing that the file system tells."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    os.utime(path, ns=times)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_flip, _empty, Path.unlink])
def test_every_file_that_is_damaged_is_made_again(
    unrendered: Any, damage: Callable[[Path], None]
) -> None:
    unrendered.make()
    before = content(unrendered.root)
    assert len(before) > 8
    for name in [*before, "_build/ledger.json"]:
        damage(unrendered.root / name)
        assert unrendered.make() != [], name
        now = content(unrendered.root)
        # The manifests of these runs count how many were computed.
        assert {n for n in before if now[n] != before[n]} <= {
            n for n in before if n.endswith("manifest.json")
        }, name


def test_what_killed_processes_left_is_removed(unrendered: Any) -> None:
    unrendered.make()
    left = [
        *("book/chapters/.01-cohort-0123456789ab.ipynb", "_build/.ledger-0123456789ab.json"),
        "_build/.html-0123456789ab/html/index.html",
    ]
    for name in left:
        unrendered.write(name, "")
    assert unrendered.make() == []
    assert [name for name in left if (unrendered.root / name).exists()] == []


def test_kernels_of_a_build_that_was_killed_are_ended(unrendered: Any) -> None:
    place = kernel._place(unrendered.root)
    folder = place.with_name(f".{place.name}-0123456789ab")
    folder.mkdir()
    command = [sys.executable, "-c", "import time; time.sleep(600)", str(folder / "kernel.json")]
    with subprocess.Popen(command) as left:
        unrendered.make()
        assert left.wait(120) == -signal.SIGKILL
    assert not folder.exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_ended_goes_on_and_leaves_nothing(
    book: Any, end: signal.Signals, tmp_path: Path
) -> None:
    for run in ("simulated-quick", "open-quick"):
        book.find(run, 1234)
    calm = (book.root / "notebooks/01-cohort.ipynb").read_text(encoding="utf-8")
    code = "from pathlib import Path\nPath('started').touch()\nimport time\ntime.sleep(600)"
    book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("Cohort", code=code)))
    # The path of a socket is short.
    with tempfile.TemporaryDirectory() as temporary:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=book.root,
            env={**os.environ, "TMPDIR": temporary},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        until((book.root / "started").exists)
        os.killpg(program.pid, end)
        said = program.communicate(timeout=120)[1]
        if end is signal.SIGINT:
            assert program.returncode == 130
            last = "transdx: interrupted; the same command goes on from what is done"
            assert said.splitlines()[-1] == last
            assert "Traceback" not in said
            assert list(Path(temporary).iterdir()) == []
        book.write("notebooks/01-cohort.ipynb", calm)
        again = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=book.root,
            env={**os.environ, "TMPDIR": temporary},
            check=False,
        )
        assert again.returncode == 0
        assert list(Path(temporary).glob(".transdx-*")) == []
    hidden = {path.name for path in (book.root / "_build").glob(".*")}
    assert hidden == set()
