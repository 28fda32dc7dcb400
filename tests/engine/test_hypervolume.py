"""What the front of a job beats, as one number."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import Trial
from tuning_operator.engine.hypervolume import FIRST, front_volume
from tuning_operator.engine.leaders import leaders
from tuning_operator.engine.tally import tally

from tests.engine.builders import at, job, measured

GOALS = {"accuracy": "Maximize", "latency": "Minimize", "bytes": "Minimize", "joules": "Minimize"}


def objectives(count: int) -> list[dict[str, str]]:
    return [{"metric": metric, "goal": goal} for metric, goal in list(GOALS.items())[:count]]


TWO = job(objectives=objectives(2))


def ended(trial: Trial, seconds: float) -> Trial:
    status = trial.status.model_copy(update={"completion_time": at(seconds)})
    return trial.model_copy(update={"status": status})


def success(number: int, accuracy: float, latency: float, seconds: float | None = None) -> Trial:
    return ended(measured(number, accuracy, latency=latency), number if seconds is None else seconds)


def test_one_is_the_box_between_the_worst_and_the_best() -> None:
    both = success(1, 0.5, 8.0), success(2, 0.9, 4.0)
    assert front_volume(TWO, both) == pytest.approx(1)
    half_way = success(1, 0.5, 4.0), success(2, 0.9, 8.0), success(3, 0.7, 6.0)
    assert front_volume(TWO, half_way) == pytest.approx(0.25)


def test_nothing_is_said_of_one_objective_or_without_a_feasible_success() -> None:
    assert front_volume(job(), [measured(1)]) is None
    assert front_volume(TWO, []) is None
    small = job(objectives=objectives(2), constraints=[{"metric": "latency", "max": 3}])
    assert front_volume(small, [success(1, 0.5, 8.0)]) is None


def test_an_objective_that_never_differs_neither_divides_by_zero_nor_is_told_as_progress() -> None:
    assert front_volume(TWO, [success(1, 0.5, 8.0), success(2, 0.9, 8.0)]) == 0


@pytest.mark.parametrize(
    "values", [[(-1e308, -1e308), (1e308, 1e308), (0.0, 0.0)], [(1e200, 1.0), (0, 1e200)]]
)
def test_what_no_float_holds_is_not_told(values: list[tuple[float, float]]) -> None:
    """A trial may report any number; what is exported is one, not nan."""
    rows = [*values, (2.0, -1e200)]
    volume = front_volume(TWO, [success(n, *row) for n, row in enumerate(rows, start=1)])
    assert volume is None or math.isfinite(volume)


def test_the_reference_is_that_of_the_first_ten_to_end_whatever_comes_later() -> None:
    first = [success(n, 0.5 + n / 100, 8.0 - n / 10) for n in range(1, FIRST + 1)]
    before = front_volume(TWO, first)
    awful = success(FIRST + 1, 0.0, 1000.0)
    assert front_volume(TWO, [*first, awful]) == before
    earlier = success(FIRST + 1, 0.0, 1000.0, seconds=0.5)
    assert front_volume(TWO, [*first, earlier]) != before
    beyond = success(FIRST + 1, 0.99, 1.0)
    assert front_volume(TWO, [*first, beyond]) > max(before, 1)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10)), min_size=FIRST, max_size=30))
def test_once_there_are_ten_it_never_falls(values: list[tuple[float, float]]) -> None:
    trials = [success(number, *pair) for number, pair in enumerate(values, start=1)]
    volumes = [front_volume(TWO, trials[:count]) for count in range(FIRST, len(trials) + 1)]
    assert all(one <= next_ * (1 + 1e-9) for one, next_ in pairwise(volumes))


def test_of_four_objectives_the_members_that_the_status_shows_are_counted() -> None:
    four = job(objectives=objectives(4))
    trials = [
        measured(1, 0.5, latency=4.0, bytes=9.0, joules=9.0),
        measured(2, 0.9, latency=2.0, bytes=3.0, joules=3.0),
    ]
    assert front_volume(four, trials) == 0
    members = [one.to_json() for one in leaders(four, tally(trials)).pareto or ()]
    shown = job(objectives=objectives(4), status={"pareto": members})
    assert front_volume(shown, trials) == pytest.approx(1)
