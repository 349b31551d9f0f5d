"""Notebooks as JSON: which parameters they take, and what of a run is shown to readers."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from transdx import run
from transdx.book.exercises import UNSEEN, role_of
from transdx.errors import InputError, nearest
from transdx.lab import ALONE
from transdx.naming import label
from transdx.results.links import to_pages
from transdx.results.stamp import Stamp
from transdx.writing import sentence_case

__all__ = ["KERNEL", "Chapter", "is_prose", "note_page", "publish", "read_chapters"]

#: What a parameter may be.
TYPES = ("str", "int", "float", "bool")
#: A notebook without these makes the renderer warn that it cannot colour the code.
KERNEL = {"display_name": "transdx", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


class _Parameter(NamedTuple):
    """A parameter that a notebook declares: ``name: kind = default  # meaning``."""

    default: object
    meaning: str


@dataclass(frozen=True)
class Chapter:
    """A page that a notebook becomes: where the source lies, what it is called, what it takes."""

    path: Path
    #: That of the file or, of a notebook with editions, its number and the edition's values, as in
    #: ``06-anxiety``.
    name: str
    title: str
    #: As declared; those of a run it takes in any case, as it opens the run with all that is set.
    parameters: Mapping[str, _Parameter]
    code_cells: int
    #: Parameters that this edition fixes.
    edition: Mapping[str, str]
    #: What it cannot do without, as it tells `transdx.open_run`: ``scores``, ``modalities``.
    needs: Mapping[str, Any]
    #: Places of its prose that other pages lead to.
    anchors: tuple[str, ...]

    @property
    def world(self) -> str:
        """The world the notebook runs on if nothing is said."""
        declared = self.parameters.get("world")
        return str(declared.default) if declared else "simulated"

    @property
    def own(self) -> list[str]:
        """Names of the parameters that are no run's."""
        return [name for name in self.parameters if name not in run.parameters()]

    def check(self, values: Mapping[str, object]) -> dict[str, object]:
        """Check values, and give them with those that are as declared and as its edition is."""
        declared = {n: each.default for n, each in self.parameters.items() if n not in values}
        return {
            name: self._own(name, value) if name in self.own else run.check(name, value)
            for name, value in {**values, **declared, **self.edition}.items()
        }

    def _own(self, name: str, value: object) -> object:
        wanted = type(self.parameters[name].default)
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is not wanted:
            raise InputError(
                f"{self.path.name}: parameter '{name}' must be {wanted.__name__}, "
                f"got {value!r} ({type(value).__name__})"
            )
        return value


def read_chapters(path: Path, *, scores: Sequence[str] = ()) -> list[Chapter]:
    """Read what a notebook is called and takes, without running it: a chapter, or one per edition.

    Its metadata may say, under ``transdx``: ``editions``, a parameter and the values it is executed
    with, each becoming a page (``"*"``: the scores of the study).
    """
    content = _load(path)
    cells, about = content["cells"], content.get("metadata", {}).get("transdx", {})
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    tagged = [cell for cell in codes if "parameters" in cell["metadata"].get("tags", ())]
    parameters = _declared(_source(tagged[0]) if tagged else "", path)
    prose = "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    title = re.search(r"^# (.*)", prose, re.MULTILINE)
    number, needs = path.stem.partition("-")[0], _needs(codes)
    return [
        Chapter(
            path,
            name="-".join([number, *edition.values()]) if edition else path.stem,
            title=_fill(title[1].strip() if title else path.stem, edition),
            parameters=parameters,
            code_cells=len(codes),
            edition=edition,
            needs=needs,
            anchors=tuple(re.findall(r'<span id="([\w-]+)">', prose)),
        )
        for edition in _editions(about.get("editions", {}), parameters, path, scores)
    ]


