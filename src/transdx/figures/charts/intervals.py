"""Estimates with intervals: betas, contrasts, validity, odds, claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from transdx.figures.canvas.layout import readable_ticks, widest
from transdx.figures.canvas.lines import Line, draw_lines, set_lines
from transdx.figures.canvas.picture import Gallery, Note, Picture, titled
from transdx.figures.canvas.rows import by_score, of_feature, require, wanted_features
from transdx.figures.canvas.scores import marker
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import is_beta, people, score_name
from transdx.naming import label
from transdx.results.select import ALPHA, FDR, LEVEL
from transdx.writing import (
    VERDICT_SIGNS,
    count,
    counted,
    decimal,
    inside,
    interval,
    p_value,
    percent,
    sentence_case,
    verdict,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Record = Mapping[Any, Any]


@dataclass(frozen=True)
class _Row:
    """An estimate with its interval, in the unit of the axis, and what is written beside it."""

    name: str
    estimate: float
    low: float
    high: float
    text: str
    #: Decides colour and shape of the mark.
    score: str = ""
    planted: float = math.nan
    filled: bool = True


_Groups = dict[str, list[_Row]]


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

    def row(record: _Record) -> _Row:
        key = (record["modality"], record["feature"], record["score"])
        return _of_score(record, "beta", planted=planted.get(key, math.nan))

    groups = _by_feature(associations, features, row)
    diamonds = " Open diamonds: planted values." if truth is not None else ""
    return _draw_estimates(
        groups,
        title="Standardised betas with 95 % intervals",
        axis="standardised beta (95 % bootstrap interval)",
        alt=f"Standardised betas with 95 % intervals. {_spoken(groups)}.{diamonds}",
        planted=truth is not None,
    )


def contrast_plot(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> Picture:
    """Draw differences between the betas of two scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.
    features : sequence of (modality, feature), optional
        Which rows; the global features by default.

    Returns
    -------
    Picture
        Filled where the difference survives FDR 5 % over the pairs.
    """
    needed = ("modality", "feature", "score_a", "score_b", "difference", "ci_low", "ci_high")
    require(contrasts, (*needed, "p_fdr"), table="contrasts")

    def row(record: _Record) -> _Row:
        return _Row(
            name=f"{sentence_case(label(record['score_a']))} − {label(record['score_b'])}",
            estimate=record["difference"],
            low=record["ci_low"],
            high=record["ci_high"],
            text=f"{decimal(record['difference'])}, {p_value(record['p_fdr'])}",
            filled=record["p_fdr"] <= ALPHA,
        )

    groups = _by_feature(contrasts, features, row)
    rows = [row for members in groups.values() for row in members]
    of_all = f"of {len(rows)}"
    told = counted(sum(r.filled for r in rows), f"{of_all} survives", f"{of_all} survive")
    return _draw_estimates(
        groups,
        title=f"Differences between scores: {told}",
        subtitle=f"p adjusted over the pairs (FDR); filled: survives {LEVEL}",
        axis="difference of betas (95 % bootstrap interval)",
        alt=f"Differences between betas with 95 % intervals and FDR-adjusted p. {_spoken(groups)}. "
        f"{told} {FDR}.",
    )


def validation_plot(validation: pd.DataFrame) -> Picture | Note:
    """Draw how well the scores agree with diagnosis and questionnaires.

    Parameters
    ----------
    validation : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    Picture
        A note where nothing was held against anything.
    """
    if validation.empty:
        return Note("These data hold no diagnosis and no questionnaire to hold the scores against.")
    needed = ("score", "criterion", "statistic", "estimate", "ci_low", "ci_high", "n")
    require(validation, needed, table="validation")
    groups: _Groups = {}
    for record in validation.to_dict("records"):
        against = f"{sentence_case(label(record['score']))} against {label(record['criterion'])}"
        statistic = str(record["statistic"])
        known = "Spearman ρ" if statistic == "spearman" else statistic.capitalize()
        row = _of_score(record, "estimate", places=2, name=f"{known}, n = {count(record['n'])}")
        groups.setdefault(against, []).append(row)
    return _draw_estimates(
        groups,
        title="Scores against diagnosis and questionnaires",
        axis="estimate (95 % interval)",
        alt=f"Validity of the scores with 95 % intervals. {_spoken(groups, between=', ')}.",
        limits=(0.0, 1.0),
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
    groups = _by_feature(impact, features, lambda row: _of_score(row, "odds_ratio", places=2))
    odds = _draw_estimates(
        groups,
        title="Odds of any symptom, per SD smaller",
        axis="odds ratio (95 % interval), log scale",
        alt=f"Odds ratios of any symptom per standard deviation smaller. {_spoken(groups)}.",
        reference=1.0,
    )
    return Gallery([odds, _draw_rates(impact, features)])


def claims_plot(claims: pd.DataFrame) -> Picture | Note:
    """Draw the claims that are estimated as standardised betas.

    Parameters
    ----------
    claims : pandas.DataFrame
        The table of claims. A claim is drawn where its quantity names β.

    Returns
    -------
    Picture or Note
        Estimates with intervals, planted values as open diamonds, and the sign of the
        verdict after the numbers; a sentence where there is nothing to draw.
    """
    needed = ("claim", "score", "quantity", "estimate", "ci_low", "ci_high", "verdict", "planted")
    require(claims, needed, table="claims")
    drawn = claims[claims["quantity"].map(is_beta) & claims["estimate"].notna()]
    if drawn.empty:
        return Note("No claim could be estimated as a standardised beta in this run.")
    groups: _Groups = {}
    spoken = []
    for record in drawn.to_dict("records"):
        name = score_name(record["score"])
        row = _of_score(record, "estimate", name=name, planted=float(record["planted"]))
        sign = VERDICT_SIGNS.get(record["verdict"], "")
        text = f"{decimal(record['estimate'])} {sign}"
        heading = f"{record['claim']}: {_short(str(record['quantity']))}"
        groups.setdefault(heading, []).append(replace(row, text=text))
        spoken.append(f"{record['claim']} {inside(name)}: {row.text}, {record['verdict']}")
    planted = bool(drawn["planted"].notna().any())
    diamonds = " Open diamonds: planted values." if planted else ""
    return _draw_estimates(
        groups,
        title="The claims, in standardised betas",
        subtitle=", ".join(verdict(n) for n in VERDICT_SIGNS if n in set(drawn["verdict"])),
        axis="standardised beta (95 % bootstrap interval)",
        alt=f"Claims in standardised betas with 95 % intervals. {'; '.join(spoken)}.{diamonds}",
        planted=planted,
    )


def _short(quantity: str) -> str:
    """Leave out what the axis says, and the members of a long list."""
    words = quantity.removeprefix("mean ").removeprefix("β of ")
    return words if len(words) <= 48 else f"{words[:46].rsplit(' ', 1)[0].rstrip(',')} …"


def _of_score(
    record: _Record,
    estimate: str,
    *,
    places: int = 3,
    name: str = "",
    planted: float = math.nan,
) -> _Row:
    """Take an estimate that goes with a score, and write it with its interval."""
    low, high = record["ci_low"], record["ci_high"]
    around = interval(low, high, places=places)
    return _Row(
        name=name or sentence_case(label(str(record["score"]))),
        estimate=record[estimate],
        low=low,
        high=high,
        text=f"{decimal(record[estimate], places=places)} ({around})",
        score=str(record["score"]),
        planted=planted,
    )


def _by_feature(
    table: pd.DataFrame,
    features: Sequence[tuple[str, str]] | None,
    row: Callable[[_Record], _Row],
) -> _Groups:
    """Head the rows of each feature by its name, and by how many people there are of it."""
    groups: _Groups = {}
    for modality, feature in wanted_features(table, features):
        rows = of_feature(table, modality, feature)
        name = sentence_case(label(feature, modality=modality))
        ordered = by_score(rows) if "score" in rows else rows
        heading = f"{name}, {people(rows)}" if "n" in rows else name
        groups[heading] = [row(record) for record in ordered.to_dict("records")]
    return groups


def _spoken(groups: _Groups, *, between: str = " ") -> str:
    return "; ".join(
        f"{group}: {', '.join(f'{inside(row.name)}{between}{row.text}' for row in rows)}"
        for group, rows in groups.items()
    )


def _planted(truth: pd.DataFrame | None) -> dict[tuple[str, str, str], float]:
    if truth is None:
        return {}
    require(truth, ("modality", "feature", "score", "planted"), table="truth")
    keys = zip(truth["modality"], truth["feature"], truth["score"], strict=True)
    return dict(zip(keys, truth["planted"].astype(float), strict=True))


def _draw_estimates(
    groups: _Groups,
    *,
    title: str,
    axis: str,
    alt: str,
    subtitle: str = "",
    reference: float = 0.0,
    limits: tuple[float, float] | None = None,
    planted: bool = False,
) -> Picture:
    """Draw estimates under the headings of their groups; a reference of 1 makes the axis log."""
    rows = [row for members in groups.values() for row in members]
    lines = set_lines(
        {
            name: [Line(row.name, row.text, partial(_mark, row)) for row in members]
            for name, members in groups.items()
        }
    )
    bottom = 0.74 if planted else 0.5

    def draw(figure: Figure, theme: Theme) -> None:
        nothing = None if limits else reference
        axes = draw_lines(figure, theme, lines, bottom=bottom, axis=axis, reference=nothing)
        _scale(axes, rows, reference=reference, limits=limits, inches=1 / lines.inch)
        if planted:
            _planted_key(figure, theme)

    return titled(
        draw, title, subtitle, height=lines.height + bottom, width=lines.width, alt=alt
    )  # fmt: skip


def _scale(
    axes: Axes,
    rows: list[_Row],
    *,
    reference: float,
    limits: tuple[float, float] | None,
    inches: float,
) -> None:
    if limits:
        axes.set(xlim=limits, xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
        return
    values = [reference]
    for row in rows:
        values += [v for v in (row.low, row.high, row.estimate, row.planted) if math.isfinite(v)]
    low, high = min(values), max(values)
    if reference == 1.0:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.03, high * 1.03)
        axes.minorticks_off()
        ticks = readable_ticks(low, high, most=4)
    else:
        room = 0.06 * (high - low or 1.0)
        axes.set_xlim(low - room, high + room)
        ticks = _ticks_apart(low, high, inches=inches / 1.12)
    axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])


def _ticks_apart(low: float, high: float, *, inches: float) -> list[float]:
    """Choose three ticks, or fewer where their numbers would run into each other."""
    ticks = readable_ticks(low, high, most=3)
    needed = widest([write(tick, "g") for tick in ticks], points=9) + 0.08
    apart = inches * (ticks[1] - ticks[0]) / (high - low) if len(ticks) > 1 else inches
    return ticks if needed <= apart else readable_ticks(low, high, most=2)


def _mark(row: _Row, axes: Axes, theme: Theme, at: float) -> None:
    colour = theme.score(row.score)
    axes.plot([row.low, row.high], [at, at], color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        row.estimate, at, marker(row.score), color=colour, markersize=6,
        markerfacecolor=colour if row.filled else theme.background, markeredgewidth=1.3,
    )  # fmt: skip
    if math.isfinite(row.planted):
        axes.plot(row.planted, at, "D", markersize=7.5, **_diamond(theme))


def _diamond(theme: Theme) -> dict[str, Any]:
    return {"markerfacecolor": "none", "markeredgecolor": theme.ink, "markeredgewidth": 1.1}


def _planted_key(figure: Figure, theme: Theme) -> None:
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    place = [0.22 / width], [0.12 / height]
    figure.add_artist(Line2D(*place, marker="D", markersize=7, linestyle="none", **_diamond(theme)))
    words = "planted value; filled marks: estimates"
    figure.text(0.36 / width, 0.125 / height, words, va="center", fontsize=9, color=theme.muted)


def _draw_rates(impact: pd.DataFrame, features: Sequence[tuple[str, str]] | None) -> Picture:
    """Draw the rates of the lowest and the highest tenth, joined by a line."""

    def row(record: _Record) -> _Row:
        low, high = 100 * record["rate_bottom"], 100 * record["rate_top"]
        text = f"{decimal(low, places=1)} / {percent(high)}"
        name, score = sentence_case(label(str(record["score"]))), str(record["score"])
        return _Row(name, estimate=low, low=low, high=high, text=text, score=score)

    groups = _by_feature(impact.drop(columns="n"), features, row)
    lines = set_lines(
        {
            name: [Line(row.name, row.text, partial(_pair, row)) for row in members]
            for name, members in groups.items()
        }
    )

    def draw(figure: Figure, theme: Theme) -> None:
        axes = draw_lines(figure, theme, lines, bottom=0.5, axis="per cent of people")
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=4)

    spoken = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{inside(row.name)} {percent(row.low)} against {percent(row.high)}" for row in rows
        )
        for name, rows in groups.items()
    )
    return titled(
        draw,
        "People with any symptom, lowest and highest tenth",
        "of the measure; filled: lowest tenth, open: highest",
        height=lines.height + 0.5,
        width=lines.width,
        alt="Rates of any symptom in the tenth with the lowest and the tenth with the highest "
        f"measure. {spoken}.",
    )


def _pair(row: _Row, axes: Axes, theme: Theme, at: float) -> None:
    colour, shape = theme.score(row.score), marker(row.score)
    axes.plot([row.low, row.high], [at, at], color=colour, linewidth=1.2)
    axes.plot(row.low, at, shape, color=colour, markersize=6)
    axes.plot(
        row.high, at, shape, color=colour, markersize=6, markerfacecolor=theme.background,
        markeredgewidth=1.3,
    )  # fmt: skip
