"""Every table of a run, once: its columns, how they are headed and printed, and what may leave.

A new table needs one entry in `TABLES` and a producer. A table without an entry, or with other
columns than its entry says, is neither written nor read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

import pandas as pd

from transdx.errors import TransdxError, nearest
from transdx.results.select import FDR, LEVEL
from transdx.writing import sentence_case

__all__ = ["COLUMNS", "TABLES", "Column", "Private", "Table", "check", "entry"]


@dataclass(frozen=True)
class Column:
    """How a column is headed and printed."""

    #: Above the column on a page; its name where empty.
    header: str = ""
    #: What its values are, and so how they are printed: ``words`` (ids of scores, modalities,
    #: annotations), ``feature``, ``scores`` (joined by a plus), ``count`` (of people or things),
    #: ``p``, ``number``, ``percent`` (of 100), ``share`` (of 1), ``interval`` or ``shares`` (of
    #: numbers or shares: the lower end, printed with the upper one), ``level`` or ``text``.
    kind: str = "text"
    #: Decimals of a number or interval; by its size where not given.
    places: int | None = None


@dataclass(frozen=True)
class Private:
    """Columns that are about people, and so may be about too few of them."""

    #: They count people.
    counts: tuple[str, ...] = ()
    #: What share of all (out of `whole`) the first of `counts` is: few who are not counted are as
    #: few as few who are.
    share: str = ""
    #: The share of everybody, 1 or 100.
    whole: float = 100
    #: Their groups add up, so that a hidden count would follow from the others.
    within: tuple[str, ...] = ()
    #: Their groups count people of whom the flow tells how many they are together: where those
    #: that are shown are fewer, a hidden count takes the others of its row along.
    together: tuple[str, ...] = ()
    #: They count those who have something, and so also those who lack it: the latter are rounded
    #: down to a multiple of the smallest count, from the next number of people in the flow.
    sizes: tuple[str, ...] = ()
    #: They follow from the counts, or rest on the people counted.
    follows: tuple[str, ...] = ()
    #: Mean and SD of the people that the last column counts: so far rounded that no value of one
    #: of them, and no hidden count, can be solved for.
    spread: tuple[str, str, str] | tuple[()] = ()
    #: They are the values of somebody in the middle, and rounded to five digits.
    middles: tuple[str, ...] = ()
    #: They hold somebody's own value.
    extremes: tuple[str, ...] = ()
    #: A share of 1 of the people whom the second column counts. Where few have it, or few have
    #: not, both are hidden, and `follows` with them.
    rates: tuple[tuple[str, str], ...] = ()
    #: A row that counts few is joined with its neighbour, as a step of the flow is.
    joined: bool = False


@dataclass(frozen=True)
class Table:
    """What a table holds."""

    #: What it says, in words.
    about: str
    #: Names of the columns, in order.
    columns: str
    #: What may not leave where few people are behind it. There is no entry that does not say.
    private: Private
    #: How sentences name a row, filled with its columns; no sentence does where empty.
    cite: str = ""
    #: Where a column is headed or printed otherwise than `COLUMNS` says.
    headers: Mapping[str, str | Column] = field(default_factory=dict)
    #: Whether a JSON file is written as well.
    json: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return self.columns.split()

    @property
    def keys(self) -> list[str]:
        """Names of the columns that tell its rows apart; none where it is not known."""
        words = takewhile(lambda name: self.column(name).kind in _NAMING, self.names)
        return re.findall(r"\{(\w+)\}", self.cite) or list(words)

    @property
    def estimate(self) -> str:
        """Name of the column before the interval, or before the p values that are corrected.

        >>> TABLES["associations"].keys, TABLES["associations"].estimate
        (['modality', 'feature', 'score'], 'beta')
        >>> TABLES["map_correlations"].estimate, TABLES["flow"].estimate
        ('r', '')
        """
        before = takewhile(lambda name: name not in ("ci_low", "p", "p_spin"), self.names)
        *_, last = [name for name in before if name != "se"]
        return last if {"ci_low", "p_fdr"} & set(self.names) else ""

    def column(self, name: str) -> Column:
        """Say how a column is headed and printed."""
        usual = COLUMNS.get(name, Column())
        own = self.headers.get(name, usual)
        column = replace(usual, header=own) if isinstance(own, str) else own
        return replace(column, header=column.header or sentence_case(name.replace("_", " ")))


def entry(name: str) -> Table:
    """Give the entry of a table, or refuse a table that has none."""
    if name not in TABLES:
        raise TransdxError(
            f"table '{name}' has no entry in transdx.results.schema.TABLES"
            f"{nearest(name, TABLES)}; declare there its columns, and what in it counts people "
            "or is somebody's own"
        )
    return TABLES[name]


def check(tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse tables that have no entry, or other columns than that."""
    for name, table in tables.items():
        wanted, got = entry(name).names, [str(column) for column in table.columns]
        if got != wanted:
            raise TransdxError(
                f"table '{name}': expected the columns {', '.join(wanted)} that its entry in "
                f"transdx.results.schema.TABLES declares, got {', '.join(got) or 'none'}"
            )


