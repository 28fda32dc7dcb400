"""CMAES: a normal distribution that moves, stretches and shrinks towards the better trials.

Hansen and Ostermeier, "Completely derandomized self-adaptation in evolution
strategies", 2001, by the library `cmaes` (Nomura and Shibata, 2024). Its state is
made anew for each proposal, by telling it all finished trials in the order of
their numbers, a generation at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuning_operator.search.feasibility import outside
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.question import BREEDING, Question
from tuning_operator.search.random import random
from tuning_operator.search.space import Values

SPREAD = 0.3  # of the first distribution, as a share of each range
DIGITS = 6  # of a place in the unit cube: what another BLAS kernel makes of the rest is not proposed
DRAWS = 50  # once it has shrunk onto the points of a grid, most draws are duplicates


def cmaes(question: Question) -> Values | None:
    """An untried point of the distribution; any, once that has shrunk to tried ones."""
    if question.used_up:
        return None
    import numpy as np

    from tuning_operator.search.cloud import Cloud

    size = len(question.space.names)
    seed = int(question.random(BREEDING).integers(2**31))
    bounds = np.array([[0.0, 1.0]] * size)
    strategy = Cloud(np.full(size, 0.5), SPREAD, bounds=bounds, seed=seed)
    learned = [x for x in lessons(question.problem, question.history) if _fits(question, x)]
    places = [np.array(_place(question, x)) for x in learned]
    told = list(zip(places, _ranks(question, learned), strict=True))
    generation = strategy.population_size
    for first in range(0, len(told) - generation + 1, generation):
        if strategy.should_stop():
            break
        strategy.tell(told[first : first + generation])
    for _ in range(DRAWS):
        point = question.space.at(np.round(strategy.ask(), DIGITS).tolist())
        if question.untried(point):
            return point
    return random(question)


def _fits(question: Question, lesson: Lesson) -> bool:
    """In a narrowed space the trials outside of it have no place."""
    return question.space.holds(lesson.entry.parameters)


def _place(question: Question, lesson: Lesson) -> list[float]:
    """In the unit cube. The manifest's rules keep parameters that may be missing away from this algorithm."""
    domains, values = question.space.domains, lesson.entry.parameters
    return [domains[name].unit(values[name]) if name in values else 0.5 for name in question.space.names]


def _ranks(question: Question, learned: Sequence[Lesson]) -> list[float]:
    """The order is all that it looks at: by how far a trial lies outside of the constraints, then by loss."""
    keys = [(outside(question.problem, x.entry), x.losses[0]) for x in learned]
    ranks = {key: float(rank) for rank, key in enumerate(sorted(set(keys)))}
    return [ranks[key] for key in keys]
