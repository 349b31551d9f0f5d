"""Trials follow the controls and are those of the results; power is that of the package."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from transdx.errors import InputError
from transdx.stats import power_of, smallest_beta, smallest_n
from transdx.writing import decimal, verdict

PAGE = "try.html"
#: Of each visible row its end of the id, verdict and estimate.
ROWS = """(trial) => [...trial.querySelectorAll("tbody tr[id]")].map((row) => [row.id,
  row.querySelector("[data-label=Verdict]").textContent,
  row.querySelector("[data-value]").dataset.value])"""
#: What stands in a cell and ends beyond it, over the next.
OVER = """(trial) => [...trial.querySelectorAll("td, tbody th")].filter((cell) => {
  const held = document.createRange();
  held.selectNodeContents(cell);
  const [own, text] = [cell, held].map((one) => one.getBoundingClientRect());
  return text.right > own.right + 1 || text.left < own.left - 1;
}).map((cell) => cell.textContent)"""


@pytest.fixture
def opened(site: Path, reader: Page) -> Page:
    reader.goto((site / PAGE).as_uri())
    if not reader.locator(".transdx-try").count():
        pytest.skip("this book is not about people who are simulated for it")
    return reader


def shown(page: Page) -> Locator:
    """The one trial that is seen."""
    trials = page.locator("[data-trial]:visible")
    expect(trials).to_have_count(1)
    return trials


def choose(page: Page, key: str) -> None:
    people, seed, effects = key.split("-")
    slider = page.get_by_role("slider", name="People")
    slider.fill(str((slider.get_attribute("data-stops") or "").split().index(people)))
    if page.get_by_role("radio").count():
        page.get_by_role("radio", name=seed, exact=True).check()
    page.get_by_role("switch").set_checked(effects != "none")


def held(site: Path, trial: Locator) -> pd.DataFrame:
    """Read the claims of the run that a trial is of."""
    told = trial.locator(".transdx-table").get_attribute("data-run") or ""
    run = re.search(r"run ([\w-]+)", told)
    assert run
    return pd.read_csv(site.parents[1] / "results" / run[1] / "claims.csv")


def test_each_choice_shows_the_rows_of_its_results_and_says_what_changed(
    site: Path, opened: Page
) -> None:
    keys = [one.get_attribute("data-trial") for one in opened.locator("[data-trial]").all()]
    assert len(keys) >= 4
    status = opened.locator("p[role=status]")
    # From each to each other would be many: there and back again.
    for key in [*keys[1:], keys[0]]:
        choose(opened, str(key))
        trial = shown(opened)
        assert trial.get_attribute("data-trial") == key
        claims = held(site, trial)
        for row, found in zip(trial.evaluate(ROWS), claims.to_dict("records"), strict=True):
            name = f"trial-{key}-{found['claim']}-{found['score']}".lower()
            assert row[:2] == [name, verdict(found["verdict"])]
            assert pd.Series(float(row[2] or "nan")).equals(pd.Series(found["estimate"]))
        people, seed, effects = str(key).split("-")
        supported = (claims["verdict"] == "supported").sum()
        expect(status).to_contain_text(f"{int(people):,} people")
        expect(status).to_contain_text(f"seed {seed}")
        expect(status).to_contain_text(f"{supported} of {len(claims)} rows")
        planted = "effects planted" if effects != "none" else "nothing planted"
        expect(status).to_contain_text(planted)
        # The last of the two controls that moved may have passed a trial in between.
        changed = re.search(r"(\d+) verdicts? (?:is|are) other", status.inner_text())
        assert changed
        assert trial.locator(".transdx-changed").count() == int(changed[1])


def test_a_change_of_one_control_counts_the_verdicts_that_differ(site: Path, opened: Page) -> None:
    before = held(site, shown(opened))["verdict"]
    opened.get_by_role("switch").click()
    after = held(site, shown(opened))["verdict"]
    number = int((before != after).sum())
    expect(opened.locator("p[role=status]")).to_contain_text(re.compile(rf"\. {number} verdict"))
    assert shown(opened).locator(".transdx-changed").count() == number > 0


def test_pictures_are_of_the_trial_that_is_seen(opened: Page) -> None:
    files = set()
    for trial in opened.locator("[data-trial]").all():
        choose(opened, str(trial.get_attribute("data-trial")))
        image = shown(opened).locator("img:visible")
        expect(image).to_have_count(1)
        image.scroll_into_view_if_needed()
        opened.wait_for_function("(image) => image.naturalWidth > 0", arg=image.element_handle())
        files.add(image.get_attribute("src"))
    assert len(files) == opened.locator("[data-trial]").count()


def test_all_of_it_goes_by_keyboard(opened: Page) -> None:
    slider = opened.get_by_role("slider", name="People")
    slider.focus()
    opened.keyboard.press("Home")
    least = slider.get_attribute("aria-valuetext")
    opened.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") != least
    opened.keyboard.press("ArrowLeft")
    many = (slider.get_attribute("data-stops") or "").split()[-2]
    expect(slider).to_have_attribute("aria-valuetext", f"{int(many):,} people")
    opened.keyboard.press("Tab")
    if opened.get_by_role("radio").count():
        opened.keyboard.press("Tab")
    expect(opened.get_by_role("switch")).to_be_focused()
    planted = opened.get_by_role("switch").is_checked()
    opened.keyboard.press("Space")
    key = shown(opened).get_attribute("data-trial") or ""
    assert key.startswith(f"{many}-")
    assert key.endswith("-none") == planted


@pytest.mark.parametrize("width", [390, 576, 768, 1100, 1200, 1400])
def test_no_trial_is_wider_than_the_window(opened: Page, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    for trial in opened.locator("[data-trial]").all():
        choose(opened, str(trial.get_attribute("data-trial")))
        assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        box = shown(opened).locator("table").bounding_box()
        assert box
        assert box["x"] + box["width"] <= width
        assert shown(opened).evaluate(OVER) == []


def test_without_scripts_the_first_trial_is_there(site: Path, reader: Page) -> None:
    browser = reader.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, offline=True).new_page()
    plain.goto((site / PAGE).as_uri())
    if plain.locator(".transdx-try").count():
        assert shown(plain).locator("img:visible").count() == 1
        expect(plain.locator(".transdx-tally:visible")).to_have_count(1)
        expect(plain.get_by_text("Without scripts this page shows one")).to_be_visible()
    expect(plain.get_by_text("The calculator needs scripts.")).to_be_visible()
    for form in plain.locator(".transdx-try-form, .transdx-power").all():
        expect(form).to_be_hidden()
    plain.context.close()


def test_the_first_trial_is_what_is_printed(opened: Page) -> None:
    first = shown(opened).get_attribute("data-trial")
    opened.get_by_role("switch").click()
    assert shown(opened).get_attribute("data-trial") != first
    opened.emulate_media(media="print")
    assert shown(opened).get_attribute("data-trial") == first
    expect(shown(opened).locator(".transdx-tally")).to_be_visible()
    expect(opened.locator(".transdx-banner")).to_be_visible()
    expect(opened.locator(".transdx-try-form")).to_be_hidden()


def test_the_page_is_light(site: Path, opened: Page) -> None:
    files = {image.get_attribute("src") for image in opened.locator("[data-trial] img").all()}
    pictures = [(site / str(file)).stat().st_size for file in files]
    assert (site / PAGE).stat().st_size + sum(pictures) < 1_500_000


@pytest.fixture
def calculator(site: Path, reader: Page) -> Locator:
    reader.goto((site / PAGE).as_uri())
    return reader.locator(".transdx-power")


LABELS = {
    "people": "People analysed",
    "beta": "Effect, |β|",
    "tests": "Number of tests",
    "covariates": "Covariates",
    "explained": "R² of the covariates",
}
VALUES = """(form, asked) => { for (const [name, value] of Object.entries(asked))
    form.elements[name].value = value;
  form.dispatchEvent(new Event("input"));
  return [...form.querySelectorAll("output")].map((output) => output.dataset.value); }"""
#: People, covariates, |β|, tests, and the share that covariates explain.
ASKED = [
    *itertools.product((25_604,), (6,), (0.0175, 0.05), (1, 208), (0.0, 0.3)),
    *itertools.product((12, 1_000_000_000), (0,), (1e-4, 0.2, 0.999), (1, 1_000_000), (0.0,)),
    (1_012, 1_000, 0.3, 66, 0.9),
    (224, 5, 1.2, 1, 0.5),
]


def test_the_calculator_gives_the_numbers_of_the_package(calculator: Locator) -> None:
    for people, covariates, beta, tests, explained in ASKED:
        asked = {"people": people, "covariates": covariates, "beta": beta, "tests": tests}
        values = calculator.evaluate(VALUES, asked | {"explained": explained})
        given = {"covariates": covariates, "alpha": 0.05 / tests, "explained": explained}
        power = power_of(beta, n=people, **given)
        assert float(values[0]) == pytest.approx(power, abs=1e-7), asked
        smallest = smallest_beta(n=people, **given)
        assert float(values[1]) == pytest.approx(smallest, rel=1e-6), asked
        try:
            needed = str(smallest_n(beta, **given))
        except InputError:
            needed = ""
        assert values[2] == needed, asked


def test_the_calculator_follows_what_is_typed(calculator: Locator) -> None:
    calculator.get_by_label("People analysed").fill("25,604")
    calculator.get_by_label("Effect, |β|").fill("−0.05")
    calculator.get_by_label("Number of tests").fill("1")
    smallest = smallest_beta(n=25_604, covariates=6)
    expect(calculator).to_contain_text(decimal(smallest, places=4))
    expect(calculator).to_contain_text(f"{smallest_n(0.05, covariates=6):,}")
    expect(calculator).to_contain_text("more than 99.9 %")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("people", "", "People analysed: expected a whole number"),
        ("people", "many", "got 'many'"),
        ("people", "17", "at least twelve more than there are covariates"),
        ("people", "1e12", "at most a billion"),
        ("beta", "0", "Effect, |β|: expected a number above 0 and below 1"),
        ("beta", "1", "Effect, |β|: expected a number above 0 and below 1"),
        ("tests", "1.5", "Number of tests: expected a whole number from 1 to a million"),
        ("tests", "-3", "got '-3'"),
        ("covariates", "-1", "Covariates: expected a whole number from 0"),
        ("explained", "1", "R² of the covariates: expected a number from 0 to below 1"),
        ("explained", "Infinity", "R² of the covariates: expected a number from 0 to below 1"),
    ],
)
def test_what_cannot_be_is_answered_by_a_sentence(
    calculator: Locator, name: str, typed: str, said: str
) -> None:
    field = calculator.get_by_label(LABELS[name], exact=True)
    right = field.input_value()
    field.fill(typed)
    expect(calculator.locator(".transdx-wrong")).to_contain_text(said)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert not re.search("NaN|undefined|Infinity %", calculator.locator("dl").inner_text())
    assert set(calculator.locator("output").all_inner_texts()) == {"–"}
    field.fill(right)
    expect(calculator.locator(".transdx-wrong")).to_be_empty()
    expect(calculator.locator("output").first).to_contain_text("%")
