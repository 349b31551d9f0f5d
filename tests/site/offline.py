"""Open every page of the built book in a browser without network, as a reader would.

    python tests/site/offline.py _build/html

Each page is opened from its folder at the widths of a desk and of a phone, light and dark. It must
ask for nothing but files, say nothing on the console, typeset its equations, show its world, load
every picture, and not scroll sideways. The search must find something. Exit code 1 if not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

WIDTHS = {"desk": 1280, "phone": 390}
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
LOCAL = ("file:", "data:", "about:", "blob:", "chrome:", "devtools:")
# Colours are compared as a reader sees them: text of the page against what lies behind it.
STATE = """(() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((c) => {
      c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = (node) => {
    const [a, b] = [luminance(getComputedStyle(node).color), luminance(ground(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const banner = document.querySelector(".transdx-banner");
  const box = banner && banner.getBoundingClientRect();
  const heading = [...document.querySelectorAll("h1")].find((node) => node.offsetParent);
  const wide = [...document.querySelectorAll("article *")].filter((node) =>
    node.getBoundingClientRect().right > innerWidth + 1
    && !node.closest(".pst-scrollable-table-container, pre, mjx-container, details:not([open])")
    && ![...ancestors(node)].some((up) =>
      /auto|scroll|hidden/.test(getComputedStyle(up).overflowX)));
  function* ancestors(node) {
    for (node = node.parentElement; node && node.tagName !== "BODY"; node = node.parentElement)
      yield node;
  }
  return JSON.stringify({
    banner: banner ? banner.innerText.trim() : "",
    bannerHigh: box ? box.height : 0,
    bannerCovers: box && heading ? heading.getBoundingClientRect().top < box.bottom - 1 : false,
    contrast: banner ? contrast(banner) : 0,
    textContrast: Math.min(...[...document.querySelectorAll("article p, article li, article td")]
      .filter((node) => node.offsetParent && node.innerText.trim()).map(contrast), 21),
    theme: document.documentElement.dataset.theme || "",
    maths: document.querySelectorAll(".math").length,
    typeset: document.querySelectorAll("mjx-container").length,
    broken: document.querySelectorAll("mjx-merror, [data-mjx-error]").length,
    pictures: [...document.images].filter((i) => i.offsetParent && i.complete && !i.naturalWidth)
      .map((i) => i.alt || i.src.slice(0, 80)),
    sideways: document.documentElement.scrollWidth - innerWidth,
    wide: wide.slice(0, 3).map((node) => node.tagName + "." + node.className),
  });
})()"""


class Browser:
    """A headless Chromium that is asked over its debugging socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._next = 0
        self.requests: list[str] = []
        self.messages: list[str] = []

    def ask(self, method: str, **parameters: Any) -> Any:
        self._next += 1
        self._socket.send(json.dumps({"id": self._next, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._next:
                return message.get("result", {})
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        what, about = message.get("method"), message.get("params", {})
        if what == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif what == "Runtime.exceptionThrown":
            self.messages.append(str(about["exceptionDetails"].get("exception", about))[:300])
        elif what == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
            self.messages.append(str([a.get("value") for a in about["args"]])[:300])
        elif what == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.messages.append(about["entry"]["text"][:300])

    def value(self, expression: str) -> Any:
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True)
        return answer.get("result", {}).get("value")

    def open(self, page: Path, *, query: str = "") -> None:
        self.requests.clear()
        self.messages.clear()
        self.ask("Page.navigate", url=page.resolve().as_uri() + query)
        self.until("document.readyState === 'complete' && location.protocol === 'file:'")
        self.value("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => 1) : 1")

    def until(self, expression: str, *, seconds: float = 20) -> bool:
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            if self.value(f"Boolean({expression})"):
                return True
            time.sleep(0.05)
        return False


@contextmanager
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        sys.exit("offline.py needs Chromium: none of " + ", ".join(names) + " is on the PATH")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                program,
                *ARGUMENTS,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Browser(create_connection(_address(Path(profile)), timeout=60))
        finally:
            process.terminate()
            process.wait(timeout=20)


def _address(profile: Path) -> str:
    file = profile / "DevToolsActivePort"
    stop = time.monotonic() + 30
    while not (file.exists() and file.read_text().strip()):
        if time.monotonic() > stop:
            sys.exit("Chromium did not start")
        time.sleep(0.1)
    port = file.read_text().split()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
        targets = json.load(answer)
    return str(next(t for t in targets if t["type"] == "page")["webSocketDebuggerUrl"])


def look(tab: Browser, page: Path, *, width: int, scheme: str) -> Iterator[str]:
    """Open a page and say what is wrong with it."""
    tab.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=width < 600,
    )
    feature = {"name": "prefers-color-scheme", "value": scheme}
    tab.ask("Emulation.setEmulatedMedia", features=[feature])
    tab.open(page)
    for address in tab.requests:
        if not address.startswith(LOCAL):
            yield f"asks for {address}"
    for message in tab.messages:
        yield f"console: {message}"
    yield from _judge(json.loads(tab.value(STATE)), scheme)


def _judge(state: dict[str, Any], scheme: str) -> Iterator[str]:
    least = min(state["contrast"], state["textContrast"])
    wrong = {
        "shows no banner": not state["banner"] or not state["bannerHigh"],
        "the banner lies over the page": state["bannerCovers"],
        f"shows its {state['theme']} theme where {scheme} was asked for": state["theme"] != scheme,
        f"contrast of text is {least:.1f} to 1, less than 4.5": least < 4.5,
        f"{state['typeset']} of {state['maths']} equations are typeset": (
            state["typeset"] < state["maths"]
        ),
        f"{state['broken']} equations are wrong": state["broken"],
        f"pictures did not load: {state['pictures']}": state["pictures"],
        f"scrolls sideways by {state['sideways']} px": state["sideways"] > 0,
        f"is wider than the window: {state['wide']}": state["wide"],
    }
    return (fault for fault, present in wrong.items() if present)


def search(tab: Browser, site: Path) -> Iterator[str]:
    """Search for a word that every edition has."""
    tab.open(site / "search.html", query="?q=bootstrap")
    if not tab.until("document.querySelectorAll('#search-results li').length > 0"):
        yield "search.html: finds nothing for 'bootstrap'"


def main(site: Path) -> int:
    pages = sorted(p for p in site.rglob("*.html") if "_static" not in p.relative_to(site).parts)
    if not pages:
        sys.exit(f"no pages in {site}")
    found: list[str] = []
    with browser() as tab:
        for domain in ("Page", "Network", "Runtime", "Log"):
            tab.ask(f"{domain}.enable")
        for page in pages:
            for name, width in WIDTHS.items():
                for scheme in ("light", "dark"):
                    where = f"{page.relative_to(site)} ({name}, {scheme})"
                    faults = look(tab, page, width=width, scheme=scheme)
                    found += [f"{where}: {fault}" for fault in faults]
        found += list(search(tab, site))
    summary = f"{len(pages)} pages at {len(WIDTHS)} widths, light and dark: {len(found)} faults"
    sys.stdout.write("\n".join([*found, summary]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html")))
