"""What the method can see: planted against estimated effects, and power."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transdx.errors import InputError
from transdx.figures.canvas.layout import WIDTH, axes_in, heading, heading_height, readable_ticks
from transdx.figures.canvas.picture import Note, Picture, render
from transdx.figures.canvas.style import Theme, label, require, scores_in
from transdx.figures.scores import marker
from transdx.modalities import short_name
from transdx.writing import count, decimal, percent, sentence_case, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Recovery", "planted_vs_estimated", "power_curve", "recovery"]

#: More marks than this are not named one by one.
_MOST_NAMES = 3


@dataclass(frozen=True)
class Recovery:
    """How estimates compare with planted values.

    Parameters
    ----------
    pairs : int
        How many were compared.
    bias : float
        Mean of estimate minus planted value.
    coverage : float
        Per cent of the 95 % intervals that cover the planted value.
    slope : float
        Of estimates on planted values; NaN where all planted values are equal.
    """

    pairs: int
    bias: float
    coverage: float
    slope: float


def recovery(associations: pd.DataFrame, *, truth: pd.DataFrame) -> Recovery:
    """Compare estimates with planted values.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    truth : pandas.DataFrame
        Modality, feature, score, planted.

    Returns
    -------
    Recovery

    Raises
    ------
    InputError
        If no row of one is in the other.
    """
    merged = _merged(associations, truth)
    planted, beta = (merged[name].to_numpy(dtype=float) for name in ("planted", "beta"))
    covered = (merged["ci_low"] <= merged["planted"]) & (merged["planted"] <= merged["ci_high"])
    spread = planted - planted.mean()
    sum_of_squares = float(spread @ spread)
    return Recovery(
        pairs=len(merged),
        bias=float((beta - planted).mean()),
        coverage=100 * float(covered.mean()),
        slope=float(spread @ beta / sum_of_squares) if sum_of_squares > 0 else float("nan"),
    )


def planted_vs_estimated(associations: pd.DataFrame, truth: pd.DataFrame | None) -> Picture | Note:
    """Draw every estimate of a simulated world over its planted value.

    Parameters
    ----------
    associations : pandas.DataFrame
        An association table.
    truth : pandas.DataFrame or None
        Modality, feature, score, planted; None for a world whose truth is not known.

    Returns
    -------
    Picture or Note
        Title and words say bias, coverage and slope; a sentence without a truth.
    """
    if truth is None:
        return Note("Nothing was planted in these data: their true effects are not known.")
    found = recovery(associations, truth=truth)
    merged = _merged(associations, truth)
    scores = scores_in(merged)
    title = f"Planted and estimated betas: {percent(found.coverage, places=0)} of intervals cover"
    subtitle = (
        f"{count(found.pairs)} associations, bias {decimal(found.bias, places=4)}, "
        f"slope {decimal(found.slope, places=2)}; line: identity"
    )
    both = merged[["planted", "beta"]].to_numpy(dtype=float)
    room = 0.06 * (np.ptp(both) or 1.0)
    low, high = float(both.min() - room), float(both.max() + room)
    planted = merged["planted"].astype(float)
    margin = 0.15 * (planted.max() - planted.min()) or room
    first, last = planted.min() - margin, planted.max() + margin

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(figure, theme, left=0.85, bottom=0.55, width=WIDTH - 1.05, height=3.0)
        axes.plot([low, high], [low, high], color=theme.muted, linewidth=0.9, zorder=1)
        for score in scores:
            rows = merged[merged["score"] == score]
            axes.plot(
                rows["planted"], rows["beta"], marker(score), markersize=4.5, alpha=0.75,
                color=theme.score(score), markeredgewidth=0, label=sentence_case(label(score)),
            )  # fmt: skip
        axes.set(xlim=(first, last), ylim=(low, high))
        axes.set(xlabel="planted standardised beta", ylabel="estimated standardised beta")
        ticks = readable_ticks(low, high, most=5)
        axes.set_yticks(ticks, [write(tick, "g") for tick in ticks])
        ticks = readable_ticks(first, last, most=5)
        axes.set_xticks(ticks, [write(tick, "g") for tick in ticks])
        axes.legend(
            loc="upper left", frameon=False, handletextpad=0.2, borderpad=0, labelcolor=theme.ink,
            fontsize=9, markerscale=1.3,
        )  # fmt: skip

    alt = (
        f"Estimated against planted standardised betas of {count(found.pairs)} associations with "
        f"the identity line: bias {decimal(found.bias, places=4)}, "
        f"{percent(found.coverage)} of the 95 % intervals cover the planted value, slope "
        f"{decimal(found.slope, places=2)}."
    )
    return render(draw, size=(WIDTH, heading_height(title, subtitle) + 3.65), alt=alt)


def power_curve(power: pd.DataFrame, *, observed: pd.DataFrame | None = None) -> Picture:
    """Draw the smallest effect that is detected with 80 % power, over sample size.

    Parameters
    ----------
    power : pandas.DataFrame
        N, alpha, label, smallest_beta.
    observed : pandas.DataFrame, optional
        An association table, whose global features are drawn at their magnitude.

    Returns
    -------
    Picture
    """
    require(power, ("n", "alpha", "label", "smallest_beta"), table="power")
    totals = _totals(observed)
    title = "Smallest effect detected with 80 % power"
    subtitle = "marks: estimates of the global features" if len(totals) else ""
    kinds = list(dict.fromkeys(power["label"].astype(str)))
    dashes = ["-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2))]
    columns = 0.175 * (len(kinds) + len(scores_in(totals) if len(totals) else []))

    def draw(figure: Figure, theme: Theme) -> None:
        heading(figure, theme, title, subtitle)
        axes = axes_in(
            figure, theme, left=0.8, bottom=0.55 + columns, width=WIDTH - 1.0, height=2.4
        )
        for place, kind in enumerate(kinds):
            rows = power[power["label"].astype(str) == kind].sort_values("n")
            alone = len(rows) == 1
            axes.plot(
                rows["n"], rows["smallest_beta"], color=theme.ink, linewidth=1.6,
                linestyle=dashes[place % len(dashes)], marker="_" if alone else None,
                markersize=14, markeredgewidth=2, label=kind,
            )  # fmt: skip
        for score in scores_in(totals) if len(totals) else []:
            rows = totals[totals["score"] == score]
            axes.plot(
                rows["n"], rows["beta"].abs(), marker(score), color=theme.score(score),
                markersize=6, linestyle="none", label=f"{sentence_case(label(score))}, estimated",
            )  # fmt: skip
        _power_axes(axes, power, totals)
        if 0 < len(totals) <= _MOST_NAMES:
            _name_marks(axes, theme, totals, height=2.4)
        handles, names = axes.get_legend_handles_labels()
        figure.legend(
            handles, names, loc="lower left", bbox_to_anchor=(0.02, 0.0), frameon=False,
            labelcolor=theme.ink, fontsize=9, handlelength=2.4, labelspacing=0.3, borderpad=0.2,
        )  # fmt: skip

    spoken = "; ".join(
        f"{row['label']}, n = {count(row['n'])}: {decimal(row['smallest_beta'])}"
        for row in _spoken_rows(power)
    )
    seen = "; ".join(
        f"{label('total', modality=row['modality'])} with {label(row['score'])} "
        f"{decimal(abs(row['beta']))}"
        for row in totals.to_dict("records")
    )
    alt = f"Smallest standardised |beta| detected with 80 % power. {spoken}."
    alt += f" Estimated magnitudes: {seen}." if seen else ""
    return render(draw, size=(WIDTH, heading_height(title, subtitle) + 3.05 + columns), alt=alt)


def _name_marks(axes: Axes, theme: Theme, totals: pd.DataFrame, *, height: float) -> None:
    """Write beside each mark what it is of, the texts at least a line apart."""
    from matplotlib.patheffects import withStroke

    small, large = axes.get_ylim()
    rows = (
        totals.assign(size=totals["beta"].abs())
        .sort_values("size", ascending=False)
        .to_dict("records")
    )
    lowest = math.inf
    for row in rows:
        if not row["size"] > 0:
            continue
        up = height * math.log(row["size"] / small) / math.log(large / small)
        # Downwards, away from the curves.
        lowest = min(up, lowest - 0.15)
        axes.annotate(
            short_name(str(row["modality"])),
            (row["n"], row["size"]), xytext=(7, 72 * (lowest - up)), textcoords="offset points",
            va="center", fontsize=9, color=theme.ink,
            path_effects=[withStroke(linewidth=2.5, foreground=theme.background)],
        )  # fmt: skip


def _power_axes(axes: Axes, power: pd.DataFrame, totals: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    people = pd.concat([power["n"], totals["n"]]) if len(totals) else power["n"]
    low, high = float(people.min()), float(people.max())
    axes.set_xlim(low / 1.25, high * 1.25)
    decades = [30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000]
    ticks = [tick for tick in decades if low / 1.25 <= tick <= high * 1.25] or [round(low)]
    axes.set_xticks(ticks, [count(tick) for tick in ticks])
    small, large = axes.get_ylim()
    steps = [tick for tick in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0) if small <= tick <= large]
    axes.set_yticks(steps, [f"{tick:g}" for tick in steps])
    axes.minorticks_off()
    axes.set(xlabel="participants (log scale)", ylabel="standardised |beta| (log scale)")


def _spoken_rows(power: pd.DataFrame) -> list[dict[str, Any]]:
    """Take the ends of every curve: words cannot carry all of it."""
    ordered = power.sort_values("n", kind="stable")
    ends = pd.concat([ordered.groupby("label", sort=False).head(1),
                      ordered.groupby("label", sort=False).tail(1)])  # fmt: skip
    return [
        {str(key): value for key, value in row.items()}
        for row in ends[~ends.index.duplicated()].to_dict("records")
    ]


def _totals(observed: pd.DataFrame | None) -> pd.DataFrame:
    if observed is None:
        return pd.DataFrame()
    require(observed, ("modality", "feature", "score", "n", "beta"), table="associations")
    return observed[observed["feature"] == "total"]


def _merged(associations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    keys = ["modality", "feature", "score"]
    require(associations, (*keys, "beta", "ci_low", "ci_high"), table="associations")
    require(truth, (*keys, "planted"), table="truth")
    merged = associations.merge(truth[[*keys, "planted"]], on=keys, how="inner")
    merged = merged.dropna(subset=["beta", "planted"])
    if merged.empty:
        raise InputError(
            f"expected planted values for the {len(associations)} associations, got none that "
            "match by modality, feature and score; take the truth table of the same run"
        )
    return merged
