"""What pictures share: headings, colour bars, limits and axes in inches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.typing import ColorType

from transdx.figures.canvas.scores import initials
from transdx.figures.canvas.style import LIGHT, Theme, diverging, drawing
from transdx.naming import label
from transdx.writing import decimal, write

#: Picture pixels per inch.
CSS_PIXELS = 96
#: Inches; two stand side by side in the book, one fills a phone. Of a third there are three.
WIDTH, THIRD = 4.4, 3.4
#: The share of values that the scale of maps is made for: a few strong ones would leave all others
#: pale.
MOST = 0.98
#: Inches that a colour bar with its numbers and words takes at the foot of a picture.
BAR = 0.68


def rgb(colour: ColorType) -> npt.NDArray[np.float64]:
    """Read a colour: red, green, blue between 0 and 1."""
    return np.array(to_rgb(colour))


def contrast(first: ColorType, second: ColorType) -> float:
    """Measure the contrast of two colours, between 1 and 21, as WCAG 2 defines it."""
    light = [
        float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
              @ np.array([0.2126, 0.7152, 0.0722]))
        for c in (rgb(first), rgb(second))
    ]  # fmt: skip
    return (max(light) + 0.05) / (min(light) + 0.05)


def readable_on(*fills: ColorType) -> str:
    """Choose black or white text: what is readable on the least favourable of the fills."""
    inks = ("#000000", "#ffffff")
    return max(inks, key=lambda ink: min(contrast(fill, ink) for fill in fills))


def colour_limit(values: pd.Series, *, most: float = 1.0) -> float:
    """Choose the end of a scale around zero: a magnitude that most values have, rounded up.

    It is at least half the largest magnitude.
    """
    largest = float(max(values.abs().quantile(most), values.abs().max() / 2))
    if not math.isfinite(largest) or largest == 0:
        return 1.0
    power = math.floor(math.log10(largest))
    for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10):
        limit = round(step * 10.0**power, 12 - power)
        if largest <= limit * (1 + 1e-9):
            return limit
    return largest


def readable_ticks(low: float, high: float, *, most: int) -> list[float]:
    """Choose at most so many round positions (1, 2, 2.5, 5 x 10^k) within a range."""
    span = high - low
    if not span > 0:
        return [low]
    power = math.floor(math.log10(span)) - 1
    while True:
        for step in (1, 2, 2.5, 5):
            width = step * 10.0**power
            first, last = math.ceil(low / width - 1e-9), math.floor(high / width + 1e-9)
            if last - first + 1 <= most:
                return [round(place * width, 12) + 0.0 for place in range(first, last + 1)]
        power += 1


def wrap(text: str, *, inches: float, points: float = 9.5, weight: str = "normal") -> str:
    """Break a text into lines that fit a width, measured in the font in use."""
    lines: list[str] = []
    # A per cent sign stays with its number.
    for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, points=points, weight=weight) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


@lru_cache(maxsize=4096)
def text_width(text: str, *, points: float = 9.5, weight: str = "normal") -> float:
    """Measure a line of text, in inches."""
    agg: Any = RendererAgg
    with drawing(LIGHT):
        font = FontProperties(size=points, weight=weight)
        width = agg(1, 1, 288).get_text_width_height_descent(text, font, ismath=False)[0]
    return float(width) / 288


def widest(texts: Sequence[str], *, points: float = 9.5, weight: str = "normal") -> float:
    """Measure the widest of some lines, in inches."""
    return max(text_width(text, points=points, weight=weight) for text in texts)


def score_columns(
    scores: Sequence[str],
    *,
    left: float,
    right: float = 0.06,
    least: float,
    weight: str = "normal",
) -> tuple[float, list[str]]:
    """Share the width of a picture among a column per score, and head each.

    Many columns, of which each needs `least` inches, make the picture wider. Where their names
    do not fit beside each other, columns are headed by the initials of the scores.
    """
    width = max(WIDTH, left + right + least * len(scores))
    names = [label(score) for score in scores]
    if widest(names, points=9, weight=weight) > (width - left - right) / len(scores):
        names = list(initials(scores).values())
    return width, names


def axes_in(
    figure: Figure, theme: Theme, *, left: float, bottom: float, width: float, height: float
) -> Axes:
    """Add axes at a place given in inches from the lower left corner."""
    across, down = figure.get_size_inches()
    axes = figure.add_axes((left / across, bottom / down, width / across, height / down))
    axes.tick_params(length=3, width=0.7, color=theme.muted)
    axes.set_axisbelow(True)
    return axes


def paper(figure: Figure, theme: Theme, *, bottom: float, height: float, left: float = 0.0) -> Axes:
    """Add empty axes whose unit is the inch, across the picture, pointing right and down."""
    width = float(figure.get_size_inches()[0]) - 2 * left
    axes = axes_in(figure, theme, left=left, bottom=bottom, width=width, height=height)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def colour_bar(
    figure: Figure,
    theme: Theme,
    ends: tuple[float, float],
    *,
    text: str,
    colours: Colormap | None = None,
    bottom: float = 0.27,
    middle: float | None = None,
    beyond: bool = False,
) -> None:
    """Draw a horizontal bar, and say what it shows: by default values on both sides of zero.

    The ends say so where values lie `beyond` them.
    """
    centre = float(figure.get_size_inches()[0]) / 2 if middle is None else middle
    axes = axes_in(figure, theme, left=centre - 1.1, bottom=bottom, width=2.2, height=0.1)
    axes.imshow(
        np.linspace(0, 1, 256)[None], cmap=colours or diverging(theme), aspect="auto",
        extent=(*ends, 0, 1),
    )  # fmt: skip
    if colours is None:
        ticks, names = _signed_ticks(ends[1], inches=2.2)
        if beyond:
            first, *between, last = names
            names = [f"\N{LESS-THAN OR EQUAL TO} {first}", *between]
            names.append(f"\N{GREATER-THAN OR EQUAL TO} {last}")
    else:
        ticks = readable_ticks(*ends, most=5)
        names = [write(tick, "g") for tick in ticks]
    axes.set_xticks(ticks, names)
    axes.set_yticks([])
    axes.tick_params(length=2, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(text, fontsize=9, color=theme.muted, pad=3)


def _signed_ticks(limit: float, *, inches: float) -> tuple[list[float], list[str]]:
    """Choose ends, zero and, where their numbers have room, halves; write them alike."""
    for number in (5, 3):
        ticks = [float(tick) for tick in np.linspace(-limit, limit, number)]
        places = max(2, 1 - math.floor(math.log10(limit)))
        if any(abs(round(tick, places) - tick) > 1e-9 for tick in ticks):
            places += 1
        names = [decimal(tick, places=places) for tick in ticks]
        if (widest(names, points=9) + 0.1) * (number - 1) <= inches:
            break
    return ticks, names


def key_line(
    axes: Axes, theme: Theme, entries: Sequence[tuple[dict[str, Any], str]], *, at: float
) -> None:
    """Explain marks, given by their looks, one beside the other on paper."""
    left = 0.2
    for look, words in entries:
        axes.plot(left, at, **{"color": theme.ink, "linestyle": "none", **look})
        axes.text(left + 0.12, at, words, va="center", fontsize=9, color=theme.muted)
        left += text_width(words, points=9) + 0.36
