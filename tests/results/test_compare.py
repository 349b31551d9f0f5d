"""What two runs found otherwise: every change is seen, measured and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from transdx.cli import main
from transdx.results import Findings, save_findings
from transdx.results.compare import compare
from transdx.results.schema import TABLES
from transdx.study import load_study

POWER = pd.DataFrame({"n": [90, 80], "alpha": 0.05, "label": "one", "smallest_beta": [0.3, None]})
#: By hand: beta, the ends of its interval, and p after correction.
BETAS = {
    ("thickness", "left_insula"): (-0.05, -0.07, -0.04, 0.01),
    ("thickness", "right_insula"): (0.02, -0.01, 0.05, 0.20),
    ("surface_area", "total"): (0.10, 0.06, 0.14, 0.001),
}


def associations(**changed: tuple[float, ...]) -> pd.DataFrame:
    rows = [
        dict(zip(("modality", "feature"), key, strict=True), score="anxiety", n=100)
        | dict(zip(("beta", "ci_low", "ci_high", "p_fdr"), changed.get(key[1], own), strict=True))
        for key, own in BETAS.items()
    ]
    return pd.DataFrame(rows).reindex(columns=TABLES["associations"].names)


def claims(verdict: str) -> pd.DataFrame:
    row = {"claim": "C1", "score": "anxiety", "verdict": verdict, "estimate": -0.05}
    return pd.DataFrame([row]).reindex(columns=TABLES["claims"].names)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.chdir(tmp_path)

    def save(name: str, *, seed: int = 1, study: str = "simulated", **tables: object) -> Path:
        scores = [asdict(score) for score in load_study(study).scores]
        about = {"name": name, "parameters": {"seed": seed}, "scores": scores}
        save_findings(Findings(study, tables, about), tmp_path / "results" / name)  # type: ignore[arg-type]
        return tmp_path / "results" / name

    return save


def said(capsys: pytest.CaptureFixture[str], code: int, *words: object) -> str:
    assert main(["diff", *map(str, words)]) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return shown.out + shown.err


@pytest.mark.parametrize(
    ("change", "seed", "words", "code", "expected"),
    [
        ({}, 1, [], 0, "1 table compared: alike"),
        ({"smallest_beta": [0.3 + 1e-15, None]}, 1, [], 1, "1 of 2 smallest_beta, first in row 1"),
        ({"smallest_beta": [0.3 + 1e-15, None]}, 1, ["--tolerance", "1e-9"], 0, "alike"),
        ({"smallest_beta": [0.3, 0.4]}, 1, ["--tolerance", "1e-9"], 1, "first in row 2"),
        ({"n": [90.0, 80.0]}, 1, [], 1, "n is int64, then float64"),
        ({}, 2, [], 1, "seed: 1, then 2"),
    ],
)
def test_a_change_is_seen_to_the_last_bit(run, capsys, change, seed, words, code, expected):
    run("a", power=POWER)
    run("b", power=POWER.assign(**change), seed=seed)
    assert expected in said(capsys, code, "a", "b", *words)


def test_estimates_are_measured_by_the_end_of_their_interval_on_that_side(run):
    one = run("a", associations=associations())
    moved = {"left_insula": (-0.055, -0.07, -0.04, 0.2), "total": (0.16, 0.06, 0.2, 0.001)}
    two = run("b", associations=associations(**moved))
    changes = compare(one, two).changes.set_index("row")
    assert list(changes.index) == ["thickness left_insula anxiety", "surface_area total anxiety"]
    # Down by 0.005 of the 0.02 to the lower end; up by 0.06 where the upper end is at 0.04.
    assert changes["moved"].to_list() == pytest.approx([0.25, 1.5])
    assert changes["before"].to_list() == pytest.approx([-0.05, 0.10])
    assert changes["found_before"].to_list() == [True, True]
    assert changes["found_after"].to_list() == [False, True]


def test_what_is_said_of_findings_and_verdicts(run, capsys):
    run("a", associations=associations(), claims=claims("supported"))
    moved = {
        "left_insula": (-0.02, -0.07, -0.01, 0.2),
        "right_insula": (0.06, 0.03, 0.09, 0.04),
    }
    run("b", associations=associations(**moved), claims=claims("same direction"))
    shown = said(capsys, 1, "a", "b")
    assert "associations: 2, 2 of them beyond their interval" in shown
    # The largest first: by 0.03 of 0.01, then by 0.04 of 0.03.
    assert shown.index("3.00  thickness left_insula") < shown.index("1.33  thickness right_insula")
    findings = shown[shown.index("Findings") :]
    assert "associations: 1 appeared\n           thickness right_insula anxiety" in findings
    assert "associations: 1 vanished\n           thickness left_insula anxiety" in findings
    assert "C1 anxiety: supported, then same direction" in shown


def test_estimates_without_an_interval_are_told_before_and_after(run, capsys):
    pairs = pd.DataFrame(
        [("surface_area", "thickness", "anxiety", 66), ("thickness", "volume", "anxiety", 7)],
        columns=["modality_a", "modality_b", "score", "regions"],
    )
    for name, r, p_fdr in (("a", [0.1, -0.2], [0.2, 0.3]), ("b", [0.5, -0.3], [0.01, 0.3])):
        run(name, map_correlations=pairs.assign(r=r, p_spin=p_fdr, p_fdr=p_fdr))
    shown = said(capsys, 1, "a", "b")
    assert "map_correlations: 1 appeared\n           surface_area thickness anxiety: " in shown
    assert shown.count("surface_area thickness anxiety: 0.100, then 0.500") == 2
    assert "interval that moved:\n  map_correlations: 2\n           surface_area" in shown
    assert "thickness volume anxiety: −0.200, then −0.300" in shown
    assert "none" not in shown


def test_rows_of_one_run_alone_are_changes(run, capsys):
    both = associations()
    run("a", associations=both)
    run("b", associations=both[both["feature"] != "total"])
    shown = said(capsys, 1, "a", "b", "--out", "changed.csv")
    assert (
        "associations: 1 vanished\n           surface_area total anxiety: 0.100, then none" in shown
    )
    table = pd.read_csv("changed.csv")
    assert table["row"].to_list() == ["surface_area total anxiety"]
    assert table["after"].isna().all()


def test_tables_of_one_run_alone_and_columns_of_another_version_are_said(run, capsys):
    one, two = run("a", power=POWER, associations=associations()), run("b", power=POWER)
    assert "table associations: only before" in said(capsys, 1, one, two)
    older = associations().drop(columns=["p_familywise"])
    older.to_parquet(two / "associations.parquet")
    shown = said(capsys, 1, one, two)
    assert "table associations: columns modality, feature" in shown


def test_a_folder_that_was_changed_by_hand_is_said(run, capsys):
    one = run("a", power=POWER)
    two = Path(shutil.copytree(one, one.with_name("b")))
    assert said(capsys, 0, one, two) == "1 table compared: alike\n"
    (two / "power.csv").write_text("n\n")
    assert "is not as it was written" in said(capsys, 1, one, two)


def test_runs_of_other_studies_are_refused(run, capsys):
    run("a", associations=associations())
    run("b", associations=associations(), study="open")
    assert "a and b are of different studies: " in said(capsys, 2, "a", "b")


def test_what_is_no_run_is_refused_with_the_nearest(run, capsys):
    run("simulated-quick", power=POWER)
    shown = said(capsys, 2, "simulated-quick", "simulated-quik")
    assert "got 'simulated-quik'; did you mean 'simulated-quick'? results/ holds sim" in shown
    (Path("results") / "simulated-quick" / "power.parquet").write_bytes(b"PAR1")
    assert "cannot be read" in said(capsys, 2, "simulated-quick", "simulated-quick")
