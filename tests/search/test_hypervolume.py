"""What points beat, up to a reference point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.search.hypervolume import hypervolume
from tuning_operator.search.pareto import front

Rows = Sequence[Sequence[int]]
SIDE = 4  # the reference in each column; rows are whole numbers, so that unit cubes can be counted

ROWS = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.tuples(*[st.integers(0, SIDE + 1)] * columns), min_size=1, max_size=12)
)


def unit_cubes(rows: Rows) -> int:
    """By definition: the cubes below the reference that some row beats."""
    corners = product(range(SIDE), repeat=len(rows[0]))
    return sum(any(all(x <= c for x, c in zip(r, corner, strict=True)) for r in rows) for corner in corners)


@given(ROWS)
def test_the_volume_is_what_the_definition_says(rows: Rows) -> None:
    assert hypervolume(rows, [SIDE] * len(rows[0])) == unit_cubes(rows)


@given(ROWS, st.randoms(use_true_random=False))
def test_only_the_front_counts_in_any_order(rows: Rows, chance: Random) -> None:
    best = [rows[i] for i in front(rows)]
    chance.shuffle(best)
    reference = [SIDE] * len(rows[0])
    assert hypervolume(best, reference) == hypervolume(rows, reference)


def test_points_at_the_reference_or_none_beat_nothing() -> None:
    assert hypervolume([], [1, 1]) == 0
    assert hypervolume([(1, 0), (0, 1)], [1, 1]) == 0


def test_an_eighth_of_a_sphere_is_left_over() -> None:
    """DTLZ2's front, whose volume is known: 1.1³ − π/6; points a 60th apart leave a little out."""
    steps = [(i + 0.5) / 60 for i in range(60)]
    sphere = [
        (x, y, (1 - x * x - y * y) ** 0.5) for x in steps for y in steps if x * x + y * y <= 1
    ]  # fmt: skip
    whole = 1.1**3 - math.pi / 6
    assert whole - 3 / 60 < hypervolume(sphere, [1.1] * 3) < whole
