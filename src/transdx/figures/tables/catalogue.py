"""The tables of the chapters: which columns they show, and what is said above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.rows import (
    check,
    check_known,
    of_feature,
    require,
    scores_in,
    wanted_features,
)
from transdx.figures.canvas.words import found_words, score_name, survival
from transdx.figures.tables.formats import scores, view
from transdx.figures.tables.view import TableView
from transdx.naming import label
from transdx.results.select import ALPHA, FDR, LEVEL, kind_of, scores_of, shared
from transdx.writing import all_of, count, counted, percent

#: Rows that are shown; downloads have all.
_SHOWN = 15

#: The columns of an estimate that its p values follow.
_TESTS = "p p_fdr p_permutation p_familywise"


def association_table(
    associations: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    features: str | Sequence[str] = "regions",
    name: str | None = None,
    rows: int | None = None,
) -> TableView:
    """Show betas with intervals and p values.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality, score : str, optional
        Restrict to one; all by default.
    features : {'regions', 'connections', 'total', 'all'} or sequence of str, optional
        Regions by default. They, connections and all come strongest first, the global
        rows and any features that are named in the order of the table.
    name : str, optional
        File name of the download without its ending.
    rows : int, optional
        Show only so many; the download has them all.

    Returns
    -------
    TableView

    Raises
    ------
    InputError
        If the table lacks the modality, score or a feature.
    """
    require(associations, ("modality", "feature", "score", "beta", "p_fdr"), table="associations")
    chosen = associations
    for column, wanted in (("modality", modality), ("score", score)):
        if wanted is not None:
            check_known(wanted, associations[column].astype(str), what=column)
            chosen = chosen[chosen[column] == wanted]
    chosen = _of_features(chosen, features)
    what = label(modality) if modality else "brain structure"
    whom = _whom(chosen)
    columns = [
        name for name in f"feature modality score n beta ci_low {_TESTS}".split() if name in chosen
    ]
    default = "-".join(["associations", *filter(None, (modality, score))])
    return view(
        chosen,
        "associations",
        " ".join(columns),
        name=name or default,
        caption=f"Associations of {what} with {whom}. {survival(chosen)}.",
        note=(
            "Standardised β with 95 % bootstrap interval; p uncorrected, adjusted for the false "
            "discovery rate (FDR), as share of permutations (perm.), and family-wise (FWE)."
        ),
        rows=rows,
        one_score=True,
    )


def _of_features(rows: pd.DataFrame, features: str | Sequence[str]) -> pd.DataFrame:
    if features in ("regions", "connections", "all"):
        kinds = {"regions": ["region"], "connections": ["connection"]}
        wanted = kinds.get(str(features), ["region", "connection", "total"])
        kept = rows[rows["feature"].map(kind_of).isin(wanted)]
        require(kept, (), table=f"associations of {features}")
        return kept.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    wanted = [features] if isinstance(features, str) else list(features)
    for feature in wanted:
        check_known(feature, rows["feature"].astype(str), what="feature")
    return rows[rows["feature"].isin(wanted)]


def demographics_table(demographics: pd.DataFrame) -> TableView:
    """Show who is in the sample.

    Parameters
    ----------
    demographics : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    require(demographics, ("characteristic", "level"), table="demographics")
    # A level of "yes" is said by the name of the characteristic.
    told = set(demographics["level"].fillna("").astype(str)) - {"", "yes"}
    columns = f"characteristic {'level ' if told else ''}group n percent mean sd minimum maximum"
    return view(
        demographics,
        "demographics",
        columns,
        caption="Who is in the sample.",
    )


def flow_table(flow: pd.DataFrame) -> TableView:
    """Show how many people each step left out.

    Parameters
    ----------
    flow : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    return view(
        flow,
        "flow",
        "label excluded remaining",
        caption="Participants left out at each step and remaining.",
    )


def correlation_table(score_correlations: pd.DataFrame) -> TableView:
    """Show how the symptom scores go together.

    Parameters
    ----------
    score_correlations : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    return view(
        score_correlations,
        "score_correlations",
        "score_a score_b n rho p p_fdr",
        caption="Spearman correlations between the symptom scores.",
    )


