"""The tables of the chapters, with their headers, formats and captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from transdx.figures.canvas.rows import check_known, of_feature, require, scores_in, wanted_features
from transdx.figures.canvas.words import survival
from transdx.figures.tables.formats import formats_for, row_formats_for, trim
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.select import kind_of
from transdx.writing import counted

__all__ = [
    "association_table",
    "contrast_table",
    "correlation_table",
    "demographics_table",
    "flow_table",
    "impact_table",
    "power_table",
    "quality_table",
    "recovery_table",
    "validation_table",
]


def association_table(
    associations: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    features: str | Sequence[str] = "regions",
    name: str | None = None,
    rows: int | None = None,
) -> TableView:
    """Show betas with intervals and p values.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality, score : str, optional
        Restrict to one; all by default.
    features : {'regions', 'connections', 'total', 'all'} or sequence of str, optional
        Regions by default. They, connections and all come strongest first, the global
        rows and any features that are named in the order of the table.
    name : str, optional
        File name of the download without its ending.
    rows : int, optional
        Show only so many; the download has them all.

    Returns
    -------
    TableView

    Raises
    ------
    InputError
        If the table lacks the modality, score or a feature.
    """
    require(associations, ("modality", "feature", "score", "beta", "p_fdr"), table="associations")
    chosen = associations
    for column, wanted in (("modality", modality), ("score", score)):
        if wanted is not None:
            check_known(wanted, associations[column].astype(str), what=column)
            chosen = chosen[chosen[column] == wanted]
    chosen = _of_features(chosen, features)
    what = label(modality) if modality else "brain structure"
    scores = scores_in(chosen)
    whom = label(scores[0]) if len(scores) == 1 else "the symptom scores"
    columns, words = trim(
        chosen, {name: title for name, title in _ASSOCIATION.items() if name in chosen}
    )
    if len(scores) == 1:
        # The caption says which.
        del columns["score"]
    default = "-".join(["associations", *filter(None, (modality, score))])
    return TableView(
        chosen.reset_index(drop=True),
        name=name or default,
        caption=(f"Associations of {what} with {whom}. {survival(chosen)}.{words}"),
        note=(
            "Standardised β with 95 % bootstrap interval; p uncorrected, adjusted for the false "
            "discovery rate (FDR), as share of permutations (perm.), and family-wise (FWE)."
        ),
        columns=columns,
        formats=formats_for(chosen, columns),
        row_formats=row_formats_for(columns),
        rows=rows,
    )


def _of_features(rows: pd.DataFrame, features: str | Sequence[str]) -> pd.DataFrame:
    if features in ("regions", "connections", "all"):
        kinds = {"regions": ["region"], "connections": ["connection"]}
        wanted = kinds.get(str(features), ["region", "connection", "total"])
        kept = rows[rows["feature"].map(kind_of).isin(wanted)]
        require(kept, (), table=f"associations of {features}")
        return kept.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    wanted = [features] if isinstance(features, str) else list(features)
    for feature in wanted:
        check_known(feature, rows["feature"].astype(str), what="feature")
    return rows[rows["feature"].isin(wanted)]


def demographics_table(demographics: pd.DataFrame) -> TableView:
    """Show who is in the sample.

    Parameters
    ----------
    demographics : pandas.DataFrame
        Characteristic, level, group, n, percent, mean, sd, minimum, maximum.

    Returns
    -------
    TableView
    """
    # A level of "yes" is said by the name of the characteristic.
    columns = {
        "characteristic": "Characteristic",
        "group": "Group",
        "n": "n",
        "percent": "Per cent",
        "mean": "Mean",
        "sd": "SD",
        "minimum": "Minimum",
        "maximum": "Maximum",
    }
    require(demographics, ("characteristic", "level"), table="demographics")
    if set(demographics["level"].fillna("").astype(str)) - {"", "yes"}:
        columns = {"characteristic": "Characteristic", "level": "Level", **columns}
    return _view(demographics, "demographics", "Who is in the sample.", columns)


def flow_table(flow: pd.DataFrame) -> TableView:
    """Show how many people each step left out.

    Parameters
    ----------
    flow : pandas.DataFrame
        Step, label, excluded, remaining.

    Returns
    -------
    TableView
    """
    columns = {"label": "Step", "excluded": "Left out", "remaining": "Remaining"}
    return _view(flow, "flow", "Participants left out at each step and remaining.", columns)


def correlation_table(score_correlations: pd.DataFrame) -> TableView:
    """Show how the symptom scores go together.

    Parameters
    ----------
    score_correlations : pandas.DataFrame
        Score_a, score_b, n, rho, p, p_fdr.

    Returns
    -------
    TableView
    """
    columns = {
        "score_a": "Score",
        "score_b": "With",
        "n": "n",
        "rho": "Spearman ρ",
        "p": "p",
        "p_fdr": "p (FDR)",
    }
    caption = "Spearman correlations between the symptom scores."
    return _view(score_correlations, "score-correlations", caption, columns)


def validation_table(validation: pd.DataFrame) -> TableView:
    """Show how well the scores agree with diagnosis and questionnaires.

    Parameters
    ----------
    validation : pandas.DataFrame
        Score, criterion, statistic, estimate, ci_low, ci_high, n.

    Returns
    -------
    TableView
    """
    columns = {
        "score": "Score",
        "criterion": "Against",
        "statistic": "Statistic",
        "estimate": "Estimate",
        "ci_low": "95 % interval",
        "n": "n",
    }
    return _view(validation, "validation", "Symptom scores against their criteria.", columns)


def contrast_table(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> TableView:
    """Show differences between the betas of two scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        Modality, feature, score_a, score_b, difference, ci_low, ci_high, p, p_fdr.
    features : sequence of (modality, feature), optional
        Which rows; the global features of structure by default.

    Returns
    -------
    TableView
    """
    require(contrasts, ("modality", "feature"), table="contrasts")
    wanted = wanted_features(contrasts, features)
    chosen = pd.concat([of_feature(contrasts, *pair) for pair in wanted])
    columns = {
        "feature": "Measure",
        "modality": "Modality",
        "score_a": "Score",
        "score_b": "Minus",
        "difference": "Difference of β",
        "ci_low": "95 % interval",
        "p": "p",
        "p_fdr": "p (FDR)",
    }
    caption = "Differences between the standardised betas of two scores."
    return _view(chosen, "contrasts", caption, columns)


def impact_table(impact: pd.DataFrame) -> TableView:
    """Show what a smaller measure means for having any symptom.

    Parameters
    ----------
    impact : pandas.DataFrame
        Modality, feature, score, n, odds_ratio, ci_low, ci_high, p, rate_bottom,
        rate_top, n_bottom, n_top.

    Returns
    -------
    TableView
    """
    columns = {
        "feature": "Measure",
        "modality": "Modality",
        "score": "Any symptom of",
        "n": "n",
        "odds_ratio": "Odds ratio",
        "ci_low": "95 % interval",
        "p": "p",
        "rate_bottom": "Lowest tenth",
        "rate_top": "Highest tenth",
    }
    caption = (
        "Odds of any symptom per SD that the measure is smaller, and rates of any symptom in "
        "the tenths of people with the lowest and the highest measure."
    )
    return _view(impact, "impact", caption, columns)


def power_table(power: pd.DataFrame) -> TableView:
    """Show the smallest effects that can be detected.

    Parameters
    ----------
    power : pandas.DataFrame
        N, alpha, label, smallest_beta.

    Returns
    -------
    TableView
    """
    columns = {
        "label": "Situation",
        "n": "n",
        "alpha": "Level α",
        "smallest_beta": "Smallest |β|",
    }
    caption = "Smallest standardised |β| that is detected with 80 % power."
    return _view(power, "power", caption, columns)


def quality_table(quality: pd.DataFrame) -> TableView:
    """Show quartiles, fences and how many values lie outside.

    Parameters
    ----------
    quality : pandas.DataFrame
        Measure, label, group, n, q1, median, q3, lower, upper, below, above, minimum,
        maximum.

    Returns
    -------
    TableView
    """
    columns = {
        "label": "Measure",
        "group": "Group",
        "n": "n",
        "median": "Median",
        "q1": "Q1",
        "q3": "Q3",
        "lower": "Lower fence",
        "upper": "Upper fence",
        "below": "Below",
        "above": "Above",
    }
    caption = "Quartiles of each measure, its fences, and the number of values outside them."
    return _view(quality, "quality", caption, columns)


def recovery_table(associations: pd.DataFrame, *, truth: pd.DataFrame) -> TableView:
    """Set estimates beside the planted values of a simulated world.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    truth : pandas.DataFrame
        Modality, feature, score, planted.

    Returns
    -------
    TableView
    """
    keys = ["modality", "feature", "score"]
    merged = associations.merge(truth[[*keys, "planted"]], on=keys, how="inner")
    merged = merged.assign(
        error=merged["beta"] - merged["planted"],
        covered=(merged["ci_low"] <= merged["planted"]) & (merged["planted"] <= merged["ci_high"]),
    )
    require(merged, keys, table="associations that have planted values")
    columns = {
        "feature": "Measure",
        "modality": "Modality",
        "score": "Score",
        "planted": "Planted β",
        "beta": "Estimated β",
        "ci_low": "95 % interval",
        "error": "Error",
        "covered": "Interval covers",
    }
    held, of_all = int(merged["covered"].sum()), f"of {len(merged)} intervals"
    caption = (
        f"Planted and estimated betas; {counted(held, f'{of_all} covers', f'{of_all} cover')} "
        "the planted value."
    )
    return _view(merged, "recovery", caption, columns)


_ASSOCIATION = {
    "feature": "Measure",
    "modality": "Modality",
    "score": "Score",
    "n": "n",
    "beta": "β",
    "ci_low": "95 % interval",
    "p": "p",
    "p_fdr": "p (FDR)",
    "p_permutation": "p (perm.)",
    "p_familywise": "p (FWE)",
}


def _view(frame: pd.DataFrame, name: str, caption: str, columns: Mapping[str, str]) -> TableView:
    require(frame, columns, table=name)
    frame = frame.reset_index(drop=True)
    columns, words = trim(frame, columns)
    return TableView(
        frame,
        name=name,
        caption=caption + words,
        columns=columns,
        formats=formats_for(frame, columns),
        row_formats=row_formats_for(columns),
    )
