from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import Point, Series
from tuning_operator.engine.limits import SERIES_POINTS
from tuning_operator.engine.series import merged, recorded_series, taken

from tests.engine.builders import job, scraped

OBJECTIVES = job().spec.objectives
series = st.dictionaries(st.integers(0, 10_000), st.floats(0, 1), min_size=1, max_size=300)


def thin(points):
    (one,) = recorded_series({"accuracy": dict(sorted(points.items()))}, OBJECTIVES)
    return {point.step: point.value for point in one.points}


@given(series)
def test_thinning_is_bounded_and_keeps_the_first_the_best_and_the_last(points):
    kept = thin(points)
    assert len(kept) <= SERIES_POINTS
    assert {min(points), max(points)} <= set(kept)
    assert max(kept.values()) == max(points.values())
    assert kept.items() <= points.items()


@given(series)
def test_thinning_twice_is_thinning_once(points):
    assert thin(thin(points)) == thin(points)


def test_what_is_scraped_later_wins_over_the_record():
    old = [Series(metric="accuracy", points=[Point(step=1, value=0.5), Point(step=9, value=0.9)])]
    assert merged(old, scraped(0.1, 0.2), ["accuracy"]) == {"accuracy": {1: 0.1, 2: 0.2, 9: 0.9}}


def test_other_metrics_are_not_kept():
    assert merged([], scraped(0.1), ["loss"]) == {"loss": {}}


def test_values_that_are_not_finite_are_not_recorded():
    assert recorded_series({"accuracy": {1: math.nan}}, OBJECTIVES) == []


@pytest.mark.parametrize(
    ("what", "take", "points", "found"),
    [
        ("none", "Best", {}, None),
        ("the best finite one", "Best", {1: math.nan, 2: 0.3, 3: 0.1}, (2, 0.3)),
        ("the first of equals", "Best", {1: 0.3, 2: 0.3}, (1, 0.3)),
        ("the last", "Last", {1: 0.9, 2: 0.3}, (2, 0.3)),
    ],
)
def test_which_value_stands_for_a_trial(what, take, points, found):
    assert taken(points, job(take=take).spec.objectives[0]) == found


@pytest.mark.parametrize(("take", "points"), [("Best", {1: math.nan}), ("Last", {1: 0.9, 2: math.nan})])
def test_nothing_finite_to_take_is_nan(take, points):
    _, value = taken(points, job(take=take).spec.objectives[0])
    assert math.isnan(value)
