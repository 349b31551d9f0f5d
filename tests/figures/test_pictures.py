"""Pictures carry both renderings, words with the numbers, and legible colours."""

from __future__ import annotations

import base64
import inspect
import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from transdx import figures
from transdx.errors import InputError
from transdx.figures.canvas import layout, style
from transdx.figures.canvas.lines import Line, draw_lines, set_lines
from transdx.figures.canvas.picture import render, titled
from transdx.figures.charts.cells import Grid


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def _square(figure, theme) -> None:
    from matplotlib.patches import Rectangle

    colour = theme.scores["anxiety"]
    figure.add_artist(Rectangle((0.25, 0.25), 0.5, 0.5, facecolor=colour, linewidth=0))


def test_both_renderings_show_the_drawing_in_the_colours_of_their_theme():
    picture = render(_square, size=(2, 1), alt="a square")
    for png, theme in ((picture.light, style.LIGHT), (picture.dark, style.DARK)):
        pixels = _pixels(png)
        assert pixels.shape == (192, 384, 3), "2 x 1 inch at 96 CSS pixels, twice as dense"
        inside = bytes.fromhex(theme.scores["anxiety"][1:])
        assert tuple(pixels[96, 192]) == tuple(inside)
        assert tuple(pixels[2, 2]) == tuple(bytes.fromhex(theme.background[1:]))


def test_html_holds_the_same_images_with_the_same_words():
    picture = render(_square, size=(2, 1), alt='a "square" & more')
    soup = BeautifulSoup(picture._repr_mimebundle_()["text/html"], "html.parser")
    light, dark = soup.find("figure", class_="transdx-figure").find_all("img")
    assert light["alt"] == dark["alt"] == 'a "square" & more'
    assert (light["width"], light["height"]) == ("192", "96")
    for image, png in ((light, picture.light), (dark, picture.dark)):
        held = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
        assert (_pixels(held) == _pixels(png)).all()
        assert Image.open(io.BytesIO(held)).text == {"Description": 'a "square" & more'}
    assert picture._repr_mimebundle_()["text/plain"] == picture.alt


def _words(figure, theme) -> None:
    axes = figure.add_axes((0.2, 0.3, 0.7, 0.5))
    axes.plot([0, 1, 2], [0, -1, 3], label="a line")
    axes.set_title("β and 100 % of $x^2$")
    axes.legend()


def test_the_settings_of_a_reader_change_no_picture():
    before = render(_words, size=(3, 2), alt="words")
    width = layout.text_width("some words")
    layout.text_width.cache_clear()
    theirs = {
        "text.usetex": True,
        "font.family": "serif",
        "font.size": 30,
        "text.hinting": "no_autohint",
        "axes.grid": True,
        "axes.prop_cycle": mpl.cycler(color="rgb"),
        "lines.linewidth": 9,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "path.sketch": (5, 50, 1),
    }
    with mpl.rc_context(theirs):
        assert render(_words, size=(3, 2), alt="words") == before
        assert layout.text_width("some words") == width
        assert mpl.rcParams["font.size"] == 30, "what the reader set is theirs again"


def test_a_picture_without_words_is_refused():
    with pytest.raises(InputError, match="alternative text"):
        render(_square, size=(2, 1), alt=" ")


FIGURES = [show for show in vars(figures).values() if inspect.isfunction(show)]


@pytest.mark.parametrize("show", FIGURES, ids=lambda show: show.__name__)
def test_help_says_of_every_figure_what_to_give_and_what_comes_back(show):
    words = inspect.getdoc(show)
    given, returned = words.split("\nParameters\n----------\n")[1].split("\nReturns\n-------\n")
    named = {name for line in given.split("\n") for name in line.partition(" :")[0].split(", ")}
    assert set(inspect.signature(show).parameters) <= named
    assert returned.split("\n")[0] in inspect.signature(show).return_annotation.replace("|", "or")


def test_a_gallery_keeps_order_and_words(tmp_path):
    one = render(_square, size=(2, 1), alt="one")
    other = render(_square, size=(2, 1), alt="other")
    gallery = figures.Gallery([one, other], caption="A < B")
    soup = BeautifulSoup(gallery._repr_html_(), "html.parser")
    assert [image["alt"] for image in soup.find_all("img")] == ["one", "one", "other", "other"]
    assert gallery.alt == "one\nother"
    assert soup.find(class_="transdx-caption").get_text() == "A < B"
    assert one.save(tmp_path / "one.png", theme="dark").read_bytes() == one.dark


@pytest.mark.parametrize("theme", style.THEMES, ids=lambda theme: theme.name)
def test_text_has_contrast_and_marks_are_visible(theme):
    background, surface = map(layout.rgb, (theme.background, theme.surface))
    for colour in (theme.ink, theme.muted, *theme.scores.values()):
        assert layout.contrast(layout.rgb(colour), background) >= 4.5
    assert layout.contrast(layout.rgb(theme.ink), surface) >= 4.5


@pytest.mark.parametrize("theme", style.THEMES, ids=lambda theme: theme.name)
def test_printed_values_are_legible_on_every_colour_of_the_scale(theme):
    for colour in style.diverging(theme)(np.linspace(0, 1, 101))[:, :3]:
        ink = layout.rgb(layout.readable_on(colour))
        assert layout.contrast(ink, colour) >= 4.5


