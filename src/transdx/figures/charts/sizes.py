"""How many people an effect takes, and what is reported where there are fewer."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from transdx.figures.canvas.layout import WIDTH, axes_in
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.style import Theme
from transdx.results.select import POWER
from transdx.writing import count, decimal, percent

_DASHES: tuple[Any, ...] = (
    *("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (10, 3))),
)
_TICKS = (100, 300, 1_000, 3_000, 10_000, 30_000)
#: Inches that the axes are tall.
_TALL = 2.3


@reads()
def detection_curve(detection: pd.DataFrame) -> Picture:
    """Draw how often an effect of the published size is found, over people, by number of tests."""
    families = [
        (str(name) if tests == 1 else f"{count(tests)} {name}", rows)
        for name, rows in detection.groupby("label", sort=False)
        for tests in [int(rows["tests"].iloc[0])]
    ]
    legend = 0.185 * len(families)

    def draw(figure: Figure, theme: Theme) -> None:
        box = {"left": 0.72, "bottom": 0.55 + legend, "width": WIDTH - 0.9, "height": _TALL}
        axes = axes_in(figure, theme, **box)
        axes.axhline(100 * POWER, color=theme.pale, linewidth=1)
        for (name, rows), dashes in zip(families, _DASHES, strict=False):
            curve = rows.sort_values("n")
            axes.plot(
                curve["n"], 100 * curve["power"], color=theme.ink, linewidth=1.6, linestyle=dashes,
                label=name,
            )  # fmt: skip
        _people(axes, detection["n"])
        axes.set(ylim=(0, 102), yticks=[0, 20, 40, 60, 80, 100], ylabel="found, % of studies")
        figure.legend(
            *axes.get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.02, 0.0),
            frameon=False, labelcolor=theme.ink, fontsize=9, handlelength=2.8, labelspacing=0.3,
            borderpad=0.2,
        )  # fmt: skip

    spoken = "; ".join(f"{name}: {_first(rows)}" for name, rows in families)
    alt = f"Share of studies that find the published effect, over people. {spoken}."
    subtitle = f"line: {percent(100 * POWER, places=0)} of studies; Bonferroni over the tests"
    title = "How often the published effect is found"
    return titled(draw, title, subtitle, height=0.65 + _TALL + legend, alt=alt)


def _first(rows: pd.DataFrame) -> str:
    enough = rows[rows["power"] >= POWER]
    share = percent(100 * POWER, places=0)
    if enough.empty:
        return f"less than {share} with {count(rows['n'].max())} people"
    return f"{share} with at most {count(enough['n'].min())} people"


@reads()
def exaggeration_plot(small_studies: pd.DataFrame) -> Gallery:
    """Draw what significant studies report of one true effect, over their people.

    One panel says how many times too large they are on average, one how many have the wrong sign;
    lines are the formula, circles studies that were drawn.
    """
    told = small_studies.sort_values("n")
    beta = decimal(float(told["beta"].iloc[0]), places=2)
    times = _panel(
        told, "exaggeration", 1, "times the true effect",
        f"How much too large, when β is {beta}", lambda value: f"{decimal(value, places=1)} times",
    )  # fmt: skip
    signs = _panel(
        told, "wrong_sign", 100, "% with the wrong sign",
        f"How many have the wrong sign, when β is {beta}", percent,
    )  # fmt: skip
    return Gallery([times, signs])


def _panel(
    told: pd.DataFrame, column: str, unit: float, axis: str, title: str, say: Any
) -> Picture:
    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=0.62, bottom=0.55, width=WIDTH - 0.8, height=_TALL)
        if unit == 1:
            axes.axhline(1, color=theme.pale, linewidth=1)
        axes.plot(told["n"], unit * told[column], color=theme.ink, linewidth=1.6)
        axes.plot(
            told["n"], unit * told[f"{column}_drawn"], "o", color=theme.ink, markersize=5,
            markerfacecolor=theme.background, markeredgewidth=1.2, clip_on=False,
        )  # fmt: skip
        _people(axes, told["n"])
        axes.set(ylim=(0, None), ylabel=axis)

    spoken = "; ".join(
        f"{count(row['n'])} people {say(unit * row[column])}" for row in told.to_dict("records")
    )
    subtitle = "of significant studies; line: formula, circles: drawn"
    return titled(draw, title, subtitle, height=_TALL + 0.65, alt=f"{title}: {spoken}.")


def _people(axes: Axes, people: pd.Series) -> None:
    axes.set_xscale("log")
    low, high = float(people.min()) / 1.15, float(people.max()) * 1.15
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axes.set(xlim=(low, high), xticks=ticks, xticklabels=[count(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="people (log scale)")
