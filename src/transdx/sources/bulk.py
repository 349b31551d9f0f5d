"""Pack connectomes from the raw files of UK Biobank: regional time series and matrices."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx import atlas
from transdx._arrays import Floats, Singles
from transdx._files import stamp
from transdx.connectomes import folder_of, write_connectomes
from transdx.errors import InputError, nearest
from transdx.progress import Progress, silent

_Image: TypeAlias = dict[str, Path]
_Images: TypeAlias = dict[int, _Image]
_Reader = Callable[[Path, _Image], Singles]

#: What is read of each bulk field: series of the cortex, of the subcortex, and a matrix.
FILES = {
    "31014": "fMRI.aparc.csv",
    "31019": "fMRI.Tian_Subcortex_S1_3T.csv",
    "31020": "connectome_sift2_fbc_10M.csv",
}
_CORTEX, _SUBCORTEX, _MATRIX = FILES

#: Labels of the subcortical atlas (scale 1), which has the thalamus in two halves.
SUBCORTEX = {
    "HIP": "hippocampus",
    "AMY": "amygdala",
    "pTHA": "thalamus",
    "aTHA": "thalamus",
    "NAc": "accumbens",
    "GP": "pallidum",
    "PUT": "putamen",
    "CAU": "caudate",
}

#: The region that each row of a structural matrix belongs to; the files do not say.
NODES = (
    *(f"{side}_{region}" for side in ("left", "right") for region in atlas.CORTEX),
    *(f"{side}_{region}" for side in ("right", "left") for region in SUBCORTEX.values()),
)

_NAME = re.compile(rf"(?P<id>\d+)_(?P<field>{'|'.join(FILES)})_2_0(?P<zip>\.zip)?")
_REGION = {name.lower(): region for name, region in SUBCORTEX.items()}
_REGION |= {region: region for region in atlas.CORTEX}
_SIDE = {"lh": "left", "l": "left", "left": "left", "rh": "right", "r": "right", "right": "right"}
# Labels of the surface that are no region.
_NO_REGION = ("unknown", "corpuscallosum")
_BLOCK = 1000


def pack(data: Path, people: pd.Index[int], *, progress: Progress = silent) -> None:
    """Pack the raw connectomes of an export, where it holds any that are not packed yet.

    Anywhere in it, the bulk fields of a person: folders or zips named ``EID_31014_2_0``,
    ``EID_31019_2_0`` and ``EID_31020_2_0``; those of others than `people` are left where they are.

    Connectomes that were packed by other means are left alone, and so are those whose raw
    files have since been taken away. Others are packed anew when a file has come or gone, or
    has been written to. A person who lacks a file lacks the connectome.
    """
    images = _find(data, set(people))
    if not images:
        return
    about = _about(data, images)
    held = folder_of(data) / "connectomes.json"
    if held.is_file():
        before = _stored(held)
        if "raw_digest" not in before or before["raw_digest"] == about["raw_digest"]:
            return
    if not os.access(data, os.W_OK):
        raise InputError(
            f"the connectomes of {len(images)} people are to be packed into {data}, which cannot "
            "be written to; make it writable, or copy the export"
        )
    write_connectomes(data, sorted(images), _blocks(data, images, progress), about=about)


def _stored(path: Path) -> dict[str, object]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"{path.parent.name}/{path.name} cannot be read ({error}); remove the folder "
            f"{path.parent.name} and make it again"
        ) from error
    return dict(about)


def _find(data: Path, people: set[int]) -> _Images:
    """Find the images of people; an unpacked one goes before its zip."""
    found: _Images = {}
    for folder, below, files in os.walk(data) if data.is_dir() else ():
        for name in (*below, *files):
            image = _NAME.fullmatch(name)
            if image is None or int(image["id"]) not in people:
                continue
            fields = found.setdefault(int(image["id"]), {})
            if image["field"] not in fields or not image["zip"]:
                fields[image["field"]] = Path(folder) / name
        below[:] = [n for n in sorted(below) if not _NAME.fullmatch(n) and n[0] != "."]
    return found


def _about(data: Path, images: _Images) -> dict[str, object]:
    """Count the images, and sum up which they are."""
    places = [path for fields in images.values() for path in fields.values()]
    files = (
        file
        for place in places
        for file in (place.rglob("*") if place.is_dir() else [place])
        if file.is_file()
    )
    return {"raw_images": len(places), "raw_digest": stamp(files, root=data)}


def _blocks(data: Path, images: _Images, progress: Progress) -> Iterator[dict[str, Singles]]:
    """Read people a few at a time, side by side; nobody's series outlive their turn."""
    readers = _readers({field for fields in images.values() for field in fields})
    people = sorted(images)
    # One thread for each product, so that the numbers do not depend on how many there are.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor() as pool:
        for first in range(0, len(people), _BLOCK):
            some = [images[person] for person in people[first : first + _BLOCK]]
            yield {
                modality: np.stack(list(pool.map(partial(read, data), some)))
                for modality, read in readers.items()
            }
            progress("pack connectomes", min(first + _BLOCK, len(people)), len(people))


