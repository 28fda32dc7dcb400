"""What an algorithm is asked: everything it may look at, sorted, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from tuning_operator.api import Parameter
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
    def tried(self) -> frozenset[Key]:
        """The points that finished or running trials stand on."""
        return frozenset(self.whole.key(entry.parameters) for entry in (*self.history, *self.pending))

    @cached_property
    def used_up(self) -> bool:
        """Whether every point of a finite space has been tried."""
        size = self.space.size
        if size is None or size > len(self.tried):
            return False
        return sum(self.space.within(key) for key in self.tried) >= size

    def untried(self, values: Point) -> bool:
        """Whether no trial stands on this point."""
        return self.whole.key(values) not in self.tried

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


Algorithm: TypeAlias = Callable[[Question], "Values | None"]
"""An untried point, or None when every point has been tried."""
