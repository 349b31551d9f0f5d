"""What is known of each region: receptors, cognitive domains, resting-state networks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transdx import reference
from transdx.atlas import REGIONS
from transdx.fields import read_table

__all__ = ["KINDS", "Annotation", "annotation_form", "load_annotations", "mixture"]

KINDS = ("receptor", "domain", "network")

_DENSITIES = "hansen2022/receptor_data_scale033.csv"
_NAMES = "hansen2022/receptor_names_pet.npy"
_TERMS = "hansen2022/ns_scale033.csv"
#: Notes on maps whose source has a known error.
_NOTES = {
    "VAChT": "the average over studies in circulation used wrong weights "
    "(netneurolab/hansen_receptors#13)"
}


@dataclass(frozen=True)
class Annotation:
    """A map of regions."""

    kind: str  # receptor, domain or network
    name: str  # such as D1, reward or limbic
    # (82,), not negative, sum 1, in the order of `atlas.REGIONS`; 0 where the map has no value
    weights: pd.Series = field(repr=False)
    form: str  # set (equal weights of its regions) or continuous (the values of a map)
    source: str
    licence: str = ""
    note: str = ""  # what is wrong with it


def load_annotations() -> list[Annotation]:
    """Read 19 receptors and transporters, 8 cognitive-emotional domains and 7 networks.

    Receptors and domains are continuous maps where these have been fetched (``transdx fetch``) or
    lie in the mirror, else the sets of regions above the 75th percentile that come with the
    package. Nothing is downloaded here.

    A receptor is its published density (Hansen et al. 2022, doi:10.1038/s41593-022-01186-3), a
    domain the mean Neurosynth association of its terms (Yarkoni et al. 2011,
    doi:10.1038/nmeth.1635). Some values of either are negative, so each map is shifted to give the
    lowest of its regions weight 0. Networks are always sets (Yeo et al. 2011,
    doi:10.1152/jn.00338.2011).

    Examples
    --------
    >>> found = load_annotations()
    >>> [sum(a.kind == kind for a in found) for kind in KINDS]
    [19, 8, 7]
    >>> all(abs(a.weights.sum() - 1) < 1e-9 for a in found)
    True
    """
    sets = read_table("region_sets.csv")
    if annotation_form() == "set":
        return _sets(sets)
    maps = _receptors() | _domains(sets)
    made = {(a.kind, a.name): a for a in _sets(sets)}
    return [maps.get(key, one) for key, one in made.items()]


def annotation_form() -> str:
    """Say in which form receptors and domains are here: 'continuous', or as a 'set'."""
    there = all(reference.find(file) for file in (_DENSITIES, _NAMES, _TERMS))
    return "continuous" if there else "set"


def mixture(annotations: Sequence[Annotation]) -> Annotation:
    """Average annotations of one kind, named by all of them, joined by ``+``."""
    first = annotations[0]
    weights = pd.concat([a.weights for a in annotations], axis=1).mean(axis=1)
    name = "+".join(a.name for a in annotations)
    return Annotation(first.kind, name, weights, first.form, first.source, first.licence)


def _sets(table: pd.DataFrame) -> list[Annotation]:
    made = []
    for (kind, name), rows in table.groupby(["kind", "name"], sort=False):
        inside = pd.Series(np.isin(REGIONS, rows["region"]), index=list(REGIONS))
        source = str(rows["source"].iloc[0])
        note = _NOTES.get(str(name), "")
        made.append(Annotation(str(kind), str(name), _normal(inside), "set", source, note=note))
    return sorted(made, key=lambda a: KINDS.index(a.kind))


def _receptors() -> dict[tuple[str, str], Annotation]:
    densities = pd.read_csv(reference.fetch(_DENSITIES), header=None)
    names = [str(name) for name in np.load(reference.fetch(_NAMES))]
    # Rows are the cortical regions in the order of the table of terms: right, then left.
    cortical = [r for r in _terms().index if r in REGIONS[14:]]
    densities.index, densities.columns = pd.Index(cortical), pd.Index(names)
    return {
        ("receptor", name): _continuous("receptor", name, densities[name], _DENSITIES)
        for name in names
    }


def _domains(sets: pd.DataFrame) -> dict[tuple[str, str], Annotation]:
    terms = _terms()
    domains = sets[sets["kind"] == "domain"].groupby("name", sort=False)["source"].first()
    made = {}
    for name, source in domains.items():
        wanted = re.split(r";\s*", source.partition("of the terms ")[2].partition(" (")[0])
        made["domain", str(name)] = _continuous(
            "domain", str(name), terms[wanted].mean(axis=1), _TERMS
        )
    return made


def _continuous(kind: str, name: str, values: pd.Series, file: str) -> Annotation:
    entry = reference.registry()[file]
    note = _NOTES.get(name, "")
    weights = _normal((values - values.min()).reindex(list(REGIONS)).fillna(0.0))
    return Annotation(kind, name, weights, "continuous", entry.citation, entry.licence, note)


def _terms() -> pd.DataFrame:
    """Read the association of each region with each term; regions by their ids here."""
    table = pd.read_csv(reference.fetch(_TERMS), index_col=0)
    sides = {"lh": "left", "rh": "right"}
    longer = {"thalamusproper": "thalamus", "accumbensarea": "accumbens"}
    split = [name.split("_", 1) for name in table.index]
    table.index = pd.Index([f"{sides[side]}_{longer.get(name, name)}" for side, name in split])
    return table


def _normal(values: pd.Series) -> pd.Series:
    weights = values.astype(float)
    return weights / weights.sum()
