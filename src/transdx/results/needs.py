"""What of the data a chapter cannot do without."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from transdx.naming import label

__all__ = ["lacking"]


def lacking(
    world: str,
    measured: Sequence[str],
    held: Collection[str],
    *,
    scores: int | Collection[str] = 0,
    modalities: Collection[str] = (),
    replications: bool = False,
    replicated: bool = True,
) -> str:
    """Say that data hold no such scores (or fewer), or no such measures; nothing where they do.

    Or that a chapter is about `replications`, and nothing is replicated.

    >>> lacking("open", ["neuroticism"], ["thickness"], scores=2)
    'it compares symptom scores, and the open data hold neuroticism alone'
    >>> lacking("open", ["neuroticism"], ["thickness"], modalities=["thickness"])
    ''
    """
    there = ", ".join(label(score) for score in measured)
    if replications and not replicated:
        return f"it repeats the analysis, and the study of the {world} data says not how"
    if isinstance(scores, int):
        if len(measured) < scores:
            return f"it compares symptom scores, and the {world} data hold {there} alone"
    elif missing := [label(score) for score in scores if score not in measured]:
        return f"it is about {', '.join(missing)}, and the {world} data hold {there} instead"
    if missing := [label(one) for one in modalities if one not in held]:
        return f"it is about {', '.join(missing)}, which the {world} data do not hold"
    return ""
