"""How much of the space of losses some points beat: one number for how good a front is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import lt

Row = tuple[float, ...]


def hypervolume(losses: Sequence[Sequence[float]], reference: Sequence[float]) -> float:
    """The volume of what the rows beat, up to the reference point (Zitzler and Thiele, 1998).

    losses: rows as long as the reference, finite, smaller is better. A row that is not better than the
    reference in every column adds nothing. 0 or more, in the product of the columns' units.

    Sections along the first column, each a step larger than the one before. O(n log n) for up to three
    columns, n times that for each one more.
    """
    rows = sorted({tuple(row) for row in losses if all(map(lt, row, reference))})
    return _volume(rows, tuple(reference))


def _volume(rows: Sequence[Row], reference: Row) -> float:
    if not rows or len(reference) == 1:
        return reference[0] - rows[0][0] if rows else 0.0
    behind = _Staircase(reference[1:]) if len(reference) <= 3 else _Pile(reference[1:])
    total = 0.0
    for row, after in zip(rows, [*rows[1:], reference], strict=True):
        total += behind.grown(row[1:]) * (after[0] - row[0])
    return total


class _Staircase:
    """The area of up to two columns, kept up to date: sorted by one of them, the other one falls."""

    def __init__(self, reference: Row) -> None:
        self._right, self._top = (*reference, 1.0)[:2]
        self._firsts: list[float] = []
        self._seconds: list[float] = []
        self._area = 0.0

    def grown(self, row: Row) -> float:
        """The area with one more row."""
        left, floor = (*row, 0.0)[:2]
        begin = end = bisect_left(self._firsts, left)
        ceiling = self._seconds[begin - 1] if begin else self._top
        if ceiling <= floor:
            return self._area
        at = left
        while end < len(self._firsts) and self._seconds[end] >= floor:
            self._area += (self._firsts[end] - at) * (ceiling - floor)
            at, ceiling = self._firsts[end], self._seconds[end]
            end += 1
        right = self._firsts[end] if end < len(self._firsts) else self._right
        self._area += (right - at) * (ceiling - floor)
        self._firsts[begin:end] = [left]
        self._seconds[begin:end] = [floor]
        return self._area


class _Pile:
    """The volume of any number of columns, computed anew for each row."""

    def __init__(self, reference: Row) -> None:
        self._reference = reference
        self._rows: set[Row] = set()

    def grown(self, row: Row) -> float:
        """The volume with one more row."""
        self._rows.add(row)
        return _volume(sorted(self._rows), self._reference)
