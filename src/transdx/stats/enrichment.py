"""Does a map of betas follow an annotation? One test for regions and for connections."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from transdx import atlas
from transdx._arrays import Floats, Indices, Singles
from transdx.annotations import Annotation
from transdx.results.select import ALPHA
from transdx.stats.estimates import Estimates, combine, draws_of, labels_of
from transdx.stats.inference import (
    benjamini_hochberg,
    bootstrap_p,
    percentile_interval,
    study_p,
)
from transdx.stats.nulls import spin_p

#: Rearranged annotations, and draws, held in memory at a time.
AT_ONCE = 250
_COLUMNS = [
    *("modality", "kind", "annotation", "score", "regions", "estimate", "se", "ci_low"),
    *("ci_high", "p", "p_permutation", "p_fdr", "p_spin", "p_spin_fdr", "centred"),
    *("p_centred", "p_centred_fdr", "form"),
]
_PAIR = ["modality", "kind", "annotation", "score_a", "score_b"]


def enrich(
    found: Estimates,
    annotations: Sequence[Annotation],
    *,
    spins: Indices,
    modalities: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test every annotation against every map of betas.

    Parameters
    ----------
    found : Estimates
        Labelled (modality, feature), with the draws. Of a modality with connections, these
        are the map; of any other, its regions are.
    annotations : sequence of Annotation
        What the maps are held against; one without weight in a modality is left out there.
    spins : numpy.ndarray of int, shape (n, 82)
        Rearrangements of the regions, see `transdx.stats.spins`.
    modalities : sequence of str, optional
        Whose maps; all of `found` by default.

    Returns
    -------
    enrichment : pandas.DataFrame
        One row per modality, annotation and score: regions (with weight), estimate (mean
        beta, weighted by the annotation), se and ci_low to ci_high (bootstrap), p (the
        study's t test against permuted scores), p_permutation, p_fdr
        (Benjamini-Hochberg over annotations and scores of the modality), p_spin (the
        annotation rearranged over the regions), p_spin_fdr, centred (the estimate less the
        plain mean of the map), p_centred (its study's p) and p_centred_fdr, form.
    contrasts : pandas.DataFrame
        One row per modality, annotation and pair of scores: the difference of the weighted
        means of maps that were first standardised over regions (mean over the resampled maps,
        which are noisier than the observed one, so that its own difference can lie farther
        from zero than their interval), ci_low, ci_high, p (see
        `transdx.stats.inference.bootstrap_p`) and p_fdr over annotations and pairs.

    Notes
    -----
    For connections, the annotation of a connection is the product of those of its ends. The
    permutation null asks whether the weighted mean differs from zero, which it does for any
    annotation when a whole map does. The spin null asks whether it differs from what the same
    annotation gives elsewhere; it knows that maps are smooth, but not that the noise of a map of
    connections has the shape of networks, see `spin_rate`. The centred statistic asks about the
    place too, and its null, being permuted scores, has all that the noise has.

    Examples
    --------
    >>> from transdx.annotations import load_annotations
    >>> from transdx.stats import associate, spins
    >>> columns = pd.MultiIndex.from_product([["thickness"], ["left_insula", "left_entorhinal"]])
    >>> x = pd.DataFrame(np.random.default_rng(0).normal(size=(99, 2)), columns=columns)
    >>> y = pd.DataFrame({"anxiety": x.sum(axis=1)})
    >>> found = associate(x, y, y.drop(columns="anxiety"), permutations=99, bootstraps=99)
    >>> limbic = [a for a in load_annotations() if a.name == "limbic"]
    >>> table, contrasts = enrich(found, limbic, spins=spins(99, seed=1))
    >>> table[["modality", "annotation", "score", "regions"]].values.tolist()
    [['thickness', 'limbic', 'anxiety', 1]]
    """
    tables, contrasts = [], []
    for modality, labels in _maps(found).items():
        if modalities is not None and modality not in modalities:
            continue
        matrix = pd.DataFrame({a.name: weights_of(a, labels) for a in annotations}).dropna(axis=1).T
        chosen = [a for a in annotations if a.name in matrix.index]
        if not chosen:
            continue
        matrix.index = pd.MultiIndex.from_product([[modality], matrix.index])
        combined = combine(found, matrix)
        tables.append(_table(found, combined, chosen, labels, spins))
        if combined.beta.shape[1] > 1:
            contrasts.append(_contrasts(found, combined, chosen, labels))
    return _joined(tables), _joined(contrasts)


