"""The check of the built pages finds each kind of fault, and nothing on a clean page."""

from __future__ import annotations

from pathlib import Path

import pytest

from transdx.book.check import check_site, faults
from transdx.errors import TransdxError
from transdx.places import without_places

BANNER = '<div class="transdx-banner">Simulated data</div>'


def site(folder: Path, body: str, *, head: str = "", banner: str = BANNER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "other.html").write_text(f"<body>{BANNER}<p id='here'>x</p></body>")
    page = f"<html><head>{head}</head><body>{banner}<article>{body}</article></body></html>"
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder


def test_clean_page_has_no_faults(tmp_path: Path) -> None:
    body = (
        '<h1 id="top">Title</h1><a href="https://example.org">a link out</a>'
        '<a href="other.html#here">in</a><a href="#top">up</a><a href="mailto:a@b.c">mail</a>'
        '<img src="data:image/png;base64,xx" alt="A map of beta"><code>{value}`x`</code>'
        '<span class="transdx-value">−0.05</span>'
        "<table><tr><th>people</th><td>4000000</td></tr><tr><td>12</td></tr></table>"
    )
    head = '<link rel="canonical" href="https://example.org/x"><link href="other.html">'
    assert faults(site(tmp_path, body, head=head), root=tmp_path) == []
    check_site(tmp_path)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "<script> loads https://cdn.example"),
        ('<script src="//cdn.example/x.js"></script>', "<script> loads //cdn.example"),
        ('<img alt="x" src="http://a.example/x.png">', "<img> loads"),
        ('<img alt="x" srcset="a.png 1x, https://a.example/b.png 2x">', "https://a.example/b.png"),
        ('<iframe src="https://a.example"></iframe>', "<iframe> loads"),
        ('<style>@import "https://a.example/x.css";</style>', "a style loads https://a.example"),
        ('<p style="background: url(https://a.example/b.png)">x</p>', "a style loads"),
        ('<script>fetch("https://a.example/x.json")</script>', "<script> asks for"),
        ('<script type="module">import("https://a.example/x.js")</script>', "<script> asks for"),
        ('<img src="a.png">', "no alternative text"),
        ('<img src="a.png" alt=" ">', "no alternative text"),
        ('<svg role="img"><path/></svg>', "a drawing has no alternative text"),
        ('<span class="problematic">{value}`x`</span>', "unresolved"),
        ('<span class="transdx-value"></span>', "a value is empty"),
        ('<span class="transdx-value">nan</span>', "a value is empty or no number"),
        ("<p>see {cite}`delange2025`</p>", "markup that was not understood"),
        ('<div class="output stderr">Warning!</div>', "a cell complained"),
        ("<p>read from /home/ann/data</p>", "a path of this machine"),
        ('<img alt="x" src="file:///x.png">', "a path of this machine"),
        ("<table><tr><td>1234567</td><td>3</td></tr></table>", "may be a participant id: 1234567"),
        ('<a href="gone.html">x</a>', "a link leads nowhere: gone.html"),
        ('<a href="other.html#gone">x</a>', "a link's place on the page is not there"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, body: str, fault: str) -> None:
    found = faults(site(tmp_path, body), root=tmp_path / "elsewhere")
    assert any(line.startswith("index.html: ") and fault in line for line in found), found


def test_path_of_the_checkout_is_found(tmp_path: Path) -> None:
    found = faults(site(tmp_path / "html", f"<p>{tmp_path}/results</p>"), root=tmp_path)
    assert any("a path of this machine" in line for line in found)


@pytest.mark.parametrize("root", ["/book", "/doc", "/data", "/srv/a.b"])
def test_path_of_a_checkout_is_found_whole_only(tmp_path: Path, root: str) -> None:
    # Where there is no such folder, a path is as good as any.
    for text in (f"<p>in {root}/results</p>", f"<p>in {root}.</p>", f'<a title="{root}">x</a>'):
        found = faults(site(tmp_path, text), root=Path(root))
        assert found == [line for line in found if "a path of this machine" in line] != []
    clean = f'<a href="_static{root}.css">x</a>' if root == "/book" else ""
    near = f"<p>{root}.css, {root}s, {root}-1, this{root}, ..{root}/x</p>{clean}"
    assert not [line for line in faults(site(tmp_path, near), root=Path(root)) if "path" in line]


def test_a_home_at_the_root_of_all_folders_is_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/")
    assert faults(site(tmp_path, "<p>/ and /x</p>"), root=Path("/")) == []
    assert without_places("/srv/x is missing", Path("/elsewhere")) == "/srv/x is missing"


def test_without_a_home_a_site_is_checked_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 3_999_999_999)
    assert faults(site(tmp_path, "x"), root=Path("/book")) == []
    assert without_places("/book/x", Path("/book")) == "the book's folder/x"


def test_page_without_banner_is_found(tmp_path: Path) -> None:
    assert faults(site(tmp_path, "", banner="")) == [
        "index.html: no banner says which data it shows"
    ]


def test_style_sheet_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    folder = site(tmp_path, "")
    (folder / "a.css").write_text("p { background: url('https://a.example/x.woff2') }")
    assert faults(folder) == ["a.css: loads https://a.example/x.woff2"]


def test_faults_fail_with_the_page_and_what_is_wrong(tmp_path: Path) -> None:
    folder = site(tmp_path, '<img src="data:,">')
    with pytest.raises(TransdxError, match=r"1 faults:\n  index.html: an image has no"):
        check_site(folder)


def test_empty_folder_is_no_book(tmp_path: Path) -> None:
    assert faults(tmp_path) == [f"{tmp_path.name}: no pages"]
