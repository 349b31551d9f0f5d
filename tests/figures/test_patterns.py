"""What is shared and specific stands where it belongs, is counted right, and leads on."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx import figures, modalities
from transdx.errors import InputError
from transdx.figures.brain import views
from transdx.figures.brain.circuit import circuit_counts
from transdx.figures.canvas import style
from transdx.figures.charts.upset import intersections

SCORES = ("insomnia", "depression", "anxiety")
SHARED = "+".join(SCORES)
CONNECTION = "left_insula--right_insula"


def _specificity(*found: tuple[str, str, str, str]) -> pd.DataFrame:
    """All regions of four modalities without findings, but for those given."""
    known = {(modality, feature): (who, alone) for modality, feature, who, alone in found}
    features = [
        *(("surface_area", f) for f in modalities.features("surface_area")),
        *(("thickness", f) for f in modalities.features("thickness")),
        *(("subcortical_volume", f) for f in modalities.features("subcortical_volume")),
        ("surface_area", "total"),
        ("functional_connectivity", CONNECTION),
        ("amygdala_reactivity", "amygdala"),
    ]
    rows = []
    for modality, feature in features:
        who, alone = known.get((modality, feature), ("", ""))
        kind = "total" if feature == "total" else "connection" if "--" in feature else "region"
        beta, direction = (-0.03, "weaker") if who else (np.nan, "")
        rows.append((modality, feature, kind, SHARED, who, alone, beta, direction))
    columns = "modality feature kind compared associated specific beta direction"
    return pd.DataFrame(rows, columns=columns.split())


@pytest.fixture(scope="module")
def specificity() -> pd.DataFrame:
    """Two shared, seven specific regions (an amygdala counts in two modalities)."""
    return _specificity(
        ("surface_area", "left_insula", SHARED, ""),
        ("surface_area", "total", SHARED, ""),
        ("subcortical_volume", "left_thalamus", SHARED, ""),
        ("subcortical_volume", "left_amygdala", "insomnia", "insomnia"),
        ("thickness", "right_medialorbitofrontal", "depression", "depression"),
        ("thickness", "right_insula", "depression+anxiety", "depression"),
        ("thickness", "left_cuneus", "anxiety", ""),
        ("amygdala_reactivity", "amygdala", "anxiety", "anxiety"),
        ("functional_connectivity", CONNECTION, "anxiety", "anxiety"),
    )


@pytest.fixture(scope="module")
def circuit() -> pd.DataFrame:
    """The test of the circuit: one score lacks findings."""
    rows = [
        ("insomnia", 1, 1, 0.71, 0.31),
        ("depression", 0, 0, 0.0, np.nan),
        ("anxiety", 2, 2, 1.4, 0.0004),
        ("all", 5, 4, 2.26, 0.02),
    ]
    return pd.DataFrame(rows, columns=["score", "findings", "inside", "expected", "p"])


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    """Three claims, one with a markup sign, one that cannot be tested."""
    rows = [
        ("C1", "anxiety", "Area is smaller", "smaller", "β of total surface area", -0.05, -0.066,
         -0.035, 1e-9, 25_604.0, "t", "supported", "", -0.052, "yes", "02-global",
         "claim-c1-anxiety"),
        ("C2", "insomnia", "Thalamus <smaller>", "smaller", "mean β of thalamus", -0.01, -0.02,
         0.001, 0.07, 25_604.0, "t", "same direction", "", -0.03, "no", "03-regional", ""),
        ("C8", "all", "In the circuit", "often", "specific findings in the circuit", 21.0, np.nan,
         np.nan, 0.02, np.nan, "t", "not supported", "", np.nan, "", "08-shared", "claim-c8-all"),
        ("C9", "all", "They survive", "yes", "share found again", np.nan, np.nan, np.nan, np.nan,
         np.nan, "later", "cannot be tested here", "", np.nan, "", "", "claim-c9-all"),
    ]  # fmt: skip
    names = (
        "claim score statement paper quantity estimate ci_low ci_high p n test verdict falls_with "
        "planted covered chapter anchor"
    )
    table = pd.DataFrame(rows, columns=names.split())
    return table.assign(p_study=[0.002, 0.06, np.nan, np.nan])


def _pixels(picture: figures.Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.light)).convert("RGB")).astype(int)


def _near(pixels: np.ndarray, colour: str, *, shades: bool = True) -> np.ndarray:
    """Mark pixels of a colour, also where it is shaded darker by up to a quarter."""
    wanted = np.array(list(bytes.fromhex(colour[1:])))
    factors = np.linspace(0.75, 1.0, 14) if shades else [1.0]
    return np.any([np.abs(pixels - f * wanted).max(-1) <= 7 for f in factors], axis=0)


def _soup(view: figures.TableView) -> BeautifulSoup:
    return BeautifulSoup(view._repr_html_(), "html.parser")


def test_overview_counts_regions_over_modalities(specificity):
    shared, specific = figures.overview(specificity).pictures
    assert "2 of 82 regions" in shared.alt
    assert "surface area 1, subcortical volume 1" in shared.alt
    assert "In one measure: 2 regions" in shared.alt
    # Both amygdalae react; the left one is also specific to insomnia.
    assert "4 of 82 regions" in specific.alt
    assert "Insomnia: 1 region (subcortical volume 1)" in specific.alt
    assert "Depression: 2 regions (thickness 2)" in specific.alt
    assert "Anxiety: 2 regions (amygdala reactivity 1)" in specific.alt
    assert "Striped" in specific.alt


def test_overview_colours_the_region_in_the_colour_of_its_score():
    table = _specificity(
        ("thickness", "left_insula", "anxiety", "anxiety"),
        ("thickness", "right_insula", "depression", "depression"),
    )
    pixels = _pixels(figures.overview(table).pictures[1])
    half = pixels.shape[1] // 2
    # The lateral views, without the legend below.
    upper = pixels[: len(pixels) // 3]
    for side, score in (("left", "anxiety"), ("right", "depression")):
        marked = _near(upper, style.LIGHT.scores[score])
        own, other = (marked[:, :half], marked[:, half:])[:: 1 if side == "left" else -1]
        shown = views.region_pixels("cortex", side, "lateral")[f"{side}_insula"].sum()
        assert other.sum() == 0
        assert own.sum() == pytest.approx(shown / 4, rel=0.5)


def test_a_region_of_two_scores_is_striped_in_both_colours():
    table = _specificity(
        ("thickness", "left_superiortemporal", "depression", "depression"),
        ("surface_area", "left_superiortemporal", "anxiety", "anxiety"),
    )
    pixels = _pixels(figures.overview(table).pictures[1])
    views = pixels[: len(pixels) // 3, : pixels.shape[1] // 2]
    areas = [_near(views, style.LIGHT.scores[who]).sum() for who in ("depression", "anxiety")]
    assert min(areas) > 500
    assert max(areas) / min(areas) < 1.6


def test_disorder_brain_has_a_picture_per_modality_and_names_the_rest(specificity):
    gallery = figures.disorder_brain(specificity, "anxiety")
    (reactivity,) = gallery.pictures
    assert "Specific to anxiety: amygdala reactivity" in reactivity.alt
    assert "both sides measured together, weaker" in reactivity.alt
    assert "left amygdala −0.030; right amygdala −0.030" in reactivity.alt
    assert "connections (functional connectivity 1)" in gallery.caption
    (thickness,) = figures.disorder_brain(specificity, "depression").pictures
    assert "2 of 68 regions, all thinner" in thickness.alt
    assert "right insula" in thickness.alt
    assert "cuneus" not in thickness.alt


def test_disorder_brain_says_where_there_is_nothing():
    note = figures.disorder_brain(_specificity(), "insomnia")
    assert isinstance(note, figures.Note)
    assert "No region is specific to insomnia" in note.text
    with pytest.raises(InputError, match="expected a score"):
        figures.disorder_brain(_specificity(), "neuroticism")


def test_intersections_are_counted_by_hand(specificity):
    table = intersections(specificity).set_index(["modality", "connections", "associated"])
    counted = {key: tuple(row) for key, row in table.iterrows() if row["findings"]}
    assert counted == {
        ("surface_area", False, SHARED): (2, 0),
        ("subcortical_volume", False, SHARED): (1, 0),
        ("subcortical_volume", False, "insomnia"): (1, 1),
        ("thickness", False, "depression"): (1, 1),
        ("thickness", False, "depression+anxiety"): (1, 1),
        ("thickness", False, "anxiety"): (1, 0),
        ("amygdala_reactivity", False, "anxiety"): (1, 1),
        ("functional_connectivity", True, "anxiety"): (1, 1),
    }
    alt = figures.upset_plot(specificity).alt
    assert "8 regional and global findings, 4 specific" in alt
    assert "insomnia and depression: none" in alt
    assert isinstance(figures.upset_plot(_specificity()), figures.Note)


def test_a_column_of_dots_names_the_scores_of_its_combination(specificity):
    pixels = _pixels(figures.upset_plot(specificity))
    # Of a picture 4.4 inches wide, the seven columns share what is right of 1.62 inches.
    step = (4.4 - 1.62 - 0.08) / 7
    shown = []
    for place in range(7):
        left = round((1.62 + place * step) * 192)
        column = pixels[:, left + 8 : left + round(step * 192) - 8]
        shown.append(
            "+".join(who for who in SCORES if _near(column, style.LIGHT.scores[who]).sum() > 60)
        )
    assert shown == [
        SHARED,
        *("insomnia+depression", "insomnia+anxiety", "depression+anxiety"),
        *("insomnia", "depression", "anxiety"),
    ]


def test_what_goes_with_all_in_different_directions_is_not_shared():
    table = _specificity(
        ("thickness", "left_insula", SHARED, ""), ("thickness", "left_cuneus", SHARED, "")
    )
    mixed = table["feature"] == "left_cuneus"
    table.loc[mixed & (table["modality"] == "thickness"), "direction"] = "mixed"
    shared, _ = figures.overview(table).pictures
    assert "1 of 82 regions" in shared.alt
    assert "By measure: thickness 1." in shared.alt
    view = figures.specificity_table(table)
    assert "2 findings that survive" in view.caption
    assert "1 shared by all three" in view.caption


def test_circuit_counts_only_its_own_regions(specificity, circuit):
    counts = circuit_counts(specificity)
    # The reactivity of the amygdala is measured nowhere else, and not counted.
    assert counts.loc["left_amygdala"].tolist() == [1, 0, 0]
    assert counts.loc["right_amygdala"].tolist() == [0, 0, 0]
    assert counts.loc["right_medialorbitofrontal"].tolist() == [0, 1, 0]
    assert int(counts.to_numpy().sum()) == 2, "the insula lies outside"
    alt = figures.circuit_picture(specificity, circuit).alt
    assert "Any score: 4 of 5 specific findings lie in the circuit, 2.3 expected" in alt
    assert "left amygdala: insomnia 1" in alt


def test_correlations_are_coloured_by_sign_and_starred():
    rows = [
        ("surface_area", "thickness", "insomnia", 66, 0.9, 0.001, 0.003),
        ("surface_area", "thickness", "anxiety", 66, -0.9, 0.2, 0.3),
        ("thickness", "subcortical_volume", "anxiety", 0, np.nan, np.nan, np.nan),
    ]
    names = ["modality_a", "modality_b", "score", "regions", "r", "p_spin", "p_fdr"]
    table = pd.DataFrame(rows, columns=names)
    picture = figures.map_correlation_plot(table)
    assert "1 of 2 correlations survive" in picture.alt
    assert "insomnia 0.90 over 66 regions (p = 0.001, survives)" in picture.alt
    pixels = _pixels(picture)
    # Above the colour bar, insomnia is the first column and anxiety the second.
    cells = pixels[: int(0.6 * len(pixels))]
    hue = cells[..., 0] - cells[..., 2]
    red, blue = (np.nonzero(mask)[1] for mask in (hue > 80, hue < -60))
    assert red.min() > 0.35 * pixels.shape[1]
    assert red.max() < blue.min()
    shown = _soup(figures.map_correlation_table(table)).tbody.find_all("tr")
    assert [[cell.get_text() for cell in row.find_all("td")[1:]] for row in shown] == [
        ["66", "0.90", "0.001", "0.003", "−0.90", "0.20", "0.30"],
        ["0", "–", "–", "–", "–", "–", "–"],
    ]


def test_claims_lead_to_their_chapter_and_can_be_led_to(claims):
    soup = _soup(figures.claims_table(claims))
    rows = soup.select("tbody tr:not(.transdx-heading)")
    assert [row["id"] for row in rows] == ["c1-anxiety", "c2-insomnia", "c8-all", "c9-all"]
    heads = soup.select("tr.transdx-heading")
    links = [head.find("a") for head in heads]
    assert [link and link["href"] for link in links] == [
        "02-global.ipynb#claim-c1-anxiety", "03-regional.ipynb",
        "08-shared.ipynb#claim-c8-all", None,
    ]  # fmt: skip
    assert links[1]["data-page"] == "03-regional.html"
    cells = {cell["data-label"]: cell.get_text() for cell in rows[0].find_all(["th", "td"])}
    assert cells["Verdict"] == "✓ supported"
    assert cells["This run finds"] == "−0.050 (−0.066 to −0.035)"
    assert cells["Planted"] == "−0.052, inside"
    assert (cells["p"], cells["p (study)"]) == ("<0.001", "0.002")
    assert links[1].get_text() == "C2: Thalamus <smaller>"
    other = {cell["data-label"]: cell.get_text() for cell in rows[1].find_all(["th", "td"])}
    assert other["Planted"] == "−0.030, outside"
    assert "1 of 2 intervals holds the planted value" in soup.caption.get_text()
    assert [row.find_all("td")[0].get_text()[0] for row in rows] == ["✓", "≈", "✗", "–"]
    circuit = {cell["data-label"]: cell.get_text() for cell in rows[2].find_all(["th", "td"])}
    assert circuit["This run finds"] == "21"
    assert circuit["Planted"] == "–"


def test_a_claim_is_told_once_above_its_scores(claims):
    several = pd.concat([claims.iloc[[0]].assign(score=score) for score in ("insomnia", "anxiety")])
    shown = figures.claims_table(pd.concat([several, claims.iloc[1:]], ignore_index=True))
    first, second, *_ = bodies = _soup(shown).find_all("tbody")
    assert len(bodies) == 4
    assert [row.get("id") for row in first.find_all("tr")] == [None, "c1-insomnia", "c1-anxiety"]
    assert [row.get("id") for row in second.find_all("tr")] == [None, "c2-insomnia"]
    head = first.tr.th
    assert head["scope"] == "rowgroup"
    assert int(head["colspan"]) == len(first.find("tr", id=True).find_all(["th", "td"]))
    row = claims.iloc[0]
    said = f"Estimated: {row['quantity']}. The study reports: {row['paper']}."
    assert head.find(class_="transdx-note").get_text() == said
    assert str(first).count(row["statement"]) == 1
    assert len(shown.frame) == 5


def test_a_real_world_has_no_column_of_planted_values(claims):
    soup = _soup(figures.claims_table(claims.assign(planted=np.nan, covered="")))
    assert "Planted" not in [cell.get_text() for cell in soup.thead.find_all("th")]


def test_only_betas_are_drawn_among_the_claims(claims):
    alt = figures.claims_plot(claims).alt
    assert "C1 anxiety: −0.050 (−0.066 to −0.035), supported" in alt
    assert "C2 insomnia: −0.010 (−0.020 to 0.001), same direction" in alt
    assert "C8" not in alt
    assert isinstance(figures.claims_plot(claims[claims["claim"] == "C9"]), figures.Note)


def test_tables_of_findings_say_with_whom(specificity):
    everything = _soup(figures.specificity_table(specificity))
    assert (
        "9 findings that survive FDR 5 %: 3 shared by all three, 5 specific".replace(
            " %", "\N{NO-BREAK SPACE}%"
        )
        in everything.caption.get_text()
    )
    own = _soup(figures.specificity_table(specificity, "depression")).tbody.find_all("tr")
    shown = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in own]
    assert sorted(shown) == [
        ["Right insula", "Thickness", "−0.030", "depression, anxiety"],
        ["Right medial orbitofrontal", "Thickness", "−0.030", "depression"],
    ]


def test_circuit_table_ends_with_all_scores(circuit):
    rows = _soup(figures.circuit_table(circuit.iloc[::-1])).tbody.find_all("tr")
    shown = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]
    assert shown[0] == ["Insomnia", "1", "1", "0.7", "0.31"]
    assert shown[-1] == ["Any score", "5", "4", "2.3", "0.020"]


def test_a_run_without_findings_is_drawn_and_says_so():
    nothing = _specificity()
    shared, specific = figures.overview(nothing).pictures
    assert "0 of 82 regions" in shared.alt
    assert "0 of 82 regions" in specific.alt
    assert not _near(_pixels(shared)[:400], "#dca521").any()
    empty = pd.DataFrame(
        [("all", 0, 0, 0.0, np.nan)], columns=["score", "findings", "inside", "expected", "p"]
    )
    assert "0 of 0 specific findings" in figures.circuit_picture(nothing, empty).alt
    assert figures.specificity_table(nothing).caption.startswith("No finding survives FDR")
    assert "insomnia: no finding." in figures.specificity_table(nothing, "insomnia").caption


def test_differences_of_a_score_are_its_own_minus_the_others():
    columns = "modality feature kind compared associated specific beta direction"
    rows = [
        ("thickness", "left_insula", "region", SHARED, "depression", "depression", -0.04, "weaker"),
        ("thickness", "left_cuneus", "region", SHARED, "depression", "", -0.03, "weaker"),
    ]
    specificity = pd.DataFrame(rows, columns=columns.split())
    names = "modality feature score_a score_b difference ci_low ci_high p p_fdr"
    pairs = [("insomnia", "depression", 0.04), ("insomnia", "anxiety", 0.0)]
    pairs += [("depression", "anxiety", -0.03)]
    contrasts = pd.DataFrame(
        [
            ("thickness", region, one, other, gap, gap - 0.01, gap + 0.02, 0.001, 0.003)
            for region in ("left_insula", "left_cuneus")
            for one, other, gap in pairs
        ],
        columns=names.split(),
    )
    shown = figures.specific_contrasts(contrasts, specificity, score="depression").frame
    assert shown["feature"].unique().tolist() == ["left_insula"]
    assert shown["score_a"].tolist() == ["depression"] * 2
    assert sorted(shown["score_b"]) == ["anxiety", "insomnia"]
    against = shown.set_index("score_b").loc["insomnia"]
    assert against["difference"] == -0.04
    assert (against["ci_low"], against["ci_high"]) == pytest.approx((-0.06, -0.03))
    nothing = figures.specific_contrasts(contrasts, specificity, score="anxiety")
    assert nothing.text == "No region is specific to anxiety in this run."
