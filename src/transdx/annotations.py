"""What is known of each region: receptors, cognitive domains, resting-state networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transdx._checks import check_choice
from transdx.atlas import CORTEX, REGIONS, region_id, split
from transdx.errors import TransdxError
from transdx.fields import read_table
from transdx.reference import Maps, fetch, find, registry

__all__ = [
    *("CORTICAL", "KINDS", "WHOLE", "Annotation", "load_annotations", "maps_here", "mixture"),
    "whole_brain",
]

KINDS = ("receptor", "domain", "network")
#: Which part of the brain maps of receptors cover.
CORTICAL, WHOLE = "cortex", "whole brain"


@dataclass(frozen=True)
class Annotation:
    """A map of regions."""

    kind: str  # receptor, domain or network
    name: str  # such as D1, reward or limbic
    # (82,), not negative, sum 1, in the order of `atlas.REGIONS`; 0 where the map has no value
    weights: pd.Series = field(repr=False)
    form: str  # set (equal weights of its regions) or continuous (the values of a map)
    extent: str = CORTICAL  # which part of the brain a map of receptors covers


def load_annotations() -> list[Annotation]:
    """Read receptors and transporters, cognitive-emotional domains and networks.

    They are the maps of `transdx.reference.registry` that have been fetched (``transdx fetch``) or
    lie in the mirror, and for others the sets of regions above the 75th percentile that come with
    the package. Nothing is downloaded here. Some values of a map are negative, so each is shifted
    to give the lowest of its regions weight 0. Networks are always sets (Yeo et al. 2011,
    doi:10.1152/jn.00338.2011).

    >>> found = load_annotations()
    >>> [sum(a.kind == kind for a in found) for kind in KINDS]
    [19, 8, 7]
    >>> all(abs(a.weights.sum() - 1) < 1e-9 for a in found)
    True
    """
    made = {(a.kind, a.name): a for a in _sets()}
    for file, maps in maps_here().items():
        if maps.of:
            continue
        kind = check_choice(maps.kind, f"the kind of the maps in {file}", KINDS)
        for name, values in _read(file, maps).items():
            weights = (values - values.min()).reindex(list(REGIONS)).fillna(0.0)
            made[kind, str(name)] = Annotation(kind, str(name), _normal(weights), "continuous")
    return sorted(made.values(), key=lambda a: KINDS.index(a.kind))


def whole_brain() -> list[Annotation]:
    """Read the receptors and transporters of which there are maps of the whole brain.

    The maps above are of the cortex alone, as they were published, and the deep structures, where
    some receptors are densest, weigh nothing there. These are of the same tracers. Where one
    receptor was measured in several studies, their maps, standardised over the cortex, are averaged
    by their people, as for the published maps (Hansen et al. 2022,
    doi:10.1038/s41593-022-01186-3). A receptor is left out unless all of its files are here.
    """
    here, made = maps_here(), []
    measured: dict[tuple[str, str], list[str]] = {}
    for file, entry in registry().items():
        if entry.maps is not None and entry.maps.of:
            measured.setdefault((entry.maps.kind, entry.maps.of), []).append(file)
    for (kind, name), several in measured.items():
        if not set(several) <= set(here):
            continue
        studies = pd.concat([_line(file, here[file]) for file in several], axis=1)
        if len(several) > 1:
            cortex = studies[[split(region)[1] in CORTEX for region in studies.index]]
            studies = (studies - cortex.mean()) / cortex.std()
        people = np.array([here[file].people for file in several])
        density = studies @ people / people.sum()
        made.append(Annotation(kind, name, _normal(density - density.min()), "continuous", WHOLE))
    return made


def _line(file: str, maps: Maps) -> pd.Series:
    """Read a map that is one line, in the order of the rows of another file."""
    values = np.loadtxt(fetch(file), delimiter=",")
    regions = pd.read_csv(fetch(maps.rows), usecols=[0]).iloc[:, 0].map(region_id)
    if len(values) != len(regions):
        raise TransdxError(
            f"{file}: expected a value for each of {len(regions)} regions, got {len(values)}"
        )
    # The last one is the brainstem, which is no region here.
    return pd.Series(values, index=regions).reindex(list(REGIONS))


def maps_here() -> dict[str, Maps]:
    """Say which files of maps are here, with the files that name their rows and columns."""
    known = {file: entry.maps for file, entry in registry().items() if entry.maps is not None}
    return {
        file: maps
        for file, maps in known.items()
        if all(find(needed) for needed in (file, maps.rows, maps.columns) if needed)
    }


def mixture(annotations: Sequence[Annotation]) -> Annotation:
    """Average annotations of one kind, named by all of them, joined by ``+``."""
    first = annotations[0]
    weights = pd.concat([a.weights for a in annotations], axis=1).mean(axis=1)
    names = "+".join(a.name for a in annotations)
    return Annotation(first.kind, names, weights, first.form, first.extent)


def _sets() -> Iterator[Annotation]:
    for (kind, name), rows in read_table("region_sets.csv").groupby(["kind", "name"], sort=False):
        inside = pd.Series(np.isin(REGIONS, rows["region"]), index=list(REGIONS))
        yield Annotation(str(kind), str(name), _normal(inside), "set")


def _read(file: str, maps: Maps) -> pd.DataFrame:
    """Read the maps of a file, a column each; rows are named by the regions here."""
    if maps.rows:
        names = [str(name) for name in np.load(fetch(maps.columns))]
        table = pd.read_csv(fetch(file), header=None, names=names)
        regions = map(region_id, pd.read_csv(fetch(maps.rows), usecols=[0]).iloc[:, 0])
        table.index = pd.Index([r for r in regions if split(r)[1] in CORTEX])
    else:
        table = pd.read_csv(fetch(file), index_col=0)
        table.index = table.index.astype(str).map(region_id)
    if not table.index.isin(REGIONS).any():
        raise TransdxError(
            f"{file}: expected rows named by regions such as lh_insula or left_insula, got "
            f"{', '.join(map(str, table.index[:3]))}; say in the registry which file names them"
        )
    means = {name: table[list(parts)].mean(axis=1) for name, parts in maps.means.items()}
    return pd.DataFrame(means) if means else table


def _normal(values: pd.Series) -> pd.Series:
    weights = values.astype(float)
    return weights / weights.sum()
