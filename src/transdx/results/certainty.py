"""What results mean and how sure they are, in sentences that fit every run.

A key is ``certainty.`` and what it is said of: ``certainty.thickness``, ``certainty.contrasts.
structure``; with a score after it, of that score alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from transdx.modalities import STRUCTURE, is_global
from transdx.naming import direction_word, label
from transdx.results import calibration, curves, people
from transdx.results.doubt import NORMAL, false_ones, intervals, planted_of, resolution, told
from transdx.results.each import listed
from transdx.results.select import ALPHA, kind_of, scores_of, stands_out, survives
from transdx.results.summaries import flow, rules
from transdx.writing import Withheld, all_of, count, counted, decimal, sentence_case

__all__ = ["cite"]

#: Of a standard normal 95 % lie so far on both sides of its middle.
_ENDS = NORMAL.inv_cdf(1 - ALPHA / 2)
_KEYS = ["modality", "feature", "score"]

_Tables = Mapping[str, pd.DataFrame]
_Said = Iterator[tuple[str, str]]


def cite(tables: _Tables) -> dict[str, str]:
    """Say what can be said of the tables that are there."""
    there = {name: table for name, table in tables.items() if len(table)}
    needed = {
        "flow": (_flow,),
        "score_correlations": (_scores,),
        "score_reliability": (_reliability,),
        "study": (_fences,),
        "associations": (_associations, _globals),
        "networks": (_networks,),
        "contrasts": (_contrasts,),
        "specificity": (_specific,),
        "enrichment": (_enrichment,),
        "enrichment_contrasts": (_enrichment_contrasts,),
        "map_correlations": (_maps,),
        "circuit": (_circuit,),
        "impact": (_impact,),
        "needed": (_needed,),
        "small_studies": (_small_studies,),
    }
    said = (say(there) for name, some in needed.items() if name in there for say in some)
    every = [pair for each in said for pair in each]
    every += [*people.certain(there).items(), *curves.certain(there).items()]
    every += calibration.certain(tables).items()
    return {f"certainty.{key}": words for key, words in every}


def _flow(tables: _Tables) -> _Said:
    """Of those who are analysed, and of what their scores were held against."""
    counts, share = flow(tables["flow"]), ""
    if not isinstance(counts["flow.imaged"], Withheld):
        of_100 = 100 * counts["flow.analysed"] / counts["flow.imaged"]
        share = f"Of 100 people with images, {of_100:.0f} are analysed. "
    like_them = "They came, lay still and answered: what follows holds for people like them."
    yield "flow", f"{share}{like_them}"
    words = "Nothing tells from outside how well the scores measure what they are named after."
    if len(tables.get("validation", ())):
        ends = tables["validation"]["ci_high"] - tables["validation"]["ci_low"]
        words = (
            f"All this is known to within {decimal(ends.max() / 2, places=2)} or better. A score "
            "says how people feel around two visits, a diagnosis that they were ever ill: neither "
            "proves the other."
        )
    yield "validation", words


def _scores(tables: _Tables) -> _Said:
    rows = tables["score_correlations"]
    shares = 100 * rows["rho"] ** 2
    low, high = round(shares.min()), round(shares.max())
    words = (
        f"Two scores share {f'{low} to ' * (low < high)}{high} % of what tells people apart (ρ "
        "squared), so that part of what is found for one is found for another too. With so many "
        f"people each ρ is known to within {decimal(_ENDS / rows['n'].min() ** 0.5, places=2)}."
    )
    yield "scores", words


def _reliability(tables: _Tables) -> _Said:
    """Of the scores: what an association keeps of its size."""
    table = tables["score_reliability"]
    used = table[table["way"] == "used"]
    if used.empty:
        return
    kept = [
        f"{100 * row['estimate'] ** 0.5:.0f} % for {label(row['score'])}"
        for row in used.to_dict("records")
    ]
    words = (
        f"An association with the lasting trait shows at {listed(kept)} of its size, by the root "
        "of the reliability. Where that differs, so do associations that are the same."
    )
    yield "reliability", words


def _fences(tables: _Tables) -> _Said:
    fences = rules(tables["study"]).get("study.fences")
    if fences is None:
        return
    quartile = NORMAL.inv_cdf(0.75)
    outside = 2 * (1 - NORMAL.cdf(quartile * (1 + 2 * float(fences))))
    words = (
        f"In values that follow a bell curve such fences leave out {100_000 * outside:.0f} of "
        "100,000 people. A measure that loses many more has a long tail, and those in it may "
        "differ from everybody else in more than their images."
    )
    yield "fences", words


def _associations(tables: _Tables) -> _Said:
    """Of regions, and of connections, of each modality."""
    rows = _with_truth(tables)
    kinds = rows["feature"].map(kind_of)
    for kind, suffix in (("region", ""), ("connection", ".connections")):
        for modality, family in rows[kinds == kind].groupby("modality", sort=False):
            yield f"{modality}{suffix}", _family(family)
            for score, own in family.groupby("score", sort=False):
                yield f"{modality}{suffix}.{score}", _family(own)


def _networks(tables: _Tables) -> _Said:
    table = tables["networks"]
    # What was planted in a mean is not written down, but for nothing at all.
    if "truth" in tables and not tables["truth"]["planted"].any():
        table = table.assign(planted=0.0)
    for modality, rows in table.groupby("modality", sort=False):
        yield f"networks.{modality}", _family(rows)


def _family(rows: pd.DataFrame) -> str:
    """Say what becomes of many associations that are corrected together."""
    found = survives(rows)
    return told(
        _directions(rows[found]) if found.any() else "Nothing here survives the correction",
        found,
        _known(rows),
        resolution(float(rows["se"].median()), alpha=_level(found)),
    )


def _level(found: pd.Series) -> float:
    """Give the level that a test has to reach among these, by the rule of Benjamini-Hochberg."""
    return ALPHA * max(int(found.sum()), 1) / len(found)


def _directions(rows: pd.DataFrame) -> str:
    """Say in which direction the associations go that survive."""
    words = [direction_word(str(rows["modality"].iloc[0]), way) for way in ("weaker", "stronger")]
    counts = [int((rows["beta"] < 0).sum()), int((rows["beta"] >= 0).sum())]
    if 0 in counts:
        word = words[0] if counts[0] else words[1]
        many = sentence_case(all_of(len(rows)))
        whole = "The one that survives is" if len(rows) == 1 else f"{many} that survive are"
        return f"{whole} {word} with more severe symptoms"
    less, more = (counted(n, f"is {w}", f"are {w}") for n, w in zip(counts, words, strict=True))
    return f"Of the {count(len(rows))} that survive, {less} with more severe symptoms and {more}"


def _globals(tables: _Tables) -> _Said:
    """Of the sum or mean of each modality: of its intervals, which nothing corrects."""
    for name, rows in _global_rows(_with_truth(tables)):
        out = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
        parts = [
            f"{intervals(out, 'leaves', 'leave')} out zero; by chance alone, one in twenty does."
        ]
        planted = rows["planted"]
        if planted.notna().all() and planted.any():
            held = planted.between(rows["ci_low"], rows["ci_high"])
            many = intervals(held, "holds", "hold")
            parts.append(f"{many} the planted value; over many cohorts, 19 in 20 do.")
        elif planted.notna().all():
            parts.append("Nothing had been planted.")
        what = f"With {count(rows['n'].median())} people, an association"
        yield (
            f"global.{name}",
            " ".join([*parts, resolution(float(rows["se"].median()), what=what)]),
        )


def _contrasts(tables: _Tables) -> _Said:
    for name, one in _global_rows(tables["contrasts"]):
        family = _with_planted(one, tables)
        found = survives(family)
        number = counted(int(found.sum()), "difference survives", "differences survive")
        first = (
            f"{number} the correction, and only there does this sample tell the scores apart"
            if found.any()
            else "No difference survives the correction"
        )
        se = float((family["ci_high"] - family["ci_low"]).median()) / (2 * _ENDS)
        further = resolution(se, alpha=_level(found), what="A difference")
        yield f"contrasts.{name}", told(first, found, _known(family), further, "difference")


def _with_planted(rows: pd.DataFrame, tables: _Tables) -> pd.DataFrame:
    """Put beside differences those that were planted, where that is known."""
    if "truth" not in tables:
        return rows
    truth = tables["truth"].set_index(_KEYS)["planted"]
    one, other = (
        truth.reindex(pd.MultiIndex.from_frame(rows[["modality", "feature", score]])).to_numpy()
        for score in ("score_a", "score_b")
    )
    return rows.assign(planted=one - other)


def _specific(tables: _Tables) -> _Said:
    regions = tables["specificity"].query("kind == 'region'")
    scores = scores_of(regions)
    planted = _strongest_planted(tables, regions, scores)
    for score in ("", *scores):
        chosen = regions["specific"].isin([score] if score else scores)
        whom = label(score) if score else "one score"
        words = (
            f"Nothing is specific to {whom} here. It takes two findings at once: an association, "
            "and a difference from every other score, which is harder to find."
        )
        if chosen.any():
            words = (
                "What is specific to a score is stronger there than in every other; it need not be "
                f"absent in them. {_doubt(tables, int(chosen.sum()))}"
            )
            if planted is not None and planted.any():
                words += f" {planted_of(chosen, planted)} strongest in that score."
        yield f"specific.{score}".rstrip("."), words


def _strongest_planted(
    tables: _Tables, regions: pd.DataFrame, scores: list[str]
) -> pd.Series | None:
    """Say where the score that something is specific to has the strongest planted effect."""
    if "truth" not in tables:
        return None
    truth = tables["truth"].pivot(index=["modality", "feature"], columns="score", values="planted")
    wanted = truth.reindex(pd.MultiIndex.from_frame(regions[["modality", "feature"]]))[scores].abs()
    highest = wanted.max(axis=1)
    alone = (highest > 0) & (wanted.eq(highest, axis=0).sum(axis=1) == 1)
    strongest = wanted.fillna(0).idxmax(axis=1).where(alone, "")
    return pd.Series(strongest.to_numpy() == regions["specific"].to_numpy(), index=regions.index)


def _enrichment(tables: _Tables) -> _Said:
    table = tables["enrichment"]
    for modality, rows in table.groupby("modality", sort=False):
        yield f"enrichment.{modality}", _places(rows, tables)
        for score, own in rows.groupby("score", sort=False):
            yield f"enrichment.{modality}.{score}", _places(own, tables)
    structure = table[table["modality"].isin(STRUCTURE)]
    if len(structure):
        yield "enrichment.structure", _places(structure, tables)


def _places(rows: pd.DataFrame, tables: _Tables) -> str:
    """Say what stands out as a place."""
    found = rows[stands_out(rows)]
    if found.empty:
        return (
            "No annotation stands out: as far as this sample can show, the associations are no "
            "stronger there than elsewhere in the brain."
        )
    many = counted(len(found), "annotation stands out", "annotations stand out")
    return (
        f"{many}: there the associations differ from those elsewhere in the brain. "
        f"{_doubt(tables, len(found))} "
        "Annotations share regions, so that one can stand out for another."
    )


def _enrichment_contrasts(tables: _Tables) -> _Said:
    for modality, rows in tables["enrichment_contrasts"].groupby("modality", sort=False):
        many = int(survives(rows).sum())
        words = (
            "No difference survives: as far as this sample can show, the scores follow the "
            "annotations alike."
        )
        if many:
            differences = counted(many, "difference survives", "differences survive")
            words = f"{differences} the correction. {_doubt(tables, many)}"
        yield f"enrichment_contrasts.{modality}", words


def _maps(tables: _Tables) -> _Said:
    many = int(survives(tables["map_correlations"]).sum())
    beyond = "more alike, or more opposed, than smooth maps are by chance"
    words = (
        f"No two maps are {beyond}: where one kind of measure shows a score says nothing sure "
        "about where another shows it."
    )
    if many:
        pairs = counted(many, "pair of maps is", "pairs of maps are")
        words = f"{pairs} {beyond}. {_doubt(tables, many)}"
    yield "maps", words


def _circuit(tables: _Tables) -> _Said:
    for row in tables["circuit"].to_dict("records"):
        if not row["findings"] or pd.isna(row["p"]):
            words = "Nothing is specific, so there is nothing to place."
        else:
            often = count(1000 * row["p"]) if row["p"] >= 0.001 else "fewer than one"
            sign = (
                "they gather there" if row["p"] <= ALPHA else "no sure sign that they gather there"
            )
            words = (
                "If they lay anywhere in the brain, as many would lie there in "
                f"{often} of 1,000 cases: {sign}."
            )
        yield f"circuit.{row['score']}", words


def _impact(tables: _Tables) -> _Said:
    """Of a thousand people, say how many have a symptom, and how many with a smaller measure."""
    who = tables.get("demographics", pd.DataFrame(columns=["characteristic", "group", "percent"]))
    everybody = who[who["group"] == "all"].set_index("characteristic")
    for (modality, feature), rows in tables["impact"].groupby(["modality", "feature"], sort=False):
        each = []
        for row in rows.to_dict("records"):
            name = f"Any {label(row['score'])} symptom"
            share = float(everybody["percent"].get(name, float("nan"))) / 100
            if 0 < share < 1:
                odds = row["odds_ratio"] * share / (1 - share)
                each.append(
                    f"{1000 * odds / (1 + odds):.0f} instead of {1000 * share:.0f} who report "
                    f"{label(row['score'])}"
                )
        out = (rows["ci_low"] > 1) | (rows["ci_high"] < 1)
        sure = intervals(out, "leaves", "leave")
        begin = (
            f"Of 1,000 people, one standard deviation less goes with {listed(each)}. "
            if each
            else ""
        )
        yield f"impact.{modality}.{feature}", f"{begin}{sure} out an odds ratio of one."


def _needed(tables: _Tables) -> _Said:
    """Of the people that it takes, and what makes them more."""
    table = tables["needed"]
    words = "Half the effect takes four times the people."
    left = table[table["explained"] > 0]
    if len(left):
        row = left[left["beta"] == sorted(left["beta"].unique())[1]].iloc[0]
        name = str(row["label"]).rpartition(" of ")[2]
        words += (
            f" Covariates explain {100 * row['explained']:.0f} % of {name}, and only the rest can "
            f"speak: there an effect of {decimal(row['beta'], places=2)} takes {count(row['n'])}."
        )
    yield "needed", f"{words} All of it is as sure as the effect is: no study knows that exactly."


def _small_studies(tables: _Tables) -> _Said:
    """Of what is reported: how far formula and drawn studies agree."""
    table = tables["small_studies"]
    off = (table["exaggeration"] - table["exaggeration_drawn"]).abs().max()
    yield (
        "small_studies",
        "Formula and drawn studies differ by at most "
        f"{decimal(off, places=2)} times the effect. Both take it that people are alike in all "
        "studies, and that what is significant is what is reported.",
    )


def _doubt(tables: _Tables, many: int) -> str:
    planted = bool(tables["truth"]["planted"].any()) if "truth" in tables else None
    return false_ones(many, planted=planted)


def _with_truth(tables: _Tables) -> pd.DataFrame:
    rows = tables["associations"]
    if "truth" in tables:
        return rows.merge(tables["truth"][[*_KEYS, "planted"]], on=_KEYS, how="left")
    return rows.assign(planted=float("nan"))


def _global_rows(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the global features of structure, and those of connections and reactivity."""
    keys = rows[["modality", "feature"]].drop_duplicates()
    whole = rows.merge(keys[[is_global(*key) for key in keys.itertuples(index=False)]], sort=False)
    structure = whole["modality"].isin(STRUCTURE)
    for name, chosen in (("structure", whole[structure]), ("connectivity", whole[~structure])):
        if len(chosen):
            yield name, chosen


def _known(rows: pd.DataFrame) -> pd.Series | None:
    """Say which effects were planted, where all of them are known."""
    known = "planted" in rows and rows["planted"].notna().all()
    return rows["planted"] != 0 if known else None
