"""References by author and year, in the list as in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx

__all__ = ["label_of", "setup"]


def label_of(entry: Entry) -> str:
    """Write who and when, as the text does.

    >>> from pybtex.database import Person
    >>> people = [Person("Nichols, Thomas E."), Person("Holmes, Andrew P.")]
    >>> label_of(Entry("article", fields={"year": "2002"}, persons={"author": people}))
    'Nichols and Holmes, 2002'
    """
    people = entry.persons.get("author") or entry.persons["editor"]
    names = [" ".join([*who.prelast_names, *who.last_names]).strip("{}") for who in people]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who}, {entry.fields.get('year', 'n. d.')}"


class AuthorYearLabels(BaseLabelStyle):  # type: ignore[misc]
    """Labels such as *Nichols and Holmes, 2002*, told apart by letters."""

    def format_labels(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Give the label of each entry."""
        labels = [label_of(entry) for entry in entries]
        seen: Counter[str] = Counter()
        for label in labels:
            seen[label] += 1
            yield label + (chr(96 + seen[label]) if labels.count(label) > 1 else "")


class AuthorYear(Unsorted):  # type: ignore[misc]
    """A list in the order of names and years."""

    default_label_style = AuthorYearLabels
    default_sorting_style = "author_year_title"

    def sort(self, entries: Iterable[Entry]) -> list[Entry]:
        """Sort by what the labels show."""
        return sorted(entries, key=lambda entry: label_of(entry).casefold())


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the style known by its name."""
    register_plugin("pybtex.style.formatting", "author_year_list", AuthorYear)
    return {"version": "1", "parallel_read_safe": True}
