"""Which effects a scenario plants: those of its claims, spread and shared as it supposes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transdx import atlas
from transdx.scenarios import Scenario
from transdx.simulate.constants import number, planted
from transdx.study import Study


def plant(scenario: Scenario, study: Study) -> pd.DataFrame:
    """Give what is planted: modality, feature, score, beta."""
    table = planted(study)
    if scenario.claims is not None:
        table = table[table["claim"].isin(scenario.claims)]
    wide = table.pivot_table("beta", ["modality", "feature"], "score", aggfunc="last", sort=False)
    wide = wide.reindex(columns=study.score_names)
    if width := number("effects.smooth"):
        wide = _smooth(wide, width)
    if share := number("effects.others"):
        wide = wide.T.fillna(share * wide.mean(axis=1)).T
    long = wide.reset_index().melt(["modality", "feature"], var_name="score", value_name="beta")
    return long.dropna()


def _smooth(wide: pd.DataFrame, width: float) -> pd.DataFrame:
    """Give each cortical region the mean of the effects around it, as near as they are."""
    kernel = _kernel(width)
    pieces = {}
    for modality, rows in wide.groupby(level="modality", sort=False):
        own = rows.droplevel("modality")
        cortical = own.index.isin(kernel.index)
        if cortical.any():
            inside = own[cortical].dropna(axis=1, how="all").fillna(0)
            own = pd.concat([own[~cortical], kernel[inside.index] @ inside])
        pieces[modality] = own
    return pd.concat(pieces, names=["modality", "feature"])


def _kernel(width: float) -> pd.DataFrame:
    """Weigh the cortical regions of a hemisphere around each one, in mm; rows add up to one."""
    place = atlas.regions().query("structure == 'cortex'")
    at, side = place[list("xyz")].to_numpy(), place["hemisphere"].to_numpy()
    apart = np.linalg.norm(at[:, None] - at, axis=2)
    weights = np.where(side[:, None] == side, np.exp(-((apart / width) ** 2) / 2), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return pd.DataFrame(weights, place.index, place.index)
