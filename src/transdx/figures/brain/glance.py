"""The findings at a glance: one brain for what all scores share, and one for each alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from transdx.figures.brain.paint import LINE, TWO_ROWS, draw_brain
from transdx.figures.canvas.layout import WIDTH, wrap
from transdx.figures.canvas.picture import Gallery, Note, Picture, render
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import check, regional
from transdx.figures.canvas.style import Theme
from transdx.figures.canvas.words import tally
from transdx.naming import label
from transdx.results.select import scores_of, shared
from transdx.writing import all_of, counted, sentence_case

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What all scores share, where nothing tells one from the others.
_TOGETHER = {"light": "#b98500", "dark": "#e0b84c"}
#: Points: readable where two stand side by side, or one on a phone.
_TITLE, _WORDS = 14, 11
#: Inches of the words above: a line that says what is shown, and two that count.
_HEAD = 0.82


@reads()
def glance(specificity: pd.DataFrame) -> Gallery | Note:
    """Draw which regions go with all scores, and which with one of them alone.

    One brain for each, in one colour and under words that say what it shows, so that nothing has
    to be looked up; none of those without findings. Measures are counted as sentences count them:
    the reactivity of the amygdala, that of both sides together, once.
    """
    rows = check(specificity)
    scores = scores_of(rows)
    regions = rows[rows["kind"] == "region"]
    groups = {f"In {all_of(len(scores))} scores": (regions[shared(regions)], "")}
    groups |= {
        f"Specific to {label(score)}": (regions[regions["specific"] == score], score)
        for score in scores
    }
    pictures = [_brain(found, title, who) for title, (found, who) in groups.items() if len(found)]
    if not pictures:
        return Note(
            f"No regional measure goes with {all_of(len(scores))} scores, and none is specific to "
            "one: there is no brain to colour."
        )
    return Gallery(pictures)


def _brain(found: pd.DataFrame, title: str, score: str) -> Picture:
    regions = [str(region) for region in dict.fromkeys(regional(found)["region"])]
    number = counted(len(found), "regional measure", "regional measures")
    subtitle = wrap(f"{number}: {tally(found)}", inches=WIDTH, points=_WORDS)
    tall = _HEAD + LINE + TWO_ROWS

    def draw(figure: Figure, theme: Theme) -> None:
        colour = theme.score(score) if score else _TOGETHER[theme.name]
        draw_brain(figure, theme, dict.fromkeys(regions, (colour,)), bottom=0, marks={})
        for text in (text for axes in figure.axes for text in axes.texts):
            text.set_fontsize(_WORDS)
        for down, words, points, ink, weight in (
            (0.05, title, _TITLE, theme.ink, "bold"),
            (0.34, subtitle, _WORDS, theme.muted, "normal"),
        ):
            figure.text(
                0.014, 1 - down / tall, words, va="top", fontsize=points, color=ink,
                fontweight=weight,
            )  # fmt: skip

    named = "; ".join(map(label, regions))
    alt = f"{title}. {sentence_case(subtitle)}. Regions: {named}."
    return render(draw, size=(WIDTH, tall), alt=alt)
