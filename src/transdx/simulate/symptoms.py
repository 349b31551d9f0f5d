"""What the simulated people answer: symptoms at three visits, the online questionnaire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from transdx._arrays import Floats, Ints
from transdx.cohort import Cohort
from transdx.fields import dictionary
from transdx.sample.scores import symptom_scores
from transdx.simulate.constants import KNOWN, number, numbers, pairs, stream
from transdx.simulate.people import NO_CODE, Columns, People, at_centre
from transdx.study import Score, Study, load_study

_STUDY = load_study("simulated")
#: Scores that everybody simulated is asked for; of any other that a study has, nothing is known.
SCORES = tuple(one for one in _STUDY.scores if one.name in KNOWN)
VISITS = (0, 2, 3)


@dataclass(frozen=True)
class Symptoms:
    """What people feel, before any of it is asked."""

    trait: Floats  # (n, 3): the lasting part
    felt: Columns  # the codes that full answers would have


def draw_symptoms(people: People, scores: Sequence[Score] = SCORES) -> Symptoms:
    """Draw symptoms from a latent-threshold model.

    A symptom at a visit is a lasting trait plus a part of that visit; an item is a
    noisy reading of the symptom, cut at the thresholds that give its known shares.
    """
    rng = stream(people.seed, "symptoms")
    n, root = len(people), _root()
    shift, variance = _shift(people)
    trait = rng.standard_normal((n, 3)) @ root.T
    stable, loading = numbers("symptoms.stability"), numbers("symptoms.loading")
    felt = {}
    for visit in VISITS:
        passing = rng.standard_normal((n, 3)) @ root.T
        state = np.sqrt(stable) * trait + np.sqrt(1 - stable) * passing + shift
        for column, one in enumerate(SCORES):
            for item in one.items:
                a = loading[column]
                reading = a * state[:, column] + np.sqrt(1 - a**2) * rng.standard_normal(n)
                spread = np.sqrt(1 + a**2 * variance[column])
                steps = cut(reading / spread, numbers(f"symptoms.{item}.shares"))
                felt[item, visit] = steps - int(one.offset)
    for one in scores:
        felt |= _further(one, people, trait.sum(axis=1), asked=felt)
    return Symptoms(trait=np.sqrt(stable) * trait + shift, felt=felt)


def _further(one: Score, people: People, burden: Floats, *, asked: Columns) -> Columns:
    """Draw the items of a score that only a study of one's own has, as nothing is known of it."""
    items = [item for item in one.items if (item, 0) not in asked]
    rng = stream(people.seed, f"symptoms {one.name}")
    r, stable, a = (number(f"symptoms.other.{what}") for what in ("burden", "stability", "loading"))
    own = rng.standard_normal(len(burden))
    trait = r * burden / burden.std() + np.sqrt(1 - r**2) * own
    fewer = number("symptoms.other.ladder") ** np.arange(one.highest / len(one.items) + 1)
    felt = {}
    for visit in VISITS:
        passing = rng.standard_normal(len(burden))
        state = np.sqrt(stable) * trait + np.sqrt(1 - stable) * passing
        for item in items:
            reading = a * state + np.sqrt(1 - a**2) * rng.standard_normal(len(burden))
            felt[item, visit] = cut(reading, fewer / fewer.sum()) - int(one.offset)
    return felt


def _root() -> Floats:
    """Take the root of the correlation of the three latent traits, shape (3, 3)."""
    upper = np.zeros((3, 3))
    upper[np.triu_indices(3, 1)] = numbers("symptoms.latent_correlation")
    return np.asarray(np.linalg.cholesky(upper + upper.T + np.eye(3)), dtype=np.float64)


