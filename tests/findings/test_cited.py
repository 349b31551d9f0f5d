"""Every number that a sentence may cite is that of its table."""

from __future__ import annotations

import pandas as pd
import pytest

from transdx.results import summaries, words
from transdx.results.links import leads_to
from transdx.results.phrases import Numbers
from transdx.writing import write


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


ASSOCIATIONS = frame(
    "modality feature score n beta se ci_low ci_high p p_fdr p_familywise",
    ("thickness", "left_insula", "anxiety", 90, -0.04, 0.01, -0.06, -0.02, 0.001, 0.002, 0.004),
    ("thickness", "left_cuneus", "anxiety", 90, 0.03, 0.01, 0.01, 0.05, 0.02, 0.05, 0.2),
    ("thickness", "right_cuneus", "anxiety", 90, -0.02, 0.01, -0.04, 0.0, 0.05, 0.051, 0.05),
    ("thickness", "right_insula", "anxiety", 90, -0.01, 0.01, -0.03, 0.01, 0.051, 0.3, 0.051),
    ("thickness", "total", "anxiety", 95, -0.05, 0.01, -0.07, -0.03, 0.0001, 0.0001, 0.0001),
    ("fc", "left_cuneus--left_insula", "anxiety", 80, 0.01, 0.01, -0.01, 0.03, 0.3, 0.4, 0.9),
    ("fc", "left_cuneus--right_insula", "anxiety", 80, -0.3, 0.01, -0.5, -0.1, 0.01, 0.02, 0.9),
)


def p(value: float) -> str:
    return write(value, "p")


def cited(**tables: pd.DataFrame) -> dict[str, object]:
    return dict(Numbers({"associations": ASSOCIATIONS, **tables}))


def test_an_association_is_cited_with_all_its_numbers() -> None:
    found = cited()
    row = ASSOCIATIONS.iloc[0]
    for name in ("n", "beta", "se", "ci_low", "ci_high", "p", "p_fdr", "p_familywise"):
        assert found[f"thickness.left_insula.anxiety.{name}"] == row[name]
    text = found["thickness.left_insula.anxiety.text"]
    assert (
        text
        == f"β\u00a0=\u00a0−0.040 (95\u00a0% interval −0.060 to −0.020, FDR-corrected {p(0.002)})"
    )
    # Connections are too many to be cited one by one.
    assert not any("--" in key for key in found)


def test_a_family_counts_regions_and_connections_apart_and_no_total() -> None:
    found = cited()
    assert found["thickness.features"] == 4
    # A p of 0.05 counts.
    assert found["thickness.significant.anxiety"] == 2
    assert found["thickness.significant_smaller.anxiety"] == 1
    assert found["thickness.survivors"] == "2 for anxiety"
    assert found["fc.connections.survivors"] == "1 for anxiety"
    assert found["thickness.familywise.anxiety"] == 2
    assert found["thickness.nominal.anxiety"] == 3
    assert found["thickness.strongest.anxiety.name"] == "left insula"
    assert found["thickness.strongest.anxiety.beta"] == -0.04
    assert f"FDR-corrected {p(0.002)}" in str(found["thickness.strongest.anxiety.text"])
    assert found["fc.connections.features"] == 2
    assert found["fc.connections.strongest.anxiety.beta"] == -0.3
    assert found["fc.connections.significant_smaller.anxiety"] == 1
    assert "fc.features" not in found


def test_of_those_that_are_equally_strong_the_first_of_the_table_is_named() -> None:
    # So many rows that a sort which is not stable mixes some of them.
    rows = pd.concat([ASSOCIATIONS.iloc[:1]] * 66, ignore_index=True)
    rows["feature"] = [f"region{place}" for place in range(66)]
    for first in range(0, 60, 3):
        rows["beta"] = [(place * 29 % 66) / 1000 for place in range(66)]
        rows.loc[[first, first + 5], "beta"] = -0.1, 0.1
        assert cited(associations=rows)["thickness.strongest.anxiety.name"] == f"region{first}"


