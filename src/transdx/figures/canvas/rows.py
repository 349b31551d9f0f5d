"""What findings show: shared by all scores, specific to one, or neither."""

from __future__ import annotations

import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError
from transdx.figures.canvas.style import check_known, label, require
from transdx.results.select import scores_of

__all__ = ["check", "modalities_in", "regional", "regions_of", "tally"]

_NEEDED = (
    *("modality", "feature", "kind", "compared", "associated", "specific"),
    *("beta", "direction"),
)


def check(specificity: pd.DataFrame, *, score: str | None = None) -> pd.DataFrame:
    """Refuse a table that does not say what is shared and what is specific.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, compared, associated, specific, beta, direction.
    score : str, optional
        Must be one of those compared.

    Returns
    -------
    pandas.DataFrame
        The table, with empty text where nothing is associated or specific.

    Raises
    ------
    InputError
        If a column is missing, there is no row, the rows compare different scores or fewer
        than two, or the score is unknown.
    """
    require(specificity, _NEEDED, table="specificity")
    compared = list(dict.fromkeys(specificity["compared"].astype(str)))
    if len(compared) > 1 or "+" not in compared[0]:
        raise InputError(
            "expected the same scores, two or more, in every row of the column 'compared' of "
            f"the table 'specificity', got {', '.join(compared)}; take the table of one run"
        )
    words = ["associated", "specific", "direction"]
    table = specificity.assign(**{name: specificity[name].fillna("") for name in words})
    named = {name for cell in pd.unique(table["associated"]) for name in cell.split("+") if name}
    for name in [*sorted(named), *([score] if score is not None else [])]:
        check_known(name, scores_of(table), what="score")
    return table


def regional(specificity: pd.DataFrame) -> pd.DataFrame:
    """Take the findings of regions, and say in which region each lies.

    Parameters
    ----------
    specificity : pandas.DataFrame
        As for `check`.

    Returns
    -------
    pandas.DataFrame
        Rows of the kind ``region`` with the column region; a feature of both sides
        (amygdala reactivity) has a row for each.
    """
    rows = specificity[specificity["kind"] == "region"]
    places = [regions_of(str(feature)) for feature in rows["feature"]]
    return rows.assign(region=pd.Series(places, index=rows.index, dtype=object)).explode(
        "region", ignore_index=True
    )


def regions_of(feature: str) -> list[str]:
    """List the regions that a regional feature belongs to.

    Parameters
    ----------
    feature : str
        A region, or a structure of both sides.

    Returns
    -------
    list of str

    Examples
    --------
    >>> regions_of("left_insula"), regions_of("amygdala")
    (['left_insula'], ['left_amygdala', 'right_amygdala'])
    """
    if feature in atlas.REGIONS:
        return [feature]
    return [f"{side}_{feature}" for side in atlas.HEMISPHERES]


def modalities_in(frame: pd.DataFrame) -> list[str]:
    """List the modalities of a table in reading order.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the column modality.

    Returns
    -------
    list of str
    """
    found = list(dict.fromkeys(frame["modality"].astype(str)))
    known = [name for name in modalities.MODALITIES if name in found]
    return known + [name for name in found if name not in modalities.MODALITIES]


def tally(rows: pd.DataFrame) -> str:
    """Count findings by modality, in words.

    Parameters
    ----------
    rows : pandas.DataFrame
        A row per finding, or several where it is of several regions: a finding is a feature
        of a modality, and counts once.

    Returns
    -------
    str
        Such as ``surface area 12, thickness 3``; ``none`` for no rows.
    """
    findings = rows.drop_duplicates(["modality", "feature"])
    counts = findings["modality"].astype(str).value_counts()
    return ", ".join(f"{label(name)} {counts[name]}" for name in modalities_in(rows)) or "none"
