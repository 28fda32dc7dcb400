"""Points as rows of numbers: where the value of each parameter stands, until one of them is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

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
        domains = self._space.domains.items()
        rows = [[_place(values, point.get(name)) for name, values in domains] for point in points]
        return np.array(rows, dtype=float).reshape(len(rows), len(self._column))

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
            places, which = np.unique(table[:, self._column[node.name]], return_inverse=True)
            values = [None if np.isnan(place) else node.domain.at(place) for place in places.tolist()]
            for child in node.children:
                when = child.parameter.when
                exists = np.array([bool(when and allows(when, value)) for value in values], dtype=bool)[which]
                table[~exists, self._column[child.name]] = np.nan
            self._remove_below(node.children, table)


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
