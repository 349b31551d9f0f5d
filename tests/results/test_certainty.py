"""What results mean and how sure they are fits what was found, missed and planted."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transdx.results.certainty import cite
from transdx.results.doubt import false_ones, resolution

REGIONS = [f"region{place}" for place in range(40)]


def family(found: int, *, beta: float = -0.1, se: float = 0.02) -> pd.DataFrame:
    """40 thicknesses, of which the first so many survive."""
    p = [0.01] * found + [0.6] * (40 - found)
    table = pd.DataFrame({"feature": REGIONS, "p_fdr": p, "beta": beta, "se": se})
    return table.assign(modality="thickness", score="anxiety", n=900, ci_low=-0.2, ci_high=0.0)


def truth(planted: int) -> pd.DataFrame:
    """The last so many of the 40 have an effect."""
    values = [0.0] * (40 - planted) + [-0.05] * planted
    return pd.DataFrame({"feature": REGIONS, "planted": values}).assign(
        modality="thickness", score="anxiety"
    )


def said(found: int, planted: int | None = None, **own: float) -> str:
    tables = {"associations": family(found, **own)}
    if planted is not None:
        tables["truth"] = truth(planted)
    both = cite(tables)
    assert both["certainty.thickness"] == both["certainty.thickness.anxiety"]
    return both["certainty.thickness"]


@pytest.mark.parametrize(
    ("found", "planted", "words"),
    [
        (0, None, "Nothing here survives the correction. That is no proof that there is none."),
        (0, 0, "Nothing here survives the correction, and nothing had been planted."),
        (0, 1, "survives the correction. 1 association had been planted and is missed."),
        (1, None, "The one that survives is thinner with more severe symptoms. About one in"),
        (1, 0, "more severe symptoms. Nothing had been planted: it is false."),
        (1, 3, "This one had not been planted; 3 other planted associations are missed."),
        (1, 40, "This one had been planted; 39 other planted associations are missed."),
        (2, 0, "Both that survive are thinner with more severe symptoms. Nothing had been"),
        (30, None, "All 30 that survive are thinner with more severe symptoms."),
        (30, None, "is a false alarm, here perhaps 2 of the 30."),
        (30, 20, "is a false alarm. 10 of the 30 had been planted; 10 other planted associations"),
        (40, 40, "All 40 had been planted. An association"),
        (4, 5, "None of the 4 had been planted; 5 other planted associations are missed."),
    ],
)  # fmt: skip
def test_a_family_says_what_is_found_false_and_missed(found, planted, words):
    assert words in said(found, planted)


def test_directions_are_counted():
    table = family(3)
    table.loc[0, "beta"] = 0.1
    words = cite({"associations": table})["certainty.thickness"]
    assert (
        "Of the 3 that survive, 2 are thinner with more severe symptoms and 1 is thicker." in words
    )
    assert "The one that survives is thicker" in said(1, beta=0.1)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 66])
def test_what_would_be_found_is_what_a_normal_test_finds(alpha):
    found = re.search(r"of ([\d.]+) .* in (\d+) of .* in (\d+)\.", resolution(0.01, alpha=alpha))
    size, often, half = map(float, found.groups())
    critical = stats.norm.isf(alpha / 2)
    for value, share in ((size, often), (size / 2, half)):
        assert 100 * stats.norm.sf(critical - value / 0.01) == pytest.approx(share, abs=1.5)


def test_more_findings_ask_for_less_of_each():
    def size(found: int) -> float:
        return float(re.search(r"An association of ([\d.]+)", said(found))[1])

    assert size(0) == size(1) > size(20) > size(40)


def test_networks_are_known_to_have_nothing_where_nothing_was_planted():
    networks = family(0).drop(columns="feature")
    for planted, words in ((3, "That is no proof"), (0, "and nothing had been planted.")):
        found = cite({"networks": networks, "truth": truth(planted)})
        assert words in found["certainty.networks.thickness"]


def test_false_ones_are_as_many_as_the_rate_says():
    assert [false_ones(many).endswith(f"perhaps {n} of the {many}.") for many, n in
            ((9, 0), (20, 1), (61, 3), (999, 50))] == [False, True, True, True]  # fmt: skip


def test_intervals_of_global_measures_are_held_against_zero_and_what_was_planted():
    rows = pd.DataFrame(
        {"modality": "thickness", "feature": "total", "score": ["insomnia", "anxiety"], "n": 900,
         "beta": [-0.05, 0.0], "se": 0.02, "ci_low": [-0.09, -0.04], "ci_high": [-0.01, 0.04],
         "p_fdr": 0.5}
    )  # fmt: skip
    planted = rows[["modality", "feature", "score"]].assign(planted=[-0.03, -0.05])
    words = cite({"associations": rows, "truth": planted})["certainty.global.structure"]
    assert words.startswith("1 of the 2 intervals leaves out zero; by chance alone, one in twenty")
    assert "1 of the 2 intervals holds the planted value; over many cohorts, 19 in 20 do." in words
    assert "With 900 people, an association of 0.056" in words
    none = cite({"associations": rows, "truth": planted.assign(planted=0.0)})
    assert "Nothing had been planted." in none["certainty.global.structure"]


def test_odds_are_told_as_people():
    impact = pd.DataFrame(
        {"modality": "thickness", "feature": "total", "score": ["anxiety"], "odds_ratio": 2.0,
         "ci_low": 1.5, "ci_high": 2.5}
    )  # fmt: skip
    people = pd.DataFrame(
        {"characteristic": ["Any anxiety symptom"], "group": "all", "percent": [20.0]}
    )
    words = cite({"impact": impact, "demographics": people})["certainty.impact.thickness.total"]
    # Odds of 1 to 4 become 2 to 4: a third.
    assert "333 instead of 200 who report anxiety" in words
    assert ". The interval leaves out an odds ratio of one" in words
    hidden = cite({"impact": impact, "demographics": people.assign(percent=np.nan)})
    assert hidden["certainty.impact.thickness.total"].startswith("The interval")


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.03, "30 of 1,000 cases: they gather there"), (0.2, "200 of 1,000 cases: no sure sign"),
     (0.0002, "fewer than one of 1,000"), (np.nan, "nothing to place")],
)  # fmt: skip
def test_what_lies_in_the_circuit_is_held_against_chance(p, words):
    row = {
        "score": "all",
        "findings": 0 if np.isnan(p) else 5,
        "inside": 3,
        "expected": 1.0,
        "p": p,
    }
    assert words in cite({"circuit": pd.DataFrame([row])})["certainty.circuit.all"]


def test_specific_is_held_against_the_score_with_the_strongest_effect():
    table = pd.DataFrame(
        {"modality": "thickness", "feature": REGIONS[:3], "kind": "region",
         "compared": "insomnia+anxiety", "associated": "anxiety",
         "specific": ["anxiety", "anxiety", ""]}
    )  # fmt: skip
    planted = pd.DataFrame(
        [("thickness", region, score, effect)
         for region, effects in zip(REGIONS, [(0, -0.1), (-0.1, -0.1), (0, -0.1)], strict=False)
         for score, effect in zip(("insomnia", "anxiety"), effects, strict=True)],
        columns=["modality", "feature", "score", "planted"],
    )  # fmt: skip
    words = cite({"specificity": table, "truth": planted})
    assert words["certainty.specific.anxiety"].endswith(
        "1 of the 2 had been planted strongest in that score."
    )
    assert words["certainty.specific.insomnia"].startswith("Nothing is specific to insomnia here.")


def test_cohorts_say_how_sure_it_is_what_they_say_and_where_they_say_nothing() -> None:
    cohorts = pd.DataFrame({"cohort": ["a", "b"], "smallest_one": [0.25, 0.18]})
    regions = pd.DataFrame({"surviving": [0, 0]})
    measured = pd.DataFrame({"estimate": [0.1, np.nan], "ci_low": [-0.4, np.nan]})
    tables = {
        "cohorts": cohorts.assign(label="x", source=1, n=1, scores="", modalities="", missing=""),
        "cohort_regions": regions,
        "pooled": measured.assign(ci_high=[0.6, np.nan], cohorts=1, needed=np.nan, n=9, verdict=""),
    }
    found = cite(tables)
    assert found["certainty.cohort_regions"].startswith("Nothing here survives the correction.")
    assert "An association of 0.18 is the smallest" in found["certainty.cohort_regions"]
    assert found["certainty.pooled"].startswith("The interval does not leave out zero")
    assert "The middle one reaches 0.50 to either side" in found["certainty.pooled"]
    assert found["certainty.published"] == "No cohort that is here can say anything on it."
    some = cite(tables | {"cohort_regions": regions.assign(surviving=[1, 2])})
    assert some["certainty.cohort_regions"].startswith("3 associations survive the correction.")
    assert "0.18" not in some["certainty.cohort_regions"]
    assert not any("cohort" in key for key in cite({"pooled": tables["pooled"]}))
