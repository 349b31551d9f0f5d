"""From connections to regions and networks: which betas are averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transdx import atlas, modalities
from transdx.atlas import NETWORKS
from transdx.results.schema import TABLES
from transdx.stats import Estimates, combine

__all__ = ["of_networks", "of_regions", "planted_in_regions"]


def of_regions(found: Estimates) -> list[Estimates]:
    """Average the betas of each region's connections: one set of estimates per modality.

    Regions without a connection that was analysed are left out.
    """
    return [_mean_over(found, _ends(table)) for table in _by_modality(found.beta.index)]


def planted_in_regions(truth: pd.DataFrame, analysed: pd.Index[Any]) -> pd.DataFrame:
    """Average what is planted in the connections of each region that are analysed."""
    wide = truth.pivot(index=["modality", "feature"], columns="score", values="planted")
    tables = []
    for table in _by_modality(analysed):
        member = _ends(table)
        means = member.div(member.sum(axis=1), axis=0) @ wide.reindex(table.index)
        tables.append(means.melt(value_name="planted", ignore_index=False).reset_index())
    columns = TABLES["truth"].names
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)


def of_networks(found: Estimates) -> pd.DataFrame:
    """Average the betas of the connections within and between networks."""
    tables = []
    for table in _by_modality(found.beta.index):
        member = _pairs(table)
        rows = _mean_over(found, member).table()
        rows[["network_a", "network_b"]] = [name.split("/") for name in rows["feature"]]
        rows["connections"] = rows["feature"].map(member.sum(axis=1).droplevel("modality"))
        tables.append(rows)
    columns = ["modality", "network_a", "network_b", "score", "connections", "n"]
    columns += ["beta", "se", "ci_low", "ci_high", "p", "p_fdr"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame()


def _by_modality(analysed: pd.Index[Any]) -> list[pd.DataFrame]:
    """Describe the connections of each modality, indexed by their labels."""
    tables = []
    for modality in modalities.CONNECTIVITY:
        labels = [
            label for label in analysed if label[0] == modality and atlas.is_connection(label[1])
        ]
        if labels:
            table = atlas.connections().loc[[feature for _, feature in labels]]
            names = ["modality", "feature"]
            tables.append(table.set_index(pd.MultiIndex.from_tuples(labels, names=names)))
    return tables


def _ends(table: pd.DataFrame) -> pd.DataFrame:
    """Say which connections end in which region."""
    one, other = table["region_a"].to_numpy(), table["region_b"].to_numpy()
    return _members({r: (one == r) | (other == r) for r in atlas.REGIONS}, table)


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Say which connections lie between which networks."""
    ranks = {name: rank for rank, name in enumerate(NETWORKS)}
    both = np.sort(np.stack([table["network_a"].map(ranks), table["network_b"].map(ranks)]), axis=0)
    members = {
        f"{one}/{NETWORKS[j]}": (both[0] == i) & (both[1] == j)
        for i, one in enumerate(NETWORKS)
        for j in range(i, len(NETWORKS))
    }
    return _members(members, table)


def _members(groups: dict[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    modality = table.index[0][0]
    kept = {name: inside for name, inside in groups.items() if inside.any()}
    index = pd.MultiIndex.from_product([[modality], kept], names=["modality", "feature"])
    return pd.DataFrame(np.stack(list(kept.values())), index=index, columns=table.index)


def _mean_over(found: Estimates, members: pd.DataFrame) -> Estimates:
    return combine(found, members.div(members.sum(axis=1), axis=0))
