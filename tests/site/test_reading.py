"""What a reader does: goes on, searches, sorts, takes tables along, reads in the dark, by keys."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from playwright.sync_api import Page, expect

TABLED = "chapters/02-global.html"
RING = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const ringed = (part) => {
    const style = getComputedStyle(part);
    const box = part.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && (style.boxShadow !== "none"
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0));
  };
  return {
    name: node.outerHTML.slice(0, 120),
    ringed: [node, ...node.children].some(ringed),
  };
}"""
COLUMN = (
    """(table) => [...table.tBodies[0].rows].map((row) => Number(row.cells[1].dataset.value))"""
)


def test_next_leads_through_the_whole_book(site: Path, reader: Page) -> None:
    reader.goto((site / "index.html").as_uri())
    listed = set(
        reader.eval_on_selector_all("nav.bd-links a.internal", "(a) => a.map((l) => l.href)")
    )
    visited = []
    while (onward := reader.locator("a.right-next")).count():
        with reader.expect_navigation():
            onward.click()
        expect(reader.locator("article h1")).to_have_count(1)
        assert reader.url not in visited
        visited.append(reader.url)
    assert len(visited) >= 15
    assert {address for address in listed if "#" not in address} <= {*visited, reader.url}


def test_search_finds_without_network(site: Path, reader: Page) -> None:
    reader.goto((site / TABLED).as_uri())
    reader.keyboard.press("Control+k")
    reader.keyboard.type("bootstrap")
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/search.html?q=bootstrap*")
    found = reader.locator("#search-results li a")
    expect(found.first).to_be_visible(timeout=15_000)
    found.first.click()
    expect(reader.locator("article")).to_contain_text("bootstrap", ignore_case=True)


@pytest.mark.parametrize("key", ["mouse", "Enter", "Space"])
def test_tables_sort_by_mouse_and_by_key(site: Path, reader: Page, key: str) -> None:
    reader.goto((site / TABLED).as_uri())
    table = reader.locator("#table-contrasts table")
    header = table.locator("thead tr").last.locator("th").nth(1)
    before = table.evaluate(COLUMN)
    for direction, ordered in (
        ("ascending", sorted(before)),
        ("descending", sorted(before, reverse=True)),
    ):
        if key == "mouse":
            header.locator("button").click()
        else:
            header.locator("button").focus()
            reader.keyboard.press(key)
        assert header.get_attribute("aria-sort") == direction
        assert table.evaluate(COLUMN) == ordered != before


def test_long_tables_are_filtered_and_end_with_a_whole_row(site: Path, reader: Page) -> None:
    reader.goto((site / "chapters/03-regional.html").as_uri())
    view = reader.locator("#table-associations-thickness")
    rows = view.locator("tbody tr:visible")
    everything = rows.count()
    cut = view.locator(".transdx-scroll").evaluate(
        """(box) => [...box.querySelectorAll("tbody tr")].map((row) => row.getBoundingClientRect())
        .filter((row) => row.top < box.getBoundingClientRect().bottom - 2
          && row.bottom > box.getBoundingClientRect().bottom + 1).length"""
    )
    assert cut == 0
    view.get_by_label("Filter rows").fill("LEFT cingulate")
    names = rows.locator("th").all_inner_texts()
    assert len(names) == 4 < everything
    assert all(name.startswith("Left ") and name.endswith("cingulate") for name in names)
    expect(view.locator("output")).to_have_text(f"4 of {everything} rows")
    view.get_by_label("Filter rows").fill("")
    assert rows.count() == everything


def test_on_a_phone_a_list_sorts_and_the_first_cards_stand_for_all(
    site: Path, reader: Page
) -> None:
    reader.set_viewport_size({"width": 390, "height": 844})
    reader.goto((site / "chapters/03-regional.html").as_uri())
    view = reader.locator("#table-associations-thickness")
    cards, rest = view.locator("tbody tr:visible"), view.get_by_role("button", name="Show all")
    assert cards.count() == 6
    expect(rest).to_have_text("Show all 66 rows")
    expect(view.locator("thead")).to_be_hidden()
    box = view.locator(".transdx-scroll")
    assert box.evaluate("(box) => box.scrollHeight <= box.clientHeight + 1"), "a card is cut"
    table, order = view.locator("table"), view.get_by_label("Sort by")
    assert order.locator("option").all_inner_texts()[:3] == ["choose", "Measure", "Insomnia β"]
    before = table.evaluate(COLUMN)
    order.select_option("Insomnia β")
    assert table.evaluate(COLUMN) == sorted(before) != before
    view.get_by_role("button", name="ascending").click()
    assert table.evaluate(COLUMN) == sorted(before, reverse=True)
    view.get_by_label("Filter rows").fill("insula")
    assert cards.count() == 2
    expect(rest).to_be_hidden()
    view.get_by_label("Filter rows").fill("left")
    expect(rest).to_have_text("Show all 33 rows")
    rest.click()
    assert cards.count() == 33


