"""Hidden cases let other right answers pass, and tell those from the usual slips."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from transdx.teach.answers import plain
from transdx.teach.editions import read_exercises
from transdx.teach.judging import _compare

ROOT = Path(__file__).parents[2]


def _outside(values, fences):
    low, high = np.percentile(values, 25), np.percentile(values, 75)
    far = fences * (high - low)
    return sum(not low - far <= value <= high + far for value in values) / len(values)


def _chances(errors):
    rng = np.random.default_rng(5)
    found = np.abs(rng.normal(errors, 1, size=(40_000, 2))) > 1.96
    return np.mean(found.sum(axis=1) == 1)


#: By exercise: another right answer, and what is often taken for one.
ANSWERS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "partial_beta": (
        lambda y, x, c: (
            sm.OLS(stats.zscore(y), sm.add_constant(np.c_[stats.zscore(x), c])).fit().params[1]
        ),
        lambda y, x, c: np.corrcoef(y, x)[0, 1],
    ),
    "smallest_p": (lambda many: 1 / (many + 1), lambda many: 1 / many),
    "rank_correlation": (
        lambda a, b: stats.spearmanr(a, b).statistic,
        lambda a, b: np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1],
    ),
    "outside_share": (
        _outside,
        lambda v, fences: np.mean(np.abs(v - np.mean(v)) > fences * np.std(v)),
    ),
    "false_discovery": (
        stats.false_discovery_control,
        lambda p: np.minimum(p * len(p) / stats.rankdata(p), 1),
    ),
    "people_needed": (
        lambda beta: np.ceil(stats.chi2.isf(0.05, 1) * (1 + 0.8416212 / 1.959964) ** 2 / beta**2),
        lambda beta: np.ceil((1.96 / beta) ** 2),
    ),
    "correlation_matrix": (lambda signal: np.corrcoef(signal.T), lambda s: s.T @ s / len(s)),
    "p_of_difference": (
        lambda a, b: min(1, 2 * min(np.mean(a > b), np.mean(b > a))),
        lambda a, b: 2 * min(np.mean(np.sort(a) > np.sort(b)), np.mean(np.sort(b) > np.sort(a))),
    ),
    "only_one": (_chances, lambda errors: stats.norm.sf(1.96 - errors)),
    "weighted_mean": (
        lambda beta, w: np.ma.average(np.ma.masked_invalid(beta), weights=w),
        lambda beta, w: np.nansum(beta * w) / np.sum(w),
    ),
    "map_correlation": (
        lambda a, b: pd.Series(a).corr(pd.Series(b)),
        lambda a, b: np.corrcoef(np.nan_to_num(a), np.nan_to_num(b))[0, 1],
    ),
    "judge_only": (
        lambda beta, p, others, absent: (
            "Not supported"
            if beta >= 0
            else "same direction"
            if max(p, *others) > 0.05
            else ("stronger than in the others", "supported")[max(absent) <= 0.05]
        ),
        # Who takes what differs for what is alone.
        lambda beta, p, others, absent: (
            "not supported"
            if beta >= 0
            else "supported"
            if max(p, *others) <= 0.05
            else "same direction"
        ),
    ),
    "mean_printed": (
        lambda b, p, level: (
            float(np.abs(b[p <= level]).sum() / np.sum(p <= level))
            if np.any(p <= level)
            else float("nan")
        ),
        # Signs that cancel.
        lambda b, p, level: b[p <= level].mean() if np.any(p <= level) else float("nan"),
    ),
    "found_again": (
        lambda before, after, p, level: _again(before, after, p, level, among=len(p)),
        # The other sign counts as well.
        lambda before, after, p, level: _again(abs(before), abs(after), p, level, among=len(p)),
    ),
    "band": (
        lambda shares: np.mean(shares) + np.array([-1.96, 1.96]) * stats.sem(shares),
        lambda shares: np.quantile(shares, [0.025, 0.975]),
    ),
    "expected_rate": (
        lambda explained: stats.chi2.sf(stats.chi2.isf(0.05, 1) / (1 - explained), 1),
        lambda explained: 0.05 * (1 - explained),
    ),
    "people_with_noise": (
        lambda people, reliability: -int(-people // reliability),
        lambda people, reliability: int(np.ceil(people / reliability**0.5)),
    ),
    "p_of_median": (
        lambda observed, permuted: float(
            np.mean(
                np.abs(np.median(np.column_stack([observed, permuted]), axis=0))
                >= abs(np.median(observed))
            )
        ),
        # Each specification by itself.
        lambda observed, permuted: float(np.mean(np.abs(permuted) >= np.abs(np.median(observed)))),
    ),
    "share_of": (
        lambda rows, choice: (
            sm.OLS(rows["beta"], pd.get_dummies(rows[choice]).astype(float)).fit().rsquared
        ),
        # Every option counted once.
        lambda rows, choice: rows.groupby(choice)["beta"].mean().var() / rows["beta"].var(),
    ),
}


def _again(before: Any, after: Any, p: Any, level: float, *, among: int) -> int:
    """Count by the steps of Benjamini and Hochberg, one by one."""
    order = np.argsort(p)
    passed = [k for k, place in enumerate(order, 1) if p[place] <= level * k / among]
    kept = order[: max(passed, default=0)]
    return int(sum(before[place] * after[place] > 0 for place in kept))


#: These ask for a number of the notebook that they stand in.
OF_THE_NOTEBOOK = {"kept", "p_of_turns"}


def _functions() -> dict[str, dict[str, str]]:
    """Find the exercises that ask for a function: its solution, and its hidden cases."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for one in read_exercises(cells, of=path.name):
            if (one.stub or "").startswith("def"):
                # Words may follow the code.
                solution, *_ = one.parts["solution"]
                found[one.name] = {"solution": solution, "marking": one.parts["marking"][0]}
    return found


FUNCTIONS = _functions()


def _solved(name: str) -> tuple[Callable[..., Any], list[tuple[Any, ...]], float]:
    known: dict[str, Any] = {"np": np, "pd": pd, "norm": stats.norm}
    known["multipletests"] = multipletests
    tree = ast.parse(FUNCTIONS[name]["solution"])
    tree.body = [node for node in tree.body if getattr(node, "name", "") == name]
    exec(compile(tree, name, "exec"), known)
    exec(FUNCTIONS[name]["marking"], known)
    cases = known[f"{name}_cases"](np.random.default_rng(11))
    return known[name], cases, known.get(f"{name}_tolerance", 1e-6)


def _tell(function: Callable[..., Any], cases: list[tuple[Any, ...]]) -> dict[str, Any]:
    return {"values": [{"value": plain(function(*case))} for case in cases]}


def test_every_function_that_is_asked_for_is_looked_at():
    assert set(ANSWERS) | OF_THE_NOTEBOOK == set(FUNCTIONS)


@pytest.mark.parametrize("name", ANSWERS)
def test_another_right_answer_passes_and_a_slip_does_not(name):
    solution, cases, tolerance = _solved(name)
    right = _tell(solution, cases)
    other, slip = ANSWERS[name]
    assert _compare(_tell(other, cases), right, tolerance)[0] == 1
    assert _compare(_tell(slip, cases), right, tolerance)[0] < 1
