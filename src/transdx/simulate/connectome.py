"""Simulated connectomes: how people differ from the typical connectome, made a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from transdx._arrays import Bools, Floats, Singles
from transdx.atlas import REGIONS, connections, ends, regions, split
from transdx.errors import TransdxError
from transdx.fields import read_table
from transdx.modalities import CONNECTIVITY, features
from transdx.simulate.constants import number, numbers, stream, words
from transdx.simulate.effects import Drivers, LowRank, make_room, plan_effects
from transdx.simulate.group import EQUATIONS, group_mean, network_ends
from transdx.simulate.people import People, at_centre, scanner_pattern
from transdx.simulate.quality import Scan, spoil_functional, spoil_structural
from transdx.simulate.shape import Cubic, shape_of

#: People who share a stream of random numbers; nothing else depends on it.
BLOCK = 250
_AMONG = "among:"
_STRUCTURAL, _FUNCTIONAL = CONNECTIVITY


@dataclass(frozen=True)
class Kind:
    """How the connections of one kind vary from person to person.

    The slopes are being a man, and a decade of age, motion with them included, and the scanner; the
    last factor is motion that these do not explain.
    """

    mean: Singles  # (3321,): the typical connectome
    spread: Singles  # (3321,): SD over people of one age and sex
    slopes: Singles  # (3, 3321)
    loadings: Singles  # (factors, 3321)
    unique: Singles  # (3321,): SD of what is a connection's own

    def draw(self, rng: np.random.Generator, motion: Singles) -> Singles:
        """Draw what neither age nor sex explains, for people who moved that much."""
        values = rng.standard_normal((len(motion), len(self.mean)), dtype=np.float32)
        values *= self.unique
        factors = rng.standard_normal((len(motion), len(self.loadings) - 1), dtype=np.float32)
        values += np.column_stack([factors, motion]) @ self.loadings
        return values


@dataclass(frozen=True)
class Wiring:
    """The connectomes of a cohort, not yet drawn."""

    seed: int
    kinds: dict[str, Kind]  # functional (correlation), presence (log odds), weight (logarithm)
    shape: Cubic  # of the noise of correlations
    standing: Singles  # (n, 3): being a man, decades of age, the scanner's shift, from their means
    motion: Singles  # (n,): motion that these do not explain, in SD
    signal: Singles  # (n, 3): what the symptoms send to the brain
    gamma: Singles  # (3321, 3): how it enters functional connections
    room: Singles  # (3321, 3): what of the noise makes room for it
    lacking: dict[str, Bools]  # by modality, who has no such image
    implied: pd.DataFrame  # modality, feature, score, planted

    def blocks(self) -> Iterator[dict[str, Singles]]:
        """Draw everybody's connectomes, in order, a block of people at a time.

        Per modality (people, 3321): correlations; weights, 0 where absent; NaN without the image.
        """
        for block, first in enumerate(range(0, len(self.motion), BLOCK)):
            rows = slice(first, first + BLOCK)
            # One thread and always the same people together, so that nothing rounds differently.
            with threadpool_limits(1):
                made = {
                    _STRUCTURAL: self._structural(rows, stream(self.seed, _STRUCTURAL, block)),
                    _FUNCTIONAL: self._functional(rows, stream(self.seed, _FUNCTIONAL, block)),
                }
            for modality, values in made.items():
                values[self.lacking[modality][rows]] = np.nan
            yield made

    def first(self, people: int) -> dict[str, Singles]:
        """Draw the connectomes of the first so many people, as from `blocks`."""
        blocks = list(islice(self.blocks(), -(-people // BLOCK)))
        return {
            modality: np.concatenate([block[modality] for block in blocks])[:people]
            for modality in CONNECTIVITY
        }

    def _functional(self, rows: slice, rng: np.random.Generator) -> Singles:
        kind = self.kinds["functional"]
        values = kind.draw(rng, self.motion[rows])
        driven = self.signal[rows] - values @ self.room
        values /= kind.spread
        values = self.shape.bend(values)
        values *= kind.spread
        values += np.column_stack([self.standing[rows], driven]) @ np.vstack(
            [kind.slopes, self.gamma.T]
        )
        values += kind.mean
        spoil_functional(values, rng)
        return np.clip(values, -0.99, 0.99, out=values)

    def _structural(self, rows: slice, rng: np.random.Generator) -> Singles:
        drawn = {}
        for name in ("presence", "weight"):
            kind = self.kinds[name]
            drawn[name] = kind.draw(rng, self.motion[rows])
            drawn[name] += self.standing[rows] @ kind.slopes + kind.mean
        weights = np.exp(drawn["weight"], out=drawn["weight"])
        return spoil_structural(weights, drawn["presence"] > 0, rng)


def wire(people: People, drivers: Drivers, effects: pd.DataFrame, visit: Scan) -> Wiring:
    """Plan the connectomes of a cohort, who moved in the scanner as at `visit`."""
    standing = np.column_stack(
        [people.male, people.age[2] / 10, at_centre(people, "scanner.shift")]
    )
    standing -= standing.mean(axis=0)
    follows, motion = _motion(standing, visit)
    kinds = {name: _kind(name, follows) for name in EQUATIONS}
    gamma, room, implied = _plan(effects, drivers, kinds["functional"], standing)
    return Wiring(
        seed=people.seed,
        kinds=kinds,
        shape=shape_of("connectome.functional.shape"),
        standing=standing.astype(np.float32),
        motion=motion.astype(np.float32),
        signal=drivers.signal.astype(np.float32),
        gamma=gamma.astype(np.float32),
        room=room.astype(np.float32),
        lacking={
            _STRUCTURAL: np.isnan(visit.measures["25746"]),
            _FUNCTIONAL: np.isnan(visit.measures["25741"]),
        },
        implied=pd.concat(
            [_nothing_structural(effects, drivers.scores), implied], ignore_index=True
        ),
    )


def _motion(standing: Floats, visit: Scan) -> tuple[Floats, Floats]:
    """Split log motion, in SD, into what follows sex, age and scanner, and the rest."""
    middle, spread = numbers("quality.25741")
    moved = np.log(visit.measures["25741"] / middle) / spread
    seen = ~np.isnan(moved)
    follows = np.linalg.lstsq(standing[seen], moved[seen] - moved[seen].mean(), rcond=None)[0]
    rest = moved - np.nanmean(moved) - standing @ follows
    return follows, np.where(seen, rest / np.nanstd(rest), 0)


def _kind(name: str, follows: Floats) -> Kind:
    """Put one kind of value together; everything is scaled to a connection's SD at the end."""
    mean = group_mean(name)
    spread = np.full(len(mean), number(f"connectome.{name}.sd"))
    if name == "functional":
        # A correlation near one varies less.
        spread = spread * (1 - mean**2)
    men, decade, motion = (
        _with_distance(*numbers(f"connectome.{name}.{what}"))
        for what in ("men", "decade", "motion")
    )
    common = _common(*numbers(f"connectome.{name}.shares"))
    if name == "functional":
        motion = motion + number("connectome.functional.motion_places") * _in_places()
        common[:, 0] *= _taking_part()
    unique = 1 - (common**2).sum(axis=1)
    loadings = np.column_stack([common, motion]).T * spread
    own = np.array([men, decade, scanner_pattern(name, len(mean))])
    slopes = (own + np.outer(follows, motion)) * spread
    parts = (mean, spread, slopes, loadings, np.sqrt(unique) * spread)
    return Kind(*(part.astype(np.float32) for part in parts))


