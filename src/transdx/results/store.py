"""Findings, and how they lie on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from transdx._files import atomic_folder
from transdx.errors import InputError, TransdxError, nearest
from transdx.results.each import for_each, put
from transdx.results.phrases import Numbers, look_up, written
from transdx.results.schema import check, entry
from transdx.study import adopt

__all__ = ["Findings", "Sentence", "load_findings", "save_findings"]


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

    @property
    def lists(self) -> dict[str, list[str]]:
        """What sentences go over: scores, those held against a diagnosis, kinds of measures."""
        columns = {"score": "associations", "modality": "associations", "validated": "validation"}
        return {
            name: list(dict.fromkeys(self.tables[table][name.replace("validated", "score")]))
            for name, table in columns.items()
            if table in self.tables
        }

    def table(self, name: str) -> pd.DataFrame:
        """Give a table by name.

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
        return self.tables[name]

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
        return self.tables.get("truth")

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


def save_findings(findings: Findings, folder: Path) -> None:
    """Write findings to a folder: whole, or not at all.

    Parameters
    ----------
    findings : Findings
        What was found.
    folder : pathlib.Path
        Results folder of the run; replaced if it exists.

    Raises
    ------
    TransdxError
        If a table has no entry in `transdx.results.schema.TABLES`, or other columns than that.
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
            table.to_csv(building / f"{name}.csv", index=False)
        for name, document in documents.items():
            text = json.dumps(document, indent=1, default=_plain)
            (building / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Turn a numpy scalar into a number of JSON."""
    return value.item() if hasattr(value, "item") else str(value)


def load_findings(folder: Path) -> Findings:
    """Read findings back.

    Parameters
    ----------
    folder : pathlib.Path
        Results folder of a run.

    Returns
    -------
    Findings

    Raises
    ------
    TransdxError
        If the folder holds no finished run, or tables that the schema does not know.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "open-quick")
    >>> power = pd.DataFrame({"n": [90], "alpha": 0.05, "label": "one", "smallest_beta": 0.3})
    >>> save_findings(Findings("open", {"power": power}, {"seconds": 1.5}), folder)
    >>> load_findings(folder).table("power")["n"].to_list()
    [90]
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise TransdxError(f"{folder} holds no finished run; make it with 'transdx run'") from error
    try:
        tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    except (ValueError, OSError) as error:
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
