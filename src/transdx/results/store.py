"""Findings, and how they lie on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from transdx._files import atomic_folder, digest_text, raise_unless_damaged, sha256
from transdx.errors import InputError, TransdxError, nearest
from transdx.results.each import for_each, put
from transdx.results.phrases import Numbers, look_up, written
from transdx.results.schema import check, entry
from transdx.results.stamp import Stamp
from transdx.study import adopt

__all__ = [
    *("MANIFEST", "Findings", "Sentence", "is_whole", "load_findings", "read_manifest"),
    *("outgoing", "save_findings"),
]

#: What of a results folder says what the rest is.
MANIFEST = "manifest.json"


class Sentence(str):
    """Text with its numbers filled in."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Findings:
    """What a run found: tidy tables of aggregates, in which prose looks its numbers up.

    Attributes
    ----------
    world : {'simulated', 'open', 'ukb'}
        What kind of people the numbers are about.
    tables : mapping of str to pandas.DataFrame
        By name: associations, contrasts, impact, flow, demographics, ...
    manifest : mapping
        Versions, seeds, parameters, input hashes and times of the run.

    Examples
    --------
    >>> flow = pd.DataFrame({"step": ["all"], "label": "All", "excluded": 0, "remaining": 1224})
    >>> found = Findings("open", {"flow": flow}, {})
    >>> found.say("{flow.analysed:,} people were analysed.")
    '1,224 people were analysed.'
    """

    world: str
    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Let figures and sentences know the scores of the study."""
        adopt(self.manifest.get("scores", ()))

    @cached_property
    def lists(self) -> dict[str, list[str]]:
        """What sentences go over: scores, those held against a diagnosis, kinds of measures."""
        columns = {"score": "associations", "modality": "associations", "validated": "validation"}
        columns |= {"repeat": "reliability", "term": "relatives"}
        return {
            name: list(dict.fromkeys(self.tables[table][name.replace("validated", "score")]))
            if table in self.tables
            else []
            for name, table in columns.items()
        }

    def table(self, name: str) -> pd.DataFrame:
        """Give a table by name, which says of which run it is to what is drawn from it.

        Raises
        ------
        InputError
            If this run made no such table.
        """
        if name not in self.tables:
            known = ", ".join(self.tables)
            raise InputError(
                f"expected a table of this run ({known}), got '{name}'{nearest(name, self.tables)}"
            )
        return self.stamp.mark(self.tables[name]) if self.stamp else self.tables[name]

    @cached_property
    def stamp(self) -> Stamp | None:
        """Which run these are of; None of findings that no run made."""
        if "name" not in self.manifest:
            return None
        seed, version = self.manifest["parameters"]["seed"], self.manifest["versions"]["transdx"]
        return Stamp(self.world, str(self.manifest["name"]), int(seed), str(version))

    def number(self, key: str) -> Any:
        """Give a number by its dotted key.

        Raises
        ------
        InputError
            If this run made no such number.
        """
        return look_up(self.numbers, key, of=self._whose)

    @cached_property
    def numbers(self) -> Numbers:
        """Every number that a sentence may cite, by its dotted key."""
        parameters = {**self.manifest.get("parameters", {}), "name": self.manifest.get("name")}
        return Numbers(self.tables, self.world, parameters)

    @property
    def _whose(self) -> str:
        return f" in the findings of this {self.world} run"

    @property
    def truth(self) -> pd.DataFrame | None:
        """Planted effects of a simulated world; None where people are real."""
        return self.table("truth") if "truth" in self.tables else None

    @property
    def planted(self) -> bool:
        """Whether people have effects: real ones count as having them."""
        return self.truth is None or bool(self.truth["planted"].ne(0).any())

    def say(self, text: str, **words: str) -> Sentence:
        """Fill numbers into a sentence.

        Parameters
        ----------
        text : str
            Holds ``{key}`` or ``{key:format}`` where a number belongs; formats are
            Python's, and ``p`` writes a p value. A minus sign is set as one.
            ``[[ ]]`` is written for each score, see `transdx.results.each.for_each`.
        **words : str
            Put in first, for ``<name>`` in the text and in its keys: with
            ``score="anxiety"``, ``{thickness.significant.<score>}`` is that of anxiety.

        Returns
        -------
        Sentence
            Text that a notebook shows as Markdown.

        Raises
        ------
        InputError
            If a key is not among the numbers of this run, or its format does not fit.
        """

        def fill(found: re.Match[str]) -> str:
            return written(self.numbers, found[1], found[2] or "", of=self._whose)

        text = for_each(put(text, words), self.lists)
        return Sentence(re.sub(r"\{([a-z0-9_.]+)(?::([^{}]*))?\}", fill, text))


def save_findings(
    findings: Findings, folder: Path, *, gate: Callable[[Path], None] | None = None
) -> None:
    """Write findings to the results folder of a run: whole, or not at all.

    The `gate` looks through what is written before it takes its place, and raises where it may not.
    """
    check(findings.tables)
    documents = {
        name: json.loads(table.to_json(orient="records"))
        for name, table in findings.tables.items()
        if entry(name).json
    }
    documents["manifest"] = {"world": findings.world, **findings.manifest}
    with atomic_folder(folder) as building:
        for name, table in findings.tables.items():
            table.to_parquet(building / f"{name}.parquet")
            _whole(table, name).to_csv(building / f"{name}.csv", index=False)
        manifest = documents.pop("manifest")
        for name, document in documents.items():
            _write(document, building / f"{name}.json")
        files = {path.name: sha256(path) for path in sorted(building.iterdir())}
        manifest = json.loads(json.dumps(manifest, default=_plain)) | {"files": files}
        _write(manifest | {"seal": _seal(manifest)}, building / MANIFEST)
        if gate is not None:
            gate(building)


def _whole(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Write counts without decimals, also beside one that is withheld."""
    counts = [
        column
        for column in table.select_dtypes("float")
        if entry(name).column(str(column)).kind == "count"
        and (table[column].dropna() % 1 == 0).all()
    ]
    return table.astype(dict.fromkeys(counts, "Int64"))


