"""Estimates with intervals: betas, contrasts, validity, odds, claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from transdx.figures.canvas.layout import readable_ticks, widest
from transdx.figures.canvas.lines import Line, lined
from transdx.figures.canvas.picture import Gallery, Note, Picture
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import by_score, of_feature, require, wanted_features
from transdx.figures.canvas.scores import marker
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import is_beta, people, score_name, short_quantity, survival
from transdx.naming import label
from transdx.results.schema import TABLES
from transdx.results.select import FDR, survives
from transdx.writing import (
    VERDICT_SIGNS,
    count,
    decimal,
    inside,
    interval,
    p_value,
    percent,
    sentence_case,
    verdict,
    write,
)

_Record = Mapping[Any, Any]
_Groups = Mapping[str, Sequence[Line]]
#: The axis, which is the same for all betas.
_AXIS = "standardised beta (95 % bootstrap interval)"


@reads(associations="modality feature score n beta ci_low ci_high")
def forest(
    associations: pd.DataFrame,
    *,
    features: Sequence[tuple[str, str]] | None = None,
    truth: pd.DataFrame | None = None,
) -> Picture:
    """Draw betas with 95 % intervals, by feature and score; planted values as open diamonds."""
    if truth is not None:
        require(truth, TABLES["truth"].names, table="truth")
        associations = associations.merge(truth[TABLES["truth"].names], how="left")
    groups = _groups(_by_feature(associations, features), partial(_estimate, of="beta"))
    return _draw_estimates(
        groups,
        "Standardised betas with 95 % intervals",
        axis=_AXIS,
        alt=f"Standardised betas with 95 % intervals. {_spoken(groups)}.",
        planted=truth is not None,
    )


@reads(contrasts="modality feature score_a score_b difference ci_low ci_high p_fdr")
def contrast_plot(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> Picture:
    """Draw differences between the betas of two scores.

    Those are filled that survive FDR 5 % over the measures and pairs of their family.
    """

    def line(record: _Record) -> Line:
        name = f"{sentence_case(label(record['score_a']))} − {label(record['score_b'])}"
        words = f"{decimal(record['difference'])}, {p_value(record['p_fdr'])}"
        mark = partial(_mark, record, "difference", filled=record["strong"])
        return Line(name, "", mark, words)

    found = _by_feature(contrasts.assign(strong=survives(contrasts)), features)
    groups = _groups(found, line)
    told = survival(pd.concat(found.values()), level="")
    return _draw_estimates(
        groups,
        f"Differences between scores: {told}",
        f"filled: survives {FDR} over measures and pairs",
        axis="difference of betas (95 % bootstrap interval)",
        alt=f"Differences between betas with 95 % intervals and FDR-adjusted p. {_spoken(groups)}. "
        f"{told} {FDR}.",
    )


@reads()
def validation_plot(validation: pd.DataFrame) -> Picture | Note:
    """Draw how well the scores agree with diagnosis and questionnaires.

    A note says so where they were held against nothing.
    """
    if validation.empty:
        return Note("These data hold no diagnosis and no questionnaire to hold the scores against.")
    require(validation, TABLES["validation"].names, table="validation")
    groups: dict[str, list[Line]] = {}
    for record in validation.to_dict("records"):
        against = f"{sentence_case(label(record['score']))} against {label(record['criterion'])}"
        statistic = str(record["statistic"])
        known = "Spearman ρ" if statistic == "spearman" else statistic.capitalize()
        name = f"{known}, n = {count(record['n'])}"
        groups.setdefault(against, []).append(_estimate(record, "estimate", places=2, name=name))
    return _draw_estimates(
        groups,
        "Scores against diagnosis and questionnaires",
        axis="estimate (95 % interval)",
        alt=f"Validity of the scores with 95 % intervals. {_spoken(groups, between=', ')}.",
        reference=None,
    )


@reads(impact="modality feature score n odds_ratio ci_low ci_high rate_bottom rate_top")
def impact_plot(
    impact: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> Gallery:
    """Draw odds ratios of any symptom, and its rate in the lowest and the highest tenth."""
    ratio = partial(_estimate, of="odds_ratio", places=2)
    odds = _groups(_by_feature(impact, features), ratio)
    rates = _groups(_by_feature(impact.drop(columns="n"), features), _rates)

    def finish(figure: Figure, theme: Theme, axes: Axes) -> None:
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=4)

    return Gallery(
        [
            _draw_estimates(
                odds,
                "Odds of any symptom, per SD smaller",
                axis="odds ratio (95 % interval), log scale",
                alt=f"Odds ratios of any symptom per standard deviation smaller. {_spoken(odds)}.",
                reference=1.0,
            ),
            lined(
                rates,
                "People with any symptom",
                "filled: lowest tenth of the measure, open: highest",
                axis="per cent of people",
                alt="Rates of any symptom in the tenth with the lowest and the tenth with the "
                f"highest measure. {_spoken(rates)}.",
                finish=finish,
            ),
        ]
    )


@reads(claims="claim score quantity estimate ci_low ci_high verdict planted")
def claims_plot(claims: pd.DataFrame) -> Picture | Note:
    """Draw the claims that are estimated as standardised betas, with the signs of their verdicts.

    A claim is drawn where its quantity names β; planted values are open diamonds. A note says
    so where there is nothing to draw.
    """
    drawn = claims[claims["quantity"].map(is_beta) & claims["estimate"].notna()]
    if drawn.empty:
        return Note("No claim could be estimated as a standardised beta in this run.")
    groups: dict[str, list[Line]] = {}
    spoken = []
    for record in drawn.to_dict("records"):
        sign = VERDICT_SIGNS.get(record["verdict"], "")
        line = _estimate(record, "estimate")._replace(text=sign)
        heading = f"{record['claim']}: {short_quantity(str(record['quantity']))}"
        groups.setdefault(heading, []).append(line)
        spoken.append(f"{record['claim']} {inside(line.name)}: {line.words}, {record['verdict']}")
    return _draw_estimates(
        groups,
        "The claims, in standardised betas",
        ", ".join(verdict(n) for n in VERDICT_SIGNS if n in set(drawn["verdict"])),
        axis=_AXIS,
        alt=f"Claims in standardised betas with 95 % intervals. {'; '.join(spoken)}.",
        planted=bool(drawn["planted"].notna().any()),
    )


def _by_feature(
    table: pd.DataFrame, features: Sequence[tuple[str, str]] | None
) -> dict[str, pd.DataFrame]:
    """Head the rows of each feature by its name, and by how many people there are of it."""
    found = {}
    for modality, feature in wanted_features(table, features):
        rows = of_feature(table, modality, feature)
        name = sentence_case(label(feature, modality=modality))
        heading = f"{name}, {people(rows)}" if "n" in rows else name
        found[heading] = by_score(rows) if "score" in rows else rows
    return found


def _groups(found: Mapping[str, pd.DataFrame], line: Callable[[_Record], Line]) -> _Groups:
    return {heading: [line(r) for r in rows.to_dict("records")] for heading, rows in found.items()}


def _estimate(record: _Record, of: str, *, places: int = 3, name: str = "") -> Line:
    """Mark an estimate that goes with a score, and its interval.

    Numbers are in the table beside it, and here for who does not see: the axis has the room.
    """
    around = interval(record["ci_low"], record["ci_high"], places=places)
    words = f"{decimal(record[of], places=places)} ({around})"
    return Line(name or score_name(record["score"]), "", partial(_mark, record, of), words)


def _rates(record: _Record) -> Line:
    score, low, high = str(record["score"]), 100 * record["rate_bottom"], 100 * record["rate_top"]
    words = f"{percent(low)} against {percent(high)}"
    return Line(score_name(score), "", partial(_pair, score, low, high), words)


def _spoken(groups: _Groups, *, between: str = " ") -> str:
    return "; ".join(
        f"{group}: "
        + ", ".join(f"{inside(line.name)}{between}{line.words or line.text}" for line in lines)
        for group, lines in groups.items()
    )


def _draw_estimates(
    groups: _Groups,
    title: str,
    subtitle: str = "",
    *,
    axis: str,
    alt: str,
    reference: float | None = 0.0,
    planted: bool = False,
) -> Picture:
    """Draw estimates; a reference of 1 makes the axis log, none goes with shares of 1."""

    def finish(figure: Figure, theme: Theme, axes: Axes) -> None:
        _scale(axes, reference)
        if planted:
            _planted_key(figure, theme)

    if planted:
        alt += " Open diamonds: planted values."
    bottom = 0.74 if planted else 0.5
    return lined(
        groups, title, subtitle, axis=axis, alt=alt, finish=finish, bottom=bottom,
        reference=reference,
    )  # fmt: skip


def _scale(axes: Axes, reference: float | None) -> None:
    if reference is None:
        axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
        return
    low, high = axes.dataLim.intervalx
    if reference == 1.0:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.03, high * 1.03)
        axes.minorticks_off()
        ticks = readable_ticks(low, high, most=4)
    else:
        room = 0.06 * (high - low or 1.0)
        axes.set_xlim(low - room, high + room)
        inches = axes.bbox.width / axes.figure.dpi
        ticks = _ticks_apart(low, high, inches=inches / 1.12)
    axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])


def _ticks_apart(low: float, high: float, *, inches: float) -> list[float]:
    """Choose up to five ticks, fewer where their numbers would run into each other."""
    for most in (5, 4, 3):
        ticks = readable_ticks(low, high, most=most)
        needed = widest([write(tick, "g") for tick in ticks], points=9) + 0.08
        apart = inches * (ticks[1] - ticks[0]) / (high - low) if len(ticks) > 1 else inches
        if needed <= apart:
            return ticks
    return readable_ticks(low, high, most=2)


def _mark(
    record: _Record, of: str, axes: Axes, theme: Theme, at: float, *, filled: bool = True
) -> None:
    score = str(record.get("score", ""))
    colour = theme.score(score)
    ends = [record["ci_low"], record["ci_high"]]
    axes.plot(ends, [at, at], color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        record[of], at, marker(score), color=colour, markersize=6,
        markerfacecolor=colour if filled else theme.background, markeredgewidth=1.3,
    )  # fmt: skip
    if math.isfinite(record.get("planted", math.nan)):
        axes.plot(record["planted"], at, "D", markersize=7.5, **_diamond(theme))


def _pair(score: str, low: float, high: float, axes: Axes, theme: Theme, at: float) -> None:
    """Join the rates of the lowest and the highest tenth."""
    colour, shape = theme.score(score), marker(score)
    axes.plot([low, high], [at, at], color=colour, linewidth=1.2)
    axes.plot(low, at, shape, color=colour, markersize=6)
    axes.plot(
        high, at, shape, color=colour, markersize=6, markerfacecolor=theme.background,
        markeredgewidth=1.3,
    )  # fmt: skip


def _diamond(theme: Theme) -> dict[str, Any]:
    return {"markerfacecolor": "none", "markeredgecolor": theme.ink, "markeredgewidth": 1.1}


def _planted_key(figure: Figure, theme: Theme) -> None:
    width, height = figure.get_size_inches()
    place = [0.22 / width], [0.12 / height]
    figure.add_artist(Line2D(*place, marker="D", markersize=7, linestyle="none", **_diamond(theme)))
    words = "planted value; filled marks: estimates"
    figure.text(0.36 / width, 0.125 / height, words, va="center", fontsize=9, color=theme.muted)


@reads(cohort_globals="cohort modality feature score n beta ci_low ci_high")
def cohort_forest(cohort_globals: pd.DataFrame) -> Picture:
    """Draw the global betas of every open cohort beside each other."""
    groups: dict[str, list[Line]] = {}
    for record in cohort_globals.to_dict("records"):
        heading = sentence_case(label(record["feature"], modality=record["modality"]))
        name = _apart(f"{label(record['cohort'])}, {label(record['score'])}")
        groups.setdefault(heading, []).append(_estimate(record, "beta", name=name))
    return _draw_estimates(
        groups,
        "Global measures in real people",
        axis=_AXIS,
        alt=f"Standardised betas of global measures in real people. {_in_a_line(groups)}.",
    )


@reads(pooled="claim symptom quantity cohorts n estimate ci_low ci_high verdict")
def pooled_forest(pooled: pd.DataFrame, cohort_claims: pd.DataFrame) -> Picture | Note:
    """Draw what each cohort says to the claims, and below it what they say together.

    A note says so where no cohort can speak to any.
    """
    groups: dict[str, list[Line]] = {}
    for record in pooled[pooled["cohorts"] > 0].to_dict("records"):
        claim, symptom = record["claim"], record["symptom"]
        same = (cohort_claims["claim"] == claim) & (cohort_claims["symptom"] == symptom)
        own = cohort_claims[same]
        draw = partial(_estimate, of="estimate")
        lines = [draw(one, name=_whose(one)) for one in own.to_dict("records")]
        if record["cohorts"] > 1:
            lines.append(draw(record, name=f"together: {record['verdict']}"))
        groups[f"{claim}, {label(symptom)}: {short_quantity(str(record['quantity']))}"] = lines
    if not groups:
        return Note("No cohort that is here can speak to a claim.")
    return _draw_estimates(
        groups,
        "The claims in real people",
        "together: random effects, 95 % interval of Hartung and Knapp",
        axis="standardised beta (95 % interval)",
        alt=f"The claims in real people, by cohort and together. {_in_a_line(groups)}.",
    )


def _whose(row: _Record) -> str:
    measured, wanted = row["regions"], row["wanted"]
    part = "" if measured == wanted else f",\n{measured} of {wanted} regions"
    return _apart(f"{label(row['cohort'])}, {label(row['score'])}") + part


def _apart(name: str) -> str:
    """Set a long name of cohort and score in two lines, which leaves the axis its room."""
    return name if len(name) <= 30 else name.replace(", ", ",\n", 1)


def _in_a_line(groups: _Groups) -> str:
    return _spoken(groups).replace("\n", " ")
