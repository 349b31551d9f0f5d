"""Every table of a run, once: its columns, how they are headed and printed, and what may leave.

A new table needs one entry in `TABLES` and a producer. A table without an entry, or with other
columns than its entry says, is neither written nor read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from transdx.errors import TransdxError, nearest
from transdx.results.select import LEVEL

__all__ = ["COLUMNS", "TABLES", "Column", "Private", "Table", "check", "entry"]


@dataclass(frozen=True)
class Column:
    """How a column is headed and printed.

    Attributes
    ----------
    header : str
        Above the column on a page; its name where empty.
    kind : str
        What its values are, and so how they are printed: ``words`` (ids of scores, modalities,
        annotations), ``feature``, ``scores`` (joined by a plus), ``count`` (of people or things),
        ``p``, ``number``, ``percent`` (of 100), ``share`` (of 1), ``interval`` (the lower end,
        printed with the upper one), ``level`` or ``text``.
    places : int, optional
        Decimals of a number or interval; by its size where not given.
    """

    header: str = ""
    kind: str = "text"
    places: int | None = None


@dataclass(frozen=True)
class Private:
    """What in a table is about people, and so may be about too few of them.

    Attributes
    ----------
    counts : tuple of str
        Columns that count people.
    share : str
        Column that says what share of all (in the range up to `whole`) the first of `counts` is:
        few who are not counted are as few as few who are.
    whole : float
        The share of everybody, 1 or 100.
    within : tuple of str
        Columns whose groups add up, so that a hidden count would follow from the others.
    sizes : tuple of str
        Columns that count those who have something; the largest is everybody.
    follows : tuple of str
        Columns that follow from the counts, or rest on the people counted.
    extremes : tuple of str
        Columns that hold somebody's own value.
    rates : tuple of (str, str)
        Columns that are a share of 1 of the people whom the second column counts. Where few have
        it, or few have not, both are hidden, and `follows` with them.
    joined : bool
        Whether a row that counts few is joined with its neighbour, as a step of the flow is.
    """

    counts: tuple[str, ...] = ()
    share: str = ""
    whole: float = 100
    within: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    extremes: tuple[str, ...] = ()
    rates: tuple[tuple[str, str], ...] = ()
    joined: bool = False


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Attributes
    ----------
    columns : str
        Their names, in order.
    private : Private, optional
        What may not leave where few people are behind it. By default nothing: all values are
        estimated from everybody. There is no entry that says nothing.
    cite : str
        How sentences name a row, filled with its columns; no sentence does where empty.
    headers : mapping of str to str or Column
        Where a column is headed or printed otherwise than `COLUMNS` says.
    json : bool
        Whether a JSON file is written as well.
    """

    columns: str
    private: Private = field(default_factory=Private)
    cite: str = ""
    headers: Mapping[str, str | Column] = field(default_factory=dict)
    json: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return self.columns.split()

    def column(self, name: str) -> Column:
        """Say how a column is headed and printed."""
        usual = COLUMNS.get(name, Column())
        own = self.headers.get(name, usual)
        return Column(own, usual.kind, usual.places) if isinstance(own, str) else own


def entry(name: str) -> Table:
    """Give the entry of a table, or refuse a table that has none.

    Raises
    ------
    TransdxError
        If there is no such entry.
    """
    if name not in TABLES:
        raise TransdxError(
            f"table '{name}' has no entry in transdx.results.schema.TABLES"
            f"{nearest(name, TABLES)}; declare there its columns, and what in it counts people "
            "or is somebody's own"
        )
    return TABLES[name]


