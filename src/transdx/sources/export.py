"""Read a UK Biobank export of the Research Analysis Platform."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet

from transdx import atlas
from transdx._files import sha256
from transdx.cohort import Cohort
from transdx.connectomes import folder_of, open_connectomes
from transdx.errors import InputError, nearest
from transdx.fields import Field, dictionary
from transdx.sources.bulk import Progress, pack
from transdx.sources.origin import check_people
from transdx.study import Study, Variable

__all__ = ["read_export"]

_TABLES = (".parquet", ".csv", ".tsv")
_ID = "eid"
_WITHDRAWALS = re.compile(r"w\d+_\d{8}\.csv")
_COLUMN = re.compile(r"p(?P<field>\d+)(?:_i(?P<visit>\d+))?(?:_a(?P<array>\d+))?")


def read_export(
    data: Path, study: Study, *, world: str, progress: Progress | None = None
) -> Cohort:
    """Read an export into a cohort, without those who have withdrawn.

    Parameters
    ----------
    data : pathlib.Path
        A table, or a folder with one or several tables (Parquet, CSV or TSV) that share
        the column ``eid``, with or without the prefix ``participant.``, any withdrawal
        lists (``w<application>_<yyyymmdd>.csv``), and connectomes: packed
        (``connectomes_i2/``, see `transdx.connectomes`), or the raw files, which are packed
        first (see `transdx.sources.bulk`). Columns are named as on the platform: ``p31``,
        ``p21003_i2``; values are raw codes.
    study : Study
        Names the variables to read; everything else is left on disk.
    world : {'simulated', 'ukb'}
        Whose people it holds; others are refused before anything is written.
    progress : callable, optional
        Called with what is done, people done and people in all, while raw files are packed.

    Returns
    -------
    Cohort

    Raises
    ------
    InputError
        If there is no table, a variable of the study is missing, an id is repeated, a
        column that should hold numbers holds text, or a raw file is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from transdx.simulate import simulate
    >>> from transdx.study import load_study
    >>> export = simulate(tempfile.mkdtemp(), participants=60)
    >>> cohort = read_export(export, load_study("ukb"), world="simulated")
    >>> cohort.modalities()[:2]
    ['surface_area', 'thickness']
    """
    tables, lists = _files_of(data)
    wanted = _wanted(study)
    table = _join([_read(path, wanted) for path in tables])
    check_people(table.index, world=world)
    _require(table, study, data)
    withdrawn = _withdrawn(lists)
    left = table.index.isin(withdrawn)
    table = table.loc[~left]
    pack(data, table.index, progress=progress)
    packed = sorted(folder_of(data).glob("*.npy"))
    return Cohort(
        table=table,
        study=study,
        withdrawn=int(left.sum()),
        inputs={path.name: sha256(path) for path in [*tables, *lists, *packed]},
        connectomes=open_connectomes(data),
    )


def _files_of(data: Path) -> tuple[list[Path], list[Path]]:
    """Find the tables with an id column, and the withdrawal lists."""
    if not data.exists():
        raise InputError(f"expected an export at {data}, but there is nothing; check --data")
    found = sorted(path for path in data.iterdir() if path.is_file()) if data.is_dir() else [data]
    lists = [path for path in found if _WITHDRAWALS.fullmatch(path.name)]
    tables = [
        path
        for path in found
        if path not in lists and path.suffix in _TABLES and _id_column(_header(path)) is not None
    ]
    if not tables:
        raise InputError(
            f"expected a table (.parquet, .csv, .tsv) with a column '{_ID}' in {data}, found "
            f"{len(found)} file(s) and none with that column"
        )
    return tables, lists


def _header(path: Path) -> list[str]:
    try:
        if path.suffix == ".parquet":
            return list(pyarrow.parquet.read_schema(path).names)
        return list(pd.read_csv(path, sep=_separator(path), nrows=0).columns)
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{path.name} cannot be read as a table ({reason}); export it again, or take it away"
        ) from error


def _separator(path: Path) -> str:
    return "\t" if path.suffix == ".tsv" else ","


def _id_column(names: list[str]) -> str | None:
    return next((name for name in names if name.removeprefix("participant.") == _ID), None)


def _wanted(study: Study) -> dict[tuple[str, int], str]:
    """Map (field, visit) to the name of the variable, for all that the study may use."""
    visit = study.imaging.visit if study.imaging else 0
    wanted = {variable.key: variable.name for variable in [*study.required(), *study.optional()]}
    for entry in dictionary().values():
        if entry.modality in study.modalities:
            wanted[(entry.id, visit)] = entry.variable
    return wanted


def _read(path: Path, wanted: dict[tuple[str, int], str]) -> pd.DataFrame:
    """Read the wanted columns of one table, named by (variable, visit)."""
    header = _header(path)
    identity = str(_id_column(header))
    chosen: dict[str, tuple[str, int]] = {}
    for name in header:
        parsed = _COLUMN.fullmatch(name.removeprefix("participant."))
        if parsed is None:
            continue
        key = (parsed["field"], int(parsed["visit"] or 0))
        if key in wanted:
            chosen[name] = (wanted[key], key[1])
    columns: list[str] = [identity, *chosen]
    if path.suffix == ".parquet":
        raw = pd.read_parquet(path, columns=columns)
    else:
        raw = pd.read_csv(path, sep=_separator(path), usecols=columns, low_memory=False)
    raw = raw.set_index(identity)
    raw.index.name = "participant"
    if not pd.api.types.is_integer_dtype(raw.index.dtype):
        raise InputError(
            f"{path.name}, column '{identity}': expected whole numbers without gaps as participant "
            f"ids, got values of type {raw.index.dtype}; drop rows without an id"
        )
    if raw.index.has_duplicates:
        raise InputError(
            f"{path.name}: expected one row per participant, but {raw.index.duplicated().sum()} of "
            f"{len(raw)} rows repeat an id; drop the repeated rows"
        )
    fields = dictionary()
    ids = {variable: number for (number, _), variable in wanted.items()}
    typed = {
        chosen[name]: _numbers(raw[name], fields[ids[chosen[name][0]]], path)
        for name in raw.columns
    }
    return pd.DataFrame(typed, index=raw.index)


def _numbers(column: pd.Series, field: Field, path: Path) -> pd.Series:
    """Give a column as numbers; only a multi-select keeps its text."""
    if field.id == "20544":
        return column.astype("string")
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    text = numbers.isna() & column.notna()
    if text.any():
        raise InputError(
            f"{path.name}, column '{column.name}': expected raw codes or numbers, but {text.sum()} "
            f"of {len(column)} rows hold text; export raw codes instead of labels"
        )
    if field.codes:
        unknown = numbers.notna() & ~numbers.isin([*field.codes, *field.special])
        if unknown.any():
            raise InputError(
                f"{path.name}, column '{column.name}': {unknown.sum()} of {len(column)} rows hold "
                f"codes outside the coding of field {field.id} "
                f"({', '.join(map(str, sorted(field.codes | field.special)))})"
            )
    return numbers.mask(numbers.isin(field.special))


def _join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat(tables, axis=1) if len(tables) > 1 else tables[0]
    twice = joined.columns[joined.columns.duplicated()]
    if len(twice):
        raise InputError(
            f"field {twice[0][0]} at visit {twice[0][1]} is in more than one table of the export; "
            "keep it in one"
        )
    pairs = [tuple(pair) for pair in joined.columns]
    joined.columns = pd.MultiIndex.from_tuples(pairs, names=["variable", "visit"])
    return joined


def _require(table: pd.DataFrame, study: Study, data: Path) -> None:
    lacking = [variable for variable in study.required() if variable.key not in table.columns]
    if lacking:
        written = [_written(variable) for variable in lacking]
        have = [_written(Variable(*key)) for key in table.columns if str(key[0]).isdigit()]
        raise InputError(
            f"{data}: {len(lacking)} column(s) that the study needs are missing: "
            f"{', '.join(written[:8])}{' …' if len(written) > 8 else ''}"
            f"{nearest(written[0], have)}; add them to the export"
        )
    for modality in (m for m in study.modalities if m in atlas.STRUCTURE):
        names = {f"{modality}.{feature}" for feature in atlas.features(modality)}
        if names.isdisjoint(table.columns.get_level_values("variable")):
            expected = [f for f in dictionary().values() if f.modality == modality]
            raise InputError(
                f"{data}: no column of {modality} was found; expected p{expected[0].id}_i2 … "
                f"p{expected[-1].id}_i2 ({len(expected)} columns)"
            )


def _written(variable: Variable) -> str:
    entry = dictionary().get(variable.name)
    single = entry is not None and entry.visits == (0,)
    return f"p{variable.name}" if single else f"p{variable.name}_i{variable.visit}"


def _withdrawn(lists: list[Path]) -> set[int]:
    gone: set[int] = set()
    for path in lists:
        try:
            gone |= set(pd.read_csv(path, header=None, names=["id"])["id"].astype("int64"))
        except (pd.errors.EmptyDataError, ValueError) as error:
            if isinstance(error, pd.errors.EmptyDataError):
                continue
            raise InputError(
                f"{path.name}: expected one participant id per line and no header"
            ) from error
    return gone
