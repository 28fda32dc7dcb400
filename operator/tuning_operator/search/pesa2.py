"""PESA2: parents from the emptiest regions of the Pareto front.

Corne et al., "PESA-II: region-based selection in evolutionary multiobjective
optimization", 2001. The archive is made anew for each proposal from the finished
trials of earlier generations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, TypeAlias

from tuning_operator.search.breeding import child, parents_of
from tuning_operator.search.lessons import Lesson, lessons
from tuning_operator.search.question import BREEDING, Question
from tuning_operator.search.ranking import fronts, shares
from tuning_operator.search.sobol import sobol
from tuning_operator.search.space import Values

if TYPE_CHECKING:
    import numpy as np

DIVISIONS = 8  # of each objective's range within the archive

Regions: TypeAlias = list[list[Lesson]]


def pesa2(question: Question) -> Values | None:
    """A child of members of two thinly settled regions; of the first generation, the next Sobol point."""
    if question.used_up:
        return None
    population = question.problem.pesa2.population
    archive = _archive(question, population)
    if len(archive) < 2:
        return sobol(question)
    generator = question.random(BREEDING)
    regions = _regions(archive)
    mother, father = (_member(regions, generator) for _ in range(2))
    return child(question, mother.entry.parameters, father.entry.parameters, generator)


def _archive(question: Question, population: int) -> list[Lesson]:
    """The first front; of a larger one the most crowded regions lose their oldest members.

    A front of a single trial breeds with the next one: two alike parents have no children of their own.
    """
    learned = parents_of(question, lessons(question.problem, question.history), population)
    archive: list[Lesson] = []
    for leading in fronts(question.problem, learned):
        archive += leading
        if len(archive) > 1:
            break
    return _thinned(archive, population)


def _thinned(archive: list[Lesson], most: int) -> list[Lesson]:
    """At most `most` of them, in order of their numbers.

    The regions stay those of all: made anew for each one that leaves, a front of 10,000 took a minute.
    """
    regions = _regions(archive)
    fullest = [(-len(region), place) for place, region in enumerate(regions)]
    heapify(fullest)
    for _ in range(len(archive) - most):
        size, place = fullest[0]
        heapreplace(fullest, (size + 1, place))
    kept = [lesson for size, place in fullest if size for lesson in regions[place][size:]]
    return sorted(kept, key=lambda lesson: lesson.entry.number)


def _regions(archive: Sequence[Lesson]) -> Regions:
    """The archive's members by the box of the objectives' space that they lie in, in order of the boxes."""
    columns = [shares(column) for column in zip(*(x.losses for x in archive), strict=True)]
    boxes: dict[tuple[int, ...], list[Lesson]] = defaultdict(list)
    for lesson, place in zip(archive, zip(*columns, strict=True), strict=True):
        boxes[tuple(min(int(share * DIVISIONS), DIVISIONS - 1) for share in place)].append(lesson)
    return [boxes[box] for box in sorted(boxes)]


def _member(regions: Regions, generator: np.random.Generator) -> Lesson:
    """Any member of the emptier of two regions."""
    one, other = (regions[int(i)] for i in generator.integers(len(regions), size=2))
    region = min(one, other, key=len)
    return region[int(generator.integers(len(region)))]
