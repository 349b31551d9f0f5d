"""Whether a finished folder tells anything of single people, wherever in it that may be."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from string import ascii_letters

import numpy as np
import pandas as pd

from transdx._files import atomic_path
from transdx.errors import TransdxError
from transdx.places import find_place
from transdx.results.schema import TABLES
from transdx.results.store import MANIFEST
from transdx.study import MINIMUM

__all__ = ["Audit", "Violation", "audit", "hashes_of", "refuse", "write_report"]

#: A number that may be an id, and what follows one in the name of a bulk file.
_SEVEN = re.compile(r"(?<!\d)\d{7}(?!\d)")
_BULK = re.compile(r"_\d{5}_\d_\d")
#: What a number stands beside that is a part of a word, an address or a larger number.
_JOINED, _GOES_ON = {*"._%+/&#-", *ascii_letters}, re.compile(r"[\w%/-]|\.\d")
_HASH = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9a-fA-F])")
_LISTS = tuple(
    re.compile(start + r"[^\"'\n]{0,60}[\"']?\s*[:=,]\s*[\"']?[0-9a-f]{32}")
    for start in (r"w\d{3,}_\d{8}", "withdr")
)
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_ARRAY = re.compile(rf"\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER}){{19,}}\s*,?\s*\]")
_FRAME = re.compile(r" rows (?:x|×|&times;) \d+ columns|\bLength: (\d+)\b")
_LAST_NUMBER = re.compile(r"\d+$")
_FEW_PEOPLE = re.compile(
    r"(?<![\d.,\w-])(?<!\+ )[1-4] "
    r"(?:people|participants?|persons?|m[ea]n|wom[ea]n|patients?|volunteers?)\b"
)
_BANNER = re.compile(r'data-world="(\w+)"')
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
#: Examples in docstrings, which are of nobody.
_EXAMPLE = re.compile(r'<div class="doctest\b.*?</pre>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
#: What was taken is not given back: where the marks are too few, that would double with each.
_MARKS = re.compile(r"<g\b[^>]*+>(?>\s*+<(?:use|circle|ellipse|rect)\b[^>]*+>(?:</\w++>)?+){20,}")
_MARK = re.compile(r"<(?:use|circle|ellipse|rect)\b")
_DRAWN = re.compile(r"\bd=\"([^\"]{200,})\"")
_OWN = {"eid", "feid", "participanteid", "participantid", "participant", "subjectid", "userid"}
#: What libraries bring along, the same in every book.
_LIBRARIES = re.compile(
    r"(?:^|/)_static/(?:scripts|vendor|mathjax|locales|styles)/|\.(?:mo|po|map)$"
)
_ARRAYS = (".npy", ".npz", ".pkl", ".pickle", ".feather", ".arrow", ".h5", ".hdf5", ".mat", ".rds")
_KNOWN = (".woff", ".woff2", ".ttf", ".eot", ".ico", ".gif", ".webp", ".jpg", ".jpeg", ".inv")


@dataclass(frozen=True)
class Violation:
    """Something that may not leave: where it is, and what kind of thing; never the thing itself."""

    file: str
    place: str
    kind: str
    what: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.file}: {self.place + ': ' if self.place else ''}{self.what}"


@dataclass(frozen=True)
class Audit:
    """What was found in a folder, and what could not be looked into."""

    violations: list[Violation]
    files: int
    unread: list[str]


@dataclass(frozen=True)
class _Asked:
    people: frozenset[int]
    hashes: frozenset[str]
    sizes: frozenset[int]
    worlds: Mapping[str, str]  # of results folders, by name
    minimum: int
    root: Path | None


def audit(
    folder: Path,
    *,
    people: Collection[int] = (),
    hashes: Collection[str] = (),
    sizes: Collection[int] = (),
    minimum: int = MINIMUM,
    root: Path | None = None,
) -> Audit:
    """Look through every file of a folder, and in the archives among them.

    Found are ids of seven digits, and those of `people` in whatever disguise; rows, points and
    numbers for each of as many people as were analysed (`sizes`, and what a flow in the folder
    says); counts of fewer than `minimum` of them; paths of a machine, that of `root` among them;
    hashes of short lists, and `hashes`. Counts of simulated people, and of those of open data, may
    be as small as they are: pages and tables say whose they are, and count as UK Biobank's where
    they do not.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "note.txt").write_text("somebody: 1234567")
    >>> [str(one) for one in audit(folder).violations]
    ['note.txt: line 1: what may be the id of a participant']
    """
    contents = list(_contents(folder))
    worlds = {name.rpartition("/")[0]: _world(data) for name, data in contents if _is_run(name)}
    told = frozenset(sizes)
    told |= {n for name, data in contents for n in _told(name, data, worlds)}
    asked = _Asked(frozenset(people), frozenset(hashes), told, worlds, minimum, root)
    found: list[Violation] = []
    unread = []
    for name, data in contents:
        parts = _look(name, data, asked)
        if parts is None:
            unread.append(name)
            continue
        found += parts
    named = [replace(one, file=_SEVEN.sub("*" * 7, one.file)) for one in found]
    unread = [_SEVEN.sub("*" * 7, name) for name in unread]
    return Audit(list(dict.fromkeys(named)), len(contents), unread)


def refuse(found: Audit, what: str) -> None:
    """Stop where something may not leave, naming the first of it."""
    if found.violations:
        lines = [str(one) for one in found.violations[:20]]
        more = len(found.violations) - len(lines)
        lines += [f"... and {more} more"] * bool(more)
        listed = "\n  ".join(lines)
        raise TransdxError(f"{what} would tell of single people, and was not written:\n  {listed}")


def write_report(found: Audit, stem: Path) -> list[Path]:
    """Write what was found beside each other as JSON and as text."""
    lines = [str(one) for one in found.violations]
    lines += [f"not looked into: {name}" for name in found.unread]
    summary = f"{found.files} files, {len(found.violations)} violations"
    texts = {".json": json.dumps(asdict(found), indent=1), ".txt": "\n".join([summary, *lines])}
    written = []
    for ending, text in texts.items():
        with atomic_path(stem.with_name(stem.name + ending)) as path:
            path.write_text(text + "\n", encoding="utf-8")
        written.append(stem.with_name(stem.name + ending))
    return written


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of a folder, and those of archives in it; what libraries bring is left out."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        if not _LIBRARIES.search(name):
            yield from _unpacked(name, path.read_bytes())


def _unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if not name.lower().endswith(".zip"):
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            if not member.endswith("/"):
                yield from _unpacked(f"{name}/{member}", archive.read(member))


def _is_run(name: str) -> bool:
    return name.rpartition("/")[2] == MANIFEST


def _world(manifest: bytes) -> str:
    try:
        return str(json.loads(manifest)["world"])
    except (ValueError, LookupError, TypeError):
        return "ukb"


def _told(name: str, data: bytes, worlds: Mapping[str, str]) -> Iterator[int]:
    """Read from a flow how many people there are of whom something may be told one by one."""
    if name.endswith(".csv") and data.startswith(b"step,label,excluded,remaining"):
        rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"))))
        if _is_private(name, rows, worlds):
            yield from (int(float(row[3])) for row in rows[1:] if row[3])


def _look(name: str, data: bytes, asked: _Asked) -> list[Violation] | None:
    """Look through a file; None where it cannot be."""
    ending = Path(name).suffix.lower()
    found = [
        Violation(name, "its name", "id", what) for _, what in _ids(name.replace("/", " "), asked)
    ]
    if ending in _ARRAYS:
        return [*found, Violation(name, "", "rows", "a file of arrays, which may hold people")]
    if ending == ".parquet":
        return [*found, *_frame(name, pd.read_parquet(io.BytesIO(data)), asked)]
    if ending == ".png":
        return [*found, *_text(name, "\n".join(_notes(data)), asked)]
    if ending in _KNOWN:
        return found
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    found += _text(name, text, asked)
    if ending in (".csv", ".tsv"):
        separator = "\t" if ending == ".tsv" else ","
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
        found += _rows(name, "", rows, asked, strict=_is_private(name, rows, asked.worlds))
    elif ending in (".html", ".htm"):
        found += _page(name, text, asked)
    return found


def _text(name: str, text: str, asked: _Asked) -> Iterator[Violation]:
    """Look through any text: pages with their alternative texts, scripts, outputs, metadata."""
    for start, what in _ids(text, asked):
        yield Violation(name, f"line {text.count(chr(10), 0, start) + 1}", "id", what)
    for pattern, kind, what, needs, holds in _WORDS:
        # Most texts are long, and hold nothing of what is looked for.
        for one in pattern.finditer(text) if needs(asked) else ():
            if holds(one, asked):
                line = text.count("\n", 0, one.start()) + 1
                yield Violation(name, f"line {line}", kind, what)
    if place := find_place(text, asked.root):
        line = text.count("\n", 0, text.index(place)) + 1
        yield Violation(name, f"line {line}", "path", f"a path of this machine: {place.split()[0]}")


def _ids(text: str, asked: _Asked) -> Iterator[tuple[int, str]]:
    """Find what is an id, or looks like one where a number by itself stands."""
    for start in _runs_of_seven(text):
        before, number, after = (
            text[start - 1 : start],
            text[start : start + 7],
            text[start + 7 : start + 20],
        )
        if asked.people and int(number) in asked.people and before != ".":
            yield start, "the id of a participant"
        elif "1" <= number[0] <= "6" and (
            _BULK.match(after) or (before not in _JOINED and not _GOES_ON.match(after))
        ):
            yield start, "what may be the id of a participant"


def _runs_of_seven(text: str) -> list[int]:
    """Find runs of exactly seven digits; regular expressions take ten times as long."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    edges = np.diff(((codes >= 48) & (codes <= 57)).astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [int(one) for one in starts[ends - starts == 7]]