def _named(columns: str, kind: str, places: int | None = None) -> dict[str, Column]:
    """Describe columns that are headed by their names."""
    return dict.fromkeys(columns.split(), Column("", kind, places))


_BETA = "95 % interval"

#: Kinds of columns that name what a row is about.
_NAMING = ("words", "feature", "scores")

#: How columns are headed and printed, unless a table says otherwise.
COLUMNS: Mapping[str, Column] = {
    **_named("modality score annotation kind group statistic cohort symptom repeat term", "words"),
    **_named("n remaining below above connections regions maps findings", "count"),
    **_named("count n_bottom n_top structural_n", "count"),
    **_named("odds_ratio q1 median q3", "number"),
    **_named("minimum maximum", "number", 1),
    **_named("r mean", "number", 2),
    **_named("estimate error", "number", 3),
    "feature": Column("Measure", "feature"),
    "score_a": Column("Score", "words"),
    "score_b": Column("Minus", "words"),
    "modality_a": Column("Map", "words"),
    "modality_b": Column("With", "words"),
    "region_a": Column("From", "words"),
    "region_b": Column("To", "words"),
    "network_a": Column("Network", "words"),
    "network_b": Column("With", "words"),
    "label": Column("Measure", "words"),
    "criterion": Column("Against", "words"),
    "associated": Column("Goes with", "scores"),
    "specific": Column("Specific to", "scores"),
    "excluded": Column("Left out", "count"),
    "inside": Column("In the circuit", "count"),
    "beta": Column("β", "number", 3),
    "planted": Column("Planted β", "number", 3),
    "covered": Column("Interval covers"),
    "difference": Column("Δβ", "number", 3),
    "rho": Column("Spearman ρ", "number", 3),
    "smallest_beta": Column("Smallest |β|", "number", 3),
    "alpha": Column("Level α", "level"),
    "tests": Column("Tests", "count"),
    "power": Column("Significant", "share"),
    "power_drawn": Column("drawn", "share"),
    "exaggeration": Column("Too large, times", "number", 1),
    "exaggeration_drawn": Column("drawn", "number", 1),
    "wrong_sign": Column("Wrong sign", "share"),
    "wrong_sign_drawn": Column("drawn", "share"),
    "expected": Column("Expected by chance", "number", 1),
    "ci_low": Column(_BETA, "interval", 3),
    "p": Column("p", "p"),
    "p_fdr": Column("p (FDR)", "p"),
    "p_fdr_study": Column("p (study)", "p"),
    "p_study": Column("p (study)", "p"),
    "p_permutation": Column("p (perm.)", "p"),
    "p_familywise": Column("p (FWE)", "p"),
    "p_spin": Column("p (spin)", "p"),
    "p_centred_fdr": Column("p (place)", "p"),
    "percent": Column("Per cent", "percent"),
    "rate_bottom": Column("Lowest tenth", "share"),
    "rate_top": Column("Highest tenth", "share"),
    "sd": Column("SD", "number", 2),
    "lower": Column("Lower fence", "number"),
    "upper": Column("Upper fence", "number"),
}

_ROW = "modality feature score"
_ENDS = "ci_low ci_high"

