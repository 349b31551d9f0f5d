"""Tables of what was measured of the method beforehand, over many cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.calibration import NULLS, PROMISES, SITUATIONS, STEPS, is_wrong, named
from transdx.writing import count, counted, decimal, percent, sentence_case

_Row = Mapping[str, Any]
#: What marks a verdict that is wrong.
_WRONG = "✗"
_WITHOUT = Note("This copy comes without counts of verdicts.")


@reads()
def verdict_table(verdicts: pd.DataFrame) -> TableView | Note:
    """Show how often each row of the ledger was supported in each scenario, at its largest size.

    A note says so where nothing was counted.
    """
    largest = verdicts.groupby("scenario")["participants"].transform("max")
    rows = verdicts[verdicts["participants"] == largest]
    if rows.empty:
        return _WITHOUT
    scenarios = list(dict.fromkeys(rows["scenario"]))
    about = [
        f"{label(str(name))} {counted(int(own['cohorts'].iloc[0]), 'cohort', 'cohorts')} of "
        f"{count(own['participants'].iloc[0])}"
        for name, own in rows.groupby("scenario", sort=False)
    ]
    return _wide(
        rows, "scenario", {name: sentence_case(label(name)) for name in scenarios},
        name="verdicts",
        caption="Share of cohorts in which each row of the ledger is supported, by scenario.",
        note=f"{_WRONG} wrong: not all that is claimed was planted. – cannot be tested. People: "
        f"{'; '.join(about)}.",
    )  # fmt: skip


@reads()
def verdict_size_table(verdicts: pd.DataFrame) -> TableView | Note:
    """Show how often each row of the ledger was supported by people, with the study's effects.

    A note says so where nothing was counted.
    """
    rows = verdicts[verdicts["scenario"] == "study"].sort_values("participants", kind="stable")
    if rows.empty:
        return _WITHOUT
    sizes = {int(size): count(size) for size in rows["participants"].unique()}
    cohorts = rows.drop_duplicates("participants")["cohorts"].tolist()
    told = ", ".join(map(str, cohorts))
    return _wide(
        rows, "participants", sizes, name="verdicts-by-people",
        caption="Share of cohorts in which each row of the ledger is supported, by people.",
        note=f"Simulated with the effects of the study; {told} cohorts. People are those with "
        "images, of whom some are left out. – cannot be tested.",
    )  # fmt: skip


def _wide(
    rows: pd.DataFrame, across: str, heads: Mapping[Any, str], *, name: str, caption: str, note: str
) -> TableView:
    """Set the shares of scenarios or sizes beside each other."""
    wide = rows.pivot(index=["claim", "score"], columns=across, values="share")
    order = rows[["claim", "score"]].drop_duplicates()
    wide = wide.reindex(pd.MultiIndex.from_frame(order))[list(heads)].reset_index()
    wide.insert(0, "row", [named(row) for row in wide[["claim", "score"]].to_dict("records")])
    wide = wide.drop(columns=["claim", "score"]).rename(columns=str)
    wrong = [str(one) for one in heads if across == "scenario" and is_wrong(str(one))]
    formats = {str(one): partial(_share, wrong=str(one) in wrong) for one in heads}
    return TableView(
        wide, name=name, caption=caption, note=note,
        columns={"row": "Claim", **{str(one): words for one, words in heads.items()}},
        formats=formats, cards=True,
    )  # fmt: skip


def _share(value: float, *, wrong: bool) -> str:
    words = percent(100 * value, places=0)
    return f"{_WRONG} {words}" if wrong and value else words


@reads()
def calibration_table(calibration: pd.DataFrame) -> TableView | Note:
    """Show all that was measured of each step. A note says so where nothing was."""
    if calibration.empty:
        return Note("This copy comes without measurements of steps.")
    words = {"measure": {key: name for key, (name, _) in PROMISES.items()}, "step": STEPS}
    words |= {"null": NULLS, "situation": SITUATIONS}
    shown = {
        "measure": "Measured", "step": "Of", "null": "By", "situation": "Where",
        "estimate": "Mean over cohorts", "ci_low": "Its 95 % band",
        "low": "Central 95 % of cohorts", "cohorts": "Cohorts",
    }  # fmt: skip
    return TableView(
        calibration, name="calibration",
        caption="Whether each step holds its word, over cohorts whose truth is known.",
        note="Of maps, a cohort is a pair of them.",
        columns=shown,
        formats={"cohorts": count},
        row_formats={
            **{key: partial(_word, key=key, names=names) for key, names in words.items()},
            "estimate": lambda row: _value(row, "estimate"),
            "ci_low": lambda row: f"{_value(row, 'ci_low')} to {_value(row, 'ci_high')}",
            "low": _spread,
        },
        rows=12,
    )  # fmt: skip


def _word(row: _Row, *, key: str, names: Mapping[str, str]) -> str:
    return sentence_case(names[row[key]])


def _value(row: _Row, column: str) -> str:
    value = row[column]
    return decimal(value, places=4) if row["measure"] == "bias" else percent(100 * value)


def _spread(row: _Row) -> str:
    if pd.isna(row["low"]):
        return "–"
    return f"{_value(row, 'low')} to {_value(row, 'high')}"
