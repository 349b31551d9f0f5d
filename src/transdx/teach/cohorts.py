"""A cohort for each student: a seed and planted effects that are nobody else's, and not told."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from transdx import atlas
from transdx.fields import read_table
from transdx.simulate import simulate
from transdx.sources import TRUTH
from transdx.study import load_study

__all__ = ["draw_effects", "key_of", "write_cohort"]

#: Sizes of what is planted, each way: large enough to be found by about half of the tests among
#: 2,000 people, and more than what the study reports.
LEAST, MOST = 0.06, 0.11


def key_of(class_seed: int, name: str) -> int:
    """Derive the number behind all that is random for a student, 63 bits.

    It depends on the class's seed and the student's name alone, not on who else is in the class,
    and cannot be told from a name by who does not know the seed.

    >>> key_of(42, "Ann Lee") == key_of(42, "Ann Lee") != key_of(43, "Ann Lee")
    True
    """
    digest = hmac.digest(str(class_seed).encode(), name.encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") >> 1


def draw_effects(key: int) -> pd.DataFrame:
    """Draw what is planted in a cohort: modality, feature, score, beta.

    Which score goes with which kind of measure, where, and in which direction is drawn anew; how
    many regions there are is as in the study.
    """
    rng = np.random.default_rng([key, 1])
    scores = load_study("simulated").score_names[:3]
    first, second, third = (scores[place] for place in rng.permutation(len(scores)))
    rows = [("surface_area", "total", score, _size(rng)) for score in (first, second)]
    rows += [("functional_connectivity", "total", score, _size(rng) / 2) for score in scores]
    rows += _both_sides(rng, "subcortical_volume", atlas.SUBCORTEX, 4, first)
    rows += _both_sides(rng, "thickness", atlas.CORTEX, 7, second)
    known = read_table("region_sets.csv").query("kind == 'receptor'")["name"].unique()
    sets = "+".join(rng.choice(known, size=3, replace=False))
    rows.append(("functional_connectivity", f"among:{sets}", third, _size(rng)))
    rows.append(("amygdala_reactivity", "amygdala", str(rng.choice(scores)), _size(rng)))
    return pd.DataFrame(rows, columns=["modality", "feature", "score", "beta"])


def _size(rng: np.random.Generator) -> float:
    return -round(float(rng.uniform(LEAST, MOST)), 3)


def _both_sides(
    rng: np.random.Generator, modality: str, regions: Sequence[str], many: int, score: str
) -> list[tuple[str, str, str, float]]:
    """Choose regions of the left hemisphere, and take those of the right with them."""
    sign = rng.choice([-1, 1])
    chosen = rng.choice(regions, size=many, replace=False)
    return [
        (modality, f"{side}_{region}", score, sign * _size(rng))
        for region in sorted(chosen)
        for side in ("left", "right")
    ]


def write_cohort(
    folder: Path, *, participants: int, key: int, planted: bool = True, truth: Path | None = None
) -> None:
    """Write a cohort without its truth, which goes into a file elsewhere, or nowhere.

    Who knows the seed of a cohort can make it again with nothing planted, so it is truth as well.
    """
    effects: pd.DataFrame | str = draw_effects(key) if planted else "none"
    simulate(folder, participants=participants, seed=key, effects=effects)
    if truth is not None:
        truth.parent.mkdir(parents=True, exist_ok=True)
        (folder / TRUTH).rename(truth)
    else:
        (folder / TRUTH).unlink()
    (folder / "truth.json").unlink()
    for path in folder.rglob("connectomes.json"):
        about = json.loads(path.read_text(encoding="utf-8"))
        about.pop("seed")
        path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
