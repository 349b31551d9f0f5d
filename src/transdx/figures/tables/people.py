"""Tables of the open cohorts beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.words import survival
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView
from transdx.results.select import FDR
from transdx.writing import counted, decimal, interval

_Row = Mapping[Any, Any]


@reads()
def cohort_table(cohorts: pd.DataFrame) -> TableView:
    """Show who the open cohorts are, and the smallest effects that each can show."""
    there = cohorts[cohorts["missing"] == ""]
    shown = view(
        there,
        "cohorts",
        "label source n scores modalities smallest_one smallest_many",
        caption="Cohorts of real people, and the smallest standardised |β| that each finds with "
        "80 % power.",
        note="One test at 5 %, and each of all regions (Bonferroni). Without a score nothing is "
        "tested.",
        whole=True,
    )
    return replace(shown, cards=True)


@reads()
def cohort_region_table(cohort_regions: pd.DataFrame) -> TableView:
    """Show how many regions survive in every cohort, and the strongest of them."""
    shown = view(
        cohort_regions,
        "cohort_regions",
        "cohort score modality regions surviving nominal expected feature beta p_fdr",
        caption="Regions in real people, by cohort, score and measure.",
        note=f"Survive: {FDR}. By chance alone, one in twenty has a p of at most 0.05.",
        whole=True,
    )
    return replace(shown, cards=True, under=("cohort",))


@reads()
def pooled_table(pooled: pd.DataFrame, *, elsewhere: pd.DataFrame) -> TableView:
    """Set every claim beside what the open cohorts, and other large studies, say to it."""
    others = dict(iter(elsewhere.groupby(["claim", "symptom"])))
    told = [_elsewhere(others.get((r["claim"], r["symptom"]))) for r in pooled.to_dict("records")]
    shown = view(
        pooled,
        "pooled",
        "claim symptom verdict estimate n needed quantity",
        caption=f"The claims in real people. {_counts(pooled)}",
        note="Estimates with 95 % interval; of several cohorts, by random effects with the "
        "interval of Hartung and Knapp. People needed: as these are, to find a β of the study's "
        "size with 80 % power. Elsewhere: other large studies, see below.",
        formats={
            "claim": lambda row: f"{row['claim']}: {row['statement']}",
            "estimate": _estimate,
        },
        whole=True,
    )
    frame = shown.frame.assign(elsewhere=told)
    columns = {**(shown.columns or {}), "elsewhere": "Elsewhere"}
    return replace(shown, frame=frame, columns=columns, cards=True, under=("claim", "quantity"))


def _counts(rows: pd.DataFrame) -> str:
    counts = rows["verdict"].value_counts()
    parts = ", ".join(f"{n} {name}" for name, n in counts.items())
    return f"Of {counted(len(rows), 'row', 'rows')}: {parts}."


def _estimate(row: _Row) -> str:
    if pd.isna(row["estimate"]):
        return "–"
    return f"{decimal(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})"


def _elsewhere(rows: pd.DataFrame | None) -> str:
    if rows is None:
        return "–"
    ways = {"yes": "agrees", "no": "disagrees"}
    return "; ".join(
        f"{ways[row['agrees']]}: {row['study'].partition(',')[0]}"
        for row in rows.to_dict("records")
    )


@reads()
def elsewhere_table(elsewhere: pd.DataFrame) -> TableView:
    """Show what other large studies found on the claims, agreement and disagreement alike."""
    shown = view(
        elsewhere,
        "elsewhere",
        "claim symptom study people found d agrees",
        caption="What other large studies found on the claims.",
        note="Each leads to its publication. Cohen's d is that of patients less controls, averaged "
        "over the regions of the claim; it agrees where it is negative.",
        whole=True,
    )
    links = {"study": lambda row: f'href="https://doi.org/{row["doi"]}"'}
    return replace(shown, links=links, cards=True)


@reads()
def published_table(published: pd.DataFrame) -> TableView | Note:
    """Show how the maps of real people follow those that ENIGMA published of depression."""
    if published.empty:
        return Note("The published maps of depression are not here: `transdx fetch` brings them.")
    return view(
        published,
        "published",
        "cohort score modality regions r p_spin p_fdr",
        caption="Maps of real people against case-control maps of depression. "
        f"{survival(published)}.",
        note="Pearson correlation over regions; p from spun maps, adjusted (FDR) over all rows.",
        whole=True,
    )


@reads()
def relative_table(relatives: pd.DataFrame) -> TableView | Note:
    """Show what relatives do to the standard errors of global measures."""
    if relatives.empty:
        return Note("In the cohorts that are here, relatives are not told.")
    rows = relatives[relatives["feature"] == "total"]
    return view(
        rows,
        "relatives",
        "feature modality term se se_cluster ratio alike",
        caption="Standard errors of global measures as if nobody were related, and with families.",
        note="Of β in SD of the measure; relatives alike: intraclass correlation in families.",
    )
