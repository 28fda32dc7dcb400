"""Questions to the search, generated: any space, and histories long enough for every model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tuning_operator.api import BayesianOptions, Constraint, NSGA2Options, Objective, PESA2Options
from tuning_operator.search import Entry, Exhausted, Problem, Proposal, narrowed, suggest
from tuning_operator.search.problem import Outcome
from tuning_operator.search.space import Space, Values

from tests.search.builders import ALGORITHMS, FEW, parameter, spaces

# Time is no property of a proposal, and these spaces are filtered for good reason.
calm = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

ODD = (None, math.nan, math.inf, -math.inf, 0.0, 5e-324, 1e300, -1e300, 1.7e308)
LOST: tuple[Outcome, ...] = ("Failed", "Diverged", "Stopped", "Succeeded")
SURROGATES = ("GP", "RandomForest", "ExtraTrees", "GradientBoosting")
ACQUISITIONS = ("LogEI", "EI", "PI", "LCB")
RUNGS = (1, 3, 9)
RATE = parameter("rate", "double", min=1e-5, max=1, scale="log")


@dataclass(frozen=True)
class Kind:
    """An algorithm and how it was set up; of the trees' acquisitions each case draws one."""

    algorithm: Any
    surrogate: Any = "GP"
    acquisition: Any = None

    def __str__(self) -> str:
        return "-".join([self.algorithm, *[self.surrogate] * self.modelled, *[self.acquisition or ""]]).strip(
            "-"
        )

    @property
    def modelled(self) -> bool:
        return self.algorithm == "Bayesian"

    def stage(self) -> dict[str, Any]:
        """As a manifest has it, with a population that a few trials are several generations of."""
        options: dict[str, dict[str, Any]] = {
            "Bayesian": {"surrogate": self.surrogate, "acquisition": self.acquisition or "LogEI"},
            "NSGA2": {"population": FEW},
            "PESA2": {"population": FEW},
        }
        own = options.get(self.algorithm)
        return {"algorithm": self.algorithm} | ({self.algorithm.lower(): own} if own else {})


KINDS = (
    *[Kind(algorithm) for algorithm in ALGORITHMS if algorithm != "Bayesian"],
    *[Kind("Bayesian", "GP", acquisition) for acquisition in ACQUISITIONS],
    *[Kind("Bayesian", surrogate) for surrogate in SURROGATES[1:]],
)


@dataclass(frozen=True)
class Case:
    """What the search is asked."""

    problem: Problem
    history: tuple[Entry, ...]
    pending: tuple[Entry, ...]
    number: int

    def answer(self) -> Values | None:
        """What it proposes; None once the space is used up."""
        answer = suggest(self.problem, self.history, self.pending, self.number)
        assert isinstance(answer, Proposal | Exhausted), answer
        return dict(answer.parameters) if isinstance(answer, Proposal) else None


@st.composite
def cases(draw: st.DrawFn, kind: Kind, exact: bool = False) -> Case:
    """Any space with none to 60 finished trials, every second time more than any start phase.

    exact: every value is a small multiple of 1/4, or none, so that scaling and adding lose no digit.
    """
    # Two of three spaces never end: others are soon used up, and then no model is asked.
    parameters = draw(spaces()) + draw(st.sampled_from([(RATE,), (RATE,), ()]))
    of = Problem(
        parameters,
        _objectives(draw(st.integers(1, 1 if kind.algorithm in ("CMAES", "OneAtATime") else 3)), draw),
        kind.algorithm,
        seed=draw(st.integers(0, 2**31 - 1)),
        constraints=draw(st.sampled_from([(), (), (Constraint(metric="c", max=2),), LIMITS])),
        bayesian=BayesianOptions(
            surrogate=kind.surrogate, acquisition=kind.acquisition or draw(st.sampled_from(ACQUISITIONS))
        ),
        nsga2=NSGA2Options(population=FEW),
        pesa2=PESA2Options(population=FEW),
    )
    chance = Random(draw(st.integers(0, 2**32)))  # one number is a whole history: quick to draw
    done, running = draw(st.integers(30, 60) | st.integers(0, 12)), draw(st.integers(0, 6))
    mood = draw(st.sampled_from(EXACT_MOODS if exact else MOODS))
    history = _trials(of, mood, chance, range(1, done + 1))
    pending = [
        Entry(e.number, e.parameters) for e in _trials(of, mood, chance, range(done + 1, done + running + 1))
    ]
    if kind.modelled and draw(st.integers(0, 3)) == 3:
        of = replace(of, prior=(tuple(_trials(of, mood, chance, range(1, 9))),))
    if history and draw(st.integers(0, 3)) == 3:
        of = replace(of, narrowed=narrowed(of, history, 0.5, None))
    return Case(of, tuple(history), tuple(pending), done + running + 1)


LIMITS = (Constraint(metric="c", max=2), Constraint(metric="d", min=-1, max=1))


def _objectives(count: int, draw: st.DrawFn) -> tuple[Objective, ...]:
    goals = draw(st.lists(st.sampled_from(["Minimize", "Maximize"]), min_size=count, max_size=count))
    return tuple(Objective(metric=f"m{i}", goal=goal) for i, goal in enumerate(goals))


