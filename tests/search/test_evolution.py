"""NSGA2 and PESA2: what both must do, and the ranking that both use."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api import Constraint, NSGA2Options, Objective, PESA2Options
from tuning_operator.search import Entry, Problem
from tuning_operator.search.lessons import Lesson
from tuning_operator.search.nsga2 import _survivors
from tuning_operator.search.pareto import front
from tuning_operator.search.pesa2 import _member, _thinned
from tuning_operator.search.question import Question
from tuning_operator.search.ranking import crowding, fronts, shares
from tuning_operator.search.space import Space, Values

from tests.search.builders import parameter, problem, proposed, run

TWO = (Objective(metric="f", goal="Minimize"), Objective(metric="g", goal="Minimize"))
LINE = tuple(parameter(f"x{i}", "double", min=0, max=1) for i in range(4))
evolutionary = pytest.mark.parametrize("algorithm", ["NSGA2", "PESA2"])


def two(algorithm: str, population: int = 8) -> Problem:
    options = {"nsga2": NSGA2Options(population=population), "pesa2": PESA2Options(population=population)}
    return Problem(LINE, TWO, algorithm, **options)  # type: ignore[arg-type]


def zdt1(values: Values) -> tuple[float, float]:
    """Zitzler, Deb and Thiele, 2000: the front is g = 1, at x1 = x2 = … = 0."""
    first, *others = (float(values[name]) for name in sorted(values))
    g = 1 + 9 * sum(others) / len(others)
    return first, g * (1 - math.sqrt(first / g))


def bred(algorithm: str, trials: int, parallel: int = 1) -> list[Entry]:
    history: list[Entry] = []
    pending: list[Entry] = []
    for number in range(1, trials + 1):
        pending.append(Entry(number, proposed(two(algorithm), history, pending, number)))
        if len(pending) == parallel:
            first = pending.pop(0)
            history.append(Entry(first.number, first.parameters, "Succeeded", zdt1(dict(first.parameters))))
    return history


@evolutionary
@pytest.mark.parametrize("parallel", [1, 8])
def test_it_comes_nearer_to_the_front_than_random(algorithm: str, parallel: int) -> None:
    def nearness(entries: list[Entry]) -> float:
        """Mean distance of the last trials' other variables from the front, where they are 0."""
        others = [float(e.parameters[f"x{i}"]) for e in entries[-30:] for i in (1, 2, 3)]
        return sum(others) / len(others)

    assert nearness(bred(algorithm, 150, parallel)) < 0.5 * nearness(bred("Random", 150))


@evolutionary
def test_the_first_generation_is_the_sobol_sequence(algorithm: str) -> None:
    first = run(two(algorithm), 8)
    sobol = run(problem(*LINE, algorithm="Sobol"), 8)
    assert [e.parameters for e in first] == [e.parameters for e in sobol]


@evolutionary
def test_nobody_waits_for_the_rest_of_a_generation(algorithm: str) -> None:
    entries = bred(algorithm, 8)
    history = [e for e in entries if e.number in (2, 5)]
    pending = [Entry(e.number, e.parameters) for e in entries if e.number not in (2, 5)]
    assert proposed(two(algorithm), history, pending, 9)


@evolutionary
def test_parents_come_from_earlier_generations_alone(algorithm: str) -> None:
    entries = bred(algorithm, 12)
    of, early = two(algorithm), entries[:8]
    expected = proposed(of, early, [], 13)
    assert proposed(of, entries, [], 13) == expected  # trials 9 to 12 are of the same generation


def lessons_of(losses: list[tuple[float, float]]) -> list[Lesson]:
    return [Lesson(Entry(n, {}, "Succeeded", row), row) for n, row in enumerate(losses, start=1)]


ROWS = st.lists(st.tuples(*[st.integers(0, 6).map(float)] * 2), max_size=20)


@given(rows=ROWS)
@settings(deadline=None)
def test_fronts_take_every_trial_once_and_the_first_is_the_pareto_front(
    rows: list[tuple[float, float]],
) -> None:
    found = list(fronts(two("NSGA2"), lessons_of(rows)))
    assert sorted(x.entry.number for group in found for x in group) == list(range(1, len(rows) + 1))
    assert [x.entry.number - 1 for x in (found[0] if found else [])] == front(rows)


def test_what_breaks_a_constraint_comes_last_the_nearest_first() -> None:
    of = Problem(LINE, TWO, "NSGA2", constraints=(Constraint(metric="f", max=2),))
    rows = [(5.0, 0.0), (3.0, 0.0), (2.0, 9.0), (1.0, 8.0)]
    learned = [Lesson(Entry(n, {}, "Succeeded", row, row[:1]), row) for n, row in enumerate(rows, start=1)]
    found = list(fronts(of, learned))
    assert [[x.entry.number for x in group] for group in found] == [[4], [3], [2], [1]]


def test_the_ends_of_a_front_have_all_the_room() -> None:
    room = crowding([(0, 4), (1, 3), (3, 1), (4, 0)])
    assert room[0] == room[3] == math.inf
    assert room[1] == room[2] == pytest.approx(3 / 4 + 3 / 4)
    assert crowding([(1, 1), (1, 1)]) == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([3.0, 1.0, 2.0], [1.0, 0.0, 0.5]),
        ([7.0, 7.0], [0.0, 0.0]),
        ([-1.7e308, 1.7e308, 0.0], [0.0, 1.0, 0.5]),
        ([0.0, 5e-324], [0.0, 0.0]),
    ],
)
def test_shares_know_neither_unit_nor_offset_nor_limits(column: list[float], expected: list[float]) -> None:
    assert shares(column) == expected


def test_of_a_front_that_is_too_long_those_with_room_around_them_survive() -> None:
    along = [0.0, 0.01, 0.02, 0.03, 0.5, 1.0]
    history = [Entry(n, {}, "Succeeded", (t, 1 - t)) for n, t in enumerate(along, start=1)]
    question = Question(two("NSGA2", 4), Space(LINE), Space(LINE), tuple(history), (), 9)
    assert [x.entry.number for x in _survivors(question, 4)] == [1, 6, 5, 4]


def test_members_come_from_the_emptier_of_two_regions() -> None:
    """Three of four pairs of two regions have the emptier one in them."""
    alone, *crowd = lessons_of([(n / 10, 0.0) for n in range(10)])
    generator = np.random.default_rng(0)
    drawn = [_member([[alone], crowd], generator) is alone for _ in range(400)]
    assert sum(drawn) / len(drawn) == pytest.approx(3 / 4, abs=0.1)


def test_an_archive_that_is_full_keeps_the_thinly_settled_regions_and_the_newest_of_the_others() -> None:
    crowd = [(n / 1000, -n / 1000) for n in range(50)]
    archive = lessons_of([*crowd, (0.5, -0.5), (1.0, -1.0)])
    assert [x.entry.number for x in _thinned(archive, 5)] == [48, 49, 50, 51, 52]
    assert _thinned(archive, 52) == archive


@evolutionary
def test_the_smallest_doubles_do_not_stop_the_search(algorithm: str) -> None:
    points = run(two("Random"), 8)
    rows = [(5e-324 * (n % 2), 5e-324 * ((n + 1) % 2)) for n in range(8)]
    history = [Entry(e.number, e.parameters, "Succeeded", row) for e, row in zip(points, rows, strict=True)]
    assert proposed(two(algorithm), history, [], 9)
