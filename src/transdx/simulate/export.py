"""Write a simulated cohort as an export of the UK Biobank Research Analysis Platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx._arrays import Bools, Floats, Ints, Singles
from transdx._files import atomic_path
from transdx._memory import check_memory
from transdx.atlas import STRUCTURE, split
from transdx.connectomes import write_connectomes
from transdx.errors import InputError, nearest
from transdx.progress import Progress, silent
from transdx.simulate import people as people_
from transdx.simulate import symptoms as symptoms_
from transdx.simulate.brain import Brains, Norms, grow, norms
from transdx.simulate.bulk import write_bulk
from transdx.simulate.connectome import BLOCK, Wiring, wire
from transdx.simulate.constants import number, planted, stream
from transdx.simulate.effects import make_drivers
from transdx.simulate.people import FIRST_ID, NO_CODE, People
from transdx.simulate.quality import Scan, damage, scan
from transdx.simulate.reactivity import react
from transdx.sources.origin import TRUTH

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv")
EFFECTS = ("study", "none")
LEAST = 50
#: Bytes that each participant takes while a cohort is made: the slope of the peak from 4,000 to
#: 12,000 of them, rounded down.
PERSON = 30_000
WITHDRAWAL_LIST = "w00000_20260101.csv"

#: Decimals of the measurements; a region's are those of its modality.
_DECIMALS = {
    "50": 1,
    "12144": 0,
    "25756": 3,
    "25757": 3,
    "25758": 3,
    "25759": 0,
    "25926": 0,
    "25744": 6,
    "25741": 4,
    "25052": 4,
}
_DECIMALS_MODALITY = {"surface_area": 0, "thickness": 3, "subcortical_volume": 1}
_HEMISPHERE_FIELDS = {"left": ("26721", "26755"), "right": ("26822", "26856")}
_STEPS = 7

Column: TypeAlias = npt.NDArray[Any]
_Block: TypeAlias = dict[str, Singles]


@dataclass(frozen=True)
class Export:
    """A simulated export in memory.

    Attributes
    ----------
    table : pyarrow.Table
        One row per imaged person; columns ``eid``, ``p31``, ``p21003_i2``, ...
    truth : pandas.DataFrame
        Columns modality, feature, score, planted.
    withdrawn : tuple of int
        Ids of people who have withdrawn, some of them not in the table.
    about : dict
        Seed, sizes and constants.
    wiring : Wiring
        The connectomes of the rows, drawn when they are asked for.
    """

    table: pa.Table
    truth: pd.DataFrame
    withdrawn: tuple[int, ...]
    about: dict[str, object]
    wiring: Wiring


def simulate(
    out: Path | str,
    *,
    participants: int = 33_000,
    seed: int = 1,
    format: Literal["parquet", "csv"] = "parquet",  # noqa: A002
    effects: Literal["study", "none"] = "study",
    time_series: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Write a simulated cohort to a folder.

    Parameters
    ----------
    out : path
        The folder; it is made, and files of the same names are replaced.
    participants : int, default 33000
        People who came to imaging, at least 50; one row each.
    seed : int, default 1
        Seed of everything random, 0 or larger. The same seed gives the same bytes.
    format : {'parquet', 'csv'}, default 'parquet'
        Form of the table of participants.
    effects : {'study', 'none'}, default 'study'
        Plant the effects of the study, or none at all.
    time_series : int, default 0
        Write the raw connectome files of the first so many people as well (see
        `transdx.simulate.bulk`). Nobody else's are written, and the packed ones are used.
    progress : callable, optional
        Called as ``progress("simulating an export", done, total)``, in steps.

    Returns
    -------
    pathlib.Path
        The folder, with ``participants.parquet`` (or ``.csv``), the withdrawal list
        ``w00000_20260101.csv``, ``truth.csv``, ``truth.json`` and the packed connectomes
        ``connectomes_i2/`` (see `transdx.connectomes`).

    Raises
    ------
    InputError
        If an argument is not one of those allowed, or so many participants do not fit into memory.

    Examples
    --------
    >>> import tempfile
    >>> folder = simulate(tempfile.mkdtemp(), participants=60, seed=3)
    >>> sorted(path.name for path in folder.iterdir())
    ['connectomes_i2', 'participants.parquet', 'truth.csv', 'truth.json', 'w00000_20260101.csv']
    """
    if format not in FORMATS:
        raise InputError(
            f"expected format 'parquet' or 'csv', got {format!r}{nearest(str(format), FORMATS)}"
        )
    if time_series and not 0 < time_series <= participants:
        raise InputError(
            f"expected time series of 0 to {participants} participants, got {time_series}"
        )
    told = progress or silent
    blocks = -(-participants // BLOCK) if isinstance(participants, int) else 0

    def tell(stage: str, done: int, _: int) -> None:
        told(stage, done, _STEPS + blocks)

    export = build(participants, seed=seed, effects=effects, progress=tell)
    folder = Path(out)
    with atomic_path(folder / f"participants.{format}") as path:
        _write(export.table, path, format)
    # The table in the other form would be a second, older cohort in the same folder.
    for other in FORMATS:
        if other != format:
            (folder / f"participants.{other}").unlink(missing_ok=True)
    with atomic_path(folder / WITHDRAWAL_LIST) as path:
        path.write_text("".join(f"{eid}\n" for eid in export.withdrawn), encoding="utf-8")
    with atomic_path(folder / TRUTH) as path:
        export.truth.to_csv(path, index=False, lineterminator="\n")
    with atomic_path(folder / "truth.json") as path:
        path.write_text(json.dumps(export.about, indent=2) + "\n", encoding="utf-8")
    ids = export.table.column("eid").to_numpy()
    drawn = _counted(export.wiring.blocks(), tell)
    write_connectomes(folder, ids, drawn, about={"simulated": True, "seed": seed})
    if time_series:
        first = np.arange(time_series)
        write_bulk(folder, ids[first], export.wiring.of(first), seed=seed)
    return folder


def build(
    participants: int = 33_000,
    *,
    seed: int = 1,
    effects: Literal["study", "none"] = "study",
    progress: Progress = silent,
) -> Export:
    """Simulate a cohort in memory.

    Parameters
    ----------
    participants, seed, effects, progress
        As for `simulate`.

    Returns
    -------
    Export

    Raises
    ------
    InputError
        If an argument is not one of those allowed, or so many participants do not fit into memory.

    Examples
    --------
    >>> export = build(60, seed=3)
    >>> export.table.num_rows, export.truth.columns.tolist()
    (60, ['modality', 'feature', 'score', 'planted'])
    """
    _check(participants, seed, effects)
    step = iter(range(_STEPS))

    def tick() -> None:
        progress("simulating an export", next(step), _STEPS)

    # One thread for the small products, so that no machine rounds differently from itself.
    with threadpool_limits(1):
        tick()
        people = people_.draw_people(participants, seed=seed)
        heights = people_.heights(people, seed=seed)
        hands = people_.handedness(people, seed=seed)
        tick()
        felt = symptoms_.draw_symptoms(people, seed=seed)
        answers = symptoms_.answer(people, felt, seed=seed)
        scores = symptoms_.score(answers)
        tick()
        drivers = make_drivers(
            scores,
            symptoms_.score(felt.felt),
            _covariates(people),
            _analysable(scores, heights, hands),
        )
        table = planted() if effects == "study" else planted().iloc[:0]
        brains = grow(people, drivers, table, seed=seed)
        tick()
        scans = {visit: scan(people, visit, seed=seed) for visit in (2, 3)}
        reactivity = react(people, drivers, table, seed=seed)
        wiring = wire(people, drivers, table, scans[2], seed=seed)
        columns = _person_columns(people, heights, hands, answers)
        columns |= symptoms_.questionnaire(people, felt, seed=seed)
        tick()
        for visit in (2, 3):
            columns |= _imaging_columns(people, brains, scans[visit], visit, seed=seed)
            columns[f"25052_i{visit}"] = _came(people, visit, reactivity.percent[visit])
            tick()
    withdrawn = _withdrawals(people, seed=seed)
    return Export(
        table=_table(people, columns),
        truth=_truth([_written(brains), wiring.implied, reactivity.implied]),
        withdrawn=withdrawn,
        about={
            "seed": seed,
            "participants": participants,
            "effects": effects,
            "withdrawn": len(withdrawn),
            "any_symptom_weight": number("effects.any_symptom"),
        },
        wiring=wiring,
    )


def _counted(blocks: Iterator[_Block], tell: Progress) -> Iterator[_Block]:
    """Tell how far the connectomes are, the steps before them counted in."""
    tell("simulating an export", _STEPS, 0)
    for done, block in enumerate(blocks, start=1):
        yield block
        tell("simulating an export", _STEPS + done, 0)


def _check(participants: int, seed: int, effects: str) -> None:
    if isinstance(participants, bool) or not isinstance(participants, int | np.integer):
        raise InputError(f"expected a whole number of participants, got {participants!r}")
    if participants < LEAST:
        raise InputError(f"expected at least {LEAST} participants, got {participants}")
    check_memory(f"{participants:,} participants", PERSON * int(participants))
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"expected a seed that is a whole number from 0 on, got {seed!r}")
    if effects not in EFFECTS:
        raise InputError(
            f"expected effects 'study' or 'none', got {effects!r}{nearest(str(effects), EFFECTS)}"
        )


