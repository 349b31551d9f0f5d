"""Lines of a plot: a name at the left, a mark on the axis, numbers at the right, in groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.layout import WIDTH, axes_in, text_width, widest
from transdx.figures.canvas.picture import Picture, titled
from transdx.figures.canvas.style import Theme

#: Inches of a line, of each further line of its name, and of the heading of a group.
_LINE, _MORE, _GROUP = 0.25, 0.14, 0.3
#: The least inches of the axis itself.
_PLOT = 1.4


class Line(NamedTuple):
    """What stands in a line; `mark` draws on the axes, at so many inches from their top."""

    name: str
    text: str
    mark: Callable[[Axes, Theme, float], None]
    #: What words say for the text, where they say it otherwise.
    words: str = ""
    #: Inches more than a line takes, where its mark needs them.
    room: float = 0.0

    @property
    def height(self) -> float:
        """Inches."""
        return _LINE + _MORE * self.name.count("\n") + self.room


class Lines(NamedTuple):
    """Lines by the heading of their group, with the inches they take."""

    groups: Mapping[str, Sequence[Line]]
    left: float
    right: float
    width: float

    @property
    def height(self) -> float:
        """Inches."""
        lines = [line for members in self.groups.values() for line in members]
        headings = sum(_GROUP for name in self.groups if name)
        return headings + sum(line.height for line in lines) + 0.08

    @property
    def inch(self) -> float:
        """An inch as a share of the axis."""
        return 1 / (self.width - self.left - self.right)


def set_lines(groups: Mapping[str, Sequence[Line]]) -> Lines:
    """Give names and numbers their room: wide ones make the picture wider, not the plot narrow."""
    lines = [line for members in groups.values() for line in members]
    left = widest([part for line in lines for part in line.name.split("\n")]) + 0.25
    right = widest([line.text for line in lines], points=9) + 0.15
    return Lines(groups, left, right, max(WIDTH, left + right + _PLOT, widest(list(groups)) + 0.16))


def lined(
    groups: Mapping[str, Sequence[Line]],
    title: str,
    subtitle: str = "",
    *,
    axis: str,
    alt: str,
    finish: Callable[[Figure, Theme, Axes], None],
    bottom: float = 0.5,
    reference: float | None = None,
) -> Picture:
    """Draw a picture of lines alone, and finish it with the scale of the axis."""
    lines = set_lines(groups)

    def draw(figure: Figure, theme: Theme) -> None:
        drawn = draw_lines(figure, theme, lines, bottom=bottom, axis=axis, reference=reference)
        finish(figure, theme, drawn)

    return titled(
        draw, title, subtitle, height=lines.height + bottom, width=lines.width, alt=alt
    )  # fmt: skip


def draw_lines(
    figure: Figure,
    theme: Theme,
    lines: Lines,
    *,
    bottom: float,
    axis: str,
    reference: float | None = None,
) -> Axes:
    """Draw lines under the headings of their groups, with words for the axis below.

    A line marks where the reference is, if there is any; the scale of the axis is left to do.
    """
    axes = axes_in(
        figure, theme, left=lines.left, bottom=bottom, width=1 / lines.inch, height=lines.height
    )
    axes.set_ylim(lines.height, 0)
    at = 0.04
    for name, members in lines.groups.items():
        if name:
            _write(axes, lines, 0.06, at + _GROUP / 2, name, color=theme.muted)
            at += _GROUP
        top = at
        for line in members:
            middle = at + line.height / 2
            line.mark(axes, theme, middle)
            _write(axes, lines, 0.16, middle, line.name)
            _write(axes, lines, lines.width - 0.04, middle, line.text, ha="right", fontsize=9)
            at += line.height
        if reference is not None:
            axes.plot(
                [reference] * 2, [top - 0.04, at + 0.04], color=theme.muted, linewidth=0.8, zorder=0
            )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    half = text_width(axis) / 2 + 0.05
    # Below the middle of the axis, unless the words would leave the picture.
    middle = min(max(lines.left + 0.5 / lines.inch, half), lines.width - half)
    tall = float(figure.get_size_inches()[1])
    figure.text(middle / lines.width, (bottom - 0.42) / tall, axis, ha="center")
    return axes


def _write(axes: Axes, lines: Lines, left: float, at: float, text: str, **look: Any) -> None:
    """Write beside the axis, so many inches from the left edge of the picture."""
    axes.text(
        (left - lines.left) * lines.inch, at, text, transform=axes.get_yaxis_transform(),
        va="center", linespacing=1.1, **look,
    )  # fmt: skip
