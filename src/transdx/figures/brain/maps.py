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
    WIDTH,
    axes_in,
    colour_bar,
    colour_limit,
    readable_on,
    text_width,
)
from transdx.figures.canvas.picture import Gallery, Picture, titled
from transdx.figures.canvas.rows import scores_in, select
from transdx.figures.canvas.style import Theme, signed
from transdx.figures.canvas.words import map_subtitle, map_title, survival
from transdx.naming import label
from transdx.results.select import FDR, survives
from transdx.writing import count, decimal, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DEEP = modalities.features("subcortical_volume")
#: Regions of a part of the brain, what they are called, and in the words of a refusal.
_PARTS: dict[Part, tuple[list[str], str, str]] = {
    "cortex": (modalities.features("thickness"), "regions", "cortical regions"),
    "subcortex": (_DEEP, "structures", "subcortical structures"),
}


@dataclass(frozen=True)
class _Map:
    """What a map shows: a beta per region, those that survive, and which are in colour."""

    rows: pd.DataFrame = field(repr=False)
    betas: pd.Series = field(repr=False)
    strong: set[str]
    shown: set[str]
    absent: list[str]
    limit: float
    title: str
    subtitle: str

    def fills(self, theme: Theme) -> dict[str, tuple[str, ...]]:
        """Colour what is shown, leave the others pale, and what has no value without colour."""
        colours: dict[str, tuple[str, ...]] = dict.fromkeys(self.absent, ())
        for region, value in self.betas.items():
            known = str(region)
            colours[known] = (signed(value, self.limit) if known in self.shown else theme.pale,)
        return colours


def cortex_maps(associations: pd.DataFrame, *, modality: str) -> Gallery:
    """Draw every score's map of a modality: all regions, then those that survive.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str
        What is measured: surface area, thickness or a connectivity, of which regions have
        the mean over their connections.

    Returns
    -------
    Gallery
        Two pictures per score with one colour scale; one where nothing survives for
        any score, with a caption that says so.
    """
    pairs, caption = _plan(associations, "cortex", modality)
    return Gallery(
        [
            cortex_map(associations, modality=modality, score=score, survivors=survivors)
            for score, survivors in pairs
        ],
        caption=caption,
    )


def cortex_map(
    associations: pd.DataFrame,
    *,
    modality: str,
    score: str,
    survivors: bool = False,
    limit: float | None = None,
) -> Picture:
    """Draw betas on the inflated cortex, from both sides of both hemispheres.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str
        What is measured: surface area, thickness or a connectivity, of which regions have
        the mean over their connections.
    score : str
        Which symptom score.
    survivors : bool, default False
        Colour only regions with ``p_fdr <= 0.05``.
    limit : float, optional
        End of the colour scale; by default that of all scores of the modality, so
        that their maps can be compared.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If the modality has no cortical regions, or the table lacks modality or score.
    """
    found = _read(associations, "cortex", modality, score, survivors=survivors, limit=limit)
    pale = len(found.betas) - len(found.shown)
    foot = 0.58 if found.absent or pale else 0.28

    def draw(figure: Figure, theme: Theme) -> None:
        draw_views(figure, theme, "cortex", found.fills(theme), bottom=foot + 0.27, row=1.55)
        ends = (-found.limit, found.limit)
        colour_bar(figure, theme, ends, text="standardised beta", bottom=foot)
        _legend(figure, theme, absent=found.absent, pale=bool(pale))

    shown = ", only regions that survive in colour," if survivors else ""
    alt = (
        f"Map of standardised betas of {map_title(modality)} with {label(score)}{shown} on the "
        f"left and right hemisphere, lateral and medial; {_strongest(found)}; "
        f"{survival(found.rows, what='regions')}."
    )
    if found.absent:
        alt += f" Without values: {', '.join(label(region) for region in found.absent)}."
    return titled(draw, found.title, found.subtitle, height=3.37 + foot, alt=alt)


def subcortex_maps(associations: pd.DataFrame, *, modality: str = "subcortical_volume") -> Gallery:
    """Draw every score's subcortical picture: all structures, then those that survive.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    modality : str, default 'subcortical_volume'
        What is measured: volume or a connectivity, of which structures have the mean over
        their connections.

    Returns
    -------
    Gallery
        Two pictures per score with one colour scale; one where nothing survives for
        any score, with a caption that says so.
    """
    pairs, caption = _plan(associations, "subcortex", modality)
    return Gallery(
        [
            subcortex_map(associations, modality=modality, score=score, survivors=survivors)
            for score, survivors in pairs
        ],
        caption=caption,
    )


def subcortex_map(
    associations: pd.DataFrame,
    *,
    score: str,
    modality: str = "subcortical_volume",
    survivors: bool = False,
    limit: float | None = None,
) -> Picture:
    """Draw betas of the subcortical structures on them, and print them.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    score : str
        Which symptom score.
    modality : str, default 'subcortical_volume'
        What is measured.
    survivors : bool, default False
        Colour only structures with ``p_fdr <= 0.05``.
    limit : float, optional
        End of the colour scale; by default that of all scores of the modality, its cortex
        included where it has one.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If the table has no subcortical structures of the modality or no such score.
    """
    found = _read(associations, "subcortex", modality, score, survivors=survivors, limit=limit)

    def draw(figure: Figure, theme: Theme) -> None:
        fills = found.fills(theme)
        views = draw_views(figure, theme, "subcortex", fills, bottom=2.6, row=1.72)
        for side, axes in zip(atlas.HEMISPHERES, views[2:], strict=True):
            if f"{side}_thalamus" in found.betas:
                _point_at_thalamus(axes, theme, side)
        _draw_values(figure, theme, found, fills)
        colour_bar(figure, theme, (-found.limit, found.limit), text="standardised beta")

    shown = ", only structures that survive in colour," if survivors else ""
    measure = "volume" if modality == "subcortical_volume" else f"mean {label(modality)}"
    thalamus = [
        f"{side} {decimal(found.betas[f'{side}_thalamus'])}"
        for side in atlas.HEMISPHERES
        if f"{side}_thalamus" in found.betas
    ]
    alt = (
        f"Subcortical structures of both hemispheres{shown} with standardised betas of their "
        f"{measure} with {label(score)}; {_strongest(found)}; "
        f"thalamus {', '.join(thalamus) or 'without value'}; "
        f"{survival(found.rows, what='structures')}."
    )
    return titled(draw, found.title, found.subtitle, height=5.86, alt=alt)