def _with_distance(overall: float, further: float) -> Floats:
    """Give an effect that is `overall` at a middling distance, `further` more per SD of it."""
    distance = np.log(connections()["distance"].to_numpy())
    return np.asarray(overall + further * (distance - distance.mean()) / distance.std())


def _in_places() -> Floats:
    """Say which share of the ends of each connection lies in the regions that motion acts on."""
    inside = np.isin(
        [split(region)[1] for region in REGIONS], words("connectome.functional.motion_regions")
    )
    a, b = ends()
    return np.asarray((inside[a] + 0.0 + inside[b]) / 2)


def _taking_part() -> Floats:
    """Say how much each connection takes part in what all have in common; its mean square is 1."""
    part = network_ends() @ numbers("connectome.functional.networks") / 2
    return np.asarray(part / np.sqrt((part**2).mean()))


def _common(everywhere: float, network: float, place: float) -> Floats:
    """Load connections on a factor of the whole brain, of each network, and of three axes.

    The arguments are the shares of variance, of a connection between two networks and at one
    SD from the middle of the brain.
    """
    a, b = ends()
    places = regions()[list("xyz")].to_numpy()
    middle = (places[a] + places[b]) / 2
    axes = (middle - middle.mean(axis=0)) / middle.std(axis=0)
    return np.column_stack(
        [
            np.full(len(a), np.sqrt(everywhere)),
            network_ends() * np.sqrt(network / 2),
            axes * np.sqrt(place / 3),
        ]
    )


