"""Who has a relative among the people of an export: from the platform's list of pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from transdx._arrays import Ints
from transdx.cohort import Cohort, Reading
from transdx.errors import InputError
from transdx.study import Variable

__all__ = ["FIELD", "RELATIVES", "relatives_file", "with_relatives"]

#: What the list is called in an export: as it comes (``ukb_rel_a12345_s67890.dat``), or linked.
RELATIVES = "ukb_rel.dat"
#: The field that says the same of all participants of UK Biobank, and its codes for none and some.
FIELD = Variable("22021")
_NONE, _SOME = 0.0, 1.0
#: Kinship of the third degree (Manichaikul et al. 2010, doi:10.1093/bioinformatics/btq559).
_CLOSE = 0.0442


def relatives_file(base: Path) -> Path | None:
    """Find the list of related pairs in the folder of an export."""
    return next((path for path in sorted(base.glob("ukb_rel*")) if path.is_file()), None)


def with_relatives(cohort: Cohort, path: Path | None) -> Cohort:
    """Say of everybody whether a relative is among the people of the export, by a list of pairs.

    The field of an export counts relatives among all participants, most of whom have no images: the
    list goes before it. Of withdrawn people, who are not in the table, nobody is a relative.
    """
    if path is None:
        return cohort
    pairs = _pairs(path)
    people = cohort.table.index
    both = pairs[np.isin(pairs, people.to_numpy()).all(axis=1)]
    has = np.where(people.isin(np.unique(both)), _SOME, _NONE)
    table = cohort.table.copy(deep=False)
    table[FIELD] = has
    reading = Reading(FIELD.name, ("ID1", "ID2"), (path.name,), ("pairs of relatives",), (0, 1))
    readings = {**cohort.readings, FIELD: replace(reading, people=len(people))}
    return replace(cohort, table=table, readings=readings)


def _pairs(path: Path) -> Ints:
    """Read the pairs of ids that are as close as relatives of the third degree."""
    try:
        frame = pd.read_csv(path, sep=r"[\s,;]+", engine="python", dtype=str)
    except (ValueError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as a list of relatives; fetch it again, or take it away"
        ) from error
    if not {"ID1", "ID2"} <= set(frame):
        raise InputError(
            f"{path.name}: expected the columns ID1, ID2 and Kinship of related pairs, got "
            f"{len(frame.columns)} columns without ID1 and ID2; take it away if it is another list"
        )
    numbers = frame.apply(pd.to_numeric, errors="coerce")
    close = numbers["Kinship"] >= _CLOSE if "Kinship" in frame else np.ones(len(frame), bool)
    wrong = int(numbers[["ID1", "ID2"]].isna().any(axis=1).sum())
    if wrong:
        raise InputError(f"{path.name}: {wrong} of {len(frame)} pairs hold no two ids")
    return np.asarray(numbers.loc[close, ["ID1", "ID2"]], dtype=np.int64)