def _is_hash(found: re.Match[str], asked: _Asked) -> bool:
    return found[0] in asked.hashes


def _has_rows(found: re.Match[str], asked: _Asked) -> bool:
    before = _LAST_NUMBER.search(found.string, max(0, found.start() - 12), found.start())
    number = found[1] or (before[0] if before else "0")
    return int(number) in asked.sizes


def _has_numbers(found: re.Match[str], asked: _Asked) -> bool:
    return _each(found[0].count(",") + 1, asked)


def _has_marks(found: re.Match[str], asked: _Asked) -> bool:
    return _each(len(_MARK.findall(found[0])), asked)


def _has_points(found: re.Match[str], asked: _Asked) -> bool:
    return _each(found[1].count("L") + found[1].count("M"), asked)


def _hashes(asked: _Asked) -> bool:
    return bool(asked.hashes)


def _sizes(asked: _Asked) -> bool:
    return bool(asked.sizes)


def _always(*asked: object) -> bool:
    return True


#: What is looked for in any text: what it is, when it can be there, and when it counts.
_WORDS: tuple[
    tuple[re.Pattern[str], str, str, Callable[[_Asked], bool], Callable[..., bool]], ...
] = (
    *((one, "hash", "the hash of a list of people", _always, _always) for one in _LISTS),
    (_HASH, "hash", "the hash of an id, or of a list of them", _hashes, _is_hash),
    (_FRAME, "rows", "a table with a row for each person", _sizes, _has_rows),
    (_ARRAY, "rows", "a list with a number for each person", _sizes, _has_numbers),
    (_MARKS, "points", "a drawing with a mark for each person", _sizes, _has_marks),
    (_DRAWN, "points", "a line with a point for each person", _sizes, _has_points),
)


