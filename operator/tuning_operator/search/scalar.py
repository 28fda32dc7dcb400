"""One loss of several objectives, another one for each proposal.

ParEGO (Knowles, 2006): objectives between 0 and 1 are weighted at random, and the
largest counts, so that each proposal looks for another part of the Pareto front.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tuning_operator.search.lessons import Lesson
from tuning_operator.search.normal import normal
from tuning_operator.search.question import WEIGHTS, Question

SUM = 0.05  # of the weighted sum, so that of two equal maxima the one better elsewhere wins


def scalar_losses(question: Question, learned: Sequence[Lesson]) -> list[float]:
    """The loss of each lesson, as this proposal sees it; of a single objective its own."""
    if len(question.problem.objectives) == 1:
        return [lesson.losses[0] for lesson in learned]
    columns = [_between_0_and_1(normal(column)) for column in zip(*(x.losses for x in learned), strict=True)]
    weights = question.random(WEIGHTS).dirichlet(np.ones(len(columns)))
    weighted = weights[:, None] * np.array(columns)
    result: list[float] = (weighted.max(axis=0) + SUM * weighted.sum(axis=0)).tolist()
    return result


def _between_0_and_1(values: Any) -> Any:
    reach = values.max() - values.min()
    return (values - values.min()) / reach if reach > 0 else np.zeros_like(values)
