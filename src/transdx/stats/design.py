"""The linear model of the study: covariates made orthonormal, features freed of them.

Letters: N participants, K covariates, q = 1 + the covariates kept, R features, S scores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transdx._arrays import Floats, Indices, Singles
from transdx.errors import InputError
from transdx.stats._workers import Work
from transdx.stats.tables import CHUNK, Tables, label
from transdx.writing import counted

# A column whose SD is below this part of its largest value is constant up to rounding.
CONSTANT = 1e-12
# A covariate of which less than this part is left once the columns before it are taken out is
# collinear with them.
COLLINEAR = 1e-7
# A feature of whose variance less than this part is left beyond the covariates has no result.
UNEXPLAINED = 1e-10


@dataclass(frozen=True)
class Space:
    """What all features share: the scores and the space of the covariates.

    The first column of the covariates is 1; they span the same space as the intercept and the
    covariates given, so that every fit is the same, and well conditioned.
    """

    scores: Floats  # (N, S), mean 0, SD 1 (ddof 1)
    covariates: Floats  # (N, q), orthogonal, each with mean square 1
    notes: tuple[str, ...]  # who and which covariates were left out, and why


@dataclass(frozen=True)
class Design:
    """All features, each fitted on the participants who have it; NaN where there is no fit."""

    n: Indices  # (R,), participants with the feature
    df: Indices  # (R,), residual degrees of freedom; 0 where there is no fit
    beta: Floats  # (R, S), standardised
    se: Floats  # (R, S), under ordinary least squares
    null_sd: Floats  # (R,), SD of beta over all permutations of a score
    features: Singles  # (R, N), mean 0 and SD 1 over the participants, and 0 where missing
    missing: list[Indices]  # positions of the participants without each feature
    why: list[str]  # empty, or why there is no fit


def estimable(covariates: pd.DataFrame) -> pd.DataFrame:
    """Keep the covariates (without missing values) that a model with an intercept keeps.

    >>> women = pd.DataFrame({"age": [50.0, 61, 70], "sex": [0, 0, 0], "months": [600, 732, 840]})
    >>> list(estimable(women))
    ['age']
    """
    return covariates.iloc[:, orthonormal(covariates.to_numpy(dtype=np.float64), covariates)[1]]


def orthonormal(
    columns: Floats, names: Iterable[object]
) -> tuple[Floats, list[int], tuple[str, ...]]:
    """Make an intercept and covariates orthogonal, dropping what adds nothing.

    Returns the basis, shape (N, q), first column 1, each with mean square 1; which covariates it
    stands for; and a sentence for each that was dropped: of collinear ones the later.
    """
    n = len(columns)
    basis = np.ones((n, 1))
    kept, notes = [], []
    for position, (column, name) in enumerate(zip(columns.T, names, strict=True)):
        centred = column - column.mean()
        length = np.linalg.norm(centred)
        if length <= CONSTANT * np.linalg.norm(column):
            notes.append(f"Covariate {name} has no variance and was dropped.")
            continue
        # Twice is enough: the second pass removes what rounding left in the first.
        rest = centred / length
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest) / n
        left = np.linalg.norm(rest)
        if left <= COLLINEAR:
            why = "is a linear combination of those before it"
            notes.append(f"Covariate {name} {why} and was dropped.")
            continue
        basis = np.column_stack([basis, rest * (np.sqrt(n) / left)])
        kept.append(position)
    return basis, kept, tuple(notes)


def make_space(tables: Tables) -> Space:
    """Standardise the scores and make the covariates orthonormal."""
    n = len(tables.rows)
    basis, _, notes = orthonormal(tables.covariates, tables.covariate_names)
    if n < basis.shape[1] + 2:
        raise InputError(
            f"Participants with all scores and covariates: {n}; a model with "
            f"{basis.shape[1] - 1} covariates needs at least {basis.shape[1] + 2}. "
            f"Look for a column that is missing in most people, or use fewer covariates."
        )
    centred = tables.scores - tables.scores.mean(axis=0)
    spread = centred.std(axis=0, ddof=1)
    size = np.abs(tables.scores).max(axis=0)
    for name, sd, largest in zip(tables.score_names, spread, size, strict=True):
        if sd <= CONSTANT * largest:
            raise InputError(
                f"Score {name!r} has the same value in all {n} participants with complete data; "
                f"leave it out."
            )
    scores = centred / spread
    rest = scores - basis @ (basis.T @ scores) / n
    for name, left in zip(tables.score_names, (rest**2).sum(axis=0) / (n - 1), strict=True):
        if left <= UNEXPLAINED:
            raise InputError(
                f"Score {name!r} is a linear combination of the covariates, nothing is left "
                "beyond the covariates to associate; leave it out, or them."
            )
    return Space(scores=scores, covariates=basis, notes=tables.notes + notes)


def fit_features(
    tables: Tables, space: Space, work: Work, *, aligned: bool
) -> tuple[Design, Singles]:
    """Fit every feature in double precision, and give the directions (R, N) that permutations need.

    A feature with missing values is fitted on the participants who have it, with everything
    scaled on those. Its direction is what is left of it beyond the covariates, divided by its sum
    of squares, with the present values moved to the front (unless aligned) and zeros behind: its
    product with a score of SD 1 in the same order is beta.
    """
    count, scores, n = tables.shape
    coefficients = np.full((2, count, scores), np.nan)
    design = Design(
        n=np.zeros(count, dtype=np.intp),
        df=np.zeros(count, dtype=np.intp),
        beta=coefficients[0],
        se=coefficients[1],
        null_sd=np.full(count, np.nan),
        features=np.zeros((count, n), dtype=np.float32),
        missing=[np.empty(0, dtype=np.intp)] * count,
        why=[""] * count,
    )
    directions = np.zeros((count, n), dtype=np.float32)

    def one_block(first: int) -> int:
        last = min(first + CHUNK, count)
        block = np.ascontiguousarray(tables.feature_block(first, last).T)
        for row, x in enumerate(block, start=first):
            design.why[row] = _fit(x, row, space, design, directions[row], aligned=aligned)
        return last

    for done in work.run(one_block, range(0, count, CHUNK)):
        work.progress("fit", done, count)
    return design, directions


def no_fit_notes(names: Iterable[object], design: Design) -> tuple[str, ...]:
    """Say which features have no fit: a sentence per reason, naming up to five."""
    groups: dict[str, list[str]] = {}
    for name, why in zip(names, design.why, strict=True):
        if why:
            groups.setdefault(why, []).append(label(name))
    return tuple(
        f"{counted(len(found), 'feature', 'features')} without a result "
        f"({', '.join(found[:5])}{', ...' if len(found) > 5 else ''}): {why}."
        for why, found in groups.items()
    )


def _fit(
    x: Floats, row: int, space: Space, design: Design, direction: Singles, *, aligned: bool
) -> str:
    """Fill the row of a feature in the design and its direction, or say why it has no fit."""
    present = np.isfinite(x)
    missing = design.missing[row] = np.flatnonzero(~present)
    n, q = len(x) - len(missing), space.covariates.shape[1]
    design.n[row] = n
    if n < q + 2:
        return f"fewer than {q + 2} participants" if n else "missing in every participant"
    mean = x[present].mean()
    largest = np.abs(x[present]).max()
    x = np.where(present, x - mean, 0.0)
    sd = np.sqrt(x @ x / (n - 1))
    if sd <= CONSTANT * largest:
        return "the same value in every participant"
    x /= sd
    inverse, rank = _inverse_gram(space.covariates, missing)
    rest = x
    for _ in range(2):
        fitted = space.covariates @ (inverse @ (space.covariates.T @ rest))
        fitted[missing] = 0.0
        rest = rest - fitted
    left = float(rest @ rest)
    df = n - rank - 1
    if left <= UNEXPLAINED * (x @ x) or df < 1:
        return "no variance beyond the covariates"
    slope = rest / left
    design.df[row], design.null_sd[row], design.features[row] = df, 1 / np.sqrt(left), x
    if aligned:
        direction[:] = np.where(present, slope, 0.0)
    else:
        direction[:n] = slope[present]
    design.beta[row], design.se[row] = _coefficients(slope, left, df, space, missing, inverse)
    return ""


def _coefficients(
    slope: Floats, left: float, df: int, space: Space, missing: Indices, inverse: Floats
) -> tuple[Floats, Floats]:
    n = len(slope) - len(missing)
    scores = space.scores.copy()
    scores[missing] = 0.0
    on_covariates = space.covariates.T @ scores
    squares = (scores**2).sum(axis=0)
    variance = (squares - scores.sum(axis=0) ** 2 / n) / (n - 1)
    # Scores have unit SD over everybody: this one is constant among those with the feature.
    scale = np.sqrt(np.where(variance > CONSTANT, variance, np.nan))
    beta = slope @ scores
    explained = (on_covariates * (inverse @ on_covariates)).sum(axis=0)
    residual = np.maximum(squares - explained - beta**2 * left, 0.0)
    return beta / scale, np.sqrt(residual / df / left) / scale


def _inverse_gram(basis: Floats, missing: Indices) -> tuple[Floats, int]:
    """Invert the cross products of the basis over those not missing, and give their rank."""
    n, q = basis.shape
    if 2 * len(missing) <= n:
        gaps = basis[missing]
        gram = n * np.eye(q) - gaps.T @ gaps
    else:
        there = np.delete(basis, missing, axis=0)
        gram = there.T @ there
    values, vectors = np.linalg.eigh(gram)
    # A covariate that is constant or collinear among these participants is taken out here.
    keep = values > 1e-10 * values[-1]
    kept = vectors[:, keep]
    return (kept / values[keep]) @ kept.T, int(keep.sum())
