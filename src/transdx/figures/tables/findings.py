"""What is specific to a score, and what becomes of the claims of the study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check
from transdx.figures.canvas.words import is_beta, score_name
from transdx.figures.tables.catalogue import SHOWN, contrast_table
from transdx.figures.tables.formats import scores, view
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.links import leads_to
from transdx.results.schema import TABLES
from transdx.results.select import DEPENDS, FDR, scores_of, shared, strongest_first
from transdx.writing import VERDICT_SIGNS, all_of, count, counted, decimal, interval, verdict

_Line = Mapping[Any, Any]
#: Columns with the ends of an interval.
_ENDS = ("ci_low", "ci_high")


@reads(
    score="Only what is specific to it; by default everything that is associated.",
)
def specificity_table(
    specificity: pd.DataFrame, score: str | None = None, *, rows: int | None = SHOWN
) -> TableView:
    """List what goes with the scores, strongest first, and with which of them."""
    table = check(specificity, score=score)
    chosen = table[table["associated"] != ""]
    if score is not None:
        chosen = chosen[chosen["specific"] == score]
    everything = all_of(len(scores_of(table)))
    return view(
        strongest_first(chosen),
        "specificity",
        f"feature modality beta associated{'' if score else ' specific'}",
        name=f"specific-{score}" if score else "",
        caption=_found_in_all(chosen, everything, score),
        note=f"Specific: survives, and differs from every other score ({FDR} over measures and "
        "pairs).",
        formats={
            "associated": lambda row: (
                everything if row["associated"] == row["compared"] else scores(row["associated"])
            )
        },
        rows=rows,
        whole=True,
    )


def _found_in_all(chosen: pd.DataFrame, everything: str, score: str | None) -> str:
    found = counted(len(chosen), "finding", "findings") if len(chosen) else "no finding"
    if score:
        return f"What is specific to {label(score)}: {found}."
    if chosen.empty:
        return f"No finding survives {FDR}."
    numbers = (int(shared(chosen).sum()), int((chosen["specific"] != "").sum()))
    alike, alone = (count(number) if number else "none" for number in numbers)
    survive = "survives" if len(chosen) == 1 else "survive"
    return (
        f"{found} that {survive} {FDR}: {alike} shared by {everything}, {alone} specific to one "
        "score."
    )


@reads(score="Which score; it is the first of every difference.")
def specific_contrasts(
    contrasts: pd.DataFrame, specificity: pd.DataFrame, *, score: str
) -> TableView | Note:
    """Show how the specific findings of a score differ from the other scores.

    Regions, strongest first; a sentence where nothing is specific to the score.
    """
    rows = check(specificity, score=score)
    rows = strongest_first(rows[(rows["specific"] == score) & (rows["kind"] == "region")])
    if rows.empty:
        return Note(f"No region is specific to {label(score)} in this run.")
    turned = contrasts["score_b"] == score
    own = contrasts[turned | (contrasts["score_a"] == score)].copy()
    swap = {"score_a": "score_b", "score_b": "score_a", "ci_low": "ci_high", "ci_high": "ci_low"}
    own.loc[turned, list(swap)] = own.loc[turned, list(swap.values())].to_numpy()
    numbers = ["difference", "ci_low", "ci_high"]
    own.loc[turned, numbers] = -own.loc[turned, numbers].astype(float)
    features = list(zip(rows["modality"], rows["feature"], strict=True))
    caption = f"What is specific to {label(score)}: its β minus that of each other score."
    shown = contrast_table(own, features=features)
    return replace(shown, name=f"contrasts-{score}", caption=caption, rows=20)


@reads(claims=TABLES["claims"].columns)
def claims_table(claims: pd.DataFrame) -> TableView:
    """Set every claim of the study beside what the run finds.

    A line per claim, which leads to its chapter, and below it one per score, with the id
    ``c1-anxiety``. Planted values are shown where there are any.
    """
    columns = ["claim", "score", "verdict", "estimate", "p", "p_study", "test", "n", "planted"]
    words = [_verdicts(claims)]
    if claims["planted"].notna().any():
        words.append(_held(claims["covered"]))
    else:
        columns.remove("planted")
    sizes = set(claims["n"].dropna())
    if len(sizes) == 1:
        columns.remove("n")
        words.append(f"n = {count(*sizes)}.")
    shown = view(
        claims,
        "claims",
        " ".join([*columns, "quantity", "paper"]),
        caption=f"The claims of the study and what this run finds. {' '.join(words)}",
        note="A claim leads to its chapter. Estimates with 95 % interval; p of the test that "
        "decides, and of the estimate as in the study; planted values inside of the interval or "
        f"not. Signs: {', '.join(map(verdict, VERDICT_SIGNS))}.",
        formats={
            "claim": lambda row: f"{row['claim']}: {row['statement']}",
            "score": lambda row: score_name(row["score"]),
            "verdict": _verdict,
            "estimate": _found,
            "planted": _planted,
        },
    )
    return replace(
        shown,
        links={"claim": _address},
        anchor=_row_id,
        cards=True,
        under=("claim", "quantity", "paper"),
    )


@reads(
    claims=TABLES["claims"].columns,
    limit="End of the scale that intervals are drawn on.",
    name="File name of the download without its ending; ids of rows begin with it.",
)
def trial_table(claims: pd.DataFrame, *, limit: float, name: str) -> TableView:
    """Set every claim beside what a trial finds, its interval drawn on a scale that trials share.

    What is planted is a tick on the scale; an estimate that is no beta is not on it.
    """
    shown = view(
        claims,
        "claims",
        "claim score verdict estimate planted quantity",
        name=name,
        caption=f"The claims in this trial. {_verdicts(claims)}",
        note=f"Intervals of 95 %, drawn from −{limit:g} to {limit:g}; the grey line is zero, the "
        "tick below is what was planted.",
        formats={
            "claim": lambda row: f"{row['claim']}: {row['statement']}",
            "score": lambda row: score_name(row["score"]),
            "verdict": lambda row: verdict(row["verdict"]),
            "estimate": _found,
            "planted": _planted,
        },
        whole=True,
    )
    return replace(
        shown,
        marks={"estimate": lambda row: _drawn(row, limit)},
        anchor=lambda row: f"{name}-{_row_id(row)}",
        cards=True,
        under=("claim", "quantity"),
    )


#: Width and height of the drawing of an interval.
_WIDE, _HIGH = 120, 14


def _drawn(row: _Line, limit: float) -> str:
    """Draw an interval, for who sees it: its numbers are beside it."""
    if not is_beta(row["quantity"]) or any(pd.isna(row[e]) for e in ("estimate", *_ENDS)):
        return ""

    def at(value: float) -> str:
        return f"{_WIDE / 2 * (1 + max(-1.0, min(1.0, value / limit))):.1f}"

    low, high = (at(row[end]) for end in _ENDS)
    parts = [
        f'<path class="transdx-zero" d="M{_WIDE / 2:g} 0V{_HIGH}"/>',
        f'<path d="M{low} 6H{high}"/><circle cx="{at(row["estimate"])}" cy="6" r="3"/>',
    ]
    if not pd.isna(row["planted"]):
        parts.append(f'<path class="transdx-tick" d="M{at(row["planted"])} 9V{_HIGH}"/>')
    return (
        f'<svg class="transdx-interval" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" '
        f'height="{_HIGH}" aria-hidden="true">{"".join(parts)}</svg> '
    )


def _row_id(row: _Line) -> str:
    """Name the row of a claim and score, for links to it."""
    return f"{row['claim']}-{row['score']}".lower()


def _verdict(row: _Line) -> str:
    """Say the verdict, and with which adjustments it is lower."""
    names = ", ".join(label(name) for name in str(row["falls_with"]).split("+") if name)
    if not names:
        return verdict(row["verdict"])
    between = ": " if row["verdict"] == DEPENDS else ", not with "
    return f"{verdict(row['verdict'])}{between}{names}"


def _verdicts(rows: pd.DataFrame) -> str:
    counts = rows["verdict"].value_counts()
    held = [f"{counts[name]} {name}" for name in VERDICT_SIGNS if name in counts]
    return f"Of {counted(len(rows), 'row', 'rows')}: {', '.join(held)}."


def _held(covered: pd.Series) -> str:
    of_all = f"of {(covered != '').sum()} intervals"
    number = int((covered == "yes").sum())
    return f"{counted(number, f'{of_all} holds', f'{of_all} hold')} the planted value."


def _number(row: _Line, column: str) -> str:
    value = float(row[column])
    if is_beta(row["quantity"]) or not value.is_integer():
        return decimal(value)
    return count(value)


def _found(row: _Line) -> str:
    """Give the estimate with its interval."""
    if pd.isna(row["estimate"]):
        return "–"
    low, high = row["ci_low"], row["ci_high"]
    return f"{_number(row, 'estimate')}{'' if math.isnan(low) else f' ({interval(low, high)})'}"


def _planted(row: _Line) -> str:
    """Say what was planted, and whether the interval holds it."""
    if pd.isna(row["planted"]):
        return "–"
    inside = "inside" if row["covered"] == "yes" else "outside"
    return f"{_number(row, 'planted')}, {inside}"


def _address(row: _Line) -> str:
    chapter, anchor = row["chapter"] or "", row["anchor"] or ""
    return leads_to(chapter, anchor) if chapter else ""
