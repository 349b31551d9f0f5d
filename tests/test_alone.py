"""Every notebook by itself: from a fresh kernel, on people who count as real, to its last cell."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

from transdx.lab import ALONE
from transdx.simulate import simulate
from transdx.simulate.people import FIRST_ID
from transdx.sources import TRUTH

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
#: The one that computes, for all of them.
FIRST = "09-claims"
SIZES = "permutations = 199\nbootstraps = 201"
#: Remembers how much each chart of matplotlib was given to draw.
WATCH = """
import matplotlib.axes, numpy
sizes_drawn = []
def watched(draw):
    def watch(axes, *given, **options):
        sizes_drawn.extend(numpy.size(one) for one in given)
        return draw(axes, *given, **options)
    return watch
for name in ("plot", "scatter", "hist", "hist2d", "hexbin", "boxplot", "violinplot"):
    setattr(matplotlib.axes.Axes, name, watched(getattr(matplotlib.axes.Axes, name)))
"""


def execute(notebook: Any, folder: Path, told: list[str] | None = None, **options: Any) -> Any:
    """Run all cells in a kernel of their own, as JupyterLab does; and hear what it tells."""
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, **options
    )
    hear = client.process_message

    def hearing(message: Any, *where: Any) -> Any:
        if told is not None and message["msg_type"].endswith("display_data"):
            told.append(message["content"]["data"]["text/plain"])
        return hear(message, *where)

    client.process_message = hearing
    return client.execute()


def as_real(folder: Path) -> Path:
    """Simulate an export whose people have the ids of real ones, three of them men."""
    simulate(folder, participants=300, seed=1)
    table = pd.read_parquet(folder / "participants.parquet")
    shift = FIRST_ID - 1_234_567
    table["eid"] -= shift
    table["p31"] = np.arange(len(table)) % 100 == 0
    table.astype({"p31": int}).to_parquet(folder / "participants.parquet")
    later = folder / "later_release" / "participants.parquet"
    others = pd.read_parquet(later)
    others["eid"] -= shift
    others.to_parquet(later)
    people = folder / "connectomes_i2" / "participants.npy"
    np.save(people, np.load(people) - shift)
    for path in (folder / TRUTH, folder / "truth.json", *folder.glob("w*.csv")):
        path.unlink()
    return folder


@pytest.fixture(scope="module", autouse=True)
def somebody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Somebody with a home, which Jupyter asks for and not every user has."""
    with pytest.MonkeyPatch.context() as patch:
        if "HOME" not in os.environ:
            patch.setenv("HOME", str(tmp_path_factory.mktemp("somebody")))
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebooks and nothing else."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "_toc.yml").touch()
    as_real(folder / "export")
    return folder


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    """What each notebook told while it ran."""
    return {name: [] for name in NAMES}


@pytest.fixture(scope="module")
def ran(home: Path, told: dict[str, list[str]]) -> dict[str, Any]:
    """All notebooks but that on the open data; the first of them computes, for all."""

    def run(name: str) -> tuple[str, Any]:
        notebook = nbformat.read(home / "notebooks" / f"{name}.ipynb", as_version=4)
        place = next(
            i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", ())
        )
        given = f'world = "ukb"\ndata = {str(home / "export")!r}\n{SIZES}\n{WATCH}'
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(given))
        notebook.cells.append(nbformat.v4.new_code_cell("sorted(set(sizes_drawn))"))
        return name, execute(notebook, home / "notebooks", told[name], allow_errors=True)

    others = [name for name in NAMES if name not in ("04-open", FIRST)]
    first = run(FIRST)
    with ThreadPoolExecutor(2) as pool:
        return dict([first, *pool.map(run, others)])


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    return [(c.id, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def shown(output: Any) -> str:
    data = {kind: text for kind, text in output.get("data", {}).items() if "image" not in kind}
    return output.get("text", "") + json.dumps(data)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "04-open"])
def test_a_notebook_runs_alone_and_shows_no_participant(name: str, ran: Any, home: Path) -> None:
    found = outputs(ran[name])
    assert [(place, o.evalue) for place, o in found if o.output_type == "error"] == []
    ids = set(pd.read_parquet(home / "export" / "participants.parquet")["eid"].astype(str))
    [results] = (home / "results").glob("ukb-quick-*")
    people = int(pd.read_parquet(results / "flow.parquet")["remaining"].iloc[-1])
    assert 150 < people < 300
    for place, output in found:
        text = shown(output)
        assert not ids.intersection(re.findall(r"(?<![\d.])\d{7}(?!\d)", text)), place
        assert not re.search(rf"\b{people} rows|Length: {people}\b", text), place
    drawn = json.loads(found[-1][1]["data"]["text/plain"])
    assert people not in drawn
    if any(place.startswith("hand") and "image/png" in o.get("data", {}) for place, o in found):
        assert drawn


def test_the_first_to_compute_tells_how_far_it_is_and_the_band_takes_its_place(
    ran: Any, told: dict[str, list[str]]
) -> None:
    band = "UK Biobank data: Real participants; aggregates only."
    *progress, last = told[FIRST][: told[FIRST].index(band) + 1]
    assert last == band
    assert "reading the cohort" in progress
    assert any(re.fullmatch(r"permutations \(\d+ of 199\)", line) for line in progress)
    for name, notebook in ran.items():
        kept = [
            o.data["text/plain"] for _, o in outputs(notebook) if ALONE in o.get("metadata", {})
        ]
        # What told how far something was has left nothing.
        assert [text for text in kept if text] == [band], name
        assert band in told[name]


def test_the_chapter_on_open_data_runs_alone(home: Path, open_cohort: Any) -> None:
    notebook = nbformat.read(home / "notebooks" / "04-open.ipynb", as_version=4)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(SIZES))
    text = "".join(shown(output) for _, output in outputs(execute(notebook, home / "notebooks")))
    assert "Real people, published without restriction." in text


def test_a_wrong_parameter_is_one_sentence_and_no_cascade(home: Path) -> None:
    opens = "from transdx import open_run, open_sample\nfindings = open_run(globals())"
    later = [
        "findings.say('{flow.analysed}')",
        "sample = open_sample(globals())",
        "sample",
        "1 + 1",
    ]
    wrong = ['world = "ukb"\ndata = "/nowhere"', 'profil = "quick"', "# Parameters\nsubjects = 3\n"]
    cells = ["seed: int = 1\nlong: int = 2", wrong[0], opens, *later, "del world, data"]
    cells += [wrong[1], opens, "del profil", wrong[2], opens, "findings"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    found = [o for _, o in outputs(execute(notebook, home / "notebooks", allow_errors=True))]
    said = [
        "".join(o.traceback) if o.output_type == "error" else o.data["text/plain"] for o in found
    ]
    nothing = "transdx: expected an export at /nowhere, but there is nothing; check --data"
    lacks = "transdx: '{}' was not made, as an earlier cell stopped; see there"
    assert said == [
        nothing,
        lacks.format("findings"),
        nothing,
        lacks.format("sample"),
        "2",
        "transdx: a run has no parameter 'profil'; did you mean 'profile'?",
        "transdx: this notebook has no parameter 'subjects'; it takes world, cohort, profile, "
        "seed, data, participants, permutations, bootstraps, effects, long",
        lacks.format("findings"),
    ]