def test_flow_is_counted_from_those_imaged_on() -> None:
    steps = frame(
        "step excluded remaining",
        ("source", 0, 1000),
        ("imaging", 400, 600),
        ("outliers_regions", 30, 570),
        ("outliers_quality", 20, 550),
        ("scores", 50, 500),
    )
    found = cited(flow=steps)
    assert (found["flow.source"], found["flow.imaged"], found["flow.analysed"]) == (1000, 600, 500)
    assert (found["flow.excluded"], found["flow.excluded_outliers"]) == (500, 50)
    assert found["flow.excluded_scores"] == 50
    # Where everybody was imaged, those are the source.
    assert cited(flow=steps[steps["step"] != "imaging"])["flow.imaged"] == 1000


def test_demographics_are_named_without_their_units() -> None:
    table = frame(
        "characteristic group n percent mean sd",
        ("Participants", "all", 500, None, None, None),
        ("Age (years)", "women", None, None, 63.5, 7.5),
        ("Right-handed", "men", 440, 88.0, None, None),
    ).astype(dict.fromkeys(("n", "percent", "mean", "sd"), float))
    found = cited(demographics=table)
    assert {key: found[key] for key in found if "sample." in key and pd.notna(found[key])} == {
        "sample.people.all.characteristic": "Participants",
        "sample.people.all.group": "all",
        "sample.age.women.characteristic": "Age (years)",
        "sample.age.women.group": "women",
        "sample.right_handed.men.characteristic": "Right-handed",
        "sample.right_handed.men.group": "men",
        "sample.people.all.n": 500,
        "sample.age.women.mean": 63.5,
        "sample.age.women.sd": 7.5,
        "sample.right_handed.men.n": 440,
        "sample.right_handed.men.percent": 88,
    }


def test_contrasts_and_impact_are_cited_but_for_connections() -> None:
    contrasts = frame(
        "modality feature score_a score_b difference ci_low ci_high p p_fdr",
        ("thickness", "total", "insomnia", "anxiety", 0.021, 0.001, 0.041, 0.04, 0.06),
        ("fc", "left_cuneus--left_insula", "insomnia", "anxiety", 0.5, 0.1, 0.9, 0.01, 0.02),
    )
    impact = frame(
        "modality feature score n odds_ratio ci_low ci_high p rate_bottom rate_top",
        ("thickness", "total", "anxiety", 500, 1.1, 1.05, 1.15, 0.0004, 0.43, 0.37),
    )
    found = cited(contrasts=contrasts, impact=impact)
    key = "contrasts.thickness.total.insomnia.anxiety"
    assert [found[f"{key}.{name}"] for name in ("difference", "p", "p_fdr")] == [0.021, 0.04, 0.06]
    wanted = f"0.021 (95\u00a0% interval 0.001 to 0.041, FDR-corrected {p(0.06)})"
    assert found[f"{key}.text"] == wanted
    assert not any("--" in name for name in found)
    key = "impact.thickness.total.anxiety"
    names = ("n", "odds_ratio", "ci_low", "ci_high", "p", "rate_bottom", "rate_top")
    assert [found[f"{key}.{name}"] for name in names] == impact.iloc[0][3:].tolist()
    wanted = f"odds ratio 1.10 (95\u00a0% interval 1.05 to 1.15, {p(0.0004)})"
    assert found[f"{key}.text"] == wanted


