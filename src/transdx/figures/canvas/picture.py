"""Pictures: one drawing in a light and a dark rendering, with words that stand in for it."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx._files import atomic_path
from transdx.errors import InputError
from transdx.figures.canvas.layout import WIDTH, heading, heading_height
from transdx.figures.canvas.style import DARK, LIGHT, Theme, diverging, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Bytes = npt.NDArray[np.uint8]

#: Density: stored pixels per picture pixel, and picture pixels per inch.
DENSITY = 2
CSS_PIXELS = 96

# Enough for a picture to stand alone (a lab notebook has no style sheet of ours): one
# rendering shows, and the boxes that themes put around images in the dark are undone.
_STYLE = (
    "<style>"
    ".transdx-figure img.transdx-dark{display:none}"
    '[data-theme="dark"] .transdx-figure img.transdx-light,'
    '[data-jp-theme-light="false"] .transdx-figure img.transdx-light{display:none}'
    '[data-theme="dark"] .transdx-figure img.transdx-dark,'
    '[data-jp-theme-light="false"] .transdx-figure img.transdx-dark{display:block}'
    ".transdx-figure{margin:0 0 1rem}"
    ".transdx-figure img{max-width:100%;height:auto;padding:0!important;"
    "background:none!important;border-radius:0!important}"
    ".transdx-gallery{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem}"
    "</style>"
)


@dataclass(frozen=True)
class Picture:
    """A drawing for light and for dark pages.

    Parameters
    ----------
    light, dark : bytes
        PNG files at twice the shown density.
    alt : str
        What the picture shows, with its numbers, for those who do not see it.
    width, height : int
        Shown size in CSS pixels; a narrower page shrinks it.
    caption : str, optional
        Text below the picture.

    Raises
    ------
    InputError
        If there is no alternative text.
    """

    light: bytes = field(repr=False)
    dark: bytes = field(repr=False)
    alt: str
    width: int
    height: int
    caption: str = ""

    def __post_init__(self) -> None:
        """Refuse a picture without words."""
        if not self.alt.strip():
            raise InputError("expected alternative text for a picture, got none; describe it")

    def _repr_html_(self) -> str:
        return _STYLE + self.figure()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.alt}

    def figure(self) -> str:
        """Write the picture as a figure element, without the style it needs.

        Returns
        -------
        str
            HTML with both renderings; the one that is not shown is not read out either.
        """
        images = "".join(
            f'<img class="transdx-{theme} dark-light" alt="{html.escape(self.alt)}" '
            f'width="{self.width}" height="{self.height}" '
            f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
            for theme, png in (("light", self.light), ("dark", self.dark))
        )
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        return f'<figure class="transdx-figure">{images}{caption}</figure>'

    def save(self, path: Path | str, *, theme: str = "light") -> Path:
        """Write one rendering to a PNG file.

        Parameters
        ----------
        path : pathlib.Path or str
            Where to.
        theme : {'light', 'dark'}, default 'light'
            Which rendering.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        if theme not in (LIGHT.name, DARK.name):
            raise InputError(f"expected the theme 'light' or 'dark', got '{theme}'")
        with atomic_path(Path(path)) as temporary:
            temporary.write_bytes(self.light if theme == LIGHT.name else self.dark)
        return Path(path)


@dataclass(frozen=True)
class Gallery:
    """Pictures that stand side by side where there is room, else below each other.

    Parameters
    ----------
    pictures : sequence of Picture
        In reading order.
    caption : str, optional
        Text below all of them.
    """

    pictures: Sequence[Picture] = field(repr=False)
    caption: str = ""

    def _repr_html_(self) -> str:
        inner = "".join(picture.figure() for picture in self.pictures)
        caption = f'<p class="transdx-caption">{html.escape(self.caption)}</p>'
        return (
            f'{_STYLE}<div class="transdx-gallery">{inner}</div>{caption if self.caption else ""}'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.alt}

    @property
    def alt(self) -> str:
        """The words of all pictures, one per line."""
        return "\n".join(picture.alt for picture in self.pictures)


