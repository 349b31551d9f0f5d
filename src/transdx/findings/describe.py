"""Who the people are: demographics, scores, and what the scores are held against."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from transdx import naming
from transdx.modalities import is_global
from transdx.results.schema import TABLES
from transdx.sample import Sample
from transdx.stats import estimable
from transdx.stats.inference import SMALLEST
from transdx.study import Study
from transdx.writing import sentence_case

__all__ = [
    "demographics",
    "global_features",
    "globals_of",
    "nuisances",
    "rules",
    "score_correlations",
    "score_distribution",
    "validation",
]

#: Fewer people than these show no correlation.
_FEW = 10
_ENDS = ["ci_low", "ci_high"]


def demographics(sample: Sample) -> pd.DataFrame:
    """Describe the people by sex.

    A yes or no has n and percent; a measurement has mean and SD in the unit of its label.
    """
    people = sample.covariates
    sexes = {"all": people["sex"].notna(), "women": people["sex"] == 0, "men": people["sex"] == 1}
    measured = {"Age (years)": people["age"]}
    if "height" in people:
        measured["Standing height (cm)"] = people["height"]
    names = {name: naming.label(str(name)) for name in sample.scores}
    # One that somebody has or has not is counted.
    counted = {name for name in names if sample.scores[name].isin([0, 1]).all()}
    points = [name for name in names if name not in counted]
    measured |= {f"{sentence_case(names[n])} (points)": sample.scores[n] for n in points}
    yes = {"Right-handed": people["right_handed"] == 1} if "right_handed" in people else {}
    yes |= {sentence_case(names[name]): sample.scores[name] == 1 for name in counted}
    everybody = sexes["all"]
    rows = [_share("Participants", "", sex, chosen, everybody) for sex, chosen in sexes.items()]
    for label, values in measured.items():
        rows += [_spread(label, sex, values[chosen]) for sex, chosen in sexes.items()]
    for name in points:
        if sample.scores[name].min() == 0:
            yes[f"Any {names[name]} symptom"] = sample.scores[name] > 0
    for label, holds in yes.items():
        rows += [_share(label, "yes", sex, holds & of, of) for sex, of in sexes.items()]
    return pd.DataFrame(rows, columns=TABLES["demographics"].names)


def _share(label: str, level: str, sex: str, who: pd.Series, of: pd.Series) -> dict[str, object]:
    count, base = int(who.sum()), int(of.sum())
    row = {"characteristic": label, "level": level, "group": sex, "n": count}
    return {**row, "percent": 100 * count / base if base else np.nan}


def _spread(label: str, sex: str, values: pd.Series) -> dict[str, object]:
    row = {"characteristic": label, "level": "", "group": sex, "n": int(values.count())}
    spread = {"mean": values.mean(), "sd": values.std()}
    return {**row, **spread, "minimum": values.min(), "maximum": values.max()}


def score_distribution(sample: Sample) -> pd.DataFrame:
    """Count each value of each score."""
    tables = []
    for name, values in sample.scores.items():
        counts = values.value_counts().sort_index()
        table = pd.DataFrame({"score": name, "value": counts.index, "count": counts.to_numpy()})
        tables.append(table.assign(percent=100 * table["count"] / len(values)))
    return pd.concat(tables, ignore_index=True)


def score_correlations(sample: Sample) -> pd.DataFrame:
    """Correlate the scores by rank; no rows where there is one score.

    The p values are adjusted over the pairs (doi:10.1111/j.2517-6161.1995.tb02031.x).
    """
    rows = []
    for one, other in combinations(sample.scores.columns, 2):
        found = stats.spearmanr(sample.scores[one], sample.scores[other])
        rows.append((one, other, len(sample), float(found.statistic), max(found.pvalue, SMALLEST)))
    table = pd.DataFrame(rows, columns=["score_a", "score_b", "n", "rho", "p"])
    adjusted = multipletests(table["p"], method="fdr_bh")[1] if len(table) else []
    return table.assign(p_fdr=adjusted)


def validation(sample: Sample) -> pd.DataFrame:
    """Hold the scores against questionnaires and diagnoses, in the people who have them.

    Sensitivity and specificity of the score for a lifetime diagnosis (interval: Wilson,
    doi:10.1080/01621459.1927.10502953) and Spearman's rho with the questionnaire (interval: Fisher
    z with the variance of Bonett and Wright 2000, doi:10.1007/BF02294183); missing where too few
    have it.
    """
    rows: list[tuple[object, ...]] = []
    for held in sample.study.validation:
        score = sample.scores[held.score]
        positive = score >= held.threshold
        diagnosis = sample.validation[(held.score, "diagnosis")]
        for name, truth, right in [
            ("sensitivity", diagnosis == 1, positive),
            ("specificity", diagnosis == 0, ~positive),
        ]:
            hits, total = int((right & truth).sum()), int(truth.sum())
            found = (np.nan,) * 3
            if total:
                found = (hits / total, *proportion_confint(hits, total, method="wilson"))
            rows.append((held.score, "diagnosis", name, *found, total))
        questionnaire = sample.validation[(held.score, held.questionnaire)]
        rows.append((held.score, held.questionnaire, "spearman", *_rho(score, questionnaire)))
    table = pd.DataFrame(rows, columns=TABLES["validation"].names)
    # A sentence says all of a score, or nothing: what there was of it in too few is withheld.
    there = table.groupby("score")["estimate"].transform("count") > 0
    return table.loc[there].reset_index(drop=True)


def nuisances(sample: Sample) -> pd.DataFrame:
    """Correlate every nuisance with every score by rank, in the people who have it.

    Intervals as in `validation`. Missing where fewer than ten people differ from all others: a
    correlation with so few would tell their scores.
    """
    labels = {one.name: one.label for one in sample.study.nuisances}
    rows = [
        (name, labels[str(name)], score, *_differing(values, sample.scores[score]))
        for name, values in sample.nuisances.items()
        for score in sample.scores
    ]
    table = pd.DataFrame(rows, columns=["nuisance", "label", "score", "rho", *_ENDS, "n"])
    return table[TABLES["nuisances"].names]


def _differing(nuisance: pd.Series, score: pd.Series) -> tuple[float, float, float, int]:
    usual = nuisance.value_counts().max() if nuisance.notna().any() else 0
    n = int(nuisance.count())
    return _rho(score, nuisance) if n - usual >= _FEW else (np.nan, np.nan, np.nan, n)


def _rho(score: pd.Series, other: pd.Series) -> tuple[float, float, float, int]:
    both = score.notna() & other.notna()
    n = int(both.sum())
    if n < _FEW or other[both].nunique() < 2:
        return np.nan, np.nan, np.nan, n
    rho = float(stats.spearmanr(score[both], other[both]).statistic)
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / (n - 3))
    return rho, float(np.tanh(np.arctanh(rho) - half)), float(np.tanh(np.arctanh(rho) + half)), n


def globals_of(sample: Sample) -> list[tuple[str, str]]:
    """List the global features."""
    labels: list[tuple[str, str]] = sample.features.columns.to_list()  # type: ignore[assignment]
    return [label for label in labels if is_global(*label)]


def global_features(sample: Sample) -> pd.DataFrame:
    """Describe the global features: n, mean, sd, and the variance that the covariates explain."""
    covariates = estimable(sample.covariates)
    rows = []
    for modality, feature in globals_of(sample):
        # In single precision a mean would depend on the order of the people.
        values = sample.features[(modality, feature)].astype(float)
        there = values.notna().to_numpy()
        explained = _explained(
            np.asarray(values[there], dtype=np.float64), covariates[there].to_numpy()
        )
        spread = (int(there.sum()), float(values.mean()), float(values.std()), explained)
        rows.append((modality, feature, *spread, covariates.shape[1]))
    return pd.DataFrame(rows, columns=TABLES["globals"].names)


def _explained(values: NDArray[np.float64], covariates: NDArray[np.float64]) -> float:
    """Share of the variance that a linear model of the covariates explains."""
    design = np.column_stack([np.ones(len(values)), covariates])
    design = design / np.linalg.norm(design, axis=0)
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(fitted.var() / values.var())


def rules(study: Study) -> pd.DataFrame:
    """List the rules of a study that sentences cite, numbers or words; only those that it has."""
    found: dict[str, float | str | None] = {
        "fences": study.fences,
        "smallest_effect": study.smallest_effect,
        "smallest_group": study.smallest_group,
    }
    for modality, rule in study.connections.items():
        found[f"{modality}.mean_above"] = rule.mean_above
        if rule.prevalence_above is not None:
            found[f"{modality}.percent_above"] = 100 * rule.prevalence_above
    for held in study.validation:
        found[f"{held.score}.threshold"] = held.threshold
        found[f"{held.score}.questionnaire"] = held.questionnaire
    for score in study.scores:
        found[f"{score.name}.about"] = score.about
        found[f"{score.name}.highest"] = score.highest
    rows = [
        (name, np.nan, value) if isinstance(value, str) else (name, float(value), "")
        for name, value in found.items()
        if value is not None
    ]
    return pd.DataFrame(rows, columns=TABLES["study"].names)
