"""What stands below what is shown: its words, what to take along, and of which run it is."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pandas as pd

from transdx.results.stamp import Stamp

_Own = TypeVar("_Own", bound="Shown")

#: Tables of so many rows are handed out to five significant digits: in full they would weigh more
#: than all pictures of a page, and results/ has every digit.
_LONG = 2_000


@dataclass(frozen=True)
class About:
    """What is known of something shown besides how it looks."""

    #: Its place on a page, and its files, are called so; without a name it has none.
    name: str = ""
    #: What is to be seen, with the numbers.
    caption: str = ""
    #: What it was drawn from.
    data: pd.DataFrame | None = None
    stamp: Stamp | None = None

    def file(self, ending: str, part: str = "") -> str:
        """Name a file of it, or of a part, and with it the run."""
        name = self.name + part
        return f"{self.stamp.file(name) if self.stamp else name}.{ending}"

    def csv(self) -> str:
        """Write what it was drawn from as CSV, and in its last columns of which run it is."""
        table = pd.DataFrame() if self.data is None else self.data
        if len(table) > _LONG:
            table = short(table)
        if self.stamp:
            table = self.stamp.fill(table)
        return str(table.to_csv(index=False, lineterminator="\n"))


@dataclass(frozen=True)
class Shown:
    """Something that a reader can cite and take along."""

    about: About = field(default=About(), kw_only=True, repr=False, compare=False)

    def captioned(self: _Own, caption: str, *, name: str = "") -> _Own:
        """Give the same with a caption, which says what is to be seen in this run.

        Parameters
        ----------
        caption : str
            Text, as `Findings.say` fills it.
        name : str, optional
            What it is called, where a page shows two that would have the same name.

        Returns
        -------
        Picture or Gallery
            The same, with the caption below it.
        """
        about = replace(self.about, caption=caption, name=name or self.about.name)
        return replace(self, about=about)


def short(table: pd.DataFrame) -> pd.DataFrame:
    """Round decimal numbers to five significant digits."""
    rounded = table.copy()
    for column in table.select_dtypes(float):
        rounded[column] = [float(f"{value:.5g}") for value in table[column]]
    return rounded


def packed(kind: str, content: bytes) -> str:
    """Pack a file into an address that needs no server."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def link(words: str, file: str, kind: str, content: bytes) -> str:
    """Write a link that hands out a file."""
    return f'<a download="{html.escape(file)}" href="{packed(kind, content)}">{words}</a>'


def foot(links: Iterable[str], stamp: Stamp | None) -> str:
    """Write the line below a figure or a table; a book adds where its code is."""
    run = f'<span class="transdx-stamp">{html.escape(stamp.words)}</span>' if stamp else ""
    parts = [*links, '<span class="transdx-code"></span>', run]
    return f'<p class="transdx-download">{" ".join(part for part in parts if part)}</p>'
