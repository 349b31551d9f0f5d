"""Pictures: one drawing in a light and a dark rendering, with words that stand in for it."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.spatial import cKDTree

from transdx._files import atomic_path
from transdx.errors import InputError
from transdx.figures.canvas.files import png_of, svg_of, with_words
from transdx.figures.canvas.layout import CSS_PIXELS, THIRD, WIDTH, wrap
from transdx.figures.canvas.shown import About, Shown, foot, link, packed
from transdx.figures.canvas.style import DARK, LIGHT, Theme, diverging, drawing

Bytes = npt.NDArray[np.uint8]

#: Density: stored pixels per picture pixel.
DENSITY = 2
#: Without a caption of its own a figure is described by the words of so many panels.
_MOST_TOLD = 3

#: Enough for a picture to stand alone (a lab notebook has no style sheet of ours): one
#: rendering shows, and the boxes that themes put around images in the dark are undone.
STYLE = (
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
    ".transdx-shown{margin:0 0 1.5rem}"
    "</style>"
)


@dataclass(frozen=True)
class Picture(Shown):
    """A drawing for light and for dark pages.

    Parameters
    ----------
    light, dark : bytes
        PNG files at twice the shown density.
    alt : str
        What the picture shows, with its numbers, for those who do not see it.
    width, height : int
        Shown size in CSS pixels; a narrower page shrinks it.
    drawn : matplotlib.figure.Figure, optional
        What the light rendering was made from; without it there is no SVG.

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
    drawn: Figure | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a picture without words."""
        if not self.alt.strip():
            raise InputError("expected alternative text for a picture, got none; describe it")

    def _repr_html_(self) -> str:
        return _citable([self], self.about, self.figure(self.about))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": _said(self.about, self.alt)}

    def figure(self, about: About, panel: str = "") -> str:
        """Write both renderings without their style; which is not shown is not read out either."""
        words = {"Description": self.alt, "Source": about.stamp.words if about.stamp else ""}
        images = "".join(
            f'<img class="transdx-{theme} dark-light" alt="{html.escape(self.alt)}" '
            f'width="{self.width}" height="{self.height}" '
            f'data-file="{html.escape(about.file("png", f"{panel}-{theme}"))}" '
            f'src="{packed("image/png", with_words(png, words))}">'
            for theme, png in (("light", self.light), ("dark", self.dark))
        )
        return f'<figure class="transdx-figure">{images}</figure>'

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
class Gallery(Shown):
    """Pictures that stand side by side where there is room, else below each other.

    Parameters
    ----------
    pictures : sequence of Picture
        In reading order.
    caption : str, optional
        Text below all of them.
    turns : tuple of str, optional
        Of maps, their modality and the part of the brain: pages offer to turn it.
    """

    pictures: Sequence[Picture] = field(repr=False)
    caption: str = ""
    turns: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        inner = "".join(
            picture.figure(self.about, f"-{number}")
            for number, picture in enumerate(self.pictures, 1)
        )
        words = html.escape(self.caption)
        caption = f'<p class="transdx-caption">{words}</p>' if words else ""
        named = zip(("brain", "part"), self.turns, strict=False)
        brain = "".join(f' data-{name}="{html.escape(value)}"' for name, value in named)
        thirds = all(picture.width <= round(THIRD * CSS_PIXELS) for picture in self.pictures)
        kind = "transdx-gallery transdx-thirds" if thirds else "transdx-gallery"
        shown = f'<div class="{kind}"{brain}>{inner}</div>{caption}'
        return _citable(self.pictures, self.about, shown)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": _said(self.about, self.alt)}

    @property
    def alt(self) -> str:
        """The words of all pictures, one per line."""
        return "\n".join(picture.alt for picture in self.pictures)


def _citable(pictures: Sequence[Picture], about: About, shown: str) -> str:
    """Put below panels what makes them a figure: a caption, files to take along, of which run."""
    if not about.name:
        return STYLE + shown
    line = about.stamp.words if about.stamp else ""
    caption = about.caption or " ".join(picture.alt for picture in pictures[:_MOST_TOLD])
    words = {
        "Title": about.name,
        "Description": " ".join(picture.alt for picture in pictures),
        "Source": line,
    }
    png = with_words(png_of(pictures, line=line, density=DENSITY), words)
    links = [link("PNG", about.file("png"), "image/png", png)]
    if all(picture.drawn for picture in pictures):
        svg = svg_of(pictures, title=about.name, line=line)
        links.insert(0, link("SVG", about.file("svg"), "image/svg+xml", svg))
    if about.data is not None:
        links.append(link("Data (CSV)", about.file("csv"), "text/csv", about.csv().encode()))
    return (
        f'{STYLE}<figure class="transdx-shown" id="fig-{html.escape(about.name)}">{shown}'
        f'<figcaption><span class="transdx-label" data-kind="Figure"></span>'
        f"{html.escape(caption)}</figcaption>{foot(links, about.stamp)}</figure>"
    )


def _said(about: About, alt: str) -> str:
    return f"{about.caption}\n{alt}" if about.caption else alt


@dataclass(frozen=True)
class Note(Shown):
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
    draw: Callable[[Figure, Theme], None], *, size: tuple[float, float], alt: str
) -> Picture:
    """Draw on an empty figure of so many inches, once per theme; a phone shows about 3.7."""
    light, dark = (_draw(draw, size, theme) for theme in (LIGHT, DARK))
    return Picture(
        light=_compress(light, LIGHT),
        dark=_compress(dark, DARK),
        alt=" ".join(alt.split()),
        width=round(size[0] * CSS_PIXELS),
        height=round(size[1] * CSS_PIXELS),
        drawn=light,
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
    """Draw below a heading, which adds to the height in inches.

    It says what is shown at the upper left, and below it unit, sample size or the like.
    """
    lines, used = [], 0.06
    for text, points, weight in ((title, 10.5, "bold"), (subtitle, 9.5, "normal")):
        if text:
            broken = wrap(text, inches=width - 0.12, points=points, weight=weight)
            lines.append((used, broken, points, weight))
            used += (broken.count("\n") + 1) * points * 1.3 / 72 + 0.03
    tall = height + used

    def both(figure: Figure, theme: Theme) -> None:
        for top, words, points, weight in lines:
            figure.text(
                0.06 / width, 1 - top / tall, words, ha="left", va="top", linespacing=1.25,
                fontsize=points, fontweight=weight,
                color=theme.ink if weight == "bold" else theme.muted,
            )  # fmt: skip
        draw(figure, theme)

    return render(both, size=(width, tall), alt=alt)


def _draw(draw: Callable[[Figure, Theme], None], size: tuple[float, float], theme: Theme) -> Figure:
    with drawing(theme):
        figure = Figure(figsize=size, dpi=CSS_PIXELS * DENSITY)
        canvas: Any = FigureCanvasAgg(figure)
        draw(figure, theme)
        canvas.draw()
    return figure


def _compress(figure: Figure, theme: Theme) -> bytes:
    """Keep 256 colours: no visible loss, a third of the bytes."""
    canvas: Any = figure.canvas
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
    # The utmost takes five times as long, for a file one twentieth smaller.
    image.save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _palette(colours: Bytes, counts: npt.NDArray[np.intp], theme: Theme) -> Bytes:
    """Pin the colours that carry meaning, cut the others by kind more than by area."""
    carry = [theme.background, theme.ink, theme.muted, theme.pale]
    carry += [*theme.scores.values(), *theme.palette, theme.box, theme.fence]
    named = [tuple(bytes.fromhex(colour[1:])) for colour in dict.fromkeys(carry)]
    scale = diverging(theme)(np.linspace(0, 1, 49), bytes=True)[:, :3]
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
    nearest = cKDTree(palette.astype(float)).query(colours.astype(float))[1]
    return np.asarray(nearest).astype(np.uint8)
