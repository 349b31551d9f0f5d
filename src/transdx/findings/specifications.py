"""The measures of the claims under every defensible specification, and which choice matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from transdx._arrays import Floats, Singles
from transdx.findings.choices import Offered, load_choices, offered, options_of
from transdx.results.curves import CHOICES, NULL, TOGETHER
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.sample import Sample
from transdx.stats.inference import permutation_p, study_p
from transdx.stats.specifications import Curve, specify

__all__ = ["main_effects", "specification_tables"]

#: Of the permutations of a run one in so many: each is computed under every specification.
ONE_IN = 5
_ROW = ["modality", "feature", "score"]


def specification_tables(
    sample: Sample, *, permutations: int, seed: int
) -> dict[str, pd.DataFrame]:
    """Estimate everything under every specification: the tables that come of it.

    None where the data hold no measure of ``studies/specifications.toml``. Of the permutations of
    a run one in five is computed.

    Examples
    --------
    >>> import tempfile
    >>> from transdx.sample import draw_sample
    >>> from transdx.simulate import simulate
    >>> from transdx.sources import read_cohort
    >>> export = simulate(tempfile.mkdtemp(), participants=300)
    >>> sample = draw_sample(read_cohort("simulated", export))
    >>> tables = specification_tables(sample, permutations=100, seed=1)
    >>> tables["specification_tests"]["specifications"].unique().tolist()
    [700, 420]
    """
    held = offered(sample)
    if not held.specifications:
        return {}
    curve = specify(
        held.specifications,
        held.measures,
        held.outcomes,
        held.covariates,
        permutations=max(permutations // ONE_IN, 2),
        seed=seed,
    )
    rows, nulls = _rows(held, curve)
    known = rows["beta"].notna().to_numpy()
    rows, nulls = rows[known].reset_index(drop=True), nulls[known]
    return {
        "specifications": rows[TABLES["specifications"].names],
        "specification_options": _options(sample, rows),
        "specification_tests": _tests(rows, nulls),
        "specification_shares": _shares(rows),
    }


def _rows(held: Offered, curve: Curve) -> tuple[pd.DataFrame, Singles]:
    """Give a row to each specification of each score, and its permuted coefficients."""
    p = {
        "p": study_p(curve.beta, curve.null),
        "p_permutation": permutation_p(curve.beta, curve.null),
        "p_freedman_lane": study_p(curve.beta, curve.freedman_lane),
        "p_parametric": curve.p_parametric,
    }
    reach = curve.se * np.asarray(stats.t.isf(ALPHA / 2, np.maximum(curve.df, 1)))[:, None]
    values = {"beta": curve.beta, "se": curve.se, **p}
    values |= {"ci_low": curve.beta - reach, "ci_high": curve.beta + reach}
    parts, order = [], []
    usual = {choice: load_choices().options[choice][0].name for choice in CHOICES}
    for place, of in enumerate(held.outcomes.columns.to_list()):
        own = {name: array[:, place] for name, array in values.items()}
        named = dict(zip(("score", "definition"), of, strict=True))
        part = held.ways.assign(**named, n=curve.n, **own)
        parts.append(part)
        order += [(row, place) for row in range(len(part))]
    rows = pd.concat(parts, ignore_index=True)
    study = (rows[list(CHOICES)] == pd.Series(usual)).all(axis=1)
    rows["study"] = np.where(study, "yes", "no")
    # All scores of a measure follow each other.
    by_measure = rows.groupby(["modality", "feature"], sort=False).ngroup().argsort(kind="stable")
    where = np.array(order)[by_measure]
    return rows.iloc[by_measure].reset_index(drop=True), curve.null[where[:, 0], where[:, 1]]


def _options(sample: Sample, rows: pd.DataFrame) -> pd.DataFrame:
    """List the options that some specification takes."""
    taken = {choice: set(rows[choice]) for choice in CHOICES}
    found = [
        (choice, option.name, option.label, option.reason)
        for choice in CHOICES
        for option in options_of(choice, sample)
        if option.name in taken[choice]
    ]
    found += [(NULL, one.name, one.label, one.reason) for one in load_choices().options[NULL]]
    return pd.DataFrame(found, columns=TABLES["specification_options"].names)


def _tests(rows: pd.DataFrame, nulls: Singles) -> pd.DataFrame:
    """Sum every curve up, and hold it against curves of permuted scores."""
    found = []
    for key, own in rows.groupby(_ROW, sort=False):
        beta = own["beta"].to_numpy()
        median = float(np.median(beta))
        toward = np.sign(beta) == np.sign(median)
        study = own.loc[own["study"] == "yes", "beta"]
        found.append(
            (
                *key,
                len(own),
                float(study.iloc[0]) if len(study) else np.nan,
                *(median, float(beta.min()), float(beta.max())),
                float(toward.mean()),
                float((toward & (own["p"] <= ALPHA)).mean()),
                *joint_p(beta, nulls[own.index]),
            )
        )
    return pd.DataFrame(found, columns=TABLES["specification_tests"].names)


def joint_p(beta: Floats, null: Singles) -> tuple[float, float, float]:
    """Hold a curve (R,) against those of permuted scores (R, P), by three of its statistics.

    They are those of Simonsohn, Simmons and Nelson (2020, doi:10.1038/s41562-020-0912-z): its
    median, the share of specifications that are significant with the sign of the median, and the
    mean z. The observed curve is one of those that z is made from, so that under the null it may
    stand anywhere among them: each p holds its level exactly.

    >>> rng = np.random.default_rng(0)
    >>> null = (rng.normal(size=99) + rng.normal(size=(20, 99)) / 5).astype(np.float32)
    >>> joint_p(np.full(20, 5.0), null)
    (0.01, 0.01, 0.01)
    """
    curves = np.column_stack([beta, null])
    z = (curves - curves.mean(axis=1, keepdims=True)) / curves.std(axis=1, ddof=1, keepdims=True)
    median = np.median(curves, axis=0)
    line = stats.t.isf(ALPHA / 2, curves.shape[1] - 1)
    found = np.abs(median), (z * np.sign(median) >= line).mean(axis=0), np.abs(z.mean(axis=0))
    # The smallest difference is that of rounding.
    first, second, third = (float((one >= one[0] * (1 - 1e-9)).mean()) for one in found)
    return first, second, third


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of each curve which choice matters, for the estimate and for its being significant."""
    found: list[tuple[Any, ...]] = []
    nulls = [one.name for one in load_choices().options[NULL]]
    for key, own in rows.groupby(_ROW, sort=False):
        by_null = own.melt([*CHOICES], nulls, var_name=NULL, value_name="of")
        by_null["of"] = (by_null["of"] <= ALPHA).astype(float)
        for outcome, table, choices in (
            ("estimate", own.rename(columns={"beta": "of"}), CHOICES),
            ("significance", by_null, (*CHOICES, NULL)),
        ):
            effects = main_effects(table, choices, "of")
            found += ((*key, outcome, choice, *values) for choice, values in effects)
    return pd.DataFrame(found, columns=TABLES["specification_shares"].names)


