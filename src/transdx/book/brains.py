"""What brains on the pages are drawn from, as scripts that a page loads when a reader asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from transdx.results import Findings

__all__ = ["write_brains"]


def write_brains(folder: Path, runs: Mapping[str, Findings]) -> None:
    """Write the meshes, and for each run that has maps a script with its values."""
    from transdx.figures.brain.turn import brain_script, map_values, run_script

    shown = {name: map_values(found.table("associations")) for name, found in runs.items()}
    shown = {name: values for name, values in shown.items() if values["modalities"]}
    folder.mkdir(parents=True, exist_ok=True)
    if shown:
        (folder / "mesh.js").write_text(brain_script(), encoding="utf-8")
    for name, values in shown.items():
        (folder / f"{name}.js").write_text(run_script(name, values), encoding="utf-8")
