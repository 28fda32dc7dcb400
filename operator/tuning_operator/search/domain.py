"""The values that one parameter can take, and their place on the unit interval.

Algorithms think in numbers between 0 and 1; a domain turns them into the plain
JSON values that a trial gets, on the parameter's scale and step.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias, TypeGuard

from tuning_operator.api import Parameter, ParameterValue
from tuning_operator.search.errors import ImpossibleSpace

# Above this, a whole number as a float is no longer exact and stays a float.
EXACT = 2**53


@dataclass(frozen=True)
class Continuous:
    """Every double between min and max; `log` spreads them evenly over the orders of magnitude."""

    min: float
    max: float
    log: bool = False

    @property
    def count(self) -> None:
        """There is no end to them."""
        return None

    def at(self, unit: float) -> float:
        """The value at a place in [0, 1]; the ends are min and max themselves."""
        if self.log:
            value = _between_logs(self.min, self.max, unit)
        else:
            value = self.min * (1 - unit) + self.max * unit
        return min(max(value, self.min), self.max)

    def unit(self, value: ParameterValue) -> float:
        """The place of a value, in [0, 1]."""
        return _place(float(value), self.min, self.max, self.log)

    def own(self, value: ParameterValue) -> ParameterValue:
        """The value in the parameter's own JSON type."""
        return float(value) if isinstance(value, int | float) else value


@dataclass(frozen=True)
class Steps:
    """first, first + step, …: `count` numbers, of type int when `whole`.

    Decimals, because 0.1 + 2 · 0.1 is 0.3 to a person.
    """

    first: Decimal
    step: Decimal
    count: int
    log: bool = False
    whole: bool = False

    def nth(self, index: int) -> int | float:
        """Value number `index`, 0 … count − 1."""
        value = self.first + index * self.step
        return int(value) if self.whole else float(value)

    def index(self, value: ParameterValue) -> int | None:
        """Which value this is; None for one that is not on a step."""
        if value not in self._indices:
            self._indices[value] = self._index(value)
        return self._indices[value]

    def _index(self, value: ParameterValue) -> int | None:
        if not isinstance(value, int | float) or not math.isfinite(value):
            return None
        nearest = self._nearest(value)
        miss = abs(value - self.nth(nearest))
        return nearest if miss <= 1e-9 * float(self.step) else None

    def at(self, unit: float) -> int | float:
        """The value whose share of [0, 1] the place lies in."""
        if not self.log:
            return self.nth(min(int(unit * self.count), self.count - 1))
        index = round((_between_logs(*self.edges, unit) - float(self.first)) / float(self.step))
        return self.nth(min(max(index, 0), self.count - 1))

    def unit(self, value: ParameterValue) -> float:
        """The middle of the value's share, in [0, 1]."""
        if self.log:
            return _place(float(value), *self.edges, True)
        index = self.index(value)
        number = value if isinstance(value, int) else float(value)
        return ((self._nearest(number) if index is None else index) + 0.5) / self.count

    def own(self, value: ParameterValue) -> ParameterValue:
        """The value in the parameter's own JSON type."""
        if not isinstance(value, int | float):
            return value
        return int(value) if self.whole and float(value).is_integer() else float(value)

    def _nearest(self, value: float) -> int:
        # An int as it is: of those beyond 2^53 several are the same double.
        number = Decimal(value) if isinstance(value, int) else Decimal(repr(float(value)))
        index = int(((number - self.first) / self.step).to_integral_value())
        return min(max(index, 0), self.count - 1)

    @cached_property
    def _indices(self) -> dict[ParameterValue, int | None]:
        """What `index` has found: each proposal asks for every trial's values, and decimals are slow."""
        return {}

    @cached_property
    def edges(self) -> tuple[float, float]:
        """Half a step beyond both ends, so that these get a full share; above 0 for the logarithm."""
        first, half = float(self.first), float(self.step) / 2
        return max(first - half, first / 2) or first, float(self.nth(self.count - 1)) + half


