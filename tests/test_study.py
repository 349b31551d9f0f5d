"""A study file of one's own: what is in it that there is not is never passed over."""

from __future__ import annotations

import pytest

from transdx import study
from transdx.errors import InputError
from transdx.study import load_study

START = 'extends = "ukb"\n'
SCORE = START + '[scores.fatigue]\nitems = ["2050"]\noffset = -1\nvisits = [0]\n'
FATIGUE = SCORE + "highest = 3\n"
EFFECT = 'score = "anxiety"\nbeta = 1\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "uk"', "it extends 'uk', and the studies are"),
        (START + "[score.fatigue]", "a study has no 'score'; did you mean 'scores'"),
        (
            SCORE + 'highest = 3\ncolour = "red"',
            r"\[scores.fatigue\] has no 'colour'; did you mean 'colours'",
        ),
        (SCORE, r"\[scores.fatigue\] lacks 'highest'"),
        (
            FATIGUE.replace("fatigue", "Fatigue-1"),
            "name of a score is of a to z, digits and _, got",
        ),
        (START + 'modalities = ["thicknes"]', "expected a modality .*; did you mean 'thickness'"),
        (
            START + '[[inclusion]]\nlabel = "a"\nvariable = "31"\nequal = 1',
            r"\[inclusion, entry 1\] has no 'equal'; did you mean 'equals'",
        ),
        (
            START + "[covariates.age]\nvariable = ['31']",
            r"\[covariates.age\] has no 'variable'; did",
        ),
        (START + "[connections.thick]\nmean_above = 1", "expected a modality .*, got 'thick'"),
        (START + "[validation.fatigue]", "the list of scores has no 'fatigue'"),
        (START + "[fields.7]\ncodes = '1=No'", "fields.7 has no 'codes'"),
        (
            START + '[[planted]]\nmodality = "thickness"\nfeature = "left_insul"\n' + EFFECT,
            "thickness has no 'left_insul'; did you mean 'left_insula'",
        ),
        (
            START
            + '[[planted]]\nmodality = "thickness"\nfeature = "total"\n'
            + EFFECT.replace("anxiety", "anxeity"),
            "the list of scores has no 'anxeity'; did you mean 'anxiety'",
        ),
        (
            START + "[families]\nregion = []",
            r"\[families\] has no 'region'; did you mean 'regions'",
        ),
        (
            START + '[families]\ncontrasts = ["score"]',
            r"\[families\] contrasts has no 'score'",
        ),
        (START + 'title = "Mine"', "a study has no 'title'"),
        (START + "scores = 3", "scores: expected a table, got 3"),
        (START + "[outliers]\nfence = 3", r"\[outliers\] has no 'fence'; did you mean 'fences'"),
        (START + "[outliers]\nfences = '3'", r'\[outliers\] fences: expected a number, got "3"'),
        (START + "[outliers]\nfences = nan", r"\[outliers\] fences: expected a number, got NaN"),
        (
            START + "[outliers.variables]\n'25731@x' = 'a'",
            r"\[outliers\] variables: expected a variable in quotes, such as '21003@2', got",
        ),
        (
            START + "[connections.thickness]\nmean_above = 1",
            r"\[connections\]: expected a modality of connections \(.*, got 'thickness'",
        ),
        (
            START + "[connections.functional_connectivity]\nmean_abov = 1",
            r"\[connections.functional_connectivity\] has no 'mean_abov'; did you",
        ),
        (FATIGUE.replace("-1", '"-1"'), r'\[scores.fatigue\] offset: expected a number, got "-1"'),
        (FATIGUE.replace("[0]", "0"), r"\[scores.fatigue\] visits: expected a list in .*, got 0"),
        (
            FATIGUE.replace("[0]", '["0", "2"]'),
            r'\[scores.fatigue\] visits, entry 1: expected a whole number, got "0"',
        ),
        (
            FATIGUE.replace('["2050"]', '"2050"'),
            r'\[scores.fatigue\] items: expected a list in .*, got "2050"',
        ),
        (
            FATIGUE.replace('"2050"', "2050"),
            r"\[scores.fatigue\] items, entry 1: expected text in quotes, got 2050",
        ),
        (
            FATIGUE.replace("[0]", "[0, 7]"),
            r"\[scores.fatigue\] visits: expected visits of field 2050 \(0, 1, 2, 3\), got 7",
        ),
        (
            START + "[covariates.sex]\nvariables = ['31@2']",
            r"\[covariates.sex\] variables, entry 1: expected visits of field 31 \(0\), got 2",
        ),
        (FATIGUE + 'label = ""', r"\[scores.fatigue\] label: expected words of its own, got ''"),
        (FATIGUE + 'label = "anxiety"', "label: expected words of its own, got 'anxiety'"),
        (
            FATIGUE + 'colours = { light = "#7a5c00", drak = "#d8c04a" }',
            r"\[scores.fatigue\] colours: expected light and dark, each as '#rrggbb', got",
        ),
        (FATIGUE + 'colours = { light = "#7a5c00", dark = "red" }', "colours: expected light and"),
        (
            START + '[[planted]]\nmodality = "thickness"\nfeature = "total"\n'
            'score = "anxiety"\nbeta = "big"',
            r'\[planted, entry 1\] beta: expected a number, got "big"',
        ),
        (START + "[fields]\n7 = 1", r"\[fields\] 7: expected a table, got 1"),
        (
            START + "[fields.7]\nvisits = [0, 1]",
            r"\[fields.7\] visits: expected text such as '0 1 2 3', got \[0, 1\]",
        ),
        (
            START + "[fields.7]\ncoding = '1=No'",
            r"\[fields.7\] coding: expected text such as '100: 0=No; 1=Yes', got 1=No",
        ),
    ],
)
def test_a_slip_in_a_study_file_is_named(text, message, tmp_path, monkeypatch):
    monkeypatch.setattr(study, "_LOADED", {})
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"^study\.toml is no study file: .*{message}"):
        load_study("simulated", tmp_path)
