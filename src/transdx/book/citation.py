"""Who made this, when, and how it is cited: CITATION.cff, for readers and for BibTeX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

__all__ = ["Citation", "read_citation", "setup"]

FILE = "CITATION.cff"
#: How BibTeX calls the types of works that the Citation File Format knows.
TYPES = {"software": "software", "article": "article"}


@dataclass(frozen=True)
class Citation:
    """A work as CITATION.cff describes it: this book, or one that it refers to."""

    fields: dict[str, Any]

    @property
    def released(self) -> date | None:
        """The day of the version, if it was released."""
        day = self.fields.get("date-released")
        return date.fromisoformat(str(day)) if day else None

    @property
    def doi(self) -> str:
        """The DOI, or nothing."""
        return str(self.fields.get("doi") or "")

    @property
    def version(self) -> str:
        """The version and its day, as a reader reads them."""
        day = f"{self.released:%-d %B %Y}" if self.released else "not yet released"
        return f"Version {self.fields['version']}, {day}"

    @property
    def authors(self) -> list[tuple[str, str]]:
        """Names of the authors with their ORCID, or nothing in its place."""
        return [
            (person.get("name") or f"{person['given-names']} {person['family-names']}",
             str(person.get("orcid", "")))
            for person in self.fields["authors"]
        ]  # fmt: skip

    def bibtex(self, key: str) -> str:
        """Write the entry of a bibliography.

        >>> book = {"type": "software", "title": "A book", "authors": [{"name": "The makers"}]}
        >>> print(Citation(book).bibtex("book"))
        @software{book,
            author = "{The makers}",
            title = "A book"
        }
        """
        from pybtex.database import BibliographyData, Entry, Person

        persons = [
            Person(f"{{{who['name']}}}" if "name" in who else
                   f"{who['family-names']}, {who['given-names']}")
            for who in self.fields["authors"]
        ]  # fmt: skip
        year = self.released.year if self.released else self.fields.get("year")
        told = {
            "title": self.fields["title"],
            "journal": self.fields.get("journal"),
            "version": self.fields.get("version"),
            "year": year,
            "doi": self.doi,
            "url": self.fields.get("url") or self.fields.get("repository-code"),
        }
        kept = {name: str(value) for name, value in told.items() if value}
        entry = Entry(TYPES[self.fields["type"]], fields=kept, persons={"author": persons})
        return str(BibliographyData({key: entry}).to_string("bibtex")).strip()


def read_citation(root: Path) -> tuple[Citation, list[Citation]]:
    """Read how the book is cited, and the works that it refers to."""
    from yaml import safe_load

    try:
        held = safe_load((root / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExtensionError(f"{FILE} is not there, which says how the book is cited") from None
    return Citation(held), [Citation(other) for other in held.get("references", ())]


class Byline(SphinxDirective):
    """The directive ``{byline}``: who made the book, its version and day, its DOI."""

    def run(self) -> list[nodes.Node]:
        """Write one line."""
        _depends_on(self)
        book, _ = read_citation(Path(self.config.transdx_root))
        line = nodes.paragraph(classes=["transdx-byline"])
        for name, orcid in book.authors:
            line += nodes.reference(name, name, refuri=orcid) if orcid else nodes.Text(name)
            line += nodes.Text(" · ")
        line += nodes.Text(f"{book.version} · DOI: ")
        address = f"https://doi.org/{book.doi}"
        line += nodes.reference(book.doi, book.doi, refuri=address) if book.doi else _none()
        return [line]


def _none() -> nodes.Node:
    return nodes.Text("none yet")


class BibTeX(SphinxDirective):
    """The directive ``{bibtex}``: the book's own entry (``book``), or that of its study."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the entry, to be copied."""
        _depends_on(self)
        book, others = read_citation(Path(self.config.transdx_root))
        (which,) = self.arguments
        text = book.bibtex("transdx") if which == "book" else others[0].bibtex("delange2025")
        return [nodes.literal_block(text, text, language="bibtex")]


def _depends_on(directive: SphinxDirective) -> None:
    directive.env.note_dependency(str(Path(directive.config.transdx_root) / FILE))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("byline", Byline)
    app.add_directive("bibtex", BibTeX)
    return {"version": "1", "parallel_read_safe": True}
