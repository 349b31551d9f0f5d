"""Which run something is of: on every picture, table and notebook that leaves a book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

__all__ = ["WORDS", "Stamp", "stamp_of"]

#: How each world is called.
WORDS = {"simulated": "Simulated data", "open": "Open data", "ukb": "UK Biobank data"}
#: Where a table keeps its stamp.
_KEY = "transdx"


@dataclass(frozen=True)
class Stamp:
    """World, name and seed of a run, and the version that made it.

    >>> stamp = Stamp("simulated", "simulated-quick", 1, "0.1.0")
    >>> stamp.words
    'Simulated data, run simulated-quick, seed 1, transdx 0.1.0'
    >>> stamp.file("claims")
    'claims_simulated-quick-seed1'
    """

    world: str
    run: str
    seed: int
    version: str

    @property
    def words(self) -> str:
        """Say it in a line."""
        return f"{WORDS[self.world]}, run {self.run}, seed {self.seed}, transdx {self.version}"

    def file(self, name: str) -> str:
        """Name a file of the run; the name of a run leaves out the usual seed."""
        seed = f"seed{self.seed}"
        return f"{name}_{self.run}" + ("" if seed in self.run.split("-") else f"-{seed}")

    def mark(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the same table with the stamp on it."""
        marked = table.copy(deep=False)
        marked.attrs[_KEY] = asdict(self)
        return marked

    def fill(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add the stamp as the last columns: no reader of CSV skips those, or chokes on them."""
        return table.assign(**asdict(self))


def stamp_of(table: pd.DataFrame) -> Stamp | None:
    """Read the stamp that is on a table of a run, if it is one."""
    held: Mapping[str, Any] | None = table.attrs.get(_KEY)
    return Stamp(**held) if held else None
