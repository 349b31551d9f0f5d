"""What sentences say of the measures of the claims under every specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from transdx.naming import label
from transdx.results.each import listed
from transdx.results.select import ALPHA
from transdx.writing import all_of, count, counted, decimal, percent

__all__ = ["CHOICES", "NULL", "TOGETHER", "certain", "cite", "matters_most"]

#: What is chosen in an analysis, in the order of the columns of the table.
CHOICES = ("covariates", "outliers", "definition", "scaling")
#: What is chosen besides, which changes p alone: each option is a column.
NULL = "null"
#: What no single choice explains.
TOGETHER = "together"

_KEYS = ["modality", "feature", "score"]
#: More curves than these are counted.
_NAMED = 3
#: Choices as a sentence names them.
_WORDS = {
    "covariates": "covariates",
    "outliers": "outliers",
    "definition": "the definition of the score",
    "scaling": "the scaling of the measure",
    "null": "the null",
}


def cite(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Count specifications and curves, and say which choice matters."""
    if "specification_tests" not in tables or "specification_shares" not in tables:
        return {}
    curves, shares = tables["specification_tests"], tables["specification_shares"]
    # The first measure with the last score is drawn.
    drawn = curves[curves["modality"] == curves["modality"].iloc[0]].iloc[-1].to_dict()
    shown = {f"specifications.shown.{name}": value for name, value in drawn.items()}
    return {
        **shown,
        "specifications.shown.score": label(drawn["score"]),
        "specifications.all": int(curves["specifications"].sum()),
        "specifications.curves": len(curves),
        "specifications.least": int(curves["specifications"].min()),
        "specifications.most": int(curves["specifications"].max()),
        "specifications.apart": _apart(curves),
        "specifications.matters": _matters(shares),
        "specifications.moves": _moves(tables),
        "specifications.null": _null(shares),
    }


def _curve(row: Mapping[Any, Any]) -> str:
    return f"{label(row['feature'], modality=row['modality'])} with {label(row['score'])}"


def _apart(curves: pd.DataFrame) -> str:
    """Say which curves are not what permuted scores give, and which are not told from them."""
    apart = curves["p_median"] <= ALPHA
    of_all = f"Of {counted(len(curves), 'curve', 'curves')}"
    if not apart.any():
        return f"{of_all}, none has a median that permuted scores seldom have."
    low, high = curves.loc[apart, "significant"].min(), curves.loc[apart, "significant"].max()
    ends = dict.fromkeys(percent(100 * share, places=0) for share in (low, high))
    text = (
        f"{of_all}, {counted(int(apart.sum()), 'has', 'have')} a median that permuted scores "
        f"seldom have; of their specifications {' to '.join(ends)} are significant"
    )
    others = [_curve(row) for row in curves[~apart].to_dict("records")]
    if not others:
        return f"{text}."
    few = len(others) <= _NAMED
    told = listed(others) if few else count(len(others))
    return f"{text}. Not told from chance {'is' if len(others) == 1 else 'are'} {told}."


def matters_most(shares: pd.DataFrame) -> pd.DataFrame:
    """Take the choice of each curve that matters most to its estimates."""
    own = shares[(shares["outcome"] == "estimate") & (shares["choice"] != TOGETHER)]
    own = own[own["share"].notna()]
    return own.sort_values("share", ascending=False, kind="stable").drop_duplicates(_KEYS)


def _matters(shares: pd.DataFrame) -> str:
    most = matters_most(shares)
    if most.empty:
        return "Every specification gives the same."
    counts = most["choice"].value_counts()
    told = [f"{_WORDS[str(choice)]} in {count(many)}" for choice, many in counts.items()]
    return f"The choice that matters most is {listed(told)}."


def _moves(tables: Mapping[str, pd.DataFrame]) -> str:
    """Name the choice that moves the mean of a curve farthest, and from where to where."""
    most = matters_most(tables["specification_shares"])
    if most.empty:
        return "Nothing moves any estimate."
    far = (most["high"] - most["low"]).to_numpy().argmax()
    row = most.to_dict("records")[int(far)]
    options = tables.get("specification_options", pd.DataFrame(columns=["choice", "option"]))
    words = options[options["choice"] == row["choice"]].set_index("option").get("label", {})
    ends = [
        f"{decimal(row[of])} on average under “{words.get(row[f'{of}_option'], '')}”"
        for of in ("low", "high")
    ]
    return f"Farthest moved is {_curve(row)}, by {_WORDS[row['choice']]}: {ends[0]}, and {ends[1]}."


def _null(shares: pd.DataFrame) -> str:
    """Say how much of what is significant depends on the null."""
    own = shares[(shares["choice"] == NULL) & shares["share"].notna()]
    if own.empty:
        return "No significance depends on any choice"
    return f"The null explains at most {percent(100 * own['share'].max(), places=0)} of it"


def certain(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Say how sure it is what all specifications say, by what it is said of."""
    if not {"specifications", "specification_tests"} <= set(tables):
        return {}
    curves, rows = tables["specification_tests"], tables["specifications"]
    alike = curves["sign"].min()
    se = float(rows.groupby(_KEYS)["se"].median().median())
    spread = float(rows.groupby(_KEYS)["beta"].std().median())
    same = f"{all_of(len(curves))} curves, at least {percent(100 * alike, places=0)}"
    by_chance = (curves["p_median"] > ALPHA).sum()
    sure = (
        f"In {same} of the specifications have the sign of the median. They are of nearly the same "
        "people, so that many that agree are no more evidence than one: only the joint test counts "
        f"them together, and {counted(int(by_chance), 'curve does', 'curves do')} not pass it."
    )
    shares = (
        f"Choices move an estimate {'more' if spread > se else 'less'} than chance does: its "
        f"standard deviation over specifications is {decimal(spread)}, its standard error "
        f"{decimal(se)} (each the median of all curves). Shares are of the options that are "
        "listed: another list, other shares. That an estimate depends on a choice does not "
        "say which option is right."
    )
    return {"specifications": sure, "specification_shares": shares}
