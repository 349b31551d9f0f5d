"""What counts as a finding: what survives, stands out, is shared, is specific."""

from __future__ import annotations

import pandas as pd

from transdx import atlas
from transdx.writing import percent

__all__ = [
    "ALPHA",
    "DEPENDS",
    "FDR",
    "LEVEL",
    "POWER",
    "UNTESTED",
    "count_specific",
    "deciding",
    "held_under",
    "kind_of",
    "rule_of",
    "scores_of",
    "shared",
    "stands_out",
    "strongest_first",
    "survives",
    "verdict_of",
]

#: The level of every test: significant is a p of at most this.
ALPHA = 0.05
#: How often a test shall find the effect whose size is named.
POWER = 0.8

#: The verdict on a claim of which no test could be made.
UNTESTED = "cannot be tested here"
#: The level in words, and that of p values corrected for the false discovery rate.
LEVEL = percent(100 * ALPHA, places=0)
FDR = f"FDR {LEVEL}"


def survives(rows: pd.DataFrame, p: str = "p_fdr") -> pd.Series:
    """Say which rows are significant; a missing p is not.

    >>> survives(pd.DataFrame({"p_fdr": [0.05, 0.051, None]})).to_list()
    [True, False, False]
    """
    return rows[p].astype(float) <= ALPHA


def stands_out(enrichment: pd.DataFrame) -> pd.Series:
    """Say which annotations stand out as a place, wherever the level of the map lies.

    Both tests of the place reject: the weighted mean less the mean of the map, after
    correction (``p_centred_fdr``), and the annotation laid elsewhere (``p_spin``).

    >>> rows = pd.DataFrame({"p_centred_fdr": [0.01, 0.01, 0.2], "p_spin": [0.05, 0.2, 0.01]})
    >>> stands_out(rows).to_list()
    [True, False, False]
    """
    return survives(enrichment, "p_centred_fdr") & survives(enrichment, "p_spin")


#: What failing a test of a claim leaves of it, by the role of the test; the first decides.
_ROLES = {
    "level": "same direction",
    "required": "same direction",
    "others absent": "stronger than in the others",
}
#: The same in words, for who asks for the rule.
_RULES = {
    "level": "what is claimed lies on the side that is claimed (else it is not supported) and its "
    "test rejects (else it has the same direction)",
    "required": "every other test passes (else it has the same direction)",
    "others absent": "every other score is practically absent (else it is stronger than in the "
    "others)",
}


def verdict_of(tests: pd.DataFrame) -> str:
    """Say what follows for a claim from its tests, rows of the table ``claim_tests``.

    >>> tests = pd.DataFrame({"role": ["level", "others absent"], "right": "yes"})
    >>> verdict_of(tests.assign(passes=["yes", "no"]))
    'stronger than in the others'
    >>> verdict_of(tests.assign(passes=["no", "no"]))
    'same direction'
    """
    if tests.empty:
        return UNTESTED
    if ((tests["role"] == "level") & (tests["right"] == "no")).any():
        return "not supported"
    failed = set(tests.loc[tests["passes"] == "no", "role"])
    return next((verdict for role, verdict in _ROLES.items() if role in failed), "supported")


#: The verdict on a claim that is lower under an adjustment that is required.
DEPENDS = "depends on adjustment"
#: Verdicts that may depend on what is held constant, and lower ones, from the highest.
_FALLING = ("supported", "stronger than in the others")
_ORDER = (*_FALLING, "same direction", "not supported", UNTESTED)


def held_under(verdict: str, adjustments: pd.DataFrame) -> tuple[str, list[str]]:
    """Say what is left of a verdict under adjustments, and under which of them it is lower.

    Rows are those of a claim and score in the table ``adjustments``. A verdict that says that
    something goes with a score has to be as high under each adjustment that is required.

    >>> rows = pd.DataFrame({"adjustment": ["motion", "head_size"], "required": ["yes", "no"]})
    >>> held_under("supported", rows.assign(verdict=["supported", "same direction"]))
    ('supported', ['head_size'])
    >>> held_under("supported", rows.assign(verdict=["same direction", "supported"]))
    ('depends on adjustment', ['motion'])
    """
    if verdict not in _FALLING:
        return verdict, []
    lower = adjustments["verdict"].map(_ORDER.index) > _ORDER.index(verdict)
    depends = (lower & (adjustments["required"] == "yes")).any()
    falls = adjustments.loc[lower, "adjustment"].to_list()
    return (DEPENDS if depends else verdict), falls


def rule_of(tests: pd.DataFrame) -> str:
    """Say in words how a verdict follows from some tests."""
    roles = [words for role, words in _RULES.items() if role in set(tests["role"])]
    return f"supported where {'; and where '.join(roles)}."


def deciding(tests: pd.DataFrame) -> pd.Series:
    """Give the test that decides: the farthest from passing, or the nearest to failing.

    Of those that fail it is one of the role that makes the verdict.
    """
    failed = tests[tests["passes"] == "no"]
    wrong = failed[(failed["role"] == "level") & (failed["right"] == "no")]
    by_role = [failed[failed["role"] == role] for role in _ROLES]
    chosen = next((some for some in (wrong, *by_role) if len(some)), tests)
    # That nothing differs from what was published is shown by no small p.
    tested = chosen[chosen["agrees"] == "no"]
    return (tested if len(tested) else chosen).sort_values("p", kind="stable").iloc[-1]


def strongest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the largest betas first, whatever their sign."""
    return rows.sort_values("beta", key=lambda beta: -beta.abs(), kind="stable")


def scores_of(specificity: pd.DataFrame) -> list[str]:
    """List the scores that were compared, also those that nothing goes with."""
    return str(specificity["compared"].iloc[0]).split("+")


def shared(specificity: pd.DataFrame) -> pd.Series:
    """Say what goes with all scores, and with all in one direction."""
    everywhere = specificity["associated"] == specificity["compared"]
    return everywhere & (specificity["direction"] != "mixed")


def count_specific(specificity: pd.DataFrame, scores: list[str]) -> pd.Series:
    """Count the findings of each of the 82 regions that are specific to one of some scores.

    The reactivity of the amygdala does not count: it is measured nowhere else, so where it
    lies says nothing.
    """
    rows = specificity[specificity["specific"].isin(scores)]
    counts = rows.loc[rows["feature"].isin(atlas.REGIONS), "feature"].value_counts()
    return counts.reindex(list(atlas.REGIONS), fill_value=0).astype(int)


def kind_of(feature: str) -> str:
    """Say what kind of measure a feature is: ``region``, ``connection`` or ``total``.

    >>> kind_of("left_insula"), kind_of("left_insula--right_insula"), kind_of("total")
    ('region', 'connection', 'total')
    """
    if feature == "total":
        return "total"
    return "connection" if atlas.is_connection(feature) else "region"
