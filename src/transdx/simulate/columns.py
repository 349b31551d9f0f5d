"""From simulated people to the columns of an export, in their order and with their decimals."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transdx._arrays import Bools, Floats, Ints
from transdx.atlas import split
from transdx.fields import dictionary
from transdx.modalities import MODALITIES
from transdx.simulate.brain import MORPHOMETRY, Brains, norms
from transdx.simulate.constants import stream
from transdx.simulate.people import NO_CODE, Columns, People
from transdx.simulate.quality import Scan, damage

#: Decimals of the measurements; a region's are those of its modality, and others have four.
_DECIMALS = {"50": 1, "12144": 0, "25756": 3, "25757": 3, "25758": 3, "25759": 0, "25926": 0}
_DECIMALS |= {"25744": 6, "21001": 2, "26521": 0, "26721": 1, "26822": 1, "26755": 5, "26856": 5}

#: Fields of the total area and the mean thickness of the left and the right hemisphere.
_HEMISPHERES = (("26721", "26755"), ("26822", "26856"))


def imaging_columns(people: People, brains: Brains, seen: Scan, visit: int) -> Columns:
    """Arrange what the scanner gave at a visit, with what went wrong."""
    table = norms().table
    sides = np.array([int(split(feature)[0] == "right") for _, feature in table.index])
    kinds = np.array([MORPHOMETRY.index(modality) for modality, _ in table.index])
    rng = stream(people.seed, f"segmentation {visit}")
    values = damage(brains.regions[visit], seen, rng, hemisphere=sides, kind=kinds)
    whole = np.where(seen.surfaces, brains.intracranial[visit], np.nan)
    columns = {**seen.measures, "26500": seen.flair, "26521": whole}
    columns |= _hemispheres(values, sides, kinds)
    columns |= {field: values[:, place] for place, field in enumerate(table["field"]) if field}
    return {(field, visit): column for field, column in columns.items()}


def _hemispheres(values: Floats, sides: Ints, kinds: Ints) -> dict[str, Floats]:
    """Add up each hemisphere, the temporal pole included: area, and thickness weighted by area."""
    columns = {}
    for side, (total, mean) in enumerate(_HEMISPHERES):
        area = values[:, (sides == side) & (kinds == 0)]
        thick = values[:, (sides == side) & (kinds == 1)]
        columns[total] = area.sum(axis=1)
        columns[mean] = (area * thick).sum(axis=1) / area.sum(axis=1)
    return columns


def make_table(people: People, columns: Columns) -> pa.Table:
    """Put the columns in the order of their fields and visits, with the names of the platform."""
    visits = Counter(field for field, _ in columns)
    table = {"eid": pa.array(people.eid)}
    for field, visit in sorted(columns, key=lambda key: (int(key[0]), key[1])):
        known = dictionary().get(field)
        several = visits[field] > 1 or (known is not None and len(known.visits) > 1)
        name = f"p{field}_i{visit}" if several else f"p{field}"
        # Of those who did not come again nothing is known.
        absent = ~people.repeat & (visit == 3)
        table[name] = _array(field, columns[field, visit], absent)
    return pa.table(table)


def _array(field: str, values: npt.NDArray[Any], absent: Bools) -> pa.Array:
    if values.dtype.kind == "O":
        return pa.array(values, type=pa.string())
    if values.dtype.kind == "i":
        return pa.array(values, mask=absent | (values == NO_CODE))
    empty = absent | np.isnan(values)
    values = np.round(values, _decimals(field))
    if field == "25746":  # counted, not measured
        values = np.where(empty, 0, values).astype(np.int64)
    return pa.array(values, mask=empty)


def _decimals(field: str) -> int:
    known = dictionary().get(field)
    usual = MODALITIES[known.modality].decimals if known and known.modality else 4
    return _DECIMALS.get(field, usual)
