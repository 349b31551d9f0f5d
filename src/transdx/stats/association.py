"""The association of every feature with every score, with its null and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from transdx._arrays import Singles
from transdx._checks import check_choice, check_count
from transdx._memory import check_memory
from transdx.progress import Progress, silent
from transdx.stats import inference
from transdx.stats._workers import Work, processors, workers
from transdx.stats.bootstrap import bootstrap_betas
from transdx.stats.design import Design, Space, fit_features, make_space, no_fit_notes
from transdx.stats.estimates import Estimates, summarise
from transdx.stats.permutation import Scheme, permutation_null
from transdx.stats.tables import Tables, align


@dataclass(frozen=True)
class Associations(Estimates):
    """Standardised coefficients of features on scores; made by `associate`.

    Its targets are features (R of them): `beta`, `n` and the draws are those of `Estimates`.

    Attributes
    ----------
    df : pandas.Series, shape (R,)
        Residual degrees of freedom of the parametric model; 0 without a fit.
    se_parametric, t, p_parametric : pandas.DataFrame, shape (R, S)
        Ordinary least squares: standard error of beta, t value, two-sided p.
    permutations, bootstraps, seed, scheme
        As given to `associate`; scheme is its `null`.
    participants : int
        N: participants with all scores and covariates, in all three tables.
    notes : tuple of str
        What was left out, dropped or could not be computed, one sentence each.
    """

    df: pd.Series[int]
    se_parametric: pd.DataFrame
    t: pd.DataFrame
    p_parametric: pd.DataFrame
    permutations: int
    bootstraps: int
    seed: int
    scheme: Scheme
    participants: int
    notes: tuple[str, ...]


def associate(
    features: pd.DataFrame,
    scores: pd.DataFrame,
    covariates: pd.DataFrame,
    *,
    permutations: int = 5000,
    bootstraps: int = 5000,
    seed: int = 1,
    null: Scheme = "permute",
    keep_draws: bool = True,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Associations:
    """Associate every feature with every score, adjusted for covariates.

    For each feature x and score y, on the participants who have x, all scores and all
    covariates: y and every predictor scaled to unit SD, least squares of y on an intercept, x
    and the covariates. The result is the coefficient of x.

    Parameters
    ----------
    features : pandas.DataFrame, shape (participants, R)
        Indexed by participant. Columns are feature ids, or two levels (modality, feature).
        Missing values allowed: a feature is analysed in those who have it.
    scores : pandas.DataFrame, shape (participants, S)
        Indexed by participant.
    covariates : pandas.DataFrame, shape (participants, K)
        Indexed by participant; may have no columns.
    permutations : int, default 5000
        P, at least 2.
    bootstraps : int, default 5000
        B, at least 2.
    seed : int, default 1
        At least 0. The same seed gives the same draws whatever the features, the order of rows
        and columns, `memory` and `threads`.
    null : {"permute", "aligned", "freedman-lane"}, default "permute"
        What is permuted: the score (as in the study), the score with people in their places
        (for means over features with gaps), or its residuals on the covariates; see
        `transdx.stats.permutation.permutation_null`.
    keep_draws : bool, default True
        Whether the result holds the draws, 4 * R * S * (P + B) bytes.
    memory : int, default 2**30
        Bytes for working arrays whose size can be chosen, beside the tables and the draws. It
        changes results by rounding only (below 1e-5).
    threads : int, optional
        At least 1; default all processors. Results are the same to the last bit.
    progress : callable, optional
        Called as ``progress(stage, done, total)`` with stage "fit", "permutations", "bootstraps".

    Returns
    -------
    Associations
        Coefficients, draws, and `Associations.table`.

    Raises
    ------
    InputError
        If the tables do not fit together or hold what is not a number, a score is constant or
        explained by the covariates, there are fewer than K + 3 participants, an option is
        out of its range, or the draws do not fit into memory (see `check_draws`).

    Notes
    -----
    Participants who are not in all three tables, or lack a score or covariate, are left out and
    counted in `Associations.notes`. A covariate without variance, or collinear with those before
    it, is dropped with a note. A feature that is constant, missing throughout, present in fewer
    than K + 3 participants, or explained by the covariates has NaN results with a note.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame({"left_insula": rng.normal(size=100)})
    >>> y = pd.DataFrame({"anxiety": rng.integers(0, 4, size=100)})
    >>> c = pd.DataFrame({"age": rng.normal(60, 7, size=100)})
    >>> found = associate(x, y, c, permutations=200, bootstraps=200)
    >>> found.table()[["feature", "score", "n"]].values.tolist()
    [['left_insula', 'anxiety', 100]]
    >>> found.null.shape
    (1, 1, 200)
    """
    check_choice(null, "null", get_args(Scheme))
    seed = check_count(seed, "seed", at_least=0)
    memory = check_count(memory, "memory", at_least=1)
    threads = processors() if threads is None else check_count(threads, "threads", at_least=1)
    tables = align(features, scores, covariates)
    permutations, bootstraps = check_draws(tables.shape, permutations, bootstraps)
    space = make_space(tables)
    with workers(threads) as run:
        work = Work(seed, memory, run, progress or silent)
        design, permuted, resampled = _draw(tables, space, work, permutations, bootstraps, null)
    values = _values(features.columns, tables.score_names, design)
    return Associations(
        **values,
        null=permuted if keep_draws else None,
        bootstrap=resampled if keep_draws else None,
        permutations=permutations,
        bootstraps=bootstraps,
        seed=seed,
        scheme=null,
        participants=len(tables.rows),
        notes=space.notes + no_fit_notes(features.columns, design) + _lost(design, resampled),
        _table=summarise(values["beta"], values["n"], permuted, resampled, scale=design.null_sd),
    )


def _draw(
    tables: Tables, space: Space, work: Work, permutations: int, bootstraps: int, scheme: Scheme
) -> tuple[Design, Singles, Singles]:
    """Fit every feature, and draw its betas under the null and over resamples."""
    design, directions = fit_features(tables, space, work, aligned=scheme == "aligned")
    null = permutation_null(design, directions, space, work, draws=permutations, scheme=scheme)
    # As large as the features, whose room the bootstrap needs.
    del directions
    return design, null, bootstrap_betas(design, space, work, draws=bootstraps)


def check_draws(shape: tuple[int, int, int], permutations: int, bootstraps: int) -> tuple[int, int]:
    """Return numbers of draws that are at least 2, and whose 4 * R * S * (P + B) bytes fit.

    Features, scaled and freed of the covariates, take 8 * R * N besides. The shape is R, S and N,
    which is 0 where it is not known yet.
    """
    features, scores, participants = shape
    permutations = check_count(permutations, "permutations", at_least=2)
    bootstraps = check_count(bootstraps, "bootstraps", at_least=2)
    check_memory(
        f"{permutations:,} permutations and {bootstraps:,} bootstraps of {features:,} x {scores:,} "
        f"betas",
        4 * features * (scores * (permutations + bootstraps) + 2 * participants),
    )
    return permutations, bootstraps


def _values(columns: pd.Index[Any], names: tuple[str, ...], design: Design) -> dict[str, Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = design.beta / design.se
    p = inference.t_p(t, design.df[:, None])
    arrays = {"beta": design.beta, "se_parametric": design.se, "t": t, "p_parametric": p}
    scores = pd.Index(names, name="score")
    return {
        **{name: pd.DataFrame(array, columns, scores) for name, array in arrays.items()},
        "n": pd.Series(design.n, columns, name="n"),
        "df": pd.Series(design.df, columns, name="df"),
    }


def _lost(design: Design, resampled: Singles) -> tuple[str, ...]:
    """Say how many intervals rest on fewer resamples."""
    lost = np.isnan(resampled).mean(axis=2)
    some = (lost > 0) & ~np.isnan(design.beta)
    if not some.any():
        return ()
    return (
        f"{int(some.sum()):,} of {some.size:,} intervals rest on fewer resamples than asked for, "
        f"at worst on {1 - lost[some].max():.0%} of them: the others left nothing to estimate.",
    )