def _each(number: int, asked: _Asked) -> bool:
    """Say whether there are as many as people, or nearly so: few lack a value."""
    return any(0 <= size - number < asked.minimum for size in asked.sizes if size > 20)


def _page(name: str, text: str, asked: _Asked) -> Iterator[Violation]:
    """Look through the tables and words of a page on people whose counts are private."""
    worlds = set(_BANNER.findall(text))
    strict = not worlds or "ukb" in worlds
    for number, table in enumerate(_TABLE.findall(text), 1):
        rows = [[_plain(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(table)]
        yield from _rows(name, f"table {number}, ", rows, asked, strict=strict)
    if "ukb" in worlds:
        for one in _FEW_PEOPLE.finditer(_TAG.sub(" ", _EXAMPLE.sub("", text))):
            what = f"words that count fewer than {asked.minimum} people: '{one[0]}'"
            yield Violation(name, "", "count", what)


def _plain(cell: str) -> str:
    return html.unescape(_TAG.sub("", cell)).strip()


def _is_private(name: str, rows: list[list[str]], worlds: Mapping[str, str]) -> bool:
    """Say whether a table may be of UK Biobank: it says so, or does not say whose it is."""
    head, *body = rows or [[]]
    if "world" in head:
        return any(row[head.index("world")] == "ukb" for row in body[:1])
    return worlds.get(name.rpartition("/")[0], "ukb") == "ukb"


def _frame(name: str, table: pd.DataFrame, asked: _Asked) -> Iterator[Violation]:
    table = table.reset_index() if table.index.name else table
    text = table.to_csv(index=False)
    rows = list(csv.reader(io.StringIO(text)))
    yield from _text(name, text, asked)
    yield from _rows(name, "", rows, asked, strict=_is_private(name, rows, asked.worlds))


def _rows(
    name: str, where: str, rows: list[list[str]], asked: _Asked, *, strict: bool
) -> Iterator[Violation]:
    """Look through a table: for ids, a row for each person, and counts of few."""
    if not rows:
        return
    head, *body = rows
    own = [column for column in head if re.sub(r"[^a-z]", "", column.lower()) in _OWN]
    if own and len(body) >= asked.minimum:
        yield Violation(name, f"{where}column {own[0]}", "id", "a column of ids")
    if strict and len(body) in asked.sizes and not _NAMED.intersection(head):
        yield Violation(name, where.strip(", "), "rows", "a row for each person")
    counts = [place for place, column in enumerate(head) if strict and column in _counting()]
    for number, row in enumerate(body, 1):
        for place in counts:
            if place < len(row) and _is_few(row[place], asked.minimum):
                cell = f"{where}row {number}, column {head[place]}"
                yield Violation(
                    name, cell, "count", f"a count of fewer than {asked.minimum} people"
                )


#: Columns whose rows are about measures, and not about people.
_NAMED = {"feature", "connection", "measure", "modality", "label", "region_a", "claim"}


def _is_few(cell: str, minimum: int) -> bool:
    try:
        number = float(cell.replace(",", ""))
    except ValueError:
        return False
    return 0 < number < minimum and number == int(number)


@cache
def _counting() -> frozenset[str]:
    """Name the columns that count people, as files and as pages head them."""
    found = set()
    for table in TABLES.values():
        rule = table.private
        flow = ("excluded", "remaining") if rule.joined else ()
        for name in (*rule.counts, *rule.sizes, *(n for _, n in rule.rates), *flow):
            found |= {name, table.column(name).header}
    return frozenset(found)


def _notes(image: bytes) -> Iterator[str]:
    """Read the words in a PNG that no one sees."""
    place = 8
    while place + 8 <= len(image):
        (size,) = struct.unpack(">I", image[place : place + 4])
        kind, chunk = image[place + 4 : place + 8], image[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            yield chunk.replace(b"\0", b" ").decode("utf-8", "replace")
        elif kind == b"zTXt":
            key, _, packed = chunk.partition(b"\0")
            told = zlib.decompress(packed[1:]).decode("utf-8", "replace")
            yield f"{key.decode('latin-1')} {told}"
        place += 12 + size


def hashes_of(people: Collection[int], texts: Collection[bytes] = ()) -> set[str]:
    """Give the hashes by which people, or lists of them, could be recognised by trying."""
    from hashlib import md5, sha1, sha256

    kinds = (md5, sha1, sha256)
    known = {kind(str(one).encode()).hexdigest() for one in people for kind in kinds}
    return known | {kind(text).hexdigest() for text in texts for kind in kinds}
