"""Points as rows of numbers, in which near rows mean alike points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np

from tuning_operator.search.domain import Domain, is_unordered
from tuning_operator.search.places import Places
from tuning_operator.search.space import Point, Space

Columns: TypeAlias = Callable[[Any], Any]
"""Turns the places of like parameters (n × parameters; NaN where one does not exist) into their columns."""


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
        every = [_columns(space.domains[name], name in space.conditional) for name in space.names]
        self._jobs = jobs + 1 if jobs else 0
        nowhere = np.full((1, 1), np.nan)
        widths = [columns(nowhere).shape[1] for columns in every]
        widths += [self._jobs] if jobs else []
        self.groups = tuple(i for i, width in enumerate(widths) for _ in range(width))
        self._neighbours = [(of, len(list(alike))) for of, alike in groupby(every)]

    def rows(self, points: Sequence[Point], jobs: Sequence[int] | None = None) -> Any:
        """An array of one row per point. jobs: of each, the earlier job (1, 2, …) or this one (0)."""
        return self.at(self._places.of(points), jobs)

    def at(self, places: Any, jobs: Sequence[int] | None = None) -> Any:
        """The same of points that are known by the places of their values in this space."""
        columns, start = [], 0
        for of, count in self._neighbours:  # all at once: dozens of parameters take as long as their calls
            columns.append(of(places[:, start : start + count]))
            start += count
        if self._jobs:
            job = np.array(jobs or [0] * len(places))
            columns.append(_hot(self._jobs)((job[:, None] + 0.5) / self._jobs))
        return np.hstack(columns)


def _columns(domain: Domain, conditional: bool) -> Columns:
    if is_unordered(domain):
        return _hot(domain.count)
    return _arc if conditional else _line


def _arc(places: Any) -> Any:
    ends = np.stack([np.cos(places), np.sin(places)], axis=2)
    return np.nan_to_num(ends, nan=0.0).reshape(len(places), 2 * places.shape[1])


def _line(places: Any) -> Any:
    # Only trials of other jobs lack a parameter that always exists: they say nothing about it.
    return np.nan_to_num(places, nan=0.5)


def _hot(count: int) -> Columns:
    table = np.vstack([np.eye(count) * 0.5**0.5, np.zeros(count)])  # the last row: does not exist
    return lambda places: table[np.nan_to_num(np.floor(places[:, 0] * count), nan=count).astype(int)]
