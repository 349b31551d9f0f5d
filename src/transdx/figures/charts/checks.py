"""What the method can see: planted against estimated effects, and power."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from transdx.errors import InputError
from transdx.figures.canvas.layout import WIDTH, axes_in, readable_ticks
from transdx.figures.canvas.picture import Note, Picture, titled
from transdx.figures.canvas.reads import reads
from transdx.figures.canvas.rows import require, scores_in
from transdx.figures.canvas.scores import marker
from transdx.figures.canvas.style import Theme
from transdx.modalities import short_name
from transdx.naming import label
from transdx.writing import count, decimal, percent, sentence_case, write

#: More marks than this are not named one by one.
_MOST_NAMES = 3
_KEYS = ["modality", "feature", "score"]
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2)))
#: Inches that the axes of power are tall.
_TALL = 2.4


class Recovery(NamedTuple):
    """How estimates compare with planted values.

    Bias is the mean of estimate minus planted value, coverage the per cent of intervals that
    hold it, slope that of estimates on planted values (NaN where these are all equal).
    """

    pairs: int
    bias: float
    coverage: float
    slope: float


@reads()
def planted_vs_estimated(associations: pd.DataFrame, truth: pd.DataFrame | None) -> Picture | Note:
    """Draw every estimate of a simulated world over its planted value.

    Title and words say bias, coverage and slope; a note stands where the truth is not known
    (None).
    """
    if truth is None:
        return Note("Nothing was planted in these data: their true effects are not known.")
    merged = merge_truth(associations, truth)
    found = recovery(merged)
    bias, slope = decimal(found.bias, places=4), decimal(found.slope, places=2)
    title = f"Planted and estimated betas: {percent(found.coverage, places=0)} of intervals cover"
    subtitle = f"{count(found.pairs)} associations, bias {bias}, slope {slope}; line: identity"

    def draw(figure: Figure, theme: Theme) -> None:
        axes = axes_in(figure, theme, left=0.85, bottom=0.55, width=WIDTH - 1.05, height=3.0)
        for score in scores_in(merged):
            rows = merged[merged["score"] == score]
            axes.plot(
                rows["planted"], rows["beta"], marker(score), markersize=4.5, alpha=0.75,
                color=theme.score(score), markeredgewidth=0, label=sentence_case(label(score)),
            )  # fmt: skip
        _identity_axes(axes, theme, merged["planted"], merged["beta"])
        axes.legend(
            loc="upper left", frameon=False, handletextpad=0.2, borderpad=0, labelcolor=theme.ink,
            fontsize=9, markerscale=1.3,
        )  # fmt: skip

    alt = (
        f"Estimated against planted standardised betas of {count(found.pairs)} associations with "
        f"the identity line: bias {bias}, {percent(found.coverage)} of the 95 % intervals cover "
        f"the planted value, slope {slope}."
    )
    return titled(draw, title, subtitle, height=3.65, alt=alt)


def merge_truth(associations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Set planted values beside the estimates; refuse tables that do not match."""
    require(associations, (*_KEYS, "beta", "ci_low", "ci_high"), table="associations")
    require(truth, (*_KEYS, "planted"), table="truth")
    merged = associations.merge(truth[[*_KEYS, "planted"]], on=_KEYS, how="inner")
    merged = merged.dropna(subset=["beta", "planted"]).astype({"beta": float, "planted": float})
    if merged.empty:
        raise InputError(
            f"expected planted values for the {len(associations)} associations, got none that "
            "match by modality, feature and score; take the truth table of the same run"
        )
    return merged


def recovery(merged: pd.DataFrame) -> Recovery:
    """Compare estimates with the planted values beside them."""
    planted, beta = merged["planted"].to_numpy(), merged["beta"].to_numpy()
    spread = planted - planted.mean()
    sum_of_squares = float(spread @ spread)
    return Recovery(
        pairs=len(merged),
        bias=float((beta - planted).mean()),
        coverage=100 * float(merged["planted"].between(merged["ci_low"], merged["ci_high"]).mean()),
        slope=float(spread @ beta / sum_of_squares) if sum_of_squares > 0 else float("nan"),
    )


def _identity_axes(axes: Axes, theme: Theme, planted: pd.Series, beta: pd.Series) -> None:
    both = pd.concat([planted, beta])
    room = 0.06 * (np.ptp(both) or 1.0)
    low, high = float(both.min() - room), float(both.max() + room)
    axes.plot([low, high], [low, high], color=theme.muted, linewidth=0.9, zorder=1)
    margin = 0.15 * np.ptp(planted) or room
    first, last = float(planted.min() - margin), float(planted.max() + margin)
    axes.set(xlim=(first, last), ylim=(low, high))
    axes.set(xlabel="planted standardised beta", ylabel="estimated standardised beta")
    for set_ticks, ends in ((axes.set_yticks, (low, high)), (axes.set_xticks, (first, last))):
        ticks = readable_ticks(*ends, most=5)
        set_ticks(ticks, [write(tick, "g") for tick in ticks])


