"""What a smaller measure means: odds of any symptom, and rates in the tenths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx.figures.canvas.layout import WIDTH, axes_in, heading, heading_height
from transdx.figures.canvas.picture import Gallery, Picture, render
from transdx.figures.canvas.style import Theme, label, require
from transdx.figures.charts.intervals import (
    GROUP,
    ROW,
    Groups,
    Row,
    by_score,
    draw_estimates,
    n_words,
    of_feature,
    wanted_features,
)
from transdx.figures.scores import marker
from transdx.writing import decimal, inside, interval, percent, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["impact_plot"]


def impact_plot(
    impact: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> Gallery:
    """Draw odds ratios of any symptom, and its rate in the lowest and the highest tenth.

    Parameters
    ----------
    impact : pandas.DataFrame
        Modality, feature, score, n, odds_ratio, ci_low, ci_high, p, rate_bottom,
        rate_top (shares between 0 and 1), n_bottom, n_top.
    features : sequence of (modality, feature), optional
        Which rows; the global features by default.

    Returns
    -------
    Gallery
        Odds ratios; rates.
    """
    needed = ("modality", "feature", "score", "n", "odds_ratio", "ci_low", "ci_high")
    require(impact, (*needed, "rate_bottom", "rate_top"), table="impact")
    chosen = [
        (label(feature, modality=modality), of_feature(impact, modality, feature))
        for modality, feature in wanted_features(impact, features)
    ]
    groups: Groups = {
        f"{sentence_case(name)}, n = {n_words(rows['n'])}": [
            Row(
                name=sentence_case(label(str(row["score"]))),
                estimate=row["odds_ratio"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['odds_ratio'], places=2)} "
                f"({interval(row['ci_low'], row['ci_high'], places=2)})",
                score=str(row["score"]),
            )
            for row in by_score(rows)
        ]
        for name, rows in chosen
    }
    spoken = "; ".join(
        f"{group}: {', '.join(f'{inside(row.name)} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    odds = draw_estimates(
        groups,
        title="Odds of any symptom, per SD smaller",
        axis="odds ratio (95 % interval), log scale",
        alt=f"Odds ratios of any symptom per standard deviation smaller. {spoken}.",
        reference=1.0,
    )
    return Gallery([odds, _rates(chosen)])


def _rates(chosen: list[tuple[str, pd.DataFrame]]) -> Picture:
    """Draw the rates of the lowest and the highest tenth, joined by a line."""
    groups = {f"{sentence_case(name)}": by_score(rows) for name, rows in chosen}
    title = "People with any symptom, lowest and highest tenth"
    subtitle = "of the measure; filled: lowest tenth, open: highest"
    members = [row for rows in groups.values() for row in rows]
    spoken = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{label(str(row['score']))} {percent(100 * row['rate_bottom'])} against "
            f"{percent(100 * row['rate_top'])}"
            for row in rows
        )
        for name, rows in groups.items()
    )
    left, right = 1.05, 1.2
    body = len(groups) * GROUP + len(members) * ROW + 0.08

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(
            figure, theme, left=left, bottom=0.5, width=WIDTH - left - right, height=body
        )
        axes.set_ylim(body, 0)
        across, inch = axes.get_yaxis_transform(), 1 / (WIDTH - left - right)
        at = 0.04
        for name, rows in groups.items():
            axes.text(
                (0.06 - left) * inch, at + GROUP / 2, name, transform=across, va="center",
                color=theme.muted,
            )  # fmt: skip
            at += GROUP
            for row in rows:
                _pair(axes, theme, row, at + ROW / 2)
                name = sentence_case(label(str(row["score"])))
                axes.text((0.16 - left) * inch, at + ROW / 2, name, transform=across, va="center")
                low = decimal(100 * row["rate_bottom"], places=1)
                text = f"{low} / {percent(100 * row['rate_top'])}"
                axes.text(
                    1 + (right - 0.04) * inch, at + ROW / 2, text, transform=across, va="center",
                    ha="right", fontsize=9,
                )  # fmt: skip
                at += ROW
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=4)
        figure.text(0.5, 0.08 / figure.get_size_inches()[1], "per cent of people", ha="center")

    alt = (
        "Rates of any symptom in the tenth with the lowest and the tenth with the highest "
        f"measure. {spoken}."
    )
    size = (WIDTH, heading_height(title, subtitle) + body + 0.5)
    return render(draw, size=size, alt=alt)


def _pair(axes: Axes, theme: Theme, row: dict[Any, Any], at: float) -> None:
    colour, shape = theme.score(str(row["score"])), marker(str(row["score"]))
    low, high = 100 * row["rate_bottom"], 100 * row["rate_top"]
    axes.plot([low, high], [at, at], color=colour, linewidth=1.2)
    axes.plot(low, at, shape, color=colour, markersize=6)
    axes.plot(
        high, at, shape, color=colour, markersize=6, markerfacecolor=theme.background,
        markeredgewidth=1.3,
    )  # fmt: skip
