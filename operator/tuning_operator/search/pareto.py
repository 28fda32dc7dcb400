"""Which of several losses are the best: those that no other one beats."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

Row = tuple[float, ...]


def front(losses: Sequence[Sequence[float]]) -> list[int]:
    """Indexes of the rows that no other row dominates, in the order of the rows.

    losses: rows of one length, smaller is better; infinities are allowed, NaN is not. A row dominates
    another one when it is nowhere worse and somewhere better, so equal rows leave one another alone.

    O(n log n) for up to three columns (Kung, Luccio and Preparata, 1975), O(n · front) for more, whole
    columns at once: among sorted rows, one can only be dominated by one before it, and if so by one of
    the front.
    """
    if not losses:
        return []
    rows = [tuple(row) for row in losses]
    ahead = _ahead(len(rows[0]), len(rows))
    found: list[int] = []
    newest: Row | None = None
    for index in sorted(range(len(rows)), key=rows.__getitem__):
        row = rows[index]
        if row == newest:
            found.append(index)
        elif not ahead.beat(row[1:]):
            ahead.add(row[1:])
            found.append(index)
            newest = row
    return sorted(found)


class _Ahead(Protocol):
    """The rows that come before one in sorted order, without their first column."""

    def beat(self, row: Row) -> bool:
        """One of them is nowhere worse than the row; none is equal to it in all columns."""

    def add(self, row: Row) -> None:
        """A row that none of them beats."""


def _ahead(columns: int, most: int) -> _Ahead:
    return _Staircase() if columns <= 3 else _Pile(columns - 1, most)


class _Staircase:
    """Up to two columns: of a front sorted by one of them, the other one falls."""

    def __init__(self) -> None:
        self.firsts: list[float] = []
        self.seconds: list[float] = []

    def beat(self, row: Row) -> bool:
        first, second = self._of(row)
        place = bisect_right(self.firsts, first)
        return place > 0 and self.seconds[place - 1] <= second

    def add(self, row: Row) -> None:
        first, second = self._of(row)
        begin = end = bisect_left(self.firsts, first)
        while end < len(self.seconds) and self.seconds[end] >= second:
            end += 1
        self.firsts[begin:end] = [first]
        self.seconds[begin:end] = [second]

    @staticmethod
    def _of(row: Row) -> tuple[float, float]:
        first, second = (*row, 0.0, 0.0)[:2]
        return first, second


class _Pile:
    """Any number of columns, at most so many rows: every one is looked at."""

    def __init__(self, columns: int, most: int) -> None:
        import numpy as np

        self._columns = np.empty((columns, most))
        self._count = 0

    def beat(self, row: Row) -> bool:
        first, *others = zip(self._columns[:, : self._count], row, strict=True)
        ahead = first[0] <= first[1]
        for column, value in others:
            ahead &= column <= value
        return bool(ahead.any())

    def add(self, row: Row) -> None:
        self._columns[:, self._count] = row
        self._count += 1
