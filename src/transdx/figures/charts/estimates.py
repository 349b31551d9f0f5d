"""Estimates with intervals: betas, contrasts, validity."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from transdx.figures.canvas.picture import Picture
from transdx.figures.canvas.style import label, require
from transdx.figures.charts.intervals import (
    Groups,
    Row,
    by_score,
    draw_estimates,
    n_words,
    of_feature,
    wanted_features,
)
from transdx.results.select import ALPHA, FDR, LEVEL
from transdx.writing import count, counted, decimal, inside, interval, p_value, sentence_case

__all__ = ["contrast_plot", "forest", "validation_plot"]


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
    for modality, feature in wanted_features(associations, features):
        rows = of_feature(associations, modality, feature)
        name = label(feature, modality=modality)
        groups[f"{sentence_case(name)}, n = {n_words(rows['n'])}"] = [
            Row(
                name=sentence_case(label(str(row["score"]))),
                estimate=row["beta"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['beta'])} ({interval(row['ci_low'], row['ci_high'])})",
                score=str(row["score"]),
                planted=planted.get((modality, feature, str(row["score"])), math.nan),
            )
            for row in by_score(rows)
        ]
    spoken = "; ".join(
        f"{group}: {', '.join(f'{inside(row.name)} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    diamonds = " Open diamonds: planted values." if truth is not None else ""
    return draw_estimates(
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
    for modality, feature in wanted_features(contrasts, features):
        rows = of_feature(contrasts, modality, feature)
        name = label(feature, modality=modality)
        groups[f"{sentence_case(name)}"] = [
            Row(
                name=f"{sentence_case(label(row['score_a']))} − {label(row['score_b'])}",
                estimate=row["difference"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=f"{decimal(row['difference'])}, {p_value(row['p_fdr'])}",
                filled=row["p_fdr"] <= ALPHA,
            )
            for row in rows.to_dict("records")
        ]
    differ = sum(row.filled for rows in groups.values() for row in rows)
    of_all = f"of {sum(len(rows) for rows in groups.values())}"
    told = counted(differ, f"{of_all} survives", f"{of_all} survive")
    spoken = "; ".join(
        f"{group}: {', '.join(f'{inside(row.name)} {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    return draw_estimates(
        groups,
        title=f"Differences between scores: {told}",
        subtitle=f"p adjusted over the pairs (FDR); filled: survives {LEVEL}",
        axis="difference of betas (95 % bootstrap interval)",
        alt=f"Differences between betas with 95 % intervals and FDR-adjusted p. {spoken}. "
        f"{told} {FDR}.",
    )


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
        against = f"{sentence_case(label(row['score']))} against {label(row['criterion'])}"
        text = (
            f"{decimal(row['estimate'], places=2)} "
            f"({interval(row['ci_low'], row['ci_high'], places=2)})"
        )
        statistic = str(row["statistic"])
        groups.setdefault(against, []).append(
            Row(
                name=f"{names.get(statistic, statistic)}, n = {count(row['n'])}",
                estimate=row["estimate"],
                low=row["ci_low"],
                high=row["ci_high"],
                text=text,
                score=str(row["score"]),
            )
        )
    spoken = "; ".join(
        f"{group}: {', '.join(f'{inside(row.name)}, {row.text}' for row in rows)}"
        for group, rows in groups.items()
    )
    return draw_estimates(
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
