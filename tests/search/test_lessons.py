from __future__ import annotations

import math

from tuning_operator.api import Objective
from tuning_operator.search import Entry, Problem
from tuning_operator.search.lessons import chosen, lessons, spread

from tests.search.builders import finished, parameter, problem

OF = problem(parameter("x", "double", min=0, max=1))
POINT = {"x": 0.5}


def losses(*history: Entry, goal: str = "Minimize") -> list[float]:
    return [x.losses[0] for x in lessons(problem(*OF.parameters, goal=goal), history)]


def test_a_maximum_is_sought_as_a_minimum() -> None:
    history = (finished(1, POINT, 2.0), finished(2, POINT, -3.0))
    assert losses(*history) == [2.0, -3.0]
    assert losses(*history, goal="Maximize") == [-2.0, 3.0]


def test_failures_count_as_the_worst_seen_and_silence_as_nothing() -> None:
    history = (
        finished(1, POINT, 2.0),
        finished(2, POINT, 7.0),
        finished(3, POINT, None, "Failed"),
        finished(4, POINT, math.nan, "Diverged"),
        finished(5, POINT, None, "Stopped"),
        Entry(6, POINT, "Succeeded"),
    )
    assert losses(*history) == [2.0, 7.0, 7.0, 7.0]
    assert losses(*history, goal="Maximize") == [-2.0, -7.0, -2.0, -2.0]


def test_a_value_of_several_that_is_missing_makes_the_trial_say_nothing() -> None:
    of = Problem(
        OF.parameters,
        (Objective(metric="a", goal="Minimize"), Objective(metric="b", goal="Maximize")),
        "Random",
    )
    history = [
        Entry(1, POINT, "Succeeded", (1.0, 2.0)),
        Entry(2, POINT, "Succeeded", (1.0, None)),
        Entry(3, POINT, "Succeeded", (3.0, 5.0)),
        Entry(4, POINT, "Failed", (None, 9.0)),
    ]
    assert [x.losses for x in lessons(of, history)] == [(1.0, -2.0), (3.0, -5.0), (3.0, -2.0)]


def test_a_stopped_trial_counts_as_what_others_came_to_from_its_rung() -> None:
    history = (
        Entry(1, POINT, "Succeeded", (2.0,), rungs={1: 5.0, 3: 4.0}),
        Entry(2, POINT, "Succeeded", (4.0,), rungs={1: 8.0, 3: 7.0}),
        Entry(3, POINT, "Stopped", (9.0,), rungs={1: 9.0}),
        Entry(4, POINT, "Stopped", (8.0,), rungs={1: 9.0, 3: 8.0}),
        Entry(5, POINT, "Stopped", (2.5,), rungs={1: 2.5}),
        Entry(6, POINT, "Stopped", (2.5,)),
    )
    # from step 1 on they gained 3 and 4, from step 3 on 2 and 3; nobody passes the best that finished
    assert losses(*history) == [2.0, 4.0, 9 - 3.5, 8 - 2.5, 2.0]


def test_a_stopped_trial_whose_end_is_beyond_all_doubles_says_nothing() -> None:
    history = (
        Entry(1, POINT, "Succeeded", (1.7e308,), rungs={1: 1.0, 3: -1.7e308}),
        Entry(2, POINT, "Stopped", rungs={1: 1.7e308}),
        Entry(3, POINT, "Stopped", rungs={1: 1.0, 3: 0.0}),
    )
    assert losses(*history) == [1.7e308]


def test_a_stopped_trial_gains_as_others_did_when_more_is_better() -> None:
    history = (
        Entry(1, POINT, "Succeeded", (0.9,), rungs={1: 0.5}),
        Entry(2, POINT, "Stopped", (0.3,), rungs={1: 0.25}),
    )
    assert losses(*history, goal="Maximize") == [-0.9, -0.65]


def test_nothing_is_learned_while_nothing_has_a_value() -> None:
    assert losses(finished(1, POINT, None, "Failed"), finished(2, POINT, math.inf, "Diverged")) == []


def test_a_long_history_keeps_the_best_the_newest_and_a_spread_of_the_rest() -> None:
    every = [float(-n if n % 100 == 0 else n) for n in range(1, 1001)]
    numbers = [i + 1 for i in chosen(every, 30)]
    assert len(numbers) == 30
    assert numbers == sorted(numbers)
    assert set(range(991, 1001)) | set(range(100, 1001, 100)) <= set(numbers)
    assert sum(100 < n < 900 for n in numbers) > 10


def test_a_spread_takes_different_indexes_evenly() -> None:
    assert spread(3, 5) == [0, 1, 2]
    assert spread(10, 5) == [0, 2, 4, 6, 8]
