"""From a run to findings on disk, computed only when needed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING

from transdx._files import atomic_folder, remove_leftovers, sha256
from transdx._locks import sole_writer
from transdx.errors import TransdxError
from transdx.progress import Progress, silent
from transdx.results.store import Findings, load_findings, save_findings
from transdx.run import Run, ask, plan, show_parameters

if TYPE_CHECKING:
    from transdx.cohort import Cohort
    from transdx.sample import Sample

__all__ = ["LIBRARIES", "depends_on", "find_root", "open_run"]

#: Whose version can change a number.
LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "statsmodels")
#: What of the package stands above the findings, and cannot change them.
_ABOVE = ("cli.py", "book", "figures")
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
        Called as ``progress(stage, done, total)``; 0 of 0 where nothing is counted.

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If a parameter or the data are not what they should be.
    TransdxError
        If reference data cannot be fetched, or the data change while they are read.
    """
    run = plan(**(asdict(run) if isinstance(run, Run) else ask(run or {})) | parameters)
    home = find_root() if root is None else Path(root)
    folder = home / "results" / run.name
    if not force and _is_of(folder, run):
        found = load_findings(folder)
        # Nobody has put others in their place while they were read.
        if _is_of(folder, run):
            return found
    tell = progress or silent
    with sole_writer(folder, what=f"findings, seed {run.seed}", progress=tell):
        # Another process may have made them meanwhile.
        if not force and _is_of(folder, run):
            return load_findings(folder)
        findings = _compute(run, home, tell)
        save_findings(findings, folder)
    return findings


def _is_of(folder: Path, run: Run) -> bool:
    return _fingerprint_of(folder) == _fingerprint(depends_on(run))


def find_root() -> Path:
    """Find the folder of the book: the nearest one upwards with a table of contents."""
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "_toc.yml").is_file()), here)


def _compute(run: Run, home: Path, tell: Progress) -> Findings:
    from transdx.findings.analyse import analyse, check_sizes
    from transdx.sources import TRUTH

    started = time.perf_counter()
    check_sizes(run)
    depends = depends_on(run)
    if run.world == "simulated" and not run.data:
        data: Path | None = _simulated(run, home, tell)
    else:
        data = Path(run.data) if run.data else None
    cohort, sample, stamp = _read(run.world, data, tell)
    if run.data:
        depends["data"] = stamp
    findings = analyse(sample, run=run, truth=data and data / TRUTH, progress=tell)
    manifest = {
        "name": run.name,
        "parameters": asdict(run) | {"data": Path(run.data).name},
        "scores": [asdict(score) for score in sample.study.scores],
        "inputs": dict(cohort.inputs),
        "versions": {
            name: version(name) for name in ("transdx", "nilearn", "matplotlib", *LIBRARIES)
        },
        "python": python_version(),
        "seconds": round(time.perf_counter() - started, 1),
        "fingerprint": _fingerprint(depends),
    }
    return replace(findings, manifest=manifest)


def _read(world: str, data: Path | None, tell: Progress) -> tuple[Cohort, Sample, str]:
    """Draw the sample of data that stood still meanwhile, and give their fingerprint.

    Packing connectomes changes an export once; a fingerprint taken only before or after would
    be that of other data than those that were read.
    """
    from transdx.sample import draw_sample
    from transdx.sources import fingerprint, read_cohort

    for _ in range(_READINGS):
        before = fingerprint(data) if data else ""
        tell("reading the cohort", 0, 0)
        cohort = read_cohort(world, data or "", progress=tell)
        tell("drawing the sample", 0, 0)
        sample = draw_sample(cohort)
        if data is None or fingerprint(data) == before:
            return cohort, sample, before
    raise TransdxError(
        f"the files in {data} changed each of the {_READINGS} times that they were read; run again "
        "when nothing writes to them"
    )


def _simulated(run: Run, home: Path, tell: Progress) -> Path:
    from transdx.simulate import simulate

    target = home / "data" / run.name
    remove_leftovers(target)
    with atomic_folder(target) as folder:
        simulate(
            folder,
            participants=run.participants,
            seed=run.seed,
            effects=run.effects,  # type: ignore[arg-type]
            progress=tell,
        )
    return target


def depends_on(run: Run) -> dict[str, str]:
    """Digest everything that the findings of a run depend on.

    Parameters
    ----------
    run : Run
        From `transdx.run.plan`.

    Returns
    -------
    dict of str to str
        A digest of its parameters, the code below the figures, the versions of Python and the
        libraries, the receptor maps at hand and, where data are named, of
        `transdx.sources.fingerprint`. Findings whose digests are the same are the same.
    """
    from transdx.annotations import annotation_form
    from transdx.sources import fingerprint

    versions = {name: version(name) for name in LIBRARIES}
    found = {
        "parameters": _digest(asdict(run)),
        "package code": _digest(_code()),
        "library versions": _digest(python_version(), versions),
        "receptor maps": _digest(annotation_form()),
    }
    return found | ({"data": fingerprint(Path(run.data))} if run.data else {})


def _fingerprint(depends: dict[str, str]) -> str:
    return _digest(depends)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _code() -> dict[str, str]:
    """Hash the files of the package that decide the findings, by their name."""
    root = Path(str(files("transdx")))
    return {
        name: sha256(path)
        for path in root.rglob("*")
        if path.suffix in (".py", ".csv", ".toml", ".json")
        and (name := path.relative_to(root).as_posix()).partition("/")[0] not in _ABOVE
    }


def _fingerprint_of(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    found = manifest.get("fingerprint")
    return found if isinstance(found, str) else None
