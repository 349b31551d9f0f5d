"""What is measured of a brain: every modality, read from one file of records."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from transdx import atlas
from transdx.errors import InputError, nearest

__all__ = [
    "CONNECTIVITY",
    "MODALITIES",
    "STRUCTURE",
    "Modality",
    "features",
    "is_global",
    "known_modality",
    "short_name",
]

#: The image that all morphometry comes from.
_STRUCTURAL = "structural images"


@dataclass(frozen=True)
class Modality:
    """A kind of measure: a record of ``data/modalities.toml``, which says what the fields mean."""

    id: str
    label: str
    short: str
    regions: str | list[str]
    image: str
    total: str = ""
    total_by: str = "none"
    less: str = "weaker"
    more: str = "stronger"
    decimals: int = 4

    @property
    def connects(self) -> bool:
        """Whether its features are connections."""
        return self.regions == "connections"

    @property
    def places(self) -> tuple[str, ...]:
        """Regions of one hemisphere that it measures; none where they have no side."""
        sided = {"cortex": atlas.CORTEX, "subcortex": atlas.SUBCORTEX}
        return sided.get(str(self.regions), ())

    @property
    def features(self) -> list[str]:
        """Features that it can have: regions, left hemisphere first, or connections."""
        if self.connects:
            return list(atlas.connections().index)
        sided = [f"{side}_{region}" for side in atlas.HEMISPHERES for region in self.places]
        return sided or list(self.regions)


def _read() -> dict[str, Modality]:
    text = files("transdx").joinpath("data", "modalities.toml").read_text(encoding="utf-8")
    return {name: Modality(name, **record) for name, record in tomllib.loads(text).items()}


#: All modalities by their id, in reading order.
MODALITIES: Mapping[str, Modality] = MappingProxyType(_read())

#: Those of regions that come from structural images.
STRUCTURE = tuple(name for name, one in MODALITIES.items() if one.image == _STRUCTURAL)

#: Those whose features are connections.
CONNECTIVITY = tuple(name for name, one in MODALITIES.items() if one.connects)


def known_modality(name: str) -> Modality:
    """Look a modality up."""
    if name not in MODALITIES:
        known = ", ".join(MODALITIES)
        raise InputError(f"expected a modality ({known}), got '{name}'{nearest(name, MODALITIES)}")
    return MODALITIES[name]


def features(modality: str) -> list[str]:
    """List the features that a modality can have, see `Modality.features`.

    >>> features("subcortical_volume")[:2]
    ['left_thalamus', 'left_caudate']
    >>> features("functional_connectivity")[0]
    'left_thalamus--left_caudate'
    """
    return known_modality(modality).features


def is_global(modality: str, feature: str) -> bool:
    """Say whether a feature is the global one of its modality; of a single feature, that one.

    >>> is_global("thickness", "total"), is_global("amygdala_reactivity", "amygdala")
    (True, True)
    >>> is_global("thickness", "left_insula")
    False
    """
    one = MODALITIES.get(modality)
    return feature == "total" or (one is not None and one.regions == [feature])


def short_name(modality: str) -> str:
    """Give one word for a modality, where room is short."""
    return MODALITIES[modality].short if modality in MODALITIES else modality
