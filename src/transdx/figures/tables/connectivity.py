"""The tables of connections, networks and enrichment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.rows import check_known, require, scores_in
from transdx.figures.canvas.words import found_words, survival
from transdx.figures.tables.formats import formats_for, row_formats_for, trim
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.select import ALPHA, LEVEL
from transdx.writing import percent

__all__ = [
    "connection_table",
    "enrichment_contrast_table",
    "enrichment_table",
    "network_table",
    "spin_validity_table",
]

#: Rows that are shown; downloads have all.
_SHOWN = 15


def connection_table(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str | None = None,
    rows: int = _SHOWN,
) -> TableView:
    """Show the betas of connections, strongest first.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : {'structural_connectivity', 'functional_connectivity'}
        What is measured.
    score : str, optional
        Restrict to one; all by default.
    rows : int, default 15
        Show only so many; the download has them all, to five significant digits, without
        the names that follow from the ends.

    Returns
    -------
    TableView

    Raises
    ------
    InputError
        If the table has no connections of the modality or no such score.
    """
    require(associations, ("modality", "feature", "score", "beta", "p_fdr"), table="associations")
    chosen = _only(associations, modality=modality, score=score)
    ends = chosen["feature"].astype(str).str.split("--", n=1, expand=True)
    chosen = chosen[ends[1].notna()] if 1 in ends else chosen.iloc[:0]
    if chosen.empty:
        raise InputError(
            f"expected connections of {modality} in the table 'associations', got none; "
            "run the associations of connections first"
        )
    ends = ends.loc[chosen.index]
    # Thousands of rows would weigh more than all pictures of a page; results/ has every digit.
    chosen = _short(chosen.drop(columns=["feature", "region", "hemisphere"], errors="ignore"))
    chosen.insert(1, "region_a", ends[0])
    chosen.insert(2, "region_b", ends[1])
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    return _view(
        chosen,
        name=_name("connections", modality, score),
        caption=f"Connections: {label(modality)} with {_whom(chosen)}. {survival(chosen)}.",
        note="Standardised β with 95 % bootstrap interval; p uncorrected, adjusted over the "
        "connections (FDR), as share of permutations (perm.), and family-wise (FWE).",
        columns={
            "region_a": "From",
            "region_b": "To",
            "score": "Score",
            "n": "n",
            "beta": "β",
            "ci_low": "95 % interval",
            "p": "p",
            "p_fdr": "p (FDR)",
            "p_permutation": "p (perm.)",
            "p_familywise": "p (FWE)",
        },
        rows=rows,
    )


def _short(frame: pd.DataFrame) -> pd.DataFrame:
    """Round decimal numbers to five significant digits."""
    short = frame.copy()
    for column in frame.columns:
        if pd.api.types.is_float_dtype(frame[column]):
            short[column] = [float(f"{value:.5g}") for value in frame[column]]
    return short


def network_table(
    networks: pd.DataFrame, *, modality: str | None = None, score: str | None = None
) -> TableView:
    """Show mean betas within and between networks, strongest first.

    Parameters
    ----------
    networks : pandas.DataFrame
        The table of pairs of networks.
    modality, score : str, optional
        Restrict to one; all by default.

    Returns
    -------
    TableView
    """
    require(networks, ("modality", "score", "beta", "p_fdr"), table="networks")
    chosen = _only(networks, modality=modality, score=score)
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    return _view(
        chosen,
        name=_name("networks", modality, score),
        caption=f"Pairs of networks: {_measure(modality)} with {_whom(chosen)}. "
        f"{survival(chosen)}.",
        note="Mean standardised β of the connections of a pair, with 95 % bootstrap interval.",
        columns={
            "network_a": "Network",
            "network_b": "With",
            "modality": "Modality",
            "score": "Score",
            "connections": "Connections",
            "beta": "Mean β",
            "ci_low": "95 % interval",
            "p": "p",
            "p_fdr": "p (FDR)",
        },
    )


def enrichment_table(
    enrichment: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    name: str | None = None,
) -> TableView:
    """Show weighted mean betas of annotations, the smallest p first.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    modality, score : str, optional
        Restrict to one; all by default.
    name : str, optional
        File name of the download without its ending.

    Returns
    -------
    TableView
    """
    needed = ("modality", "score", "p", "p_fdr", "p_spin", "p_centred_fdr")
    require(enrichment, needed, table="enrichment")
    chosen = _only(enrichment, modality=modality, score=score)
    chosen = chosen.sort_values(["p_spin", "p"], kind="stable")
    return _view(
        chosen,
        name=name or _name("enrichment", modality, score),
        caption=f"Enrichment: {_measure(modality)} with {_whom(chosen)}. {found_words(chosen)}.",
        note="Mean β weighted by the annotation, with 95 % bootstrap interval; p (FDR): against "
        "permuted scores; p (place, FDR): the same less the mean of the map; p (spin): against "
        f"the annotation laid elsewhere. What stands out has both of the last two at most {ALPHA}.",
        columns={
            "annotation": "Annotation",
            "kind": "Kind",
            "modality": "Modality",
            "score": "Score",
            "estimate": "Mean β",
            "ci_low": "95 % interval",
            "p_fdr": "p (FDR)",
            "p_centred_fdr": "p (place, FDR)",
            "p_spin": "p (spin)",
        },
    )


def enrichment_contrast_table(
    enrichment_contrasts: pd.DataFrame, *, modality: str | None = None
) -> TableView:
    """Show between which scores the enrichment differs, the smallest p first.

    Parameters
    ----------
    enrichment_contrasts : pandas.DataFrame
        The table of differences between scores.
    modality : str, optional
        Restrict to one; all by default.

    Returns
    -------
    TableView
    """
    require(enrichment_contrasts, ("modality", "p", "p_fdr"), table="enrichment_contrasts")
    chosen = _only(enrichment_contrasts, modality=modality, score=None)
    chosen = chosen.sort_values("p", kind="stable")
    return _view(
        chosen,
        name=_name("enrichment-contrasts", modality, None),
        caption=f"Differences of enrichment between scores: {_measure(modality)}. "
        f"{survival(chosen)}.",
        note="In SD of the maps of betas, which are standardised first. A map with less noise "
        "stands out more, so a difference can come from strength as well as from place.",
        columns={
            "annotation": "Annotation",
            "kind": "Kind",
            "modality": "Modality",
            "score_a": "Score",
            "score_b": "Minus",
            "difference": "Difference",
            "ci_low": "95 % interval",
            "p": "p",
            "p_fdr": "p (FDR)",
        },
    )


def spin_validity_table(spin_validity: pd.DataFrame) -> TableView:
    """Show how often a null calls a map without effect significant.

    Parameters
    ----------
    spin_validity : pandas.DataFrame
        Null, rate, ci_low, ci_high, maps.

    Returns
    -------
    TableView
    """
    columns = {
        "null": "Null",
        "rate": f"Significant at {LEVEL}",
        "ci_low": "95 % interval",
        "maps": "Maps",
    }
    require(spin_validity, columns, table="spin_validity")
    words = {
        "spin": "Spun maps, smooth and unrelated",
        "shuffle": "Shuffled regions, the same maps",
        "spin of permuted scores": "Spun annotations, functional connectivity of permuted scores",
    }
    whole = partial(percent, places=1)
    return TableView(
        spin_validity.reset_index(drop=True),
        name="spin-validity",
        caption="How often autocorrelated maps without an effect come out significant.",
        note=f"A valid null gives {LEVEL}.",
        columns=columns,
        formats={
            **formats_for(spin_validity, columns),
            "null": lambda null: words.get(str(null), str(null)),
            "rate": lambda rate: whole(100 * float(rate)),
        },
        row_formats={
            "ci_low": lambda row: (
                f"{whole(100 * float(row['ci_low']))} to {whole(100 * float(row['ci_high']))}"
            )
        },
    )


def _only(frame: pd.DataFrame, *, modality: str | None, score: str | None) -> pd.DataFrame:
    for column, wanted in (("modality", modality), ("score", score)):
        if wanted is not None:
            check_known(wanted, frame[column].astype(str), what=column)
            frame = frame[frame[column] == wanted]
    return frame


def _name(table: str, modality: str | None, score: str | None) -> str:
    return "-".join([table, *filter(None, (modality, score))])


def _measure(modality: str | None) -> str:
    return label(modality) if modality else "all modalities"


def _whom(rows: pd.DataFrame) -> str:
    scores = scores_in(rows)
    return label(scores[0]) if len(scores) == 1 else "the symptom scores"


def _view(
    chosen: pd.DataFrame,
    *,
    name: str,
    caption: str,
    note: str,
    columns: Mapping[str, str],
    rows: int = _SHOWN,
) -> TableView:
    """Show a table without the columns that say the same in every row."""
    require(chosen, columns, table=name)
    frame = chosen.reset_index(drop=True)
    kept, words = trim(frame, columns)
    if "score" in kept and len(set(frame["score"])) == 1:
        # The caption says which.
        del kept["score"]
    return TableView(
        frame,
        name=name,
        caption=caption + words,
        note=note,
        columns=kept,
        formats=formats_for(frame, kept),
        row_formats=row_formats_for(kept),
        rows=rows,
    )
