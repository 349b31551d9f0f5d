"""From simulated people to the columns of an export, in their order and with their decimals."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from transdx._arrays import Floats, Ints
from transdx.atlas import split
from transdx.modalities import MODALITIES, STRUCTURE
from transdx.simulate.brain import Brains, norms
from transdx.simulate.people import NO_CODE, People
from transdx.simulate.quality import Scan, damage

if TYPE_CHECKING:
    import pyarrow as pa

Column: TypeAlias = npt.NDArray[Any]

#: Decimals of the measurements; a region's are those of its modality.
_DECIMALS = {"50": 1, "12144": 0, "25756": 3, "25757": 3, "25758": 3, "25759": 0, "25926": 0}
_DECIMALS |= {"25744": 6, "25741": 4, "25052": 4}
_DECIMALS |= {"26521": 0, "26721": 1, "26822": 1, "26755": 5, "26856": 5}

#: Fields of the total area and the mean thickness of the left and the right hemisphere.
_HEMISPHERES = (("26721", "26755"), ("26822", "26856"))


def person_columns(
    people: People,
    heights: dict[tuple[str, int], Floats],
    hands: dict[int, Ints],
    answers: dict[tuple[str, int], Ints],
) -> dict[str, Column]:
    """Arrange what is known of people at all visits; columns are named ``field_ivisit``."""
    columns: dict[str, Column] = {"31": people.male.astype(np.int64)}
    for visit, age in people.age.items():
        columns[f"21003_i{visit}"] = came(people, visit, age)
    for visit, centre in people.centre.items():
        columns[f"54_i{visit}"] = came(people, visit, centre)
    for visit, codes in hands.items():
        columns[f"1707_i{visit}"] = codes
    for (field, visit), values in heights.items():
        columns[f"{field}_i{visit}"] = came(people, visit, values)
    for (item, visit), codes in answers.items():
        columns[f"{item}_i{visit}"] = codes
    return columns


def imaging_columns(
    people: People, brains: Brains, seen: Scan, visit: int, *, seed: int
) -> dict[str, Column]:
    """Arrange what the scanner gave at a visit, with what went wrong."""
    norm = norms()
    sides = np.array([int(split(feature)[0] == "right") for _, feature in norm.names])
    kinds = np.array([STRUCTURE.index(modality) for modality, _ in norm.names])
    section = f"segmentation {visit}"
    values = damage(
        brains.regions[visit], seen, hemisphere=sides, kind=kinds, seed=seed, section=section
    )
    columns: dict[str, Column] = dict(seen.measures)
    columns["26500"] = seen.flair
    columns["26521"] = np.where(seen.surfaces, brains.intracranial[visit], np.nan)
    columns |= _hemispheres(values, sides, kinds)
    for column in np.flatnonzero(norm.written):
        columns[str(norm.table["field"].iloc[column])] = values[:, column]
    return {f"{field}_i{visit}": came(people, visit, column) for field, column in columns.items()}


def _hemispheres(values: Floats, sides: Ints, kinds: Ints) -> dict[str, Floats]:
    """Add up each hemisphere, the temporal pole included: area, and thickness weighted by area."""
    columns = {}
    for side, (total, mean) in enumerate(_HEMISPHERES):
        area = values[:, (sides == side) & (kinds == 0)]
        thick = values[:, (sides == side) & (kinds == 1)]
        columns[total] = area.sum(axis=1)
        columns[mean] = (area * thick).sum(axis=1) / area.sum(axis=1)
    return columns


def came(people: People, visit: int, values: Column) -> Column:
    """Empty the entries of those who did not come to a visit."""
    if visit != 3:
        return values
    empty = np.nan if values.dtype.kind == "f" else NO_CODE
    return np.where(people.repeat, values, empty)


def make_table(people: People, columns: dict[str, Column]) -> pa.Table:
    """Put the columns in the order of their fields and visits, with the name of the platform."""
    import pyarrow as pa

    fields = {"eid": pa.array(people.eid)}
    for name in sorted(columns, key=lambda name: [int(part) for part in name.split("_i")]):
        fields[f"p{name}"] = _array(name.split("_")[0], columns[name])
    return pa.table(fields)


def _array(field: str, values: Column) -> pa.Array:
    import pyarrow as pa

    if values.dtype.kind == "O":
        return pa.array(values, type=pa.string())
    if values.dtype.kind == "i":
        return pa.array(values, mask=values == NO_CODE)
    if field == "25746":
        empty = np.isnan(values)
        return pa.array(np.where(empty, 0, values).astype(np.int64), mask=empty)
    return pa.array(np.round(values, _decimals().get(field, 4)), mask=np.isnan(values))


@cache
def _decimals() -> dict[str, int]:
    table = norms().table
    kinds = [MODALITIES[modality].decimals for modality in table["modality"]]
    return dict(zip(table["field"], kinds, strict=True)) | _DECIMALS
