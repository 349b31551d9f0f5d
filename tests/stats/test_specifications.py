"""One association under many specifications, against other implementations and truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from transdx import associate
from transdx.findings.specifications import joint_p
from transdx.stats.resampling import permutations
from transdx.stats.specifications import Specification, specify

M = 160


def people(seed: int, n: int = M) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Measures, scores and covariates; the last has gaps, and goes with measures and not scores."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation(np.arange(n)) + 1000
    z = pd.DataFrame(rng.normal(size=(n, 3)), columns=["age", "sex", "gaps"], index=ids)
    x = pd.DataFrame({"area": z.sum(axis=1) + rng.normal(size=n)}).assign(log=lambda t: t**3)
    scores = rng.integers(0, 4, size=(n, 1)) + rng.integers(0, 2, size=(n, 2))
    y = pd.DataFrame(scores, columns=["points", "later"], index=ids)
    z.loc[ids[: n // 10], "gaps"] = np.nan
    return x, y, z


def ways(n: int = M, seed: int = 0) -> list[Specification]:
    everybody, some = np.ones(n, dtype=bool), np.random.default_rng(seed).random(n) < 0.8
    return [
        Specification(measure, held, who)
        for measure in ("area", "log")
        for held in ((), ("age", "sex"), ("age", "sex", "gaps"))
        for who in (everybody, some)
    ]


def test_estimates_are_those_of_ordinary_least_squares_and_of_associate():
    x, y, z = people(1)
    found = specify(ways(), x, y, z, permutations=2, seed=1)
    for row, one in enumerate(ways()):
        data = pd.concat([x[one.measure].rename("x"), z[list(one.covariates)], y], axis=1)
        data = data[one.people].dropna()
        scaled = (data - data.mean()) / data.std()
        held = list(one.covariates)
        fits = [sm.OLS(scaled[name], sm.add_constant(scaled[["x", *held]])).fit() for name in y]
        assert found.beta[row] == pytest.approx([fit.params["x"] for fit in fits], abs=1e-12)
        assert found.se[row] == pytest.approx([fit.bse["x"] for fit in fits], abs=1e-12)
        assert found.p_parametric[row] == pytest.approx([fit.pvalues["x"] for fit in fits])
        assert (found.n[row], found.df[row]) == (len(data), fits[0].df_resid)
        own = associate(data[["x"]], data[list(y)], data[held], permutations=2, bootstraps=2)
        assert found.beta[row] == pytest.approx(own.beta.to_numpy()[0], abs=1e-12)


def test_permuted_scores_are_those_of_associate_where_everybody_is_taken():
    x, y, z = people(2)
    z = z.fillna(0)
    found = specify(ways()[2:3], x, y, z, permutations=120, seed=3)
    draws = {"permutations": 120, "bootstraps": 2, "seed": 3}
    own = associate(x[["area"]], y, z[["age", "sex"]], **draws)
    assert found.null[0] == pytest.approx(own.null[0], abs=2e-6)
    own = associate(x[["area"]], y, z[["age", "sex"]], null="freedman-lane", **draws)
    # There every permuted score has a scale of its own.
    assert found.freedman_lane[0] == pytest.approx(own.null[0], rel=0.03, abs=1e-3)
    # What the covariates explain is taken off indeed.
    assert np.abs(found.freedman_lane - found.null).max() > 0.005


def test_a_permuted_score_is_fitted_in_the_people_of_the_specification():
    x, y, z = (table.sort_index() for table in people(6))
    way = ways()[3]
    found = specify([way], x, y, z, permutations=3, seed=5)
    for draw, order in enumerate(permutations(M, block=0, seed=5, draws=3)):
        design = sm.add_constant(pd.concat([x["area"], z[["age", "sex"]]], axis=1)[way.people])
        for score, values in enumerate(y.to_numpy().T):
            drawn = values[order][way.people]
            fit = sm.OLS(drawn / drawn.std(ddof=1), design / design.std().replace(0, 1)).fit()
            assert found.null[0, score, draw] == pytest.approx(fit.params["area"], abs=1e-6)


def test_neither_order_nor_company_nor_the_number_of_permutations_matters():
    x, y, z = people(3)
    whole = specify(ways(), x, y, z, permutations=100, seed=1)
    turned = np.random.default_rng(0).permutation(M)
    moved = [Specification(w.measure, w.covariates, w.people[turned]) for w in ways()[::-1]]
    again = specify(moved, *(table.iloc[turned] for table in (x, y, z)), permutations=100, seed=1)
    for name in ("beta", "se", "null", "freedman_lane"):
        one, other = getattr(whole, name), getattr(again, name)[::-1]
        assert one == pytest.approx(other, abs=1e-6)
    fewer = specify(ways()[:2], x, y[["later"]], z, permutations=60, seed=1)
    assert fewer.null[:, 0] == pytest.approx(whole.null[:2, 1, :60], abs=1e-6)
    assert np.array_equal(specify(ways(), x, y, z, permutations=100, seed=1).null, whole.null)


def test_what_cannot_be_fitted_is_missing():
    x, y, z = people(4)
    few, nobody = np.arange(M) < 4, np.zeros(M, dtype=bool)
    held = ("age", "sex", "gaps")
    x["flat"] = 1.0
    found = specify(
        [
            Specification("area", held, few),
            Specification("area", (), nobody),
            Specification("flat", (), ~nobody),
            Specification("area", (), ~nobody),
        ],
        *(x, y, z),
        permutations=3,
        seed=1,
    )
    for values in (found.beta, found.se, found.null[..., 0], found.freedman_lane[..., 0]):
        assert np.isnan(values).all(axis=1).tolist() == [True, True, True, False]


def test_the_joint_tests_hold_their_level_and_find_what_is_there():
    curves = []
    for seed in range(150):
        x, y, z = people(100 + seed, n=60)
        found = specify(ways(60, seed), x, y, z, permutations=39, seed=seed)
        curves.append(joint_p(found.beta[:, 0], found.null[:, 0]))
    # Of 150 draws of one in five, 95 % lie between 20 and 40; three statistics, two counts.
    for level, low, high in ((0.2, 15, 45), (0.5, 55, 95)):
        rejected = (np.array(curves) <= level).sum(axis=0)
        # Curves without any significant specification tie in the second.
        assert (rejected[[0, 2]] >= low).all()
        assert (rejected <= high).all()
    x, y, z = people(5)
    y = y.add(1.5 * x["area"].to_numpy()[:, None])
    found = specify(ways(), x, y, z, permutations=39, seed=1)
    assert joint_p(found.beta[:, 0], found.null[:, 0]) == (1 / 40,) * 3