def validation_table(validation: pd.DataFrame) -> TableView | Note:
    """Show how well the scores agree with diagnosis and questionnaires.

    Parameters
    ----------
    validation : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
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


def contrast_table(
    contrasts: pd.DataFrame, *, features: Sequence[tuple[str, str]] | None = None
) -> TableView:
    """Show differences between the betas of two scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.
    features : sequence of (modality, feature), optional
        Which rows; the global features of structure by default.

    Returns
    -------
    TableView
    """
    require(contrasts, ("modality", "feature"), table="contrasts")
    wanted = wanted_features(contrasts, features)
    chosen = pd.concat([of_feature(contrasts, *pair) for pair in wanted])
    return view(
        chosen,
        "contrasts",
        "feature modality score_a score_b difference ci_low p p_fdr",
        caption="Differences between the standardised betas of two scores.",
    )


def impact_table(impact: pd.DataFrame) -> TableView:
    """Show what a smaller measure means for having any symptom.

    Parameters
    ----------
    impact : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    return view(
        impact,
        "impact",
        "feature modality score n odds_ratio ci_low p rate_bottom rate_top",
        caption=(
            "Odds of any symptom per SD that the measure is smaller, and rates of any symptom in "
            "the tenths of people with the lowest and the highest measure."
        ),
    )


def power_table(power: pd.DataFrame) -> TableView:
    """Show the smallest effects that can be detected.

    Parameters
    ----------
    power : pandas.DataFrame
        N, alpha, label, smallest_beta.

    Returns
    -------
    TableView
    """
    return view(
        power,
        "power",
        "label n alpha smallest_beta",
        caption="Smallest standardised |β| that is detected with 80 % power.",
    )


def quality_table(quality: pd.DataFrame) -> TableView:
    """Show quartiles, fences and how many values lie outside.

    Parameters
    ----------
    quality : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    return view(
        quality,
        "quality",
        "label group n median q1 q3 lower upper below above",
        caption="Quartiles of each measure, its fences, and the number of values outside them.",
    )


def recovery_table(associations: pd.DataFrame, *, truth: pd.DataFrame) -> TableView:
    """Set estimates beside the planted values of a simulated world.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    truth : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    keys = ["modality", "feature", "score"]
    merged = associations.merge(truth[[*keys, "planted"]], on=keys, how="inner")
    merged = merged.assign(
        error=merged["beta"] - merged["planted"],
        covered=(merged["ci_low"] <= merged["planted"]) & (merged["planted"] <= merged["ci_high"]),
    )
    require(merged, keys, table="associations that have planted values")
    held, of_all = int(merged["covered"].sum()), f"of {len(merged)} intervals"
    caption = (
        f"Planted and estimated betas; {counted(held, f'{of_all} covers', f'{of_all} cover')} "
        "the planted value."
    )
    return view(
        merged,
        "associations",
        "feature modality score planted beta ci_low error covered",
        name="recovery",
        caption=caption,
        headers={"beta": "Estimated β"},
    )


def connection_table(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str | None = None,
    rows: int = _SHOWN,
) -> TableView:
    """Show the betas of connections, strongest first.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : {'structural_connectivity', 'functional_connectivity'}
        What is measured.
    score : str, optional
        Restrict to one; all by default.
    rows : int, default 15
        Show only so many; the download has them all, to five significant digits, without
        the names that follow from the ends.

    Returns
    -------
    TableView

    Raises
    ------
    InputError
        If the table has no connections of the modality or no such score.
    """
    require(associations, ("modality", "feature", "score", "beta", "p_fdr"), table="associations")
    chosen = _only(associations, modality=modality, score=score)
    ends = chosen["feature"].astype(str).str.split("--", n=1, expand=True)
    chosen = chosen[ends[1].notna()] if 1 in ends else chosen.iloc[:0]
    if chosen.empty:
        raise InputError(
            f"expected connections of {modality} in the table 'associations', got none; "
            "run the associations of connections first"
        )
    ends = ends.loc[chosen.index]
    # Thousands of rows would weigh more than all pictures of a page; results/ has every digit.
    chosen = _short(chosen.drop(columns=["feature", "region", "hemisphere"], errors="ignore"))
    chosen.insert(1, "region_a", ends[0])
    chosen.insert(2, "region_b", ends[1])
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    return view(
        chosen,
        "associations",
        f"region_a region_b score n beta ci_low {_TESTS}",
        name=_name("connections", modality, score),
        caption=f"Connections: {label(modality)} with {_whom(chosen)}. {survival(chosen)}.",
        note="Standardised β with 95 % bootstrap interval; p uncorrected, adjusted over the "
        "connections (FDR), as share of permutations (perm.), and family-wise (FWE).",
        rows=rows,
        one_score=True,
    )


def _short(frame: pd.DataFrame) -> pd.DataFrame:
    """Round decimal numbers to five significant digits."""
    short = frame.copy()
    for column in frame.columns:
        if pd.api.types.is_float_dtype(frame[column]):
            short[column] = [float(f"{value:.5g}") for value in frame[column]]
    return short


