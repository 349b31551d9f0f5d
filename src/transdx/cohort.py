"""A cohort: what was read about participants, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from transdx import modalities
from transdx.connectomes import Connectomes
from transdx.study import Study, Variable

__all__ = ["Cohort", "Reading"]


@dataclass(frozen=True)
class Reading:
    """Where a variable was read from, and what of it was not believed.

    Attributes
    ----------
    field : str
        Number of the field.
    columns, files, conventions : tuple of str
        Names of the columns that hold it, of their files, and whose way of naming that is.
    expected : tuple of float
        Least and most of what is expected, see ``range`` in ``data/fields.csv``; infinite where
        nothing is.
    people : int
        Who has a value.
    beyond : int
        Whose value was outside of what is expected; it is missing in the cohort.
    """

    field: str
    columns: tuple[str, ...]
    files: tuple[str, ...]
    conventions: tuple[str, ...]
    expected: tuple[float, float]
    people: int = 0
    beyond: int = 0


@dataclass(frozen=True)
class Cohort:
    """Raw values of the participants of a study.

    Attributes
    ----------
    table : pandas.DataFrame, shape (n participants, n variables)
        Indexed by participant; columns are pairs (variable, visit), where a variable
        is a field number or ``modality.feature``. Codes are as in the source.
    study : Study
        The study the variables belong to.
    lists, named : int
        Lists of withdrawn people that came with the export, and how many people they name.
    withdrawn : int
        Those among them who were in the export; they are not in the table.
    inputs : mapping of str to str
        Name and SHA-256 of each file read.
    connectomes : Connectomes or None
        Of the imaging visit; may hold people who are not in the table, and lack some who
        are. None where the source holds none.
    beside : mapping of str to Cohort
        Other people that come with these, by the name of the replication in them.
    readings : mapping of Variable to Reading
        How each variable of an export was read.
    notes : tuple of str
        What else was found while reading, a sentence each, without ids: files passed over,
        tables that seem to be cut off.
    """

    table: pd.DataFrame
    study: Study
    lists: int = 0
    named: int = 0
    withdrawn: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    connectomes: Connectomes | None = None
    beside: Mapping[str, Cohort] = field(default_factory=dict)
    readings: Mapping[Variable, Reading] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        # What a notebook shows of a cohort must not be its people.
        return f"<Cohort: {len(self):,} people, {self.table.shape[1]:,} columns>"

    def has(self, variable: Variable) -> bool:
        """Say whether the variable was in the source."""
        return variable in self.table.columns

    def values(self, variable: Variable) -> pd.Series:
        """Give one variable by participant; all missing where the source lacks it."""
        if not self.has(variable):
            return pd.Series(float("nan"), index=self.table.index, name=variable)
        return self.table[variable]

    def modalities(self) -> list[str]:
        """List the modalities of the study that the source holds."""
        packed = self.connectomes.matrices if self.connectomes is not None else {}
        return [
            modality
            for modality in self.study.modalities
            if modality in packed
            or (modality not in modalities.CONNECTIVITY and self.features(modality).shape[1])
        ]

    def features(self, modality: str, *, visit: int | None = None) -> pd.DataFrame:
        """Give the values of a modality of the table, by default at the imaging visit.

        Columns are feature ids in the order of the atlas; values are in the units of the source.
        """
        columns = {
            (f"{modality}.{feature}", self.study.visit if visit is None else visit): feature
            for feature in modalities.features(modality)
        }
        present = [key for key in columns if key in self.table.columns]
        return self.table[present].set_axis([columns[key] for key in present], axis=1)
