"""A calculator of power for a page, which needs no kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from transdx.results.select import ALPHA, POWER
from transdx.results.store import load_findings
from transdx.run import Run
from transdx.stats.power import MOST_PEOPLE
from transdx.writing import percent

__all__ = ["setup"]

#: What is asked: its name, its words, and what it is at first.
_ASKED = {
    "people": ("People analysed", "1000"),
    "beta": ("Effect, |β|", "0.05"),
    "tests": ("Number of tests", "1"),
    "covariates": ("Covariates", "6"),
    "explained": ("R² of the covariates", "0"),
}


class PowerCalculator(SphinxDirective):
    """The directive ``{power-calculator}``: power, smallest effect, people needed, as one types."""

    def run(self) -> list[nodes.Node]:
        """Write a form that begins with the people of the book's own run; a script answers it."""
        world = self.config.transdx_world
        name = self.config.transdx_runs.get(world) or Run(world).name
        own = load_findings(Path(self.config.transdx_root) / "results" / name)
        # Cohorts beside each other are no sample of so many people.
        first = {"people": str(own.number("flow.analysed"))} if "flow" in own.tables else {}
        fields = "".join(
            f'<label>{words} <input name="{asked}" value="{first.get(asked, usual)}" '
            'inputmode="decimal" autocomplete="off"></label>'
            for asked, (words, usual) in _ASKED.items()
        )
        found = percent(100 * POWER, places=0)
        lines = {
            "power": "Power",
            "smallest": f"Smallest |β| with a power of {found}",
            "needed": f"People needed for this |β|, with a power of {found}",
        }
        told = "".join(
            f'<dt>{words}</dt><dd><output name="{answer}"></output></dd>'
            for answer, words in lines.items()
        )
        form = (
            f'<form class="transdx-power" aria-label="Power" data-alpha="{ALPHA}" '
            f'data-power="{POWER}" data-most="{MOST_PEOPLE}" hidden>{fields}'
            f'<dl>{told}</dl><p class="transdx-wrong" role="alert"></p></form>'
            '<p class="transdx-plain">The calculator needs scripts.</p>'
        )
        return [nodes.raw("", form, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("power-calculator", PowerCalculator)
    return {"version": "1", "parallel_read_safe": True}
