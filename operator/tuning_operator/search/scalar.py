"""One loss of several objectives, another one for each proposal.

ParEGO (Knowles, 2006): objectives between 0 and 1 are weighted at random, and the
largest counts, so that each proposal looks for another part of the Pareto front.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tuning_operator.search.lessons import Lesson
from tuning_operator.search.question import WEIGHTS, Question
from tuning_operator.search.ranking import fronts

SUM = 0.05  # of the weighted sum, so that of two equal maxima the one better elsewhere wins
LEAST_REACH = 1e-3  # of the front, as a share of all losses: the front may be a single point


def scalar_losses(question: Question, learned: Sequence[Lesson]) -> list[float]:
    """The loss of each lesson, as this proposal sees it; of a single objective its own."""
    if len(question.problem.objectives) == 1:
        return [lesson.losses[0] for lesson in learned]
    best = {lesson.entry.number for lesson in next(fronts(question.problem, learned))}
    leading = [i for i, lesson in enumerate(learned) if lesson.entry.number in best]
    columns = [_by_front(column, leading) for column in zip(*(x.losses for x in learned), strict=True)]
    weights = question.random(WEIGHTS).dirichlet(np.ones(len(columns)))
    weighted = weights[:, None] * np.array(columns)
    result: list[float] = (weighted.max(axis=0) + SUM * weighted.sum(axis=0)).tolist()
    return result


def _by_front(column: Sequence[float], leading: Sequence[int]) -> Any:
    """The losses on a scale on which the Pareto front so far spans 0 to 1; zeros if all are equal.

    On the scale of all losses, the first and bad ones would decide which weights are even: the front
    would lie in a corner, which few weights look into.
    """
    values = np.asarray(column, dtype=float)
    # A power of two loses no digit, and leaves room to subtract.
    _, exponent = math.frexp(float(np.abs(values).max()))
    values = np.ldexp(values, -exponent)
    above = values - values[leading].min()
    reach = max(float(above[leading].max()), LEAST_REACH * float(above.max() - above.min()))
    return above / reach if reach > 0 else np.zeros_like(values)
