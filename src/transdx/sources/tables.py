"""Read an open cohort from the tables it is published as."""

from __future__ import annotations

import re

import pandas as pd

from transdx import atlas, modalities, reference
from transdx._tables import SEPARATORS
from transdx.cohort import Cohort
from transdx.errors import InputError
from transdx.study import Study, Table


def read_tables(study: Study) -> Cohort:
    """Fetch and read the tables of a study of format ``tables`` into a cohort.

    Each table holds participants by their id in the first column, and either their variables or one
    modality of one hemisphere. Everybody in the table of participants is kept; those without images
    have missing values.
    """
    people, *regional = [_read(table) for table in study.tables]
    joined = pd.concat([people, *(part.reindex(people.index) for part in regional)], axis=1)
    lacking = [v.name for v in study.required() if v not in joined.columns]
    if lacking:
        raise InputError(
            f"{', '.join(study.tables[0].files)}: expected the column(s) {', '.join(lacking)}, "
            f"got {', '.join(people.columns.get_level_values('variable'))}"
        )
    files = [file for table in study.tables for file in table.files]
    inputs = {file: reference.registry()[file].sha256 for file in files}
    return Cohort(table=joined, study=study, inputs=inputs)


def _read(table: Table) -> pd.DataFrame:
    parts = [_read_file(file, table) for file in table.files]
    frame, what = pd.concat(parts), ", ".join(table.files)
    frame.index = _ids(frame.index, table.ids, what)
    frame.index.name = "participant"
    if frame.index.has_duplicates:
        raise InputError(
            f"{what}: expected one row per participant, but "
            f"{frame.index.duplicated().sum()} of {len(frame)} rows repeat an id"
        )
    frame = _regions(frame, table, what) if table.modality else frame
    names = [(str(name), table.visit) for name in frame.columns]
    frame.columns = pd.MultiIndex.from_tuples(names, names=["variable", "visit"])
    return frame


def _read_file(file: str, table: Table) -> pd.DataFrame:
    """Read a file, without what its study passes over."""
    path = reference.fetch(file)
    frame = pd.read_csv(path, sep=SEPARATORS[path.suffix], index_col=0, na_values=table.missing)
    lacking = [name for name in (*table.rows, *table.missing) if name not in frame]
    if lacking:
        raise InputError(f"{file}: expected the column(s) {', '.join(lacking)}, of which is none")
    for column, value in table.rows.items():
        frame = frame[frame[column] == value]
    if frame.empty:
        raise InputError(f"{file}: expected rows where {table.rows}, found none")
    return frame


def _ids(ids: pd.Index, pattern: str, what: str) -> pd.Index:
    """Take of each id what is the same in all files; an id is never said in an error."""
    found = [re.fullmatch(pattern, str(one)) for one in ids]
    if not all(found):
        raise InputError(f"{what}: {found.count(None)} of {len(ids)} ids are not like '{pattern}'")
    return pd.Index([one[1] for one in found if one])


def _regions(frame: pd.DataFrame, table: Table, what: str) -> pd.DataFrame:
    """Keep the regions of the atlas, named ``modality.feature``."""
    places = modalities.known_modality(table.modality).places
    wanted = table.names.values() or places
    names: dict[str, str] = {}
    for column in frame.columns:
        if found := re.fullmatch(table.pattern, column):
            place = table.names.get(found[1], "") if table.names else found[1]
            region = atlas.region_id(f"{table.hemisphere}_{place}")
            if atlas.split(region)[1] in places:
                names[column] = f"{table.modality}.{region}"
    if len(names) != len(wanted) or len(set(names.values())) != len(names):
        raise InputError(
            f"{what}: expected {len(wanted)} regions named like '{table.pattern}', "
            f"found {len(names)}"
        )
    regions = frame[list(names)].rename(columns=names)
    nothing = int((regions <= 0).sum().sum())
    if nothing:
        raise InputError(f"{what}: {nothing} values of {table.modality} are 0 or less, as none is")
    return regions
