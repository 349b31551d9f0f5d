"""A run: checked, named, and read off its fields by all that asks for one."""

from __future__ import annotations

import inspect
import itertools
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import transdx
from transdx import cli
from transdx import run as runs
from transdx._files import digest_text
from transdx.book import build, kernel
from transdx.book.notebook import publish, read_chapters
from transdx.cli import main
from transdx.cli.arguments import planned
from transdx.errors import InputError
from transdx.findings import run as findings
from transdx.results import Findings
from transdx.run import WORLDS, Run, ask, plan, whole
from transdx.study import STUDY_OF_WORLD

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "simulated-quick"),
        ({"world": "open", "profile": "paper"}, "open-paper"),
        ({"permutations": 1000, "participants": 4000}, "simulated-quick"),
        ({"profile": "paper", "permutations": 1000}, "simulated-paper-p1000"),
        ({"seed": 2}, "simulated-quick-seed2"),
        ({"seed": 0}, "simulated-quick-seed0"),
        ({"effects": "none"}, "simulated-quick-none"),
        ({"profile": "trial", "participants": 4000, "seed": 2}, "simulated-trial-seed2-n4000"),
        ({"participants": 500}, "simulated-quick-n500"),
        ({"permutations": 200, "bootstraps": 300, "seed": 7}, "simulated-quick-seed7-p200-b300"),
        # Nobody is simulated there, so nobody is counted.
        ({"world": "open", "participants": 500}, "open-quick"),
        ({"world": "ukb", "data": "somewhere"}, "ukb-quick"),
    ],
)
def test_the_folder_of_a_run_says_what_is_not_as_usual(given, name):
    assert plan(**given).name == name


def test_no_two_runs_share_a_folder():
    values = {
        "profile": ("quick", "paper", "trial"),
        "seed": (0, 1, 2, 12),
        "participants": (0, 1, 12, 33_000),
        "permutations": (0, 1, 12),
        "bootstraps": (0, 1, 12),
        "effects": ("study", "none"),
    }
    every = itertools.product(*values.values())
    planned = {plan(**dict(zip(values, chosen, strict=True))) for chosen in every}
    assert len({run.name for run in planned}) == len(planned)


def test_a_settled_run_stays_as_it_is():
    for given in ({}, {"world": "open", "profile": "paper"}, {"seed": 2, "participants": 99}):
        assert plan(**asdict(plan(**given))) == plan(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sead": 2}, "a run has no parameter 'sead'; did you mean 'seed'"),
        (
            {"profile": "papr"},
            "expected profile to be one of quick, paper, trial, got 'papr'",
        ),
        ({"profile": ""}, "expected profile to be one of"),
        ({"seed": 1.0}, r"expected seed to be a whole number from 0 up, got 1\.0"),
        ({"seed": True}, "expected seed to be a whole number from 0 up, got True"),
        (
            {"profile": "trial", "world": "open"},
            "profile 'trial' is of people .* world 'open'",
        ),
        ({"data": 3}, "expected data to be the path of a folder, got 3"),
        ({"world": "ukb"}, "world 'ukb' needs the folder of an export"),
        ({"world": "open", "data": "x"}, "world 'open' is fetched and takes no folder"),
        ({"world": "open", "effects": "none"}, "expected effects to be study where no cohort is"),
    ],
)
def test_what_cannot_be_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        plan(**given)


def test_what_is_not_given_is_as_usual():
    assert plan(data=None, participants=None, seed=None) == plan()


