"""Findings: what a run found, computed once and kept on disk."""

from transdx.findings.run import PROFILES, Run, find_root, open_run, plan_run
from transdx.results.store import Findings, load_findings, save_findings

__all__ = [
    "PROFILES",
    "Findings",
    "Run",
    "find_root",
    "load_findings",
    "open_run",
    "plan_run",
    "save_findings",
]
