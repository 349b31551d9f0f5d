"""What the book is made of: the pages that `_toc.yml` names, and the notebooks they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from transdx.book.notebook import Chapter, read_chapters
from transdx.errors import InputError, nearest

__all__ = ["find_chapters"]

#: Folder of the pages that notebooks become, within ``book``.
PAGES = "chapters/"
#: The table of contents that is rendered: `_toc.yml` with every edition.
CONTENTS = "_build/toc.yml"


def find_chapters(root: Path, *, scores: Sequence[str] = ()) -> tuple[list[Chapter], list[str]]:
    """Find the chapters that the table of contents names, in the order of their notebooks.

    The name of a notebook with editions stands for all of them; `scores` are those of the study.

    The second list names notebooks and editions that are not in the table; nothing is done with
    them. An error says if `root` is no book, or the table names a page that is not there, or a
    chapter that no notebook makes or more than one.
    """
    parts = ("_config.yml", "_toc.yml", "notebooks")
    missing = [name for name in parts if not (root / name).exists()]
    if missing:
        raise InputError(
            f"{root} is not a book: it lacks {', '.join(missing)}; run from the folder that "
            f"holds them, or name it as root"
        )
    named = _named(root)
    _check_prose(root / "book", [name for name in named if not name.startswith(PAGES)])
    wanted = [name.removeprefix(PAGES) for name in named if name.startswith(PAGES)]
    found, others, broken = _sort(sorted((root / "notebooks").glob("*.ipynb")), wanted, scores)
    whole = {chapter.path.stem for chapter in found.values()}
    lacking = [name for name in wanted if name not in found and name not in whole]
    if lacking and broken:
        raise broken[0]
    if lacking:
        raise InputError(
            f"_toc.yml names {PAGES}{lacking[0]}, and no notebook makes that chapter"
            f"{nearest(lacking[0], [Path(name).stem for name in others])}; rename the notebook "
            "or what the table of contents calls it"
        )
    return list(found.values()), others


def write_contents(root: Path, chapters: Iterable[Chapter]) -> None:
    """Write the table of contents with every edition in place of its notebook."""
    text = (root / "_toc.yml").read_text(encoding="utf-8")
    editions: dict[str, list[str]] = {}
    for chapter in chapters:
        if chapter.edition:
            editions.setdefault(chapter.path.stem, []).append(chapter.name)
    for stem, names in editions.items():
        text = re.sub(
            rf"^(\s*- file: {PAGES}){re.escape(stem)}\s*\n",
            "".join(rf"\g<1>{name}\n" for name in names),
            text,
            flags=re.MULTILINE,
        )
    path = root / CONTENTS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _named(root: Path) -> list[str]:
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
    from yaml import YAMLError

    try:
        names = list(parse_toc_yaml(root / "_toc.yml"))
    except (MalformedError, YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"_toc.yml is no table of contents: {reason}") from error
    return [re.sub(r"\.(md|rst|ipynb)$", "", name) for name in names]


def _check_prose(book: Path, names: list[str]) -> None:
    there = {
        path.relative_to(book).with_suffix("").as_posix()
        for path in book.rglob("*")
        if path.suffix in (".md", ".rst", ".ipynb")
    }
    for name in names:
        if name not in there:
            raise InputError(
                f"_toc.yml names {name}, and book/ holds no such page{nearest(name, there)}"
            )


def _sort(
    paths: Iterable[Path], wanted: list[str], scores: Sequence[str]
) -> tuple[dict[str, Chapter], list[str], list[InputError]]:
    """Tell chapters from what else lies among the notebooks: drafts, copies, leftovers."""
    found: dict[str, Chapter] = {}
    others: list[str] = []
    broken: list[InputError] = []
    for path in paths:
        try:
            made = read_chapters(path, scores=scores)
        except InputError as error:
            broken.append(error)
            made = []
        mine = [chapter for chapter in made if {chapter.name, path.stem} & set(wanted)]
        others += [chapter.name for chapter in made if mine and chapter not in mine]
        others += [path.name] if not mine else []
        for chapter in mine:
            if chapter.name in found:
                raise InputError(
                    f"both {found[chapter.name].path.name} and {path.name} make the chapter "
                    f"{chapter.name}; rename or remove one"
                )
            found[chapter.name] = chapter
    return found, others, broken
