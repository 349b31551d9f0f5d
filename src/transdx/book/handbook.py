"""Reference pages from their sources: the command line, and the tables of a results folder."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from transdx.results.disclosure import MINIMUM
from transdx.results.meanings import MEANINGS
from transdx.results.schema import TABLES, Private, Table
from transdx.writing import sentence_case

__all__ = ["commands_of", "grid", "meaning_of", "options_of", "protected", "setup"]


class CommandLine(SphinxDirective):
    """The directive ``{command-line}``: all commands of the parser ``module:function``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write a section per command, in the order of the help."""
        module, _, name = self.arguments[0].partition(":")
        parser = getattr(import_module(module), name)
        return [
            _section(
                self, f"transdx {name}", f"{command.description}",
                ("Option", "What it is"), list(options_of(command)),
            )
            for name, command in commands_of(parser()).items()
        ]  # fmt: skip


def commands_of(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    """Give the parser of each command by its name."""
    (choice,) = (action for action in parser._actions if isinstance(action.choices, dict))
    return dict(choice.choices or {})


def options_of(command: ArgumentParser) -> Iterator[tuple[nodes.Node, ...]]:
    """Write a row for each option: how it is given, and what it is."""
    for action in command._actions:
        if action.default != SUPPRESS:
            needed = " (has to be given)" if action.required else ""
            told = _prose(sentence_case(f"{action.help}{needed}."))
            yield nodes.literal("", _given(action)), told


def _given(action: Action) -> str:
    """Write an option with what follows it, as it is typed."""
    follows = [] if action.nargs == 0 else [action.metavar or action.dest.upper()]
    return " ".join([" / ".join(action.option_strings), *map(str, follows)])


class ResultsTables(SphinxDirective):
    """The directive ``{results-tables}``: every table of a run, its columns, what is protected."""

    def run(self) -> list[nodes.Node]:
        """Write a section per table, in the order of the schema."""
        return [
            _section(
                self, name, f"{sentence_case(table.about)}.",
                ("Column", "On pages", "What it is"), _rows(name, table), protected(table.private),
            )
            for name, table in TABLES.items()
        ]  # fmt: skip


def _section(
    directive: SphinxDirective,
    name: str,
    about: str,
    header: tuple[str, ...],
    rows: Iterable[tuple[nodes.Node, ...]],
    after: str = "",
) -> nodes.section:
    """Write a section that has the name as it is typed for its title."""
    section = nodes.section(names=[nodes.fully_normalize_name(name)])
    directive.state.document.note_implicit_target(section, section)
    section += [nodes.title("", "", nodes.literal("", name)), nodes.paragraph("", about)]
    section += grid(header, rows)
    if after:
        section += nodes.paragraph("", after)
    return section


def _rows(name: str, table: Table) -> Iterable[tuple[nodes.Node, ...]]:
    for column in table.names:
        header = nodes.Text(table.column(column).header)
        yield nodes.literal("", column), header, _prose(meaning_of(name, column))


def meaning_of(table: str, column: str) -> str:
    """Say what a column of a table is.

    >>> meaning_of("impact", "p"), meaning_of("associations", "se")
    ("Wald's p", 'standard error, from the bootstrap')
    """
    return MEANINGS.get(f"{table}.{column}") or MEANINGS[column]


def protected(private: Private) -> str:
    """Say what of a table does not leave where few people are behind it; nothing where all may."""
    few = (*private.counts, *private.follows, *sum(private.rates, ()))
    parts = [f"{', '.join(dict.fromkeys(few))} missing where fewer than {MINIMUM} people count"]
    parts = parts if few else []
    sizes = ", ".join(private.sizes)
    lack = f"those whom {sizes} leaves out rounded down to a multiple of {MINIMUM}"
    parts += [lack] * bool(sizes)
    rounded = (*private.spread[:2], *private.middles)
    parts += [f"{', '.join(rounded)} rounded"] * bool(rounded)
    parts += [f"{', '.join(private.extremes)} always missing"] * bool(private.extremes)
    parts += [f"steps of fewer than {MINIMUM} people joined"] * private.joined
    return f"Of real participants: {'; '.join(parts)}." if parts else ""


def _prose(text: str) -> nodes.inline:
    """Turn back ticks into code."""
    parts = [
        nodes.literal("", part) if place % 2 else nodes.Text(part)
        for place, part in enumerate(text.split("`"))
    ]
    return nodes.inline("", "", *parts)


def grid(header: Sequence[str], rows: Iterable[Sequence[nodes.Node]]) -> nodes.table:
    """Make a table of a head and of cells."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in header), cols=len(header))
    head = nodes.row("", *(nodes.entry("", nodes.paragraph("", name)) for name in header))
    body = [
        nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in row))
        for row in rows
    ]
    group += [nodes.thead("", head), nodes.tbody("", *body)]
    return nodes.table("", group, classes=["transdx-fine"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("command-line", CommandLine)
    app.add_directive("results-tables", ResultsTables)
    return {"version": "1", "parallel_read_safe": True}
