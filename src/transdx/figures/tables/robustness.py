"""Tables of what of the findings is there again."""

from __future__ import annotations

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.robustness import NOTHING_AGAIN
from transdx.writing import count, decimal, interval, sentence_case


@reads()
def replications_table(replications: pd.DataFrame) -> TableView | Note:
    """Show what is found again in each repeat, and what its size lets one expect.

    A note says so where nothing was repeated.
    """
    rows = replications[replications["n"].notna() | (replications["lacks"] == "")]
    if rows.empty or not rows["findings"].fillna(0).any():
        return Note(NOTHING_AGAIN)
    return view(
        rows,
        "replications",
        "label n again expected p retained p_retained",
        caption=f"The {rows['findings'].iloc[0]:.0f} findings in each repeat.",
        note="Again: with the same sign, corrected among the findings. Expected: by bootstraps of "
        "the analysis at this size, with the central 95 %; p (fewer) is the share of these with so "
        "few. Size: of all effects, of what it was; p (size) by permutations.",
        formats={
            "expected": lambda row: (
                f"{decimal(row['expected'], places=1)} "
                f"({interval(row['ci_low'], row['ci_high'], places=0)})"
            ),
            "retained": lambda row: (
                f"{decimal(row['retained'], places=2)} "
                f"({interval(row['retained_low'], row['retained_high'], places=2)})"
            ),
        },
    )


@reads()
def replicated_table(replicated: pd.DataFrame, replications: pd.DataFrame) -> TableView | Note:
    """Show each finding of the analysis, and in how many repeats it is found again.

    A note says so where there is none.
    """
    if replicated.empty:
        return Note(NOTHING_AGAIN)
    names = dict(zip(replications["replication"], replications["label"], strict=True))
    keys = ["modality", "feature", "score", "beta"]
    rows = []
    for key, own in replicated.groupby(keys, sort=False):
        lost = "; ".join(names[one] for one in own.loc[own["again"] == "no", "replication"])
        rows.append((*key, int((own["again"] == "yes").sum()), lost))
    table = pd.DataFrame(rows, columns=[*keys, "again", "lost"])
    return TableView(
        table,
        name="replicated",
        caption=f"Each finding, and in how many of {replicated['replication'].nunique()} repeats "
        "it is found again.",
        note="The download names all in which it is not.",
        columns={
            "feature": "Region",
            "modality": "Measure",
            "score": "Score",
            "beta": "β",
            "again": "Again",
            "lost": "Not again",
        },
        formats={
            **dict.fromkeys(("feature", "modality", "score"), lambda v: sentence_case(label(v))),
            "beta": decimal,
            "again": count,
            "lost": _first,
        },
        cards=True,
    )


def _first(names: str) -> str:
    """Name the first of several, and how many more there are."""
    first, *others = names.split("; ")
    return f"{first} and {len(others)} more" if others else first or "–"
