"""From a run to findings on disk, computed only when needed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from transdx._cohorts import ALL
from transdx._files import atomic_folder, digest_text, digests, is_leftover
from transdx._locks import sole_writer
from transdx.errors import InputError, TransdxError
from transdx.lab import opening
from transdx.progress import Progress
from transdx.results.needs import lacking
from transdx.results.store import (
    Findings,
    is_whole,
    load_findings,
    read_manifest,
    save_findings,
)
from transdx.run import TRIAL, Run, ask, plan, show_parameters, written
from transdx.study import load_study
from transdx.worlds import band

if TYPE_CHECKING:
    from transdx.cohort import Cohort
    from transdx.sample import Sample

__all__ = [
    "LIBRARIES",
    "depends_on",
    "find_root",
    "gate_of",
    "open_run",
    "open_sample",
    "package_code",
    "versions_of",
]

#: Whose version can change a number.
LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "statsmodels")
#: What of the package stands above the findings, and cannot change them.
_ABOVE = (
    *("cli", "teach", "book", "figures", "measured", "audit.py", "lab.py", "places.py"),
    "worlds.py",
)
#: How often data that change while they are read are read again.
_READINGS = 3


@show_parameters
def open_run(
    run: Run | Mapping[str, object] | None = None,
    /,
    *,
    root: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
    scores: int | Collection[str] = 0,
    modalities: Collection[str] = (),
    replications: bool = False,
    **parameters: object,
) -> Findings:
    """Give the findings of a run, computing them if they are not there or out of date.

    Parameters
    ----------
    run : Run or mapping, optional
        From `transdx.run.plan`. Or variables of which those that are parameters of a run are taken:
        in a notebook, ``open_run(globals())`` takes what its first cell sets, and what a book sets
        besides.
    {parameters}
    root : str or pathlib.Path, optional
        Folder that holds ``results/`` and ``data/``. Default: the nearest folder from
        here upwards that holds ``_toc.yml``, else the current one.
    force : bool, default False
        Compute them in any case. What was there stays until the new findings are whole.
    progress : callable, optional
        Called as ``progress(stage, done, total)``; 0 of 0 where nothing is counted. Default: a
        notebook shows it in a line that is written over, and nobody else is told.
    scores : int or list of str, default 0
        Symptom scores that the caller cannot do without, or how many at least.
    modalities : list of str, default ()
        Kinds of measure that it cannot do without.
    replications : bool, default False
        Whether it cannot do without a study that repeats its analysis.

    Returns
    -------
    Findings
        Given ``globals()``, a notebook also shows the band that names the world.

    Raises
    ------
    InputError
        If a parameter or the data are not what they should be, or lack what is needed.
    TransdxError
        If reference data cannot be fetched, or the data change while they are read.
    """
    with opening(progress) as line:
        planned = _planned(run, parameters)
        found = _open(planned, find_root() if root is None else Path(root), force, line.tell)
        _require(found, scores, modalities, replications)
        if isinstance(run, Mapping):
            line.show(*band(found.world, planted=found.planted))
    return found


def _require(
    found: Findings,
    scores: int | Collection[str],
    modalities: Collection[str],
    replications: bool,
) -> None:
    measured, held = (found.lists.get(name, []) for name in ("score", "modality"))
    lacks = lacking(
        found.world,
        measured,
        held,
        scores=scores,
        modalities=modalities,
        replications=replications,
        replicated="replications" in found.tables,
    )
    if lacks:
        raise InputError(f"this chapter is not for these data: {lacks}; set another world, or data")


def _planned(run: Run | Mapping[str, object] | None, parameters: Mapping[str, object]) -> Run:
    return plan(**{**(asdict(run) if isinstance(run, Run) else ask(run or {})), **parameters})


def _open(run: Run, home: Path, force: bool, tell: Progress) -> Findings:
    folder = home / "results" / run.name
    if not force and _is_of(folder, run):
        found = load_findings(folder)
        # Nobody has put others in their place while they were read.
        if _is_of(folder, run):
            return found
    with sole_writer(folder, what=f"findings, seed {run.seed}", progress=tell):
        # Another process may have made them meanwhile.
        if not force and _is_of(folder, run):
            return load_findings(folder)
        findings = (_pool if run.cohort == ALL else _compute)(run, home, tell)
        save_findings(findings, folder, gate=gate_of(run, "the findings"))
    return findings


@show_parameters
def open_sample(
    run: Run | Mapping[str, object] | None = None,
    /,
    *,
    root: str | Path | None = None,
    progress: Progress | None = None,
    **parameters: object,
) -> Sample:
    """Give the people that the findings of a run are about, to compute with.

    Parameters
    ----------
    run : Run or mapping, optional
        As in `transdx.open_run`.
    {parameters}
    root : str or pathlib.Path, optional
        As in `transdx.open_run`.
    progress : callable, optional
        As in `transdx.open_run`.

    Returns
    -------
    Sample
        ``scores``, ``covariates`` and ``features`` are data frames with a row per participant.
        Printing the sample itself shows none of them.

    Raises
    ------
    InputError
        If a parameter or the data are not what they should be.
    TransdxError
        If reference data cannot be fetched, or the data change while they are read.
    """
    with opening(progress) as line:
        planned = _planned(run, parameters)
        home = find_root() if root is None else Path(root)
        _open(planned, home, False, line.tell)
        with _data(planned, home, line.tell, keep=True) as data:
            sample = _read(planned, data, line.tell)[1]
        line.wipe()
    return sample


def gate_of(run: Run, what: str, *, root: Path | None = None) -> Callable[[Path], None] | None:
    """Give what looks through a finished folder of real people; None where there are none."""
    if run.world != "ukb":
        return None

    def look(folder: Path) -> None:
        from transdx.audit import audit, hashes_of, refuse
        from transdx.sources import people_of
        from transdx.sources.withdrawals import lists_of

        data = Path(run.data)
        people = people_of(data)
        lists = [path.read_bytes() for path in lists_of(data)]
        least = load_study(run.world, data).smallest_group
        hashes = hashes_of(people, lists)
        refuse(audit(folder, people=people, hashes=hashes, minimum=least, root=root), what)

    return look


def _is_of(folder: Path, run: Run) -> bool:
    manifest = read_manifest(folder) or {}
    return manifest.get("fingerprint") == digest_text(depends_on(run)) and is_whole(
        folder, manifest
    )


def find_root() -> Path:
    """Find the folder of the book: the nearest one upwards with a table of contents."""
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "_toc.yml").is_file()), here)


def _compute(run: Run, home: Path, tell: Progress) -> Findings:
    from transdx.findings.analyse import analyse, check_sizes, read_truth
    from transdx.findings.trial import try_out
    from transdx.sources import TRUTH

    started = time.perf_counter()
    check_sizes(run)
    depends = depends_on(run)
    with _data(run, home, tell) as data:
        truth = read_truth(data / TRUTH) if data else None
        cohort, sample, stamp = _read(run, data, tell)
    if run.data:
        depends["data"] = {"": stamp}
    make = try_out if run.profile == TRIAL else analyse
    # On one thread, so that no machine rounds differently from itself; those that wait cost more.
    with threadpool_limits(limits=1, user_api="blas"):
        findings = make(sample, run=run, truth=truth, progress=tell)
    scores = [asdict(score) for score in sample.study.scores]
    return replace(findings, manifest=_manifest(run, scores, cohort.inputs, started, depends))


def _pool(run: Run, home: Path, tell: Progress) -> Findings:
    """Set the open cohorts beside each other, each from a run of its own."""
    from transdx import stats
    from transdx.findings.people import gather, pool

    started = time.perf_counter()

    def of(name: str) -> Findings:
        def named(stage: str, done: int, total: int) -> None:
            tell(f"{name}: {stage}", done, total)

        return _open(replace(run, cohort=name), home, False, named)

    found, missing = gather(of)
    tell("setting cohorts beside each other", 0, 0)
    tables = pool(found, missing, stats.spins(run.permutations, seed=run.seed))
    scores = {one["name"]: one for each in found.values() for one in each.manifest["scores"]}
    inputs = {file: one for each in found.values() for file, one in each.manifest["inputs"].items()}
    manifest = _manifest(run, list(scores.values()), inputs, started, depends_on(run))
    return Findings(run.world, tables, manifest)


def _manifest(
    run: Run,
    scores: list[dict[str, Any]],
    inputs: Mapping[str, str],
    started: float,
    depends: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    return {
        "name": run.name,
        "parameters": asdict(run) | {"data": Path(run.data).name},
        "scores": scores,
        "inputs": dict(inputs),
        "versions": {
            name: version(name) for name in ("transdx", "nilearn", "matplotlib", *LIBRARIES)
        },
        "python": python_version(),
        "seconds": round(time.perf_counter() - started, 1),
        "fingerprint": digest_text(depends),
    }


@contextlib.contextmanager
def _data(run: Run, home: Path, tell: Progress, *, keep: bool = False) -> Iterator[Path | None]:
    """Give the folder of the data of a run, which nobody simulates anew during the block.

    Simulated ones are made, but where there are some to `keep`: those that findings are of.
    """
    named = Path(run.data) if run.data else None
    if run.world != "simulated":
        yield named
        return
    target = named or home / "data" / run.name
    with sole_writer(target, what=f"the data of {run.name}", progress=tell):
        if not named and not (keep and target.exists()):
            _simulate(run, target, tell)
        yield target


def _simulate(run: Run, target: Path, tell: Progress) -> None:
    from transdx.simulate import simulate

    with atomic_folder(target) as folder:
        simulate(
            folder,
            participants=run.participants,
            seed=run.seed,
            effects=run.effects,
            progress=tell,
        )


def _read(run: Run, data: Path | None, tell: Progress) -> tuple[Cohort, Sample, str]:
    """Draw the sample of data that stood still meanwhile, and give their fingerprint.

    Packing connectomes changes an export once; a fingerprint taken only before or after would
    be that of other data than those that were read.
    """
    from transdx.sample import draw_sample
    from transdx.sources import fingerprint, read_cohort

    for _ in range(_READINGS):
        before = fingerprint(data) if data else ""
        tell("reading the cohort", 0, 0)
        cohort = read_cohort(run.world, data or "", cohort=run.cohort, progress=tell)
        tell("drawing the sample", 0, 0)
        sample = draw_sample(cohort)
        if data is None or fingerprint(data) == before:
            return cohort, sample, before
    raise TransdxError(
        f"the files in {data} changed each of the {_READINGS} times that they were read; run again "
        "when nothing writes to them"
    )


def depends_on(run: Run) -> dict[str, dict[str, str]]:
    """Say all that the findings of a run depend on, part by part: the same, the same findings."""
    from transdx.annotations import maps_here
    from transdx.sources import fingerprint

    found = {
        "parameters": written(asdict(run)),
        "package code": package_code(*_ABOVE),
        "library versions": versions_of(LIBRARIES),
        "receptor maps": dict.fromkeys(maps_here(), "there"),
    }
    if run.cohort == ALL:
        from transdx.findings.people import cohorts_here

        found["open data"] = cohorts_here()
    # The names of its files may be somebody's.
    return found | ({"data": {"": fingerprint(Path(run.data))}} if run.data else {})


def package_code(*above: str) -> dict[str, str]:
    """Digest the package, but for the parts that stand above what is made with it."""
    package = Path(str(files("transdx")))
    parts = [path for path in sorted(package.iterdir()) if path.name not in above]
    return digests(*(path for path in parts if not is_leftover(path.name)), base=package)


def versions_of(libraries: Iterable[str]) -> dict[str, str]:
    """Give the versions of Python and of libraries."""
    return {"Python": python_version(), **{name: version(name) for name in libraries}}
