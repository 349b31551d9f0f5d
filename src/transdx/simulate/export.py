"""Write a simulated cohort as an export of the UK Biobank Research Analysis Platform."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx._arrays import Bools, Floats, Ints, Singles
from transdx._checks import check_choice, check_count
from transdx._files import atomic_path
from transdx._memory import check_memory
from transdx.connectomes import write_connectomes
from transdx.errors import InputError
from transdx.progress import Progress, silent
from transdx.run import EFFECTS
from transdx.simulate.brain import Brains, grow, norms
from transdx.simulate.bulk import write_bulk
from transdx.simulate.columns import Column, came, imaging_columns, make_table, person_columns
from transdx.simulate.connectome import BLOCK, Wiring, wire
from transdx.simulate.constants import number, planted, stream
from transdx.simulate.effects import Drivers, make_drivers
from transdx.simulate.people import FIRST_ID, People, draw_people, handedness, heights
from transdx.simulate.quality import scan
from transdx.simulate.reactivity import react
from transdx.simulate.symptoms import answer, draw_symptoms, questionnaire, score
from transdx.sources.origin import TRUTH
from transdx.study import Score, Study, load_study

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv")
LEAST = 50
#: Bytes that each participant takes while a cohort is made: the slope of the peak from 4,000 to
#: 12,000 of them, rounded down.
PERSON = 30_000
WITHDRAWAL_LIST = "w00000_20260101.csv"

_STEPS = 7

_Block: TypeAlias = dict[str, Singles]


@dataclass(frozen=True)
class Export:
    """A simulated export in memory."""

    table: pa.Table  # one row per imaged person; columns eid, p31, p21003_i2, ...
    truth: pd.DataFrame  # modality, feature, score, planted
    withdrawn: tuple[int, ...]  # ids of people who have withdrawn, some of them not in the table
    about: dict[str, object]  # seed, sizes and constants
    wiring: Wiring  # the connectomes of the rows, drawn when they are asked for


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
        The folder; it is made, and files of the same names are replaced. A study file of one's
        own in it (``study.toml``, see `transdx.study.load_study`) says which scores people have.
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
    check_choice(format, "format", FORMATS)
    if time_series and not 0 < time_series <= participants:
        raise InputError(
            f"expected time series of 0 to {participants} participants, got {time_series}"
        )
    told = progress or silent
    blocks = -(-participants // BLOCK) if isinstance(participants, int) else 0

    def tell(stage: str, done: int, _: int) -> None:
        told(stage, done, _STEPS + blocks)

    folder = Path(out)
    study = load_study("simulated", folder)
    export = build(participants, seed=seed, effects=effects, study=study, progress=tell)
    _save(export, folder, format)
    ids = export.table.column("eid").to_numpy()
    drawn = _counted(export.wiring.blocks(), tell)
    write_connectomes(folder, ids, drawn, about={"simulated": True, "seed": seed})
    if time_series:
        first = np.arange(time_series)
        write_bulk(folder, ids[first], export.wiring.of(first), seed=seed)
    return folder


def _save(export: Export, folder: Path, format: str) -> None:  # noqa: A002
    """Write the tables of an export, each whole or not at all."""
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


def build(
    participants: int = 33_000,
    *,
    seed: int = 1,
    effects: Literal["study", "none"] = "study",
    study: Study | None = None,
    progress: Progress = silent,
) -> Export:
    """Simulate a cohort in memory; arguments and errors are those of `simulate`.

    Examples
    --------
    >>> export = build(60, seed=3)
    >>> export.table.num_rows, export.truth.columns.tolist()
    (60, ['modality', 'feature', 'score', 'planted'])
    """
    _check(participants, seed, effects)
    study = study or load_study("simulated")
    step = iter(range(_STEPS))

    def tick() -> None:
        progress("simulating an export", next(step), _STEPS)

    # One thread for the small products, so that no machine rounds differently from itself.
    with threadpool_limits(1):
        tick()
        people = draw_people(participants, seed=seed)
        tick()
        columns, drivers = _ask(people, study.scores, seed=seed)
        tick()
        table = planted(study) if effects == "study" else planted().iloc[:0]
        brains = grow(people, drivers, table, seed=seed)
        tick()
        scans = {visit: scan(people, visit, seed=seed) for visit in (2, 3)}
        reactivity = react(people, drivers, table, seed=seed)
        wiring = wire(people, drivers, table, scans[2], seed=seed)
        for visit in (2, 3):
            tick()
            columns |= imaging_columns(people, brains, scans[visit], visit, seed=seed)
            columns[f"25052_i{visit}"] = came(people, visit, reactivity.percent[visit])
        tick()
    withdrawn = _withdrawals(people, seed=seed)
    return Export(
        table=make_table(people, columns),
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


def _ask(
    people: People, wanted: Sequence[Score], *, seed: int
) -> tuple[dict[str, Column], Drivers]:
    """Measure people and ask them; give the columns, and what their symptoms send to the brain."""
    tall, hands = heights(people, seed=seed), handedness(people, seed=seed)
    felt = draw_symptoms(people, seed=seed, scores=wanted)
    answers = answer(people, felt, seed=seed)
    scores = score(answers, wanted)
    able = _analysable(scores, tall, hands)
    names = [one.name for one in wanted]
    drivers = make_drivers(names, scores, score(felt.felt, wanted), _covariates(people), able)
    columns = person_columns(people, tall, hands, answers)
    return columns | questionnaire(people, felt, seed=seed), drivers


def _counted(blocks: Iterator[_Block], tell: Progress) -> Iterator[_Block]:
    """Tell how far the connectomes are, the steps before them counted in."""
    tell("simulating an export", _STEPS, 0)
    for done, block in enumerate(blocks, start=1):
        yield block
        tell("simulating an export", _STEPS + done, 0)


def _check(participants: int, seed: int, effects: str) -> None:
    people = check_count(participants, "participants", at_least=LEAST)
    check_memory(f"{people:,} participants", PERSON * people)
    check_count(seed, "seed", at_least=0)
    check_choice(effects, "effects", EFFECTS)


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


def _write(table: pa.Table, path: Path, form: str) -> None:
    if form == "csv":
        from pyarrow import csv

        csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
    else:
        from pyarrow import parquet

        parquet.write_table(table, path, compression="zstd")
