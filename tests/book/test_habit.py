"""The book is made as every Jupyter Book is, by the commands that everybody types."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from jupyter_book.cli.main import main

HOME = Path(__file__).parents[2]
COMMANDS = (
    ("build", "."),
    ("build", "book", "--config", "_config.yml", "--toc", "_toc.yml"),
    ("build", "content"),
)


@pytest.fixture
def clone(book: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The small book as it lies in a repository, and its root as the working folder."""
    book.write("book/_static/b.css", "p { color: inherit }")
    book.write("book/_static/a.css", "p { color: inherit }")
    (book.root / "content").mkdir()
    # Without a list of its own, the theme adds to one that all renderings of a process share.
    settings = (book.root / "_config.yml").read_text(encoding="utf-8")
    book.write("_config.yml", settings.replace("config: {", "config: {templates_path: [], "))
    for name in ("_config.yml", "_toc.yml", "book", "notebooks"):
        (book.root / "content" / name).symlink_to(f"../{name}")
    monkeypatch.chdir(book.root)
    return book


def run(*command: str) -> Result:
    return CliRunner().invoke(main, list(command))


def pages(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def test_after_the_book_each_command_makes_the_same_pages(clone: Any) -> None:
    clone.make(seed=2, parameters={"width": 3.0})
    made, computed = pages(Path("_build/html")), list(clone.computed)
    assert {"index.html", "chapters/01-cohort.html", "chapters/02-open.html"} <= set(made)
    styles = re.findall(rb"_static/(\w)\.css", made["index.html"])
    assert styles == [b"a", b"b"]
    for command in COMMANDS:
        done = run(*command)
        assert done.exit_code == 0, done.output
        site = Path("content/_build/html" if "content" in command else "_build/html")
        assert pages(site) == made, command
    assert clone.computed == computed
    assert clone.make(seed=2, parameters={"width": 3.0}) == []


def test_on_a_fresh_clone_the_command_does_the_whole_work(clone: Any) -> None:
    done = run("build", ".")
    assert done.exit_code == 0, done.output
    assert clone.computed == ["simulated-quick", "open-quick"]
    for page in ("chapters/01-cohort.html", "chapters/02-open.html"):
        assert ">1,234</span> people" in Path("_build/html", page).read_text(encoding="utf-8")
    assert clone.make() == ["pages: not done yet"]


def test_what_changed_reaches_the_pages(clone: Any) -> None:
    run("build", ".")
    clone.people = 777
    clone.make(force=True)
    # Prose is as it was; what it quotes is not.
    done = run("build", ".")
    assert done.exit_code == 0, done.output
    assert ">777</span> people" in Path("_build/html/index.html").read_text(encoding="utf-8")


def test_without_the_package_it_is_said_what_to_run_first(
    clone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(HOME / "book" / "needs_transdx.py", "book")
    settings = yaml.safe_load((HOME / "_config.yml").read_text(encoding="utf-8"))
    clone.write("_config.yml", yaml.safe_dump(settings))
    clone.write("book/references.bib", "")
    monkeypatch.setitem(sys.modules, "transdx.book.extension", None)
    for command in COMMANDS:
        # Each is a process of its own.
        monkeypatch.setattr(
            sys, "path", [one for one in sys.path if one != str(Path("book").resolve())]
        )
        monkeypatch.delitem(sys.modules, "needs_transdx", raising=False)
        done = run(*command)
        assert done.exit_code == 2, done.output
        assert "the package that makes this book is not installed here" in done.output
        assert "run 'make book' first" in done.output
        assert "Traceback" not in done.output


def test_what_is_wrong_is_said_in_a_sentence(clone: Any) -> None:
    Path("notebooks/01-cohort.ipynb").rename("notebooks/01-people.ipynb")
    for command in COMMANDS:
        done = run(*command)
        assert done.exit_code == 2, done.output
        assert "transdx: _toc.yml names notebooks/01-cohort, and" in done.output
        assert "Traceback" not in done.output
        assert "error in building" not in done.output
    assert not [*Path().rglob("*.html"), *Path("book").rglob("*.ipynb")]
    assert clone.computed == []
