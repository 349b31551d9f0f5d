"""Readers: from files on disk to a cohort, the only way in."""

from __future__ import annotations

from pathlib import Path

from transdx.cohort import Cohort
from transdx.errors import InputError
from transdx.progress import Progress, silent
from transdx.sources.export import people_of, read_export
from transdx.sources.origin import TRUTH, fingerprint, world_of
from transdx.sources.tables import read_tables
from transdx.study import load_study

__all__ = ["TRUTH", "fingerprint", "people_of", "read_cohort", "world_of"]


def read_cohort(
    world: str, data: str | Path = "", *, cohort: str = "", progress: Progress | None = None
) -> Cohort:
    """Read the cohort of a world.

    Parameters
    ----------
    world : {'simulated', 'open', 'ukb'}
        Which study is run, see `transdx.study.load_study`.
    data : str or pathlib.Path, optional
        Folder or file of a UK Biobank export, see `read_export`; needed for ``simulated`` and
        ``ukb``. Open cohorts are fetched.
    cohort : str, optional
        Which of the open cohorts; by default ``aomic-piop2``.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    Cohort
        Without those who have withdrawn.

    Raises
    ------
    InputError
        If no data are named, they are not what the study needs, or their people are not
        those of the world.

    Examples
    --------
    >>> import tempfile
    >>> from transdx.simulate import simulate
    >>> cohort = read_cohort("simulated", simulate(tempfile.mkdtemp(), participants=60))
    >>> len(cohort.table) + cohort.withdrawn
    60
    """
    study = load_study(world, data, cohort)
    if study.format == "tables":
        return read_tables(study)
    if not str(data):
        raise InputError(
            f"world '{world}' is read from an export: name its folder with --data "
            "(transdx simulate --out DIR makes one)"
        )
    return read_export(Path(data), study, world=world, progress=progress or silent)