def test_correlations_validation_and_spins_are_cited_by_their_names() -> None:
    found = cited(
        score_correlations=frame(
            "score_a score_b n rho p p_fdr", ("insomnia", "anxiety", 90, 0.15, 0.01, 0.02)
        ),
        validation=frame(
            "score statistic estimate ci_low ci_high n", ("anxiety", "auc", 0.8, 0.7, 0.9, 50)
        ),
        spin_validity=frame(
            "structure null sides rate ci_low ci_high maps",
            ("connections", "spin of permuted scores", None, 0.06, 0.05, 0.07, 200),
            ("deep", "spin", 0.8, 0.07, 0.05, 0.09, 200),
        ),
        map_correlations=frame(
            "modality_a modality_b score r p_spin p_fdr regions",
            ("thickness", "fc", "anxiety", 0.4, 0.01, 0.05, 66),
            ("thickness", "sc", "anxiety", 0.1, 0.04, 0.051, 66),
        ),
        circuit=frame(
            "score findings inside expected p",
            ("anxiety", 12, 5, 3.5, 0.2),
            ("insomnia", 0, 0, 0.0, None),
        ),
    )
    assert [found[f"correlations.insomnia.anxiety.{n}"] for n in ("rho", "p", "p_fdr")] == [
        *(0.15, 0.01, 0.02)
    ]
    statistics = ("estimate", "ci_low", "ci_high", "n")
    assert [found[f"validation.anxiety.auc.{n}"] for n in statistics] == [0.8, 0.7, 0.9, 50]
    assert found["spin_validity.deep.spin.0.8.rate"] == 0.07
    key = "spin_validity.connections.spin_of_permuted_scores.nan"
    assert [found[f"{key}.{n}"] for n in ("rate", "ci_low", "ci_high", "maps")] == [
        *(0.06, 0.05, 0.07, 200)
    ]
    assert (found["maps.pairs"], found["maps.significant"]) == (2, 1)
    key = "maps.thickness.sc.anxiety"
    assert [found[f"{key}.{n}"] for n in ("r", "p_spin", "p_fdr", "regions")] == [
        *(0.1, 0.04, 0.051, 66)
    ]
    assert [found[f"circuit.anxiety.{n}"] for n in ("findings", "inside", "expected", "p")] == [
        *(12, 5, 3.5, 0.2)
    ]
    assert found["circuit.anxiety.text"] == (
        "Of 12 findings specific to anxiety, 5 lie in the circuit, where 3.5 would be expected by "
        f"chance ({p(0.2)}, not corrected over the scores)"
    )
    assert found["circuit.insomnia.text"] == "There is no finding specific to insomnia to place"


def test_the_worst_measure_loses_the_largest_share_on_both_sides() -> None:
    found = cited(
        quality=frame(
            "group label n below above",
            ("image quality", "many people", 1000, 0, 30),
            ("image quality", "both sides", 500, 12, 8),
            ("regions", "not an image measure", 100, 50, 50),
        )
    )
    assert found["quality.measures"] == 2
    assert found["quality.worst.label"] == "both sides"
    assert found["quality.worst.percent"] == pytest.approx(4)


