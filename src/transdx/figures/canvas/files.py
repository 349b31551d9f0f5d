"""Pictures as files: all panels of a figure in one, with words that say what and of which run."""

from __future__ import annotations

import html
import io
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from transdx.figures.canvas.layout import CSS_PIXELS
from transdx.figures.canvas.style import LIGHT, drawing

if TYPE_CHECKING:
    from transdx.figures.canvas.picture import Picture

#: Between panels, and the height of the line that names the run, in CSS pixels.
_GAP, _LINE = 16, 20
_SVG = re.compile(r'<svg [^>]*viewBox="([^"]+)"[^>]*>(.*)</svg>', re.DOTALL)
_SAID_TWICE = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_PNG_HEADER = 33  # the signature, and the first chunk


def with_words(png: bytes, words: Mapping[str, str]) -> bytes:
    """Add text to a PNG file, by keyword: its pixels stay as they are."""
    chunks = b"".join(
        _chunk(b"iTXt", keyword.encode() + b"\0\0\0\0\0" + text.encode())
        for keyword, text in words.items()
        if text
    )
    return png[:_PNG_HEADER] + chunks + png[_PNG_HEADER:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(pictures: Sequence[Picture], *, line: str, density: int) -> bytes:
    """Lay panels out on one light sheet with a last line, and pack it as PNG."""
    places, width, height = _places(pictures)
    sheet = Image.new("RGB", (width * density, height * density), LIGHT.background)
    for picture, (left, top) in zip(pictures, places, strict=True):
        panel = Image.open(io.BytesIO(picture.light)).convert("RGB")
        sheet.paste(panel, (left * density, top * density))
    if line:
        strip = _line(line, width, density)
        sheet.paste(strip, (0, sheet.height - strip.height))
    stream = io.BytesIO()
    sheet.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(stream, "PNG")
    return stream.getvalue()


def _line(text: str, width: int, density: int) -> Image.Image:
    with drawing(LIGHT):
        figure = Figure(figsize=(width / CSS_PIXELS, _LINE / CSS_PIXELS), dpi=CSS_PIXELS * density)
        canvas: Any = FigureCanvasAgg(figure)
        figure.text(
            1 - 5 / width, 0.5, text, ha="right", va="center", fontsize=7, color=LIGHT.muted
        )
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def svg_of(pictures: Sequence[Picture], *, title: str, line: str) -> bytes:
    """Lay panels out on one light sheet with a last line, as SVG."""
    places, width, height = _places(pictures)
    panels = "".join(
        f'<svg x="{left}" y="{top}" width="{picture.width}" height="{picture.height}" '
        f'viewBox="{box}">{inner}</svg>\n'
        for picture, (left, top) in zip(pictures, places, strict=True)
        for box, inner in [_drawn(picture)]
    )
    told = " ".join([*(picture.alt for picture in pictures), line]).strip()
    text = (
        f'<text x="{width - 5}" y="{height - 6}" text-anchor="end" font-size="9" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" fill="{LIGHT.muted}">{html.escape(line)}'
        "</text>\n"
    )
    sheet = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{html.escape(title)}</title>\n<desc>{html.escape(told)}</desc>\n"
        f'<rect width="100%" height="100%" fill="{LIGHT.background}"/>\n{panels}'
        f"{text if line else ''}</svg>\n"
    )
    return sheet.encode()


def _drawn(picture: Picture) -> tuple[str, str]:
    """Write a panel in lines: the part of a page it covers, and what is on it."""
    stream = io.StringIO()
    if picture.drawn is not None:
        with drawing(LIGHT), mpl.rc_context({"svg.hashsalt": "transdx", "svg.fonttype": "path"}):
            picture.drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    found = _SVG.search(_SAID_TWICE.sub("", stream.getvalue()))
    return (found[1], found[2]) if found else ("0 0 1 1", "")


def _places(pictures: Sequence[Picture]) -> tuple[list[tuple[int, int]], int, int]:
    """Put panels in rows of three, or of two where there are more; all in CSS pixels."""
    columns = len(pictures) if len(pictures) <= 3 else 2
    places, top, widest = [], 0, 0
    for start in range(0, len(pictures), columns):
        row = pictures[start : start + columns]
        left = 0
        for picture in row:
            places.append((left, top))
            left += picture.width + _GAP
        widest = max(widest, left - _GAP)
        top += max(picture.height for picture in row) + _GAP
    return places, widest, top - _GAP + _LINE