def network_table(
    networks: pd.DataFrame, *, modality: str | None = None, score: str | None = None
) -> TableView:
    """Show mean betas within and between networks, strongest first.

    Parameters
    ----------
    networks : pandas.DataFrame
        The table of pairs of networks.
    modality, score : str, optional
        Restrict to one; all by default.

    Returns
    -------
    TableView
    """
    require(networks, ("modality", "score", "beta", "p_fdr"), table="networks")
    chosen = _only(networks, modality=modality, score=score)
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    return view(
        chosen,
        "networks",
        "network_a network_b modality score connections beta ci_low p p_fdr",
        name=_name("networks", modality, score),
        caption=f"Pairs of networks: {_measure(modality)} with {_whom(chosen)}. "
        f"{survival(chosen)}.",
        note="Mean standardised β of the connections of a pair, with 95 % bootstrap interval.",
        rows=_SHOWN,
        one_score=True,
    )


def enrichment_table(
    enrichment: pd.DataFrame,
    *,
    modality: str | None = None,
    score: str | None = None,
    name: str | None = None,
) -> TableView:
    """Show weighted mean betas of annotations, the smallest p first.

    Parameters
    ----------
    enrichment : pandas.DataFrame
        The table of enrichment.
    modality, score : str, optional
        Restrict to one; all by default.
    name : str, optional
        File name of the download without its ending.

    Returns
    -------
    TableView
    """
    needed = ("modality", "score", "p", "p_fdr", "p_spin", "p_centred_fdr")
    require(enrichment, needed, table="enrichment")
    chosen = _only(enrichment, modality=modality, score=score)
    chosen = chosen.sort_values(["p_spin", "p"], kind="stable")
    return view(
        chosen,
        "enrichment",
        "annotation kind modality score estimate ci_low p_fdr p_centred_fdr p_spin",
        name=name or _name("enrichment", modality, score),
        caption=f"Enrichment: {_measure(modality)} with {_whom(chosen)}. {found_words(chosen)}.",
        note="Mean β weighted by the annotation, with 95 % bootstrap interval; p (FDR): against "
        "permuted scores; p (place, FDR): the same less the mean of the map; p (spin): against "
        f"the annotation laid elsewhere. What stands out has both of the last two at most {ALPHA}.",
        rows=_SHOWN,
        one_score=True,
    )


def enrichment_contrast_table(
    enrichment_contrasts: pd.DataFrame, *, modality: str | None = None
) -> TableView:
    """Show between which scores the enrichment differs, the smallest p first.

    Parameters
    ----------
    enrichment_contrasts : pandas.DataFrame
        The table of differences between scores.
    modality : str, optional
        Restrict to one; all by default.

    Returns
    -------
    TableView
    """
    require(enrichment_contrasts, ("modality", "p", "p_fdr"), table="enrichment_contrasts")
    chosen = _only(enrichment_contrasts, modality=modality, score=None)
    chosen = chosen.sort_values("p", kind="stable")
    return view(
        chosen,
        "enrichment_contrasts",
        "annotation kind modality score_a score_b difference ci_low p p_fdr",
        name=_name("enrichment-contrasts", modality, None),
        caption=f"Differences of enrichment between scores: {_measure(modality)}. "
        f"{survival(chosen)}.",
        note="In SD of the maps of betas, which are standardised first. A map with less noise "
        "stands out more, so a difference can come from strength as well as from place.",
        rows=_SHOWN,
    )


