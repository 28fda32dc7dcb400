"""The whole interface of the search: what to try next."""

from __future__ import annotations

from collections.abc import Sequence

from tuning_operator.search.errors import UnknownAlgorithm
from tuning_operator.search.problem import Entry, Exhausted, Problem, Proposal, Wait
from tuning_operator.search.question import Algorithm, Question
from tuning_operator.search.random import random
from tuning_operator.search.space import Space

ALGORITHMS: dict[str, Algorithm] = {"Random": random}


def suggest(
    problem: Problem, history: Sequence[Entry], pending: Sequence[Entry], number: int
) -> Proposal | Wait | Exhausted:
    """What trial `number` (1, 2, …) tries, given the finished (history) and the running trials.

    Pure: the same arguments, in whatever order their parts come, give the same
    answer in any process. A proposal is no duplicate of a trial in history or
    pending, except an initial trial, which is proposed as it was asked for.
    Raises SearchError for a problem that cannot be searched.
    """
    algorithm = _algorithm(problem.algorithm)
    space = Space(problem.parameters)
    if number <= len(problem.initial):
        return Proposal(space.own(problem.initial[number - 1]))
    point = algorithm(Question(problem, space, _sorted(history), _sorted(pending), number))
    return Exhausted(_why(problem, space)) if point is None else Proposal(point)


def _algorithm(name: str) -> Algorithm:
    if name not in ALGORITHMS:
        raise UnknownAlgorithm(name, list(ALGORITHMS))
    return ALGORITHMS[name]


def _sorted(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.number))


def _why(problem: Problem, space: Space) -> str:
    size = space.size
    return f"all {size} points have been tried or are running"
