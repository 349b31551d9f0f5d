"""What may go with scores and images alike, and what unequal measurement does."""

from __future__ import annotations

import pandas as pd

from transdx.figures.canvas.picture import Note
from transdx.figures.canvas.reads import reads
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView


@reads()
def nuisance_table(nuisances: pd.DataFrame) -> TableView | Note:
    """Show how nuisances go together with the scores.

    A note says so where the data hold none.
    """
    if nuisances.empty:
        return Note("These data hold no nuisances.")
    return view(
        nuisances,
        "nuisances",
        "label score n rho ci_low",
        caption="Spearman correlations of nuisances with the symptom scores.",
        note="With 95 % interval; – where fewer than ten people differ from all others.",
        by_score=True,
    )


@reads()
def equal_reliability_table(equal_reliability: pd.DataFrame) -> TableView | Note:
    """Show the differences between scores in the claims about one only, measured and equalised.

    A note says so where nothing says how reliable the scores are.
    """
    if equal_reliability.empty:
        return Note("Nothing says how reliable these scores are.")
    return view(
        equal_reliability,
        "equal_reliability",
        "claim score other difference ci_low equal equal_low",
        caption="The score of a claim about one only less each other, as measured and measured "
        "equally well.",
        note="Of a claim about a place, that of the place. Reliabilities are taken as known.",
    )
