"""What findings show: shared by all three scores, specific to one, or neither."""

from __future__ import annotations

import pandas as pd

from transdx import atlas
from transdx.figures.style import SCORES, check_known, label, require

__all__ = [
    "LETTERS",
    "SHARED",
    "THREE",
    "check",
    "direction_word",
    "modalities_in",
    "regional",
    "regions_of",
    "tally",
]

#: The scores that the study compares.
THREE = SCORES[:3]

#: What `associated` holds where a feature goes with all three.
SHARED = "+".join(THREE)

#: A letter per score, so that no figure speaks by colour alone.
LETTERS = {score: score[0].upper() for score in THREE}


def check(specificity: pd.DataFrame, *, score: str | None = None) -> pd.DataFrame:
    """Refuse a table that does not say what is shared and what is specific.

    Parameters
    ----------
    specificity : pandas.DataFrame
        Modality, feature, kind, associated, specific, beta, direction.
    score : str, optional
        Must be one of the three.

    Returns
    -------
    pandas.DataFrame
        The table, with empty text where nothing is associated or specific.

    Raises
    ------
    InputError
        If a column is missing, there is no row, or the score is unknown.
    """
    needed = ("modality", "feature", "kind", "associated", "specific", "beta", "direction")
    require(specificity, needed, table="specificity")
    if score is not None:
        check_known(score, THREE, what="score")
    words = ["associated", "specific", "direction"]
    return specificity.assign(**{name: specificity[name].fillna("") for name in words})


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
    known = [name for name in atlas.MODALITIES if name in found]
    return known + [name for name in found if name not in atlas.MODALITIES]


def tally(rows: pd.DataFrame) -> str:
    """Count findings by modality, in words.

    Parameters
    ----------
    rows : pandas.DataFrame
        A row per finding.

    Returns
    -------
    str
        Such as ``surface area 12, thickness 3``; ``none`` for no rows.
    """
    counts = rows["modality"].astype(str).value_counts()
    return ", ".join(f"{label(name)} {counts[name]}" for name in modalities_in(rows)) or "none"


_SMALLER = {
    "surface_area": ("smaller", "larger"),
    "thickness": ("thinner", "thicker"),
    "subcortical_volume": ("smaller", "larger"),
}


def direction_word(modality: str, direction: str) -> str:
    """Say a direction as a reader would of that modality.

    Parameters
    ----------
    modality : str
        What is measured.
    direction : {'weaker', 'stronger', 'mixed', ''}
        As the table has it.

    Returns
    -------
    str

    Examples
    --------
    >>> direction_word("thickness", "weaker"), direction_word("amygdala_reactivity", "weaker")
    ('thinner', 'weaker')
    """
    if direction not in ("weaker", "stronger"):
        return direction
    pair = _SMALLER.get(modality, ("weaker", "stronger"))
    return pair[0] if direction == "weaker" else pair[1]