def main_effects(
    table: pd.DataFrame, choices: Sequence[str], of: str
) -> Iterator[tuple[str, tuple[float, str, float, str, float]]]:
    """Decompose the variance of a column over choices: the share of each, and its extremes.

    Of each choice its share of the sum of squares (eta squared), the option with the lowest mean
    and that mean, and the same of the highest. The last is what no single choice explains: where
    each option occurs with each other equally often, shares add up to one with it. All are missing
    where nothing varies.

    >>> rows = pd.DataFrame({"a": list("xxyy"), "b": list("uvuv"), "beta": [0.0, 0.0, 1.0, 1.0]})
    >>> dict(main_effects(rows, ["a", "b"], "beta"))["a"]
    (1.0, 'x', 0.0, 'y', 1.0)
    """
    values = table[of].astype(float)
    whole = float(((values - values.mean()) ** 2).sum())
    varies = whole > 1e-12 * float((values**2).sum())
    left = 1.0
    for choice in choices:
        groups = values.groupby(table[choice], sort=False)
        means, sizes = groups.mean(), groups.size()
        between = float((sizes * (means - values.mean()) ** 2).sum())
        share = between / whole if varies else np.nan
        left -= share
        low, high = str(means.idxmin()), str(means.idxmax())
        yield choice, (share, low, float(means.min()), high, float(means.max()))
    yield TOGETHER, (max(left, 0.0) if varies else np.nan, "", np.nan, "", np.nan)