def spin_rate(
    found: Estimates,
    annotations: Sequence[Annotation],
    *,
    modality: str,
    spins: Indices,
    maps: int = 200,
) -> pd.DataFrame:
    """Measure how often spins call an annotation special in maps of permuted scores.

    Parameters
    ----------
    found, annotations, spins
        As in `enrich`.
    modality : str
        Whose maps.
    maps : int, default 200
        Permuted maps, of the first score.

    Returns
    -------
    pandas.DataFrame
        One row as in `transdx.stats.spin_validity`, null ``spin of permuted scores``: the
        share of annotations with p <= 0.05, averaged over maps; the interval is that of the
        mean over maps. No rows where the modality is not there.
    """
    labels = _maps(found).get(modality, [])
    weights = [a.weights.to_numpy() for a in annotations]
    names = [feature for _, feature in labels]
    weights = [w for w in weights if names and np.isfinite(_spread(w[None], names)).all()]
    if not weights:
        return pd.DataFrame()
    rows = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    permuted = draws_of(found)[0][rows, 0, :maps].astype(np.float64)
    hits = [
        spin_p((_spread(w[None], names) @ permuted)[0], _spun(w, names, permuted, spins)) <= ALPHA
        for w in weights
    ]
    rates = np.mean(hits, axis=0)
    half = 1.96 * rates.std(ddof=1) / np.sqrt(len(rates))
    ends = (float(np.clip(rates.mean() + sign * half, 0, 1)) for sign in (-1, 1))
    row = ("spin of permuted scores", float(rates.mean()), *ends, len(rates))
    return pd.DataFrame([row], columns=["null", "rate", "ci_low", "ci_high", "maps"])


def weights_of(annotation: Annotation, labels: Sequence[Any]) -> pd.Series:
    """Spread an annotation over features: regions or connections, plain or as (modality, feature).

    The weights sum to 1; a connection has the product of the weights of its ends. NaN where none
    of the features has any weight.

    Examples
    --------
    >>> from transdx.annotations import load_annotations
    >>> limbic = next(a for a in load_annotations() if a.name == "limbic")
    >>> weights_of(limbic, ["left_entorhinal", "left_insula"]).tolist()
    [1.0, 0.0]
    """
    names = [label[1] if isinstance(label, tuple) else label for label in labels]
    weights = _spread(annotation.weights.to_numpy()[None], names)[0]
    whole = isinstance(labels[0], tuple)
    index = pd.MultiIndex.from_tuples(labels) if whole else pd.Index(labels)
    return pd.Series(weights, index=index)


def _maps(found: Estimates) -> dict[str, list[tuple[str, str]]]:
    """List the features that make up the map of each modality."""
    everything = labels_of(found.beta.index)
    maps: dict[str, list[tuple[str, str]]] = {}
    for modality in dict.fromkeys(modality for modality, _ in everything):
        own = [label for label in everything if label[0] == modality]
        pairs = [label for label in own if atlas.is_connection(label[1])]
        maps[modality] = pairs or [label for label in own if label[1] in atlas.REGIONS]
    usable = found.beta.notna().all(axis=1)
    return {m: [label for label in own if usable[label]] for m, own in maps.items() if own}


def _spread(weights: Floats, names: list[str]) -> Floats:
    """Turn weights of regions (rows of 82) into weights of features that sum to one."""
    if atlas.is_connection(names[0]):
        ends = [[atlas.REGIONS.index(end) for end in name.split("--")] for name in names]
        one, other = np.array(ends).T
        spread = weights[:, one] * weights[:, other]
    else:
        spread = weights[:, [atlas.REGIONS.index(name) for name in names]]
    total = spread.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(spread, total, out=np.full_like(spread, np.nan), where=total > 0))


