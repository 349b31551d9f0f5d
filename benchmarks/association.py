"""Time and memory of the association analysis at the size of the study.

``python benchmarks/association.py`` prints a table and writes ``association.json`` beside this
file. Each measurement has a fresh process. The products alone are those of the analysis, with the
same shapes, blocks and threads, in its process and right after it. The other programs are
measured on a part of the work, which is scaled to the whole in proportion; what was measured is
printed and written too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

TARGET = Path(__file__).with_suffix(".json")
SIZES = {"participants": 25_604, "covariates": 6, "features": 2_600, "scores": 3, "draws": 5_000}
# 1,300 of 2,600 features, as many as there are structural connections, have missing values.
WITH_GAPS = 0.5
GAPS = (0.05, 0.40)
GIGABYTE = 1e9
# What of the others is measured: features and draws.
NILEARN_PART = (1_300, 200)
STATSMODELS_PART = (4, 25)
LABELS = {
    "seconds": "associate, seconds",
    "permutation_seconds": "  of which permutations",
    "bootstrap_seconds": "  of which bootstraps",
    "peak_gb": "peak memory of the process, GB",
    "tables_gb": "  of which tables given, GB",
    "products_seconds": "its matrix products alone, seconds",
    "products_ratio": "associate / its products",
    "products_cpu_ratio": "  the same in processor time",
    "aligned_seconds": "associate, aligned permutations, seconds",
    "aligned_peak_gb": "  peak memory of the process, GB",
    "nilearn_seconds": "nilearn permuted_ols, seconds (scaled)",
    "nilearn_ratio": "nilearn / our permutations",
    "statsmodels_seconds": "loop of statsmodels fits, seconds (scaled)",
    "statsmodels_ratio": "statsmodels / associate",
}


def main() -> None:
    """Measure everything, or one part of it in this process."""
    parser = argparse.ArgumentParser(description="Benchmark of the association analysis.")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--draws", type=int, default=SIZES["draws"])
    parser.add_argument("--features", type=int, default=SIZES["features"])
    given = parser.parse_args()
    sizes = {**SIZES, "draws": given.draws, "features": given.features}
    if given.part:
        print(json.dumps(PARTS[given.part](sizes)))
        return
    found: dict[str, float] = {**sizes, "processors": len(os.sched_getaffinity(0))}
    for part in given.only:
        found |= measure(part, sizes)
    report(found)
    if sizes == SIZES and given.only == list(PARTS):
        numbers = {f"association.{key}": value for key, value in found.items()}
        TARGET.write_text(json.dumps(numbers, indent=2) + "\n")


def measure(part: str, sizes: dict[str, int]) -> dict[str, float]:
    """Run one part in a fresh process."""
    print(f"Measuring {part} ...", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--part", part]
    command += [f"--{name}={sizes[name]}" for name in ("draws", "features")]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def report(found: dict[str, float]) -> None:
    """Derive the ratios and print the table."""
    for ratio, above, below in (
        ("products_ratio", "seconds", "products_seconds"),
        ("products_cpu_ratio", "cpu_seconds", "products_cpu_seconds"),
        ("nilearn_ratio", "nilearn_seconds", "permutation_seconds"),
        ("statsmodels_ratio", "statsmodels_seconds", "seconds"),
    ):
        if {above, below} <= set(found):
            found[ratio] = round(found[above] / found[below], 2)
    print(
        f"{found['participants']:,} participants, {found['covariates']} covariates, "
        f"{found['features']:,} features, {found['scores']} scores, "
        f"{found['draws']:,} permutations and bootstraps, {found['processors']} processors"
    )
    for key, text in LABELS.items():
        if key in found:
            print(f"{text:<45}{found[key]:>12,.2f}")
    # Two threads are busy in the analysis itself, so more than that is somebody else's work.
    busy = found["processors"] + 0.5
    if found.get("load_before", 0) > 1.5 or found.get("load_after", 0) > busy:
        print(
            f"The machine had other work (load {found['load_before']} before, "
            f"{found['load_after']} after): measure again when it is idle."
        )
    if found.get("products_ratio", 2.0) < 1:
        print("The products alone took longer than the analysis: something else was running then.")
    for name in ("nilearn", "statsmodels"):
        if f"{name}_part_seconds" in found:
            print(
                f"{name} was measured on {found[f'{name}_part_features']:,} features and "
                f"{found[f'{name}_part_draws']:,} draws ({found[f'{name}_part_seconds']:.1f} "
                f"seconds) and scaled in proportion."
            )


def make_tables(sizes: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make features with gaps, scores and covariates, all correlated a little."""
    n, count = sizes["participants"], sizes["features"]
    rng = np.random.default_rng(1)
    covariates = rng.normal(size=(n, sizes["covariates"]))
    common = covariates @ rng.normal(size=(sizes["covariates"], 2)) / 4
    scores = np.floor(np.abs(rng.normal(size=(n, sizes["scores"])) + common[:, :1]))
    # One row per feature in memory, as tables read from files are laid out.
    values = np.empty((count, n))
    gaps = int(count * WITH_GAPS)
    for i, row in enumerate(values):
        row[:] = 1_000 + 50 * (rng.normal(size=n) + common[:, 1])
        if i < gaps:
            row[rng.random(n) < rng.uniform(*GAPS)] = np.nan
    names = [f"feature_{i}" for i in range(count)]
    ids = pd.Index(np.arange(n) + 90_000_001, name="participant")
    return (
        pd.DataFrame(values.T, ids, names, copy=False),
        pd.DataFrame(scores, ids, ["insomnia", "depression", "anxiety"]),
        pd.DataFrame(covariates, ids, [f"covariate_{i}" for i in range(sizes["covariates"])]),
    )


