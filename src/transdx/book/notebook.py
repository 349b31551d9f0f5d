"""Notebooks as JSON: which parameters they take, and what of a run is shown to readers."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transdx import run
from transdx.errors import InputError, nearest
from transdx.naming import label
from transdx.writing import sentence_case

__all__ = ["Chapter", "Parameter", "note_page", "publish", "read_chapters"]

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
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


@dataclass(frozen=True)
class Parameter:
    """A parameter a notebook declares: ``name: kind = default  # meaning``."""

    name: str
    kind: str
    default: object
    meaning: str = ""


@dataclass(frozen=True)
class Chapter:
    """A page that a notebook becomes: where the source lies, what it is called, what it takes.

    Attributes
    ----------
    path : pathlib.Path
        The source.
    name : str
        Name of the page: that of the file or, of a notebook with editions, its number
        and the edition's values (``06-anxiety``).
    title : str
        Its first heading.
    parameters : mapping of str to Parameter
        As declared in the first code cell tagged ``parameters``. Those of a run it takes whether
        it declares them or not, as it opens the run with all that is set.
    code_cells : int
        How many code cells it has.
    edition : mapping of str to str
        Parameters that this edition fixes.
    scores : tuple of str, or int
        Symptom scores it cannot do without, or how many at least.
    modalities : tuple of str
        Kinds of measure it cannot do without; of a notebook on any data, none.
    anchors : tuple of str
        Places of its prose that other pages lead to.
    """

    path: Path
    name: str
    title: str
    parameters: Mapping[str, Parameter]
    code_cells: int
    edition: Mapping[str, str]
    scores: tuple[str, ...] | int = ()
    modalities: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()

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
        """Check values against what the notebook declares and what a run takes.

        Parameters
        ----------
        values : mapping of str to object
            Parameter names and values.

        Returns
        -------
        dict of str to object
            These and every declared parameter with their values, those of a run first; those of
            the edition as it fixes them.

        Raises
        ------
        InputError
            If a name is neither declared nor of a run, or a value has another type.
        """
        checked = {name: parameter.default for name, parameter in self.parameters.items()}
        for name, value in values.items():
            if name in run.parameters():
                checked[name] = run.check(name, value)
            elif name in self.own:
                checked[name] = _typed(value, self.parameters[name], self.path.name)
            else:
                known = [*run.parameters(), *self.own]
                raise InputError(
                    f"{self.path.name} has no parameter '{name}'{nearest(name, known)}; "
                    f"it takes {', '.join(known)}"
                )
        checked |= self.edition
        of_run = {name: checked[name] for name in run.parameters() if name in checked}
        return of_run | checked


def _typed(value: object, parameter: Parameter, where: str) -> object:
    wanted = TYPES[parameter.kind]
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise InputError(
            f"{where}: parameter '{parameter.name}' must be {parameter.kind}, "
            f"got {value!r} ({type(value).__name__})"
        )
    return value


def read_chapters(path: Path, *, scores: Sequence[str] = ()) -> list[Chapter]:
    """Read what a notebook is called and takes, without running it.

    Parameters
    ----------
    path : pathlib.Path
        A notebook (.ipynb). Its metadata may say, under ``transdx``: ``editions``, a
        parameter and the values it is executed with, each becoming a page (``"*"``: the
        scores of the study); and ``scores`` and ``modalities``, what the data must hold.
    scores : sequence of str, default ()
        Scores of the study that the book shows.

    Returns
    -------
    list of Chapter
        One, or one per edition.

    Raises
    ------
    InputError
        If it is no notebook, its parameters are not annotated literals, or its editions
        are of a parameter it does not take.
    """
    content = _load(path)
    cells, about = content["cells"], content.get("metadata", {}).get("transdx", {})
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    tagged = [cell for cell in codes if "parameters" in cell["metadata"].get("tags", ())]
    parameters = _declared(_source(tagged[0]) if tagged else "", path)
    needed = about.get("scores", ())
    return [
        Chapter(
            path,
            name="-".join([path.stem.partition("-")[0], *edition.values()])
            if edition
            else path.stem,
            title=_fill(_title(cells, path), edition),
            parameters=parameters,
            code_cells=len(codes),
            edition=edition,
            scores=needed if isinstance(needed, int) else tuple(needed),
            modalities=tuple(about.get("modalities", ())),
            anchors=tuple(_anchors(cells)),
        )
        for edition in _editions(about.get("editions", {}), parameters, path, scores)
    ]


