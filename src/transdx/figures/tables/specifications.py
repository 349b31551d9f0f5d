"""Tables of what could have been chosen, and of what all specifications say together."""

from __future__ import annotations

import pandas as pd

from transdx.figures.canvas.reads import reads
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView
from transdx.results.curves import matters_most


@reads()
def specification_options_table(specification_options: pd.DataFrame) -> TableView:
    """Show what could have been chosen, and why one may."""
    return view(
        specification_options,
        "specification_options",
        "choice label reason",
        caption="Choices of an analysis, and their options.",
        note="The first of each choice is that of the study.",
    )


@reads()
def specification_tests_table(specification_tests: pd.DataFrame) -> TableView:
    """Show what all specifications of a measure and score say together."""
    return view(
        specification_tests,
        "specification_tests",
        "feature score beta median lowest highest significant p_median p_significant",
        caption="What all specifications say together.",
        note="Significant: share of specifications that are so with the sign of the median. Each p "
        "compares the whole curve with curves of permuted scores; that of the mean z is in the "
        "download.",
    )


@reads()
def specification_shares_table(
    specification_shares: pd.DataFrame, specification_options: pd.DataFrame
) -> TableView:
    """Show the choice that an estimate depends on most, and from where to where it moves it."""
    most = matters_most(specification_shares)
    named = specification_options.set_index(["choice", "option"])["label"].to_dict()
    for end in ("low_option", "high_option"):
        pairs = zip(most["choice"], most[end], strict=True)
        most[end] = [named.get(pair, pair[1]) for pair in pairs]
    return view(
        most.sort_index(),
        "specification_shares",
        "feature score choice share low_option low high_option high",
        caption="The choice that each estimate depends on most.",
        note="Means of β over the specifications that take the option.",
    )
