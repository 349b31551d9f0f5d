"""A browser without network on a built book: make site, or pytest tests/site --site FOLDER."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from transdx._locks import sole_writer
from transdx.progress import silent

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
AXE = "axe-core@4.14.1"
#: Pixels of a desk.
WIDE = 1400
#: What moves is in between two states, which nobody wants measured.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important }"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", type=Path, help="the built book, _build/html")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "light: what does not depend on colours is looked at once")
    config.addinivalue_line("markers", "xdist_group(name): what one of several browsers has open")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if config.getoption("--site", None) else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "view" not in metafunc.fixturenames:
        return
    site = metafunc.config.getoption("--site")
    names = [page.relative_to(site).as_posix() for page in pages(site)]
    light = metafunc.definition.get_closest_marker("light")
    schemes = ("light",) if light else ("light", "dark")
    # Pages come in one order everywhere, so that what looks at the same one comes together.
    seen = [(name, scheme) for scheme in schemes for name in names]
    metafunc.parametrize(
        "opened_view",
        [pytest.param(one, marks=pytest.mark.xdist_group("-".join(one))) for one in seen],
        indirect=True,
        ids=[f"{name.removesuffix('.html')}-{scheme}" for name, scheme in seen],
        scope="session",
    )


def pages(site: Path) -> list[Path]:
    found = [p for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts]
    if not found:
        raise pytest.UsageError(f"there is no book in {site}: make book, then make site")
    return sorted(found)


@dataclass
class View:
    """A page as a reader has it open, and what the browser said and asked for meanwhile."""

    page: Path
    scheme: str
    tab: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def widen(self, width: int) -> None:
        self.tab.set_viewport_size({"width": width, "height": 900})
        # Two frames: what follows the width is done in the first.
        self.tab.evaluate(
            "() => new Promise((f) => requestAnimationFrame(() => setTimeout(f, 50)))"
        )

    def ask(self, script: str) -> Any:
        return self.tab.evaluate(script)


@pytest.fixture(scope="session")
def site(pytestconfig: pytest.Config) -> Path:
    return Path(pytestconfig.getoption("--site")).resolve()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.exit(f"the pages are tested in Chromium, of which none is here: {CHROMIUM}", 1)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def opened_view(request: pytest.FixtureRequest, site: Path, browser: Browser) -> Iterator[View]:
    """A page for all tests of it: to open one takes longer than to look at it."""
    name, scheme = request.param
    opened = open_page(browser, site / name, scheme)
    yield opened
    opened.tab.context.close()


@pytest.fixture
def view(opened_view: View) -> View:
    """The page, as wide as it was opened."""
    if opened_view.ask("innerWidth") != WIDE:
        opened_view.widen(WIDE)
    return opened_view


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """Somebody at a desk, who goes where a test leads."""
    context = browser.new_context(offline=True, viewport={"width": WIDE, "height": 900})
    yield context.new_page()
    context.close()


def open_page(browser: Browser, page: Path, scheme: str) -> View:
    context = browser.new_context(
        offline=True,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": WIDE, "height": 900},
    )
    tab = context.new_page()
    view = View(page, scheme, tab)
    tab.on("request", lambda request: view.requests.append(request.url))
    tab.on("requestfailed", lambda request: view.messages.append(f"not there: {request.url}"))
    tab.on("pageerror", lambda error: view.messages.append(str(error)))
    tab.on(
        "console", lambda said: view.messages.append(said.text) if said.type == "error" else None
    )
    tab.goto(page.as_uri())
    tab.add_style_tag(content=STILL)
    # Equations are there when MathJax says so, and their boxes have their size a frame later.
    tab.evaluate("() => window.MathJax?.startup?.promise.then(() => 1)")
    view.widen(WIDE)
    return view


@pytest.fixture(scope="session")
def axe(site: Path) -> str:
    """The text of axe-core, which npm brings once."""
    folder = site.parent / "axe"
    file = folder / "node_modules" / "axe-core" / "axe.min.js"
    held = folder / AXE
    if shutil.which("npm") is None and not held.exists():
        pytest.skip(f"there is no npm to bring {AXE}")
    with sole_writer(folder, what=AXE, progress=silent):
        if not held.exists():
            folder.mkdir(exist_ok=True)
            got = subprocess.run(
                ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), AXE],
                capture_output=True,
                text=True,
            )
            if got.returncode:
                pytest.skip(f"npm could not bring {AXE}: {got.stderr.strip()[:200]}")
            held.touch()
    return file.read_text(encoding="utf-8")
