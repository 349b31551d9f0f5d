"""What maps share: which ones to draw, what survives, how many regions they show."""

from __future__ import annotations

import pandas as pd

from transdx import modalities
from transdx.figures.canvas.style import label, scores_in
from transdx.results.select import FDR, survives
from transdx.writing import count, counted

__all__ = ["map_title", "plan_maps", "subtitle_of", "survival"]


def plan_maps(rows: pd.DataFrame, *, what: str = "regions") -> tuple[list[tuple[str, bool]], str]:
    """Decide which maps to draw of a modality.

    Parameters
    ----------
    rows : pandas.DataFrame
        Associations of one modality with every score.
    what : str, default 'regions'
        What a row is.

    Returns
    -------
    maps : list of (str, bool)
        Score, and whether only survivors are in colour; in reading order. Maps of
        survivors are drawn for every score or, where nothing survives, for none.
    caption : str
        Says so where there are none.
    """
    scores = scores_in(rows)
    if survives(rows).any():
        return [(score, survivors) for score in scores for survivors in (False, True)], ""
    most = rows.groupby("score").size().max()
    whom = "any score" if len(scores) > 1 else "this score"
    caption = (
        f"None of the {count(most)} {what} survives {FDR} for {whom}; "
        "so there are no maps of what survives."
    )
    return [(score, False) for score in scores], caption


def map_title(modality: str) -> str:
    """Name what a map of regions shows.

    Parameters
    ----------
    modality : str
        What is measured.

    Returns
    -------
    str
        Of connections, regions show a mean, and the name says that it is regional.

    Examples
    --------
    >>> map_title("thickness"), map_title("functional_connectivity")
    ('thickness', 'regional functional connectivity')
    """
    name = label(modality)
    return f"regional {name}" if modality in modalities.CONNECTIVITY else name


def survival(rows: pd.DataFrame, *, what: str = "") -> str:
    """Count the rows that survive the false discovery rate, in words.

    Parameters
    ----------
    rows : pandas.DataFrame
        With the column ``p_fdr``.
    what : str, default ''
        What a row is, for several of them.

    Returns
    -------
    str

    Examples
    --------
    >>> survival(pd.DataFrame({"p_fdr": [0.01, 0.2, None]}), what="regions")
    '1 of 3 regions survives FDR 5 %'
    """
    of_all = " ".join(filter(None, ["of", count(len(rows)), what]))
    return counted(int(survives(rows).sum()), f"{of_all} survives {FDR}", f"{of_all} survive {FDR}")


def subtitle_of(rows: pd.DataFrame, *, what: str = "regions") -> str:
    """Say how many regions a table holds, and of how many people.

    Parameters
    ----------
    rows : pandas.DataFrame
        Associations of one modality and score.
    what : str, default 'regions'
        What a row is.

    Returns
    -------
    str
        Such as ``66 regions, n = 25,604``.
    """
    held = f"{len(rows)} {what}"
    if "modality" in rows and rows["modality"].isin(modalities.CONNECTIVITY).all():
        held += ", mean over their connections"
    if "n" not in rows:
        return held
    smallest, largest = rows["n"].min(), rows["n"].max()
    n = count(largest) if smallest == largest else f"{count(smallest)} to {count(largest)}"
    return f"{held}, n = {n}"
