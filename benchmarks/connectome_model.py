"""Fit the small model of typical connectomes to two published group matrices.

``python benchmarks/connectome_model.py`` fits, prints how well the model does, and writes the
coefficients to ``src/transdx/data/connectome_model.csv``. The matrices are those of the ENIGMA
toolbox (young adults of the Human Connectome Project), fetched and never shipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from transdx.atlas import REGIONS, ends
from transdx.reference import fetch
from transdx.simulate.group import predictors

TARGET = Path(__file__).parents[1] / "src" / "transdx" / "data" / "connectome_model.csv"
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


def fit() -> pd.DataFrame:
    """Fit the three equations: one row per coefficient, and per measure of fit."""
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
        ("weight", "correlation, absent ones as zero", correlation(expected, weight)),
    ]
    rows = [
        (name, "coefficient", term, value)
        for name, model in models.items()
        for term, value in model.params.items()
    ]
    rows += [(name, "fit", term, value) for name, term, value in measures]
    table = pd.DataFrame(rows, columns=["equation", "part", "term", "value"])
    return table.assign(value=table["value"].round(6), basis="derived", source=SOURCE)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Correlate two sets of values."""
    return float(np.corrcoef(one, other.astype(float))[0, 1])


def area_under_curve(chance: np.ndarray, present: np.ndarray) -> float:
    """Say how often a present connection is given more of a chance than an absent one."""
    rank = pd.Series(np.asarray(chance)).rank().to_numpy()
    ones, zeros = present.sum(), (~present).sum()
    return float((rank[present].sum() - ones * (ones + 1) / 2) / (ones * zeros))


if __name__ == "__main__":
    fitted = fit()
    print(fitted.drop(columns=["basis", "source"]).to_string(index=False))
    fitted.to_csv(TARGET, index=False, lineterminator="\n")
