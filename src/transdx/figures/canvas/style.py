"""How figures look: two themes, colours that the colour-blind can tell apart, human names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap, to_hex

from transdx.figures.canvas.scores import NO_SCORE, place
from transdx.study import known_scores


@dataclass(frozen=True)
class Theme:
    """Colours of the rendering for light or for dark pages, hexadecimal."""

    name: str
    background: str
    #: Text, and secondary text: with a contrast of 4.5 or more against page and boxes.
    ink: str
    muted: str
    #: Rules and zero lines; boxes.
    grid: str
    surface: str
    #: Regions that the table does not hold, those that it does not emphasise, lines between all.
    absent: str
    pale: str
    border: str
    #: Quartiles, and how far a value may lie from them.
    box: str
    fence: str
    #: For scores that have no colour of their own.
    palette: tuple[str, ...]

    @property
    def scores(self) -> dict[str, str]:
        """The colours of symptom scores that have one of their own, as their studies say."""
        known = known_scores().items()
        return {name: one.colours[self.name] for name, one in known if self.name in one.colours}

    def score(self, name: str) -> str:
        """Give the colour of a score: its own, or one of the palette."""
        if name in NO_SCORE:
            return self.ink
        return self.scores.get(name) or self.palette[place(name) % len(self.palette)]


LIGHT = Theme(
    name="light",
    background="#ffffff",
    ink="#222832",
    muted="#55606e",
    grid="#d4d8dd",
    surface="#f4f5f7",
    absent="#b9bec4",
    pale="#e9eaeb",
    border="#5b626a",
    box="#0067a5",
    fence="#c2500a",
    palette=("#7a5c00", "#5a4fb3", "#9b2743", "#4a6321", "#3f6174"),
)

#: The background is that of the book theme in the dark, so that pictures have no edges.
DARK = Theme(
    name="dark",
    background="#121212",
    ink="#dfe4e9",
    muted="#a3abb5",
    grid="#3b424b",
    surface="#1f242a",
    absent="#4a5057",
    pale="#3a4047",
    border="#0c0d0f",
    box="#5cb3ec",
    fence="#f28e4c",
    palette=("#d8c04a", "#aaa0f4", "#f0839c", "#a9c46c", "#9dbdcc"),
)

THEMES = (LIGHT, DARK)

# Blue to red through what is near the page, of equal lightness on both sides: the
# order stays readable in grey and for red-green blindness, and the strongest stands out most.
_DIVERGING = {
    "light": (
        "#08325f", "#1c5b96", "#4389c0", "#8db8da", "#cbdbe7",
        "#f1efec",
        "#f0d3c2", "#e5a688", "#cc6b52", "#a4322f", "#6b0d21",
    ),
    "dark": (
        "#b8dcff", "#7cbcf5", "#4796da", "#2b6ca8", "#27455f",
        "#303030",
        "#59392e", "#9a4f3a", "#d27350", "#f5a27a", "#ffcfae",
    ),
}  # fmt: skip


# From what is near the page to what stands out on it.
_SEQUENTIAL = {
    "light": ("#eaf2f6", "#b3d3e0", "#6aa9c4", "#2b7a9e", "#0f506f", "#052b40"),
    "dark": ("#1d2a32", "#24506a", "#2f7fa3", "#57aed0", "#9bd6ea", "#e8f8fd"),
}


@cache
def diverging(theme: Theme) -> LinearSegmentedColormap:
    """Make the map of signed values: blue below zero, red above, zero near the page."""
    return LinearSegmentedColormap.from_list("transdx", list(_DIVERGING[theme.name]), N=511)


def signed(value: float, limit: float, theme: Theme) -> str:
    """Colour a signed value on the scale that ends at `limit`; what is beyond has the last."""
    return to_hex(diverging(theme)(0.5 + 0.5 * value / limit))


@cache
def sequential(theme: Theme) -> LinearSegmentedColormap:
    """Make the map of values without a sign: larger ones stand out more from the page."""
    return LinearSegmentedColormap.from_list("amount", list(_SEQUENTIAL[theme.name]), N=256)


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """Draw under the settings of every picture, whatever the reader's matplotlibrc says."""
    ink = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.labelcolor")
    muted = ("axes.edgecolor", "hatch.color", "xtick.color", "ytick.color")
    settings: Any = {
        # The font comes with matplotlib: any other is not on every machine.
        "font.family": "DejaVu Sans",
        # Points at true scale.
        "font.size": 9.5,
        "axes.titlesize": 10,
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "figure.facecolor": theme.background,
        "axes.facecolor": "none",
        **dict.fromkeys((*ink, "ytick.labelcolor"), theme.ink),
        **dict.fromkeys(muted, theme.muted),
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield
