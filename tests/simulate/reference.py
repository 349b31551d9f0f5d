"""The study's scoring and filtering once more, in plain pandas and numpy, for the tests only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SCORES = ["insomnia", "depression", "anxiety"]
QUALITY = [
    *("25731", "25732", "25733", "25739", "25737", "25744", "25741", "25746"),
    *("25756", "25757", "25758"),
]
PHQ9 = [20514, 20510, 20517, 20519, 20511, 20507, 20508, 20518, 20513]
GAD7 = [20506, 20509, 20520, 20515, 20516, 20505, 20512]


@dataclass(frozen=True)
class Analysed:
    export: object
    everyone: pd.DataFrame
    scores: pd.DataFrame
    covariates: pd.DataFrame
    features: pd.DataFrame
    flow: dict[str, int]


@dataclass(frozen=True)
class Wires:
    """All connectomes of a cohort: what the rules look at, and the correlations above 0.25."""

    index: pd.Index
    mean_weight: np.ndarray
    mean_correlation: np.ndarray
    present: np.ndarray
    columns: np.ndarray
    correlations: np.ndarray

    def measures(self, inside: pd.Index) -> pd.DataFrame:
        present = self.present[self.index.get_indexer(inside)].astype(np.float32)
        prevalence, count = present.mean(axis=0), present.sum(axis=1)
        held = present @ prevalence
        table = pd.DataFrame(
            {"weight": self.mean_weight, "correlation": self.mean_correlation}, index=self.index
        ).loc[inside]
        absent = (prevalence.sum() - held) / (present.shape[1] - count)
        return table.assign(present=held / count, absent=absent)


def draw_wires(export) -> Wires:
    first = export.wiring.first(500)["functional_connectivity"]
    columns = np.flatnonzero(np.nanmean(first, axis=0) > 0.25)
    parts = []
    for block in export.wiring.blocks():
        weights, r = block["structural_connectivity"], block["functional_connectivity"]
        present = weights > 0
        parts.append(
            (
                weights.sum(axis=1) / present.sum(axis=1).clip(1),
                r.mean(axis=1),
                present,
                r[:, columns],
            )
        )
    index = pd.Index(export.table.column("eid").to_numpy())
    weight, mean, present, kept = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Wires(index, weight, mean, present, columns, kept)


def regional_columns(norms: pd.DataFrame, visit: int = 2) -> dict[tuple[str, str], str]:
    kept = norms[(norms["field"] != "") & (norms["modality"] != "global")]
    return {
        (row.modality, row.feature): f"p{row.field}_i{visit}"
        for row in kept.itertuples(index=False)
    }


def numeric(table) -> pd.DataFrame:
    """An export as floats, NaN for empty; multi-select text left alone."""
    frame = table if isinstance(table, pd.DataFrame) else table.to_pandas()
    frame = frame.set_index("eid")
    text = {name: frame.pop(name) for name in ("p20544", "p6138_i0", "p20003_i2")}
    return frame.astype(float).assign(**text)


def visit_scores(frame: pd.DataFrame, visit: int) -> pd.DataFrame:
    def items(*fields):
        codes = frame[[f"p{field}_i{visit}" for field in fields]]
        return codes.where(codes >= 0)

    return pd.DataFrame(
        {
            "insomnia": items("1200").sub(1).sum(axis=1, skipna=False),
            "depression": items("2050", "2060").sub(1).sum(axis=1, skipna=False),
            "anxiety": items("1970", "1990", "2010").sum(axis=1, skipna=False),
        }
    )


def scores(frame: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([visit_scores(frame, 0), visit_scores(frame, 2)])
    return both.groupby(level=0).mean().loc[frame.index]


def sum_of_items(frame: pd.DataFrame, fields: list[int]) -> pd.Series:
    codes = frame[[f"p{field}" for field in fields]]
    return codes.where(codes > 0).sub(1).sum(axis=1, skipna=False)


def covariates(frame: pd.DataFrame) -> pd.DataFrame:
    age, sex = frame["p21003_i2"], frame["p31"]
    height = frame["p12144_i2"].fillna(frame["p50_i2"])
    hand = frame["p1707_i0"].where(frame["p1707_i0"] > 0)
    return pd.DataFrame(
        {
            "age": age,
            "sex": sex,
            "age2": age**2,
            "age_sex": age * sex,
            "height": height,
            "right": (hand == 1).astype(float).where(hand.notna()),
        }
    )


def outside(values: pd.DataFrame) -> pd.DataFrame:
    low, high = (
        pd.Series(np.nanpercentile(values, q, axis=0, method="hazen"), index=values.columns)
        for q in (25, 75)
    )
    reach = 2.5 * (high - low)
    return (values < low - reach) | (values > high + reach)


def analysed(
    frame: pd.DataFrame, norms: pd.DataFrame, withdrawn, export=None, wires: Wires | None = None
) -> Analysed:
    """Filter as the study does: who is left, with scores and features of structure."""
    everyone = frame
    columns = regional_columns(norms)
    flow = {"imaged": len(frame)}

    def keep(label, rows):
        nonlocal frame
        frame = frame[rows]
        flow[label] = len(frame)

    keep("not withdrawn", ~frame.index.isin(withdrawn))
    # Who lacks a diffusion or resting-state scan has neither its measures nor a connectome.
    keep("images", frame[["p25746_i2", "p25741_i2", "p25052_i2"]].notna().all(axis=1))
    keep("surfaces", frame[list(columns.values())].notna().all(axis=1))
    keep("flair used", frame["p26500_i2"] == 1)
    keep("flair scaling", frame["p25926_i2"] > 3)
    keep("position", frame["p25758_i2"] > -900_000)
    measures = frame[[f"p{field}_i2" for field in QUALITY]]
    poor = outside(measures.where(measures > -900_000)).any(axis=1)
    odd = outside(frame[list(columns.values())]).any(axis=1)
    odd |= outside(frame[["p25052_i2"]]).any(axis=1)
    flow["quality outliers"], flow["regional outliers"] = int(poor.sum()), int(odd.sum())
    keep("no outlier", ~(poor | odd))
    if wires is not None:
        strange = outside(wires.measures(frame.index)).any(axis=1)
        flow["connectome outliers"] = int(strange.sum())
        keep("no strange connectome", ~strange)
    keep("scores", scores(frame).notna().all(axis=1))
    keep("analysed", covariates(frame).notna().all(axis=1))
    regions = frame[list(columns.values())].set_axis(pd.MultiIndex.from_tuples(columns), axis=1)
    totals = pd.DataFrame(
        {
            ("surface_area", "total"): regions["surface_area"].sum(axis=1),
            ("thickness", "total"): regions["thickness"].mean(axis=1),
            ("subcortical_volume", "total"): regions["subcortical_volume"].sum(axis=1),
        }
    )
    features = pd.concat([regions, totals], axis=1)
    return Analysed(export, everyone, scores(frame), covariates(frame), features, flow)


def marginal_betas(data: Analysed) -> pd.DataFrame:
    return residual_betas(data.features, data.scores, data.covariates)


def residual_betas(x: pd.DataFrame, y: pd.DataFrame, z: pd.DataFrame) -> pd.DataFrame:
    """Partial standardised coefficients of every feature for every score, by residuals."""
    q, _ = np.linalg.qr(np.column_stack([np.ones(len(z)), (z - z.mean()) / z.std()]))
    x_left = x.to_numpy() - q @ (q.T @ x.to_numpy())
    y_left = y.to_numpy() - q @ (q.T @ y.to_numpy())
    slope = x_left.T @ y_left / (x_left**2).sum(axis=0)[:, None]
    scaled = slope * x.std().to_numpy()[:, None] / y.std().to_numpy()
    return pd.DataFrame(scaled, index=x.columns, columns=y.columns)


def planted(data: Analysed) -> pd.DataFrame:
    wide = data.export.truth.pivot_table("planted", ["modality", "feature"], "score")
    return wide.loc[data.features.columns, SCORES]


def design_of_the_study(data: Analysed, feature: tuple[str, str]) -> pd.DataFrame:
    """Intercept, the feature at unit SD without centring, six z-scored covariates."""
    x = data.features[feature]
    z = (data.covariates - data.covariates.mean()) / data.covariates.std()
    return pd.concat([pd.Series(1.0, x.index, name="const"), (x / x.std()).rename("x"), z], axis=1)
