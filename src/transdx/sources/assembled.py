"""An export whose parts lie in several places, as one folder of links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from transdx._files import remove
from transdx.connectomes import folder_of
from transdx.errors import InputError
from transdx.sources.origin import TRUTH
from transdx.sources.relatives import RELATIVES
from transdx.study import load_study, study_file

__all__ = ["assemble"]


def assemble(
    folder: Path,
    tables: Iterable[Path],
    *,
    connectomes: Path | None = None,
    withdrawn: Path | None = None,
    relatives: Path | None = None,
) -> Path:
    """Link the parts of an export into a folder, as `transdx.sources.read_export` takes it.

    Nothing is copied. A study file, the truth of a simulation and exports of other people that lie
    beside the first table come with it. What links of before are in the folder are made anew; the
    connectomes packed into it stay.

    >>> import tempfile
    >>> table = Path(tempfile.mkdtemp(), "main.csv")
    >>> _ = table.write_text("eid,p31")
    >>> sorted(path.name for path in assemble(Path(tempfile.mkdtemp()), [table]).iterdir())
    ['main.csv']
    """
    tables = [*tables]
    links = {table.name: table for table in tables}
    if len(links) < len(tables):
        raise InputError("two of the tables have one name; name one of them otherwise")
    links |= {one.name: one for one in _beside(tables[0])}
    if connectomes is not None:
        packed = (connectomes / "participants.npy").is_file()
        links[folder_of(folder).name if packed else "bulk"] = connectomes
    if withdrawn is not None:
        links[f"withdrawn{withdrawn.suffix}"] = withdrawn
    if relatives is not None:
        links[RELATIVES] = relatives
    for where in links.values():
        if not where.exists():
            raise InputError(f"expected a part of the export at {where}, but there is nothing")
    _link(folder, links)
    return folder


def _beside(table: Path) -> list[Path]:
    study = study_file(table)
    exports = {one.export for one in load_study("ukb", table).replications if one.export}
    others = [table.parent / name for name in (TRUTH, *sorted(exports))]
    return [*filter(None, [study]), *(path for path in others if path.exists())]


def _link(folder: Path, links: Mapping[str, Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_symlink():
            path.unlink()
    for name, where in links.items():
        if folder_of(folder) == folder / name:
            remove(folder / name)
        if (folder / name).exists():
            raise InputError(f"{folder} holds a {name} that is no link; name another folder")
        (folder / name).symlink_to(where.resolve())
