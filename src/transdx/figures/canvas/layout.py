"""What pictures share: headings, colour bars, limits and axes in inches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx.figures.canvas.style import Theme, diverging, drawing, label
from transdx.figures.scores import initials
from transdx.writing import decimal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "WIDTH",
    "axes_in",
    "colour_bar",
    "colour_limit",
    "contrast",
    "heading",
    "heading_height",
    "hex_to_rgb",
    "readable_on",
    "readable_ticks",
    "score_columns",
    "text_width",
    "wrap",
]

#: Inches; two stand side by side in the book, one fills a phone.
WIDTH = 4.4


def hex_to_rgb(colour: str) -> npt.NDArray[np.float64]:
    """Read a hexadecimal colour.

    Parameters
    ----------
    colour : str
        Such as ``#ffffff``.

    Returns
    -------
    numpy.ndarray, shape (3,)
        Red, green, blue between 0 and 1.
    """
    return np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])


def contrast(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Measure the contrast of two colours as WCAG 2 defines it.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (3,)
        Red, green, blue between 0 and 1.

    Returns
    -------
    float
        Between 1 and 21.

    Examples
    --------
    >>> round(contrast(hex_to_rgb("#000000"), hex_to_rgb("#ffffff")), 1)
    21.0
    """
    light = [
        float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
              @ np.array([0.2126, 0.7152, 0.0722]))
        for rgb in (first, second)
    ]  # fmt: skip
    return (max(light) + 0.05) / (min(light) + 0.05)


def readable_on(fill: npt.NDArray[np.float64]) -> str:
    """Choose black or white text for a filled area.

    Parameters
    ----------
    fill : numpy.ndarray, shape (3,)
        Its colour.

    Returns
    -------
    str
        The one of the two with more contrast, as a hexadecimal colour.
    """
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(fill, hex_to_rgb(ink)))


def colour_limit(values: pd.Series) -> float:
    """Choose the end of a colour scale that is centred on zero.

    Parameters
    ----------
    values : pandas.Series
        What is coloured.

    Returns
    -------
    float
        The largest magnitude, rounded up to one of 1, 1.5, 2, 3, 4, 5, 6, 8 x 10^k.

    Examples
    --------
    >>> import pandas as pd
    >>> colour_limit(pd.Series([-0.051, 0.02]))
    0.06
    """
    largest = float(values.abs().max())
    if not math.isfinite(largest) or largest == 0:
        return 1.0
    power = math.floor(math.log10(largest))
    for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10):
        limit = round(step * 10.0**power, 12 - power)
        if largest <= limit * (1 + 1e-9):
            return limit
    return largest


def readable_ticks(low: float, high: float, *, most: int) -> list[float]:
    """Choose round positions within a range.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    most : int
        How many at most.

    Returns
    -------
    list of float
        Multiples of 1, 2, 2.5 or 5 x 10^k.

    Examples
    --------
    >>> readable_ticks(-0.07, 0.01, most=5)
    [-0.06, -0.04, -0.02, 0.0]
    """
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
    """Break a text into lines that fit a width, measured in the font in use.

    Parameters
    ----------
    text : str
        The text.
    inches : float
        The room there is.
    points : float, default 9.5
        Size of the type.
    weight : str, default 'normal'
        Of the type.

    Returns
    -------
    str
        With line breaks.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, points=points, weight=weight) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


@lru_cache(maxsize=4096)
def text_width(text: str, *, points: float = 9.5, weight: str = "normal") -> float:
    """Measure a line of text.

    Parameters
    ----------
    text : str
        One line.
    points : float, default 9.5
        Size of the type.
    weight : str, default 'normal'
        Of the type.

    Returns
    -------
    float
        Inches.
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    agg: Any = RendererAgg
    with drawing():
        font = FontProperties(size=points, weight=weight)
        width = agg(1, 1, 288).get_text_width_height_descent(text, font, ismath=False)[0]
    return float(width) / 288


