"""Write connectomes as the raw files they are computed from: time series and matrices."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx._arrays import Floats
from transdx._files import atomic_path
from transdx.atlas import REGIONS, ends, split
from transdx.modalities import CONNECTIVITY
from transdx.simulate.constants import stream
from transdx.simulate.effects import root_of
from transdx.sources.bulk import FILES, NODES, SUBCORTEX

TIME_POINTS = 490
_FOLDER = Path("Bulk", "Brain MRI", "Connectomes")
_CORTEX, _SUBCORTEX, _MATRIX = FILES
_STRUCTURAL, _FUNCTIONAL = CONNECTIVITY

#: Label of each node as in the series, in the order of `NODES`.
_LABELS = (
    *(f"ctx-{split(node)[0][0]}h-{split(node)[1]}" for node in NODES[:68]),
    *(f"{label}-{side}h" for side in "rl" for label in SUBCORTEX),
)
#: How much of a region's weight each node has: the posterior thalamus the larger half.
_SHARE = np.array([{"pTHA": 0.6, "aTHA": 0.4}.get(label[:4], 1.0) for label in _LABELS])


def write_bulk(
    export: Path,
    participants: npt.ArrayLike,
    connectomes: Mapping[str, npt.NDArray[np.floating]],
    *,
    seed: int,
) -> Path:
    """Write the raw files of people into an export, laid out as on the platform.

    In ``Bulk/Brain MRI/Connectomes``, in a folder per first two digits of the ids, a zip per
    person and field (``EID_31014_2_0.zip``: series of the cortex; 31019: of the subcortex; 31020:
    structural matrix). Connectomes are (n, 3321), and NaN for a person without the image.

    Correlations that are drawn one by one do not always belong together: no series have
    them. The series have the nearest ones that some series do, see `possible_correlations`,
    and have those exactly. They are noise without memory otherwise.
    """
    target = Path(export) / _FOLDER
    for place, person in enumerate(np.asarray(participants, dtype=np.int64)):
        structural, functional = (connectomes[name][place] for name in CONNECTIVITY)
        members: dict[str, str] = {}
        if np.isfinite(structural).all():
            members[_MATRIX] = _matrix(structural)
        if np.isfinite(functional).all():
            rng = stream(seed, "time series", int(person))
            with threadpool_limits(1):
                series = _series(possible_correlations(functional), rng)
            members |= {_CORTEX: _table(series[:, :68], 0), _SUBCORTEX: _table(series[:, 68:], 68)}
        for field, text in members.items():
            name = f"{person}_{field}_2_0.zip"
            with atomic_path(target / str(person)[:2] / name) as path:
                _zip(path, FILES[field], text)
    return target


def possible_correlations(values: npt.NDArray[np.floating]) -> Floats:
    """Find the nearest correlations that go together, shape (3321,).

    Off the diagonal of the positive semidefinite matrix with a unit diagonal that is
    nearest in the sum of squares (Higham 2002, doi:10.1093/imanum/22.3.329).
    """
    matrix = _square(np.asarray(values, dtype=float), 1)
    correction = np.zeros_like(matrix)
    for _ in range(100):
        reduced = matrix - correction
        size, direction = np.linalg.eigh(reduced)
        semidefinite = (direction * np.clip(size, 0, None)) @ direction.T
        correction = semidefinite - reduced
        matrix = semidefinite.copy()
        np.fill_diagonal(matrix, 1)
        if np.abs(matrix - semidefinite).max() < 1e-9:
            break
    return np.asarray(matrix[ends()])


def _square(values: Floats, diagonal: float) -> Floats:
    """Fill a symmetric matrix of regions."""
    a, b = ends()
    matrix = np.full((len(REGIONS),) * 2, diagonal, dtype=float)
    matrix[a, b] = matrix[b, a] = values
    return matrix


def _series(correlations: Floats, rng: np.random.Generator) -> Floats:
    """Give each node a series in SD, so that regions correlate in the sample as asked."""
    root = root_of(_square(correlations, 1))
    noise = rng.standard_normal((TIME_POINTS, len(REGIONS) + 2))
    # Columns of mean zero that do not correlate at all.
    white = np.linalg.qr(noise - noise.mean(axis=0))[0] * np.sqrt(TIME_POINTS)
    of_region = pd.DataFrame(white[:, : len(REGIONS)] @ root, columns=REGIONS)
    # Two halves that differ by noise of their own have the region's series as their mean.
    apart = {"left_thalamus": white[:, -1], "right_thalamus": white[:, -2]}
    columns = []
    for label, node in zip(_LABELS, NODES, strict=True):
        own = of_region[node].to_numpy()
        if node in apart:
            own = 0.8 * own + (0.6 if label.startswith("p") else -0.6) * apart[node]
        columns.append(own)
    return np.column_stack(columns)


def _table(series: Floats, first: int) -> str:
    head = ",".join(["label_name", *(f"timepoint_{t}" for t in range(len(series)))])
    rows = [
        ",".join([_LABELS[first + place], *(f"{value:.6f}" for value in column)])
        for place, column in enumerate(series.T)
    ]
    return "\n".join([head, *rows, ""])


def _matrix(weights: npt.NDArray[np.floating]) -> str:
    """Share the weights of regions among nodes; a node has the largest with itself."""
    nodes = [REGIONS.index(node) for node in NODES]
    matrix = _square(np.asarray(weights, dtype=float), float(np.max(weights)))
    matrix = matrix[np.ix_(nodes, nodes)] * np.outer(_SHARE, _SHARE)
    return "".join(",".join(f"{weight:.9g}" for weight in row) + "\n" for row in matrix)


def _zip(path: Path, name: str, text: str) -> None:
    """Write one file into a zip; series are compressed before. The same bytes every time."""
    content = text.encode()
    if not name.startswith("connectome"):
        name, content = f"{name}.gz", gzip.compress(content, mtime=0)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