def _editions(
    asked: Mapping[str, list[str] | str],
    parameters: Mapping[str, object],
    path: Path,
    scores: Sequence[str],
) -> list[dict[str, str]]:
    for name in asked:
        if name not in parameters:
            raise InputError(
                f"{path.name} has editions of '{name}', which is none of its parameters "
                f"({', '.join(parameters)}){nearest(name, parameters)}"
            )
    values = {name: scores if held == "*" else held for name, held in asked.items()}
    return [{name: value} for name, held in values.items() for value in held] or [{}]


def _needs(codes: list[dict[str, Any]]) -> dict[str, Any]:
    """Read off the line that opens the run what the chapter says it cannot do without."""
    return {
        given.arg: ast.literal_eval(given.value)
        for cell in codes
        for statement in _statements(_source(cell))
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open_run"
        for given in node.keywords
        if given.arg in ("scores", "modalities", "replications")
    }


def _statements(source: str) -> list[ast.stmt]:
    """Parse a cell; one with commands of the notebook has no statements."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _fill(text: str, values: Mapping[str, object]) -> str:
    """Write parameters into prose, in place of ``<!--name-->what a notebook says<!--/-->``."""

    def value(found: re.Match[str]) -> str:
        return label(str(values[found[1]])) if found[1] in values else found[0]

    return re.sub(r"<!--(\w+)-->.*?<!--/-->", value, text, flags=re.DOTALL)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} is not a notebook that can be read ({error})") from error
    return dict(content)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _declared(source: str, path: Path) -> dict[str, _Parameter]:
    found = {}
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        try:
            found.update(_parameter(node, lines[(node.end_lineno or 1) - 1]))
        except (ValueError, AttributeError) as error:
            raise InputError(
                f"{path.name}: a parameter is written 'name: int = 0' with one of "
                f"{', '.join(TYPES)} and a literal, got '{ast.unparse(node)}'"
            ) from error
    # Told here, a slip in the name of a run's parameter is not taken for one of the chapter's own.
    for name, value in run.ask({name: each.default for name, each in found.items()}).items():
        run.check(name, value)
    return found


def _parameter(node: ast.stmt, line: str) -> dict[str, _Parameter]:
    if not isinstance(node, ast.AnnAssign) or node.value is None:
        raise ValueError("not an annotated assignment")
    default, kind = ast.literal_eval(node.value), ast.unparse(node.annotation)
    if kind not in TYPES or type(default).__name__ != kind:
        raise ValueError("default of another type")
    comment = line.encode()[node.end_col_offset or 0 :].decode()
    return {ast.unparse(node.target): _Parameter(default, comment.partition("#")[2].strip())}


def publish(executed: Mapping[str, Any], parameters: Mapping[str, object]) -> dict[str, Any]:
    """Turn an executed notebook into a page (JSON): no paths, no times, code folded away.

    The parameters that it was run with are shown as a small table, and written into the parameter
    cell so that the downloaded notebook runs as this one did.
    """
    # A folder on somebody's machine is nobody else's business.
    shown = {name: "" if name == "data" else value for name, value in parameters.items()}
    cells: list[dict[str, Any]] = []
    for cell in executed["cells"]:
        tags, source = set(cell["metadata"].get("tags", ())), _source(cell)
        if "injected-parameters" in tags or role_of(cell) in UNSEEN:
            continue
        if "parameters" in tags:
            meanings = {name: each.meaning for name, each in _declared(source, Path()).items()}
            meanings |= {name: run.explain(each) for name, each in run.parameters().items()}
            source = _assigned(shown, meanings)
        elif cell["cell_type"] != "code":
            source = _fill(source, shown)
        elif is_prose(source):
            tags.add("remove-input")
        named = {"id": cell["id"]} if role_of(cell) == "exercise" else {}
        cells.append({**_published(cell, tags), "source": source, **named})
        if "parameters" in tags:
            cells.append(_markdown(_table(shown, meanings)))
    return _page(cells, str(parameters.get("world", "simulated")), asdict(_stamp(parameters)))


def is_prose(source: str) -> bool:
    """Say whether all that a cell does is to say a sentence: its code is nothing to read.

    >>> is_prose('findings.say("{flow.analysed:,} people")'), is_prose("figures.upset_plot(table)")
    (True, False)
    """
    match _statements(source):
        case [ast.Expr(ast.Call(ast.Attribute(attr="say")))]:
            return True
    return False


def _stamp(parameters: Mapping[str, object]) -> Stamp:
    given: dict[str, Any] = {n: parameters[n] for n in run.parameters() if n in parameters}
    own = run.Run(**{"world": "simulated", **given})
    return Stamp(own.world, own.name, own.seed, version("transdx"))


def _page(
    cells: list[dict[str, Any]], world: str, stamp: Mapping[str, object] = MappingProxyType({})
) -> dict[str, Any]:
    about = {"world": world, **stamp}
    return {
        "cells": [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": KERNEL, "language_info": LANGUAGE, "transdx": about},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _published(cell: dict[str, Any], tags: set[str]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell["metadata"].items() if k not in ("papermill", "execution")}
    if cell["cell_type"] != "code":
        return {"cell_type": cell["cell_type"], "metadata": metadata}
    if "parameters" in tags:
        tags.add("remove-cell")
    elif not tags.intersection({"remove-cell", "remove-input", "show-input"}):
        tags.add("hide-input")
    return {
        "cell_type": "code",
        "execution_count": cell.get("execution_count"),
        "metadata": {**metadata, "tags": sorted(tags)},
        "outputs": _whole(
            _for_pages(one) for one in cell["outputs"] if ALONE not in one.get("metadata", {})
        ),
    }


def _whole(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put together what was printed, which a kernel hands over in parts as time goes."""
    whole: list[dict[str, Any]] = []
    for one in outputs:
        if "text" in one and whole and whole[-1].get("name") == one.get("name"):
            whole[-1] = {**one, "text": whole[-1]["text"] + one["text"]}
        else:
            whole.append(one)
    return whole


