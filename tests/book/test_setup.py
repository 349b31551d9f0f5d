"""The lock, the environment file and the package's declaration agree."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from platform import python_version

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: A first and a late release of each Python that is promised, and the next one.
PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def locked() -> list[Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines]


def locked_on(environment: dict[str, str]) -> dict[str, str]:
    """Versions that a machine gets from the lock."""
    return {
        canonicalize_name(one.name): next(iter(one.specifier)).version
        for one in locked()
        if one.marker is None or one.marker.evaluate(environment)
    }


def needed_on(environment: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    """What the package needs on a machine, then what that needs, and so on."""
    waiting = [Requirement("transdx[dev]"), *map(Requirement, PROJECT["build-system"]["requires"])]
    seen: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        for extra in ("", *one.extras):
            if (one.name, extra) in seen:
                continue
            seen.add((one.name, extra))
            for text in requires_of(one.name):
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate({**environment, "extra": extra}):
                    waiting.append(needed)
                    yield one.name, needed


def requires_of(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:
        # It is for machines other than this one; what it needs in turn is seen there.
        return []


def environment(python: str, system: str) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": system,
        "platform_system": SYSTEMS[system],
        "os_name": "nt" if system == "win32" else "posix",
    }


def test_lock_holds_names_and_versions_only() -> None:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+( ; .+)?", line), line


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_lock_holds_what_is_needed_on_every_python(python: str, system: str) -> None:
    here = environment(python, system)
    versions = locked_on(here)
    missing = set()
    for who, needed in needed_on(here):
        version = versions.get(canonicalize_name(needed.name))
        if version is None or not needed.specifier.contains(version):
            missing.add(f"{needed} (for {who}), got {version}")
    assert not missing, f"{sorted(missing)} on Python {python}; run make lock"


def test_every_locked_version_runs_on_the_oldest_python_promised() -> None:
    oldest = next(iter(SpecifierSet(PROJECT["project"]["requires-python"]))).version + ".0"
    wanted = locked_on(environment(oldest, "linux"))
    for name, version in locked_on(environment(python_version(), sys.platform)).items():
        about = metadata(name)
        assert about["Version"] == version, f"{name}: run make install"
        if name in wanted:
            supported = SpecifierSet(about.get("Requires-Python", ""))
            assert supported.contains(oldest), (
                f"{name} {version} wants Python {supported}, and {oldest} is promised; "
                "run make lock"
            )


def test_each_package_has_one_version_on_all_machines() -> None:
    names = [canonicalize_name(one.name) for one in locked()]
    assert len(names) == len(set(names))


def test_environment_file_installs_from_the_lock() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "--requirement requirements.lock" in text
    assert "==" not in text