def test_what_is_shared_and_specific_is_counted_by_modality_and_listed() -> None:
    columns = "modality feature kind associated specific beta direction"
    all_three, anxiety = "insomnia+depression+anxiety", "anxiety"
    table = frame(
        columns,
        ("thickness", "left_insula", "region", all_three, "", -0.02, "weaker"),
        ("thickness", "left_cuneus", "region", all_three, anxiety, -0.05, "weaker"),
        ("thickness", "right_cuneus", "region", all_three, "", 0.03, "stronger"),
        ("thickness", "right_insula", "region", all_three, "", 0.09, "mixed"),
        ("thickness", "left_lingual", "region", anxiety, anxiety, 0.01, "stronger"),
        ("thickness", "total", "total", all_three, anxiety, -0.04, "weaker"),
        ("fc", "left_cuneus--left_insula", "connection", anxiety, anxiety, -0.02, "weaker"),
        ("fc", "left_cuneus--right_insula", "connection", "", "", None, ""),
    )
    scores = ["insomnia", "depression", "anxiety"]
    # The order of the scores is that of the associations.
    rows = [ASSOCIATIONS.assign(score=score) for score in scores]
    table = table.assign(compared=all_three)
    found = Numbers({"associations": pd.concat(rows), "specificity": table})
    assert (found["specific.regions"], found["specific.both"]) == (5, 1)
    assert found["specific.each"] == "2 to anxiety and none to insomnia and depression"
    assert found["specific.shared.told"] == (
        "3 are associated with all three scores, 1 of them with one score more than with the others"
    )
    assert (found["specific.shared.regions"], found["specific.anxiety.regions"]) == (3, 2)
    assert found["specific.insomnia.regions"] == 0
    assert found["specific.thickness.shared.count"] == 3
    # The strongest first, whatever its sign; directions that disagree are not shared.
    assert found["specific.thickness.shared.names"] == "left cuneus, right cuneus and left insula"
    assert found["specific.thickness.total.anxiety.count"] == 1
    assert found["specific.fc.connections.anxiety.count"] == 1
    assert found["specific.fc.connections.shared.names"] == "none"
    shared, insomnia, _, specific = str(found["specific.list"]).splitlines()
    wanted = "3 (2 thinner, 1 thicker: left cuneus, right cuneus and left insula)"
    assert shared == f"- **Shared by all three**: thickness {wanted}."
    assert insomnia == "- **Specific to insomnia**: nothing."
    wanted = "2 (1 thinner, 1 thicker: left cuneus and left lingual)"
    assert specific == f"- **Specific to anxiety**: thickness {wanted}."


def test_connections_are_counted() -> None:
    table = frame(
        "functional_included structural_included functional_mean",
        *((True, False, 0.4), (True, True, 0.5), (False, False, 0.0)),
    )
    found = cited(connections=table)
    assert [found[f"connections.{n}"] for n in ("pairs", "functional", "structural")] == [3, 2, 1]
    assert found["connections.functional.mean"] == pytest.approx(0.3)


def test_networks_name_the_strongest_pair_by_size() -> None:
    found = summaries.networks(
        frame(
            "modality score network_a network_b beta ci_low ci_high p_fdr",
            ("fc", "anxiety", "limbic", "visual", 0.02, 0.01, 0.03, 0.05),
            ("fc", "anxiety", "limbic", "limbic", -0.03, -0.05, -0.01, 0.06),
            ("fc", "insomnia", "limbic", "visual", 0.02, 0.01, 0.03, 0.01),
        )
    )
    assert found["networks.fc.strongest.anxiety.name"] == "limbic"
    assert found["networks.fc.strongest.insomnia.name"] == "limbic and visual"
    assert found["networks.fc.significant.anxiety"] == 1
    assert found["networks.fc.strongest.anxiety.text"] == (
        f"β\u00a0=\u00a0−0.030 (95\u00a0% interval −0.050 to −0.010, FDR-corrected {p(0.06)})"
    )


def test_annotations_stand_out_by_place_and_level_in_order_of_size() -> None:
    table = frame(
        "modality kind annotation score estimate ci_low ci_high p_fdr p_spin p_centred_fdr form",
        ("fc", "network", "limbic", "anxiety", 0.0, -0.1, 0.1, 0.9, 0.9, 0.9, "set"),
        ("fc", "receptor", "D1", "anxiety", -0.02, -0.03, -0.01, 0.01, 0.05, 0.05, "continuous"),
        ("fc", "receptor", "H3", "anxiety", -0.04, -0.05, -0.03, 0.05, 0.01, 0.2, "continuous"),
        ("fc", "receptor", "Mu Or", "anxiety", -0.03, -0.04, -0.02, 0.01, 0.2, 0.01, "continuous"),
    )
    found = Numbers({"enrichment": table})
    assert found["enrichment.form"] == "continuous"
    assert summaries.enrichment(table.iloc[:1])["enrichment.form"] == "set"
    key = "enrichment.fc.receptor"
    assert found[f"{key}.annotations"] == 3
    assert found[f"{key}.significant.anxiety"] == 3
    assert found[f"{key}.significant.anxiety.names"] == "H3, Mu Or and D1"
    assert found[f"{key}.stands_out.anxiety"] == 1
    assert found[f"{key}.stands_out.anxiety.names"] == "D1"
    key = "enrichment.fc.mu_or.anxiety"
    assert (found[f"{key}.estimate"], found[f"{key}.p_spin"]) == (-0.03, 0.2)
    assert f"FDR-corrected {p(0.01)}; under spins {p(0.2)}" in found[f"{key}.text"]


