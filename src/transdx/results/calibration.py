"""What was measured of the method beforehand, in words: whether it holds its word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from transdx.naming import label
from transdx.results.each import listed
from transdx.results.select import ALPHA, LEVEL, POWER
from transdx.scenarios import SCENARIOS
from transdx.writing import count, counted, percent

__all__ = [
    *("FALSE", "NULLS", "PROMISES", "SITUATIONS", "STEPS"),
    *("certain", "cite", "is_wrong", "named"),
]

FALSE = "false_positives"
#: By what is measured: its name, and the value that it should have, at most or about.
PROMISES: Mapping[str, tuple[str, float]] = {
    FALSE: ("False positives", ALPHA),
    "fdr": ("False among what survives", ALPHA),
    "coverage": ("Intervals that hold the truth", 1 - ALPHA),
    "bias": ("Bias, in β", 0.0),
    "power": ("Found of what is there", float("nan")),
}
STEPS: Mapping[str, str] = {
    "p": "p of the study, each measure",
    "exact": "p by counting, each measure",
    "familywise": "family-wise p, any measure",
    "fdr": "FDR, any measure",
    "gaps": "mean of measures with gaps",
    "difference": "difference of two scores",
    "odds_ratio": "odds ratio",
    "absent": "practically absent, at the bound",
    "survivors": "FDR, with effects",
    "effect": "β of measures with an effect",
    "none": "β of other measures",
    "cortex": "maps of the cortex",
    "deep": "maps of deep structures",
}
NULLS: Mapping[str, str] = {
    "permute": "scores permuted",
    "aligned": "scores permuted, people in their places",
    "freedman_lane": "residuals permuted",
    "bootstrap": "bootstrap",
    "wald": "Wald",
    "spin": "spins",
    "shuffle": "shuffled one by one",
}
SITUATIONS: Mapping[str, str] = {
    "usual": "covariates hardly go with scores",
    "strong": "covariates go strongly with scores",
    "effects": "with effects",
    "sides_0": "left and right unrelated",
    "sides_0.8": "left and right alike, r = 0.8",
    "sides_0.95": "left and right alike, r = 0.95",
}

_KEYS = ["claim", "score"]


def is_wrong(scenario: str) -> bool:
    """Say whether *supported* is wrong in a scenario: where not all that is claimed is planted.

    >>> is_wrong("study"), is_wrong("motion"), is_wrong("reliability")
    (False, True, True)
    """
    return SCENARIOS[scenario].claims is not None


def named(row: Mapping[Any, Any]) -> str:
    """Name a row of the ledger.

    >>> named({"claim": "C1", "score": "anxiety"})
    'C1 (anxiety)'
    """
    return f"{row['claim']} ({label(str(row['score']))})"


def cite(measured: pd.DataFrame) -> dict[str, str]:
    """Say by which commands verdicts were counted, and when."""
    told = [
        f"{counted(row['cohorts'], 'cohort', 'cohorts')}{' each' * (' ' in row['participants'])} "
        f"of {listed([count(int(size)) for size in row['participants'].split()])} people, "
        f"on {row['date']}, version {row['version']}: `{row['command']}`."
        for row in measured.to_dict("records")
        if row["name"] != "calibration"
    ]
    return {"measured.told": " ".join(told) or _NOTHING}


def certain(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Say what follows from the counts of verdicts, and from what was measured of each step."""
    found: dict[str, str] = {}
    if "verdicts" in tables:
        table = tables["verdicts"]
        table = table[table["tested"] > 0]
        found["verdicts.study"] = _power(table[table["scenario"] == "study"])
        found["verdicts.wrong"] = _wrong(table[table["scenario"].map(is_wrong)])
        found["verdicts.people"] = _people(table[table["scenario"] == "study"])
    if "calibration" in tables:
        found["calibration"] = " ".join(_steps(tables["calibration"])) or _NOTHING
    return found


_NOTHING = "This copy comes without such counts; `python benchmarks/scenarios.py` makes them."