def cut(reading: Floats, shares: Floats) -> Ints:
    """Cut a standard normal reading into 0, 1, ... so that the pieces have the given shares.

    >>> cut(np.array([-2.0, 0.0, 2.0]), np.array([0.25, 0.5, 0.25])).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(ndtri(np.cumsum(shares)[:-1]), reading).astype(np.int64)


def answer(people: People, symptoms: Symptoms) -> Columns:
    """Ask at the three visits; some do not know, some do not say, some are not asked."""
    rng = stream(people.seed, "answers")
    n = len(people)
    share = numbers("symptoms.missing.visit")
    known = zip(SCORES, numbers("symptoms.missing.answer"), strict=True)
    rates = {item: rate for one, rate in known for item in one.items}
    r = number("symptoms.missing.person")
    reticent = rng.standard_normal(n)
    answers = {}
    for visit in VISITS:
        unasked = rng.random(n) < (share[0] if visit == 0 else share[1])
        if visit == 3:
            unasked |= ~people.repeat
        for item in dict.fromkeys(item for item, _ in symptoms.felt):
            reading = np.sqrt(r) * reticent + np.sqrt(1 - r) * rng.standard_normal(n)
            silent = reading > -ndtri(rates.get(item, number("symptoms.other.missing")))
            declined = rng.random(n) < number("symptoms.missing.declined")
            # Sleeplessness has no "do not know".
            code = np.where(declined | (-1 not in dictionary()[item].special), -3, -1)
            given = np.where(silent, code, symptoms.felt[item, visit])
            answers[item, visit] = np.where(unasked, NO_CODE, given)
    return answers


def deal_anew(people: People, answers: Columns) -> Columns:
    """Deal the answers of some people at a visit anew among them, score by score."""
    given = dict(answers)
    for one, share in zip(SCORES, numbers("symptoms.dealt_anew"), strict=True):
        for visit in VISITS:
            rng = stream(people.seed, f"dealt anew {one.name} {visit}")
            chosen = rng.random(len(people)) < share
            # Who did not come again has no answers of that visit to give away.
            for group in (chosen & people.repeat, chosen & ~people.repeat):
                taken = np.arange(len(people))
                taken[group] = rng.permutation(taken[group])
                given |= {(item, visit): given[item, visit][taken] for item in one.items}
    return given


def score(answers: Columns, study: Study) -> Floats:
    """Score answers as the study does, (n, scores)."""
    codes = pd.DataFrame(answers)
    return symptom_scores(Cohort(codes.where(codes >= 0), study)).to_numpy()


def _shift(people: People) -> tuple[Floats, Floats]:
    """Give each person's expected standing by sex, age and centre, its variance, per trait."""
    women, decade = numbers("symptoms.women"), numbers("symptoms.per_decade") / 10
    share, age = number("people.women"), people.age[2] - number("people.age.mean")
    shift = np.outer(~people.male - share, women) + np.outer(age, decade)
    variance = share * (1 - share) * women**2 + (number("people.age.sd") * decade) ** 2
    there = at_centre(people, "people.centre.symptoms")
    return shift + there[:, None], variance + there.var()


def questionnaire(people: People, symptoms: Symptoms) -> dict[str, npt.NDArray[Any]]:
    """Fill in the online mental health questionnaire: PHQ-9, GAD-7, diagnoses.

    Field 20544 is text with ``|`` between codes, None where empty.
    """
    rng = stream(people.seed, "questionnaire")
    n = len(people)
    taken = rng.random(n) < number("mhq.taken")
    columns: dict[str, npt.NDArray[Any]] = {}
    for field, codes in _recent(rng, symptoms).items():
        silent = rng.random(n) < number("mhq.missing.item")
        columns[field] = np.where(taken, np.where(silent, -818, codes), NO_CODE)
    help_, distress, diagnoses = _lifetime(rng, symptoms)
    columns["20499"] = np.where(taken, help_, NO_CODE)
    columns["20500"] = np.where(taken, distress, NO_CODE)
    # The list of diagnoses is shown only to those who said yes to one of the two gates.
    shown = taken & ((help_ == 1) | (distress == 1))
    diagnoses[~shown] = None
    columns["20544"] = diagnoses
    return columns


