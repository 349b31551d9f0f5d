"""Brains turn by pointer and by key, and say what the results say, without network."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from transdx.naming import label

MAPS = "chapters/03-regional.html"
#: Where a brain is pointed at, in pixels from its corner, and the colour there.
POINT = {"x": 350, "y": 250}
COLOUR = """(canvas, point) => [...canvas.getContext("2d").getImageData(
  point.x * canvas.width / canvas.clientWidth, point.y * canvas.width / canvas.clientWidth, 1, 1)
  .data]"""
SERIOUS = """async () => (await axe.run(".transdx-brain")).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)}`))"""


def results(site: Path, page: Page) -> pd.DataFrame:
    """Read the associations of the run that a page shows."""
    run = page.locator("meta[name=transdx-run]").get_attribute("content")
    return pd.read_csv(site.parents[1] / "results" / str(run) / "associations.csv")


@pytest.fixture
def brain(site: Path, reader: Page) -> Locator:
    """The first map of a chapter, opened to be turned."""
    reader.emulate_media(reduced_motion="reduce")
    reader.goto((site / MAPS).as_uri())
    reader.locator(".transdx-turn").first.click()
    brain = reader.locator(".transdx-brain").first
    expect(brain.get_by_role("status")).to_contain_text("survive")
    return brain


def colour(brain: Locator) -> list[int]:
    return list(brain.locator("canvas").evaluate(COLOUR, POINT))[:3]


def point(brain: Locator) -> None:
    brain.locator("canvas").hover(position={"x": 1, "y": 1})
    brain.locator("canvas").hover(position=POINT)


def said(brain: Locator) -> tuple[str, float]:
    words = brain.get_by_role("status").inner_text()
    found = re.fullmatch(r"(.+): β = (−?[\d.]+) .*", words)
    assert found, words
    return found[1].lower(), float(found[2].replace("−", "-"))


def test_a_region_that_is_pointed_at_says_its_value(
    site: Path, reader: Page, brain: Locator
) -> None:
    table = results(site, reader)
    for modality in ("thickness", "surface_area"):
        for score in table["score"].unique():
            brain.get_by_label("Measure").select_option(modality)
            brain.get_by_label("Score").select_option(score)
            point(brain)
            name, value = said(brain)
            rows = table[(table["modality"] == modality) & (table["score"] == score)]
            rows = rows[rows["feature"].map(label) == name]
            assert rows["beta"].to_list() == pytest.approx([value], abs=0.0005)


def test_arrow_keys_and_buttons_turn_it_and_say_what_lies_in_the_middle(
    reader: Page, brain: Locator
) -> None:
    canvas = brain.get_by_role("application")
    canvas.focus()
    before, first = colour(brain), canvas.get_attribute("aria-label")
    for _ in range(6):
        reader.keyboard.press("ArrowRight")
    assert canvas.get_attribute("aria-label") != first
    expect(canvas).to_have_attribute("aria-label", re.compile("from behind"))
    assert colour(brain) != before
    assert said(brain)[0].startswith("left ")
    for _ in range(6):
        brain.get_by_role("button", name="Turn left").click()
    expect(canvas).to_have_attribute("aria-label", re.compile("from the left"))
    assert colour(brain) == before


def test_a_region_can_be_found_by_name(site: Path, reader: Page, brain: Locator) -> None:
    brain.get_by_label("Side").select_option("both")
    brain.get_by_label("Find").select_option(label="right precuneus")
    rows = results(site, reader).query("feature == 'right_precuneus'")
    table = rows[(rows["modality"] == "surface_area") & (rows["score"] == "insomnia")]
    name, value = said(brain)
    assert name == "right precuneus"
    assert value == pytest.approx(table["beta"].iloc[0], abs=0.0005)


def test_what_does_not_survive_loses_its_colour(site: Path, reader: Page, brain: Locator) -> None:
    point(brain)
    name = said(brain)[0]
    table = results(site, reader).query("modality == 'surface_area'")
    here = table[table["feature"].map(label) == name]
    lost = here[here["p_fdr"] > 0.05]
    brain.get_by_label("Score").select_option(lost.loc[lost["beta"].abs().idxmax(), "score"])
    red, _, blue = colour(brain)
    brain.get_by_label("Show").select_option("1")
    grey = colour(brain)
    assert max(grey) - min(grey) < 6 < abs(red - blue)


def test_it_glides_only_for_who_does_not_mind_motion(reader: Page, brain: Locator) -> None:
    # While it glides it is drawn at half the density.
    turn = """() => { document.querySelector(".transdx-turns button").click();
      return document.querySelector(".transdx-brain canvas").width; }"""
    sharp = reader.evaluate(turn)
    reader.emulate_media(reduced_motion="no-preference")
    assert reader.evaluate(turn) * 2 == sharp


def test_the_pictures_come_back_and_are_what_is_printed(reader: Page, brain: Locator) -> None:
    still = reader.locator("[data-brain]").first
    expect(still).to_be_hidden()
    reader.emulate_media(media="print")
    expect(still).to_be_visible()
    expect(brain).to_be_hidden()
    reader.emulate_media(media="screen")
    reader.locator(".transdx-turn").first.click()
    expect(still).to_be_visible()
    expect(brain).to_be_hidden()


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_beside_a_brain(
    reader: Page, brain: Locator, axe: str, width: int, scheme: str
) -> None:
    reader.set_viewport_size({"width": width, "height": 900})
    reader.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    reader.evaluate(axe)
    assert reader.evaluate(SERIOUS) == []
    assert reader.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_page_without_scripts_shows_the_pictures(site: Path, reader: Page) -> None:
    browser = reader.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, offline=True).new_page()
    plain.goto((site / MAPS).as_uri())
    assert plain.locator(".transdx-turn").count() == 0
    expect(plain.locator("[data-brain] img").first).to_be_visible()
    plain.context.close()


def test_what_a_brain_is_drawn_from_is_small(site: Path) -> None:
    scripts = list((site / "_static" / "brains").glob("*.js"))
    assert {"mesh", *(p.stem for p in scripts)} == {path.stem for path in scripts}
    assert sum(path.stat().st_size for path in scripts if path.stem == "mesh") < 800_000
    assert max(path.stat().st_size for path in scripts if path.stem != "mesh") < 150_000
