"""Sentences that go over the scores of a study, however many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from transdx.errors import InputError
from transdx.naming import label
from transdx.writing import sentence_case

_BLOCK = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)
_PLACE = re.compile(r"<([a-z]+)(?:_[ab])?>", re.IGNORECASE)


def for_each(text: str, lists: Mapping[str, Sequence[str]]) -> str:
    """Write what stands in double brackets once for each member of a list, as a list.

    A block is such as ``[[{thickness.significant.<score>} for <score>]]``. ``<score>`` stands for
    the id of a score within a key, elsewhere for its label, ``<Score>`` for that with a capital;
    ``<score_a>`` and ``<score_b>`` go over all pairs. What is written is set off by commas and a
    last *and*, by semicolons where the block ends with one, and stands in lines where it ends
    with a line break. A list without members leaves no text: then the data hold nothing that it
    could be about.

    >>> lists = {"score": ["insomnia", "depression", "anxiety"]}
    >>> for_each("[[{n.<score>} for <score>]] survive.", lists)
    '{n.insomnia} for insomnia, {n.depression} for depression and {n.anxiety} for anxiety survive.'
    >>> for_each("[[<score_a> with <score_b>;]]", {"score": ["insomnia", "anxiety"]})
    'insomnia with anxiety'
    """

    def write(found: re.Match[str]) -> str:
        block = found[1]
        written = [put(block, words) for words in _rounds(block, lists)]
        if block.endswith("\n"):
            return "".join(written)
        if block.endswith(";"):
            return "; ".join(item.removesuffix(";") for item in written)
        return listed(written)

    wanted = {_name(block, lists) for block in _BLOCK.findall(text)}
    return _BLOCK.sub(write, text) if all(lists[name] for name in wanted) else ""


def put(text: str, words: Mapping[str, str]) -> str:
    """Put ids in for their names in angle brackets: as they are in keys, as labels in prose."""
    for name, word in words.items():
        # Within a key, and within a quoted one of a page, a brace or a back tick closes next.
        text = re.sub(rf"<{name}>(?=[^{{}}`]*[}}`]|\.ipynb)", word, text)
        text = text.replace(f"<{name}>", label(word))
        text = text.replace(f"<{name.capitalize()}>", sentence_case(label(word)))
    return text


def listed(items: Iterable[str]) -> str:
    """Join words by commas and a last *and*.

    >>> listed(["D1", "DAT", "H3"]), listed(["D1"])
    ('D1, DAT and H3', 'D1')
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def gathered(told: Mapping[str, str], word: str = "for", *, apart: bool = False) -> str:
    """Say what there is of each score, and in one go of which there is nothing.

    Where that is lists, semicolons hold them `apart`.

    >>> gathered({"insomnia": "", "depression": "9", "anxiety": "1"})
    '9 for depression, 1 for anxiety and none for insomnia'
    >>> gathered({"insomnia": "", "depression": ""})
    'none'
    """
    there = [f"{what} {word} {label(score)}" for score, what in told.items() if what]
    missing = [label(score) for score, what in told.items() if not what]
    if missing and there:
        there.append(f"none {word} {listed(missing)}")
    if apart:
        return "; ".join(there) or "none"
    return listed(there) if there else "none"


def _name(block: str, lists: Mapping[str, Sequence[str]]) -> str:
    used: set[str] = {name.lower() for name in _PLACE.findall(block)}
    names = [name for name in lists if name in used]
    if len(names) != 1:
        raise InputError(
            f"expected one name of {', '.join(f'<{name}>' for name in lists)} in '[[{block}]]'"
        )
    return names[0]


def _rounds(block: str, lists: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Say what stands for each name in each repetition of a block."""
    name = _name(block, lists)
    if f"<{name}_a>" in block:
        return [{f"{name}_a": a, f"{name}_b": b} for a, b in combinations(lists[name], 2)]
    return [{name: member} for member in lists[name]]
