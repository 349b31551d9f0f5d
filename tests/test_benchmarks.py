"""Long benchmarks go on where they were cut, and count what they made."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from transdx.errors import TransdxError
from transdx.measured import open_measured
from transdx.results.calibration import NULLS, PROMISES, SITUATIONS, STEPS
from transdx.results.stamp import stamp_of

ROOT = Path(__file__).parents[1]


def load(name: str) -> ModuleType:
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{name}_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the benchmark of scenarios, which judges nothing and remembers what it was to judge."""
    module = load("scenarios")
    monkeypatch.setattr(module, "DONE", tmp_path / "_build" / "scenarios.jsonl")
    monkeypatch.setattr(module, "COUNTS", tmp_path / "measured")
    module.judged = []

    def judge(run: Any) -> dict[str, Any]:
        module.judged.append((run.effects, run.seed))
        verdict = "supported" if run.effects == "motion" and run.seed < 3 else "not supported"
        verdicts = {"C1 all": verdict, "C9 all": "cannot be tested here"}
        return {"scenario": run.effects, "analysed": 100 + run.seed, "verdicts": verdicts}

    monkeypatch.setattr(module, "_judge", judge)
    return module


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, Any]:
    monkeypatch.setattr("sys.argv", ["benchmarks/scenarios.py", *words])
    module.judged.clear()
    module.main()
    return counts_of(module)


def counts_of(module: ModuleType) -> dict[str, Any]:
    """Give the counts of the only size that was asked for, and what is said of them."""
    text = (module.COUNTS / "scenarios.json").read_text(encoding="utf-8")
    counts: dict[str, Any] = json.loads(text)
    (size,) = counts.pop("sizes")
    return counts | size


def interrupt() -> dict[str, Any]:
    raise KeyboardInterrupt


