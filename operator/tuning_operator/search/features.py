"""Points as rows of numbers, in which near rows mean alike points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from tuning_operator.search.domain import Domain, is_unordered
from tuning_operator.search.places import Places
from tuning_operator.search.space import Point, Space

Columns: TypeAlias = Callable[[Any], Any]
"""Turns the places of one parameter (n; NaN where it does not exist) into its columns (n × width)."""


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
        self._places = Places(space)
        self._columns = [_columns(space.domains[name], name in space.conditional) for name in space.names]
        self._jobs = jobs + 1 if jobs else 0
        nowhere = np.full(1, np.nan)
        widths = [columns(nowhere).shape[1] for columns in self._columns]
        widths += [self._jobs] if jobs else []
        self.groups = tuple(i for i, width in enumerate(widths) for _ in range(width))

    def rows(self, points: Sequence[Point], jobs: Sequence[int] | None = None) -> Any:
        """An array of one row per point. jobs: of each, the earlier job (1, 2, …) or this one (0)."""
        return self.at(self._places.of(points), jobs)

    def at(self, places: Any, jobs: Sequence[int] | None = None) -> Any:
        """The same of points that are known by the places of their values in this space."""
        columns = [of(places[:, i]) for i, of in enumerate(self._columns)]
        if self._jobs:
            columns.append(_hot(self._jobs)((np.array(jobs or [0] * len(places)) + 0.5) / self._jobs))
        return np.hstack(columns)


def _columns(domain: Domain, conditional: bool) -> Columns:
    if is_unordered(domain):
        return _hot(domain.count)
    return _arc if conditional else _line


def _arc(places: Any) -> Any:
    return np.nan_to_num(np.column_stack([np.cos(places), np.sin(places)]), nan=0.0)


def _line(places: Any) -> Any:
    # Only trials of other jobs lack a parameter that always exists: they say nothing about it.
    return np.nan_to_num(places, nan=0.5)[:, None]


def _hot(count: int) -> Columns:
    table = np.vstack([np.eye(count) * 0.5**0.5, np.zeros(count)])  # the last row: does not exist
    return lambda places: table[np.nan_to_num(np.floor(places * count), nan=count).astype(int)]
