"""Links to the repository: right where its address is set, and none where it is not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup

from transdx.book.contents import find_chapters, write_contents
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.errors import TransdxError

HOME = Path(__file__).parents[2]
ADDRESS = "https://github.com/somebody/brains"
FIRST = "# A book\n\n:::{published}\nRun `pip install git+{address}@{branch}` first.\n:::\n"


@pytest.fixture
def rendered(book: Any) -> Any:
    """Render the small book with the settings of the real one, and an address."""
    book.find("simulated-quick", 1234)
    source = book.notebook("About <!--score-->a score<!--/-->")
    source["metadata"]["transdx"] = {"editions": {"score": ["anxiety"]}}
    source["cells"][1]["source"] += '\nscore: str = "anxiety"'
    book.write("notebooks/02-scores.ipynb", json.dumps(source))
    (book.root / "notebooks/02-open.ipynb").unlink()
    toc = (book.root / "_toc.yml").read_text(encoding="utf-8")
    book.write("_toc.yml", toc.replace("02-open", "02-scores"))
    book.write("book/index.md", FIRST)
    book.write("book/references.bib", "")
    shutil.copy(HOME / "book" / "needs_transdx.py", book.root / "book")
    book.write("book/_static/favicon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    for chapter in find_chapters(book.root)[0]:
        executed = json.loads(chapter.path.read_text(encoding="utf-8"))
        page = publish(executed, {"world": "simulated", "seed": 1, "score": "anxiety"})
        book.write(f"book/chapters/{chapter.name}.ipynb", json.dumps(page))
    write_contents(book.root, find_chapters(book.root)[0])

    def render_with(address: str) -> dict[str, BeautifulSoup]:
        settings = yaml.safe_load((HOME / "_config.yml").read_text(encoding="utf-8"))
        settings["repository"]["url"] = address
        book.write("_config.yml", yaml.safe_dump(settings))
        site = render(book.root).parent
        return {
            name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
            for name in ("index", "chapters/01-cohort", "chapters/02-anxiety")
        }

    return render_with


def addresses(page: BeautifulSoup) -> list[str]:
    links = page.select(".article-header-buttons a[href], .header-article a[href]")
    found = (str(link["href"]) for link in links)
    return sorted({link for link in found if link.startswith("http")})


def test_pages_lead_to_their_source_and_to_where_they_run(rendered: Any) -> None:
    pages = rendered(f"{ADDRESS}.git")
    for name, source in {
        "chapters/01-cohort": "notebooks/01-cohort.ipynb",
        # The edition of a notebook leads to the notebook.
        "chapters/02-anxiety": "notebooks/02-scores.ipynb",
    }.items():
        issue = f"{ADDRESS}/issues/new?title=Issue%20on%20page%20%2F{name}.html"
        assert [re.sub("&body=.*", "", link) for link in addresses(pages[name])] == sorted(
            [
                ADDRESS,
                f"{ADDRESS}/blob/main/{source}?plain=1",
                f"{ADDRESS}/edit/main/{source}",
                issue,
                f"https://colab.research.google.com/github/somebody/brains/blob/main/{source}",
                f"https://mybinder.org/v2/gh/somebody/brains/main?urlpath=lab/tree/{source}",
            ]
        )
    prose = addresses(pages["index"])
    assert f"{ADDRESS}/edit/main/book/index.md" in prose
    assert not [link for link in prose if "mybinder" in link or "colab" in link]
    assert f"pip install git+{ADDRESS}@main" in pages["index"].get_text()


def test_without_an_address_nothing_leads_anywhere(rendered: Any) -> None:
    for name, page in rendered("").items():
        assert addresses(page) == [], name
        text = str(page)
        for word in ("mybinder", "colab", "/edit/", "issues/new", "git+", "Source repositor"):
            assert word not in text, (name, word)


@pytest.mark.parametrize("wrong", ["github.com/somebody/brains", "https://example.org/a/b"])
def test_what_is_no_address_is_said_so(rendered: Any, wrong: str) -> None:
    with pytest.raises(TransdxError, match=f"url is the address of a .* or empty; got '{wrong}'"):
        rendered(wrong)


def test_another_host_has_what_is_there_for_it(rendered: Any) -> None:
    elsewhere = "https://gitlab.com/somebody/brains"
    found = addresses(rendered(elsewhere)["chapters/01-cohort"])
    assert f"{elsewhere}/-/edit/main/notebooks/01-cohort.ipynb" in found
    assert [link for link in found if "mybinder.org/v2/gl/somebody%2Fbrains/main?" in link]
    assert not [link for link in found if "colab" in link]
