"""Typical connectomes: a small model of what a connection is like, from where its ends are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from transdx._arrays import Floats
from transdx.atlas import NETWORKS, connections, ends, regions
from transdx.fields import read_table
from transdx.simulate.constants import number

#: Mean correlation; log odds that a structural connection is present; its log weight if so.
EQUATIONS = ("functional", "presence", "weight")


@cache
def network_ends() -> Floats:
    """Count how many ends of each connection lie in each network, shape (3321, 8)."""
    table = connections()
    both = [table[f"network_{end}"].to_numpy()[:, None] == np.array(NETWORKS) for end in "ab"]
    return np.asarray(both[0] + 0.0 + both[1])


def predictors(equation: str) -> pd.DataFrame:
    """Describe every connection in the terms of the model, shape (3321, terms), the first constant.

    The structural equations have one term for ends in the same network, where the functional one
    has a term per network: too few connections within the small networks lack streamlines for more.
    """
    table, counts = connections(), network_ends()
    columns: dict[str, Floats] = {
        "constant": np.ones(len(table)),
        "distance": table["distance"].to_numpy() / 100,
        "log distance": np.log(table["distance"].to_numpy() / 100),
        "homotopic": table["homotopic"].to_numpy(dtype=float),
        "same hemisphere": np.asarray(table["hemispheres"] != "between", dtype=float),
    }
    # How far out, forward and up the two ends lie, added up.
    centres = regions()[list("xyz")].assign(x=lambda at: at["x"].abs()).to_numpy() / 100
    a, b = ends()
    columns |= dict(
        zip(("lateral", "anterior", "superior"), (centres[a] + centres[b]).T, strict=True)
    )
    for place, network in enumerate(NETWORKS):
        if network != "default mode":
            columns[f"ends in {network}"] = counts[:, place]
    within = {f"within {name}": (counts[:, i] == 2) + 0.0 for i, name in enumerate(NETWORKS)}
    if equation == "functional":
        columns |= within
    else:
        deep = within.pop("within subcortex")
        columns |= {"within a cortical network": sum(within.values()), "within subcortex": deep}
    return pd.DataFrame(columns, index=table.index)


def group_mean(equation: str) -> Floats:
    """Predict correlation, log odds or log weight of each connection, moved as assumed."""
    shift, scale = number(f"connectome.{equation}.shift"), number(f"connectome.{equation}.scale")
    return np.asarray(scale * _predicted(equation) + shift)


@cache
def _predicted(equation: str) -> Floats:
    terms = predictors(equation)
    model = read_table("connectome_model.csv").set_index(["equation", "term"])["value"]
    return np.asarray(terms.to_numpy() @ model[equation][terms.columns].to_numpy(dtype=float))