def outgoing(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Give a manifest as it may go out: without times, and what files on a machine are called."""
    parameters = {**manifest.get("parameters", {}), "data": ""}
    kept = {k: v for k, v in manifest.items() if k not in ("seal", "seconds")}
    kept |= {"parameters": parameters, "inputs": {}}
    return kept | {"seal": _seal(kept)}


def _write(document: Any, path: Path) -> None:
    path.write_text(json.dumps(document, indent=1, default=_plain) + "\n", encoding="utf-8")


def is_whole(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Say whether a run's folder is, to the byte, what was written when its manifest was."""
    files = manifest.get("files", {})
    return manifest.get("seal") == _seal(manifest) and all(
        (folder / name).is_file() and sha256(folder / name) == digest
        for name, digest in files.items()
    )


def _seal(manifest: Mapping[str, Any]) -> str:
    # Two runs of the same are the same but for the time that they took.
    return digest_text({k: v for k, v in manifest.items() if k not in ("seal", "seconds")})


def _plain(value: Any) -> Any:
    """Turn a numpy scalar into a number of JSON."""
    return value.item() if hasattr(value, "item") else str(value)


def load_findings(folder: Path) -> Findings:
    """Read findings back from the results folder of a run."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise TransdxError(f"{folder} holds no finished run; make it with 'transdx run'")
    try:
        tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    except (ValueError, LookupError, TypeError, NotImplementedError, OSError) as error:
        raise_unless_damaged(error)
        raise TransdxError(
            f"{folder} holds a table that cannot be read ({error}); remove the folder, and make "
            "it again with 'transdx run'"
        ) from error
    try:
        check(tables)
    except TransdxError as error:
        raise TransdxError(
            f"{folder} was not made by this version ({error}); remove the folder, and make it "
            "again with 'transdx run'"
        ) from error
    return Findings(manifest["world"], tables, manifest)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Read what is said of a run, if there is one and its manifest is whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None
