"""Points as rows of numbers between 0 and 1, in which near rows mean alike points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuning_operator.api import ParameterValue
from tuning_operator.search.domain import Choices, Domain
from tuning_operator.search.space import Space


class Features:
    """How a space's points become rows.

    A number or an ordered choice is one column, its place on the unit interval.
    A choice without an order is a column per value, so that any two values are
    equally far apart, at distance 1. A parameter that does not exist at a point
    stands in the middle. `groups` names each column's parameter by its index.
    """

    def __init__(self, space: Space) -> None:
        self._columns = [_columns(space.domains[name]) for name in space.names]
        self._names = space.names
        self.groups = tuple(i for i, width in enumerate(self._columns) for _ in range(width or 1))
        self._domains = [space.domains[name] for name in space.names]

    def rows(self, points: Sequence[Mapping[str, ParameterValue]]) -> Any:
        """An array of one row per point."""
        rows = [self._row(point) for point in points]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.groups))

    def _row(self, point: Mapping[str, ParameterValue]) -> list[float]:
        row: list[float] = []
        for name, width, domain in zip(self._names, self._columns, self._domains, strict=True):
            value = point.get(name)
            if width:
                row.extend(_hot(domain, value, width))
            else:
                row.append(0.5 if value is None else domain.unit(value))
        return row


def _columns(domain: Domain) -> int:
    """How many columns of zeros and ones a choice without an order takes; 0: a number's single one."""
    return domain.count if isinstance(domain, Choices) and not domain.ordinal else 0


def _hot(domain: Domain, value: ParameterValue | None, width: int) -> list[float]:
    assert isinstance(domain, Choices)
    row = [0.0] * width
    index = None if value is None else domain.index(value)
    if index is not None:
        row[index] = 0.5**0.5
    return row
