"""Write a simulated cohort as an export of the UK Biobank Research Analysis Platform."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet
from threadpoolctl import threadpool_limits

from transdx._arrays import Floats, Singles
from transdx._checks import check_choice, check_count
from transdx._files import atomic_path
from transdx._memory import check_memory
from transdx.connectomes import write_connectomes
from transdx.errors import InputError
from transdx.modalities import CONNECTIVITY
from transdx.progress import Progress, silent
from transdx.run import EFFECTS
from transdx.scenarios import SCENARIOS
from transdx.simulate.brain import MORPHOMETRY, Brains, grow, norms
from transdx.simulate.bulk import write_bulk
from transdx.simulate.columns import imaging_columns, make_table
from transdx.simulate.connectome import BLOCK, Wiring, wire
from transdx.simulate.constants import number, stream, supposing
from transdx.simulate.effects import Drivers, make_drivers
from transdx.simulate.lives import lives
from transdx.simulate.measures import measure
from transdx.simulate.nuisance import body_mass, restlessness, standing
from transdx.simulate.people import (
    FIRST_ID,
    NO_CODE,
    Columns,
    People,
    draw_people,
    handedness,
    heights,
)
from transdx.simulate.planting import plant
from transdx.simulate.quality import scan
from transdx.simulate.symptoms import answer, deal_anew, draw_symptoms, questionnaire, score
from transdx.sources.columns import participants_of
from transdx.sources.origin import LARGEST_ID, TRUTH
from transdx.study import Study, load_study, study_file

FORMATS = ("parquet", "csv")
LEAST = 50
#: Bytes that each participant takes while a cohort is made: the slope of the peak from 4,000 to
#: 12,000 of them, rounded down.
PERSON = 30_000
WITHDRAWAL_LIST = "w00000_20260101.csv"

#: How often `build` tells that it is a step further.
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
    effects: str | pd.DataFrame = "study",
    time_series: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Write a simulated cohort to a folder.

    Parameters
    ----------
    out : path
        The folder; it is made, or holds nothing but an earlier simulated export, which is replaced.
        A study file of one's own in it (``study.toml``, see `transdx.study.load_study`) says which
        scores people have.
    participants : int, default 33000
        People who came to imaging, at least 50; one row each.
    seed : int, default 1
        Seed of everything random, 0 or larger. The same seed gives the same bytes.
    format : {'parquet', 'csv'}, default 'parquet'
        Form of the table of participants.
    effects : str or pandas.DataFrame, default 'study'
        A scenario of ``transdx.scenarios.SCENARIOS``, such as 'none' for no effects at all, or
        effects as a table with the columns modality, feature, score and beta, written as in
        ``planted_effects.csv``.
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
        ``connectomes_i2/`` (see `transdx.connectomes`). In ``later_release/`` is a table of other
        people, who were imaged later, without connectomes.

    Raises
    ------
    InputError
        If an argument is not one of those allowed, so many participants do not fit into memory, or
        the folder holds something else.

    Examples
    --------
    >>> import tempfile
    >>> folder = simulate(tempfile.mkdtemp(), participants=60, seed=3)
    >>> sorted(path.name for path in folder.iterdir() if path.is_dir())
    ['connectomes_i2', 'later_release']
    >>> sorted(path.name for path in folder.glob("*.*"))
    ['participants.parquet', 'truth.csv', 'truth.json', 'w00000_20260101.csv']
    """
    check_choice(format, "format", FORMATS)
    people = check_count(participants, "participants", at_least=LEAST)
    if not 0 <= time_series <= people:
        raise InputError(f"expected time series of 0 to {people} participants, got {time_series}")
    check_memory(f"{people:,} participants", PERSON * people)
    check_count(seed, "seed", at_least=0)
    if not isinstance(effects, pd.DataFrame):
        check_choice(effects, "effects", EFFECTS)
    told, done, steps = progress or silent, count(), _STEPS - (-people // BLOCK)

    def tell() -> None:
        told("simulating an export", next(done), steps)

    folder = Path(out)
    _check_free(folder)
    study = load_study("simulated", folder)
    export = build(people, seed=seed, effects=effects, study=study, tell=tell)
    _save(export, folder, format)
    _write_later(folder, people, seed=seed, effects=effects, study=study, format=format)
    ids = export.table.column("eid").to_numpy()
    drawn = _counted(export.wiring.blocks(), tell)
    write_connectomes(folder, ids, drawn, about={"simulated": True, "seed": seed})
    if time_series:
        first = export.wiring.first(time_series)
        write_bulk(folder, ids[:time_series], first, seed=seed)
    return folder


def _check_free(folder: Path) -> None:
    """Refuse a folder that holds anything but a simulated export or a study file."""
    if not folder.is_dir():
        return
    if (folder / TRUTH).is_file():
        for path in folder.glob("participants.*"):
            _require_made(path)
        return
    own = study_file(folder)
    others = [path.name for path in folder.iterdir() if path != own and path.name[0] != "."]
    if others:
        raise InputError(
            f"expected a new or empty folder, or a simulated export (with its {TRUTH}), got "
            f"{folder}, which holds {min(others)}; name another, so that nothing is lost"
        )


def _require_made(path: Path) -> None:
    """Refuse a table that holds other people than simulated ones, which would be replaced."""
    try:
        ids = participants_of(path)
    except InputError:
        ids = None
    if ids is None or not (ids > LARGEST_ID).all():
        raise InputError(
            f"{path} would be replaced, but was not made by transdx simulate; move it, or name "
            "another folder, so that nothing is lost"
        )


def _save(export: Export, folder: Path, format: str) -> None:  # noqa: A002
    """Write the tables of an export, each whole or not at all."""
    _save_table(export.table, folder, format)
    texts = {
        WITHDRAWAL_LIST: "".join(f"{eid}\n" for eid in export.withdrawn),
        TRUTH: export.truth.to_csv(index=False, lineterminator="\n"),
        "truth.json": json.dumps(export.about, indent=2) + "\n",
    }
    for name, text in texts.items():
        with atomic_path(folder / name) as path:
            path.write_text(text, encoding="utf-8")


def _save_table(table: pa.Table, folder: Path, format: str) -> None:  # noqa: A002
    with atomic_path(folder / f"participants.{format}") as path:
        if format == "csv":
            csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
        else:
            parquet.write_table(table, path, compression="zstd")
    # The table in the other form would be a second, older cohort in the same folder.
    for other in set(FORMATS) - {format}:
        (folder / f"participants.{other}").unlink(missing_ok=True)


def _write_later(folder: Path, before: int, *, seed: int, study: Study, **given: Any) -> None:
    """Write the people of a later release beside the others, who stay as they are.

    They are a cohort of their own, from other random numbers, with the same effects.
    """
    form = given.pop("format")
    for one in (one for one in study.replications if one.export):
        many = max(LEAST, round(before * number("later.people")))
        other = int(stream(seed, one.export).integers(2**32, 2**40))
        later = build(many, seed=other, study=study, first_id=FIRST_ID + 2 * before + 2000, **given)
        (folder / one.export).mkdir(exist_ok=True)
        _save_table(later.table, folder / one.export, form)


def build(
    participants: int = 33_000,
    *,
    seed: int = 1,
    effects: str | pd.DataFrame = "study",
    study: Study | None = None,
    tell: Callable[[], None] = lambda: None,
    first_id: int = FIRST_ID,
) -> Export:
    """Simulate a cohort in memory; arguments are those of `simulate`, and the first id.

    >>> export = build(60, seed=3)
    >>> export.table.num_rows, export.truth.columns.tolist()
    (60, ['modality', 'feature', 'score', 'planted'])
    """
    study = study or load_study("simulated")
    scenario = SCENARIOS[effects if isinstance(effects, str) else "study"]
    # One thread for the small products, so that no machine rounds differently from itself.
    with threadpool_limits(1), supposing(scenario.supposed):
        table = plant(scenario, study) if isinstance(effects, str) else effects
        tell()
        people = draw_people(participants, seed=seed, first_id=first_id)
        tell()
        columns, drivers = _ask(people, study)
        tell()
        brains = grow(people, drivers, table)
        tell()
        columns |= _told(people, drivers, brains, columns)
        heavy = standing(people, drivers)
        columns |= body_mass(people, heavy)
        restless = restlessness(people, drivers, heavy)
        scans = {visit: scan(people, visit, restless) for visit in (2, 3)}
        others = [
            measure(name, people, drivers, table)
            for name in study.modalities
            if name not in (*MORPHOMETRY, *CONNECTIVITY)
        ]
        wiring = wire(people, drivers, table, scans[2])
        for visit in (2, 3):
            tell()
            columns |= imaging_columns(people, brains, scans[visit], visit)
        for measured, _ in others:
            columns |= measured
        _drop_faces(columns)
        tell()
    implied = [brains.implied, wiring.implied, *(planned for _, planned in others)]
    truth = pd.concat(implied, ignore_index=True)
    withdrawn = _withdrawals(people)
    about: dict[str, object] = {
        "seed": seed,
        "participants": participants,
        "effects": effects if isinstance(effects, str) else "given",
        "withdrawn": len(withdrawn),
        "any_symptom_weight": number("effects.any_symptom"),
    }
    # + 0.0 turns the negative zero of rounding into zero.
    truth = truth.assign(planted=truth["planted"].round(6) + 0.0)
    return Export(make_table(people, columns), truth, withdrawn, about, wiring)


def _ask(people: People, study: Study) -> tuple[Columns, Drivers]:
    """Measure people and ask them; give the columns, and what their symptoms send to the brain."""
    felt = draw_symptoms(people, study.scores)
    answers = answer(people, felt)
    columns = heights(people) | handedness(people) | deal_anew(people, answers)
    columns["31", 0] = people.male.astype(np.int64)
    columns |= {("21003", visit): age for visit, age in people.age.items()}
    columns |= {("54", visit): people.centre for visit in (2, 3)}
    columns |= {(field, 0): codes for field, codes in questionnaire(people, felt).items()}
    scores = score(answers, study)
    # A height may come from either field.
    tall = ~np.isnan(columns["12144", 2]) | ~np.isnan(columns["50", 2])
    able = ~np.isnan(scores).any(axis=1) & tall & (columns["1707", 0] > 0)
    felt_scores = score(felt.felt, study)
    drivers = make_drivers(study.score_names, scores, felt_scores, _covariates(people), able)
    return columns, drivers


def _told(people: People, drivers: Drivers, brains: Brains, columns: Columns) -> Columns:
    """Tell what else is known of people, see `transdx.simulate.lives`."""
    area = brains.regions[2] @ norms().totals["surface_area"]
    online = columns["20499", 0] != NO_CODE
    return lives(people, drivers, area, _covariates(people), online)


def _drop_faces(columns: Columns) -> None:
    """Leave no motion in the faces task (25742) to who has no image of it (25052), in place."""
    for visit in (2, 3):
        if ("25052", visit) in columns:
            columns["25742", visit][np.isnan(columns["25052", visit])] = np.nan


def _counted(blocks: Iterator[_Block], tell: Callable[[], None]) -> Iterator[_Block]:
    """Tell how far the connectomes are."""
    tell()
    for block in blocks:
        yield block
        tell()


def _covariates(people: People) -> Floats:
    """Build the six covariates of the study, without gaps."""
    age, sex = people.age[2].astype(float), people.male.astype(float)
    right = (people.handedness == 1).astype(float)
    return np.column_stack([age, sex, age**2, age * sex, people.height, right])


def _withdrawals(people: People) -> tuple[int, ...]:
    """Choose a handful from the export, and some that are not in it, as in real lists."""
    rng = stream(people.seed, "withdrawals")
    gone = max(2, round(len(people) * number("people.withdrawn")))
    inside = rng.choice(people.eid, size=gone, replace=False)
    outside = people.eid.min() + len(people) + rng.choice(1000, size=3, replace=False)
    return tuple(sorted(int(eid) for eid in np.concatenate([inside, outside])))
