"""What the simulated people are made of: the effects that were planted, the numbers behind them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from transdx.book.handbook import grid
from transdx.fields import read_table
from transdx.naming import label
from transdx.scenarios import SCENARIOS
from transdx.writing import counted, decimal, sentence_case

__all__ = ["measures", "setup", "signed"]

#: By basis: what it means. What can be trusted most comes first.
BASES = {
    "verified": "read in a public source, which is named",
    "derived": "computed from a verified source",
    "inferred": "follows indirectly from a source",
    "chosen": "set for this simulation, mostly to make something else come out right",
    "memory": "plausible, but no source was found: not to be quoted",
}


class Planted(SphinxDirective):
    """The directive ``{planted-effects}``: all that is planted, alike effects in one row."""

    def run(self) -> list[nodes.Node]:
        """Write a row per modality, score and size."""
        effects = read_table("planted_effects.csv")
        keys = ["modality", "score", "beta", "claim", "basis"]
        rows = [
            [label(modality), measures(modality, found["feature"].to_list()), label(score),
             decimal(float(beta)), claim, basis]
            for key, found in effects.groupby(keys, sort=False)
            for modality, score, beta, claim, basis in [map(str, key)]
        ]  # fmt: skip
        header = ("Modality", "Measures", "Score", "β", "Claim", "Basis")
        return [grid(header, [[nodes.Text(text) for text in row] for row in rows])]


def measures(modality: str, features: list[str]) -> str:
    """Name features; those of both sides once.

    >>> measures("thickness", ["left_insula", "right_insula", "left_cuneus"])
    'insula, left cuneus'
    """
    bare = [name.partition("_")[2] for name in features if name.startswith(("left_", "right_"))]
    named = []
    for name in features:
        side, _, region = name.partition("_")
        both = side in ("left", "right") and bare.count(region) > 1
        named.append(label(region if both else name, modality=modality))
    return ", ".join(dict.fromkeys(named))


class Assumptions(SphinxDirective):
    """The directive ``{assumptions}``: the constants, folded, by how far they can be trusted."""

    def run(self) -> list[nodes.Node]:
        """Write how many rest on what, and a folded table for each basis."""
        table = read_table("assumptions.csv")
        return [_folded(basis, table[table["basis"] == basis]) for basis in BASES]


def _folded(basis: str, rows: pd.DataFrame) -> nodes.admonition:
    title = f"{sentence_case(basis)}: {counted(len(rows), 'constant', 'constants')}, {BASES[basis]}"
    box = nodes.admonition("", nodes.title("", title), classes=["dropdown", "transdx-basis"])
    sourced = bool((rows["source"] != "").any())
    header = ("What", "Value", *(["Source"] if sourced else []))
    box += grid(
        header,
        [
            [nodes.Text(text) for text in (
                sentence_case(row["used_for"]), signed(row["value"]), row["source"],
            )[: len(header)]]
            for row in rows.to_dict("records")
        ],
    )  # fmt: skip
    return box


class ModelFit(SphinxDirective):
    """The directive ``{connectome-fit}``: how well the model of the typical connectome fits."""

    def run(self) -> list[nodes.Node]:
        """Write a row per equation and measure."""
        table = read_table("connectome_fit.csv")
        header = list(map(sentence_case, map(str, table)))
        return [grid(header, [[nodes.Text(cell) for cell in row] for row in table.to_numpy(str)])]


class Scenarios(SphinxDirective):
    """The directive ``{scenarios}``: what each scenario is, and the constants that it changes."""

    def run(self) -> list[nodes.Node]:
        """Write a row per scenario."""
        means = read_table("assumptions.csv").set_index("quantity")["used_for"]
        rows = [
            [one.id, sentence_case(one.about), "; ".join(
                f"{means[name]}: {signed(given.value)} ({given.basis})"
                for name, given in one.assumptions.items()
            )]
            for one in SCENARIOS.values()
        ]  # fmt: skip
        header = ("Scenario", "What it is", "Constants that differ")
        return [grid(header, [[nodes.Text(text) for text in row] for row in rows])]


def signed(value: str) -> str:
    """Write the minus of numbers as one.

    >>> signed("-0.12 0.5"), signed("left-handed")
    ('−0.12 0.5', 'left-handed')
    """
    return " ".join(
        f"−{part[1:]}" if part[:1] == "-" and part[1:2].isdigit() else part
        for part in value.split()
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("planted-effects", Planted)
    app.add_directive("connectome-fit", ModelFit)
    app.add_directive("assumptions", Assumptions)
    app.add_directive("scenarios", Scenarios)
    return {"version": "1", "parallel_read_safe": True}
