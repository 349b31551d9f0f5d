"""What the book is made of: the files that `_toc.yml` names, and the pages that they become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transdx._files import atomic_path
from transdx.book.notebook import Chapter, read_chapters
from transdx.errors import InputError, nearest

__all__ = [
    *("CONTENTS", "NOTEBOOKS", "PROSE", "SOURCES", "choose", "find_chapters", "holds"),
    "write_contents",
]

#: Where the files lie that the table of contents names: prose, and notebooks.
PROSE, NOTEBOOKS = "book/", "notebooks/"
#: Folder of the pages that notebooks become, within ``book``.
PAGES = "chapters/"
#: The table of contents that is rendered: `_toc.yml` with the page in place of each file.
CONTENTS = "_build/toc.yml"
#: Where in it stands which notebook each chapter is made from.
SOURCES = "sources"
SUFFIX = re.compile(r"\.(md|rst|ipynb)$")


def find_chapters(root: Path, *, scores: Sequence[str] = ()) -> tuple[list[Chapter], list[str]]:
    """Find the chapters that the table of contents names, in the order of their notebooks.

    A notebook with editions stands for all of them; `scores` are those of the study.

    The second list names notebooks that are not in the table: drafts, copies, leftovers. Nothing is
    done with them. An error says if `root` is no book, or the table names a file that is not there,
    or two notebooks make one chapter.
    """
    parts = ("_config.yml", "_toc.yml", "notebooks")
    missing = [name for name in parts if not (root / name).exists()]
    if missing:
        raise InputError(
            f"{root} is not a book: it lacks {', '.join(missing)}; run from the folder that "
            f"holds them, or name it as root"
        )
    named = _named(root)
    _check_files(root, named)
    found: dict[str, Chapter] = {}
    others: list[str] = []
    for path in sorted((root / NOTEBOOKS).glob("*.ipynb")):
        if NOTEBOOKS + path.stem not in named:
            others.append(path.name)
            continue
        for chapter in read_chapters(path, scores=scores):
            if chapter.name in found:
                raise InputError(
                    f"both {found[chapter.name].path.name} and {path.name} make the chapter "
                    f"{chapter.name}; rename or remove one"
                )
            found[chapter.name] = chapter
    return list(found.values()), others


def holds(root: Path, page: str) -> bool:
    """Say whether the table of contents names a file."""
    return page in _named(root)


def choose(chapters: Sequence[Chapter], wanted: str) -> list[Chapter]:
    """Choose chapters by number, by name, or by the file of their notebook.

    A notebook with editions stands for all of them.
    """
    named = SUFFIX.sub("", wanted.strip()).removeprefix(NOTEBOOKS)
    number = named.zfill(2) if named.isdigit() else None
    found = [
        chapter
        for chapter in chapters
        if named in (chapter.name, chapter.path.stem) or chapter.path.stem.split("-")[0] == number
    ]
    if not found:
        known = dict.fromkeys(name for c in chapters for name in (c.path.stem, c.name))
        close = nearest(named, known) or ";"
        raise InputError(f"there is no chapter '{wanted}'{close} The book has {', '.join(known)}")
    return found


def write_contents(root: Path, chapters: Iterable[Chapter]) -> None:
    """Write the table of contents that is rendered, with every edition in place of its notebook."""
    import yaml

    sources = {PAGES + chapter.name: NOTEBOOKS + chapter.path.name for chapter in chapters}
    pages: dict[str, list[str]] = {}
    for page, source in sources.items():
        pages.setdefault(SUFFIX.sub("", source), []).append(page)
    (table,) = _with_pages(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")), pages)
    table["meta"] = {SOURCES: sources}
    with atomic_path(root / CONTENTS) as temporary:
        temporary.write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")


def _with_pages(part: Any, pages: Mapping[str, list[str]]) -> list[Any]:
    """Give a part of the table with pages in place of files: once for each page."""
    if isinstance(part, list):
        return [[page for each in part for page in _with_pages(each, pages)]]
    if not isinstance(part, dict):
        return [part]
    whole = {key: _with_pages(value, pages)[0] for key, value in part.items()}
    key = next((key for key in ("root", "file") if key in part), None)
    if key is None:
        return [whole]
    name = SUFFIX.sub("", part[key])
    return [whole | {key: page} for page in pages.get(name, [name.removeprefix(PROSE)])]


def _named(root: Path) -> list[str]:
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
    from yaml import YAMLError

    try:
        names = list(parse_toc_yaml(root / "_toc.yml"))
    except (MalformedError, YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"_toc.yml is no table of contents: {reason}") from error
    return [SUFFIX.sub("", name) for name in names]


def _check_files(root: Path, names: Iterable[str]) -> None:
    there = [
        SUFFIX.sub("", path.relative_to(root).as_posix())
        for folder in (PROSE, NOTEBOOKS)
        for path in sorted((root / folder).rglob("*"))
        if SUFFIX.search(path.name) and root / PROSE / PAGES not in path.parents
    ]
    for name in names:
        if name not in there:
            raise InputError(
                f"_toc.yml names {name}, and neither book/ nor notebooks/ holds such a file; "
                f"rename the file or what the table of contents calls it{nearest(name, there)}"
            )
