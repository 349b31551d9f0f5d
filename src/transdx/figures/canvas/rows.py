"""Rows of result tables that figures are drawn from, and refusals of tables that lack them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from transdx import atlas, modalities
from transdx.errors import InputError, nearest
from transdx.results.schema import TABLES
from transdx.results.select import kind_of, scores_of
from transdx.study import known_scores

# Messages list so many names of what there is; a connectome has thousands.
_MOST_NAMED = 12
#: The global features of structure, which most plots of estimates show.
TOTALS = tuple((modality, "total") for modality in modalities.STRUCTURE)


def check_known(name: str, known: Iterable[str], *, what: str) -> None:
    """Refuse a name that is not among those known, and say which is nearest."""
    names = list(dict.fromkeys(known))
    if name not in names:
        listed = ", ".join(names[:_MOST_NAMED]) or "none"
        if len(names) > _MOST_NAMED:
            listed += f" and {len(names) - _MOST_NAMED} more"
        raise InputError(
            f"expected a {what} of the table ({listed}), got '{name}'{nearest(name, names)}"
        )


def taken(frame: pd.DataFrame, column: str, name: str, *, what: str = "") -> pd.DataFrame:
    """Take the rows of a name, which is `what` (as the column is called); refuse one without."""
    check_known(name, frame[column].astype(str), what=what or column)
    return frame[frame[column] == name]


def require(frame: pd.DataFrame, columns: Iterable[str], *, table: str) -> None:
    """Refuse a table that lacks a column, or has no row."""
    for column in columns:
        if column not in frame.columns:
            present = [str(name) for name in frame.columns]
            raise InputError(
                f"expected the column '{column}' in the table '{table}', got "
                f"{', '.join(present)}{nearest(column, present)}"
            )
    if frame.empty:
        raise InputError(f"expected at least one row in the table '{table}', got none")


def scores_in(frame: pd.DataFrame) -> list[str]:
    """List the scores of a table in reading order: known ones first, others as they come."""
    return [score for (score,) in members_in(frame, ("score",))]


def members_in(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """List the scores of a column, or the pairs of two columns, in reading order."""
    order = {score: place for place, score in enumerate(known_scores())}
    found = frame[list(columns)].drop_duplicates().astype(str).itertuples(index=False, name=None)
    return sorted(found, key=lambda scores: [order.get(score, len(order)) for score in scores])


def modalities_in(frame: pd.DataFrame) -> list[str]:
    """List the modalities of a table in reading order."""
    found = dict.fromkeys(frame["modality"].astype(str))
    known = [name for name in modalities.MODALITIES if name in found]
    return list(dict.fromkeys([*known, *found]))


def by_score(rows: pd.DataFrame) -> pd.DataFrame:
    """Put rows in the reading order of the scores."""
    return rows.sort_values("score", key=lambda score: score.map(scores_in(rows).index))


def select(associations: pd.DataFrame, *, modality: str) -> pd.DataFrame:
    """Take the regional rows of one modality; refuse if there is none."""
    require(associations, ("modality", "feature", "score", "beta"), table="associations")
    rows = taken(associations, "modality", modality)
    rows = rows[rows["feature"].map(kind_of) == "region"]
    if rows.empty:
        raise InputError(
            f"expected regional rows of {modality} in the table 'associations', got none; "
            "run the regional associations first"
        )
    return rows


def wanted_features(
    frame: pd.DataFrame, features: Sequence[tuple[str, str]] | None
) -> Sequence[tuple[str, str]]:
    """Take the pairs of modality and feature asked for; else the global ones the table holds."""
    if features is not None:
        for pair in features:
            if isinstance(pair, str) or len(pair) != 2:
                raise InputError(
                    "expected features as pairs such as ('surface_area', 'total'), "
                    f"got {pair!r}; name the modality too"
                )
        return features
    held = set(zip(frame["modality"], frame["feature"], strict=True))
    totals = sorted(pair for pair in held if pair[1] == "total")
    found = [pair for pair in TOTALS if pair in held] or totals
    if not found:
        raise InputError("expected rows with the feature 'total', got none; name the features")
    return found


def of_feature(frame: pd.DataFrame, modality: str, feature: str) -> pd.DataFrame:
    """Take the rows of one feature; refuse if there is none."""
    rows = taken(frame, "modality", modality)
    return taken(rows, "feature", feature, what=f"feature of {modality}")


def group_of(connections: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Take what is known of the functional or structural connectome of the group.

    Indexed by connection: mean, and included, as bool.
    """
    names = {f"{kind}_mean": "mean", f"{kind}_included": "included"}
    require(connections, ("connection", *names), table="connections")
    rows = connections.set_index("connection")[list(names)].rename(columns=names)
    return rows.astype({"mean": float, "included": bool})


def check(specificity: pd.DataFrame, *, score: str | None = None) -> pd.DataFrame:
    """Refuse a table that does not say what is shared and what is specific.

    Where nothing is associated or specific, the table that is returned has empty text.
    """
    require(specificity, TABLES["specificity"].names, table="specificity")
    compared = list(dict.fromkeys(specificity["compared"].astype(str)))
    if len(compared) > 1 or "+" not in compared[0]:
        raise InputError(
            "expected the same scores, two or more, in every row of the column 'compared' of "
            f"the table 'specificity', got {', '.join(compared)}; take the table of one run"
        )
    words = ["associated", "specific", "direction"]
    table = specificity.assign(**{name: specificity[name].fillna("") for name in words})
    named = {name for cell in pd.unique(table["associated"]) for name in cell.split("+") if name}
    for name in [*sorted(named), *([score] if score is not None else [])]:
        check_known(name, scores_of(table), what="score")
    return table


def regional(specificity: pd.DataFrame) -> pd.DataFrame:
    """Take the findings of regions, with the column region.

    A feature of both sides (amygdala reactivity) has a row for each.
    """
    rows = specificity[specificity["kind"] == "region"]
    places = [
        [name] if name in atlas.REGIONS else [f"{side}_{name}" for side in atlas.HEMISPHERES]
        for name in rows["feature"]
    ]
    each = rows.assign(region=pd.Series(places, index=rows.index, dtype=object))
    return each.explode("region", ignore_index=True)
