"""How figures look: two themes, colours that the colour-blind can tell apart, human names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from transdx.errors import InputError, nearest
from transdx.figures.scores import NO_SCORE, place
from transdx.naming import label
from transdx.results.select import kind_of
from transdx.study import known_scores

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.colors import LinearSegmentedColormap

__all__ = [
    "DARK",
    "LIGHT",
    "TEXT",
    "THEMES",
    "Theme",
    "check_known",
    "diverging",
    "drawing",
    "label",
    "require",
    "scores_in",
    "select",
    "sequential",
]

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


# Messages list so many names of what there is; a connectome has thousands.
_MOST_NAMED = 12

# From what is near the page to what stands out on it.
_SEQUENTIAL = {
    "light": ("#eaf2f6", "#b3d3e0", "#6aa9c4", "#2b7a9e", "#0f506f", "#052b40"),
    "dark": ("#1d2a32", "#24506a", "#2f7fa3", "#57aed0", "#9bd6ea", "#e8f8fd"),
}


def diverging() -> LinearSegmentedColormap:
    """Make the map of signed values: blue below zero, red above.

    Returns
    -------
    matplotlib.colors.LinearSegmentedColormap
        Centre it on zero.
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("transdx", list(_DIVERGING), N=511)


def sequential(theme: Theme) -> LinearSegmentedColormap:
    """Make the map of values that have no sign.

    Parameters
    ----------
    theme : Theme
        The page: larger values stand out more from its background.

    Returns
    -------
    matplotlib.colors.LinearSegmentedColormap
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("amount", list(_SEQUENTIAL[theme.name]), N=256)


@contextmanager
def drawing(colours: Mapping[str, str] | None = None) -> Iterator[None]:
    """Draw under the settings of every picture, whatever the reader's matplotlibrc says.

    Parameters
    ----------
    colours : mapping of str to str, optional
        Settings of a theme, added to those of text.
    """
    import matplotlib as mpl

    settings: Any = {**TEXT, **(colours or {})}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def check_known(name: str, known: Iterable[str], *, what: str) -> None:
    """Refuse a name that is not among those known.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What there is.
    what : str
        The kind of thing, for the message.

    Raises
    ------
    InputError
        With the nearest known name.
    """
    names = list(dict.fromkeys(known))
    if name not in names:
        listed = ", ".join(names[:_MOST_NAMED]) or "none"
        if len(names) > _MOST_NAMED:
            listed += f" and {len(names) - _MOST_NAMED} more"
        raise InputError(
            f"expected a {what} of the table ({listed}), got '{name}'{nearest(name, names)}"
        )


def require(frame: pd.DataFrame, columns: Iterable[str], *, table: str) -> None:
    """Refuse a table that lacks a column.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    columns : iterable of str
        What it must have.
    table : str
        Its name, for the message.

    Raises
    ------
    InputError
        If a column is missing or there is no row.
    """
    for column in columns:
        if column not in frame.columns:
            present = [str(name) for name in frame.columns]
            raise InputError(
                f"expected the column '{column}' in the table '{table}', got "
                f"{', '.join(present)}{nearest(column, present)}"
            )
    if frame.empty:
        raise InputError(f"expected at least one row in the table '{table}', got none")


def scores_in(frame: pd.DataFrame, *, column: str = "score") -> list[str]:
    """List the scores of a table in reading order.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table with a column of scores.
    column : str, default 'score'
        Which column.

    Returns
    -------
    list of str
        Known scores first, others as they come.
    """
    found = list(dict.fromkeys(frame[column].astype(str)))
    known = [score for score in known_scores() if score in found]
    return known + [score for score in found if score not in known]


def select(associations: pd.DataFrame, *, modality: str, score: str | None = None) -> pd.DataFrame:
    """Take the regional rows of one modality, and of one score.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str
        What is measured.
    score : str, optional
        Which score; all by default.

    Returns
    -------
    pandas.DataFrame
        Rows without the global feature and without connections.

    Raises
    ------
    InputError
        If the table holds no such modality or score.
    """
    require(associations, ("modality", "feature", "score", "beta"), table="associations")
    check_known(modality, associations["modality"].astype(str), what="modality")
    rows = associations[associations["modality"] == modality]
    rows = rows[rows["feature"].map(kind_of) == "region"]
    if score is not None:
        check_known(score, associations["score"].astype(str), what="score")
        rows = rows[rows["score"] == score]
    if rows.empty:
        raise InputError(
            f"expected regional rows of {modality} in the table 'associations', got none; "
            "run the regional associations first"
        )
    return rows