@dataclass(frozen=True)
class Mood:
    """How a history went, as shares of its trials.

    lost: did not succeed. odd: told no small number. alike: told the same. near: stand around the best.
    """

    lost: float = 0.0
    odd: float = 0.0
    alike: float = 0.0
    near: float = 0.0


EXACT_MOODS = (Mood(near=0.6), Mood(lost=0.3, near=0.2), Mood(), Mood(alike=1.0), Mood(lost=0.2, alike=0.7))
MOODS = (*EXACT_MOODS, Mood(lost=1.0, odd=1.0), Mood(lost=0.2, odd=0.3), Mood(odd=1.0), Mood(odd=0.05))


def _trials(of: Problem, mood: Mood, chance: Random, numbers: range) -> list[Entry]:
    space = Space(of.parameters)
    best = [[chance.random() for _ in space.names] for _ in of.objectives]
    return [_trial(of, space, best, mood, chance, number) for number in numbers]


def _trial(
    of: Problem, space: Space, best: list[list[float]], mood: Mood, chance: Random, number: int
) -> Entry:
    is_near, reach = chance.random() < mood.near, 10.0 ** -chance.randint(1, 5)
    values = space.at([_around(at, reach, chance) if is_near else chance.random() for at in best[0]])
    told = [_told(_quarters(space, values, at), mood, chance) for at in best]
    lost = chance.random() < mood.lost
    return Entry(
        number,
        values,
        chance.choice(LOST) if lost else "Succeeded",
        tuple(None if lost and chance.random() < 0.7 else value for value in told),
        tuple(_told(chance.randint(-16, 16) / 4, mood, chance) for _ in of.constraints),
        rungs={
            r: told[0] + chance.randint(0, 8) / 4
            for r in RUNGS[: chance.randint(0, 3)]
            if told[0] is not None
        },
        repeats=chance.choice([1, 1, 1, 3]),
    )


def _around(place: float, reach: float, chance: Random) -> float:
    return min(max(chance.gauss(place, reach), 0.0), 1.0)


def _quarters(space: Space, values: Values, best: list[float]) -> float:
    """A bowl over the places of the values, in quarters."""
    places = [space.domains[n].unit(values[n]) if n in values else 0.0 for n in space.names]
    return round(100 * math.dist(places, best)) / 4


def _told(value: float, mood: Mood, chance: Random) -> float | None:
    if chance.random() < mood.odd:
        return chance.choice(ODD)
    return 2.5 if chance.random() < mood.alike else value


def holds_for(cases: st.SearchStrategy[Case], examples: int, holds: Callable[[Case], None]) -> None:
    """Try a property on so many generated cases; fails with the smallest one that it does not hold for."""
    settings(calm, max_examples=examples)(given(cases)(holds))()


def shuffled(case: Case, chance: Random) -> Case:
    """The same question with its parts in another order."""
    of = case.problem
    parameters = tuple(chance.sample(of.parameters, len(of.parameters)))
    prior = tuple(tuple(chance.sample(job, len(job))) for job in of.prior)
    return replace(
        case,
        problem=replace(of, parameters=parameters, prior=prior),
        history=tuple(chance.sample(case.history, len(case.history))),
        pending=tuple(chance.sample(case.pending, len(case.pending))),
    )


def upside_down(case: Case, chance: Random) -> Case:
    """Some objectives, one at least, told as their negatives, and the goal turned round."""
    objectives = case.problem.objectives
    which = chance.sample(range(len(objectives)), chance.randint(1, len(objectives)))
    other = {"Minimize": "Maximize", "Maximize": "Minimize"}
    turned = tuple(
        Objective(metric=o.metric, goal=other[o.goal]) if i in which else o
        for i, o in enumerate(objectives)  # type: ignore[arg-type]
    )
    bent = _bent(case, [(lambda v: -v) if i in which else float for i in range(len(objectives))])
    return replace(bent, problem=replace(bent.problem, objectives=turned))


def scaled(case: Case, chance: Random) -> Case:
    """Each objective in another unit, a power of two of its own."""
    powers = [chance.randint(-60, 60) for _ in case.problem.objectives]
    return _bent(case, [lambda v, power=power: math.ldexp(v, power) for power in powers])


def moved(case: Case, chance: Random) -> Case:
    """To each objective something added that loses no digit."""
    offsets = [
        chance.randint(-(2 ** chance.randint(1, 20)), 2 ** chance.randint(1, 20)) / 4
        for _ in case.problem.objectives
    ]
    return _bent(case, [lambda v, offset=offset: v + offset for offset in offsets])


def _bent(case: Case, bend: list[Callable[[float], float]]) -> Case:
    def bent(entry: Entry) -> Entry:
        values = tuple(None if v is None else f(v) for v, f in zip(entry.values, bend, strict=True))
        return replace(entry, values=values, rungs={step: bend[0](v) for step, v in entry.rungs.items()})

    prior = tuple(tuple(map(bent, job)) for job in case.problem.prior)
    return replace(case, problem=replace(case.problem, prior=prior), history=tuple(map(bent, case.history)))
