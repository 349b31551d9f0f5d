"""Tables of how many people an effect takes, and what is reported where there are fewer."""

from __future__ import annotations

import pandas as pd

from transdx.figures.canvas.reads import reads
from transdx.figures.tables.formats import view
from transdx.figures.tables.view import TableView
from transdx.writing import count


@reads()
def needed_table(needed: pd.DataFrame) -> TableView:
    """Show how many people it takes to find effects of some sizes."""
    wide = needed.pivot(index=["label", "tests"], columns="beta", values="n").reset_index()
    sizes = [column for column in wide if not isinstance(column, str)]
    wide = wide.sort_values("tests").rename(columns={size: f"beta_{size:g}" for size in sizes})
    heads = {f"beta_{size:g}": f"|β| = {size:g}" for size in sizes}
    return TableView(
        wide,
        name="needed",
        caption="People it takes to find an effect with 80 % power, by its size.",
        note="Of several tests each is made at 5 % over their number (Bonferroni). Where many "
        "effects are true the false discovery rate takes fewer, but no fewer than one test.",
        columns={"label": "Tested together", "tests": "Tests", **heads},
        formats=dict.fromkeys(("tests", *heads), count),
        cards=True,
    )


@reads()
def small_studies_table(small_studies: pd.DataFrame) -> TableView:
    """Show what significant studies of a size report: by formula, and drawn."""
    return view(
        small_studies,
        "small_studies",
        "n power power_drawn exaggeration exaggeration_drawn wrong_sign wrong_sign_drawn",
        caption="What studies report of an effect of the published size, where it is significant.",
        note="By formula, and among 20,000 drawn studies of each size.",
    )
