"""The UK Biobank fields that the study uses: what they hold and which codes mean missing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

__all__ = ["Field", "declare", "dictionary", "read_table"]


@dataclass(frozen=True)
class Field:
    """One UK Biobank field."""

    id: str  # such as "21003"
    title: str  # in the public data dictionary
    kind: str  # feature, symptom, questionnaire, diagnosis, covariate, quality or global
    modality: str  # what a feature measures; empty for other kinds
    feature: str  # where it does
    unit: str  # empty where there is none
    visits: tuple[int, ...]  # instances at which the field exists
    array: int  # most values at a visit; more than 1 where several answers may be given
    codes: frozenset[int]  # of a categorical field; empty for a measurement
    special: frozenset[int]  # codes that stand for a missing answer
    labels: Mapping[int, str]  # what each code, special ones too, stands for

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


def declare(rows: Mapping[str, Mapping[str, str]]) -> None:
    """Add fields of a study file to the dictionary, with columns named as in ``fields.csv``."""
    columns = read_table("fields.csv").columns
    for number, row in rows.items():
        given = {"visits": "0", **row, "field": number}
        dictionary()[number] = _field({name: str(given.get(name, "")) for name in columns})


def _field(row: Mapping[Hashable, str]) -> Field:
    codes = _codes(row["coding"].partition(":")[2])
    special = _codes(row["special_codes"])
    return Field(
        id=row["field"],
        title=row["title"],
        kind=row["kind"],
        modality=row["modality"],
        feature=row["feature"],
        unit=row["unit"],
        visits=tuple(int(visit) for visit in row["visits"].split()),
        array=int(row["array"] or 1),
        codes=frozenset(codes),
        special=frozenset(special),
        labels=codes | special,
    )


def _codes(text: str) -> dict[int, str]:
    """Read ``1=Never; 2=Sometimes`` into codes and their labels."""
    pairs = re.findall(r"(?:^|;)\s*(-?\d+)=([^;]*)", text)
    return {int(code): label.strip() for code, label in pairs}
