"""What is told while something takes its time: to a terminal, to a file, and in what form."""

from __future__ import annotations

import contextlib
import io
import re
import sys

from transdx.progress import Bar, Terminal


class Screen(io.StringIO):
    """A terminal that keeps what was written to it."""

    def isatty(self) -> bool:
        return True


def test_a_file_gets_one_line_a_stage_however_often_it_is_counted():
    log = io.StringIO()
    with Terminal(log) as progress:
        progress("chapter 01: not done yet", 0, 0)
        for done in range(4):
            progress("1/2 Cohort", done, 3)
    assert log.getvalue() == "chapter 01: not done yet\n1/2 Cohort\n"


def test_stages_side_by_side_have_a_bar_each_and_lines_go_above():
    screen = Screen()
    with Terminal(screen) as progress:
        progress("one", 0, 2)
        progress("other", 0, 4)
        progress("a line", 0, 0)
        progress("one", 1, 2)
        progress("other", 4, 4)
        progress("one", 2, 2)
    shown = screen.getvalue()
    assert "a line\n" in shown
    assert re.search(r"one: 100%.*2/2", shown)
    assert re.search(r"other: 100%.*4/4", shown)


def test_what_was_not_finished_is_left_as_far_as_it_got():
    screen = Screen()
    with contextlib.suppress(KeyboardInterrupt), Terminal(screen) as progress:
        progress("one", 0, 2)
        progress("one", 1, 2)
        raise KeyboardInterrupt
    last = screen.getvalue().rstrip("\n").rpartition("\r")[2]
    assert "50%" in last
    assert "1/2" in last


def test_the_bar_says_nothing_to_a_file_and_leaves_no_trace_on_a_terminal(monkeypatch):
    for stream, words in ((io.StringIO(), []), (Screen(), ["reading", "packing", "50%", "2/4"])):
        monkeypatch.setattr(sys, "stderr", stream)
        with Bar() as progress:
            progress("reading", 0, 0)
            progress("packing", 2, 4)
        shown = stream.getvalue()
        assert all(word in shown for word in words)
        assert bool(shown) == bool(words)
        assert shown.rpartition("\r")[2].strip() == ""
