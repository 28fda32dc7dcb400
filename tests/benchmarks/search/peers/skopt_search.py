"""scikit-optimize's Optimizer: conditional spaces are flat, inactive parameters told as defaults.

It has no notion of running trials, so it is told a lie for each (the minimum so far). A lie can
not be taken back: with running trials every proposal comes from a fresh Optimizer that is told all.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from skopt import Optimizer
from skopt.space import Categorical, Dimension, Integer, Real
from tuning_operator.api import ParameterValue

from tests.benchmarks.search.axes import Axis, axes, walk
from tests.benchmarks.search.landscape import Landscape

warnings.filterwarnings("ignore", module="skopt")
warnings.filterwarnings("ignore", module="sklearn")


class SkoptSearch:
    """The default Optimizer: a Gaussian process, gp_hedge, ten random points first."""

    def __init__(self, landscape: Landscape, seed: int, workers: int) -> None:
        self._axes = axes(landscape.parameters)
        self._seed = seed
        self._running: dict[int, list[Any]] = {}
        self._told: list[tuple[list[Any], float | None]] = []
        self._only = self._optimizer() if workers == 1 else None

    def ask(self, number: int) -> Mapping[str, ParameterValue]:
        place = (self._only or self._informed()).ask()
        asked = dict(zip((a.name for a in self._axes), place, strict=True))
        values = walk(self._axes, lambda axis: from_skopt(axis, asked[axis.name]))
        self._running[number] = [to_skopt(a, values.get(a.name, a.default)) for a in self._axes]
        return values

    def tell(self, number: int, loss: float | None) -> None:
        self._told.append((self._running.pop(number), loss))
        if self._only:
            self._only.tell(self._told[-1][0], self._losses()[-1])

    def _informed(self) -> Optimizer:
        optimizer, losses = self._optimizer(), self._losses()
        lies = [min(losses, default=0.0)] * len(self._running)
        places = [*(place for place, _ in self._told), *self._running.values()]
        if places:
            optimizer.tell(places, losses + lies)
        return optimizer

    def _losses(self) -> list[float]:
        """Failures count as the worst that was seen."""
        worst = max((loss for _, loss in self._told if loss is not None), default=0.0)
        return [worst if loss is None else loss for _, loss in self._told]

    def _optimizer(self) -> Optimizer:
        return Optimizer([dimension(a) for a in self._axes], random_state=self._seed)


def dimension(axis: Axis) -> Dimension:
    prior = "log-uniform" if axis.log else "uniform"
    match axis.kind:
        case "double":
            return Real(axis.low, axis.high, prior=prior)
        case "int":
            return Integer(int(axis.low), int(axis.high), prior=prior)
        case "order":
            return Integer(0, len(axis.levels) - 1)
        case "choice":
            return Categorical(list(range(len(axis.levels))))


def from_skopt(axis: Axis, asked: Any) -> ParameterValue:
    return axis.levels[int(asked)] if axis.levels else axis.own(asked)


def to_skopt(axis: Axis, value: ParameterValue) -> Any:
    return axis.levels.index(value) if axis.levels else value
