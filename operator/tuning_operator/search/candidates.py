"""The points among which the best promise is sought: untried, on their steps, each once."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuning_operator.search.domain import is_unordered
from tuning_operator.search.places import Places
from tuning_operator.search.question import Question

# A candidate moves the share d^(−u) of the d parameters, u drawn evenly from 0 to this: 1 / √d to all.
FEWER = 0.5


class Candidates:
    """Draws untried points, as settled places; what was drawn before is not drawn again."""

    def __init__(self, question: Question, generator: np.random.Generator) -> None:
        self._space = question.space
        self._places = Places(question.space)
        self._generator = generator
        self._seen: set[bytes] = set()
        tried = self._places.of(question.tried)
        self._fresh(tried[self._places.held(question.tried)])
        domains = self._space.domains.values()
        self._unordered = [is_unordered(values) for values in domains]
        self._least = [1 / values.count if values.count else 0.0 for values in domains]  # to the next value

    def everything(self, most: int) -> Any | None:
        """All untried points, if the space has at most `most`; else None."""
        size = self._space.size
        if size is None or size > most:
            return None
        return self._fresh(self._places.of(map(self._space.nth, range(size))))

    def anywhere(self, count: int) -> Any:
        """Points from the whole space; fewer than `count` if some were drawn before."""
        return self._fresh(self._generator.random((count, len(self._space.names))))

    def around(self, centres: Any, count: int, radius: float) -> Any:
        """Points near the centres, which are places, in turn; some parameters move by about `radius`."""
        start = centres[np.arange(count) % len(centres)]
        alive = ~np.isnan(start)
        draws = self._generator.random((3, *start.shape))
        # Small moves, of one parameter at least: where many exist, what helps may be any number of them.
        many = np.maximum(alive.sum(axis=1, keepdims=True), 1)
        moves = draws[0] < many ** -(FEWER * self._generator.random((count, 1)))
        moves[np.arange(count), np.where(alive, draws[1], -1.0).argmax(axis=1)] = True
        steps = radius * self._generator.standard_normal(start.shape)
        steps = np.copysign(np.maximum(np.abs(steps), self._least), steps)
        place = np.where(moves, np.clip(start + steps, 0.0, 1.0), start)
        return self._fresh(np.where(alive & ~(moves & self._unordered), place, draws[2]))

    def _fresh(self, places: Any) -> Any:
        table = self._places.settled(places)
        fresh: dict[bytes, int] = {}
        for i, row in enumerate(table):
            key = row.tobytes()
            if key not in self._seen:
                fresh.setdefault(key, i)
        self._seen.update(fresh)
        return table[list(fresh.values())]
