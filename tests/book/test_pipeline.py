"""The right steps are done again, and no others."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from transdx.book import pipeline
from transdx.book import steps as recipes
from transdx.errors import InputError, TransdxError


def steps(said: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in said]


EVERYTHING = [
    "findings simulated-quick",
    "chapter 01-cohort",
    "findings open-quick",
    "chapter 02-open",
    "pages",
]

OPENS = "findings = open_run(globals(), {})"


def test_everything_is_done_once(unrendered: Any) -> None:
    assert steps(unrendered.make()) == EVERYTHING
    assert unrendered.make() == []
    assert unrendered.computed == ["simulated-quick", "open-quick"]


def test_force_does_everything_again(unrendered: Any) -> None:
    unrendered.make()
    assert steps(unrendered.make(force=True)) == EVERYTHING


def test_another_seed_redoes_findings_and_what_shows_them(unrendered: Any) -> None:
    unrendered.make()
    said = unrendered.make(seed=2)
    seeded = [f"{step}-seed2" * step.startswith("findings") or step for step in EVERYTHING]
    assert steps(said) == seeded
    assert said[0] == "findings simulated-quick-seed2: not done yet"
    # Prose quotes that run, and no other.
    page = (unrendered.root / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert "'simulated': 'simulated-quick-seed2'}" in page
    assert said[1] == "chapter 01-cohort: parameters and results changed"


def test_going_back_to_the_first_seed_computes_no_findings(unrendered: Any) -> None:
    unrendered.make()
    unrendered.make(seed=2)
    again = steps(unrendered.make())
    assert again == [step for step in EVERYTHING if not step.startswith("findings")]
    assert len(unrendered.computed) == 4


def test_changed_notebook_redoes_that_chapter_only(unrendered: Any) -> None:
    unrendered.make()
    unrendered.write(
        "notebooks/01-cohort.ipynb", json.dumps(unrendered.notebook("Cohort", code="2 + 2"))
    )
    said = unrendered.make()
    assert steps(said) == ["chapter 01-cohort", "pages"]
    assert said[0] == "chapter 01-cohort: notebook changed"


def test_changed_prose_renders_only(unrendered: Any) -> None:
    unrendered.make()
    unrendered.write("book/index.md", "# Another book\n")
    assert unrendered.make()[0] == "pages: pages changed"
    assert unrendered.computed == ["simulated-quick", "open-quick"]


def test_a_parameter_of_one_chapter_redoes_that_chapter(unrendered: Any) -> None:
    source = json.loads((unrendered.root / "notebooks/01-cohort.ipynb").read_text())
    source["cells"][1]["source"] += "\ndepth: int = 1"
    unrendered.write("notebooks/01-cohort.ipynb", json.dumps(source))
    unrendered.make()
    said = unrendered.make(parameters={"depth": 2})
    assert said[0] == "chapter 01-cohort: parameters changed"
    assert "chapter 02-open" not in steps(said)


@pytest.mark.parametrize(
    ("lost", "first"),
    [
        ("book/chapters/01-cohort.ipynb", "chapter 01-cohort"),
        ("results/open-quick/flow.json", "findings open-quick"),
        ("_build/html/index.html", "pages"),
    ],
)
def test_deleted_output_is_made_again(unrendered: Any, lost: str, first: str) -> None:
    unrendered.make()
    path = unrendered.root / lost
    before = path.read_text(encoding="utf-8")
    path.unlink()
    assert steps(unrendered.make())[0] == first
    assert path.read_text(encoding="utf-8") == before


def test_results_changed_by_hand_are_computed_again(unrendered: Any) -> None:
    unrendered.make()
    unrendered.write("results/simulated-quick/flow.csv", "step,label,excluded,remaining")
    said = unrendered.make()
    assert said[0] == "findings simulated-quick: results/simulated-quick was changed by hand"
    assert unrendered.computed[-1] == "simulated-quick"
    # The same numbers came out, so nothing after them is due.
    assert steps(said) == ["findings simulated-quick"]


def test_a_file_beside_the_pages_changed_by_hand_makes_them_again(unrendered: Any) -> None:
    unrendered.make()
    unrendered.write("_build/html/_results/02-global_forest.csv", "beta\n0\n")
    assert unrendered.make()[0] == "pages: _build/html was changed by hand"


def test_interrupted_book_goes_on(unrendered: Any) -> None:
    unrendered.make()
    original = (unrendered.root / "notebooks/02-open.ipynb").read_text()
    unrendered.write("notebooks/02-open.ipynb", original.replace("Real brains", "Brains"))
    from transdx.book import execute as execution

    run = execution._run

    def fail(chapter: object, **more: object) -> object:
        if "02-open" in str(chapter):
            raise TransdxError("broken")
        return run(chapter, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "_run", fail)
        with pytest.raises(TransdxError, match="broken"):
            unrendered.make(seed=3)
    assert steps(unrendered.make(seed=3)) == ["chapter 02-open", "pages"]


def test_open_data_that_cannot_be_had_leave_a_note(unrendered: Any) -> None:
    unrendered.offline = True
    said = unrendered.make()
    assert any(line.startswith("findings open-quick: left out") for line in said)
    page = (unrendered.root / "book/chapters/02-open.ipynb").read_text()
    assert "could not be fetched" in page
    assert "set A_FOLDER" in page
    assert str(unrendered.root) not in page
    assert json.loads(page)["metadata"]["transdx"]["world"] == "open"
    # Asked for again each time, but the pages stay as they are.
    assert steps(unrendered.make()) == ["findings open-quick", "findings open-quick"]
    unrendered.offline = False
    assert "chapter 02-open" in steps(unrendered.make())
    assert "could not be" not in (unrendered.root / "book/chapters/02-open.ipynb").read_text()


def test_a_failing_analysis_of_open_data_is_not_forgiven(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(run: pipeline.Run, root: Path, progress: object, *, force: bool) -> None:
        if run.world == "open":
            assert begun.wait(timeout=30)
            raise TransdxError("not the declared file")
        unrendered.compute(run, root, progress, force=force)

    from transdx.book import execute as execution

    begun, execute = threading.Event(), execution._run

    def begin(chapter: Any, **more: Any) -> object:
        begun.set()
        return execute(chapter, **more)

    monkeypatch.setattr(execution, "_run", begin)
    with monkeypatch.context() as patch:
        patch.setattr(recipes, "_findings", wrong)
        with pytest.raises(TransdxError, match="not the declared file"):
            unrendered.make()
    # The chapter that was being made beside it is done.
    assert steps(unrendered.make()) == ["findings open-quick", "chapter 02-open", "pages"]


def test_chapters_are_made_while_what_others_show_is_computed(
    unrendered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transdx.book import execute as execution

    ended, execute = threading.Event(), execution._run

    def end(chapter: Any, **more: Any) -> object:
        made = execute(chapter, **more)
        if chapter.name == "01-cohort":
            ended.set()
        return made

    def compute(run: pipeline.Run, root: Path, progress: object, *, force: bool) -> None:
        assert run.world == "simulated" or ended.wait(timeout=30)
        unrendered.compute(run, root, progress, force=force)

    monkeypatch.setattr(execution, "_run", end)
    monkeypatch.setattr(recipes, "_findings", compute)
    assert steps(unrendered.make()) == EVERYTHING


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 2}, "a run has no parameter 'seeds'; did you mean 'seed'"),
        ({"parameters": {"seeds": 2}}, "no chapter has a parameter 'seeds'; did you mean 'seed'"),
        ({"parameters": {"widht": 2}}, "no chapter has a parameter 'widht'; did you mean 'width'"),
        ({"parameters": {"seed": 2}}, "'seed' is a parameter of the whole run"),
        ({"parameters": {"width": "wide"}}, r"'width' must be float, got 'wide' \(str\)"),
        ({"seed": True}, "expected seed to be a whole number from 0 up, got True"),
        ({"world": "similated"}, "did you mean 'simulated'"),
        ({"profile": "papr"}, "did you mean 'paper'"),
        ({"permutations": -1}, "permutations"),
    ],
)
def test_wrong_parameters_stop_before_anything_runs(
    unrendered: Any, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        unrendered.make(**options)
    assert unrendered.computed == []
    assert not (unrendered.root / "_build").exists()


def test_a_folder_without_a_book_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lacks _config.yml, _toc.yml, notebooks"):
        pipeline.build(root=tmp_path)


def test_chapter_on_scores_that_the_data_lack_says_so(unrendered: Any) -> None:
    source = unrendered.notebook("Cohort")
    source["cells"][2]["source"] = "%pylab inline"
    source["cells"].insert(
        2, unrendered.notebook("", code=OPENS.format("scores=['insomnia']"))["cells"][2]
    )
    source["cells"][-1]["source"] += '\n\n<span id="claim-c1"></span>'
    unrendered.write("notebooks/01-cohort.ipynb", json.dumps(source))
    said = steps(unrendered.make(world="open"))
    assert "chapter 02-open" in said
    assert "chapter 01-cohort" not in said
    page = (unrendered.root / "book/chapters/01-cohort.ipynb").read_text(encoding="utf-8")
    assert "It is about insomnia, and the open data hold neuroticism instead." in page
    # Other pages lead there all the same.
    assert 'id=\\"claim-c1\\"' in page
    assert "chapter 01-cohort" in steps(unrendered.make())


def test_chapter_on_measures_that_the_data_lack_says_so(unrendered: Any) -> None:
    source = unrendered.notebook("Cohort")
    source["cells"][2]["source"] = OPENS.format("modalities=['functional_connectivity']")
    unrendered.write("notebooks/01-cohort.ipynb", json.dumps(source))
    unrendered.modalities = ["surface_area", "thickness"]
    assert "chapter 01-cohort" not in steps(unrendered.make())
    page = (unrendered.root / "book/chapters/01-cohort.ipynb").read_text(encoding="utf-8")
    assert "It is about functional connectivity, which the simulated data do not hold." in page
    unrendered.modalities = ["surface_area", "functional_connectivity"]
    assert "chapter 01-cohort" in steps(unrendered.make(force=True))


def test_what_the_table_of_contents_does_not_name_is_left_alone(unrendered: Any) -> None:
    unrendered.make()
    unrendered.write("notebooks/Untitled.ipynb", json.dumps(unrendered.notebook("A draft")))
    unrendered.write("notebooks/Untitled1.ipynb", "")
    unrendered.write("notebooks/._01-cohort.ipynb", "\x00\x05\x16\x07")
    unrendered.write("notebooks/.ipynb_checkpoints/01-cohort-checkpoint.ipynb", "{")
    assert unrendered.make() == [
        "left alone, as _toc.yml does not name them: "
        "._01-cohort.ipynb, Untitled.ipynb, Untitled1.ipynb"
    ]
    assert not (unrendered.root / "book/chapters/Untitled.ipynb").exists()


def test_a_notebook_with_editions_is_named_once_and_has_a_page_for_each(unrendered: Any) -> None:
    source = unrendered.notebook("About <!--score-->a score<!--/-->")
    source["metadata"]["transdx"] = {"editions": {"score": ["depression", "anxiety"]}}
    source["cells"][1]["source"] += '\nscore: str = "anxiety"'
    unrendered.write("notebooks/03-scores.ipynb", json.dumps(source))
    entries = (
        "- file: book/index",
        "  sections:",
        "  - {file: notebooks/03-scores.ipynb, title: One}",
        "- file: notebooks/02-open",
    )
    unrendered.write("book/start.md", "# Start\n")
    unrendered.write(
        "_toc.yml", "\n".join(["format: jb-book", "root: book/start", "chapters:", *entries])
    )
    unrendered.make()
    rendered = yaml.safe_load((unrendered.root / "_build/toc.yml").read_text(encoding="utf-8"))
    assert rendered == {
        "format": "jb-book",
        "root": "start",
        "chapters": [
            {
                "file": "index",
                "sections": [
                    {"file": "chapters/03-depression", "title": "One"},
                    {"file": "chapters/03-anxiety", "title": "One"},
                ],
            },
            {"file": "chapters/02-open"},
        ],
        "meta": {
            "sources": {
                "chapters/02-open": "notebooks/02-open.ipynb",
                "chapters/03-depression": "notebooks/03-scores.ipynb",
                "chapters/03-anxiety": "notebooks/03-scores.ipynb",
            }
        },
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "notebooks/02-open.ipynb",
            "notebooks/02-opened.ipynb",
            "_toc.yml names notebooks/02-open, .* did you mean 'notebooks/02-opened'",
        ),
        (
            "book/index.md",
            "book/indexes.md",
            "_toc.yml names book/index, .* did you mean 'book/indexes'",
        ),
        ("notebooks/02-open.ipynb", "02.ipynb", "notebooks/02-open, and neither book/ nor"),
    ],
)
def test_a_page_that_is_named_and_not_there_stops_before_anything_runs(
    unrendered: Any, old: str, new: str, message: str
) -> None:
    (unrendered.root / old).rename(unrendered.root / new)
    with pytest.raises(InputError, match=message):
        unrendered.make()
    assert unrendered.computed == []


def test_a_notebook_that_is_named_and_cannot_be_read_is_said_so(unrendered: Any) -> None:
    unrendered.write("notebooks/02-open.ipynb", "{")
    with pytest.raises(InputError, match=r"02-open\.ipynb is not a notebook that can be read"):
        unrendered.make()


def test_two_notebooks_for_one_chapter_are_one_too_many(unrendered: Any) -> None:
    source = unrendered.notebook("About <!--score-->a score<!--/-->")
    source["metadata"]["transdx"] = {"editions": {"score": ["cohort"]}}
    source["cells"][1]["source"] += '\nscore: str = "cohort"'
    unrendered.write("notebooks/01-scores.ipynb", json.dumps(source))
    contents = (unrendered.root / "_toc.yml").read_text(encoding="utf-8")
    unrendered.write("_toc.yml", f"{contents}- file: notebooks/01-scores\n")
    with pytest.raises(InputError, match=r"both 01-cohort\.ipynb and 01-scores\.ipynb make"):
        unrendered.make()


def test_a_table_of_contents_that_cannot_be_read_is_said_so(unrendered: Any) -> None:
    for text in ("{", "", "format: jb-book\nroot: index\nchapters:\n- fiel: a\n"):
        unrendered.write("_toc.yml", text)
        with pytest.raises(InputError, match=r"_toc\.yml is no table of contents"):
            unrendered.make()


def test_the_page_of_a_chapter_that_is_renamed_goes(unrendered: Any) -> None:
    unrendered.make()
    for path in ("notebooks/02-open.ipynb", "_toc.yml"):
        content = (unrendered.root / path).read_text(encoding="utf-8")
        unrendered.write(path, content.replace("02-open", "02-real"))
    (unrendered.root / "notebooks/02-open.ipynb").rename(
        unrendered.root / "notebooks/02-real.ipynb"
    )
    said = unrendered.make()
    assert said[0] == "removed book/chapters/02-open.ipynb: no chapter makes it"
    pages = sorted(path.name for path in (unrendered.root / "book/chapters").iterdir())
    assert pages == ["01-cohort.ipynb", "02-real.ipynb"]
    assert unrendered.make() == []
