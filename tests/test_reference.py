"""Fetching: the mirror first, every hash checked, the cache never half-written."""

from __future__ import annotations

import functools
import hashlib
import http.server
import threading

import pytest

from transdx import reference
from transdx.cli import main
from transdx.errors import InputError, TransdxError

CONTENT = b"participant_id\tage\nsub-1\t20\n"
NAME = "small/table.tsv"


@pytest.fixture
def server(tmp_path):
    """Serve one small file on this machine."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "table.tsv").write_bytes(CONTENT)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/table.tsv"
        running.shutdown()


@pytest.fixture
def declare(monkeypatch, tmp_path):
    """Put one entry into the registry, and the cache into a temporary folder."""
    monkeypatch.delenv(reference.MIRROR, raising=False)
    monkeypatch.setenv(reference.CACHE, str(tmp_path / "cache"))

    def declared(url: str, content: bytes = CONTENT) -> None:
        digest = hashlib.sha256(content).hexdigest()
        entry = reference.Reference(NAME, len(content), digest, url, "CC0-1.0", "nobody", "test")
        monkeypatch.setattr(reference, "registry", lambda: {NAME: entry})

    return declared


def test_a_file_is_fetched_once_and_kept(server, declare, tmp_path):
    declare(server)
    path = reference.fetch(NAME)
    assert path == tmp_path / "cache" / NAME
    assert path.read_bytes() == CONTENT
    declare("http://127.0.0.1:9/gone")
    assert reference.fetch(NAME).read_bytes() == CONTENT


def test_a_wrong_hash_is_refused_and_nothing_kept(server, declare, tmp_path):
    declare(server, content=b"something else")
    with pytest.raises(TransdxError, match="not the declared file"):
        reference.fetch(NAME)
    assert not (tmp_path / "cache").exists()


def test_a_wrong_hash_leaves_what_was_in_the_cache(server, declare, tmp_path):
    kept = tmp_path / "cache" / NAME
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"older")
    declare(server, content=b"something else")
    with pytest.raises(TransdxError):
        reference.fetch(NAME)
    assert kept.read_bytes() == b"older"
    assert [path.name for path in kept.parent.iterdir()] == ["table.tsv"]


def test_no_network_is_one_sentence_and_exit_code_1(declare, tmp_path, capsys):
    declare("http://127.0.0.1:9/table.tsv")
    assert main(["fetch"]) == 1
    shown = [line for line in capsys.readouterr().err.splitlines() if line.startswith("transdx:")]
    assert len(shown) == 1
    assert "connect to the network, or set TRANSDX_REFERENCE_DIR" in shown[0]
    assert not (tmp_path / "cache").exists()


def test_the_mirror_comes_first(declare, monkeypatch, tmp_path):
    declare("http://127.0.0.1:9/table.tsv")
    mirrored = tmp_path / "mirror" / NAME
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CONTENT)
    monkeypatch.setenv(reference.MIRROR, str(tmp_path / "mirror"))
    assert reference.fetch(NAME) == mirrored


def test_a_spoiled_mirror_is_refused(declare, monkeypatch, tmp_path):
    declare("http://127.0.0.1:9/table.tsv")
    mirrored = tmp_path / "mirror" / NAME
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CONTENT + b"x")
    monkeypatch.setenv(reference.MIRROR, str(tmp_path / "mirror"))
    with pytest.raises(TransdxError, match="in the mirror"):
        reference.fetch(NAME)


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"did you mean 'aomic-piop2/participants\.tsv'"):
        reference.fetch("aomic-piop2/participant.tsv")
