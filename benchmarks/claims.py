"""How often a claim is called supported where nothing was planted.

    python benchmarks/claims.py --seeds 40

Simulates cohorts without any effect, one per seed, runs the whole analysis on each, and counts the
verdicts. A claim should be supported by chance in at most 5 % of them (2.5 % where one direction
counts). Also counts cohorts in which any structural connection, or any region's mean structural
connectivity, survives the false discovery rate. Results go to claims.json beside this file.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from transdx.findings import Findings, open_run


def main() -> None:
    """Run all seeds and write down what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40, help="cohorts (default: 40)")
    parser.add_argument("--participants", type=int, default=4_000, help="imaged people of each")
    parser.add_argument("--draws", type=int, default=1_000, help="permutations and resamples")
    chosen = parser.parse_args()
    verdicts, survivors = [], []
    for seed in range(1, chosen.seeds + 1):
        found = _run(seed, chosen.participants, chosen.draws)
        claims = found.table("claims")
        verdicts.append((claims["verdict"] == "supported").set_axis(_names(claims)))
        survivors.append(_structural(found))
        print(f"seed {seed}: {[name for name, yes in verdicts[-1].items() if yes] or 'none'}")
    counts = pd.concat([pd.DataFrame(verdicts).sum(), pd.DataFrame(survivors).sum()])
    report = {
        "claims.cohorts": chosen.seeds,
        "claims.participants": chosen.participants,
        "claims.draws": chosen.draws,
        **{f"claims.{name}": int(count) for name, count in counts.items()},
    }
    tested = len(verdicts[0]) * chosen.seeds
    total = int(pd.DataFrame(verdicts).to_numpy().sum())
    low, high = proportion_confint(total, tested, method="wilson")
    report |= {"claims.rows": tested, "claims.supported": total}
    report |= {"claims.rate_low": round(low, 4), "claims.rate_high": round(high, 4)}
    Path(__file__).with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


def _run(seed: int, participants: int, draws: int) -> Findings:
    with tempfile.TemporaryDirectory() as root:
        return open_run(
            seed=seed,
            effects="none",
            participants=participants,
            permutations=draws,
            bootstraps=draws,
            root=root,
        )


def _names(claims: pd.DataFrame) -> list[str]:
    return [
        f"{claim}.{score}" for claim, score in zip(claims["claim"], claims["score"], strict=True)
    ]


def _structural(found: Findings) -> dict[str, bool]:
    """Say whether anything survives in structural connectivity, per score and family."""
    table = found.table("associations")
    table = table[table["modality"] == "structural_connectivity"]
    kinds = {"connections": table["feature"].str.contains("--")}
    kinds["regions"] = ~kinds["connections"] & (table["feature"] != "total")
    return {
        f"structural.{kind}.{score}": bool((rows["p_fdr"] <= 0.05).any())
        for kind, chosen in kinds.items()
        for score, rows in table[chosen].groupby("score", sort=False)
    }


if __name__ == "__main__":
    main()
