"""The open cohorts: each file has its own ways, and what is read of it is held against the file."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from transdx import reference
from transdx._cohorts import COHORTS, USUAL
from transdx.cli import main
from transdx.errors import InputError
from transdx.findings import open_run
from transdx.modalities import known_modality
from transdx.run import plan
from transdx.sample import draw_sample
from transdx.sources import read_cohort
from transdx.sources.tables import read_tables
from transdx.study import STUDY_OF_WORLD, Study, Table, Variable, known_scores, load_study

SMALL = {"permutations": 60, "bootstraps": 60}


@pytest.fixture(scope="module")
def cohort(fetched):
    """Read one of the cohorts, once."""
    read = {}

    def cohort(name):
        fetched(*(file for table in load_study("open", cohort=name).tables for file in table.files))
        if name not in read:
            read[name] = read_cohort("open", cohort=name)
        return read[name]

    return cohort


@pytest.fixture(scope="module")
def rows(fetched):
    """Read files by hand: their rows by the first column, cells as they are written."""

    def rows(*files):
        read = {}
        for path in fetched(*files):
            with path.open(newline="") as stream:
                mark = "," if path.suffix == ".csv" else "\t"
                head, *lines = csv.reader(stream, delimiter=mark)
            read |= {line[0]: dict(zip(head, line, strict=True)) for line in lines}
        return read

    return rows


def test_every_cohort_is_a_study_file_whose_files_can_be_fetched():
    assert USUAL in COHORTS
    assert STUDY_OF_WORLD["open"] == USUAL
    for name in COHORTS:
        study = load_study("open", cohort=name)
        assert study.format == "tables"
        files = {file for table in study.tables for file in table.files}
        assert files <= set(reference.registry())
        # A score of the same name looks the same, whichever cohort was read last.
        for score in study.scores:
            known = known_scores()[score.name]
            assert (score.mark, score.colours) == (known.mark, known.colours)


@pytest.mark.parametrize(
    ("name", "everybody", "analysed", "modalities"),
    [
        ("aomic-piop2", 226, 224, {"surface_area": 69, "thickness": 69}),
        ("aomic-id1000", 928, 120, {"surface_area": 69, "thickness": 69}),
        # Destrieux: 18 regions of each side, and their mean.
        ("sds", 136, 113, {"thickness": 37}),
        # One of 87 belongs to neither group.
        ("ds003653", 87, 86, {"thickness": 37}),
        # Of 1,135 with images, who has a value in each of the 150 columns.
        ("qtim", 1202, 982, {"surface_area": 69, "thickness": 69}),
    ],
)
def test_who_is_in_a_cohort(cohort, name, everybody, analysed, modalities):
    sample = draw_sample(cohort(name))
    assert sample.flow[0].remaining == everybody
    assert len(sample) == analysed
    found = {m: sample.features[m].shape[1] for m in cohort(name).modalities()}
    assert found == modalities | {"subcortical_volume": 15}


def test_sex_is_read_where_it_is_written_in_words(cohort, rows):
    read = cohort("aomic-id1000")
    people = rows("aomic-id1000/participants.tsv")
    men = {name for name, row in people.items() if row["sex"] == "male"}
    made = draw_sample(read).covariates["sex"]
    assert set(made.index[made == 1]) == men & set(made.index)
    assert 0 < made.mean() < 1


def test_a_body_mass_of_nothing_is_missing(cohort, rows):
    people = rows("aomic-id1000/participants.tsv")
    nothing = {name for name, row in people.items() if row["BMI"] == "0"}
    assert len(nothing) == 7
    read = cohort("aomic-id1000").values(Variable("BMI"))
    assert set(read.index[read.isna()]) == nothing
    # A score that is not there is no score of 0 either.
    (unasked,) = (name for name, row in people.items() if row["STAI_T"] == "n/a")
    assert np.isnan(cohort("aomic-id1000").values(Variable("STAI_T"))[unasked])


@pytest.mark.parametrize(
    ("name", "file", "inside", "modality", "side", "person", "column", "region"),
    [
        *(
            ("aomic-id1000", "aomic-id1000/morphometry_features.csv", *rest)
            for rest in (
                ("sub-0001", "surface_area", "left", "sub-0001", "fs_area_lh_insula", "insula"),
                ("sub-0002", "thickness", "right", "sub-0002", "fs_thk_rh_cuneus", "cuneus"),
                ("sub-0002", "subcortical_volume", "left", "sub-0002", "fs_vol_lh_pallidum",
                 "pallidum"),
            )
        ),
        *(
            ("qtim", "qtim/fs5.3_ses-01.tsv", *rest)
            for rest in (
                ("sub-0004", "surface_area", "right", "sub-0004", "R_insula_surfarea", "insula"),
                ("sub-0013", "thickness", "left", "sub-0013", "L_cuneus_thickavg", "cuneus"),
                ("sub-0013", "subcortical_volume", "right", "sub-0013", "Raccumb", "accumbens"),
            )
        ),
    ],
)  # fmt: skip
def test_a_value_is_that_of_its_cell(
    cohort, rows, name, file, inside, modality, side, person, column, region
):
    read = cohort(name).features(modality)
    assert read.loc[person, f"{side}_{region}"] == float(rows(file)[inside][column])


@pytest.mark.parametrize(
    ("name", "site", "person"), [("sds", "ds003826_", "{:0>2}"), ("ds003653", "ds003653", "{}")]
)
def test_ids_of_two_tables_match(cohort, rows, name, site, person):
    # Age and sex stand in both files: only the right person has both the same.
    people = rows(f"{name}/participants.tsv")
    brains = rows(*(f"pcntoolkit-demo/OpenNeuroTransfer_ct_{part}.csv" for part in ("tr", "te")))
    read = cohort(name).features("thickness").dropna()
    assert len(read) == {"sds": 113, "ds003653": 87}[name]
    for one, values in read.iterrows():
        other = next(row for key, row in brains.items() if re.fullmatch(rf"sub-{site}0*{one}", key))
        told = people[f"sub-{person.format(one)}"]
        assert float(told["age"]) == pytest.approx(float(other["age"]))
        assert {"F": 0, "M": 1}[told["sex"]] == float(other["sex"])
        assert values["left_cuneus"] == float(other["lh_G_cuneus_thickness"])


@pytest.mark.parametrize("name", ["sds", "ds003653"])
def test_of_another_atlas_only_the_same_structures_are_taken(cohort, name):
    read = cohort(name)
    taken = {region.removeprefix("left_") for region in read.features("thickness")}
    # Each word of a gyrus is in the name that Destrieux gave to the region it was taken from.
    for table in read.study.tables:
        if table.modality == "thickness":
            assert len(table.names) == len(set(table.names.values())) == 18
            assert set(table.names.values()) <= set(known_modality("thickness").places)
    # Cut otherwise there: the cingulate, the insula, what lies around the orbit.
    for cut in ("insula", "posteriorcingulate", "medialorbitofrontal", "bankssts", "entorhinal"):
        assert cut not in taken
    assert read.features("subcortical_volume")["left_thalamus"].min() > 3000


def test_one_who_fell_ill_belongs_to_neither_group(cohort, rows):
    people = rows("ds003653/participants.tsv")
    ill = sum(row["group"] == "UD" for row in people.values())
    score = draw_sample(cohort("ds003653")).scores["depressive_disorder"]
    assert score.sum() == ill == 39
    assert sorted(score.unique()) == [0, 1]


def test_total_area_is_made_where_its_column_is_empty(cohort, rows):
    sample = draw_sample(cohort("qtim"))
    file = rows("qtim/fs5.3_ses-01.tsv")
    assert {row["TSurfArea"] for row in file.values()} == {"n/a"}
    both = pd.Series({n: float(file[n]["LSurfArea"]) + float(file[n]["RSurfArea"])
                      for n in sample.features.index})  # fmt: skip
    ratio = sample.features["surface_area", "total"] / both
    # What FreeSurfer measures of a hemisphere is the sum of its regions, and the medial wall apart.
    assert ratio.between(0.9, 1.05).all()
    assert np.corrcoef(sample.features["surface_area", "total"], both)[0, 1] > 0.999


def test_who_lacks_one_region_is_left_out(cohort, rows):
    lacking = [
        name for name, row in rows("qtim/fs5.3_ses-01.tsv").items()
        if row["L_insula_surfarea"] == "n/a"
    ]  # fmt: skip
    assert len(lacking) > 50
    assert not set(lacking) & set(draw_sample(cohort("qtim")).features.index)


def test_people_without_scores_are_described(cohort, tmp_path):
    cohort("qtim")
    found = open_run(world="open", cohort="qtim", root=tmp_path, **SMALL)
    assert "associations" not in found.tables
    assert found.number("flow.analysed") == 982
    assert found.say("[[{<score>.x} for <score>]]") == ""


def test_a_score_of_two_values_is_counted(cohort, tmp_path):
    cohort("ds003653")
    found = open_run(world="open", cohort="ds003653", root=tmp_path, **SMALL)
    assert found.number("sample.depressive_disorder.all.n") == 39
    told = set(found.table("demographics")["characteristic"])
    assert not {"Depressive disorder (points)", "Any depressive disorder symptom"} & told
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name == "open-quick-ds003653-p60-b60"


def test_the_folder_of_a_run_names_its_cohort():
    assert plan(world="open").name == plan(world="open", cohort=USUAL).name == "open-quick"
    assert plan(world="open", cohort="sds", seed=2).name == "open-quick-sds-seed2"


def test_a_cohort_is_of_the_open_world(capsys):
    assert main(["run", "--cohort", "sds"]) == 2
    assert "a cohort (sds) is of world 'open', got world 'simulated'" in capsys.readouterr().err
    with pytest.raises(InputError, match="did you mean 'sds'"):
        plan(world="open", cohort="sd")
    with pytest.raises(InputError, match=r"expected a cohort of the open world .* did you mean"):
        read_cohort("open", cohort="qtm")


PEOPLE = "id\tage\tgroup\ns-01\t20\tA\ns-02\t30\tB\ns-03\t40\tgone\n"
BRAINS = "id,place,L_insula,R_insula,x\nt_1,here,2.5,2.6,1\nt_2,here,2.4,2.7,1\nt_3,there,2,2,1\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Read two small tables, with what is said of them changed."""

    def made(people=PEOPLE, brains=BRAINS, more=(), **otherwise):
        files = {"people.tsv": people, "brains.csv": brains}
        files |= {f"more{number}.csv": text for number, text in enumerate(more)}
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        held = {name: reference.Reference(name, 1, "0", "", "", "", "") for name in files}
        monkeypatch.setattr(reference, "fetch", lambda name: tmp_path / name)
        monkeypatch.setattr(reference, "registry", lambda: held)
        usual = load_study("open")
        regions = {
            "names": {"insula": "insula"}, "ids": r"t_0*(\d+)", "rows": {"place": "here"},
            **otherwise,
        }  # fmt: skip
        asked = Table(("people.tsv",), ids=r"s-0*(\d+)", missing={"group": ("gone",)})
        files = tuple(name for name in held if name.endswith(".csv"))
        sides = [
            Table(files, "thickness", side, f"{side[0].upper()}_(.+)", **regions)
            for side in ("left", "right")
        ]
        study: Study = replace(
            usual, scores=(), covariates=(), modalities=("thickness",), tables=(asked, *sides)
        )
        return read_tables(study)

    return made


