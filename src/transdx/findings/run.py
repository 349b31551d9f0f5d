"""A run: from a world and a profile to findings on disk, computed only when needed."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING

from transdx._files import sha256
from transdx.errors import InputError, TransdxError, nearest
from transdx.progress import Progress, silent
from transdx.results.store import Findings, load_findings, save_findings

if TYPE_CHECKING:
    from transdx.cohort import Cohort
    from transdx.sample import Sample

__all__ = ["LIBRARIES", "PROFILES", "Run", "depends_on", "open_run", "plan_run"]

#: (imaged people to simulate, permutations, bootstraps) of each profile.
PROFILES = {"quick": (4_000, 1_000, 1_000), "paper": (33_000, 5_000, 5_000)}

#: What can be planted in a simulated cohort.
EFFECTS = ("study", "none")

#: Whose version can change a number.
LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "statsmodels")
#: What of the package stands above the findings, and cannot change them.
_ABOVE = ("cli.py", "book", "figures")
#: How often data that change while they are read are read again.
_READINGS = 3


@dataclass(frozen=True)
class Run:
    """Everything that decides the numbers of a run.

    Attributes
    ----------
    world : {'simulated', 'open', 'ukb'}
    profile : {'quick', 'paper'}
    seed : int
    data : str
        Folder of the export; empty where it is made or fetched.
    participants, permutations, bootstraps : int
        Sizes; participants counts the imaged people to simulate.
    effects : {'study', 'none'}
        What is planted in a cohort that is simulated for this run.
    """

    world: str
    profile: str
    seed: int
    data: str
    participants: int
    permutations: int
    bootstraps: int
    effects: str = "study"

    @property
    def name(self) -> str:
        """Name of the results folder."""
        planted = "" if self.effects == "study" else f"-{self.effects}"
        return f"{self.world}-{self.profile}{planted}"


def plan_run(
    *,
    world: str = "",
    profile: str = "quick",
    seed: int = 1,
    data: str | Path = "",
    participants: int = 0,
    permutations: int = 0,
    bootstraps: int = 0,
    effects: str = "study",
) -> Run:
    """Settle the parameters of a run.

    Parameters
    ----------
    world : {'simulated', 'open', 'ukb'}, optional
        Where the data come from. Without data 'simulated'; data that are named have to say
        that they are simulated, see `transdx.sources.world_of`.
    profile : {'quick', 'paper'}, default 'quick'
        Sizes: 4,000 imaged people and 1,000 draws, or 33,000 and 5,000.
    seed : int, default 1
        Seed of everything random.
    data : str or pathlib.Path, optional
        Folder of an export: needed for world ``ukb``; for ``simulated`` an export that
        was simulated before, instead of a fresh one.
    participants, permutations, bootstraps : int, optional
        Sizes other than the profile's; 0 takes the profile's.
    effects : {'study', 'none'}, default 'study'
        What is planted in a simulated cohort; 'none' is for seeing what is found where
        there is nothing.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If a parameter is not what it should be.

    Examples
    --------
    >>> plan_run(world="open").permutations
    1000
    """
    from transdx.sources import world_of
    from transdx.study import STUDY_OF_WORLD

    data = str(Path(data).expanduser()) if str(data) else ""
    world = world or (world_of(Path(data)) if data else "simulated")
    _choose("world", world, list(STUDY_OF_WORLD))
    _choose("profile", profile, list(PROFILES))
    _choose("effects", effects, ["study"] if world != "simulated" or data else list(EFFECTS))
    sizes = {"participants": participants, "permutations": permutations, "bootstraps": bootstraps}
    for name, value in {"seed": seed, **sizes}.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"expected {name} to be a whole number from 0 up, got {value!r}")
    if (world == "ukb" and not data) or (world == "open" and data):
        wanted = "needs the" if world == "ukb" else "is fetched and takes no"
        raise InputError(f"world '{world}' {wanted} folder of an export (data), got '{data}'")
    people, permuted, resampled = (
        given or default for given, default in zip(sizes.values(), PROFILES[profile], strict=True)
    )
    return Run(world, profile, seed, data, people, permuted, resampled, effects)


def _choose(name: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise InputError(
            f"expected {name} to be one of {', '.join(known)}, got '{value}'"
            f"{nearest(str(value), known)}"
        )


def open_run(
    *,
    world: str = "",
    profile: str = "quick",
    seed: int = 1,
    data: str | Path = "",
    participants: int = 0,
    permutations: int = 0,
    bootstraps: int = 0,
    effects: str = "study",
    root: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Findings:
    """Give the findings of a run, computing them if they are not there or out of date.

    Parameters
    ----------
    world, profile, seed, data, participants, permutations, bootstraps, effects
        See `plan_run`.
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
    run = plan_run(
        world=world,
        profile=profile,
        seed=seed,
        data=data,
        participants=participants,
        permutations=permutations,
        bootstraps=bootstraps,
        effects=effects,
    )
    home = find_root() if root is None else Path(root)
    folder = home / "results" / run.name
    if not force and _fingerprint_of(folder) == _fingerprint(depends_on(run)):
        return load_findings(folder)
    findings = _compute(run, home, progress or silent)
    save_findings(findings, folder)
    return findings


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
        "parameters": asdict(run) | {"data": Path(run.data).name},
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

    return simulate(
        home / "data" / run.name,
        participants=run.participants,
        seed=run.seed,
        effects=run.effects,  # type: ignore[arg-type]
        progress=tell,
    )


def depends_on(run: Run) -> dict[str, str]:
    """Digest everything that the findings of a run depend on.

    Parameters
    ----------
    run : Run
        From `plan_run`.

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
