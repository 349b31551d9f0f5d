"""The check of the built pages knows every way in which a page can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from transdx.book.check import check_site, faults
from transdx.errors import TransdxError

BANNER = '<div class="transdx-banner">Simulated data</div>'


def page(folder: Path, body: str, *, head: str = "", name: str = "index.html") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"<html><head>{head}</head><body>{BANNER}<article>{body}</article></body></html>",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "None", "undefined", "inf", "−inf", "p = nan", "1 to inf", "(None)"]
)
def test_what_is_no_number_is_found_in_a_value(tmp_path: Path, text: str) -> None:
    found = faults(page(tmp_path, f'<span class="transdx-value" title="a.b">{text}</span>'))
    assert found == [f"index.html: a value is empty or no number: '{text}' (a.b)"]


@pytest.mark.parametrize(
    "text", ["0", "−0.05", "25,604", "p < 0.001", "information", "Nonesuch", "nano", "1.inf"]
)
def test_numbers_and_words_are_no_fault(tmp_path: Path, text: str) -> None:
    assert faults(page(tmp_path, f'<span class="transdx-value">{text}</span>')) == []


@pytest.mark.parametrize(
    ("tag", "attribute"),
    [
        ("script", "src"),
        ("link", "href"),
        ("img", "src"),
        ("source", "src"),
        ("source", "srcset"),
        ("iframe", "src"),
        ("video", "src"),
        ("video", "poster"),
        ("audio", "src"),
        ("embed", "src"),
        ("object", "data"),
        ("image", "href"),
        ("image", "xlink:href"),
        ("use", "href"),
        ("use", "xlink:href"),
    ],
)
@pytest.mark.parametrize("address", ["https://a.example/x", "//a.example/x", "ws://a.example/x"])
def test_nothing_loads_from_elsewhere(
    tmp_path: Path, tag: str, attribute: str, address: str
) -> None:
    body = f'<{tag} alt="a picture" {attribute}="{address}"></{tag}>'
    assert faults(page(tmp_path, body)) == [f"index.html: <{tag}> loads {address}"]
    here = body.replace(address, "data:,x")
    assert faults(page(tmp_path, here)) == []


@pytest.mark.parametrize("rel", ["stylesheet", "preload", "icon", "preconnect"])
def test_links_that_load_are_told_from_those_that_name(tmp_path: Path, rel: str) -> None:
    head = '<link rel="{}" href="https://a.example/x">'
    assert faults(page(tmp_path, "", head=head.format(rel))) == [
        "index.html: <link> loads https://a.example/x"
    ]
    for naming in ("canonical", "next", "prev", "author", "license", "search", "index"):
        assert faults(page(tmp_path, "", head=head.format(naming))) == []


@pytest.mark.parametrize(
    "rule",
    [
        "@import 'https://a.example/x.css';",
        "@import https://a.example/x.css;",
        "@IMPORT url(https://a.example/x.css);",
        "@import url( 'https://a.example/x.css' ) screen;",
        "p { background: URL( 'https://a.example/x.css' ) }",
    ],
)
def test_styles_load_nothing_from_elsewhere(tmp_path: Path, rule: str) -> None:
    assert any(
        "https://a.example/x.css" in one for one in faults(page(tmp_path, f"<style>{rule}</style>"))
    )
    clean = page(tmp_path / "clean", "<style>p { background: url('x.png') }</style>")
    assert faults(clean) == []


@pytest.mark.parametrize(
    "code", ["fetch('https://a.example/x')", 'importScripts("//a.example/x")', "import(`http://a`)"]
)
def test_scripts_ask_for_nothing(tmp_path: Path, code: str) -> None:
    (only,) = faults(page(tmp_path, f"<script>{code}</script>"))
    assert only.startswith("index.html: <script> asks for")
    assert faults(page(tmp_path, "<script>fetch('x.json'); myimport('https://a')</script>")) == []


def test_drawings_are_named_in_one_of_three_ways(tmp_path: Path) -> None:
    ways = (
        '<svg role="img" aria-label="A map"></svg>',
        '<svg role="img" aria-labelledby="t"></svg>',
        '<svg role="img"><title>A map</title></svg>',
        "<svg></svg>",
    )
    assert faults(page(tmp_path, "".join(ways))) == []
    assert len(faults(page(tmp_path, '<svg role="img"></svg>'))) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<p class="system-message">Unknown role</p>', "unresolved: Unknown role"),
        ('<p class="problematic">{x}`y`</p>', "unresolved"),
        ("<p>{value}`a.b`</p>", "markup that was not understood: {value}`a.b`"),
        ("<p>{eval}`a`</p>", "markup"),
        ("<p>{ref}`a`</p>", "markup"),
        ("<p>{doc}`a`</p>", "markup"),
        ("<p>{numref}`a`</p>", "markup"),
        ('<div class="output traceback">KeyError</div>', "a cell complained: KeyError"),
    ],
)
def test_what_went_wrong_in_a_build_is_found(tmp_path: Path, body: str, fault: str) -> None:
    (only,) = faults(page(tmp_path, body))
    assert fault in only
    assert faults(page(tmp_path, "<pre>{value}`a.b`</pre><code>{ref}`a`</code>")) == []


@pytest.mark.parametrize(
    "path",
    ["/home/ann/x", "/Users/ann/x", "/tmp/x", "C:\\Users\\ann", "lib/site-packages/x", "file:///x"],
)
@pytest.mark.parametrize("where", ["<p>{}</p>", '<a title="{}">x</a>', '<p aria-label="{}">x</p>'])
def test_paths_of_the_machine_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, where: str
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    (only,) = faults(page(tmp_path, where.format(path)))
    assert "a path of this machine" in only


def test_the_home_folder_is_found_and_a_short_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/zhome/ann"))
    assert len(faults(page(tmp_path, "<p>in /zhome/ann/data</p>"))) == 1
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert faults(page(tmp_path, "<p>and/or</p>"), root=Path("/")) == []


def test_what_may_be_an_id_begins_with_one_to_six_and_has_seven_digits(tmp_path: Path) -> None:
    for first in range(10):
        number = f"{first}{first}00000"
        found = faults(page(tmp_path, f"<table><tr><th>{number}</th></tr></table>"))
        assert bool(found) == (1 <= first <= 6), number
    for other in ("12345678", "123456", "1,234,567"):
        assert faults(page(tmp_path, f"<table><tr><td>{other}</td></tr></table>")) == []


def test_links_lead_to_pages_and_places_with_their_names_written_out(tmp_path: Path) -> None:
    page(tmp_path, '<p id="größe">x</p><a name="old">y</a>', name="part/a b.html")
    body = (
        '<a href="part/a%20b.html">1</a><a href="part/a%20b.html#gr%C3%B6%C3%9Fe">2</a>'
        '<a href="part/a%20b.html#old">3</a><a href="part">4</a><a href="?x">5</a>'
    )
    assert faults(page(tmp_path, body)) == []
    page(
        tmp_path,
        '<a href="../index.html">up</a><a href="index.html">not here</a>',
        name="part/c.html",
    )
    assert faults(tmp_path) == ["part/c.html: a link leads nowhere: index.html"]
    assert faults(page(tmp_path / "b", '<a href="#gone">x</a>')) == [
        "index.html: a link's place on the page is not there: #gone"
    ]


def test_templates_of_the_theme_are_no_pages(tmp_path: Path) -> None:
    page(tmp_path, "")
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "x.html").write_text("<p>no banner</p>")
    assert faults(tmp_path) == []


def test_an_empty_banner_is_none(tmp_path: Path) -> None:
    page(tmp_path, "")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(text.replace("Simulated data", " "), encoding="utf-8")
    assert faults(tmp_path) == ["index.html: no banner says which data it shows"]


def test_many_faults_are_counted_and_the_first_thirty_listed(tmp_path: Path) -> None:
    page(tmp_path, '<img src="data:,">' * 33)
    with pytest.raises(TransdxError) as caught:
        check_site(tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[0] == "the built pages have 33 faults:"
    assert len([line for line in lines if "index.html" in line]) == 30
    assert lines[-1].strip() == "... and 3 more"
    page(tmp_path, '<img src="data:,">' * 30)
    with pytest.raises(TransdxError) as caught:
        check_site(tmp_path)
    assert "more" not in str(caught.value)
