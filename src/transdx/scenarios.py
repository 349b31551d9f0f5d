"""What can be planted in a simulated cohort, and what is made to look like it: the scenarios."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType

__all__ = ["SCENARIOS", "Assumption", "Scenario"]


@dataclass(frozen=True)
class Assumption:
    """A number of the simulation that a scenario changes, as in ``data/assumptions.csv``."""

    value: str
    basis: str
    source: str = ""


@dataclass(frozen=True)
class Scenario:
    """A record of ``data/scenarios.toml``, which says what the fields mean."""

    id: str
    about: str
    claims: tuple[str, ...] | None = None
    assumptions: Mapping[str, Assumption] = field(default_factory=dict)

    @property
    def supposed(self) -> dict[str, str]:
        """The values that it changes, by name."""
        return {name: one.value for name, one in self.assumptions.items()}


def _read() -> dict[str, Scenario]:
    text = files("transdx").joinpath("data", "scenarios.toml").read_text(encoding="utf-8")
    return {name: _scenario(name, **record) for name, record in tomllib.loads(text).items()}


def _scenario(
    name: str,
    about: str,
    claims: list[str] | None = None,
    assumptions: Mapping[str, Mapping[str, str]] | None = None,
) -> Scenario:
    changed = {key: Assumption(**one) for key, one in (assumptions or {}).items()}
    return Scenario(name, about, None if claims is None else tuple(claims), changed)


#: All scenarios by name, in reading order.
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(_read())
