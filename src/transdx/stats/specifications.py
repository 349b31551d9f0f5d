"""One association under many specifications, with the same permutations for all of them.

Letters: M people of whom any specification takes some, N of them that one takes, R specifications
of a measure (which people, which covariates, how it is scaled), S scores and definitions of them,
C covariates in all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from transdx._arrays import Bools, Floats, Indices, Singles
from transdx.stats import inference
from transdx.stats.design import CONSTANT, UNEXPLAINED, orthonormal
from transdx.stats.resampling import permutations, seed_blocks

__all__ = ["Curve", "Specification", "specify"]


@dataclass(frozen=True)
class Specification:
    """How one association is computed: of which people, with which covariates, of which column.

    `people` says of all M whether they are taken; who lacks the measure or a covariate is not.
    """

    measure: Hashable
    covariates: tuple[str, ...]
    people: Bools


@dataclass(frozen=True)
class Curve:
    """Associations under R specifications of each of S outcomes; NaN where there is no fit.

    Attributes
    ----------
    n, df : numpy.ndarray, shape (R,)
        People, and residual degrees of freedom.
    beta, se : numpy.ndarray, shape (R, S)
        Standardised coefficient, and its standard error under ordinary least squares.
    null, freedman_lane : numpy.ndarray, shape (R, S, P)
        Coefficients of permuted scores, and of permuted residuals of the scores.
    """

    n: Indices
    df: Indices
    beta: Floats
    se: Floats
    null: Singles
    freedman_lane: Singles

    @cached_property
    def p_parametric(self) -> Floats:
        """The p of the t test of ordinary least squares, shape (R, S)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return inference.t_p(self.beta / self.se, self.df[:, None])


def specify(
    specifications: Sequence[Specification],
    measures: pd.DataFrame,
    outcomes: pd.DataFrame,
    covariates: pd.DataFrame,
    *,
    permutations: int,
    seed: int,
) -> Curve:
    """Associate measures with outcomes under many specifications, and permute once for all.

    Each estimate is that of `transdx.associate` in its people. People are permuted with all their
    outcomes, over all M, in their places: a specification sees those of the permuted scores that
    fall on its people, so that two specifications with nearly the same people see nearly the same.
    If scores have nothing to do with measures and covariates, any statistic of the whole curve is
    then as likely to be that of the observed as of a permuted one.

    Parameters
    ----------
    specifications : sequence of Specification
        R of them.
    measures : pandas.DataFrame, shape (M, any)
        Columns are what specifications name.
    outcomes : pandas.DataFrame, shape (M, S)
        Without missing values, indexed as the measures.
    covariates : pandas.DataFrame, shape (M, C)
        Those that specifications name, with gaps.
    permutations : int
        P.
    seed : int
        Of the permutations; the same as those of `transdx.associate` with M people.

    Returns
    -------
    Curve
        In the order of the specifications.

    Notes
    -----
    Freedman and Lane permute what covariates leave of a score (Winkler et al. 2014,
    doi:10.1016/j.neuroimage.2014.01.060). As a measure freed of its covariates has no product with
    what they fit, permuted scores less permuted fits give it without another product; the scale is
    that of the observed score. Of somebody who lacks a covariate the mean stands in there.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame(rng.normal(size=(90, 3)), columns=["area", "anxiety", "age"])
    >>> adjusted = Specification("area", ("age",), people["age"].to_numpy() < 2)
    >>> found = specify([adjusted], people[["area"]], people[["anxiety"]], people[["age"]],
    ...     permutations=100, seed=1)
    >>> found.beta.shape, found.null.shape, int(found.df[0] == found.n[0] - 3)
    ((1, 1), (1, 1, 100), 1)
    """
    order = measures.index.argsort()
    x, y, z = (table.iloc[order].to_numpy(float) for table in (measures, outcomes, covariates))
    y = (y - y.mean(axis=0)) / y.std(axis=0, ddof=1)
    count, (total, scores) = len(specifications), y.shape
    slopes = np.zeros((count, total), dtype=np.float32)
    fits = np.zeros((count, z.shape[1], scores))
    curve = Curve(
        n=np.zeros(count, dtype=np.intp),
        df=np.zeros(count, dtype=np.intp),
        beta=np.full((count, scores), np.nan),
        se=np.full((count, scores), np.nan),
        null=np.full((count, scores, permutations), np.nan, dtype=np.float32),
        freedman_lane=np.full((count, scores, permutations), np.nan, dtype=np.float32),
    )
    taken: dict[bytes, tuple[Bools, list[int]]] = {}
    for group in _alike(specifications, measures, x, z, [*map(str, covariates)], order):
        slopes[np.ix_(group.rows, np.flatnonzero(group.people))] = _fit(group, x, y, z, curve, fits)
        taken.setdefault(group.people.tobytes(), (group.people, []))[1].extend(group.rows)
    scale = _filled(z)
    fits *= scale.spread[:, None]
    _permute(curve, slopes, list(taken.values()), y, scale.values, fits, seed=seed)
    return curve


@dataclass(frozen=True)
class _Group:
    """Specifications of the same people and covariates."""

    rows: Indices
    columns: Indices  # of the measures, one for each
    covariates: Indices
    people: Bools


