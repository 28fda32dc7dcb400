"""Points as rows of numbers: where the value of each parameter stands, until one of them is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

import numpy as np

from tuning_operator.api import When
from tuning_operator.api.when import allows
from tuning_operator.search.domain import Choices, Continuous, Domain, Steps
from tuning_operator.search.space import Node, Point, Space


class Places:
    """The points of a space as a table: a column per parameter, in order of name.

    It holds the place of a value in [0, 1], as the parameter's domain has it, and NaN for a parameter that
    does not exist there. Thousands of candidates are drawn for every proposal; as dicts of values they took
    two thirds of its time.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._column = {name: i for i, name in enumerate(space.names)}

    def of(self, points: Iterable[Point]) -> Any:
        """The places of points; NaN also for a value that is none of its parameter's choices."""
        known = list(points)
        table = np.empty((len(known), len(self._column)))
        for i, (name, values) in enumerate(self._space.domains.items()):
            table[:, i] = _places(values, [point.get(name) for point in known])
        return table

    def held(self, points: Sequence[Point]) -> Any:
        """Of each point, whether all its values are their parameters': a narrowed space lacks some."""
        held = np.ones(len(points), dtype=bool)
        for name, values in self._space.domains.items():
            held &= _held(values, [point.get(name) for point in points])
        return held

    def settled(self, places: Any) -> Any:
        """Every place moved to that of the value which a trial would get, and to NaN where it gets none."""
        table = np.empty(places.shape)
        for i, values in enumerate(self._space.domains.values()):
            table[:, i] = _settled(values, places[:, i])
        if self._space.conditional:
            self._remove_below(self._space.roots, table)
        return np.where(np.isnan(table), np.nan, table + 0.0)  # of each number one way to write it

    def moved(self, places: Any, whole: Space) -> Any:
        """The same points' places in another space of the same parameters, whose ranges differ."""
        if whole is self._space:
            return places
        table = np.empty(places.shape)
        for i, name in enumerate(self._space.names):
            mine, theirs = self._space.domains[name], whole.domains[name]
            table[:, i] = places[:, i] if mine == theirs else _moved(mine, theirs, places[:, i])
        return table

    def _remove_below(self, nodes: Sequence[Node], table: Any) -> None:
        for node in nodes:
            if not node.children:
                continue
            lives = _living(node, table[:, self._column[node.name]])
            for child, exists in zip(node.children, lives, strict=True):
                table[~exists, self._column[child.name]] = np.nan
            self._remove_below(node.children, table)


def _living(node: Node, places: Any) -> list[Any]:
    """Of each child, at which of its parent's places it exists."""
    whens = [child.parameter.when for child in node.children]
    if _is_line(node.domain) and all(when and when.in_ is None for when in whens):
        low, high = node.domain.min, node.domain.max
        numbers = np.clip(low * (1 - places) + high * places, low, high)  # as the domain's `at` has them
        return [_within(w, numbers) for w in whens if w]
    unique, which = np.unique(places, return_inverse=True)
    values = [None if np.isnan(place) else node.domain.at(place) for place in unique.tolist()]
    return [np.array([bool(w and allows(w, v)) for v in values], dtype=bool)[which] for w in whens]


def _within(when: When, numbers: Any) -> Any:
    least = -math.inf if when.min is None else when.min
    most = math.inf if when.max is None else when.max
    return (numbers >= least) & (numbers <= most)


def _is_line(values: Domain) -> TypeGuard[Continuous]:
    """Say whether numpy finds places and values to the last bit as the domain does: without a logarithm."""
    return isinstance(values, Continuous) and not values.log


def _places(values: Domain, column: Sequence[Any]) -> Any:
    """The places of values; NaN for those that are missing or none of the domain's choices."""
    if not _is_line(values):
        return [_place(values, value) for value in column]
    low, width = values.min / 2, values.max / 2 - values.min / 2
    halves = np.array(column, dtype=float) / 2 - low
    return np.clip(halves / width if width else np.where(np.isnan(halves), np.nan, 0.5), 0.0, 1.0)


def _held(values: Domain, column: Sequence[Any]) -> Any:
    if isinstance(values, Continuous):
        numbers = np.array(column, dtype=float)
        return np.isnan(numbers) | ((numbers >= values.min) & (numbers <= values.max))
    return np.array([value is None or values.index(value) is not None for value in column], dtype=bool)


def _place(values: Domain, value: Any) -> float:
    if value is None or (isinstance(values, Choices) and values.index(value) is None):
        return np.nan
    return values.unit(value)


def _settled(values: Domain, places: Any) -> Any:
    if isinstance(values, Continuous):
        return places
    if isinstance(values, Steps) and values.log:
        return _settled_on_logs(values, places)
    return (np.minimum(np.floor(places * values.count), values.count - 1) + 0.5) / values.count


def _settled_on_logs(values: Steps, places: Any) -> Any:
    """What `Steps.at` and then `Steps.unit` give, for all places at once."""
    low, high = map(math.log, values.edges)
    first, step = float(values.first), float(values.step)
    number = np.exp(np.minimum(low * (1 - places) + high * places, high))
    index = np.clip(np.rint((number - first) / step), 0, values.count - 1)
    return (np.log(first + index * step) - low) / (high - low)


def _moved(mine: Domain, theirs: Domain, places: Any) -> Any:
    """What stands at a place of the one, in the other."""
    unique, which = np.unique(places, return_inverse=True)
    there = [np.nan if np.isnan(place) else theirs.unit(mine.at(place)) for place in unique.tolist()]
    return np.array(there, dtype=float)[which]