def associate_part(sizes: dict[str, int]) -> dict[str, float]:
    """Time `associate`, then the products it made."""
    from transdx.stats import associate

    tables = make_tables(sizes)
    missing = tables[0].isna().sum().to_numpy()
    size = sum(frame.memory_usage(deep=True).sum() for frame in tables) / GIGABYTE
    ends: dict[str, float] = {}

    def note(stage: str, done: int, total: int) -> None:
        ends[stage] = time.perf_counter()

    load = os.getloadavg()[0]
    start, cpu = time.perf_counter(), time.process_time()
    found = associate(
        *tables, permutations=sizes["draws"], bootstraps=sizes["draws"], progress=note
    )
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    assert found.table()["p"].notna().all()
    del found, tables
    products_cpu = time.process_time()
    products = time_products(sizes, missing)
    products_cpu = time.process_time() - products_cpu
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "products_cpu_seconds": round(products_cpu, 2),
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "fit_seconds": round(ends["fit"] - start, 2),
        "permutation_seconds": round(ends["permutations"] - ends["fit"], 2),
        "bootstrap_seconds": round(ends["bootstraps"] - ends["permutations"], 2),
        "peak_gb": round(peak, 3),
        "tables_gb": round(float(size), 3),
        **{key: round(value, 2) for key, value in products.items()},
    }


def aligned_part(sizes: dict[str, int]) -> dict[str, float]:
    """Time `associate` with permutations that keep people in their places, as the book does."""
    from transdx.stats import associate

    tables = make_tables(sizes)
    start = time.perf_counter()
    draws = {"permutations": sizes["draws"], "bootstraps": sizes["draws"]}
    found = associate(*tables, **draws, null="aligned")
    seconds = time.perf_counter() - start
    assert found.table()["p"].notna().all()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    return {"aligned_seconds": round(seconds, 2), "aligned_peak_gb": round(peak, 3)}


def time_products(sizes: dict[str, int], missing: np.ndarray) -> dict[str, float]:
    """Time the products of `associate` alone, on operands of the same shapes.

    Nothing is gathered, converted or solved. Where the analysis runs products side by side, so
    does this.
    """
    from transdx.stats._workers import processors, workers

    with workers(processors()) as run:
        spent = {
            "products_permutation_seconds": permutation_products(sizes, run),
            "products_bootstrap_seconds": bootstrap_products(sizes, missing, run),
        }
    return {"products_seconds": sum(spent.values()), **spent}


def permutation_products(sizes: dict[str, int], run) -> float:
    """Products of directions with permuted scores."""
    from transdx.stats.permutation import permutation_piece

    n, scores, draws = sizes["participants"], sizes["scores"], sizes["draws"]
    step = permutation_piece((n, scores), sizes["features"], memory=2**30)
    rng = np.random.default_rng(0)
    directions = rng.random((sizes["features"], n), dtype=np.float32)
    permuted = rng.random((scores * step, n), dtype=np.float32)

    def one(_: int) -> None:
        directions @ permuted.T

    start = time.perf_counter()
    list(run(one, range(0, draws, step)))
    return time.perf_counter() - start