def test_a_folder_may_lie_in_the_home_of_who_has_one(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert plan(world="ukb", data=Path("~/data")).data == str(tmp_path / "data")
    assert plan(world="ukb", data="~nobody-of-that-name/data").data == "~nobody-of-that-name/data"


def test_a_notebook_gives_what_it_sets_and_nothing_else():
    variables = {
        "seed": 3,
        "permutations": 200,
        "score": "anxiety",
        "datum": 1,
        "In": ["seeds = 1"],
        "seeds": [1, 2],
        "__name__": "__main__",
    }
    assert ask(variables) == {"seed": 3, "permutations": 200}


@pytest.mark.parametrize(
    ("slip", "meant"), [("permutation", "permutations"), ("Seed", "seed"), ("profil", "profile")]
)
def test_a_slip_in_a_notebook_is_not_taken_for_a_variable_of_its_own(slip, meant):
    with pytest.raises(InputError, match=f"no parameter '{slip}'; did you mean '{meant}'"):
        transdx.open_run({"world": "open", slip: 2})


@pytest.mark.parametrize("function", [transdx.open_run, build])
def test_help_shows_every_parameter_of_a_run(function):
    shown = inspect.signature(function).parameters
    for each in fields(Run):
        assert shown[each.name].default == each.default
        assert f"\n    {each.name} : " in inspect.getdoc(function).replace("\n", "\n    ")
    assert "{" not in inspect.getdoc(function).partition("Returns")[0].replace("{'", "")


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """Names of the runs that were computed, by a stand-in for the analysis."""
    done: list[str] = []

    def compute(run: Run, home: Path, tell: object) -> Findings:
        done.append(run.name)
        fingerprint = digest_text(findings.depends_on(run))
        return Findings(run.world, {}, {"parameters": asdict(run), "fingerprint": fingerprint})

    monkeypatch.setattr(findings, "_compute", compute)
    return done


def test_runs_of_other_seeds_and_sizes_lie_side_by_side(computed, tmp_path):
    for given in ({}, {"seed": 2}, {"bootstraps": 9}, {"effects": "none"}, {"seed": 2}, {}):
        found = transdx.open_run(root=tmp_path, **given)
        assert found.manifest["parameters"]["seed"] == given.get("seed", 1)
    names = ["simulated-quick", *(f"simulated-quick-{more}" for more in ("seed2", "b9", "none"))]
    assert computed == names
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == sorted(names)


def test_data_that_lack_what_a_chapter_is_about_are_refused_in_a_sentence(monkeypatch):
    table = pd.DataFrame({"score": ["anxiety"], "modality": ["thickness"]})
    held = Findings("ukb", {"associations": table}, {})
    monkeypatch.setattr(findings, "_open", lambda *given: held)
    assert transdx.open_run(scores=1, modalities=["thickness"]) is held
    with pytest.raises(InputError, match="compares symptom scores, and the ukb data hold anxiety"):
        transdx.open_run(scores=2)
    with pytest.raises(InputError, match="is about insomnia, and the ukb data hold anxiety inste"):
        transdx.open_run(scores=["insomnia"])
    with pytest.raises(InputError, match="functional connectivity, which the ukb data do not hold"):
        transdx.open_run(modalities=["functional_connectivity"])


def test_a_run_is_of_a_world_that_has_a_study():
    assert set(WORLDS) == set(STUDY_OF_WORLD)


def test_help_does_not_wait_for_pandas():
    code = "import sys, transdx.cli as c; c.parser(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@dataclass(frozen=True)
class _Wider(Run):
    thinning: int = whole(1, "every so manieth draw", note=": 1 takes all of them")


@pytest.fixture
def newcomer(monkeypatch) -> ModuleType:
    """The package after somebody added a parameter: one field, and nothing else."""
    monkeypatch.setattr(runs, "Run", _Wider)
    return runs


def test_a_new_field_is_an_option_of_every_command_that_makes_a_run(newcomer, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("run", "claims", "book"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        shown = " ".join(capsys.readouterr().out.split())
        expected = "--thinning THINNING every so manieth draw: 1 takes all of them (default: 1)"
        assert expected in shown
    assert main(["run", "--thinning", "-1"]) == 2
    assert "expected thinning to be a whole number from 0 up" in capsys.readouterr().err


def test_a_new_field_that_is_true_or_false_is_switched(monkeypatch):
    @dataclass(frozen=True)
    class Switched(Run):
        lean: bool = field(
            default=False, metadata={"what": "less", "check": lambda _, value: value}
        )

    monkeypatch.setattr(runs, "Run", Switched)
    asked = [cli.parser().parse_args(["run", *words]) for words in ([], ["--no-lean"], ["--lean"])]
    assert [planned(each).name for each in asked] == [
        *("simulated-quick", "simulated-quick", "simulated-quick-leanTrue")
    ]


def test_a_new_field_has_a_folder_of_its_own(newcomer, computed, tmp_path):
    transdx.open_run({"thinning": 5, "figures": None}, root=tmp_path)
    transdx.open_run(thinning=5, root=tmp_path)
    assert computed == ["simulated-quick-thinning5"]


def test_a_new_field_reaches_notebooks_that_know_nothing_of_it(newcomer, tmp_path):
    path = NOTEBOOKS / "06-symptoms.ipynb"
    chapter = read_chapters(path)[0]
    values = chapter.check(asdict(plan(thinning=5)))
    assert values["thinning"] == 5
    with pytest.raises(InputError, match="expected thinning to be a whole number"):
        chapter.check({"thinning": "5"})
    page = publish(json.loads(path.read_text(encoding="utf-8")), values)["cells"]
    declared = next(cell["source"] for cell in page if cell["cell_type"] == "code")
    assert "thinning: int = 5  # every so manieth draw: 1 takes all of them\n" in declared
    table = next(cell["source"] for cell in page if "transdx-parameters" in cell["source"])
    row = "<th scope='row'>Every so manieth draw</th><td><code>thinning</code></td><td>5</td>"
    assert row in table
    # What is downloaded opens the run that was shown.
    variables: dict[str, Any] = {}
    exec(declared, variables)
    assert plan(**ask(variables)) == plan(thinning=5)


@pytest.mark.usefixtures("open_cohort")
def test_a_notebook_runs_alone_from_its_folder(tmp_path):
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "notebooks").mkdir()
    source = nbformat.read(NOTEBOOKS / "04-open.ipynb", as_version=4)
    parameters, opening = [cell for cell in source.cells if cell.cell_type == "code"][:2]
    injected = nbformat.v4.new_code_cell("permutations = 50\nbootstraps = 60")
    source.cells = [parameters, injected, opening]
    with kernel.kernel(tmp_path) as own:
        resources = {"metadata": {"path": str(tmp_path / "notebooks")}}
        NotebookClient(source, km=own.manager, resources=resources).execute()
    made = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"open-quick-all-p50-b60", "open-quick-p50-b60"} <= made
    assert all(name.endswith("-p50-b60") for name in made)
