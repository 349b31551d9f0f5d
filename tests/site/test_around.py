"""Around the text: the search, cards of terms and references, what a page says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect


def test_search_finds_a_region_in_tables_and_shows_where(site: Path, reader: Page) -> None:
    reader.goto((site / "search.html").as_uri() + "?q=left+caudate")
    expect(reader.locator("#search-status")).to_contain_text("places on")
    pages = reader.locator("#search-results h2").all_inner_texts()
    assert len(pages) == len(set(pages)) >= 3
    row = reader.locator(".transdx-row").first
    assert {mark.lower() for mark in row.locator("mark").all_inner_texts()} >= {"left", "caudate"}
    link = reader.locator("#search-results li:has(.transdx-row) a").first
    with reader.expect_navigation():
        link.click()
    expect(reader.locator("article")).to_contain_text("caudate", ignore_case=True)
    assert "#" in reader.url


def test_search_says_where_nothing_is_found(site: Path, reader: Page) -> None:
    reader.goto((site / "search.html").as_uri() + "?q=zygomorphic")
    expect(reader.locator("#search-status")).to_contain_text("Nothing found for “zygomorphic”")


def test_search_takes_what_is_typed_as_text(site: Path, reader: Page) -> None:
    reader.goto((site / "search.html").as_uri() + "?q=%3Cimg%20src%3Dx%3E")
    expect(reader.locator("#search-status")).not_to_be_empty()
    assert reader.locator("#search-results img").count() == 0


def test_search_results_pass_axe(site: Path, reader: Page, axe: str) -> None:
    reader.goto((site / "search.html").as_uri() + "?q=thalamus")
    expect(reader.locator("#search-results h2").first).to_be_visible()
    reader.evaluate(axe)
    found = reader.evaluate("async () => (await axe.run()).violations")
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("kind", ["a.transdx-term", "a[href*='references.html#']"])
def test_cards_come_by_mouse_and_key_and_go_by_escape(site: Path, reader: Page, kind: str) -> None:
    reader.goto((site / "methods.html").as_uri())
    link, card = reader.locator(f"article {kind}").first, reader.locator("#transdx-card")
    expect(card).to_be_hidden()
    link.focus()
    expect(card).to_be_visible()
    assert link.get_attribute("aria-describedby") == "transdx-card"
    assert len(card.inner_text()) > 30
    reader.keyboard.press("Escape")
    expect(card).to_be_hidden()
    link.hover()
    expect(card).to_be_visible()
    reader.mouse.move(0, 0)
    expect(card).to_be_hidden()


@pytest.mark.light
def test_a_page_says_once_what_it_is_and_of_which_data(view: Any) -> None:
    head = view.ask(
        """() => ({
          title: document.title,
          viewports: document.querySelectorAll('meta[name="viewport"]').length,
          told: document.querySelector('meta[name="description"]').content,
          card: document.querySelector('meta[property="og:image"]').content,
          icon: document.querySelector('link[rel~="icon"]').href,
          name: document.querySelector('meta[property="og:site_name"]').content,
        })"""
    )
    assert head["viewports"] == 1
    assert head["title"].count(head["name"]) == 1
    assert head["told"].startswith(("Simulated data. ", "Open data. ", "UK Biobank data. "))
    assert 30 < len(head["told"]) <= 220
    for address in (head["card"], head["icon"]):
        path = Path(address.removeprefix("file://"))
        assert (view.page.parent / path).resolve().is_file()