def test_claims_say_one_verdict_once_and_several_by_score() -> None:
    columns = "claim score statement quantity chapter verdict estimate ci_low ci_high p"
    table = frame(
        columns,
        ("C1", "anxiety", "Small", "β of area", "02-x", "supported", -0.05, -0.06, -0.04, 0.001),
        ("C1", "insomnia", "Small", "β of area", "02-x", "supported", -0.03, -0.05, -0.01, 0.02),
        ("C2", "anxiety", "Weak", "β of area", "06-x", "supported", -0.02, -0.03, -0.01, 0.03),
        ("C2", "insomnia", "Weak", "β of area", "05-x", "not supported", 0.01, -0.01, 0.03, 0.3),
        ("C3", "anxiety", "Many", "count", "05-x", "not supported", 7.0, None, None, 0.5),
        ("C4", "anxiety", "Gone", "beta", "05-x", "cannot be tested", None, None, None, None),
    ).astype(dict.fromkeys(("estimate", "ci_low", "ci_high", "p"), float))
    table["test"] = "below zero"
    found = Numbers({"claims": table})
    assert (found["claims.rows"], found["claims.supported"]) == (6, 3)
    assert (found["claims.not_supported"], found["claims.cannot_be_tested"]) == (2, 1)
    assert found["claims.c1.verdict"] == "supported"
    assert found["claims.c2.verdict"] == "supported for anxiety; not supported for insomnia"
    assert found["claims.c2.insomnia.verdict"] == "not supported"
    assert found["claims.c1.anxiety.estimate"] == -0.05
    first, second = str(found["claims.c1.text"]).split("; ")
    assert first.startswith("anxiety: β\u00a0=\u00a0−0.050 (95\u00a0% interval −0.060 to −0.040")
    assert second.startswith("insomnia: β\u00a0=\u00a0−0.030")
    assert second.endswith(f"−0.010, below zero: {p(0.02)})")
    assert found["claims.c3.text"] == f"7 ({p(0.5)})"
    assert found["claims.c4.text"] == "anxiety: cannot be tested"
    # A chapter on one score shows its own claims, here that of chapter 6.
    assert "**C2. Weak**" in found["claims.of.anxiety"]
    assert "C1" not in found["claims.of.anxiety"]
    assert found["claims.of.insomnia"] == "The study claims nothing of insomnia alone."
    assert "β of area: " in found["claims.c1.summary"]
    assert found["claims.c1.brief"] == str(found["claims.c1.summary"]).replace(
        f". β of area: {found['claims.c1.text']} (", " ("
    )
    assert f"(<a {leads_to('09-claims', 'c1-anxiety')}>ledger</a>)" in found["claims.c1.summary"]
    assert found["claims.others"] == "2 not supported and 1 cannot be tested"
    nothing = summaries.claims(table[table["verdict"] == "not supported"])
    assert nothing["claims.supported"] == 0
    every = summaries.claims(table[table["verdict"] == "supported"])
    assert every["claims.others"] == "none"


def test_more_than_eight_names_are_counted() -> None:
    eight = list("abcdefgh")
    assert words.names(eight) == "a, b, c, d, e, f, g and h"
    assert words.names([*eight, "i"]) == "a, b, c, d, e, f, g, h and 1 more"
    assert words.names(["a"]) == "a"
    assert words.names(["a", "b"]) == "a and b"


def test_tables_that_are_missing_or_empty_are_not_cited() -> None:
    assert cited(circuit=frame("score findings inside expected p")) == cited()