@dataclass(frozen=True)
class Note:
    """A sentence where there is nothing to draw.

    Parameters
    ----------
    text : str
        What is not shown, and why.
    """

    text: str

    def _repr_html_(self) -> str:
        return f'<p class="transdx-note">{html.escape(self.text)}</p>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self.text}

    @property
    def alt(self) -> str:
        """The sentence."""
        return self.text


def render(
    draw: Callable[[Figure, Theme], None],
    *,
    size: tuple[float, float],
    alt: str,
    caption: str = "",
) -> Picture:
    """Draw on an empty figure of so many inches, once per theme; a phone shows about 3.7."""
    return Picture(
        light=_png(draw, size, LIGHT),
        dark=_png(draw, size, DARK),
        alt=" ".join(alt.split()),
        width=round(size[0] * CSS_PIXELS),
        height=round(size[1] * CSS_PIXELS),
        caption=caption,
    )


def titled(
    draw: Callable[[Figure, Theme], None],
    title: str,
    subtitle: str = "",
    *,
    height: float,
    width: float = WIDTH,
    alt: str,
) -> Picture:
    """Draw below a heading, which adds to the height in inches."""

    def both(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        draw(figure, theme)

    size = (width, height + heading_height(title, subtitle, width=width))
    return render(both, size=size, alt=alt)


def _png(draw: Callable[[Figure, Theme], None], size: tuple[float, float], theme: Theme) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with drawing(_colours(theme)):
        figure = Figure(figsize=size, dpi=CSS_PIXELS * DENSITY)
        canvas: Any = FigureCanvasAgg(figure)
        draw(figure, theme)
        canvas.draw()
        return _compress(canvas, theme)


def _colours(theme: Theme) -> dict[str, str]:
    return {
        "figure.facecolor": theme.background,
        "axes.facecolor": "none",
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.titlecolor": theme.ink,
        "text.color": theme.ink,
        "xtick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.color": theme.muted,
        "ytick.labelcolor": theme.ink,
        "hatch.color": theme.muted,
    }


def _compress(canvas: Any, theme: Theme) -> bytes:
    """Keep 256 colours: no visible loss, a third of the bytes."""
    from PIL import Image

    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    # Hashing is several times faster here than the sorting of numpy.unique.
    place, kinds = pd.factorize(packed.ravel())
    counts = np.bincount(place)
    colours = np.stack([kinds >> 16, kinds >> 8 & 255, kinds & 255], 1).astype(np.uint8)
    palette = _palette(colours, counts, theme)
    image = Image.fromarray(_closest(colours, palette)[place].reshape(packed.shape))
    image.putpalette(palette.tobytes())
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _palette(colours: Bytes, counts: npt.NDArray[np.intp], theme: Theme) -> Bytes:
    """Pin the colours that carry meaning, cut the others by kind more than by area."""
    from PIL import Image

    carry = [
        theme.background,
        theme.ink,
        theme.muted,
        theme.pale,
        *theme.scores.values(),
        *theme.palette,
    ]
    named = [tuple(bytes.fromhex(colour[1:])) for colour in carry]
    scale = diverging()(np.linspace(0, 1, 49), bytes=True)[:, :3]
    pinned = np.vstack([np.array(named, dtype=np.uint8), scale])
    if len(colours) <= 256 - len(pinned):
        return np.vstack([pinned, colours])
    # Thin marks would lose their colours to large surfaces if pixels were counted one by one.
    sample = np.repeat(colours, np.ceil(counts**0.35).astype(int), axis=0)
    room = 256 - len(pinned)
    cut = Image.fromarray(sample[None]).quantize(room, Image.Quantize.MEDIANCUT)
    others = np.array(cut.getpalette(), dtype=np.uint8).reshape(-1, 3)[:room]
    return np.vstack([pinned, others])


def _closest(colours: Bytes, palette: Bytes) -> Bytes:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(palette.astype(float)).query(colours.astype(float))[1]).astype(
        np.uint8
    )
