"""Files that are whole or not there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from transdx.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["atomic_path", "read_frame", "sha256", "stamp", "write_frame"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path that becomes `path` only when the block succeeds.

    Parameters
    ----------
    path : pathlib.Path
        Where the finished file goes; its folder is made.

    Yields
    ------
    pathlib.Path
        A temporary path in the same folder, with the same suffix.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp files are private; what is published follows the reader's umask.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    path : pathlib.Path
        An existing file.

    Returns
    -------
    str
        SHA-256 as 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def stamp(files: Iterable[Path], *, root: Path) -> str:
    """Hash the names, sizes and times of change of files, without reading them.

    Parameters
    ----------
    files : iterable of pathlib.Path
        In any order.
    root : pathlib.Path
        Folder that the names are relative to.

    Returns
    -------
    str
        SHA-256 as 64 hexadecimal digits.
    """
    lines = []
    for path in files:
        status = path.stat()
        name = path.relative_to(root).as_posix()
        lines.append(f"{name} {status.st_size} {status.st_mtime_ns}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table whose first column holds the ids of its rows.

    Parameters
    ----------
    path : pathlib.Path
        A .csv, .tsv or .parquet file.

    Returns
    -------
    pandas.DataFrame
        Indexed by the first column.

    Raises
    ------
    InputError
        If there is no such file, its ending is unknown or it cannot be read.
    """
    import pandas as pd

    path = Path(path)
    _known_suffix(path)
    if not path.is_file():
        raise InputError(f"expected a table at {path}, but there is no such file")
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
            return frame.set_index(frame.columns[0]) if plain else frame
        return pd.read_csv(path, sep=_SEPARATORS[path.suffix], index_col=0)
    except (ValueError, OSError, IndexError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{path} could not be read as a {path.suffix[1:]} table with ids in its first "
            f"column: {reason}"
        ) from error


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
        Written without its index.
    path : pathlib.Path
        A .csv, .tsv or .parquet file.

    Raises
    ------
    InputError
        If the ending is unknown.
    """
    path = Path(path)
    _known_suffix(path)
    with atomic_path(path) as temporary:
        if path.suffix == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, sep=_SEPARATORS[path.suffix], index=False)


def _known_suffix(path: Path) -> None:
    if path.suffix not in (*_SEPARATORS, ".parquet"):
        raise InputError(f"expected a file ending in .csv, .tsv or .parquet, got '{path.name}'")