def _alike(
    specifications: Sequence[Specification],
    measures: pd.DataFrame,
    x: Floats,
    z: Floats,
    names: list[str],
    order: Indices,
) -> Iterator[_Group]:
    """Put specifications together that share people and covariates: one basis serves them all."""
    groups: dict[tuple[tuple[str, ...], bytes], list[tuple[int, int]]] = {}
    columns = {name: place for place, name in enumerate(measures)}
    for row, one in enumerate(specifications):
        column = columns[one.measure]
        some = one.people[order] & np.isfinite(x[:, column])
        some &= np.isfinite(z[:, [names.index(name) for name in one.covariates]]).all(axis=1)
        groups.setdefault((one.covariates, some.tobytes()), []).append((row, column))
    for (covariates, people), members in groups.items():
        rows, of = np.array(members, dtype=np.intp).T
        held = np.array([names.index(name) for name in covariates], dtype=np.intp)
        yield _Group(rows, of, held, np.frombuffer(people, dtype=bool))


def _fit(group: _Group, x: Floats, y: Floats, z: Floats, curve: Curve, fits: Floats) -> Floats:
    """Fit the specifications of a group; give their directions, whose product with y is beta."""
    rows, some = group.rows, group.people
    own = z[np.ix_(some, group.covariates)]
    n = int(some.sum())
    basis, kept, _ = orthonormal(own, map(str, group.covariates)) if n else (own, [], ())
    curve.n[rows] = n
    df = n - basis.shape[1] - 1
    if df < 1:
        return np.zeros((len(rows), n))
    measured, outcome = x[np.ix_(some, group.columns)], y[some]
    spread = measured.std(axis=0, ddof=1)
    flat = spread <= CONSTANT * np.abs(measured).max(axis=0)
    measured = (measured - measured.mean(axis=0)) / np.where(flat, np.nan, spread)
    rest = _freed(_freed(measured, basis), basis)
    left = (rest**2).sum(axis=0)
    slopes = rest / np.where(left > UNEXPLAINED * n, left, np.nan)
    sd = outcome.std(axis=0, ddof=1)
    sd[sd <= CONSTANT] = np.nan
    outcome_left = _freed(outcome - outcome.mean(axis=0), basis)
    slope = slopes.T @ outcome
    residual = np.maximum((outcome_left**2).sum(axis=0) - slope**2 * left[:, None], 0.0)
    curve.df[rows], curve.beta[rows] = df, slope / sd
    curve.se[rows] = np.sqrt(residual / df / left[:, None]) / sd
    held = group.covariates[kept]
    if len(held):
        design = own[:, kept] - own[:, kept].mean(axis=0)
        size = design.std(axis=0, ddof=1)
        solved = np.linalg.lstsq(design / size, outcome - outcome.mean(axis=0), rcond=None)[0]
        fits[np.ix_(rows, held)] = solved / size[:, None]
    return np.nan_to_num(slopes.T)


def _freed(values: Floats, basis: Floats) -> Floats:
    return np.asarray(values - basis @ (basis.T @ values) / len(basis))


@dataclass(frozen=True)
class _Scaled:
    values: Floats
    spread: Floats


def _filled(z: Floats) -> _Scaled:
    """Scale covariates to mean 0 and SD 1, and let the mean stand in where one is missing."""
    if not z.size:
        return _Scaled(z, np.ones(z.shape[1]))
    there = np.isfinite(z)
    n = np.maximum(there.sum(axis=0), 1)
    centred = np.where(there, z - np.where(there, z, 0.0).sum(axis=0) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / n)
    spread = np.where(spread > 0, spread, 1.0)
    return _Scaled(centred / spread, spread)


def _permute(
    curve: Curve,
    slopes: Singles,
    taken: list[tuple[Bools, list[int]]],
    y: Floats,
    z: Floats,
    fits: Floats,
    *,
    seed: int,
) -> None:
    """Fill the nulls of a curve, a block of permutations at a time, one column after the other."""
    outcomes, held = (np.ascontiguousarray(one.T, dtype=np.float32) for one in (y, z))
    people = np.stack([some for some, _ in taken]).astype(np.float32)
    where = np.zeros(len(slopes), dtype=np.intp)
    for place, (_, rows) in enumerate(taken):
        where[rows] = place
    count = np.maximum(people.sum(axis=1, dtype=np.float64), 2)[:, None]
    observed = _spread(people @ outcomes.T, people @ np.square(outcomes).T, count)[where]
    weights = fits.astype(np.float32)
    for block, start, stop in seed_blocks(0, curve.null.shape[2]):
        order = permutations(len(y), block=block, seed=seed, draws=stop - start)
        # (C, R, draws): what permuted covariates have in common with each direction.
        fitted = np.stack([slopes @ one[order].T for one in held]) if len(held) else None
        for score, outcome in enumerate(outcomes):
            drawn = outcome[order].T
            product = slopes @ drawn
            sd = _spread(people @ drawn, people @ np.square(drawn), count)[where]
            with np.errstate(divide="ignore", invalid="ignore"):
                curve.null[:, score, start:stop] = product / sd
                if fitted is not None:
                    product -= np.einsum("rc,crd->rd", weights[:, :, score], fitted)
                curve.freedman_lane[:, score, start:stop] = product / observed[:, [score]]
    lost = np.isnan(curve.beta)
    curve.null[lost] = curve.freedman_lane[lost] = np.nan


def _spread(sums: Singles, squares: Singles, count: Floats) -> Floats:
    variance = (squares - sums.astype(np.float64) ** 2 / count) / (count - 1)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