def check(tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse tables that the schema does not know, or whose columns are not those of their entry.

    Raises
    ------
    TransdxError
        Naming the first such table.
    """
    for name, table in tables.items():
        wanted, got = entry(name).names, [str(column) for column in table.columns]
        if got != wanted:
            raise TransdxError(
                f"table '{name}': expected the columns {', '.join(wanted)} that its entry in "
                f"transdx.results.schema.TABLES declares, got {', '.join(got) or 'none'}"
            )


_BETA = "95 % interval"

#: How columns are headed and printed, unless a table says otherwise.
COLUMNS: Mapping[str, Column] = {
    "feature": Column("Measure", "feature"),
    "modality": Column("Modality", "words"),
    "score": Column("Score", "words"),
    "score_a": Column("Score", "words"),
    "score_b": Column("Minus", "words"),
    "modality_a": Column("Map", "words"),
    "modality_b": Column("With", "words"),
    "region_a": Column("From", "words"),
    "region_b": Column("To", "words"),
    "network_a": Column("Network", "words"),
    "network_b": Column("With", "words"),
    "annotation": Column("Annotation", "words"),
    "kind": Column("Kind", "words"),
    "group": Column("Group", "words"),
    "label": Column("Measure", "words"),
    "statistic": Column("Statistic", "words"),
    "criterion": Column("Against", "words"),
    "characteristic": Column("Characteristic"),
    "level": Column("Level"),
    "associated": Column("Goes with", "scores"),
    "specific": Column("Specific to", "scores"),
    "n": Column("n", "count"),
    "excluded": Column("Left out", "count"),
    "remaining": Column("Remaining", "count"),
    "below": Column("Below", "count"),
    "above": Column("Above", "count"),
    "count": Column("", "count"),
    "n_bottom": Column("", "count"),
    "n_top": Column("", "count"),
    "structural_n": Column("", "count"),
    "connections": Column("Connections", "count"),
    "regions": Column("Regions", "count"),
    "maps": Column("Maps", "count"),
    "findings": Column("Findings", "count"),
    "inside": Column("In the circuit", "count"),
    "beta": Column("β", "number", 3),
    "planted": Column("Planted β", "number", 3),
    "error": Column("Error", "number", 3),
    "covered": Column("Interval covers"),
    "estimate": Column("Estimate", "number", 3),
    "difference": Column("Difference of β", "number", 3),
    "rho": Column("Spearman ρ", "number", 3),
    "r": Column("r", "number", 2),
    "odds_ratio": Column("Odds ratio", "number"),
    "smallest_beta": Column("Smallest |β|", "number", 3),
    "alpha": Column("Level α", "level"),
    "expected": Column("Expected by chance", "number", 1),
    "ci_low": Column(_BETA, "interval", 3),
    "p": Column("p", "p"),
    "p_fdr": Column("p (FDR)", "p"),
    "p_permutation": Column("p (perm.)", "p"),
    "p_familywise": Column("p (FWE)", "p"),
    "p_spin": Column("p (spin)", "p"),
    "p_centred_fdr": Column("p (place, FDR)", "p"),
    "percent": Column("Per cent", "percent"),
    "rate": Column("", "share"),
    "rate_bottom": Column("Lowest tenth", "share"),
    "rate_top": Column("Highest tenth", "share"),
    "mean": Column("Mean", "number", 2),
    "sd": Column("SD", "number", 2),
    "minimum": Column("Minimum", "number", 1),
    "maximum": Column("Maximum", "number", 1),
    "q1": Column("Q1", "number"),
    "median": Column("Median", "number"),
    "q3": Column("Q3", "number"),
    "lower": Column("Lower fence", "number"),
    "upper": Column("Upper fence", "number"),
}

_ROW = "modality feature score"
_ENDS = "ci_low ci_high"

#: Every table that a run makes, by name.
TABLES: Mapping[str, Table] = {
    "flow": Table(
        "step label excluded remaining",
        Private(joined=True),
        headers={"label": "Step"},
        json=True,
    ),
    "demographics": Table(
        "characteristic level group n percent mean sd minimum maximum",
        Private(
            counts=("n",),
            share="percent",
            within=("characteristic", "level"),
            follows=("percent", "mean", "sd"),
            extremes=("minimum", "maximum"),
        ),
        cite="sample.{characteristic}.{group}",
    ),
    "score_distribution": Table(
        "score value count percent",
        Private(counts=("count",), share="percent", within=("score",), follows=("percent",)),
    ),
    "score_correlations": Table(
        "score_a score_b n rho p p_fdr",
        cite="correlations.{score_a}.{score_b}",
        headers={"score_b": "With"},
    ),
    "quality": Table(
        "measure label group n q1 median q3 lower upper below above minimum maximum",
        Private(counts=("below", "above"), extremes=("minimum", "maximum")),
    ),
    "validation": Table(
        f"score criterion statistic estimate {_ENDS} n",
        Private(rates=(("estimate", "n"),), follows=("ci_low", "ci_high")),
        cite="validation.{score}.{statistic}",
    ),
    "power": Table("n alpha label smallest_beta", headers={"label": "Situation"}),
    "associations": Table(
        f"modality feature region hemisphere score n beta se {_ENDS} "
        "p p_fdr p_permutation p_familywise",
        Private(sizes=("n",)),
        cite="{modality}.{feature}.{score}",
    ),
    "connections": Table(
        "connection region_a region_b hemispheres homotopic distance network_a network_b "
        "functional_mean functional_included "
        "structural_mean structural_n structural_prevalence structural_included",
        Private(
            counts=("structural_n",),
            share="structural_prevalence",
            whole=1,
            follows=("structural_prevalence", "structural_mean"),
        ),
    ),
    "networks": Table(
        f"modality network_a network_b score connections n beta se {_ENDS} p p_fdr",
        Private(sizes=("n",)),
        headers={"beta": "Mean β"},
    ),
    # Planted in people who never were.
    "truth": Table(f"{_ROW} planted", cite="truth.{modality}.{feature}.{score}"),
    "contrasts": Table(
        f"modality feature score_a score_b difference {_ENDS} p p_fdr",
        cite="contrasts.{modality}.{feature}.{score_a}.{score_b}",
    ),
    "specificity": Table(
        "modality feature kind compared associated specific beta direction",
        headers={"beta": "Strongest β"},
    ),
    "enrichment": Table(
        f"modality kind annotation score regions estimate se {_ENDS} p p_permutation p_fdr "
        "p_spin p_spin_fdr centred p_centred p_centred_fdr form",
        cite="enrichment.{modality}.{annotation}.{score}",
        headers={"estimate": "Mean β"},
    ),
    "enrichment_contrasts": Table(
        f"modality kind annotation score_a score_b difference {_ENDS} p p_fdr",
        headers={"difference": "Difference"},
    ),
    "map_correlations": Table(
        "modality_a modality_b score regions r p_spin p_fdr",
        cite="maps.{modality_a}.{modality_b}.{score}",
    ),
    "circuit": Table(
        "score findings inside expected p",
        cite="circuit.{score}",
        headers={"score": "Specific to"},
    ),
    "spin_validity": Table(
        f"null rate {_ENDS} maps",
        cite="spin_validity.{null}",
        headers={"null": "Null", "rate": Column(f"Significant at {LEVEL}", "share")},
    ),
    "impact": Table(
        f"{_ROW} n odds_ratio {_ENDS} p rate_bottom rate_top n_bottom n_top",
        Private(sizes=("n",), rates=(("rate_bottom", "n_bottom"), ("rate_top", "n_top"))),
        cite="impact.{modality}.{feature}.{score}",
        headers={"score": "Any symptom of", "ci_low": Column(_BETA, "interval", 2)},
    ),
    "claims": Table(
        f"claim score statement paper quantity estimate {_ENDS} p n test verdict planted covered "
        "chapter anchor",
        Private(sizes=("n",)),
        cite="claims.{claim}.{score}",
        headers={
            "claim": "Claim",
            "score": "Symptoms",
            "verdict": "Verdict",
            "quantity": "This run finds",
            "planted": "Planted",
            "paper": "The study reports",
        },
        json=True,
    ),
    "study": Table("rule value words"),
    "globals": Table(
        "modality feature n mean sd explained covariates",
        Private(counts=("n",), sizes=("n",), follows=("mean", "sd", "explained")),
        cite="{modality}.{feature}",
    ),
}
