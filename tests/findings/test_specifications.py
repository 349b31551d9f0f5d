"""What follows where something else had been chosen, of the people of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from transdx import associate, figures
from transdx.findings.choices import load_choices, offered
from transdx.findings.specifications import main_effects, specification_tables
from transdx.results.curves import CHOICES, certain
from transdx.results.curves import cite as curves_cite
from transdx.results.disclosure import protect
from transdx.results.schema import check
from transdx.sample import Sample, draw_sample
from transdx.simulate import simulate
from transdx.sources import read_cohort
from transdx.study import Variable
from transdx.writing import decimal, percent

KEYS = ["modality", "feature", "score"]
AREA = ("surface_area", "total", "anxiety")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Sample:
    """Nothing goes with anxiety but the size of the head."""
    folder = simulate(tmp_path_factory.mktemp("heads"), participants=1_500, seed=3, effects="none")
    cohort = read_cohort("simulated", folder)
    head = cohort.values(Variable("26521", 2))
    small = (-head).rank(pct=True).fillna(0.5)
    rng, table = np.random.default_rng(0), cohort.table.copy()
    for item in ("1970", "1990", "2010"):
        for visit in (0, 2):
            told = Variable(item, visit)
            yes = rng.random(len(table)) < 0.15 + 0.5 * small
            table[told] = table[told].where(table[told].isna(), yes.astype(float))
    return draw_sample(replace(cohort, table=table))


@pytest.fixture(scope="module")
def tables(sample):
    found = specification_tables(sample, permutations=500, seed=1)
    check(found)
    return found


def test_every_combination_of_choices_is_there_once(tables):
    rows = tables["specifications"]
    assert not rows.duplicated([*KEYS, *CHOICES]).any()
    for (modality, *_), own in rows.groupby(KEYS, sort=False):
        # Connectivity and reactivity have no logarithm, and no share of the head.
        scalings = 5 if modality in ("surface_area", "subcortical_volume") else 3
        assert len(own) == 7 * 5 * 4 * scalings >= 200
        assert (own["study"] == "yes").sum() == 1
    assert rows.groupby(["modality", "feature"]).ngroups == 4
    told = tables["specification_options"]
    assert set(told["choice"]) == {*CHOICES, "null"}
    assert (told["label"].str.len() > 2).all()
    assert (told["reason"].str.len() > 10).all()


def test_the_study_s_own_specification_is_that_of_the_main_table(sample, tables):
    wholes = [("surface_area", "total"), ("functional_connectivity", "total")]
    features = sample.features[[*wholes, ("amygdala_reactivity", "amygdala")]].copy()
    sides = [("subcortical_volume", f"{side}_thalamus") for side in ("left", "right")]
    features["subcortical_volume", "thalamus"] = sample.features[sides].sum(axis=1)
    main = associate(features, sample.scores, sample.covariates, permutations=500, bootstraps=2)
    own = tables["specifications"].query("study == 'yes'").set_index(KEYS)
    for (modality, feature, score), row in own.iterrows():
        name = (modality, feature)
        assert row["n"] == main.n[name] == len(sample)
        assert row["beta"] == pytest.approx(main.beta.loc[name, score], abs=1e-7)
        assert row["se"] == pytest.approx(main.se_parametric.loc[name, score], rel=1e-6)
    # Both nulls are drawn, of different permutations.
    p = main.table().set_index(KEYS)["p"]
    assert np.log(own["p"] / p[own.index]).abs().median() < 0.5


def test_other_fences_ask_those_whom_the_study_leaves_out(sample, tables):
    rows = tables["specifications"].query("covariates == 'none' and scaling == 'measured'")
    area = rows[(rows[KEYS] == list(AREA)).all(axis=1) & (rows["definition"] == "visits")]
    n = area.set_index("outliers")["n"]
    steps = {one.step: one for one in sample.flow}
    assert n["study"] == len(sample)
    assert n["narrow"] < n["study"] < n["wide"] < n["own"] < n["none"]
    # Of those who came to the rules on outliers some lack a score or a covariate.
    assert n["none"] <= steps["regions"].remaining == len(sample.farthest)
    inside = (sample.farthest <= sample.study.fences).sum()
    assert inside == steps["outliers_reactivity"].remaining


def test_a_score_is_defined_as_it_says(sample):
    made = offered(sample).outcomes["anxiety"]
    known = made.loc[sample.scores.index]
    assert known["visits"].equals(sample.scores["anxiety"])
    assert set(known["any"]) == {0.0, 1.0}
    assert ((known["any"] == 1) == (sample.scores["anxiety"] > 0)).all()
    assert known["ranks"].corr(known["visits"], method="spearman") == pytest.approx(1)
    items = [sample.cohort.values(Variable(item, 2)) for item in ("1970", "1990", "2010")]
    then = pd.concat(items, axis=1).sum(axis=1, skipna=False).loc[known.index]
    answered = then.notna()
    assert 0 < (~answered).sum() < len(then) / 2
    assert known.loc[answered, "imaging"].equals(then[answered].rename("imaging"))
    assert known.loc[~answered, "imaging"].tolist() == known.loc[~answered, "visits"].tolist()


def test_head_size_alone_names_what_holds_it_constant_as_what_matters(tables):
    shares = tables["specification_shares"].query("outcome == 'estimate'").set_index(KEYS)
    own = shares.loc[AREA].set_index("choice")
    # A share of the head leaves head size out as well as a covariate does.
    held = {"covariates": ("head_size", "all_nuisances"), "scaling": ("ratio",)}
    assert own["share"].nlargest(3).index.isin([*held, "together"]).all()
    for choice, options in held.items():
        assert own.loc[choice, "high_option"] in options
        assert own.loc[choice, "low"] < own.loc[choice, "high"] - 0.1
    rows = tables["specifications"].query("scaling != 'ratio'")
    rows = rows[(rows[KEYS] == list(AREA)).all(axis=1)]
    effects = {name: share for name, (share, *_) in main_effects(rows, CHOICES, "beta")}
    assert max(effects, key=effects.get) == "covariates"
    assert effects["covariates"] > 0.7
    curve = tables["specification_tests"].set_index(KEYS).loc[AREA]
    assert curve["p_median"] == curve["p_stouffer"] == pytest.approx(1 / 101)
    assert curve["lowest"] < curve["beta"] < curve["highest"]


def test_shares_are_the_effects_of_an_analysis_of_variance(tables):
    rows = tables["specifications"]
    area = rows[(rows[KEYS] == list(AREA)).all(axis=1)]
    fit = smf.ols(f"beta ~ {' + '.join(f'C({choice})' for choice in CHOICES)}", area).fit()
    squares = anova_lm(fit, typ=2)["sum_sq"]
    found = dict(main_effects(area, CHOICES, "beta"))
    for choice in CHOICES:
        share = squares[f"C({choice})"] / squares.sum()
        assert found[choice][0] == pytest.approx(share, abs=1e-9)
        means = area.groupby(choice)["beta"].mean()
        assert found[choice][1::2] == (means.idxmin(), means.idxmax())
        assert found[choice][2::2] == pytest.approx((means.min(), means.max()))
    assert found["together"][0] == pytest.approx(squares["Residual"] / squares.sum(), abs=1e-9)


def test_counts_of_nearly_the_same_people_are_rounded(tables):
    hidden = protect(tables, world="ukb")["specifications"]
    plain = tables["specifications"]
    assert (hidden["n"] % 5 == 0).all()
    assert (hidden["n"] - plain["n"]).between(0, 4).all()
    assert hidden.drop(columns="n").equals(plain.drop(columns="n"))


def test_real_people_with_one_visit_and_no_nuisances_have_fewer(open_cohort):
    sample = draw_sample(open_cohort)
    tables = specification_tables(sample, permutations=50, seed=1)
    check(tables)
    counts = tables["specification_tests"].set_index("feature")["specifications"]
    # Three sets of covariates, two definitions, four scalings; nobody is an outlier for the study.
    rules = tables["specifications"]["outliers"].nunique()
    assert counts.tolist() == [3 * rules * 2 * 4] * 2
    options = tables["specification_options"].set_index(["choice", "option"])["label"]
    assert options["outliers", "study"] == "nobody left out"
    taken = tables["specification_options"].groupby("choice")["option"].agg(set)
    assert taken["definition"] == {"visits", "ranks"}
    assert "none" not in taken["outliers"]
    assert "ratio" not in taken["scaling"]


def test_every_option_says_why():
    choices = load_choices()
    assert set(choices.options) == {*CHOICES, "null"}
    for options in choices.options.values():
        labels = [one.label for one in options]
        assert len(set(labels)) == len(labels)
        # They head the rows of a figure that a phone shows.
        assert max(map(len, labels)) <= 32


def test_sentences_and_figures_say_what_the_tables_hold(tables):
    rows, curves = tables["specifications"], tables["specification_tests"]
    found = {**curves_cite(tables), **certain(tables)}
    assert found["specifications.all"] == len(rows) == curves["specifications"].sum()
    own = rows[(rows[KEYS] == list(AREA)).all(axis=1)]
    assert found["specifications.shown.median"] == pytest.approx(own["beta"].median())
    apart = int((curves["p_median"] <= 0.05).sum())
    assert f"Of 12 curves, {apart} ha" in found["specifications.apart"]
    # Of nothing else anything was planted.
    assert "total surface area with anxiety" in found["specifications.moves"]
    assert "total surface area with anxiety" not in found["specifications.apart"]
    options = tables["specification_options"]
    drawn = figures.specification_curve(rows, options, modality=AREA[0], score=AREA[2])
    assert f"median {decimal(own['beta'].median())}" in drawn.alt
    head = own.loc[own["covariates"] == "head_size", "beta"].mean()
    assert f"study + head size {decimal(head)}" in drawn.alt
    every = figures.specification_curves(rows).alt
    assert f"total surface area with anxiety median {decimal(own['beta'].median())}" in every
    shares = tables["specification_shares"]
    one, _ = figures.specification_shares_plot(shares).pictures
    own = shares.query("outcome == 'estimate'").set_index([*KEYS, "choice"])["share"]
    share = percent(100 * own[(*AREA, "covariates")], places=0)
    assert f"total surface area with anxiety: covariates {share}" in one.alt
    shown = figures.specification_shares_table(shares, options).frame
    assert len(shown) == len(curves)
    area = shown[(shown[KEYS] == list(AREA)).all(axis=1)].iloc[0]
    assert area["high_option"] in ("study + head size", "study + all of these", "share of the head")
