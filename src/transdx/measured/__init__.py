"""What was measured of the method beforehand, in many cohorts: it takes longer than a book may.

Each file here was written by a command of ``benchmarks/``, and says by which, when and by which
version. It is about people who do not exist, whatever a run is about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from transdx.errors import TransdxError
from transdx.results.schema import TABLES, check
from transdx.results.select import UNTESTED
from transdx.results.store import Findings

__all__ = ["open_measured"]

#: The file of what was measured of each step; all others hold counts of verdicts.
_STEPS = "calibration"
#: What pictures and files say that they are of.
_MANIFEST: dict[str, Any] = {"name": "simulated-measured", "parameters": {"seed": 1}}

_Report = Mapping[str, Any]
_Row = tuple[Any, ...]


def open_measured(folder: Path | None = None) -> Findings:
    """Give what was measured of the method beforehand, over many simulated cohorts.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Of such files; by default those that come with the package.

    Returns
    -------
    Findings
        With the tables ``verdicts``, ``calibration`` and ``measured``, which says by which commands
        and when. What is not there has no rows.

    Raises
    ------
    TransdxError
        If a file does not hold what its command writes.

    Examples
    --------
    >>> found = open_measured()
    >>> found.world, sorted(found.tables)
    ('simulated', ['calibration', 'measured', 'verdicts'])
    """
    home = folder or Path(str(files("transdx").joinpath("measured")))
    rows: dict[str, list[_Row]] = {"verdicts": [], "calibration": [], "measured": []}
    for path in sorted(home.glob("*.json")):
        report = _report(path)
        table, make = ("calibration", _steps) if path.stem == _STEPS else ("verdicts", _verdicts)
        rows[table] += _made(path.stem, make, report)
        rows["measured"] += _made(path.stem, _about(path.stem), report)
    tables = {name: pd.DataFrame(found, columns=TABLES[name].names) for name, found in rows.items()}
    tables["verdicts"] = _once(tables["verdicts"])
    check(tables)
    return Findings("simulated", tables, _MANIFEST | {"versions": {"transdx": version("transdx")}})


def _once(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Keep of a size of a scenario that two files hold the one with more cohorts."""
    keys = ["scenario", "participants", "claim", "score"]
    most = verdicts.sort_values("cohorts", ascending=False, kind="stable").drop_duplicates(keys)
    return most.sort_index().reset_index(drop=True)


def _report(path: Path) -> _Report:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(path.stem, error) from error
    return found if isinstance(found, dict) else {}


def _made(name: str, make: Callable[[_Report], Iterator[_Row]], report: _Report) -> list[_Row]:
    try:
        return list(make(report))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> TransdxError:
    script = "calibration" if name == _STEPS else "scenarios"
    came = f"no {error}" if isinstance(error, KeyError) else str(error)
    return TransdxError(
        f"{name}.json of what was measured: expected what 'python benchmarks/{script}.py' writes, "
        f"got {came}; run it again, or take the file away"
    )


def _sizes(report: _Report) -> list[_Report]:
    """Give the counts of each size; a file of one size may hold them itself."""
    return list(report.get("sizes", [report]))


def _verdicts(report: _Report) -> Iterator[_Row]:
    for size in _sizes(report):
        for scenario, claims in size["verdicts"].items():
            for row, counts in claims.items():
                claim, _, score = row.partition(" ")
                tested = sum(counts.values()) - counts.get(UNTESTED, 0)
                supported = counts.get("supported", 0)
                about = (scenario, size["participants"], size["analysed"], claim, score)
                share = supported / tested if tested else float("nan")
                yield (*about, size["cohorts"], tested, supported, share, *_ends(supported, tested))


def _ends(count: int, of: int) -> tuple[float, float]:
    """Give Wilson's interval of a share (doi:10.1080/01621459.1927.10502953)."""
    from statsmodels.stats.proportion import proportion_confint

    if not of:
        return float("nan"), float("nan")
    low, high = proportion_confint(count, of, method="wilson")
    return float(low), float(high)


def _steps(report: _Report) -> Iterator[_Row]:
    for row in report["rows"]:
        values = [row[name] for name in TABLES["calibration"].names]
        yield tuple(float("nan") if value is None else value for value in values)


def _about(name: str) -> Callable[[_Report], Iterator[_Row]]:
    def about(report: _Report) -> Iterator[_Row]:
        people = " ".join(f"{size['participants']}" for size in _sizes(report))
        cohorts = min(size["cohorts"] for size in _sizes(report))
        said = [report[key] for key in ("date", "version", "command")]
        yield (name, *said, cohorts, people, report["draws"], report["seed"])

    return about
