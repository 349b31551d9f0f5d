"""The lock, the environment file and the package's declaration agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").split()
    return {canonicalize_name(n): v for n, _, v in (line.partition("==") for line in lines)}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["dependencies"] + project["optional-dependencies"]["dev"]
    return [Requirement(text) for text in named]


def test_lock_holds_names_and_versions_only() -> None:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line


def test_lock_meets_what_the_package_declares() -> None:
    versions = locked()
    for requirement in declared():
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is declared but not locked; run make lock"
        assert requirement.specifier.contains(versions[name]), requirement


def test_environment_file_installs_from_the_lock() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "--requirement requirements.lock" in text
    assert "==" not in text