def _recent(rng: np.random.Generator, symptoms: Symptoms) -> dict[str, Ints]:
    """Draw the items on the last two weeks."""
    n = len(symptoms.trait)
    stable = numbers("symptoms.stability")
    state = symptoms.trait + np.sqrt(1 - stable) * (rng.standard_normal((n, 3)) @ _root().T)
    sleep, low, worry = (column / column.std() for column in state.T)
    mix = number("mhq.gad7.mixture")
    worry = mix * worry + np.sqrt(1 - mix**2) * (low + rng.standard_normal(n)) / np.sqrt(2)
    low, worry = low / low.std(), worry / worry.std()
    share = number("mhq.phq9.sleep")
    restless = share * sleep + np.sqrt(1 - share**2) * low
    half, daily = numbers("mhq.ladder")
    items = {}
    for held, state_ in zip(_STUDY.validation, (low, worry), strict=True):
        name = held.questionnaire.lower().replace("-", "")
        a = number(f"mhq.{name}.loading")
        for field, rate in zip(held.items, numbers(f"mhq.{name}.rates"), strict=True):
            source = restless / restless.std() if field == "20517" else state_
            reading = a * source + np.sqrt(1 - a**2) * rng.standard_normal(n)
            shares = [1 - rate, rate * (1 - half), rate * (half - daily), rate * daily]
            items[field] = cut(reading, np.array(shares)) + 1
    return items


def _lifetime(
    rng: np.random.Generator, symptoms: Symptoms
) -> tuple[Ints, Ints, npt.NDArray[np.object_]]:
    """Draw the gate questions and the diagnoses ever told by a professional."""
    n = len(symptoms.trait)
    trait = (symptoms.trait - symptoms.trait.mean(axis=0)) / symptoms.trait.std(axis=0)
    r, shared = number("mhq.liability"), number("mhq.liability_shared")
    common = rng.standard_normal(n)
    own = np.sqrt(shared) * common[:, None] + np.sqrt(1 - shared) * rng.standard_normal((n, 3))
    liability = r * trait[:, [1, 2, 2]] + np.sqrt(1 - r**2) * own
    rates = [number(f"mhq.{name}") for name in ("depression", "anxiety", "panic")]
    told = {
        code: liability[:, column] > -ndtri(rate)
        for column, (code, rate) in enumerate(zip((11, 15, 6), rates, strict=True))
    }
    for code, rate in pairs("mhq.others").items():
        told[code] = rng.random(n) < rate
    diagnosed = np.any(list(told.values()), axis=0)
    burden = liability[:, 0] * 0.6 + 0.8 * rng.standard_normal(n)
    gates = []
    for name in ("help", "distress"):
        # Those diagnosed said yes; the rest fill the share up from the most burdened.
        spare = (number(f"mhq.{name}") - diagnosed.mean()) / (1 - diagnosed.mean())
        edge = np.quantile(burden[~diagnosed], 1 - max(spare, 0.02))
        yes = (diagnosed & (rng.random(n) < 0.9)) | (burden > edge)
        gates.append(_declining(rng, yes.astype(np.int64)))
    codes = sorted(told)
    people = np.column_stack([told[code] for code in codes])
    given = ["|".join(str(codes[place]) for place in np.flatnonzero(row)) for row in people]
    listed = np.array([text or None for text in given], dtype=object)
    declined = rng.random(n) < numbers("mhq.missing.gate")[0]
    group = np.where(rng.random(n) < 0.5, "-818", "-819").astype(object)
    return gates[0], gates[1], np.where(declined, group, listed)


def _declining(rng: np.random.Generator, codes: Ints) -> Ints:
    declined, unknown = numbers("mhq.missing.gate")
    draw = rng.random(len(codes))
    codes = np.where(draw < declined, -818, codes)
    return np.where((draw >= declined) & (draw < declined + unknown), -121, codes)