@reads(
    power="n alpha label smallest_beta",
    observed="Associations of the same run, whose global features are drawn at their magnitude.",
)
def power_curve(power: pd.DataFrame, *, observed: pd.DataFrame | None = None) -> Picture:
    """Draw the smallest effect that is detected with 80 % power, over sample size."""
    totals = _totals(observed)
    subtitle = "marks: estimates of the global features" if len(totals) else ""
    legend = 0.175 * (power["label"].nunique() + totals["score"].nunique())

    def draw(figure: Figure, theme: Theme) -> None:
        box = {"left": 0.8, "bottom": 0.55 + legend, "width": WIDTH - 1.0, "height": _TALL}
        axes = axes_in(figure, theme, **box)
        _draw_curves(axes, theme, power)
        for score in scores_in(totals):
            rows = totals[totals["score"] == score]
            axes.plot(
                rows["n"], rows["beta"].abs(), marker(score), color=theme.score(score),
                markersize=6, linestyle="none", label=f"{sentence_case(label(score))}, estimated",
            )  # fmt: skip
        _power_axes(axes, pd.concat([power["n"], totals["n"]]))
        if 0 < len(totals) <= _MOST_NAMES:
            _name_marks(axes, theme, totals)
        figure.legend(
            *axes.get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.02, 0.0),
            frameon=False, labelcolor=theme.ink, fontsize=9, handlelength=2.4, labelspacing=0.3,
            borderpad=0.2,
        )  # fmt: skip

    alt = f"Smallest standardised |beta| detected with 80 % power. {_spoken(power)}."
    if len(totals):
        seen = "; ".join(
            f"{label('total', modality=row['modality'])} with {label(row['score'])} "
            f"{decimal(abs(row['beta']))}"
            for row in totals.to_dict("records")
        )
        alt += f" Estimated magnitudes: {seen}."
    title = "Smallest effect detected with 80 % power"
    return titled(draw, title, subtitle, height=0.65 + _TALL + legend, alt=alt)


def _totals(observed: pd.DataFrame | None) -> pd.DataFrame:
    needed = ["modality", "feature", "score", "n", "beta"]
    if observed is None:
        return pd.DataFrame(columns=needed, dtype=float)
    require(observed, needed, table="associations")
    return observed[observed["feature"] == "total"]


def _draw_curves(axes: Axes, theme: Theme, power: pd.DataFrame) -> None:
    for place, (kind, rows) in enumerate(power.groupby("label", sort=False)):
        curve = rows.sort_values("n")
        axes.plot(
            curve["n"], curve["smallest_beta"], color=theme.ink, linewidth=1.6,
            linestyle=_DASHES[place % len(_DASHES)], marker="_" if len(curve) == 1 else None,
            markersize=14, markeredgewidth=2, label=str(kind),
        )  # fmt: skip


def _power_axes(axes: Axes, people: pd.Series) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = float(people.min()) / 1.25, float(people.max()) * 1.25
    axes.set_xlim(low, high)
    decades = [30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000]
    ticks = [tick for tick in decades if low <= tick <= high] or [round(low * 1.25)]
    axes.set_xticks(ticks, [count(tick) for tick in ticks])
    small, large = axes.get_ylim()
    steps = [tick for tick in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0) if small <= tick <= large]
    axes.set_yticks(steps, [f"{tick:g}" for tick in steps])
    axes.minorticks_off()
    axes.set(xlabel="participants (log scale)", ylabel="standardised |beta| (log scale)")


def _name_marks(axes: Axes, theme: Theme, totals: pd.DataFrame) -> None:
    """Write beside each mark what it is of, the texts at least a line apart."""
    small, large = axes.get_ylim()
    sizes = totals.assign(size=totals["beta"].abs()).sort_values("size", ascending=False)
    lowest = math.inf
    for row in sizes[sizes["size"] > 0].to_dict("records"):
        up = _TALL * math.log(row["size"] / small) / math.log(large / small)
        # Downwards, away from the curves.
        lowest = min(up, lowest - 0.15)
        axes.annotate(
            short_name(str(row["modality"])),
            (row["n"], row["size"]), xytext=(7, 72 * (lowest - up)), textcoords="offset points",
            va="center", fontsize=9, color=theme.ink,
            path_effects=[withStroke(linewidth=2.5, foreground=theme.background)],
        )  # fmt: skip


def _spoken(power: pd.DataFrame) -> str:
    """Say the ends of every curve: words cannot carry all of it."""
    curves = power.sort_values("n", kind="stable").groupby("label", sort=False)
    ends = pd.concat([curves.head(1), curves.tail(1)])
    return "; ".join(
        f"{row['label']}, n = {count(row['n'])}: {decimal(row['smallest_beta'])}"
        for row in ends[~ends.index.duplicated()].to_dict("records")
    )
