"""The whole interface of the search: what to try next."""

from __future__ import annotations

from collections.abc import Sequence

from tuning_operator.search.bayesian import bayesian
from tuning_operator.search.cmaes import cmaes
from tuning_operator.search.errors import UnknownAlgorithm
from tuning_operator.search.grid import grid, grid_space
from tuning_operator.search.nsga2 import nsga2
from tuning_operator.search.one_at_a_time import one_at_a_time
from tuning_operator.search.pesa2 import pesa2
from tuning_operator.search.problem import Entry, Exhausted, Problem, Proposal, Wait
from tuning_operator.search.question import Algorithm, Question
from tuning_operator.search.random import random
from tuning_operator.search.sobol import sobol
from tuning_operator.search.space import Space
from tuning_operator.search.tpe import tpe

ALGORITHMS: dict[str, Algorithm] = {
    "Bayesian": bayesian,
    "CMAES": cmaes,
    "Grid": grid,
    "NSGA2": nsga2,
    "OneAtATime": one_at_a_time,
    "PESA2": pesa2,
    "Random": random,
    "Sobol": sobol,
    "TPE": tpe,
}


def suggest(
    problem: Problem, history: Sequence[Entry], pending: Sequence[Entry], number: int
) -> Proposal | Wait | Exhausted:
    """What trial `number` (1, 2, …) tries, given the finished (history) and the running trials.

    Pure: the same arguments, in whatever order their parts come, give the same
    answer in any process. A proposal is no duplicate of a trial in history or
    pending, except an initial trial, which is proposed as it was asked for.
    Raises SearchError for a problem that cannot be searched.
    """
    algorithm = _algorithm(problem)
    whole = Space(problem.parameters)
    if number <= len(problem.initial):
        return Proposal(whole.own(problem.initial[number - 1]))
    space = whole if problem.narrowed is None else Space(problem.narrowed)
    point = algorithm(Question(problem, whole, space, _sorted(history), _sorted(pending), number))
    if point is None:
        points = size(problem)  # none of a range between two doubles, which may have no third
        return Exhausted(f"all {f'{points} ' if points else ''}points have been tried or are running")
    return Proposal(point)


def size(problem: Problem) -> int | None:
    """How many points there are for this algorithm to try; None: no end of them."""
    _algorithm(problem)
    searched = problem.narrowed or problem.parameters
    return (grid_space if problem.algorithm == "Grid" else Space)(searched).size


def _algorithm(problem: Problem) -> Algorithm:
    if problem.algorithm not in ALGORITHMS:
        raise UnknownAlgorithm(problem.algorithm, sorted(ALGORITHMS))
    return ALGORITHMS[problem.algorithm]


def _sorted(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.number))
