"""The points among which the best promise is sought: untried, on their steps, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuning_operator.search.domain import Choices, Domain
from tuning_operator.search.question import Question
from tuning_operator.search.space import Key, Point, Values

if TYPE_CHECKING:
    import numpy as np


class Candidates:
    """Draws untried points; what was drawn before is not drawn again."""

    def __init__(self, question: Question, generator: np.random.Generator) -> None:
        self._space = question.space
        self._generator = generator
        self._seen: set[Key] = set(question.tried)

    def everything(self, most: int) -> list[Values] | None:
        """All untried points, if the space has at most `most`; else None."""
        size = self._space.size
        return None if size is None or size > most else self._fresh(map(self._space.nth, range(size)))

    def anywhere(self, count: int) -> list[Values]:
        """Points from the whole space; fewer than `count` if some were drawn before."""
        places = self._generator.random((count, len(self._space.names))).tolist()
        return self._fresh(map(self._space.at, places))

    def around(self, centres: Sequence[Point], count: int, radius: float) -> list[Values]:
        """Points near the centres in turn, a few parameters moved by about `radius` of their range."""
        moved = (self._moved(centres[i % len(centres)], radius) for i in range(count))
        return self._fresh(self._space.at(place) for place in moved)

    def _moved(self, centre: Point, radius: float) -> list[float]:
        names = self._space.names
        alive = [i for i, name in enumerate(names) if name in centre]
        # Small moves of a few parameters: one at least, on average three of those that exist.
        moving = self._generator.random(len(names)) < 3 / len(alive)
        moving[alive[self._generator.integers(len(alive))]] = True
        steps = self._generator.standard_normal(len(names)).tolist()
        fresh = self._generator.random(len(names)).tolist()
        place = []
        for name, moves, step, anywhere in zip(names, moving.tolist(), steps, fresh, strict=True):
            values, value = self._space.domains[name], centre.get(name)
            if value is None or (moves and _unordered(values)):
                place.append(anywhere)
            else:
                place.append(_shifted(values, values.unit(value), step * radius if moves else 0.0))
        return place

    def _fresh(self, points: Iterable[Values]) -> list[Values]:
        fresh = {}
        for point in points:
            key = tuple(point.items())  # a point that a space gives is written as its key is
            if key not in self._seen:
                fresh[key] = point
        self._seen.update(fresh)
        return list(fresh.values())


def _unordered(values: Domain) -> bool:
    return isinstance(values, Choices) and not values.ordinal


def _shifted(values: Domain, unit: float, shift: float) -> float:
    """The place after a move, which is at least to the next value."""
    if values.count and shift:
        shift = max(abs(shift), 1 / values.count) * (1 if shift > 0 else -1)
    return min(max(unit + shift, 0.0), 1.0)
