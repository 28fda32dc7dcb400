"""A loss over parameters of which all is known: what a search is measured on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
from tuning_operator.api import Parameter, ParameterValue

from tests.benchmarks.search.axes import axes, walk

DRAWS = 2001  # an odd number: the median is one of them
TYPICAL_SECONDS = 60.0


@dataclass(frozen=True)
class Landscape:
    """A problem.

    loss: without noise; None where an evaluation fails (diverges).
    best: the smallest loss there is.
    noise: the standard deviation of what an evaluation adds to the loss.
    seconds: what an evaluation takes; unset, a log-normal draw by seed and number.
    typical: the median loss of random points; unset, of 2,001 draws.
    """

    name: str
    parameters: tuple[Parameter, ...]
    loss: Callable[[Mapping[str, ParameterValue]], float | None]
    best: float
    noise: float = 0.0
    seconds: Callable[[Mapping[str, ParameterValue]], float] | None = None
    typical: float | None = None

    def observe(self, values: Mapping[str, ParameterValue], seed: int, number: int) -> float | None:
        """What trial `number` of the run `seed` reports: the same noise whoever asks."""
        loss = self.loss(values)
        if loss is None or not self.noise:
            return loss
        return loss + self.noise * float(np.random.default_rng([seed, number, 1]).standard_normal())

    def duration(self, values: Mapping[str, ParameterValue], seed: int, number: int) -> float:
        """Simulated seconds of trial `number` of the run `seed`."""
        if self.seconds is not None:
            return self.seconds(values)
        return TYPICAL_SECONDS * math.exp(
            0.5 * float(np.random.default_rng([seed, number, 2]).standard_normal())
        )

    @cached_property
    def median(self) -> float:
        """The median loss of random points; failures count as the worst."""
        if self.typical is not None:
            return self.typical
        losses = [self.loss(point) for point in draw(self.parameters, DRAWS)]
        return float(median(math.inf if loss is None else loss for loss in losses))

    def regret(self, loss: float | None) -> float:
        """0: the best there is; 1: the median random point, and whoever has no point yet."""
        return 1.0 if loss is None else (loss - self.best) / (self.median - self.best)


def draw(parameters: Sequence[Parameter], count: int, seed: int = 0) -> list[dict[str, ParameterValue]]:
    """Random points: each parameter independent and even over its scale."""
    along, generator = axes(parameters), np.random.default_rng(seed)
    return [walk(along, lambda axis: axis.at(float(generator.random()))) for _ in range(count)]
