"""Pack connectomes from the raw files of UK Biobank: regional time series and matrices."""

from __future__ import annotations

import contextlib
import gzip
import json
import lzma
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx import __version__, atlas
from transdx._arrays import Floats, Singles
from transdx._files import atomic_path, digest_text, remove, stamp, walk
from transdx.connectomes import folder_of, write_connectomes
from transdx.errors import InputError, nearest
from transdx.progress import Progress, silent

_Image: TypeAlias = dict[str, Path]
_Images: TypeAlias = dict[int, _Image]
_Reader = Callable[[_Image], Singles]
_Damaged: TypeAlias = dict[str, dict[str, int]]

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
#: Where blocks of people wait until all are packed.
_PARTS = ".connectomes_parts"
#: What is raised of what is cut off, damaged, or no text.
_BROKEN = (EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
#: No file of an image is larger unpacked: of 84 nodes and 490 points in time it has below 1 MiB.
_LARGEST = 2**26


class _DamagedError(Exception):
    """Why an image of somebody cannot be read, in words about what it holds and not about whom."""


def pack(data: Path, people: pd.Index[int], *, progress: Progress = silent) -> None:
    """Pack the raw connectomes of an export, where it holds any that are not packed yet.

    Anywhere in it, also behind links, the bulk fields of a person: folders or zips named
    ``EID_31014_2_0``, ``EID_31019_2_0`` and ``EID_31020_2_0``; those of others than `people` are
    left where they are.

    Connectomes that were packed by other means are left alone, and so are those whose raw
    files have since been taken away. Others are packed anew when a file has come or gone, or
    has been written to. A person who lacks a file, or whose file cannot be read, lacks the
    connectome; why, and of how many, is kept beside what is packed. What was interrupted goes on
    behind the last thousand people that it had done.
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
    damaged: _Damaged = {}
    about["damaged"] = damaged
    write_connectomes(data, sorted(images), _blocks(data, images, damaged, progress), about=about)
    remove(data / _PARTS)


def damaged_in(data: Path) -> _Damaged:
    """Count by modality and reason whose raw files could not be read when they were packed."""
    held = folder_of(data) / "connectomes.json"
    found = _stored(held).get("damaged", {}) if held.is_file() else {}
    return found if isinstance(found, dict) else {}


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
    for folder, below, files in walk(data) if data.is_dir() else ():
        for name in (*below, *files):
            image = _NAME.fullmatch(name)
            if image is None or int(image["id"]) not in people:
                continue
            fields = found.setdefault(int(image["id"]), {})
            if image["field"] not in fields or not image["zip"]:
                fields[image["field"]] = folder / name
        below[:] = [n for n in sorted(below) if not _NAME.fullmatch(n) and n[0] != "."]
    return found


def _about(data: Path, images: _Images) -> dict[str, object]:
    """Count the images, and sum up which they are."""
    places = [path for fields in images.values() for path in fields.values()]
    return {"raw_images": len(places), "raw_digest": stamp(_files_of(places), root=data)}


def _files_of(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from _inside(place) if place.is_dir() else [place]


def _inside(place: Path) -> list[Path]:
    return [folder / name for folder, _, names in walk(place) for name in names]


def _blocks(
    data: Path, images: _Images, damaged: _Damaged, progress: Progress
) -> Iterator[dict[str, Singles]]:
    """Read people a few at a time, side by side; nobody's series outlive their turn."""
    readers = _readers({field for fields in images.values() for field in fields})
    people = sorted(images)
    # One thread for each product, so that the numbers do not depend on how many there are.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor() as pool:
        for first in range(0, len(people), _BLOCK):
            some = [images[person] for person in people[first : first + _BLOCK]]
            block, why = _block(data, some, readers, pool)
            for modality, reasons in why.items():
                for reason in reasons:
                    counts = damaged.setdefault(modality, {})
                    counts[reason] = counts.get(reason, 0) + 1
            yield block
            progress("pack connectomes", min(first + _BLOCK, len(people)), len(people))
    for modality, counts in damaged.items():
        fields = (_MATRIX,) if readers[modality] is _structural else (_CORTEX, _SUBCORTEX)
        there = sum(all(field in one for field in fields) for one in images.values())
        if sum(counts.values()) == there:
            most = max(counts, key=lambda reason: counts[reason])
            raise InputError(
                f"of no person's bulk files (field {fields[0]}) could be read what is expected: of "
                f"{counts[most]} of {there} {most}; fetch them again, or take them away"
            )


def _block(
    data: Path, some: list[_Image], readers: Mapping[str, _Reader], pool: ThreadPoolExecutor
) -> tuple[dict[str, Singles], dict[str, list[str]]]:
    """Read a block of people, or take it from an attempt that was interrupted."""
    places = [path for image in some for path in image.values()]
    digest = stamp(_files_of(places), root=data)
    part = data / _PARTS / f"{digest_text(__version__, sorted(readers), digest)}.npz"
    if part.is_file():
        with contextlib.suppress(*_BROKEN, KeyError), np.load(part) as held:
            why = json.loads(str(held["damaged"]))
            return {modality: held[modality] for modality in readers}, why
    block, why = {}, {}
    for modality, read in readers.items():
        results = list(pool.map(partial(_attempt, read), some))
        block[modality] = np.stack([values for values, _ in results])
        if reasons := [reason for _, reason in results if reason]:
            why[modality] = reasons
    if len(some) == _BLOCK:
        with atomic_path(part) as path:
            np.savez(path, damaged=np.array(json.dumps(why)), **block)  # type: ignore[arg-type]
    return block, why


def _attempt(read: _Reader, image: _Image) -> tuple[Singles, str]:
    """Read a connectome of somebody; or say, in words that name nobody, why it cannot be read."""
    try:
        return read(image), ""
    except _DamagedError as error:
        return _missing(), re.sub(r"\d{7,}", "…", str(error))


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


def _structural(image: _Image) -> Singles:
    """Add up the weights between the `NODES` of two regions; those within a node do not count."""
    if _MATRIX not in image:
        return _missing()
    matrix = _numbers(_text(image[_MATRIX], FILES[_MATRIX]).splitlines())
    if matrix.shape != (len(NODES),) * 2:
        raise _DamagedError(
            f"expected a matrix of {len(NODES)} x {len(NODES)} weights (34 + 34 cortical "
            f"and 8 + 8 subcortical nodes), got {' x '.join(map(str, matrix.shape))}"
        )
    if (matrix < 0).any() or not np.allclose(matrix, matrix.T, rtol=1e-5):
        raise _DamagedError("expected a symmetric matrix of weights from 0 on, but it is not")
    belongs = np.array(atlas.REGIONS)[:, None] == np.array(NODES)
    return np.asarray((belongs @ matrix @ belongs.T)[atlas.ends()], dtype=np.float32)


def _functional(image: _Image) -> Singles:
    """Correlate the series of regions.

    nilearn shrinks the covariance unless told otherwise (Ledoit and Wolf); then the values of
    a person would depend on how long and how noisy the series are.
    """
    # Late, because nilearn takes seconds to import and packed connectomes need none of it.
    from nilearn.connectome import ConnectivityMeasure
    from sklearn.covariance import EmpiricalCovariance

    if not {_CORTEX, _SUBCORTEX} <= set(image):
        return _missing()
    parts = [_series(image[field], field) for field in (_CORTEX, _SUBCORTEX)]
    one, other = map(len, parts)
    if one != other:
        raise _DamagedError(
            f"expected as many time points of the subcortex as of the cortex ({one}), got {other}"
        )
    series = pd.concat(parts, axis=1)[list(atlas.REGIONS)].to_numpy()
    if not np.isfinite(series).all():
        return _missing()
    plain = EmpiricalCovariance(store_precision=False)
    measure = ConnectivityMeasure(plain, kind="correlation", standardize="zscore_sample")
    return np.asarray(measure.fit_transform([series])[0][atlas.ends()], dtype=np.float32)


def _missing() -> Singles:
    return np.full(len(atlas.connections()), np.nan, dtype=np.float32)


def _series(image: Path, field: str) -> pd.DataFrame:
    """Read series in SD, a column per region; a region in two halves is their mean."""
    text = _text(image, FILES[field])
    cut = [line.partition(",") for line in text.splitlines()[1:]]
    named = [(region, row) for label, _, row in cut if (region := _region(label))]
    regions = [region for region, _ in named]
    _require_all(regions, atlas.CORTEX if field == _CORTEX else SUBCORTEX.values())
    values = _numbers([row for _, row in named])
    spread = values.std(axis=1, keepdims=True)
    # A region without signal, mostly one outside the scanned volume, leaves it missing.
    spread[spread == 0] = np.nan
    scaled = pd.DataFrame((values - values.mean(axis=1, keepdims=True)) / spread, index=regions)
    return scaled.groupby(level=0).mean().T


def _require_all(regions: list[str], structures: Iterable[str]) -> None:
    """Require each label once on both sides; the thalamus has two."""
    expected = Counter(f"{side}_{region}" for region in structures for side in atlas.HEMISPHERES)
    for region, times in expected.items():
        if regions.count(region) != times:
            wrong = "missing" if regions.count(region) < times else "there too often"
            raise _DamagedError(
                f"expected {expected.total()} labels, got {len(regions)}, and '{region}' is {wrong}"
            )


def _region(label: str) -> str:
    """Name the region of a label, however it is spelt: ``ctx-lh-insula``, ``L_insula``."""
    words = [word for word in re.split(r"[^a-z0-9]+", label.lower()) if word != "ctx"]
    sides = [_SIDE[word] for word in words if word in _SIDE]
    bare = "".join(word for word in words if word not in _SIDE)
    if bare in _NO_REGION:
        return ""
    if bare not in _REGION or len(sides) != 1:
        meant = nearest(bare, _REGION) if bare not in _REGION else ""
        known = "labels such as 'ctx-lh-insula' or 'HIP-rh'"
        raise _DamagedError(f"expected {known}, got '{label[:40]}'{meant}")
    return f"{sides[0]}_{_REGION[bare]}"


def _numbers(rows: list[str]) -> Floats:
    try:
        values = np.loadtxt(rows, delimiter=",", ndmin=2)
    except ValueError as error:
        raise _DamagedError("expected rows of numbers, as many in each, but it is not") from error
    if not np.isfinite(values).all():
        raise _DamagedError("expected numbers throughout, but some are missing")
    return values


def _text(image: Path, wanted: str) -> str:
    """Read a file of an image."""
    try:
        return _unpacked(image, wanted).decode("utf-8-sig")
    except (PermissionError, FileNotFoundError) as error:
        raise _DamagedError(f"it cannot be opened ({error.strerror})") from error
    except _BROKEN as error:
        raise _DamagedError("it is cut off or damaged, and cannot be unpacked") from error
    except (NotImplementedError, RuntimeError) as error:
        raise _DamagedError("it is packed in a way that cannot be unpacked") from error
    except OSError as error:
        # Of gzip; those of the system end it all, and must not name the file, which names somebody.
        if error.errno is None:
            raise _DamagedError("it is cut off or damaged, and cannot be unpacked") from error
        raise OSError(error.errno, error.strerror) from error


def _unpacked(image: Path, wanted: str) -> bytes:
    """Read the file of an image that is called so, also packed; nothing that is too large."""
    with contextlib.ExitStack() as stack:
        members: dict[str, Callable[[], Any]]
        if image.is_dir():
            files = _inside(image)
            members = {
                path.relative_to(image).as_posix(): partial(path.open, "rb") for path in files
            }
        else:
            archive = stack.enter_context(zipfile.ZipFile(image))
            if any(member.flag_bits & 1 for member in archive.infolist()):
                raise _DamagedError("it is encrypted")
            members = {name: partial(archive.open, name) for name in archive.namelist()}
        fitting = [m for m in members if m.rpartition("/")[2] in (wanted, f"{wanted}.gz")]
        if len(fitting) != 1:
            raise _DamagedError(
                f"expected one file {wanted} or {wanted}.gz in it, found {len(fitting)} among "
                f"{len(members)} file(s)"
            )
        stream = stack.enter_context(members[fitting[0]]())
        if fitting[0].endswith(".gz"):
            stream = gzip.GzipFile(fileobj=stream)
        # What an archive says of sizes may be wrong, so that no more is unpacked than is read.
        content: bytes = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise _DamagedError(f"it holds more than {_LARGEST >> 20} MiB, as no such file does")
    return content
