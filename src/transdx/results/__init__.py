"""Results: the tables of a run, how they lie on disk, and what is read off them."""

from transdx.results.store import Findings, load_findings, save_findings

__all__ = ["Findings", "load_findings", "save_findings"]
