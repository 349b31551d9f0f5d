"""A run: from a world and a profile to findings on disk, computed only when needed."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from transdx._files import sha256
from transdx.errors import InputError, nearest
from transdx.findings.store import Findings, load_findings, save_findings

__all__ = ["PROFILES", "Run", "open_run", "plan_run"]

#: (imaged people to simulate, permutations, bootstraps) of each profile.
PROFILES = {"quick": (4_000, 1_000, 1_000), "paper": (33_000, 5_000, 5_000)}

#: What can be planted in a simulated cohort.
EFFECTS = ("study", "none")

#: Whose version can change a number.
_LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")
#: What the findings are computed with: everything below the figures.
_LAYERS = [
    *("errors.py", "_files.py", "atlas.py", "fields.py", "study.py", "reference.py", "cohort.py"),
    *("annotations.py", "connectomes.py", "writing.py", "disclosure.py", "sources", "sample"),
    *("simulate", "stats", "findings", "data", "studies"),
]

Progress = Callable[[str], None]


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
    world: str = "simulated",
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
    world : {'simulated', 'open', 'ukb'}, default 'simulated'
        Where the data come from.
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
    from transdx.study import STUDY_OF_WORLD

    _choose("world", world, list(STUDY_OF_WORLD))
    _choose("profile", profile, list(PROFILES))
    _choose("effects", effects, ["study"] if world != "simulated" or str(data) else list(EFFECTS))
    sizes = {"participants": participants, "permutations": permutations, "bootstraps": bootstraps}
    for name, value in {"seed": seed, **sizes}.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"expected {name} to be a whole number from 0 up, got {value!r}")
    if (world == "ukb" and not str(data)) or (world == "open" and str(data)):
        wanted = "needs the" if world == "ukb" else "is fetched and takes no"
        raise InputError(f"world '{world}' {wanted} folder of an export (data), got '{data}'")
    people, permuted, resampled = (
        given or default for given, default in zip(sizes.values(), PROFILES[profile], strict=True)
    )
    return Run(world, profile, seed, str(data), people, permuted, resampled, effects)


def _choose(name: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise InputError(
            f"expected {name} to be one of {', '.join(known)}, got '{value}'"
            f"{nearest(str(value), known)}"
        )


def open_run(
    *,
    world: str = "simulated",
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
        Told the name of each stage as it begins.

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If a parameter or the data are not what they should be.
    TransdxError
        If reference data cannot be fetched.
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
    fingerprint = _fingerprint(run)
    if not force and _fingerprint_of(folder) == fingerprint:
        return load_findings(folder)
    tell = progress or (lambda stage: None)
    findings = _compute(run, home, tell)
    findings = replace(findings, manifest={**findings.manifest, "fingerprint": fingerprint})
    save_findings(findings, folder)
    return findings


def find_root() -> Path:
    """Find the folder of the book: the nearest one upwards with a table of contents."""
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "_toc.yml").is_file()), here)


def _compute(run: Run, home: Path, tell: Progress) -> Findings:
    from transdx.findings.analyse import analyse
    from transdx.sample import draw_sample
    from transdx.sources import read_cohort

    started = time.perf_counter()
    data = Path(run.data) if run.data else None
    if run.world == "simulated" and data is None:
        tell("simulating an export")
        data = _simulated(run, home)
    tell("reading the cohort")
    cohort = read_cohort(
        run.world, data, progress=lambda what, done, total: tell(f"{what}: {done:,} of {total:,}")
    )
    if run.world == "ukb":
        _refuse_simulated(cohort.table.index)
    tell("drawing the sample")
    sample = draw_sample(cohort)
    findings = analyse(sample, run=run, truth=data and data / "truth.csv", progress=tell)
    manifest = {
        "parameters": asdict(run) | {"data": Path(run.data).name},
        "inputs": dict(cohort.inputs),
        "versions": {
            name: version(name) for name in ("transdx", "nilearn", "matplotlib", *_LIBRARIES)
        },
        "python": platform.python_version(),
        "seconds": round(time.perf_counter() - started, 1),
    }
    return replace(findings, manifest=manifest)


def _simulated(run: Run, home: Path) -> Path:
    from transdx.simulate import simulate

    return simulate(
        home / "data" / run.name,
        participants=run.participants,
        seed=run.seed,
        effects=run.effects,  # type: ignore[arg-type]
    )


def _refuse_simulated(index: Any) -> None:
    # Real ids have seven digits; simulated people must never pass for real ones.
    if int(index.min()) >= 10_000_000:
        raise InputError(
            "this export holds simulated participants (their ids have more than seven digits), "
            "which cannot be shown as UK Biobank; use world 'simulated'"
        )


def _fingerprint(run: Run) -> str:
    """Hash all that the findings depend on."""
    from transdx.annotations import annotation_form

    parts: dict[str, Any] = {"run": asdict(run), "python": platform.python_version()}
    parts["libraries"] = {name: version(name) for name in _LIBRARIES}
    parts["code"] = {name: _code_hash(name) for name in _LAYERS}
    parts["annotations"] = annotation_form()
    if run.data:
        # Exports are large: size and time of change stand for their content.
        root = Path(run.data)
        found = sorted(root.iterdir()) if root.is_dir() else [root] if root.exists() else []
        parts["data"] = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in found]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _code_hash(name: str) -> list[str]:
    path = Path(str(files("transdx").joinpath(name)))
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        sha256(p) for p in found if p.is_file() and p.suffix in (".py", ".csv", ".toml", ".json")
    ]


def _fingerprint_of(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    found = manifest.get("fingerprint")
    return found if isinstance(found, str) else None
