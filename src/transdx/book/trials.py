"""Trials of a book: which are made, so that its claims can be seen as they are in other cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from transdx.run import TRIAL, Run, plan

__all__ = ["NOTHING", "PAGE", "TRIALS", "key_of", "trials_of"]

#: The page that shows them; a book without it makes none.
PAGE = "book/try"


@dataclass(frozen=True)
class Grid:
    """Which trials are made: all that these make together."""

    people: tuple[int, ...]
    seeds: int  # that of the book, and those after it
    draws: int  # permutations, and bootstrap resamples


#: The trials of a book, by its profile.
TRIALS = {
    "quick": Grid(people=(1_000, 4_000), seeds=1, draws=200),
    "paper": Grid(people=(1_000, 4_000, 33_000), seeds=2, draws=1_000),
}
#: What is planted where nothing is.
NOTHING = "none"
#: What makes a trial.
_OWN = ("participants", "seed", "effects")


def trials_of(own: Run) -> list[Run]:
    """List the trials of a book; its own run is one of them where it is as large.

    None where its people are not simulated for it: of others nobody knows what is planted.

    >>> [run.name for run in trials_of(plan())][1:3]
    ['simulated-trial-none', 'simulated-quick']
    """
    if own.world != "simulated" or own.data:
        return []
    grid = TRIALS[own.profile]
    planted = Run.effects if own.effects == NOTHING else own.effects
    draws = {"permutations": grid.draws, "bootstraps": grid.draws}
    planned = [
        plan(profile=TRIAL, participants=people, seed=own.seed + more, effects=effects, **draws)
        for people, more, effects in product(grid.people, range(grid.seeds), (planted, NOTHING))
    ]
    return [own if key_of(one) == key_of(own) else one for one in planned]


def key_of(run: Run) -> str:
    """Name a trial among those of a book.

    >>> key_of(plan(profile="trial", effects="none"))
    '1000-1-none'
    """
    return "-".join(str(getattr(run, name)) for name in _OWN)
