"""Symptom scores as figures tell them apart: their order, marks and letters."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from transdx.study import known_scores

_OTHER_SHAPES = ("v", "P", "X", "p", "<")
#: What stands where a score does and is none: no single one, or all of them.
NO_SCORE = ("", "all")


def marker(score: str) -> str:
    """Give the shape of a score's marks, so that no figure speaks by colour alone."""
    if score in NO_SCORE:
        return "o"
    known = known_scores().get(score)
    number, shapes = place(score), len(_OTHER_SHAPES)
    # Scores that get the same colour get different shapes.
    return (known and known.mark) or _OTHER_SHAPES[(number + number // shapes) % shapes]


def place(score: str) -> int:
    """Give a number to a score without a look: by the order of the studies, then by name."""
    new = [name for name, one in known_scores().items() if not (one.mark and one.colours)]
    return new.index(score) if score in new else len(new) + zlib.crc32(score.encode())


def initials(scores: Sequence[str]) -> dict[str, str]:
    """Abbreviate scores that are shown together to as few letters as tell them apart."""
    short = {}
    for score in scores:
        others = [other for other in scores if other != score]
        lengths = range(1, len(score) + 1)
        length = next(
            (n for n in lengths if not any(o.startswith(score[:n]) for o in others)), len(score)
        )
        short[score] = score[:1].upper() + score[1:length]
    return short