def test_verdicts_are_counted_and_a_run_that_was_cut_goes_on(
    scenarios: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--scenarios", "none", "motion", "--cohorts", "2", "--participants", "500")
    found = run(scenarios, monkeypatch, *words)
    assert scenarios.judged == [("none", 1), ("motion", 1), ("none", 2), ("motion", 2)]
    assert found["command"] == f"python benchmarks/scenarios.py {' '.join(words)}"
    assert (found["cohorts"], found["participants"], found["analysed"]) == (2, 500, 102)
    assert found["verdicts"]["motion"] == {
        "C1 all": {"supported": 2},
        "C9 all": {"cannot be tested here": 2},
    }
    # The last line was cut while it was written, and one cohort more is asked for.
    lines = scenarios.DONE.read_text(encoding="utf-8")
    scenarios.DONE.write_text(lines[:-40] + "\n", encoding="utf-8")
    more = run(scenarios, monkeypatch, *words[:4], "3", *words[5:])
    assert scenarios.judged == [("motion", 2), ("none", 3), ("motion", 3)]
    assert more["verdicts"]["motion"]["C1 all"] == {"supported": 2, "not supported": 1}
    # Who stops at the second of two scenarios has the counts of the seeds before.
    (scenarios.COUNTS / "scenarios.json").unlink()
    with monkeypatch.context() as patch:
        judge = scenarios._judge
        patch.setattr(
            scenarios, "_judge", lambda one: judge(one) if one.effects == "none" else interrupt()
        )
        with pytest.raises(KeyboardInterrupt):
            run(scenarios, patch, *words[:4], "4", *words[5:])
    assert counts_of(scenarios)["cohorts"] == 3
    # Cohorts of another size are others.
    run(scenarios, monkeypatch, *words[:-1], "600")
    assert len(scenarios.judged) == 4


def test_cohorts_of_further_seeds_are_added_to_the_counts_that_are_there(
    scenarios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--scenarios", "none", "motion", "--participants", "500", "--cohorts")
    at_once = run(scenarios, monkeypatch, *words, "4")
    run(scenarios, monkeypatch, *words, "1")
    added = run(scenarios, monkeypatch, *words, "3", "--seed", "2", "--add")
    told = ("command", "date")
    assert {k: v for k, v in added.items() if k not in told} == {
        k: v for k, v in at_once.items() if k not in told
    }
    assert added["command"].count("python benchmarks/scenarios.py") == 2
    # What was counted is not counted again, and only what is alike is put together.
    for wrong in (("--seed", "4"), ("--seed", "5", "--draws", "7")):
        with pytest.raises(SystemExit) as stopped:
            run(scenarios, monkeypatch, *words, "1", *wrong, "--add")
        assert stopped.value.code == 2
    assert "expected first seed 5" in capsys.readouterr().err
    assert counts_of(scenarios)["cohorts"] == 4


def test_an_unknown_scenario_is_said_before_anything_is_made(
    scenarios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(scenarios, monkeypatch, "--scenarios", "none", "motoin")
    assert stopped.value.code == 2
    assert "did you mean 'motion'?" in capsys.readouterr().err
    assert not scenarios.judged
    assert not scenarios.DONE.exists()


def test_claims_are_counted_by_people_and_shown_as_shares(
    scenarios: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--scenarios", "motion", "--cohorts", "4", "--participants", "500", "900")
    monkeypatch.setattr("sys.argv", ["benchmarks/scenarios.py", *words, "--to", "people"])
    scenarios.main()
    found = open_measured(scenarios.COUNTS)
    rows = found.table("verdicts").set_index(["participants", "claim"])
    assert rows.loc[500, "C1"][["cohorts", "tested", "supported", "share"]].to_list() == [
        *(4, 4, 2, 0.5)
    ]
    # Wilson's interval of 2 of 4, by its formula.
    middle, reach = 0.5, 1.96 * (0.25 / 4 + 1.96**2 / 64) ** 0.5 / (1 + 1.96**2 / 4)
    ends = rows.loc[(900, "C1"), ["ci_low", "ci_high"]].astype(float)
    np.testing.assert_allclose(ends, [middle - reach, middle + reach], atol=1e-4)
    assert rows.loc[(900, "C9"), "tested"] == 0
    assert found.number("measured.people.participants") == "500 900"
    assert stamp_of(found.table("verdicts")).words.startswith("Simulated data, run simulated-")
    said = found.say("{certainty.verdicts.wrong}")
    assert "4 of 8 verdicts were *supported*" in said
    # A file that is cut, or of another kind, is refused in a sentence that says what to do.
    path = scenarios.COUNTS / "people.json"
    whole = path.read_text(encoding="utf-8")
    for damaged in (whole[:-30], "[]", whole.replace("draws", "drawn")):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(TransdxError, match=r"^people\.json .*expected what 'python .* away$"):
            open_measured(scenarios.COUNTS)
    assert open_measured(scenarios.COUNTS / "none").say("{certainty.verdicts.study}")


def test_drawn_cohorts_have_the_coefficients_that_they_are_said_to_have() -> None:
    module = load("calibration")
    module.MANY = 400_000
    cohort = module.draw(400_000, tie=0.3, effect=0.2, seed=1)
    design = cohort.covariates.assign(x=cohort.features["f03"], one=1.0)
    for place, score in enumerate(module.SCORES):
        slopes = np.linalg.lstsq(design, cohort.scores[score], rcond=None)[0]
        beta = slopes[3] * design["x"].std() / cohort.scores[score].std()
        assert beta == pytest.approx(cohort.truth[3, place], abs=4 / 400_000**0.5)
    assert cohort.truth[3, 0] > 0.1
    assert not cohort.truth[module.WITH_EFFECT :].any()
    assert cohort.features.iloc[:, -1].isna().mean() == pytest.approx(module.MISSING, abs=0.01)


def test_bands_are_over_cohorts_and_shares_stay_what_they_can_be() -> None:
    summary = load("calibration").summary
    values = np.array([0.0, 0.1] * 50)
    error = 0.05 * (100 / 99) ** 0.5 / 10
    mean, low, high, *_, cohorts = summary(values, "coverage")
    assert (mean, cohorts) == (pytest.approx(0.05), 100)
    assert (low, high) == (pytest.approx(0.05 - 1.96 * error), pytest.approx(0.05 + 1.96 * error))
    few = np.array([0.0, 0.0, 0.1])
    assert summary(few, "coverage")[1] == 0
    assert summary(few, "bias")[1] < 0


def test_steps_of_a_cohort_are_measured_where_their_truth_is_known() -> None:
    module = load("calibration")
    module.MANY = 100_000
    found = dict(module.in_a_cohort(3, 400, 60))
    assert {row[0] for row in found} == set(PROMISES)
    assert all(row[1] in STEPS and row[2] in NULLS and row[3] in SITUATIONS for row in found)
    # The very same cohort: permuted scores are more careful where covariates go with them.
    strong = [found[module.FALSE, "p", null, "strong"] for null in ("permute", "freedman_lane")]
    assert strong[0] < strong[1]
