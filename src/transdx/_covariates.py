"""Covariates of a study file, and the nuisances that claims are held against besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from transdx._records import Block, Variable, check_keys, named

#: The covariates of a study, where they are one adjustment among others.
STUDY = "study"


@dataclass(frozen=True)
class Covariate:
    """A covariate: the first variable that is present, or the product of other covariates.

    Or the `largest` of its variables, or their `sum`, less those that are `reversed`. Of several
    answers the largest of their `codes` counts; ``*`` stands for any code that is not among them.
    Who gave no answer counts as `otherwise`, where that is said. Where codes are `any_of` some, it
    says whether somebody gave one of them.
    """

    name: str
    variables: tuple[Variable, ...] = ()
    take: str = "first"
    reversed: tuple[Variable, ...] = ()
    codes: Mapping[str, float] | None = None
    otherwise: float | None = None
    any_of: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""

    @property
    def read(self) -> tuple[Variable, ...]:
        """All raw variables that it is made of."""
        return (*self.variables, *self.reversed)


@dataclass(frozen=True)
class Adjustment:
    """Nuisances that are held constant beside the covariates; all there are where none is named.

    Where it is required, a claim has to hold under it; of some modalities alone where they are
    named.
    """

    name: str
    nuisances: tuple[str, ...] = ()
    required: bool = False
    modalities: tuple[str, ...] = ()

    def required_of(self, modality: str) -> bool:
        """Say whether a claim about a modality has to hold under it."""
        return self.required and (not self.modalities or modality in self.modalities)


def read_nuisances(raw: Mapping[str, Block], covariates: Iterable[str]) -> tuple[Covariate, ...]:
    """Read the nuisances of a file, which are called as none of its covariates is."""
    found = named(Covariate, "name", raw, "nuisances")
    for one in found:
        if not one.variables or one.product or one.name in covariates:
            raise ValueError(
                f"[nuisances.{one.name}]: expected variables, and a name that no covariate has"
            )
    return tuple(replace(one, label=one.label or one.name.replace("_", " ")) for one in found)


def read_adjustments(
    raw: Mapping[str, Block], nuisances: Mapping[str, Block], modalities: Iterable[str]
) -> tuple[Adjustment, ...]:
    """Read the adjustments of a file, which are of its nuisances."""
    found = named(Adjustment, "name", raw, "adjustments")
    for one in found:
        check_keys(one.nuisances, nuisances, f"[adjustments.{one.name}] nuisances: the file")
        check_keys(one.modalities, modalities, f"[adjustments.{one.name}] modalities: the file")
        if one.name == STUDY or not nuisances:
            raise ValueError(
                f"[adjustments.{one.name}]: expected nuisances of the file, and another name than "
                f"'{STUDY}', which is that of the covariates themselves"
            )
    return tuple(replace(one, nuisances=one.nuisances or tuple(nuisances)) for one in found)
