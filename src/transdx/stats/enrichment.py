"""Does a map of betas follow an annotation? One test for regions and for connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from transdx import atlas
from transdx._arrays import Floats, Indices, Singles
from transdx.annotations import Annotation
from transdx.results.schema import TABLES
from transdx.results.select import ALPHA
from transdx.stats.contrasts import compare
from transdx.stats.estimates import Estimates, combine, draws_of, labels_of
from transdx.stats.inference import adjust, study_p
from transdx.stats.nulls import spin_p

#: Rearranged annotations, and draws, held in memory at a time.
AT_ONCE = 250


@dataclass(frozen=True)
class _Map:
    """The features of a modality that are its map, and where they are among the estimates."""

    modality: str
    names: list[str]
    rows: Indices

    def held_against(self, annotations: Sequence[Annotation]) -> list[tuple[Annotation, Floats]]:
        """Give the annotations that have weight in this map, with the weights of its features."""
        both = [(a, _spread(a.weights.to_numpy()[None], self.names)[0]) for a in annotations]
        return [(a, weights) for a, weights in both if np.isfinite(weights).all()]


def enrich(
    found: Estimates,
    annotations: Sequence[Annotation],
    *,
    spins: Indices,
    modalities: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test every annotation against every map of betas: the tables enrichment and its contrasts.

    Enrichment has a row per modality, annotation and score: regions (with weight), estimate (mean
    beta, weighted by the annotation), p (the study's t test against permuted scores), p_spin (the
    annotation rearranged over the regions), centred (the estimate less the plain mean of the map)
    and p_centred (its study's p). For connections, the annotation of a connection is the product
    of those of its ends.

    The permutation null asks whether the weighted mean differs from zero, which it does for any
    annotation when a whole map does. The spin null asks whether it differs from what the same
    annotation gives elsewhere; it knows that maps are smooth, but not that the noise of a map of
    connections has the shape of networks, see `spin_rate`. The centred statistic asks about the
    place too, and its null, being permuted scores, has all that the noise has.

    Contrasts have a row per modality, annotation and pair of scores: the difference of the
    weighted means of maps that were first standardised over regions. It is the mean over the
    resampled maps, which are noisier than the observed one, so that its own difference can lie
    farther from zero than their interval.
    """
    tables, contrasts = [], []
    for own in _maps(found.beta):
        held = own.held_against(annotations)
        if not held or (modalities is not None and own.modality not in modalities):
            continue
        chosen, weights = zip(*held, strict=True)
        targets = pd.MultiIndex.from_product([[own.modality], [a.name for a in chosen]])
        matrix = pd.DataFrame(np.stack(weights), targets, found.beta.index[own.rows])
        combined = combine(found, matrix)
        tables.append(_table(found, combined, chosen, own, spins))
        if combined.beta.shape[1] > 1:
            contrasts.append(_contrasts(found, combined, chosen, own))
    return _joined(tables, "enrichment"), _joined(contrasts, "enrichment_contrasts")


def spin_rate(
    found: Estimates,
    annotations: Sequence[Annotation],
    *,
    modality: str,
    spins: Indices,
    maps: int = 200,
) -> pd.DataFrame:
    """Measure how often spins call an annotation special in permuted maps of the first score.

    One row as in `transdx.stats.spin_validity`: the share of annotations with p <= 0.05, averaged
    over maps, with the interval of that mean. No rows where the modality is not there.
    """
    own = next((one for one in _maps(found.beta) if one.modality == modality), None)
    held = own.held_against(annotations) if own else []
    if own is None or not held:
        return pd.DataFrame()
    permuted = draws_of(found)[0][own.rows, 0, :maps].astype(np.float64)
    hits = [
        spin_p((weights[None] @ permuted)[0], _spun(a, own, permuted, spins)) <= ALPHA
        for a, weights in held
    ]
    rates = np.mean(hits, axis=0)
    half = 1.96 * rates.std(ddof=1) / np.sqrt(len(rates))
    ends = (float(np.clip(rates.mean() + sign * half, 0, 1)) for sign in (-1, 1))
    row = ("connections", "spin of permuted scores", np.nan, float(rates.mean()), *ends, len(rates))
    return pd.DataFrame([row], columns=TABLES["spin_validity"].names)


def spin_test(
    beta: pd.DataFrame, annotation: Annotation, *, modality: str, spins: Indices
) -> pd.Series:
    """Test an annotation against the map of a modality by spins: the p of each score, as `enrich`.

    NaN where the modality is not there, or the annotation has no weight in it.
    """
    for own in _maps(beta):
        if own.modality == modality and (held := own.held_against([annotation])):
            values, weights = beta.to_numpy()[own.rows], held[0][1]
            p = spin_p(weights @ values, _spun(annotation, own, values, spins))
            return pd.Series(p, index=beta.columns)
    return pd.Series(np.nan, index=beta.columns)


