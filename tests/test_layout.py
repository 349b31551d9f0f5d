"""What others look for in the folder, and that it says nothing else than the folder itself does."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from transdx.cli import main
from transdx.reference import CACHE, cache_folder, registry

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.M)[1].split()  # type: ignore[index]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def settings(name: str) -> Any:
    return yaml.safe_load(read(name))


def python_of_the_environment() -> str:
    (named,) = (one for one in settings("environment.yml")["dependencies"] if "python=" in one)
    return str(named).partition("=")[2]


def pythons_promised() -> list[str]:
    classifiers = tomllib.loads(read("pyproject.toml"))["project"]["classifiers"]
    return [found[1] for one in classifiers if (found := re.search(r":: (3\.\d+)$", one))]


def steps(workflow: str) -> list[dict[str, Any]]:
    return [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]


def test_neurolibre_finds_the_book_the_paper_and_the_data() -> None:
    for name in ("_config.yml", "_toc.yml", "book", "notebooks"):
        assert (ROOT / "content" / name).resolve() == ROOT / name
    assert (ROOT / "paper.bib").resolve() == ROOT / "book" / "references.bib"
    _, front, text = read("paper.md").split("---\n", 2)
    paper, book, citation = yaml.safe_load(front), settings("_config.yml"), settings("CITATION.cff")
    authors = [author["name"] for author in paper["authors"]]
    assert paper["title"] == book["title"]
    assert ", ".join(authors) == book["author"]
    assert authors == [author["name"] for author in citation["authors"]]
    assert paper["tags"] == citation["keywords"]
    assert {author["affiliation"] for author in paper["authors"]} <= {
        place["index"] for place in paper["affiliations"]
    }
    known = re.findall(r"^@\w+\{(\w+),", read(paper["bibliography"]), re.M)
    cited = re.findall(r"@(\w+)", text)
    assert cited
    assert set(cited) <= set(known)


def test_the_data_that_neurolibre_keeps_are_those_that_are_fetched() -> None:
    asked = json.loads(read("binder/data_requirement.json"))
    dataset = asked["src"].removeprefix("https://github.com/").removesuffix(".git")
    files = [entry for entry in registry().values() if dataset in entry.url]
    assert files
    assert {Path(entry.file).parent.name for entry in files} == {asked["projectName"]}


def test_binder_installs_what_everybody_installs() -> None:
    lines = read("binder/requirements.txt").splitlines()
    assert [shlex.split(line)[0] for line in lines] == ["-r", "-e"]
    # pip looks for a list beside the file that names it, and for a package where it runs.
    assert (ROOT / "binder" / lines[0].split()[1]).resolve() == ROOT / "requirements.lock"
    assert (ROOT / lines[1].split()[1] / "pyproject.toml").resolve() == ROOT / "pyproject.toml"
    assert read("binder/runtime.txt").strip() == f"python-{python_of_the_environment()}"
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)
    for line in read("binder/postBuild").splitlines():
        if line.startswith("transdx"):
            with pytest.raises(SystemExit, match="0"):
                main([*shlex.split(line)[1:], "--help"])


def test_workflows_call_make_and_nothing_of_their_own() -> None:
    assert set(WORKFLOWS) == {"tests", "publish"}
    for workflow in WORKFLOWS:
        runs = [shlex.split(step["run"]) for step in steps(workflow) if "run" in step]
        for command, target, *values in runs:
            assert command == "make"
            assert target in TARGETS
            for name in (value.partition("=")[0] for value in values):
                assert re.search(rf"^{name} \?=", MAKEFILE, re.M), name
    assert WORKFLOWS["tests"]["jobs"]["tests"]["strategy"]["matrix"]["python"] == pythons_promised()


@pytest.mark.skipif(sys.platform != "linux", reason="workflows run on Linux")
def test_a_tag_publishes_what_make_made(monkeypatch: pytest.MonkeyPatch) -> None:
    # YAML reads the word as a truth.
    assert WORKFLOWS["publish"][True] == {"push": {"tags": ["v*"]}}
    (upload,) = (
        step
        for step in steps("publish")
        if step.get("uses", "").startswith("actions/upload-pages-artifact@")
    )
    made = re.search(r"^# make book .* in (\S+)/index\.html", MAKEFILE, re.M)
    assert made
    assert upload["with"]["path"] == made[1]
    monkeypatch.setenv("HOME", "/somebody")
    for name in (CACHE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for workflow in WORKFLOWS:
        for job in WORKFLOWS[workflow]["jobs"].values():
            kept = [step["with"]["path"] for step in job["steps"] if "cache@" in str(step)]
            fetches = any(step.get("run") == "make fetch" for step in job["steps"])
            assert [path.replace("~", "/somebody") for path in kept] == (
                [str(cache_folder())] if fetches else []
            )


def test_the_container_runs_the_two_commands() -> None:
    lines = [line for line in read("Dockerfile").splitlines() if not line.startswith("#")]
    said = [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]
    told = dict(said)
    assert told["FROM"] == f"python:{python_of_the_environment()}-slim"
    section = read("README.md").partition("## Two commands")[2].partition("##")[0]
    needed = re.search(r"With Python [\d.]+ or later, (\w+) and (\w+):", section)
    assert needed
    runs = [value for name, value in said if name == "RUN"]
    assert set(runs[0].split()) >= {"apt-get", "install", *needed.groups()}
    assert runs[1:] == ["make install"]
    commands = re.findall(r"^make (\w+)", section.partition("```bash")[2], re.M)
    assert json.loads(told["CMD"]) == ["make", *commands]
    assert set(commands) <= set(TARGETS)
    ignored = {line.strip("/") for line in read(".gitignore").splitlines()}
    left_out = read(".dockerignore").replace("**/", "").split()
    assert {"_build", "results", "data", "book/chapters", ".venv"} <= ignored & set(left_out)
