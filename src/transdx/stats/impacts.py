"""How large is it? Odds of any symptom, and rates at both ends of a feature."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transdx._arrays import Floats
from transdx.errors import InputError
from transdx.results.schema import TABLES
from transdx.stats.design import orthonormal
from transdx.stats.estimates import labels_of
from transdx.stats.inference import SMALLEST
from transdx.stats.tables import align

_TENTHS = 10


def impact(features: pd.DataFrame, scores: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    """Model any symptom (score above 0) by each feature, in those who have it, and the covariates.

    The odds ratio is that of any symptom per SD *smaller* feature, from a logistic model with the
    covariates; interval and p are Wald's. The rates are shares with any symptom in the tenth with
    the smallest and with the largest values, not adjusted. NaN where everybody or nobody has a
    symptom, or the model does not converge.

    Parameters
    ----------
    features, scores, covariates : pandas.DataFrame
        As in `transdx.associate`; scores are not negative.

    Returns
    -------
    pandas.DataFrame
        A row per feature and score, with the columns of the table ``impact``.

    Raises
    ------
    InputError
        If a score is negative, or the tables do not fit together.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = pd.DataFrame({"left_insula": rng.normal(size=500)})
    >>> y = pd.DataFrame({"anxiety": (rng.normal(size=500) > x["left_insula"]).astype(int)})
    >>> table = impact(x, y, pd.DataFrame({"age": rng.normal(60, 7, size=500)}))
    >>> bool(table["odds_ratio"][0] > 1), bool(table["rate_bottom"][0] > table["rate_top"][0])
    (True, True)
    """
    tables = align(features, scores, covariates)
    if (tables.scores < 0).any():
        raise InputError("a score is negative; any symptom is a score above 0")
    rows = []
    for column, label in enumerate(labels_of(features.columns)):
        values = tables.feature_block(column, column + 1)[:, 0]
        present = np.isfinite(values)
        for position, score in enumerate(tables.score_names):
            symptom = tables.scores[present, position] > 0
            found = _logistic(symptom, values[present], tables.covariates[present])
            rates = _ends(symptom, values[present])
            rows.append((*label, score, int(present.sum()), *found, *rates))
    return pd.DataFrame(rows, columns=TABLES["impact"].names)


def _logistic(
    symptom: NDArray[Any], values: Floats, covariates: Floats
) -> tuple[float, float, float, float]:
    """Odds ratio per SD smaller, its interval and p."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError

    missing = (np.nan, np.nan, np.nan, np.nan)
    if symptom.all() or not symptom.any() or not values.std() > 0:
        return missing
    # An intercept and the covariates, without those that add nothing in these people.
    adjusted = orthonormal(covariates, range(covariates.shape[1]))[0]
    # The sign is turned here: the reader is told about smaller values.
    predictor = -(values - values.mean()) / values.std(ddof=1)
    try:
        with warnings.catch_warnings():
            # What did not converge is left out below.
            warnings.simplefilter("ignore", ConvergenceWarning)
            fit = Logit(symptom.astype(float), np.column_stack([predictor, adjusted])).fit(disp=0)
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return missing
    if not fit.mle_retvals["converged"]:
        return missing
    low, high = fit.conf_int()[0]
    p = max(float(fit.pvalues[0]), SMALLEST)
    return float(np.exp(fit.params[0])), float(np.exp(low)), float(np.exp(high)), p


def _ends(symptom: NDArray[Any], values: Floats) -> tuple[float, float, int, int]:
    """Rate of any symptom in the bottom and in the top tenth."""
    count = len(values) // _TENTHS
    if count == 0:
        return np.nan, np.nan, 0, 0
    order = np.argsort(values, kind="stable")
    bottom, top = symptom[order[:count]], symptom[order[-count:]]
    return float(bottom.mean()), float(top.mean()), count, count
