"""The page of trials: claims and a map that change with people, seed, and what is planted."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from transdx.book.trials import NOTHING, key_of, trials_of
from transdx.results import Findings, load_findings
from transdx.results.store import read_manifest
from transdx.run import Run
from transdx.writing import count, counted

__all__ = ["setup"]

#: The map that trials show: what is claimed of many regions, and of one score alone.
MAP = {"modality": "thickness", "score": "depression"}


class Trials(SphinxDirective):
    """The directive ``{trials}``: claims and a map, as they are with more people or another seed.

    Below them stands the content. In a book on other people than those that are simulated for it,
    there is a sentence in place of all this.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Write every trial; without scripts the book's own is shown, or else the largest."""
        results = Path(self.config.transdx_root) / "results"
        world = self.config.transdx_world
        name = self.config.transdx_runs.get(world) or Run(world).name
        made = (read_manifest(results / name) or {}).get("parameters")
        own = Run(**made) if made else None
        runs = trials_of(own) if own else []
        if not runs:
            words = "Trials are of people who are simulated for them. This book is about others."
            return [nodes.paragraph("", words)]
        found = {run: load_findings(results / run.name) for run in runs}
        planted = [run for run in runs if run.effects != NOTHING]
        shown = _written(found, first=own if own in found else planted[-1])
        return [nodes.raw("", shown, format="html"), *self.parse_content_to_nodes()]


def _written(found: dict[Run, Findings], *, first: Run) -> str:
    """Write the form that chooses, and all trials, the first of them shown."""
    from transdx.figures.canvas.picture import STYLE

    ordered = [first, *(run for run in found if run is not first)]
    limit = _limit(found)
    scale = max(map(_scale, found.values()))
    shown = [
        _trial(run, found, limit=limit, scale=scale, hidden=run is not first) for run in ordered
    ]
    return (
        f'{STYLE}<div class="transdx-try">{_form(list(found), first)}'
        '<p class="transdx-try-said" role="status"></p>'
        '<p class="transdx-plain">Without scripts this page shows one of its trials.</p>'
        f"{''.join(shown)}</div>"
    )


def _trial(
    run: Run, found: dict[Run, Findings], *, limit: float, scale: float, hidden: bool
) -> str:
    from transdx.figures import cortex_maps, trial_table

    key, own = key_of(run), found[run]
    maps = cortex_maps(own.table("associations"), **MAP, limit=scale)
    drawn = maps.pictures[0].figure(maps.about)
    table = trial_table(own.table("claims"), limit=limit, name=f"trial-{key}")
    # Neither has a number of its own: there would be one for each trial.
    shown = table._repr_html_().replace('<span class="transdx-label" data-kind="Table"></span>', "")
    words = html.escape(_said(run, found))
    return (
        f'<section class="transdx-trial" data-trial="{key}"{" hidden" * hidden}>'
        f'<p class="transdx-tally">{words}</p>{drawn}{shown}</section>'
    )


def _said(run: Run, found: dict[Run, Findings]) -> str:
    """Say how many claims a trial supports, and how many the one without effects, or with them."""
    claims = found[run].table("claims")
    (other,) = (
        one
        for one in found
        if one.effects != run.effects
        and (one.participants, one.seed) == (run.participants, run.seed)
    )
    number = _supported(found[other])
    return (
        f"{count(run.participants)} people, {count(claims['n'].max())} of them analysed, seed "
        f"{run.seed}, {_planted(run)}: {_supported(found[run])} of "
        f"{counted(len(claims), 'row is', 'rows are')} supported; with {_planted(other)} "
        f"{number}."
    )


def _planted(run: Run) -> str:
    return "nothing planted" if run.effects == NOTHING else "effects planted"


def _supported(found: Findings) -> int:
    return int((found.table("claims")["verdict"] == "supported").sum())


def _limit(found: dict[Run, Findings]) -> float:
    """Choose the end of a scale that holds every interval of a beta, in steps of 0.05."""
    tables = [one.table("claims") for one in found.values()]
    rows = pd.concat([table[table["quantity"].str.contains("β")] for table in tables])
    # A claim that cannot be tested has no interval.
    return math.ceil(20 * float(rows[["ci_low", "ci_high"]].abs().max().max())) / 20


def _scale(found: Findings) -> float:
    from transdx.figures.canvas.layout import MOST, colour_limit

    rows = found.table("associations")
    chosen = (rows["modality"] == MAP["modality"]) & (rows["score"] == MAP["score"])
    return colour_limit(rows.loc[chosen & (rows["feature"] != "total"), "beta"], most=MOST)


def _form(runs: list[Run], first: Run) -> str:
    """Write the controls, which a script shows."""
    people = list(dict.fromkeys(run.participants for run in runs))
    seeds = list(dict.fromkeys(run.seed for run in runs))
    (planted,) = {run.effects for run in runs} - {NOTHING}
    stops = "".join(f"<span>{count(number)}</span>" for number in people)
    radios = "".join(
        f'<label><input type="radio" name="seed" value="{seed}"'
        f"{' checked' * (seed == first.seed)}> {seed}</label>"
        for seed in seeds
    )
    return (
        '<form class="transdx-try-form" aria-label="Trial" hidden>'
        f'<div class="transdx-people"><label for="try-people">People</label>'
        f'<input type="range" id="try-people" name="people" min="0" max="{len(people) - 1}" '
        f'step="1" value="{people.index(first.participants)}" '
        f'data-stops="{" ".join(map(str, people))}">'
        f'<div class="transdx-stops" aria-hidden="true">{stops}</div></div>'
        f"<fieldset{' hidden' * (len(seeds) == 1)}><legend>Seed</legend>{radios}</fieldset>"
        '<label class="transdx-switch"><input type="checkbox" role="switch" name="planted" '
        f'value="{planted}"{" checked" * (first.effects == planted)}> Effects planted</label>'
        "</form>"
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("trials", Trials)
    return {"version": "1", "parallel_read_safe": True}
