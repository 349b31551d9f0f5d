"""Open data and maps that are fetched, never shipped: where they are and what they must hash to."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from transdx._files import atomic_path, sha256
from transdx.errors import InputError, TransdxError, nearest

__all__ = ["MIRROR", "Maps", "Reference", "cache_folder", "fetch", "find", "registry"]

_Record = TypeVar("_Record")

#: Environment variable that names a local folder with the files, used before the network.
MIRROR = "TRANSDX_REFERENCE_DIR"
#: Environment variable that moves the cache of fetched files.
CACHE = "TRANSDX_CACHE_DIR"


@dataclass(frozen=True)
class Maps:
    """What a file of maps holds: a row per region, a column per map."""

    kind: str  # receptor, domain or network
    rows: str = ""  # file whose cortical regions name the rows, where the file itself does not
    columns: str = ""  # file that names the columns, where the file itself does not
    # Columns that a map is the mean of, where it is not one of them.
    means: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # What the file holds a map of the whole brain of, in a line, and in how many people.
    of: str = ""
    people: int = 0


@dataclass(frozen=True)
class Reference:
    """One file of open data."""

    file: str  # name within the cache or mirror, such as ``aomic-piop2/participants.tsv``
    bytes: int  # size
    sha256: str
    url: str  # at a fixed commit
    licence: str  # terms
    citation: str  # how to cite it
    content: str  # what it holds
    maps: Maps | None = None  # what it annotates regions with


@cache
def registry() -> dict[str, Reference]:
    """Read which files can be fetched, by file name."""
    text = files("transdx").joinpath("data", "reference.json").read_text(encoding="utf-8")
    entries = [_entry(entry) for entry in json.loads(text)]
    return {entry.file: entry for entry in entries}


def _entry(written: Mapping[str, Any]) -> Reference:
    what = f"the entry '{written.get('file', '')}' of reference.json"
    maps = written.get("maps")
    made = _record(Maps, maps, f"'maps' in {what}") if maps else None
    return _record(Reference, {**written, "maps": made}, what)


def _record(kind: type[_Record], given: Mapping[str, Any], what: str) -> _Record:
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise InputError(f"{what} has an unknown key '{name}'{nearest(name, known)}")
    for name, one in known.items():
        if one.default is one.default_factory is MISSING and name not in given:
            raise InputError(f"{what} lacks '{name}'; add it")
    return kind(**given)


def fetch(file: str) -> Path:
    """Find a reference file of the registry: in the local mirror, in the cache, or on the network.

    Its hash is checked; where it cannot be had, the cache is left as it was.
    """
    known = registry()
    if file not in known:
        raise InputError(f"'{file}' is not in the registry of reference data{nearest(file, known)}")
    return find(file) or _download(known[file])


def find(file: str) -> Path | None:
    """Find a reference file without the network; None where it has to be fetched first."""
    entry = registry()[file]
    mirrored, kept = _from_mirror(entry), cache_folder() / entry.file
    if mirrored is not None:
        return mirrored
    return kept if kept.is_file() and sha256(kept) == entry.sha256 else None


def _folder(variable: str) -> Path | None:
    """Give the folder that an environment variable names; None where it is unset or empty."""
    named = os.environ.get(variable)
    if not named:
        return None
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise InputError(
            f"{variable} is '{named}', and there is no home folder here: write the path out"
        ) from error


def cache_folder() -> Path:
    """Name the folder of what is kept from one run to the next; it need not be there."""
    # The folder that pooch would choose; pooch itself brings progress bars, which complain in
    # notebooks.
    from platformdirs import user_cache_dir

    folder = _folder(CACHE)
    if folder is not None:
        return folder
    try:
        return Path(user_cache_dir("transdx"))
    except RuntimeError:
        # A user without a name has no home, as in many a container.
        return Path(tempfile.gettempdir()) / "transdx"


def _from_mirror(entry: Reference) -> Path | None:
    folder = _folder(MIRROR)
    if folder is None:
        return None
    if not folder.is_dir():
        state = "is a file" if folder.exists() else "does not exist"
        raise InputError(
            f"expected {MIRROR} to name a folder with the files, got {folder}, which {state}; "
            "correct it, or unset it to fetch them"
        )
    path = folder / entry.file
    if not path.is_file():
        return None
    found = sha256(path)
    if found != entry.sha256:
        raise TransdxError(
            f"{entry.file} in the mirror {folder} is not the declared file: expected sha256 "
            f"{entry.sha256[:12]}…, got {found[:12]}…; replace it by the one from {entry.url}"
        )
    return path


def _download(entry: Reference) -> Path:
    kept = cache_folder() / entry.file
    # Downloaded beside the cache, so that a failure leaves the cache as it was.
    with tempfile.TemporaryDirectory() as folder:
        fetched = _retrieve(entry, Path(folder))
        try:
            with atomic_path(kept) as temporary:
                shutil.copyfile(fetched, temporary)
        except OSError as error:
            # The folder is not named: this sentence may go onto a page.
            raise TransdxError(
                f"{entry.file} was fetched, and cannot be kept for the next time "
                f"({error.strerror or error}); set {CACHE} to a folder that can be written to"
            ) from error
    return kept


def _retrieve(entry: Reference, folder: Path) -> Path:
    """Download a file into a folder, and check it."""
    import pooch
    import requests

    # It would say where the file lies for a moment, which is of no use to anybody.
    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(
            pooch.retrieve(
                entry.url,
                known_hash=f"sha256:{entry.sha256}",
                fname=Path(entry.file).name,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=30),
            )
        )
    except (requests.RequestException, OSError) as error:
        raise TransdxError(
            f"{entry.file} could not be fetched from {entry.url} ({type(error).__name__}); connect "
            f"to the network, or set {MIRROR} to a folder that holds {_all_of(entry)}"
        ) from error
    except ValueError as error:
        raise TransdxError(
            f"{entry.file} from {entry.url} is not the declared file (its sha256 is not "
            f"{entry.sha256[:12]}…); nothing was kept: try again, or set {MIRROR} to a folder "
            f"that holds the right file"
        ) from error


def _all_of(entry: Reference) -> str:
    """Name the files that go together with one, so that nobody has to ask file by file."""
    folder = Path(entry.file).parent.as_posix()
    together = [name for name in registry() if Path(name).parent.as_posix() == folder]
    return f"{folder}/ with its {len(together)} files" if len(together) > 1 else entry.file