def _editions(
    asked: Mapping[str, list[str] | str],
    parameters: Mapping[str, Parameter],
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


def _fill(text: str, values: Mapping[str, object]) -> str:
    """Write parameters into prose, where it says ``{{ name }}``."""

    def value(found: re.Match[str]) -> str:
        return label(str(values[found[1]])) if found[1] in values else found[0]

    return re.sub(r"\{\{ (\w+) \}\}", value, text)


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


def _title(cells: list[dict[str, Any]], path: Path) -> str:
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for line in _source(cell).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return path.stem


def _anchors(cells: list[dict[str, Any]]) -> list[str]:
    prose = [_source(cell) for cell in cells if cell["cell_type"] == "markdown"]
    return [name for text in prose for name in re.findall(r'<span id="([\w-]+)">', text)]


def _declared(source: str, path: Path) -> dict[str, Parameter]:
    found = {}
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        try:
            parameter = _parameter(node, lines[(node.end_lineno or 1) - 1])
        except (ValueError, AttributeError, KeyError) as error:
            raise InputError(
                f"{path.name}: a parameter is written 'name: int = 0' with one of "
                f"{', '.join(TYPES)} and a literal, got '{ast.unparse(node)}'"
            ) from error
        if parameter.name in run.parameters():
            run.check(parameter.name, parameter.default)
        found[parameter.name] = parameter
    # Told here, a slip in the name of a run's parameter is not taken for one of the chapter's own.
    run.ask({name: parameter.default for name, parameter in found.items()})
    return found


def _parameter(node: ast.stmt, line: str) -> Parameter:
    if not isinstance(node, ast.AnnAssign) or node.value is None:
        raise ValueError("not an annotated assignment")
    name, kind = ast.unparse(node.target), ast.unparse(node.annotation)
    default = ast.literal_eval(node.value)
    if type(default) is not TYPES[kind]:
        raise ValueError("default of another type")
    comment = line.encode()[node.end_col_offset or 0 :].decode()
    return Parameter(name, kind, default, comment.partition("#")[2].strip())


def publish(executed: Mapping[str, Any], parameters: Mapping[str, object]) -> dict[str, Any]:
    """Turn an executed notebook into a page: no paths, no times, code folded away.

    Parameters
    ----------
    executed : mapping
        The notebook as the executor left it.
    parameters : mapping of str to object
        What it was run with; shown as a small table, and written into the parameter
        cell so that the downloaded notebook runs as this one did.

    Returns
    -------
    dict
        A notebook (JSON) to be rendered.
    """
    shown = {name: _presentable(name, value) for name, value in parameters.items()}
    cells: list[dict[str, Any]] = []
    for cell in executed["cells"]:
        tags = set(cell["metadata"].get("tags", ()))
        if "injected-parameters" in tags:
            continue
        if "parameters" in tags:
            declared = _declared(_source(cell), Path())
            meanings = {name: parameter.meaning for name, parameter in declared.items()}
            meanings |= {name: run.explain(each) for name, each in run.parameters().items()}
            cell = {**cell, "source": _assigned(shown, meanings)}
        cells.append(_published(cell, tags, shown))
        if "parameters" in tags:
            cells.append(_table(shown, meanings))
    return {
        "cells": [{**cell, "id": f"cell-{i}"} for i, cell in enumerate(cells)],
        "metadata": _metadata(str(parameters.get("world", "simulated"))),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _metadata(world: str) -> dict[str, Any]:
    return {"kernelspec": KERNEL, "language_info": LANGUAGE, "transdx": {"world": world}}


def _presentable(name: str, value: object) -> object:
    # A folder on somebody's machine is nobody else's business.
    return "" if name == "data" else value


def _published(cell: dict[str, Any], tags: set[str], shown: Mapping[str, object]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell["metadata"].items() if k not in ("papermill", "execution")}
    if cell["cell_type"] != "code":
        text = _fill(_source(cell), shown)
        return {"cell_type": cell["cell_type"], "metadata": metadata, "source": text}
    source = _source(cell)
    if "parameters" in tags:
        tags.add("remove-cell")
    elif not tags.intersection({"remove-cell", "remove-input", "show-input"}):
        tags.add("hide-input")
    return {
        "cell_type": "code",
        "execution_count": cell.get("execution_count"),
        "metadata": {**metadata, "tags": sorted(tags)},
        "outputs": cell["outputs"],
        "source": source,
    }


def _assigned(shown: Mapping[str, object], meanings: Mapping[str, str]) -> str:
    return "\n".join(
        f"{name}: {type(value).__name__} = {value!r}"
        + (f"  # {meanings[name]}" if meanings.get(name) else "")
        for name, value in shown.items()
    )


def _table(shown: Mapping[str, object], meanings: Mapping[str, str]) -> dict[str, Any]:
    hidden = set() if shown.get("world") == "simulated" else run.simulating()
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(_heading(meanings.get(name) or name))}</th>"
        f"<td><code>{html.escape(name)}</code></td><td>{html.escape(str(value))}</td></tr>"
        for name, value in shown.items()
        # Nothing and zero stand for "as the profile says".
        if (value not in ("", 0) or name == "seed") and name not in hidden
    )
    text = (
        '<details class="transdx-parameters"><summary>Parameters of this run</summary>'
        "<table><thead><tr><th scope='col'>What</th><th scope='col'>Name</th>"
        f"<th scope='col'>Value</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _heading(meaning: str) -> str:
    """Take what a parameter is, without what it may be."""
    return sentence_case(meaning.partition(":")[0])


def note_page(chapter: Chapter, *, world: str, reason: str) -> dict[str, Any]:
    """Make the page that stands in for a chapter whose data could not be had.

    Parameters
    ----------
    chapter : Chapter
        The chapter that could not be run.
    world : str
        The world it would have shown.
    reason : str
        One sentence: what is missing and how to get it.

    Returns
    -------
    dict
        A notebook (JSON) with a title and a note, and the places that others lead to.
    """
    places = "".join(f'<span id="{name}"></span>' for name in chapter.anchors)
    text = (
        f"# {chapter.title}\n\n{places}\n\n"
        ":::{admonition} This chapter was not computed\n:class: warning transdx-not-computed\n"
        f"{reason}\n:::\n"
    )
    cell = {"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": text}
    return {"cells": [cell], "metadata": _metadata(world), "nbformat": 4, "nbformat_minor": 5}
