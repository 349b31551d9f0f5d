"""Bad luck: nobody reads, a terminal knows few signs, a disk is full. A sentence, and no half."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from transdx import atlas
from transdx.cli import main
from transdx.connectomes import write_connectomes
from transdx.results.store import Findings, save_findings

#: Says more than a pipe holds, and a sign that ASCII has not.
TALKS = """
import sys
from transdx.cli import main, arguments
@arguments.command("talk")
def _talk(chosen):
    for _ in range(20_000):
        arguments.say("\\N{MINUS SIGN}1 of many lines")
sys.exit(main(["talk"]))
"""


def _talk(**variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", TALKS],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_pipe_that_is_closed_ends_it_in_silence():
    talking = _talk(PYTHONWARNINGS="error")
    assert talking.stdout
    assert talking.stderr
    assert talking.stdout.readline().decode() == "\N{MINUS SIGN}1 of many lines\n"
    talking.stdout.close()
    assert talking.wait() == 141
    assert talking.stderr.read() == b""


def test_a_terminal_that_knows_few_signs_gets_others():
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    said, complained = _talk(**plain).communicate()
    assert said.splitlines()[0] == b"?1 of many lines"
    assert complained == b""


@pytest.fixture
def full() -> Iterator[None]:
    """No file can grow beyond 4 kB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _people() -> Iterator[dict[str, np.ndarray]]:
    yield {"structural_connectivity": np.ones((9, len(atlas.connections())))}


def test_a_disk_that_is_full_while_packing_leaves_nothing(tmp_path, full):
    with pytest.raises(OSError, match="File too large"):
        write_connectomes(tmp_path, range(1, 10), _people())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_while_writing_results_leaves_those_before(tmp_path, request):
    names = ["modality_a", "modality_b", "score", "regions", "r", "p_spin", "p_fdr"]
    table = pd.DataFrame(np.random.default_rng(1).random((5000, 7)), columns=names)
    table = table.astype(dict.fromkeys(names[:3], str))
    save_findings(Findings("open", {"map_correlations": table[:9]}, {}), tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    request.getfixturevalue("full")
    with pytest.raises(OSError, match="File too large"):
        save_findings(Findings("open", {"map_correlations": table}, {}), tmp_path / "run")
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_command_line_says_it_in_a_sentence(tmp_path, full, capsys):
    assert main(["simulate", "--out", str(tmp_path / "new"), "--participants", "60"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("transdx: ")
    assert "File too large" in said[-1]
    assert list(tmp_path.iterdir()) == []
