"""How figures look: two themes, colours that the colour-blind can tell apart, human names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from transdx.figures.canvas.scores import NO_SCORE, place
from transdx.study import known_scores

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

#: Matplotlib settings of every picture, sizes in points at true scale. The font comes with
#: matplotlib: any other is not on every machine.
TEXT: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": "DejaVu Sans",
        "font.size": 9.5,
        "axes.titlesize": 10,
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.unicode_minus": True,
    }
)


@dataclass(frozen=True)
class Theme:
    """Colours of one rendering.

    Parameters
    ----------
    name : {'light', 'dark'}
        Which page the rendering is for.
    background, ink, muted, grid, surface : str
        Hexadecimal colours of the page, of text, of secondary text, of rules and
        zero lines, and of boxes. `ink` and `muted` have a contrast of at least
        4.5 against `background` and `surface`.
    absent : str
        Regions that the table does not hold.
    pale : str
        Regions that are held but not emphasised.
    border : str
        Lines between regions.
    palette : tuple of str
        Colours for scores that have none of their own.
    """

    name: str
    background: str
    ink: str
    muted: str
    grid: str
    surface: str
    absent: str
    pale: str
    border: str
    palette: tuple[str, ...] = ()

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
    pale="#8b9198",
    border="#1c2025",
    palette=("#d8c04a", "#aaa0f4", "#f0839c", "#a9c46c", "#9dbdcc"),
)

THEMES = (LIGHT, DARK)

# Blue to red through a warm light grey, of equal lightness on both sides: the
# order stays readable in grey and for red-green blindness.
_DIVERGING = (
    "#08325f", "#1c5b96", "#4389c0", "#8db8da", "#cbdbe7",
    "#f1efec",
    "#f0d3c2", "#e5a688", "#cc6b52", "#a4322f", "#6b0d21",
)  # fmt: skip


# From what is near the page to what stands out on it.
_SEQUENTIAL = {
    "light": ("#eaf2f6", "#b3d3e0", "#6aa9c4", "#2b7a9e", "#0f506f", "#052b40"),
    "dark": ("#1d2a32", "#24506a", "#2f7fa3", "#57aed0", "#9bd6ea", "#e8f8fd"),
}


@cache
def diverging() -> LinearSegmentedColormap:
    """Make the map of signed values: blue below zero, red above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("transdx", list(_DIVERGING), N=511)


def signed(value: float, limit: float) -> str:
    """Colour a signed value on the scale that ends at `limit`."""
    from matplotlib.colors import to_hex

    return to_hex(diverging()(0.5 + 0.5 * value / limit))


def sequential(theme: Theme) -> LinearSegmentedColormap:
    """Make the map of values without a sign: larger ones stand out more from the page."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("amount", list(_SEQUENTIAL[theme.name]), N=256)


@contextmanager
def drawing(colours: Mapping[str, str] | None = None) -> Iterator[None]:
    """Draw under the settings of every picture, whatever the reader's matplotlibrc says."""
    import matplotlib as mpl

    settings: Any = {**TEXT, **(colours or {})}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield
