"""What the pages need to draw a brain that turns: its mesh, and the values of a run.

Both are scripts that put one object into the page: a page that lies in a folder may load scripts,
and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.colors import to_hex

from transdx import atlas
from transdx.figures.brain import mesh
from transdx.figures.canvas.layout import MOST, colour_limit
from transdx.figures.canvas.rows import modalities_in, scores_in, select
from transdx.figures.canvas.style import THEMES, signed
from transdx.figures.canvas.words import map_title, people, survival
from transdx.naming import label
from transdx.results.select import FDR, kind_of, survives
from transdx.writing import decimal, interval, p_value, sentence_case

__all__ = ["brain_script", "map_values", "run_script"]

#: Points of the scale of colours that are handed over; between them the page interpolates.
_POINTS = 65


def brain_script() -> str:
    """Write the script that holds the meshes, names of regions and colours."""
    packed = {
        f"{part.__name__} {side}": part(side).packed()
        for part in (mesh.cortex, mesh.subcortex)
        for side in atlas.HEMISPHERES
    }
    # The two hemispheres are one net, laid on two surfaces.
    if packed["cortex left"]["triangles"] == packed["cortex right"]["triangles"]:
        packed["cortex right"].pop("triangles")
    points = [2 * step / (_POINTS - 1) - 1 for step in range(_POINTS)]
    colours = ("background", "pale", "absent", "border", "ink", "muted")
    return _script(
        "brain",
        {
            "meshes": packed,
            "names": [label(region) for region in atlas.REGIONS],
            "themes": {
                theme.name: {"scale": [signed(point, 1.0, theme) for point in points]}
                | {each: to_hex(vars(theme)[each]) for each in colours}
                for theme in THEMES
            },
        },
    )


def run_script(name: str, content: Mapping[str, Any]) -> str:
    """Write the script that holds what a run found, under its name."""
    return _script("runs", content, name)


def map_values(associations: pd.DataFrame) -> dict[str, Any]:
    """Take what maps show of every modality and score, with the words for each region.

    Of a region: its place in ``atlas.REGIONS``, beta, whether it survives (1 or 0), words.
    """
    regional = associations[associations["feature"].map(kind_of) == "region"]
    shown = {}
    for name in modalities_in(regional):
        rows = select(associations, modality=name)
        rows = rows[rows["feature"].isin(atlas.REGIONS)]
        if rows.empty:
            continue
        shown[name] = {
            "title": sentence_case(map_title(name)),
            "parts": _parts(rows),
            "limit": colour_limit(rows["beta"], most=MOST),
            "scores": {score: _of_score(rows[rows["score"] == score]) for score in scores_in(rows)},
        }
    scores = {score: label(score) for score in scores_in(associations)}
    return {"scores": scores, "level": FDR, "modalities": shown}


def _parts(rows: pd.DataFrame) -> list[str]:
    bare = {atlas.split(str(feature))[1] for feature in rows["feature"]}
    held = {"cortex": atlas.CORTEX, "subcortex": atlas.SUBCORTEX}
    return [part for part, names in held.items() if bare.intersection(names)]


def _of_score(rows: pd.DataFrame) -> dict[str, Any]:
    values = rows.dropna(subset="beta")
    strong = survives(values)
    return {
        "words": f"{people(rows)}; {survival(rows)}",
        "regions": [
            [atlas.REGIONS.index(row["feature"]), round(row["beta"], 6), int(holds), _words(row)]
            for row, holds in zip(values.to_dict("records"), strong, strict=True)
        ],
    }


def _words(row: Mapping[Any, Any]) -> str:
    return (
        f"β = {decimal(row['beta'])} ({interval(row['ci_low'], row['ci_high'])}), "
        f"{p_value(row['p_fdr'])} (FDR)"
    )


def _script(what: str, content: Mapping[str, Any], name: str = "") -> str:
    """Write an object into the page, or beside others of its kind under a name."""
    held = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    home = "(window.transdx = window.transdx || {})"
    if not name:
        return f"{home}.{what} = {held};\n"
    return f"({home}.{what} = window.transdx.{what} || {{}})[{json.dumps(name)}] = {held};\n"