def weights_of(annotation: Annotation, labels: Sequence[Any]) -> pd.Series:
    """Spread an annotation over features: regions or connections, plain or as (modality, feature).

    The weights sum to 1; a connection has the product of the weights of its ends. NaN where none
    of the features has any weight.

    >>> from transdx.annotations import load_annotations
    >>> limbic = next(a for a in load_annotations() if a.name == "limbic")
    >>> weights_of(limbic, ["left_entorhinal", "left_insula"]).tolist()
    [1.0, 0.0]
    """
    index = pd.Index(labels)
    names = [feature for _, feature in labels_of(index)]
    return pd.Series(_spread(annotation.weights.to_numpy()[None], names)[0], index)


def _maps(beta: pd.DataFrame) -> list[_Map]:
    """Find the map of each modality: its connections if it has any, else its regions."""
    usable = beta.notna().all(axis=1).to_numpy()
    labels = pd.DataFrame(labels_of(beta.index), columns=["modality", "feature"])
    maps = []
    for modality, own in labels.groupby("modality", sort=False)["feature"]:
        pairs = own[own.map(atlas.is_connection)]
        chosen = pairs if len(pairs) else own[own.isin(atlas.REGIONS)]
        chosen = chosen[usable[chosen.index]]
        if len(chosen):
            maps.append(_Map(str(modality), chosen.to_list(), chosen.index.to_numpy()))
    return maps


@cache
def _places(name: str) -> list[int]:
    """Find a region, or both ends of a connection, among all regions."""
    return [atlas.REGIONS.index(end) for end in name.split("--")]


def _spread(weights: Floats, names: list[str]) -> Floats:
    """Turn weights of regions (rows of 82) into weights of features that sum to one."""
    if atlas.is_connection(names[0]):
        one, other = np.array([_places(name) for name in names]).T
        spread = weights[:, one] * weights[:, other]
    else:
        spread = weights[:, [place for name in names for place in _places(name)]]
    total = spread.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(spread, total, out=np.full_like(spread, np.nan), where=total > 0))


def _table(
    found: Estimates,
    combined: Estimates,
    annotations: Sequence[Annotation],
    own: _Map,
    spins: Indices,
) -> pd.DataFrame:
    ends = {end for name in own.names for end in name.split("--")}
    inside = [region in ends for region in atlas.REGIONS]
    about = pd.DataFrame(
        [(a.kind, a.form, int((a.weights[inside] > 0).sum())) for a in annotations],
        index=pd.Index([a.name for a in annotations], name="annotation"),
        columns=["kind", "form", "regions"],
    )
    table = combined.table().rename(columns={"feature": "annotation", "beta": "estimate"})
    table = table.join(about, on="annotation")
    betas, observed = found.beta.to_numpy()[own.rows], combined.beta.to_numpy()
    p = [
        spin_p(one, _spun(a, own, betas, spins))
        for one, a in zip(observed, annotations, strict=True)
    ]
    # The plain mean of the map is taken off every weighted mean, and off every permuted one.
    centred = observed - betas.mean(axis=0)
    null = draws_of(combined)[0] - _moments(draws_of(found)[0], own.rows)[0]
    table = table.assign(
        p_spin=np.concatenate(p), centred=centred.ravel(), p_centred=study_p(centred, null).ravel()
    )
    for name in ("p", "p_spin", "p_centred"):
        table[f"{name}_fdr"] = adjust(table, "enrichment", name)
    return table


def _spun(annotation: Annotation, own: _Map, betas: Floats, spins: Indices) -> Floats:
    """Compute the weighted means of an annotation rearranged, shape (scores, spins)."""
    weights = annotation.weights.to_numpy()
    parts = [
        _spread(weights[spins[first : first + AT_ONCE]], own.names) @ betas
        for first in range(0, len(spins), AT_ONCE)
    ]
    return np.concatenate(parts).T


def _contrasts(
    found: Estimates, combined: Estimates, annotations: Sequence[Annotation], own: _Map
) -> pd.DataFrame:
    """Compare scores by maps that were standardised over features first."""
    middle, spread = _moments(draws_of(found)[1], own.rows)
    # Weights sum to one, so the mean of a standardised map is the standardised mean.
    draws = (draws_of(combined)[1] - middle) / spread
    places = pd.DataFrame(
        [(own.modality, a.kind, a.name) for a in annotations],
        columns=["modality", "kind", "annotation"],
    )
    table = compare(draws, places, combined.beta, resampled=True).reset_index(drop=True)
    return table.assign(p_fdr=adjust(table, "enrichment_contrasts"))


def _moments(draws: Singles, rows: Indices) -> tuple[Floats, Floats]:
    """Mean and SD over features of every resampled map, shape (scores, draws)."""
    middles, spreads = [], []
    for first in range(0, draws.shape[2], AT_ONCE):
        part = draws[rows, :, first : first + AT_ONCE].astype(np.float64)
        middles.append(np.nanmean(part, axis=0))
        spreads.append(np.nanstd(part, axis=0, ddof=1))
    return np.concatenate(middles, axis=1), np.concatenate(spreads, axis=1)


def _joined(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame()
    return pd.concat(tables, ignore_index=True)[TABLES[name].names]
