"""The front of several losses: what nothing dominates, however many columns there are."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tuning_operator.search.pareto import front

Rows = Sequence[Sequence[float]]

# Few different values, so that equal rows and equal columns are common.
VALUES = st.sampled_from([-1e300, -1.0, 0.0, 0.5, 1.0, float("inf")]) | st.floats(allow_nan=False)
ROWS = st.integers(1, 5).flatmap(
    lambda columns: st.lists(st.tuples(*[VALUES] * columns), max_size=30),
)


def by_definition(rows: Rows) -> list[int]:
    return [i for i, row in enumerate(rows) if not any(dominates(other, row) for other in rows)]


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


@settings(deadline=None)  # the first of four columns imports numpy
@given(ROWS)
@example([(0.0,), (0.0,), (1.0,)])
@example([(0, 1), (1, 0), (0, 1), (1, 1)])
@example([(0.0, 2.0, 1.0), (0.0, 1.0, 2.0), (1.0, 1.0, 1.0), (1.0, 2.0, 2.0)])
def test_the_front_is_what_the_definition_says(rows: Rows) -> None:
    assert front(rows) == by_definition(rows)


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_means_nothing(rows: Rows, chance: Random) -> None:
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert sorted(order[i] for i in front([rows[i] for i in order])) == front(rows)


def test_no_rows_have_no_front() -> None:
    assert front([]) == []


def test_ten_thousand_rows_on_one_front_are_all_found() -> None:
    everyone = list(range(10_000))
    assert front([(i, -i) for i in everyone]) == everyone
    assert front([(i % 100, i // 100, -i) for i in everyone]) == everyone
    assert front([(i % 100, i // 100, -i, i) for i in everyone]) == everyone
