"""The folder of the book, for whoever has the package and no clone of the repository."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

from transdx._files import scratch_folder
from transdx.errors import InputError, TransdxError

__all__ = ["source_of", "start"]

#: Where a wheel brings the book, within the package.
SHIPPED = "shipped"
#: What lies in these folders of a repository and is no source: made by a build, or by an editor.
_MADE = shutil.ignore_patterns("chapters", ".*", "__*")


def start(folder: Path) -> None:
    """Write the source of the book of this version into a new or empty folder, whole or not at all.

    Raises
    ------
    InputError
        If there is something at that place.
    TransdxError
        If this installation brought no book.
    """
    folder = Path(folder).resolve()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"expected a new or empty folder, got the file {folder}")
    held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if held:
        raise InputError(
            f"expected a new or empty folder, got {folder}, which holds {held[0]}"
            f"{f' and {len(held) - 1} more' if held[1:] else ''}; name another"
        )
    # Within the folder, which may be the one that the user stands in.
    with scratch_folder(folder / "book") as work:
        root, names = source_of()
        for name in names:
            path = root / name
            if path.is_dir():
                shutil.copytree(path, work / name, ignore=_MADE)
            else:
                shutil.copyfile(path, work / name)
        for path in sorted(work.iterdir()):
            path.rename(folder / path.name)


def source_of() -> tuple[Path, list[str]]:
    """Find the source: what the wheel brought, or the repository that the package lies in.

    The second is what a book's folder holds, by name.
    """
    package = Path(str(files("transdx")))
    shipped = package / "book" / SHIPPED
    if shipped.is_dir():
        return shipped, sorted(path.name for path in shipped.iterdir())
    root = package.parents[1]
    if not (root / "_toc.yml").is_file():
        raise TransdxError(
            f"this installation of transdx ({package}) brought no book; install it from its wheel"
        )
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    names: list[str] = project["tool"]["transdx"]["book"]
    return root, names
