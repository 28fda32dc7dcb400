"""Sobol: a scrambled low-discrepancy sequence, spread evenly from the first points on.

Sobol' (1967) with Owen's scrambling, as in scipy.stats.qmc; the job's seed scrambles.
"""

from __future__ import annotations

from tuning_operator.search.domain import is_unordered
from tuning_operator.search.question import SOBOL, Question
from tuning_operator.search.random import random
from tuning_operator.search.space import Space, Values

# Trial n takes point n − 1. Where snapping to steps makes that a duplicate, it goes on to points
# n − 1 + LANE, n − 1 + 2 LANE, …: no other trial's number leads there (a job has at most 10,000
# trials), so two proposals made at the same time never take the same point.
LANE = 2**14
LANES = 32


def sobol(question: Question, share: float = 1.0) -> Values | None:
    """The next untried point of the sequence; of a space that is almost used up, what is left.

    share: the part of each range, around its middle, that the sequence fills. Of values without an
    order it is all, whatever the share: none of them lies farther out than another.
    """
    if question.used_up:
        return None
    for lane in range(LANES):
        units = _unit(question, question.number - 1 + lane * LANE)
        point = question.space.at(_inward(question.space, units, share))
        if question.untried(point):
            return point
    return question.remaining() or random(question)  # a narrow range without end has few places, too


def _inward(space: Space, units: list[float], share: float) -> list[float]:
    return [
        unit if is_unordered(values) else 0.5 + share * (unit - 0.5)
        for values, unit in zip(space.domains.values(), units, strict=True)
    ]


def _unit(question: Question, index: int) -> list[float]:
    """Point number `index` (0, 1, …) of the job's sequence, in the unit cube."""
    import numpy as np
    from scipy.stats import qmc

    scramble = np.random.default_rng(np.random.SeedSequence([question.problem.seed, SOBOL]))
    sequence = qmc.Sobol(len(question.space.names), scramble=True, seed=scramble)
    if index:  # scipy cannot skip no points
        sequence.fast_forward(index)
    point: list[float] = sequence.random(1)[0].tolist()
    return point
