"""What is handed out holds neither solutions nor truth; what stays holds both."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from transdx.book.contents import find_chapters, write_contents
from transdx.book.exercises import fold, role_of
from transdx.book.notebook import publish
from transdx.book.render import render
from transdx.cli import main
from transdx.errors import InputError
from transdx.teach import teach
from transdx.teach.cohorts import draw_effects, key_of, write_cohort
from transdx.teach.editions import copy_book, for_students, read_exercises
from transdx.teach.roster import read_roster

ROOT = Path(__file__).parents[2]
SECRETS = [
    "sum())",
    "np.median(values)",
    "misread",
    "healthier than most",
    "middle_cases",
    "-0.0321",
]


def _held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _tells(folder: Path, secret: str) -> list[str]:
    return [name for name, content in _held(folder).items() if secret.encode() in content]


@pytest.fixture(scope="module")
def made(class_of):
    return class_of("Ann Lee", "José Ñandú")


@pytest.mark.parametrize("secret", SECRETS)
def test_no_solution_note_or_truth_is_handed_out(made, secret):
    assert _tells(made / "student", secret) == _tells(made / "students", secret) == []
    assert secret == "-0.0321" or _tells(made / "instructor", secret)


def test_no_seed_and_no_truth_is_handed_out(made):
    for place, name in {"ann-lee": "Ann Lee", "jose-nandu": "José Ñandú"}.items():
        own = made / "students" / place
        assert not {"truth.csv", "truth.json", "class.json"} & set(_held(own))
        for number in (key_of(123_456_789, name), 123_456_789):
            assert _tells(own, str(number)) == []
        truth = pd.read_csv(made / "instructor" / "truth" / f"{place}.csv")
        assert (truth["planted"] != 0).any()
    assert not (made / "instructor" / "null" / "truth.csv").exists()


def _site(folder: Path) -> str:
    """Render an edition as it is, and give all the text that the site holds."""
    chapters, _ = find_chapters(folder)
    for chapter in chapters:
        notebook = json.loads(chapter.path.read_text(encoding="utf-8"))
        page = folder / "book" / "chapters" / f"{chapter.name}.ipynb"
        page.parent.mkdir(exist_ok=True)
        page.write_text(json.dumps(publish(notebook, {"world": "simulated"})), encoding="utf-8")
    write_contents(folder, chapters)
    site = render(folder).parent
    index, pages = site / "_static" / "search-data.js", site / "chapters"
    text = index.read_text(encoding="utf-8") + (pages / "01-tiny.html").read_text(encoding="utf-8")
    return text.replace('<span class="n">', "").replace("</span>", "")


def test_a_site_of_the_students_edition_tells_nothing_to_its_search(course, tmp_path):
    copy_book(course, tmp_path / "students", students=True)
    copy_book(course, tmp_path / "instructor", students=False)
    handed, kept = _site(tmp_path / "students"), _site(tmp_path / "instructor")
    for word in ("healthier", "Because volunteers"):
        assert word not in handed
        assert word in kept
    assert "median(" not in handed
    assert "solution dropdown" not in handed
    # Notes and hidden checks are on no page, solutions are folded.
    assert "misread" not in kept + handed
    assert "middle_cases" not in kept + handed
    assert 'class="solution dropdown admonition"' in kept
    assert "Exercise 2" in kept
    assert "Exercise 2" in handed


def test_the_real_chapters_hand_out_nothing_of_their_solutions():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        handed = for_students(notebook, of=path.name)
        text = "\n".join("".join(cell["source"]) for cell in handed["cells"])
        others = [
            c for c in notebook["cells"] if role_of(c) not in ("solution", "marking", "notes")
        ]
        public = "\n".join("".join(cell["source"]) for cell in others)
        for one in read_exercises(notebook["cells"], of=path.name):
            kept = [one.parts.get(role, ()) for role in ("solution", "marking", "notes")]
            secret = "\n".join(source for sources in kept for source in sources).splitlines()
            for line in secret:
                own = line.strip()
                if len(own) > 12 and own not in public and own not in (one.stub or ""):
                    assert own not in text, (path.name, one.name)
        for cell in handed["cells"]:
            assert set(cell["metadata"]) <= {"tags", "mystnb"}
            assert "solution" not in json.dumps([cell["id"], cell["metadata"]])
            assert not cell.get("outputs")


def test_every_chapter_has_goals_questions_and_three_exercises():
    lacking = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        roles, exercises = [role_of(cell) for cell in cells], read_exercises(cells, of=path.name)
        kinds = " ".join(one.about for one in exercises)
        for kind in ("reading a figure", "changing a parameter", "writing code", "minute"):
            if kind not in kinds:
                lacking.append(f"{path.name}: {kind}")
        for one in exercises:
            if "solution" not in one.parts or ("hint" not in one.parts and one.stub):
                lacking.append(f"{path.name}: {one.name} has no solution or no hint")
            if one.stub and "check" not in one.parts:
                lacking.append(f"{path.name}: {one.name} has no check")
            if (one.stub or "").startswith("def") and "marking" not in one.parts:
                lacking.append(f"{path.name}: {one.name} has no hidden cases")
        if not {"goals", "questions"} <= set(roles) or len(exercises) < 3:
            lacking.append(f"{path.name}: {len(exercises)} exercises, boxes {set(roles)}")
    assert lacking == []


def test_a_page_folds_solutions_and_keeps_other_cells_in_order():
    cells = [
        {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "before"},
        {"cell_type": "markdown", "id": "exercise-a", "metadata": {"tags": ["exercise"]},
         "source": "**Exercise: A** *(reading, 1 minute)*\n\nWhat?"},
        {"cell_type": "code", "id": "y", "metadata": {"tags": ["solution", "hide-input"]},
         "source": "a = 1"},
        {"cell_type": "markdown", "id": "z", "metadata": {"tags": ["notes"]}, "source": "secret"},
        {"cell_type": "markdown", "id": "w", "metadata": {}, "source": "after"},
    ]  # fmt: skip
    texts = [cell["source"].split("\n")[0] for cell in fold(cells, chapter="02-x")]
    assert texts == [
        *("before", "::::::{exercise} A", "::::::{solution-start} exercise-02-x-a", "a = 1"),
        *("::::::{solution-end}", "after"),
    ]
    assert fold(cells, chapter="02-x")[3]["metadata"]["tags"] == ["solution", "show-input"]


def test_a_cohort_is_the_students_own_whoever_else_is_there(class_of):
    alone, among = class_of("Ann Lee"), class_of("Bo", "Ann Lee")
    first, second = (_held(one / "students" / "ann-lee" / "cohort") for one in (alone, among))
    assert first == second
    other = _held(among / "students" / "bo" / "cohort")
    assert other["participants.parquet"] != first["participants.parquet"]
    seeded = class_of("Ann Lee", seed=987_654_321)
    assert _held(seeded / "students" / "ann-lee" / "cohort") != first


def test_what_was_drawn_is_what_was_planted(tmp_path):
    key = key_of(5, "Ann Lee")
    write_cohort(tmp_path / "cohort", participants=400, key=key, truth=tmp_path / "truth.csv")
    keys = ["modality", "feature", "score"]
    truth = pd.read_csv(tmp_path / "truth.csv").set_index(keys)["planted"]
    drawn = draw_effects(key)
    drawn = drawn[~drawn["feature"].str.startswith("among")].set_index(keys)["beta"]
    assert (truth.loc[drawn.index] - drawn).abs().max() < 1e-5
    assert len({tuple(draw_effects(key_of(5, name))["beta"]) for name in "abcde"}) == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"student,mail\nAnn,x\n",
            "expected roster.csv to have a column 'name', got student, mail",
        ),
        (b"nome\nAnn\n", "did you mean 'nome'"),
        (b"name\n", "names nobody"),
        (b"", "names nobody|column 'name'"),
        (b"name\nAnn Lee\n ann  lee\n", "whose folder would be the same \\(ann-lee\\)"),
        (b"name\nAnn\nAnn\n", "has 'Ann' twice"),
        (b"name,x\nAnn,1\n,2\n", "student 2 has no name"),
        ("name\nJosé\n".encode("latin-1"), "not in UTF-8 \\(byte 9\\)"),
        (b"name\n---\n", "a name with letters or digits, got '---'"),
    ],
)
def test_a_roster_that_cannot_be_used_is_said_in_a_sentence(tmp_path, content, words):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_roster(path)


def test_a_roster_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes("\ufeffno;name\r\n1;Müller, Zoë\r\n2;李明\r\n".encode())
    assert read_roster(path) == {"muller-zoe": "Müller, Zoë", "李明": "李明"}


def test_a_class_is_written_whole_or_not_at_all(tmp_path, course, capsys):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x")
    assert main(["teach", "--out", str(full), "--class-seed", "1"]) == 2
    assert "new or empty folder" in capsys.readouterr().err
    roster = tmp_path / "roster.csv"
    roster.write_text("name\nAnn\nAnn\n")
    with pytest.raises(InputError):
        teach(tmp_path / "new", class_seed=1, students=roster, root=course)
    with pytest.raises(InputError, match="is not a book"):
        teach(tmp_path / "new", class_seed=1, root=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "roster.csv"]
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
