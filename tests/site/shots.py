"""A picture of every page, light and dark, at three widths, to look at: make shots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("width", [390, 1100, 1400])
def test_picture(view: Any, site: Path, width: int) -> None:
    name = view.page.relative_to(site).with_suffix("").as_posix().replace("/", "-")
    view.widen(width)
    file = site.parent / "shots" / str(width) / f"{name}-{view.scheme}.png"
    view.tab.screenshot(path=file, full_page=True)
    assert file.stat().st_size > 5_000
