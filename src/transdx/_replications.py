"""Replications of a study file: the analysis once more, with something else than in the study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from transdx._covariates import Covariate
from transdx._records import Block, Variable, check_keys, named

#: What scores of a study may be replaced by.
SCORES = ("", "components", "any symptom")
#: How permutations may be drawn, see `transdx.associate`.
_NULLS = ("permute", "freedman-lane")


@dataclass(frozen=True)
class Rule:
    """Who stays: the variable is present, and equals or exceeds what is asked."""

    label: str
    variable: Variable
    equals: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Replication:
    """The analysis once more: of other people or another visit, or with other settings.

    `export` is a folder beside the table of an export, with that of people who are not in it;
    `visit` that of the images, scores and covariates instead of the study's. Elsewhere the people
    are those of the study, fewer by rules of `inclusion`, and by gaps in what is added: nuisances
    of the study, and covariates of its own.
    """

    name: str
    label: str = ""
    export: str = ""
    visit: int = 0
    inclusion: tuple[Rule, ...] = ()
    scores: str = ""
    nuisances: tuple[str, ...] = ()
    covariates: Mapping[str, Block] = field(default_factory=dict)
    null: str = "permute"

    @property
    def fresh(self) -> bool:
        """Whether its data are others than those that the findings were chosen in."""
        return bool(self.export or self.visit)

    @property
    def added(self) -> tuple[Covariate, ...]:
        """The covariates of its own."""
        made = named(Covariate, "name", self.covariates, f"replications.{self.name}.covariates")
        return tuple(replace(one, label=one.label or one.name.replace("_", " ")) for one in made)

    def variables(self) -> list[Variable]:
        """Raw variables that only this replication uses, as the file names them."""
        ruled = [rule.variable for rule in self.inclusion]
        return ruled + [variable for one in self.added for variable in one.read]


def read_replications(
    raw: Mapping[str, Block], nuisances: Iterable[str], covariates: Iterable[str]
) -> tuple[Replication, ...]:
    """Read the replications of a file, each with what the analysis has otherwise."""
    found = named(Replication, "name", raw, "replications")
    for one in found:
        where = f"[replications.{one.name}]"
        check_keys(one.nuisances, nuisances, f"{where} nuisances: the file")
        check_keys([one.scores], SCORES, f"{where} scores: the list of {', '.join(SCORES[1:])}")
        check_keys([one.null], _NULLS, f"{where} null: the list of {', '.join(_NULLS)}")
        for added in one.added:
            if not added.variables or added.product or added.name in covariates:
                raise ValueError(
                    f"{where} covariates: expected variables, and names that no covariate of the "
                    f"file has, got '{added.name}'"
                )
        if one.export in (".", "..") or "/" in one.export:
            raise ValueError(f"{where} export: expected the name of a folder, got '{one.export}'")
    return tuple(replace(one, label=one.label or one.name.replace("_", " ")) for one in found)