def _covariates(people: People) -> Floats:
    """Build the six covariates of the study, without gaps."""
    age, sex = people.age[2].astype(float), people.male.astype(float)
    right = (people.handedness == 1).astype(float)
    return np.column_stack([age, sex, age**2, age * sex, people.height, right])


def _analysable(
    scores: Floats, heights: dict[tuple[str, int], Floats], hands: dict[int, Ints]
) -> Bools:
    """Tell who has every score and covariate; a height may come from either field."""
    tall = ~np.isnan(heights["12144", 2]) | ~np.isnan(heights["50", 2])
    return np.asarray(~np.isnan(scores).any(axis=1) & tall & (hands[0] > 0))


def _person_columns(
    people: People,
    heights: dict[tuple[str, int], Floats],
    hands: dict[int, Ints],
    answers: dict[tuple[str, int], Ints],
) -> dict[str, Column]:
    columns: dict[str, Column] = {"31": people.male.astype(np.int64)}
    for visit, age in people.age.items():
        columns[f"21003_i{visit}"] = _came(people, visit, age)
    for visit, centre in people.centre.items():
        columns[f"54_i{visit}"] = _came(people, visit, centre)
    for visit, codes in hands.items():
        columns[f"1707_i{visit}"] = codes
    for (field, visit), values in heights.items():
        columns[f"{field}_i{visit}"] = _came(people, visit, values)
    for (item, visit), codes in answers.items():
        columns[f"{item}_i{visit}"] = codes
    return columns


