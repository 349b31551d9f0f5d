"""Regional measures from tables of FreeSurfer, in place of the fields of UK Biobank.

``aparcstats2table`` writes one for each hemisphere and measure, ``asegstats2table`` one of volumes.
What a table measures stands in its corner cell (``lh.aparc.area``, ``Measure:volume``) or behind
the names of its regions (``lh_insula_area``). The regions are those that have a field: the temporal
pole has none, and is passed over here, too. So are totals, which are sums of regions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from transdx import atlas
from transdx._arrays import Floats, Ints
from transdx.cohort import Reading
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.sources.answers import Cells, Words, numbers
from transdx.sources.columns import Part, collected, kept, loaded
from transdx.study import Variable

__all__ = ["is_stats", "read_stats"]

CONVENTION = "FreeSurfer"
#: Of an atlas with other borders (``lh.aparc.DKTatlas.area``) the regions have the same names.
_CORNER = re.compile(r"(?P<side>[lr]h)\.aparc\.(?P<measure>area|thickness)")
_VOLUMES = "measure:volume"
_REGION = re.compile(r"(?P<side>lh|rh|left|right)[_.-](?P<region>.+?)(?:[_.](?P<measure>[a-z]+))?")
_MEASURES = {"area": "surface_area", "thickness": "thickness", "volume": "subcortical_volume"}
_WHOLE = {"estimatedtotalintracranialvol": "26521", "etiv": "26521"}
#: Folders of people: 1234567, sub-1234567, 1234567_20263_2_0 (field, visit, place).
_PERSON = re.compile(r"(?:.*/)?(?:sub-)?(?P<id>\d{7,8})(?:_20263_(?P<visit>\d)_\d)?(?:[/.].*)?")


class _Corner(NamedTuple):
    side: str
    measure: str


def is_stats(header: Sequence[str]) -> bool:
    """Say whether a table is one of FreeSurfer, by its corner or the names of its regions.

    >>> is_stats(["lh.aparc.area", "lh_insula_area"]), is_stats(["eid", "p31"])
    (True, False)
    """
    return bool(header) and not re.fullmatch(r"\w*eid", header[0].lower()) and bool(_fields(header))


def read_stats(
    path: Path,
    wanted: Mapping[Variable, str],
    *,
    visit: int,
    without: set[int],
    refused: dict[Variable, str] | None = None,
) -> list[Part]:
    """Read the regions of a table that are wanted: a part for each visit that its rows are of.

    Rows are called as the folders of people, ``1234567`` or ``1234567_20263_2_0``; those that do
    not say of which visit they are, are of `visit`.
    """
    header, columns, ended = loaded(path, _chosen)
    fields = dict(zip(_fields(header).items(), columns[1:], strict=True))
    ids, visits = _people(columns[0], path, visit)
    parts = []
    for one in sorted(set(visits.tolist())):
        rows = visits == one
        index = pd.Index(ids[rows], name="participant")
        if index.has_duplicates:
            raise InputError(
                f"{path.name}: expected one row per participant and visit, but "
                f"{index.duplicated().sum()} of {len(index)} rows of visit {one} repeat an id"
            )
        stays = ~index.isin(without)
        table: dict[Variable, Floats] = {}
        readings: dict[Variable, Reading] = {}
        for (place, number), column in fields.items():
            key = Variable(number, one)
            if key in wanted:
                variable = Variable(wanted[key], one)
                with collected(refused, variable):
                    values, reading = _measured(kept(column, rows), key, header[place], path)
                    table[variable], readings[variable] = values[stays], reading
        if readings:
            frame = pd.DataFrame(table, index=index[stays])
            parts.append(Part(path, frame, set(index[~stays]), readings, ended))
    return parts


def _chosen(header: Sequence[str]) -> tuple[dict[int, bool], frozenset[int]]:
    return {0: False, **dict.fromkeys(_fields(header), True)}, frozenset()


def _measured(cells: Cells, key: Variable, name: str, path: Path) -> tuple[Floats, Reading]:
    """Read the values of a region at a visit."""
    field = dictionary()[key.name]
    where = f"{path.name}, column '{name}'"
    values, beyond = numbers(cells, field, key.visit, where)
    expected = field.expected(key.visit)
    return values, Reading(field.id, (name,), (path.name,), (CONVENTION,), expected, beyond=beyond)


def _people(cells: Cells, path: Path, visit: int) -> tuple[Ints, Ints]:
    """Read ids and visits off the names of rows."""
    given = (
        np.array([*cells.given, None], object)[cells.places] if isinstance(cells, Words) else cells
    )
    names = pd.Series(given).astype("string").str.removesuffix(".0")
    found = names.str.strip().str.extract(f"^{_PERSON.pattern}$")
    if wrong := int(found["id"].isna().sum()):
        raise InputError(
            f"{path.name}: expected rows named as participants, such as 1234567 or "
            f"1234567_20263_2_0, but {wrong} of {len(names)} are not; drop or rename them"
        )
    visits = found["visit"].fillna(str(visit))
    ids = found["id"].to_numpy(dtype="int64")
    return ids, visits.to_numpy(dtype="int64")


def _fields(header: Sequence[str]) -> dict[int, str]:
    """Map the places of regions to their fields; of totals, and of other measures, none."""
    corner = _corner(header[0])
    named = enumerate(header[1:], 1)
    found = {place: _field(name, corner) for place, name in named} if corner else {}
    return {place: number for place, number in found.items() if number}


def _corner(cell: str) -> _Corner | None:
    """Read the corner; an empty one, or a word for rows, says nothing, another atlas forbids."""
    text = cell.strip().lower()
    if known := _CORNER.fullmatch(text):
        return _Corner(known["side"], known["measure"])
    if text == _VOLUMES:
        return _Corner("", "volume")
    plain = re.sub(r"[^a-z0-9]", "", text)
    return _Corner("", "") if plain in ("", "subject", "subjects", "subjectid", "id") else None


def _field(name: str, corner: _Corner) -> str:
    text = name.strip().lower()
    if text in _WHOLE and corner.measure in ("", "volume"):
        return _WHOLE[text]
    if corner.side and not re.match(r"(lh|rh|left|right)[_.-]", text):
        text = f"{corner.side}_{text}"
    known = _REGION.fullmatch(text)
    if not known or (corner.side and known["side"] != corner.side):
        return ""
    measured = known["measure"] in _MEASURES
    named = known["region"] if measured else text.removeprefix(known["side"])[1:]
    region = atlas.region_id(f"{known['side']}_{named}")
    # Volumes of asegstats2table have no measure behind them: Left-Hippocampus.
    usual = "volume" if atlas.split(region)[1] in atlas.SUBCORTEX else ""
    measure = known["measure"] if measured else corner.measure or usual
    return _numbers().get(f"{_MEASURES.get(measure, '')}.{region}", "")


@cache
def _numbers() -> dict[str, str]:
    return {one.variable: one.id for one in dictionary().values() if one.kind == "feature"}
