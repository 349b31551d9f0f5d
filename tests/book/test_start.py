"""From a wheel alone to a book's folder that the commands understand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transdx.book.contents import find_chapters
from transdx.book.start import source_of, start
from transdx.cli import main

ROOT = Path(__file__).parents[2]
#: What a checkout holds and git does not.
_OURS = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*", "chapters")


def _run(*words: str, cwd: Path, **env: str) -> str:
    command = [sys.executable, "-m", *words]
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed alone and far from the repository."""
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"
    source.mkdir()
    for path in [*ROOT.glob("*.*"), *ROOT.glob("LICENSE*")]:
        if path.is_file():
            shutil.copyfile(path, source / path.name)
    for name in ("src", "book", "notebooks"):
        shutil.copytree(ROOT / name, source / name, ignore=_OURS)
    build = ["wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(home), "."]
    _run("pip", *build, cwd=source)
    (wheel,) = home.glob("transdx-*.whl")
    shutil.rmtree(source)
    _run("pip", "install", "-q", "--no-deps", "--target", str(home / "site"), str(wheel), cwd=home)
    return home / "site"


def test_the_wheel_alone_starts_the_book_of_the_repository(site: Path, tmp_path: Path) -> None:
    command = "import sys, transdx.cli as c; print(c.__file__); sys.exit(c.main(sys.argv[1:]))"
    (tmp_path / "here.py").write_text(command)
    env = {"PYTHONPATH": f"{site}{os.pathsep}{tmp_path}"}
    place, said = _run("here", "start", "book", cwd=tmp_path, **env).splitlines()
    assert place.startswith(str(site))
    assert said.endswith("go on there with 'transdx book --profile quick'")
    start(tmp_path / "ours")
    book = tmp_path / "book"
    assert _files(book) == _files(tmp_path / "ours")
    for name in ("_toc.yml", "README.md", "requirements.lock", "book/index.md"):
        assert (book / name).read_bytes() == (ROOT / name).read_bytes()
    chapters, left = find_chapters(book, scores=["anxiety"])
    assert {chapter.path.name for chapter in chapters} | set(left) == {
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    # The commands of that installation find their way in it.
    said = _run("here", "explain", "03", cwd=book, **env)
    assert "chapter 03-regional: not done yet" in said


def test_an_empty_folder_is_taken_also_the_one_that_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["start", "."]) == 0
    assert Path("_toc.yml").is_file()
    assert not list(tmp_path.glob(".*"))


def test_what_is_there_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "_toc.yml").write_text("mine")
    assert main(["start", str(tmp_path)]) == 2
    assert "which holds _toc.yml; name another" in capsys.readouterr().err
    assert _files(tmp_path) == {"_toc.yml": b"mine"}
    assert main(["start", str(tmp_path / "_toc.yml")]) == 2
    assert "got the file" in capsys.readouterr().err


def test_no_page_reads_a_file_that_is_not_in_the_folder_of_a_book() -> None:
    root, names = source_of()
    held = [root / name for name in names]
    read = [
        (page.parent / found).resolve()
        for page in sorted((root / "book").rglob("*.md"))
        for found in re.findall(
            r"(?:^:file:|\{(?:literal)?include\}) *(\S+)", page.read_text(), re.M
        )
    ]
    assert len(read) >= 2
    assert [path for path in read if not any(path.is_relative_to(one) for one in held)] == []
