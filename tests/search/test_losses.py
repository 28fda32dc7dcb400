from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.search import Entry
from tuning_operator.search.losses import Lesson, chosen, lessons, normal, spread

from tests.search.builders import finished, parameter, problem

OF = problem(parameter("x", "double", min=0, max=1))
POINT = {"x": 0.5}


def losses(*history: Entry, goal: str = "Minimize") -> list[float]:
    return [x.loss for x in lessons(problem(*OF.parameters, goal=goal), history)]


def test_a_maximum_is_sought_as_a_minimum() -> None:
    history = (finished(1, POINT, 2.0), finished(2, POINT, -3.0))
    assert losses(*history) == [2.0, -3.0]
    assert losses(*history, goal="Maximize") == [-2.0, 3.0]


def test_failures_count_as_the_worst_seen_and_silence_as_nothing() -> None:
    history = (
        finished(1, POINT, 2.0),
        finished(2, POINT, 7.0, "Stopped"),
        finished(3, POINT, None, "Failed"),
        finished(4, POINT, math.nan, "Diverged"),
        finished(5, POINT, None, "Stopped"),
        Entry(6, POINT, "Succeeded"),
    )
    assert losses(*history) == [2.0, 7.0, 7.0, 7.0]
    assert losses(*history, goal="Maximize") == [-2.0, -7.0, -2.0, -2.0]


def test_nothing_is_learned_while_nothing_has_a_value() -> None:
    assert losses(finished(1, POINT, None, "Failed"), finished(2, POINT, math.inf, "Diverged")) == []


def test_a_long_history_keeps_the_best_the_newest_and_a_spread_of_the_rest() -> None:
    every = [Lesson(Entry(n, POINT), float(-n if n % 100 == 0 else n)) for n in range(1, 1001)]
    numbers = [x.entry.number for x in chosen(every, 30)]
    assert len(numbers) == 30
    assert numbers == sorted(numbers)
    assert set(range(991, 1001)) | set(range(100, 1001, 100)) <= set(numbers)
    assert sum(100 < n < 900 for n in numbers) > 10


def test_a_spread_takes_different_indexes_evenly() -> None:
    assert spread(3, 5) == [0, 1, 2]
    assert spread(10, 5) == [0, 2, 4, 6, 8]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=50))
@settings(deadline=None)
def test_any_losses_become_moderate_and_keep_their_order(values: list[float]) -> None:
    bent = normal(values)
    assert np.isfinite(bent).all()
    assert np.abs(bent).max() <= math.sqrt(len(values)) + 1e-6
    order = np.argsort(values, kind="stable")
    assert (np.diff(bent[order]) >= -1e-9).all()


def test_equal_losses_are_zeros() -> None:
    assert normal([0.1, 0.1, 0.1]).tolist() == [0.0, 0.0, 0.0]


def test_the_unit_of_the_loss_does_not_matter() -> None:
    values = [3.7, 1.2, 9.1, 4.4]
    assert normal([v * 2.0**20 for v in values]).tolist() == normal(values).tolist()


@pytest.mark.parametrize("skewed", [[0.1, 0.2, 0.3, 0.4, 100.0]])
def test_one_bad_outlier_does_not_hide_the_differences_of_the_good(skewed: list[float]) -> None:
    plain = (np.array(skewed) - np.mean(skewed)) / np.std(skewed)
    assert np.ptp(normal(skewed)[:4]) > 2 * np.ptp(plain[:4])
