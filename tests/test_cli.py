"""The command line: exit codes, one sentence per error, nothing half-written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from transdx.cli import main


@pytest.fixture
def tables(tmp_path):
    """Three small tables of the reader's own."""
    rng = np.random.default_rng(5)
    ids = pd.Index([f"p{i}" for i in range(80)], name="id")
    age = rng.uniform(40, 80, 80)
    frames = {
        "features": pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)}, ids),
        "scores": pd.DataFrame({"mood": rng.integers(0, 5, 80)}, ids),
        "covariates": pd.DataFrame({"age": age}, ids),
    }
    for name, frame in frames.items():
        frame.to_csv(tmp_path / f"{name}.csv")
    return tmp_path


def _associate(folder, *more, out="out.csv", **changed):
    named = {
        name: folder / f"{name}.csv" for name in ("features", "scores", "covariates")
    } | changed
    words = [word for name, path in named.items() for word in (f"--{name}", str(path))]
    draws = ["--permutations", "200", "--bootstraps", "200"]
    return main(["associate", *words, "--out", str(folder / out), *draws, *more])


def test_associate_writes_the_association_table(tables):
    assert _associate(tables) == 0
    table = pd.read_csv(tables / "out.csv", keep_default_na=False)
    assert list(table) == [
        *("modality", "feature", "region", "hemisphere", "score", "n", "beta", "se"),
        *("ci_low", "ci_high", "p", "p_fdr", "p_permutation", "p_familywise"),
    ]
    assert table["feature"].to_list() == ["a", "b"]
    # An independent fit: scale, then least squares with an intercept.
    import statsmodels.api as sm

    x, y, c = (
        pd.read_csv(tables / f"{n}.csv", index_col=0) for n in ("features", "scores", "covariates")
    )
    design = pd.concat([x["a"], c], axis=1)
    fit = sm.OLS(y["mood"] / y["mood"].std(), sm.add_constant(design / design.std())).fit()
    assert float(table["beta"].iloc[0]) == pytest.approx(fit.params["a"], abs=1e-6)


def test_every_format_holds_the_same(tables):
    for out in ("one.csv", "two.tsv", "three.parquet"):
        assert _associate(tables, out=out) == 0
    one = pd.read_csv(tables / "one.csv")
    two = pd.read_csv(tables / "two.tsv", sep="\t")
    three = pd.read_parquet(tables / "three.parquet")
    pd.testing.assert_frame_equal(one, two)
    np.testing.assert_allclose(one["beta"], three["beta"])


def _fails(capsys, code, *words):
    assert main([str(word) for word in words]) == code
    shown = capsys.readouterr().err.strip().splitlines()
    assert len(shown) == 1
    assert shown[0].startswith("transdx: ")
    return shown[0]


def test_a_missing_table_is_one_sentence(tables, capsys):
    assert _associate(tables, features=tables / "nowhere.csv") == 2
    assert "there is no such file" in capsys.readouterr().err
    assert not (tables / "out.csv").exists()


def test_text_in_a_column_is_one_sentence(tables, capsys):
    frame = pd.read_csv(tables / "covariates.csv", index_col=0)
    frame["age"] = frame["age"].astype(object)
    frame.iloc[3, 0] = "old"
    frame.to_csv(tables / "covariates.csv")
    assert _associate(tables) == 2
    error = capsys.readouterr().err
    assert "covariates" in error
    assert "age" in error
    assert "Traceback" not in error
    assert not (tables / "out.csv").exists()


@pytest.mark.parametrize("which", ["features", "scores", "covariates"])
def test_separators_behind_every_row_do_not_move_results_under_other_names(tables, which, capsys):
    path = tables / f"{which}.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *(f"{row}," for row in rows)]))
    assert _associate(tables) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"transdx: {which}.csv: row 2 has ")
    assert not (tables / "out.csv").exists()


def test_a_table_without_rows_is_said(tables, capsys):
    (tables / "scores.csv").write_text("id,mood\n")
    assert _associate(tables) == 2
    assert "the scores have 0 rows" in capsys.readouterr().err


def test_an_empty_id_is_said(tables, capsys):
    text = (tables / "scores.csv").read_text()
    (tables / "scores.csv").write_text(text.replace("p3,", ",", 1))
    assert _associate(tables) == 2
    assert "The scores have 1 row without a participant id" in capsys.readouterr().err


def test_ids_go_by_any_name_and_people_beyond_one_table_are_counted(tables, capsys):
    scores = pd.read_csv(tables / "scores.csv").rename(columns={"id": "participant"})
    scores.iloc[:60].to_csv(tables / "scores.CSV", index=False)
    assert _associate(tables, scores=tables / "scores.CSV") == 0
    assert "20 participants are not in all three tables" in capsys.readouterr().out
    assert (pd.read_csv(tables / "out.csv")["n"] == 60).all()


