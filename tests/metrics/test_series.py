"""Series stay ordered and bounded, and keep what matters."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.engine.snapshot import Observed
from tuning_operator.metrics.series import MOST_POINTS, merge

observed = st.builds(Observed, st.sampled_from("ab"), st.integers(0, 500), st.floats())


def loss(step: int, value: float) -> Observed:
    return Observed("loss", step, value)


def test_a_step_seen_again_takes_the_newer_value() -> None:
    assert merge((loss(1, 3.0), loss(2, 2.0)), (loss(2, 2.5),)) == (loss(1, 3.0), loss(2, 2.5))


def test_points_are_ordered_by_metric_and_step() -> None:
    later, other = loss(9, 1.0), Observed("accuracy", 3, 0.5)
    assert merge((later,), (other, loss(2, 2.0))) == (other, loss(2, 2.0), later)


def test_a_long_series_keeps_first_last_and_extremes() -> None:
    series: tuple[Observed, ...] = ()
    for step in range(1, 1001):
        series = merge(series, (loss(step, -100.0 if step == 333 else float(step % 7)),))
    assert len(series) <= MOST_POINTS
    assert {1, 333, 1000} <= {o.step for o in series}


def test_a_series_of_nothing_but_nan_is_bounded_too() -> None:
    assert len(merge((), tuple(loss(s, math.nan) for s in range(500)))) <= MOST_POINTS


@given(st.lists(observed, max_size=300), st.lists(observed, max_size=300))
def test_any_series_is_bounded_and_in_order(old: list[Observed], new: list[Observed]) -> None:
    merged = merge(merge((), tuple(old)), tuple(new))
    keys = [(o.metric, o.step) for o in merged]
    assert keys == sorted(set(keys))
    assert len(merged) <= 2 * MOST_POINTS
