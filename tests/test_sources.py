"""The readers: what comes in, and what is refused with which words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.errors import InputError
from transdx.sources import read_cohort
from transdx.study import Variable


def test_values_are_those_of_the_file(export, write_export):
    cohort = read_cohort("simulated", write_export(export))
    assert len(cohort) == 60
    assert cohort.values(Variable("21003", 2)).to_list() == export["p21003_i2"].to_list()
    # Field 26733 is the area of the left lingual gyrus in the public dictionary.
    read = cohort.features("surface_area")["left_lingual"]
    assert read.to_list() == export["p26733_i2"].to_list()


def test_the_tabular_export_has_no_temporal_pole(export, write_export):
    cohort = read_cohort("simulated", write_export(export))
    assert cohort.features("surface_area").shape[1] == 66
    assert "left_temporalpole" not in cohort.features("thickness")


def test_parquet_prefixes_and_several_tables_give_the_same(export, write_export, tmp_path):
    plain = read_cohort("simulated", write_export(export)).table
    prefixed = export.rename(columns=lambda name: f"participant.{name}")
    other = tmp_path / "other"
    other.mkdir()
    half = ["participant.eid", *prefixed.columns[80:]]
    prefixed[prefixed.columns[:80]].to_parquet(other / "a.parquet", index=False)
    prefixed[half].to_csv(other / "b.csv", index=False)
    joined = read_cohort("simulated", other).table
    pd.testing.assert_frame_equal(
        joined.sort_index(axis=1), plain.sort_index(axis=1), check_dtype=False
    )


def test_special_codes_are_missing(export, write_export):
    export.loc[0, "p1200_i0"] = -3
    export.loc[1, "p2050_i2"] = -1
    cohort = read_cohort("simulated", write_export(export))
    assert np.isnan(cohort.values(Variable("1200", 0)).iloc[0])
    assert np.isnan(cohort.values(Variable("2050", 2)).iloc[1])


def test_withdrawn_people_are_dropped_and_counted(export, write_export):
    folder = write_export(export, withdrawn=[90_000_003, 90_000_007, 12])
    cohort = read_cohort("simulated", folder)
    assert (len(cohort), cohort.withdrawn) == (58, 2)
    assert 90_000_003 not in cohort.table.index


def test_an_empty_withdrawal_list_withdraws_nobody(export, write_export):
    assert len(read_cohort("simulated", write_export(export, withdrawn=[]))) == 60


def test_a_missing_column_is_named_with_its_nearest(export, write_export):
    folder = write_export(export.rename(columns={"p21003_i2": "p21003_i3"}))
    with pytest.raises(InputError, match=r"p21003_i2.*add them to the export"):
        read_cohort("simulated", folder)


def test_labels_instead_of_codes_are_refused(export, write_export):
    export["p31"] = np.where(export["p31"] == 1, "Male", "Female")
    with pytest.raises(InputError, match=r"participants\.csv, column 'p31'.*60 of 60 rows"):
        read_cohort("simulated", write_export(export))


def test_a_code_outside_the_coding_is_refused(export, write_export):
    export.loc[:2, "p1200_i2"] = 7
    with pytest.raises(InputError, match=r"p1200_i2.*3 of 60 rows.*field 1200"):
        read_cohort("simulated", write_export(export))


def test_a_repeated_id_is_refused_without_naming_it(export, write_export):
    export.loc[4, "eid"] = export.loc[3, "eid"]
    with pytest.raises(InputError, match="1 of 60 rows repeat an id") as caught:
        read_cohort("simulated", write_export(export))
    assert "90000004" not in str(caught.value)


def test_ids_that_are_no_numbers_are_refused(export, write_export):
    export["eid"] = export["eid"].astype(str) + "x"
    with pytest.raises(InputError, match="whole numbers"):
        read_cohort("simulated", write_export(export))


def test_a_folder_without_tables_is_refused(tmp_path):
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="none with that column"):
        read_cohort("simulated", tmp_path)
    with pytest.raises(InputError, match="there is nothing"):
        read_cohort("simulated", tmp_path / "nowhere")


def test_a_modality_without_columns_is_refused(export, write_export):
    volumes = [f"p{number}_i2" for number in [*range(26558, 26565), *range(26589, 26596)]]
    with pytest.raises(InputError, match="no column of subcortical_volume"):
        read_cohort("simulated", write_export(export.drop(columns=volumes)))


def test_an_unknown_world_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'open'"):
        read_cohort("opn")


def test_a_table_that_is_cut_off_is_named(export, write_export):
    folder = write_export(export)
    (folder / "more.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match=r"more\.parquet cannot be read as a table"):
        read_cohort("simulated", folder)