def _plan(
    associations: pd.DataFrame, part: Part, modality: str
) -> tuple[list[tuple[str, bool]], str]:
    """Decide which maps to draw: of which score, and whether only survivors are in colour.

    Maps of survivors are drawn for every score or, where nothing survives, for none; then the
    caption says so.
    """
    rows = _rows_of(part, select(associations, modality=modality), modality)
    scores, what = scores_in(rows), _PARTS[part][1]
    if survives(rows).any():
        return [(score, survivors) for score in scores for survivors in (False, True)], ""
    most = rows.groupby("score").size().max()
    whom = "any score" if len(scores) > 1 else "this score"
    caption = (
        f"None of the {count(most)} {what} survives {FDR} for {whom}; "
        "so there are no maps of what survives."
    )
    return [(score, False) for score in scores], caption


def _rows_of(part: Part, rows: pd.DataFrame, modality: str) -> pd.DataFrame:
    regions, _, needed = _PARTS[part]
    kept = rows[rows["feature"].isin(regions)]
    if kept.empty:
        raise InputError(f"expected {needed}, got the modality '{modality}'")
    return kept


def _read(
    associations: pd.DataFrame,
    part: Part,
    modality: str,
    score: str,
    *,
    survivors: bool,
    limit: float | None,
) -> _Map:
    rows = _rows_of(part, select(associations, modality=modality, score=score), modality)
    values = rows.set_index("feature")["beta"].astype(float).dropna()
    strong = set(rows.loc[survives(rows), "feature"])
    title = f"{sentence_case(map_title(modality))} and {label(score)}"
    regions, what, _ = _PARTS[part]
    return _Map(
        rows=rows,
        betas=values,
        strong=strong,
        shown=strong if survivors else {str(region) for region in values.index},
        absent=[region for region in regions if region not in values.index],
        limit=limit or colour_limit(select(associations, modality=modality)["beta"]),
        title=f"{title}: {survival(rows)}" if survivors else title,
        subtitle=map_subtitle(rows, what=what),
    )


def _strongest(found: _Map) -> str:
    region = str(found.betas.abs().idxmax())
    return f"strongest {label(region)} {decimal(found.betas[region])}"


def _legend(figure: Figure, theme: Theme, *, absent: list[str], pale: bool) -> None:
    """Name what is not coloured, below the colour bar."""
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    entries: list[tuple[str, dict[str, Any]]] = []
    if pale:
        entries.append(("does not survive", {"facecolor": theme.pale}))
    if absent:
        regions = list(dict.fromkeys(atlas.split(region)[1] for region in absent))
        names = ", ".join(label(region) for region in regions[:2])
        more = f" and {len(regions) - 2} more" if len(regions) > 2 else ""
        entries.append((f"no value: {names}{more}", {"facecolor": theme.absent, "hatch": "/////"}))
    left = 0.12
    for text, look in entries:
        patch = Rectangle(
            (left / width, 0.06 / height), 0.2 / width, 0.13 / height,
            transform=figure.transFigure, edgecolor=theme.muted, linewidth=0.5, **look,
        )  # fmt: skip
        figure.add_artist(patch)
        figure.text(
            (left + 0.27) / width, 0.125 / height, text, fontsize=9, va="center", color=theme.muted
        )
        left += 0.27 + text_width(text, points=9) + 0.25


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
    figure: Figure, theme: Theme, found: _Map, fills: dict[str, tuple[str, ...]]
) -> None:
    """Print the fourteen values on their colours, the thalamus first."""
    from matplotlib.patches import Rectangle

    axes = axes_in(figure, theme, left=0.15, bottom=0.62, width=WIDTH - 0.3, height=1.9)
    axes.set(xlim=(0, 1), ylim=(8.05, -0.95))
    axes.set_axis_off()
    columns = {"left": 0.36, "right": 0.69}
    for side, left in columns.items():
        axes.text(left + 0.155, -0.5, side, ha="center", va="center", fontsize=9, color=theme.muted)
    for row, name in enumerate(atlas.SUBCORTEX):
        weight = "bold" if name == "thalamus" else "normal"
        axes.text(0.0, row + 0.5, label(name), va="center", fontweight=weight, color=theme.ink)
        for side, left in columns.items():
            region = f"{side}_{name}"
            (fill,) = fills[region] or (theme.surface,)
            axes.add_patch(Rectangle((left, row + 0.05), 0.31, 0.9, facecolor=fill, linewidth=0))
            text = decimal(found.betas[region]) if fills[region] else "no value"
            axes.text(
                left + 0.155, row + 0.52, text + (" *" if region in found.strong else ""),
                ha="center", va="center", color=readable_on(fill), fontweight=weight, fontsize=9.5,
            )  # fmt: skip
    words = f"* survives {FDR}" if found.strong else f"none survives {FDR}"
    axes.text(0.0, 7.5, words, fontsize=9, color=theme.muted, va="center")