def bootstrap_products(sizes: dict[str, int], missing: np.ndarray, run) -> float:
    """Products of weights with the cross products of everybody, of features, of those missing."""
    from transdx.stats.bootstrap import FEATURES, ROWS, bootstrap_piece

    n, scores, draws = sizes["participants"], sizes["scores"], sizes["draws"]
    q = sizes["covariates"] + 1
    shared = q * (q + 1) // 2 + q * scores + scores
    step = bootstrap_piece(n, draws=draws, memory=2**30)
    rng = np.random.default_rng(0)
    weights = rng.random((n, step), dtype=np.float32)
    everybody = rng.random((n, shared), dtype=np.float32)
    cross = rng.random((FEATURES * (q + scores + 1), n), dtype=np.float32)
    groups = [missing[i : i + FEATURES] for i in range(0, len(missing), FEATURES)]

    def one(group: np.ndarray) -> None:
        cross[: len(group) * (q + scores + 1)] @ weights
        # The analysis gathers weights into a small array that stays in the cache: so it is here,
        # or the products alone would read more memory than the whole analysis.
        few, part = weights[:ROWS].copy(), np.empty((shared, step), dtype=np.float32)
        for count in group:
            for first in range(0, count, ROWS):
                last = min(first + ROWS, count)
                np.matmul(everybody[first:last].T, few[: last - first], out=part)

    start = time.perf_counter()
    for _ in range(0, draws, step):
        everybody.T @ weights
        list(run(one, groups))
    return time.perf_counter() - start


def nilearn_part(sizes: dict[str, int]) -> dict[str, float]:
    """Time `permuted_ols` on complete features, all scores in one call, two processes."""
    from nilearn.mass_univariate import permuted_ols

    features, draws = NILEARN_PART
    features = min(features, sizes["features"])
    x, y, c = make_tables({**sizes, "features": features})
    x = x.fillna(x.mean()).to_numpy()
    start = time.perf_counter()
    permuted_ols(
        y.to_numpy(), x, confounding_vars=c.to_numpy(), n_perm=draws, two_sided_test=True,
        random_state=0, n_jobs=2, output_type="dict",
    )  # fmt: skip
    seconds = time.perf_counter() - start
    whole = sizes["features"] * sizes["draws"]
    return {
        "nilearn_part_features": features,
        "nilearn_part_draws": draws,
        "nilearn_part_seconds": round(seconds, 2),
        "nilearn_seconds": round(seconds * whole / (features * draws), 1),
    }


def statsmodels_part(sizes: dict[str, int]) -> dict[str, float]:
    """Time one fit per feature, score and draw: permutations, then resamples."""
    import statsmodels.api as sm

    features, draws = STATSMODELS_PART
    tables = make_tables({**sizes, "features": features})
    x, y, c = (table.to_numpy() for table in tables)
    rng = np.random.default_rng(0)

    def fit(column: np.ndarray, score: np.ndarray, covariates: np.ndarray) -> float:
        predictors = np.column_stack([np.ones(len(column)), column / column.std(), covariates])
        return float(sm.OLS(score / score.std(), predictors).fit().params[1])

    start = time.perf_counter()
    for i in range(features):
        there = np.isfinite(x[:, i])
        column, covariates = x[there, i], c[there]
        for _ in range(draws):
            order = rng.permutation(len(y))
            rows = np.flatnonzero(there)[rng.integers(0, len(column), len(column))]
            for j in range(y.shape[1]):
                fit(column, y[order, j][: len(column)], covariates)
                fit(x[rows, i], y[rows, j], c[rows])
    seconds = time.perf_counter() - start
    whole = sizes["features"] * sizes["draws"]
    return {
        "statsmodels_part_features": features,
        "statsmodels_part_draws": draws,
        "statsmodels_part_seconds": round(seconds, 2),
        "statsmodels_seconds": round(seconds * whole / (features * draws), 0),
    }


PARTS = {
    "associate": associate_part,
    "aligned": aligned_part,
    "nilearn": nilearn_part,
    "statsmodels": statsmodels_part,
}


if __name__ == "__main__":
    main()
