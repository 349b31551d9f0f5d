"""Fit the small model of typical connectomes to two published group matrices.

``python benchmarks/connectome_model.py`` fits, and writes the coefficients and how well they do to
``src/transdx/data/connectome_model.csv`` and ``connectome_fit.csv``. The matrices are those of the
ENIGMA toolbox (young adults of the Human Connectome Project), fetched and never shipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from transdx.atlas import REGIONS, ends
from transdx.reference import fetch
from transdx.simulate.group import predictors

DATA = Path(__file__).parents[1] / "src" / "transdx" / "data"
SOURCE = (
    "fitted to the group matrices of the ENIGMA toolbox, "
    "Lariviere et al. 2021 (doi:10.1038/s41592-021-01186-4)"
)
DEEP = {
    "thal": "thalamus",
    "caud": "caudate",
    "put": "putamen",
    "pal": "pallidum",
    "hippo": "hippocampus",
    "amyg": "amygdala",
    "accumb": "accumbens",
}


def region(label: str) -> str:
    """Translate a label of the toolbox: ``L_insula`` and ``Lthal`` are left regions."""
    side, rest = {"L": "left", "R": "right"}[label[0]], label[1:]
    return f"{side}_{rest[1:]}" if rest.startswith("_") else f"{side}_{DEEP[rest]}"


def matrix(kind: str) -> np.ndarray:
    """Read the connections of a group matrix, in the order of the atlas."""
    labels = fetch(f"enigma/{kind}Labels_with_sctx.csv").read_text(encoding="utf-8")
    names = [region(label) for label in labels.strip().split(",")]
    order = [names.index(name) for name in REGIONS]
    values = pd.read_csv(fetch(f"enigma/{kind}Matrix_with_sctx.csv"), header=None).to_numpy()
    return values[np.ix_(order, order)][ends()]


def fit() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit the three equations: their coefficients, and how well they do."""
    functional, weight = np.tanh(matrix("func")), matrix("struc")
    present = weight > 0
    terms = {name: predictors(name) for name in ("functional", "presence", "weight")}
    models = {
        "functional": sm.OLS(functional, terms["functional"]).fit(),
        "presence": sm.Logit(present.astype(float), terms["presence"]).fit(disp=0, maxiter=100),
        "weight": sm.OLS(weight[present], terms["weight"][present]).fit(),
    }
    chance = models["presence"].predict(terms["presence"])
    expected = chance * models["weight"].predict(terms["weight"])
    measures = [
        ("functional", "correlation", correlation(models["functional"].fittedvalues, functional)),
        ("presence", "correlation", correlation(chance, present)),
        ("presence", "area under the curve", area_under_curve(chance, present)),
        ("weight", "correlation", correlation(models["weight"].fittedvalues, weight[present])),
        (
            "weight",
            "correlation, absent ones as zero",
            correlation(expected, weight),
        ),
    ]
    rows = [
        (name, term, value)
        for name, model in models.items()
        for term, value in model.params.items()
    ]
    model = pd.DataFrame(rows, columns=["equation", "term", "value"]).round(6)
    quality = pd.DataFrame(measures, columns=["equation", "measure", "value"]).round(3)
    return model.assign(basis="derived", source=SOURCE), quality


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Correlate two sets of values."""
    return float(np.corrcoef(one, other.astype(float))[0, 1])


def area_under_curve(chance: np.ndarray, present: np.ndarray) -> float:
    """Say how often a present connection is given more of a chance than an absent one."""
    rank = pd.Series(np.asarray(chance)).rank().to_numpy()
    ones, zeros = present.sum(), (~present).sum()
    return float((rank[present].sum() - ones * (ones + 1) / 2) / (ones * zeros))


if __name__ == "__main__":
    for name, table in zip(("connectome_model", "connectome_fit"), fit(), strict=True):
        print(table.drop(columns=["basis", "source"], errors="ignore").to_string(index=False))
        table.to_csv(DATA / f"{name}.csv", index=False, lineterminator="\n")
