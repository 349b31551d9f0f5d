"""Estimates with intervals: betas, contrasts, odds ratios, validity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx.errors import InputError
from transdx.figures.layout import (
    WIDTH,
    axes_in,
    heading,
    heading_height,
    readable_ticks,
    text_width,
)
from transdx.figures.picture import Gallery, Picture, render
from transdx.figures.style import MARKERS, Theme, check_known, label, require, scores_in
from transdx.writing import count, decimal, interval, percent, probability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TOTALS", "contrast_plot", "forest", "impact_plot", "validation_plot"]

#: The global features, which most plots of estimates show.
TOTALS = (
    ("surface_area", "total"),
    ("thickness", "total"),
    ("subcortical_volume", "total"),
)

_ROW = 0.25
_GROUP = 0.3


@dataclass(frozen=True)
class _Row:
    """One estimate of a plot."""

    name: str
    estimate: float
    low: float
    high: float
    text: str
    score: str = ""
    planted: float = math.nan
    filled: bool = True


Groups = dict[str, list[_Row]]


def forest(
    associations: pd.DataFrame,
    *,
    features: Sequence[tuple[str, str]] | None = None,
    truth: pd.DataFrame | None = None,
) -> Picture:
    """Draw betas with 95 % intervals, by feature and score.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    features : sequence of (modality, feature), optional
        Which rows; the global features by default.
    truth : pandas.DataFrame, optional
        Planted values (modality, feature, score, planted) of a simulated world, drawn
        as open diamonds.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If the table lacks a feature.
    """
    needed = ("modality", "feature", "score", "n", "beta", "ci_low", "ci_high")
    require(associations, needed, table="associations")
    planted = _planted(truth)
    groups: Groups = {}
    for modality, feature in _wanted(associations, features):
        rows = _of_feature(associations, modality, feature)
        name = label(feature, modality=modality)
        groups[f"{name[:1].upper()}{name[1:]}, n = {_n(rows['n'])}"] = [
            _Row(
                name=label(str(row["score"])).capitalize(),
                estimate=row["beta"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['beta'])} ({interval(row['ci_low'], row['ci_high'])})",
                score=str(row["score"]),
                planted=planted.get((modality, feature, str(row["score"])), math.nan),
            )
            for row in _by_score(rows)
        ]
    spoken = "; ".join(
        f"{group}: {', '.join(f'{row.name.lower()} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    diamonds = " Open diamonds: planted values." if truth is not None else ""
    return _estimates(
        groups,
        title="Standardised betas with 95 % intervals",
        axis="standardised beta (95 % bootstrap interval)",
        alt=f"Standardised betas with 95 % intervals. {spoken}.{diamonds}",
        planted=truth is not None,
    )


def contrast_plot(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> Picture:
    """Draw differences between the betas of two scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        Modality, feature, score_a, score_b, difference, ci_low, ci_high, p, p_fdr.
    features : sequence of (modality, feature), optional
        Which rows; the global features by default.

    Returns
    -------
    Picture
        Filled where the difference survives FDR 5 % over the pairs.
    """
    needed = ("modality", "feature", "score_a", "score_b", "difference", "ci_low", "ci_high")
    require(contrasts, (*needed, "p_fdr"), table="contrasts")
    groups: Groups = {}
    for modality, feature in _wanted(contrasts, features):
        rows = _of_feature(contrasts, modality, feature, table="contrasts")
        name = label(feature, modality=modality)
        groups[f"{name[:1].upper()}{name[1:]}"] = [
            _Row(
                name=f"{label(row['score_a']).capitalize()} − {label(row['score_b'])}",
                estimate=row["difference"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['difference'])}, p = {probability(row['p_fdr'])}".replace(
                    "= <", "< "
                ),
                filled=row["p_fdr"] <= 0.05,
            )
            for row in rows.to_dict("records")
        ]
    differ = sum(row.filled for rows in groups.values() for row in rows)
    total = sum(len(rows) for rows in groups.values())
    spoken = "; ".join(
        f"{group}: {', '.join(f'{row.name.lower()} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    return _estimates(
        groups,
        title=f"Differences between scores: {differ} of {total} survive",
        subtitle="p adjusted over the pairs (FDR); filled: survives 5 %",
        axis="difference of betas (95 % bootstrap interval)",
        alt=f"Differences between betas with 95 % intervals and FDR-adjusted p. {spoken}. "
        f"{differ} of {total} survive FDR 5 %.",
    )


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
        (label(feature, modality=modality), _of_feature(impact, modality, feature, table="impact"))
        for modality, feature in _wanted(impact, features)
    ]
    groups: Groups = {
        f"{name[:1].upper()}{name[1:]}, n = {_n(rows['n'])}": [
            _Row(
                name=label(str(row["score"])).capitalize(),
                estimate=row["odds_ratio"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['odds_ratio'], places=2)} "
                f"({interval(row['ci_low'], row['ci_high'], places=2)})",
                score=str(row["score"]),
            )
            for row in _by_score(rows)
        ]
        for name, rows in chosen
    }
    spoken = "; ".join(
        f"{group}: {', '.join(f'{row.name.lower()} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    odds = _estimates(
        groups,
        title="Odds of any symptom, per SD smaller",
        axis="odds ratio (95 % interval), log scale",
        alt=f"Odds ratios of any symptom per standard deviation smaller. {spoken}.",
        reference=1.0,
    )
    return Gallery([odds, _rates(chosen)])


def validation_plot(validation: pd.DataFrame) -> Picture:
    """Draw how well the scores agree with diagnosis and questionnaires.

    Parameters
    ----------
    validation : pandas.DataFrame
        Score, criterion, statistic, estimate, ci_low, ci_high, n.

    Returns
    -------
    Picture
    """
    needed = ("score", "criterion", "statistic", "estimate", "ci_low", "ci_high", "n")
    require(validation, needed, table="validation")
    names = {
        "sensitivity": "Sensitivity",
        "specificity": "Specificity",
        "spearman": "Spearman ρ",
    }
    groups: Groups = {}
    for row in validation.to_dict("records"):
        against = f"{label(row['score']).capitalize()} against {label(row['criterion'])}"
        text = (
            f"{decimal(row['estimate'], places=2)} "
            f"({interval(row['ci_low'], row['ci_high'], places=2)})"
        )
        statistic = str(row["statistic"])
        groups.setdefault(against, []).append(
            _Row(
                name=f"{names.get(statistic, statistic)}, n = {count(row['n'])}",
                estimate=row["estimate"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=text,
                score=str(row["score"]),
            )
        )
    spoken = "; ".join(
        f"{group}: {', '.join(f'{row.name.lower()}, {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    return _estimates(
        groups,
        title="Scores against diagnosis and questionnaires",
        axis="estimate (95 % interval)",
        alt=f"Validity of the scores with 95 % intervals. {spoken}.",
        limits=(0.0, 1.0),
    )


def _planted(truth: pd.DataFrame | None) -> dict[tuple[str, str, str], float]:
    if truth is None:
        return {}
    require(truth, ("modality", "feature", "score", "planted"), table="truth")
    keys = zip(truth["modality"], truth["feature"], truth["score"], strict=True)
    return dict(zip(keys, truth["planted"].astype(float), strict=True))


def _wanted(
    frame: pd.DataFrame, features: Sequence[tuple[str, str]] | None
) -> Sequence[tuple[str, str]]:
    """Take what was asked for; else those global features that the table holds."""
    if features is not None:
        return features
    held = set(zip(frame["modality"], frame["feature"], strict=True))
    found = [pair for pair in TOTALS if pair in held]
    if not found:
        raise InputError("expected rows with the feature 'total', got none; name the features")
    return found


def _of_feature(
    frame: pd.DataFrame, modality: str, feature: str, *, table: str = "associations"
) -> pd.DataFrame:
    check_known(modality, frame["modality"].astype(str), what="modality")
    of_modality = frame[frame["modality"] == modality]
    check_known(feature, of_modality["feature"].astype(str), what=f"feature of {modality}")
    rows = of_modality[of_modality["feature"] == feature]
    if rows.empty:
        raise InputError(f"expected rows of {modality} {feature} in the table '{table}', got none")
    return rows


def _by_score(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    order = {score: place for place, score in enumerate(scores_in(rows))}
    return rows.sort_values("score", key=lambda score: score.map(order)).to_dict("records")


def _n(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return count(high) if low == high else f"{count(low)} to {count(high)}"


def _estimates(
    groups: Groups,
    *,
    title: str,
    axis: str,
    alt: str,
    subtitle: str = "",
    reference: float = 0.0,
    limits: tuple[float, float] | None = None,
    planted: bool = False,
) -> Picture:
    """Draw rows of estimates under the headings of their groups."""
    rows = [row for members in groups.values() for row in members]
    left = max(text_width(row.name) for row in rows) + 0.25
    right = max(text_width(row.text, points=9) for row in rows) + 0.15
    # Wide names or numbers make the picture wider rather than the plot too narrow.
    width = max(WIDTH, left + right + 1.4)
    body = len(groups) * _GROUP + len(rows) * _ROW + 0.08
    top = heading_height(title, subtitle, width=width)
    bottom = 0.5 + (0.24 if planted else 0.0)

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(
            figure, theme, left=left, bottom=bottom, width=width - left - right, height=body
        )
        axes.set_ylim(body, 0)
        _scale(axes, rows, reference=reference, limits=limits)
        across = axes.get_yaxis_transform()
        inch = 1 / (width - left - right)
        at = 0.04
        for name, members in groups.items():
            axes.text(
                (0.06 - left) * inch, at + _GROUP / 2, name, transform=across, va="center",
                fontsize=9.5, color=theme.muted,
            )  # fmt: skip
            at += _GROUP
            if limits is None:
                axes.plot(
                    [reference] * 2, [at - 0.04, at + len(members) * _ROW + 0.04],
                    color=theme.muted, linewidth=0.8, zorder=0,
                )  # fmt: skip
            for row in members:
                _mark(axes, theme, row, at + _ROW / 2)
                axes.text(
                    (0.16 - left) * inch, at + _ROW / 2, row.name, transform=across, va="center"
                )
                axes.text(
                    1 + (right - 0.04) * inch, at + _ROW / 2, row.text, transform=across,
                    va="center", ha="right", fontsize=9,
                )  # fmt: skip
                at += _ROW
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        figure.text(0.5, (bottom - 0.42) / figure.get_size_inches()[1], axis, ha="center")
        if planted:
            _planted_key(figure, theme)

    return render(draw, size=(width, top + body + bottom), alt=alt)


def _scale(
    axes: Axes,
    rows: list[_Row],
    *,
    reference: float,
    limits: tuple[float, float] | None,
) -> None:
    values = [reference]
    for row in rows:
        values += [v for v in (row.low, row.high, row.estimate, row.planted) if math.isfinite(v)]
    if limits is not None:
        axes.set_xlim(*limits)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    elif reference == 1.0:
        axes.set_xscale("log")
        low, high = min(values), max(values)
        axes.set_xlim(low / 1.03, high * 1.03)
        ticks = readable_ticks(low, high, most=4)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    else:
        room = 0.06 * (max(values) - min(values) or 1.0)
        axes.set_xlim(min(values) - room, max(values) + room)
        ticks = readable_ticks(min(values), max(values), most=3)
        axes.set_xticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])


def _mark(axes: Axes, theme: Theme, row: _Row, at: float) -> None:
    colour = theme.score(row.score)
    axes.plot([row.low, row.high], [at, at], color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        row.estimate, at, MARKERS.get(row.score, "o"), color=colour, markersize=6,
        markerfacecolor=colour if row.filled else theme.background, markeredgewidth=1.3,
    )  # fmt: skip
    if math.isfinite(row.planted):
        axes.plot(
            row.planted, at, "D", markersize=7.5, markerfacecolor="none",
            markeredgecolor=theme.ink, markeredgewidth=1.1,
        )  # fmt: skip


def _planted_key(figure: Figure, theme: Theme) -> None:
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    mark = Line2D(
        [0.22 / width], [0.12 / height], marker="D", markersize=7, markerfacecolor="none",
        markeredgecolor=theme.ink, markeredgewidth=1.1, linestyle="none",
    )  # fmt: skip
    figure.add_artist(mark)
    words = "planted value; filled marks: estimates"
    figure.text(0.36 / width, 0.125 / height, words, va="center", fontsize=9, color=theme.muted)


def _rates(chosen: list[tuple[str, pd.DataFrame]]) -> Picture:
    """Draw the rates of the lowest and the highest tenth, joined by a line."""
    groups = {f"{name[:1].upper()}{name[1:]}": _by_score(rows) for name, rows in chosen}
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
    body = len(groups) * _GROUP + len(members) * _ROW + 0.08

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
                (0.06 - left) * inch, at + _GROUP / 2, name, transform=across, va="center",
                color=theme.muted,
            )  # fmt: skip
            at += _GROUP
            for row in rows:
                _pair(axes, theme, row, at + _ROW / 2)
                name = label(str(row["score"])).capitalize()
                axes.text((0.16 - left) * inch, at + _ROW / 2, name, transform=across, va="center")
                text = f"{100 * row['rate_bottom']:.1f} / {percent(100 * row['rate_top'])}"
                axes.text(
                    1 + (right - 0.04) * inch, at + _ROW / 2, text, transform=across, va="center",
                    ha="right", fontsize=9,
                )  # fmt: skip
                at += _ROW
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
    colour, shape = theme.score(str(row["score"])), MARKERS.get(str(row["score"]), "o")
    low, high = 100 * row["rate_bottom"], 100 * row["rate_top"]
    axes.plot([low, high], [at, at], color=colour, linewidth=1.2)
    axes.plot(low, at, shape, color=colour, markersize=6)
    axes.plot(
        high, at, shape, color=colour, markersize=6, markerfacecolor=theme.background,
        markeredgewidth=1.3,
    )  # fmt: skip
