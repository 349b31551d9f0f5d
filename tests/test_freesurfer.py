"""Regional measures from tables of FreeSurfer are those of the fields."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.atlas import split
from transdx.errors import InputError
from transdx.fields import dictionary
from transdx.sources import read_cohort
from transdx.sources.freesurfer import is_stats
from transdx.study import Variable

_MEASURES = {"surface_area": "area", "thickness": "thickness"}
_ASEG = {"thalamus": "Thalamus-Proper", "accumbens": "Accumbens-area"}


def _column(entry, suffix):
    side, region = split(entry.feature)
    if entry.modality == "subcortical_volume":
        return f"{side.title()}-{_ASEG.get(region, region.title())}"
    return f"{side[0]}h_{region}" + (f"_{_MEASURES[entry.modality]}" if suffix else "")


def _stats(export, modality, side, *, suffix=True):
    """Take the columns of a modality out of an export, as a table of FreeSurfer."""
    fields = [one for one in dictionary().values() if one.modality == modality]
    own = {f"p{one.id}_i2": _column(one, suffix) for one in fields if side in one.feature}
    return export[[*own]].rename(columns=own)


def _write(export, folder, *, rows="{}_20263_2_0", separator="\t", suffix=True, corner=True):
    for modality, measure in _MEASURES.items():
        for side in ("left", "right"):
            table = _stats(export, modality, side, suffix=suffix)
            name = f"{side[0]}h.aparc.{measure}"
            # What is no region, and what has no field.
            table[f"{side[0]}h_WhiteSurfArea_area"] = 90_000.0
            table[f"{side[0]}h_temporalpole{f'_{measure}' * suffix}"] = 400.0
            table["BrainSegVolNotVent"], table["eTIV"] = 1e6, export["p26521_i2"]
            table.index = pd.Index(export["eid"].map(rows.format), name=name if corner else "id")
            table.to_csv(folder / f"{name}.txt", sep=separator)
    table = pd.concat(
        [_stats(export, "subcortical_volume", side) for side in ("left", "right")], axis=1
    )
    table["EstimatedTotalIntraCranialVol"] = export["p26521_i2"]
    table.index = pd.Index(export["eid"].map(rows.format), name="Measure:volume")
    table.to_csv(folder / "aseg.txt", sep=separator)


def _without_regions(export):
    gone = [f"p{one.id}_i2" for one in dictionary().values() if one.modality in _STRUCTURE]
    return export.drop(columns=[*gone, "p26521_i2"])


_STRUCTURE = (*_MEASURES, "subcortical_volume")

FORMS = {
    "as FreeSurfer writes it": {},
    "no suffix": {"suffix": False},
    "no corner": {"corner": False},
    "commas": {"separator": ","},
    "spaces": {"separator": " "},
    "plain ids": {"rows": "{}"},
    "as in BIDS": {"rows": "sub-{}"},
    "folders": {"rows": "/data/{}_20263_2_0/FreeSurfer"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_tables_of_freesurfer_hold_the_same_as_fields(export, write_export, tmp_path, form):
    before = read_cohort("simulated", write_export(export)).table
    folder = write_export(_without_regions(export))
    _write(export, folder, **form)
    after = read_cohort("simulated", folder)
    pd.testing.assert_frame_equal(after.table[before.columns], before)
    assert "left_temporalpole" not in after.features("surface_area")
    assert after.readings[Variable("26521", 2)].conventions == ("FreeSurfer",)


def test_two_visits_in_one_table_are_told_apart(export, write_export):
    folder = write_export(_without_regions(export))
    _write(export, folder)
    path = folder / "lh.aparc.thickness.txt"
    table = pd.read_csv(path, sep="\t", index_col=0)
    again = (table.iloc[:5] * 1.01).rename(lambda name: name.replace("_2_0", "_3_0"))
    pd.concat([again, table]).to_csv(path, sep="\t")
    cohort = read_cohort("simulated", folder)
    first, second = (cohort.features("thickness", visit=visit) for visit in (2, 3))
    assert second["left_insula"].notna().sum() == 5
    np.testing.assert_allclose(
        second["left_insula"].dropna(), 1.01 * first["left_insula"].iloc[:5], rtol=1e-6
    )
    pd.concat([table.iloc[:2], table]).to_csv(path, sep="\t")
    with pytest.raises(InputError, match="2 of 62 rows of visit 2 repeat an id"):
        read_cohort("simulated", folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda table: table * 100, r"lh_bankssts_thickness': expected .* lie outside"),
        (lambda table: table.rename(lambda name: name[:3]), "but 60 of 60 are not; drop or rename"),
        (lambda table: table * 1.1, None),
    ],
)
def test_what_cannot_be_is_refused_without_an_id(export, write_export, spoil, said):
    folder = write_export(export if said is None else _without_regions(export))
    _write(export, folder)
    path = folder / "lh.aparc.thickness.txt"
    spoil(pd.read_csv(path, sep="\t", index_col=0)).to_csv(path, sep="\t")
    # Of two tables that hold the same region, neither is taken before the other.
    with pytest.raises(
        InputError, match=said or "60 of 60 people who are in both differ"
    ) as caught:
        read_cohort("simulated", folder)
    assert "900000" not in str(caught.value)


@pytest.mark.parametrize("corner", ["lh.aparc.DKTatlas.area", "lh.aparc.a2009s.area", "eid", "p31"])
def test_regions_of_another_atlas_are_no_regions_of_this(corner):
    assert not is_stats([corner, "lh_insula_area"])
