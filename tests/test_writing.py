"""Words and numbers agree, symbols keep their letters, and a p is printed one way."""

from __future__ import annotations

import pytest

from transdx.errors import InputError
from transdx.results import Findings
from transdx.writing import all_of, counted, p_value, probability, sentence_case, write


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("mean β of thickness", "Mean β of thickness"),
        ("β of total surface area", "β of total surface area"),
        ("β-amyloid load", "β-amyloid load"),
        ("R² of the model", "R² of the model"),
        ("r over regions", "r over regions"),
        ("PHQ-9", "PHQ-9"),
        ("mGluR5 density", "mGluR5 density"),
        ("a measure", "A measure"),
        ("left pars orbitalis", "Left pars orbitalis"),
        ("sleep of REM", "Sleep of REM"),
        ("", ""),
    ],
)
def test_only_words_begin_with_a_capital(text, printed):
    assert sentence_case(text) == printed


def test_a_count_agrees_with_its_words():
    words = ("region survives", "regions survive")
    assert [counted(n, *words) for n in (0, 1, 2, 1200)] == [
        "0 regions survive",
        "1 region survives",
        "2 regions survive",
        "1,200 regions survive",
    ]
    assert [all_of(n) for n in (2, 3, 4)] == ["both", "all three", "all four"]


@pytest.mark.parametrize("p", [0.74, 0.0995, 0.0994, 0.05, 0.0312, 0.001, 0.00099, 7e-11, 1.0])
def test_a_p_is_printed_alike_in_tables_and_sentences(p):
    in_sentence = write(p, "p")
    assert in_sentence == p_value(p)
    assert in_sentence.removeprefix("p ").replace("= ", "").replace("< ", "<") == probability(p)


def test_sentences_agree_with_the_numbers_of_the_run():
    findings = Findings("open", {}, {"parameters": {"one": 1, "none": 0, "many": 1280}})
    text = "{run.<n>:,d|measure is|measures are} left"
    said = [findings.say(text, n=name) for name in ("one", "none", "many")]
    assert said == ["1 measure is left", "0 measures are left", "1,280 measures are left"]
    assert findings.say("{run.none:d|is|are|none is} left") == "none is left"
    assert findings.say("{run.one:d|is|are|none is} left") == "1 is left"
    # What is printed decides, not what was rounded away.
    assert write(0.96, ".0f|point|points") == "1 point"
    with pytest.raises(ValueError, match="words for one, for any other"):
        write(2, ",d|measures")
    with pytest.raises(ValueError, match="expected a number"):
        write("D1", "|receptor|receptors")


def test_a_sentence_that_cannot_be_written_says_which(tmp_path):
    findings = Findings("open", {}, {"parameters": {"b": 2}})
    with pytest.raises(InputError, match=r"no number 'run\.c'"):
        findings.say("{run.c:d|measure|measures}")