def _table(
    found: Estimates,
    combined: Estimates,
    annotations: list[Annotation],
    labels: list[tuple[str, str]],
    spins: Indices,
) -> pd.DataFrame:
    table = combined.table().rename(columns={"feature": "annotation", "beta": "estimate"})
    table["kind"] = table["annotation"].map({a.name: a.kind for a in annotations})
    table["form"] = table["annotation"].map({a.name: a.form for a in annotations})
    ends = {end for _, feature in labels for end in feature.split("--")}
    inside = [region in ends for region in atlas.REGIONS]
    regions = {a.name: int((a.weights[inside] > 0).sum()) for a in annotations}
    table["regions"] = table["annotation"].map(regions)
    betas = found.beta.loc[labels].to_numpy()
    names = [feature for _, feature in labels]
    observed = combined.beta.to_numpy()
    p = [
        spin_p(observed[row], _spun(a.weights.to_numpy(), names, betas, spins))
        for row, a in enumerate(annotations)
    ]
    table["p_spin"] = np.concatenate(p)
    table["centred"], table["p_centred"] = _centred(found, combined, labels)
    for name in ("p", "p_spin", "p_centred"):
        table[f"{name}_fdr"] = benjamini_hochberg(table[name])
    return table[_COLUMNS]


def _centred(
    found: Estimates, combined: Estimates, labels: list[tuple[str, str]]
) -> tuple[Floats, Floats]:
    """Take the plain mean of the map off every weighted mean, and off every permuted one."""
    rows = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    observed = combined.beta.to_numpy() - found.beta.to_numpy()[rows].mean(axis=0)
    null = draws_of(combined)[0] - _moments(draws_of(found)[0], rows)[0]
    return observed.ravel(), study_p(observed, null).ravel()


def _spun(weights: Floats, names: list[str], betas: Floats, spins: Indices) -> Floats:
    """Compute the weighted means of an annotation rearranged, shape (scores, spins)."""
    parts = [
        _spread(weights[spins[first : first + AT_ONCE]], names) @ betas
        for first in range(0, len(spins), AT_ONCE)
    ]
    return np.concatenate(parts).T


def _contrasts(
    found: Estimates,
    combined: Estimates,
    annotations: list[Annotation],
    labels: list[tuple[str, str]],
) -> pd.DataFrame:
    """Compare scores by maps that were standardised over features first."""
    rows = found.beta.index.get_indexer(pd.MultiIndex.from_tuples(labels))
    _, resampled = draws_of(found)
    middle, spread = _moments(resampled, rows)
    # Weights sum to one, so the mean of a standardised map is the standardised mean.
    draws = (draws_of(combined)[1] - middle) / spread
    names = found.beta.columns
    tables = []
    for a, b in combinations(range(len(names)), 2):
        gaps = draws[:, a] - draws[:, b]
        low, high = percentile_interval(gaps)
        about = [(labels[0][0], one.kind, one.name, names[a], names[b]) for one in annotations]
        table = pd.DataFrame(about, columns=_PAIR)
        difference = np.nanmean(gaps, axis=1)
        tables.append(
            table.assign(difference=difference, ci_low=low, ci_high=high, p=bootstrap_p(gaps))
        )
    table = pd.concat(tables, ignore_index=True)
    return table.assign(p_fdr=benjamini_hochberg(table["p"]))


def _moments(draws: Singles, rows: Indices) -> tuple[Floats, Floats]:
    """Mean and SD over features of every resampled map, shape (scores, draws)."""
    middles, spreads = [], []
    for first in range(0, draws.shape[2], AT_ONCE):
        part = draws[rows, :, first : first + AT_ONCE].astype(np.float64)
        middles.append(np.nanmean(part, axis=0))
        spreads.append(np.nanstd(part, axis=0, ddof=1))
    return np.concatenate(middles, axis=1), np.concatenate(spreads, axis=1)


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