def score_columns(
    scores: Sequence[str],
    *,
    left: float,
    right: float = 0.06,
    least: float,
    weight: str = "normal",
) -> tuple[float, list[str]]:
    """Share the width of a picture among a column per score, and head each.

    Parameters
    ----------
    scores : sequence of str
        Ids of the scores.
    left, right : float
        Inches that are taken at the sides of the columns.
    least : float
        Inches that a column needs: many columns make the picture wider.
    weight : str, default 'normal'
        Of the type of the names.

    Returns
    -------
    width : float
        Of the picture, in inches.
    names : list of str
        Names of the scores, or where these do not fit beside each other, their initials.
    """
    width = max(WIDTH, left + right + least * len(scores))
    step = (width - left - right) / len(scores)
    names = [label(score) for score in scores]
    if max(text_width(name, points=9, weight=weight) for name in names) > step:
        names = list(initials(scores).values())
    return width, names


_TITLE = 10.5
_SUBTITLE = 9.5


def heading_height(title: str, subtitle: str = "", *, width: float = WIDTH) -> float:
    """Say how much room a heading takes.

    Parameters
    ----------
    title, subtitle : str
        As given to `heading`.
    width : float, default 4.4
        Of the picture, in inches.

    Returns
    -------
    float
        Inches.
    """
    used = 0.06
    for text, points, weight in ((title, _TITLE, "bold"), (subtitle, _SUBTITLE, "normal")):
        if text:
            lines = wrap(text, inches=width - 0.12, points=points, weight=weight)
            used += (lines.count("\n") + 1) * points * 1.3 / 72 + 0.03
    return used


def heading(figure: Figure, theme: Theme, title: str, subtitle: str = "") -> None:
    """Write title and subtitle at the upper left.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to.
    theme : Theme
        Colours.
    title : str
        What is shown.
    subtitle : str, optional
        Unit, sample size.
    """
    width, height = figure.get_size_inches()
    used = 0.06
    for text, points, weight, colour in (
        (title, _TITLE, "bold", theme.ink),
        (subtitle, _SUBTITLE, "normal", theme.muted),
    ):
        if text:
            lines = wrap(text, inches=width - 0.12, points=points, weight=weight)
            figure.text(
                0.06 / width, 1 - used / height, lines, fontsize=points, fontweight=weight,
                color=colour, ha="left", va="top", linespacing=1.25,
            )  # fmt: skip
            used += (lines.count("\n") + 1) * points * 1.3 / 72 + 0.03


def axes_in(
    figure: Figure, theme: Theme, *, left: float, bottom: float, width: float, height: float
) -> Axes:
    """Add axes at a place given in inches.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to.
    theme : Theme
        Colours.
    left, bottom, width, height : float
        Inches from the lower left corner.

    Returns
    -------
    matplotlib.axes.Axes
    """
    across, down = figure.get_size_inches()
    axes = figure.add_axes((left / across, bottom / down, width / across, height / down))
    axes.tick_params(length=3, width=0.7, color=theme.muted)
    axes.set_axisbelow(True)
    return axes


def colour_bar(figure: Figure, theme: Theme, *, limit: float, bottom: float, text: str) -> Any:
    """Draw a horizontal bar for signed values.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to.
    theme : Theme
        Colours.
    limit : float
        End of the scale on both sides.
    bottom : float
        Inches from the lower edge to the bar.
    text : str
        What the colours mean.

    Returns
    -------
    matplotlib.axes.Axes
    """
    width = figure.get_size_inches()[0]
    axes = axes_in(figure, theme, left=width / 2 - 1.1, bottom=bottom, width=2.2, height=0.1)
    axes.imshow(
        np.linspace(-1, 1, 256)[None],
        cmap=diverging(), aspect="auto", extent=(-limit, limit, 0, 1),
    )  # fmt: skip
    ticks = [-limit, -limit / 2, 0, limit / 2, limit]
    places = max(2, 1 - math.floor(math.log10(limit)))
    if any(abs(round(tick, places) - tick) > 1e-9 for tick in ticks):
        places += 1
    axes.set_xticks(ticks, [decimal(tick, places=places) for tick in ticks])
    axes.set_yticks([])
    axes.tick_params(length=2, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(text, fontsize=9, color=theme.muted, pad=3)
    return axes
