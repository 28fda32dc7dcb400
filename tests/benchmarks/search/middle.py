"""What the middle of each space is worth: our search begins there, and gains by what it happens to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tuning_operator.search.space import Space, Values

from tests.benchmarks.search.landscape import Landscape

DRAWS = 1000


@dataclass(frozen=True)
class Middle:
    """The middle. regret: without noise; 1 where it fails. better: the share of random points that are."""

    regret: float
    better: float


def middle(landscape: Landscape) -> Middle:
    """Compare the middle with random points (a fixed seed)."""
    space = Space(landscape.parameters)
    dimensions = len(space.names)

    def regret(values: Values) -> float:
        loss = landscape.loss(values)
        return 1.0 if loss is None else landscape.regret(loss)

    own = regret(space.at([0.5] * dimensions))
    draws = np.random.default_rng(0).random((DRAWS, dimensions)).tolist()
    return Middle(own, sum(regret(space.at(draw)) < own for draw in draws) / DRAWS)