def _plan(
    effects: pd.DataFrame, drivers: Drivers, kind: Kind, standing: Floats
) -> tuple[Floats, Floats, pd.DataFrame]:
    """Plan the effects on functional connections; the total is that of the analysed ones."""
    covariance = LowRank(kind.loadings.T.astype(float), kind.unique.astype(float) ** 2)
    spread = np.linalg.cholesky(np.cov(standing[drivers.analysable], rowvar=False))
    explained = LowRank(kind.slopes.T.astype(float) @ spread, np.zeros(len(kind.mean)))
    analysed = kind.mean > number("connectome.functional.analysed")
    gamma, implied = plan_effects(
        _each_connection(effects[effects["modality"] == _FUNCTIONAL]),
        drivers,
        names=[(_FUNCTIONAL, feature) for feature in features(_FUNCTIONAL)],
        totals={_FUNCTIONAL: analysed.astype(float)},
        covariance=covariance,
        explained=explained,
    )
    return gamma, make_room(covariance, drivers, gamma), implied


def _each_connection(effects: pd.DataFrame) -> pd.DataFrame:
    """Write effects among the regions of sets (``among:D1+DAT``) as effects on connections."""
    among = effects["feature"].str.startswith(_AMONG)
    pieces = [effects[~among]]
    for row in effects[among].to_dict("records"):
        weight = _among(row["feature"].removeprefix(_AMONG).split("+"))
        both = {"feature": features(_FUNCTIONAL), "beta": row["beta"] * weight}
        pieces.append(pd.DataFrame(row | both)[weight > 0])
    return pd.concat(pieces)


def _among(names: list[str]) -> Floats:
    """Weigh connections: the product of the shares of the sets that their two ends are in."""
    table = read_table("region_sets.csv")
    if missing := set(names) - set(table["name"]):
        raise TransdxError(f"region_sets.csv lacks {', '.join(sorted(missing))}")
    held = [set(table.loc[table["name"] == name, "region"]) for name in names]
    share = np.array([[region in members for members in held] for region in REGIONS]).mean(axis=1)
    a, b = ends()
    return np.asarray(share[a] * share[b])


def _nothing_structural(effects: pd.DataFrame, scores: Sequence[str]) -> pd.DataFrame:
    if (effects["modality"] == _STRUCTURAL).any():
        raise TransdxError("planted_effects.csv plants on structural connections, which have none")
    names = [*features(_STRUCTURAL), "total"]
    table = pd.DataFrame({"feature": names * len(scores), "score": np.repeat(scores, len(names))})
    return table.assign(modality=_STRUCTURAL, planted=0.0)
