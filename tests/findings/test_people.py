"""Real people beside each other: sums of cohorts, reliability and relatives, by other means."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats

from transdx import figures, reference
from transdx._cohorts import COHORTS, USUAL
from transdx.cli import main
from transdx.errors import InputError, TransdxError
from transdx.findings import open_run, open_sample
from transdx.findings.claims import load_claims
from transdx.findings.people import cohorts_here, elsewhere, random_effects, summarise
from transdx.findings.reliability import intraclass, reliability
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.sources import read_cohort
from transdx.study import load_study

SMALL = {"permutations": 60, "bootstraps": 60}
FILES = [file for file in reference.registry() if not file.startswith("hansen")]


@pytest.fixture(scope="module")
def root(tmp_path_factory, fetched):
    """A folder in which all cohorts were run, and set beside each other."""
    fetched(*FILES)
    folder = tmp_path_factory.mktemp("people")
    open_run(world="open", cohort="all", root=folder, **SMALL)
    return folder


@pytest.fixture(scope="module")
def found(root):
    return open_run(world="open", cohort="all", root=root, **SMALL)


def test_every_table_of_cohorts_is_made(root, found, of_cohorts):
    one = open_run(world="open", root=root, **SMALL)
    made = set(found.tables) | set(one.tables)
    assert of_cohorts <= made <= set(TABLES)


def paule_mandel(estimate, se):
    """Sum up by hand: the spread between cohorts at which Q is what is expected of it."""

    def q(tau2):
        weight = 1 / (se**2 + tau2)
        middle = (weight * estimate).sum() / weight.sum()
        return (weight * (estimate - middle) ** 2).sum() - (len(estimate) - 1)

    tau2 = 0.0 if q(0.0) <= 0 else optimize.brentq(q, 0, 100)
    weight = 1 / (se**2 + tau2)
    middle = (weight * estimate).sum() / weight.sum()
    spread = (weight * (estimate - middle) ** 2).sum() / (len(estimate) - 1)
    usual = 1 / weight.sum()
    return middle, np.sqrt(usual * max(1.0, spread)), np.sqrt(tau2)


@pytest.mark.parametrize(
    ("estimate", "se"),
    [
        ([-0.1, -0.11], [0.08, 0.13]),  # nearly the same: the interval must not shrink to nothing
        ([-0.4, 0.3, 0.0], [0.05, 0.05, 0.07]),
        ([-0.05, -0.02, -0.12, 0.01], [0.03, 0.04, 0.05, 0.02]),
    ],
)
def test_random_effects_are_those_by_hand(estimate, se):
    rows = pd.DataFrame({"estimate": estimate, "se": se, "n": 100})
    made = random_effects(rows, -0.05)
    middle, error, tau = paule_mandel(np.array(estimate), np.array(se))
    half = stats.t.ppf(0.975, len(se) - 1) * error
    assert made["estimate"] == pytest.approx(middle, abs=1e-5)
    assert made["ci_low"] == pytest.approx(middle - half, abs=1e-4)
    assert made["ci_high"] == pytest.approx(middle + half, abs=1e-4)
    assert made["tau"] == pytest.approx(tau, abs=1e-4)
    assert made["p"] == pytest.approx(2 * stats.t.sf(abs(middle) / error, len(se) - 1), abs=1e-4)


def test_people_needed_is_the_size_at_which_power_is_reached():
    made = random_effects(
        pd.DataFrame({"estimate": [0.0], "se": [0.1], "n": [100], "ci_low": -0.2, "ci_high": 0.2,
                      "p": 1.0}), -0.05,
    )  # fmt: skip
    # The standard error falls with the root of the number of people.
    error = 0.1 * np.sqrt(100 / made["needed"])
    assert stats.norm.sf(1.959964 - 0.05 / error) == pytest.approx(0.8, abs=1e-3)


def row(estimate, se, *, claim="C2", symptom="depression", regions=2, wanted=2):
    reach = 1.96 * se
    return {"claim": claim, "symptom": symptom, "cohort": "a", "score": "b", "regions": regions,
            "wanted": wanted, "n": 100, "estimate": estimate, "se": se, "ci_low": estimate - reach,
            "ci_high": estimate + reach, "p": 2 * stats.norm.sf(abs(estimate) / se)}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([row(-0.5, 0.05)], "speaks for"),
        ([row(0.1, 0.03)], "speaks against"),
        ([row(0.0, 0.01)], "speaks against"),  # an effect of the study's size is excluded
        ([row(-0.1, 0.1)], "cannot tell"),
        # Alone significant, but not where every row of the ledger is looked at.
        ([row(-0.2, 0.1), *(row(0.0, 0.1, claim=c) for c in ("C1", "C5"))], "cannot tell"),
        ([row(-0.5, 0.05, regions=1)], "only in part"),
        ([], "not measured"),
        # Two that agree exactly do not make a sum that is certain.
        ([row(-0.2, 0.08), row(-0.2, 0.08)], "cannot tell"),
    ],
)
def test_verdicts_of_real_people(rows, verdict):
    evidence = pd.DataFrame(rows, columns=list(row(0.0, 1.0)))
    table = summarise(evidence).set_index(["claim", "symptom"])
    assert table.loc[("C2", "depression"), "verdict"] == verdict
    assert len(table) == sum(len(claim.scores) for claim in load_claims())


def test_p_values_are_corrected_over_the_ledger():
    rows = [row(-0.3, 0.1), row(-0.2, 0.1, claim="C1"), row(0.0, 0.1, claim="C5")]
    table = summarise(pd.DataFrame(rows))
    there = table.dropna(subset="p").sort_values("p")
    by_hand = (there["p"] * len(there) / np.arange(1, len(there) + 1))[::-1].cummin()[::-1]
    np.testing.assert_allclose(there["p_fdr"], np.minimum(by_hand, 1), rtol=1e-12)


def test_an_estimate_of_a_claim_is_the_mean_of_its_regions(found, root):
    one = found.table("cohort_claims").set_index(["claim", "symptom", "cohort"])
    claims = {claim.id: claim for claim in load_claims()}
    for cohort, score, claim, symptom in (
        ("sds", "sleep_quality", "C4", "insomnia"),
        ("aomic-id1000", "trait_anxiety", "C2", "anxiety"),
    ):
        run = open_run(world="open", cohort=cohort, root=root, **SMALL)
        betas = run.table("associations").set_index(["modality", "feature", "score"])["beta"]
        held = [(claims[claim].modality, f, score) for f in claims[claim].features]
        assert one.loc[(claim, symptom, cohort), "estimate"] == pytest.approx(betas[held].mean())
    # Of 15 regions of a hemisphere, four are the same structure in the other atlas.
    part = one.loc[("C5", "depression", "ds003653")]
    assert (part["regions"], part["wanted"]) == (8, 30)


def test_nobody_counts_twice_for_a_symptom(found):
    table = found.table("cohort_claims")
    assert not table.duplicated(["claim", "symptom", "cohort"]).any()


def test_flows_add_up(found, root):
    flow = found.table("flow").set_index("step")
    each = [open_run(world="open", cohort=name, root=root, **SMALL) for name in COHORTS]
    assert flow["remaining"].iloc[-1] == sum(one.number("flow.analysed") for one in each)
    assert flow["remaining"].iloc[0] == 226 + 928 + 136 + 87 + 1202


def test_published_maps_are_those_of_the_file(found):
    rows = elsewhere().set_index(["claim", "symptom"])
    file = pd.read_csv(reference.fetch("enigma/mddadult_case-controls_CortThick.csv"))
    (claim,) = (one for one in load_claims() if one.id == "C5")
    wanted = {f.replace("left_", "L_").replace("right_", "R_") for f in claim.features}
    by_hand = file.loc[file["Structure"].isin(wanted), "d_icv"]
    assert len(by_hand) == 30
    assert rows.loc[("C5", "depression"), "d"] == pytest.approx(by_hand.mean())
    volumes = pd.read_csv(reference.fetch("enigma/mdd_case-controls_SubVol.csv"))
    thalamus = volumes.set_index("Structure").loc[["Lthal", "Rthal"], "d_icv"].mean()
    assert rows.loc[("C2", "depression"), "d"] == pytest.approx(thalamus)
    assert set(rows["agrees"]) == {"yes", "no"}


def test_a_map_is_correlated_with_the_published_one(found, root):
    run = open_run(world="open", cohort="ds003653", root=root, **SMALL)
    betas = run.table("associations").query("modality == 'thickness'").set_index("feature")["beta"]
    file = pd.read_csv(reference.fetch("enigma/mddadult_case-controls_CortThick.csv"))
    names = file["Structure"].str.replace("L_", "left_").str.replace("R_", "right_")
    both = pd.concat([betas, pd.Series(file["d_icv"].to_numpy(), names)], axis=1).dropna()
    row = found.table("published").query("cohort == 'ds003653' and modality == 'thickness'").iloc[0]
    assert (row["regions"], len(both)) == (36, 36)
    assert row["r"] == pytest.approx(np.corrcoef(both.T)[0, 1])


def test_reliability_is_that_of_an_analysis_of_variance():
    rng = np.random.default_rng(5)
    person = rng.normal(size=40)
    one, other = (pd.Series(person + rng.normal(0.5 * i, 0.7, 40)) for i in range(2))
    long = pd.concat([one, other], keys=[0, 1], names=["visit", "who"]).rename("y").reset_index()
    # Mean squares of people, and of what visits and people leave: Shrout and Fleiss's ICC(3,1).
    mean = long.groupby("who")["y"].mean()
    between = 2 * ((mean - long["y"].mean()) ** 2).sum() / 39
    left = long["y"] - long["who"].map(mean) - long.groupby("visit")["y"].transform("mean")
    within = ((left + long["y"].mean()) ** 2).sum() / 39
    icc, low, high = intraclass(one, other)
    assert icc == pytest.approx((between - within) / (between + within))
    f = between / within / stats.f.ppf(0.975, 39, 39)
    assert low == pytest.approx((f - 1) / (f + 1))
    assert low < icc < high
    # A shift of everybody takes nothing from it.
    assert intraclass(one, other + 3)[0] == pytest.approx(icc)


def test_who_is_measured_twice_within_months_and_how(found, fetched):
    people = pd.read_csv(reference.fetch("qtim/participants.tsv"), sep="\t", na_values="n/a")
    twice = people[people["group"] == 1]
    table = found.table("reliability").set_index(["repeat", "modality", "feature"])
    for repeat, orientation in (("alike", 1), ("otherwise", 2)):
        who = twice[(twice["ses01_T1w_acq"] == 1) & (twice["ses02_T1w_acq"] == orientation)]
        again = pd.read_csv(reference.fetch("qtim/fs5.3_ses-02.tsv"), sep="\t", na_values="n/a")
        once = pd.read_csv(reference.fetch("qtim/fs5.3_ses-01.tsv"), sep="\t", na_values="n/a")
        values = [
            one.set_index("participant_id").reindex(who["participant_id"])["R_insula_thickavg"]
            for one in (once, again)
        ]
        both = pd.concat(values, axis=1).dropna().to_numpy()
        row = table.loc[(repeat, "thickness", "right_insula")]
        assert row["n"] == len(both)
        covariance = np.cov(both.T)
        assert row["icc"] == pytest.approx(2 * covariance[0, 1] / np.trace(covariance))


def test_a_cohort_of_one_visit_has_no_reliability(fetched):
    fetched(*(file for file in FILES if file.startswith(("sds", "pcn"))))
    assert reliability(read_cohort("open", cohort="sds")).empty


def test_standard_errors_of_relatives_are_those_of_statsmodels(found, root):
    sample = open_sample(world="open", cohort="qtim", root=root, **SMALL)
    data = sample.covariates[["age", "sex", "sagittal"]].copy()
    values = sample.features["thickness", "left_insula"]
    data["y"] = (values - values.mean()) / values.std()
    data["family"] = pd.factorize(sample.cohort.table.loc[data.index, ("family_id", 0)])[0]
    model = smf.ols("y ~ age + sex + sagittal", data)
    plain = model.fit()
    # The sandwich by hand.
    design = np.column_stack([np.ones(len(data)), data[["age", "sex", "sagittal"]]])
    scores = pd.DataFrame(design * plain.resid.to_numpy()[:, None]).groupby(
        data["family"].to_numpy()
    ).sum().to_numpy()  # fmt: skip
    bread = np.linalg.inv(design.T @ design)
    g, n, k = len(scores), *design.shape
    sandwich = bread @ scores.T @ scores @ bread * g / (g - 1) * (n - 1) / (n - k)
    table = found.table("relatives").set_index(["modality", "feature", "term"])
    row = table.loc[("thickness", "left_insula", "age")]
    assert row["se"] == pytest.approx(plain.bse["age"])
    assert row["se_cluster"] == pytest.approx(np.sqrt(sandwich[1, 1]))
    assert (row["n"], row["families"]) == (982, g)
    # Twins share what their covariates do not explain.
    assert 0 < row["alike"] < 1


def test_what_families_share_is_found_where_it_was_planted():
    from transdx.findings.reliability import _alike

    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(3000), rng.integers(1, 4, 3000))
    values = rng.normal(0, np.sqrt(0.4), 3000)[family] + rng.normal(0, np.sqrt(0.6), len(family))
    assert _alike(values, family) == pytest.approx(0.4, abs=0.04)


@pytest.fixture
def some(tmp_path, monkeypatch, fetched):
    """Have the files of some cohorts only, and no network."""

    held = dict(zip(FILES, fetched(*FILES), strict=True))

    def some(*folders):
        for file, path in held.items():
            if file.partition("/")[0] in folders:
                target = tmp_path / "mirror" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        monkeypatch.setenv(reference.MIRROR, str(tmp_path / "mirror"))
        monkeypatch.setenv(reference.CACHE, str(tmp_path / "cache"))

        def offline(entry, folder):
            raise TransdxError(f"{entry.file} could not be fetched") from OSError("offline")

        monkeypatch.setattr(reference, "_retrieve", offline)
        return {"world": "open", "cohort": "all", "root": tmp_path, **SMALL}

    return some


def test_with_part_of_the_files_the_cohorts_that_are_there_are_shown(some):
    run = some("sds", "pcntoolkit-demo")
    found = open_run(**run)
    assert found.number("cohorts.there") == 1
    assert found.number("cohorts.shown") == "sds"
    assert "AOMIC PIOP2 (aomic-piop2/participants.tsv could not be fetched)" in found.number(
        "cohorts.missing"
    )
    assert set(found.table("cohort_claims")["claim"]) == {"C2", "C4"}
    # Nobody twice, no published map, no relative: a note, not an error.
    for shown in (
        figures.reliability_plot(found.table("reliability")),
        figures.relative_table(found.table("relatives")),
        figures.published_table(found.table("published")),
    ):
        assert isinstance(shown, figures.Note)
    assert found.say("[[{reliability.<repeat>.thickness.n} <repeat>\n]]") == ""
    assert figures.cohort_table(found.table("cohorts")).frame["cohort"].to_list() == ["sds"]


def test_new_files_make_the_cohorts_due_again(some):
    open_run(**some("sds", "pcntoolkit-demo"))
    found = open_run(**some("ds003653"))
    assert found.number("cohorts.there") == 2
    assert set(cohorts_here()) == {"sds", "ds003653"}


def test_without_a_scored_cohort_there_is_nothing_to_show(some):
    with pytest.raises(TransdxError, match=r"aomic-piop2/participants\.tsv could not be fetched"):
        open_run(**some("qtim"))


def test_cohorts_beside_each_other_have_no_people(root):
    with pytest.raises(InputError, match=r"expected a cohort of the open world .*, got 'all'"):
        open_sample(world="open", cohort="all", root=root, **SMALL)
    assert main(["check", "--world", "open", "--cohort", "all"]) == 2


def test_no_table_holds_a_person(found):
    ids = set()
    for name in COHORTS:
        ids |= set(read_cohort("open", cohort=name).table.index)
    # Those of two cohorts are numbers of up to three digits, as counts are.
    ids = {one for one in ids if not one.isdigit() or len(one) > 3}
    for name, table in found.tables.items():
        held = {str(value) for column in table for value in table[column]}
        assert not held & ids, name


def test_figures_of_real_people_say_what_they_show(found):
    together = found.table("pooled")
    several = together[together["cohorts"] > 1]
    forest = figures.pooled_forest(together, found.table("cohort_claims"))
    assert forest.alt.count("together: ") == len(several)
    assert "8 of 30 regions" in forest.alt
    ledger = figures.pooled_table(together, elsewhere=found.table("elsewhere"))
    assert ledger.frame.set_index(["claim", "symptom"]).loc[("C4", "insomnia"), "elsewhere"] == (
        "disagrees: UK Biobank"
    )
    told = figures.elsewhere_table(found.table("elsewhere"))._repr_html_()
    assert 'href="https://doi.org/10.1093/sleep/zsad274"' in told
    assert found.number("cohorts.shown") == USUAL


def test_the_regions_that_survive_are_counted_by_the_same_rule(found, root):
    run = open_run(world="open", cohort="aomic-piop2", root=root, **SMALL)
    table = run.table("associations").query("modality == 'thickness' and feature != 'total'")
    row = found.table("cohort_regions").query(
        "cohort == 'aomic-piop2' and modality == 'thickness'"
    ).iloc[0]  # fmt: skip
    assert row["surviving"] == (table["p_fdr"] <= ALPHA).sum()
    assert row["nominal"] == (table["p"] <= ALPHA).sum()
    assert row["expected"] == pytest.approx(3.4)


def test_each_symptom_of_a_cohort_has_one_score():
    for name in COHORTS:
        named = [s for score in load_study("open", cohort=name).scores for s in score.symptoms]
        assert len(named) == len(set(named)), name
