"""What an algorithm is asked: everything it may look at, sorted, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from tuning_operator.api import Parameter, ParameterValue
from tuning_operator.search.problem import Entry, Problem
from tuning_operator.search.space import Key, Point, Space, Values

if TYPE_CHECKING:
    import numpy as np

# Which stream of random numbers is drawn from: no two uses share one.
RANDOM, SOBOL, BAYESIAN, REMAINDER, WEIGHTS, MODEL, BREEDING = 1, 2, 3, 4, 5, 6, 7


@dataclass(frozen=True)
class Question:
    """What to try as trial `number`, given the finished and the running trials (sorted by number).

    whole: all that a trial may have tried. space: what is searched in, the same unless narrowed.
    """

    problem: Problem
    whole: Space
    space: Space
    history: tuple[Entry, ...]
    pending: tuple[Entry, ...]
    number: int

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the searched space."""
        return self.problem.narrowed or self.problem.parameters

    @cached_property
    def tried(self) -> tuple[Point, ...]:
        """The points that finished or running trials stand on, once for each trial."""
        return tuple(entry.parameters for entry in (*self.history, *self.pending))

    @cached_property
    def used_up(self) -> bool:
        """Whether every point of a finite space has been tried."""
        size = self.space.size
        if size is None or size > len(self.tried):
            return False
        return sum(map(self.space.within, set(map(self.whole.key, self.tried)))) >= size

    def untried(self, values: Point) -> bool:
        """Whether no trial stands on this point."""
        return self.whole.key(values) not in self._beside[self.whole.mark(values)]

    @cached_property
    def _beside(self) -> _Beside:
        return _Beside(self.whole, self.tried)

    def random(self, stream: int) -> np.random.Generator:
        """Random numbers that depend on the job's seed and the trial's number alone."""
        import numpy as np

        return np.random.default_rng(np.random.SeedSequence([self.problem.seed, self.number, stream]))

    def remaining(self) -> Values | None:
        """An untried point of a finite space, sought from a random place on; None if there is none.

        For when drawing has hit tried points only: at most len(tried) steps.
        """
        size = self.space.size
        if size is None or self.used_up:
            return None
        start = int(self.random(REMAINDER).integers(min(size, 2**62)))
        ranks = ((start + step) % size for step in range(size))
        return next((point for point in map(self.space.nth, ranks) if self.untried(point)), None)


class _Beside(dict["ParameterValue | None", frozenset[Key]]):
    """The keys of tried points by their mark, made when they are asked for.

    With dozens of parameters the keys of thousands of trials cost more than all else, and a point need only
    be compared with those that share its mark.
    """

    def __init__(self, space: Space, tried: Iterable[Point]) -> None:
        super().__init__()
        self._space = space
        self._points: defaultdict[ParameterValue | None, list[Point]] = defaultdict(list)
        for point in tried:
            self._points[space.mark(point)].append(point)

    def __missing__(self, mark: ParameterValue | None) -> frozenset[Key]:
        self[mark] = keys = frozenset(map(self._space.key, self._points.get(mark, ())))
        return keys


Algorithm: TypeAlias = Callable[[Question], "Values | None"]
"""An untried point, or None when every point has been tried."""
