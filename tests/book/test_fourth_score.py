"""A study file beside an export brings a fourth score into a whole book, and nothing else does."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from transdx import study
from transdx.book import pipeline
from transdx.book import render as rendering
from transdx.figures.canvas import style
from transdx.figures.canvas.scores import marker
from transdx.results import load_findings
from transdx.results.each import for_each, listed
from transdx.simulate import simulate
from transdx.study import load_study

HOME = Path(__file__).parents[2]
FOUR = ["insomnia", "depression", "anxiety", "fatigue"]
SAID = ["insomnia", "depression", "anxiety", "tiredness"]
#: The study file that the page on data shows.
STUDY = (HOME / "book" / "worlds.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The chapters of a small book on an export with a study file: its root, their outputs."""
    root = tmp_path_factory.mktemp("four")
    for name in ("_config.yml", "_toc.yml", "README.md", "CHANGELOG.md", "CITATION.cff"):
        shutil.copy(HOME / name, root)
    shutil.copytree(HOME / "book", root / "book", ignore=shutil.ignore_patterns("chapters"))
    (root / "notebooks").mkdir()
    # The chapter on real people needs data that are fetched, and those on maps take long.
    for path in (HOME / "notebooks").glob("*.ipynb"):
        if not path.name.startswith(("04", "05", "07")):
            shutil.copy(path, root / "notebooks")
    toc = (root / "_toc.yml").read_text()
    (root / "_toc.yml").write_text(re.sub(r".*notebooks/0[457].*\n", "", toc))
    (root / "export").mkdir()
    (root / "export" / "study.toml").write_text(STUDY)
    with pytest.MonkeyPatch.context() as patch:
        # The scores of this study are nothing to the tests of others.
        patch.setattr(study, "_LOADED", {})
        simulate(root / "export", participants=900, seed=2)
        # What is rendered is looked at as it was executed.
        patch.setattr(rendering, "render", _render)
        patch.setattr("transdx.book.check.check_site", lambda *_, **__: None)
        pipeline.build(root=root, data=root / "export", permutations=100, bootstraps=100)
        pages = {path.stem: _shown(path) for path in (root / "book" / "chapters").glob("*.ipynb")}
        yield root, pages


def _render(root: Path, **_: object) -> Path:
    page = root / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("<html></html>", encoding="utf-8")
    return page


def _shown(path: Path) -> str:
    """All that a chapter says: its prose, sentences, tables and the words of its pictures."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            parts.append("".join(cell["source"]))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            parts += [
                "".join(data[kind]) for kind in ("text/markdown", "text/html") if kind in data
            ]
    return "\n".join(parts)


def table(root: Path, name: str) -> pd.DataFrame:
    (found,) = (root / "results").glob(f"*/{name}.parquet")
    return pd.read_parquet(found)


def test_each_score_has_its_edition_and_is_named_on_every_page(made):
    root, pages = made
    assert {f"06-{score}" for score in FOUR} <= set(pages)
    assert "- file: chapters/06-fatigue" in (root / "_build" / "toc.yml").read_text()
    assert "# What is specific to tiredness" in pages["06-fatigue"]
    assert "nothing of tiredness alone" in pages["06-fatigue"]
    for name in ("01-cohort", "02-global", "03-regional", "08-shared"):
        for said in SAID:
            assert said in pages[name].lower(), (name, said)


def test_no_page_counts_three_scores(made):
    _, pages = made
    assert "all four" in pages["08-shared"]
    for name, text in pages.items():
        # What the study itself reports, and what a score asks, stays as it is.
        said = re.sub(r"(smaller|weaker) in all three|all three together|three questions", "", text)
        assert not re.search(r"\b(all|the|of) three\b|\bthree (symptom )?scores\b", said), name


def test_counts_of_sentences_are_those_of_the_tables(made):
    root, pages = made
    rows = table(root, "associations")
    rows = rows[(rows["modality"] == "thickness") & (rows["feature"] != "total")]
    survive = (rows["p_fdr"] <= 0.05).groupby(rows["score"]).sum()
    words = {**dict(zip(FOUR, FOUR, strict=True)), "fatigue": "tiredness"}
    told = [f"{survive[score]} for {words[score]}" for score in FOUR if survive[score]]
    if none := [words[score] for score in FOUR if not survive[score]]:
        told.append(f"none for {listed(none)}")
    sentence = f"Thickness: of {rows['feature'].nunique()} regions, these survive FDR 5 %: "
    assert f"{sentence}{listed(told)}." in pages["03-regional"]
    assert survive["fatigue"] >= 1
    beta = rows.set_index(["feature", "score"])["beta"]["left_precuneus", "fatigue"]
    assert beta == pytest.approx(-0.4, abs=0.12)
    pairs = table(root, "contrasts")[["score_a", "score_b"]].drop_duplicates()
    assert {frozenset(pair) for pair in pairs.to_numpy()} == {
        frozenset(pair) for pair in combinations(FOUR, 2)
    }
    assert "(tiredness)" in pages["02-global"]


def test_scores_are_told_apart_by_colour_and_mark(made):
    load_study("simulated", made[0] / "export")
    for theme in style.THEMES:
        assert len({theme.score(score) for score in FOUR}) == len(FOUR)
    assert len({marker(score) for score in FOUR}) == len(FOUR)
    assert marker("fatigue") == "D"


def test_prose_is_written_for_each_score_and_needs_none_by_name(made):
    findings = load_findings(next((made[0] / "results").iterdir()))
    for name, keys in {
        "index": [
            "surface_area.total.fatigue.beta",
            "impact.surface_area.total.fatigue.odds_ratio",
            "specific.fatigue.regions",
        ],
        "symptoms": ["claims.only.fatigue", "specific.thickness.fatigue.count"],
    }.items():
        page = (HOME / "book" / f"{name}.md").read_text(encoding="utf-8")
        text = for_each(page, findings.lists)
        quoted = re.findall(r"\{value\}`book ([^`:]+)", text)
        assert set(keys) <= set(quoted)
        for key in quoted:
            assert findings.number(key) is not None, key
        assert not re.search(rf"\{{value\}}`book [^`]*\b({'|'.join(FOUR)})\b", page), name
    assert "| [Tiredness](chapters/06-fatigue.ipynb) |" in text