def test_tables_are_read_as_their_study_says(made):
    read = made()
    assert list(read.table.index) == ["1", "2", "3"]
    thickness = read.features("thickness")
    assert thickness["left_insula"].to_list()[:2] == [2.5, 2.4]
    # The third is of another place, and said to be of no group.
    assert thickness.loc["3"].isna().all()
    assert read.values(Variable("group")).to_list()[:2] == ["A", "B"]
    assert pd.isna(read.values(Variable("group"))["3"])


def test_rows_of_several_files_follow_each_other(made):
    more = "id,place,L_insula,R_insula,x\nt_03,here,2.1,2.2,1\n"
    assert made(more=[more]).features("thickness").loc["3"].to_list() == [2.1, 2.2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ids": r"u_(\d+)"}, r"3 of 3 ids are not like 'u_|2 of 2 ids are not like 'u_"),
        ({"rows": {"place": "nowhere"}}, "expected rows where .*nowhere.*, found none"),
        ({"rows": {"site": "here"}}, r"brains\.csv: expected the column\(s\) site"),
        ({"missing": {"BMI": ("0",)}}, r"brains\.csv: expected the column\(s\) BMI"),
        ({"names": {"insul": "insula"}}, "expected 1 regions named like .*, found 0"),
        ({"names": {}}, "expected 34 regions named like .*, found 1"),
        (
            {"brains": BRAINS.replace("2.5", "0")},
            "1 values of thickness are 0 or less, as none is",
        ),
        ({"more": [BRAINS]}, "expected one row per participant, but 2 of 4 rows repeat an id"),
        ({"people": PEOPLE.replace("s-02", "s-1")}, "but 1 of 3 rows repeat an id"),
    ],
)
def test_tables_that_are_otherwise_are_refused(made, given, message):
    with pytest.raises(InputError, match=message):
        made(**given)


def test_no_error_names_a_person(made):
    with pytest.raises(InputError) as caught:
        made(people=PEOPLE.replace("s-02", "secret"))
    assert "secret" not in str(caught.value)
