"""The UK Biobank fields that the study uses: what they hold and which codes mean missing."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import pandas as pd

from transdx.errors import nearest

__all__ = ["Field", "declare", "dictionary", "read_table"]


@dataclass(frozen=True)
class Field:
    """One UK Biobank field."""

    id: str  # such as "21003"
    kind: str  # feature, symptom, questionnaire, diagnosis, covariate, quality or global
    modality: str  # what a feature measures; empty for other kinds
    feature: str  # where it does
    visits: tuple[int, ...]  # instances at which the field exists
    array: int  # most values at a visit; more than 1 where several answers may be given
    codes: frozenset[int]  # of a categorical field; empty for a measurement
    special: frozenset[int]  # codes that stand for a missing answer
    labels: Mapping[int, str]  # what each code, special ones too, stands for
    title: str = ""
    unit: str = ""
    # least and most of what is expected, at a visit or (None) at all others
    ranges: Mapping[int | None, tuple[float, float]] = field(default_factory=dict)

    def expected(self, visit: int) -> tuple[float, float]:
        """Give the least and the most that a value at a visit can be.

        >>> dictionary()["12144"].expected(2)
        (100.0, 230.0)
        """
        return self.ranges.get(visit) or self.ranges.get(None, (-math.inf, math.inf))

    @property
    def variable(self) -> str:
        """Name of the field in a cohort: ``modality.feature``, or the field number."""
        return f"{self.modality}.{self.feature}" if self.feature else self.id

    @property
    def multiple(self) -> bool:
        """Whether several answers may be given at a visit."""
        return self.array > 1


def read_table(name: str) -> pd.DataFrame:
    """Read a fact table of ``transdx/data``: all columns as text, empty cells as empty strings."""
    with files("transdx").joinpath("data", name).open("r", encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)


@cache
def dictionary() -> dict[str, Field]:
    """Read the dictionary of fields, by field number.

    >>> dictionary()["26733"].variable
    'surface_area.left_lingual'
    """
    return {row["field"]: _field(row) for row in read_table("fields.csv").to_dict("records")}


#: How some columns are written, and an example; text of any other form would be read as nothing.
_FORMS = {
    "visits": (r"\d+( \d+)*", "0 1 2 3"),
    "array": (r"\d*", "1"),
    "coding": (r"([^:]*:\s*-?\d+=.*)?", "100: 0=No; 1=Yes"),
    "special_codes": (r"(\s*-?\d+=.*)?", "-1=Do not know; -3=Prefer not to answer"),
    "range": (r"((\d+( \d+)*: )?-?[\d.]+ -?[\d.]+(; )?)*", "0 1: 37 80; 2 3: 44 90"),
}


def declare(rows: Mapping[str, Mapping[str, object]]) -> None:
    """Add fields of a study file to the dictionary, with columns named as in ``fields.csv``."""
    columns = read_table("fields.csv").columns
    for number, row in rows.items():
        for name in set(row) - {*columns}:
            raise ValueError(f"fields.{number} has no '{name}'{nearest(name, columns)}")
        for name, (form, example) in _FORMS.items():
            if not re.fullmatch(form, str(row.get(name, example))):
                raise ValueError(
                    f"[fields.{number}] {name}: expected text such as '{example}', got {row[name]}"
                )
        given = {"visits": "0", **row, "field": number}
        dictionary()[number] = _field({name: str(given.get(name, "")) for name in columns})


def _field(row: Mapping[Hashable, str]) -> Field:
    codes = _codes(row["coding"].partition(":")[2])
    special = _codes(row["special_codes"])
    return Field(
        id=row["field"],
        kind=row["kind"],
        modality=row["modality"],
        feature=row["feature"],
        visits=tuple(int(visit) for visit in row["visits"].split()),
        array=int(row["array"] or 1),
        codes=frozenset(codes),
        special=frozenset(special),
        labels=codes | special,
        title=row["title"],
        unit=row["unit"],
        ranges=_ranges(row["range"]),
    )


def _codes(text: str) -> dict[int, str]:
    """Read ``1=Never; 2=Sometimes`` into codes and their labels."""
    pairs = re.findall(r"(?:^|;)\s*(-?\d+)=([^;]*)", text)
    return {int(code): label.strip() for code, label in pairs}


def _ranges(text: str) -> dict[int | None, tuple[float, float]]:
    """Read ``37 80; 2 3: 44 90`` into what is expected at all visits, and at those named."""
    ranges: dict[int | None, tuple[float, float]] = {}
    for part in filter(None, text.split("; ")):
        visits, _, limits = part.rpartition(": ")
        least, most = map(float, limits.split())
        ranges |= dict.fromkeys(map(int, visits.split()) if visits else [None], (least, most))
    return ranges