def _readers(fields: set[str]) -> dict[str, _Reader]:
    """Choose what can be read; one kind of series is of no use without the other."""
    halves = fields & {_CORTEX, _SUBCORTEX}
    if len(halves) == 1:
        have, lack = *halves, *({_CORTEX, _SUBCORTEX} - halves)
        raise InputError(
            f"expected time series of the cortex ({_CORTEX}) and of the subcortex ({_SUBCORTEX}), "
            f"got field {have} alone; fetch field {lack}, or take field {have} away"
        )
    readers: dict[str, _Reader] = {}
    if _MATRIX in fields:
        readers["structural_connectivity"] = _structural
    if halves:
        readers["functional_connectivity"] = _functional
    return readers


def _structural(data: Path, image: _Image) -> Singles:
    """Add up the weights between the `NODES` of two regions; those within a node do not count."""
    if _MATRIX not in image:
        return _missing()
    text, name = _text(data, image[_MATRIX], FILES[_MATRIX])
    matrix = _numbers(text.splitlines(), name)
    if matrix.shape != (len(NODES),) * 2:
        raise _damaged(
            f"{name}: expected a matrix of {len(NODES)} x {len(NODES)} weights (34 + 34 cortical "
            f"and 8 + 8 subcortical nodes), got {' x '.join(map(str, matrix.shape))}"
        )
    if (matrix < 0).any() or not np.allclose(matrix, matrix.T, rtol=1e-5):
        raise _damaged(f"{name}: expected a symmetric matrix of weights from 0 on, but it is not")
    belongs = np.array(atlas.REGIONS)[:, None] == np.array(NODES)
    return np.asarray((belongs @ matrix @ belongs.T)[atlas.ends()], dtype=np.float32)


def _functional(data: Path, image: _Image) -> Singles:
    """Correlate the series of regions.

    nilearn shrinks the covariance unless told otherwise (Ledoit and Wolf); then the values of
    a person would depend on how long and how noisy the series are.
    """
    # Late, because nilearn takes seconds to import and packed connectomes need none of it.
    from nilearn.connectome import ConnectivityMeasure
    from sklearn.covariance import EmpiricalCovariance

    if not {_CORTEX, _SUBCORTEX} <= set(image):
        return _missing()
    parts = [_series(data, image[field], field) for field in (_CORTEX, _SUBCORTEX)]
    one, other = map(len, parts)
    if one != other:
        raise _damaged(
            f"{image[_SUBCORTEX].relative_to(data).as_posix()}: expected {one} time points "
            f"as in {image[_CORTEX].name}, got {other}"
        )
    series = pd.concat(parts, axis=1)[list(atlas.REGIONS)].to_numpy()
    if not np.isfinite(series).all():
        return _missing()
    plain = EmpiricalCovariance(store_precision=False)
    measure = ConnectivityMeasure(plain, kind="correlation", standardize="zscore_sample")
    return np.asarray(measure.fit_transform([series])[0][atlas.ends()], dtype=np.float32)


