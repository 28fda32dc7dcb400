"""What earlier jobs teach this one, whose parameters may be others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuning_operator.search.lessons import Lesson, chosen, lessons
from tuning_operator.search.normal import normal
from tuning_operator.search.problem import Entry
from tuning_operator.search.question import Question
from tuning_operator.search.scalar import scalar_losses
from tuning_operator.search.space import Point, Values

MOST = 150  # trials of earlier jobs, all together


@dataclass(frozen=True)
class Prior:
    """points, losses: of the earlier trials. jobs: of each, the number of its job, from 1."""

    points: Sequence[Point]
    losses: Any
    jobs: Sequence[int]


def prior(question: Question) -> Prior:
    """The trials of earlier jobs that have a place in this space.

    A parameter that is unknown here is left out, one that a trial lacks stays missing, and a trial
    outside of the space, or of which nothing is known here, is dropped. Each job's losses are shifted
    and scaled by themselves: what it was offset by, other data or a longer training, is no signal.
    """
    points: list[Point] = []
    losses: list[Any] = [np.empty(0)]
    jobs: list[int] = []
    for job, entries in enumerate(question.problem.prior, start=1):
        learned = [
            x
            for x in lessons(question.problem, _sorted(entries))
            if (known := _known(question, x)) and question.whole.holds(known)
        ]
        scalar = scalar_losses(question, learned) if learned else []
        keep = chosen(scalar, MOST // len(question.problem.prior))
        points += [_known(question, learned[i]) for i in keep]
        losses.append(normal([scalar[i] for i in keep]) if keep else np.empty(0))
        jobs += [job] * len(keep)
    return Prior(points, np.concatenate(losses), jobs)


def _known(question: Question, lesson: Lesson) -> Values:
    return {name: v for name, v in lesson.entry.parameters.items() if name in question.whole.domains}


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.number)
