"""What may go with scores and images alike."""

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
