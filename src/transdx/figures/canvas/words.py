"""Words that several figures say: how many survive, how many people, what a map shows."""

from __future__ import annotations

import pandas as pd

from transdx import modalities
from transdx.figures.canvas.rows import modalities_in, scores_in
from transdx.naming import label
from transdx.results.select import FDR, stands_out, survives
from transdx.writing import count, counted, sentence_case


def survival(rows: pd.DataFrame, *, what: str = "", level: str = FDR) -> str:
    """Count the rows with ``p_fdr`` that survive: ``1 of 3 regions survives FDR 5 %``."""
    one, many = (
        " ".join(filter(None, ["of", count(len(rows)), what, verb, level]))
        for verb in ("survives", "survive")
    )
    return counted(int(survives(rows).sum()), one, many)


def found_words(rows: pd.DataFrame) -> str:
    """Count in words which annotations survive as a level, and which stand out as a place."""
    placed = counted(int(stands_out(rows).sum()), "stands out", "stand out")
    return f"{survival(rows)} as a level; {placed} as a place"


def people(rows: pd.DataFrame) -> str:
    """Write the sample size of rows, or the range of several: ``n = 25,600 to 25,604``."""
    low, high = rows["n"].min(), rows["n"].max()
    return f"n = {count(high)}" if low == high else f"n = {count(low)} to {count(high)}"


def tally(rows: pd.DataFrame) -> str:
    """Count findings by modality: ``surface area 12, thickness 3``; ``none`` for no rows.

    A finding is a feature of a modality, and counts once where it is of several regions.
    """
    findings = rows.drop_duplicates(["modality", "feature"])
    counts = findings["modality"].astype(str).value_counts()
    return ", ".join(f"{label(name)} {counts[name]}" for name in modalities_in(rows)) or "none"


def map_title(modality: str) -> str:
    """Name what a map of regions shows; of connections it is a mean, and called regional."""
    name = label(modality)
    return f"regional {name}" if modality in modalities.CONNECTIVITY else name


def scale_words(rows: pd.DataFrame, what: str = "standardised beta") -> str:
    """Say what the colours of a picture stand for, and whether all scores have them in common."""
    return f"{what}, one scale for all scores" if len(scores_in(rows)) > 1 else what


def score_name(score: object, *, every: str = "All together") -> str:
    """Name a score at the head of a row, and what stands for all scores."""
    return every if score == "all" else sentence_case(label(str(score)))


def is_beta(quantity: object) -> bool:
    """Say whether the quantity of a claim is a standardised beta."""
    return "β" in str(quantity)


def short_quantity(quantity: str) -> str:
    """Say what a claim is about without what the axis says, and the members of a long list."""
    words = quantity.removeprefix("mean ").removeprefix("β of ")
    if len(words) <= 48:
        return words
    return f"{words[:46].rsplit(' ', 1)[0].removesuffix(' and').rstrip(',')} …"
