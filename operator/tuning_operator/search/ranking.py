"""Trials in fronts: those that nothing beats, then those that only the first beat, and so on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tuning_operator.search.feasibility import outside
from tuning_operator.search.lessons import Lesson
from tuning_operator.search.pareto import front
from tuning_operator.search.problem import Problem


def fronts(problem: Problem, learned: Sequence[Lesson]) -> Iterator[list[Lesson]]:
    """One front after another; then those that break a constraint, the nearest to it first.

    Constrained domination (Deb et al., 2002, section VI): what is allowed beats what is not,
    and of two that are not the one that lies less outside.
    """
    beyond = {x.entry.number: outside(problem, x.entry) for x in learned}
    left = [x for x in learned if beyond[x.entry.number] == 0]
    while left:
        leading = set(front([x.losses for x in left]))
        yield [x for i, x in enumerate(left) if i in leading]
        left = [x for i, x in enumerate(left) if i not in leading]
    broken = [x for x in learned if beyond[x.entry.number] > 0]
    yield from ([x] for x in sorted(broken, key=lambda x: (beyond[x.entry.number], x.entry.number)))


def crowding(losses: Sequence[Sequence[float]]) -> list[float]:
    """How far the neighbours of each row are apart (Deb et al., 2002, section III-B); ends: infinitely."""
    found = [0.0] * len(losses)
    for column in zip(*losses, strict=True):
        order = sorted(range(len(column)), key=column.__getitem__)
        reach = column[order[-1]] - column[order[0]]
        found[order[0]] = found[order[-1]] = math.inf
        if 0 < reach < math.inf:
            for before, at, after in zip(order, order[1:], order[2:], strict=False):
                found[at] += (column[after] - column[before]) / reach
    return found


def shares(column: Sequence[float]) -> list[float]:
    """Where each value stands between the least, 0, and the largest, 1; zeros if they are equal.

    What an objective is measured in, and what was added to it, is gone.
    """
    # The difference of halves cannot overflow; the halves of the smallest doubles are both 0.
    low, high = min(column) / 2, max(column) / 2
    return [(value / 2 - low) / (high - low) if high > low else 0.0 for value in column]
