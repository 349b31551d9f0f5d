"""Findings: what a run found, computed once and kept on disk."""

from transdx.findings.run import find_root, open_run, open_sample
from transdx.results.store import Findings, load_findings, save_findings

__all__ = [
    "Findings",
    "find_root",
    "load_findings",
    "open_run",
    "open_sample",
    "save_findings",
]
