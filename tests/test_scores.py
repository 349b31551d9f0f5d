"""A newcomer among the scores, or one less: every count and word follows the findings."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx import figures
from transdx.errors import InputError
from transdx.figures.canvas import layout, style
from transdx.figures.canvas.scores import initials, marker
from transdx.figures.charts.upset import intersections
from transdx.findings.patterns import circuit
from transdx.findings.specificity import specificity
from transdx.results import summaries
from transdx.results.select import count_specific, scores_of, shared
from transdx.stats import spins

FOUR = ("insomnia", "depression", "anxiety", "fatigue")
TWO = ("insomnia", "anxiety")
CONNECTION = "left_insula--right_insula"

#: Of each feature: the betas that survive, and the pairs of scores that differ.
Planted = dict[tuple[str, str], tuple[dict[str, float], list[tuple[str, str]]]]


def against(score: str, others: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(score, other) for other in others if other != score]


def found(scores: tuple[str, ...], planted: Planted) -> pd.DataFrame:
    """What is shared and specific among some scores, by the function of the findings."""
    associations, contrasts = [], []
    for (modality, feature), (betas, differing) in planted.items():
        for score in scores:
            p = 0.01 if score in betas else 0.9
            associations.append((modality, feature, score, betas.get(score, 0.0), p))
        apart = set(map(frozenset, differing))
        for pair in combinations(scores, 2):
            p = 0.01 if frozenset(pair) in apart else 0.9
            contrasts.append((modality, feature, *pair, p))
    return specificity(
        pd.DataFrame(associations, columns=["modality", "feature", "score", "beta", "p_fdr"]),
        pd.DataFrame(contrasts, columns=["modality", "feature", "score_a", "score_b", "p_fdr"]),
    )


def all_of(scores: tuple[str, ...], beta: float) -> dict[str, float]:
    return dict.fromkeys(scores, beta)


@pytest.fixture(scope="module")
def four() -> pd.DataFrame:
    """Two regions and a total go with all four, one with three; fatigue has three of its own."""
    study = FOUR[:3]
    return found(
        FOUR,
        {
            ("thickness", "left_insula"): (all_of(FOUR, -0.03), []),
            ("subcortical_volume", "left_thalamus"): (all_of(FOUR, -0.03), []),
            ("surface_area", "total"): (all_of(FOUR, -0.03), []),
            # All four, but not in one direction.
            ("thickness", "right_cuneus"): (all_of(study, -0.03) | {"fatigue": 0.03}, []),
            # What three of four share is not shared by all.
            ("thickness", "left_cuneus"): (all_of(study, -0.03), []),
            ("thickness", "right_insula"): ({"fatigue": -0.05}, against("fatigue", FOUR)),
            # Different from two of three others is not specific.
            ("surface_area", "left_lingual"): ({"fatigue": -0.04}, against("fatigue", FOUR[1:])),
            ("amygdala_reactivity", "amygdala"): ({"fatigue": -0.04}, against("fatigue", FOUR)),
            ("subcortical_volume", "left_amygdala"): (
                {"fatigue": -0.06, "anxiety": -0.02},
                against("fatigue", FOUR),
            ),
            ("functional_connectivity", CONNECTION): ({"insomnia": 0.02, "fatigue": 0.02}, []),
        },
    )


@pytest.fixture(scope="module")
def two() -> pd.DataFrame:
    """One region goes with both, one is specific to anxiety, none to insomnia."""
    return found(
        TWO,
        {
            ("thickness", "left_insula"): (all_of(TWO, -0.03), []),
            ("thickness", "right_insula"): ({"anxiety": -0.05}, [TWO]),
            ("subcortical_volume", "left_amygdala"): ({}, []),
        },
    )


@pytest.fixture(scope="module")
def one_sided() -> pd.DataFrame:
    """Nothing goes with insomnia and depression: the scores that were compared are three."""
    return found(FOUR[:3], {("thickness", "left_insula"): ({"anxiety": -0.03}, [])})


def rows_of(view: figures.TableView) -> list[list[str]]:
    rows = BeautifulSoup(view._repr_html_(), "html.parser").select("tbody tr:not(.transdx-heading)")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


def pixels(picture: figures.Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)


def has_colour(picture: figures.Picture, colour: str) -> int:
    wanted = np.array(list(bytes.fromhex(colour[1:])))
    return int((np.abs(pixels(picture) - wanted).max(axis=2) <= 4).sum())


def test_what_is_shared_by_four_is_shared_by_each_of_them(four):
    by_feature = four.set_index(["modality", "feature"])
    assert scores_of(four) == list(FOUR)
    assert by_feature.index[shared(by_feature)].tolist() == [
        ("thickness", "left_insula"),
        ("subcortical_volume", "left_thalamus"),
        ("surface_area", "total"),
    ]
    assert by_feature["specific"][by_feature["specific"] != ""].to_dict() == {
        ("thickness", "right_insula"): "fatigue",
        ("amygdala_reactivity", "amygdala"): "fatigue",
        ("subcortical_volume", "left_amygdala"): "fatigue",
    }


def test_sentences_count_the_newcomer_and_say_how_many_scores_there_are(four, two):
    numbers = summaries.specific(four)
    assert (numbers["scores.count"], numbers["scores.all"]) == (4, "all four")
    assert numbers["specific.shared.regions"] == 2
    assert numbers["specific.fatigue.regions"] == 3
    assert numbers["specific.each"] == ("3 to fatigue and none to insomnia, depression and anxiety")
    lines = numbers["specific.list"].splitlines()
    assert lines[0].startswith("- **Shared by all four**: thickness 1")
    assert lines[-1].startswith("- **Specific to fatigue**: thickness 1 (1 thinner: right insula)")
    few = summaries.specific(two)
    assert few["specific.list"].splitlines()[0] == (
        "- **Shared by both**: thickness 1 (1 thinner: left insula)."
    )
    assert few["specific.each"] == "1 to anxiety and none to insomnia"
    assert (few["scores.all"], few["specific.shared.regions"]) == ("both", 1)


def test_overview_draws_what_all_four_share_and_what_the_newcomer_has_alone(four):
    together, alone = figures.overview(four).pictures
    assert "Shared: where the brain goes with all four. 2 of 8 regions" in together.alt
    assert "By measure: thickness 1, subcortical volume 1" in together.alt
    assert "three" not in together.alt.replace("three or more", "")
    assert "differs from every other. 3 of 8 regions" in alone.alt
    # The amygdala reacts on both sides, and is specific in its volume on the left.
    assert (
        "Fatigue: 3 regions (thickness 1, subcortical volume 1, amygdala reactivity 1)" in alone.alt
    )
    assert "Anxiety: 0 regions" in alone.alt
    assert has_colour(alone, style.LIGHT.score("fatigue")) > 100


def test_overview_of_two_scores_says_both(two):
    together, alone = figures.overview(two).pictures
    assert "goes with both. 1 of 3 regions" in together.alt
    assert "Insomnia: 0 regions; Anxiety: 1 region (thickness 1)" in alone.alt
    assert "Depression" not in alone.alt


def test_scores_that_nothing_goes_with_are_still_compared(one_sided):
    assert scores_of(one_sided) == list(FOUR[:3])
    assert not shared(one_sided).any()
    together, _ = figures.overview(one_sided).pictures
    assert "goes with all three. 0 of 1 regions" in together.alt
    assert "shared by all three" in figures.specificity_table(one_sided).caption


def test_every_combination_of_four_is_counted(four, two):
    table = intersections(four)
    assert table["associated"].nunique() == 2**4 - 1
    counted = table.set_index(["modality", "associated"])["findings"]
    assert counted["thickness", "+".join(FOUR)] == 2
    assert counted["thickness", "+".join(FOUR[:3])] == 1
    assert counted["surface_area", "fatigue"] == 1
    assert counted["subcortical_volume", "anxiety+fatigue"] == 1
    assert table["findings"].sum() == len(four)
    alt = figures.upset_plot(four).alt
    assert "9 regional and global findings, 3 specific to one score" in alt
    assert "insomnia and depression and anxiety and fatigue: surface area 1, thickness 2" in alt
    assert "insomnia and fatigue: functional connectivity of connections 1" in alt
    both = figures.upset_plot(two).alt
    assert both.endswith("insomnia and anxiety: thickness 1; insomnia: none; "
                         "anxiety: thickness 1 (1 specific).")  # fmt: skip
    assert "2 regional and global findings, 1 specific to one score" in both


def test_many_combinations_make_a_wider_picture_not_an_unreadable_one():
    planted: Planted = {
        ("thickness", f"{side}_{region}"): (all_of(members, -0.03), [])
        for side, regions in (("left", ("insula", "cuneus", "lingual", "precuneus")),)
        for region, size in zip(regions, range(1, 5), strict=True)
        for members in [FOUR[:size]]
    }
    shown = figures.upset_plot(found(FOUR, planted))
    # Of fifteen combinations, the four that hold findings.
    assert shown.alt.count("thickness 1") == 4
    assert "none" not in shown.alt
    crowd = [
        ("functional_connectivity", f"left_insula--x{i}", "connection", "+".join(FOUR), who)
        for who in intersections(found(FOUR, planted))["associated"].unique()
        for i in range(1200)
    ]
    names = ["modality", "feature", "kind", "compared", "associated"]
    table = pd.DataFrame(crowd, columns=names).assign(specific="", beta=-0.1, direction="weaker")
    assert figures.upset_plot(table).width > shown.width


def test_tables_say_all_four_or_both(four, two):
    view = figures.specificity_table(four)
    assert "10 findings that survive" in view.caption
    assert "3 shared by all four, 3 specific to one score" in view.caption
    shown = {row[0]: row for row in rows_of(view)}
    assert "all four" in shown["Left insula"]
    assert "insomnia, depression, anxiety" in shown["Left cuneus"]
    assert "every other score" in view.note
    assert "3 findings" in figures.specificity_table(four, "fatigue").caption
    few = figures.specificity_table(two, "anxiety")
    assert few.caption == "What is specific to anxiety: 1 finding."
    assert "both" in rows_of(figures.specificity_table(two))[-1]


def test_a_brain_of_the_newcomer_shows_its_findings(four, two):
    gallery = figures.disorder_brain(four, "fatigue")
    assert [picture.alt.partition(".")[0] for picture in gallery.pictures] == [
        "Specific to fatigue: thickness",
        "Specific to fatigue: subcortical volume",
        "Specific to fatigue: amygdala reactivity",
    ]
    assert "differing from every other score" in figures.disorder_brain(four, "anxiety").text
    with pytest.raises(InputError, match=r"insomnia, anxiety\), got 'depression'"):
        figures.disorder_brain(two, "depression")


def test_the_circuit_counts_the_newcomer(four):
    assert count_specific(four, ["fatigue"])["left_amygdala"] == 1
    tests = circuit(four, scores=list(FOUR), spins=spins(50, seed=1))
    assert tests["score"].tolist() == [*FOUR, "all"]
    assert tests.set_index("score").loc["all", ["findings", "inside"]].tolist() == [2, 1]
    alt = figures.circuit_picture(four, tests).alt
    assert "left amygdala: fatigue 1" in alt
    assert "Fatigue: 1 of 2 specific findings lies in the circuit" in alt
    assert [row[0] for row in rows_of(figures.circuit_table(tests))] == [
        *("Insomnia", "Depression", "Anxiety", "Fatigue", "Any score")
    ]


def test_enrichment_has_a_column_per_score_and_room_for_it(four):
    names = ["reward", "D1"]
    rows = [
        ("thickness", kind, name, score, -0.01, 0.2, 0.2, 0.2, 0.2)
        for kind, name in zip(("domain", "receptor"), names, strict=True)
        for score in FOUR
    ]
    columns = "modality kind annotation score estimate p_permutation p_fdr p_centred_fdr p_spin"
    table = pd.DataFrame(rows, columns=columns.split())
    table.loc[table["score"] == "fatigue", ["p_centred_fdr", "p_spin"]] = 0.01
    apart = [("fatigue", other) for other in FOUR[:3]] + [("insomnia", "anxiety")]
    pairs = [
        ("thickness", "receptor", "D1", a, b, 0.01 if {a, b} in map(set, apart) else 0.9)
        for a, b in combinations(FOUR, 2)
    ]
    contrasts = pd.DataFrame(
        pairs, columns=["modality", "kind", "annotation", "score_a", "score_b", "p_fdr"]
    )
    receptors, domains = figures.enrichment_heatmaps(
        table, contrasts, modality="thickness"
    ).pictures
    for picture in (receptors, domains):
        assert "0 of 4 survive FDR 5 % as a level; 1 stands out as a place" in picture.alt
    assert "fatigue −0.010 (place), F ≠ I, D, A; I ≠ A" in receptors.alt
    without = figures.enrichment_heatmaps(
        table[table["score"] != "fatigue"], contrasts.iloc[:0], modality="thickness"
    )
    assert receptors.width > without.pictures[0].width
    nulls = figures.null_comparison(table, modality="thickness")
    assert "2 stand out as a place" in nulls.alt
    # In the axes and in the key.
    assert has_colour(nulls, style.LIGHT.score("fatigue")) > 60


def test_a_claim_on_all_scores_is_of_no_number_of_them():
    columns = (
        "claim score statement paper quantity estimate ci_low ci_high p n test verdict falls_with "
        "planted covered chapter anchor"
    )
    row = ("C8", "all", "Often", "often", "findings", 2.0, *[np.nan] * 2, 0.02, np.nan, "t")
    rest = ("supported", "", np.nan, "", "08-shared", "x")
    newcomer = ("C1", "fatigue", "Smaller", "", "β of total", -0.1, -0.2, 0.0, 0.02, 9.0, "t")
    table = pd.DataFrame([row + rest, newcomer + rest], columns=columns.split())
    table["p_study"] = [np.nan, 0.02]
    shown = rows_of(figures.claims_table(table))
    assert [line[0] for line in shown] == ["All together", "Fatigue"]


def test_maps_are_set_beside_each_other_for_every_score():
    rows = [("surface_area", "thickness", score, 66, 0.3, 0.2, 0.2) for score in FOUR]
    columns = "modality_a modality_b score regions r p_spin p_fdr"
    table = pd.DataFrame(rows, columns=columns.split())
    alt = figures.map_correlation_plot(table).alt
    assert alt.count("0.30 over 66 regions (p = 0.20)") == 4
    assert "0 of 4 correlations survive" in alt


def test_a_table_of_other_scores_is_refused(four):
    mixed = four.assign(compared=["+".join(FOUR)] * 9 + ["insomnia+anxiety"])
    for draw in (figures.overview, figures.upset_plot, figures.specificity_table):
        with pytest.raises(InputError, match="the same scores, two or more"):
            draw(mixed)
        with pytest.raises(InputError, match="expected a score"):
            draw(four.assign(compared="insomnia+anxiety"))


def test_unknown_scores_can_be_told_apart_and_read():
    newcomers = ["fatigue", "pain", "anger"]
    assert initials([*FOUR, "anger"]) == {
        "insomnia": "I",
        "depression": "D",
        "anxiety": "Anx",
        "fatigue": "F",
        "anger": "Ang",
    }
    for theme in style.THEMES:
        background = layout.rgb(theme.background)
        for colour in theme.palette:
            assert layout.contrast(layout.rgb(colour), background) >= 4.5
        looks = [(theme.score(name), marker(name)) for name in (*FOUR[:3], *newcomers)]
        assert len(set(looks)) == len(looks)
        assert theme.score("all") == theme.ink
    assert not set(style.LIGHT.palette) & set(style.LIGHT.scores.values())
