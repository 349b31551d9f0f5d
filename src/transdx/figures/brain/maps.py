"""Maps of betas: on the cortex, and on the subcortical structures, which are printed too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError
from transdx.figures.brain.paint import draw_views
from transdx.figures.brain.views import Part, region_pixels
from transdx.figures.canvas.layout import (
    MOST,
    THIRD,
    axes_in,
    colour_bar,
    colour_limit,
    readable_on,
)
from transdx.figures.canvas.picture import Gallery, Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import scores_in, select, taken
from transdx.figures.canvas.style import LIGHT, Theme, signed
from transdx.figures.canvas.words import map_title, people, scale_words, score_name, survival
from transdx.naming import label
from transdx.results.select import FDR, survives
from transdx.writing import decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches of a line of the legend.
_KEY = 0.2
#: Regions of a part of the brain, and what they are called in a refusal.
_PARTS: dict[Part, tuple[list[str], str]] = {
    "cortex": (modalities.features("thickness"), "cortical regions"),
    "subcortex": (modalities.features("subcortical_volume"), "subcortical structures"),
}


@reads(
    kind="region",
    associations="modality feature score beta p_fdr",
    limit="End of the colour scale, where maps of several runs share one; by default their own.",
)
def cortex_maps(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str | None = None,
    limit: float | None = None,
) -> Gallery:
    """Draw every score's map of a modality, in which regions that survive are outlined.

    Of a connectivity, regions have the mean over their connections. All scores have one colour
    scale.
    """
    maps = _maps(associations, "cortex", modality, score, limit)
    return Gallery([_on_cortex(one) for one in maps], turns=(modality, "cortex"))


@reads(kind="region", associations="modality feature score beta p_fdr")
def subcortex_maps(
    associations: pd.DataFrame, *, modality: str = "subcortical_volume"
) -> Gallery | Note:
    """Draw every score's subcortical picture, in which structures that survive are outlined.

    Of a connectivity, structures have the mean over their connections. All scores have one colour
    scale, that of the cortex where the modality has one.
    """
    maps = _maps(associations, "subcortex", modality)
    if not maps:
        return Note("None of the connections that are analysed ends in a subcortical structure.")
    return Gallery([_on_subcortex(one) for one in maps], turns=(modality, "subcortex"))


@dataclass(frozen=True)
class _Map:
    """What a map shows: a beta per region, and which of them survive."""

    rows: pd.DataFrame = field(repr=False)
    modality: str
    score: str
    betas: pd.Series = field(repr=False)
    strong: set[str]
    absent: list[str]
    limit: float
    #: Words beside the scale: what it shows, and for whom.
    unit: str
    #: Whether values lie beyond the ends of the scale.
    beyond: bool
    title: str
    subtitle: str

    def fills(self, theme: Theme) -> dict[str, tuple[str, ...]]:
        """Colour each region by its beta, and leave what has no value without colour."""
        colours: dict[str, tuple[str, ...]] = dict.fromkeys(self.absent, ())
        for region, value in self.betas.items():
            colours[str(region)] = (signed(value, self.limit, theme),)
        return colours


def _maps(
    associations: pd.DataFrame,
    part: Part,
    modality: str,
    score: str | None = None,
    limit: float | None = None,
) -> list[_Map]:
    everything = select(associations, modality=modality)
    everything = everything if score is None else taken(everything, "score", score)
    regions, needed = _PARTS[part]
    rows = everything[everything["feature"].isin(regions)]
    if rows.empty and part == "subcortex" and modality in modalities.CONNECTIVITY:
        # Their connections may all be too weak.
        return []
    if rows.empty:
        raise InputError(f"expected {needed}, got the modality '{modality}'")
    limit = colour_limit(everything["beta"], most=MOST) if limit is None else limit
    scores = scores_in(rows)
    beyond = bool((everything["beta"].abs() > limit).any())
    look = {"limit": limit, "unit": scale_words(rows), "beyond": beyond}
    return [_map(rows[rows["score"] == score], regions, look) for score in scores]


def _map(rows: pd.DataFrame, regions: list[str], look: dict[str, Any]) -> _Map:
    betas = rows.set_index("feature")["beta"].astype(float).dropna()
    modality, score = (str(rows[column].iloc[0]) for column in ("modality", "score"))
    shown = f"{sentence_case(map_title(modality))}, {people(rows)}" if "n" in rows else ""
    return _Map(
        rows=rows,
        modality=modality,
        score=score,
        betas=betas,
        strong=set(rows.loc[survives(rows), "feature"]),
        absent=[region for region in regions if region not in betas.index],
        **look,
        title=f"{score_name(score)}: {survival(rows)}",
        subtitle=shown or sentence_case(map_title(modality)),
    )


def _on_cortex(found: _Map) -> Picture:
    """Draw betas on the inflated cortex, from both sides of both hemispheres."""
    foot = 0.27 + _KEY * len(_keys(found, LIGHT))

    def draw(figure: Figure, theme: Theme) -> None:
        fills = found.fills(theme)
        draw_views(figure, theme, "cortex", fills, bottom=foot + 0.3, row=1.16, bold=found.strong)
        _bar(figure, theme, found, bottom=foot)
        _legend(figure, found, theme)

    alt = (
        f"Map of standardised betas of {map_title(found.modality)} with {label(found.score)} "
        f"on the left and right hemisphere, lateral and medial; {_strongest(found)}; "
        f"{survival(found.rows, what='regions')}; those that survive are outlined."
    )
    if found.absent:
        alt += f" Without values: {', '.join(label(region) for region in found.absent)}."
    return titled(draw, found.title, found.subtitle, height=2.62 + foot, width=THIRD, alt=alt)


def _on_subcortex(found: _Map) -> Picture:
    """Draw betas of the subcortical structures on them, and print them."""
    thalamus = {
        side: decimal(found.betas[f"{side}_thalamus"])
        for side in atlas.HEMISPHERES
        if f"{side}_thalamus" in found.betas
    }
    measured = list(dict.fromkeys(atlas.split(str(region))[1] for region in found.betas.index))
    measured.sort(key=atlas.SUBCORTEX.index)
    volume = found.modality == "subcortical_volume"
    foot = 0.62 + _KEY * len(_keys(found, LIGHT))
    printed = 0.22 * (len(measured) + 1)

    def draw(figure: Figure, theme: Theme) -> None:
        fills = found.fills(theme)
        views = draw_views(
            figure, theme, "subcortex", fills, bottom=foot + printed, row=1.52, bold=found.strong
        )
        for side, axes in zip(atlas.HEMISPHERES, views[2:], strict=True):
            # It is claimed of its volume alone.
            if side in thalamus and volume:
                _point_at_thalamus(axes, theme, side)
        _draw_values(figure, theme, found, fills, measured, bottom=foot, height=printed)
        _bar(figure, theme, found, bottom=0.27 + _KEY * len(_keys(found, LIGHT)))
        _legend(figure, found, theme)

    measure = "volume" if volume else f"mean {label(found.modality)}"
    values = ", ".join(f"{side} {value}" for side, value in thalamus.items()) or "without value"
    alt = (
        f"Subcortical structures of both hemispheres with standardised betas of their "
        f"{measure} with {label(found.score)}; {_strongest(found)}; "
        f"thalamus {values}; {survival(found.rows, what='structures')}; "
        "those that survive are outlined."
    )
    return titled(
        draw, found.title, found.subtitle, height=3.16 + foot + printed, width=THIRD, alt=alt
    )


def _bar(figure: Figure, theme: Theme, found: _Map, *, bottom: float) -> None:
    ends = (-found.limit, found.limit)
    colour_bar(figure, theme, ends, text=found.unit, bottom=bottom, beyond=found.beyond)


def _strongest(found: _Map) -> str:
    region = str(found.betas.abs().idxmax())
    return f"strongest {label(region)} {decimal(found.betas[region])}"


def _keys(found: _Map, theme: Theme) -> list[tuple[str, dict[str, Any]]]:
    """Say what outlines and hatches mean, one to a line."""
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": theme.ink, "linewidth": 1.6}
    entries = [(f"outlined: survives {FDR}", look)]
    if found.absent:
        regions = list(dict.fromkeys(atlas.split(region)[1] for region in found.absent))
        names = ", ".join(label(region) for region in regions[:2])
        more = f" and {len(regions) - 2} more" if len(regions) > 2 else ""
        look = {"facecolor": theme.absent, "hatch": "/////"}
        entries.append((f"no value: {names}{more}", look))
    return entries


def _legend(figure: Figure, found: _Map, theme: Theme) -> None:
    """Explain outlines and hatches below the colour bar."""
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    for line, (text, look) in enumerate(reversed(_keys(found, theme))):
        up = 0.04 + _KEY * line
        patch = Rectangle(
            (0.08 / width, up / height), 0.2 / width, 0.13 / height,
            transform=figure.transFigure, **{"edgecolor": theme.muted, "linewidth": 0.5, **look},
        )  # fmt: skip
        figure.add_artist(patch)
        figure.text(
            0.35 / width, (up + 0.065) / height, text, fontsize=9, va="center", color=theme.muted
        )


def _point_at_thalamus(axes: Axes, theme: Theme, side: str) -> None:
    """Name the thalamus above a medial view, with a line to its middle."""
    from matplotlib.patheffects import withStroke

    mask = region_pixels("subcortex", side, "medial")[f"{side}_thalamus"]
    row, column = (places.mean() / 2 for places in np.nonzero(mask))
    axes.annotate(
        "thalamus", (column, row), xytext=(0.5, 1.07), textcoords="axes fraction",
        ha="center", va="center", fontsize=9, fontweight="bold", color=theme.ink,
        arrowprops={
            "arrowstyle": "-", "color": theme.ink, "linewidth": 0.8, "shrinkB": 0,
            "relpos": (0.5, 0.0),
            "path_effects": [withStroke(linewidth=2.4, foreground=theme.background)],
        },
        annotation_clip=False,
    )  # fmt: skip


def _draw_values(
    figure: Figure,
    theme: Theme,
    found: _Map,
    fills: dict[str, tuple[str, ...]],
    measured: list[str],
    *,
    bottom: float,
    height: float,
) -> None:
    """Print the values of both sides on their colours, the thalamus first."""
    from matplotlib.patches import Rectangle

    axes = axes_in(figure, theme, left=0.08, bottom=bottom, width=THIRD - 0.16, height=height)
    axes.set(xlim=(0, 1), ylim=(len(measured), -1))
    axes.set_axis_off()
    columns = {"left": 0.42, "right": 0.72}
    for side, left in columns.items():
        axes.text(left + 0.14, -0.5, side, ha="center", va="center", fontsize=9, color=theme.muted)
    for row, name in enumerate(measured):
        axes.text(0.0, row + 0.5, label(name), va="center", fontsize=9, color=theme.ink)
        for side, left in columns.items():
            region = f"{side}_{name}"
            (fill,) = fills[region] or (theme.surface,)
            axes.add_patch(Rectangle((left, row + 0.06), 0.28, 0.88, facecolor=fill, linewidth=0))
            text = decimal(found.betas[region]) if fills[region] else "no value"
            axes.text(
                left + 0.14, row + 0.52, text + (" *" if region in found.strong else ""),
                ha="center", va="center", color=readable_on(fill), fontsize=9,
            )  # fmt: skip
