"""Pages are light: what they show comes when it is seen, and each file says of which run it is."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from PIL import Image
from playwright.sync_api import Browser

#: A page, and with it what a reader sees first.
HEAVIEST = 1_500_000
PACKED = re.compile(r'="data:[^"]{2000}')
# Room that is kept for a picture before it is there.
ROOM = """() => [...document.querySelectorAll(".transdx-figure img")]
  .filter((image) => image.checkVisibility())
  .map((image) => [image.getBoundingClientRect(), image.height / image.width,
    image.getAttribute("height") / image.getAttribute("width")])
  .filter(([box, is, said]) => box.height < 20 || Math.abs(is - said) > 0.02)"""


def _file(address: str) -> Path:
    return Path(url2pathname(urlsplit(address).path))


@pytest.fixture
def opened(site: Path, browser: Browser, request: Any) -> Any:
    """What a browser asks for when it opens a page for the first time, and sees its top."""
    context = browser.new_context(
        offline=True, color_scheme=request.param[1], viewport={"width": 1400, "height": 900}
    )
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda one: asked.append(one.url))
    tab.goto((site / request.param[0]).as_uri(), wait_until="load")
    yield tab, asked
    context.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "opened" in metafunc.fixturenames:
        site = metafunc.config.getoption("--site")
        names = sorted(p.relative_to(site).as_posix() for p in site.glob("chapters/*.html"))
        seen = [(name, scheme) for name in ["index.html", *names] for scheme in ("light", "dark")]
        ids = [f"{Path(name).stem}-{scheme}" for name, scheme in seen]
        metafunc.parametrize("opened", seen, indirect=True, ids=ids)


def test_a_page_fetches_little_and_nothing_twice(opened: Any, site: Path) -> None:
    tab, asked = opened
    files = [_file(address) for address in asked if address.startswith("file:")]
    assert len(files) == len(set(files))
    own = [file for file in files if "_static" not in file.parts and file.suffix != ".js"]
    assert sum(file.stat().st_size for file in own) < HEAVIEST
    other = {"light": "dark", "dark": "light"}[
        tab.evaluate("document.documentElement.dataset.theme")
    ]
    assert [file.name for file in own if f"-{other}_" in file.name] == []
    shown = tab.locator(".transdx-figure img").count()
    # What a cell drew by itself has one colour scheme.
    of_schemes = [file for file in own if file.parent.name == "_results"]
    assert len(of_schemes) <= shown / 2
    assert tab.evaluate(ROOM) == []


@pytest.mark.light
def test_nothing_heavy_is_packed_into_a_page(view: Any) -> None:
    assert PACKED.findall(view.page.read_text(encoding="utf-8")) == []


@pytest.mark.light
def test_what_a_page_shows_has_a_number_of_its_own(view: Any) -> None:
    said = view.ask(
        "() => [...document.querySelectorAll('.transdx-label')].map((l) => l.innerText)"
    )
    assert len(set(said)) == len(said)
    for kind in ("Figure", "Table"):
        ends = [int(words.rpartition(".")[2]) for words in said if words.startswith(kind)]
        if "chapters" in view.page.parts:
            assert ends == list(range(1, len(ends) + 1))


def test_every_file_says_of_which_run_it_is_and_is_led_to(site: Path) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    files = sorted((site / "_results").iterdir())
    assert {file.suffix for file in files} == {".csv", ".png", ".svg"}
    for file in files:
        assert f"_results/{file.name}" in pages, "nothing leads to this file"
        name = file.stem.rpartition("_")[2]
        if file.suffix == ".csv" and file.read_text(encoding="utf-8").count("\n") == 1:
            continue  # A table without a row has but its headers.
        world, run, seed = _said(file)
        assert name in (run, f"{run}-seed{seed}")
        assert run.startswith(world), file.name


def _said(file: Path) -> tuple[str, str, str]:
    """Read the world, run and seed in the bytes of a file."""
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as lines:
            row = next(csv.DictReader(lines))
            return row["world"], row["run"], row["seed"]
    if file.suffix == ".png":
        words = Image.open(file).text["Source"]
    else:
        words = ET.parse(file).findtext("{http://www.w3.org/2000/svg}desc") or ""
    found = re.search(r"(Simulated|Open|UK Biobank) data, run ([\w-]+), seed (\d+), ", words)
    assert found, f"{file.name}: {words[-200:]}"
    worlds = {"Simulated": "simulated", "Open": "open", "UK Biobank": "ukb"}
    return worlds[found[1]], found[2], found[3]
