"""Whose data an export holds: people who were simulated, or real ones. It is never assumed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from transdx.errors import InputError

#: What a simulated export carries, and no other: the effects that were planted in it.
TRUTH = "truth.csv"
#: Ids of real participants have at most seven digits, those of simulated ones more.
LARGEST_ID = 9_999_999


def world_of(data: Path) -> str:
    """Say which world an export belongs to: ``simulated``, for one that holds its truth.

    If it does not say, whoever names the data has to name their world. That its people have the
    ids of simulated ones is checked as they are read, see `check_people`.
    """
    if not data.exists():
        raise InputError(f"expected an export at {data}, but there is nothing; check --data")
    if (data / TRUTH).is_file():
        return "simulated"
    raise InputError(
        f"{data} does not say whether its people are real (it holds no {TRUTH}, as a simulated "
        "export does); name its world: --world ukb, or --world simulated"
    )


def check_people(ids: pd.Index[int], *, world: str) -> None:
    """Refuse people of another world than the one that was named, and ids below 1."""
    below, simulated = int((ids < 1).sum()), int((ids > LARGEST_ID).sum())
    if below:
        raise InputError(
            f"{below} of {len(ids)} ids in the export are below 1, which marks people who have "
            "withdrawn; take their rows away"
        )
    if world == "ukb" and simulated:
        raise InputError(
            f"{simulated} of {len(ids)} ids in the export have more than seven digits, as only "
            "simulated participants have, who cannot be shown as UK Biobank; use world 'simulated'"
            + (" or take their rows away" if simulated < len(ids) else "")
        )
    if world == "simulated" and simulated < len(ids):
        raise InputError(
            f"{len(ids) - simulated} of {len(ids)} ids in the export have at most seven digits, as "
            "those of real participants have, who cannot be shown as simulated; use world 'ukb'"
            + (" or take the simulated rows away" if simulated else "")
        )
