"""Points as rows of numbers, in which near rows mean alike points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import cos, sin
from typing import Any, TypeAlias

import numpy as np

from tuning_operator.api import ParameterValue
from tuning_operator.search.domain import Choices, Continuous, Domain
from tuning_operator.search.space import Space

Columns: TypeAlias = Callable[[ParameterValue | None], Sequence[float]]


class Features:
    """How a space's points become rows.

    A number or an ordered choice is one column, its place on the unit interval.
    A choice without an order is a column per value, so that any two values are
    equally far apart, at distance 1. A number that exists only sometimes is a
    point on an arc around the origin, and stands at the origin when it does not
    exist: as far from any of its values as its ends from one another, whatever
    the values of others (Swersky et al., "Raiders of the lost architecture", 2014).
    `groups` names each column's parameter by its index.

    jobs: how many earlier jobs there are. If any, the job is a parameter of its own.
    """

    def __init__(self, space: Space, jobs: int = 0) -> None:
        self._names = space.names
        self._columns = [_columns(space.domains[name], name in space.conditional) for name in space.names]
        widths = [len(columns(None)) for columns in self._columns]
        self._width = sum(widths)
        self._job = _hot(Choices(tuple(range(jobs + 1)), ordinal=False)) if jobs else None
        widths += [jobs + 1] if jobs else []
        self.groups = tuple(i for i, width in enumerate(widths) for _ in range(width))

    def rows(self, points: Sequence[Mapping[str, ParameterValue]], jobs: Sequence[int] | None = None) -> Any:
        """An array of one row per point. jobs: of each, the earlier job (1, 2, …) or this one (0)."""
        named = list(zip(self._names, self._columns, strict=True))
        rows = [[x for name, columns in named for x in columns(point.get(name))] for point in points]
        table = np.array(rows, dtype=float).reshape(len(rows), self._width)
        if self._job is None:
            return table
        of = [self._job(job) for job in jobs or [0] * len(rows)]
        return np.hstack(
            [table, np.array(of, dtype=float).reshape(len(rows), -1 if rows else len(self._job(0)))]
        )


def _columns(domain: Domain, conditional: bool) -> Columns:
    if isinstance(domain, Choices) and not domain.ordinal:
        return _hot(domain)
    columns = _arc(domain) if conditional else _line(domain)
    # Candidates take the same few values again and again; of a continuous one hardly any comes twice.
    return columns if isinstance(domain, Continuous) else cache(columns)


def _arc(domain: Domain) -> Columns:
    return lambda value: (0.0, 0.0) if value is None else (cos(domain.unit(value)), sin(domain.unit(value)))


def _line(domain: Domain) -> Columns:
    # Only trials of other jobs lack a parameter that always exists: they say nothing about it.
    return lambda value: (0.5 if value is None else domain.unit(value),)


def _hot(domain: Choices) -> Columns:
    none = (0.0,) * domain.count
    rows = {v: (*none[:i], 0.5**0.5, *none[i + 1 :]) for i, v in enumerate(domain.values)}
    return lambda value: none if value is None else rows.get(value, none)