def spin_validity_table(spin_validity: pd.DataFrame) -> TableView:
    """Show how often a null calls a map without effect significant.

    Parameters
    ----------
    spin_validity : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    words = {
        "spin": "Spun maps, smooth and unrelated",
        "shuffle": "Shuffled regions, the same maps",
        "spin of permuted scores": "Spun annotations, functional connectivity of permuted scores",
    }
    return view(
        spin_validity,
        "spin_validity",
        "null rate ci_low maps",
        caption="How often autocorrelated maps without an effect come out significant.",
        note=f"A valid null gives {LEVEL}.",
        formats={"null": lambda null: words.get(str(null), str(null))},
        row_formats={
            "ci_low": lambda row: (
                f"{percent(100 * float(row['ci_low']))} to {percent(100 * float(row['ci_high']))}"
            )
        },
    )


def _only(frame: pd.DataFrame, *, modality: str | None, score: str | None) -> pd.DataFrame:
    for column, wanted in (("modality", modality), ("score", score)):
        if wanted is not None:
            check_known(wanted, frame[column].astype(str), what=column)
            frame = frame[frame[column] == wanted]
    return frame


def _name(table: str, modality: str | None, score: str | None) -> str:
    return "-".join([table, *filter(None, (modality, score))])


def _measure(modality: str | None) -> str:
    return label(modality) if modality else "all modalities"


def _whom(rows: pd.DataFrame) -> str:
    scores = scores_in(rows)
    return label(scores[0]) if len(scores) == 1 else "the symptom scores"


def specificity_table(
    specificity: pd.DataFrame, score: str | None = None, *, rows: int | None = 15
) -> TableView:
    """List what goes with the scores, strongest first, and with which of them.

    Parameters
    ----------
    specificity : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.
    score : str, optional
        Only what is specific to it; by default everything that is associated.
    rows : int, optional
        Show only so many; the download has them all.

    Returns
    -------
    TableView
    """
    table = check(specificity, score=score)
    chosen = table[table["associated"] != ""]
    if score is not None:
        chosen = chosen[chosen["specific"] == score]
    chosen = chosen.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")
    everything = all_of(len(scores_of(table)))
    alone = int((chosen["specific"] != "").sum())
    caption = (
        f"What is specific to {label(score)}: {counted(len(chosen), 'finding', 'findings')}."
        if score
        else f"{counted(len(chosen), 'finding that survives', 'findings that survive')} {FDR}: "
        f"{count(shared(chosen).sum())} shared by {everything}, {count(alone)} specific to one "
        "score."
    )
    return view(
        chosen,
        "specificity",
        f"feature modality beta associated{'' if score else ' specific'}",
        name=f"specific-{score}" if score else "",
        caption=caption,
        note=f"Specific: survives, and differs from every other score ({FDR} over the pairs).",
        row_formats={
            "associated": lambda row: (
                everything if row["associated"] == row["compared"] else scores(row["associated"])
            )
        },
        rows=rows,
        whole=True,
    )


def specific_contrasts(
    contrasts: pd.DataFrame, specificity: pd.DataFrame, *, score: str
) -> TableView | Note:
    """Show how the specific findings of a score differ from the other scores.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.
    specificity : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.
    score : str
        Which score; it is the first of every difference.

    Returns
    -------
    TableView or Note
        Regions, strongest first; a sentence where nothing is specific to the score.
    """
    rows = check(specificity, score=score)
    rows = rows[(rows["specific"] == score) & (rows["kind"] == "region")]
    if rows.empty:
        return Note(f"No region is specific to {label(score)} in this run.")
    rows = rows.sort_values("beta", key=abs, ascending=False)
    turned = contrasts["score_b"] == score
    own = contrasts[turned | (contrasts["score_a"] == score)].copy()
    swap = {"score_a": "score_b", "score_b": "score_a", "ci_low": "ci_high", "ci_high": "ci_low"}
    own.loc[turned, list(swap)] = own.loc[turned, list(swap.values())].to_numpy()
    numbers = ["difference", "ci_low", "ci_high"]
    own.loc[turned, numbers] = -own.loc[turned, numbers].astype(float)
    features = list(zip(rows["modality"], rows["feature"], strict=True))
    view = contrast_table(own, features=features)
    caption = f"What is specific to {label(score)}: its β minus that of each other score."
    return replace(view, name=f"contrasts-{score}", caption=caption, rows=20)


def map_correlation_table(map_correlations: pd.DataFrame) -> TableView:
    """Show how alike the regional maps of two modalities are.

    Parameters
    ----------
    map_correlations : pandas.DataFrame
        That table of a run, see `transdx.results.schema`.

    Returns
    -------
    TableView
    """
    return view(
        map_correlations,
        "map_correlations",
        "modality_a modality_b score regions r p_spin p_fdr",
        caption="Pearson correlations between the regional maps of two modalities.",
        note="p from spun maps; adjusted (FDR) over the pairs of a score.",
    )


def circuit_table(circuit: pd.DataFrame) -> TableView:
    """Show how many specific findings lie in the circuit, and how many by chance.

    Parameters
    ----------
    circuit : pandas.DataFrame
        Score (each and ``all``), findings, inside, expected, p.

    Returns
    -------
    TableView
    """
    require(circuit, ("score",), table="circuit")
    order = [*scores_in(circuit[circuit["score"] != "all"]), "all"]
    place = circuit["score"].map(order.index)
    return view(
        circuit.iloc[place.argsort(kind="stable")],
        "circuit",
        "score findings inside expected p",
        caption=(
            "Specific findings in the amygdala, the hippocampus and the medial prefrontal cortex."
        ),
        note="A finding is a region in a modality; chance and p (one-sided) from spun findings.",
        formats={"score": lambda score: score_name(score, every="Any score")},
    )
