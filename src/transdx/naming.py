"""Ids as a reader would say them: scores, modalities, features."""

from __future__ import annotations

from transdx import atlas
from transdx.modalities import MODALITIES, is_global
from transdx.study import known_cohorts, known_scores

__all__ = ["direction_word", "label"]

_OTHER_NAMES = {
    "diagnosis": "lifetime diagnosis",
    "items_0": "items, first visit",
    "items_2": "items, visit with images",
    "visits": "two visits",
    "used": "as used",
}


def label(name: str, *, modality: str | None = None) -> str:
    """Say a score, modality or feature as a reader would.

    Parameters
    ----------
    name : str
        Id of a score, a modality or a feature.
    modality : str, optional
        What the feature is measured in; only a global feature needs it.

    Returns
    -------
    str
        Words in lower case.

    Examples
    --------
    >>> label("left_lateralorbitofrontal")
    'left lateral orbitofrontal'
    >>> label("total", modality="thickness")
    'mean thickness'
    >>> label("amygdala", modality="amygdala_reactivity")
    'amygdala reactivity'
    """
    if modality and is_global(modality, name):
        known = MODALITIES.get(modality)
        return (known.total or known.label) if known else f"{name} {label(modality)}"
    if name in MODALITIES:
        return MODALITIES[name].label
    score = known_scores().get(name)
    if score:
        return score.label
    return (_OTHER_NAMES | known_cohorts()).get(name) or atlas.human_name(name)


def direction_word(modality: str, direction: str) -> str:
    """Say a direction (weaker, stronger, mixed) as a reader would of that modality.

    >>> direction_word("thickness", "weaker"), direction_word("amygdala_reactivity", "weaker")
    ('thinner', 'weaker')
    """
    known = MODALITIES.get(modality)
    words = {"weaker": known.less, "stronger": known.more} if known else {}
    return words.get(direction, direction)
