"""Long benchmarks go on where they were cut, and count what they made."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the benchmark of scenarios, which judges nothing and remembers what it was to judge."""
    path = ROOT / "benchmarks" / "scenarios.py"
    spec = importlib.util.spec_from_file_location("scenarios_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DONE", tmp_path / "_build" / "scenarios.jsonl")
    monkeypatch.setattr(module, "COUNTS", tmp_path / "scenarios.json")
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
    counts: dict[str, Any] = json.loads(module.COUNTS.read_text(encoding="utf-8"))
    return counts


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
    scenarios.COUNTS.unlink()
    with monkeypatch.context() as patch:
        judge = scenarios._judge
        patch.setattr(
            scenarios, "_judge", lambda one: judge(one) if one.effects == "none" else interrupt()
        )
        with pytest.raises(KeyboardInterrupt):
            run(scenarios, patch, *words[:4], "4", *words[5:])
    assert json.loads(scenarios.COUNTS.read_text(encoding="utf-8"))["cohorts"] == 3
    # Cohorts of another size are others.
    run(scenarios, monkeypatch, *words[:-1], "600")
    assert len(scenarios.judged) == 4


def test_an_unknown_scenario_is_said_before_anything_is_made(
    scenarios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(scenarios, monkeypatch, "--scenarios", "none", "motoin")
    assert stopped.value.code == 2
    assert "did you mean 'motion'?" in capsys.readouterr().err
    assert not scenarios.judged
    assert not scenarios.DONE.exists()
