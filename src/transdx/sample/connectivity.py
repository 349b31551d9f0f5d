"""Connectomes of the people in a study: who has one, what sums it up, what is analysed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx import atlas, modalities
from transdx._arrays import Bools, Floats, Indices, Singles
from transdx.connectomes import Connectomes
from transdx.study import Connections

#: People whose connectomes are in memory at a time.
PEOPLE = 1000
_NONE = Connections()
_SC, _FC = modalities.CONNECTIVITY
_STRUCTURAL = (
    "Mean structural weight",
    "Prevalence of present connections",
    "Prevalence of absent connections",
)


def has_connectome(held: Connectomes, modality: str, everybody: pd.Index) -> pd.Series:
    """Say who of everybody has a connectome; who lacks a single value has none."""
    whole = pd.Series(everybody.isin(held.participants), index=everybody)
    people = everybody[whole]
    for some, block in _blocks(held, modality, people):
        # The sum of a row is finite only if all of it is.
        whole[people[some]] = np.isfinite(block.sum(axis=1, dtype=np.float64))
    return whole


def person_summaries(held: Connectomes, people: pd.Index) -> pd.DataFrame:
    """Sum up each person's connectomes in the four numbers that outliers are looked for in.

    Mean weight of the structural connections that the person has; the mean share of people who
    have them, and of those that the person lacks; mean functional connectivity over all 3,321
    connections. The people are those who have all that there is.
    """
    found = pd.DataFrame(index=people)
    if _SC in held.matrices:
        counts = sum((block > 0).sum(axis=0) for _, block in _blocks(held, _SC, people))
        found[list(_STRUCTURAL)] = np.nan
        for some, block in _blocks(held, _SC, people):
            found.iloc[some, -3:] = _structural(block, np.asarray(counts), len(people))
    if _FC in held.matrices:
        found["Mean functional connectivity"] = np.nan
        for some, block in _blocks(held, _FC, people):
            found.iloc[some, -1] = block.mean(axis=1, dtype=np.float64)
    return found


def group_connectome(
    held: Connectomes, people: pd.Index, rules: Mapping[str, Connections]
) -> pd.DataFrame:
    """Describe the connections of the group, and choose those that are analysed.

    One row per pair of regions: connection, the columns of `transdx.atlas.connections`,
    functional_mean (correlation), functional_included, structural_mean (weight where present),
    structural_n (who has it), structural_prevalence (their share), structural_included.
    """
    table = atlas.connections().reset_index(names="connection")
    mean, weight, count = (np.full(len(table), np.nan) for _ in range(3))
    if _FC in held.matrices:
        sums = [b.sum(axis=0, dtype=np.float64) for _, b in _blocks(held, _FC, people)]
        mean = np.sum(sums, axis=0) / len(people)
    if _SC in held.matrices:
        parts = [
            (block.sum(axis=0, dtype=np.float64), (block > 0).sum(axis=0))
            for _, block in _blocks(held, _SC, people)
        ]
        sums_, counts = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
        weight = np.divide(sums_, counts, out=np.full_like(sums_, np.nan), where=counts > 0)
        count = counts.astype(float)
    share = count / len(people)
    return table.assign(
        functional_mean=mean,
        functional_included=_included(rules.get(_FC, _NONE), mean, share),
        structural_mean=weight,
        structural_n=count,
        structural_prevalence=share,
        structural_included=_included(rules.get(_SC, _NONE), weight, share),
    )


def analysed_connections(
    held: Connectomes, people: pd.Index, connections: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Read the connections that are analysed, in single precision, by modality.

    The last column is ``total``, the sum over the connections that a person has. An absent
    structural connection is missing.
    """
    tables = {}
    for modality in held.matrices:
        kept = connections[f"{modality.split('_')[0]}_included"].to_numpy(dtype=bool)
        # A column block of the table is a stretch of memory: that is how it is read later.
        values = np.empty((kept.sum() + 1, len(people)), dtype=np.float32)
        for rows, block in _blocks(held, modality, people):
            part = block[:, kept]
            values[-1, rows] = part.sum(axis=1, dtype=np.float64)
            values[:-1, rows] = (np.where(part > 0, part, np.nan) if modality == _SC else part).T
        names = [*connections.loc[kept, "connection"], "total"]
        tables[modality] = pd.DataFrame(values.T, index=people, columns=names, copy=False)
    return tables


def connection_totals(
    held: Connectomes, modality: str, people: pd.Index, connections: pd.DataFrame
) -> pd.Series:
    """Read the ``total`` of a modality alone, see `analysed_connections`, of any people."""
    kept = connections[f"{modality.split('_')[0]}_included"].to_numpy(dtype=bool)
    found = np.empty(len(people), dtype=np.float32)
    for rows, block in _blocks(held, modality, people):
        found[rows] = block[:, kept].sum(axis=1, dtype=np.float64)
    return pd.Series(found, index=people)


def _blocks(
    held: Connectomes, modality: str, people: pd.Index
) -> Iterator[tuple[Indices, Singles]]:
    """Read the connectomes of people: the places of some of them among all, and a row each.

    They come in the order of the store, which is read once from front to back; what is made of
    a row belongs to the person at its place.
    """
    rows, values = held.participants.get_indexer(people), held.matrices[modality]
    order = np.argsort(rows, kind="stable")
    for first in range(0, len(rows), PEOPLE):
        some = order[first : first + PEOPLE]
        yield some, values[rows[some]]


def _structural(block: Singles, counts: npt.NDArray[np.int_], people: int) -> Floats:
    """Mean weight of present connections, mean prevalence of present and of absent ones."""
    present = block > 0
    count = present.sum(axis=1)
    weight = block.sum(axis=1, dtype=np.float64)
    # Sums of whole numbers are exact, whoever else is in the block.
    inside = present.astype(np.float64) @ counts
    with np.errstate(divide="ignore", invalid="ignore"):
        absent = (counts.sum() - inside) / (present.shape[1] - count)
        return np.column_stack([weight / count, inside / count / people, absent / people])


def _included(rule: Connections, mean: Floats, share: Floats) -> Bools:
    kept = np.isfinite(mean)
    if rule.mean_above is not None:
        kept &= mean > rule.mean_above
    if rule.prevalence_above is not None:
        kept &= share > rule.prevalence_above
    return kept
