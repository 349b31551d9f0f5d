"""Read an open cohort from the tables it is published as."""

from __future__ import annotations

import re

import pandas as pd

from transdx import modalities, reference
from transdx.cohort import Cohort
from transdx.errors import InputError
from transdx.study import Study, Table

#: FreeSurfer's longer names of the subcortical structures.
_RENAMED = {"thalamus-proper": "thalamus", "accumbens-area": "accumbens"}


def read_tables(study: Study) -> Cohort:
    """Fetch and read the tables of a study of format ``tables`` into a cohort.

    Each table holds participants by their id in the first column, and either their variables or one
    modality of one hemisphere. Everybody in the table of participants is kept; those without images
    have missing values.
    """
    people, *regional = [_read(table) for table in study.tables]
    joined = pd.concat([people, *(part.reindex(people.index) for part in regional)], axis=1)
    joined.columns = pd.MultiIndex.from_tuples(
        [(str(name), 0) for name in joined.columns], names=["variable", "visit"]
    )
    lacking = [v.name for v in study.required() if v.key not in joined.columns]
    if lacking:
        raise InputError(
            f"{study.tables[0].file}: expected the column(s) {', '.join(lacking)}, "
            f"got {', '.join(people.columns)}"
        )
    inputs = {table.file: reference.registry()[table.file].sha256 for table in study.tables}
    return Cohort(table=joined, study=study, inputs=inputs)


def _read(table: Table) -> pd.DataFrame:
    frame = pd.read_csv(reference.fetch(table.file), sep="\t", index_col=0, na_values=["n/a"])
    frame.index.name = "participant"
    if frame.index.has_duplicates:
        raise InputError(
            f"{table.file}: expected one row per participant, but "
            f"{frame.index.duplicated().sum()} of {len(frame)} rows repeat an id"
        )
    return _regions(frame, table) if table.modality else frame


def _regions(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Keep the regions of the atlas, named ``modality.feature``."""
    names: dict[str, str] = {}
    for column in frame.columns:
        found = re.fullmatch(table.pattern, column)
        if found is None:
            continue
        region = _RENAMED.get(found[1].lower(), found[1].lower())
        if region in modalities.known_modality(table.modality).places:
            names[column] = f"{table.modality}.{table.hemisphere}_{region}"
    expected = len(modalities.known_modality(table.modality).places)
    if len(names) != expected:
        raise InputError(
            f"{table.file}: expected {expected} regions named like '{table.pattern}', "
            f"found {len(names)}"
        )
    return frame[list(names)].rename(columns=names)
