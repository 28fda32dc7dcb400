"""A parameter as a peer library sees it: a range, a whole range, places in an order, or a choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tuning_operator.api import Parameter, ParameterValue
from tuning_operator.api.when import allows

Values = dict[str, ParameterValue]


@dataclass(frozen=True)
class Axis:
    """One parameter.

    kind: "double" and "int" have low, high and log; "order" and "choice" have levels, and a peer
    is given the place in them, 0 … len(levels) − 1. A choice's order means nothing.
    """

    parameter: Parameter
    kind: Literal["double", "int", "order", "choice"]
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    levels: tuple[ParameterValue, ...] = ()

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def default(self) -> ParameterValue:
        """What an inactive parameter is told as to a peer that knows no conditions."""
        return self.levels[0] if self.levels else self.own(self.low)

    def own(self, value: float) -> ParameterValue:
        """A number of a peer (numpy's, too) in the parameter's JSON type, inside its range."""
        inside = min(max(float(value), self.low), self.high)
        return round(inside) if self.kind == "int" else inside

    def at(self, unit: float) -> ParameterValue:
        """The value at a place in [0, 1): even over the levels, or over the scale."""
        if self.levels:
            return self.levels[int(unit * len(self.levels))]
        half = 0.5 if self.kind == "int" else 0.0
        low, high = self.low - half, self.high + half
        if self.log:
            low, high = math.log(low), math.log(high)
            return self.own(math.exp(low + unit * (high - low)))
        return self.own(low + unit * (high - low))


def axis(parameter: Parameter) -> Axis:
    """The axis of a parameter. A stepped one has levels; on a log scale that is not supported."""
    if parameter.type == "bool":
        return Axis(parameter, "choice", levels=(False, True))
    if parameter.type == "categorical":
        levels = tuple(parameter.values or [])
        return Axis(parameter, "order" if parameter.ordered else "choice", levels=levels)
    if parameter.type == "discrete":
        numbers = sorted(parameter.numbers or [])
        return Axis(parameter, "order", levels=tuple(int(n) if n.is_integer() else n for n in numbers))
    assert parameter.min is not None
    assert parameter.max is not None
    if parameter.step is not None:
        return Axis(parameter, "order", levels=tuple(_steps(parameter)))
    return Axis(parameter, parameter.type, parameter.min, parameter.max, parameter.scale == "log")


def _steps(parameter: Parameter) -> Iterator[ParameterValue]:
    low, high, step = parameter.min or 0.0, parameter.max or 0.0, parameter.step or 1.0
    assert parameter.scale != "log", f"{parameter.name}: steps on a log scale"
    for index in range(math.floor((high - low) / step + 1e-9) + 1):
        value = low + index * step
        yield round(value) if parameter.type == "int" else round(value, 10)


def axes(parameters: Sequence[Parameter]) -> list[Axis]:
    """All axes, parents before the children that look at them."""
    found: dict[str, Axis] = {}
    waiting = list(parameters)
    while waiting:
        ready = [p for p in waiting if p.when is None or p.when.parameter in found]
        assert ready, f"{[p.name for p in waiting]} look at nothing"
        found.update((p.name, axis(p)) for p in ready)
        waiting = [p for p in waiting if p.name not in found]
    return list(found.values())


def is_active(of: Axis, values: Mapping[str, ParameterValue]) -> bool:
    """Whether the axis exists at these values of its parents."""
    when = of.parameter.when
    return when is None or (when.parameter in values and allows(when, values[when.parameter]))


def walk(along: Sequence[Axis], pick: Callable[[Axis], ParameterValue]) -> Values:
    """Picks a value for each axis that exists; `along` has parents first."""
    values: Values = {}
    for each in along:
        if is_active(each, values):
            values[each.name] = pick(each)
    return values