#: Of a table whose values are all estimated from everybody.
_NOTHING = Private()

#: Every table that a run makes, by name.
TABLES: Mapping[str, Table] = {
    "flow": Table(
        "who was left after each rule of inclusion",
        "step label excluded remaining",
        Private(joined=True),
        headers={"label": "Step"},
        json=True,
    ),
    "demographics": Table(
        "who the people analysed are",
        "characteristic level group n percent mean sd minimum maximum",
        Private(
            counts=("n",),
            share="percent",
            within=("characteristic", "level"),
            follows=("percent", "mean", "sd"),
            spread=("mean", "sd", "n"),
            extremes=("minimum", "maximum"),
        ),
        cite="sample.{characteristic}.{group}",
    ),
    "score_distribution": Table(
        "how many people have each value of a score",
        "score value count percent",
        Private(counts=("count",), share="percent", within=("score",), follows=("percent",)),
    ),
    "score_correlations": Table(
        "how the scores go together",
        "score_a score_b n rho p p_fdr",
        _NOTHING,
        cite="correlations.{score_a}.{score_b}",
        headers={"score_b": "With"},
    ),
    "quality": Table(
        "image quality and other measures, with the fences for outliers",
        "measure label group n q1 median q3 lower upper below above minimum maximum",
        Private(
            counts=("below", "above"),
            together=("group",),
            sizes=("n",),
            middles=("q1", "median", "q3", "lower", "upper"),
            extremes=("minimum", "maximum"),
        ),
    ),
    "validation": Table(
        "scores against longer questionnaires and diagnoses",
        f"score criterion statistic estimate {_ENDS} n",
        Private(rates=(("estimate", "n"),), follows=("ci_low", "ci_high")),
        cite="validation.{score}.{statistic}",
    ),
    "power": Table(
        "the smallest effect that a sample of a size can show",
        "n alpha label smallest_beta",
        _NOTHING,
        headers={"label": "Situation"},
    ),
    "score_reliability": Table(
        "how reliable each score is: over its items, over two visits, and as it is used",
        f"score way n estimate {_ENDS}",
        Private(sizes=("n",)),
        cite="reliability_of.{score}.{way}",
        headers={
            "way": Column("Over", "words"),
            "estimate": Column("Reliability", "number", 2),
            "ci_low": Column(_BETA, "interval", 2),
        },
    ),
    "needed": Table(
        "the people it takes to find an effect of a size four times of five",
        "label tests alpha explained beta n",
        _NOTHING,
        headers={
            "label": "Tested together",
            "beta": Column("|β|", "number", 2),
            "n": Column("People", "count"),
        },
    ),
    "detection": Table(
        "how often an effect of the published size is found, by people and tests",
        "label tests alpha n power",
        _NOTHING,
        headers={"label": "Tested together"},
    ),
    "small_studies": Table(
        "what significant studies of a size report of the published effect",
        "n beta power power_drawn exaggeration exaggeration_drawn wrong_sign wrong_sign_drawn",
        _NOTHING,
        cite="studies_of.{n}",
        headers={"n": Column("People", "count"), "beta": Column("True β", "number", 2)},
    ),
    "specifications": Table(
        "the measures of the claims under every combination of defensible choices",
        f"{_ROW} covariates outliers definition scaling study n beta se {_ENDS} "
        "p p_permutation p_freedman_lane p_parametric",
        Private(sizes=("n",)),
        headers={
            **_named("covariates outliers definition scaling", "words"),
            "p_freedman_lane": Column("p (Freedman-Lane)", "p"),
            "p_parametric": Column("p (least squares)", "p"),
        },
    ),
    "specification_options": Table(
        "what could have been chosen, and why",
        "choice option label reason",
        _NOTHING,
        headers={"choice": Column("", "words"), "label": Column("Option", "text")},
    ),
    "specification_tests": Table(
        "what all specifications of a measure and score say together",
        f"{_ROW} specifications beta median lowest highest sign significant "
        "p_median p_significant p_stouffer",
        _NOTHING,
        cite="specification_curves.{modality}.{feature}.{score}",
        headers={
            "specifications": Column("Specifications", "count"),
            "beta": Column("β of the study", "number", 3),
            "median": Column("Median β", "number", 3),
            "lowest": Column("Lowest", "number", 3),
            "highest": Column("Highest", "number", 3),
            "sign": Column("Same sign", "share"),
            "significant": Column("Significant", "share"),
            "p_median": Column("p of the median", "p"),
            "p_significant": Column("p of the share", "p"),
            "p_stouffer": Column("p of the mean z", "p"),
        },
    ),
    "specification_shares": Table(
        "which choice matters: what share of the differences between specifications it makes",
        f"{_ROW} outcome choice share low_option low high_option high",
        _NOTHING,
        headers={
            **_named("outcome choice", "words"),
            "low_option": Column("Lowest under", "text"),
            "high_option": Column("Highest under", "text"),
            "share": Column("Share", "share"),
            "low": Column("Mean β", "number", 3),
            "high": Column("Mean β", "number", 3),
        },
    ),
    "associations": Table(
        "every feature with every score: the main table",
        f"modality feature region hemisphere score n beta se {_ENDS} "
        "p p_fdr p_fdr_study p_permutation p_familywise",
        Private(sizes=("n",)),
        cite="{modality}.{feature}.{score}",
    ),
    "connections": Table(
        "every pair of regions, and whether it is analysed",
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
        "mean association of the connections between two networks",
        f"modality network_a network_b score connections n beta se {_ENDS} p p_fdr",
        Private(sizes=("n",)),
        headers={"beta": "Mean β", "connections": Column("Pairs", "count")},
    ),
    # Measured beforehand, see `transdx.measured`: no run makes these.
    "verdicts": Table(
        "how often each row of the ledger was supported, over cohorts of a scenario",
        f"scenario participants analysed claim score cohorts tested supported share {_ENDS}",
        _NOTHING,
        cite="verdicts.{scenario}.{participants}.{claim}.{score}",
        headers={
            "scenario": Column("Scenario", "words"),
            "participants": Column("People", "count"),
            "score": Column("Symptoms", "words"),
            "share": Column("Supported", "share"),
            "ci_low": Column(_BETA, "shares"),
        },
    ),
    "calibration": Table(
        "whether each step of the method holds its word, over cohorts whose truth is known",
        f"measure step null situation estimate {_ENDS} low high cohorts",
        _NOTHING,
        cite="calibration.{measure}.{step}.{null}.{situation}",
    ),
    "measured": Table(
        "what was measured beforehand: when, by which command, in how many cohorts of what size",
        "name date version command cohorts participants draws seed",
        _NOTHING,
        cite="measured.{name}",
    ),
    # Planted in people who never were.
    "truth": Table(
        "what was planted in simulated people",
        f"{_ROW} planted",
        _NOTHING,
        cite="truth.{modality}.{feature}.{score}",
    ),
    "coverage": Table(
        "how the share of intervals that hold the truth varies from cohort to cohort",
        "group low high",
        _NOTHING,
        cite="truth.coverage_of_a_cohort.{group}",
    ),
    "contrasts": Table(
        "differences between the betas of two scores",
        f"modality feature score_a score_b difference {_ENDS} p p_fdr p_fdr_study",
        _NOTHING,
        cite="contrasts.{modality}.{feature}.{score_a}.{score_b}",
    ),
    "specificity": Table(
        "what each feature is associated with, and specific to",
        "modality feature kind compared associated specific beta direction",
        _NOTHING,
        headers={"beta": "Strongest β"},
    ),
    "enrichment": Table(
        "how a map of betas follows receptors, domains and networks",
        f"modality kind annotation score regions estimate se {_ENDS} p p_permutation p_fdr "
        "p_spin p_spin_fdr centred p_centred p_centred_fdr form",
        _NOTHING,
        cite="enrichment.{modality}.{annotation}.{score}",
        headers={"estimate": "Mean β"},
    ),
    "enrichment_contrasts": Table(
        "differences between the enrichments of two scores",
        f"modality kind annotation score_a score_b difference {_ENDS} p p_fdr",
        _NOTHING,
        headers={"difference": "Δ"},
    ),
    "map_correlations": Table(
        "how the maps of two modalities go together",
        "modality_a modality_b score regions r p_spin p_fdr",
        _NOTHING,
        cite="maps.{modality_a}.{modality_b}.{score}",
    ),
    "circuit": Table(
        "specific findings in the circuit of amygdala, hippocampus and medial prefrontal cortex",
        "score findings inside expected p",
        _NOTHING,
        cite="circuit.{score}",
        headers={"score": "Specific to"},
    ),
    "spin_validity": Table(
        "how often the spin test errs where there is nothing",
        f"structure null sides rate {_ENDS} maps",
        _NOTHING,
        cite="spin_validity.{structure}.{null}.{sides}",
        headers={
            "sides": Column("Left and right alike, r", "number", 2),
            "rate": Column(f"Significant at {LEVEL}", "share"),
            "ci_low": Column(_BETA, "shares"),
        },
    ),
    "impact": Table(
        "odds of any symptom, and rates in the lowest and highest tenth",
        f"{_ROW} n odds_ratio {_ENDS} p rate_bottom rate_top n_bottom n_top",
        Private(sizes=("n",), rates=(("rate_bottom", "n_bottom"), ("rate_top", "n_top"))),
        cite="impact.{modality}.{feature}.{score}",
        headers={"score": "Any symptom of", "ci_low": Column(_BETA, "interval", 2)},
    ),
    "claims": Table(
        "every claim of the study, with its test and verdict",
        f"claim score statement paper quantity estimate {_ENDS} p p_study n test verdict "
        "falls_with planted covered chapter anchor",
        Private(sizes=("n",)),
        cite="claims.{claim}.{score}",
        headers={
            "score": "Symptoms",
            "falls_with": Column("Falls with", "scores"),
            "test": "The test that decides",
            "quantity": "Estimated",
            "estimate": "This run finds",
            "planted": "Planted",
            "paper": "The study reports",
        },
        json=True,
    ),
    "claim_tests": Table(
        "every test that a claim has to pass",
        f"claim score test role estimate {_ENDS} p n of right agrees passes",
        Private(sizes=("n",)),
    ),
    "adjustments": Table(
        "every claim again, with nuisances held constant beside the covariates of the study",
        f"claim score adjustment required estimate {_ENDS} p n test verdict",
        Private(sizes=("n",)),
        cite="adjustments.{claim}.{score}.{adjustment}",
        headers={"score": "Symptoms", "test": "The test that decides"},
    ),
    "replications": Table(
        "the analysis once more, with other people, scores or covariates: how much is found again",
        f"replication label fresh n findings same_sign again expected {_ENDS} p expected_study "
        "retained retained_low retained_high p_retained lacks",
        Private(sizes=("n",)),
        cite="replications.{replication}",
        headers={
            "label": Column("Repeat", "words"),
            "findings": Column("Findings", "count"),
            "same_sign": Column("Same sign", "count"),
            "again": Column("Again", "count"),
            "expected": Column("Expected", "number", 1),
            "ci_low": Column(_BETA, "interval", 1),
            "p": Column("p (fewer)", "p"),
            "expected_study": Column("by the study's rule", "number", 1),
            "retained": Column("Size", "number", 2),
            "retained_low": Column(_BETA, "interval", 2),
            "p_retained": Column("p (size)", "p"),
        },
    ),
    "replication_maps": Table(
        "each map of a replication beside that of the study",
        "replication modality score n findings again expected r r_low r_high p",
        Private(sizes=("n",)),
        cite="replication_maps.{replication}.{modality}.{score}",
        headers={
            "replication": Column("Repeat", "words"),
            "again": Column("Again", "count"),
            "expected": Column("Expected", "number", 1),
            "r_low": Column(_BETA, "interval", 2),
        },
    ),
    "replicated": Table(
        "each finding of the study in each replication",
        "replication modality feature score beta beta_again p again",
        _NOTHING,
        headers={
            "replication": Column("Repeat", "words"),
            "beta_again": Column("β again", "number", 3),
            "again": "Again",
        },
    ),
    "equal_reliability": Table(
        "differences between scores in the claims about one only, as measured and measured equally",
        f"claim score other difference {_ENDS} equal equal_low equal_high",
        _NOTHING,
        headers={
            "other": Column("Minus", "words"),
            "difference": Column("As measured", "number", 3),
            "equal": Column("Equally reliable", "number", 3),
            "equal_low": Column(_BETA, "interval", 3),
        },
    ),
    "nuisances": Table(
        "how nuisances go together with the scores",
        f"nuisance label score n rho {_ENDS}",
        Private(sizes=("n",)),
        cite="nuisances.{nuisance}.{score}",
        headers={"label": Column("Nuisance", "words")},
    ),
    "evidence": Table(
        "what a cohort of real people says to the claims that it can speak to",
        f"claim symptom score regions wanted n estimate se {_ENDS} p",
        Private(sizes=("n",)),
        headers={"regions": "Measured", "wanted": "Of"},
    ),
    "cohorts": Table(
        "the open cohorts, and the smallest effects that each can show",
        "cohort label source n scores modalities smallest_one smallest_many missing",
        _NOTHING,
        cite="cohort.{cohort}",
        headers={
            "label": Column("Cohort", "text"),
            "source": Column("People", "count"),
            "n": Column("Analysed", "count"),
            "scores": Column("Score", "scores"),
            "modalities": Column("Measures", "scores"),
            "smallest_one": Column("Smallest |β|, one test", "number", 2),
            "smallest_many": Column("Over all regions", "number", 2),
        },
    ),
    "cohort_globals": Table(
        "the global measures of every open cohort",
        f"cohort modality feature score n beta se {_ENDS} p",
        _NOTHING,
    ),
    "cohort_regions": Table(
        "how many regions survive in every open cohort, and the strongest of them",
        f"cohort modality score regions surviving nominal expected feature beta {_ENDS} p_fdr",
        _NOTHING,
        headers={
            "surviving": Column(f"Survive {FDR}", "count"),
            "nominal": Column("p at most 0.05", "count"),
            "feature": Column("Strongest", "feature"),
        },
    ),
    "cohort_claims": Table(
        "what every open cohort says to the claims of the study",
        f"claim symptom cohort score regions wanted n estimate se {_ENDS} p",
        _NOTHING,
    ),
    "pooled": Table(
        "what the open cohorts say together to every claim of the study",
        f"claim symptom statement quantity cohorts in_part n estimate {_ENDS} tau p p_fdr "
        "needed verdict",
        _NOTHING,
        cite="pooled.{claim}.{symptom}",
        headers={
            "symptom": Column("Symptom", "words"),
            "quantity": "Estimated",
            "cohorts": Column("Cohorts", "count"),
            "needed": Column("People needed", "count"),
        },
    ),
    "elsewhere": Table(
        "what other large studies found on the claims",
        "claim symptom study people found d agrees doi",
        _NOTHING,
        headers={"people": Column("People", "count"), "d": Column("Cohen's d", "number", 2)},
    ),
    "published": Table(
        "how the maps of the open cohorts follow published ones of depression",
        "cohort score modality regions r p_spin p_fdr",
        _NOTHING,
    ),
    "reliability": Table(
        "how alike a measure comes out a second time",
        f"repeat modality feature n icc {_ENDS}",
        Private(sizes=("n",)),
        cite="reliability.{repeat}.{modality}.{feature}",
        headers={"icc": Column("Reliability", "number", 2), "ci_low": Column(_BETA, "interval", 2)},
    ),
    "relatives": Table(
        "what relatives do to standard errors",
        "modality feature term n families beta se se_cluster ratio alike",
        Private(sizes=("n", "families")),
        cite="relatives.{modality}.{feature}.{term}",
        headers={
            "se": Column("SE, as if unrelated", "number", 3),
            "se_cluster": Column("SE, families", "number", 3),
            "ratio": Column("Ratio", "number", 2),
            "alike": Column("Relatives alike", "number", 2),
        },
    ),
    "study": Table("the rules that the run went by", "rule value words", _NOTHING),
    "globals": Table(
        "the global measures and what the covariates explain of them",
        "modality feature n mean sd explained covariates",
        Private(sizes=("n",), spread=("mean", "sd", "n")),
        cite="{modality}.{feature}",
    ),
}
