"""Which trials a book makes, when, and what their page holds."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup

from transdx.book import calculator, trial_page
from transdx.book.contents import write_contents
from transdx.book.pipeline import build
from transdx.book.render import render
from transdx.book.trials import TRIALS, key_of, trials_of
from transdx.errors import InputError
from transdx.findings import open_run
from transdx.results import Findings
from transdx.results.links import to_pages
from transdx.run import EFFECTS, plan

CONTENTS = "format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/01-cohort\n"


@pytest.fixture
def tried(unrendered: Any) -> Any:
    """The small book of simulated people, with the page of trials."""
    (unrendered.root / "notebooks" / "02-open.ipynb").unlink()
    unrendered.write("_toc.yml", f"{CONTENTS}- file: book/try\n")
    unrendered.write("book/try.md", "# Try it\n\n```{trials}\n```\n")
    return unrendered


@pytest.mark.parametrize("profile", TRIALS)
def test_the_book_itself_is_one_of_its_trials(profile: str) -> None:
    own = plan(profile=profile, seed=5)
    runs = trials_of(own)
    grid = TRIALS[profile]
    assert len({key_of(run) for run in runs}) == len(runs) == 2 * len(grid.people) * grid.seeds
    assert own in runs
    assert {run.seed for run in runs} == set(range(5, 5 + grid.seeds))
    assert {run.profile for run in runs if run != own} == {"trial"}
    assert {run.effects for run in runs} == {"study", "none"}
    scenario = next(name for name in EFFECTS if name not in ("study", "none"))
    assert {run.effects for run in trials_of(replace(own, effects=scenario))} == {scenario, "none"}
    other = replace(own, participants=77)
    assert {run.profile for run in trials_of(other)} == {"trial"}


def test_there_are_none_of_people_that_nobody_simulates_for_the_book(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("")
    assert trials_of(plan(world="open")) == []
    assert trials_of(plan(world="simulated", data=tmp_path)) == []
    assert trials_of(plan(world="ukb", data=tmp_path)) == []


def test_trials_are_computed_once_and_only_for_a_book_that_has_their_page(tried: Any) -> None:
    own, names = plan(), [run.name for run in trials_of(plan())]
    tried.make()
    assert sorted(tried.computed) == sorted({own.name, *names})
    assert tried.computed[0] == own.name
    assert tried.make() == []
    tried.write(f"results/{names[0]}/flow.csv", "by hand")
    due = tried.make()
    assert due[:1] == [f"findings {names[0]}: results/{names[0]} was changed by hand"]
    tried.write("_toc.yml", CONTENTS)
    before = len(tried.computed)
    tried.make(seed=9)
    assert tried.computed[before:] == ["simulated-quick-seed9"]


def test_one_chapter_alone_is_made_with_them(tried: Any) -> None:
    tried.make(chapter="01")
    assert len(tried.computed) == len(trials_of(plan()))


def test_a_book_is_no_trial(book: Any) -> None:
    with pytest.raises(InputError, match="one of quick, paper for a book, got 'trial'"):
        build(root=book.root, profile="trial")
    assert book.computed == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[BeautifulSoup, dict[Any, Any]]:
    """What is written of two pairs of small trials, and their findings."""
    root = tmp_path_factory.mktemp("page")
    few = {"profile": "trial", "permutations": 40, "bootstraps": 40}
    runs = [
        plan(participants=people, seed=seed, effects=effects, **few)
        for people, seed in ((300, 1), (300, 2))
        for effects in ("study", "none")
    ]
    found = {run: open_run(run, root=root) for run in runs}
    text = trial_page._written(found, first=runs[2])
    assert text == to_pages(text)
    return BeautifulSoup(text, "html.parser"), found


def test_each_trial_is_on_the_page_and_one_is_seen(page: tuple[Any, Any]) -> None:
    soup, found = page
    shown = soup.find_all(attrs={"data-trial": True})
    assert {one["data-trial"] for one in shown} == {key_of(run) for run in found}
    assert [one["data-trial"] for one in shown if not one.has_attr("hidden")] == ["300-2-study"]
    assert shown[0]["data-trial"] == "300-2-study"
    assert len({tag["id"] for tag in soup.find_all(id=True)}) == len(soup.find_all(id=True))
    # Without scripts nothing is there that could not be used.
    assert soup.form.has_attr("hidden")


def test_a_trial_says_its_claims_and_those_of_its_counterpart(page: tuple[Any, Any]) -> None:
    soup, found = page
    for run, findings in found.items():
        part = soup.find(attrs={"data-trial": key_of(run)})
        claims = findings.table("claims")
        held = (claims["verdict"] == "supported").sum()
        tally = part.find(class_="transdx-tally").get_text()
        words = {"study": "effects planted", "none": "nothing planted"}[run.effects]
        assert re.match(
            rf"300 people, \d+ of them analysed, seed {run.seed}, {words}: {held} of {len(claims)}",
            tally,
        )
        rows = part.select("tbody tr[id]")
        assert [row.select_one("[data-label=Verdict]").get_text()[2:] for row in rows] == list(
            claims["verdict"]
        )


def test_seeds_can_be_chosen_where_there_are_several(page: tuple[Any, Any]) -> None:
    soup, found = page
    seeds = soup.find_all("input", attrs={"name": "seed"})
    assert [one["value"] for one in seeds if one.has_attr("checked")] == ["2"]
    assert not soup.fieldset.has_attr("hidden")
    one = {run: findings for run, findings in found.items() if run.seed == 1}
    alone = BeautifulSoup(trial_page._written(one, first=next(iter(one))), "html.parser")
    assert alone.fieldset.has_attr("hidden")


def test_intervals_are_drawn_where_the_numbers_say(page: tuple[Any, Any]) -> None:
    soup, found = page
    limit = max(
        np.nanmax(  # a claim on maps that are not there has no interval
            findings.table("claims").query("quantity.str.contains('β')")[["ci_low", "ci_high"]]
            .abs().to_numpy()
        )
        for findings in found.values()
    )  # fmt: skip
    for run, findings in found.items():
        row = findings.table("claims").query("claim == 'C5'").iloc[0]
        drawn = soup.find(id=f"trial-{key_of(run)}-c5-depression").svg
        end = float(re.findall(r"−([\d.]+) to ([\d.]+);", soup.get_text())[0][1])
        assert limit <= end < limit + 0.05
        assert float(drawn.circle["cx"]) == pytest.approx(60 * (1 + row["estimate"] / end), abs=0.1)
        tick = drawn.find(class_="transdx-tick")["d"]
        assert float(tick[1:].split()[0]) == pytest.approx(60 * (1 + row["planted"] / end), abs=0.1)


@pytest.mark.parametrize(("world", "cohort"), [("open", "all"), ("open", "sds")])
def test_of_other_people_the_page_says_that_there_are_none(
    world: str, cohort: str, book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = plan(world=world, cohort=cohort)
    book.find(run.name, 90, manifest={"parameters": asdict(run)})
    if cohort == "all":
        monkeypatch.setattr(calculator, "load_findings", lambda _: Findings(world, {}, {}))
    book.write("_toc.yml", "format: jb-book\nroot: book/index\nchapters:\n- file: book/try\n")
    book.write("book/try.md", "# Try\n\n```{trials}\nNever.\n```\n\n```{power-calculator}\n```\n")
    book.write("book/index.md", "# A book\n")
    write_contents(book.root, [])
    render(book.root, world=world, runs={world: run.name})
    text = (book.root / "_build" / "html" / "try.html").read_text(encoding="utf-8")
    assert "This book is about others." in text
    assert "Never." not in text
    assert f'name="people" value="{1000 if cohort == "all" else 90}"' in text