@pytest.mark.parametrize("theme", style.THEMES, ids=lambda theme: theme.name)
def test_the_scale_of_colours_is_nearest_to_the_page_at_zero_and_alike_on_both_sides(theme):
    scale = style.diverging(theme)(np.linspace(0, 1, 41))[:, :3]
    apart = np.abs(scale @ [0.2126, 0.7152, 0.0722] - layout.rgb(theme.background)[0])
    assert apart.argmin() == 20
    assert np.abs(apart - apart[::-1]).max() < 0.12
    assert (np.diff(apart[:21]) < 0).all()
    assert (np.diff(apart[20:]) > 0).all()


def test_a_scale_is_for_most_values_and_hides_less_than_half():
    values = pd.Series([*np.linspace(-0.02, 0.02, 99), 0.031])
    assert layout.colour_limit(values) == 0.04
    assert layout.colour_limit(values, most=0.98) == 0.02
    # One value alone is not thrown off the scale by a hundred of nothing.
    assert layout.colour_limit(pd.Series([0.0] * 99 + [0.06]), most=0.98) == 0.03


def test_numbers_of_a_scale_do_not_run_into_each_other():
    for limit, wanted in ((0.05, 3), (0.1, 5), (1.0, 5), (0.015, 3)):
        ticks, names = layout._signed_ticks(limit, inches=2.2)
        assert len(ticks) == wanted
        room = 2.2 / (wanted - 1)
        assert max(layout.text_width(name, points=9) for name in names) < room
        assert [float(name.replace("\N{MINUS SIGN}", "-")) for name in names] == pytest.approx(
            ticks
        )


def test_contrast_is_that_of_the_guidelines():
    # Worked by hand: grey #767676 on white is the textbook case of 4.54.
    found = layout.contrast(layout.rgb("#767676"), layout.rgb("#ffffff"))
    assert found == pytest.approx(4.54, abs=0.005)


def test_lines_are_broken_where_they_would_not_fit():
    text = "T2-FLAIR intensity scaling of 3 or less: 188"
    wrapped = layout.wrap(text, inches=1.5)
    assert wrapped.replace("\n", " ") == text
    assert "\n" in wrapped
    assert all(layout.text_width(line) <= 1.5 for line in wrapped.split("\n"))


@pytest.mark.parametrize(
    ("largest", "limit"), [(0.051, 0.06), (0.03, 0.03), (0.0305, 0.04), (0.11, 0.15), (0.0, 1.0)]
)
def test_limits_of_colour_are_round_and_hold_every_value(largest, limit):
    assert layout.colour_limit(pd.Series([-largest, 0.0])) == limit


def test_names_are_those_of_readers():
    assert figures.label("total", modality="surface_area") == "total surface area"
    assert figures.label("right_thalamus") == "right thalamus"
    assert figures.label("subcortical_volume") == "subcortical volume"


def test_a_per_cent_sign_stays_with_its_number():
    broken = layout.wrap("56 of 66 regions survive FDR 5 % here", inches=1.0)
    assert "5\N{NO-BREAK SPACE}%" in broken
    assert broken.count("\n") > 1


def test_lines_stand_where_they_are_said_to_and_names_have_room():
    marked: list[float] = []

    def mark(axes, theme, at) -> None:
        marked.append(at)
        axes.plot(0.5, at, "s", color=theme.scores["anxiety"], markersize=10)

    tall = Line("Two\nlines", "0.1", mark)
    lines = set_lines({"First": [Line("One", "0.1", mark)], "": [tall], "Third": [tall]})
    # By hand: two headings, a line, two of two lines, and a margin.
    assert lines.height == pytest.approx(2 * 0.3 + 0.25 + 2 * 0.39 + 0.08)
    assert set_lines({"": [Line("name " * 20, "0.1", mark)]}).width > lines.width == layout.WIDTH

    def draw(figure, theme) -> None:
        draw_lines(figure, theme, lines, bottom=0.5, axis="unit").set_xlim(0, 1)

    pixels = _pixels(titled(draw, "Title", height=lines.height + 0.5, alt="lines").light)
    assert marked[:3] == pytest.approx([0.34 + 0.125, 0.59 + 0.195, 0.98 + 0.3 + 0.195])
    green = np.abs(pixels.astype(int) - 255 * layout.rgb(style.LIGHT.scores["anxiety"])).max(2) < 9
    rows = np.nonzero(green.any(axis=1))[0]
    first = len(pixels) - (lines.height + 0.5 - marked[0]) * 192
    assert rows.min() <= first <= rows.min() + 30


def test_cells_have_their_colour_and_the_ink_that_reads_on_it():
    inks = []

    def draw(figure, theme) -> None:
        axes = layout.paper(figure, theme, bottom=0, height=1)
        grid = Grid(left=1.0, top=0.5, across=0.5, down=0.25)
        inks.append(grid.fill(axes, theme, 1, 2, -0.04, limit=0.04))
        grid.fill(axes, theme, 0, 0, float("nan"), limit=0.04)
        assert grid.middle(1, 2) == (2.25, 0.875)

    pixels = _pixels(render(draw, size=(3, 1), alt="cells").light)
    assert inks[0] == "#ffffff"
    assert pixels[168, 432].tolist() == list(bytes.fromhex("08325f"))
    assert pixels[120, 240].tolist() == list(bytes.fromhex(style.LIGHT.surface[1:]))
    assert pixels[120, 432].tolist() == [255, 255, 255]
