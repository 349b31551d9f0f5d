"""Names of columns, in every convention that exports of UK Biobank come in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from transdx.fields import dictionary

_NUMBERS = {"f": r"(?P<field>\d+)", "v": r"(?P<visit>\d+)", "p": r"(?P<place>\d+)"}
#: How a column of a field is called, by what writes it so.
_CONVENTIONS = {
    "Research Analysis Platform": r"(?:participant\.)?p{f}(?:_i{v})?(?:_a{p})?",
    "ukbconv": r"{f}-{v}\.{p}",
    "ukbconv for R": r"f\.{f}\.{v}\.{p}",
    "ukbconv, read by R": r"x{f}\.{v}\.{p}",
    "ukbconv for Stata": r"(?:n|s|ts)_{f}_{v}_{p}",
    "PHESANT": r"x{f}_{v}_{p}",
    "MATLAB tables": r"f_{f}_{v}_{p}",
    "ukbtools": r"\w+_f{f}_{v}_{p}",
}
_TITLES = "titles of the Research Analysis Platform"
_TITLE = re.compile(r"(?P<title>.+?)(?:instance(?P<visit>\d))?(?:array(?P<place>\d+))?")
#: What pandas, R and readr put behind a name that was there before.
_AGAIN = re.compile(r"(?:\.\d+|\.\.\.\d+)$")

#: Names of ids without their case and marks. The second are those of other things, too.
_IDS = (
    *("eid", "participanteid", "feid", "xeid", "neid", "encodedanonymisedparticipantid"),
    *("participantid", "subjectid", "userid", "ukbid", "ukbbid"),
)
_MAYBE_IDS = (
    *("id", "subject", "subjid", "iid", "fid", "participant", "row", "rownames", "rowname"),
    *("", "index", "indexlevel0", "x", "v1", "unnamed0"),
)


class Name(NamedTuple):
    """What the name of a column says: field, visit, place in an array, and whose way it is."""

    field: str
    visit: int
    place: int | None
    convention: str


@cache
def by_number(name: str) -> Name | None:
    """Read a name that holds the number of a field.

    >>> by_number("participant.p20544_i0_a1")
    Name(field='20544', visit=0, place=1, convention='Research Analysis Platform')
    >>> by_number("f.21003.2.0").visit, by_number("age")
    (2, None)
    """
    bare = name.strip()
    for one in dict.fromkeys((bare, _AGAIN.sub("", bare))):
        for convention, pattern in _patterns().items():
            if found := pattern.fullmatch(one):
                return _name(found, found["field"], convention)
    return None


def by_title(name: str) -> Name | None:
    """Read a name that is the title of a field, also as R repairs it.

    >>> by_title("Sleeplessness...insomnia...Instance.2") == by_title(
    ...     "Sleeplessness / insomnia | Instance 2"
    ... )
    True
    """
    for one in (name, _AGAIN.sub("", name)):
        found = _TITLE.fullmatch(_plain(one))
        if found and found["title"] in _titles():
            return _name(found, _titles()[found["title"]], _TITLES)
    return None


def names_of(header: Sequence[str]) -> list[Name | None]:
    """Read the names of a table's columns; titles count only where no column has a number.

    Beside numbers, ``Sex`` or ``Height`` is something that somebody made of them.
    """
    numbered = [by_number(name) for name in header]
    return numbered if any(numbered) else [by_title(name) for name in header]


def ids_of(header: Sequence[str]) -> list[int]:
    """Find the columns of ids: all that are called so, else the first that may be."""
    plain = [_plain(name) for name in header]
    surely = [place for place, name in enumerate(plain) if _known_id(header[place], name)]
    return surely or [place for place, name in enumerate(plain) if name in _MAYBE_IDS][:1]


def is_surely_id(name: str) -> bool:
    """Say whether a column can hold nothing but ids: ``eid``, ``Participant ID``."""
    return _known_id(name, _plain(name))


def _known_id(name: str, plain: str) -> bool:
    return plain in _IDS or _plain(_AGAIN.sub("", name)) in _IDS


def _name(found: re.Match[str], field: str, convention: str) -> Name:
    place = found["place"]
    return Name(field, int(found["visit"] or 0), int(place) if place else None, convention)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        convention: re.compile(form.format(**_NUMBERS), re.IGNORECASE)
        for convention, form in _CONVENTIONS.items()
    }


@cache
def _titles() -> dict[str, str]:
    # Of two fields with one title, that which the list names first.
    fields = reversed(dictionary().values())
    return {_plain(field.title): field.id for field in fields if field.title}