def _imaging_columns(
    people: People, brains: Brains, seen: Scan, visit: int, *, seed: int
) -> dict[str, Column]:
    norm = norms()
    sides = np.array([int(split(feature)[0] == "right") for _, feature in norm.names])
    kinds = np.array([list(STRUCTURE).index(modality) for modality, _ in norm.names])
    values = damage(
        brains.regions[visit],
        seen,
        hemisphere=sides,
        kind=kinds,
        seed=seed,
        section=f"segmentation {visit}",
    )
    columns: dict[str, Column] = dict(seen.measures)
    columns["26500"] = seen.flair
    columns["26521"] = np.where(seen.surfaces, brains.intracranial[visit], np.nan)
    columns |= _hemispheres(norm, values, sides, kinds)
    for column in np.flatnonzero(norm.written):
        columns[str(norm.table["field"].iloc[column])] = values[:, column]
    return {f"{field}_i{visit}": _came(people, visit, column) for field, column in columns.items()}


def _hemispheres(norm: Norms, values: Floats, sides: Ints, kinds: Ints) -> dict[str, Floats]:
    """Add up each hemisphere, the temporal pole included: area, and thickness weighted by area."""
    columns = {}
    for side, name in enumerate(_HEMISPHERE_FIELDS):
        area = values[:, (sides == side) & (kinds == 0)]
        thick = values[:, (sides == side) & (kinds == 1)]
        total, mean = _HEMISPHERE_FIELDS[name]
        columns[total] = area.sum(axis=1)
        columns[mean] = (area * thick).sum(axis=1) / area.sum(axis=1)
    return columns


def _came(people: People, visit: int, values: Column) -> Column:
    """Empty the entries of those who did not come to a visit."""
    if visit != 3:
        return values
    empty = np.nan if values.dtype.kind == "f" else NO_CODE
    return np.where(people.repeat, values, empty)


def _withdrawals(people: People, *, seed: int) -> tuple[int, ...]:
    """Choose a handful from the export, and some that are not in it, as in real lists."""
    rng = stream(seed, "withdrawals")
    count = max(2, round(len(people) * number("people.withdrawn")))
    inside = rng.choice(people.eid, size=count, replace=False)
    outside = FIRST_ID + len(people) + rng.choice(1000, size=3, replace=False)
    return tuple(sorted(int(eid) for eid in np.concatenate([inside, outside])))


def _written(brains: Brains) -> pd.DataFrame:
    """List what is planted in the regions that have a field."""
    norm = norms()
    poles = {name for name, kept in zip(norm.names, norm.written, strict=True) if not kept}
    table = brains.plan.implied
    keep = [pair not in poles for pair in zip(table["modality"], table["feature"], strict=True)]
    return table[keep]


def _truth(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """List what is planted in what is written."""
    table = pd.concat(parts, ignore_index=True)
    # + 0.0 turns the negative zero of rounding into zero.
    return table.assign(planted=table["planted"].round(6) + 0.0)


def _table(people: People, columns: dict[str, Column]) -> pa.Table:
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


def _decimals() -> dict[str, int]:
    table = norms().table
    regions = {
        str(field): _DECIMALS_MODALITY[str(modality)]
        for field, modality in zip(table["field"], table["modality"], strict=True)
    }
    totals = {"26521": 0, "26721": 1, "26822": 1, "26755": 5, "26856": 5}
    return regions | totals | _DECIMALS


def _write(table: pa.Table, path: Path, form: str) -> None:
    if form == "csv":
        from pyarrow import csv

        csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
    else:
        from pyarrow import parquet

        parquet.write_table(table, path, compression="zstd")
