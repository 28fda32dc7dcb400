"""The points among which the best promise is sought: untried, on their steps, each once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from tuning_operator.search.domain import Choices
from tuning_operator.search.question import Question
from tuning_operator.search.space import Key, Point, Values

# A candidate moves a share of the parameters, drawn between 1 / √(how many there are) and all of them.
FEWEST = 0.5


class Candidates:
    """Draws untried points; what was drawn before is not drawn again."""

    def __init__(self, question: Question, generator: np.random.Generator) -> None:
        self._space = question.space
        self._generator = generator
        self._seen: set[Key] = set(question.tried)
        domains = self._space.domains.values()
        self._unordered = [isinstance(values, Choices) and not values.ordinal for values in domains]
        self._least = [1 / values.count if values.count else 0.0 for values in domains]  # to the next value

    def everything(self, most: int) -> list[Values] | None:
        """All untried points, if the space has at most `most`; else None."""
        size = self._space.size
        return None if size is None or size > most else self._fresh(map(self._space.nth, range(size)))

    def anywhere(self, count: int) -> list[Values]:
        """Points from the whole space; fewer than `count` if some were drawn before."""
        places = self._generator.random((count, len(self._space.names))).tolist()
        return self._fresh(map(self._space.at, places))

    def around(self, centres: Sequence[Point], count: int, radius: float) -> list[Values]:
        """Points near the centres in turn, some parameters moved by about `radius` of their range."""
        start = np.array([self._place(centre) for centre in centres])[np.arange(count) % len(centres)]
        alive = ~np.isnan(start)
        draws = self._generator.random((3, *start.shape))
        # Small moves, of one parameter at least: where many exist, what helps may be any number of them.
        many = np.maximum(alive.sum(axis=1, keepdims=True), 1)
        moves = draws[0] < many ** -(FEWEST * self._generator.random((count, 1)))
        moves[np.arange(count), np.where(alive, draws[1], -1.0).argmax(axis=1)] = True
        steps = radius * self._generator.standard_normal(start.shape)
        steps = np.copysign(np.maximum(np.abs(steps), self._least), steps)
        place = np.where(moves, np.clip(start + steps, 0.0, 1.0), start)
        place = np.where(alive & ~(moves & self._unordered), place, draws[2])
        return self._fresh(map(self._space.at, place.tolist()))

    def _place(self, centre: Point) -> list[float]:
        """Where each parameter stands; NaN for one that does not exist there."""
        domains = self._space.domains.items()
        return [values.unit(centre[name]) if name in centre else math.nan for name, values in domains]

    def _fresh(self, points: Iterable[Values]) -> list[Values]:
        fresh = {}
        for point in points:
            key = tuple(point.items())  # a point that a space gives is written as its key is
            if key not in self._seen:
                fresh[key] = point
        self._seen.update(fresh)
        return list(fresh.values())
