"""Tables of what is shared, what is specific, and where it lies."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.rows import check, require, scores_in
from transdx.figures.tables.catalogue import contrast_table
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.select import FDR, scores_of, shared
from transdx.writing import all_of, count, counted, decimal, probability, sentence_case

__all__ = ["circuit_table", "map_correlation_table", "specific_contrasts", "specificity_table"]


def specificity_table(
    specificity: pd.DataFrame, score: str | None = None, *, rows: int | None = 15
) -> TableView:
    """List what goes with the scores, strongest first, and with which of them.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.
    score : str, optional
        Only what is specific to it; by default everything that is associated.
    rows : int, optional
        Show only so many; the download has them all.

    Returns
    -------
    TableView
    """
    table = check(specificity, score=score)
    chosen = table[table["associated"] != ""]
    if score is not None:
        chosen = chosen[chosen["specific"] == score]
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    everything = all_of(len(scores_of(table)))
    alone = int((chosen["specific"] != "").sum())
    caption = (
        f"What is specific to {label(score)}: {counted(len(chosen), 'finding', 'findings')}."
        if score
        else f"{counted(len(chosen), 'finding that survives', 'findings that survive')} {FDR}: "
        f"{count(shared(chosen).sum())} shared by {everything}, {count(alone)} specific to one "
        "score."
    )
    columns = {"feature": "Measure", "modality": "Modality"}
    columns |= {"beta": "Strongest β", "associated": "Goes with", "specific": "Specific to"}
    if score is not None:
        del columns["specific"]
    return TableView(
        chosen.reset_index(drop=True),
        name=f"specific-{score}" if score else "specificity",
        caption=caption,
        note=f"Specific: survives, and differs from every other score ({FDR} over the pairs).",
        columns=columns,
        formats={
            "modality": _words,
            "beta": decimal,
            "specific": _scores,
        },
        row_formats={
            "feature": lambda row: sentence_case(label(row["feature"], modality=row["modality"])),
            "associated": lambda row: (
                everything if row["associated"] == row["compared"] else _scores(row["associated"])
            ),
        },
        rows=rows,
    )


def specific_contrasts(
    contrasts: pd.DataFrame, specificity: pd.DataFrame, *, score: str
) -> TableView | Note:
    """Show how the specific findings of a score differ from the other scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        Modality, feature, score_a, score_b, difference, ci_low, ci_high, p, p_fdr.
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.
    score : str
        Which score; it is the first of every difference.

    Returns
    -------
    TableView or Note
        Regions, strongest first; a sentence where nothing is specific to the score.
    """
    rows = check(specificity, score=score)
    rows = rows[(rows["specific"] == score) & (rows["kind"] == "region")]
    if rows.empty:
        return Note(f"No region is specific to {label(score)} in this run.")
    rows = rows.sort_values("beta", key=abs, ascending=False)
    turned = contrasts["score_b"] == score
    own = contrasts[turned | (contrasts["score_a"] == score)].copy()
    swap = {"score_a": "score_b", "score_b": "score_a", "ci_low": "ci_high", "ci_high": "ci_low"}
    own.loc[turned, list(swap)] = own.loc[turned, list(swap.values())].to_numpy()
    numbers = ["difference", "ci_low", "ci_high"]
    own.loc[turned, numbers] = -own.loc[turned, numbers].astype(float)
    features = list(zip(rows["modality"], rows["feature"], strict=True))
    view = contrast_table(own, features=features)
    caption = f"What is specific to {label(score)}: its β minus that of each other score."
    return replace(view, name=f"contrasts-{score}", caption=caption, rows=20)


def map_correlation_table(map_correlations: pd.DataFrame) -> TableView:
    """Show how alike the regional maps of two modalities are.

    Parameters
    ----------
    map_correlations : pandas.DataFrame
        Modality_a, modality_b, score, regions, r, p_spin, p_fdr.

    Returns
    -------
    TableView
    """
    columns = {
        "modality_a": "Map",
        "modality_b": "With",
        "score": "Score",
        "regions": "Regions",
        "r": "r",
        "p_spin": "p (spin)",
        "p_fdr": "p (FDR)",
    }
    require(map_correlations, columns, table="map_correlations")
    named = dict.fromkeys(("modality_a", "modality_b", "score"), _words)
    return TableView(
        map_correlations.reset_index(drop=True),
        name="map-correlations",
        caption="Pearson correlations between the regional maps of two modalities.",
        note="p from spun maps; adjusted (FDR) over the pairs of a score.",
        columns=columns,
        formats={
            **named,
            "r": lambda value: decimal(float(value), places=2),
            "p_spin": probability,
            "p_fdr": probability,
        },
    )


def circuit_table(circuit: pd.DataFrame) -> TableView:
    """Show how many specific findings lie in the circuit, and how many by chance.

    Parameters
    ----------
    circuit : pandas.DataFrame
        Score (each and ``all``), findings, inside, expected, p.

    Returns
    -------
    TableView
    """
    columns = {
        "score": "Specific to",
        "findings": "Findings",
        "inside": "In the circuit",
        "expected": "Expected by chance",
        "p": "p",
    }
    require(circuit, columns, table="circuit")
    order = [*scores_in(circuit[circuit["score"] != "all"]), "all"]
    place = circuit["score"].map(order.index)
    return TableView(
        circuit.iloc[place.argsort(kind="stable")].reset_index(drop=True),
        name="circuit",
        caption=(
            "Specific findings in the amygdala, the hippocampus and the medial prefrontal cortex."
        ),
        note="A finding is a region in a modality; chance and p (one-sided) from spun findings.",
        columns=columns,
        formats={
            "score": lambda value: "Any score" if value == "all" else _words(value),
            "expected": lambda value: decimal(float(value), places=1),
            "p": probability,
        },
    )


def _words(value: object) -> str:
    return sentence_case(label(str(value)))


def _scores(value: object) -> str:
    return ", ".join(label(score) for score in str(value).split("+") if score) or "–"