def test_an_ending_nobody_knows_is_refused(tables, capsys):
    assert _associate(tables, out="out.xlsx") == 2
    assert ".csv, .tsv or .parquet" in capsys.readouterr().err


def test_a_wrong_null_names_the_nearest(tables, capsys):
    assert _associate(tables, "--null", "freedman") == 2
    assert "freedman-lane" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "--world", "simulate"], "did you mean 'simulated'"),
        (["run", "--profile", "papr"], "did you mean 'paper'"),
        (["run", "--seed", "-1"], "seed to be a whole number"),
        (["run", "--world", "ukb"], "needs the folder of an export"),
        (["check", "--data", "nowhere"], "there is nothing"),
        (
            ["simulate", "--out", "x", "--participants", "3"],
            "participants to be a whole number from 50 up, got 3",
        ),
        (
            ["simulate", "--out", "x", "--participants", "-60"],
            "a whole number from 50 up, got -60",
        ),
        (
            ["simulate", "--out", "x", "--participants", str(10**12)],
            "1,000,000,000,000 participants need at least 27,939,678 GiB of memory",
        ),
        (
            ["simulate", "--out", "x", "--participants", "60", "--time-series", "61"],
            "time series of 0 to 60 participants, got 61",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert expected in _fails(capsys, 2, *words)
    assert not list(tmp_path.iterdir())


MANY = str(10**12)


@pytest.mark.parametrize("many", [MANY, str(10**30)])
@pytest.mark.parametrize("option", ["--permutations", "--bootstraps"])
def test_more_draws_than_fit_into_memory_are_refused_before_work_begins(
    tables, capsys, option, many
):
    assert _associate(tables, option, many) == 2
    error = capsys.readouterr().err
    assert error.startswith("transdx: ")
    assert f"{int(many):,} {option[2:]}" in error
    # Two features, one score, four bytes a draw.
    assert f"need at least {-(-8 * (int(many) + 200) // 2**30):,} GiB of memory" in error
    assert "GiB are free" in error
    assert not (tables / "out.csv").exists()


@pytest.mark.parametrize("option", ["--permutations", "--bootstraps"])
@pytest.mark.parametrize("few", ["1", "0", "-5"])
def test_fewer_than_two_draws_are_refused(tables, capsys, option, few):
    assert _associate(tables, option, few) == 2
    assert f"{option[2:]} to be a whole number from 2 up" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "claims"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--permutations", MANY], "1,000,000,000,000 permutations and 1,000 bootstraps of"),
        (["--bootstraps", MANY], "1,000 permutations and 1,000,000,000,000 bootstraps of"),
        (["--participants", MANY], "1,000,000,000,000 participants need at least 27,939,678 GiB"),
        (["--permutations", "-1"], "permutations to be a whole number from 0 up"),
        (["--participants", "-1"], "participants to be a whole number from 0 up"),
        (["--bootstraps", "1"], "bootstraps to be a whole number from 2 up"),
    ],
)
def test_sizes_of_a_run_are_checked_before_anything_is_simulated(
    command, words, expected, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main([command, *words]) == 2
    assert expected in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "results").exists()


def test_running_out_of_memory_is_one_sentence(tables, capsys, monkeypatch):
    def full(*given, **options):
        raise MemoryError

    monkeypatch.setattr("transdx.stats.associate", full)
    assert _associate(tables) == 1
    assert capsys.readouterr().err.startswith("transdx: there is not enough memory")


def test_simulated_people_cannot_pass_for_real_ones(export, write_export, capsys, tmp_path):
    folder = write_export(export)
    error = _fails(capsys, 2, "run", "--world", "ukb", "--data", folder)
    assert "use world 'simulated'" in error


def test_associate_does_not_write_over_what_it_reads(tables, capsys):
    before = (tables / "features.csv").read_bytes()
    assert _associate(tables, out="features.csv") == 2
    assert "is one of the tables given" in capsys.readouterr().err
    assert (tables / "features.csv").read_bytes() == before


def test_a_place_that_cannot_be_written_to_is_said_in_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    words = ["simulate", "--participants", "60", "--out", str(tmp_path / "file" / "export")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("transdx: Not a directory")
    assert "Traceback" not in said


def test_what_is_no_simulated_export_is_never_written_into(tmp_path, capsys):
    kept = tmp_path / "participants.parquet"
    kept.write_bytes(b"real people")
    words = ["simulate", "--participants", "60", "--out", str(tmp_path)]
    assert main(words) == 2
    assert "which holds participants.parquet; name another" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert kept.read_bytes() == b"real people"
    kept.rename(tmp_path / "study.toml").write_text('extends = "ukb"\n', encoding="utf-8")
    assert main(words) == main([*words, "--format", "csv"]) == 0
    assert not kept.exists()
