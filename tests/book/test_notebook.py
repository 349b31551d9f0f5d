"""Notebooks: what they declare, how they run, what of them is published."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from papermill.iorw import local_file_io_cwd

import transdx
from transdx.book import execute as execution
from transdx.book import kernel
from transdx.book.execute import execute
from transdx.book.notebook import KERNEL, is_prose, publish, read_chapters
from transdx.errors import InputError, TransdxError
from transdx.findings.claims import load_claims
from transdx.findings.run import open_run
from transdx.lab import ALONE
from transdx.results.links import leads_to
from transdx.run import explain, parameters, plan

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
#: How cells begin that say a sentence.
_SAYS = ("findings.say(", "one.say(", "measured.say(")


def test_chapters_declare_what_a_reader_may_change_and_explain_it_as_help_does() -> None:
    chapters = [c for path in sorted(NOTEBOOKS.glob("*.ipynb")) for c in read_chapters(path)]
    assert [chapter.world for chapter in chapters].count("open") == 1
    assert {name for chapter in chapters for name in chapter.own} == {"score"}
    known = parameters()
    for chapter in chapters:
        assert list(chapter.parameters)[:4] == ["world", "profile", "seed", "data"], chapter.name
        for name in set(chapter.parameters) & set(known):
            assert chapter.parameters[name].meaning == explain(known[name]), chapter.name


def test_chapters_are_kept_without_outputs_for_a_kernel_that_everybody_has() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        content = json.loads(path.read_text(encoding="utf-8"))
        # The kernel of any notebook, called transdx where it is that of this project.
        assert content["metadata"]["kernelspec"] == KERNEL
        for cell in content["cells"]:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_every_method_is_led_to_from_where_chapters_use_it_first() -> None:
    link = re.compile(r"\]\((\.\./book/methods\.md)#([\w-]+)\)")
    led = [
        (path.parent / file, place)
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
        for file, place in link.findall(path.read_text(encoding="utf-8"))
    ]
    (methods,) = {file.resolve() for file, _ in led}
    heads = re.findall(r"^## (.+)$", methods.read_text(encoding="utf-8"), flags=re.MULTILINE)
    places = [re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in heads]
    # What comes before is notation; after the methods stands where they depart from the scripts.
    computed = places[1 : places.index("where-this-departs-from-the-authors-scripts")]
    assert sorted(place for _, place in led) == sorted(computed)


def test_readers_meet_sentences_and_not_the_templates_of_them() -> None:
    hidden = {True: 0, False: 0}
    for path in NOTEBOOKS.glob("*.ipynb"):
        source = json.loads(path.read_text(encoding="utf-8"))
        for cell in (cell for cell in source["cells"] if cell["cell_type"] == "code"):
            text = "".join(cell["source"])
            collapsed = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
            # In JupyterLab folded together, on the page not there at all.
            assert collapsed == text.startswith(_SAYS) == is_prose(text), text
            for page in publish({"cells": [cell]}, {})["cells"][:1]:
                assert ("remove-input" in page["metadata"]["tags"]) == collapsed
            hidden[collapsed] += 1
    assert hidden[True] > 15
    assert hidden[False] > 80


def test_execution_uses_this_interpreter_and_the_books_folder(book: Any) -> None:
    code = "import os, sys\nprint(sys.executable, os.getcwd(), seed)"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    output = book.root / "out" / "01-cohort.ipynb"
    counted: list[int] = []
    execute(
        read_chapters(path)[0],
        output,
        parameters={"seed": 7},
        root=book.root,
        advance=counted.append,
    )
    page = json.loads(output.read_text(encoding="utf-8"))
    text = "".join(o["text"] for c in page["cells"] for o in c.get("outputs", ()))
    assert text.split() == [sys.executable, str(book.root), "7"]
    # Two cells of the source and the one with the values.
    assert counted == [1, 2, 3]
    assert "papermill" not in output.read_text(encoding="utf-8")
    # Its memory is free for the next chapter.
    left = [" ".join(process.cmdline()) for process in psutil.Process().children()]
    assert not [command for command in left if "ipykernel" in command]


def test_execution_moves_nobody_while_another_chapter_runs_beside_it(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[object] = []
    monkeypatch.setattr(os, "chdir", moved.append)
    path = book.root / "notebooks/01-cohort.ipynb"
    # What papermill does for as long as it executes something, in the same process.
    with local_file_io_cwd(str(book.root)):
        execute(read_chapters(path)[0], book.root / "out.ipynb", parameters={}, root=book.root)
    assert moved == []


def test_failing_cell_is_named_and_leaves_nothing_half_written(book: Any) -> None:
    code = "# first a comment\nx = 1\nraise ValueError('cannot go on')"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    output = book.write("out/01-cohort.ipynb", "the page of before")
    with pytest.raises(TransdxError) as caught:
        execute(read_chapters(path)[0], output, parameters={}, root=book.root)
    assert str(caught.value) == (
        "chapter 01-cohort failed in cell 3 ('x = 1'): ValueError: cannot go on"
    )
    assert caught.value.exit_code == 1
    assert [p.name for p in output.parent.iterdir()] == ["01-cohort.ipynb"]
    assert output.read_text(encoding="utf-8") == "the page of before"


def test_chapter_whose_process_dies_is_named(book: Any) -> None:
    code = "import os\nos._exit(1)"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    with pytest.raises(TransdxError, match="chapter 01-cohort: its Python process ended"):
        execute(read_chapters(path)[0], book.root / "out.ipynb", parameters={}, root=book.root)
    assert not (book.root / "out.ipynb").exists()


def _page(book: Any, code: str) -> dict[str, Any]:
    """Run one cell as a chapter, and give the page it becomes."""
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    output = book.root / "out.ipynb"
    execute(read_chapters(path)[0], output, parameters={}, root=book.root)
    return dict(json.loads(output.read_text(encoding="utf-8")))


@pytest.fixture
def everything_said(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """Give all that was printed or logged until now."""
    return lambda: "".join(capfd.readouterr()) + caplog.text


def _fails(book: Any, said: Callable[[], str]) -> str:
    """Give the sentence of a chapter that cannot be run, and see that nothing else is said."""
    with pytest.raises(TransdxError, match=r"^chapter 01-cohort: ") as caught:
        _page(book, "1 + 1")
    assert said() == ""
    assert "\n" not in str(caught.value)
    assert not (book.root / "out.ipynb").exists()
    return str(caught.value)


def test_kernel_that_cannot_start_is_one_sentence(
    book: Any, monkeypatch: pytest.MonkeyPatch, everything_said: Callable[[], str]
) -> None:
    monkeypatch.setattr(kernel, "COMMAND", ("-c", "import no_such_module"))
    said = _fails(book, everything_said)
    assert "its Python process did not start" in said
    assert "No module named 'no_such_module'" in said
    monkeypatch.setattr(sys, "executable", str(book.root / "gone"))
    assert "its Python process did not start" in _fails(book, everything_said)


def test_kernel_that_does_not_answer_is_one_sentence(
    book: Any, monkeypatch: pytest.MonkeyPatch, everything_said: Callable[[], str]
) -> None:
    monkeypatch.setattr(kernel, "COMMAND", ("-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(execution, "START", 1)
    assert "did not answer (Kernel didn't respond in 1 seconds)" in _fails(book, everything_said)


def _warm(book: Any, monkeypatch: pytest.MonkeyPatch, warm: bool) -> AbstractContextManager[None]:
    """Give a block in which kernels begin as copies of a process, or each by itself."""
    monkeypatch.setattr(kernel, "POSSIBLE", warm)
    if warm and sys.platform != "linux":
        pytest.skip("kernels begin by themselves on this system")
    return kernel.warm(book.root)


@pytest.mark.parametrize("warm", [False, True])
def test_what_the_user_has_set_and_installed_takes_no_part(
    book: Any, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    theirs = book.root / "theirs"
    for name in ("scipy.py", "sitecustomize.py", "startup.py", "profile_default/startup/a.py"):
        book.write(f"theirs/{name}", "print('theirs'); seed = 'theirs'")
    book.write("theirs/matplotlibrc", "no such line\nfont.size: 99")
    book.write("theirs/profile_default/ipython_config.py", "print('theirs')\nraise ValueError")
    for name in ("PYTHONPATH", "IPYTHONDIR", "MPLCONFIGDIR", "HOME", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(theirs))
    monkeypatch.setenv("PYTHONSTARTUP", str(theirs / "startup.py"))
    monkeypatch.setenv("MATPLOTLIBRC", str(theirs / "matplotlibrc"))
    monkeypatch.setenv("MPLBACKEND", "no_such_backend")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    code = (
        "import sys, matplotlib, scipy\n"
        "from matplotlib import pyplot\n"
        "print(seed, matplotlib.rcParams['font.size'], 'site-packages' in scipy.__file__)"
    )
    with _warm(book, monkeypatch, warm):
        page = _page(book, code)
    shown = [output for cell in page["cells"] for output in cell.get("outputs", ())]
    assert [(output["name"], output["text"]) for output in shown] == [("stdout", "1 10.0 True\n")]


def test_kernels_that_are_copies_of_a_process_know_nothing_of_each_other(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, sys, transdx\n"
        "from matplotlib import pyplot\n"
        "print(os.getcwd(), sys.executable, getattr(transdx, 'left', None))\n"
        "transdx.left = 'behind'\n"
        "pyplot.plot([1, 2]);"
    )
    with _warm(book, monkeypatch, True):
        pages = [_page(book, code), _page(book, code)]
        with pytest.raises(TransdxError, match="chapter 01-cohort: its Python process ended"):
            _page(book, "import os\nos._exit(1)")
        said = json.dumps(_page(book, "import os\nos.system('echo aside')")["cells"])
        inside = _of_kernels(book)
    for page in pages:
        shown = [output for cell in page["cells"] for output in cell.get("outputs", ())]
        assert shown[0]["text"].split() == [str(book.root), sys.executable, "None"]
        # As in any notebook, a drawing shows without being asked to.
        assert "image/png" in shown[1]["data"]
    assert "aside" not in said.replace("echo aside", "")
    # Of the process that they were copies of nothing is left, and no file.
    assert len(inside) == 1
    assert _of_kernels(book) == []
    assert not list(kernel._place(book.root).parent.glob(f".{kernel._place(book.root).name}-*"))


def _of_kernels(book: Any) -> list[int]:
    """List the processes that kernels of a book are, or begin as."""
    name = f".{kernel._place(book.root).name}-"
    found = psutil.process_iter(["cmdline", "status"])
    return [
        one.pid
        for one in found
        if one.info["status"] != psutil.STATUS_ZOMBIE
        and any(name in word for word in one.info["cmdline"] or ())
    ]


def test_findings_that_are_computed_ahead_are_there_when_they_are_asked_for(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = plan(profile="trial", participants=400, permutations=20, bootstraps=20)
    place, said = book.root / "results" / run.name, []
    with _warm(book, monkeypatch, True):
        kernel.ahead(book.root, [run])
        ends = time.monotonic() + 300
        while not place.exists() and time.monotonic() < ends:
            time.sleep(0.1)
    assert place.exists()
    found = open_run(run, root=book.root, progress=lambda *stage: said.append(stage))
    assert said == []
    assert found.manifest["name"] == run.name


def test_kernel_needs_no_home_that_can_be_written_to(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Even root cannot make a folder below a file.
    home = book.write("home", "")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    page = _page(book, "import matplotlib.font_manager\nprint('all is well')")
    shown = [output for cell in page["cells"] for output in cell.get("outputs", ())]
    assert [(o["name"], o["text"]) for o in shown] == [("stdout", "all is well\n")]


def test_kernel_starts_where_the_path_of_a_socket_would_be_too_long(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = book.root / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert _page(book, "1 + 1")["cells"]


def test_error_that_is_meant_for_the_reader_is_a_sentence_in_a_notebook(book: Any) -> None:
    code = "from transdx.errors import InputError\nraise InputError('name a folder')"
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(book.notebook("C", code=code)))
    source = nbformat.read(path, as_version=4)
    with kernel.kernel(book.root) as own, pytest.raises(CellExecutionError):
        NotebookClient(source, km=own.manager).execute()
    assert source.cells[2].outputs[0]["traceback"] == ["transdx: name a folder"]


def test_publish_shows_parameters_and_hides_where_data_lie() -> None:
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"], "papermill": {"duration": 1}},
            "source": "seed: int = 1",
            "outputs": [],
        },
        {
            "cell_type": "code",
            "metadata": {"tags": ["injected-parameters"]},
            "source": 'data = "/secret/place"',
            "outputs": [],
        },
        {
            "cell_type": "code",
            "metadata": {"tags": [], "execution": {"iopub.execute_input": "now"}},
            "source": ["a = 1\n", "a"],
            "outputs": [],
        },
    ]
    values = {"world": "ukb", "seed": 3, "data": "/secret/place", "participants": 0}
    page = publish({"cells": cells}, values)
    text = json.dumps(page)
    assert "secret" not in text
    assert "papermill" not in text
    assert "iopub" not in text
    declared, table, code = page["cells"]
    assert declared["metadata"]["tags"] == ["parameters", "remove-cell"]
    assert "seed: int = 3" in declared["source"]
    assert "<td>3</td>" in table["source"]
    assert "participants" not in table["source"]
    assert code["metadata"] == {"tags": ["hide-input"]}
    assert page["metadata"]["transdx"] == {
        "world": "ukb",
        "run": "ukb-quick-seed3",
        "seed": 3,
        "version": transdx.__version__,
    }


def test_what_a_notebook_says_by_itself_is_on_no_page_and_its_links_lead_to_pages() -> None:
    link = f"<a {leads_to('06-anxiety', 'claim-c6')}>C6</a>"
    shown = {"output_type": "display_data", "data": {"text/html": link}, "metadata": {}}
    alone = {**shown, "metadata": {ALONE: True}}
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [alone, shown]}
    [page] = publish({"cells": [cell]}, {})["cells"]
    [left] = page["outputs"]
    assert left["data"]["text/html"] == '<a href="06-anxiety.html#claim-c6">C6</a>'


def test_claims_lead_to_notebooks_that_there_are() -> None:
    led = {claim.chapter for claim in load_claims()} - {""}
    for chapter in [*led, "09-claims"]:
        address = re.match(r'href="([^"]+)"', leads_to(chapter))
        assert address, chapter
        assert (NOTEBOOKS / address[1]).is_file(), chapter
    assert len(led) > 5


@pytest.mark.parametrize(
    "declared", ["seed = 1", "seed: int", "seed: list = []", "seed: int = 1 + n", 'seed: int = "1"']
)
def test_parameters_are_annotated_literals(book: Any, declared: str) -> None:
    source = book.notebook("C")
    source["cells"][1]["source"] = declared
    path = book.write("notebooks/01-cohort.ipynb", json.dumps(source))
    with pytest.raises(InputError, match="a parameter is written 'name: int = 0'"):
        read_chapters(path)[0]


def test_whole_number_is_accepted_where_a_decimal_is_declared(book: Any) -> None:
    chapter = read_chapters(book.root / "notebooks/01-cohort.ipynb")[0]
    assert chapter.check({"width": 2})["width"] == 2.0
    with pytest.raises(InputError, match=r"seed to be a whole number .* got 2\.5"):
        chapter.check({"seed": 2.5})


def test_what_is_no_notebook_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text("[]")
    with pytest.raises(InputError, match=r"a\.ipynb is not a notebook"):
        read_chapters(path)[0]


def test_notebook_with_editions_becomes_a_page_each(book: Any) -> None:
    source = book.notebook("About <!--score-->a score<!--/-->")
    source["metadata"]["transdx"] = {"editions": {"score": ["insomnia", "anxiety"]}}
    source["cells"][1]["source"] += '\nscore: str = "insomnia"'
    path = book.write("notebooks/03-scores.ipynb", json.dumps(source))
    pages = read_chapters(path)
    assert [(page.name, page.title) for page in pages] == [
        ("03-insomnia", "About insomnia"),
        ("03-anxiety", "About anxiety"),
    ]
    assert pages[1].check({"seed": 2})["score"] == "anxiety"
    shown = publish(source, pages[1].check({}))["cells"][0]["source"]
    assert shown == "# About anxiety"


def test_editions_are_of_a_parameter_the_notebook_takes(book: Any) -> None:
    source = book.notebook("C")
    source["metadata"]["transdx"] = {"editions": {"scores": ["insomnia"]}}
    path = book.write("notebooks/03-scores.ipynb", json.dumps(source))
    with pytest.raises(InputError, match="has editions of 'scores', which is none of its"):
        read_chapters(path)


def test_what_a_cell_prints_is_one_text_however_often_the_kernel_hands_it_over() -> None:
    def printed(name: str, text: str) -> dict[str, Any]:
        return {"output_type": "stream", "name": name, "text": text}

    picture = {"output_type": "display_data", "data": {"text/plain": "a picture"}, "metadata": {}}
    parts = [printed("stdout", "1\n"), printed("stdout", "2\n"), printed("stderr", "slow\n")]
    parts += [picture, printed("stdout", "3\n")]
    cell = {"cell_type": "code", "metadata": {}, "source": "work()", "outputs": parts}
    [page] = publish({"cells": [cell]}, {})["cells"]
    texts = [one.get("text") for one in page["outputs"]]
    assert texts == ["1\n2\n", "slow\n", None, "3\n"]
