"""Which tests run a line: a plugin of pytest that notes it, and a reader of what was noted.

A line that runs while a fixture of wide scope is made belongs to every test that has the fixture,
and a cached function is asked afresh by every test: both would else belong to the first test only.
What runs at import (a constant, a default) belongs to the tests of the lines that name it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import coverage
import pytest

__all__ = ["Lines", "innermost"]

#: Variables that name the file the plugin writes, and the folder of the package it watches.
OUT, PACKAGE = "MUTATION_LINES", "MUTATION_PACKAGE"


class Watch:
    """Notes the lines, the time and the fixtures of each test."""

    def __init__(self, out: Path, package: Path) -> None:
        self.out, self.package = out, package
        self.tests: dict[str, dict[str, Any]] = {}
        self.context = ""
        self.coverage = coverage.Coverage(
            data_file=None, config_file=False, include=[f"{package}/*"]
        )
        self.coverage.start()

    def _enter(self, context: str) -> str:
        before, self.context = self.context, context
        self.coverage.switch_context(context)
        return before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        names = getattr(item, "fixturenames", [])
        self.tests[item.nodeid] = {"seconds": 0.0, "passed": True, "fixtures": list(names)}
        _forget(self.package)
        before = self._enter(item.nodeid)
        try:
            return (yield)
        finally:
            self._enter(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        wide = fixturedef.scope != "function"
        before = self._enter(f"fixture {fixturedef.argname}" if wide else self.context)
        try:
            return (yield)
        finally:
            self._enter(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests[report.nodeid]
        test["seconds"] += report.duration
        test["passed"] &= not report.failed

    def pytest_unconfigure(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {
            Path(file).relative_to(self.package).as_posix(): data.contexts_by_lineno(file)
            for file in data.measured_files()
        }
        self.out.write_text(json.dumps({"tests": self.tests, "lines": lines}))


def _forget(package: Path) -> None:
    """Empty the caches of functions in the package's statistics."""
    for name, module in list(sys.modules.items()):
        if re.match(rf"{package.name}\.(stats|findings|sample|sources)\b", name):
            for value in vars(module).values():
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch where the environment says so."""
    if OUT in os.environ:
        config.pluginmanager.register(Watch(Path(os.environ[OUT]), Path(os.environ[PACKAGE])))


class Lines:
    """The tests of each line.

    Parameters
    ----------
    noted : pathlib.Path
        What the plugin wrote.
    package : pathlib.Path
        Folder of the package that it watched, or a copy.
    """

    def __init__(self, noted: Path, package: Path) -> None:
        content = json.loads(noted.read_text())
        self.tests: dict[str, dict[str, Any]] = content["tests"]
        self._lines: dict[str, dict[str, list[str]]] = content["lines"]
        self._texts = {
            path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(package.rglob("*.py"))
        }

    def of(self, file: str, line: int) -> list[str]:
        """Give the tests that run a line, the fastest first; the file is named in the package."""
        found = self._of(file, line, frozenset())
        passed = {name for name in found if self.tests[name]["passed"]}
        return sorted(passed, key=lambda name: (self.tests[name]["seconds"], name))

    def _of(self, file: str, line: int, seen: frozenset[str]) -> set[str]:
        function, statement = innermost(self._trees[file], line)
        if function is None:
            names = frozenset(_defined(statement)) - seen
            return {
                test for name in names for place in self._naming(name, file, statement)
                for test in self._of(*place, seen | names)
            }  # fmt: skip
        # The header of a function runs at import: its defaults belong to whoever calls it.
        whole = statement is function
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        body = getattr(statement, "body", None)
        if body and not whole:
            last = max(first, body[0].lineno - 1)
        return self._during(file, range(first, last + 1))

    def _during(self, file: str, lines: range) -> set[str]:
        noted = self._lines.get(file, {})
        contexts = {name for line in lines for name in noted.get(str(line), [])} - {""}
        found = contexts & self.tests.keys()
        fixtures = {name.removeprefix("fixture ") for name in contexts - found}
        return found | {
            name for name, test in self.tests.items() if fixtures.intersection(test["fixtures"])
        }

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        return {file: ast.parse(text) for file, text in self._texts.items()}

    def _naming(self, name: str, home: str, statement: ast.stmt) -> Iterator[tuple[str, int]]:
        """Find the lines that name something, in its own file and those that import it."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        own = range(statement.lineno, (statement.end_lineno or 0) + 1)
        for file, text in self._texts.items():
            if file != home and not re.search(rf"\b{Path(home).stem}\b", text):
                continue
            for number, line in enumerate(text.splitlines(), start=1):
                if word.search(line) and not (file == home and number in own):
                    yield file, number


def innermost(
    tree: ast.Module, line: int
) -> tuple[ast.FunctionDef | None, ast.stmt | ast.FunctionDef]:
    """Give the function around a line, if one is, and the smallest statement there."""
    function, statement = None, tree.body[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            # Walked from the outside inwards.
            statement = node
            function = node if isinstance(node, ast.FunctionDef) else function
    return function, statement


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef):
        yield statement.name
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
