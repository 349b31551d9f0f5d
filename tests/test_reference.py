"""Fetching: the mirror first, every hash checked, the cache never half-written."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import re
import threading

import pytest

from transdx import reference
from transdx.cli import main
from transdx.errors import InputError, TransdxError

CONTENT = b"participant_id\tage\nsub-1\t20\n"
NAME = "small/table.tsv"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *about: object) -> None:
        """Say nothing of a request."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve one small file on this machine."""
    # Whoever needs a proxy to reach the world does not for this.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "table.tsv").write_bytes(CONTENT)
    handler = functools.partial(Quiet, directory=folder)
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
    shown = capsys.readouterr().err
    assert shown.startswith("transdx: ")
    assert shown.count("\n") == 1
    assert "connect to the network, or set TRANSDX_REFERENCE_DIR" in shown
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


@pytest.mark.parametrize("ask", [reference.fetch, reference.find])
@pytest.mark.parametrize(
    ("mirror", "state"), [("{}/nowhere", "does not exist"), ("{}/a.txt", "is a file")]
)
def test_a_mirror_that_is_no_folder_is_refused(
    ask, mirror, state, declare, server, monkeypatch, tmp_path
):
    declare(server)
    (tmp_path / "a.txt").write_text("")
    monkeypatch.setenv(reference.MIRROR, mirror.format(tmp_path))
    with pytest.raises(InputError, match=f"expected TRANSDX_REFERENCE_DIR to name .* {state}"):
        ask(NAME)
    assert not (tmp_path / "cache").exists()


def test_a_run_with_a_mistyped_mirror_is_wrong_use(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(reference.MIRROR, str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--participants", "60"]) == 2
    assert "which does not exist" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_empty_variable_counts_as_none(server, declare, monkeypatch, tmp_path):
    declare(server)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for variable in (reference.MIRROR, reference.CACHE):
        monkeypatch.setenv(variable, "")
    assert reference.fetch(NAME).is_relative_to(tmp_path / "home")


def test_a_tilde_is_the_home_folder(server, declare, monkeypatch, tmp_path):
    declare(server)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(reference.CACHE, "~/kept")
    assert reference.fetch(NAME) == tmp_path / "kept" / NAME
    monkeypatch.setenv(reference.MIRROR, "~/kept")
    monkeypatch.delenv(reference.CACHE)
    assert reference.find(NAME) == tmp_path / "kept" / NAME


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    """A user without a name and without a home, as in many a container."""
    for variable in ("HOME", "XDG_CACHE_HOME", reference.CACHE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 3_999_999_999)
    monkeypatch.chdir(tmp_path)


def test_without_a_home_folder_files_are_kept_all_the_same(
    server, declare, homeless, monkeypatch, tmp_path
):
    declare(server)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    assert reference.find(NAME) is None
    assert reference.fetch(NAME) == tmp_path / "tmp" / "transdx" / NAME
    assert reference.find(NAME) == tmp_path / "tmp" / "transdx" / NAME
    monkeypatch.setenv(reference.MIRROR, "~/mirror")
    with pytest.raises(InputError, match="there is no home folder here"):
        reference.find(NAME)


def test_a_cache_that_cannot_be_written_to_is_said(server, declare, monkeypatch, tmp_path):
    declare(server)
    (tmp_path / "a.txt").write_text("")
    monkeypatch.setenv(reference.CACHE, str(tmp_path / "a.txt"))
    with pytest.raises(TransdxError, match=r"cannot be kept .*set TRANSDX_CACHE_DIR") as caught:
        reference.fetch(NAME)
    assert str(tmp_path) not in str(caught.value), "it may go onto a page"


def test_no_path_of_a_moment_is_said(server, declare, capfd):
    declare(server)
    reference.fetch(NAME)
    assert "".join(capfd.readouterr()) == ""


def test_only_what_cannot_be_had_is_skipped_and_nothing_beside_a_mirror(
    fetched, declare, server, monkeypatch, tmp_path
):
    declare("http://127.0.0.1:9/table.tsv")
    with pytest.raises(pytest.skip.Exception, match="needs data that are fetched: small/table"):
        fetched(NAME)
    monkeypatch.setenv(reference.MIRROR, str(tmp_path))
    with pytest.raises(TransdxError, match="could not be fetched"):
        fetched(NAME)
    monkeypatch.delenv(reference.MIRROR)
    declare(server, content=b"something else")
    with pytest.raises(TransdxError, match="not the declared file"):
        fetched(NAME)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"maps": {"kind": "network", "rowz": "a"}},
            "'maps' in .* key 'rowz'; did you mean 'rows'",
        ),
        ({"maps": {"rows": "a"}}, "'maps' in .* lacks 'kind'"),
        ({"license": "CC0"}, "has an unknown key 'license'; did you mean 'licence'"),
        ({"url": None}, "lacks 'url'"),
    ],
)
def test_a_slip_in_the_registry_is_named(change, said, tmp_path, monkeypatch):
    names = ("bytes", "sha256", "url", "licence", "citation", "content")
    entry = {"file": NAME, **dict.fromkeys(names, "x"), **change}
    (tmp_path / "data").mkdir()
    kept = {name: value for name, value in entry.items() if value is not None}
    (tmp_path / "data" / "reference.json").write_text(json.dumps([kept]), encoding="utf-8")
    monkeypatch.setattr(reference, "files", lambda _: tmp_path)
    with pytest.raises(InputError, match=f"the entry '{NAME}' of reference.json") as raised:
        reference.registry.__wrapped__()
    assert re.search(said, str(raised.value))