@pytest.mark.parametrize("what", ["Data (CSV)", "Download CSV"])
def test_what_is_taken_along_is_the_file_beside_the_pages(
    site: Path, reader: Page, what: str
) -> None:
    reader.goto((site / TABLED).as_uri())
    link = reader.locator("a", has_text=what).first
    file = Path(url2pathname(urlsplit(link.evaluate("(a) => a.href")).path))
    with reader.expect_download() as taken:
        link.click()
    assert taken.value.suggested_filename == file.name
    assert taken.value.path().read_bytes() == file.read_bytes()


@pytest.mark.parametrize("what", ["SVG", "PNG", ".ipynb"])
def test_pictures_of_a_book_in_a_folder_open_beside_the_page(
    site: Path, reader: Page, what: str
) -> None:
    reader.goto((site / TABLED).as_uri())
    if what == ".ipynb":
        reader.get_by_role("button", name="Download this page").click()
    link = reader.locator(".transdx-shown a, .dropdown-item", has_text=what).first
    with reader.context.expect_page() as opened:
        link.click()
    assert opened.value.url == link.evaluate("(a) => a.href")


def test_a_figure_leads_to_its_place_and_to_its_code(site: Path, reader: Page) -> None:
    reader.goto((site / TABLED).as_uri())
    figure = reader.locator("figure.transdx-shown").first
    label = figure.locator(".transdx-label")
    assert label.inner_text() == "Figure 2.1"
    label.click()
    assert reader.url.endswith(f"#{figure.get_attribute('id')}")
    code = reader.locator(f"#code-{figure.get_attribute('id')}")
    expect(code).to_be_hidden()
    figure.get_by_text("Code", exact=True).click()
    expect(code).to_be_visible()
    expect(code).to_contain_text("figures.")


def test_rows_that_are_copied_say_their_run(site: Path, reader: Page) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.goto((site / TABLED).as_uri())
    table = reader.locator(".transdx-table").first
    table.locator("tbody tr").first.evaluate("(row) => getSelection().selectAllChildren(row)")
    reader.keyboard.press("Control+c")
    copied = reader.evaluate("navigator.clipboard.readText()")
    assert table.locator("tbody th").first.inner_text() in copied
    assert copied.rstrip().endswith(table.get_attribute("data-run"))


def test_the_dark_is_chosen_and_kept(site: Path, reader: Page) -> None:
    reader.goto((site / TABLED).as_uri())
    switch = reader.locator(".theme-switch-button").first
    for _ in range(3):
        if reader.evaluate("document.documentElement.dataset.mode") == "dark":
            break
        switch.click()
    reader.goto((site / "chapters" / "03-regional.html").as_uri())
    assert reader.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(reader.get_by_role("button", name="Colour mode: Dark").first).to_be_visible()
    expect(reader.locator(".transdx-figure img.transdx-dark").first).to_be_visible()
    expect(reader.locator(".transdx-figure img.transdx-light").first).to_be_hidden()
    first = reader.locator(".transdx-figure img.transdx-dark").first
    first.scroll_into_view_if_needed()
    expect(first).to_have_js_property("complete", True)
    assert first.evaluate("(image) => image.naturalWidth") > 0


@pytest.mark.parametrize("width", [1400, 390])
def test_every_stop_of_the_keyboard_is_seen(site: Path, reader: Page, width: int) -> None:
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto((site / TABLED).as_uri())
    reader.locator("article").wait_for()
    stops = []
    for _ in range(200):
        reader.keyboard.press("Tab")
        stop = reader.evaluate(RING)
        if stop is None:
            break
        stops.append(stop)
    assert 20 < len(stops) < 200
    assert [stop["name"] for stop in stops if not stop["ringed"]] == []


def test_contents_fold_beside_a_wide_table(site: Path, reader: Page) -> None:
    reader.goto((site / "chapters" / "05-connectivity.html").as_uri())
    contents = reader.locator(".bd-sidebar-secondary")
    expect(contents).not_to_contain_class("hide")
    reader.locator(".transdx-table").last.evaluate("(table) => table.scrollIntoView()")
    expect(contents).to_contain_class("hide")