def _power(study: pd.DataFrame) -> str:
    """Say which claims are missed too often though they are true, at the largest size."""
    if study.empty:
        return _NOTHING
    enough = study[study["cohorts"] >= _FEW]
    told = enough if len(enough) else study
    rows = told[told["participants"] == told["participants"].max()]
    low = rows[rows["share"] < POWER]
    size, cohorts = count(rows["participants"].iloc[0]), int(rows["cohorts"].iloc[0])
    many = counted(cohorts, "cohort", "cohorts")
    begin = f"In {many} of {size} people with the effects of the study"
    if low.empty:
        return f"{begin}, every row that can be tested was supported in at least {_OFTEN} of them."
    if len(low) > _MANY:
        each, rest = [named(row) for row in low.to_dict("records")], ""
    else:
        each = [f"{named(row)} ({_of(row)})" for row in low.to_dict("records")]
        rest = " Every other row that can be tested was supported more often."
    return (
        f"{begin}, fewer than {_OFTEN} supported {listed(each)}: that one cohort does not support "
        f"such a claim says little against it.{rest}"
    )


_OFTEN = percent(100 * POWER, places=0)
#: Rows that are counted one by one, and cohorts that a share takes.
_MANY, _FEW = 6, 5


def _of(row: Mapping[object, object]) -> str:
    return f"{row['supported']} of {row['tested']}"


def _wrong(rows: pd.DataFrame) -> str:
    """Count what was supported though it was not planted."""
    if rows.empty:
        return _NOTHING
    made, of = int(rows["supported"].sum()), int(rows["tested"].sum())
    words = (
        f"Where not all that is claimed was planted, {count(made) if made else 'none'} of "
        f"{count(of)} verdicts were *supported*"
    )
    if not made:
        return f"{words}."
    each = [
        f"{named(row)} in {_of(row)} of {label(str(row['scenario']))}"
        for row in rows[rows["supported"] > 0].to_dict("records")
    ]
    return f"{words}, wrongly: {listed(each)}."


def _people(study: pd.DataFrame) -> str:
    """Say from how many people on claims are supported often enough."""
    study = study[study["cohorts"] >= _FEW]
    sizes = sorted(study["participants"].unique())
    if not sizes:
        return _NOTHING
    enough: dict[int, list[str]] = {}
    never = []
    for keys, rows in study.groupby(_KEYS, sort=False):
        good = rows.sort_values("participants")
        # At this size and at all larger ones.
        held = good["share"].ge(POWER)[::-1].cummin()[::-1]
        name = named(dict(zip(_KEYS, keys, strict=True)))
        if held.any():
            enough.setdefault(int(good.loc[held, "participants"].iloc[0]), []).append(name)
        else:
            never.append(name)
    words = [f"with {count(size)} people {listed(enough[size])}" for size in sorted(enough)]
    told = f"At least {_OFTEN} of cohorts supported " + "; ".join(words) + "." if words else ""
    if never:
        which = f"{listed(never)}" if len(never) <= _MANY else f"the other {count(len(never))} rows"
        tried = f"{count(sizes[-1])} people, the most that were tried,"
        told += f" Not even with {tried} was that so of {which}."
    return told.strip()


def _steps(table: pd.DataFrame) -> Iterator[str]:
    """Name the steps that err too often: the band over cohorts lies above the level."""
    rows = table[table["measure"] == FALSE]
    if rows.empty:
        return
    over = rows[rows["ci_low"] > PROMISES[FALSE][1]]
    kept = len(rows) - len(over)
    yield f"Of {len(rows)} rates, {kept} lie at or below {LEVEL}, within what chance allows."
    each = [
        f"{STEPS[str(step)]} ({NULLS[str(null)]}), {_from(own['estimate'])}"
        for (step, null), own in over.groupby(["step", "null"], sort=False)
    ]
    if each:
        yield f"Above it lie {'; '.join(each)}."


def _from(rates: pd.Series) -> str:
    low, high = (percent(100 * end, places=0) for end in (rates.min(), rates.max()))
    return low if low == high else f"{low.removesuffix('%').strip()} to {high}"
