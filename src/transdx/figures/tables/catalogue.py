"""The tables of the chapters: which rows and columns they show, and what is said above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import (
    check_known,
    of_feature,
    require,
    scores_in,
    wanted_features,
)
from transdx.figures.canvas.words import found_words, score_name, survival
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.select import ALPHA, LEVEL, kind_of, strongest_first
from transdx.writing import counted

#: Rows that are shown; downloads have all.
SHOWN = 15

_BETAS = "modality feature score beta p_fdr"


@reads(
    associations=_BETAS,
    features="'regions', 'connections' or 'all', strongest first; 'total', or features by name, "
    "in the order of the table; or pairs of modality and feature, in theirs.",
)
def association_table(
    associations: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    features: str | Sequence[str | tuple[str, str]] = "regions",
    name: str | None = None,
    rows: int | None = None,
) -> TableView:
    """Show betas with intervals and p values."""
    chosen = _of_features(_only(associations, modality, score), features)
    what = label(modality) if modality else "brain measures"
    return view(
        chosen,
        "associations",
        f"feature modality {_tests(chosen)}",
        name=name or _name("associations", modality, score),
        caption=f"Associations of {what} with {_whom(chosen)}. {survival(chosen)}.",
        note=_note(chosen, "for the false discovery rate"),
        rows=rows,
        by_score=True,
    )


def _of_features(
    rows: pd.DataFrame, features: str | Sequence[str | tuple[str, str]]
) -> pd.DataFrame:
    if features in ("regions", "connections", "all"):
        kind = str(features).removesuffix("s")
        kept = rows if kind == "all" else rows[rows["feature"].map(kind_of) == kind]
        require(kept, (), table=f"associations of {features}")
        return strongest_first(kept)
    wanted = [features] if isinstance(features, str) else list(features)
    pairs = [pair for pair in wanted if not isinstance(pair, str)]
    if pairs:
        return pd.concat([of_feature(rows, *pair) for pair in wanted_features(rows, pairs)])
    for feature in map(str, wanted):
        check_known(feature, rows["feature"].astype(str), what="feature")
    return rows[rows["feature"].isin(wanted)]


@reads(demographics="characteristic level")
def demographics_table(demographics: pd.DataFrame) -> TableView:
    """Show who is in the sample."""
    # A level of "yes" is said by the name of the characteristic.
    told = set(demographics["level"].fillna("").astype(str)) - {"", "yes"}
    columns = f"characteristic {'level ' if told else ''}group n percent mean sd minimum maximum"
    return view(demographics, "demographics", columns, caption="Who is in the sample.")


@reads()
def flow_table(flow: pd.DataFrame) -> TableView:
    """Show how many people each step left out."""
    caption = "Participants left out at each step and remaining."
    return view(flow, "flow", "label excluded remaining", caption=caption)


@reads()
def correlation_table(score_correlations: pd.DataFrame) -> TableView:
    """Show how the symptom scores go together."""
    return view(
        score_correlations,
        "score_correlations",
        "score_a score_b n rho p p_fdr",
        caption="Spearman correlations between the symptom scores.",
    )


@reads()
def validation_table(validation: pd.DataFrame) -> TableView | Note:
    """Show how well the scores agree with diagnosis and questionnaires.

    A note where nothing was held against anything.
    """
    if validation.empty:
        return Note("No score was held against a criterion.")
    return view(
        validation,
        "validation",
        "score criterion statistic estimate ci_low n",
        caption="Symptom scores against their criteria.",
    )


@reads(contrasts="modality feature")
def contrast_table(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> TableView:
    """Show differences between the betas of two scores."""
    wanted = wanted_features(contrasts, features)
    return view(
        pd.concat([of_feature(contrasts, *pair) for pair in wanted]),
        "contrasts",
        f"feature modality score_a score_b difference ci_low p {_adjusted(contrasts)}",
        caption="Differences between the standardised betas of two scores.",
        note="Δβ with 95 % bootstrap interval; p (FDR): adjusted over the measures and pairs of a "
        "family, which decides; p (study): over the pairs of a measure alone.",
        by_score=True,
    )


@reads()
def impact_table(impact: pd.DataFrame) -> TableView:
    """Show what a smaller measure means for having any symptom."""
    return view(
        impact,
        "impact",
        "feature modality score n odds_ratio ci_low p rate_bottom rate_top",
        caption="Odds of any symptom per SD that the measure is smaller, and rates of any "
        "symptom in the tenths of people with the lowest and the highest measure.",
        by_score=True,
    )


@reads()
def score_reliability_table(score_reliability: pd.DataFrame) -> TableView | Note:
    """Show how reliable each score is; a note stands where nobody was asked twice."""
    if score_reliability.empty:
        return Note("Each score is one number, asked once: nothing says how reliable it is.")
    return view(
        score_reliability,
        "score_reliability",
        "score way n estimate ci_low",
        caption="How reliable each score is.",
        note="Over items: Cronbach's alpha. Over visits: intraclass correlation; people may have "
        "changed between them. As used: of the mean of the visits that somebody has.",
    )


@reads()
def power_table(power: pd.DataFrame) -> TableView:
    """Show the smallest effects that can be detected."""
    return view(
        power,
        "power",
        "label n alpha smallest_beta",
        caption="Smallest standardised |β| that is detected with 80 % power.",
    )


@reads()
def quality_table(quality: pd.DataFrame) -> TableView:
    """Show quartiles, fences and how many values lie outside."""
    return view(
        quality,
        "quality",
        "label group n median q1 q3 lower upper below above",
        caption="Quartiles of each measure, its fences, and the number of values outside them.",
    )


@reads()
def recovery_table(associations: pd.DataFrame, *, truth: pd.DataFrame) -> TableView:
    """Set estimates beside the planted values of a simulated world."""
    keys = ["modality", "feature", "score"]
    both = associations.merge(truth[[*keys, "planted"]], on=keys)
    require(both, keys, table="associations that have planted values")
    covered = both["planted"].between(both["ci_low"], both["ci_high"])
    held, of_all = int(covered.sum()), f"of {len(both)} intervals"
    shown = view(
        both.assign(error=both["beta"] - both["planted"], covered=covered),
        "associations",
        "feature modality score planted beta ci_low error covered",
        name="recovery",
        caption="Planted and estimated betas; "
        f"{counted(held, f'{of_all} covers', f'{of_all} cover')} the planted value.",
    )
    return replace(shown, columns={**(shown.columns or {}), "beta": "Estimated β"})


@reads(
    associations=_BETAS,
    modality="'structural_connectivity' or 'functional_connectivity'.",
    rows="Show only so many; the download has them all, to five significant digits, without the "
    "names that follow from the ends.",
)
def connection_table(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str | None = None,
    rows: int = SHOWN,
) -> TableView:
    """Show the betas of connections, strongest first."""
    chosen = _only(associations, modality, score)
    chosen = chosen[chosen["feature"].map(kind_of) == "connection"]
    if chosen.empty:
        raise InputError(
            f"expected connections of {modality} in the table 'associations', got none; "
            "run the associations of connections first"
        )
    ends = chosen["feature"].str.split("--", expand=True)
    # Thousands of rows would weigh more than all pictures of a page; results/ has every digit.
    chosen = _short(chosen.drop(columns=["feature", "region", "hemisphere"], errors="ignore"))
    chosen.insert(1, "region_a", ends[0])
    chosen.insert(2, "region_b", ends[1])
    return view(
        strongest_first(chosen),
        "associations",
        f"region_a region_b {_tests(chosen)}",
        name=_name("connections", modality, score),
        caption=f"Connections: {label(modality)} with {_whom(chosen)}. {survival(chosen)}.",
        note=_note(chosen, "over the connections"),
        rows=rows,
        by_score=True,
    )


def _tests(rows: pd.DataFrame) -> str:
    """Name the columns of a test; those that do not decide are left out beside each other."""
    return f"score n beta ci_low p {_adjusted(rows)} p_permutation p_familywise"


def _adjusted(rows: pd.DataFrame) -> str:
    """Name the adjusted p, and that of the study beside it where its family is another."""
    narrow = rows["p_fdr_study"] if "p_fdr_study" in rows else rows["p_fdr"]
    return "p_fdr" if narrow.equals(rows["p_fdr"]) else "p_fdr p_fdr_study"


def _note(rows: pd.DataFrame, adjusted: str) -> str:
    """Say what the columns of `_tests` are that are shown."""
    if len(scores_in(rows)) > 1:
        return f"Standardised β with 95 % bootstrap interval; p adjusted {adjusted} (FDR)."
    return (
        f"Standardised β with 95 % bootstrap interval; p uncorrected, adjusted {adjusted} (FDR), "
        "as share of permutations (perm.), and family-wise (FWE)."
    )


def _short(frame: pd.DataFrame) -> pd.DataFrame:
    """Round decimal numbers to five significant digits."""
    short = frame.copy()
    for column in frame.select_dtypes(float):
        short[column] = [float(f"{value:.5g}") for value in frame[column]]
    return short


@reads(networks="modality score beta p_fdr")
def network_table(
    networks: pd.DataFrame, *, modality: str | None = None, score: str | None = None
) -> TableView:
    """Show mean betas within and between networks, strongest first."""
    chosen = _only(networks, modality, score)
    return view(
        strongest_first(chosen),
        "networks",
        "network_a network_b modality connections score beta ci_low p p_fdr",
        name=_name("networks", modality, score),
        caption=f"Pairs of networks: {_measure(modality)} with {_whom(chosen)}. "
        f"{survival(chosen)}.",
        note="Mean standardised β of the pairs of regions that are connected, with 95 % bootstrap "
        "interval.",
        rows=SHOWN,
        by_score=True,
    )


@reads(enrichment="modality score p p_fdr p_spin p_centred_fdr")
def enrichment_table(
    enrichment: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    name: str | None = None,
) -> TableView:
    """Show weighted mean betas of annotations, the smallest p first."""
    chosen = _only(enrichment, modality, score)
    # Beside each other stand the tests of the place; dots in the heat maps mark the level.
    level = len(scores_in(chosen)) == 1
    return view(
        chosen.sort_values(["p_spin", "p"], kind="stable"),
        "enrichment",
        f"annotation kind modality score estimate {'ci_low p_fdr ' * level}p_centred_fdr p_spin",
        name=name or _name("enrichment", modality, score),
        caption=f"Enrichment: {_measure(modality)} with {_whom(chosen)}. {found_words(chosen)}.",
        note=f"Mean β weighted by the annotation{', with 95 % bootstrap interval' * level}; "
        f"{'p (FDR): against permuted scores; ' * level}p (place): the same less the mean of "
        "the map, corrected (FDR); p (spin): against the annotation laid elsewhere. What stands "
        f"out has both of these at most {ALPHA}."
        + " The download has intervals and the p of the level."
        * (not level),
        rows=SHOWN,
        by_score=True,
    )


@reads(enrichment_contrasts="modality p p_fdr")
def enrichment_contrast_table(
    enrichment_contrasts: pd.DataFrame, *, modality: str | None = None
) -> TableView:
    """Show between which scores the enrichment differs, the smallest p first."""
    chosen = _only(enrichment_contrasts, modality)
    return view(
        chosen.sort_values("p", kind="stable"),
        "enrichment_contrasts",
        "annotation kind modality score_a score_b difference ci_low p p_fdr",
        name=_name("enrichment-contrasts", modality),
        caption=f"Differences of enrichment between scores: {_measure(modality)}. "
        f"{survival(chosen)}.",
        note="Δ with 95 % bootstrap interval, in SD of the maps of betas, which are standardised "
        "first. A map with less noise stands out more, so a difference can come from strength as "
        "well as from place.",
        rows=SHOWN,
        by_score=True,
    )


@reads()
def spin_validity_table(spin_validity: pd.DataFrame) -> TableView:
    """Show how often a null calls a map without effect significant."""
    words = {
        "cortex spin": "Cortex: spun maps, smooth and unrelated",
        "cortex shuffle": "Cortex: regions shuffled one by one, the same maps",
        "deep spin": "Deep structures: shuffled as pairs",
        "deep shuffle": "Deep structures: shuffled one by one",
        "connections spin of permuted scores": "Spun annotations, functional connectivity of "
        "permuted scores",
    }
    return view(
        spin_validity,
        "spin_validity",
        "null sides rate ci_low maps",
        caption="How often maps without an effect come out significant.",
        note=f"A valid null gives {LEVEL}.",
        formats={"null": lambda row: words[f"{row['structure']} {row['null']}"]},
    )


@reads()
def map_correlation_table(map_correlations: pd.DataFrame) -> TableView:
    """Show how alike the regional maps of two modalities are."""
    return view(
        map_correlations,
        "map_correlations",
        "modality_a modality_b regions score r p_spin p_fdr",
        caption="Pearson correlations between the regional maps of two modalities.",
        note="p from spun maps; adjusted (FDR) over the pairs of a score.",
        by_score=True,
    )


@reads(circuit="score")
def circuit_table(circuit: pd.DataFrame) -> TableView:
    """Show how many specific findings lie in the circuit, and how many by chance.

    A row per score, and one for any, which comes last.
    """
    order = [*scores_in(circuit[circuit["score"] != "all"]), "all"]
    return view(
        circuit.sort_values("score", key=lambda score: score.map(order.index), kind="stable"),
        "circuit",
        "score findings inside expected p",
        caption="Specific findings in the amygdala, the hippocampus and the medial prefrontal "
        "cortex.",
        note="A finding is a region in a modality; chance and p (one-sided) from spun findings.",
        formats={"score": lambda row: score_name(row["score"], every="Any score")},
    )


def _only(frame: pd.DataFrame, modality: str | None, score: str | None = None) -> pd.DataFrame:
    for column, wanted in (("modality", modality), ("score", score)):
        if wanted is not None:
            check_known(wanted, frame[column].astype(str), what=column)
            frame = frame[frame[column] == wanted]
    return frame


def _name(table: str, modality: str | None, score: str | None = None) -> str:
    return "-".join([table, *filter(None, (modality, score))])


def _measure(modality: str | None) -> str:
    return label(modality) if modality else "all modalities"


def _whom(rows: pd.DataFrame) -> str:
    scores = scores_in(rows)
    return label(scores[0]) if len(scores) == 1 else "the symptom scores"
