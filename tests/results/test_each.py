"""Sentences that go over lists."""

from __future__ import annotations

import pytest

from transdx.errors import InputError
from transdx.results.each import for_each


def test_a_sentence_of_nothing_is_left_out_and_one_of_no_list_refused():
    lists = {"score": ["insomnia"], "validated": []}
    assert for_each("Against a diagnosis, [[{a.<validated>} for <validated>]].", lists) == ""
    assert for_each("It goes with [[<score>]].", lists) == "It goes with insomnia."
    for text in ("[[{a.<sccore>}]]", "[[<score> <validated>]]", "[[nobody]]"):
        with pytest.raises(InputError, match="expected one name of <score>, <validated> in"):
            for_each(text, lists)
