"""Every page, light and dark, from a phone to a desk: whole, quiet, reachable, its world named."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pytest

WIDTHS = (390, 1000, 1100, 1400)
LOCAL = ("file:", "data:", "about:", "blob:")

# How far something reaches beyond what can be seen of it, and over what.
OVER = """() => {
  const edge = (node) => {
    let least = innerWidth;
    for (; node && node !== document.body; node = node.parentElement)
      if (getComputedStyle(node).overflowX !== "visible")
        least = Math.min(least, node.getBoundingClientRect().right);
    return least;
  };
  const shown = (node) => node.checkVisibility({ checkOpacity: true, visibilityProperty: true });
  const name = (node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`;
  const free = "pre, mjx-container, .transdx-table, .pst-scrollable-table-container";
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    wide: [...document.querySelectorAll("article *")]
      .filter((node) => shown(node) && !node.closest(free)
        && node.getBoundingClientRect().right > edge(node.parentElement) + 1).map(name),
    cut: [...document.querySelectorAll("article table")]
      .filter((table) => shown(table)
        && table.getBoundingClientRect().right > edge(table.parentElement) + 1).map(name),
  };
}"""
BANNER = """() => {
  const banner = document.querySelector(".transdx-banner");
  const heading = [...document.querySelectorAll("article h1, h1")].find((h) => h.offsetParent);
  return banner && {
    words: banner.innerText,
    high: banner.getBoundingClientRect().height,
    clear: heading.getBoundingClientRect().top >= banner.getBoundingClientRect().bottom,
  };
}"""
PICTURES = """() => [...document.images].map((image) => ({
  alt: image.alt.trim(),
  name: image.src.slice(0, 80),
  lost: image.offsetParent !== null && image.complete && !image.naturalWidth,
}))"""
MATHS = """() => ({
  written: document.querySelectorAll(".math").length,
  typeset: document.querySelectorAll(".math mjx-container").length,
  wrong: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map((m) => m.textContent),
})"""
TABLES = """() => [...document.querySelectorAll(".transdx-table")].map((view) => ({
  rows: [...view.querySelectorAll("tbody tr:not(.transdx-heading)")], view,
})).map(({ rows, view }) => ({
  address: view.querySelector("a[download]")?.href ?? "",
  run: view.dataset.run ?? "",
  names: rows.map((row) => row.cells[0].textContent),
  numbers: [...view.querySelectorAll("thead tr:last-child th")].map((header, column) => [
    header.dataset.group ?? "",
    rows.map((row) => row.cells[column].dataset.value),
  ]).filter(([group, values]) => values.every((value) => value !== undefined)),
}))"""
# Sentences that stand below folded code, which only figures and tables do.
TEMPLATES = """() => [...document.querySelectorAll(".cell:has(details.above-input) .cell_output")]
  .filter((shown) => !shown.querySelector("img, svg, table, pre, .transdx-note"))
  .map((shown) => shown.textContent.slice(0, 80))"""
# Long tables are all alike below their first rows.
SERIOUS = """async (rules) => (await axe.run(
    { exclude: [".transdx-table tbody tr:nth-child(n + 6)"] },
    { resultTypes: ["violations"], ...(rules && { runOnly: rules }) })).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)}`))"""


def test_asks_for_nothing_and_complains_of_nothing(view: Any) -> None:
    assert [address for address in view.requests if not address.startswith(LOCAL)] == []
    assert view.messages == []


def test_shows_its_world_above_the_page(view: Any) -> None:
    banner = view.ask(BANNER)
    assert banner
    assert re.match(r"(Simulated|Open|UK Biobank) data \w", banner["words"])
    assert banner["high"] > 20
    assert banner["clear"]


def test_follows_the_scheme_of_the_system(view: Any) -> None:
    assert view.ask("document.documentElement.dataset.theme") == view.scheme
    ground = view.ask("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128) == (view.scheme == "light")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_and_no_page_scrolls_sideways(view: Any, width: int) -> None:
    view.widen(width)
    over = view.ask(OVER)
    assert over["sideways"] <= 0
    assert over["wide"] == []
    assert over["cut"] == []


def test_pictures_are_there_and_told(view: Any) -> None:
    pictures = view.ask(PICTURES)
    assert [picture["name"] for picture in pictures if not picture["alt"]] == []
    assert [picture["name"] for picture in pictures if picture["lost"]] == []


@pytest.mark.light
def test_no_code_is_folded_above_a_sentence(view: Any) -> None:
    assert view.ask(TEMPLATES) == []


def test_equations_are_typeset(view: Any) -> None:
    maths = view.ask(MATHS)
    assert maths["typeset"] == maths["written"]
    assert maths["wrong"] == []


@pytest.mark.light
def test_links_lead_somewhere(view: Any) -> None:
    addresses = view.ask("() => [...document.links].map((link) => link.getAttribute('href'))")
    assert [address for address in addresses if not _leads(view.page, address)] == []


def _leads(page: Path, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return False
    place = re.escape(unquote(parts.fragment))
    return not place or bool(re.search(f'(id|name)="{place}"', target.read_text(encoding="utf-8")))


@pytest.mark.light
def test_downloads_hold_the_numbers_of_their_tables(view: Any) -> None:
    words = view.tab.locator(".transdx-banner-words").inner_text().removesuffix(":")
    for table in view.ask(TABLES):
        file = Path(url2pathname(urlsplit(table["address"]).path))
        header, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
        assert header[-4:] == ["world", "run", "seed", "version"]
        assert table["run"].startswith(words)
        if not rows:
            assert table["names"] == []
            continue
        _, run, seed, _ = rows[0][-4:]
        assert file.stem.endswith(f"_{run}" if f"seed{seed}" in run else f"_{run}-seed{seed}")
        assert {len(row) for row in rows} <= {len(header)}
        assert len(rows) >= len(table["names"])
        beside = any(score for score, _ in table["numbers"])
        for score, numbers in table["numbers"]:
            shown = (_rows_of(score, header, rows) if beside else rows)[: len(table["names"])]
            held = [[_number(row[column]) for row in shown] for column in range(len(header))]
            assert [_number(text) for text in numbers] in held


def _rows_of(score: str, header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Rows of a score or of two in the order of names; without one, the first of each name."""
    ends = {"feature", "annotation"}
    ends |= {
        f"{name}{end}" for name in ("region", "network", "modality") for end in ("", "_a", "_b")
    }
    names = [column for column, name in enumerate(header) if name in ends]
    scores = [
        column for column, name in enumerate(header) if name in ("score", "score_a", "score_b")
    ]
    first: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        first.setdefault(tuple(row[column] for column in names), row)
    if not score:
        return list(first.values())
    order = list(first)
    asked = score.lower().split(" − ")
    own = [row for row in rows if [row[column] for column in scores] == asked]
    return sorted(own, key=lambda row: order.index(tuple(row[column] for column in names)))


def _number(text: str) -> float | str | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text


@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_serious(view: Any, axe: str, width: int) -> None:
    view.widen(width)
    if not view.ask("() => 'axe' in window"):
        view.ask(axe)
    # What is there is the same in the dark, but for its colours.
    rules = ["color-contrast"] if view.scheme == "dark" else None
    assert view.tab.evaluate(SERIOUS, rules) == []