def _missing() -> Singles:
    return np.full(len(atlas.connections()), np.nan, dtype=np.float32)


def _series(data: Path, image: Path, field: str) -> pd.DataFrame:
    """Read series in SD, a column per region; a region in two halves is their mean."""
    text, name = _text(data, image, FILES[field])
    cut = [line.partition(",") for line in text.splitlines()[1:]]
    named = [(region, row) for label, _, row in cut if (region := _region(label, name))]
    regions = [region for region, _ in named]
    _require_all(regions, atlas.CORTEX if field == _CORTEX else SUBCORTEX.values(), name)
    values = _numbers([row for _, row in named], name)
    spread = values.std(axis=1, keepdims=True)
    # A region without signal, mostly one outside the scanned volume, leaves it missing.
    spread[spread == 0] = np.nan
    scaled = pd.DataFrame((values - values.mean(axis=1, keepdims=True)) / spread, index=regions)
    return scaled.groupby(level=0).mean().T


def _require_all(regions: list[str], structures: Iterable[str], name: str) -> None:
    """Require each label once on both sides; the thalamus has two."""
    expected = Counter(f"{side}_{region}" for region in structures for side in atlas.HEMISPHERES)
    for region, times in expected.items():
        if regions.count(region) != times:
            wrong = "missing" if regions.count(region) < times else "there too often"
            raise _damaged(
                f"{name}: expected {expected.total()} labels, got {len(regions)}, and '{region}' "
                f"is {wrong}"
            )


def _region(label: str, name: str) -> str:
    """Name the region of a label, however it is spelt: ``ctx-lh-insula``, ``L_insula``."""
    words = [word for word in re.split(r"[^a-z0-9]+", label.lower()) if word != "ctx"]
    sides = [_SIDE[word] for word in words if word in _SIDE]
    bare = "".join(word for word in words if word not in _SIDE)
    if bare in _NO_REGION:
        return ""
    if bare not in _REGION or len(sides) != 1:
        meant = nearest(bare, _REGION) if bare not in _REGION else ""
        known = "labels such as 'ctx-lh-insula' or 'HIP-rh'"
        raise _damaged(f"{name}: expected {known}, got '{label}'{meant}")
    return f"{sides[0]}_{_REGION[bare]}"


def _numbers(rows: list[str], name: str) -> Floats:
    try:
        values = np.loadtxt(rows, delimiter=",", ndmin=2)
    except ValueError as error:
        raise _damaged(f"{name}: expected rows of numbers, but {error}") from error
    if gaps := (~np.isfinite(values)).sum():
        raise _damaged(
            f"{name}: expected numbers throughout, but {gaps} of {values.size} are missing"
        )
    return values


def _text(data: Path, image: Path, wanted: str) -> tuple[str, str]:
    """Read a file of an image, and give its name for errors."""
    name = image.relative_to(data).as_posix()
    try:
        members = _members(image)
        fitting = [
            (member, read)
            for member, read in members
            if member.rpartition("/")[2] in (wanted, f"{wanted}.gz")
        ]
        if len(fitting) != 1:
            raise _damaged(
                f"{name}: expected one file {wanted} or {wanted}.gz in it, found {len(fitting)} "
                f"among {len(members)} file(s)"
            )
        member, read = fitting[0]
        content = gzip.decompress(read()) if member.endswith(".gz") else read()
        return content.decode("utf-8-sig"), f"{name}/{member}"
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise _damaged(f"{name} cannot be read ({error})") from error


def _damaged(what: str) -> InputError:
    again = "fetch it again, or take it away: its person then counts as one without this image"
    return InputError(f"{what}; {again}")


def _members(image: Path) -> list[tuple[str, Callable[[], bytes]]]:
    """List the files of an image, and how each is read."""
    if image.is_dir():
        files = [path for path in image.rglob("*") if path.is_file()]
        return [(path.relative_to(image).as_posix(), path.read_bytes) for path in files]
    archive = zipfile.ZipFile(io.BytesIO(image.read_bytes()))
    return [(name, partial(archive.read, name)) for name in archive.namelist()]