def _for_pages(output: dict[str, Any]) -> dict[str, Any]:
    shown = output.get("data", {}).items()
    linked = {kind: to_pages(each) if isinstance(each, str) else each for kind, each in shown}
    return {**output, "data": linked} if linked else output


def _assigned(shown: Mapping[str, object], meanings: Mapping[str, str]) -> str:
    return "\n".join(
        f"{name}: {type(value).__name__} = {value!r}"
        + (f"  # {meanings[name]}" if meanings.get(name) else "")
        for name, value in shown.items()
    )


def _table(shown: Mapping[str, object], meanings: Mapping[str, str]) -> str:
    world = shown.get("world")
    hidden = set() if world == "simulated" else run.simulating()
    hidden |= {n for n, p in run.parameters().items() if p.metadata.get("world", world) != world}
    rows = "".join(
        # What a parameter is, without what it may be.
        f"<tr><th scope='row'>{html.escape(sentence_case(what.partition(':')[0]))}</th>"
        f"<td><code>{html.escape(name)}</code></td><td>{html.escape(str(value))}</td></tr>"
        for name, value, what in ((n, v, meanings.get(n) or n) for n, v in shown.items())
        # Nothing and zero stand for "as the profile says".
        if (value not in ("", 0) or name == "seed") and name not in hidden
    )
    return (
        '<details class="transdx-parameters" id="parameters">'
        "<summary>Parameters of this run</summary><table><thead><tr><th scope='col'>What</th>"
        f"<th scope='col'>Name</th><th scope='col'>Value</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def note_page(chapter: Chapter, *, world: str, reason: str) -> dict[str, Any]:
    """Make the page of a chapter whose data could not be had: a note, and places others lead to."""
    places = "".join(f'<span id="{name}"></span>' for name in chapter.anchors)
    text = (
        f"# {chapter.title}\n\n{places}\n\n"
        ":::{admonition} This chapter was not computed\n:class: warning transdx-not-computed\n"
        f"{reason}\n:::\n"
    )
    return _page([_markdown(text)], world)