@dataclass(frozen=True)
class Choices:
    """A list of values; `ordinal` when their order means something."""

    values: tuple[ParameterValue, ...]
    ordinal: bool

    @property
    def count(self) -> int:
        """How many."""
        return len(self.values)

    def nth(self, index: int) -> ParameterValue:
        """Value number `index`, 0 … count − 1."""
        return self.values[index]

    def index(self, value: ParameterValue) -> int | None:
        """Which value this is; None for one that is not in the list."""
        return self._indices.get(value)

    def at(self, unit: float) -> ParameterValue:
        """The value whose share of [0, 1] the place lies in."""
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    def unit(self, value: ParameterValue) -> float:
        """The middle of the value's share; of all, for a value that is not in the list."""
        index = self.index(value)
        return 0.5 if index is None else (index + 0.5) / self.count

    def own(self, value: ParameterValue) -> ParameterValue:
        """The value in the parameter's own JSON type."""
        index = self.index(value)
        return value if index is None else self.values[index]

    @cached_property
    def _indices(self) -> dict[ParameterValue, int]:
        return {value: i for i, value in enumerate(self.values)}


Finite: TypeAlias = Steps | Choices
Domain: TypeAlias = Continuous | Finite


def is_unordered(values: Domain) -> TypeGuard[Choices]:
    """Say whether none of the values lies between two others: no place is nearer to one than to the rest."""
    return isinstance(values, Choices) and not values.ordinal


def domain(parameter: Parameter) -> Domain:
    """The values of a parameter. Raises ImpossibleSpace where there are none."""
    if parameter.type == "bool":
        left = parameter.values or ["false", "true"]  # a narrowed space may have one of them
        return Choices(tuple(value == "true" for value in left), ordinal=False)
    if parameter.type == "categorical":
        return _choices(parameter, parameter.values or [], ordinal=bool(parameter.ordered))
    if parameter.type == "discrete":
        return _choices(parameter, [plain(n) for n in sorted(parameter.numbers or [])], ordinal=True)
    return _numeric(parameter)


def plain(number: float) -> int | float:
    """A whole number as an int, as JSON writes it."""
    return int(number) if float(number).is_integer() and abs(number) <= EXACT else float(number)


def _choices(parameter: Parameter, values: Sequence[ParameterValue], *, ordinal: bool) -> Choices:
    if not values:
        raise ImpossibleSpace(f"parameter {parameter.name}: name at least one value")
    return Choices(tuple(dict.fromkeys(values)), ordinal)


def _numeric(parameter: Parameter) -> Domain:
    low, high, log = _range(parameter)
    if parameter.type == "int":
        low, high = math.ceil(low), math.floor(high)
    elif parameter.step is None:
        return Continuous(low, high, log) if low < high else Choices((low,), ordinal=True)
    # A large double's shortest digits may lie beyond it: an int has to be inside as it is written.
    number = Decimal if parameter.type == "int" else _decimal
    first, step = number(low), _decimal(parameter.step or 1)
    count = math.floor((number(high) - first) / step) + 1
    if count < 1:
        raise ImpossibleSpace(f"parameter {parameter.name}: there is no whole number between min and max")
    if count > sys.float_info.max:  # of a step so fine nothing is left beside almost all of the doubles
        return Continuous(low, high, log)
    return Steps(first, step, count, log, whole=parameter.type == "int")


def _range(parameter: Parameter) -> tuple[float, float, bool]:
    low, high, log = parameter.min, parameter.max, parameter.scale == "log"
    if low is None or high is None or low > high:
        raise ImpossibleSpace(f"parameter {parameter.name}: min {low} and max {high} leave no value")
    if log and low <= 0:
        raise ImpossibleSpace(f"parameter {parameter.name}: a log scale needs min above 0, not {low}")
    if parameter.type == "int" and not float(parameter.step or 1).is_integer():
        raise ImpossibleSpace(f"parameter {parameter.name}: an int's step is whole, not {parameter.step}")
    return low, high, log


def _decimal(number: float) -> Decimal:
    return Decimal(repr(plain(number)))


def _between_logs(low: float, high: float, unit: float) -> float:
    exponent = math.log(low) * (1 - unit) + math.log(high) * unit
    return math.exp(min(exponent, math.log(high)))


def _place(value: float, low: float, high: float, log: bool) -> float:
    if log:
        low, high, value = math.log(low), math.log(high), math.log(max(value, low))
    # Halves: the width of [−1e308, 1e308] is no double.
    width = high / 2 - low / 2
    # Of neighbouring doubles the logarithms, or the halves, may be equal.
    place = (value / 2 - low / 2) / width if width else 0.5
    return min(max(place, 0.0), 1.0)
