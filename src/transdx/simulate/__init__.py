"""A cohort that never was: exports in the format of UK Biobank with planted effects."""

from __future__ import annotations

from transdx.simulate.export import Export, build, simulate

__all__ = ["Export", "build", "simulate"]
